//! Status codes, the last error message, and the guard that every function runs in.

use std::any::Any;
use std::cell::RefCell;
use std::ffi::c_char;
use std::panic::{AssertUnwindSafe, catch_unwind};

use kneepose_core::error::Error;
use kneepose_core::memory::OutOfMemory;

use crate::pointers::Out;

/// Result of a call. Bad measurements are not errors: they give NaN values with a validity code.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KneeposeStatus {
    /// The call succeeded.
    Ok = 0,
    /// A required pointer is NULL.
    NullPointer = 1,
    /// A pointer is not aligned, or output overlaps input.
    InvalidPointer = 2,
    /// A text is not valid UTF-8.
    InvalidText = 3,
    /// A name is unknown; the message lists the known ones.
    UnknownName = 4,
    /// A skeleton is inconsistent.
    InvalidSkeleton = 5,
    /// A count, layout or size does not match the other arguments.
    InvalidShape = 6,
    /// An option is outside its range.
    InvalidOption = 7,
    /// A buffer is too small; nothing was written to it.
    BufferTooSmall = 8,
    /// A defect of the library was caught. Please report it with the message.
    Internal = 9,
    /// There is not enough memory.
    OutOfMemory = 10,
    /// The stream does not have enough frames for an analysis yet.
    NotEnoughData = 11,
}

/// Status and message of a failed call.
pub struct Failure {
    status: KneeposeStatus,
    message: String,
}

/// Result type of the functions behind the interface.
pub type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    /// Makes a failure.
    pub fn new(status: KneeposeStatus, message: String) -> Self {
        Self { status, message }
    }

    /// Failure for a required pointer that is NULL.
    pub fn null(what: &str) -> Self {
        Self::new(KneeposeStatus::NullPointer, format!("{what} is NULL; it must be given"))
    }

    /// Failure for a buffer that is too small.
    pub fn room(what: &str, capacity: usize, needed: usize) -> Self {
        let message = format!("{what} has room for {capacity} elements; {needed} are needed");
        Self::new(KneeposeStatus::BufferTooSmall, message)
    }

    /// Failure for sizes that do not match.
    pub fn shape(message: String) -> Self {
        Self::new(KneeposeStatus::InvalidShape, message)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let status = match &error {
            Error::UnknownName { .. } => KneeposeStatus::UnknownName,
            Error::Skeleton(_) => KneeposeStatus::InvalidSkeleton,
            Error::Shape(_) => KneeposeStatus::InvalidShape,
            Error::Option(_) | Error::Time(_) | Error::Calibration(_) => {
                KneeposeStatus::InvalidOption
            }
        };
        let message = match &error {
            Error::UnknownName { known, .. } => format!("{error}; there are {}", known.join(", ")),
            _ => error.to_string(),
        };
        Self::new(status, message)
    }
}

thread_local! {
    static LAST_ERROR: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Runs the body of a function and catches panics.
pub fn status(work: impl FnOnce() -> Result<()>) -> KneeposeStatus {
    let failure = match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(())) => return KneeposeStatus::Ok,
        Ok(Err(failure)) => failure,
        Err(panic) => match panic.downcast_ref() {
            Some(OutOfMemory(bytes)) => Failure::new(
                KneeposeStatus::OutOfMemory,
                format!("{bytes} bytes of memory more are needed; pass fewer values at once"),
            ),
            None => Failure::new(
                KneeposeStatus::Internal,
                format!(
                    "an internal error was caught ({}). Please report it with the call that led to it.",
                    panic_message(panic.as_ref())
                ),
            ),
        },
    };
    // The thread-local message may already be destroyed while the thread ends.
    let _ = LAST_ERROR.try_with(|last| last.replace(failure.message));
    failure.status
}

/// Runs the body of a function that returns a value; returns `otherwise` if it fails.
pub fn value<T>(otherwise: T, work: impl FnOnce() -> Result<T>) -> T {
    let mut answer = otherwise;
    status(|| {
        answer = work()?;
        Ok(())
    });
    answer
}

fn panic_message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}

/// Copies the message of this thread's last failure, zero-terminated and truncated to `size` bytes.
///
/// Returns its length without the zero byte, so a buffer of `kneepose_last_error(NULL, 0) + 1` bytes holds
/// all of it; 0 if no call has failed on this thread. A successful call keeps the message.
///
/// Ownership: the caller owns `buffer`.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "C" fn kneepose_last_error(mut buffer: Out<c_char>, size: usize) -> usize {
    let copied = catch_unwind(AssertUnwindSafe(|| {
        LAST_ERROR.try_with(|last| buffer.text(size, &last.borrow())).unwrap_or_default()
    }));
    copied.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(clippy::panic)]
    fn a_panic_becomes_a_status_and_a_value() {
        assert_eq!(status(|| panic!("planted")), KneeposeStatus::Internal);
        let message = LAST_ERROR.with(|last| last.borrow().clone());
        assert!(message.contains("planted"), "{message}");
        let unfit = || {
            kneepose_core::memory::room::<f64>(usize::MAX);
            Ok(())
        };
        assert_eq!(status(unfit), KneeposeStatus::OutOfMemory);
        assert_eq!(value(7, || panic!("{}", "formatted")), 7);
        assert!(LAST_ERROR.with(|last| last.borrow().contains("formatted")));
    }
}
