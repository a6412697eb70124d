//! Left and right legs that change places for a few frames, seen from the past only.

use crate::skeleton::{Side, Skeleton};

/// What changes places together.
const LEG: [&str; 6] = ["hip", "knee", "ankle", "heel", "big_toe", "small_toe"];
/// An exchange is believed where it costs less than this share of leaving things as they are, …
const COST_RATIO: f64 = 0.5;
/// … where that stands out this far (squared) from what it usually costs, …
const STANDS_OUT: f64 = 9.0;
/// … and where two points say so.
const LEAST_VOTES: usize = 2;
/// A place is remembered this long, and its speed carried on this long, seconds.
const MEMORY_S: f64 = 0.2;
const CARRY_S: f64 = 0.1;
/// What lasts longer is how it is: which leg is which cannot be told, seconds.
const LONGEST_S: f64 = 0.5;
/// How fast the usual cost follows, per frame.
const FOLLOWS: f64 = 0.05;

#[derive(Debug, Clone, Copy)]
struct Track {
    place: [f64; 3],
    speed: [f64; 3],
    seen: f64,
}

const UNSEEN: Track = Track { place: [f64::NAN; 3], speed: [f64::NAN; 3], seen: f64::NAN };

impl Track {
    /// Where the point should be; NaN where that is not known.
    fn predicted(&self, time: f64) -> [f64; 3] {
        let age = time - self.seen;
        if age.is_nan() || age > MEMORY_S {
            return [f64::NAN; 3];
        }
        let mut place = self.place;
        for (p, v) in place.iter_mut().zip(self.speed) {
            *p += v * age.min(CARRY_S);
        }
        place
    }

    fn follow(&mut self, point: [f64; 3], time: f64) {
        if point.iter().any(|v| v.is_nan()) {
            return;
        }
        let age = time - self.seen;
        let mut speed = [f64::NAN; 3];
        if age <= MEMORY_S {
            for ((speed, now), before) in speed.iter_mut().zip(point).zip(self.place) {
                *speed = (now - before) / age;
            }
        }
        *self = Self { place: point, speed, seen: time };
    }
}

/// Both legs, followed at constant speed.
#[derive(Debug, Clone)]
pub(super) struct SwapCorrector {
    dims: usize,
    pairs: Vec<(usize, usize)>,
    tracks: Vec<[Track; 2]>,
    typical_cost: f64,
    exchanged_since: f64,
}

impl SwapCorrector {
    pub fn new(skeleton: &Skeleton, dims: usize) -> Self {
        let index = |side: Side, joint: &str| skeleton.index(&format!("{}_{joint}", side.name()));
        let pairs: Vec<(usize, usize)> = LEG
            .iter()
            .filter_map(|joint| Some((index(Side::Left, joint)?, index(Side::Right, joint)?)))
            .filter(|(left, right)| left != right)
            .collect();
        let tracks = vec![[UNSEEN; 2]; pairs.len()];
        Self { dims, pairs, tracks, typical_cost: f64::NAN, exchanged_since: f64::NAN }
    }

    pub fn reset(&mut self) {
        self.tracks.fill([UNSEEN; 2]);
        self.typical_cost = f64::NAN;
        self.exchanged_since = f64::NAN;
    }

    /// Exchanges the legs of a frame back where they changed places.
    pub fn correct(&mut self, row: &mut [f64], time: f64) {
        let exchanged = self.is_swapped(row, time);
        if !exchanged {
            self.exchanged_since = f64::NAN;
        } else if self.exchanged_since.is_nan() {
            self.exchanged_since = time;
        }
        if time - self.exchanged_since > LONGEST_S {
            self.tracks.fill([UNSEEN; 2]);
            self.exchanged_since = f64::NAN;
        } else if exchanged {
            for &(left, right) in &self.pairs {
                for d in 0..self.dims {
                    row.swap(left * self.dims + d, right * self.dims + d);
                }
            }
        }
        let dims = self.dims;
        for (&(left, right), [on_left, on_right]) in self.pairs.iter().zip(&mut self.tracks) {
            on_left.follow(point(row, left, dims), time);
            on_right.follow(point(row, right, dims), time);
        }
    }

    fn is_swapped(&mut self, row: &[f64], time: f64) -> bool {
        let (mut as_is, mut swapped, mut count, mut votes) = (0.0, 0.0, 0.0, 0);
        for (&(left, right), [on_left, on_right]) in self.pairs.iter().zip(&self.tracks) {
            let (to_left, to_right) = (on_left.predicted(time), on_right.predicted(time));
            let places = [(left, to_left, to_right), (right, to_right, to_left)];
            for (keypoint, own, other) in places {
                let here = point(row, keypoint, self.dims);
                let (own, other) = (distance(here, own), distance(here, other));
                if own.is_finite() && other.is_finite() {
                    as_is += own;
                    swapped += other;
                    count += 1.0;
                    votes += usize::from(other < COST_RATIO * own);
                }
            }
        }
        if count == 0.0 {
            return false;
        }
        let cost = as_is / count;
        if self.typical_cost.is_nan() {
            self.typical_cost = cost;
            return false;
        }
        let exchanged = swapped < COST_RATIO * as_is
            && cost > STANDS_OUT * self.typical_cost
            && votes >= LEAST_VOTES;
        if !exchanged {
            self.typical_cost +=
                FOLLOWS * (cost.min(STANDS_OUT * self.typical_cost) - self.typical_cost);
        }
        exchanged
    }
}

/// A point of a row, with z = 0 in an image.
fn point(row: &[f64], keypoint: usize, dims: usize) -> [f64; 3] {
    let mut place = [0.0; 3];
    let values = row.get(keypoint * dims..(keypoint + 1) * dims).unwrap_or_default();
    place.iter_mut().zip(values).for_each(|(slot, value)| *slot = *value);
    place
}

fn distance(a: [f64; 3], b: [f64; 3]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}
