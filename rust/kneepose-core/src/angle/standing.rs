//! Standing height, the reference of knee flexion from depth: a high quantile of the height of the
//! hip above the ankle in nearby frames, while the foot stays in one place. In a stream these are
//! past frames, in a recording also later ones.

use ndarray::{ArrayView1, ArrayView3, Axis};

use super::pack::Real;
use crate::interrupt::check_at;
use crate::math::rounding;
use crate::math::vector::{Vec3, add, dot, norm, scale, sub};
use crate::memory::{filled, gathered, room};
use crate::skeleton::{Side, Skeleton};
use crate::space::Up;
use crate::stats::quantile::{SlidingQuantile, quantile};

/// Quantile over time that estimates the standing height. Higher values are treated as noise.
/// Source: chosen: a twentieth of the heights may be noise; measured by
/// docs/evidence/repetitions.md.
const STANDING_QUANTILE: f64 = 0.95;

/// A foot counts as lifted if its ankle is higher than the other ankle by this fraction of the leg length.
/// Source: science.md 2.4.
pub const LIFTED_SHARE: f64 = 0.08;

/// Length of the window in which the standing height is estimated, seconds: before a frame in a stream, half
/// before and half after it in a recording.
/// Source: decision 0014.
const WINDOW_S: f64 = 30.0;
/// Interval between the samples of the window, seconds. It bounds the memory at any frame rate.
/// Source: chosen: fifty samples a second, more than the filtered heights need; no test shows its
/// effect.
const SAMPLE_S: f64 = 0.02;
/// Maximum number of samples of a window.
/// Source: derived: the length of the window divided by the interval, plus one.
const MOST_SAMPLES: usize = 1501;
/// Maximum displacement of a foot that has not moved, as a fraction of the leg length. Standing heights of
/// different places are not compared, because perspective changes the size of a person in an image.
/// Source: decision 0007.
const SAME_PLACE_SHARE: f64 = 0.12;
/// Maximum displacement of a foot that stands still, as a fraction of the leg length. Heights of
/// other frames are not sampled, because a person who walks toward the camera appears larger before
/// the foot has left its place.
/// Source: chosen: above the jitter of an ankle, below a step; held by test
/// tests/reps/test_worse.py.
const STANDS_SHARE: f64 = 0.04;
/// Minimum duration of a displacement that counts as moving, seconds. Shorter ones are outliers.
/// Source: chosen: errors of the estimator last for shorter times, and people do not return so
/// soon; measured by docs/evidence/repetitions.md.
const MOVED_S: f64 = 0.3;
/// Rate at which the stored foot position follows the foot, as a fraction of their distance per
/// second. It compensates for the drift of a handheld camera.
/// Source: chosen: a camera held in the hand drifts more slowly, a person who walks moves faster;
/// measured by docs/evidence/repetitions.md.
const FOLLOWS_PER_S: f64 = 0.5;

/// One leg in one frame: height of the hip above the ankle, and position of the ankle.
#[derive(Debug, Clone, Copy)]
pub struct LegHeight {
    /// Height of the hip above the ankle, in the unit of the coordinates; NaN if a keypoint is
    /// missing.
    pub height: f64,
    /// Position of the ankle.
    pub ankle: Vec3,
}

impl LegHeight {
    /// True if the leg is visible and upright.
    fn is_usable(&self) -> bool {
        self.height > 0.0 && norm(self.ankle).is_finite()
    }
}

/// Estimates the standing height of one leg frame by frame. It allocates memory only when it is
/// created.
#[derive(Debug, Clone)]
pub struct StandingHeight {
    foot_place: FootPlace,
    heights: SlidingQuantile,
    height: f64,
}

impl Default for StandingHeight {
    /// State before the first frame.
    fn default() -> Self {
        Self {
            foot_place: FootPlace::UNKNOWN,
            heights: SlidingQuantile::new(MOST_SAMPLES),
            height: f64::NAN,
        }
    }
}

impl StandingHeight {
    /// Forgets all frames.
    pub fn reset(&mut self) {
        self.foot_place = FootPlace::UNKNOWN;
        self.begin_place();
    }

    /// Adds the frame at `time` and returns the standing height, estimated from this frame and
    /// earlier ones. A frame in which the leg is missing changes nothing.
    pub fn push(&mut self, time: f64, leg: &LegHeight) -> f64 {
        if leg.is_usable() {
            if let Some(since) = self.foot_place.update_leg(time, leg) {
                self.heights.drop_before(since);
            }
            if self.foot_place.stands(leg) {
                self.hold(time, leg.height);
            }
            self.estimate(time - WINDOW_S);
        }
        self.height
    }

    /// Discards the heights that were sampled at the previous place.
    fn begin_place(&mut self) {
        self.heights.clear();
        self.height = f64::NAN;
    }

    /// Adds a height to the samples, at most one per sampling interval.
    fn hold(&mut self, time: f64, height: f64) {
        let last = self.heights.last_time();
        if last.is_nan() || time - last >= SAMPLE_S - rounding(time) {
            self.heights.push(time, height);
        }
    }

    /// Estimates the standing height from the samples since time `begin`.
    fn estimate(&mut self, begin: f64) -> f64 {
        self.heights.drop_before(begin - rounding(begin));
        let height = self.heights.quantile(STANDING_QUANTILE);
        self.height = if height.is_nan() { self.height } else { height };
        self.height
    }
}

/// Standing height in each frame of a recording, left and right. The window extends half before and
/// half after the frame. The estimate therefore stays valid for a person who walks away from the
/// camera or sits for minutes.
pub fn standing_series<S: Real>(
    points: ArrayView3<'_, S>,
    skeleton: &Skeleton,
    up: Up,
    times: &[f64],
) -> Vec<[f64; 2]> {
    let [left, right] =
        Side::BOTH.map(|side| standing_of_leg(&legs(points, skeleton, up, side), times));
    gathered(left.into_iter().zip(right).map(|(left, right)| [left, right]))
}

/// Height and ankle position of one leg in each frame.
fn legs<S: Real>(
    points: ArrayView3<'_, S>,
    skeleton: &Skeleton,
    up: Up,
    side: Side,
) -> Vec<LegHeight> {
    let (frames, _, dims) = points.dim();
    let [hip, ankle] =
        ["hip", "ankle"].map(|joint| skeleton.index(&format!("{}_{joint}", side.name())));
    let place = |t: usize, keypoint: Option<usize>| {
        [0, 1, 2].map(|d| {
            let seen = || points.get((t, keypoint?, d)).map(|v| v.to_f64());
            if d < dims { seen().unwrap_or(f64::NAN) } else { 0.0 }
        })
    };
    let up = up.vector();
    gathered((0..frames).map(|t| {
        let ankle = place(t, ankle);
        LegHeight { height: dot(sub(place(t, hip), ankle), up), ankle }
    }))
}

fn standing_of_leg(legs: &[LegHeight], times: &[f64]) -> Vec<f64> {
    let (moves, stands) = moves(legs, times);
    let mut estimator = StandingHeight::default();
    let mut later = times.iter().zip(legs).zip(&stands).peekable();
    let mut moves = moves.iter().peekable();
    let mut heights = room(times.len());
    for (t, &time) in times.iter().enumerate() {
        check_at(t);
        if moves.next_if(|since| **since <= time).is_some() {
            estimator.begin_place();
        }
        let end = moves.peek().map_or(f64::INFINITY, |since| **since);
        let reach = time + 0.5 * WINDOW_S;
        let is_near = |((later, _), _): &((&f64, &LegHeight), &bool)| {
            **later < end && **later <= reach + rounding(reach)
        };
        while let Some(((later, leg), stands)) = later.next_if(is_near) {
            if leg.is_usable() && *stands {
                estimator.hold(*later, leg.height);
            }
        }
        heights.push(estimator.estimate(time - 0.5 * WINDOW_S));
    }
    heights
}

/// Times at which the foot left its place, and a flag per frame that the foot stands still. A step
/// is detected with delay, but its time is that of its beginning.
fn moves(legs: &[LegHeight], times: &[f64]) -> (Vec<f64>, Vec<bool>) {
    let mut place = FootPlace::UNKNOWN;
    let (mut moves, mut stands) = (Vec::new(), room(times.len()));
    for (time, leg) in times.iter().zip(legs) {
        if leg.is_usable() {
            moves.extend(place.update_leg(*time, leg).filter(|since| since.is_finite()));
        }
        stands.push(place.stands(leg));
    }
    (moves, stands)
}

/// One coordinate of a keypoint in all frames; `None` if there is no such keypoint or axis.
fn coordinate<S: Real>(
    points: ArrayView3<'_, S>,
    keypoint: usize,
    axis: usize,
) -> Option<ArrayView1<'_, S>> {
    let (_, keypoints, dims) = points.dim();
    let known = keypoint < keypoints && axis < dims;
    known.then(|| points.index_axis_move(Axis(1), keypoint).index_axis_move(Axis(1), axis))
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

    /// Same as [`FootPlace::update`], with the `reach` that belongs to the length of the leg.
    fn update_leg(&mut self, time: f64, leg: &LegHeight) -> Option<f64> {
        self.update(time, leg.ankle, SAME_PLACE_SHARE * leg.height)
    }

    fn is_known(&self) -> bool {
        !self.last.is_nan()
    }

    /// True if the foot is within the tolerance of its stored place.
    fn stands(&self, leg: &LegHeight) -> bool {
        norm(sub(leg.ankle, self.place)) <= STANDS_SHARE * leg.height
    }

    /// Adds the foot position `here` at `time`. The stored place becomes `here` at the first
    /// position, and if the foot has been farther than `reach` from its place for `MOVED_S`. The
    /// result is then the time at which the foot left (NaN for the first position), otherwise
    /// `None`. A missing position changes nothing.
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

/// Height of the hip above the ankle while standing, left and right, in the unit of the coordinates; NaN if
/// a leg is never visible. `points` is (frames, keypoints, 2 | 3).
pub fn standing_heights<S: Real>(
    points: ArrayView3<'_, S>,
    skeleton: &Skeleton,
    up: Up,
) -> [f64; 2] {
    S::standing_heights(points, skeleton, up)
}

/// Implementation of [`standing_heights`], compiled in one place; see [`super::compiled`].
pub(super) fn heights_while_standing<S: Real>(
    points: ArrayView3<'_, S>,
    skeleton: &Skeleton,
    up: Up,
) -> [f64; 2] {
    Side::BOTH.map(|side| quantile(&leg_heights(points, skeleton, up, side), STANDING_QUANTILE))
}

/// Height of the hip above the ankle in each frame.
fn leg_heights<S: Real>(
    points: ArrayView3<'_, S>,
    skeleton: &Skeleton,
    up: Up,
    side: Side,
) -> Vec<f64> {
    let index = |joint: &str| skeleton.index(&format!("{}_{joint}", side.name()));
    match (index("hip"), index("ankle")) {
        (Some(hip), Some(ankle)) => height_over(points, ankle, hip, up),
        _ => filled(f64::NAN, points.dim().0),
    }
}

/// Height of one keypoint above another in each frame; NaN if either is missing.
pub fn height_over<S: Real>(
    points: ArrayView3<'_, S>,
    lower: usize,
    upper: usize,
    up: Up,
) -> Vec<f64> {
    let mut heights = filled(-0.0, points.dim().0);
    for (d, up) in up.vector().into_iter().enumerate().filter(|(_, up)| *up != 0.0) {
        match (coordinate(points, lower, d), coordinate(points, upper, d)) {
            (Some(lower), Some(upper)) => {
                for (height, (lower, upper)) in heights.iter_mut().zip(lower.iter().zip(upper)) {
                    *height += up * (upper.to_f64() - lower.to_f64());
                }
            }
            _ => heights.fill(f64::NAN),
        }
    }
    heights
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Squats at 30 frames per second. The foot steps aside after `step_at` seconds, and the leg
    /// appears 20 % shorter at the new place. The leg is hidden in every seventh frame.
    fn squats(seconds: f64, step_at: f64) -> (Vec<f64>, Vec<LegHeight>) {
        let times = (0..).map(|i| f64::from(i) / 30.0).take_while(|t| *t < seconds);
        let leg = |(i, time): (usize, f64)| {
            let (x, size) = if time < step_at { (0.0, 1.0) } else { (2.0, 0.8) };
            let height = size * (0.7 + 0.2 * libm::cos(time));
            let height = if i % 7 == 3 { f64::NAN } else { height };
            (time, LegHeight { height, ankle: [x, 0.0, 0.0] })
        };
        times.enumerate().map(leg).unzip()
    }

    fn streamed(times: &[f64], legs: &[LegHeight]) -> Vec<f64> {
        let mut estimator = StandingHeight::default();
        times.iter().zip(legs).map(|(time, leg)| estimator.push(*time, leg)).collect()
    }

    #[test]
    fn a_recording_and_a_stream_that_hold_the_same_frames_agree() {
        let (times, legs) = squats(14.0, f64::INFINITY);
        let recorded = standing_of_leg(&legs, &times);
        let live = streamed(&times, &legs);
        assert!(recorded.iter().all(|height| Some(height) == live.last()));
        let heights: Vec<f64> = legs.iter().map(|leg| leg.height).collect();
        assert_eq!(recorded.first(), Some(&quantile(&heights, STANDING_QUANTILE)));
    }

    #[test]
    fn heights_of_another_place_do_not_count() {
        let (times, legs) = squats(60.0, 31.0);
        let recorded = standing_of_leg(&legs, &times);
        let live = streamed(&times, &legs);
        for ((time, recorded), live) in times.iter().zip(recorded).zip(live) {
            let standing = if *time < 31.0 { 0.9 } else { 0.72 };
            assert!((recorded - standing).abs() < 0.01, "{time}: {recorded}");
            // A stream detects a step after 0.3 s, and knows the new height after the first rise.
            if *time < 31.0 || *time > 38.0 {
                assert!((live - standing).abs() < 0.01, "{time}: {live}");
            }
        }
    }
}
