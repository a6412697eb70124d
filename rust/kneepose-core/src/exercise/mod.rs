//! Exercises as rows: what drives the repetitions, from which side it is seen, what is read off, which
//! faults are looked for.

pub mod row;
pub mod table;

pub use row::{
    COMBINES, Combine, Criterion, DIRECTIONS, Direction, Exercise, FaultRow, List, Moment,
    POSTURES, Posture, SignalRow, Subject, Text,
};
pub use table::EXERCISE_TABLE;
