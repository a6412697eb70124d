//! A body that pauses on a seat. Nobody stands with the weight behind the feet, held still or moving, so that
//! tells a seat. Stillness does not: a squat that is held moves less than keypoints are off.

use super::FramePosture;
use crate::math::vector::{Vec3, dot, sub, unit};
use crate::reps::Rep;
use crate::stats::quantile::{Scratch, quantile_in};

/// Weight this share of the leg behind the ankles is behind the heels …
/// Source: docs/evidence/form.md.
pub(super) const BEHIND: f64 = 0.05;
/// … and came there by more than the second share from standing, so that a tilted vertical does not.
/// Source: docs/evidence/form.md.
pub(super) const GONE_BACK: f64 = 0.06;
/// Part of the bottom in which the weight is behind: it comes forward to stand up.
/// Source: chosen: a person may sit for a moment; measured by docs/evidence/form.md.
const PART: f64 = 0.1;
/// Frames at the beginning and the end of a repetition that show the standing body.
/// Source: chosen: single frames are noisy; no test shows its effect.
const STANDING_FRAMES: usize = 3;

/// True if the body sits at the bottom of a repetition; frames seen from the side or in space.
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

/// Distance of the weight behind the feet in the frames of a seat, and how far it came there from standing, as
/// shares of the leg; `None` where it is not seen. Of the `low` frames those count that `is_low` takes.
pub(super) fn weight_behind(
    low: [&[FramePosture]; 2],
    is_low: &dyn Fn(&FramePosture) -> bool,
    standing: [&[FramePosture]; 2],
    scratch: &mut Scratch,
) -> Option<[f64; 2]> {
    let bottom = low.into_iter().flatten().filter(|s| is_low(s));
    let standing = standing.into_iter().flatten();
    // Ankles of a depth camera jump near the bottom, and feet stay where they stood. Where the hips are the
    // origin, the feet move instead.
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

/// Median of each coordinate.
fn middle(points: impl Iterator<Item = Vec3> + Clone, scratch: &mut Scratch) -> Vec3 {
    [0, 1, 2].map(|d: usize| {
        let coordinate = |point: Vec3| point.get(d).copied().unwrap_or(f64::NAN);
        quantile_in(points.clone().map(coordinate), 0.5, scratch)
    })
}
