//! Detects which legs carry the body while the hips are low, to find exercises on one leg that are
//! named as on two, and the reverse.

use super::body::{Body, Frame, Joint, high_quantile, median_over};
use crate::angle::LIFTED_SHARE;
use crate::math::at;
use crate::math::vector::{dot, norm};
use crate::skeleton::Side;

/// Minimum descent of the hips at which they are low (`LOW_SHARE`), and maximum descent at which
/// they are high (`HIGH_SHARE`), as shares of the leg length.
/// Source: chosen: above the sway of standing, below the shallowest squat; measured by
/// docs/evidence/guards.md.
const LOW_SHARE: f64 = 0.08;
const HIGH_SHARE: f64 = 0.04;
/// Minimum number of sampled frames with low hips.
/// Source: chosen: a few frames may be wrong; no test shows its effect.
const LEAST_LOW: usize = 5;
/// Height of one ankle above the other, as a share of the leg, at which it is in the air, in 3-D
/// and in an image. A height above [`LIFTED_SHARE`] is enough if the ankle has also moved by
/// `MOVED_SHARE` while the hips sank. A camera that looks down shows the farther foot higher, but
/// that foot does not move.
/// Source: chosen: larger than the height difference of two standing feet before a camera 1.4 m
/// high; measured by docs/evidence/guards.md.
const CLEARLY_LIFTED_IN_SPACE: f64 = 0.2;
const CLEARLY_LIFTED_IN_IMAGE: f64 = 0.35;
const MOVED_SHARE: f64 = 0.08;
/// Shares of the frames with low hips in which both feet stand, and in which the left or the right
/// leg stands alone.
#[derive(Debug, Clone, Copy)]
pub(super) struct WorkingLegs {
    pub(super) both: f64,
    pub(super) alone: [f64; 2],
}

/// Computes the shares; NaN if the hips do not sink, or if no frame with low hips shows both
/// ankles.
pub(super) fn working_legs(body: &Body) -> WorkingLegs {
    let leg = high_quantile(&body.sampled, |f| f.leg(Side::Left).max(f.leg(Side::Right)));
    let height = |frame: &Frame, side| dot(frame.at(side, Joint::Ankle), body.up);
    let hips = |frame: &Frame| {
        let lower = height(frame, Side::Left).min(height(frame, Side::Right));
        dot(frame.mid(Joint::Hip), body.up) - lower
    };
    let tall = high_quantile(&body.sampled, hips);
    // Frames without both ankles are not used, because a free foot may be hidden behind the
    // standing leg.
    let seen = body
        .sampled
        .iter()
        .filter(|frame| hips(frame).is_finite() && norm(frame.across(Joint::Ankle)).is_finite());
    let (low, others): (Vec<&Frame>, Vec<&Frame>) =
        seen.partition(|frame| hips(frame) < tall - LOW_SHARE * leg);
    if low.len() < LEAST_LOW {
        return WorkingLegs { both: f64::NAN, alone: [f64::NAN; 2] };
    }
    let high = others.into_iter().filter(|frame| hips(frame) > tall - HIGH_SHARE * leg);
    let high: Vec<&Frame> = high.collect();
    let between = |frames: &[&Frame], d: usize| {
        median_over(frames.iter().copied(), |frame| at(&frame.across(Joint::Ankle), d))
    };
    let moved = norm([0, 1, 2].map(|d| between(&low, d) - between(&high, d)));
    let clearly = if body.is_image { CLEARLY_LIFTED_IN_IMAGE } else { CLEARLY_LIFTED_IN_SPACE };
    let is_up = |frame: &Frame, side: Side| {
        let above = (height(frame, side) - height(frame, side.other())) / leg;
        above > clearly || above > LIFTED_SHARE && moved > MOVED_SHARE * leg
    };
    let share = |holds: &dyn Fn(&Frame) -> bool| {
        low.iter().filter(|frame| holds(frame)).count() as f64 / low.len() as f64
    };
    WorkingLegs {
        both: share(&|f| !is_up(f, Side::Left) && !is_up(f, Side::Right)),
        alone: Side::BOTH.map(|side| share(&|f| is_up(f, side.other()))),
    }
}
