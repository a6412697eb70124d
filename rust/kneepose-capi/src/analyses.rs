//! Analysis of one exercise on one side in one recording.

use std::ffi::{CStr, CString};
use std::sync::Arc;

use kneepose_core::analysis::{
    Analysis, Conditions, RepValues, Tracked, Trial, TrialMeasure, analyze, join,
};
use kneepose_core::comparison::ComparedSide;
use kneepose_core::conditioning::{Conditioning, Cutoff};
use kneepose_core::error::Error;
use kneepose_core::exercise::Exercise;
use kneepose_core::quality::{Accuracy, Estimate};
use kneepose_core::recording::{Depth, Origin, Recording, View};
use kneepose_core::reps::{Rep, RepStatus};
use kneepose_core::skeleton::{Side, Skeleton};
use kneepose_core::space::Up;
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
    /// Confidence of every keypoint (0..1), or NULL if the estimator reports no confidence.
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
    /// True if the vertical of 3-D keypoints is only assumed, as in depth guessed by one camera. No verdict
    /// is given on such a recording.
    pub assumed_level: bool,
    /// `"measured"` or `"estimated"`: origin of the third coordinate; ignored in an image. NULL
    /// selects the default of the skeleton: `"estimated"` for `"mediapipe33"`, `"h36m17"` and
    /// `"smpl24"`.
    pub depth: Text,
    /// Name of the pose estimator, such as `"mediapipe"`, or NULL if it is not known. Some limits
    /// depend on the published errors of the estimator.
    pub estimator: Text,
}

/// Analysis of one recording, or of several joined recordings. Immutable; several threads may use
/// it at once.
#[derive(Clone)]
pub struct KneeposeAnalysis {
    pub(crate) exercise: &'static Exercise,
    pub(crate) conditions: Conditions,
    pub(crate) side: Side,
    pub(crate) in_world: bool,
    assumed_level: bool,
    said_front: bool,
    foot_to_lens: [Estimate; 2],
    /// The recordings that the caller passed, before conditioning.
    sources: Vec<Arc<Recording>>,
    view: Option<CString>,
    signal: CString,
    signal_values: Vec<f64>,
    times: Vec<f64>,
    reps: Vec<Rep>,
    rep_times: Vec<[f64; 5]>,
    pub(crate) measures: Vec<Measure>,
}

/// One measure of an analysis, with its values and validity codes.
#[derive(Clone)]
pub(crate) struct Measure {
    pub(crate) name: CString,
    pub(crate) angle: CString,
    pub(crate) unit: CString,
    pub(crate) of_leg: bool,
    pub(crate) refusal: Option<Validity>,
    values: Vec<f64>,
    codes: Vec<u8>,
    pub(crate) accuracy: Option<Accuracy>,
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
    /// True if the left and the right leg have separate values; false for a measure on the midline
    /// of the body.
    pub of_leg: bool,
    /// `KNEEPOSE_VALIDITY_OK`, or the reason why no full repetition has a value of this measure.
    pub refusal: u8,
}

/// Conditions a recording (outliers, gaps, resampling to even times, low-pass), finds the
/// repetitions of an exercise, and reads all measures in each repetition.
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
            let given = recording.one("recording")?;
            let recording = build_recording(skeleton, given)?;
            let exercise = Exercise::named(exercise.get("exercise")?)?;
            let side = Side::parse(side.get("side")?)?;
            let view = view.optional("view")?.map(View::parse).transpose()?;
            let how = Conditioning {
                cutoff: Cutoff::Hz(exercise.cutoff_hz),
                ..Conditioning::of_space(recording.up())
            };
            let found = analyze(&recording, exercise, side, view, &how)?;
            Ok(KneeposeAnalysis {
                assumed_level: given.assumed_level,
                said_front: view == Some(View::Front),
                ..KneeposeAnalysis::new(exercise, recording, found)
            })
        })
    })
}

/// Joins trials (recordings) of one leg in one exercise into one analysis, in order, with one missing frame
/// (NaN) between two trials. `trials` has `count` analyses, none of them twice. One trial gives a copy.
///
/// The trials must agree in exercise, skeleton, space, driving signal and side. The joined analysis has the
/// repetitions of all trials, in its own frames and times. A measure that a trial refuses has NaN and the
/// reason in the repetitions of that trial; it is refused if no trial has it.
///
/// Ownership: the trials are copied. The caller owns `*joined` and frees it with `kneepose_analysis_free`;
/// it is NULL if the call fails.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "C" fn kneepose_analysis_join(
    trials: In<In<KneeposeAnalysis>>,
    count: usize,
    mut joined: New<KneeposeAnalysis>,
) -> KneeposeStatus {
    status(|| {
        joined.make("joined", || {
            let trials: Result<Vec<&KneeposeAnalysis>> = trials
                .slice("trials", count)?
                .iter()
                .map(|trial| trial.one("one of the trials"))
                .collect();
            let trials = trials?;
            check_once(&trials)?;
            match trials.as_slice() {
                [] => Err(Failure::shape("count is 0; give at least one trial".to_owned())),
                [only] => Ok(KneeposeAnalysis::clone(only)),
                [first, ..] => first.joined(&trials),
            }
        })
    })
}

/// Checks that no analysis is given twice.
pub(crate) fn check_once(analyses: &[&KneeposeAnalysis]) -> Result<()> {
    let same = |(i, one): (usize, &&KneeposeAnalysis)| {
        analyses.iter().skip(i + 1).any(|other| std::ptr::eq(*one, *other))
    };
    if analyses.iter().enumerate().any(same) {
        let message = "the same analysis is given twice; give another recording";
        return Err(Error::Option(message.to_owned()).into());
    }
    Ok(())
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
    let origin = origin(&skeleton, &given.depth, &given.estimator)?;
    let recording =
        Recording::new(skeleton, points.to_owned(), confidence, times, space(&given.up)?)?;
    Ok(recording.with_origin(origin))
}

/// Origin of the keypoints: the values that the caller gives, or the defaults of the skeleton.
pub(crate) fn origin(skeleton: &Skeleton, depth: &Text, estimator: &Text) -> Result<Origin> {
    let usual = Origin::usual(skeleton);
    Ok(Origin {
        depth: depth.optional("depth")?.map_or(Ok(usual.depth), Depth::parse)?,
        estimator: estimator.optional("estimator")?.map_or(usual.estimator, str::to_owned),
    })
}

impl KneeposeAnalysis {
    fn new(exercise: &'static Exercise, source: Recording, found: Analysis) -> Self {
        let without_reps = found.missing_reps_reason();
        let measures = found.measures.iter().map(|measure| Measure {
            name: c_text(&measure.name),
            angle: c_text(&measure.angle),
            unit: c_text(&measure.unit),
            of_leg: measure.of_leg,
            refusal: measure.refusal(&found.reps, without_reps),
            values: measure.values.clone(),
            accuracy: measure.accuracy,
            codes: measure.validity.iter().map(|validity| *validity as u8).collect(),
        });
        let in_world = source.up() != Up::Image;
        let times = found.conditioned.recording.times().to_vec();
        let time = |frame: usize| times.get(frame).copied().unwrap_or(f64::NAN);
        let rep_times = found.reps.iter().map(|rep| {
            [rep.start, rep.bottom_start, rep.bottom, rep.bottom_end, rep.end].map(time)
        });
        Self {
            exercise,
            conditions: Conditions {
                exercise: exercise.name.to_string(),
                // C has built-in exercises only, so the name identifies the definition.
                definition: exercise.name.to_string(),
                skeleton: source.skeleton().name().to_owned(),
                space: if in_world { "world" } else { "image" }.to_owned(),
                estimator: source.origin().estimator.clone(),
                signal: found.signal.angle.to_string(),
                side: found.side.name().to_owned(),
            },
            side: found.side,
            in_world,
            assumed_level: false,
            said_front: false,
            foot_to_lens: found.quality.foot_to_lens,
            view: found.view.map(|view| c_text(view.name())),
            signal: c_text(&found.signal.angle),
            measures: measures.collect(),
            rep_times: rep_times.collect(),
            reps: found.reps,
            signal_values: found.signal_values,
            sources: vec![Arc::new(source)],
            times,
        }
    }

    /// Analysis of a stream. The stream has already conditioned its frames.
    pub(crate) fn of_stream(
        exercise: &'static Exercise,
        finished: Tracked,
        assumed_level: bool,
        view: Option<View>,
    ) -> Self {
        let Tracked { analysis, rep_times } = finished;
        let source = analysis.conditioned.recording.clone();
        let said_front = view == Some(View::Front);
        Self { rep_times, assumed_level, said_front, ..Self::new(exercise, source, analysis) }
    }

    /// Joins all trials into one analysis. Properties that all trials share are copied from `self`,
    /// the first trial.
    fn joined(&self, trials: &[&Self]) -> Result<Self> {
        let rows: Vec<Trial<'_>> = trials.iter().map(|trial| trial.trial()).collect();
        let joined = join(&rows)?;
        let measures = joined.measures.into_iter().filter_map(|row| {
            let measures = &trials.get(row.trial)?.measures;
            let first = measures.iter().find(|m| m.name.to_bytes() == row.name.as_bytes())?;
            let (refusal, values, codes) = (row.refusal, row.values, row.codes);
            Some(Measure { refusal, values, codes, ..first.clone() })
        });
        let measures = measures.collect();
        let signals = trials.iter().map(|trial| trial.signal_values.as_slice());
        Ok(Self {
            measures,
            foot_to_lens: joined.foot_to_lens,
            sources: trials.iter().flat_map(|trial| trial.sources.clone()).collect(),
            signal_values: joined.timeline.stacked(signals, f64::NAN),
            times: joined.timeline.times,
            reps: joined.reps,
            rep_times: joined.rep_times,
            ..self.clone()
        })
    }

    /// This analysis as a trial to be joined. The C interface has no faults and findings, so those
    /// lists are empty.
    fn trial(&self) -> Trial<'_> {
        let measures = self.measures.iter().map(|measure| TrialMeasure {
            name: measure.name.to_str().unwrap_or_default(),
            read: match measure.refusal {
                Some(reason) => Err(reason),
                None => Ok(RepValues { values: &measure.values, codes: &measure.codes }),
            },
        });
        Trial {
            conditions: self.conditions.clone(),
            times: &self.times,
            reps: self.reps.clone(),
            rep_times: self.rep_times.clone(),
            measures: measures.collect(),
            faults: Vec::new(),
            foot_to_lens: self.foot_to_lens,
            findings: Vec::new(),
        }
    }

    /// The properties of this analysis that decide whether a verdict is allowed.
    pub(crate) fn compared(&self) -> ComparedSide {
        let [left, right] = self.foot_to_lens;
        let foot = if self.side == Side::Left { left } else { right };
        ComparedSide {
            side: self.side,
            foot_to_lens: foot.degrees,
            assumed_level: self.assumed_level,
            said_front: self.said_front,
        }
    }

    /// True if the camera sees the back of the person.
    pub(crate) fn is_from_back(&self) -> bool {
        self.view.as_deref() == Some(c"back")
    }

    /// True if both analyses were made from the same recordings.
    pub(crate) fn has_sources_of(&self, other: &Self) -> bool {
        self.sources.len() == other.sources.len()
            && self.sources.iter().zip(&other.sources).all(|(a, b)| a.has_data_of(b))
    }

    /// Values of a measure in the full repetitions only.
    pub(crate) fn full_values(&self, measure: &Measure) -> Vec<f64> {
        let rows = measure.values.iter().zip(&self.reps);
        rows.filter(|(_, rep)| rep.status == RepStatus::Full).map(|(value, _)| *value).collect()
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
        let found: Vec<KneeposeRep> = analysis.reps.iter().map(Into::into).collect();
        reps.copy("reps", capacity, &found)
    })
}

/// Copies five times of each repetition in seconds: start, first moment of the bottom, deepest moment, last
/// moment of the bottom, end. `times` has room for `capacity` numbers. Writes the number of times, five per
/// repetition, to `*needed`. If `capacity` is too small, returns `KNEEPOSE_STATUS_BUFFER_TOO_SMALL` and
/// leaves `times` unchanged.
///
/// Ownership: the caller owns all memory except the analysis.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "C" fn kneepose_analysis_rep_times(
    analysis: In<KneeposeAnalysis>,
    mut times: Out<f64>,
    capacity: usize,
    mut needed: Out<usize>,
) -> KneeposeStatus {
    status(|| {
        let found = analysis.one("analysis")?.rep_times.as_flattened();
        needed.set("needed", found.len())?;
        times.copy("times", capacity, found)
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
                refusal: found.refusal.unwrap_or(Validity::Ok) as u8,
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
