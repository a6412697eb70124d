//! Calls from Python into the core. They release the interpreter lock, convert errors of the core to
//! exceptions of the package, and catch panics.

use std::panic::{AssertUnwindSafe, catch_unwind};

use kneepose_core::error::Error;
use pyo3::prelude::*;

/// Runs `work` without the interpreter lock.
pub fn run<T: Send>(py: Python<'_>, work: impl FnOnce() -> Result<T, Error> + Send) -> PyResult<T> {
    let outcome = py.detach(|| catch_unwind(AssertUnwindSafe(work)));
    map_outcome(py, outcome)
}

/// Runs `work` with the interpreter lock, for work so short that releasing the lock would cost more.
pub fn run_attached<T>(py: Python<'_>, work: impl FnOnce() -> Result<T, Error>) -> PyResult<T> {
    map_outcome(py, catch_unwind(AssertUnwindSafe(work)))
}

fn map_outcome<T>(py: Python<'_>, outcome: std::thread::Result<Result<T, Error>>) -> PyResult<T> {
    match outcome {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(exception(py, &error)),
        Err(_) => Err(raise(
            py,
            "KneeposeError",
            "an internal error was caught; the input is untouched. Please report it with the call \
             that led to it.",
        )),
    }
}

/// Exception of the package for an error of the core.
pub fn exception(py: Python<'_>, error: &Error) -> PyErr {
    match error {
        Error::UnknownName { kind, name, known } => {
            let made = errors_module(py).and_then(|errors| {
                let class = errors.getattr("UnknownNameError")?;
                class.call_method1("of", (*kind, name.as_str(), known.clone()))
            });
            made.map_or_else(|failed| failed, PyErr::from_value)
        }
        Error::Skeleton(message) => raise(py, "SkeletonError", message),
        Error::Shape(message) => raise(py, "CoordinateError", message),
        Error::Calibration(message) => raise(py, "CalibrationError", message),
        Error::Option(message) => raise(py, "KneeposeError", message),
    }
}

/// Makes an exception of `kneepose.errors` by class name.
pub fn raise(py: Python<'_>, class: &str, message: &str) -> PyErr {
    let made = errors_module(py).and_then(|errors| errors.getattr(class)?.call1((message,)));
    made.map_or_else(|failed| failed, PyErr::from_value)
}

fn errors_module(py: Python<'_>) -> PyResult<Bound<'_, PyModule>> {
    py.import("kneepose.errors")
}
