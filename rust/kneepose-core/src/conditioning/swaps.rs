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
/// Where a part of the legs differs from the rest, an exchange of it must cost less than this share of leaving it,
/// or the other way round: one pair of points errs more easily than a leg.
/// Source: chosen: half of the distance, squared; held by test tests/recording/test_conditioning.py.
const PART_COST_RATIO: f64 = 0.25;
/// Share by which a stream's usual cost follows each frame.
/// Source: chosen: the last 20 frames or so; measured by docs/evidence/repetitions.md.
const FOLLOWS: f64 = 0.05;

/// Pairs of keypoints that change places in a frame: whole legs mostly, or a part of them.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Exchange([bool; LEG.len()]);

impl Exchange {
    /// True if any pair changes places.
    pub fn any(self) -> bool {
        self.0.contains(&true)
    }

    /// True if this pair changes places.
    fn has(self, pair: usize) -> bool {
        self.0.get(pair) == Some(&true)
    }

    fn set(&mut self, pair: usize, is: bool) {
        if let Some(slot) = self.0.get_mut(pair) {
            *slot = is;
        }
    }

    /// The pairs that change places.
    pub fn of<'a>(self, pairs: &'a [(usize, usize)]) -> impl Iterator<Item = (usize, usize)> + 'a {
        pairs.iter().zip(self.0).filter(|(_, is)| *is).map(|(pair, _)| *pair)
    }
}

/// Exchanges of a recording.
#[derive(Debug, Default)]
pub(super) struct Swaps {
    /// What was exchanged back in each frame.
    pub repaired: Vec<Exchange>,
    /// Ranges of frames that seem exchanged and were left as they are.
    pub left: Vec<Range<usize>>,
    /// Keypoints that change places.
    pub pairs: Vec<(usize, usize)>,
}

/// Exchanges the legs back where they changed places for up to half a second.
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
            // A run lasts until the first frame that is not part of it.
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

/// The pairs that are exchanged in each frame, compared with the majority.
fn find_swapped_frames(copy: &WorkingCopy, unseen: &LegTracks, times: &[f64]) -> Vec<Exchange> {
    let mut exchanged = filled(Exchange::default(), copy.frames);
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

/// Costs of each frame if the legs never changed places.
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

/// The same from the past alone: the usual cost follows the frames, and an exchange that lasts too long
/// is taken as the true sides from then on.
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

    /// Keypoints that change places.
    pub fn pairs(&self) -> &[(usize, usize)] {
        &self.tracks.pairs
    }

    /// The pairs of a frame that are to be exchanged back.
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
        // In most frames the sides as they are fit, and the other way need not be tried.
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

/// Weighted squared distances from the prediction.
#[derive(Debug, Clone, Copy, Default)]
struct Cost {
    as_is: f64,
    swapped: f64,
    weights: f64,
    /// Points that are much nearer to the prediction of the other side, and of their own.
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

    /// True where an exchange costs less than `ratio` of none, which mostly costs `usual`.
    fn favors_swap(&self, ratio: f64, usual: f64) -> bool {
        self.swapped < ratio * self.as_is
            && self.as_is > STANDS_OUT * usual * self.weights
            && self.votes >= LEAST_POINTS
    }

    /// The cost of the sides the other way round.
    fn turned(self) -> Self {
        let Self { as_is, swapped, weights, votes, own_votes } = self;
        Self { as_is: swapped, swapped: as_is, weights, votes: own_votes, own_votes: votes }
    }
}

/// Costs of each pair in a frame.
struct Costs([Cost; LEG.len()]);

impl Costs {
    /// The pairs that changed places, if the sides as they are mostly cost `usual`: those of the legs as a whole,
    /// but for a pair that clearly did otherwise.
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

    fn forget_pair(&mut self, pair: usize) {
        if let Some(tracks) = self.tracks.get_mut(pair) {
            *tracks = [UNSEEN; 2];
        }
    }

    /// Costs of a frame.
    fn costs(&self, frame: &KeypointFrame<'_>, now: f64) -> Costs {
        let mut costs = [Cost::default(); LEG.len()];
        self.compare(frame, now, |pair, weight, point, own, other| {
            if let Some(cost) = costs.get_mut(pair) {
                cost.add(weight, squared_distance(point, own), squared_distance(point, other));
            }
        });
        Costs(costs)
    }

    /// Mean squared distance from the prediction with the sides as they are; NaN where there is none.
    fn cost_as_is(&self, frame: &KeypointFrame<'_>, now: f64) -> f64 {
        let (mut as_is, mut weights) = (0.0, 0.0);
        self.compare(frame, now, |_, weight, point, own, _| {
            as_is += weight * squared_distance(point, own);
            weights += weight;
        });
        as_is / weights
    }

    /// Calls `take` with the pair and the weight of each point, its place, and the places predicted for its own and the
    /// other side. Only pairs with a prediction for both sides count, so that both choices are judged on the
    /// same points.
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
