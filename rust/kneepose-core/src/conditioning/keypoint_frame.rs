//! The keypoints of one frame, and the leg keypoints that the steps of conditioning look at.

use crate::math::vector::{dot, sub};
use crate::skeleton::{Side, Skeleton};

/// Keypoints of one frame, keypoint after keypoint; NaN is missing.
#[derive(Clone, Copy)]
pub(super) struct KeypointFrame<'a> {
    pub dims: usize,
    pub points: &'a [f64],
    pub confidence: &'a [f64],
}

impl KeypointFrame<'_> {
    /// A point that is there, with z = 0 in an image.
    #[inline]
    pub fn place(&self, keypoint: usize) -> Option<[f64; 3]> {
        let from_here = self.points.get(keypoint * self.dims..)?;
        let place = if self.dims == 2 {
            let [x, y] = *from_here.first_chunk()?;
            [x, y, 0.0]
        } else {
            *from_here.first_chunk()?
        };
        let [x, y, z] = place;
        // A sum is finite only if its parts are.
        (x + y + z).is_finite().then_some(place)
    }
}

/// A point with z = 0 in an image.
#[inline]
pub(super) fn place(point: &[f64]) -> [f64; 3] {
    let mut place = [0.0; 3];
    place.iter_mut().zip(point).for_each(|(slot, v)| *slot = *v);
    place
}

/// Squared distance of two points.
#[inline]
pub(super) fn squared_distance(a: [f64; 3], b: [f64; 3]) -> f64 {
    let off = sub(a, b);
    dot(off, off)
}

/// Index of a landmark of one side.
pub(super) fn landmark(skeleton: &Skeleton, side: Side, joint: &str) -> Option<usize> {
    skeleton.index(&format!("{}_{joint}", side.name()))
}
