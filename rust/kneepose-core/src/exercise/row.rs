//! What an exercise is: a row of data. Its faults are rows too: what is measured, when, from where on it
//! counts, what to say.

use std::borrow::Cow;

use crate::angle::PelvisReference;
use crate::error::{Error, Result};
use crate::recording::View;
use crate::space::Up;

use super::table::EXERCISE_TABLE;

/// Text or list that a built-in row borrows and a user's row owns.
pub type Text = Cow<'static, str>;
/// As [`Text`].
pub type List<T> = Cow<'static, [T]>;

/// How one signal is made of two legs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Combine {
    /// The leg under analysis alone.
    Side,
    /// The smaller of both legs, so that one leg alone makes no repetition.
    Minimum,
    /// The mean of both legs.
    Mean,
    /// The leg that is nearer to a camera at the side, the other where it is not seen.
    Near,
}

/// All ways, with their names.
pub const COMBINES: [(&str, Combine); 4] = [
    ("side", Combine::Side),
    ("minimum", Combine::Minimum),
    ("mean", Combine::Mean),
    ("near", Combine::Near),
];

/// The angle that drives the repetitions.
#[derive(Debug, Clone, PartialEq)]
pub struct SignalRow {
    /// Name of an angle.
    pub angle: Text,
    /// What is made of both legs.
    pub combine: Combine,
    /// Least range of motion of a repetition, in the unit of the angle.
    pub min_range: f64,
    /// Range that a live counter expects before it has seen one.
    pub expected_range: f64,
}

/// How the body is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Posture {
    /// On one foot or two, which stay; the hip sinks.
    Standing,
    /// On the side.
    Lying,
    /// On hands and knees.
    AllFours,
    /// Nothing is asked.
    Any,
}

/// All postures, with their names.
pub const POSTURES: [(&str, Posture); 4] = [
    ("standing", Posture::Standing),
    ("lying", Posture::Lying),
    ("all_fours", Posture::AllFours),
    ("any", Posture::Any),
];

/// When in a repetition a value is read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Moment {
    /// Median over the bottom.
    Bottom,
    /// Where the signal first reaches this many degrees on the way out: the same depth on both legs.
    Depth(f64),
    /// Median over the bottom less the median at rest before the repetition.
    Change,
}

impl Moment {
    /// Ending of a measure's name.
    pub fn suffix(self) -> String {
        match self {
            Self::Bottom => "at_bottom".to_owned(),
            Self::Depth(degrees) => format!("at_{degrees}"),
            Self::Change => "change".to_owned(),
        }
    }

    /// Reads a suffix.
    ///
    /// # Errors
    /// [`Error::UnknownName`].
    pub fn parse(name: &str) -> Result<Self> {
        match name {
            "at_bottom" => return Ok(Self::Bottom),
            "change" => return Ok(Self::Change),
            _ => {}
        }
        let degrees = name.strip_prefix("at_").and_then(|number| number.parse::<f64>().ok());
        degrees
            .filter(|d| d.is_finite() && *d > 0.0)
            .map(Self::Depth)
            .ok_or_else(|| Error::unknown("moment", name, ["at_bottom", "at_60", "change"]))
    }
}

/// Which way a value must go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Above the threshold.
    Above,
    /// Below it.
    Below,
    /// Above it or below minus it.
    Either,
}

impl Direction {
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
pub const DIRECTIONS: [(&str, Direction); 3] =
    [("above", Direction::Above), ("below", Direction::Below), ("either", Direction::Either)];

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
    pub way: Direction,
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

/// One exercise.
#[derive(Debug, Clone, PartialEq)]
pub struct Exercise {
    /// Name.
    pub name: Text,
    /// What people call it.
    pub title: Text,
    /// Whether both legs do the same repetition.
    pub two_legs: bool,
    /// How the body is held.
    pub posture: Posture,
    /// Signal in world space, …
    pub in_world: SignalRow,
    /// … in an image from the side, …
    pub from_side: SignalRow,
    /// … and from the front, the back, or where the view does not show.
    pub from_front: SignalRow,
    /// Name of the largest value of the signal, such as `"peak_knee_flexion"` …
    pub peak: Text,
    /// … and whether it is how far the plane of hip, knee and ankle turned from rest.
    pub peak_is_turn: bool,
    /// Where the peak should lie, in the unit of the signal in world space.
    pub target: [f64; 2],
    /// Names of the three phases: out, hold, back.
    pub phases: [Text; 3],
    /// Cut-off of the low-pass on the keypoints, Hz.
    pub cutoff_hz: f64,
    /// What the pelvis' tilt is read against.
    pub pelvis: PelvisReference,
    /// Angles that are read off each repetition.
    pub measures: List<Text>,
    /// When they are read.
    pub moments: List<Moment>,
    /// When the first of them is read as well, so that two legs can be compared at the greatest depth that
    /// both reach.
    pub between: List<Moment>,
    /// Departures from good form that are looked for.
    pub faults: List<FaultRow>,
    /// How to film it.
    pub set_up: Text,
}

impl Exercise {
    /// A built-in exercise.
    ///
    /// # Errors
    /// [`Error::UnknownName`].
    pub fn named(name: &str) -> Result<&'static Self> {
        EXERCISE_TABLE.iter().find(|row| row.name == name).ok_or_else(|| {
            Error::unknown("exercise", name, EXERCISE_TABLE.iter().map(|row| row.name.as_ref()))
        })
    }

    /// What is read off each repetition: an angle and a moment.
    pub fn measure_moments(&self) -> impl Iterator<Item = (&str, Moment)> {
        self.measures.iter().enumerate().flat_map(|(i, name)| {
            let between = if i == 0 { self.between.as_ref() } else { &[] };
            self.moments.iter().chain(between).map(move |moment| (name.as_ref(), *moment))
        })
    }

    /// The signal that shows in this space from this view. In an image whose view is not known it is
    /// the one that shows from everywhere.
    pub fn signal_in(&self, up: Up, view: Option<View>) -> &SignalRow {
        match (up, view) {
            (Up::World(_), _) => &self.in_world,
            (Up::Image, Some(View::Left | View::Right)) => &self.from_side,
            (Up::Image, _) => &self.from_front,
        }
    }

    /// Every angle that it needs beside its signal: measures, then what only faults need.
    pub fn angles(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.measures.iter().map(AsRef::as_ref).collect();
        let of_faults = self.faults.iter().flat_map(|fault| fault.criteria.iter());
        for name in of_faults.filter_map(|criterion| criterion.angle()) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }
}
