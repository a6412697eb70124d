//! A panic on demand, for the test that none crosses the border. Not in `kneepose.h`.

use crate::status::{KneeposeStatus, status};

/// Panics inside, and must come back with [`KneeposeStatus::Internal`].
#[allow(unsafe_code, clippy::panic)]
#[unsafe(no_mangle)]
pub extern "C" fn kneepose_injected_panic() -> KneeposeStatus {
    status(|| panic!("planted by a test"))
}
