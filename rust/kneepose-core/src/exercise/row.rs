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
    /// Only the leg under analysis.
    Side,
    /// The smaller value of both legs, so that the movement of one leg alone is not a repetition.
    Minimum,
    /// The mean of the values of both legs.
    Mean,
    /// The leg that is nearer to a camera at the side. The other leg is used in frames in which the
    /// near one is missing.
    Near,
}

/// All rules with their names in the API.
pub const COMBINES: [(&str, Combine); 4] = [
    ("side", Combine::Side),
    ("minimum", Combine::Minimum),
    ("mean", Combine::Mean),
    ("near", Combine::Near),
];

/// Signal in which repetitions are found.
#[derive(Debug, Clone, PartialEq)]
pub struct SignalRow {
    /// Name of the angle that is the signal.
    pub angle: Text,
    /// Rule that combines the values of both legs.
    pub combine: Combine,
    /// Minimum range of motion of a repetition, in the unit of the angle.
    pub min_range: f64,
    /// Expected range of motion, in the unit of the angle. A live counter uses it until the first
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
    /// No specific position.
    Any,
}

/// All postures with their names in the API.
pub const POSTURES: [(&str, Posture); 4] = [
    ("standing", Posture::Standing),
    ("lying", Posture::Lying),
    ("all_fours", Posture::AllFours),
    ("any", Posture::Any),
];

/// Movement pattern, by which a standing exercise is distinguished from other movements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pattern {
    /// Squats on one or two legs.
    Squat,
    /// Rising from a seat and sitting down.
    SitToStand,
    /// Split squat: one foot in front, the other behind on its toes.
    Split,
    /// Step-down: one leg stands on a step and lowers the other foot toward the floor.
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
    /// First frame of the outward phase in which the signal reaches this many degrees. The depth is
    /// the same for both legs.
    Depth(f64),
    /// Median over the bottom minus the median at rest before the repetition.
    Change,
    /// Change from the rest before the repetition to the value of [`Self::Depth`].
    ChangeTo(f64),
    /// For faults: value at this depth in degrees, of a line fitted through all frames of the
    /// repetition near the depth, outward and return. It is less sensitive to the noise of one
    /// frame than [`Self::Depth`].
    Around(f64),
    /// Change from the rest before the repetition to the value of [`Self::Around`].
    ChangeToAround(f64),
    /// For faults: [`Self::Around`] at the deepest of [`JUDGED_DEPTHS`] that enough repetitions reach.
    Judged,
    /// For faults: [`Self::ChangeToAround`] at the deepest of [`JUDGED_DEPTHS`] that enough
    /// repetitions reach.
    JudgedChange,
}

/// Knee flexion at which faults of squats are judged, degrees, in order of preference.
/// Source: science.md 2.2.
pub const JUDGED_DEPTHS: [f64; 4] = [60.0, 55.0, 50.0, 45.0];

impl Moment {
    /// Suffix of the names of measures that are read at this moment.
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

    /// Replaces [`Self::Judged`] and [`Self::JudgedChange`] by the moment at this depth in degrees;
    /// other moments stay.
    #[must_use]
    pub fn judged_at(self, degrees: f64) -> Self {
        match self {
            Self::Judged => Self::Around(degrees),
            Self::JudgedChange => Self::ChangeToAround(degrees),
            other => other,
        }
    }

    /// Finds the moment that has this suffix.
    ///
    /// # Errors
    /// [`Error::UnknownName`] for any other text.
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
    /// A value above the threshold is a fault.
    Above,
    /// A value below the threshold is a fault.
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

/// One criterion of a fault: a quantity and its threshold.
#[derive(Debug, Clone, PartialEq)]
pub struct Criterion {
    /// Quantity that is tested.
    pub subject: Subject,
    /// Side of the threshold on which a value is a fault.
    pub way: Direction,
    /// Threshold in the unit of the quantity.
    pub threshold: f64,
    /// Threshold in an image, if it differs. A segment that leans toward the camera appears
    /// shorter, so fractions of its length are larger.
    pub in_image: Option<f64>,
}

impl Criterion {
    /// The criterion with the threshold for this space.
    #[must_use]
    pub fn seen_in(&self, up: Up) -> Self {
        let in_image = self.in_image.filter(|_| up == Up::Image);
        Self { threshold: in_image.unwrap_or(self.threshold), ..self.clone() }
    }

    /// Angle that is tested; `None` for a duration.
    pub fn angle(&self) -> Option<&str> {
        match &self.subject {
            Subject::Angle(name, _) => Some(name),
            Subject::Time(_) => None,
        }
    }

    /// The criterion at a depth of this many degrees, if it is judged at a depth that depends on
    /// the recording.
    #[must_use]
    pub fn judged_at(&self, degrees: f64) -> Self {
        let subject = match &self.subject {
            Subject::Angle(name, moment) => Subject::Angle(name.clone(), moment.judged_at(degrees)),
            time @ Subject::Time(_) => time.clone(),
        };
        Self { subject, ..self.clone() }
    }

    /// True if the criterion is judged at a depth that depends on the recording.
    pub fn needs_depth(&self) -> bool {
        matches!(&self.subject, Subject::Angle(_, Moment::Judged | Moment::JudgedChange))
    }

    /// Excess of a value over the threshold; a positive excess is a fault. NaN stays NaN.
    pub fn excess(&self, value: f64) -> f64 {
        self.way.excess(value, self.threshold)
    }
}

/// Definition of one fault.
#[derive(Debug, Clone, PartialEq)]
pub struct FaultRow {
    /// Name in the API; also the code of its live cue.
    pub name: Text,
    /// Title for users.
    pub title: Text,
    /// Criteria in order of preference. The first one that the recording can show decides.
    pub criteria: List<Criterion>,
    /// Text of the live cue for the person.
    pub cue: Text,
    /// Source of the threshold.
    pub source: Text,
}

/// Definition of one exercise.
#[derive(Debug, Clone, PartialEq)]
pub struct Exercise {
    /// Name in the API.
    pub name: Text,
    /// Title for users.
    pub title: Text,
    /// True if both legs do the same repetition.
    pub two_legs: bool,
    /// Body position of the exercise.
    pub posture: Posture,
    /// Movement pattern, for standing exercises.
    pub pattern: Pattern,
    /// Signal in world space.
    pub in_world: SignalRow,
    /// Signal in an image from the side.
    pub from_side: SignalRow,
    /// Signal in an image from the front or the back, and if the view is unknown.
    pub from_front: SignalRow,
    /// Name of the largest value of the signal, such as `"peak_knee_flexion"`.
    pub peak: Text,
    /// True if the peak is measured as the rotation of the plane of hip, knee and ankle from rest.
    pub peak_is_turn: bool,
    /// Target range of the peak, in the unit of the signal in world space.
    pub target: [f64; 2],
    /// Names of the three phases: outward, hold, return.
    pub phases: [Text; 3],
    /// Cutoff frequency of the low-pass on the keypoints, Hz.
    pub cutoff_hz: f64,
    /// Reference of the pelvic tilt.
    pub pelvis: PelvisReference,
    /// Definitions of angles that are not in the general table of angles.
    pub own_angles: List<AngleSpec>,
    /// Angles that are read in each repetition.
    pub measures: List<Text>,
    /// Moments at which the measures are read.
    pub moments: List<Moment>,
    /// Additional depths at which the first measure is read, so that two legs can be compared at
    /// the greatest depth that both reach.
    pub between: List<Moment>,
    /// Measures that can lead a comparison of two legs, in order of preference. The first one that
    /// both sides have leads.
    pub lead: List<Text>,
    /// Faults that are assessed.
    pub faults: List<FaultRow>,
    /// Instructions for the person and the camera.
    pub set_up: Text,
}

impl Exercise {
    /// The exercise with the fault thresholds for this space.
    #[must_use]
    pub fn seen_in(&self, up: Up) -> Self {
        let seen_in = |fault: &FaultRow| FaultRow {
            criteria: fault.criteria.iter().map(|criterion| criterion.seen_in(up)).collect(),
            ..fault.clone()
        };
        Self { faults: self.faults.iter().map(seen_in).collect(), ..self.clone() }
    }

    /// Options of the quality check for a recording of this exercise.
    pub fn check_options(&self, side: Option<Side>, view: Option<View>) -> CheckOptions {
        let legs = match (self.posture, self.two_legs) {
            (Posture::Standing, true) => Some(NamedLegs::Both),
            (Posture::Standing, false) if self.stands_on_one_leg() => Some(NamedLegs::One(side)),
            _ => None,
        };
        let on_all_fours = self.posture == Posture::AllFours;
        CheckOptions { side, view, stands: self.stands(), on_all_fours, legs }
    }

    /// True for a standing exercise, false for one lying or on all fours; `None` if the position is
    /// not specified.
    pub fn stands(&self) -> Option<bool> {
        match self.posture {
            Posture::Lying | Posture::AllFours => Some(false),
            Posture::Standing | Posture::Any => {
                Some(true).filter(|_| self.pelvis == PelvisReference::Up)
            }
        }
    }

    /// True if one foot stands throughout while the other is in the air.
    pub fn stands_on_one_leg(&self) -> bool {
        self.posture == Posture::Standing && !self.two_legs && self.pattern == Pattern::Squat
    }

    /// True if the movement starts with a rise: the body is highest and the knee flexion smallest
    /// at the turning point.
    pub fn rises(&self) -> bool {
        self.pattern == Pattern::SitToStand
    }

    /// Returns a built-in exercise.
    ///
    /// # Errors
    /// [`Error::UnknownName`] if there is no such exercise.
    pub fn named(name: &str) -> Result<&'static Self> {
        EXERCISE_TABLE.iter().find(|row| row.name == name).ok_or_else(|| {
            Error::unknown("exercise", name, EXERCISE_TABLE.iter().map(|row| row.name.as_ref()))
        })
    }

    /// Definition of an angle: that of the exercise if it has one, otherwise the built-in one.
    ///
    /// # Errors
    /// [`Error::UnknownName`] with the known names, those of the exercise first.
    pub fn angle(&self, name: &str) -> Result<&AngleSpec> {
        let known = self.own_angles.iter().chain(ANGLE_TABLE);
        let unknown = || Error::unknown("angle", name, known.clone().map(|s| s.name.as_ref()));
        known.clone().find(|spec| spec.name == name).ok_or_else(unknown)
    }

    /// Checks that every angle that the row names is defined.
    ///
    /// # Errors
    /// [`Error::UnknownName`] for an angle that is not defined.
    pub fn check_angles(&self) -> Result<()> {
        let signals = [&self.in_world, &self.from_side, &self.from_front];
        let signals = signals.into_iter().map(|signal| signal.angle.as_ref());
        signals.chain(self.angles()).try_for_each(|name| self.angle(name).map(|_| ()))
    }

    /// All pairs of angle and moment that are read in each repetition.
    pub fn measure_moments(&self) -> impl Iterator<Item = (&str, Moment)> {
        self.measures.iter().enumerate().flat_map(|(i, name)| {
            let between = if i == 0 { self.between.as_ref() } else { &[] };
            self.moments.iter().chain(between).map(move |moment| (name.as_ref(), *moment))
        })
    }

    /// Signal that is measurable in this space and view. If the view is unknown, it is the signal
    /// for the front view, which is measurable from every side.
    pub fn signal_in(&self, up: Up, view: Option<View>) -> &SignalRow {
        match (up, view) {
            (Up::World(_), _) => &self.in_world,
            (Up::Image, Some(View::Left | View::Right)) => &self.from_side,
            (Up::Image, _) => &self.from_front,
        }
    }

    /// All angles that the exercise needs besides the signal: first those of measures, then those
    /// of faults only.
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
