//! Where coordinates live.

use crate::error::{Error, Result};
use crate::math::vector::Vec3;

/// Which way is up in the coordinates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Up {
    /// Image space: x right, y down, two components.
    Image,
    /// World space: a unit vector.
    World(Vec3),
}

impl Up {
    /// Reads `x y z -x -y -z`.
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

    /// As a vector.
    pub fn vector(self) -> Vec3 {
        match self {
            Self::Image => [0.0, -1.0, 0.0],
            Self::World(up) => up,
        }
    }
}
