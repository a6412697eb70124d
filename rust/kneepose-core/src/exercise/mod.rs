//! Exercises as table rows: driving signal, measures, faults and set-up of each.

pub mod row;
pub mod table;

pub use row::{
    COMBINES, Combine, Criterion, DIRECTIONS, Direction, Exercise, FaultRow, JUDGED_DEPTHS, List,
    Moment, PATTERNS, POSTURES, Pattern, Posture, SignalRow, Subject, Text,
};
pub use table::{EXERCISE_TABLE, KNEE_LEAD};
