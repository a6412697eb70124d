//! Detects a standing foot that rises while the hips are low: the estimator confuses it with the
//! free foot.

use super::FramePosture;
use crate::math::vector::{Vec3, dot};
use crate::reps::Rep;
use crate::skeleton::Side;
use crate::stats::quantile::{Scratch, quantile_in};

/// Minimum rise of an ankle at which its foot cannot be standing, as a share of the leg length. The
/// ankle of a standing foot moves by at most 0.04. If the estimator confuses it with the free foot,
/// it moves by 0.08 to 0.27.
/// Source: docs/evidence/rendered.md.
const RISE: f64 = 0.06;

/// True if the ankle of the standing leg is higher at the bottom of a repetition than at its start
/// and end. False if the estimator fixes the hips at the origin, because feet then rise in every
/// squat.
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
