//! Joint angles from segment frames.

use kneepose_core::angle::Real;
use kneepose_core::angle::cardan::cardan_angles as core_cardan_angles;
use kneepose_core::memory::array;
use kneepose_core::skeleton::Side;
use ndarray::ArrayViewD;
use numpy::{Element, IntoPyArray};
use pyo3::prelude::*;

use crate::angles::Floats;
use crate::doorway::{check_memory, raise, run};

/// Flexion, adduction and internal rotation (…, 3) of two segment frames (…, 3, 3), degrees.
#[pyfunction]
pub fn cardan_angles<'py>(
    py: Python<'py>,
    proximal: Floats<'py>,
    distal: Floats<'py>,
    side: &str,
) -> PyResult<Bound<'py, PyAny>> {
    match (proximal, distal) {
        (Floats::F32(p), Floats::F32(d)) => each_pair(py, &p.as_array(), &d.as_array(), side),
        (Floats::F64(p), Floats::F64(d)) => each_pair(py, &p.as_array(), &d.as_array(), side),
        _ => Err(raise(py, "CoordinateError", "proximal and distal must have the same dtype")),
    }
}

fn each_pair<'py, S: Real + Element + Send + Sync + Default>(
    py: Python<'py>,
    proximal: &ArrayViewD<'_, S>,
    distal: &ArrayViewD<'_, S>,
    side: &str,
) -> PyResult<Bound<'py, PyAny>> {
    let leading = proximal.ndim().saturating_sub(1);
    let shape = proximal.shape().get(..leading).unwrap_or_default().to_vec();
    check_memory(proximal.len(), 2)?;
    let out = run(py, || {
        let mut out = array(shape.as_slice(), S::default());
        core_cardan_angles(proximal, distal, Side::parse(side)?, out.view_mut());
        Ok(out)
    })?;
    Ok(out.into_pyarray(py).into_any())
}
