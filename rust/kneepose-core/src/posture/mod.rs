//! How the body stands, frame by frame, and whether what moved is the exercise: without it, walking,
//! jumping and bending over give repetitions.

mod checks;
mod context;
mod frame_posture;
mod typical_rep;

pub use checks::{look, travel};
pub use context::{Setting, Shown};
pub use frame_posture::{Landmarks, Stand, above_other, largest_turn, lifted, stands_on};
pub use typical_rep::Usual;
