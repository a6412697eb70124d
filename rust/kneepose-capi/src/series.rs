//! Plain series: repetitions and the low-pass.

use kneepose_core::error::Error;
use kneepose_core::reps::{Rep, Scale, Segmentation, segment};
use kneepose_core::signal::lowpass::Lowpass;

use crate::pointers::{In, Out};
use crate::status::{KneeposeStatus, status};

/// One repetition, in samples of the series (or frames of an analysis).
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KneeposeRep {
    /// Where it starts: 10 % of its range above rest.
    pub start: usize,
    /// First sample of the bottom: within 5 % of the range of the peak.
    pub bottom_start: usize,
    /// The peak: the deepest sample.
    pub bottom: usize,
    /// Last sample of the bottom.
    pub bottom_end: usize,
    /// Where it ends: 10 % of its range above rest.
    pub end: usize,
    /// Range of motion in the unit of the series; NaN where it has no extent of its own.
    pub range: f64,
    /// Whether it counts: one of `KNEEPOSE_REP_STATUS_…`; only `KNEEPOSE_REP_STATUS_FULL` does.
    pub status: u8,
}

impl From<&Rep> for KneeposeRep {
    fn from(rep: &Rep) -> Self {
        Self {
            start: rep.start,
            bottom_start: rep.bottom_start,
            bottom: rep.bottom,
            bottom_end: rep.bottom_end,
            end: rep.end,
            range: rep.range,
            status: rep.status as u8,
        }
    }
}

/// Finds the repetitions of a series that rises toward the bottom, such as knee flexion; in time order.
///
/// `series` has `count` samples, NaN where missing; `fs` is samples per second, `min_range` the least
/// range of motion of a repetition in the unit of the series (20 suits degrees of knee flexion).
/// `allowed` (or NULL) has `count` bytes that are not 0 where a repetition may lie. `despike` takes out
/// single outliers first.
///
/// Writes the number of repetitions to `*needed`, and the repetitions to `reps`, which has room for
/// `capacity`. Where that is too few, `KNEEPOSE_STATUS_BUFFER_TOO_SMALL` comes back, with `*needed` set
/// and `reps` untouched; so NULL and 0 ask for the number.
///
/// Ownership: all memory is the caller's.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "C" fn kneepose_segment_reps(
    series: In<f64>,
    count: usize,
    allowed: In<u8>,
    fs: f64,
    min_range: f64,
    despike: bool,
    mut reps: Out<KneeposeRep>,
    capacity: usize,
    mut needed: Out<usize>,
) -> KneeposeStatus {
    status(|| {
        needed.set("needed", 0)?;
        let series = series.slice("series", count)?;
        let allowed: Option<Vec<bool>> = if allowed.is_null() {
            None
        } else {
            Some(allowed.slice("allowed", count)?.iter().map(|byte| *byte != 0).collect())
        };
        let found = segment(
            series,
            allowed.as_deref(),
            &Segmentation { fs, min_range, despike, scale: Scale::Plain },
        )?;
        let found: Vec<KneeposeRep> = found.iter().map(Into::into).collect();
        needed.set("needed", found.len())?;
        reps.copy("reps", capacity, &found)
    })
}

/// Low-passes a series in place: zero phase (a second-order Butterworth filter forward and back), gain
/// 1/√2 at `cutoff_hz`, which is lowered to 0.4 `fs` where it is higher. Each stretch between missing
/// samples (NaN) is filtered by itself; the missing ones stay. Filter coordinates, not angles.
///
/// Ownership: `series`, `count` samples, is the caller's.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "C" fn kneepose_lowpass(
    mut series: Out<f64>,
    count: usize,
    cutoff_hz: f64,
    fs: f64,
) -> KneeposeStatus {
    status(|| {
        let filter = Lowpass::new(cutoff_hz, fs).ok_or_else(|| {
            Error::Option(format!(
                "cutoff_hz is {cutoff_hz} and fs {fs}; both must be positive numbers of Hz"
            ))
        })?;
        filter.apply(series.existing("series", count)?);
        Ok(())
    })
}
