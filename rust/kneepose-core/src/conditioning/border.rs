//! Masks keypoints that the estimator moved to the image border because the joint lies outside the
//! image.

use super::working_copy::WorkingCopy;
use crate::recording::Repair;

/// Maximum distance from the border at which a point counts as clipped, pixels. Estimators clip to
/// the last pixel or to the image size.
/// Source: derived: half of a pixel, because a clipped coordinate is a whole number of pixels.
const NEAR: f64 = 0.5;
/// Minimum number of consecutive frames on the border that count as clipped. A moving person may
/// cross the border in a single frame.
/// Source: chosen: a coordinate that is clipped stays the same for a while; no test shows its
/// effect.
const LEAST_FRAMES: usize = 2;

/// Number of points that are tested in one pass.
/// Source: derived: enough for vector instructions to pay; no test shows its effect.
const TOGETHER: usize = 64;

/// Masks points that stay on the image border for at least two frames.
pub(super) fn mask(copy: &mut WorkingCopy, resolution: Option<[f64; 2]>) {
    // Most recordings have no point on the border, so a fast pass without details comes first.
    let mut stretches = copy.points.chunks(copy.dims.max(1) * TOGETHER);
    let on_border = |points: &[f64]| {
        let each = points.chunks_exact(copy.dims.max(1));
        each.fold(false, |any, point| any | is_on_border(point, resolution))
    };
    if !stretches.any(on_border) {
        return;
    }
    for keypoint in 0..copy.keypoints {
        let mut run = 0;
        for frame in 0..copy.frames {
            let clipped = copy.point(frame, keypoint).is_some_and(|p| is_on_border(p, resolution));
            run = if clipped { run + 1 } else { 0 };
            // Only the second frame on the border shows that the first one was clipped as well.
            if run >= LEAST_FRAMES {
                for masked in frame + 1 - LEAST_FRAMES..=frame {
                    copy.mask(masked, keypoint, Repair::AtImageBorder);
                }
                run = LEAST_FRAMES - 1;
            }
        }
    }
}

/// True if a point lies on the image border. If the resolution is unknown, only coordinates of
/// exactly zero are known to lie there.
#[inline]
pub(super) fn is_on_border(point: &[f64], resolution: Option<[f64; 2]>) -> bool {
    let [x, y] = match *point {
        [x, y, ..] => [x, y],
        _ => return false,
    };
    let Some([width, height]) = resolution else { return (x == 0.0) | (y == 0.0) };
    let clipped =
        |v: f64, size: f64| (v.abs() <= NEAR) | ((v >= size - 1.0 - NEAR) & (v <= size + NEAR));
    clipped(x, width) | clipped(y, height)
}
