//! Python bindings of `kneepose-core`.
use pyo3::prelude::*;

/// The compiled part of kneepose.
#[pymodule]
mod _core {
    use super::*;

    /// Version of the compiled core.
    #[pyfunction]
    fn version() -> &'static str {
        env!("CARGO_PKG_VERSION")
    }
}
