//! Calls the core from Python. The functions release the interpreter lock, end work early on a
//! signal such as Ctrl-C, convert errors of the core to exceptions of the package, and catch
//! panics.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::time::{Duration, Instant};

use kneepose_core::error::Error;
use kneepose_core::interrupt::{Question, answering};
use kneepose_core::memory::OutOfMemory;
use numpy::PyReadonlyArray1;
use pyo3::exceptions::PyMemoryError;
use pyo3::prelude::*;

/// Memory that a longer call may need in addition to that for its input, bytes.
const SPARE: usize = 16 << 20;

/// Raises `MemoryError` unless `copies` of `values` doubles fit into memory. It is called before
/// work begins, because the core allocates memory as needed, and a process without memory ends.
pub fn check_memory(values: usize, copies: usize) -> PyResult<()> {
    let wanted = values.checked_mul(copies).and_then(|count| count.checked_mul(8));
    let bytes = wanted.and_then(|bytes| bytes.checked_add(SPARE));
    let fits = bytes.is_some_and(|bytes| {
        let mut room = Vec::<u8>::new();
        let fits = room.try_reserve_exact(bytes).is_ok();
        // Prevents the compiler from removing an allocation that is never used.
        std::hint::black_box(&mut room);
        fits
    });
    if fits {
        return Ok(());
    }
    let needed = bytes.map_or_else(
        || "more memory than there can be".to_owned(),
        |bytes| format!("{:.3} GB of memory, which is not free", bytes as f64 / 1e9),
    );
    let message = format!("work on {values} values needs {needed}; pass fewer at once");
    Err(PyMemoryError::new_err(message))
}

/// Copies a series after [`check_memory`] for the copies that the work needs.
pub fn copied(series: &PyReadonlyArray1<'_, f64>, copies: usize) -> PyResult<Vec<f64>> {
    let series = series.as_array();
    check_memory(series.len(), copies)?;
    Ok(series.to_vec())
}

/// Runs `work` without the interpreter lock. If a signal handler raises an exception, the work ends
/// and the exception is raised.
pub fn run<T: Send>(py: Python<'_>, work: impl FnOnce() -> Result<T, Error> + Send) -> PyResult<T> {
    check_memory(0, 0)?;
    let (outcome, raised) = py.detach(|| {
        let raised = Rc::new(RefCell::new(None));
        let question = signal_question(Rc::clone(&raised));
        let outcome = catch_unwind(AssertUnwindSafe(|| answering(question, work)));
        (outcome, raised.take())
    });
    match raised {
        Some(raised) => Err(raised),
        None => map_outcome(py, outcome),
    }
}

/// Interval at which long work checks for signals. Each check waits for the interpreter.
const LOOKS_EVERY: Duration = Duration::from_millis(50);

/// Callback that returns true if a signal handler has raised an exception; the exception is then
/// stored in `raised`.
fn signal_question(raised: Rc<RefCell<Option<PyErr>>>) -> Question {
    let mut looked = Instant::now();
    let mut is_main = None;
    Box::new(move || {
        if looked.elapsed() < LOOKS_EVERY || is_main == Some(false) {
            return false;
        }
        let found = Python::attach(|py| {
            // Signal handlers run on the main thread only, so other threads need not acquire the
            // interpreter again.
            let main = match is_main {
                Some(main) => main,
                None => is_main_thread(py)?,
            };
            is_main = Some(main);
            py.check_signals()
        });
        looked = Instant::now();
        found.map_err(|error| raised.replace(Some(error))).is_err()
    })
}

fn is_main_thread(py: Python<'_>) -> PyResult<bool> {
    let threading = py.import("threading")?;
    let this = threading.call_method0("get_ident")?;
    this.eq(threading.call_method0("main_thread")?.getattr("ident")?)
}

/// Runs `work` without the interpreter lock and without checks for signals, for short work that
/// must not stop halfway.
pub fn run_whole<T: Send>(
    py: Python<'_>,
    work: impl FnOnce() -> Result<T, Error> + Send,
) -> PyResult<T> {
    let outcome = py.detach(|| catch_unwind(AssertUnwindSafe(work)));
    map_outcome(py, outcome)
}

/// Runs `work` with the interpreter lock, for work so short that releasing the lock would take
/// longer.
pub fn run_attached<T>(py: Python<'_>, work: impl FnOnce() -> Result<T, Error>) -> PyResult<T> {
    map_outcome(py, catch_unwind(AssertUnwindSafe(work)))
}

fn map_outcome<T>(py: Python<'_>, outcome: std::thread::Result<Result<T, Error>>) -> PyResult<T> {
    match outcome {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(exception(py, &error)),
        Err(why) => Err(match why.downcast_ref() {
            Some(OutOfMemory(bytes)) => {
                let asked = *bytes as f64 / 1e9;
                PyMemoryError::new_err(format!(
                    "work needs {asked:.3} GB of memory more, which is not free; pass fewer values at once"
                ))
            }
            None => raise(
                py,
                "KneeposeError",
                "an internal error was caught; the input is untouched. Please report it with the \
                 call that led to it.",
            ),
        }),
    }
}

/// Converts an error of the core to an exception of the package.
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
        Error::Time(message) => raise(py, "TimeError", message),
        Error::Option(message) => raise(py, "KneeposeError", message),
    }
}

/// Makes an exception of the class with this name in `kneepose.errors`.
pub fn raise(py: Python<'_>, class: &str, message: &str) -> PyErr {
    let made = errors_module(py).and_then(|errors| errors.getattr(class)?.call1((message,)));
    made.map_or_else(|failed| failed, PyErr::from_value)
}

fn errors_module(py: Python<'_>) -> PyResult<Bound<'_, PyModule>> {
    py.import("kneepose.errors")
}
