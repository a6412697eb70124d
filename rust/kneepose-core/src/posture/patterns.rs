//! Distinguishes sit-to-stands, split squats and step-downs from other movements by conditions on
//! the body at the turning point and at rest. Each condition is fulfilled to a degree between 0 and
//! 1. The smallest degree is the probability.

use super::context::PostureContext;
use super::frame_posture::{FramePosture, height_above_other, side_index};
use super::seat::{BEHIND, GONE_BACK, weight_behind};
use crate::exercise::Pattern;
use crate::math::at;
use crate::math::vector::{Vec3, cross, dot, norm, reject, sub, unit};
use crate::reps::Rep;
use crate::skeleton::Side;
use crate::space::Up;
use crate::stats::quantile::{Scratch, quantile_in, thinned};

/// Time before and after a repetition from which rest is estimated (`REST_S`), and time around the
/// turning point (`TURN_S`), seconds.
/// Source: chosen: averages jitter within the shortest rests and holds; measured by
/// docs/evidence/exercises.md.
const REST_S: f64 = 0.3;
const TURN_S: f64 = 0.15;
/// Time before and after a repetition in which a seat is looked for, seconds. It is longer than
/// rest, because people lean forward before they rise.
/// Source: chosen: longer than the forward lean before a person leaves the seat; measured by
/// docs/evidence/exercises.md.
const SEAT_S: f64 = 0.8;
/// Maximum displacement of the hips from their resting height at which the body may still be on a
/// seat, as a share of their rise.
/// Source: chosen: a seat is compressed by less than this; measured by docs/evidence/exercises.md.
const SEATED_SHARE: f64 = 0.15;
/// Minimum share of the frames on a seat in which the knees must show the forward direction.
/// Source: chosen: most of the frames on the seat; measured by docs/evidence/exercises.md.
const FRONT_SHARE: f64 = 0.8;

/// Quantities that the conditions test. Lengths are in leg lengths, angles in degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Cue {
    /// Absolute change of the hip height between rest and the turning point.
    HipsMove,
    /// Distance of the center of mass behind the feet while sitting, divided by the minimum that
    /// indicates a seat.
    WeightOnSeat,
    /// Height of the knee above the other one, or its increase since rest, whichever is larger.
    KneeOverOther,
    /// Height of the hip above the knee; `OtherThighUpright` is that of the other leg.
    ThighUpright,
    OtherThighUpright,
    /// Height of the other ankle above the ankle of the leg under analysis, at the turning point.
    OtherFootOver,
    /// Height of the other ankle above the ankle of the leg under analysis; the larger of the
    /// values at rest and at the turning point.
    OtherFootFree,
    /// Decrease of the height of the other ankle since rest.
    OtherFootSinks,
    /// Increase of the other knee's flexion since rest.
    OtherKneeBends,
    /// Distance between the feet along the hip line; `FeetInLine` is the distance at right angles
    /// to it.
    FeetAside,
    FeetInLine,
    /// Median displacement of the foot under analysis since rest.
    FootMoves,
    /// Increase of the knee's flexion since rest.
    KneeBends,
    /// Inclination of the trunk at the turning point.
    TrunkLeans,
    /// Height of the hips above the lower foot in standing: at the start, or at the turning point
    /// of a rise.
    Stands,
    /// Height difference between the knees while sitting.
    KneesDiffer,
}

/// A condition on a cue: not fulfilled at `from`, completely fulfilled at `to`, linear in between.
#[derive(Debug, Clone, Copy)]
struct Condition {
    cue: Cue,
    from: f64,
    to: f64,
}

const fn when(cue: Cue, from: f64, to: f64) -> Condition {
    Condition { cue, from, to }
}

/// Conditions of a sit-to-stand. All rows must be fulfilled. Within a row of several conditions,
/// one is enough.
/// Source: chosen: between the values of the exercise and those of other movements; measured by
/// docs/evidence/exercises.md.
const SIT_TO_STAND: &[&[Condition]] = &[
    &[when(Cue::HipsMove, 0.14, 0.24)],
    &[when(Cue::WeightOnSeat, 0.5, 1.5)],
    &[when(Cue::Stands, 0.6, 0.8)],
    &[when(Cue::KneesDiffer, 0.35, 0.25)],
    &[when(Cue::FootMoves, 0.35, 0.2)],
];
/// Conditions of a split squat, in which the leg under analysis is in front.
/// Source: chosen: the same reason as for [`SIT_TO_STAND`]; measured by docs/evidence/exercises.md.
const SPLIT: &[&[Condition]] = &[
    &[when(Cue::HipsMove, 0.06, 0.14)],
    &[when(Cue::OtherThighUpright, 0.28, 0.38)],
    &[when(Cue::Stands, 0.6, 0.8)],
    &[when(Cue::TrunkLeans, 65.0, 50.0)],
    &[when(Cue::FeetAside, 1.1, 0.9)],
    &[when(Cue::FeetInLine, 0.12, 0.28)],
    // Excludes single-leg squats: a free foot is in the air, and the flexion of its knee does not
    // change.
    &[when(Cue::OtherKneeBends, 15.0, 35.0), when(Cue::OtherFootFree, 0.25, 0.15)],
    // Excludes step-downs: the lowered foot is below the other one, the foot on the step does not
    // move, and the hips descend less than in a split squat.
    &[
        when(Cue::OtherFootOver, -0.14, -0.06),
        when(Cue::HipsMove, 0.24, 0.3),
        when(Cue::FootMoves, 0.25, 0.4),
    ],
];
/// Conditions of a step-down.
/// Source: chosen: the same reason as for [`SIT_TO_STAND`]; measured by docs/evidence/exercises.md.
const STEP_DOWN: &[&[Condition]] = &[
    &[when(Cue::HipsMove, 0.05, 0.09)],
    &[when(Cue::HipsMove, 0.34, 0.27)],
    &[when(Cue::ThighUpright, 0.2, 0.3)],
    &[when(Cue::ThighUpright, 0.49, 0.46)],
    &[when(Cue::OtherThighUpright, 0.36, 0.44)],
    &[when(Cue::Stands, 0.6, 0.8)],
    &[when(Cue::TrunkLeans, 65.0, 50.0)],
    &[when(Cue::OtherFootSinks, 0.04, 0.1)],
    &[when(Cue::OtherFootOver, -0.02, -0.08)],
    &[when(Cue::FootMoves, 0.25, 0.12)],
    &[when(Cue::KneeBends, 10.0, 25.0)],
];
/// Conditions that identify the front leg of a split squat: its knee is the higher one, and its
/// thigh inclines.
/// Source: chosen: the same reason as for [`SIT_TO_STAND`]; measured by docs/evidence/exercises.md.
const FRONT_LEG: &[&[Condition]] =
    &[&[when(Cue::KneeOverOther, 0.08, 0.18)], &[when(Cue::ThighUpright, 0.46, 0.36)]];

/// Two probabilities: the movement has the pattern, and the leg under analysis has the role that
/// the exercise requires.
pub(super) fn pattern_holds(
    pattern: Pattern,
    postures: &[FramePosture],
    rep: &Rep,
    context: &PostureContext,
    scratch: &mut Scratch,
) -> [f64; 2] {
    let seen = Seen::of(postures, rep, context, scratch);
    let holds = |conditions: &[&[Condition]]| {
        conditions.iter().map(|row| seen.holds(row)).fold(1.0, f64::min)
    };
    match pattern {
        Pattern::SitToStand => [holds(SIT_TO_STAND), 1.0],
        Pattern::Split => {
            let moves = holds(SPLIT).min(seen.either_knee_over());
            [moves, holds(FRONT_LEG)]
        }
        Pattern::StepDown => [holds(STEP_DOWN), 1.0],
        Pattern::Squat => [f64::NAN; 2],
    }
}

/// Values of all cues in one repetition; NaN if a cue cannot be measured.
struct Seen {
    hips: f64,
    seat: f64,
    knee_over: [f64; 2],
    thighs: [f64; 2],
    other_foot: [f64; 2],
    other_bend: f64,
    aside: f64,
    in_line: f64,
    foot_moves: f64,
    bend: f64,
    lean: f64,
    stands: f64,
    knees_differ: f64,
}

impl Seen {
    fn of(
        postures: &[FramePosture],
        rep: &Rep,
        context: &PostureContext,
        scratch: &mut Scratch,
    ) -> Self {
        let count = |seconds: f64| (seconds * context.fs).round().max(1.0) as usize;
        let part = |first: usize, last: usize| {
            postures.get(first..(last + 1).min(postures.len())).unwrap_or_default()
        };
        let ends = |seconds: f64| {
            let before = part(rep.start.saturating_sub(count(seconds)), rep.start);
            [before, part(rep.end, rep.end + count(seconds))]
        };
        let turn = part(rep.bottom.saturating_sub(count(TURN_S)), rep.bottom + count(TURN_S));
        let up = context.up.vector();
        let (side, other) = (context.side, context.side.other());
        let whole = part(rep.start, rep.end);
        let leg = over(whole, 0.8, &FramePosture::mean_leg, scratch);
        let mut at_rest = |value: &dyn Fn(&FramePosture) -> f64| {
            quantile_in(ends(REST_S).into_iter().flatten().map(value), 0.5, scratch)
        };
        let hip = |s: &FramePosture| context.seen(s).hip_height(up);
        let foot = |s: &FramePosture| height_above_other(s, other, up);
        let knee = |s: &FramePosture| knee_above_other(s, side, up);
        let rest = [
            at_rest(&hip),
            at_rest(&foot),
            at_rest(&knee),
            at_rest(&|s| bend(s, side)),
            at_rest(&|s| bend(s, other)),
        ];
        let place = |foot: Side, d: usize| {
            move |s: &FramePosture| s.ankle(foot).get(d).copied().unwrap_or(f64::NAN)
        };
        let places = Side::BOTH.map(|foot| [0, 1, 2].map(|d| at_rest(&place(foot, d))));
        let mut at_turn = |value: &dyn Fn(&FramePosture) -> f64| over(turn, 0.5, value, scratch);
        let pinned = 2 * turn.iter().filter(|s| s.has_pinned_hips()).count() > turn.len();
        let is_image = context.up == Up::Image;
        let from_side = is_image && context.view.is_some_and(|view| !view.is_frontal());
        let from_front = is_image && !from_side;
        let low = [
            at_turn(&hip),
            at_turn(&foot),
            at_turn(&knee),
            at_turn(&|s| bend(s, side)),
            at_turn(&|s| bend(s, other)),
        ];
        let [hips, foot_change, knee_change, bends, other_bends] =
            [0, 1, 2, 3, 4].map(|i: usize| at(&low, i) - at(&rest, i));
        let mut thigh = |side: Side| {
            let rise =
                |s: &FramePosture| s.thigh_rises.get(side_index(side)).copied().unwrap_or(f64::NAN);
            at_turn(&rise) / leg
        };
        let thighs = [thigh(side), thigh(other)];
        let apart = |s: &FramePosture| {
            let between = sub(s.ankle(Side::Right), s.ankle(Side::Left));
            let level = reject(between, up);
            let across = unit(reject(s.hip_line, up));
            (dot(level, across).abs(), norm(cross(level, across)))
        };
        // An image from the front shows the sideways distance of the feet, one from the side their
        // distance in line.
        let aside = at_turn(&|s| apart(s).0) / leg;
        let in_line = at_turn(&|s| apart(s).1) / leg;
        let level = |s: &FramePosture| norm(reject(sub(s.ankle(side), s.ankle(other)), up));
        let apart_in_image = at_turn(&level) / leg;
        let moves = |foot: Side, scratch: &mut Scratch| {
            let from = places.get(side_index(foot)).copied().unwrap_or([f64::NAN; 3]);
            over(whole, 0.5, &|s| norm(sub(s.ankle(foot), from)), scratch) / leg
        };
        let mut foot_moves = moves(side, scratch);
        if context.two_legs {
            foot_moves = foot_moves.max(moves(other, scratch));
        }
        let high: &[FramePosture] = if context.rises() { turn } else { part(rep.start, rep.start) };
        let stands = over(high, 0.5, &FramePosture::hips_over_feet, scratch) / leg;
        let rise = over(turn, 0.5, &|s| s.rise, scratch);
        let trunk = over(whole, 0.8, &|s| s.trunk, scratch);
        let lean = libm::acos((rise / trunk).clamp(-1.0, 1.0)).to_degrees();
        // From straight in front the knees do not show the forward direction, and sitting cannot be
        // recognized. Frames in which noise suggests a direction must not decide.
        let seated = |s: &FramePosture| (hip(s) - at(&rest, 0)).abs() < SEATED_SHARE * hips.abs();
        let on_seat = || ends(SEAT_S).into_iter().flatten().filter(|s| seated(s));
        let shown = on_seat().filter(|s| s.front.iter().all(|v| v.is_finite())).count();
        let is_shown = shown as f64 >= FRONT_SHARE * on_seat().count() as f64;
        let behind = weight_behind(ends(SEAT_S), &seated, [turn, &[]], scratch);
        let behind = behind.filter(|_| is_shown);
        let unseen = if is_image { f64::NAN } else { 0.0 };
        let seat = behind.map_or(unseen, |[back, gone]| (back / BEHIND).min(gone / GONE_BACK));
        Self {
            hips: hips.abs() / leg,
            seat,
            knee_over: [low[2] / leg, knee_change / leg],
            thighs,
            other_foot: [low[1] / leg, -foot_change / leg],
            other_bend: other_bends,
            aside: match (is_image, from_side) {
                (true, true) => f64::NAN,
                (true, false) => apart_in_image,
                _ => aside,
            },
            in_line: match (is_image, from_side) {
                (true, true) => apart_in_image,
                (true, false) => f64::NAN,
                _ => in_line,
            },
            foot_moves: if pinned { f64::NAN } else { foot_moves },
            bend: if from_front { f64::NAN } else { bends },
            lean,
            stands,
            knees_differ: (rest[2] / leg).abs(),
        }
    }

    fn value(&self, cue: Cue) -> f64 {
        let [knee, knee_change] = self.knee_over;
        let [foot, foot_sinks] = self.other_foot;
        match cue {
            Cue::HipsMove => self.hips,
            Cue::WeightOnSeat => self.seat,
            Cue::KneeOverOther => knee.max(knee_change),
            Cue::ThighUpright => self.thighs[0],
            Cue::OtherThighUpright => self.thighs[1],
            Cue::OtherFootOver => foot,
            Cue::OtherFootFree => foot.max(foot + foot_sinks),
            Cue::OtherFootSinks => foot_sinks,
            Cue::OtherKneeBends => self.other_bend,
            Cue::FeetAside => self.aside,
            Cue::FeetInLine => self.in_line,
            Cue::FootMoves => self.foot_moves,
            Cue::KneeBends => self.bend,
            Cue::TrunkLeans => self.lean,
            Cue::Stands => self.stands,
            Cue::KneesDiffer => self.knees_differ,
        }
    }

    /// Degree to which the best of several alternative conditions is fulfilled; 1 if none can be
    /// measured.
    fn holds(&self, alternatives: &[Condition]) -> f64 {
        let shares = alternatives.iter().map(|condition| {
            let along = self.value(condition.cue) - condition.from;
            (along / (condition.to - condition.from)).clamp(0.0, 1.0)
        });
        let best = shares.filter(|share| share.is_finite()).fold(f64::NAN, f64::max);
        if best.is_nan() { 1.0 } else { best }
    }

    /// Degree to which either knee is above the other one.
    fn either_knee_over(&self) -> f64 {
        let [knee, change] = self.knee_over.map(f64::abs);
        let either = Self { knee_over: [knee, change], ..*self };
        FRONT_LEG.first().map_or(1.0, |row| either.holds(row))
    }
}

/// Quantile over the frames, from an evenly spaced sample.
fn over(
    frames: &[FramePosture],
    q: f64,
    value: &dyn Fn(&FramePosture) -> f64,
    scratch: &mut Scratch,
) -> f64 {
    quantile_in(thinned(frames).map(value), q, scratch)
}

/// Flexion of a knee, degrees; in an image, of its projection.
fn bend(posture: &FramePosture, side: Side) -> f64 {
    let cosine = posture.bend_cosines.get(side_index(side)).copied().unwrap_or(f64::NAN);
    libm::acos(cosine.clamp(-1.0, 1.0)).to_degrees()
}

/// Height of a knee above the other knee.
fn knee_above_other(posture: &FramePosture, side: Side, up: Vec3) -> f64 {
    let [left, right] = posture.thigh_rises;
    // The height difference of the hips is added, because the rise of each thigh is measured from
    // its own hip.
    let hips = dot(posture.hip_line, up);
    side.sign() * (left - right + hips)
}
