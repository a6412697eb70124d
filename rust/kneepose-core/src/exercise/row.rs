//! Row types of the exercise table. An exercise and its faults are data, not code.

use std::borrow::Cow;

use crate::angle::{ANGLE_TABLE, AngleSpec, PelvisReference};
use crate::error::{Error, Result};
use crate::quality::{CheckOptions, NamedLegs};
use crate::recording::View;
use crate::skeleton::Side;
use crate::space::Up;

use super::table::EXERCISE_TABLE;

/// Text that a built-in row borrows and a custom row owns.
pub type Text = Cow<'static, str>;
/// List that a built-in row borrows and a custom row owns.
pub type List<T> = Cow<'static, [T]>;

/// Rule that combines the signals of both legs into one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Combine {
    /// The leg under analysis alone.
    Side,
    /// The smaller value of both legs, so that the movement of one leg alone is not a repetition.
    Minimum,
    /// The mean of both legs.
    Mean,
    /// The leg nearer to a camera at the side; the other leg in frames that do not show it.
    Near,
}

/// All rules with their names in the API.
pub const COMBINES: [(&str, Combine); 4] = [
    ("side", Combine::Side),
    ("minimum", Combine::Minimum),
    ("mean", Combine::Mean),
    ("near", Combine::Near),
];

/// Signal that drives the repetitions.
#[derive(Debug, Clone, PartialEq)]
pub struct SignalRow {
    /// Name of an angle.
    pub angle: Text,
    /// Rule that combines both legs.
    pub combine: Combine,
    /// Minimum range of motion of a repetition, in the unit of the angle.
    pub min_range: f64,
    /// Expected range of motion, in the unit of the angle; a live counter uses it until the first
    /// repetition.
    pub expected_range: f64,
}

/// Body position of an exercise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Posture {
    /// Standing on one or both feet, which stay in place while the hip sinks.
    Standing,
    /// Lying on the side.
    Lying,
    /// On hands and knees.
    AllFours,
    /// No required position.
    Any,
}

/// All postures with their names in the API.
pub const POSTURES: [(&str, Posture); 4] = [
    ("standing", Posture::Standing),
    ("lying", Posture::Lying),
    ("all_fours", Posture::AllFours),
    ("any", Posture::Any),
];

/// Movement by which an exercise done standing is told from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pattern {
    /// Squats on one or two legs.
    Squat,
    /// Rising from a seat and sitting down.
    SitToStand,
    /// One foot in front, the other behind on its toes.
    Split,
    /// One leg on a step lets the other foot down to the floor.
    StepDown,
}

/// All patterns with their names in the API.
pub const PATTERNS: [(&str, Pattern); 4] = [
    ("squat", Pattern::Squat),
    ("sit_to_stand", Pattern::SitToStand),
    ("split", Pattern::Split),
    ("step_down", Pattern::StepDown),
];

/// Moment of a repetition at which a value is read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Moment {
    /// Median over the bottom of the repetition.
    Bottom,
    /// First frame of the outward phase in which the signal reaches this many degrees. It gives the same
    /// depth on both legs.
    Depth(f64),
    /// Median over the bottom minus the median at rest before the repetition.
    Change,
    /// As [`Self::Depth`], minus the median at rest before the repetition.
    ChangeTo(f64),
    /// For faults: value at this many degrees of the line through all frames of the repetition that are near,
    /// out and back. Noise of one frame moves it little, and cannot choose the frame.
    Around(f64),
    /// As [`Self::Around`], minus the median at rest before the repetition.
    ChangeToAround(f64),
    /// For faults: [`Self::Around`] at the deepest of [`JUDGED_DEPTHS`] that enough repetitions reach.
    Judged,
    /// For faults: [`Self::ChangeToAround`] to that depth.
    JudgedChange,
}

/// Knee bends at which faults of squats are judged, degrees, the preferred one first.
/// Source: science.md 2.2.
pub const JUDGED_DEPTHS: [f64; 4] = [60.0, 55.0, 50.0, 45.0];

impl Moment {
    /// Suffix of a measure's name.
    pub fn suffix(self) -> String {
        match self {
            Self::Bottom => "at_bottom".to_owned(),
            Self::Depth(degrees) => format!("at_{degrees}"),
            Self::Change => "change".to_owned(),
            Self::ChangeTo(degrees) => format!("change_to_{degrees}"),
            Self::Around(degrees) => format!("around_{degrees}"),
            Self::ChangeToAround(degrees) => format!("change_to_around_{degrees}"),
            Self::Judged => "at_judged_depth".to_owned(),
            Self::JudgedChange => "change_to_judged_depth".to_owned(),
        }
    }

    /// The moment at a judged depth of this many degrees; other moments stay.
    #[must_use]
    pub fn judged_at(self, degrees: f64) -> Self {
        match self {
            Self::Judged => Self::Around(degrees),
            Self::JudgedChange => Self::ChangeToAround(degrees),
            other => other,
        }
    }

    /// Parses a suffix.
    ///
    /// # Errors
    /// [`Error::UnknownName`].
    pub fn parse(name: &str) -> Result<Self> {
        match name {
            "at_bottom" => return Ok(Self::Bottom),
            "change" => return Ok(Self::Change),
            "at_judged_depth" => return Ok(Self::Judged),
            "change_to_judged_depth" => return Ok(Self::JudgedChange),
            _ => {}
        }
        let degrees = |prefix: &str| {
            let number = name.strip_prefix(prefix).and_then(|number| number.parse::<f64>().ok());
            number.filter(|d| d.is_finite() && *d > 0.0)
        };
        let at_depth = degrees("at_").map(Self::Depth);
        at_depth
            .or_else(|| degrees("change_to_around_").map(Self::ChangeToAround))
            .or_else(|| degrees("change_to_").map(Self::ChangeTo))
            .or_else(|| degrees("around_").map(Self::Around))
            .ok_or_else(|| Error::unknown("moment", name, ["at_bottom", "at_60", "change"]))
    }
}

/// Side of a threshold on which a value is a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Above the threshold.
    Above,
    /// Below it.
    Below,
    /// Above the threshold or below its negative.
    Either,
}

impl Direction {
    /// Excess of a value over a threshold; a positive excess is a fault. NaN stays NaN.
    pub fn excess(self, value: f64, threshold: f64) -> f64 {
        match self {
            Self::Above => value - threshold,
            Self::Below => threshold - value,
            Self::Either => value.abs() - threshold,
        }
    }
}

/// All directions with their names in the API.
pub const DIRECTIONS: [(&str, Direction); 3] =
    [("above", Direction::Above), ("below", Direction::Below), ("either", Direction::Either)];

/// Quantity that a criterion tests.
#[derive(Debug, Clone, PartialEq)]
pub enum Subject {
    /// An angle at a moment.
    Angle(Text, Moment),
    /// A duration of the repetition in seconds, by name.
    Time(Text),
}

/// One criterion of a fault.
#[derive(Debug, Clone, PartialEq)]
pub struct Criterion {
    /// Quantity tested.
    pub subject: Subject,
    /// Side of the threshold that is a fault.
    pub way: Direction,
    /// Threshold in the unit of the quantity.
    pub threshold: f64,
    /// Threshold in an image, where it is another one: a segment that leans toward the camera is seen shorter,
    /// and shares of it are larger.
    pub in_image: Option<f64>,
}

impl Criterion {
    /// The criterion with the threshold of this space.
    #[must_use]
    pub fn seen_in(&self, up: Up) -> Self {
        let in_image = self.in_image.filter(|_| up == Up::Image);
        Self { threshold: in_image.unwrap_or(self.threshold), ..self.clone() }
    }

    /// Angle tested; `None` for a duration.
    pub fn angle(&self) -> Option<&str> {
        match &self.subject {
            Subject::Angle(name, _) => Some(name),
            Subject::Time(_) => None,
        }
    }

    /// The criterion at a judged depth of this many degrees.
    #[must_use]
    pub fn judged_at(&self, degrees: f64) -> Self {
        let subject = match &self.subject {
            Subject::Angle(name, moment) => Subject::Angle(name.clone(), moment.judged_at(degrees)),
            time @ Subject::Time(_) => time.clone(),
        };
        Self { subject, ..self.clone() }
    }

    /// True if it is judged at a depth that depends on the recording.
    pub fn needs_depth(&self) -> bool {
        matches!(&self.subject, Subject::Angle(_, Moment::Judged | Moment::JudgedChange))
    }

    /// Excess of a value over the threshold; a positive excess is a fault. NaN stays NaN.
    pub fn excess(&self, value: f64) -> f64 {
        self.way.excess(value, self.threshold)
    }
}

/// One fault.
#[derive(Debug, Clone, PartialEq)]
pub struct FaultRow {
    /// Name in the API; also the code of its live cue.
    pub name: Text,
    /// Title for users.
    pub title: Text,
    /// Criteria in order of preference. The first that the recording can show decides.
    pub criteria: List<Criterion>,
    /// Live cue for the person who exercises.
    pub cue: Text,
    /// Source of the threshold.
    pub source: Text,
}

/// One exercise.
#[derive(Debug, Clone, PartialEq)]
pub struct Exercise {
    /// Name in the API.
    pub name: Text,
    /// Title for users.
    pub title: Text,
    /// True if both legs do the same repetition.
    pub two_legs: bool,
    /// Body position.
    pub posture: Posture,
    /// Movement, for exercises done standing.
    pub pattern: Pattern,
    /// Signal in world space.
    pub in_world: SignalRow,
    /// Signal in an image from the side.
    pub from_side: SignalRow,
    /// Signal in an image from the front or the back, or with an unknown view.
    pub from_front: SignalRow,
    /// Name of the largest value of the signal, such as `"peak_knee_flexion"`.
    pub peak: Text,
    /// True if the peak is the rotation of the plane of hip, knee and ankle from rest.
    pub peak_is_turn: bool,
    /// Target range of the peak, in the unit of the signal in world space.
    pub target: [f64; 2],
    /// Names of the three phases: outward, hold, return.
    pub phases: [Text; 3],
    /// Cutoff frequency of the low-pass on the keypoints, Hz.
    pub cutoff_hz: f64,
    /// Reference of the pelvic tilt.
    pub pelvis: PelvisReference,
    /// Definitions of angles that are not in the table of angles.
    pub own_angles: List<AngleSpec>,
    /// Angles that are read in each repetition.
    pub measures: List<Text>,
    /// Moments at which they are read.
    pub moments: List<Moment>,
    /// Additional depths for the first measure, so that two legs can be compared at the greatest depth that
    /// both reach.
    pub between: List<Moment>,
    /// Measures that answer whether two legs differ, the best first: the first that both sides have leads.
    pub lead: List<Text>,
    /// Faults that are checked.
    pub faults: List<FaultRow>,
    /// Instructions for the person and the camera.
    pub set_up: Text,
}

impl Exercise {
    /// The exercise with the thresholds of this space.
    #[must_use]
    pub fn seen_in(&self, up: Up) -> Self {
        let seen_in = |fault: &FaultRow| FaultRow {
            criteria: fault.criteria.iter().map(|criterion| criterion.seen_in(up)).collect(),
            ..fault.clone()
        };
        Self { faults: self.faults.iter().map(seen_in).collect(), ..self.clone() }
    }

    /// Questions of a check of a recording for this exercise.
    pub fn check_options(&self, side: Option<Side>, view: Option<View>) -> CheckOptions {
        let legs = match (self.posture, self.two_legs) {
            (Posture::Standing, true) => Some(NamedLegs::Both),
            (Posture::Standing, false) if self.stands_on_one_leg() => Some(NamedLegs::One(side)),
            _ => None,
        };
        let on_all_fours = self.posture == Posture::AllFours;
        CheckOptions { side, view, stands: self.stands(), on_all_fours, legs }
    }

    /// True if the exercise is done standing, false if lying or on all fours; `None` if in any position.
    pub fn stands(&self) -> Option<bool> {
        match self.posture {
            Posture::Lying | Posture::AllFours => Some(false),
            Posture::Standing | Posture::Any => {
                Some(true).filter(|_| self.pelvis == PelvisReference::Up)
            }
        }
    }

    /// True if one foot stands throughout, and the other is in the air.
    pub fn stands_on_one_leg(&self) -> bool {
        self.posture == Posture::Standing && !self.two_legs && self.pattern == Pattern::Squat
    }

    /// True where a repetition leads up from rest: the body rises, and the knee is bent least at the turning
    /// point.
    pub fn rises(&self) -> bool {
        self.pattern == Pattern::SitToStand
    }

    /// Returns a built-in exercise.
    ///
    /// # Errors
    /// [`Error::UnknownName`].
    pub fn named(name: &str) -> Result<&'static Self> {
        EXERCISE_TABLE.iter().find(|row| row.name == name).ok_or_else(|| {
            Error::unknown("exercise", name, EXERCISE_TABLE.iter().map(|row| row.name.as_ref()))
        })
    }

    /// Definition of an angle: one of the exercise's own, else the built-in one.
    ///
    /// # Errors
    /// [`Error::UnknownName`] with the exercise's own names first.
    pub fn angle(&self, name: &str) -> Result<&AngleSpec> {
        let known = self.own_angles.iter().chain(ANGLE_TABLE);
        let unknown = || Error::unknown("angle", name, known.clone().map(|s| s.name.as_ref()));
        known.clone().find(|spec| spec.name == name).ok_or_else(unknown)
    }

    /// Checks that every angle that the row names is defined.
    ///
    /// # Errors
    /// [`Error::UnknownName`].
    pub fn check_angles(&self) -> Result<()> {
        let signals = [&self.in_world, &self.from_side, &self.from_front];
        let signals = signals.into_iter().map(|signal| signal.angle.as_ref());
        signals.chain(self.angles()).try_for_each(|name| self.angle(name).map(|_| ()))
    }

    /// Pairs of an angle and a moment that are read in each repetition.
    pub fn measure_moments(&self) -> impl Iterator<Item = (&str, Moment)> {
        self.measures.iter().enumerate().flat_map(|(i, name)| {
            let between = if i == 0 { self.between.as_ref() } else { &[] };
            self.moments.iter().chain(between).map(move |moment| (name.as_ref(), *moment))
        })
    }

    /// Signal that is measurable in this space and view. With an unknown view it is the one for the front,
    /// which is measurable from every side.
    pub fn signal_in(&self, up: Up, view: Option<View>) -> &SignalRow {
        match (up, view) {
            (Up::World(_), _) => &self.in_world,
            (Up::Image, Some(View::Left | View::Right)) => &self.from_side,
            (Up::Image, _) => &self.from_front,
        }
    }

    /// All angles needed besides the signal: measures first, then those of faults only.
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
