//! Posture of the body, frame by frame, and whether what moved is the exercise: without it, walking,
//! jumping and bending over give repetitions.

mod checks;
mod context;
mod frame_posture;
mod typical_rep;

pub use checks::{assess_rep, travel};
pub use context::{PostureContext, RepPosture};
pub use frame_posture::{
    FramePosture, PostureLandmarks, height_above_other, is_lifted, largest_turn, stance_frames,
};
pub use typical_rep::TypicalRep;
