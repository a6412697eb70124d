//! What tells repetitions from noise: they are large against what shakes at rest, and go there and back.

use super::offline::samples;
use super::phase::Rep;
use crate::signal::quantile::{Scratch, median, quantile_in};

/// A repetition reaches this many standard deviations of what shakes at rest.
pub(super) const BEYOND_SHAKING: f64 = 4.0;
/// Usually this many, times the square of how much longer the way is than there and back: noise wanders.
/// Chosen between the noise of docs/repetitions.md (98 % below 6.3) and simulated people (above 9.2).
const BEYOND_WANDERING: f64 = 9.0;
/// A way turns where it comes back by this share of the height.
const TURN_SHARE: f64 = 0.15;
/// Above this share of the height a repetition may do what it likes: hold, or pulse.
const WAY_SHARE: f64 = 0.6;
/// Rest is looked at in stretches of so many seconds, at least so many.
const STRETCH_S: f64 = 3.0;
const LEAST_STRETCH_S: f64 = 0.3;

/// How high one repetition is, and how much longer its way than there and back.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Way {
    pub height: f64,
    pub length: f64,
}

impl Way {
    /// Of the samples from start to end, and their height over rest.
    pub fn of(samples: &[f64], height: f64) -> Self {
        let top = samples.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let ceiling = top - (1.0 - WAY_SHARE) * height;
        let below = samples.iter().map(|v| v.min(ceiling));
        Self { height, length: path(below, TURN_SHARE * height) / (2.0 * WAY_SHARE * height) }
    }
}

/// Whether what was found wanders as noise does, whose `shaking` at rest is known: no one excursion shows
/// that, the usual one does.
pub(super) fn wanders(ways: &[Way], shaking: f64, scratch: &mut Scratch) -> bool {
    let mut usual = |of: fn(&Way) -> f64| quantile_in(ways.iter().map(of), 0.5, scratch);
    let (height, length) = (usual(|way| way.height), usual(|way| way.length));
    height < BEYOND_WANDERING * shaking * length * length
}

/// The way that a series goes up and down, without turns of less than `least`.
fn path(mut samples: impl Iterator<Item = f64>, least: f64) -> f64 {
    let Some(first) = samples.next() else { return 0.0 };
    let (mut length, mut from, mut farthest) = (0.0, first, first);
    let mut direction = 0.0;
    for value in samples {
        if direction == 0.0 {
            if (value - first).abs() >= least {
                (direction, farthest) = ((value - first).signum(), value);
            }
        } else if (value - farthest) * direction > 0.0 {
            farthest = value;
        } else if (farthest - value) * direction >= least {
            length += (farthest - from).abs();
            (from, farthest, direction) = (farthest, value, -direction);
        }
    }
    length + (farthest - from).abs()
}

/// How much the signal shakes outside of the repetitions: the median over the stretches between them of
/// their robust standard deviations; 0 where there is none.
pub(super) fn shaking_at_rest(smooth: &[f64], reps: &[Rep], fs: f64, scratch: &mut Scratch) -> f64 {
    let mut spreads: Vec<f64> = Vec::new();
    let mut first = 0;
    let ends = reps.iter().map(|rep| (rep.start, rep.end)).chain([(smooth.len(), smooth.len())]);
    for (start, end) in ends {
        let rest = smooth.get(first..start).unwrap_or_default();
        let stretches = rest.chunks(samples(STRETCH_S, fs));
        for stretch in stretches.filter(|stretch| stretch.len() >= samples(LEAST_STRETCH_S, fs)) {
            spreads.push(spread(stretch, scratch));
        }
        first = end.max(first);
    }
    if spreads.is_empty() { 0.0 } else { median(&spreads) }
}

/// Standard deviation of normal samples from their median absolute deviation.
fn spread(samples: &[f64], scratch: &mut Scratch) -> f64 {
    const NORMAL: f64 = 1.4826;
    let middle = quantile_in(samples.iter().copied(), 0.5, scratch);
    NORMAL * quantile_in(samples.iter().map(|v| (v - middle).abs()), 0.5, scratch)
}
