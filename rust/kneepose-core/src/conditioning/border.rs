//! Keypoints that the estimator moved to the edge of the image, because the joint lies outside.

use super::working_copy::WorkingCopy;
use crate::recording::Repair;

/// How near to the edge a clipped point lies, in pixels: estimators clip to the last pixel or to the
/// width.
const NEAR: f64 = 0.5;
/// A person may pass the edge in a single frame.
const LEAST_FRAMES: usize = 2;

/// Masks points that stay on the edge for two frames or more. Without a resolution only exact zeros
/// are known to be an edge.
pub(super) fn mask(copy: &mut WorkingCopy, resolution: Option<[f64; 2]>) {
    // Mostly there is none.
    let mut points = copy.points.chunks_exact(copy.dims.max(1));
    if !points.any(|point| is_on_edge(point, resolution)) {
        return;
    }
    for keypoint in 0..copy.keypoints {
        let mut since = None;
        for frame in 0..=copy.frames {
            let on_edge = copy.point(frame, keypoint).is_some_and(|p| is_on_edge(p, resolution));
            match (on_edge, since) {
                (true, None) => since = Some(frame),
                (false, Some(first)) => {
                    if frame - first >= LEAST_FRAMES {
                        (first..frame).for_each(|t| copy.mask(t, keypoint, Repair::AtImageBorder));
                    }
                    since = None;
                }
                _ => {}
            }
        }
    }
}

fn is_on_edge(point: &[f64], resolution: Option<[f64; 2]>) -> bool {
    let Some(size) = resolution else { return point.contains(&0.0) };
    point
        .iter()
        .zip(size)
        .any(|(v, size)| v.abs() <= NEAR || (size - 1.0 - NEAR..=size + NEAR).contains(v))
}
