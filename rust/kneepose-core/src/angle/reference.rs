//! What a frame is read against beside its own points.

use crate::vector::Vec3;

/// The horizontal forward direction that inclinations and projections are read against.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Heading<'a> {
    /// Where the pelvis points in each frame (world), or the feet or the nose (image).
    PerFrame,
    /// One direction for all frames. In an image `[±1, 0, 0]`: which way the person faces.
    Fixed(Vec3),
    /// One direction for each frame.
    Series(&'a [Vec3]),
}

impl<'a> Heading<'a> {
    /// The direction of one frame, where it is given.
    pub(super) fn at(self, frame: usize) -> Option<Vec3> {
        match self {
            Self::PerFrame => None,
            Self::Fixed(forward) => Some(forward),
            Self::Series(series) => Some(series.get(frame).copied().unwrap_or([f64::NAN; 3])),
        }
    }

    /// The same from frame `first` on.
    pub(super) fn skip(self, first: usize) -> Self {
        match self {
            Self::Series(series) => Self::Series(series.get(first..).unwrap_or_default()),
            other => other,
        }
    }
}

/// Standing height of the hip over the ankle, left and right, in the unit of the coordinates; needed
/// by `knee_flexion_from_depth` only.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Standing<'a> {
    /// One pair for all frames; NaN where it is not known.
    Fixed([f64; 2]),
    /// One pair for each frame: a person who walks away from the camera shrinks.
    Series(&'a [[f64; 2]]),
}

impl<'a> Standing<'a> {
    /// The heights of one frame.
    pub(super) fn at(self, frame: usize) -> [f64; 2] {
        match self {
            Self::Fixed(heights) => heights,
            Self::Series(series) => series.get(frame).copied().unwrap_or([f64::NAN; 2]),
        }
    }

    /// The same from frame `first` on.
    pub(super) fn skip(self, first: usize) -> Self {
        match self {
            Self::Series(series) => Self::Series(series.get(first..).unwrap_or_default()),
            other => other,
        }
    }
}
