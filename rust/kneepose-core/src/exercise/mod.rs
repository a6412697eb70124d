//! Exercises as table rows: the signal that drives the repetitions, the measures, the faults and the
//! set-up.

pub mod row;
pub mod table;

pub use row::{
    COMBINES, Combine, Criterion, DIRECTIONS, Direction, Exercise, FaultRow, JUDGED_DEPTHS, List,
    Moment, PATTERNS, POSTURES, Pattern, Posture, SignalRow, Subject, Text,
};
pub use table::{EXERCISE_TABLE, KNEE_LEAD};
