//! Detects and repairs left and right legs that the estimator swaps for a few frames.

use std::ops::Range;

use super::keypoint_frame::{KeypointFrame, landmark, squared_distance};
use super::working_copy::WorkingCopy;
use crate::interrupt::check_at;
use crate::math::{at, rounding};
use crate::memory::{filled, gathered};
use crate::skeleton::{Side, Skeleton};
use crate::stats::quantile::median;

/// Landmarks of a leg that are swapped together.
const LEG: [&str; 6] = ["hip", "knee", "ankle", "heel", "big_toe", "small_toe"];
/// Maximum ratio between the cost of swapped and of unswapped legs for a swap. The cost is the
/// squared distance of the points from their predicted positions.
/// Source: science.md 8.
const COST_RATIO: f64 = 0.5;
/// Minimum ratio between the cost of unswapped legs and its typical value for a swap. Without this
/// condition, legs that coincide in a side view would appear swapped.
/// Source: chosen: three typical deviations, squared; no test shows its effect.
const STANDS_OUT: f64 = 9.0;
/// Maximum age of the last point from which a position is predicted, seconds.
/// Source: chosen: the longest gap that is filled (science.md 8); held by test
/// tests/recording/test_conditioning.py.
const LONGEST_MEMORY_S: f64 = 0.2;
/// Maximum time over which a velocity is extrapolated, seconds, because its noise grows with time.
/// Source: chosen: half of the longest gap that is filled; no test shows its effect.
const LONGEST_CARRY_S: f64 = 0.1;
/// Maximum duration of a swap that is repaired, seconds. After a longer one it is unknown which leg
/// is which.
/// Source: science.md 8.
const LONGEST_REPAIR_S: f64 = 0.5;
/// Minimum number of joint pairs in a skeleton for the detection of swaps.
/// Source: chosen: a single joint that jumps is an outlier; no test shows its effect.
const LEAST_PAIRS: usize = 2;
/// Minimum number of points that must be closer to the prediction of the other side; a single one
/// is an outlier.
/// Source: derived: an exchange needs a point of either leg.
const LEAST_POINTS: usize = 2;
/// Maximum cost ratio for a joint pair that is judged differently from the rest of the leg. It is
/// lower than for whole legs, because one pair of points is less reliable.
/// Source: chosen: half of the distance, squared, because costs are squares; held by test
/// tests/recording/test_conditioning.py.
const PART_COST_RATIO: f64 = 0.25;
/// Weight of a new value in the running average of the costs of a stream, which is its typical cost.
/// Source: chosen: the last 20 frames or so; measured by docs/evidence/repetitions.md.
const FOLLOWS: f64 = 0.05;

/// Flags of the joint pairs that are swapped in a frame: usually a whole leg, sometimes a part of
/// it.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Exchange([bool; LEG.len()]);

impl Exchange {
    /// True if any pair is swapped.
    pub fn any(self) -> bool {
        self.0.contains(&true)
    }

    /// True if this pair is swapped.
    fn has(self, pair: usize) -> bool {
        self.0.get(pair) == Some(&true)
    }

    fn set(&mut self, pair: usize, is: bool) {
        if let Some(slot) = self.0.get_mut(pair) {
            *slot = is;
        }
    }

    /// Keypoint indices of the swapped pairs.
    pub fn of<'a>(self, pairs: &'a [(usize, usize)]) -> impl Iterator<Item = (usize, usize)> + 'a {
        pairs.iter().zip(self.0).filter(|(_, is)| *is).map(|(pair, _)| *pair)
    }
}

/// Swapped legs of a recording.
#[derive(Debug, Default)]
pub(super) struct Swaps {
    /// Pairs that were exchanged back, for each frame.
    pub repaired: Vec<Exchange>,
    /// Ranges of frames that seem swapped but were left unchanged.
    pub left: Vec<Range<usize>>,
    /// Keypoint indices (left, right) of the joint pairs.
    pub pairs: Vec<(usize, usize)>,
}

/// Exchanges the legs back in periods of up to half a second in which they are swapped.
pub(super) fn repair(copy: &mut WorkingCopy, skeleton: &Skeleton, times: &[f64]) -> Swaps {
    let tracks = LegTracks::new(skeleton);
    let pairs = tracks.pairs.clone();
    let nothing = filled(Exchange::default(), copy.frames);
    let mut found = Swaps { repaired: nothing, left: Vec::new(), pairs };
    if found.pairs.len() < LEAST_PAIRS {
        return found;
    }
    let exchanged = find_swapped_frames(copy, &tracks, times);
    let mut left_as_is = filled(false, copy.frames);
    for (i, &(left, right)) in found.pairs.iter().enumerate() {
        for run in runs(exchanged.iter().map(|exchange| exchange.has(i))) {
            // The duration of a swap ends at the first unswapped frame.
            let lasts = at(times, run.end.min(copy.frames - 1)) - at(times, run.start);
            if lasts > LONGEST_REPAIR_S + rounding(at(times, run.start)) {
                left_as_is.iter_mut().take(run.end).skip(run.start).for_each(|is| *is = true);
                continue;
            }
            for frame in run {
                copy.exchange(frame, left, right);
                if let Some(repaired) = found.repaired.get_mut(frame) {
                    repaired.set(i, true);
                }
            }
        }
    }
    found.left = runs(left_as_is.into_iter());
    found
}

/// Pairs that are swapped in each frame, relative to the side that most frames show.
fn find_swapped_frames(copy: &WorkingCopy, unseen: &LegTracks, times: &[f64]) -> Vec<Exchange> {
    let mut exchanged = filled(Exchange::default(), copy.frames);
    let costs = costs_as_is(copy, unseen, times);
    // The few swapped frames do not change the median.
    let usual = median(&costs);
    // The costs up to the first swap are the same with and without corrected swaps. A recording
    // without high costs therefore has no swap.
    if !costs.iter().any(|cost| *cost > STANDS_OUT * usual) {
        return exchanged;
    }
    let mut tracks = unseen.clone();
    for (t, label) in exchanged.iter_mut().enumerate() {
        check_at(t);
        let (frame, now) = (copy.frame(t), at(times, t));
        *label = tracks.costs(&frame, now).exchange(usual);
        tracks.follow(&frame, now, *label);
    }
    for pair in 0..unseen.pairs.len() {
        if 2 * exchanged.iter().filter(|label| label.has(pair)).count() > exchanged.len() {
            exchanged.iter_mut().for_each(|label| label.set(pair, !label.has(pair)));
        }
    }
    exchanged
}

/// Cost of each frame, assuming that the legs are never swapped.
fn costs_as_is(copy: &WorkingCopy, unseen: &LegTracks, times: &[f64]) -> Vec<f64> {
    let mut tracks = unseen.clone();
    gathered((0..copy.frames).map(|t| {
        check_at(t);
        tracks.cost_and_follow(&copy.frame(t), at(times, t))
    }))
}

fn runs(labels: impl Iterator<Item = bool>) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for (frame, _) in labels.enumerate().filter(|(_, label)| *label) {
        match runs.last_mut() {
            Some(last) if last.end == frame => last.end = frame + 1,
            _ => runs.push(frame..frame + 1),
        }
    }
    runs
}

/// Detects swapped legs in a stream. The typical cost is a running average. A swap that lasts too
/// long is accepted as the true sides from then on.
#[derive(Debug, Clone)]
pub(super) struct CausalSwaps {
    tracks: LegTracks,
    usual_cost: f64,
    exchanged_since: [f64; LEG.len()],
}

impl CausalSwaps {
    pub fn new(skeleton: &Skeleton) -> Self {
        let exchanged_since = [f64::NAN; LEG.len()];
        Self { tracks: LegTracks::new(skeleton), usual_cost: f64::NAN, exchanged_since }
    }

    pub fn reset(&mut self) {
        self.tracks.forget();
        (self.usual_cost, self.exchanged_since) = (f64::NAN, [f64::NAN; LEG.len()]);
    }

    /// Keypoint indices (left, right) of the joint pairs.
    pub fn pairs(&self) -> &[(usize, usize)] {
        &self.tracks.pairs
    }

    /// Pairs of a frame that must be exchanged back.
    pub fn push(&mut self, frame: &KeypointFrame<'_>, time: f64) -> Exchange {
        let mut exchange = self.exchange(frame, time);
        for (pair, since) in self.exchanged_since.iter_mut().enumerate() {
            if !exchange.has(pair) {
                *since = f64::NAN;
            } else if since.is_nan() {
                *since = time;
            }
            if time - *since > LONGEST_REPAIR_S {
                self.tracks.forget_pair(pair);
                *since = f64::NAN;
                exchange.set(pair, false);
            }
        }
        self.tracks.follow(frame, time, exchange);
        exchange
    }

    fn exchange(&mut self, frame: &KeypointFrame<'_>, time: f64) -> Exchange {
        let nothing = Exchange::default();
        if self.tracks.pairs.len() < LEAST_PAIRS {
            return nothing;
        }
        let as_is = self.tracks.cost_as_is(frame, time);
        if as_is.is_nan() {
            return nothing;
        }
        if self.usual_cost.is_nan() {
            self.usual_cost = as_is;
            return nothing;
        }
        // In most frames the unswapped legs match the prediction, so the swapped ones need not be
        // tested.
        let stands_out = as_is > STANDS_OUT * self.usual_cost;
        let exchange = if stands_out {
            self.tracks.costs(frame, time).exchange(self.usual_cost)
        } else {
            nothing
        };
        if !exchange.any() {
            let bounded = as_is.min(STANDS_OUT * self.usual_cost);
            self.usual_cost += FOLLOWS * (bounded - self.usual_cost);
        }
        exchange
    }
}

/// Weighted sums of squared distances between points and their predictions, for unswapped and
/// swapped sides.
#[derive(Debug, Clone, Copy, Default)]
struct Cost {
    as_is: f64,
    swapped: f64,
    weights: f64,
    /// Number of points that are much closer to the prediction of the other side; `own_votes`
    /// counts the opposite.
    votes: usize,
    own_votes: usize,
}

impl Cost {
    fn add(&mut self, weight: f64, own: f64, other: f64) {
        self.as_is += weight * own;
        self.swapped += weight * other;
        self.weights += weight;
        self.votes += usize::from(other < COST_RATIO * own);
        self.own_votes += usize::from(own < COST_RATIO * other);
    }

    /// True if swapped sides cost less than `ratio` times unswapped sides, and unswapped sides cost
    /// much more than the typical value `usual`.
    fn favors_swap(&self, ratio: f64, usual: f64) -> bool {
        self.swapped < ratio * self.as_is
            && self.as_is > STANDS_OUT * usual * self.weights
            && self.votes >= LEAST_POINTS
    }

    /// Same cost after the two legs were exchanged: swapped sides become unswapped, and vice versa.
    fn turned(self) -> Self {
        let Self { as_is, swapped, weights, votes, own_votes } = self;
        Self { as_is: swapped, swapped: as_is, weights, votes: own_votes, own_votes: votes }
    }
}

/// Cost of each joint pair in a frame.
struct Costs([Cost; LEG.len()]);

impl Costs {
    /// Decides which pairs are swapped; `usual` is the typical cost of unswapped sides. All pairs
    /// follow the decision for the whole legs, except a pair that clearly contradicts it.
    fn exchange(&self, usual: f64) -> Exchange {
        let mut all = Cost::default();
        for pair in &self.0 {
            all.as_is += pair.as_is;
            all.swapped += pair.swapped;
            all.weights += pair.weights;
            all.votes += pair.votes;
        }
        let legs = all.favors_swap(COST_RATIO, usual);
        Exchange(self.0.map(|pair| {
            if legs {
                !pair.turned().favors_swap(PART_COST_RATIO, usual)
            } else {
                pair.favors_swap(PART_COST_RATIO, usual)
            }
        }))
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
    /// Predicted position at time `now`; `None` if it is unknown.
    fn predict(&self, now: f64) -> Option<[f64; 3]> {
        let age = now - self.seen;
        // If one component of a velocity is unknown, all are.
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

/// Weight of a point, from its confidence. Some estimators report scores above 1.
fn weight(frame: &KeypointFrame<'_>, keypoint: usize) -> f64 {
    at(frame.confidence, keypoint).min(1.0).powi(2)
}

/// Tracks the keypoints of both legs, assuming constant velocity.
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

    fn forget_pair(&mut self, pair: usize) {
        if let Some(tracks) = self.tracks.get_mut(pair) {
            *tracks = [UNSEEN; 2];
        }
    }

    /// Costs of all joint pairs in a frame.
    fn costs(&self, frame: &KeypointFrame<'_>, now: f64) -> Costs {
        let mut costs = [Cost::default(); LEG.len()];
        self.compare(frame, now, |pair, weight, point, own, other| {
            if let Some(cost) = costs.get_mut(pair) {
                cost.add(weight, squared_distance(point, own), squared_distance(point, other));
            }
        });
        Costs(costs)
    }

    /// Mean squared distance of the points from their predictions, assuming unswapped sides; NaN
    /// without predictions.
    fn cost_as_is(&self, frame: &KeypointFrame<'_>, now: f64) -> f64 {
        let (mut as_is, mut weights) = (0.0, 0.0);
        self.compare(frame, now, |_, weight, point, own, _| {
            as_is += weight * squared_distance(point, own);
            weights += weight;
        });
        as_is / weights
    }

    /// Calls `take` for each point, with its pair, weight and position and the predicted positions
    /// of its own and the other side. Only pairs with predictions for both sides are included, so
    /// that both alternatives are judged by the same points.
    #[inline(always)]
    fn compare(
        &self,
        frame: &KeypointFrame<'_>,
        now: f64,
        mut take: impl FnMut(usize, f64, [f64; 3], [f64; 3], [f64; 3]),
    ) {
        let pairs = self.pairs.iter().zip(&self.tracks).enumerate();
        for (pair, (&(left, right), [on_left, on_right])) in pairs {
            let (Some(to_left), Some(to_right)) = (on_left.predict(now), on_right.predict(now))
            else {
                continue;
            };
            for (keypoint, own, other) in [(left, to_left, to_right), (right, to_right, to_left)] {
                let Some(point) = frame.place(keypoint) else { continue };
                take(pair, weight(frame, keypoint), point, own, other);
            }
        }
    }

    /// Combines [`LegTracks::cost_as_is`] and [`LegTracks::follow`] for unswapped sides.
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

    fn follow(&mut self, frame: &KeypointFrame<'_>, now: f64, exchange: Exchange) {
        let pairs = self.pairs.iter().zip(&mut self.tracks).zip(exchange.0);
        for ((&(left, right), [on_left, on_right]), exchanged) in pairs {
            let (left, right) = if exchanged { (right, left) } else { (left, right) };
            for (keypoint, track) in [(left, on_left), (right, on_right)] {
                if let Some(place) = frame.place(keypoint) {
                    track.follow(place, now);
                }
            }
        }
    }
}
