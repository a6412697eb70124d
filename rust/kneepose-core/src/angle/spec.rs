//! Definition of an angle as a table row, written once per joint without a side.

use std::borrow::Cow;

/// Text that a built-in row borrows and a custom row owns.
type Text = Cow<'static, str>;

/// Reference directions of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// Forward, up, right of the pelvis.
    Pelvis,
    /// Heading (horizontal forward), up, right of the heading.
    World,
}

/// Pair of axes of an inclination. With the first and second axis in the name the angle is `atan2(v·first,
/// v·second)`.
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

/// Formula that computes a value from the points of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// `[p, q, r]`: deviation of `q→r` from `p→q`; 0 when straight.
    Bend,
    /// `[p, q, r]`: angle at `q` between `q→p` and `q→r`; 180 when straight.
    Included,
    /// `[from, to]`: inclination of the segment between two axes of a basis.
    Turn(Basis, Axes),
    /// `[from, to]`: angle of the segment above the sagittal plane of the pelvis.
    ElevationFromPelvisSagittal,
    /// `[from, to]`: angle of the segment above the horizontal.
    ElevationFromHorizontal,
    /// `[hip, knee, ankle]`: rotation of the knee's hinge plane about the thigh.
    HingeRotation,
    /// `[hip, knee, ankle]`: signed bend in the frontal plane.
    FrontalBend,
    /// `[a, b, c, d]`: 90° minus the angle between `a→b` and `c→d`.
    Complement,
    /// `[a, b, c, d]`: the same, projected on the frontal plane.
    FrontalComplement,
    /// `[hip, knee, ankle]`: distance of the knee from the line hip-ankle in the frontal plane, as a fraction
    /// of the length of the leg: thigh and shank, in an image the standing height of the hip.
    FrontalOffset,
    /// `[knee, target, ankle, heel, toe]`: sideways distance of the knee from the target, as a fraction of
    /// the shank length.
    SidewaysOffset,
    /// `[hip, knee, ankle, heel, toe]`: rotation of the foot about the shank.
    FootRotation,
    /// `[knee, ankle, medial epicondyle, lateral epicondyle]`: shank against the epicondyle axis.
    EpicondyleTilt,
    /// `[hip, knee, medial epicondyle, lateral epicondyle]`: rotation of the epicondyle axis about the
    /// thigh. It needs no hinge assumption. The plan orders the points so that the axis points right on
    /// both sides.
    EpicondyleRotation,
    /// `[hip, ankle]`: knee flexion estimated from the shortening of the leg.
    Shortening,
    /// `[hip, knee, ankle]`: upward rotation of the knee about the line hip-ankle, from straight in front
    /// of it. For lying on the side.
    PlaneElevation,
    /// `[left, right, from, to]`: rotation of the line left-right about the direction from-to, from the
    /// horizontal.
    Roll,
    /// `[a, b, c, d]`: distance of `a` and `b` divided by that of `c` and `d`.
    DistanceRatio,
    /// `[left hip, right hip, left ankle, right ankle]`: how far the middle of the hips lies beside the
    /// middle of the ankles, along the level line of the ankles, as a fraction of its length.
    StanceOffset,
}

/// All measures that a custom row may name, with their number of points.
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
    ("frontal_offset", Measure::FrontalOffset, 3),
    ("sideways_offset", Measure::SidewaysOffset, 5),
    ("foot_rotation", Measure::FootRotation, 5),
    ("epicondyle_tilt", Measure::EpicondyleTilt, 4),
    ("epicondyle_rotation", Measure::EpicondyleRotation, 4),
    ("shortening", Measure::Shortening, 2),
    ("plane_elevation", Measure::PlaneElevation, 3),
    ("roll", Measure::Roll, 4),
    ("distance_ratio", Measure::DistanceRatio, 4),
    ("stance_offset", Measure::StanceOffset, 4),
];

impl Measure {
    /// Name in the tables.
    pub fn name(self) -> &'static str {
        MEASURES.iter().find(|row| row.1 == self).map_or("", |row| row.0)
    }
}

impl Measure {
    /// True if the measure depends on the vertical, which some estimators only assume. `level_pelvis`
    /// states that the pelvic tilt is relative to the vertical.
    pub fn reads_gravity(self, level_pelvis: bool) -> bool {
        match self {
            Self::Turn(Basis::Pelvis, _) => level_pelvis,
            Self::Turn(Basis::World, Axes::ForwardFromUp | Axes::RightFromUp)
            | Self::ElevationFromHorizontal
            | Self::Shortening
            | Self::PlaneElevation
            | Self::Roll
            | Self::StanceOffset => true,
            _ => false,
        }
    }

    /// True if mirrored axes leave the value as it is.
    pub fn is_same_in_mirror(self) -> bool {
        use Measure as M;
        let without_level =
            matches!(self, M::Bend | M::Included | M::Complement | M::DistanceRatio);
        without_level || matches!(self, M::Shortening | M::StanceOffset)
    }

    /// True if a picture that is turned about the line of sight leaves the value as it is.
    pub fn is_same_when_rolled(self) -> bool {
        use Measure as M;
        let in_picture = matches!(self, M::FrontalBend | M::FrontalComplement);
        in_picture || matches!(self, M::Bend | M::Included | M::Complement | M::DistanceRatio)
    }

    /// True if the result is a ratio of lengths, not an angle.
    pub fn is_ratio(self) -> bool {
        use Measure as M;
        let of_a_leg = matches!(self, M::FrontalOffset | M::SidewaysOffset);
        of_a_leg || matches!(self, M::DistanceRatio | M::StanceOffset)
    }
}

/// Plane of the measure, which determines the camera views that show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plane {
    /// Visible from the side.
    Sagittal,
    /// Visible from the front or the back.
    Frontal,
    /// Needs three dimensions.
    Spatial,
    /// Visible from every view.
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

/// Meaning of the side of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sided {
    /// One value per leg.
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

/// Limits of knee flexion for the validity of a value, degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FlexionGate {
    /// The value is refused below this flexion.
    pub refuse_below: f64,
    /// The value has the validity `Low` below this flexion.
    pub low_below: f64,
}

/// Gate of rotations about the thigh or shank. With 10 mm of keypoint noise, the random error of a hinge
/// rotation exceeds 8° below 30° of knee flexion. Below 45° it is half as large again as at 90°.
/// Unit: °. Source: science.md 1.4.
pub const ROTATION_GATE: FlexionGate = FlexionGate { refuse_below: 30.0, low_below: 45.0 };

/// Value of the standing trial that becomes an angle's zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ZeroAtRest {
    /// None: the zero of the definition.
    Defined,
    /// Dorsiflexion in standing.
    Dorsiflexion,
}

/// Definition of one angle, without a side.
#[derive(Debug, Clone, PartialEq)]
pub struct AngleSpec {
    /// Unique name.
    pub name: Text,
    /// Landmarks without a side (`"hip"`, `"other_hip"`, `"mid_hip"`, `"second_toe"`), or full landmark
    /// names.
    pub points: Cow<'static, [Text]>,
    /// Formula.
    pub measure: Measure,
    /// +1 or −1: sign that gives the clinical direction on the right side.
    pub sign: f64,
    /// True if the sign changes on the left side.
    pub mirrored: bool,
    /// Meaning of its side.
    pub sided: Sided,
    /// Plane, which determines the camera views that show it.
    pub plane: Plane,
    /// Required knee flexion, if any.
    pub gate: Option<FlexionGate>,
    /// Zero from a standing trial.
    pub at_rest: ZeroAtRest,
    /// `"deg"`, `"shank"`, `"thigh"`, `"leg"` or `"stance"` (fraction of that length).
    pub unit: Text,
    /// Meaning of zero.
    pub zero: Text,
    /// Meaning of positive values.
    pub positive: Text,
    /// Source of the definition.
    pub source: Text,
}
