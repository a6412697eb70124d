//! Tables of the core, as plain Python data.

use kneepose_core::angle::{ANGLE_TABLE, table};
use kneepose_core::conditioning::REPAIR_TABLE;
use kneepose_core::quality::{ACCURACY_TABLE, Family, SEEN};
use kneepose_core::reps::REP_STATUS_TABLE;
use kneepose_core::skeleton::SKELETON_TABLE;
use kneepose_core::validity::VALIDITY_TABLE;
use pyo3::prelude::*;
use pyo3::types::PyDict;

type Rows<'py> = PyResult<Vec<Bound<'py, PyDict>>>;

/// Rows of the skeleton table.
#[pyfunction]
pub fn skeleton_table(py: Python<'_>) -> Rows<'_> {
    let rows = SKELETON_TABLE.iter().map(|row| {
        let dict = PyDict::new(py);
        dict.set_item("name", row.name)?;
        dict.set_item("keypoints", row.names())?;
        dict.set_item("min_confidence", row.min_confidence)?;
        dict.set_item("confidence_source", row.confidence_source)?;
        dict.set_item("emitted_by", row.emitted_by)?;
        Ok(dict)
    });
    rows.collect()
}

/// Rows of the angle table.
#[pyfunction]
pub fn angle_table(py: Python<'_>) -> Rows<'_> {
    let rows = ANGLE_TABLE.iter().map(|row| {
        let dict = PyDict::new(py);
        dict.set_item("name", row.name.as_ref())?;
        dict.set_item("points", row.points.iter().map(AsRef::as_ref).collect::<Vec<&str>>())?;
        dict.set_item("measure", row.measure.name())?;
        dict.set_item("sided", row.sided.name())?;
        dict.set_item("plane", row.plane.name())?;
        dict.set_item("unit", row.unit.as_ref())?;
        dict.set_item("zero", row.zero.as_ref())?;
        dict.set_item("positive", row.positive.as_ref())?;
        dict.set_item("refused_below_flexion", row.gate.map(|gate| gate.refuse_below))?;
        dict.set_item("low_below_flexion", row.gate.map(|gate| gate.low_below))?;
        dict.set_item("source", row.source.as_ref())?;
        Ok(dict)
    });
    rows.collect()
}

/// Rows of the accuracy table in order; the first one that applies is used.
#[pyfunction]
pub fn accuracy_table(py: Python<'_>) -> Rows<'_> {
    let rows = ACCURACY_TABLE.iter().map(|row| {
        let dict = PyDict::new(py);
        let seen = SEEN.iter().filter(|seen| row.seen.contains(&seen.1)).map(|seen| seen.0);
        dict.set_item("family", row.family.map(Family::name))?;
        dict.set_item("seen", seen.collect::<Vec<_>>())?;
        dict.set_item("angles", row.angles.to_vec())?;
        dict.set_item("bias", row.accuracy.bias)?;
        dict.set_item("sd", row.accuracy.sd)?;
        dict.set_item("validated", row.accuracy.validated)?;
        dict.set_item("source", row.accuracy.source)?;
        dict.set_item("keypoints", row.accuracy.by_frame.map(|parts| parts.offset))?;
        dict.set_item("rest", row.accuracy.by_frame.map(|parts| parts.rest))?;
        Ok(dict)
    });
    rows.collect()
}

/// Rows of the validity table, in the order of their codes.
#[pyfunction]
pub fn validity_table() -> Vec<(u8, &'static str, &'static str, &'static str)> {
    VALIDITY_TABLE
        .iter()
        .map(|row| (row.validity as u8, row.name, row.sentence, row.remedy))
        .collect()
}

/// Name and short text of each repetition status, in the order of the codes.
#[pyfunction]
pub fn rep_statuses() -> Vec<(&'static str, &'static str)> {
    REP_STATUS_TABLE.iter().map(|row| (row.1, row.2)).collect()
}

/// Name of each repair, in the order of the codes.
#[pyfunction]
pub fn repairs() -> Vec<&'static str> {
    REPAIR_TABLE.iter().map(|row| row.1).collect()
}

/// Names of the lower-body angles, for standing on one leg or on two.
#[pyfunction]
pub fn lower_body(one_leg: bool) -> Vec<&'static str> {
    table::lower_body(one_leg).to_vec()
}
