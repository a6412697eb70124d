//! The height that knee flexion from depth compares with.

use ndarray::ArrayView3;

use super::kernel::Real;
use crate::signal::quantile::quantile;
use crate::skeleton::{Side, Skeleton};
use crate::space::Up;

/// Standing height is this quantile over time: some frames stand, and the highest ones are noise.
const STANDING_QUANTILE: f64 = 0.95;

/// Height of the hip over the ankle while standing, left and right, in the unit of the coordinates;
/// NaN where a leg is never seen. `points` is (frames, keypoints, 2 | 3).
pub fn standing_heights<S: Real>(
    points: ArrayView3<'_, S>,
    skeleton: &Skeleton,
    up: Up,
) -> [f64; 2] {
    let up = up.vector();
    Side::BOTH.map(|side| {
        let index = |joint: &str| skeleton.index(&format!("{}_{joint}", side.name()));
        let (Some(hip), Some(ankle)) = (index("hip"), index("ankle")) else { return f64::NAN };
        let heights: Vec<f64> = (0..points.dim().0)
            .map(|t| {
                let component = |k, d| points.get((t, k, d)).map_or(f64::NAN, |v| v.to_f64());
                let along = |(d, up): (usize, &f64)| up * (component(hip, d) - component(ankle, d));
                up.iter().enumerate().filter(|(_, up)| **up != 0.0).map(along).sum()
            })
            .collect();
        quantile(&heights, STANDING_QUANTILE)
    })
}
