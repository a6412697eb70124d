//! What the live machine says.

use super::window::Finding;

/// What the machine is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Between repetitions.
    Rest,
    /// Away from rest, going further.
    Out,
    /// Away from rest, not moving much.
    Hold,
    /// Away from rest, coming back.
    Back,
}

/// Names of the phases.
pub const PHASES: [&str; 4] = ["rest", "out", "hold", "back"];

/// What one sample brought.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Step {
    /// Nothing.
    None,
    /// A repetition has begun.
    Started,
    /// A repetition is over.
    Ended(Finding),
    /// What had begun was none.
    Dropped,
    /// What had begun was not seen any more.
    Lost,
}
