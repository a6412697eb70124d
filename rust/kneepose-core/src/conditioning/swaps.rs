//! Left and right legs that change places for a few frames, and back.

use std::ops::Range;

use super::working_copy::{WorkingCopy, squared_distance};
use crate::math::{at, rounding};
use crate::skeleton::{Side, Skeleton};
use crate::stats::quantile::median;

/// What changes places together.
const LEG: [&str; 6] = ["hip", "knee", "ankle", "heel", "big_toe", "small_toe"];
/// An exchange is believed where it costs less than this share of leaving things as they are …
const COST_RATIO: f64 = 0.5;
/// … and where things as they are stand this far above the usual deviation from the prediction: two
/// legs that coincide in a side view do not change places.
const STANDS_OUT: f64 = 3.0;
/// A prediction is made from a point that was seen this many seconds ago at most, …
const LONGEST_MEMORY_S: f64 = 0.2;
/// … and a speed is carried on this long at most, since its noise grows along.
const LONGEST_CARRY_S: f64 = 0.1;
/// Longer exchanges are reported, not repaired: which leg is which cannot be told then.
const LONGEST_REPAIR_S: f64 = 0.5;
/// Fewer joints do not make a leg.
const LEAST_PAIRS: usize = 2;
/// An exchange moves two points at least; one alone is an outlier.
const LEAST_POINTS: usize = 2;

/// What was found.
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
    let index = |side: Side, joint: &str| skeleton.index(&format!("{}_{joint}", side.name()));
    let pairs: Vec<(usize, usize)> = LEG
        .iter()
        .filter_map(|joint| Some((index(Side::Left, joint)?, index(Side::Right, joint)?)))
        .filter(|(left, right)| left != right)
        .collect();
    let mut found = Swaps { repaired: vec![false; copy.frames], left: Vec::new(), pairs };
    if found.pairs.len() < LEAST_PAIRS {
        return found;
    }
    let exchanged = find_swapped_frames(copy, &found.pairs, times);
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

/// Which frames have their sides exchanged, against the majority.
fn find_swapped_frames(copy: &WorkingCopy, pairs: &[(usize, usize)], times: &[f64]) -> Vec<bool> {
    let mut exchanged = vec![false; copy.frames];
    let costs = costs_as_is(copy, pairs, times);
    // The few exchanged frames do not move the median.
    let usual = median(&costs.iter().map(|cost| cost.as_is).collect::<Vec<_>>());
    // Up to the first exchange both ways of following are the same.
    if !costs.iter().any(|cost| cost.favors_swap(usual)) {
        return exchanged;
    }
    let mut tracks = Tracks::new(copy, pairs);
    for (frame, label) in exchanged.iter_mut().enumerate() {
        let now = at(times, frame);
        *label = tracks.cost(frame, now).favors_swap(usual);
        tracks.follow(frame, now, *label);
    }
    if 2 * exchanged.iter().filter(|label| **label).count() > exchanged.len() {
        exchanged.iter_mut().for_each(|label| *label = !*label);
    }
    exchanged
}

/// The costs of each frame if nothing ever changed places.
fn costs_as_is(copy: &WorkingCopy, pairs: &[(usize, usize)], times: &[f64]) -> Vec<Cost> {
    let mut tracks = Tracks::new(copy, pairs);
    (0..copy.frames)
        .map(|frame| {
            let cost = tracks.cost(frame, at(times, frame));
            tracks.follow(frame, at(times, frame), false);
            cost
        })
        .collect()
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

/// Mean squared distance from the prediction, NaN where there is none.
struct Cost {
    as_is: f64,
    swapped: f64,
    /// Points that are much nearer to where the other side should be.
    votes: usize,
}

impl Cost {
    /// Whether the legs changed places, where leaving things as they are mostly costs `usual`.
    fn favors_swap(&self, usual: f64) -> bool {
        self.swapped < COST_RATIO * self.as_is
            && self.as_is > STANDS_OUT * STANDS_OUT * usual
            && self.votes >= LEAST_POINTS
    }
}

/// Where a keypoint was last, and how fast; the speed is not known at its first sight.
#[derive(Clone, Copy)]
struct Track {
    position: [f64; 3],
    velocity: Option<[f64; 3]>,
    seen: f64,
}

impl Track {
    fn predict(&self, now: f64) -> Option<[f64; 3]> {
        let age = now - self.seen;
        if age > LONGEST_MEMORY_S {
            return None;
        }
        let carry = age.min(LONGEST_CARRY_S);
        let mut predicted = self.position;
        for (p, v) in predicted.iter_mut().zip(self.velocity?) {
            *p += v * carry;
        }
        Some(predicted)
    }
}

/// The keypoints of both legs, followed at constant velocity.
struct Tracks<'a> {
    copy: &'a WorkingCopy,
    pairs: &'a [(usize, usize)],
    tracks: Vec<(Option<Track>, Option<Track>)>,
}

impl<'a> Tracks<'a> {
    fn new(copy: &'a WorkingCopy, pairs: &'a [(usize, usize)]) -> Self {
        Self { copy, pairs, tracks: vec![(None, None); pairs.len()] }
    }

    /// Only pairs both of whose sides are predicted count, so that both choices are asked the same.
    fn cost(&self, frame: usize, now: f64) -> Cost {
        let (mut as_is, mut swapped, mut weights, mut votes) = (0.0, 0.0, 0.0, 0);
        for (&(left, right), (track_left, track_right)) in self.pairs.iter().zip(&self.tracks) {
            let predicted = |track: &Option<Track>| track.as_ref().and_then(|t| t.predict(now));
            let (Some(to_left), Some(to_right)) = (predicted(track_left), predicted(track_right))
            else {
                continue;
            };
            for (keypoint, own, other) in [(left, to_left, to_right), (right, to_right, to_left)] {
                let Some(point) = self.copy.point(frame, keypoint) else { continue };
                let place = frame * self.copy.keypoints + keypoint;
                // Some estimators hand out scores above 1.
                let weight = at(&self.copy.confidence, place).min(1.0).powi(2);
                let (own, other) = (squared_distance(point, &own), squared_distance(point, &other));
                as_is += weight * own;
                swapped += weight * other;
                weights += weight;
                votes += usize::from(other < COST_RATIO * own);
            }
        }
        Cost { as_is: as_is / weights, swapped: swapped / weights, votes }
    }

    fn follow(&mut self, frame: usize, now: f64, exchanged: bool) {
        for (&(left, right), tracks) in self.pairs.iter().zip(&mut self.tracks) {
            let (left, right) = if exchanged { (right, left) } else { (left, right) };
            for (keypoint, track) in [(left, &mut tracks.0), (right, &mut tracks.1)] {
                let Some(point) = self.copy.point(frame, keypoint) else { continue };
                let mut position = [0.0; 3];
                for (slot, v) in position.iter_mut().zip(point) {
                    *slot = *v;
                }
                let before = track.filter(|t| now - t.seen <= LONGEST_MEMORY_S);
                let velocity = before.map(|before| {
                    let mut velocity = position;
                    for (v, q) in velocity.iter_mut().zip(before.position) {
                        *v = (*v - q) / (now - before.seen);
                    }
                    velocity
                });
                *track = Some(Track { position, velocity, seen: now });
            }
        }
    }
}
