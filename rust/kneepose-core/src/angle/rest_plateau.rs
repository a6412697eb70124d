//! Resting height of the legs, the reference of knee flexion from depth in an image. If both feet
//! stand, both legs share one reference.

use ndarray::ArrayView3;

use super::pack::Real;
use super::standing::{LIFTED_SHARE, height_over};
use crate::math::vector::Vec3;
use crate::memory::gathered;
use crate::skeleton::{Side, Skeleton};
use crate::space::Up;
use crate::stats::quantile::{median, quantile, shortest_half};

/// Minimum height that can belong to rest, as a share of the standing height. It allows knees that
/// are flexed by less than 36°.
/// Source: chosen: 2·acos(0.95) is 36°, more than people keep at rest; measured by
/// docs/evidence/accuracy.md.
const REST_SHARE: f64 = 0.95;
/// Minimum descent of one leg, as a share of the descent of the other, at which both do the same
/// movement.
/// Source: chosen: a camera 30° to the side sees 0.8 if both legs do the same movement; measured by
/// docs/evidence/accuracy.md.
const SAME_SINKING: f64 = 0.67;
/// Minimum share of the frames in which both feet keep their places, for a person who stands on
/// both feet throughout.
/// Source: chosen: a few frames may be wrong; no test shows its effect.
const STANDING_SHARE: f64 = 0.95;

/// Replaces the standing heights of an image, which are high quantiles, by the resting heights.
///
/// Flexion is 2·acos(height / standing height), which is steep near standing. Overshoot and noise
/// make a high quantile about 1.5 % too large, which reads as 20° in a person who stands straight.
/// Rest is therefore estimated as the median of the densest half of the heights near the top.
///
/// If both feet stand throughout, both legs get the height of the mid-hip above the mid-ankle. A
/// camera that stands to the side or is tilted shows one leg too short and the other too long, and
/// the mean is correct.
///
/// `heights` holds one pair per frame, left and right, in the unit of the coordinates.
pub fn rest_on_plateau<S: Real>(
    points: ArrayView3<'_, S>,
    skeleton: &Skeleton,
    heights: &mut [[f64; 2]],
) {
    let Some(legs) = legs(points, skeleton) else { return };
    let [left, right] = &legs;
    let shares: Vec<[f64; 2]> = gathered(
        heights.iter().zip(left.iter().zip(right)).map(|(full, (l, r))| [l / full[0], r / full[1]]),
    );
    if stand_throughout(points, skeleton, heights) && sink_alike(&shares) {
        let both: Vec<f64> = gathered(
            heights
                .iter()
                .zip(left.iter().zip(right))
                .map(|(full, (l, r))| (l + r) / (full[0] + full[1])),
        );
        let rest = plateau(both.iter().copied());
        for (full, (share, (l, r))) in
            heights.iter_mut().zip(both.iter().zip(left.iter().zip(right)))
        {
            // These standing heights give both legs the same share: that of both together. They do not
            // exist if a hip is not above its ankle.
            if *share > 0.0 && *l > 0.0 && *r > 0.0 {
                *full = [l * rest / share, r * rest / share];
            } else {
                *full = full.map(|full| full * rest);
            }
        }
        return;
    }
    let rest = [0, 1].map(|side: usize| {
        plateau(shares.iter().map(|pair| pair.get(side).copied().unwrap_or(f64::NAN)))
    });
    for full in heights {
        *full = [full[0] * rest[0], full[1] * rest[1]];
    }
}

/// Resting height of a leg, as a share of the standing height; 1 if the leg never comes near it.
fn plateau(shares: impl Iterator<Item = f64>) -> f64 {
    let rest = shortest_half(shares.filter(|share| *share >= REST_SHARE));
    if rest.is_finite() { rest } else { 1.0 }
}

/// Height of each hip above its ankle in every frame; `None` if the skeleton lacks a keypoint.
fn legs<S: Real>(points: ArrayView3<'_, S>, skeleton: &Skeleton) -> Option<[Vec<f64>; 2]> {
    let leg = |side: Side| {
        let index = |joint: &str| skeleton.index(&format!("{}_{joint}", side.name()));
        Some(height_over(points, index("ankle")?, index("hip")?, Up::Image))
    };
    Some([leg(Side::Left)?, leg(Side::Right)?])
}

/// True if the height difference of the ankles stays constant, as on two feet.
fn stand_throughout<S: Real>(
    points: ArrayView3<'_, S>,
    skeleton: &Skeleton,
    heights: &[[f64; 2]],
) -> bool {
    let [left, right] = Side::BOTH.map(|side| skeleton.index(&format!("{}_ankle", side.name())));
    let (Some(left), Some(right)) = (left, right) else { return false };
    let at = |t: usize, k: usize| -> Vec3 {
        [0, 1, 2].map(|d| points.get((t, k, d)).map_or(0.0, |v| v.to_f64()))
    };
    let apart: Vec<f64> = heights
        .iter()
        .enumerate()
        .map(|(t, full)| {
            let ([_, left, _], [_, right, _]) = (at(t, left), at(t, right));
            (left - right) / full[0].max(full[1])
        })
        .collect();
    let usual = median(&apart);
    let off: Vec<f64> = gathered(apart.iter().map(|apart| (apart - usual).abs()));
    // If a person holds one foot up throughout, the height difference is also constant. It must
    // therefore be small as well.
    usual.abs() < 2.0 * LIFTED_SHARE && quantile(&off, STANDING_SHARE) < 0.5 * LIFTED_SHARE
}

/// True if both legs descend by about the same amount.
fn sink_alike(shares: &[[f64; 2]]) -> bool {
    let sinks = [0, 1].map(|side: usize| {
        let of: Vec<f64> =
            gathered(shares.iter().map(|pair| pair.get(side).copied().unwrap_or(f64::NAN)));
        1.0 - quantile(&of, 1.0 - STANDING_SHARE)
    });
    let [left, right] = sinks;
    left.min(right) >= SAME_SINKING * left.max(right)
}
