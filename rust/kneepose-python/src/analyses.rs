//! Recordings: conditioning, angles, calibration, repetitions and analysis.

use kneepose_core::analysis::{self, Analysis, FaultFinding, FaultStatus, GivenAngles, RepMeasure};
use kneepose_core::angle::{Heading, PelvisReference, StandingOffsets};
use kneepose_core::calibration;
use kneepose_core::conditioning::{self, Conditioned, Conditioning, Cutoff};
use kneepose_core::error::{Error, Result};
use kneepose_core::load;
use kneepose_core::memory::owned;
use kneepose_core::posture::{IS_SQUAT, LEG_IS_ALONE};
use kneepose_core::quality::Accuracy;
use kneepose_core::recording::{Depth, Origin, Recording, View};
use kneepose_core::recording_angles::{AngleOptions, default_keypoint_sd, joint_angles};
use kneepose_core::reps::Rep;
use kneepose_core::signal::resample::even_count;
use kneepose_core::skeleton::Side;
use kneepose_core::space::Up;
use kneepose_core::validity::Validity;
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1, PyReadonlyArray2, PyReadonlyArray3};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::angles::{NameOrSpec, requests, up};
use crate::doorway::{check_memory, copied, run, run_attached};
use crate::exercises::{NameOrRow, criterion_dict};
use crate::quality::quality_dict;
use crate::series::{RepRow, rep_of, rep_row};
use crate::skeletons::Skeleton;

/// Recording as a tuple: skeleton, coordinates, confidence, times, space, image size in pixels,
/// depth, estimator, and repair codes if it was conditioned.
#[derive(FromPyObject)]
pub struct RawRecording<'py>(
    Bound<'py, Skeleton>,
    PyReadonlyArray3<'py, f64>,
    PyReadonlyArray2<'py, f64>,
    PyReadonlyArray1<'py, f64>,
    String,
    Option<[f64; 2]>,
    (Option<String>, String),
    Option<PyReadonlyArray2<'py, u8>>,
);

/// Origin of the keypoints; a depth of `None` selects the default of the skeleton.
pub fn origin(
    skeleton: &kneepose_core::skeleton::Skeleton,
    depth: Option<&str>,
    estimator: &str,
) -> Result<Origin> {
    let depth = depth.map_or(Ok(Depth::usual(skeleton)), Depth::parse)?;
    Ok(Origin { depth, estimator: estimator.to_owned() })
}

impl RawRecording<'_> {
    fn load(&self) -> Result<Recording> {
        let Self(skeleton, coordinates, confidence, times, space, resolution, of, repairs) = self;
        let (depth, estimator) = of;
        let recording = Recording::new(
            skeleton.get().inner.clone(),
            owned(&coordinates.as_array()),
            owned(&confidence.as_array()),
            times.as_array().to_vec(),
            up(space)?,
        )?
        .with_resolution(*resolution)
        .with_origin(origin(&skeleton.get().inner, depth.as_deref(), estimator)?);
        match repairs {
            Some(codes) => recording.with_repairs(codes.as_array()),
            None => Ok(recording),
        }
    }
}

/// Number of copies of the coordinates that conditioning and analysis make of a recording.
pub const COPIES: usize = 12;

pub fn load_recording(py: Python<'_>, raw: &RawRecording<'_>) -> PyResult<Recording> {
    let (coordinates, times) = (raw.1.as_array(), raw.3.as_array());
    let frames = run_attached(py, || even_count(&times.to_vec()))?;
    let (_, keypoints, dims) = coordinates.dim();
    let values = frames.max(times.len()).saturating_mul(keypoints * dims);
    check_memory(values, COPIES)?;
    run_attached(py, || raw.load())
}

pub fn view(name: Option<&str>) -> Result<Option<View>> {
    name.map(View::parse).transpose()
}

/// Settings of [`recording_angles`], in the form that Python passes.
#[derive(FromPyObject)]
pub struct AngleOptionsRow {
    pelvis_reference: String,
    view: Option<String>,
    heading: Option<[f64; 3]>,
    gates: bool,
    /// Results of the standing trial, left and right: valgus, dorsiflexion, hip height.
    rest: [[f64; 2]; 3],
    assumed_level: bool,
    /// If true, standard deviations are computed as well.
    sd: bool,
    /// Standard deviation of a keypoint; `None` uses the default.
    keypoint_sd: Option<f64>,
}

impl AngleOptionsRow {
    fn load(&self, recording: &Recording) -> Result<AngleOptions<'static>> {
        let [valgus, dorsiflexion, standing] = self.rest;
        let default_sd = || default_keypoint_sd(recording);
        Ok(AngleOptions {
            pelvis: PelvisReference::parse(&self.pelvis_reference)?,
            view: view(self.view.as_deref())?,
            heading: match self.heading {
                Some(forward) if recording.up() != Up::Image => {
                    Heading::fixed(forward, recording.up())?
                }
                // In an image, the view determines the direction that the person faces.
                _ => Heading::PerFrame,
            },
            gates: self.gates,
            rest: StandingOffsets { valgus, dorsiflexion },
            lying: false,
            with_turned: false,
            only_counts: false,
            standing,
            keypoint_sd: self.sd.then(|| self.keypoint_sd.unwrap_or_else(default_sd)),
            assumed_level: self.assumed_level,
            systematic: self.keypoint_sd.is_none(),
        })
    }
}

/// Angles of a recording: values (T, n), codes (T, n), standard deviations (T, n) or None, and the
/// view.
#[pyfunction]
#[pyo3(signature = (recording, requests, reading))]
pub fn recording_angles<'py>(
    py: Python<'py>,
    recording: RawRecording<'py>,
    requests: Vec<(NameOrSpec, Option<String>)>,
    reading: AngleOptionsRow,
) -> PyResult<Bound<'py, PyDict>> {
    let recording = load_recording(py, &recording)?;
    let angles = run(py, || {
        joint_angles(&recording, &self::requests(requests)?, &reading.load(&recording)?)
    })?;
    let dict = PyDict::new(py);
    dict.set_item("values", angles.values.into_pyarray(py))?;
    dict.set_item("codes", angles.codes.into_pyarray(py))?;
    dict.set_item("sd", angles.sd.map(|sd| sd.into_pyarray(py)))?;
    let errors: Vec<_> = angles.accuracy.iter().map(plain_accuracy).collect();
    dict.set_item("systematic", errors)?;
    dict.set_item("view", angles.view.map(View::name))?;
    Ok(dict)
}

/// Systematic error as a tuple: bias, standard deviation, validated, source.
pub fn plain_accuracy(of: &Accuracy) -> (f64, f64, bool, &'static str) {
    (of.bias, of.sd, of.validated, of.source)
}

/// Cutoff frequency in the form that Python passes: a number, `"auto"` or None.
#[derive(FromPyObject)]
pub enum CutoffHz {
    /// Cutoff frequency in Hz.
    Hz(f64),
    /// A text; only `"auto"` is valid.
    Word(String),
}

fn cutoff(given: Option<CutoffHz>) -> Result<Cutoff> {
    match given {
        None => Ok(Cutoff::Off),
        Some(CutoffHz::Hz(hz)) => Ok(Cutoff::Hz(hz)),
        Some(CutoffHz::Word(word)) if word == "auto" => Ok(Cutoff::Auto),
        Some(CutoffHz::Word(word)) => Err(Error::Option(format!(
            "cutoff_hz is {word:?}; it must be a positive number of Hz, \"auto\", or None"
        ))),
    }
}

fn conditioning_options(
    recording: &Recording,
    cutoff: Cutoff,
    max_gap_s: f64,
    look_ahead: bool,
) -> Conditioning {
    Conditioning { cutoff, max_gap_s, look_ahead, ..Conditioning::of_space(recording.up()) }
}

fn fill_conditioned(dict: &Bound<'_, PyDict>, conditioned: Conditioned) -> PyResult<()> {
    let py = dict.py();
    let (coordinates, confidence, times) = conditioned.recording.into_parts();
    dict.set_item("coordinates", coordinates.into_pyarray(py))?;
    dict.set_item("confidence", confidence.into_pyarray(py))?;
    dict.set_item("times", times.into_pyarray(py))?;
    dict.set_item("repairs", conditioned.repairs.into_pyarray(py))?;
    dict.set_item("resampled", conditioned.resampled)?;
    dict.set_item("swapped_frames", conditioned.swapped.into_pyarray(py))?;
    dict.set_item("long_swaps", conditioned.long_swaps)?;
    dict.set_item("cutoff_hz", conditioned.cutoff_hz)
}

/// Conditions a recording. With `look_ahead=False` it uses only past frames, like a stream.
#[pyfunction]
#[pyo3(signature = (recording, cutoff_hz, max_gap_s, look_ahead=true))]
pub fn condition<'py>(
    py: Python<'py>,
    recording: RawRecording<'py>,
    cutoff_hz: Option<CutoffHz>,
    max_gap_s: f64,
    look_ahead: bool,
) -> PyResult<Bound<'py, PyDict>> {
    let raw = load_recording(py, &recording)?;
    let conditioned = run(py, || {
        let options = conditioning_options(&raw, cutoff(cutoff_hz)?, max_gap_s, look_ahead);
        conditioning::condition(&raw, &options)
    })?;
    let dict = PyDict::new(py);
    fill_conditioned(&dict, conditioned)?;
    Ok(dict)
}

/// Values of the left and the right side.
type Sides = [f64; 2];

/// Standing calibration: valgus, dorsiflexion, hip height and seconds, each left and right.
#[pyfunction]
#[pyo3(signature = (recording, view))]
pub fn calibrate(
    py: Python<'_>,
    recording: RawRecording<'_>,
    view: Option<&str>,
) -> PyResult<(Sides, Sides, Sides, Sides)> {
    let recording = load_recording(py, &recording)?;
    let found = run(py, || calibration::calibrate(&recording, self::view(view)?))?;
    Ok((found.valgus_deg, found.dorsiflexion_deg, found.standing, found.seconds))
}

/// Finds the repetitions of a conditioned recording.
#[pyfunction]
#[pyo3(signature = (recording, exercise, side, view))]
pub fn find_reps<'py>(
    py: Python<'py>,
    recording: RawRecording<'py>,
    exercise: NameOrRow,
    side: &str,
    view: Option<&str>,
) -> PyResult<Bound<'py, PyDict>> {
    let recording = load_recording(py, &recording)?;
    let found = run(py, || {
        let exercise = exercise.load()?;
        analysis::find_reps(&recording, &exercise, Side::parse(side)?, self::view(view)?)
    })?;
    let dict = PyDict::new(py);
    dict.set_item("view", found.view.map(View::name))?;
    dict.set_item("signal_used", found.signal.angle.as_ref())?;
    dict.set_item("signal", found.signal_values.into_pyarray(py))?;
    dict.set_item("reps", found.reps.iter().map(rep_row).collect::<Vec<_>>())?;
    Ok(dict)
}

/// Knee flexion, moment, force and code of each frame.
type DemandColumns<'py> = (
    Bound<'py, PyArray1<f64>>,
    Bound<'py, PyArray1<f64>>,
    Bound<'py, PyArray1<f64>>,
    Bound<'py, PyArray1<u8>>,
);

/// Knee flexion, moment and patellofemoral force divided by body weight, and the reason of each
/// missing value. None in an image that is not from the side.
#[pyfunction]
pub fn knee_demand<'py>(
    py: Python<'py>,
    recording: RawRecording<'py>,
    side: &str,
    view: Option<&str>,
    two_legs: bool,
) -> PyResult<Option<DemandColumns<'py>>> {
    let recording = load_recording(py, &recording)?;
    let found =
        run(py, || Ok(load::demand(&recording, Side::parse(side)?, self::view(view)?, two_legs)))?;
    Ok(found.map(|rows| {
        let column = |value: &dyn Fn(&load::Demand) -> f64| {
            rows.iter().map(value).collect::<Vec<f64>>().into_pyarray(py)
        };
        let codes: Vec<u8> = rows.iter().map(|row| row.unknown as u8).collect();
        (
            column(&|row| row.bend_deg),
            column(&|row| row.moment),
            column(&|row| row.force),
            codes.into_pyarray(py),
        )
    }))
}

/// Force of the quadriceps and patellofemoral force, for a moment at a knee flexion.
#[pyfunction]
pub fn knee_forces(moment: f64, bend_deg: f64) -> [f64; 2] {
    load::forces(moment, bend_deg)
}

/// Analyzes one exercise on one side. `cutoff_hz=None` selects the cutoff of the exercise. With
/// `look_ahead=False` the analysis uses only past frames, like a stream.
#[pyfunction]
#[pyo3(signature = (recording, exercise, side, view, cutoff_hz, max_gap_s, look_ahead=true))]
#[allow(clippy::too_many_arguments)]
pub fn analyze<'py>(
    py: Python<'py>,
    recording: RawRecording<'py>,
    exercise: NameOrRow,
    side: &str,
    view: Option<&str>,
    cutoff_hz: Option<f64>,
    max_gap_s: f64,
    look_ahead: bool,
) -> PyResult<Bound<'py, PyDict>> {
    let raw = load_recording(py, &recording)?;
    let analysis = run(py, || {
        let exercise = exercise.load()?;
        let options = conditioning_options(
            &raw,
            Cutoff::Hz(cutoff_hz.unwrap_or(exercise.cutoff_hz)),
            max_gap_s,
            look_ahead,
        );
        analysis::analyze(&raw, &exercise, Side::parse(side)?, self::view(view)?, &options)
    })?;
    analysis_dict(py, analysis)
}

pub fn analysis_dict(py: Python<'_>, analysis: Analysis) -> PyResult<Bound<'_, PyDict>> {
    let dict = PyDict::new(py);
    let without_reps = analysis.missing_reps_reason();
    fill_conditioned(&dict, analysis.conditioned)?;
    dict.set_item("quality", quality_dict(py, &analysis.quality)?)?;
    dict.set_item("view", analysis.view.map(View::name))?;
    dict.set_item("signal_used", analysis.signal.angle.as_ref())?;
    dict.set_item("signal", analysis.signal_values.into_pyarray(py))?;
    let columns: Vec<(&str, Option<&str>)> =
        analysis.requests.iter().map(|r| (r.spec.name.as_ref(), r.side.map(Side::name))).collect();
    dict.set_item("columns", columns)?;
    dict.set_item("values", analysis.angles.values.into_pyarray(py))?;
    dict.set_item("codes", analysis.angles.codes.into_pyarray(py))?;
    dict.set_item("reps", analysis.reps.iter().map(rep_row).collect::<Vec<_>>())?;
    dict.set_item("rep_times", None::<Vec<[f64; 5]>>)?;
    let measures = measure_dicts(py, analysis.measures, &analysis.reps, without_reps)?;
    dict.set_item("measures", measures)?;
    dict.set_item("target_reached", analysis.target_reached)?;
    dict.set_item("why_no_reps", without_reps as u8)?;
    let faults: PyResult<Vec<_>> =
        analysis.faults.into_iter().map(|fault| finding_dict(py, fault)).collect();
    dict.set_item("faults", faults?)?;
    Ok(dict)
}

fn measure_dicts<'py>(
    py: Python<'py>,
    measures: Vec<RepMeasure>,
    reps: &[Rep],
    without_reps: Validity,
) -> PyResult<Vec<Bound<'py, PyDict>>> {
    let mut rows = Vec::new();
    for measure in measures {
        let row = PyDict::new(py);
        row.set_item("refusal", measure.refusal(reps, without_reps).map(|v| v as u8))?;
        row.set_item("name", measure.name)?;
        row.set_item("angle", measure.angle)?;
        row.set_item("unit", measure.unit)?;
        row.set_item("of_leg", measure.of_leg)?;
        let systematic = measure.accuracy.as_ref();
        row.set_item("systematic", systematic.map(|of| (plain_accuracy(of), of.camera)))?;
        row.set_item("values", measure.values.into_pyarray(py))?;
        let codes: Vec<u8> = measure.validity.into_iter().map(|v| v as u8).collect();
        row.set_item("codes", codes.into_pyarray(py))?;
        rows.push(row);
    }
    Ok(rows)
}

/// Measures of repetitions from angles that another program computed. `angles` has name, values and
/// codes of each angle of one side or of the midline.
#[pyfunction]
#[allow(clippy::too_many_arguments)]
pub fn measure_angles<'py>(
    py: Python<'py>,
    exercise: NameOrRow,
    side: &str,
    reps: Vec<RepRow>,
    times: PyReadonlyArray1<'py, f64>,
    signal: PyReadonlyArray1<'py, f64>,
    angles: Vec<(String, PyReadonlyArray1<'py, f64>, PyReadonlyArray1<'py, u8>)>,
    fs: f64,
) -> PyResult<Vec<Bound<'py, PyDict>>> {
    let (times, signal) = (copied(&times, 1)?, copied(&signal, 1)?);
    let mut columns = Vec::new();
    for (name, values, codes) in &angles {
        columns.push((name.clone(), copied(values, 1)?, codes.as_array().to_vec()));
    }
    let reps: Vec<Rep> = reps.iter().map(rep_of).collect();
    let measures = run(py, || {
        let given = GivenAngles { times: &times, signal: &signal, columns: &columns, fs };
        let exercise = exercise.load()?;
        analysis::measure_angles(&exercise, Side::parse(side)?, &reps, &given)
    })?;
    measure_dicts(py, measures, &reps, Validity::NoReps)
}

fn finding_dict(py: Python<'_>, finding: FaultFinding) -> PyResult<Bound<'_, PyDict>> {
    let dict = criterion_dict(py, &finding.criterion)?;
    dict.set_item("name", finding.row.name.as_ref())?;
    dict.set_item("title", finding.row.title.as_ref())?;
    dict.set_item("cue", finding.row.cue.as_ref())?;
    dict.set_item("measure", finding.measure)?;
    dict.set_item("unit", finding.unit)?;
    dict.set_item("values", finding.values.into_pyarray(py))?;
    let codes: Vec<u8> = finding.validity.into_iter().map(|v| v as u8).collect();
    dict.set_item("codes", codes.into_pyarray(py))?;
    dict.set_item("amount", finding.amount)?;
    let (seen, refusal) = match finding.status {
        FaultStatus::Seen => (true, None),
        FaultStatus::Borderline => (false, None),
        FaultStatus::NotSeen => (false, None),
        FaultStatus::NotAssessed(reason) => (false, Some(reason as u8)),
    };
    dict.set_item("seen", seen)?;
    dict.set_item("borderline", finding.status == FaultStatus::Borderline)?;
    dict.set_item("error", finding.error)?;
    dict.set_item("common_sd", finding.common.sd)?;
    dict.set_item("camera_shift", finding.common.shift)?;
    dict.set_item("refusal", refusal)?;
    Ok(dict)
}

/// Cues of all movements that are candidates for repetitions of a standing exercise. Returns the
/// names of the cues, and for each movement its frames (start, bottom, end), status code,
/// probability and cue values.
#[pyfunction]
pub fn evidence_cues<'py>(
    py: Python<'py>,
    recording: RawRecording<'py>,
    exercise: NameOrRow,
    side: &str,
    view: Option<&str>,
    look_ahead: bool,
) -> PyResult<Bound<'py, PyDict>> {
    let raw = load_recording(py, &recording)?;
    let (view, found) = run(py, || {
        let exercise = exercise.load()?;
        let how = Conditioning {
            cutoff: Cutoff::Hz(exercise.cutoff_hz),
            look_ahead,
            ..Conditioning::of_space(raw.up())
        };
        analysis::candidate_reps(&raw, &exercise, Side::parse(side)?, self::view(view)?, &how)
    })?;
    let dict = PyDict::new(py);
    dict.set_item("view", view)?;
    let rows = || IS_SQUAT.cues.iter().chain(LEG_IS_ALONE.cues);
    dict.set_item("names", rows().map(|row| row.name).collect::<Vec<_>>())?;
    let frames: Vec<_> = found.iter().map(|(r, _)| (r.start, r.bottom, r.end)).collect();
    dict.set_item("frames", frames)?;
    dict.set_item("status", found.iter().map(|(r, _)| r.status.name()).collect::<Vec<_>>())?;
    dict.set_item("probability", found.iter().map(|(_, p)| p.probability).collect::<Vec<_>>())?;
    dict.set_item("cues", found.iter().map(|(_, p)| p.cues.to_vec()).collect::<Vec<_>>())?;
    Ok(dict)
}
