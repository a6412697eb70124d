//! Rejects repetitions of other movements (walking, jumping, bending over). A check whose keypoints are missing
//! passes. Thresholds are engineering defaults between simulated exercises and other movements.

use std::ops::RangeInclusive;

use super::context::{PostureContext, RepPosture, TOLERATED_SHARE};
use super::frame_posture::{FramePosture, height_above_other};
use crate::exercise::Posture;
use crate::math::vector::{Vec3, cross, dot, norm, reject, sub};
use crate::recording::View;
use crate::reps::{Rep, RepStatus};
use crate::skeleton::Side;
use crate::space::Up;
use crate::stats::quantile::{Scratch, quantile_in, thinned};

/// A foot that stands travels less than this share of the leg within a repetition; …
const MOST_TRAVEL: f64 = 0.15;
/// … two feet that stand travel less than that one against each other; …
const MOST_TRAVEL_APART: f64 = 0.1;
/// … how much of the travel counts: the farthest few frames may be outliers; …
const TRAVEL_QUANTILE: f64 = 0.9;
/// … and how long before and after a repetition a foot must stay as well, seconds.
const STAYS_S: f64 = 0.4;
/// Feet that rise together by this share of the leg have left the ground …
const JUMP_SHARE: f64 = 0.12;
/// … in this share of the frames …
const JUMP_QUANTILE: f64 = 0.95;
/// … from this long before a repetition to this long after it, seconds.
const JUMP_REACH_S: f64 = 0.6;
/// A repetition on the feet takes this long at least, from leaving rest to regaining it, seconds.
const LEAST_DURATION_S: f64 = 0.75;
/// The body is as tall, and as large in the image, after a repetition as before, up to this share.
const SAME_SIZE: f64 = 0.12;
/// The hip sinks at least this share of what a knee between two equally inclined segments explains …
const LEAST_SINKING: f64 = 0.4;
/// … and this share of the leg; …
const LEAST_SINKING_OF_LEG: f64 = 0.01;
/// … with the other foot on the ground that one: people shift their weight.
const SINKING_WITH_HELP: f64 = 0.05;
/// Quantiles of the hip height that stand for tall and low, …
const TALL_QUANTILE: f64 = 0.75;
const LOW_QUANTILE: f64 = 0.1;
/// … standing so long before and after a repetition starts and ends, seconds.
const STANDS_S: f64 = 0.3;
/// … of which this share must be seen.
const LEAST_SEEN: f64 = 0.5;
/// Who stands is so many trunks tall from ankle to hip.
const LEAST_TALL: f64 = 1.15;
/// Trunk, seen against the thigh: upright above the first, lying or on all fours below the second.
const UPRIGHT_TRUNK: f64 = 0.5;
const LYING_TRUNK: f64 = 0.8;
/// The other foot counts as on the ground below this share of the leg.
const DOWN_SHARE: f64 = 0.04;
/// Feet this share of the leg apart in height do not both stand.
const ALOFT_SHARE: f64 = 0.1;
/// Length of a leg, and of the trunk, is this quantile of what is seen of it.
const LENGTH_QUANTILE: f64 = 0.9;
/// Hips that sink less than this share of how far they come nearer to the ankle, …
const PINNED_SINKING: f64 = 0.35;
/// … and travel less than this share of the leg, are pinned to the origin by the estimator.
const PINNED_TRAVEL: f64 = 0.05;
/// Who turns by more than this between two moments does another movement, degrees; …
const TURNED_DEG: f64 = 50.0;
/// … in an image the hips then look wider or narrower by this share of their width, and of the trunk.
const TURNED_WIDTH: f64 = 0.5;
const TURNED_OF_TRUNK: f64 = 0.2;

/// Looks at one repetition. `postures` are the frames that its indices mean.
pub fn assess_rep(
    postures: &[FramePosture],
    rep: &Rep,
    context: &PostureContext,
    scratch: &mut Scratch,
) -> RepPosture {
    let (leg, trunk) = (f64::NAN, f64::NAN);
    let mut checks = RepChecks { postures, rep, context, leg, trunk, pinned: None, scratch };
    let inside = checks.rep_frames();
    // A leg that bends toward the camera looks shorter than it is.
    checks.leg = checks.quantile_over(inside, LENGTH_QUANTILE, FramePosture::leg);
    checks.trunk = checks.quantile_over(inside, LENGTH_QUANTILE, |s| s.trunk);
    let bottom = postures.get(rep.bottom_start..=rep.bottom_end).unwrap_or_default();
    let rise = checks.quantile_over(bottom, 0.5, |s| s.rise);
    let lean_deg = libm::acos((rise / checks.trunk).clamp(-1.0, 1.0)).to_degrees();
    let (up, other) = (context.up.vector(), context.side.other());
    let down = |s: &&FramePosture| height_above_other(s, other, up) < DOWN_SHARE * checks.leg;
    let other_foot_down = inside.iter().filter(down).count() as f64 / inside.len().max(1) as f64;
    let helped = !context.two_legs && other_foot_down > TOLERATED_SHARE;
    RepPosture { lean_deg, range: rep.range, other_foot_down, rejection: checks.rejection(helped) }
}

/// One repetition and what is known of the body in it.
struct RepChecks<'a> {
    postures: &'a [FramePosture],
    rep: &'a Rep,
    context: &'a PostureContext,
    leg: f64,
    trunk: f64,
    /// True if an estimator keeps the hips at the origin, once somebody has asked.
    pinned: Option<bool>,
    scratch: &'a mut Scratch,
}

impl<'a> RepChecks<'a> {
    fn rep_frames(&self) -> &'a [FramePosture] {
        self.postures.get(self.rep.start..=self.rep.end).unwrap_or_default()
    }

    /// Frames from so many seconds before one frame to so many after another.
    fn frames_around(
        &self,
        frames: RangeInclusive<usize>,
        before_s: f64,
        after_s: f64,
    ) -> &'a [FramePosture] {
        let first = frames.start().saturating_sub(self.frame_count(before_s));
        let last = (frames.end() + self.frame_count(after_s) + 1).min(self.postures.len());
        self.postures.get(first..last).unwrap_or_default()
    }

    fn frame_count(&self, seconds: f64) -> usize {
        (seconds * self.context.fs).round().max(0.0) as usize
    }

    fn quantile_over(
        &mut self,
        postures: &[FramePosture],
        q: f64,
        value: impl Fn(&FramePosture) -> f64,
    ) -> f64 {
        quantile_in(thinned(postures).map(value), q, self.scratch)
    }

    /// The legs that must stand. From the side the far foot is guessed.
    fn stance_legs(&self) -> &'static [Side] {
        match (self.context.two_legs, self.context.view, self.context.side) {
            (true, Some(View::Left), _) | (false, _, Side::Left) => &[Side::Left],
            (true, Some(View::Right), _) | (false, _, Side::Right) => &[Side::Right],
            (true, ..) => &Side::BOTH,
        }
    }

    fn rejection(&mut self, helped: bool) -> Option<RepStatus> {
        let other = Some(RepStatus::OtherMovement);
        let trunk = self.trunk_at_ends();
        let posture = self.context.posture;
        match posture {
            Posture::Any => None,
            Posture::Lying | Posture::AllFours if trunk > LYING_TRUNK => other,
            Posture::Lying if self.lies_on_working_leg() => Some(RepStatus::LostStance),
            Posture::Lying | Posture::AllFours => None,
            Posture::Standing if trunk < UPRIGHT_TRUNK => other,
            Posture::Standing => {
                let wrong = self.is_too_short()
                    || self.feet_travel()
                    || self.has_hanging_foot()
                    || self.jumps()
                    || self.turns_around()
                    || self.does_not_sink(helped);
                let on_the_other = !self.context.two_legs && self.stands_on_other_leg();
                match (wrong, on_the_other) {
                    (true, _) => other,
                    (false, true) => Some(RepStatus::LostStance),
                    (false, false) => None,
                }
            }
        }
    }

    /// Rise of the trunk where the repetition begins or ends, against the thigh.
    fn trunk_at_ends(&self) -> f64 {
        let ends = [self.rep.start, self.rep.end].into_iter().filter_map(|i| self.postures.get(i));
        let shares = ends.map(|s| {
            let [left, right] = s.thighs;
            s.rise / left.max(right)
        });
        shares.fold(f64::NAN, f64::max)
    }

    /// True if the hip of the leg that works is the lower one.
    fn lies_on_working_leg(&mut self) -> bool {
        let (up, sign) = (self.context.up.vector(), self.context.side.sign());
        let inside = self.rep_frames();
        self.quantile_over(inside, 0.5, |s| sign * dot(s.hip_line, up)) < 0.0
    }

    /// True if the foot that should stand is the higher one.
    fn stands_on_other_leg(&mut self) -> bool {
        let (inside, up, side) = (self.rep_frames(), self.context.up.vector(), self.context.side);
        self.quantile_over(inside, 0.5, |s| height_above_other(s, side, up))
            > DOWN_SHARE.max(self.context.apart_share()) * self.leg
    }

    /// True if the recording goes on after the repetition; else its last moment is no rest.
    fn has_frames_after(&self) -> bool {
        self.rep.end + 1 < self.postures.len()
    }

    fn is_too_short(&self) -> bool {
        self.has_frames_after()
            && ((self.rep.end - self.rep.start) as f64) < LEAST_DURATION_S * self.context.fs
    }

    fn travel(&mut self, postures: &[FramePosture], place: impl Fn(&FramePosture) -> Vec3) -> f64 {
        travel(postures, place, self.scratch)
    }

    /// True if an estimator keeps the hips at the origin, so that nothing shows travel.
    fn has_pinned_hips(&mut self) -> bool {
        let pinned = self.pinned.unwrap_or_else(|| self.detect_pinned_hips());
        self.pinned = Some(pinned);
        pinned
    }

    fn detect_pinned_hips(&mut self) -> bool {
        let (inside, up) = (self.rep_frames(), self.context.up.vector());
        let mut spread = |value: &dyn Fn(&FramePosture) -> f64| {
            let [low, high] = [0.05, 0.95].map(|q| self.quantile_over(inside, q, value));
            high - low
        };
        let sinks = spread(&|s| dot(s.hips, up));
        let nearer = Side::BOTH.map(|side| spread(&|s| s.height(side)));
        sinks < PINNED_SINKING * nearer[0].max(nearer[1])
            && self.travel(inside, |s| s.hips) < PINNED_TRAVEL * self.leg
    }

    /// True if a foot that should stand moves. People step up to a squat and away from it, but who walks
    /// does both. With pinned hips only the feet against each other show.
    fn feet_travel(&mut self) -> bool {
        let (start, end) = (self.rep.start, self.rep.end);
        let reach = self.frame_count(STAYS_S);
        let (postures, legs, two_legs) = (self.postures, self.stance_legs(), self.context.two_legs);
        let part = |frames: RangeInclusive<usize>| postures.get(frames).unwrap_or_default();
        let (begin, close) =
            (start.saturating_sub(reach), (end + reach).min(postures.len().saturating_sub(1)));
        let (most, most_apart) = (MOST_TRAVEL * self.leg, MOST_TRAVEL_APART * self.leg);
        let apart = |s: &FramePosture| sub(s.ankle(Side::Right), s.ankle(Side::Left));
        // Who stays within so small a box goes nowhere, whatever is looked at.
        let whole = part(begin..=close);
        let may_part = two_legs && diagonal(whole, apart) > most_apart;
        let may_walk = |side: &Side| diagonal(whole, |s| s.ankle(*side)) > most;
        if !may_part && !legs.iter().any(may_walk) {
            return false;
        }
        let pinned = self.has_pinned_hips();
        let both = two_legs && (legs.len() > 1 || pinned);
        let mut far = |postures: &[FramePosture]| {
            both && self.travel(postures, apart) > if pinned { most } else { most_apart }
                || !pinned
                    && legs.iter().any(|side| self.travel(postures, |s| s.ankle(*side)) > most)
        };
        far(part(start..=end)) || far(part(begin..=end)) && far(part(start..=close))
    }

    /// True if one of two feet that should stand is in the air most of the time.
    fn has_hanging_foot(&self) -> bool {
        let share = ALOFT_SHARE.max(self.context.apart_share());
        let (up, inside) = (self.context.up.vector(), self.rep_frames());
        let aloft =
            |s: &&FramePosture| height_above_other(s, Side::Left, up).abs() > share * self.leg;
        self.context.two_legs && 2 * inside.iter().filter(aloft).count() > inside.len()
    }

    /// True if all feet that should stand leave the ground together; of pinned hips nobody knows.
    fn jumps(&mut self) -> bool {
        let around = self.frames_around(self.rep.start..=self.rep.end, JUMP_REACH_S, JUMP_REACH_S);
        let (up, legs) = (self.context.up.vector(), self.stance_legs());
        let height = |s: &FramePosture, side: Side| dot(s.ankle(side), up);
        let least = JUMP_SHARE * self.leg;
        let stays = |side: &Side| diagonal(around, |s| [height(s, *side), 0.0, 0.0]) <= least;
        if legs.iter().any(stays) || self.has_pinned_hips() {
            return false;
        }
        let floors = Side::BOTH.map(|side| self.quantile_over(around, 0.5, |s| height(s, side)));
        let floor = |side: Side| if side == Side::Left { floors[0] } else { floors[1] };
        let rise = |s: &FramePosture| {
            legs.iter().map(|side| height(s, *side) - floor(*side)).fold(f64::NAN, f64::min)
        };
        // Its few frames in the air are all looked at.
        quantile_in(around.iter().map(rise), JUMP_QUANTILE, self.scratch) > least
    }

    /// True if the person turns. An image shows how wide the hips look, which from the side says little.
    fn turns_around(&mut self) -> bool {
        let around = self.frames_around(self.rep.start..=self.rep.end, STAYS_S, STAYS_S);
        if self.context.up == Up::Image {
            if !self.context.view.is_some_and(View::is_frontal) {
                return false;
            }
            let [low, high] = [0.1, 0.9].map(|q| self.quantile_over(around, q, |s| s.hip_line[0]));
            let width = TURNED_WIDTH * low.abs().max(high.abs());
            return high - low > width.max(TURNED_OF_TRUNK * self.trunk);
        }
        let up = self.context.up.vector();
        let Some(first) = around.iter().map(|s| s.hip_line).find(|line| norm(*line) > 0.0) else {
            return false;
        };
        let (ahead, across) = (reject(first, up), cross(up, first));
        let turned = |s: &FramePosture| [dot(s.hip_line, across), dot(s.hip_line, ahead)];
        // Who stays within a quarter of a right angle does not turn by half of one.
        let [most, straight] = [TURNED_DEG, 0.45 * TURNED_DEG].map(f64::to_radians);
        let least = libm::tan(straight);
        if thinned(around).map(turned).all(|[sine, cosine]| sine.abs() < least * cosine) {
            return false;
        }
        let angle = |s: &FramePosture| {
            let [sine, cosine] = turned(s);
            libm::atan2(sine, cosine)
        };
        let [low, high] = [0.1, 0.9].map(|q| self.quantile_over(around, q, angle));
        high - low > most
    }

    /// True if the hip sinks less than the knee bends, or the body is not tall, or not of one size, at both
    /// ends. Who gets up from a chair does not sink.
    fn does_not_sink(&mut self, helped: bool) -> bool {
        let inside = self.rep_frames();
        let (start, end) = (self.rep.start, self.rep.end);
        let ends = [start, end].map(|i| self.frames_around(i..=i, STANDS_S, STANDS_S));
        let outside = [
            self.frames_around(start..=start, STANDS_S, 0.0),
            self.frames_around(end..=end, 0.0, STANDS_S),
        ];
        let (mut sunk, mut tall, mut change) = (f64::NAN, f64::NAN, f64::NAN);
        for &side in self.stance_legs() {
            let unseen = |postures: &[FramePosture]| {
                let seen = postures.iter().filter(|s| s.height(side).is_finite()).count();
                (seen as f64) < LEAST_SEEN * postures.len() as f64
            };
            // With the moments of rest hidden, what is left shows the body on its way.
            let hidden = outside.map(unseen);
            let [before, after] =
                ends.map(|end| self.quantile_over(end, TALL_QUANTILE, |s| s.height(side)));
            let (before, after) = match hidden {
                [true, false] => (after, after),
                [false, true] => (before, before),
                _ => (before, after),
            };
            // Nobody knows yet how tall a body gets that is still on its way up.
            let last = self.postures.last().map_or(f64::NAN, |s| s.height(side));
            let after = match (
                self.has_frames_after(),
                end + self.frame_count(STANDS_S) + 1 < self.postures.len(),
            ) {
                (false, _) => before,
                (true, false) => after.max(last),
                (true, true) => after,
            };
            let low = self.quantile_over(inside, LOW_QUANTILE, |s| s.height(side));
            let (shorter, longer) = (before.min(after), before.max(after));
            sunk = f64::max(sunk, (shorter - low) / longer);
            tall = f64::max(tall, shorter);
            change = f64::min(change, (longer - shorter) / longer);
        }
        let explained = if self.context.signal_is_knee {
            LEAST_SINKING * (1.0 - libm::cos(0.5 * self.rep.range.to_radians()))
        } else {
            0.0
        };
        let least = if helped { SINKING_WITH_HELP } else { LEAST_SINKING_OF_LEG };
        sunk < explained.max(least) || tall < LEAST_TALL * self.trunk || change > SAME_SIZE
    }
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

/// Across the smallest box in which a place stays.
fn diagonal(postures: &[FramePosture], place: impl Fn(&FramePosture) -> Vec3) -> f64 {
    let (mut low, mut high) = ([f64::INFINITY; 3], [f64::NEG_INFINITY; 3]);
    for posture in postures {
        for ((low, high), value) in low.iter_mut().zip(&mut high).zip(place(posture)) {
            (*low, *high) = (low.min(value), high.max(value));
        }
    }
    norm(sub(high, low))
}
