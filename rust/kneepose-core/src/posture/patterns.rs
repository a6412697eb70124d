//! Tells sit-to-stands, split squats and step-downs from other movements: each is a list of conditions that the
//! body meets at the turning point and at rest. A condition holds by degrees; the least of them is the probability.

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

/// Rest is read off this long before and after a repetition, and the turning point this long to both sides of it,
/// seconds.
/// Source: chosen: averages jitter within the shortest rests and holds; measured by
/// docs/evidence/exercises.md.
const REST_S: f64 = 0.3;
const TURN_S: f64 = 0.15;
/// A seat is looked for this long before and after a repetition, seconds: who rises leans forward first.
/// Source: chosen: longer than the lean before the seat is left; measured by docs/evidence/exercises.md.
const SEAT_S: f64 = 0.8;
/// The body may be on a seat where the hips have moved by less than this share of their rise.
/// Source: chosen: a seat gives way by less; measured by docs/evidence/exercises.md.
const SEATED_SHARE: f64 = 0.15;
/// Share of the frames on the seat in which knees ahead of the line hip-ankle show the way to the front.
/// Source: chosen: most of them; measured by docs/evidence/exercises.md.
const FRONT_SHARE: f64 = 0.8;

/// Quantities that the conditions test; lengths in leg lengths, angles in degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Cue {
    /// Change of the height of the hips between rest and the turning point, without a sign.
    HipsMove,
    /// Distance of the weight behind the feet on the seat, against the least that tells a seat.
    WeightOnSeat,
    /// Height of the knee over the other one, and how far it came there from rest: the larger.
    KneeOverOther,
    /// Height of the hip over the knee, of the leg under analysis and of the other one.
    ThighUpright,
    OtherThighUpright,
    /// Height of the other ankle over the ankle of the leg under analysis.
    OtherFootOver,
    /// The larger of that height at rest and at the turning point.
    OtherFootFree,
    /// Fall of that height from rest.
    OtherFootSinks,
    /// Bend that the other knee gains.
    OtherKneeBends,
    /// Distance of the feet along the hips and, in space and from the side, across them.
    FeetAside,
    FeetInLine,
    /// Distance of the foot under analysis from its place at rest, median.
    FootMoves,
    /// Bend that the knee gains.
    KneeBends,
    /// Lean of the trunk at the turning point.
    TrunkLeans,
    /// Height of the hips over the lower foot where they are high: at rest, or at the end of a rise.
    Stands,
    /// Difference of the heights of the knees on the seat.
    KneesDiffer,
}

/// A condition: it does not hold at `from`, and holds from `to` on.
#[derive(Debug, Clone, Copy)]
struct Condition {
    cue: Cue,
    from: f64,
    to: f64,
}

const fn when(cue: Cue, from: f64, to: f64) -> Condition {
    Condition { cue, from, to }
}

/// Conditions that all have to hold; of the alternatives in one row, one.
/// Source: chosen: between what the exercise and other movements show; measured by
/// docs/evidence/exercises.md.
const SIT_TO_STAND: &[&[Condition]] = &[
    &[when(Cue::HipsMove, 0.14, 0.24)],
    &[when(Cue::WeightOnSeat, 0.5, 1.5)],
    &[when(Cue::Stands, 0.6, 0.8)],
    &[when(Cue::KneesDiffer, 0.35, 0.25)],
    &[when(Cue::FootMoves, 0.35, 0.2)],
];
/// The front leg is the one under analysis.
/// Source: chosen: as [`SIT_TO_STAND`]; measured by docs/evidence/exercises.md.
const SPLIT: &[&[Condition]] = &[
    &[when(Cue::HipsMove, 0.06, 0.14)],
    &[when(Cue::OtherThighUpright, 0.28, 0.38)],
    &[when(Cue::Stands, 0.6, 0.8)],
    &[when(Cue::TrunkLeans, 65.0, 50.0)],
    &[when(Cue::FeetAside, 1.1, 0.9)],
    &[when(Cue::FeetInLine, 0.12, 0.28)],
    // A free foot is in the air, and its knee keeps its bend.
    &[when(Cue::OtherKneeBends, 15.0, 35.0), when(Cue::OtherFootFree, 0.25, 0.15)],
    // A foot let down from a step hangs below the other one, and the step stays where it is; hips sink less than
    // in a split squat.
    &[
        when(Cue::OtherFootOver, -0.14, -0.06),
        when(Cue::HipsMove, 0.24, 0.3),
        when(Cue::FootMoves, 0.25, 0.4),
    ],
];
/// Source: chosen: as [`SIT_TO_STAND`]; measured by docs/evidence/exercises.md.
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
/// The knee that is higher is that of the front leg, and its thigh tips.
/// Source: chosen: as [`SIT_TO_STAND`]; measured by docs/evidence/exercises.md.
const FRONT_LEG: &[&[Condition]] =
    &[&[when(Cue::KneeOverOther, 0.08, 0.18)], &[when(Cue::ThighUpright, 0.46, 0.36)]];

/// Probabilities that a movement has a pattern, and that the leg under analysis does its part of it.
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

/// Values of the cues; NaN where not seen.
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
        // An image from the front shows the feet side by side, one from the side in line.
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
        // From straight in front the knees do not show the way to the front, and nobody can tell; a few frames
        // in which noise does are no answer.
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

    /// Share by which the best of some alternatives holds; 1 where none is seen.
    fn holds(&self, alternatives: &[Condition]) -> f64 {
        let shares = alternatives.iter().map(|condition| {
            let along = self.value(condition.cue) - condition.from;
            (along / (condition.to - condition.from)).clamp(0.0, 1.0)
        });
        let best = shares.filter(|share| share.is_finite()).fold(f64::NAN, f64::max);
        if best.is_nan() { 1.0 } else { best }
    }

    /// Share by which one knee is over the other, left or right.
    fn either_knee_over(&self) -> f64 {
        let [knee, change] = self.knee_over.map(f64::abs);
        let either = Self { knee_over: [knee, change], ..*self };
        FRONT_LEG.first().map_or(1.0, |row| either.holds(row))
    }
}

/// Quantile over frames, from an evenly spaced sample.
fn over(
    frames: &[FramePosture],
    q: f64,
    value: &dyn Fn(&FramePosture) -> f64,
    scratch: &mut Scratch,
) -> f64 {
    quantile_in(thinned(frames).map(value), q, scratch)
}

/// Bend of a knee, degrees; in an image as it looks.
fn bend(posture: &FramePosture, side: Side) -> f64 {
    let cosine = posture.bend_cosines.get(side_index(side)).copied().unwrap_or(f64::NAN);
    libm::acos(cosine.clamp(-1.0, 1.0)).to_degrees()
}

/// Height of a knee over the other one.
fn knee_above_other(posture: &FramePosture, side: Side, up: Vec3) -> f64 {
    let [left, right] = posture.thigh_rises;
    // Both knees hang from hips that a level pelvis holds at one height.
    let hips = dot(posture.hip_line, up);
    side.sign() * (left - right + hips)
}
