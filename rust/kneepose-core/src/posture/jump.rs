//! A standing foot that leaves the floor while the hips are low: an estimator takes the free foot for it.

use super::FramePosture;
use crate::math::vector::{Vec3, dot};
use crate::reps::Rep;
use crate::skeleton::Side;
use crate::stats::quantile::{Scratch, quantile_in};

/// Rise of the ankle that no standing foot has, as a share of the leg. Where it stands it moves by 0.04 at
/// most, on the free foot by 0.08 to 0.27.
/// Source: docs/evidence/rendered.md.
const RISE: f64 = 0.06;

/// True if the ankle of a leg that stands alone is higher at the bottom of a repetition than where it begins
/// and ends. False where an estimator puts the origin between the hips, which makes feet rise.
pub fn foot_jumps(
    postures: &[FramePosture],
    (side, up): (Side, Vec3),
    rep: &Rep,
    scratch: &mut Scratch,
) -> bool {
    let bottom = postures.get(rep.bottom_start..=rep.bottom_end).unwrap_or_default();
    let ends = [rep.start, rep.end].map(|i| postures.get(i));
    if bottom.iter().any(FramePosture::has_pinned_hips) {
        return false;
    }
    let height = |posture: &FramePosture| {
        let [left, right] = posture.ankles;
        dot(if side == Side::Left { left } else { right }, up)
    };
    let low = quantile_in(bottom.iter().map(height), 0.5, scratch);
    ends.into_iter().flatten().all(|end| low - height(end) > RISE * end.leg())
}
