//! Left against right: indices, and intervals for their difference.

pub mod bootstrap;
mod chi_square;
pub mod index;
pub mod inference;
mod inverse;
mod normal;
pub mod permutation;
pub mod reliability;
mod student;
pub mod waveform;

pub use bootstrap::{Bootstrap, Method, Samples, bootstrap_interval};
pub use index::{INDICES, Index, index};
pub use inference::{Interval, paired_interval, welch_interval};
