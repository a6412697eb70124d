//! Table of built-in exercises and their faults. A new exercise needs one new row. A threshold
//! without a named source is an engineering default, chosen between healthy variation and the
//! faults that raters mark.

use std::borrow::Cow;

use super::row::{
    Combine, Criterion, Direction, Exercise, FaultRow, List, Moment, Pattern, Posture, SignalRow,
    Subject, Text,
};
use crate::angle::PelvisReference;

const fn text(s: &'static str) -> Text {
    Cow::Borrowed(s)
}

macro_rules! texts {
    ($($name:literal),+ $(,)?) => { Cow::Borrowed(&[$(text($name)),+]) };
}

const fn signal(
    angle: &'static str,
    combine: Combine,
    min_range: f64,
    expected_range: f64,
) -> SignalRow {
    SignalRow { angle: text(angle), combine, min_range, expected_range }
}

const fn angle(name: &'static str, moment: Moment, way: Direction, threshold: f64) -> Criterion {
    Criterion { subject: Subject::Angle(text(name), moment), way, threshold, in_image: None }
}

const fn time(name: &'static str, way: Direction, threshold: f64) -> Criterion {
    Criterion { subject: Subject::Time(text(name)), way, threshold, in_image: None }
}

macro_rules! fault {
    ($name:literal, $title:literal, [$($criterion:expr),+ $(,)?], cue: $cue:literal,
     source: $source:literal) => {
        FaultRow {
            name: text($name),
            title: text($title),
            criteria: {
                const CRITERIA: &[Criterion] = &[$($criterion),+];
                Cow::Borrowed(CRITERIA)
            },
            cue: text($cue),
            source: text($source),
        }
    };
}

const KNEE_INWARD: FaultRow = fault!(
    "knee_inward", "Knee inward",
    [
        Criterion {
            subject: Subject::Angle(text("knee_medial_displacement"), Moment::Judged),
            way: Direction::Above,
            threshold: 0.045,
            in_image: Some(0.06),
        },
        angle("fppa", Moment::Judged, Direction::Above, 9.0),
    ],
    cue: "Let the knee point over the toes.",
    source: "knee medial of the second toe (Crossley 2011, Piva 2006); 0.045 of the shank, 0.06 of it as \
             an image shows it, at 60 degrees of knee bend: the smallest that flag at most a tenth of \
             healthy simulated people; without feet 9 degrees of projection angle there: half way \
             between healthy and planted simulated squats. Limits published for the lowest point do not apply there"
);

const TRUNK_LEAN: FaultRow = fault!(
    "trunk_lean", "Trunk leans sideways",
    [angle("trunk_lateral_lean", Moment::JudgedChange, Direction::Either, 7.0)],
    cue: "Keep your trunk upright, not to the side.",
    source: "trunk lean (Crossley 2011, Piva 2006); 7 degrees: engineering default"
);

const TRUNK_LEAN_ON_TWO_LEGS: FaultRow = fault!(
    "trunk_lean", "Trunk leans sideways",
    [angle("trunk_lateral_lean", Moment::JudgedChange, Direction::Either, 7.0)],
    cue: "Keep your trunk upright, not to the side.",
    source: "7 degrees on two legs: engineering default"
);

const PELVIS_TILTS: FaultRow = fault!(
    "pelvis_tilts", "Pelvis tilts sideways",
    [angle("pelvic_obliquity", Moment::JudgedChange, Direction::Either, 5.0)],
    cue: "Keep your weight on both legs.",
    source: "5 degrees on two legs: engineering default"
);

const TOO_FAST: FaultRow = fault!(
    "too_fast", "Too fast",
    [time("duration_s", Direction::Below, 1.0)],
    cue: "Slow down.",
    source: "about two seconds a repetition (Crossley 2011); 1 s: engineering default"
);

const TOO_FAST_ON_TWO_LEGS: FaultRow = fault!(
    "too_fast", "Too fast",
    [time("duration_s", Direction::Below, 1.0)],
    cue: "Slow down.",
    source: "1 s on two legs: engineering default"
);

/// Knee valgus at the greatest matched depth: the measures that lead a comparison of squats, in
/// order of preference.
pub const KNEE_LEAD: [&str; 4] = ["fppa_at_60", "fppa_at_55", "fppa_at_50", "fppa_at_45"];
const SQUAT_LEAD: List<Text> = {
    const LEAD: &[Text] =
        &[text(KNEE_LEAD[0]), text(KNEE_LEAD[1]), text(KNEE_LEAD[2]), text(KNEE_LEAD[3])];
    Cow::Borrowed(LEAD)
};

const SINGLE_LEG_FAULTS: List<FaultRow> = Cow::Borrowed(&[
    KNEE_INWARD,
    TRUNK_LEAN,
    fault!(
        "trunk_forward", "Trunk bends forward",
        [angle("trunk_forward_lean", Moment::JudgedChange, Direction::Above, 30.0)],
        cue: "Keep your chest up.",
        source: "trunk forward flexion (Crossley 2011); 30 degrees: engineering default"
    ),
    fault!(
        "pelvic_drop", "Pelvis drops",
        [angle("pelvic_drop", Moment::JudgedChange, Direction::Above, 5.0)],
        cue: "Keep your pelvis level: do not let the free side drop.",
        source: "loss of pelvic horizontal (Crossley 2011, Piva 2006); 5 degrees: engineering default"
    ),
    fault!(
        "pelvic_hike", "Pelvis hitches up",
        [angle("pelvic_drop", Moment::JudgedChange, Direction::Below, -5.0)],
        cue: "Keep your pelvis level: do not pull the free side up.",
        source: "as pelvic_drop"
    ),
    fault!(
        "pelvis_turns", "Pelvis turns",
        [angle("pelvic_rotation", Moment::JudgedChange, Direction::Either, 8.0)],
        cue: "Keep both hips facing forward.",
        source: "pelvic rotation (Crossley 2011, Piva 2006); 8 degrees: engineering default"
    ),
    fault!(
        "hip_adducts", "Thigh drifts inward",
        [
            angle("hip_adduction", Moment::Judged, Direction::Above, 15.0),
            angle("hip_adduction_2d", Moment::Judged, Direction::Above, 15.0),
        ],
        cue: "Keep your thigh in line with your hip.",
        source: "hip adduction (Crossley 2011); 15 degrees: engineering default"
    ),
    TOO_FAST,
]);

const SQUAT_FAULTS: List<FaultRow> = Cow::Borrowed(&[
    fault!(
        "knee_inward", "Knee inward",
        [angle("fppa", Moment::Judged, Direction::Above, 6.0)],
        cue: "Let the knee point over the toes.",
        source: "6 degrees at 60 degrees of knee bend on two legs: half way between healthy and planted \
                 simulated squats, above what 95 of 100 healthy people show; feet that turn out make the \
                 foot a poor reference"
    ),
    TRUNK_LEAN_ON_TWO_LEGS,
    PELVIS_TILTS,
    TOO_FAST_ON_TWO_LEGS,
]);

const CLAMSHELL_FAULTS: List<FaultRow> = Cow::Borrowed(&[
    fault!(
        "pelvis_rolls_back", "Pelvis rolls back",
        [angle("pelvis_roll", Moment::Change, Direction::Above, 10.0)],
        cue: "Keep your pelvis still: do not roll back.",
        source: "lift only as far as the pelvis stays still; 10 degrees: engineering default"
    ),
    fault!(
        "trunk_rolls_back", "Trunk rolls back",
        [angle("shoulder_roll", Moment::Change, Direction::Above, 10.0)],
        cue: "Keep your shoulders stacked.",
        source: "10 degrees: engineering default"
    ),
    fault!(
        "feet_part", "Feet come apart",
        [angle("foot_separation", Moment::Change, Direction::Above, 0.15)],
        cue: "Keep your feet together.",
        source: "feet together; 0.15 of the shank: engineering default"
    ),
    fault!(
        "knee_bends", "Knee angle changes",
        [angle("knee_flexion", Moment::Change, Direction::Either, 15.0)],
        cue: "Keep the bend of your knee as it is.",
        source: "knees at 90 degrees; 15 degrees: engineering default"
    ),
    fault!(
        "hip_drifts", "Hip angle drifts",
        [angle("hip_flexion", Moment::Change, Direction::Either, 15.0)],
        cue: "Keep your thigh where it is: only turn it.",
        source: "hips at 45 degrees; 15 degrees: engineering default"
    ),
    TOO_FAST,
]);

const HYDRANT_FAULTS: List<FaultRow> = Cow::Borrowed(&[
    fault!(
        "hip_hike", "Hip hitches up",
        [
            angle("pelvis_roll", Moment::Change, Direction::Above, 8.0),
            angle("pelvic_drop", Moment::Change, Direction::Above, 8.0),
        ],
        cue: "Keep both hips at the same height.",
        source: "pelvis level; 8 degrees: engineering default"
    ),
    fault!(
        "trunk_rolls", "Trunk rolls",
        [angle("shoulder_roll", Moment::Change, Direction::Either, 8.0)],
        cue: "Keep your shoulders level.",
        source: "neutral spine; 8 degrees: engineering default"
    ),
    fault!(
        "knee_opens", "Knee angle changes",
        [angle("knee_flexion", Moment::Change, Direction::Either, 20.0)],
        cue: "Keep your knee bent at a right angle.",
        source: "knee at 90 degrees; 20 degrees: engineering default"
    ),
    TOO_FAST,
]);

const SIT_TO_STAND_FAULTS: List<FaultRow> = Cow::Borrowed(&[
    fault!(
        "knee_inward", "Knee inward",
        [angle("fppa", Moment::Judged, Direction::Above, 6.0)],
        cue: "Let the knee point over the toes.",
        source: "6 degrees at 60 degrees of knee bend on the way up: as in squats on two legs; not calibrated \
                 on sit-to-stands"
    ),
    TRUNK_LEAN_ON_TWO_LEGS,
    PELVIS_TILTS,
    fault!(
        "stays_bent", "Does not stand up fully",
        [angle("knee_flexion", Moment::Bottom, Direction::Above, 20.0)],
        cue: "Stand up tall.",
        source: "20 degrees of knee bend while standing: engineering default"
    ),
    fault!(
        "too_fast", "Too fast",
        [time("duration_s", Direction::Below, 1.5)],
        cue: "Slow down: sit down, do not drop.",
        source: "1.5 s from seat to seat: engineering default"
    ),
]);

const ONE_LEG_MEASURES: List<Text> = texts![
    "fppa",
    "knee_shift",
    "hip_adduction",
    "hip_adduction_2d",
    "hip_internal_rotation",
    "hip_flexion",
    "knee_medial_displacement",
    "pelvic_drop",
    "pelvic_rotation",
    "trunk_lateral_lean",
    "trunk_forward_lean",
    "shank_inclination",
];
const SQUAT_MOMENTS: List<Moment> =
    Cow::Borrowed(&[Moment::Depth(60.0), Moment::Depth(45.0), Moment::Bottom]);
const DEPTHS_BETWEEN: List<Moment> = Cow::Borrowed(&[Moment::Depth(55.0), Moment::Depth(50.0)]);
const LIFT_MOMENTS: List<Moment> = Cow::Borrowed(&[Moment::Bottom, Moment::Change]);
const RISE_PHASES: [Text; 3] = [text("rise_s"), text("stand_s"), text("sit_down_s")];
const SQUAT_PHASES: [Text; 3] = [text("descent_s"), text("hold_s"), text("ascent_s")];
const LIFT_PHASES: [Text; 3] = [text("lift_s"), text("hold_s"), text("lower_s")];

/// Built-in exercises. Minimum ranges are engineering defaults: 20° for squats, 12° for the hip, and 25 or
/// 30° if knee flexion is estimated from the sinking of the hip (3 % of the leg length, which is also the
/// sway of a standing person).
pub const EXERCISE_TABLE: &[Exercise] = &[
    Exercise {
        name: text("squat"),
        title: text("Squat"),
        two_legs: true,
        posture: Posture::Standing,
        pattern: Pattern::Squat,
        in_world: signal("knee_flexion", Combine::Minimum, 20.0, 60.0),
        from_side: signal("knee_flexion", Combine::Near, 20.0, 60.0),
        from_front: signal("knee_flexion_from_depth", Combine::Mean, 30.0, 60.0),
        peak: text("peak_knee_flexion"),
        peak_is_turn: false,
        target: [60.0, 120.0],
        phases: SQUAT_PHASES,
        cutoff_hz: 4.0,
        pelvis: PelvisReference::Up,
        own_angles: Cow::Borrowed(&[]),
        measures: texts![
            "fppa",
            "knee_shift",
            "hip_adduction",
            "hip_adduction_2d",
            "hip_internal_rotation",
            "hip_flexion",
            "knee_medial_displacement",
            "pelvic_obliquity",
            "pelvis_shift",
            "trunk_lateral_lean",
            "trunk_forward_lean",
            "shank_inclination",
        ],
        moments: SQUAT_MOMENTS,
        between: DEPTHS_BETWEEN,
        lead: SQUAT_LEAD,
        faults: SQUAT_FAULTS,
        set_up: text(
            "Stand with both feet at hip width, toes toward the camera. Camera straight in front, \
             lens at knee height, at least 3 m away, portrait, whole body in view. Five or more \
             squats, about two seconds down and up, with a short stand in between.",
        ),
    },
    Exercise {
        name: text("single_leg_squat"),
        title: text("Single-leg squat"),
        two_legs: false,
        posture: Posture::Standing,
        pattern: Pattern::Squat,
        in_world: signal("knee_flexion", Combine::Side, 20.0, 45.0),
        from_side: signal("knee_flexion", Combine::Side, 20.0, 45.0),
        from_front: signal("knee_flexion_from_depth", Combine::Side, 25.0, 45.0),
        peak: text("peak_knee_flexion"),
        peak_is_turn: false,
        target: [60.0, 90.0],
        phases: SQUAT_PHASES,
        cutoff_hz: 4.0,
        pelvis: PelvisReference::Up,
        own_angles: Cow::Borrowed(&[]),
        measures: ONE_LEG_MEASURES,
        moments: SQUAT_MOMENTS,
        between: DEPTHS_BETWEEN,
        lead: SQUAT_LEAD,
        faults: SINGLE_LEG_FAULTS,
        set_up: text(
            "Stand on one leg, that foot pointing at the lens and within 10 cm of the camera's \
             axis. Camera straight in front, lens at knee height, at least 3 m away, portrait, \
             whole body in view. Five or more squats to about 60 degrees of knee bend on each leg, \
             a minute of rest before the other leg, the camera untouched in between. Keep a \
             support within reach.",
        ),
    },
    Exercise {
        name: text("clamshell"),
        title: text("Clamshell"),
        two_legs: false,
        posture: Posture::Lying,
        pattern: Pattern::Squat,
        in_world: signal("clamshell_opening", Combine::Side, 12.0, 30.0),
        from_side: signal("knee_separation", Combine::Side, 0.2, 0.5),
        from_front: signal("knee_separation", Combine::Side, 0.2, 0.5),
        peak: text("peak_opening"),
        peak_is_turn: true,
        target: [30.0, 45.0],
        phases: LIFT_PHASES,
        cutoff_hz: 4.0,
        pelvis: PelvisReference::Trunk,
        own_angles: Cow::Borrowed(&[]),
        measures: texts![
            "pelvis_roll",
            "shoulder_roll",
            "knee_flexion",
            "hip_flexion",
            "foot_separation"
        ],
        moments: LIFT_MOMENTS,
        between: Cow::Borrowed(&[]),
        lead: texts!["peak_opening"],
        faults: CLAMSHELL_FAULTS,
        set_up: text(
            "Lie on your side, the working leg on top, hips bent to about 45 degrees and knees to 90, \
             heels together in line with your seat, hips stacked. Camera in front of the body, lens at \
             the height of the pelvis, 2 to 3 m away, both legs and the trunk in view. Lift the top knee \
             only as far as the pelvis stays still: two seconds up, two seconds down, ten or more \
             repetitions, then the other side.",
        ),
    },
    Exercise {
        name: text("fire_hydrant"),
        title: text("Fire hydrant"),
        two_legs: false,
        posture: Posture::AllFours,
        pattern: Pattern::Squat,
        in_world: signal("hip_abduction", Combine::Side, 12.0, 30.0),
        from_side: signal("hip_abduction_2d", Combine::Side, 12.0, 30.0),
        from_front: signal("hip_abduction_2d", Combine::Side, 12.0, 30.0),
        peak: text("peak_hip_abduction"),
        peak_is_turn: false,
        target: [25.0, 60.0],
        phases: LIFT_PHASES,
        cutoff_hz: 4.0,
        pelvis: PelvisReference::Trunk,
        own_angles: Cow::Borrowed(&[]),
        measures: texts![
            "pelvis_roll",
            "pelvic_drop",
            "shoulder_roll",
            "knee_flexion",
            "hip_flexion"
        ],
        moments: LIFT_MOMENTS,
        between: Cow::Borrowed(&[]),
        lead: texts!["peak_hip_abduction"],
        faults: HYDRANT_FAULTS,
        set_up: text(
            "On hands and knees, hands under the shoulders, knees under the hips, back straight. Camera \
             straight behind, between floor and hip height, 2 to 3 m away, hips and both knees in view. \
             Lift the bent leg sideways as far as the pelvis stays level: two seconds up, one second \
             held, two seconds down, ten or more repetitions, then the other leg.",
        ),
    },
    Exercise {
        name: text("sit_to_stand"),
        title: text("Sit-to-stand"),
        two_legs: true,
        posture: Posture::Standing,
        pattern: Pattern::SitToStand,
        in_world: signal("knee_flexion", Combine::Minimum, 25.0, 80.0),
        from_side: signal("knee_flexion", Combine::Near, 25.0, 80.0),
        from_front: signal("knee_flexion_from_depth", Combine::Mean, 30.0, 80.0),
        peak: text("peak_knee_flexion"),
        peak_is_turn: false,
        target: [60.0, 120.0],
        phases: RISE_PHASES,
        cutoff_hz: 4.0,
        pelvis: PelvisReference::Up,
        own_angles: Cow::Borrowed(&[]),
        measures: texts![
            "fppa",
            "knee_shift",
            "knee_flexion",
            "hip_flexion",
            "hip_adduction",
            "hip_adduction_2d",
            "pelvic_obliquity",
            "pelvis_shift",
            "trunk_lateral_lean",
            "trunk_forward_lean",
            "shank_inclination",
        ],
        moments: SQUAT_MOMENTS,
        between: DEPTHS_BETWEEN,
        lead: SQUAT_LEAD,
        faults: SIT_TO_STAND_FAULTS,
        set_up: text(
            "Sit on the front half of a firm seat without wheels, arms crossed, feet at hip width under or \
             just behind the knees, toes toward the camera. Write down the height of the seat, and keep it. \
             Camera straight in front, lens at knee height, at least 3 m away, portrait, whole body in view. \
             Begin seated: stand up fully, stand, sit down slowly; five or more times, about two seconds up \
             and down, with a short rest on the seat in between.",
        ),
    },
    Exercise {
        name: text("split_squat"),
        title: text("Split squat"),
        two_legs: false,
        posture: Posture::Standing,
        pattern: Pattern::Split,
        in_world: signal("knee_flexion", Combine::Side, 20.0, 70.0),
        from_side: signal("knee_flexion", Combine::Side, 20.0, 70.0),
        from_front: signal("knee_flexion_from_depth", Combine::Side, 25.0, 70.0),
        peak: text("peak_knee_flexion"),
        peak_is_turn: false,
        target: [60.0, 100.0],
        phases: SQUAT_PHASES,
        cutoff_hz: 4.0,
        pelvis: PelvisReference::Up,
        own_angles: Cow::Borrowed(&[]),
        measures: ONE_LEG_MEASURES,
        moments: SQUAT_MOMENTS,
        between: DEPTHS_BETWEEN,
        lead: SQUAT_LEAD,
        faults: SINGLE_LEG_FAULTS,
        set_up: text(
            "One foot in front, the other a long step behind on its toes, both pointing at the lens; the feet \
             stay where they are. Camera straight in front, lens at knee height, at least 3 m away, portrait, \
             whole body in view. Lower the rear knee toward the floor and come up, five or more times, about \
             two seconds each way; a minute of rest before the other leg, the camera untouched in between. \
             Keep a support within reach.",
        ),
    },
    Exercise {
        name: text("step_down"),
        title: text("Step-down"),
        two_legs: false,
        posture: Posture::Standing,
        pattern: Pattern::StepDown,
        in_world: signal("knee_flexion", Combine::Side, 20.0, 50.0),
        from_side: signal("knee_flexion", Combine::Side, 20.0, 50.0),
        from_front: signal("knee_flexion_from_depth", Combine::Side, 25.0, 50.0),
        peak: text("peak_knee_flexion"),
        peak_is_turn: false,
        target: [45.0, 80.0],
        phases: SQUAT_PHASES,
        cutoff_hz: 4.0,
        pelvis: PelvisReference::Up,
        own_angles: Cow::Borrowed(&[]),
        measures: ONE_LEG_MEASURES,
        moments: SQUAT_MOMENTS,
        between: DEPTHS_BETWEEN,
        lead: SQUAT_LEAD,
        faults: SINGLE_LEG_FAULTS,
        set_up: text(
            "Stand with one foot on a step of 10 to 20 cm, that foot pointing at the lens, the other foot free \
             beside the step. Write down the height of the step, and keep it. Camera straight in front, lens \
             at the height of the knee on the step, at least 3 m away, portrait, whole body in view. Let the \
             free heel down to touch the floor without weight and come up, five or more times, about two \
             seconds each way; a minute of rest before the other leg, the camera untouched in between. Keep \
             a support within reach.",
        ),
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_in_a_row_is_an_angle_or_a_time() {
        for exercise in EXERCISE_TABLE {
            assert_eq!(exercise.check_angles(), Ok(()));
            for criterion in exercise.faults.iter().flat_map(|fault| fault.criteria.iter()) {
                if let Subject::Time(name) = &criterion.subject {
                    assert!(name == "duration_s" || exercise.phases.contains(name), "{name}");
                }
            }
        }
    }
}
