//! Assesses one repetition: whether the body has the posture of the exercise, and the evidence that
//! the movement is the exercise. A check whose keypoints are missing passes.

use super::context::{PostureContext, RepPosture};
use super::evidence::{CUE_COUNT, cues, probabilities};
use super::frame_posture::{FramePosture, height_above_other, share_of};
use super::patterns::pattern_holds;
use crate::exercise::{Pattern, Posture};
use crate::math::vector::{Vec3, add, dot, norm, scale, sub};
use crate::reps::{Rep, RepStatus};
use crate::skeleton::Side;
use crate::stats::quantile::{Scratch, quantile_in, thinned};

/// Quantile of the distances from the median position that counts as the travel of a point. The
/// largest distances may be outliers.
/// Source: chosen: a tenth of the positions may be outliers; measured by docs/evidence/counting.md.
const TRAVEL_QUANTILE: f64 = 0.9;
/// Height of the shoulders above the hips divided by the thigh length. Above `UPRIGHT_TRUNK` a
/// person is upright; below `LYING_TRUNK` a person lies or is on all fours.
/// Source: chosen: between the values of both postures, far from either; measured by
/// docs/evidence/counting.md.
const UPRIGHT_TRUNK: f64 = 0.5;
const LYING_TRUNK: f64 = 0.8;
/// Maximum height of the other foot above the standing foot at which it counts as on the ground, as
/// a share of the leg length.
/// Source: chosen: two squatting legs before a depth camera seldom count as one leg; held by test
/// tests/reps/test_cases.py.
const DOWN_SHARE: f64 = 0.06;
/// Sine of the inclination of the hip line above which a person lies on one side; below it the hips
/// are level.
/// Source: derived: half a right angle; measured by docs/evidence/rendered.md.
const ON_ONE_SIDE: f64 = 0.7;
/// Maximum travel of the foot of a lifted leg, as a multiple of the travel of its knee. A straight
/// leg moves its foot twice as far as its knee. With the heels together, the foot does not move.
/// Source: chosen: between a foot that stays and a foot that moves with the knee, nearer to the
/// latter; measured by docs/evidence/rendered.md.
const FOOT_AGAINST_KNEE: f64 = 1.3;
/// Maximum travel of the resting knee on all fours, as a multiple of the travel of the lifted knee.
/// Above it, the other leg is working.
/// Source: chosen: one knee stays on the floor, and jitter of the landmarks moves it no more than
/// the other knee; measured by docs/evidence/rendered.md.
const REST_AGAINST_LIFT: f64 = 1.5;
/// Quantile of the apparent lengths of a leg that estimates its true length.
/// Source: chosen: the leg is bent or foreshortened in most of the other frames; measured by
/// docs/evidence/counting.md.
const LENGTH_QUANTILE: f64 = 0.9;

/// Assesses one repetition. Its indices refer to `postures`. `typical_range` is the typical range
/// of the other repetitions, NaN if there are none.
pub fn assess_rep(
    postures: &[FramePosture],
    rep: &Rep,
    context: &PostureContext,
    typical_range: f64,
    scratch: &mut Scratch,
) -> RepPosture {
    let nothing = [f64::NAN; CUE_COUNT];
    let (cues, [is_exercise, on_this_leg]) = match context.pattern {
        Pattern::Squat if context.by_descent => {
            let cues = cues(postures, rep, typical_range, context, scratch);
            (cues, probabilities(&cues, context))
        }
        pattern if context.by_descent => {
            (nothing, pattern_holds(pattern, postures, rep, context, scratch))
        }
        _ => (nothing, [f64::NAN; 2]),
    };
    // The lower one of both probabilities.
    let probability = is_exercise.min(on_this_leg);
    let inside = postures.get(rep.start..=rep.end).unwrap_or_default();
    let (up, side) = (context.up.vector(), context.side);
    let other_foot_down = if context.two_legs {
        1.0
    } else {
        let leg = quantile_in(thinned(inside).map(FramePosture::leg), LENGTH_QUANTILE, scratch);
        share_of(inside, |s| height_above_other(s, side.other(), up) < DOWN_SHARE * leg)
    };
    // Sine of the inclination of the hip line: 1 if the person lies on the other leg, 0 if the hips
    // are level.
    let on_side = |s: &FramePosture| side.sign() * dot(s.hip_line, up) / norm(s.hip_line);
    let on_side = match context.posture {
        Posture::Lying | Posture::AllFours => {
            quantile_in(thinned(inside).map(on_side), 0.5, scratch)
        }
        _ => f64::NAN,
    };
    let trunk = trunk_at_ends(postures, rep);
    let rejection = match context.posture {
        Posture::Any => None,
        Posture::Lying | Posture::AllFours if trunk > LYING_TRUNK => Some(RepStatus::OtherMovement),
        Posture::Lying if on_side < 0.0 => Some(RepStatus::LostStance),
        Posture::Lying if on_side < ON_ONE_SIDE => Some(RepStatus::OtherMovement),
        Posture::Lying if foot_leaves(postures, rep, side, scratch) => {
            Some(RepStatus::OtherMovement)
        }
        Posture::AllFours if on_side.abs() > ON_ONE_SIDE => Some(RepStatus::OtherMovement),
        Posture::AllFours if other_knee_moves(inside, side, scratch) => Some(RepStatus::LostStance),
        Posture::Lying | Posture::AllFours => None,
        Posture::Standing if trunk < UPRIGHT_TRUNK => Some(RepStatus::OtherMovement),
        Posture::Standing if probability < context.accepted => Some(if is_exercise < on_this_leg {
            RepStatus::OtherMovement
        } else {
            RepStatus::LostStance
        }),
        Posture::Standing => None,
    };
    let seconds = (rep.end - rep.start) as f64 / context.fs;
    RepPosture { probability, cues, range: rep.range, seconds, other_foot_down, rejection }
}

/// True if the foot of a lifted leg moves away from the other foot by more than a bent knee
/// explains.
fn foot_leaves(postures: &[FramePosture], rep: &Rep, side: Side, scratch: &mut Scratch) -> bool {
    let [start, bottom, end] = [rep.start, rep.bottom, rep.end].map(|i| postures.get(i));
    let foot = |s: &FramePosture| sub(s.ankle(side), s.ankle(side.other()));
    let knee = |s: &FramePosture| s.thigh_line(side);
    let mut travels = |place: &dyn Fn(&FramePosture) -> Vec3| {
        let ends = [start, end].into_iter().flatten();
        let ways = ends.filter_map(|at_rest| Some(norm(sub(place(bottom?), place(at_rest)))));
        quantile_in(ways, 0.5, scratch)
    };
    travels(&foot) > FOOT_AGAINST_KNEE * travels(&knee)
}

/// True if the knee that should rest travels farther than the lifted one. The position of each knee
/// includes the movement of its hip, because raising one hip tilts both thighs relative to the hip
/// line although only one knee moves.
fn other_knee_moves(inside: &[FramePosture], side: Side, scratch: &mut Scratch) -> bool {
    let knee = |side: Side| {
        move |s: &FramePosture| {
            add(add(s.hips, scale(s.hip_line, 0.5 * side.sign())), s.thigh_line(side))
        }
    };
    let [own, other] = [side, side.other()].map(|side| travel(inside, knee(side), scratch));
    other > REST_AGAINST_LIFT * own
}

/// Height of the shoulders above the hips at the start or end of a repetition. It is divided by the
/// thigh length, or by the shoulder width if that is larger. From behind, some estimators draw the
/// thighs of a body on all fours half as long and take them for whole legs.
fn trunk_at_ends(postures: &[FramePosture], rep: &Rep) -> f64 {
    let ends = [rep.start, rep.end].into_iter().filter_map(|i| postures.get(i));
    let shares = ends.map(|s| {
        let [left, right] = s.thighs;
        s.rise / left.max(right).max(s.shoulders)
    });
    shares.fold(f64::NAN, f64::max)
}

/// Distance by which a point moves away from its median position.
pub fn travel(
    postures: &[FramePosture],
    place: impl Fn(&FramePosture) -> Vec3,
    scratch: &mut Scratch,
) -> f64 {
    let mut middle = [0.0; 3];
    for (axis, slot) in middle.iter_mut().enumerate() {
        let along = |s: &FramePosture| place(s).get(axis).copied().unwrap_or(f64::NAN);
        *slot = quantile_in(thinned(postures).map(along), 0.5, scratch);
    }
    let away = |s: &FramePosture| norm(sub(place(s), middle));
    quantile_in(thinned(postures).map(away), TRAVEL_QUANTILE, scratch)
}
