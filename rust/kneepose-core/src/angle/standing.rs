//! The height that knee flexion from depth compares with.

use ndarray::ArrayView3;

use super::pack::Real;
use crate::signal::at;
use crate::signal::gap::fill;
use crate::signal::quantile::{quantile, rolling_quantile};
use crate::skeleton::{Side, Skeleton};
use crate::space::Up;

/// Standing height is this quantile over time: some frames stand, and the highest ones are noise.
const STANDING_QUANTILE: f64 = 0.95;

/// A foot whose ankle is this share of the leg above the other's does not stand.
pub const LIFTED_SHARE: f64 = 0.08;

/// In a recording standing is looked for within this many seconds around each frame.
const WINDOW_S: f64 = 15.0;

/// Standing heights around each frame of a recording, left and right: the same quantile over a window
/// of 15 s, so that a person who walks away from the camera, or sits for minutes, is measured against
/// how tall they stand near by. `fs` is frames per second.
pub fn standing_series<S: Real>(
    points: ArrayView3<'_, S>,
    skeleton: &Skeleton,
    up: Up,
    fs: f64,
) -> Vec<[f64; 2]> {
    let frames = points.dim().0;
    let half = (0.5 * WINDOW_S * fs).round().clamp(1.0, frames.max(1) as f64) as usize;
    let [left, right] = heights(points, skeleton, up).map(|mut series| {
        let index: Vec<f64> = (0..frames).map(|i| i as f64).collect();
        fill(&index, &mut series, 1.0, f64::INFINITY);
        let first = series.iter().position(|h| h.is_finite());
        let last = series.iter().rposition(|h| h.is_finite());
        let (Some(first), Some(last)) = (first, last) else { return vec![f64::NAN; frames] };
        let seen = series.get(first..=last).unwrap_or_default();
        let rolled = rolling_quantile(seen, half, STANDING_QUANTILE);
        let value = |i: usize| at(&rolled, i.clamp(first, last) - first);
        (0..frames).map(value).collect()
    });
    left.into_iter().zip(right).map(|(l, r)| [l, r]).collect()
}

/// Height of the hip over the ankle while standing, left and right, in the unit of the coordinates;
/// NaN where a leg is never seen. `points` is (frames, keypoints, 2 | 3).
pub fn standing_heights<S: Real>(
    points: ArrayView3<'_, S>,
    skeleton: &Skeleton,
    up: Up,
) -> [f64; 2] {
    heights(points, skeleton, up).map(|series| quantile(&series, STANDING_QUANTILE))
}

/// Height of the hip over the ankle in each frame, left and right.
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

/// Height of one keypoint over another in each frame, NaN where either is missing.
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
