//! Speed of a body relative to the extent of its movement. It reveals timestamps that are far from
//! the real time.

use super::body::{Body, Frame, Joint};
use crate::math::vector::{Vec3, dot, norm, sub};
use crate::skeleton::Side;
use crate::stats::quantile::{median, quantile};

/// Joints whose movement relative to the hips is measured.
const JOINTS: [Joint; 4] = [Joint::Shoulder, Joint::Knee, Joint::Ankle, Joint::Wrist];
/// Minimum standard deviation of a joint's position at which it has a tempo, as a share of the body
/// size.
/// Source: chosen: above the jitter of depth cameras; measured by docs/evidence/guards.md.
const LEAST_MOVEMENT: f64 = 0.06;
/// Number of evenly spaced frames that are used; with fewer than `LEAST_STEPS` steps there is no
/// tempo.
/// Source: chosen: more steps do not improve the estimate of the tempo; no test shows its effect.
const SAMPLED_FRAMES: usize = 64;
const LEAST_STEPS: usize = 16;
/// Quantile of the speeds that is used; the fastest steps may be outliers.
/// Source: chosen: the fastest steps may be outliers; measured by docs/evidence/guards.md.
const FAST: f64 = 0.9;
/// Maximum time of a step as a multiple of the expected time; a longer one has missing frames.
/// Source: chosen: the intervals of camera clocks vary by less; no test shows its effect.
const LONGEST_STEP: f64 = 1.5;

/// Tempo: high quantile of a joint's speed divided by the standard deviation of its position, 1/s;
/// median over the moving joints. Steps span `frames` frames, which reduces jitter. NaN if nothing
/// moves.
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
                // A repeated frame carries no speed.
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

/// Standard deviation of positions, over all directions.
fn spread(places: &[Vec3]) -> f64 {
    let n = places.len() as f64;
    let mean = [0, 1, 2].map(|d: usize| {
        places.iter().map(|p| p.get(d).copied().unwrap_or(f64::NAN)).sum::<f64>() / n
    });
    (places.iter().map(|p| sub(*p, mean)).map(|off| dot(off, off)).sum::<f64>() / n).sqrt()
}
