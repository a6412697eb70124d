//! Speed of a body relative to the extent of its movement: it shows timestamps that are far off.

use super::body::{Body, Frame, Joint};
use crate::math::vector::{Vec3, dot, norm, sub};
use crate::skeleton::Side;
use crate::stats::quantile::{median, quantile};

/// Joints whose movement against the hips is looked at.
const JOINTS: [Joint; 4] = [Joint::Shoulder, Joint::Knee, Joint::Ankle, Joint::Wrist];
/// A joint that moves less than this share of the body's reach (standard deviation) shows no tempo.
/// Source: chosen: above the jitter of depth cameras; measured by
/// docs/evidence/guards.md.
const LEAST_MOVEMENT: f64 = 0.06;
/// Frames that are looked at, evenly spread; fewer steps than the second number show no tempo.
/// Source: chosen: a thousand steps say no more about a tempo; no test shows its effect.
const SAMPLED_FRAMES: usize = 64;
const LEAST_STEPS: usize = 16;
/// A speed is one of the fastest tenth.
/// Source: chosen: the fastest steps may be outliers; measured by
/// docs/evidence/guards.md.
const FAST: f64 = 0.9;
/// Frames are missing between two that are farther apart than this many times the usual.
/// Source: chosen: clocks of cameras vary by less; no test shows its effect.
const LONGEST_STEP: f64 = 1.5;

/// High speed of a joint over the standard deviation of its place, 1/s: the median over the joints that
/// move. Steps are taken over `frames` frames, which smooths keypoints that shake. NaN where nothing moves.
pub(super) fn tempo(body: &Body, frames: usize) -> f64 {
    let every = body.frames.len().div_ceil(SAMPLED_FRAMES).max(1);
    let span = frames as f64 * body.dt;
    let pairs = || {
        let later = body.frames.iter().zip(&body.times).skip(frames);
        body.frames.iter().zip(&body.times).zip(later).step_by(every)
    };
    let tempi = JOINTS.iter().flat_map(|joint| {
        Side::BOTH.map(|side| {
            let place =
                |frame: &Frame| -> Vec3 { sub(frame.at(side, *joint), frame.mid(Joint::Hip)) };
            let (mut speeds, mut places) = (Vec::new(), Vec::new());
            for ((before, from), (after, to)) in pairs() {
                let (first, second) = (place(before), place(after));
                let speed = norm(sub(second, first)) / (to - from);
                // A frame that is repeated shows no speed.
                if speed > 0.0 && to - from < LONGEST_STEP * span {
                    speeds.push(speed);
                    places.push(first);
                }
            }
            let spread = spread(&places);
            let moves = spread > LEAST_MOVEMENT * body.reach && speeds.len() >= LEAST_STEPS;
            if moves { quantile(&speeds, FAST) / spread } else { f64::NAN }
        })
    });
    median(&tempi.collect::<Vec<_>>())
}

/// Standard deviation of places, all directions together.
fn spread(places: &[Vec3]) -> f64 {
    let n = places.len() as f64;
    let mean = [0, 1, 2].map(|d: usize| {
        places.iter().map(|p| p.get(d).copied().unwrap_or(f64::NAN)).sum::<f64>() / n
    });
    (places.iter().map(|p| sub(*p, mean)).map(|off| dot(off, off)).sum::<f64>() / n).sqrt()
}
