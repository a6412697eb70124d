//! Checks the arrays of a new recording.

use kneepose_core::recording::{intake, persons};
use numpy::PyUntypedArrayMethods;
use numpy::{
    IntoPyArray, PyArray2, PyReadonlyArray2, PyReadonlyArray3, PyReadwriteArray2, PyReadwriteArray3,
};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

use crate::angles::up;
use crate::doorway::run_attached;
use crate::skeletons::Skeleton;

fn not_contiguous<E>(_: E) -> PyErr {
    PyTypeError::new_err("the array is not contiguous")
}

/// Largest absolute finite value if it exceeds a limit, otherwise None.
#[pyfunction]
pub fn largest_beyond(points: PyReadonlyArray3<'_, f64>, limit: f64) -> PyResult<Option<f64>> {
    Ok(intake::largest_beyond(points.as_slice().map_err(not_contiguous)?, limit))
}

/// Masks missing keypoints in place. Returns whether there were any numbers, positions and
/// keypoints before, and the highest confidence (infinite if there is no confidence).
#[pyfunction]
pub fn mask_missing(
    mut points: PyReadwriteArray3<'_, f64>,
    confidence: Option<PyReadwriteArray2<'_, f64>>,
    skeleton: &Skeleton,
) -> PyResult<(bool, bool, bool, f64)> {
    let dims = points.shape().last().copied().unwrap_or_default();
    let mut confidence = confidence;
    let scores = confidence.as_mut().map(|scores| scores.as_slice_mut().map_err(not_contiguous));
    let points = points.as_slice_mut().map_err(not_contiguous)?;
    let of = (&skeleton.inner, dims);
    let given = intake::mask_missing(points, scores.transpose()?, of);
    Ok((given.has_numbers, given.has_places, given.has_keypoints, given.highest))
}

/// Smallest and largest finite value of one component of the points; None if any is negative.
#[pyfunction]
pub fn range_above_zero(
    points: PyReadonlyArray3<'_, f64>,
    component: usize,
) -> PyResult<Option<[f64; 2]>> {
    let dims = points.shape().last().copied().unwrap_or_default();
    let points = points.as_slice().map_err(not_contiguous)?;
    Ok(intake::range_above_zero(points, dims, component))
}

/// Share of the finite values whose absolute value is at most `limit`; NaN if there are none.
#[pyfunction]
pub fn share_within(points: PyReadonlyArray3<'_, f64>, limit: f64) -> PyResult<f64> {
    Ok(intake::share_within(points.as_slice().map_err(not_contiguous)?, limit))
}

/// Size of the body in 3-D, and cosines between directions. The vectors from ankles and from hips
/// to the shoulders are compared with the vertical, those of toes and of flexed knees with the
/// forward direction. All are medians over the frames, NaN if unknown.
#[pyfunction]
pub fn body_in_space(
    py: Python<'_>,
    points: PyReadonlyArray3<'_, f64>,
    skeleton: &Skeleton,
    space: &str,
) -> PyResult<(f64, [f64; 2], [f64; 2])> {
    let points = points.as_slice().map_err(not_contiguous)?;
    let body = run_attached(py, || Ok(intake::body_in_space(points, &skeleton.inner, up(space)?)))?;
    Ok((body.size, body.standing, body.ahead))
}

/// Quantile `q` of the distance between two keypoints over the frames, for each pair; NaN if a pair
/// is never visible.
#[pyfunction]
pub fn segment_lengths(
    points: PyReadonlyArray3<'_, f64>,
    pairs: Vec<(usize, usize)>,
    q: f64,
) -> PyResult<Vec<f64>> {
    let shape = points.shape();
    let of = (shape.get(1).copied().unwrap_or_default(), shape.get(2).copied().unwrap_or_default());
    let points = points.as_slice().map_err(not_contiguous)?;
    Ok(pairs.into_iter().map(|pair| intake::segment_length(points, of, pair, q)).collect())
}

/// Number of finite keypoints of a person, and their minimum, maximum and median on each axis.
#[pyfunction]
pub fn extent(points: PyReadonlyArray2<'_, f64>) -> (usize, Vec<f64>, Vec<f64>, Vec<f64>) {
    let found = persons::extent(&points.as_array());
    (found.number, found.low, found.high, found.center)
}

/// Keypoints with each axis multiplied by its factor. If one component is not finite, all become
/// NaN.
#[pyfunction]
pub fn scaled<'py>(
    py: Python<'py>,
    points: PyReadonlyArray2<'_, f64>,
    factors: Vec<f64>,
) -> Bound<'py, PyArray2<f64>> {
    persons::scaled(&points.as_array(), &factors).into_pyarray(py)
}

/// Median movement of the keypoints on each axis since an earlier frame; None if no keypoint is in
/// both frames.
#[pyfunction]
pub fn typical_move(
    points: PyReadonlyArray2<'_, f64>,
    before: PyReadonlyArray2<'_, f64>,
) -> Option<Vec<f64>> {
    persons::typical_move(&points.as_array(), &before.as_array())
}

/// Median squared distance of the keypoints from their earlier positions moved by `ahead`; infinite
/// if no keypoint is in both frames.
#[pyfunction]
pub fn typical_square(
    points: PyReadonlyArray2<'_, f64>,
    before: PyReadonlyArray2<'_, f64>,
    ahead: Vec<f64>,
) -> f64 {
    persons::typical_square(&points.as_array(), &before.as_array(), &ahead)
}
