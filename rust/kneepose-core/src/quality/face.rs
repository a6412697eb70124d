//! Turn of the body away from a camera in front, from the face and from the width of hips and
//! shoulders.

use super::turned::{both, one, part};
use crate::math::vector::{Vec3, dot, norm, scale, sub};
use crate::recording::Recording;
use crate::stats::quantile::median;

/// Distance of the nose in front of the line through both ears, and through both eyes, as a share
/// of the length of that line. Engineering defaults; the first one is that of the OpenSim
/// recordings.
/// Source: chosen; measured by docs/evidence/calibration.md.
const NOSE_BEFORE: [(&str, f64); 2] = [("ear", 0.7), ("eye", 0.45)];
/// Minimum number of frames that show the face, or hips and shoulders, for an estimate.
/// Source: chosen: a few frames may be wrong; no test shows its effect.
const LEAST_FRAMES: usize = 6;

/// Direction of the face relative to the line of sight, degrees, positive to the right of the
/// image. It is the median over the frames, because people turn their head for moments. NaN if the
/// face is hidden, and from behind, where estimators guess it.
pub(super) fn face(recording: &Recording, hips: &[Vec<Vec3>; 2]) -> f64 {
    let [left, right] = hips;
    let across: Vec<f64> = left.iter().zip(right).map(|(l, r)| part(r, 0) - part(l, 0)).collect();
    let (Some(nose), true) = (one(recording, "nose"), median(&across) < 0.0) else {
        return f64::NAN;
    };
    let by_pair = NOSE_BEFORE.iter().map(|(pair, before)| {
        let Some([left, right]) = both(recording, pair) else { return f64::NAN };
        let offsets = nose.iter().zip(left.iter().zip(&right)).map(|(nose, (l, r))| {
            // Vector from the person's right ear to the left ear, which points to the right of an
            // image from the front. The projection onto it accounts for a tilted head.
            let line = sub(*l, *r);
            let middle = scale(sub(sub(*nose, *l), sub(*r, *nose)), 0.5);
            dot(middle, line) / dot(line, line)
        });
        let offsets: Vec<f64> = offsets.filter(|offset| offset.is_finite()).collect();
        if offsets.len() < LEAST_FRAMES {
            return f64::NAN;
        }
        libm::atan(median(&offsets) / before).to_degrees()
    });
    by_pair.into_iter().find(|turn| turn.is_finite()).unwrap_or(f64::NAN)
}

/// Width of the hips and of the shoulders from the front, as shares of the trunk length.
/// Engineering defaults: between the values of real and of simulated people.
/// Source: chosen; measured by docs/evidence/calibration.md.
const USUAL_WIDTHS: [f64; 2] = [0.35, 0.68];

/// Width of hips and shoulders in the image, relative to their typical width from the front. Each
/// is divided by the trunk length; the result is the mean of the two medians over the frames.
pub(super) fn width(hips: &[Vec<Vec3>; 2], shoulders: &[Vec<Vec3>; 2]) -> f64 {
    let ([lh, rh], [ls, rs]) = (hips, shoulders);
    let mut ratios: [Vec<f64>; 2] = Default::default();
    for ((lh, rh), (ls, rs)) in lh.iter().zip(rh).zip(ls.iter().zip(rs)) {
        let trunk = norm(scale(sub(sub(*ls, *lh), sub(*rh, *rs)), 0.5));
        let widths = [(lh, rh), (ls, rs)].map(|(l, r)| (part(l, 0) - part(r, 0)).abs() / trunk);
        for (list, width) in ratios.iter_mut().zip(widths) {
            list.push(width);
        }
    }
    let [hips, shoulders] = ratios.map(|mut list| {
        list.retain(|width| width.is_finite());
        if list.len() < LEAST_FRAMES { f64::NAN } else { median(&list) }
    });
    let [usual_hips, usual_shoulders] = USUAL_WIDTHS;
    0.5 * (hips / usual_hips + shoulders / usual_shoulders)
}
