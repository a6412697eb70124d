//! Heading and standing height, which angles are measured against.

use crate::error::{Error, Result};
use crate::math::vector::{Vec3, norm, reject};
use crate::space::Up;

/// Minimum sine of the angle between a given heading and the vertical.
/// Source: derived: rounding of double precision; a heading that is given is exact.
const MIN_HEADING_SINE: f64 = 1e-9;

/// Heading: the horizontal forward direction that inclinations and projections refer to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Heading<'a> {
    /// Direction of the pelvis in each frame (world), or of the feet or the nose (image).
    PerFrame,
    /// The same direction for all frames. In an image, `[±1, 0, 0]` is the direction that the
    /// person faces.
    Fixed(Vec3),
    /// A separate direction for each frame.
    Series(&'a [Vec3]),
}

impl<'a> Heading<'a> {
    /// Makes a heading with one direction for all frames.
    ///
    /// # Errors
    /// [`Error::Option`] if the direction is zero, vertical or not finite.
    pub fn fixed(forward: Vec3, up: Up) -> Result<Self> {
        let level = match up {
            Up::Image => {
                let [across, ..] = forward;
                [across, 0.0, 0.0]
            }
            Up::World(up) => reject(forward, up),
        };
        let (level, length) = (norm(level), norm(forward));
        if level.is_finite() && level > MIN_HEADING_SINE * length && length >= f64::MIN_POSITIVE {
            return Ok(Self::Fixed(forward));
        }
        Err(Error::Option(format!(
            "heading is {forward:?}; it must point along the ground (in an image [1, 0, 0] or \
             [-1, 0, 0]: which way the person faces)"
        )))
    }

    /// Direction of one frame; `None` if no heading is given.
    pub(super) fn at(self, frame: usize) -> Option<Vec3> {
        match self {
            Self::PerFrame => None,
            Self::Fixed(forward) => Some(forward),
            Self::Series(series) => Some(series.get(frame).copied().unwrap_or([f64::NAN; 3])),
        }
    }

    /// The heading of the frames from `first` on.
    pub(super) fn skip(self, first: usize) -> Self {
        match self {
            Self::Series(series) => Self::Series(series.get(first..).unwrap_or_default()),
            other => other,
        }
    }
}

/// Height of the hip above the ankle in standing, left and right, in the unit of the coordinates. Only
/// `knee_flexion_from_depth` uses it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Standing<'a> {
    /// The same pair of heights for all frames; NaN if unknown.
    Fixed([f64; 2]),
    /// A separate pair of heights for each frame, because a person who walks away from the camera
    /// appears smaller.
    Series(&'a [[f64; 2]]),
}

impl<'a> Standing<'a> {
    /// Standing heights of one frame.
    pub(super) fn at(self, frame: usize) -> [f64; 2] {
        match self {
            Self::Fixed(heights) => heights,
            Self::Series(series) => series.get(frame).copied().unwrap_or([f64::NAN; 2]),
        }
    }

    /// The heights of the frames from `first` on.
    pub(super) fn skip(self, first: usize) -> Self {
        match self {
            Self::Series(series) => Self::Series(series.get(first..).unwrap_or_default()),
            other => other,
        }
    }
}
