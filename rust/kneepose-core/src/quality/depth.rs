//! What keypoints with estimated depth cannot show.

use crate::angle::{AngleSpec, Plane};
use crate::recording::Depth;
use crate::space::Up;
use crate::validity::Validity;

/// Why estimated depth does not show the angle; `None` where it does, and in an image. World points of
/// MediaPipe give hip adduction, hip rotation and knee-inward values without relation to markers
/// (r −0.7 to 0.1 in one person), so measures outside of the sagittal plane are refused.
pub fn depth_refusal(spec: &AngleSpec, up: Up, depth: Depth) -> Option<Validity> {
    let outside = matches!(spec.plane, Plane::Frontal | Plane::Spatial);
    (up != Up::Image && depth == Depth::Estimated && outside).then_some(Validity::DepthEstimated)
}
