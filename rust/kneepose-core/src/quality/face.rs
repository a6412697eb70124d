//! Turn of the body away from a camera in front, told from the face and the width of hips and shoulders.

use super::turned::{both, one, part};
use crate::math::vector::{Vec3, dot, norm, scale, sub};
use crate::recording::Recording;
use crate::stats::quantile::median;

/// How far the nose stands before the line through both ears, and through both eyes, as a share of the
/// distance between them. Engineering defaults; the first is that of the OpenSim recordings.
/// Source: chosen; measured by docs/evidence/calibration.md.
const NOSE_BEFORE: [(&str, f64); 2] = [("ear", 0.7), ("eye", 0.45)];
/// Frames with a face, or with hips and shoulders, the least that say something.
/// Source: chosen: a few frames may be wrong; no test shows its effect.
const LEAST_FRAMES: usize = 6;

/// Direction of the face against the line of sight, degrees, + to the right of the image: the median over
/// the frames, because heads turn for a moment. NaN where it is not seen, and from behind, where an
/// estimator guesses it.
pub(super) fn face(recording: &Recording, hips: &[Vec<Vec3>; 2]) -> f64 {
    let [left, right] = hips;
    let across: Vec<f64> = left.iter().zip(right).map(|(l, r)| part(r, 0) - part(l, 0)).collect();
    let (Some(nose), true) = (one(recording, "nose"), median(&across) < 0.0) else {
        return f64::NAN;
    };
    let by_pair = NOSE_BEFORE.iter().map(|(pair, before)| {
        let Some([left, right]) = both(recording, pair) else { return f64::NAN };
        let offsets = nose.iter().zip(left.iter().zip(&right)).map(|(nose, (l, r))| {
            // From the ear on the left of the image to that on its right, which a rolled head tilts. From
            // the front that is from the right ear to the left one.
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

/// Width of the hips and of the shoulders seen from in front, as shares of the trunk's length. Engineering
/// defaults: the middle of real people and of the simulated ones.
/// Source: chosen; measured by docs/evidence/calibration.md.
const USUAL_WIDTHS: [f64; 2] = [0.35, 0.68];

/// Width of hips and shoulders in the image over the trunk's length, as a share of the usual: the mean of the
/// two medians over the frames.
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
