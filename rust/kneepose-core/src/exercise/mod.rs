//! Exercises as rows: what drives the repetitions, from which side it is seen, what is read off, which
//! faults are looked for.

pub mod fault;
pub mod row;
pub mod table;

pub use fault::{Criterion, FaultRow, Subject, WAYS, Way};
pub use row::{COMBINES, Combine, Exercise, List, Moment, POSTURES, Posture, SignalRow, Text};
pub use table::EXERCISE_TABLE;
