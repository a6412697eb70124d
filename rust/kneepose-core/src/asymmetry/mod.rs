//! Left against right: indices, and intervals for their difference.

pub mod index;
pub mod inference;
mod student;
pub mod waveform;

pub use index::{INDICES, Index, index};
pub use inference::{Interval, paired_interval, welch_interval};
