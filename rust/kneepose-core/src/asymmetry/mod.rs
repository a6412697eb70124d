//! Left against right: indices, and intervals for their difference.

pub mod bootstrap;
pub mod index;
pub mod inference;
mod normal;
mod student;
pub mod waveform;

pub use bootstrap::{Bootstrap, Method, Samples, bootstrap_interval};
pub use index::{INDICES, Index, index};
pub use inference::{Interval, paired_interval, welch_interval};
