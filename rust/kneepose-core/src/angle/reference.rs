//! What a frame is read against beside its own points.

use crate::error::{Error, Result};
use crate::math::vector::{Vec3, norm, reject};
use crate::space::Up;

/// A heading nearer than this to the vertical shows no way along the ground.
const LEAST_SINE: f64 = 1e-9;

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
    /// One direction for all frames.
    ///
    /// # Errors
    /// [`Error::Option`] for a direction that shows no way along the ground: zero, or along `up`.
    pub fn fixed(forward: Vec3, up: Up) -> Result<Self> {
        let level = match up {
            Up::Image => {
                let [across, ..] = forward;
                [across, 0.0, 0.0]
            }
            Up::World(up) => reject(forward, up),
        };
        let (level, length) = (norm(level), norm(forward));
        if level.is_finite() && level > LEAST_SINE * length && length >= f64::MIN_POSITIVE {
            return Ok(Self::Fixed(forward));
        }
        Err(Error::Option(format!(
            "heading is {forward:?}; it must point along the ground (in an image [1, 0, 0] or \
             [-1, 0, 0]: which way the person faces)"
        )))
    }

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
