//! Segmentation of repetitions in a plain series. Start, bottom and end have the same definition
//! for all exercises.

mod noise_gate;
pub mod offline;
pub mod online;
pub mod peaks;
pub mod phase;
mod replay;
mod scale;
pub mod score;
mod truncated;
mod window;

pub use offline::{
    FULL_SHARE, Segmentation, delimit_by_signal, grade_reps, is_partial, segment,
    segment_with_rejections, typical_of_sorted, typical_size,
};
pub use phase::{REP_STATUS_TABLE, Rep, RepStatus};
pub use replay::segment_causal;
pub use scale::Scale;
