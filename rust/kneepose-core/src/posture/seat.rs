//! Detects a body that pauses on a seat. In standing, nobody can have the center of mass behind the
//! feet, so that identifies a seat. Stillness does not: a person who holds a squat moves less than
//! the error of the keypoints.

use super::FramePosture;
use crate::math::vector::{Vec3, dot, sub, unit};
use crate::reps::Rep;
use crate::stats::quantile::{Scratch, quantile_in};

/// Minimum distance of the center of mass behind the ankles at which it is also behind the heels, as
/// a share of the leg length.
/// Source: docs/evidence/form.md.
pub(super) const BEHIND: f64 = 0.05;
/// Minimum backward travel of the center of mass since standing, as a share of the leg length, so
/// that a tilted vertical alone does not indicate a seat.
/// Source: docs/evidence/form.md.
pub(super) const GONE_BACK: f64 = 0.06;
/// Minimum part of the bottom in which the center of mass must be behind the feet; it moves forward
/// again before standing up.
/// Source: chosen: a person may sit for a moment; measured by docs/evidence/form.md.
const PART: f64 = 0.1;
/// Number of frames at the start and the end of a repetition that represent the standing body.
/// Source: chosen: single frames are noisy; no test shows its effect.
const STANDING_FRAMES: usize = 3;

/// True if the body sits at the bottom of a repetition. The frames must be 3-D or show the body
/// from the side.
pub fn sits(postures: &[FramePosture], rep: &Rep, scratch: &mut Scratch) -> bool {
    let within = |from: usize, to: usize| postures.get(from..=to).unwrap_or_default();
    let bottom = within(rep.bottom_start, rep.bottom_end);
    let standing = [
        within(rep.start, rep.start + STANDING_FRAMES),
        within(rep.end.saturating_sub(STANDING_FRAMES), rep.end),
    ];
    let behind = weight_behind([bottom, &[]], &|_| true, standing, scratch);
    behind.is_some_and(|[back, gone_back]| back > BEHIND && gone_back > GONE_BACK)
}

/// Distance of the center of mass behind the feet while the body is low, and its backward travel
/// since standing, as shares of the leg length; `None` if it cannot be measured. `is_low` selects
/// from the `low` frames.
pub(super) fn weight_behind(
    low: [&[FramePosture]; 2],
    is_low: &dyn Fn(&FramePosture) -> bool,
    standing: [&[FramePosture]; 2],
    scratch: &mut Scratch,
) -> Option<[f64; 2]> {
    let bottom = low.into_iter().flatten().filter(|s| is_low(s));
    let standing = standing.into_iter().flatten();
    // The feet are taken from standing, because the ankles of depth cameras jump near the bottom
    // and real feet do not move. If the estimator fixes the hips at the origin, the feet of each
    // frame are used instead.
    let pinned = bottom.clone().any(FramePosture::has_pinned_hips);
    let feet = middle(standing.clone().map(|p| p.feet), scratch);
    let over_feet = |p: &FramePosture| sub(p.weight, if pinned { p.feet } else { feet });
    let front = unit(middle(bottom.clone().map(|p| p.front), scratch));
    let leg = quantile_in(standing.clone().map(FramePosture::mean_leg), 0.5, scratch);
    let upright = dot(middle(standing.map(over_feet), scratch), front);
    let back = quantile_in(bottom.map(|p| dot(over_feet(p), front)), PART, scratch);
    let shares = [-back / leg, (upright - back) / leg];
    shares.iter().all(|share| share.is_finite()).then_some(shares)
}

/// Median of each coordinate of some points.
fn middle(points: impl Iterator<Item = Vec3> + Clone, scratch: &mut Scratch) -> Vec3 {
    [0, 1, 2].map(|d: usize| {
        let coordinate = |point: Vec3| point.get(d).copied().unwrap_or(f64::NAN);
        quantile_in(points.clone().map(coordinate), 0.5, scratch)
    })
}
