//! Evidence that a movement is the exercise, for standing exercises. Several robust cues are
//! combined in a logistic model, so that no single cue can reject a movement. The weights are
//! fitted on labeled recordings.

use super::context::PostureContext;
use super::evidence_table::{IS_SQUAT, LEG_IS_ALONE, LEG_SQUATS};
use super::frame_posture::{
    FramePosture, SEEN_SHARE, foot_is_up, height_above_other, mean_of_seen, share_of_seen,
    side_index,
};
use crate::math::vector::{Vec3, norm, reject, sub};
use crate::recording::View;
use crate::reps::Rep;
use crate::skeleton::Side;
use crate::space::Up;
use crate::stats::medians::{LANES, medians_in};
use crate::stats::quantile::{Scratch, quantile_in, thinned};

/// Time before and after a repetition from which rest is estimated, seconds.
/// Source: chosen: averages jitter within the shortest rests; measured by
/// docs/evidence/counting.md.
const REST_S: f64 = 0.3;
/// Time before and after the deepest moment from which the bottom is estimated, seconds.
/// Source: chosen: averages jitter within the shortest holds; measured by
/// docs/evidence/counting.md.
const BOTTOM_S: f64 = 0.15;
/// Time before and after a repetition in which a jump would lift the hips, seconds.
/// Source: chosen: the duration of the flight of a jump and the landing; measured by
/// docs/evidence/counting.md.
const JUMP_S: f64 = 0.6;
/// Time before and after the start and the end in which the duration of rest is measured, seconds.
/// Source: chosen: longer than the top of a jump, shorter than the rest between squats; measured by
/// docs/evidence/counting.md.
const STAY_S: f64 = 0.5;
/// Maximum distance of the hips below their resting height at which they count as at rest, as a
/// share of their descent.
/// Source: chosen: the hips stay this near to the top of a jump for less than 0.3 s; measured by
/// docs/evidence/counting.md.
const AT_REST_SHARE: f64 = 0.25;
/// Displacement of one foot relative to the other, in leg lengths, that counts as full evidence of
/// single-leg standing. It is equivalent to one leg bending alone.
/// Source: chosen: larger than the jitter of two feet on the floor; measured by
/// docs/evidence/counting.md.
const FEET_APART: f64 = 0.15;
/// Number of cues.
/// Source: derived: the length of the table of cues.
pub const CUE_COUNT: usize = 27;
/// Minimum probability at which a movement is accepted.
/// Source: derived: more likely than not, for the weights of docs/evidence/counting.md.
pub const ACCEPTED: f64 = 0.5;
/// Minimum probability at which a movement with missing frames is accepted.
/// Source: chosen: nine of ten such movements are squats; measured by docs/evidence/counting.md.
pub const ACCEPTED_IN_PART: f64 = 0.9;
/// Minimum probability of a movement that makes similar, doubtful movements acceptable.
/// Source: chosen: with values from 0.7 to 0.9 no further recording of another movement is counted;
/// measured by docs/evidence/real-people.md.
pub const SURE: f64 = 0.8;
/// Minimum probability at which a movement is accepted because it resembles one of probability
/// `SURE`.
/// Source: chosen: there is clear evidence against movements below it; measured by
/// docs/evidence/real-people.md.
pub const DOUBTFUL: f64 = 0.1;
/// Minimum probability at which a movement smaller than the full repetitions counts as partial. The
/// limit is low, because small movements give less evidence.
/// Source: chosen: the smallest probability that is still evidence for a squat; measured by
/// docs/evidence/repetitions.md.
pub const ACCEPTED_SMALL: f64 = 0.02;

/// Number of views with separate weights: 3-D, an image from the front or the back, and an image
/// from another direction.
/// Source: decision 0013.
pub const VIEW_COUNT: usize = 3;
/// Names of the views, in the order of the weights.
pub const EVIDENCE_VIEWS: [&str; VIEW_COUNT] = ["world", "front", "elsewhere"];

/// One cue of the logistic model. Its value is scaled from `from` (no evidence) to `to` (full
/// evidence) and multiplied by a weight in log odds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CueRow {
    /// Name of the cue.
    pub name: &'static str,
    /// Value of the cue that gives no evidence.
    pub from: f64,
    /// Value of the cue that gives full evidence.
    pub to: f64,
    /// Log odds that full evidence adds, for each view.
    pub weights: [f64; VIEW_COUNT],
    /// Meaning and unit of the cue.
    pub meaning: &'static str,
}

/// Index of the view that belongs to a context.
pub fn evidence_view(context: &PostureContext) -> usize {
    match (context.up, context.view) {
        (Up::World(_), _) => 0,
        (Up::Image, Some(View::Front | View::Back)) => 1,
        (Up::Image, _) => 2,
    }
}

/// A yes-no question about a movement, with the cues that answer it and their weights.
#[derive(Debug, Clone, Copy)]
pub struct Question {
    /// Log odds without any evidence, for each view.
    pub bias: [f64; VIEW_COUNT],
    /// Cues, in the order in which they are computed.
    pub cues: &'static [CueRow],
}

impl Question {
    /// Probability that the answer is yes. A cue that is missing counts half if it supports a yes,
    /// and nothing if it supports a no.
    pub fn probability(&self, cues: &[f64], view: usize) -> f64 {
        let of_view = |values: &[f64; VIEW_COUNT]| values.get(view).copied().unwrap_or(0.0);
        let evidence = |(row, value): (&CueRow, &f64)| {
            let share = ((value - row.from) / (row.to - row.from)).clamp(0.0, 1.0);
            let weight = of_view(&row.weights);
            let unseen = if weight > 0.0 { 0.5 } else { 0.0 };
            weight * if share.is_finite() { share } else { unseen }
        };
        let log_odds = of_view(&self.bias) + self.cues.iter().zip(cues).map(evidence).sum::<f64>();
        1.0 / (1.0 + libm::exp(-log_odds))
    }
}

/// Two probabilities: the movement is a squat, and the leg under analysis does it alone. The second
/// one is 1 for exercises of two legs.
pub fn probabilities(cues: &[f64; CUE_COUNT], context: &PostureContext) -> [f64; 2] {
    let view = evidence_view(context);
    let (of_squat, of_stance) = cues.split_at(IS_SQUAT.cues.len());
    if context.two_legs {
        [IS_SQUAT.probability(of_squat, view), 1.0]
    } else {
        [LEG_SQUATS.probability(of_squat, view), LEG_IS_ALONE.probability(of_stance, view)]
    }
}

/// Descent of hips and shoulders in leg lengths, which are the first two cues.
pub fn sinking([hips, shoulders, ..]: &[f64; CUE_COUNT]) -> [f64; 2] {
    [*hips, *shoulders]
}

/// Values of the cues of one repetition: first those of the movement, then those of the other leg.
/// `typical_range` is the typical range of the other repetitions, NaN if there are none.
pub fn cues(
    postures: &[FramePosture],
    rep: &Rep,
    typical_range: f64,
    context: &PostureContext,
    scratch: &mut Scratch,
) -> [f64; CUE_COUNT] {
    let up = context.up.vector();
    let count = |seconds: f64| (seconds * context.fs).round().max(1.0) as usize;
    let part = |first: usize, last: usize| {
        postures.get(first..(last + 1).min(postures.len())).unwrap_or_default()
    };
    let rest = count(REST_S);
    let before = part(rep.start.saturating_sub(rest), rep.start);
    let after = part(rep.end, rep.end + rest);
    let bottom = part(rep.bottom.saturating_sub(count(BOTTOM_S)), rep.bottom + count(BOTTOM_S));
    let whole = part(rep.start, rep.end);
    let around = part(rep.start.saturating_sub(count(JUMP_S)), rep.end + count(JUMP_S));
    let leg = quantile_in(thinned(around).map(FramePosture::mean_leg), 0.8, scratch);
    let hip = |s: &FramePosture| s.hip_height(up);
    let of_leg = |pair: [f64; 2], i: usize| pair.get(i).copied().unwrap_or(f64::NAN);
    let stand = Stand::of(before.iter().chain(after), context, scratch);
    let at_rest = &stand.shape;
    let low = Shape::of(thinned(bottom), context, scratch);
    let hips_sink = (at_rest.hip - low.hip) / leg;
    let at_top = |s: &FramePosture| at_rest.hip - hip(s) < AT_REST_SHARE * hips_sink * leg;
    let stays = [rep.start, rep.end].map(|end| {
        let near = part(end.saturating_sub(count(STAY_S)), end + count(STAY_S));
        near.iter().filter(|s| at_top(s)).count() as f64 / context.fs
    });
    let stays = stays.into_iter().fold(0.0, f64::max);
    let shoulders_sink = (at_rest.shoulder - low.shoulder) / leg;
    let low_lean = angle_deg(low.rise / low.trunk.max(at_rest.trunk));
    let tilt = angle_of_sine((low.across - at_rest.across) / at_rest.trunk).abs();
    let arms_rise = low.wrists - at_rest.wrists;
    let lean = low_lean - angle_deg(at_rest.rise / at_rest.trunk);
    let legs = legs_seen(context);
    // Mean change of the legs that do the exercise, and the difference between them.
    let of_legs = |low: [f64; 2], rest: [f64; 2]| {
        let change = |i: usize| of_leg(low, i) - of_leg(rest, i);
        let [left, right] = [0, 1].map(|i| if legs.contains(&i) { change(i) } else { f64::NAN });
        let differ = if legs.len() > 1 { (left - right).abs() } else { 0.0 };
        (mean_of_seen([left, right]), differ)
    };
    let (bend, bends_differ) = of_legs(low.bends, at_rest.bends);
    let (thigh, thighs_differ) = of_legs(at_rest.thighs, low.thighs);
    let (knees_sink, _) = of_legs(at_rest.knees, low.knees);
    // Difference between the changes of the two legs, divided by the larger change. It is computed
    // for knee flexion, and for the height of the thighs below.
    let apart = |low: [f64; 2], rest: [f64; 2]| {
        let [left, right] = [0, 1].map(|i| of_leg(low, i) - of_leg(rest, i));
        (left - right).abs() / left.abs().max(right.abs())
    };
    let bends_apart = apart(low.bends, at_rest.bends);
    let pinned = 2 * bottom.iter().filter(|s| s.has_pinned_hips()).count() > bottom.len();
    let feet = Feet::of(whole, stand.ankles, context, scratch);
    let spread = feet.spread / leg;
    // The cue is missing if the other foot is hidden. From the side the flexion of the far knee is
    // never visible, so thighs and feet are used. In 3-D it is missing only for moments; thighs and
    // feet are then not used, because those of a single-leg squat may look alike.
    let lost = spread.is_nan() || bends_apart.is_nan() && matches!(context.up, Up::World(_));
    let of_limbs = apart(low.thighs, at_rest.thighs).max(spread / FEET_APART);
    let legs_apart = if lost { f64::NAN } else { bends_apart.max(of_limbs) };
    // If the estimator fixes the hips at the origin, the feet appear to move. Their distance from
    // each other still shows steps.
    let travel = if pinned {
        spread
    } else {
        legs.iter().map(|i| of_leg(feet.travel, *i) / leg).fold(f64::NAN, f64::max)
    };
    // The cue "other foot in the air" is only used for exercises of one leg.
    let one_foot_up = if context.two_legs {
        f64::NAN
    } else {
        share_of_seen(whole, |s| foot_is_up(s, context.side.other(), leg, context))
    };
    let [hip_before, hip_after] =
        [before, after].map(|frames| quantile_in(frames.iter().map(hip), 0.5, scratch));
    let highest = quantile_in(thinned(around).map(hip), 0.97, scratch);
    [
        hips_sink,
        shoulders_sink,
        bend,
        bends_differ,
        thigh / leg,
        thighs_differ / leg,
        travel,
        lean / (100.0 * hips_sink.max(0.02)),
        (rep.end - rep.start) as f64 / context.fs,
        (hip_after - hip_before).abs() / leg / hips_sink.max(0.02),
        libm::log(rep.range / typical_range).abs(),
        stand.over_feet / leg,
        (highest - hip_before.min(hip_after)) / leg,
        hips_sink,
        hips_sink,
        stays,
        knees_sink / leg,
        knees_sink / leg,
        tilt / (100.0 * hips_sink.max(0.02)),
        arms_rise.abs() / leg,
        -arms_rise / leg,
        one_foot_up,
        bends_apart,
        feet.other_height / leg,
        legs_apart,
        feet.over_foot / leg,
        feet.other_height / leg,
    ]
}

/// Positions of the feet during a movement, as medians.
struct Feet {
    /// Displacement of one foot relative to the other since rest.
    spread: f64,
    /// Displacement of each ankle since rest; in exercises of one leg, both entries are that of the
    /// leg under analysis.
    travel: [f64; 2],
    /// Height of the other foot above the foot under analysis; NaN for exercises of two legs.
    other_height: f64,
    /// Distance of the center of mass from the other foot, minus its distance from the foot under
    /// analysis; NaN for exercises of two legs.
    over_foot: f64,
}

impl Feet {
    /// Computes all medians in one pass over a sample of the frames.
    fn of(
        frames: &[FramePosture],
        [left, right]: [Vec3; 2],
        context: &PostureContext,
        scratch: &mut Scratch,
    ) -> Self {
        let (own, other) = (context.side, context.side.other());
        let (between, up) = (sub(right, left), context.up.vector());
        // On one leg the center of mass is above one foot, on two legs between the feet,
        // independent of the camera. If a hip or knee is missing, the estimated center would shift
        // to the visible side.
        let nearer = |s: &FramePosture| {
            let from_weight = |foot: Side| norm(reject(sub(s.ankle(foot), s.weight), up));
            let seen = s.thighs.iter().all(|length| length.is_finite());
            if seen { from_weight(other) - from_weight(own) } else { f64::NAN }
        };
        let rows = thinned(frames).map(|s| {
            let spread = norm(sub(sub(s.ankle(Side::Right), s.ankle(Side::Left)), between));
            let left = norm(sub(s.ankle(Side::Left), left));
            let right = norm(sub(s.ankle(Side::Right), right));
            match own {
                _ if context.two_legs => [[spread, left, right, f64::NAN]],
                Side::Left => [[spread, left, height_above_other(s, other, up), nearer(s)]],
                Side::Right => [[spread, right, height_above_other(s, other, up), nearer(s)]],
            }
        });
        let [[spread, first, second, last]] = medians_in(rows, SEEN_SHARE, scratch);
        if context.two_legs {
            let travel = [first, second];
            return Self { spread, travel, other_height: f64::NAN, over_foot: f64::NAN };
        }
        Self { spread, travel: [first; 2], other_height: second, over_foot: last }
    }
}

/// Dimensions of the body, as medians over a few frames.
struct Shape {
    /// Height of the hips; `shoulder` is the height of the shoulders.
    hip: f64,
    shoulder: f64,
    /// Height of the shoulders above the hips; `trunk` is the length of the trunk.
    rise: f64,
    trunk: f64,
    /// Distance of the shoulders from the hips, measured along the hip line.
    across: f64,
    /// Height of the wrists above the shoulders.
    wrists: f64,
    /// Flexion of each knee, degrees.
    bends: [f64; 2],
    /// Height of each hip above its knee; `knees` is the height of each knee above its ankle.
    thighs: [f64; 2],
    knees: [f64; 2],
}

/// Values of one frame, in groups whose medians are computed together.
type ShapeRow = [[f64; LANES]; 3];

impl Shape {
    fn row(s: &FramePosture, up: Vec3) -> ShapeRow {
        let hip = s.hip_height(up);
        let ([left, right], [left_thigh, right_thigh]) = (s.heights, s.thigh_rises);
        let [left_bend, right_bend] = s.bend_cosines;
        [
            [hip, hip + s.rise, s.rise, s.trunk],
            [s.across, s.wrist_rise, left_bend, right_bend],
            [left_thigh, right_thigh, left - left_thigh, right - right_thigh],
        ]
    }

    fn of_medians(medians: ShapeRow) -> Self {
        let [
            [hip, shoulder, rise, trunk],
            [across, wrists, left_bend, right_bend],
            [left_thigh, right_thigh, left_knee, right_knee],
        ] = medians;
        Self {
            hip,
            shoulder,
            rise,
            trunk,
            across,
            wrists,
            bends: [left_bend, right_bend].map(angle_deg),
            thighs: [left_thigh, right_thigh],
            knees: [left_knee, right_knee],
        }
    }

    /// Computes all medians in one pass over the frames.
    fn of<'a>(
        frames: impl Iterator<Item = &'a FramePosture>,
        context: &PostureContext,
        scratch: &mut Scratch,
    ) -> Self {
        let up = context.up.vector();
        Self::of_medians(medians_in(frames.map(|s| Self::row(s, up)), 0.0, scratch))
    }
}

/// Dimensions and foot positions of a standing body, as medians.
struct Stand {
    shape: Shape,
    /// Height of the hips above the standing foot; on two legs, above the lower foot.
    over_feet: f64,
    /// Position of each ankle.
    ankles: [Vec3; 2],
}

impl Stand {
    /// Computes all medians in one pass over the frames.
    fn of<'a>(
        frames: impl Iterator<Item = &'a FramePosture>,
        context: &PostureContext,
        scratch: &mut Scratch,
    ) -> Self {
        let up = context.up.vector();
        let rows = frames.map(|s| {
            let [left, right] = s.heights;
            let over_feet = match context.side {
                _ if context.two_legs => left.max(right),
                Side::Left => left,
                Side::Right => right,
            };
            let [first, second, third] = Shape::row(s, up);
            let [[lx, ly, lz], [rx, ry, rz]] = s.ankles;
            [first, second, third, [over_feet, lx, ly, lz], [rx, ry, rz, f64::NAN]]
        });
        let [first, second, third, [over_feet, lx, ly, lz], [rx, ry, rz, _]] =
            medians_in(rows, 0.0, scratch);
        Self {
            shape: Shape::of_medians([first, second, third]),
            over_feet,
            ankles: [[lx, ly, lz], [rx, ry, rz]],
        }
    }
}

/// Angle whose cosine is given, degrees.
fn angle_deg(cosine: f64) -> f64 {
    libm::acos(cosine.clamp(-1.0, 1.0)).to_degrees()
}

/// Angle whose sine is given, degrees.
fn angle_of_sine(sine: f64) -> f64 {
    libm::asin(sine.clamp(-1.0, 1.0)).to_degrees()
}

/// Indices of the legs that do the exercise. From the side only the near one, because estimators
/// guess the far leg.
fn legs_seen(context: &PostureContext) -> &'static [usize] {
    match (context.two_legs, context.view, side_index(context.side)) {
        (true, Some(View::Left), _) | (false, _, 0) => &[0],
        (true, Some(View::Right), _) | (false, _, _) => &[1],
        (true, ..) => &[0, 1],
    }
}
