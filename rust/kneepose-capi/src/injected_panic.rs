//! Function that panics, for the test that no panic crosses the interface. Not in `kneepose.h`.

use crate::status::{KneeposeStatus, status};

/// Panics; must return [`KneeposeStatus::Internal`].
#[allow(unsafe_code, clippy::panic)]
#[unsafe(no_mangle)]
pub extern "C" fn kneepose_injected_panic() -> KneeposeStatus {
    status(|| panic!("planted by a test"))
}
