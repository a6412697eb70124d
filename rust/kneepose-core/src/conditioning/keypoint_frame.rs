//! Keypoints of one frame, and lookup of the leg keypoints that conditioning uses.

use crate::math::vector::{dot, sub};
use crate::skeleton::{Side, Skeleton};

/// Keypoints of one frame, one after the other; NaN if missing.
#[derive(Clone, Copy)]
pub(super) struct KeypointFrame<'a> {
    pub dims: usize,
    pub points: &'a [f64],
    pub confidence: &'a [f64],
}

impl KeypointFrame<'_> {
    /// Position of a keypoint, with z = 0 in an image; `None` if it is missing.
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
        // A sum is finite only if all its terms are.
        (x + y + z).is_finite().then_some(place)
    }
}

/// Position with z = 0 added in an image.
#[inline]
pub(super) fn place(point: &[f64]) -> [f64; 3] {
    let mut place = [0.0; 3];
    place.iter_mut().zip(point).for_each(|(slot, v)| *slot = *v);
    place
}

/// Squared distance between two points.
#[inline]
pub(super) fn squared_distance(a: [f64; 3], b: [f64; 3]) -> f64 {
    let off = sub(a, b);
    dot(off, off)
}

/// Keypoint index of a landmark on one side.
pub(super) fn landmark(skeleton: &Skeleton, side: Side, joint: &str) -> Option<usize> {
    skeleton.index(&format!("{}_{joint}", side.name()))
}
