//! Coordinate spaces: image or world, and their vertical direction.

use crate::error::{Error, Result};
use crate::math::vector::Vec3;

/// Vertical direction of the coordinates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Up {
    /// Image space: x right, y down, two components.
    Image,
    /// World space: three components; the unit vector points up.
    World(Vec3),
}

impl Up {
    /// Parses an up axis: `x`, `y`, `z`, `-x`, `-y` or `-z`.
    ///
    /// # Errors
    /// [`Error::UnknownName`] for any other text.
    pub fn parse_world(name: &str) -> Result<Self> {
        let up = match name {
            "x" => [1.0, 0.0, 0.0],
            "y" => [0.0, 1.0, 0.0],
            "z" => [0.0, 0.0, 1.0],
            "-x" => [-1.0, 0.0, 0.0],
            "-y" => [0.0, -1.0, 0.0],
            "-z" => [0.0, 0.0, -1.0],
            _ => return Err(Error::unknown("up axis", name, ["x", "y", "z", "-x", "-y", "-z"])),
        };
        Ok(Self::World(up))
    }

    /// Number of components of a point.
    pub fn dims(self) -> usize {
        match self {
            Self::Image => 2,
            Self::World(_) => 3,
        }
    }

    /// Unit vector that points up; its z is 0 in an image.
    #[inline]
    pub fn vector(self) -> Vec3 {
        match self {
            Self::Image => [0.0, -1.0, 0.0],
            Self::World(up) => up,
        }
    }
}
