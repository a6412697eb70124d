//! Angles that keypoints with estimated depth cannot show.

use crate::angle::{AngleSpec, Measure, Plane};
use crate::recording::Depth;
use crate::space::Up;
use crate::validity::Validity;

/// Reason why estimated depth does not show an angle; `None` if it does, and in an image. Hip
/// adduction, hip rotation and knee valgus from the world points of MediaPipe do not correlate with
/// marker-based values (r −0.7 to 0.1 in one person). Measures outside the sagittal plane are
/// therefore refused.
pub fn depth_refusal(spec: &AngleSpec, up: Up, depth: Depth) -> Option<Validity> {
    // The height of the hip relative to standing needs a vertical and a floor, which are also only
    // estimated.
    let outside = matches!(spec.plane, Plane::Frontal | Plane::Spatial)
        || spec.measure == Measure::Shortening;
    (up != Up::Image && depth == Depth::Estimated && outside).then_some(Validity::DepthEstimated)
}
