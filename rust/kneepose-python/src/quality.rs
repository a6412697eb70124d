//! Quality checks of recordings.

use kneepose_core::comparison::yaw_guard;
use kneepose_core::quality::{self, CheckOptions, Estimate, Quality};
use kneepose_core::recording::View;
use kneepose_core::skeleton::Side;
use numpy::{IntoPyArray, PyArray3, PyReadonlyArray3, PyUntypedArrayMethods};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::analyses::{RawRecording, load_recording, view};
use crate::doorway::{check_memory, run};
use crate::exercises::NameOrRow;

/// Checks a raw recording and estimates the camera position.
#[pyfunction]
#[pyo3(signature = (recording, side, view, exercise))]
pub fn check<'py>(
    py: Python<'py>,
    recording: RawRecording<'py>,
    side: Option<&str>,
    view: Option<&str>,
    exercise: Option<NameOrRow>,
) -> PyResult<Bound<'py, PyDict>> {
    let recording = load_recording(py, &recording)?;
    let quality = run(py, || {
        let side = side.map(Side::parse).transpose()?;
        let view = self::view(view)?;
        let options = match exercise.map(NameOrRow::load).transpose()? {
            Some(exercise) => exercise.check_options(side, view),
            None => CheckOptions { side, view, ..CheckOptions::default() },
        };
        quality::check(&recording, &options)
    })?;
    quality_dict(py, &quality)
}

/// Camera yaw from the foot directions in two recordings, given as (side, degrees), and the name of
/// the validity code that forbids a verdict, or None.
#[pyfunction]
pub fn camera_yaw(
    py: Python<'_>,
    first: (String, f64),
    second: (String, f64),
) -> PyResult<(f64, Option<&'static str>)> {
    run(py, || {
        let foot = |(side, degrees): &(String, f64)| Ok((Side::parse(side)?, *degrees));
        let (first, second) = (foot(&first)?, foot(&second)?);
        let yaw = quality::camera_yaw(first, second);
        Ok((yaw, yaw_guard(yaw, first.0 == second.0).map(|reason| reason.row().name)))
    })
}

/// Corrects the camera roll: rotates image coordinates about a center.
#[pyfunction]
pub fn leveled<'py>(
    py: Python<'py>,
    coordinates: PyReadonlyArray3<'py, f64>,
    roll_deg: f64,
    middle: [f64; 2],
) -> PyResult<Bound<'py, PyArray3<f64>>> {
    check_memory(coordinates.len(), 4)?;
    let points = coordinates.as_array().to_owned();
    let turned = run(py, || Ok(quality::leveled(points.view(), roll_deg, middle)))?;
    Ok(turned.into_pyarray(py))
}

/// Converts the result of a quality check to a dictionary.
pub fn quality_dict<'py>(py: Python<'py>, quality: &Quality) -> PyResult<Bound<'py, PyDict>> {
    let pair = |estimate: Estimate| (estimate.degrees, estimate.spread);
    let dict = PyDict::new(py);
    dict.set_item("view", quality.view.map(View::name))?;
    dict.set_item("foot_to_lens", quality.foot_to_lens.map(pair))?;
    dict.set_item("roll", pair(quality.roll))?;
    dict.set_item("off_axis", quality.off_axis)?;
    let finding = |f: &quality::Finding| (f.reason as u8, f.severity.name(), f.measured.clone());
    dict.set_item("findings", quality.findings.iter().map(finding).collect::<Vec<_>>())?;
    dict.set_item("evidence", quality.evidence.clone())?;
    Ok(dict)
}
