//! The quality gate.

use kneepose_core::quality::{self, Estimate, Quality, Question};
use kneepose_core::recording::View;
use kneepose_core::skeleton::Side;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::analyses::{RawRecording, loaded, view};
use crate::doorway::run;

/// What is wrong with a raw recording, and how the camera stood.
#[pyfunction]
#[pyo3(signature = (recording, side, view, size_wh, upright))]
pub fn check<'py>(
    py: Python<'py>,
    recording: RawRecording<'py>,
    side: Option<&str>,
    view: Option<&str>,
    size_wh: Option<[f64; 2]>,
    upright: bool,
) -> PyResult<Bound<'py, PyDict>> {
    let recording = loaded(py, &recording)?;
    let quality = run(py, || {
        let side = side.map(Side::parse).transpose()?;
        let question = Question { side, view: self::view(view)?, size_wh, upright };
        quality::check(&recording, &question)
    })?;
    quality_dict(py, &quality)
}

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
