//! Definition of an angle as a row of a table, written once per joint without a side.

use std::borrow::Cow;

/// Text that a built-in row borrows and a custom row owns.
type Text = Cow<'static, str>;

/// Coordinate frame in which a segment is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// Pelvis: forward, up and right of the pelvis.
    Pelvis,
    /// World: heading (horizontal forward), up, and right of the heading.
    World,
}

/// Pair of axes between which an inclination is measured. For a variant `FirstFromSecond` the angle
/// of a vector `v` is `atan2(v·first, v·second)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Axes {
    /// Angle from the up axis toward the forward axis.
    ForwardFromUp,
    /// Angle from the up axis toward the right axis.
    RightFromUp,
    /// Angle from the forward axis toward the right axis.
    RightFromForward,
    /// Angle from the right axis toward the forward axis.
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
    /// `[hip, knee, ankle]`: signed deviation of the shank from the thigh in the frontal plane.
    FrontalBend,
    /// `[a, b, c, d]`: 90° minus the angle between `a→b` and `c→d`.
    Complement,
    /// `[a, b, c, d]`: 90° minus the angle between `a→b` and `c→d`, after projection on the frontal
    /// plane.
    FrontalComplement,
    /// `[hip, knee, ankle]`: distance of the knee from the line hip-ankle in the frontal plane, as
    /// a fraction of the leg length. The leg length is thigh plus shank, in an image the standing
    /// height of the hip.
    FrontalOffset,
    /// `[knee, target, ankle, heel, toe]`: sideways distance of the knee from the target, as a fraction of
    /// the shank length.
    SidewaysOffset,
    /// `[hip, knee, ankle, heel, toe]`: rotation of the foot about the shank.
    FootRotation,
    /// `[knee, ankle, medial epicondyle, lateral epicondyle]`: inclination of the shank relative to
    /// the epicondyle axis.
    EpicondyleTilt,
    /// `[hip, knee, medial epicondyle, lateral epicondyle]`: rotation of the epicondyle axis about
    /// the thigh. It does not assume that the knee is a hinge. The plan orders the points so that
    /// the axis points right on both sides.
    EpicondyleRotation,
    /// `[hip, ankle]`: knee flexion estimated from the apparent shortening of the leg.
    Shortening,
    /// `[hip, knee, ankle]`: upward rotation of the knee about the line hip-ankle, zero if the knee
    /// is straight in front of the line. For exercises lying on the side.
    PlaneElevation,
    /// `[left, right, from, to]`: rotation of the line left-right about the direction from-to,
    /// relative to the horizontal.
    Roll,
    /// `[a, b, c, d]`: distance of `a` and `b` divided by that of `c` and `d`.
    DistanceRatio,
    /// `[left hip, right hip, left ankle, right ankle]`: sideways distance of the mid-hip from the
    /// mid-ankle, along the horizontal line between the ankles, as a fraction of the distance
    /// between the ankles.
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
    /// Name of the measure in the API.
    pub fn name(self) -> &'static str {
        MEASURES.iter().find(|row| row.1 == self).map_or("", |row| row.0)
    }
}

impl Measure {
    /// True if the measure depends on the vertical, which some estimators only assume.
    /// `level_pelvis` states that the pelvic tilt is measured relative to the vertical.
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

    /// True if mirroring left and right does not change the value.
    pub fn is_same_in_mirror(self) -> bool {
        use Measure as M;
        let without_level =
            matches!(self, M::Bend | M::Included | M::Complement | M::DistanceRatio);
        without_level || matches!(self, M::Shortening | M::StanceOffset)
    }

    /// True if rotating the picture about the line of sight does not change the value.
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

/// Plane in which an angle is measured. It determines the camera views that show the angle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plane {
    /// Sagittal plane, visible from the side.
    Sagittal,
    /// Visible from the front or the back.
    Frontal,
    /// Not in one plane; needs three dimensions.
    Spatial,
    /// Not bound to a plane; visible from every view.
    Any,
}

impl Plane {
    /// Name of the plane in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sagittal => "sagittal",
            Self::Frontal => "frontal",
            Self::Spatial => "spatial",
            Self::Any => "any",
        }
    }
}

/// Meaning of the side of an angle.
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
    /// Name in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Leg => "leg",
            Self::Stance => "stance",
            Self::StanceOrRight => "stance_or_right",
            Self::Midline => "midline",
        }
    }
}

/// Limits of knee flexion that decide about the validity of a value, degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FlexionGate {
    /// The value is refused below this flexion.
    pub refuse_below: f64,
    /// The value has the validity `Low` below this flexion.
    pub low_below: f64,
}

/// Flexion gate of rotations about the thigh or the shank. With 10 mm of keypoint noise, the random
/// error of a hinge rotation exceeds 8° if the knee is flexed by less than 30°. Below 45° of
/// flexion it is half as large again as at 90°.
/// Unit: °. Source: science.md 1.4.
pub const ROTATION_GATE: FlexionGate = FlexionGate { refuse_below: 30.0, low_below: 45.0 };

/// Value of the standing trial that becomes the zero of an angle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ZeroAtRest {
    /// No value: the zero is that of the definition.
    Defined,
    /// Ankle dorsiflexion in standing.
    Dorsiflexion,
}

/// Definition of one angle, without a side.
#[derive(Debug, Clone, PartialEq)]
pub struct AngleSpec {
    /// Unique name of the angle.
    pub name: Text,
    /// Landmarks without a side (`"hip"`, `"other_hip"`, `"mid_hip"`, `"second_toe"`), or full landmark
    /// names.
    pub points: Cow<'static, [Text]>,
    /// Formula that computes the angle from its points.
    pub measure: Measure,
    /// +1 or −1: sign that gives the clinical direction on the right side.
    pub sign: f64,
    /// True if the sign changes on the left side.
    pub mirrored: bool,
    /// Meaning of the side of the angle.
    pub sided: Sided,
    /// Plane of the angle, which determines the camera views that show it.
    pub plane: Plane,
    /// Minimum knee flexion at which the angle is valid, if any.
    pub gate: Option<FlexionGate>,
    /// Value of a standing trial that becomes zero.
    pub at_rest: ZeroAtRest,
    /// Unit: `"deg"`, or `"shank"`, `"thigh"`, `"leg"` or `"stance"` for a fraction of that length.
    pub unit: Text,
    /// Meaning of the value zero, in words.
    pub zero: Text,
    /// Meaning of positive values, in words.
    pub positive: Text,
    /// Publication or other source of the definition.
    pub source: Text,
}
