//! Posture of the body in each frame, and the decision whether a movement is the exercise. Without
//! it, walking, jumping and bending over would count as repetitions.

mod checks;
mod context;
mod descent;
mod evidence;
mod evidence_table;
mod frame_posture;
mod jump;
mod patterns;
mod seat;
mod typical_rep;

pub use checks::{assess_rep, travel};
pub use context::{PostureContext, RepPosture};
pub use descent::{CausalDescent, descent};
pub use evidence::{
    ACCEPTED, ACCEPTED_IN_PART, ACCEPTED_SMALL, CUE_COUNT, CueRow, EVIDENCE_VIEWS, Question, SURE,
    VIEW_COUNT, cues, evidence_view, probabilities,
};
pub use evidence_table::{IS_SQUAT, LEG_IS_ALONE, LEG_SQUATS};
pub use frame_posture::{
    FramePosture, PostureLandmarks, height_above_other, is_lifted, largest_turn, stance_frames,
};
pub use jump::foot_jumps;
pub use seat::sits;
pub use typical_rep::TypicalRep;
