//! What an angle is: a row of data, written once per joint without a side.

use std::borrow::Cow;

/// Text or list that a built-in row borrows and a user's row owns.
type Text = Cow<'static, str>;

/// Directions against which a segment is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// Forward, up, right of the pelvis.
    Pelvis,
    /// Heading (horizontal forward), up, right of the heading.
    World,
}

/// The two axes between which a direction turns, first axis over second: the angle is
/// `atan2(v·first, v·second)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Axes {
    /// From up toward forward.
    ForwardFromUp,
    /// From up toward the right.
    RightFromUp,
    /// From forward toward the right.
    RightFromForward,
    /// From right toward forward.
    ForwardFromRight,
}

/// How a number is made from the points of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// `[p, q, r]`: deviation of `q→r` from `p→q`; 0 when straight.
    Bend,
    /// `[p, q, r]`: angle at `q` between `q→p` and `q→r`; 180 when straight.
    Included,
    /// `[from, to]`: direction of the segment, turned between two axes of a basis.
    Turn(Basis, Axes),
    /// `[from, to]`: angle of the segment above the plane at right angles to the pelvis' right.
    ElevationFromPelvisSagittal,
    /// `[from, to]`: angle of the segment above the horizontal.
    ElevationFromHorizontal,
    /// `[hip, knee, ankle]`: rotation of the knee's hinge plane about the thigh (hinge knee).
    HingeRotation,
    /// `[hip, knee, ankle]`: deviation in the frontal plane, signed.
    FrontalBend,
    /// `[a, b, c, d]`: 90° minus the angle between `a→b` and `c→d`.
    Complement,
    /// `[a, b, c, d]`: the same, on the frontal plane.
    FrontalComplement,
    /// `[knee, target, ankle, heel, toe]`: sideways distance of the knee from the target, as a
    /// share of the shank.
    SidewaysOffset,
    /// `[hip, knee, ankle, heel, toe]`: rotation of the foot about the shank.
    FootRotation,
    /// `[knee, ankle, medial epicondyle, lateral epicondyle]`: shank against the knee's own axis.
    EpicondyleTilt,
    /// `[hip, knee, medial epicondyle, lateral epicondyle]`: rotation of the knee's own axis about the
    /// thigh, without the assumption of a hinge; the plan turns the axis to point right on both sides.
    EpicondyleRotation,
    /// `[hip, ankle]`: knee flexion that explains how far the leg has shortened.
    Shortening,
    /// `[hip, knee, ankle]`: how far the knee is turned up about the line hip-ankle, from straight in
    /// front of it; for lying on the side.
    PlaneElevation,
    /// `[left, right, from, to]`: turn of the line left-right about the direction from-to, from the
    /// horizontal.
    Roll,
    /// `[a, b, c, d]`: distance of `a` and `b` as a share of that of `c` and `d`.
    DistanceRatio,
}

/// Every measure a user's row may name, with its count of points.
pub const MEASURES: &[(&str, Measure, usize)] = &[
    ("bend", Measure::Bend, 3),
    ("included", Measure::Included, 3),
    ("forward_inclination", Measure::Turn(Basis::World, Axes::ForwardFromUp), 2),
    ("sideways_inclination", Measure::Turn(Basis::World, Axes::RightFromUp), 2),
    ("horizontal_heading", Measure::Turn(Basis::World, Axes::RightFromForward), 2),
    ("horizontal_turn", Measure::Turn(Basis::World, Axes::ForwardFromRight), 2),
    ("pelvis_sagittal", Measure::Turn(Basis::Pelvis, Axes::ForwardFromUp), 2),
    ("pelvis_elevation", Measure::ElevationFromPelvisSagittal, 2),
    ("horizontal_elevation", Measure::ElevationFromHorizontal, 2),
    ("hinge_rotation", Measure::HingeRotation, 3),
    ("frontal_bend", Measure::FrontalBend, 3),
    ("complement", Measure::Complement, 4),
    ("frontal_complement", Measure::FrontalComplement, 4),
    ("sideways_offset", Measure::SidewaysOffset, 5),
    ("foot_rotation", Measure::FootRotation, 5),
    ("epicondyle_tilt", Measure::EpicondyleTilt, 4),
    ("epicondyle_rotation", Measure::EpicondyleRotation, 4),
    ("shortening", Measure::Shortening, 2),
    ("plane_elevation", Measure::PlaneElevation, 3),
    ("roll", Measure::Roll, 4),
    ("distance_ratio", Measure::DistanceRatio, 4),
];

impl Measure {
    /// Name in the tables.
    pub fn name(self) -> &'static str {
        MEASURES.iter().find(|row| row.1 == self).map_or("", |row| row.0)
    }
}

impl Measure {
    /// Whether it compares with the vertical, which some estimators only assume. `level_pelvis` where
    /// the pelvis' tilt is read against it.
    pub fn reads_gravity(self, level_pelvis: bool) -> bool {
        match self {
            Self::Turn(Basis::Pelvis, _) => level_pelvis,
            Self::Turn(Basis::World, Axes::ForwardFromUp | Axes::RightFromUp)
            | Self::ElevationFromHorizontal
            | Self::Shortening
            | Self::PlaneElevation
            | Self::Roll => true,
            _ => false,
        }
    }

    /// Whether the result is a length over a length rather than an angle.
    pub fn is_ratio(self) -> bool {
        matches!(self, Self::SidewaysOffset | Self::DistanceRatio)
    }
}

/// From where one camera can see the measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plane {
    /// From the side.
    Sagittal,
    /// From the front or the back.
    Frontal,
    /// From nowhere: needs three dimensions.
    Spatial,
    /// From everywhere.
    Any,
}

impl Plane {
    /// Name in the tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sagittal => "sagittal",
            Self::Frontal => "frontal",
            Self::Spatial => "spatial",
            Self::Any => "any",
        }
    }
}

/// What the side of a value means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sided {
    /// One value for each leg.
    Leg,
    /// One value on the midline, signed toward the stance side, which must be known.
    Stance,
    /// One value on the midline, signed toward the stance side, or to the right on two legs.
    StanceOrRight,
    /// One value on the midline, no side.
    Midline,
}

impl Sided {
    /// Name in the tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Leg => "leg",
            Self::Stance => "stance",
            Self::StanceOrRight => "stance_or_right",
            Self::Midline => "midline",
        }
    }
}

/// Knee flexion below which a value is refused, and below which it is `low`. Degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FlexionGate {
    /// Refused below.
    pub refuse_below: f64,
    /// Of low quality below.
    pub low_below: f64,
}

/// The gate of rotations about the thigh or shank: below 30° of knee flexion the random error of a
/// hinge reading passes 8° for 10 mm of keypoint noise, below 45° it is half as large again as at 90°.
pub const ROTATION_GATE: FlexionGate = FlexionGate { refuse_below: 30.0, low_below: 45.0 };

/// Which reading of a standing trial becomes an angle's zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ZeroAtRest {
    /// None: the zero is that of the definition.
    Defined,
    /// The dorsiflexion of standing.
    Dorsiflexion,
}

/// One angle, written once per joint without a side.
#[derive(Debug, Clone, PartialEq)]
pub struct AngleSpec {
    /// Name, one for one definition.
    pub name: Text,
    /// Landmarks without a side (`"hip"`, `"other_hip"`, `"mid_hip"`, `"second_toe"`, or a
    /// landmark named in full).
    pub points: Cow<'static, [Text]>,
    /// How the number is made.
    pub measure: Measure,
    /// +1 or −1: turns the measure into the clinical direction on the right side.
    pub sign: f64,
    /// Whether the left side is the mirror image (sign changes) or the same.
    pub mirrored: bool,
    /// What its side means.
    pub sided: Sided,
    /// From where one camera sees it.
    pub plane: Plane,
    /// Where the knee must be bent.
    pub gate: Option<FlexionGate>,
    /// What a standing trial changes.
    pub at_rest: ZeroAtRest,
    /// `"deg"`, or `"shank"` or `"thigh"` (share of that segment's length).
    pub unit: Text,
    /// What zero is.
    pub zero: Text,
    /// What positive values mean.
    pub positive: Text,
    /// Where the definition comes from.
    pub source: Text,
}
