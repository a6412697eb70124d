//! Reference of knee flexion from depth in an image: the height at which the legs rest, and of both legs
//! together where both feet stand.

use ndarray::ArrayView3;

use super::pack::Real;
use super::standing::{LIFTED_SHARE, height_over};
use crate::math::vector::Vec3;
use crate::memory::gathered;
use crate::skeleton::{Side, Skeleton};
use crate::space::Up;
use crate::stats::quantile::{median, quantile, shortest_half};

/// Heights from this share of the standing height on may be rest: knees bent by less than 36°.
/// Source: chosen: 2·acos(0.95) is 36°, more than people keep at rest; measured by
/// docs/evidence/accuracy.md.
const REST_SHARE: f64 = 0.95;
/// Legs of which one sinks by less than this share of the other do not do the same movement.
/// Source: chosen: a camera 30° to the side shows 0.8 of two legs that move alike; measured by
/// docs/evidence/accuracy.md.
const SAME_SINKING: f64 = 0.67;
/// Share of the frames in which both feet must keep their places.
/// Source: chosen: a few frames may be wrong; no test shows its effect.
const STANDING_SHARE: f64 = 0.95;

/// Replaces the standing heights of an image, which are high quantiles, by those of rest.
///
/// A curve of 2·acos(height) is steep near standing: a reference that is 1.5 % too high, which overshoot and
/// noise make of a quantile, reads 20° in a person who stands. Rest is the densest half of the heights near
/// the top.
///
/// If both feet stand throughout, both legs get the height of the middle of the hips over the middle of
/// the ankles. A camera at the side or a tilted one shows one leg shorter and the other longer, and the mean
/// is right.
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
            // The height of which this leg's is the common share. Legs at the height of their ankles have none.
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

/// Share of the standing height at which a leg rests; 1 where it never comes near.
fn plateau(shares: impl Iterator<Item = f64>) -> f64 {
    let rest = shortest_half(shares.filter(|share| *share >= REST_SHARE));
    if rest.is_finite() { rest } else { 1.0 }
}

/// Heights of both hips over their ankles; `None` where the skeleton lacks one.
fn legs<S: Real>(points: ArrayView3<'_, S>, skeleton: &Skeleton) -> Option<[Vec<f64>; 2]> {
    let leg = |side: Side| {
        let index = |joint: &str| skeleton.index(&format!("{}_{joint}", side.name()));
        Some(height_over(points, index("ankle")?, index("hip")?, Up::Image))
    };
    Some([leg(Side::Left)?, leg(Side::Right)?])
}

/// True where the ankles keep their places against each other, as they do on two feet.
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
    // A person on one leg with the other foot up throughout keeps it there, too.
    usual.abs() < 2.0 * LIFTED_SHARE && quantile(&off, STANDING_SHARE) < 0.5 * LIFTED_SHARE
}

/// True where both legs sink by about the same.
fn sink_alike(shares: &[[f64; 2]]) -> bool {
    let sinks = [0, 1].map(|side: usize| {
        let of: Vec<f64> =
            gathered(shares.iter().map(|pair| pair.get(side).copied().unwrap_or(f64::NAN)));
        1.0 - quantile(&of, 1.0 - STANDING_SHARE)
    });
    let [left, right] = sinks;
    left.min(right) >= SAME_SINKING * left.max(right)
}
