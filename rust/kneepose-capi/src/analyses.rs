//! Analysis of one exercise on one side in one recording.

use std::ffi::{CStr, CString};

use kneepose_core::analysis::{Analysis, analyze};
use kneepose_core::conditioning::{Conditioning, Cutoff};
use kneepose_core::exercise::Exercise;
use kneepose_core::recording::{Recording, View};
use kneepose_core::skeleton::{Side, Skeleton};
use kneepose_core::validity::Validity;
use ndarray::{Array2, Axis};

use crate::names::c_text;
use crate::plans::space;
use crate::pointers::{In, KneeposeLayout, New, Out, Owned, Text};
use crate::series::KneeposeRep;
use crate::skeletons::KneeposeSkeleton;
use crate::status::{Failure, KneeposeStatus, Result, status, value};

/// Keypoints of one person over time.
#[repr(C)]
pub struct KneeposeRecording {
    /// Coordinates; NaN if missing. Pixels with y down, or lengths. Coordinates normalized by the width and
    /// height of an image are not allowed.
    pub points: In<f64>,
    /// Memory layout of `points`.
    pub layout: KneeposeLayout,
    /// Confidence of every keypoint (0..1), or NULL if the estimator gives none.
    pub confidence: In<f64>,
    /// Stride between frames of `confidence`, in elements. If both strides are 0, the array is packed:
    /// (frames, keypoints).
    pub confidence_frame_stride: usize,
    /// Stride between keypoints of `confidence`, in elements.
    pub confidence_keypoint_stride: usize,
    /// Time of each frame in seconds, strictly increasing.
    pub times: In<f64>,
    /// `"image"` or the vertical axis, as in `KneeposePlanOptions`.
    pub up: Text,
}

/// Analysis of a recording. Immutable; several threads may use it at once.
pub struct KneeposeAnalysis {
    view: Option<CString>,
    signal: CString,
    signal_values: Vec<f64>,
    times: Vec<f64>,
    reps: Vec<KneeposeRep>,
    measures: Vec<Measure>,
}

struct Measure {
    name: CString,
    angle: CString,
    unit: CString,
    of_leg: bool,
    refusal: u8,
    values: Vec<f64>,
    codes: Vec<u8>,
}

/// One measure of all repetitions.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct KneeposeMeasure {
    /// Angle and moment, such as `"fppa_at_60"`.
    pub name: Text,
    /// Name of the angle; empty for durations and ranges of motion.
    pub angle: Text,
    /// `"deg"`, `"s"`, or `"shank"` for a fraction of the shank's length.
    pub unit: Text,
    /// True if each leg has its own value; false on the midline.
    pub of_leg: bool,
    /// `KNEEPOSE_VALIDITY_OK`, or the reason why the measure is refused: no full repetition has a value.
    pub refusal: u8,
}

/// Conditions a recording (outliers, gaps, even times, low-pass), finds the repetitions of an exercise, and
/// reads all measures in each repetition.
///
/// `side` is `"left"` or `"right"`: the leg under analysis, which is the standing leg of a single-leg
/// squat. `view` is the side of the person that the camera sees: `"front"`, `"back"`, `"left"` or
/// `"right"`. NULL detects it from the keypoints; use NULL for 3-D. A measure that the recording cannot
/// show is refused with a code; this is not an error.
///
/// Ownership: all arguments are copied. The caller owns `*analysis` and frees it with
/// `kneepose_analysis_free`; it is NULL if the call fails.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "C" fn kneepose_analyze(
    skeleton: In<KneeposeSkeleton>,
    recording: In<KneeposeRecording>,
    exercise: Text,
    side: Text,
    view: Text,
    mut analysis: New<KneeposeAnalysis>,
) -> KneeposeStatus {
    status(|| {
        analysis.make("analysis", || {
            let skeleton = skeleton.one("skeleton")?.inner.clone();
            let recording = build_recording(skeleton, recording.one("recording")?)?;
            let exercise = Exercise::named(exercise.get("exercise")?)?;
            let side = Side::parse(side.get("side")?)?;
            let view = view.optional("view")?.map(View::parse).transpose()?;
            let how = Conditioning {
                cutoff: Cutoff::Hz(exercise.cutoff_hz),
                ..Conditioning::of_space(recording.up())
            };
            Ok(analyze(&recording, exercise, side, view, &how)?.into())
        })
    })
}

fn build_recording(skeleton: Skeleton, given: &KneeposeRecording) -> Result<Recording> {
    let KneeposeLayout { frames, keypoints, .. } = given.layout;
    let points = given.points.array("points", &given.layout)?;
    let confidence = if given.confidence.is_null() {
        Array2::ones((frames, keypoints))
    } else {
        let layout = KneeposeLayout {
            frames,
            keypoints,
            components: 1,
            frame_stride: given.confidence_frame_stride,
            keypoint_stride: given.confidence_keypoint_stride,
            component_stride: 0,
        };
        given.confidence.array("confidence", &layout)?.index_axis(Axis(2), 0).to_owned()
    };
    let times = given.times.slice("times", frames)?.to_vec();
    Ok(Recording::new(skeleton, points.to_owned(), confidence, times, space(&given.up)?)?)
}

impl From<Analysis> for KneeposeAnalysis {
    fn from(found: Analysis) -> Self {
        let without_reps = found.missing_reps_reason();
        let measures = found.measures.iter().map(|measure| Measure {
            name: c_text(&measure.name),
            angle: c_text(&measure.angle),
            unit: c_text(&measure.unit),
            of_leg: measure.of_leg,
            refusal: measure.refusal(&found.reps, without_reps).unwrap_or(Validity::Ok) as u8,
            values: measure.values.clone(),
            codes: measure.validity.iter().map(|validity| *validity as u8).collect(),
        });
        Self {
            view: found.view.map(|view| c_text(view.name())),
            signal: c_text(&found.signal.angle),
            measures: measures.collect(),
            reps: found.reps.iter().map(Into::into).collect(),
            times: found.conditioned.recording.times().to_vec(),
            signal_values: found.signal_values,
        }
    }
}

/// Camera view, as given or detected; NULL in world space.
///
/// Ownership: the text belongs to the analysis and is freed with it.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "C" fn kneepose_analysis_view(analysis: In<KneeposeAnalysis>) -> Text {
    value(Text::NULL, || Ok(analysis.one("analysis")?.view.as_deref().map_or(Text::NULL, Text::of)))
}

/// Name of the angle that drives the repetitions; NULL for NULL.
///
/// Ownership: the text belongs to the analysis and is freed with it.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "C" fn kneepose_analysis_signal_name(analysis: In<KneeposeAnalysis>) -> Text {
    value(Text::NULL, || Ok(Text::of(&analysis.one("analysis")?.signal)))
}

/// Copies the driving signal and the time of each frame in seconds. Both have the frames of the conditioned
/// recording, which differ from the input frames if the times were uneven. `values` and `times` have room
/// for `capacity` numbers each; either may be NULL. Writes the number of frames to `*needed`. If `capacity`
/// is too small, returns `KNEEPOSE_STATUS_BUFFER_TOO_SMALL` and leaves both unchanged.
///
/// Ownership: the caller owns all memory except the analysis.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "C" fn kneepose_analysis_signal(
    analysis: In<KneeposeAnalysis>,
    mut values: Out<f64>,
    mut times: Out<f64>,
    capacity: usize,
    mut needed: Out<usize>,
) -> KneeposeStatus {
    status(|| {
        let analysis = analysis.one("analysis")?;
        needed.set("needed", analysis.times.len())?;
        if capacity < analysis.times.len() {
            return Err(Failure::room("values and times", capacity, analysis.times.len()));
        }
        if !values.is_null() {
            values.copy("values", capacity, &analysis.signal_values)?;
        }
        if !times.is_null() {
            times.copy("times", capacity, &analysis.times)?;
        }
        Ok(())
    })
}

/// Writes the number of repetitions to `*needed`, and the repetitions to `reps`, which has room for
/// `capacity`. They are in chronological order, in frames of the conditioned recording. If `capacity` is
/// too small, returns `KNEEPOSE_STATUS_BUFFER_TOO_SMALL` and leaves `reps` unchanged. Pass NULL and 0 to
/// get the number.
///
/// Ownership: the caller owns all memory except the analysis.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "C" fn kneepose_analysis_reps(
    analysis: In<KneeposeAnalysis>,
    mut reps: Out<KneeposeRep>,
    capacity: usize,
    mut needed: Out<usize>,
) -> KneeposeStatus {
    status(|| {
        let analysis = analysis.one("analysis")?;
        needed.set("needed", analysis.reps.len())?;
        reps.copy("reps", capacity, &analysis.reps)
    })
}

/// Number of measures, including refused ones; 0 for NULL.
///
/// Ownership: the caller keeps `analysis`.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "C" fn kneepose_analysis_measures(analysis: In<KneeposeAnalysis>) -> usize {
    value(0, || Ok(analysis.one("analysis")?.measures.len()))
}

/// Describes the measure with this index (from 0), and copies its value and validity code for each
/// repetition. `values` and `codes` have room for `capacity` elements each, at least the number of
/// repetitions, and may be NULL. A value is NaN if its code says so.
///
/// Ownership: the texts in `*measure` belong to the analysis and are freed with it; the caller owns the
/// rest.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "C" fn kneepose_analysis_measure(
    analysis: In<KneeposeAnalysis>,
    index: usize,
    mut measure: Out<KneeposeMeasure>,
    mut values: Out<f64>,
    mut codes: Out<u8>,
    capacity: usize,
) -> KneeposeStatus {
    status(|| {
        let all = &analysis.one("analysis")?.measures;
        let found = all.get(index).ok_or_else(|| {
            Failure::shape(format!(
                "measure {index} does not exist; the analysis has {}",
                all.len()
            ))
        })?;
        if !values.is_null() {
            values.copy("values", capacity, &found.values)?;
        }
        if !codes.is_null() {
            codes.copy("codes", capacity, &found.codes)?;
        }
        let text = |text: &CStr| Text::of(text);
        measure.set(
            "measure",
            KneeposeMeasure {
                name: text(&found.name),
                angle: text(&found.angle),
                unit: text(&found.unit),
                of_leg: found.of_leg,
                refusal: found.refusal,
            },
        )
    })
}

/// Frees an analysis; NULL does nothing.
///
/// Ownership: takes `analysis`, which must not be used again.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "C" fn kneepose_analysis_free(analysis: Owned<KneeposeAnalysis>) {
    value((), || {
        drop(analysis.take());
        Ok(())
    });
}
