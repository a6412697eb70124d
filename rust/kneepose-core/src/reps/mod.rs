//! Repetitions in a plain series. One definition of start, bottom and end for every exercise.

mod causal;
mod edges;
mod noise;
pub mod offline;
pub mod online;
pub mod peaks;
pub mod phase;
mod scale;
pub mod score;
mod step;
mod window;

pub use causal::segment_causal;
pub use offline::{FULL_SHARE, Segmentation, grade as regrade, segment, segment_if};
pub use phase::{REP_STATUS_TABLE, Rep, RepStatus};
pub use scale::Scale;
