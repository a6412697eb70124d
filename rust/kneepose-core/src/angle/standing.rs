//! Standing height, the reference of knee flexion from depth.

use std::ops::Range;

use ndarray::ArrayView3;

use super::pack::Real;
use crate::math::at;
use crate::math::vector::{Vec3, add, norm, scale, sub};
use crate::signal::gap::fill;
use crate::skeleton::{Side, Skeleton};
use crate::space::Up;
use crate::stats::quantile::{quantile, rolling_quantile};

/// Quantile over time that estimates the standing height. Higher values are treated as noise.
/// Source: chosen: a twentieth of the heights may be noise; measured by
/// docs/evidence/repetitions.md.
const STANDING_QUANTILE: f64 = 0.95;

/// A foot counts as lifted if its ankle is higher than the other ankle by this fraction of the leg length.
/// Source: science.md 2.4.
pub const LIFTED_SHARE: f64 = 0.08;

/// Window around each frame in which the standing height of a recording is estimated, seconds.
/// Source: decision 0007.
const WINDOW_S: f64 = 30.0;
/// Maximum displacement of a foot that has not moved, as a fraction of the leg length. Standing heights of
/// different places are not compared, because perspective changes the size of a person in an image.
/// Source: decision 0007.
const SAME_PLACE_SHARE: f64 = 0.12;
/// Minimum duration of a displacement that counts as moving, seconds. Shorter ones are outliers.
/// Source: chosen: estimates jump for shorter times, people do not return so soon; measured by
/// docs/evidence/repetitions.md.
const MOVED_S: f64 = 0.3;
/// Rate at which the stored position follows the foot, as a fraction of their distance per second. It
/// compensates for the drift of a handheld camera.
/// Source: chosen: a hand drifts slowly, a person who walks leaves at once; measured by
/// docs/evidence/repetitions.md.
const FOLLOWS_PER_S: f64 = 0.5;
/// Block length of a stream, seconds. A stream keeps only the maximum height of each block.
/// Source: chosen: one number for each half second keeps the memory of a stream small; measured by
/// docs/evidence/repetitions.md.
const BLOCK_S: f64 = 0.5;
/// Number of blocks that a stream keeps: 30 s.
/// Source: decision 0007.
const BLOCKS: usize = 60;

/// Standing height of each frame of a recording, left and right: a quantile of the leg's height over a window
/// of 30 s. The window does not extend beyond a change of the foot's position, so the estimate stays valid
/// for a person who walks away from the camera or sits for minutes. `fs` is frames per second.
pub fn standing_series<S: Real>(
    points: ArrayView3<'_, S>,
    skeleton: &Skeleton,
    up: Up,
    fs: f64,
) -> Vec<[f64; 2]> {
    let frames = points.dim().0;
    let half = (0.5 * WINDOW_S * fs).round().clamp(1.0, frames.max(1) as f64) as usize;
    let [left, right] = Side::BOTH;
    let of_leg = |side: Side, mut series: Vec<f64>| {
        let index: Vec<f64> = (0..frames).map(|i| i as f64).collect();
        fill(&index, &mut series, 1.0, f64::INFINITY);
        let first = series.iter().position(|h| h.is_finite());
        let last = series.iter().rposition(|h| h.is_finite());
        let (Some(first), Some(last)) = (first, last) else { return vec![f64::NAN; frames] };
        let mut rolled = Vec::with_capacity(frames);
        for place in places(&ankles(points, skeleton, side), &series, first..last + 1, fs) {
            let seen = series.get(place).unwrap_or_default();
            rolled.extend(rolling_quantile(seen, half, STANDING_QUANTILE));
        }
        let value = |i: usize| at(&rolled, i.clamp(first, last) - first);
        (0..frames).map(value).collect()
    };
    let [of_left, of_right] = heights(points, skeleton, up);
    let (of_left, of_right) = (of_leg(left, of_left), of_leg(right, of_right));
    of_left.into_iter().zip(of_right).map(|(l, r)| [l, r]).collect()
}

/// Position of an ankle in each frame; NaN if it is missing.
fn ankles<S: Real>(points: ArrayView3<'_, S>, skeleton: &Skeleton, side: Side) -> Vec<Vec3> {
    let ankle = skeleton.index(&format!("{}_ankle", side.name()));
    let component = |t: usize, d: usize| match points.get((t, ankle.unwrap_or(usize::MAX), d)) {
        Some(value) => value.to_f64(),
        None if d < points.dim().2 => f64::NAN,
        None => 0.0,
    };
    (0..points.dim().0).map(|t| [0, 1, 2].map(|d| component(t, d))).collect()
}

/// Consecutive ranges of frames; within each range the foot stays in one place.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn places(ankles: &[Vec3], heights: &[f64], frames: Range<usize>, fs: f64) -> Vec<Range<usize>> {
    let mut runs = Vec::new();
    let mut first = frames.start;
    let mut place = FootPlace::UNKNOWN;
    for t in frames.clone() {
        let Some(&ankle) = ankles.get(t) else { break };
        let known = place.is_known();
        let reach = SAME_PLACE_SHARE * at(heights, t);
        if let (Some(since), true) = (place.update(t as f64 / fs, ankle, reach), known) {
            // The move is detected late, so the range ends when it began.
            let left = (since * fs).round() as usize;
            runs.push(first..left);
            first = left;
        }
    }
    runs.push(first..frames.end);
    runs
}

/// Current position of a foot, updated when the foot moves.
#[derive(Debug, Clone, Copy)]
pub struct FootPlace {
    place: Vec3,
    last: f64,
    elsewhere_since: f64,
}

impl FootPlace {
    /// State before the first frame.
    pub const UNKNOWN: Self =
        Self { place: [f64::NAN; 3], last: f64::NAN, elsewhere_since: f64::NAN };

    fn is_known(&self) -> bool {
        !self.last.is_nan()
    }

    /// Adds the foot position at `time`. If it is the first one, or if the foot has been farther than `reach`
    /// from its place for [`MOVED_S`], the place becomes `here`, and the time at which the foot left is
    /// returned (NaN for the first position). A missing position changes nothing.
    pub fn update(&mut self, time: f64, here: Vec3, reach: f64) -> Option<f64> {
        if here.iter().any(|v| v.is_nan()) {
            return None;
        }
        let away = sub(here, self.place);
        if norm(away) <= reach {
            self.elsewhere_since = f64::NAN;
            let share = (FOLLOWS_PER_S * (time - self.last)).min(1.0);
            self.place = add(self.place, scale(away, share));
        } else if self.elsewhere_since.is_nan() {
            self.elsewhere_since = time;
        }
        let since = self.elsewhere_since;
        let moved = !self.is_known() || time - since >= MOVED_S;
        if moved {
            *self = Self { place: here, ..Self::UNKNOWN };
        }
        self.last = time;
        moved.then_some(since)
    }
}

/// Standing height of one leg, estimated from past frames only.
#[derive(Debug, Clone, Copy)]
pub struct CausalStandingHeight {
    foot_place: FootPlace,
    tallest: [f64; BLOCKS],
    count: usize,
    block_since: f64,
    block: f64,
    height: f64,
}

impl CausalStandingHeight {
    /// State before the first frame.
    pub const UNKNOWN: Self = Self {
        foot_place: FootPlace::UNKNOWN,
        tallest: [f64::NEG_INFINITY; BLOCKS],
        count: 0,
        block_since: f64::NAN,
        block: f64::NEG_INFINITY,
        height: f64::NAN,
    };

    /// Adds a frame in which the hip is `height` above the ankle. Returns the standing height.
    pub fn push(&mut self, time: f64, height: f64, ankle: Vec3) -> f64 {
        if !(height > 0.0 && norm(ankle).is_finite()) {
            return self.height;
        }
        if self.foot_place.update(time, ankle, SAME_PLACE_SHARE * height).is_some() {
            *self = Self { foot_place: self.foot_place, block_since: time, ..Self::UNKNOWN };
        }
        if time - self.block_since >= BLOCK_S {
            if let Some(slot) = self.tallest.get_mut(self.count % BLOCKS) {
                *slot = self.block;
            }
            self.count += 1;
            self.block = f64::NEG_INFINITY;
            self.block_since = time;
        }
        self.block = self.block.max(height);
        // The second largest maximum is used, so that a single wrong frame has no effect.
        let (mut first, mut second) = (self.block, f64::NEG_INFINITY);
        for &block in &self.tallest {
            if block > first {
                second = first;
                first = block;
            } else if block > second {
                second = block;
            }
        }
        self.height = if self.count < 3 { first } else { second };
        self.height
    }
}

/// Height of the hip above the ankle while standing, left and right, in the unit of the coordinates; NaN if
/// a leg is never visible. `points` is (frames, keypoints, 2 | 3).
pub fn standing_heights<S: Real>(
    points: ArrayView3<'_, S>,
    skeleton: &Skeleton,
    up: Up,
) -> [f64; 2] {
    S::standing_heights(points, skeleton, up)
}

/// [`standing_heights`], for the one place that compiles it.
pub(super) fn heights_while_standing<S: Real>(
    points: ArrayView3<'_, S>,
    skeleton: &Skeleton,
    up: Up,
) -> [f64; 2] {
    heights(points, skeleton, up).map(|series| quantile(&series, STANDING_QUANTILE))
}

/// Height of the hip above the ankle in each frame, left and right.
fn heights<S: Real>(points: ArrayView3<'_, S>, skeleton: &Skeleton, up: Up) -> [Vec<f64>; 2] {
    let frames = points.dim().0;
    Side::BOTH.map(|side| {
        let index = |joint: &str| skeleton.index(&format!("{}_{joint}", side.name()));
        let (Some(hip), Some(ankle)) = (index("hip"), index("ankle")) else {
            return vec![f64::NAN; frames];
        };
        height_over(points, ankle, hip, up)
    })
}

/// Height of one keypoint above another in each frame; NaN if either is missing.
pub fn height_over<S: Real>(
    points: ArrayView3<'_, S>,
    lower: usize,
    upper: usize,
    up: Up,
) -> Vec<f64> {
    let up = up.vector();
    (0..points.dim().0)
        .map(|t| {
            let component = |k, d| points.get((t, k, d)).map_or(f64::NAN, |v| v.to_f64());
            let along = |(d, up): (usize, &f64)| up * (component(upper, d) - component(lower, d));
            up.iter().enumerate().filter(|(_, up)| **up != 0.0).map(along).sum()
        })
        .collect()
}
