//! Descent of the body: the signal in which repetitions of standing exercises are counted, recorded
//! and live.
//!
//! Hips and shoulders are the most stable keypoints of every estimator. Knee angles are less
//! reliable: depth cameras lose the ankles for moments, mostly near the bottom, and from the front
//! a flexed knee looks straight.

use super::frame_posture::FramePosture;
use crate::math::vector::Vec3;
use crate::memory::gathered;
use crate::stats::quantile::{Scratch, median, quantile_in};

/// Quantile of the apparent lengths of the legs that estimates their true length, because knees
/// that flex toward a camera look shorter.
/// Source: chosen: above the lengths in most bends, below the outliers; measured by
/// docs/evidence/counting.md.
const LENGTH_QUANTILE: f64 = 0.8;
/// Time over which a stream averages the first estimate of leg and trunk length, seconds.
/// Source: chosen: the time in which the view is determined; measured by docs/evidence/counting.md.
const FIRST_S: f64 = 1.0;
/// Rate at which a stream updates leg and trunk length after the first estimate, per second.
/// Source: chosen: a tenth of a new length in a second, slower than any repetition; measured by
/// docs/evidence/counting.md.
const FOLLOW_RATE: f64 = 0.1;
/// Maximum weight of an interval between frames, seconds; a longer one counts as this long. After a
/// pause, one frame carries no more information than any other.
/// Source: chosen: the same limit as for the frame rate; held by test tests/hostile/test_time.py.
const LONGEST_S: f64 = 0.25;

/// Sizes of the body that convert its posture to a descent.
#[derive(Debug, Clone, Copy)]
struct BodySize {
    /// Length of a leg, in the unit of the keypoints.
    leg: f64,
    /// Height of the shoulders above the hips, used in frames in which the shoulders are missing.
    rise: f64,
}

impl BodySize {
    /// Height of the midpoint between hips and shoulders, in leg lengths. Both have the same
    /// weight: bending forward lowers only the shoulders, moving a leg lowers only the hips.
    fn height(&self, posture: &FramePosture, up: Vec3) -> f64 {
        let rise = [posture.rise, self.rise, 0.0].into_iter().find(|rise| rise.is_finite());
        (posture.hip_height(up) + 0.5 * rise.unwrap_or(0.0)) / self.leg
    }
}

/// Descent of the body below its median height in each frame, in leg lengths; NaN if the hips are
/// missing.
pub fn descent(postures: &[FramePosture], up: Vec3) -> Vec<f64> {
    let mut scratch = Scratch::new();
    let mut of_all = |q: f64, value: &dyn Fn(&FramePosture) -> f64| {
        quantile_in(postures.iter().map(value), q, &mut scratch)
    };
    let size = BodySize {
        leg: of_all(LENGTH_QUANTILE, &FramePosture::mean_leg),
        rise: of_all(0.5, &|s| s.rise),
    };
    let mut series: Vec<f64> = gathered(postures.iter().map(|s| -size.height(s, up)));
    let middle = median(&series);
    series.iter_mut().for_each(|value| *value -= middle);
    series
}

/// Descent of the body in a stream, relative to the first known height.
#[derive(Debug, Clone, Copy)]
pub struct CausalDescent {
    size: BodySize,
    /// Height of the body in the first frame, in the unit of the keypoints.
    origin: f64,
    seen_s: f64,
}

impl CausalDescent {
    /// State before the first frame.
    pub const UNKNOWN: Self =
        Self { size: BodySize { leg: f64::NAN, rise: f64::NAN }, origin: f64::NAN, seen_s: 0.0 };

    /// Height of the hips above the feet, in leg lengths.
    pub fn stature(&self, posture: &FramePosture) -> f64 {
        posture.hips_over_feet() / self.size.leg
    }

    /// Adds a frame, `dt` seconds after the previous one, and returns its descent.
    pub fn push(&mut self, posture: &FramePosture, up: Vec3, dt: f64) -> f64 {
        let dt = if dt.is_finite() { dt.min(LONGEST_S) } else { 0.0 };
        let first = self.seen_s < FIRST_S;
        let share = if first { (dt / (self.seen_s + dt)).min(1.0) } else { FOLLOW_RATE * dt };
        let follow = |size: &mut f64, seen: f64, quantile: f64| {
            if !seen.is_finite() {
            } else if !size.is_finite() {
                *size = seen;
            } else if first {
                *size += share * (seen - *size);
            } else {
                // Steps up and down in this ratio converge to the quantile.
                let step = if seen > *size { quantile } else { quantile - 1.0 };
                *size += share * step * *size;
            }
        };
        follow(&mut self.size.leg, posture.mean_leg(), LENGTH_QUANTILE);
        follow(&mut self.size.rise, posture.rise, 0.5);
        if self.size.leg.is_finite() {
            self.seen_s += dt;
        }
        let height = self.size.height(posture, up) * self.size.leg;
        if self.origin.is_nan() {
            self.origin = height;
        }
        (self.origin - height) / self.size.leg
    }
}
