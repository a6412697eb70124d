//! Repetitions in a plain series. One definition of start, bottom and end for every exercise.

pub mod offline;
pub mod peaks;
pub mod phase;
pub mod score;

pub use offline::{Segmentation, segment, segment_if};
pub use phase::{REP_STATUS_TABLE, Rep, RepStatus};
