//! Departures from good form as rows: what is measured, when, from where on it counts, what to say.

use super::row::{List, Moment, Text};

/// Which way a value must go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Above the threshold.
    Above,
    /// Below it.
    Below,
    /// Above it or below minus it.
    Either,
}

impl Way {
    /// How far a value is on the wrong side of a threshold: above 0 it is a fault. NaN stays NaN.
    pub fn excess(self, value: f64, threshold: f64) -> f64 {
        match self {
            Self::Above => value - threshold,
            Self::Below => threshold - value,
            Self::Either => value.abs() - threshold,
        }
    }
}

/// All ways, with their names.
pub const WAYS: [(&str, Way); 3] =
    [("above", Way::Above), ("below", Way::Below), ("either", Way::Either)];

/// What a criterion reads.
#[derive(Debug, Clone, PartialEq)]
pub enum Subject {
    /// An angle at a moment.
    Angle(Text, Moment),
    /// A time of the repetition, by its name, seconds.
    Time(Text),
}

/// One way to see a fault.
#[derive(Debug, Clone, PartialEq)]
pub struct Criterion {
    /// What is read.
    pub subject: Subject,
    /// Which way it must go …
    pub way: Way,
    /// … and how far, in the unit of the subject.
    pub threshold: f64,
}

impl Criterion {
    /// The angle that it needs.
    pub fn angle(&self) -> Option<&str> {
        match &self.subject {
            Subject::Angle(name, _) => Some(name),
            Subject::Time(_) => None,
        }
    }

    /// How far a value is on the wrong side: above 0 it is a fault. NaN stays NaN.
    pub fn excess(&self, value: f64) -> f64 {
        self.way.excess(value, self.threshold)
    }
}

/// One fault.
#[derive(Debug, Clone, PartialEq)]
pub struct FaultRow {
    /// Name, which is also the code of its cue.
    pub name: Text,
    /// In plain words.
    pub title: Text,
    /// Ways to see it, the best first: the first that a recording can show judges.
    pub criteria: List<Criterion>,
    /// Whether the median over repetitions must also exceed two of its standard errors.
    pub beyond_error: bool,
    /// What to say while it happens.
    pub cue: Text,
    /// Where the threshold comes from.
    pub source: Text,
}
