//! Python class for skeletons.

use kneepose_core::recording::Depth;
use kneepose_core::skeleton;
use pyo3::prelude::*;

use crate::doorway::exception;

/// Validated skeleton: names of the keypoints and the landmark of each.
#[pyclass(frozen, module = "kneepose._core")]
pub struct Skeleton {
    pub(crate) inner: skeleton::Skeleton,
}

#[pymethods]
impl Skeleton {
    #[new]
    fn new(
        py: Python<'_>,
        name: String,
        keypoints: Vec<String>,
        aliases: Vec<(String, String)>,
        min_confidence: f64,
    ) -> PyResult<Self> {
        skeleton::Skeleton::new(name, keypoints, aliases, min_confidence)
            .map(|inner| Self { inner })
            .map_err(|error| exception(py, &error))
    }

    /// Returns a built-in skeleton by name.
    #[staticmethod]
    fn built_in(py: Python<'_>, name: &str) -> PyResult<Self> {
        skeleton::Skeleton::built_in(name)
            .map(|inner| Self { inner })
            .map_err(|error| exception(py, &error))
    }

    #[getter]
    fn name(&self) -> &str {
        self.inner.name()
    }

    #[getter]
    fn keypoints(&self) -> Vec<String> {
        self.inner.keypoints().to_vec()
    }

    #[getter]
    fn landmarks(&self) -> Vec<(String, usize)> {
        self.inner.landmarks().to_vec()
    }

    #[getter]
    fn min_confidence(&self) -> f64 {
        self.inner.min_confidence()
    }

    /// Default origin of depth of 3-D keypoints with this skeleton.
    #[getter]
    fn usual_depth(&self) -> &'static str {
        Depth::usual(&self.inner).name()
    }

    #[getter]
    fn swap(&self) -> Vec<usize> {
        self.inner.swap()
    }
}
