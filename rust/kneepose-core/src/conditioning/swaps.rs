//! Left and right legs that change places for a few frames, and back.

use std::ops::Range;

use super::keypoint_frame::{KeypointFrame, landmark, squared_distance};
use super::working_copy::WorkingCopy;
use crate::interrupt::check_at;
use crate::math::{at, rounding};
use crate::memory::{filled, gathered};
use crate::skeleton::{Side, Skeleton};
use crate::stats::quantile::median;

/// Landmarks that change places together.
const LEG: [&str; 6] = ["hip", "knee", "ankle", "heel", "big_toe", "small_toe"];
/// An exchange must cost less than this share of leaving the sides as they are.
/// Source: science.md 8.
const COST_RATIO: f64 = 0.5;
/// The cost as is must exceed the usual squared deviation from the prediction by this factor: two legs
/// that coincide in a side view do not change places.
/// Source: chosen: three usual deviations, squared; no test shows its effect.
const STANDS_OUT: f64 = 9.0;
/// A prediction uses a point that was seen at most this long ago, seconds.
/// Source: chosen: the longest gap that is filled (science.md 8); held by test
/// tests/recording/test_conditioning.py.
const LONGEST_MEMORY_S: f64 = 0.2;
/// A velocity is extrapolated for at most this long, seconds, since its noise grows with time.
/// Source: chosen: half of that; no test shows its effect.
const LONGEST_CARRY_S: f64 = 0.1;
/// Longer exchanges are not repaired, seconds: it cannot be told which leg is which.
/// Source: science.md 8.
const LONGEST_REPAIR_S: f64 = 0.5;
/// Fewer joints do not make a leg.
/// Source: chosen: one joint that leaps is an outlier; no test shows its effect.
const LEAST_PAIRS: usize = 2;
/// An exchange moves at least two points; a single one is an outlier.
/// Source: derived: an exchange needs a point of either leg.
const LEAST_POINTS: usize = 2;
/// Share by which a stream's usual cost follows each frame.
/// Source: chosen: the last 20 frames or so; measured by docs/evidence/repetitions.md.
const FOLLOWS: f64 = 0.05;

/// Exchanges of a recording.
#[derive(Debug, Default)]
pub(super) struct Swaps {
    /// Frames that were exchanged back.
    pub repaired: Vec<bool>,
    /// Ranges of frames that seem exchanged and were left as they are.
    pub left: Vec<Range<usize>>,
    /// Keypoints that change places.
    pub pairs: Vec<(usize, usize)>,
}

/// Exchanges the legs back where they changed places for up to half a second.
pub(super) fn repair(copy: &mut WorkingCopy, skeleton: &Skeleton, times: &[f64]) -> Swaps {
    let tracks = LegTracks::new(skeleton);
    let pairs = tracks.pairs.clone();
    let mut found = Swaps { repaired: filled(false, copy.frames), left: Vec::new(), pairs };
    if found.pairs.len() < LEAST_PAIRS {
        return found;
    }
    let exchanged = find_swapped_frames(copy, &tracks, times);
    for run in runs(&exchanged) {
        // A run lasts until the first frame that is not part of it.
        let lasts = at(times, run.end.min(copy.frames - 1)) - at(times, run.start);
        if lasts > LONGEST_REPAIR_S + rounding(at(times, run.start)) {
            found.left.push(run);
            continue;
        }
        for frame in run {
            for &(left, right) in &found.pairs {
                copy.exchange(frame, left, right);
            }
            if let Some(repaired) = found.repaired.get_mut(frame) {
                *repaired = true;
            }
        }
    }
    found
}

/// Marks the frames whose sides are exchanged, compared with the majority.
fn find_swapped_frames(copy: &WorkingCopy, unseen: &LegTracks, times: &[f64]) -> Vec<bool> {
    let mut exchanged = filled(false, copy.frames);
    let costs = costs_as_is(copy, unseen, times);
    // The few exchanged frames do not move the median.
    let usual = median(&costs);
    // Up to the first exchange both ways of following are the same.
    if !costs.iter().any(|cost| *cost > STANDS_OUT * usual) {
        return exchanged;
    }
    let mut tracks = unseen.clone();
    for (t, label) in exchanged.iter_mut().enumerate() {
        check_at(t);
        let (frame, now) = (copy.frame(t), at(times, t));
        *label = tracks.cost(&frame, now).favors_swap(usual);
        tracks.follow(&frame, now, *label);
    }
    if 2 * exchanged.iter().filter(|label| **label).count() > exchanged.len() {
        exchanged.iter_mut().for_each(|label| *label = !*label);
    }
    exchanged
}

/// Costs of each frame if the legs never changed places.
fn costs_as_is(copy: &WorkingCopy, unseen: &LegTracks, times: &[f64]) -> Vec<f64> {
    let mut tracks = unseen.clone();
    gathered((0..copy.frames).map(|t| {
        check_at(t);
        tracks.cost_and_follow(&copy.frame(t), at(times, t))
    }))
}

fn runs(labels: &[bool]) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for (frame, _) in labels.iter().enumerate().filter(|(_, label)| **label) {
        match runs.last_mut() {
            Some(last) if last.end == frame => last.end = frame + 1,
            _ => runs.push(frame..frame + 1),
        }
    }
    runs
}

/// The same from the past alone: the usual cost follows the frames, and an exchange that lasts too long
/// is taken as the true sides from then on.
#[derive(Debug, Clone)]
pub(super) struct CausalSwaps {
    tracks: LegTracks,
    usual_cost: f64,
    exchanged_since: f64,
}

impl CausalSwaps {
    pub fn new(skeleton: &Skeleton) -> Self {
        Self { tracks: LegTracks::new(skeleton), usual_cost: f64::NAN, exchanged_since: f64::NAN }
    }

    pub fn reset(&mut self) {
        self.tracks.forget();
        (self.usual_cost, self.exchanged_since) = (f64::NAN, f64::NAN);
    }

    /// Keypoints that change places.
    pub fn pairs(&self) -> &[(usize, usize)] {
        &self.tracks.pairs
    }

    /// True where the legs of a frame are to be exchanged back.
    pub fn push(&mut self, frame: &KeypointFrame<'_>, time: f64) -> bool {
        let mut exchanged = self.favors_swap(frame, time);
        if !exchanged {
            self.exchanged_since = f64::NAN;
        } else if self.exchanged_since.is_nan() {
            self.exchanged_since = time;
        }
        if time - self.exchanged_since > LONGEST_REPAIR_S {
            self.tracks.forget();
            self.exchanged_since = f64::NAN;
            exchanged = false;
        }
        self.tracks.follow(frame, time, exchanged);
        exchanged
    }

    fn favors_swap(&mut self, frame: &KeypointFrame<'_>, time: f64) -> bool {
        if self.tracks.pairs.len() < LEAST_PAIRS {
            return false;
        }
        let as_is = self.tracks.cost_as_is(frame, time);
        if as_is.is_nan() {
            return false;
        }
        if self.usual_cost.is_nan() {
            self.usual_cost = as_is;
            return false;
        }
        // In most frames the sides as they are fit, and the other way need not be tried.
        let exchanged = as_is > STANDS_OUT * self.usual_cost
            && self.tracks.cost(frame, time).favors_swap(self.usual_cost);
        if !exchanged {
            let bounded = as_is.min(STANDS_OUT * self.usual_cost);
            self.usual_cost += FOLLOWS * (bounded - self.usual_cost);
        }
        exchanged
    }
}

/// Mean squared distance from the prediction; NaN where there is none.
struct Cost {
    as_is: f64,
    swapped: f64,
    /// Points that are much nearer to the prediction of the other side.
    votes: usize,
}

impl Cost {
    /// True where the legs changed places, if the sides as they are mostly cost `usual`.
    fn favors_swap(&self, usual: f64) -> bool {
        self.swapped < COST_RATIO * self.as_is
            && self.as_is > STANDS_OUT * usual
            && self.votes >= LEAST_POINTS
    }
}

/// Last position and velocity of a keypoint; NaN where unknown.
#[derive(Debug, Clone, Copy)]
struct Track {
    position: [f64; 3],
    velocity: [f64; 3],
    seen: f64,
}

const UNSEEN: Track = Track { position: [f64::NAN; 3], velocity: [f64::NAN; 3], seen: f64::NAN };

impl Track {
    /// Predicted position; `None` where it is not known.
    fn predict(&self, now: f64) -> Option<[f64; 3]> {
        let age = now - self.seen;
        // The components of a velocity are unknown together.
        if age.is_nan() || age > LONGEST_MEMORY_S || self.velocity[0].is_nan() {
            return None;
        }
        let carry = age.min(LONGEST_CARRY_S);
        let mut predicted = self.position;
        for (p, v) in predicted.iter_mut().zip(self.velocity) {
            *p += v * carry;
        }
        Some(predicted)
    }

    fn follow(&mut self, position: [f64; 3], now: f64) {
        let age = now - self.seen;
        let mut velocity = [f64::NAN; 3];
        if age <= LONGEST_MEMORY_S {
            for ((v, here), before) in velocity.iter_mut().zip(position).zip(self.position) {
                *v = (here - before) / age;
            }
        }
        *self = Self { position, velocity, seen: now };
    }
}

/// Weight of a point. Some estimators hand out scores above 1.
fn weight(frame: &KeypointFrame<'_>, keypoint: usize) -> f64 {
    at(frame.confidence, keypoint).min(1.0).powi(2)
}

/// The keypoints of both legs, followed at constant velocity.
#[derive(Debug, Clone)]
struct LegTracks {
    pairs: Vec<(usize, usize)>,
    tracks: Vec<[Track; 2]>,
}

impl LegTracks {
    fn new(skeleton: &Skeleton) -> Self {
        let index = |side, joint| landmark(skeleton, side, joint);
        let pairs: Vec<(usize, usize)> = gathered(
            LEG.iter()
                .filter_map(|joint| index(Side::Left, joint).zip(index(Side::Right, joint)))
                .filter(|(left, right)| left != right),
        );
        Self { tracks: vec![[UNSEEN; 2]; pairs.len()], pairs }
    }

    fn forget(&mut self) {
        self.tracks.fill([UNSEEN; 2]);
    }

    /// Costs of a frame.
    fn cost(&self, frame: &KeypointFrame<'_>, now: f64) -> Cost {
        let (mut as_is, mut swapped, mut weights, mut votes) = (0.0, 0.0, 0.0, 0);
        self.compare(frame, now, |weight, point, own, other| {
            let (own, other) = (squared_distance(point, own), squared_distance(point, other));
            as_is += weight * own;
            swapped += weight * other;
            weights += weight;
            votes += usize::from(other < COST_RATIO * own);
        });
        Cost { as_is: as_is / weights, swapped: swapped / weights, votes }
    }

    /// As [`LegTracks::cost`], only with the sides as they are.
    fn cost_as_is(&self, frame: &KeypointFrame<'_>, now: f64) -> f64 {
        let (mut as_is, mut weights) = (0.0, 0.0);
        self.compare(frame, now, |weight, point, own, _| {
            as_is += weight * squared_distance(point, own);
            weights += weight;
        });
        as_is / weights
    }

    /// Calls `take` with the weight of each point, its place, and the places predicted for its own and the
    /// other side. Only pairs with a prediction for both sides count, so that both choices are judged on the
    /// same points.
    #[inline(always)]
    fn compare(
        &self,
        frame: &KeypointFrame<'_>,
        now: f64,
        mut take: impl FnMut(f64, [f64; 3], [f64; 3], [f64; 3]),
    ) {
        for (&(left, right), [on_left, on_right]) in self.pairs.iter().zip(&self.tracks) {
            let (Some(to_left), Some(to_right)) = (on_left.predict(now), on_right.predict(now))
            else {
                continue;
            };
            for (keypoint, own, other) in [(left, to_left, to_right), (right, to_right, to_left)] {
                let Some(point) = frame.place(keypoint) else { continue };
                take(weight(frame, keypoint), point, own, other);
            }
        }
    }

    /// [`LegTracks::cost_as_is`], then [`LegTracks::follow`] with the sides as they are.
    fn cost_and_follow(&mut self, frame: &KeypointFrame<'_>, now: f64) -> f64 {
        let (mut as_is, mut weights) = (0.0, 0.0);
        for (&(left, right), tracks) in self.pairs.iter().zip(&mut self.tracks) {
            let predicted = tracks.each_ref().map(|track| track.predict(now));
            let counts = predicted.iter().all(Option::is_some);
            let each = [left, right].into_iter().zip(tracks).zip(predicted);
            for ((keypoint, track), predicted) in each {
                let Some(point) = frame.place(keypoint) else { continue };
                if let (true, Some(predicted)) = (counts, predicted) {
                    let weight = weight(frame, keypoint);
                    as_is += weight * squared_distance(point, predicted);
                    weights += weight;
                }
                track.follow(point, now);
            }
        }
        as_is / weights
    }

    fn follow(&mut self, frame: &KeypointFrame<'_>, now: f64, exchanged: bool) {
        for (&(left, right), [on_left, on_right]) in self.pairs.iter().zip(&mut self.tracks) {
            let (left, right) = if exchanged { (right, left) } else { (left, right) };
            for (keypoint, track) in [(left, on_left), (right, on_right)] {
                if let Some(place) = frame.place(keypoint) {
                    track.follow(place, now);
                }
            }
        }
    }
}
