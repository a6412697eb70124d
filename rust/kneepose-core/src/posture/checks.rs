//! Judges one repetition: the posture that the exercise asks for, and the evidence that the movement is the
//! exercise. A check whose keypoints are missing passes.

use super::context::{PostureContext, RepPosture};
use super::evidence::{CUE_COUNT, cues, probabilities};
use super::frame_posture::{FramePosture, height_above_other, share_of};
use super::patterns::pattern_holds;
use crate::exercise::{Pattern, Posture};
use crate::math::vector::{Vec3, add, dot, norm, scale, sub};
use crate::reps::{Rep, RepStatus};
use crate::skeleton::Side;
use crate::stats::quantile::{Scratch, quantile_in, thinned};

/// Share of the frames that count for the travel of a place; the farthest may be outliers.
/// Source: chosen: a tenth of the places may be outliers; measured by docs/evidence/counting.md.
const TRAVEL_QUANTILE: f64 = 0.9;
/// Rise of the trunk against the thigh: above the first a person is upright, below the second lying or on all
/// fours.
/// Source: chosen: far from either posture in between; measured by docs/evidence/counting.md.
const UPRIGHT_TRUNK: f64 = 0.5;
const LYING_TRUNK: f64 = 0.8;
/// The other foot counts as on the ground below this share of the leg.
/// Source: chosen: so that two legs that squat before a depth camera seldom count as one; held by
/// test tests/reps/test_cases.py.
const DOWN_SHARE: f64 = 0.06;
/// Rise of the hip line against its length: above it a person lies on one side, below it the hips are level.
/// Source: derived: half a right angle; measured by docs/evidence/rendered.md.
const ON_ONE_SIDE: f64 = 0.7;
/// The foot of a lifted leg moves by this multiple of its knee: twice as far where the leg is straight, not at
/// all where the heels stay together.
/// Source: chosen: between both, nearer to a foot that comes along with the knee; measured by
/// docs/evidence/rendered.md.
const FOOT_AGAINST_KNEE: f64 = 1.3;
/// On all fours the knee that is to rest travels by this multiple of the one that is lifted: the other leg works.
/// Source: chosen: one knee stays on the floor, and landmarks that jitter move it by as much as the other at most;
/// measured by docs/evidence/rendered.md.
const REST_AGAINST_LIFT: f64 = 1.5;
/// Quantile of what is seen of a leg that stands for its length.
/// Source: chosen: the leg is bent or foreshortened in most of the other frames; measured by
/// docs/evidence/counting.md.
const LENGTH_QUANTILE: f64 = 0.9;

/// Judges one repetition. `postures` are the frames that its indices mean; `typical_range` is the usual range of
/// the other repetitions, NaN where there are none.
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
    // The more doubtful of both answers.
    let probability = is_exercise.min(on_this_leg);
    let inside = postures.get(rep.start..=rep.end).unwrap_or_default();
    let (up, side) = (context.up.vector(), context.side);
    let other_foot_down = if context.two_legs {
        1.0
    } else {
        let leg = quantile_in(thinned(inside).map(FramePosture::leg), LENGTH_QUANTILE, scratch);
        share_of(inside, |s| height_above_other(s, side.other(), up) < DOWN_SHARE * leg)
    };
    // 1 where the person lies on the other leg, 0 where the hips are level.
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

/// True where the foot of a lifted leg leaves the other one by more than a bent knee takes along.
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

/// True where the knee that is to rest travels farther than the one that is lifted. A hip that hitches up tilts
/// both thighs against the hip line, and moves one knee.
fn other_knee_moves(inside: &[FramePosture], side: Side, scratch: &mut Scratch) -> bool {
    let knee = |side: Side| {
        move |s: &FramePosture| {
            add(add(s.hips, scale(s.hip_line, 0.5 * side.sign())), s.thigh_line(side))
        }
    };
    let [own, other] = [side, side.other()].map(|side| travel(inside, knee(side), scratch));
    other > REST_AGAINST_LIFT * own
}

/// Rise of the trunk where the repetition begins or ends, against the thigh, or against the width of the
/// shoulders where that is larger: an estimator that sees a body on all fours from behind draws its thighs half
/// as long, and takes them for whole legs.
fn trunk_at_ends(postures: &[FramePosture], rep: &Rep) -> f64 {
    let ends = [rep.start, rep.end].into_iter().filter_map(|i| postures.get(i));
    let shares = ends.map(|s| {
        let [left, right] = s.thighs;
        s.rise / left.max(right).max(s.shoulders)
    });
    shares.fold(f64::NAN, f64::max)
}

/// Distance that a place moves from its middle.
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
