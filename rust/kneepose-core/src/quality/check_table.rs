//! Rows of the quality check: the measured value, its limits for a warning and a refusal, and the
//! text of the finding. Thresholds are engineering defaults between the values of intact recordings
//! in any posture, view and build, and the values of artificially damaged ones
//! (docs/evidence/guards.md).

use super::anatomy;
use super::body::Body;
use super::camera::{self, Estimate};
use super::check::{CheckOptions, Extent, Finding, NamedLegs, Severity};
use super::continuity::{seen_share, step_statistics, stuck_s, swap_statistics};
use super::proportions;
use super::tempo::tempo;
use super::turned::Turned;
use super::working_legs::working_legs;
use crate::skeleton::Side;
use crate::validity::Validity;

/// Result of one check: a value, the limits at which it warns and refuses, and the text. A limit of
/// infinity is never reached.
pub(super) struct CheckRow {
    pub(super) name: &'static str,
    pub(super) value: f64,
    reason: Validity,
    extent: Extent,
    /// True if conditioning may repair the problem; the value is then tested again after the
    /// repair.
    repairable: bool,
    warn: f64,
    refuse: f64,
    /// Text of the value: text before it, factor, number of decimals, text after it.
    words: (&'static str, f64, usize, &'static str),
}

/// Minimum direction of one foot relative to the line of sight that is reported, degrees. Below it,
/// natural turn-out and camera yaw cannot be distinguished in one recording.
/// Source: decision 0008.
pub const TURNED_DEG: f64 = 15.0;
/// Distance from the optical axis that is reported, for a person of 1.7 m, meters. There, the knee
/// appears rotated by about 5 degrees.
/// Source: science.md 2.4.
const OFF_AXIS_M: f64 = 0.2;
/// Assumed height of a person, metres.
/// Source: chosen: the height of an average adult; an error of 10 % changes only a distance that
/// gives a warning; measured by docs/evidence/guards.md.
pub const ASSUMED_HEIGHT_M: f64 = 1.7;
/// Minimum ratio between camera roll and its error at which the roll is reported.
/// Source: chosen: noise seldom exceeds it by chance; measured by docs/evidence/guards.md.
const BELIEVED_ERRORS: f64 = 2.5;
/// Camera roll that is tolerated, degrees: it is about as large as the variation of pelvic drop.
/// Source: science.md 0, where pelvic drop of healthy people varies by 3.8 degrees (Nakagawa 2012).
const TOLERATED_ROLL_DEG: f64 = 4.0;
/// Camera roll at which angles are refused, degrees: it is as large as the drop and lean of healthy
/// people.
/// Source: science.md 0, where healthy people have 7.4 degrees of pelvic drop and 6.7 of lean
/// (Nakagawa 2012).
const FORBIDDING_ROLL_DEG: f64 = 8.0;
/// Maximum duration of identical frames, seconds. A video player may repeat frames for that long.
/// With a longer one the picture is frozen, and times are meaningless.
/// Source: chosen: between the duration of a repeated frame and of a frozen picture; measured by
/// docs/evidence/guards.md.
pub const LONGEST_STILL_S: f64 = 0.5;
/// Minimum number of jumps of the whole body in half a minute at which the frames are not in order;
/// fewer jumps may be single wrong frames.
/// Source: chosen: two jumps enclose frames that do not belong there; measured by
/// docs/evidence/guards.md.
const MANY_JUMPS: f64 = 2.0;
/// Minimum number of frames of a movement.
/// Source: chosen: a third of a second at 30 frames per second holds no repetition; held by test
/// tests/quality/test_guards.py.
const LEAST_FRAMES: usize = 10;

impl CheckRow {
    fn new(
        name: &'static str,
        value: f64,
        reason: Validity,
        warn: f64,
        refuse: f64,
        words: (&'static str, f64, usize, &'static str),
    ) -> Self {
        Self { name, value, reason, extent: Extent::Values, repairable: false, warn, refuse, words }
    }

    /// Row whose refusal means that the recording does not show one moving person.
    fn of_recording(self) -> Self {
        Self { extent: Extent::Recording, ..self }
    }

    /// Row that is tested again after conditioning.
    fn after_repair(self) -> Self {
        Self { repairable: true, ..self }
    }

    /// True if this row has a finding that conditioning may repair.
    pub(super) fn needs_repair(&self) -> bool {
        self.repairable && self.finding().is_some()
    }

    /// Finding after the repair; `repaired` has the same rows of the repaired recording.
    pub(super) fn finding_after_repair(&self, repaired: &[Self]) -> Option<Finding> {
        let finding = self.finding()?;
        if !self.repairable {
            return Some(finding);
        }
        let left = repaired.iter().find(|row| row.name == self.name).and_then(Self::finding);
        let measured = format!("{}; repaired or left out", finding.measured);
        Some(left.unwrap_or(Finding { severity: Severity::Info, measured, ..finding }))
    }

    pub(super) fn finding(&self) -> Option<Finding> {
        let severity = if self.value >= self.refuse {
            Severity::Refuse
        } else if self.value >= self.warn {
            Severity::Warn
        } else {
            return None;
        };
        let (before, factor, decimals, after) = self.words;
        let number = self.value * factor;
        let measured = format!("{before}{number:.decimals$}{after}");
        Some(Finding { reason: self.reason, severity, extent: self.extent, measured })
    }
}

/// Factor on the limit for a picture from the side that appears too narrow. It allows a larger
/// deviation in this direction, because thighs that turn outward also appear shorter.
/// Source: derived: cos 37°, a thigh turned out by 37 degrees.
const NARROW_SIDE_VIEWS: f64 = 0.8;
const NEVER: f64 = f64::INFINITY;
/// Height of the knee above the ankle, as a share of the thigh, at which shanks are upright on
/// hands and knees. A camera that looks down by 30 degrees shows this value for a shank on the
/// floor.
/// Source: derived: sin 30°, with thighs and shanks of one length (science.md 10).
const SHANKS_STAND: f64 = 0.5;

/// Checks of the set-up that need only a few frames of one moving person: axes, units, proportions.
pub(super) fn set_up_checks(body: &Body, options: &CheckOptions) -> Vec<CheckRow> {
    let row = CheckRow::new;
    use Validity as V;
    let mut rows = vec![
        row(
            "upside_down",
            anatomy::upside_down_share(body),
            V::UpsideDown,
            0.5,
            0.5,
            ("the body stands on its head in ", 100.0, 0, " % of the frames"),
        )
        .of_recording(),
        row(
            "lying_squat",
            anatomy::lying_squat(body),
            V::AxesTurned,
            3.0,
            3.0,
            (
                "the body lies, yet moves along itself over a still foot (",
                1.0,
                0,
                " times as far): x and y look exchanged",
            ),
        )
        .of_recording(),
        row(
            "lies",
            f64::from(u8::from(
                options.stands == Some(true)
                    && anatomy::is_lying(body)
                    && anatomy::straight_legs_lie(body),
            )),
            V::AxesTurned,
            1.0,
            1.0,
            ("the trunk lies across the vertical in a standing exercise (", 1.0, 0, ")"),
        )
        .of_recording(),
    ];
    if body.is_image {
        // A stretched picture shows the inclination of trunk and legs wrongly, so heights decide
        // about standing.
        let [stretch, squeeze] = match options.stands {
            Some(false) => [f64::NAN; 2],
            _ => proportions::picture_stretch(body),
        };
        let upright = options.stands(body);
        let width = if upright { proportions::width_of_height(body) } else { f64::NAN };
        // The estimate from thighs is less reliable than that from feet and face, and is used only
        // without it.
        let turns = upright && squeeze.is_nan();
        let aspect = if turns { proportions::thigh_aspect(body) } else { f64::NAN };
        rows.extend([
            row(
                "width_of_height",
                width,
                V::PictureStretched,
                0.54,
                0.54,
                (
                    "shoulders and hips are ",
                    1.0,
                    2,
                    " times as wide as ankles to shoulders are high",
                ),
            ),
            row(
                "picture_stretch",
                stretch,
                V::PictureStretched,
                1.38,
                1.38,
                ("body, feet and face look ", 1.0, 1, " times too wide for their height"),
            ),
            row(
                "picture_squeeze",
                squeeze,
                V::PictureStretched,
                1.2,
                1.2,
                ("body, feet and face look ", 1.0, 1, " times too narrow for their height"),
            ),
            row(
                "thigh_aspect",
                aspect.max(NARROW_SIDE_VIEWS / aspect),
                V::PictureStretched,
                1.3,
                1.4,
                (
                    "the thighs change their length as they turn, as if one axis were stretched ",
                    1.0,
                    1,
                    " times",
                ),
            ),
        ]);
    }
    if options.on_all_fours && body.is_image {
        rows.push(row(
            "shanks_stand",
            anatomy::shanks_stand(body, options.side),
            V::LegsMisplaced,
            SHANKS_STAND,
            SHANKS_STAND,
            ("on hands and knees the shank of the resting leg stands by ", 1.0, 2, " of its thigh"),
        ));
    }
    rows.extend(options.legs.into_iter().flat_map(|legs| legs_checks(body, legs)));
    rows.push(if body.is_image {
        row(
            "scaled",
            f64::from(u8::from(camera::is_scaled(body))),
            V::WrongSkeleton,
            1.0,
            1.0,
            ("the body is smaller than 4 pixels: the coordinates are not pixels (", 1.0, 0, ")"),
        )
        .of_recording()
    } else {
        row(
            "backward",
            anatomy::backward(body),
            V::LeftHandedAxes,
            0.3,
            0.3,
            ("knees or toes point backward (cosine ", 1.0, 2, ")"),
        )
    });
    rows
}

/// Checks of the legs that carry the body, according to the exercise. Only findings that contradict
/// the exercise are included. They are warnings: each repetition is accepted or rejected by its
/// posture evidence.
fn legs_checks(body: &Body, named: NamedLegs) -> Vec<CheckRow> {
    let working = working_legs(body);
    let row = CheckRow::new;
    use Validity as V;
    let one_leg = if named == NamedLegs::Both { V::OtherMovement } else { V::OtherLegWorks };
    let [left, right] = working.alone;
    let rows = [
        row(
            "both_feet_stand",
            if named == NamedLegs::Both { f64::NAN } else { working.both },
            V::OtherMovement,
            0.8,
            NEVER,
            ("in ", 100.0, 0, " % of the time that the hips are low both feet stand: likely squat"),
        ),
        row(
            "left_leg_alone",
            if named.allows_alone(Side::Left) { f64::NAN } else { left },
            V::OtherLegWorks,
            0.8,
            NEVER,
            (
                "in ",
                100.0,
                0,
                " % of the time that the hips are low the left leg stands alone: likely single_leg_squat, side='left'",
            ),
        ),
        row(
            "right_leg_alone",
            if named.allows_alone(Side::Right) { f64::NAN } else { right },
            V::OtherLegWorks,
            0.8,
            NEVER,
            (
                "in ",
                100.0,
                0,
                " % of the time that the hips are low the right leg stands alone: likely single_leg_squat, side='right'",
            ),
        ),
    ];
    let of_name = |row: CheckRow| match row.reason {
        V::OtherLegWorks => CheckRow { reason: one_leg, ..row },
        _ => row,
    };
    rows.into_iter().map(of_name).collect()
}

/// Checks of the body and its movement over time.
pub(super) fn body_checks(
    body: &Body,
    options: &CheckOptions,
    size_wh: Option<[f64; 2]>,
) -> Vec<CheckRow> {
    let few = body.frames.len() < LEAST_FRAMES;
    let steps = step_statistics(body);
    let exchanges = swap_statistics(body);
    let (foreign, far) = anatomy::foreign_feet(body);
    let frames = body.frames.len().max(1) as f64;
    let half_minutes = (frames * body.dt / 30.0).max(1.0);
    // In recordings of depth cameras single joints may jump. Bone lengths identify them, and only
    // they are masked.
    let (split_warn, split_refuse) = if body.is_image { (1.0, 3.0) } else { (3.0, NEVER) };
    let jumps = steps.jumps as f64 / half_minutes;
    let (few_jumps, many_jumps) = if jumps < MANY_JUMPS { (jumps, 0.0) } else { (0.0, jumps) };
    let row = CheckRow::new;
    use Validity as V;
    let mut rows = vec![
        row(
            "frames_missing",
            if few { LEAST_FRAMES as f64 - frames } else { 0.0 },
            V::TooFewFrames,
            1.0,
            1.0,
            ("", 1.0, 0, " more frames are needed at least"),
        )
        .of_recording(),
        row(
            "detour",
            anatomy::detour(body),
            V::WrongSkeleton,
            2.1,
            2.1,
            ("the limbs are ", 1.0, 1, " times as long as joining the same points takes"),
        )
        .of_recording(),
        row(
            "foot_distance",
            far,
            V::WrongSkeleton,
            1.5,
            1.5,
            ("a foot keypoint lies ", 1.0, 1, " thighs away from its ankle"),
        )
        .of_recording(),
        row(
            "foreign_feet",
            foreign,
            V::WrongSkeleton,
            0.6,
            0.6,
            ("in ", 100.0, 0, " % of the frames a foot keypoint belongs to the other ankle"),
        )
        .of_recording(),
        row(
            "toe_gap",
            anatomy::toe_gap(body),
            V::WrongSkeleton,
            0.33,
            0.33,
            ("the toes of a foot are ", 1.0, 1, " thighs apart"),
        )
        .of_recording(),
        row(
            "twisted",
            anatomy::twisted_share(body),
            V::SidesSwapped,
            0.1,
            0.2,
            ("hips and shoulders point opposite ways in ", 100.0, 0, " % of the frames"),
        ),
        row(
            "exchanged",
            exchanges.minority,
            V::SidesSwapped,
            0.005,
            0.05,
            ("the legs are exchanged in ", 100.0, 1, " % of the frames"),
        )
        .after_repair(),
        row(
            "exchange_rate",
            exchanges.count as f64 / frames,
            V::SidesSwapped,
            NEVER,
            0.1,
            ("the legs change places in ", 100.0, 0, " % of the frames"),
        )
        .after_repair(),
        row(
            "exchanged_s",
            exchanges.longest_s,
            V::SidesSwapped,
            NEVER,
            0.5,
            ("the legs are exchanged for ", 1.0, 1, " s on end"),
        )
        .after_repair(),
        row(
            "disorder",
            steps.disorder,
            V::FramesOutOfOrder,
            1.2,
            1.2,
            (
                "steps between frames are as large as between frames at random (",
                1.0,
                1,
                "; 2 is no order)",
            ),
        )
        .after_repair()
        .of_recording(),
        row(
            "jumps",
            few_jumps,
            V::FramesOutOfOrder,
            1.0,
            NEVER,
            (
                "the body jumps ",
                1.0,
                0,
                " time(s) in half a minute farther than a body can from one frame to the next",
            ),
        )
        .after_repair(),
        // Masking the frames at each jump does not bring the frames between jumps into order, so
        // this check does not depend on repairs.
        row(
            "many_jumps",
            many_jumps,
            V::FramesOutOfOrder,
            MANY_JUMPS,
            NEVER,
            (
                "the body jumps ",
                1.0,
                0,
                " times in half a minute farther than a body can; frames between may be of another time",
            ),
        ),
        row(
            "jumping_quarters",
            steps.jumping_quarters as f64,
            V::FramesOutOfOrder,
            NEVER,
            3.0,
            ("in ", 1.0, 0, " quarters of the recording the body jumps from one frame to the next"),
        )
        .after_repair(),
        row(
            "flickering",
            anatomy::flickering_share(body),
            V::ImplausibleBone,
            0.04,
            0.06,
            ("limbs change their length suddenly in ", 100.0, 0, " % of the frames"),
        )
        .after_repair(),
        row(
            "splits",
            steps.splits as f64 / half_minutes,
            V::ImplausibleBone,
            split_warn,
            split_refuse,
            ("legs and trunk jump apart ", 1.0, 0, " time(s) in half a minute"),
        )
        .after_repair(),
        row(
            "stuck_s",
            stuck_s(body),
            V::PictureStuck,
            LONGEST_STILL_S,
            NEVER, // times are refused, and nothing else
            ("the frames are identical for ", 1.0, 1, " s"),
        ),
        row(
            "unseen",
            1.0 - seen_share(body, options.side),
            V::LowConfidence,
            0.2,
            NEVER, // what is not seen is refused measure by measure
            ("hip, knee and ankle are not all seen in ", 100.0, 0, " % of the frames"),
        ),
    ];
    rows.extend(tempo_rows(tempo(body, TEMPO_FRAMES)));
    if body.is_image {
        rows.extend([
            row(
                "sheared",
                // The trunk of a body that lies or is on all fours can have any direction.
                if options.stands == Some(false) { f64::NAN } else { anatomy::trunk_shear(body) },
                V::ImplausibleBone,
                0.7,
                0.7,
                ("shoulders and trunk are far from a right angle (cosine ", 1.0, 2, ")"),
            )
            .of_recording(),
            row(
                "overlong_trunk",
                anatomy::overlong_trunk(body),
                V::ImplausibleBone,
                0.5,
                0.5,
                ("an overlong trunk leans over standing legs in ", 100.0, 0, " % of the frames"),
            )
            .of_recording(),
            row(
                "at_border",
                camera::border_share(body, options.side, size_wh),
                V::AtImageBorder,
                0.02,
                0.1,
                ("a leg joint sits on the edge of the picture in ", 100.0, 0, " % of the frames"),
            ),
        ]);
    } else {
        rows.push(other_person_row(proportions::proportions_change(body)));
        rows.push(
            row(
                "stretched_bones",
                anatomy::stretched_bones(body),
                V::ImplausibleBone,
                0.1,
                0.2,
                (
                    "a bone is more than a quarter off its usual length in ",
                    100.0,
                    0,
                    " % of the frames",
                ),
            )
            .after_repair(),
        );
    }
    rows
}

/// Number of frames over which a step is measured for the tempo.
/// Source: chosen: steps well above the jitter of keypoints at 30 frames per second; measured by
/// docs/evidence/guards.md.
const TEMPO_FRAMES: usize = 4;
/// Range of the tempo of exercising people, 1/s. A tempo outside of it means a wrong time base.
const TEMPI: [f64; 2] = [1.4, 14.0];

/// Checks of the time base, from the tempo of the movement.
pub(super) fn tempo_rows(tempo: f64) -> [CheckRow; 2] {
    let [slowest, fastest] = TEMPI;
    [
        CheckRow::new(
            "tempo_slow",
            slowest / tempo,
            Validity::FrameRate,
            1.0,
            NEVER, // times are refused, and nothing else
            ("people move ", 1.0, 1, " times slower than they do at the slowest"),
        ),
        CheckRow::new(
            "tempo_fast",
            tempo / fastest,
            Validity::FrameRate,
            1.0,
            NEVER, // times are refused, and nothing else
            ("people move ", 1.0, 1, " times faster than they do at the fastest"),
        ),
    ]
}

/// Check of the bone proportions before and after a gap, from their change.
pub(super) fn other_person_row(change: f64) -> CheckRow {
    CheckRow::new(
        "proportions_change",
        change,
        Validity::OtherPerson,
        0.09,
        0.09,
        ("after a gap legs or arms are longer or shorter against the body by ", 100.0, 0, " %"),
    )
    .of_recording()
}

/// Checks of the camera position.
pub(super) fn camera_checks(
    options: &CheckOptions,
    feet: &[Estimate; 2],
    roll: Estimate,
    off_axis: f64,
    by_knees: Turned,
) -> Vec<CheckRow> {
    // Toes turn outward on both feet, and camera yaw changes both alike, so the mean of both feet
    // shows the yaw.
    let (turned_warning, turned_limit) = (by_knees.warning(), by_knees.limit);
    let [left, right] = feet.map(|foot| foot.degrees);
    let both = camera::camera_yaw((Side::Left, left), (Side::Right, right));
    let turned = match options.side {
        _ if both.is_finite() => both.abs(),
        Some(Side::Left) => left.abs(),
        Some(Side::Right) => right.abs(),
        None => left.abs().min(right.abs()),
    };
    // The inward travel of a single knee looks like a turn of the body. It is used only if the
    // direction of the foot is unknown.
    let knees = if by_knees.both || turned.is_nan() { by_knees.degrees.abs() } else { f64::NAN };
    let believed = TOLERATED_ROLL_DEG.max(BELIEVED_ERRORS * roll.spread);
    let tilted = if roll.degrees.abs() > believed { roll.degrees.abs() } else { 0.0 };
    vec![
        CheckRow::new(
            "turned_deg",
            turned,
            Validity::CameraTurned,
            TURNED_DEG,
            TURNED_DEG,
            ("the feet point ", 1.0, 0, "° away from the lens"),
        ),
        CheckRow::new(
            "knees_turned_deg",
            knees,
            Validity::CameraTurned,
            turned_warning,
            turned_limit,
            ("the knees travel as if the camera stood ", 1.0, 0, "° to the side"),
        ),
        CheckRow::new(
            "face_turned_deg",
            by_knees.face,
            Validity::CameraTurned,
            by_knees.face_limit,
            by_knees.face_limit,
            ("the face looks ", 1.0, 0, "° past the camera, and the body with it"),
        ),
        CheckRow::new(
            "tilted_deg",
            tilted,
            Validity::CameraTilted,
            TOLERATED_ROLL_DEG,
            FORBIDDING_ROLL_DEG,
            ("the picture is tilted by ", 1.0, 0, "°"),
        ),
        CheckRow::new(
            "off_axis_m",
            off_axis.abs() * ASSUMED_HEIGHT_M,
            Validity::OffAxis,
            OFF_AXIS_M,
            NEVER,
            ("the foot stands about ", 1.0, 1, " m beside the middle of the picture"),
        ),
    ]
}
