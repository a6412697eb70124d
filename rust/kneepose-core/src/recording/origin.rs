//! Origin of keypoints: their estimator, and whether depth is measured or estimated.

use crate::error::{Error, Result};
use crate::skeleton::Skeleton;

/// Origin of the third coordinate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Measured by several cameras, a depth sensor, markers or a simulation.
    Measured,
    /// Estimated by a model from one camera. Such depth reflects typical postures.
    Estimated,
}

/// All depth origins with their names in the API.
pub const DEPTHS: [(&str, Depth); 2] =
    [("measured", Depth::Measured), ("estimated", Depth::Estimated)];

/// Skeletons whose 3-D keypoints usually come from one camera: world landmarks of MediaPipe, lifted
/// H36M points, and body models fitted to a video.
const USUALLY_ESTIMATED: &[&str] = &["mediapipe33", "h36m17", "smpl24"];

impl Depth {
    /// Parses `measured` or `estimated`.
    ///
    /// # Errors
    /// [`Error::UnknownName`] for any other text.
    pub fn parse(name: &str) -> Result<Self> {
        DEPTHS
            .iter()
            .find(|row| row.0 == name)
            .map(|row| row.1)
            .ok_or_else(|| Error::unknown("depth", name, DEPTHS.map(|row| row.0)))
    }

    /// Name in the API.
    pub fn name(self) -> &'static str {
        DEPTHS.iter().find(|row| row.1 == self).map_or("", |row| row.0)
    }

    /// Default origin of depth for a skeleton.
    pub fn usual(skeleton: &Skeleton) -> Self {
        if USUALLY_ESTIMATED.contains(&skeleton.name()) { Self::Estimated } else { Self::Measured }
    }
}

/// Origin of keypoints, on which their systematic errors depend.
#[derive(Debug, Clone, PartialEq)]
pub struct Origin {
    /// Origin of the third coordinate; ignored in an image.
    pub depth: Depth,
    /// Name of the pose estimator as free text; empty if it is not known.
    pub estimator: String,
}

impl Origin {
    /// Default origin of keypoints of this skeleton.
    pub fn usual(skeleton: &Skeleton) -> Self {
        Self { depth: Depth::usual(skeleton), estimator: String::new() }
    }
}
