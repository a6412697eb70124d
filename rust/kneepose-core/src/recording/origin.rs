//! Origin of keypoints: their estimator, and whether their depth is measured or estimated.

use crate::error::{Error, Result};
use crate::skeleton::Skeleton;

/// Origin of the third dimension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Several cameras, a depth sensor, markers or a simulation.
    Measured,
    /// A model that saw one camera. Its depth follows what bodies usually do.
    Estimated,
}

/// All origins with their names in the API.
pub const DEPTHS: [(&str, Depth); 2] =
    [("measured", Depth::Measured), ("estimated", Depth::Estimated)];

/// Skeletons whose 3-D keypoints usually come from one camera: MediaPipe's world landmarks, lifted
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

    /// Origin of 3-D keypoints of this skeleton where nothing else is known.
    pub fn usual(skeleton: &Skeleton) -> Self {
        if USUALLY_ESTIMATED.contains(&skeleton.name()) { Self::Estimated } else { Self::Measured }
    }
}

/// Origin of keypoints: what their errors depend on.
#[derive(Debug, Clone, PartialEq)]
pub struct Origin {
    /// Origin of the third dimension; without meaning in an image.
    pub depth: Depth,
    /// Name of the pose estimator as free text; empty if it is not known.
    pub estimator: String,
}

impl Origin {
    /// Origin of keypoints of this skeleton where nothing else is known.
    pub fn usual(skeleton: &Skeleton) -> Self {
        Self { depth: Depth::usual(skeleton), estimator: String::new() }
    }
}
