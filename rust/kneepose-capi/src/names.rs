//! Version and names of the core's tables, as static texts.

use std::ffi::{CStr, CString};
use std::sync::LazyLock;

use kneepose_core::angle::ANGLE_TABLE;
use kneepose_core::exercise::{EXERCISE_TABLE, Exercise};
use kneepose_core::reps::REP_STATUS_TABLE;
use kneepose_core::reps::online::PHASES;
use kneepose_core::skeleton::{SKELETON_TABLE, Side};
use kneepose_core::validity::VALIDITY_TABLE;

use crate::comparisons::VERDICT_TABLE;
use crate::live::EVENT_TABLE;
use crate::pointers::Text;
use crate::status::value;

/// Number of the binary interface (ABI) of this header. It rises with every change of a struct, a
/// code, or the arguments of a function. `kneepose_abi_version` returns the number of the library,
/// which must be equal.
pub const KNEEPOSE_ABI_VERSION: u32 = 1;

/// Column of a table as zero-terminated texts, created on first use.
type Texts = LazyLock<Vec<CString>>;

/// Converts a text of the core to a C string. The texts of the core contain no zero byte.
pub fn c_text(text: &str) -> CString {
    CString::new(text).unwrap_or_default()
}

fn texts<'a>(column: impl Iterator<Item = &'a str>) -> Vec<CString> {
    column.map(c_text).collect()
}

fn entry(texts: &Texts, index: usize) -> Text {
    value(Text::NULL, || Ok(texts.get(index).map_or(Text::NULL, |text| Text::of(text))))
}

/// Version of the library, such as `"0.1.0"`; compare it with `KNEEPOSE_VERSION` of the header.
///
/// Ownership: static text, never freed.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "C" fn kneepose_version() -> Text {
    const VERSION: &CStr =
        match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
            Ok(version) => version,
            Err(_) => c"",
        };
    Text::of(VERSION)
}

/// ABI number of the library. It must equal the `KNEEPOSE_ABI_VERSION` of the header that the
/// program was compiled with. Check it first if the library may be replaced at run time.
///
/// Ownership: returns a number.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "C" fn kneepose_abi_version() -> u32 {
    KNEEPOSE_ABI_VERSION
}

/// Name of a validity code, such as `"missing_keypoint"`; NULL for an unknown code.
///
/// Ownership: static text, never freed.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "C" fn kneepose_validity_name(code: u8) -> Text {
    static TEXTS: Texts = LazyLock::new(|| texts(VALIDITY_TABLE.iter().map(|row| row.name)));
    entry(&TEXTS, code.into())
}

/// Meaning of a validity code, in one sentence; NULL for an unknown code.
///
/// Ownership: static text, never freed.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "C" fn kneepose_validity_sentence(code: u8) -> Text {
    static TEXTS: Texts = LazyLock::new(|| texts(VALIDITY_TABLE.iter().map(|row| row.sentence)));
    entry(&TEXTS, code.into())
}

/// Advice for a validity code; empty if there is none, NULL for an unknown code.
///
/// Ownership: static text, never freed.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "C" fn kneepose_validity_remedy(code: u8) -> Text {
    static TEXTS: Texts = LazyLock::new(|| texts(VALIDITY_TABLE.iter().map(|row| row.remedy)));
    entry(&TEXTS, code.into())
}

/// Name of a repetition's status, such as `"full"`; NULL for an unknown status.
///
/// Ownership: static text, never freed.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "C" fn kneepose_rep_status_name(status: u8) -> Text {
    static TEXTS: Texts = LazyLock::new(|| texts(REP_STATUS_TABLE.iter().map(|row| row.1)));
    entry(&TEXTS, status.into())
}

/// Text of a repetition's status for a user, such as `"too shallow"`; NULL for an unknown status.
pub(crate) fn rep_status_label(status: u8) -> Text {
    static TEXTS: Texts = LazyLock::new(|| texts(REP_STATUS_TABLE.iter().map(|row| row.2)));
    entry(&TEXTS, status.into())
}

/// Name of a phase (`KNEEPOSE_PHASE_…`), such as `"rest"`; NULL for an unknown phase.
///
/// Ownership: static text, never freed.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "C" fn kneepose_phase_name(phase: u8) -> Text {
    static TEXTS: Texts = LazyLock::new(|| texts(PHASES.into_iter()));
    entry(&TEXTS, phase.into())
}

/// Name of a kind of event (`KNEEPOSE_EVENT_…`), such as `"rep_completed"`; NULL for an unknown kind.
///
/// Ownership: static text, never freed.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "C" fn kneepose_event_name(kind: u8) -> Text {
    static TEXTS: Texts = LazyLock::new(|| texts(EVENT_TABLE.iter().map(|row| row.0)));
    entry(&TEXTS, kind.into())
}

/// Name of a verdict (`KNEEPOSE_VERDICT_…`), such as `"different"`; NULL for an unknown verdict.
///
/// Ownership: static text, never freed.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "C" fn kneepose_verdict_name(verdict: u8) -> Text {
    static TEXTS: Texts = LazyLock::new(|| texts(VERDICT_TABLE.iter().map(|row| row.0.name())));
    entry(&TEXTS, verdict.into())
}

/// Name and unit of a built-in angle; both NULL for any other angle.
pub(crate) fn angle_texts(name: &str) -> (Text, Text) {
    static UNITS: Texts = LazyLock::new(|| texts(ANGLE_TABLE.iter().map(|row| row.unit.as_ref())));
    let place = ANGLE_TABLE.iter().position(|row| row.name == name);
    place.map_or((Text::NULL, Text::NULL), |place| {
        (kneepose_angle_name(place), entry(&UNITS, place))
    })
}

/// Name of a side: `"left"`, `"right"`, or NULL for `None`.
pub(crate) fn side_text(side: Option<Side>) -> Text {
    side.map_or(Text::NULL, |side| match side {
        Side::Left => Text::of(c"left"),
        Side::Right => Text::of(c"right"),
    })
}

/// Name of the built-in angle with this index (from 0); NULL after the last.
///
/// Ownership: static text, never freed.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "C" fn kneepose_angle_name(index: usize) -> Text {
    static TEXTS: Texts = LazyLock::new(|| texts(ANGLE_TABLE.iter().map(|row| row.name.as_ref())));
    entry(&TEXTS, index)
}

/// Name of the built-in skeleton with this index (from 0); NULL after the last.
///
/// Ownership: static text, never freed.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "C" fn kneepose_skeleton_name(index: usize) -> Text {
    static TEXTS: Texts = LazyLock::new(|| texts(SKELETON_TABLE.iter().map(|row| row.name)));
    entry(&TEXTS, index)
}

/// Name of the built-in exercise with this index (from 0); NULL after the last.
///
/// Ownership: static text, never freed.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "C" fn kneepose_exercise_name(index: usize) -> Text {
    static TEXTS: Texts =
        LazyLock::new(|| texts(EXERCISE_TABLE.iter().map(|row| row.name.as_ref())));
    entry(&TEXTS, index)
}

/// Name of the measure with this index (from 0) in the list of measures that may lead a comparison
/// of an exercise, in order of preference. NULL after the last, and for an unknown exercise.
/// `kneepose_leading_measure` finds the first one that both analyses have.
///
/// Ownership: static text, never freed.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "C" fn kneepose_exercise_lead(exercise: Text, index: usize) -> Text {
    static TEXTS: LazyLock<Vec<Vec<CString>>> = LazyLock::new(|| {
        let lead = |row: &Exercise| texts(row.lead.iter().map(AsRef::as_ref));
        EXERCISE_TABLE.iter().map(lead).collect()
    });
    value(Text::NULL, || {
        let name = &Exercise::named(exercise.get("exercise")?)?.name;
        let place = EXERCISE_TABLE.iter().position(|row| row.name == *name);
        let found = place.and_then(|place| TEXTS.get(place)?.get(index));
        Ok(found.map_or(Text::NULL, |text| Text::of(text)))
    })
}
