//! Table of built-in angles. A new angle needs one new row.

use std::borrow::Cow;

use crate::error::{Error, Result};

use super::spec::{AngleSpec, Axes, Basis, Measure, Plane, ROTATION_GATE, Sided, ZeroAtRest};

const fn text(s: &'static str) -> Cow<'static, str> {
    Cow::Borrowed(s)
}

macro_rules! points {
    ($($name:literal),+) => { Cow::Borrowed(&[$(text($name)),+]) };
}

macro_rules! at_rest {
    () => {
        ZeroAtRest::Defined
    };
    ($reading:ident) => {
        ZeroAtRest::$reading
    };
}

macro_rules! row {
    ($name:literal, $points:expr, $measure:expr, $sign:literal, mirrored: $mirrored:literal,
     $sided:ident, $plane:ident, gate: $gate:expr, unit: $unit:literal, zero: $zero:literal,
     positive: $positive:literal, source: $source:literal $(, at_rest: $at_rest:ident)?) => {
        AngleSpec {
            name: text($name),
            points: $points,
            measure: $measure,
            sign: $sign,
            mirrored: $mirrored,
            sided: Sided::$sided,
            plane: Plane::$plane,
            gate: $gate,
            at_rest: at_rest!($($at_rest)?),
            unit: text($unit),
            zero: text($zero),
            positive: text($positive),
            source: text($source),
        }
    };
}

/// All built-in angles.
pub const ANGLE_TABLE: &[AngleSpec] = &[
    row!("knee_flexion", points!("hip", "knee", "ankle"), Measure::Bend, 1.0, mirrored: false,
        Leg, Sagittal, gate: None, unit: "deg", zero: "straight knee", positive: "bent",
        source: "three-point angle of joint centres"),
    row!("hip_flexion", points!("knee", "hip"),
        Measure::Turn(Basis::Pelvis, Axes::ForwardFromUp), -1.0, mirrored: false,
        Leg, Sagittal, gate: None, unit: "deg",
        zero: "thigh in line with the pelvis reference", positive: "thigh forward",
        source: "Grood and Suntay 1983; axes of Wu et al. 2002"),
    row!("hip_adduction", points!("knee", "hip"),
        Measure::ElevationFromPelvisSagittal, 1.0, mirrored: true,
        Leg, Spatial, gate: None, unit: "deg", zero: "thigh in the pelvis' sagittal plane",
        positive: "knee toward the midline", source: "Grood and Suntay 1983; axes of Wu et al. 2002"),
    row!("hip_internal_rotation", points!("hip", "knee", "ankle"),
        Measure::HingeRotation, 1.0, mirrored: true,
        Leg, Spatial, gate: Some(ROTATION_GATE), unit: "deg",
        zero: "knee axis in line with the pelvis' right", positive: "thigh turned inward",
        source: "Grood and Suntay 1983, with the knee as a hinge"),
    row!("thigh_inclination", points!("knee", "hip"),
        Measure::Turn(Basis::World, Axes::ForwardFromUp), -1.0, mirrored: false,
        Leg, Sagittal, gate: None, unit: "deg", zero: "upright", positive: "knee in front of the hip",
        source: "segment against gravity"),
    row!("shank_inclination", points!("ankle", "knee"),
        Measure::Turn(Basis::World, Axes::ForwardFromUp), 1.0, mirrored: false,
        Leg, Sagittal, gate: None, unit: "deg", zero: "upright", positive: "knee in front of the ankle",
        source: "segment against gravity"),
    row!("fppa", points!("hip", "knee", "ankle"), Measure::FrontalBend, 1.0, mirrored: true,
        Leg, Frontal, gate: None, unit: "deg", zero: "hip, knee and ankle in line",
        positive: "knee inward (medial)",
        source: "frontal-plane projection angle: Willson et al. 2006, Munro et al. 2012"),
    row!("pelvic_drop", points!("left_hip", "right_hip"),
        Measure::ElevationFromHorizontal, 1.0, mirrored: true,
        Stance, Frontal, gate: None, unit: "deg", zero: "level pelvis", positive: "swing side lower",
        source: "hip line against the horizontal"),
    row!("pelvic_obliquity", points!("left_hip", "right_hip"),
        Measure::ElevationFromHorizontal, 1.0, mirrored: false,
        Midline, Frontal, gate: None, unit: "deg", zero: "level pelvis", positive: "right side higher",
        source: "hip line against the horizontal"),
    row!("pelvis_shift", points!("left_hip", "right_hip", "left_ankle", "right_ankle"),
        Measure::StanceOffset, 1.0, mirrored: false,
        Midline, Frontal, gate: None, unit: "stance",
        zero: "middle of the hips over the middle of the ankles", positive: "toward the right foot",
        source: "mid-hip beside mid-ankle as a share of the distance of the ankles"),
    row!("trunk_forward_lean", points!("mid_hip", "mid_shoulder"),
        Measure::Turn(Basis::World, Axes::ForwardFromUp), 1.0, mirrored: false,
        Midline, Sagittal, gate: None, unit: "deg", zero: "upright", positive: "forward",
        source: "hip-shoulder line against gravity"),
    row!("trunk_lateral_lean", points!("mid_hip", "mid_shoulder"),
        Measure::Turn(Basis::World, Axes::RightFromUp), 1.0, mirrored: true,
        StanceOrRight, Frontal, gate: None, unit: "deg", zero: "upright",
        positive: "toward the stance side (without a stance side: to the right)",
        source: "hip-shoulder line against gravity"),
    row!("hip_adduction_2d", points!("hip", "other_hip", "hip", "knee"),
        Measure::FrontalComplement, 1.0, mirrored: false,
        Leg, Frontal, gate: None, unit: "deg", zero: "thigh at right angles to the hip line",
        positive: "knee toward the midline", source: "Scholtes and Salsich 2017"),
    row!("knee_flexion_from_depth", points!("hip", "ankle"), Measure::Shortening, 1.0, mirrored: false,
        Leg, Any, gate: None, unit: "deg", zero: "standing height of the hip",
        positive: "bent",
        source: "two equal segments at equal inclination: 2 acos(height / standing height)"),
    row!("knee_medial_displacement", points!("knee", "second_toe", "ankle", "heel", "big_toe"),
        Measure::SidewaysOffset, -1.0, mirrored: true,
        Leg, Frontal, gate: None, unit: "shank", zero: "knee over the second toe",
        positive: "knee toward the midline",
        source: "distance over the foot as a share of the shank"),
    row!("knee_shift", points!("hip", "knee", "ankle"), Measure::FrontalOffset, -1.0, mirrored: true,
        Leg, Frontal, gate: None, unit: "leg", zero: "hip, knee and ankle in line",
        positive: "knee inward (medial)",
        source: "distance of the knee from the line hip-ankle as a share of the leg"),
    row!("pelvic_rotation", points!("left_hip", "right_hip"),
        Measure::Turn(Basis::World, Axes::ForwardFromRight), -1.0, mirrored: true,
        Stance, Spatial, gate: None, unit: "deg", zero: "the reference heading",
        positive: "swing side forward", source: "hip line in the horizontal plane"),
    row!("thigh_medial_lean", points!("knee", "hip"),
        Measure::Turn(Basis::World, Axes::RightFromUp), 1.0, mirrored: true,
        Leg, Frontal, gate: None, unit: "deg", zero: "upright", positive: "knee medial of the hip",
        source: "segment against gravity"),
    row!("shank_medial_lean", points!("ankle", "knee"),
        Measure::Turn(Basis::World, Axes::RightFromUp), -1.0, mirrored: true,
        Leg, Frontal, gate: None, unit: "deg", zero: "upright", positive: "knee medial of the ankle",
        source: "segment against gravity"),
    row!("ankle_dorsiflexion", points!("ankle", "knee", "heel", "big_toe"),
        Measure::Complement, 1.0, mirrored: false,
        Leg, Sagittal, gate: None, unit: "deg", zero: "shank at right angles to the foot's sole line",
        positive: "shank toward the toes", source: "shank against the heel-toe line",
        at_rest: Dorsiflexion),
    row!("foot_progression", points!("heel", "big_toe"),
        Measure::Turn(Basis::World, Axes::RightFromForward), 1.0, mirrored: true,
        Leg, Spatial, gate: None, unit: "deg", zero: "foot along the heading", positive: "toe-out",
        source: "heel-toe line in the horizontal plane"),
    row!("tibial_rotation", points!("hip", "knee", "ankle", "heel", "big_toe"),
        Measure::FootRotation, 1.0, mirrored: true,
        Leg, Spatial, gate: Some(ROTATION_GATE), unit: "deg", zero: "foot in the knee's hinge plane",
        positive: "foot turned inward (includes ankle and subtalar joint)",
        source: "foot in the shank frame of a hinge knee"),
    row!("knee_abduction", points!("knee", "ankle", "medial_epicondyle", "lateral_epicondyle"),
        Measure::EpicondyleTilt, 1.0, mirrored: false,
        Leg, Spatial, gate: None, unit: "deg", zero: "shank at right angles to the epicondyle axis",
        positive: "valgus (lower shank lateral)", source: "Grood and Suntay 1983"),
    row!("hip_internal_rotation_from_epicondyles",
        points!("hip", "knee", "medial_epicondyle", "lateral_epicondyle"),
        Measure::EpicondyleRotation, 1.0, mirrored: true,
        Leg, Spatial, gate: None, unit: "deg",
        zero: "epicondyle axis in line with the pelvis' right", positive: "thigh turned inward",
        source: "Grood and Suntay 1983; axes of Wu et al. 2002"),
    row!("hip_abduction", points!("knee", "hip"),
        Measure::ElevationFromPelvisSagittal, -1.0, mirrored: true,
        Leg, Spatial, gate: None, unit: "deg", zero: "thigh in the pelvis' sagittal plane",
        positive: "knee away from the midline",
        source: "minus hip_adduction: the elevation of the thigh on hands and knees"),
    row!("hip_abduction_2d", points!("hip", "other_hip", "hip", "knee"),
        Measure::FrontalComplement, -1.0, mirrored: false,
        Leg, Frontal, gate: None, unit: "deg", zero: "thigh at right angles to the hip line",
        positive: "knee away from the midline",
        source: "minus hip_adduction_2d: tilt of the thigh less that of the hip line"),
    row!("clamshell_opening", points!("hip", "knee", "ankle"), Measure::PlaneElevation, 1.0,
        mirrored: false, Leg, Spatial, gate: None, unit: "deg",
        zero: "knee straight in front of the line hip-ankle, lying on the other side",
        positive: "knee lifted",
        source: "turn of the plane hip-knee-ankle about the line hip-ankle, against gravity"),
    row!("knee_separation", points!("knee", "other_knee", "hip", "knee"), Measure::DistanceRatio, 1.0,
        mirrored: false, Leg, Any, gate: None, unit: "thigh", zero: "knees on one another",
        positive: "knees apart", source: "distance of the knees over the length of the thigh"),
    row!("foot_separation", points!("ankle", "other_ankle", "knee", "ankle"), Measure::DistanceRatio,
        1.0, mirrored: false, Leg, Any, gate: None, unit: "shank", zero: "ankles on one another",
        positive: "ankles apart", source: "distance of the ankles over the length of the shank"),
    row!("pelvis_roll", points!("left_hip", "right_hip", "mid_hip", "mid_shoulder"), Measure::Roll, 1.0,
        mirrored: true, Stance, Spatial, gate: None, unit: "deg",
        zero: "hip line level, face down", positive: "hip of the working side up, then back",
        source: "turn of the hip line about the line hip-shoulder, against gravity"),
    row!("shoulder_roll", points!("left_shoulder", "right_shoulder", "mid_hip", "mid_shoulder"),
        Measure::Roll, 1.0, mirrored: true, Stance, Spatial, gate: None, unit: "deg",
        zero: "shoulder line level, face down", positive: "shoulder of the working side up, then back",
        source: "turn of the shoulder line about the line hip-shoulder, against gravity"),
];

/// Looks up a built-in angle by name.
///
/// # Errors
/// [`Error::UnknownName`] with the list of existing names.
pub fn find_angle(name: &str) -> Result<&'static AngleSpec> {
    ANGLE_TABLE.iter().find(|row| row.name == name).ok_or_else(|| {
        Error::unknown("angle", name, ANGLE_TABLE.iter().map(|row| row.name.as_ref()))
    })
}

/// Names of the 17 lower-body angles: seven per leg and three of pelvis and trunk. The pelvis is measured
/// as drop on one leg (positive: swing side lower) and as obliquity on two (positive: right side higher).
pub fn lower_body(one_leg: bool) -> [&'static str; 10] {
    [
        "knee_flexion",
        "hip_flexion",
        "hip_adduction",
        "hip_internal_rotation",
        "thigh_inclination",
        "shank_inclination",
        "fppa",
        if one_leg { "pelvic_drop" } else { "pelvic_obliquity" },
        "trunk_forward_lean",
        "trunk_lateral_lean",
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::angle::spec::MEASURES;

    #[test]
    fn names_are_unique_and_points_fit_their_measure() {
        for (i, row) in ANGLE_TABLE.iter().enumerate() {
            assert!(!ANGLE_TABLE.iter().skip(i + 1).any(|other| other.name == row.name));
            let count = MEASURES.iter().find(|m| m.1 == row.measure).map(|m| m.2);
            assert_eq!(count, Some(row.points.len()), "{}", row.name);
            assert!(row.sign.abs() == 1.0);
        }
    }
}
