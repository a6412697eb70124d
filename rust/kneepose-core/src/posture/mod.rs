//! How the body stands, frame by frame, and whether what moved is the exercise: without it, walking,
//! jumping and bending over give repetitions.

mod gate;
mod stand;
mod usual;

pub use gate::{Setting, look, travel};
pub use stand::{Landmarks, Stand, above_other, largest_turn, lifted, stands_on};
pub use usual::{Shown, Usual};
