//! Exercises as rows: what drives the repetitions, from which side it is seen, what is read off.

pub mod table;

pub use table::{Combine, EXERCISE_TABLE, Exercise, Moment, SignalRow};
