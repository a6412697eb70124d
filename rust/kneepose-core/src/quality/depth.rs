//! Limits of keypoints with estimated depth.

use crate::angle::{AngleSpec, Measure, Plane};
use crate::recording::Depth;
use crate::space::Up;
use crate::validity::Validity;

/// Why estimated depth does not show the angle; `None` where it does, and in an image. World points of
/// MediaPipe give hip adduction, hip rotation and knee-inward values without relation to markers
/// (r −0.7 to 0.1 in one person), so measures outside of the sagittal plane are refused.
pub fn depth_refusal(spec: &AngleSpec, up: Up, depth: Depth) -> Option<Validity> {
    // The height of the hip against standing needs a vertical and a floor, which are guessed, too.
    let outside = matches!(spec.plane, Plane::Frontal | Plane::Spatial)
        || spec.measure == Measure::Shortening;
    (up != Up::Image && depth == Depth::Estimated && outside).then_some(Validity::DepthEstimated)
}
