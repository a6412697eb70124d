//! Resampling to evenly spaced times.

use super::gap::Pchip;
use crate::error::{Error, Result};
use crate::math::rounding;
use crate::memory::{copied, gathered};
use crate::stats::quantile::median;

/// Maximum relative deviation of an interval from the median in an even series.
/// Unit: share. Source: science.md 8.
const INTERVAL_TOLERANCE: f64 = 0.05;

/// Median interval of increasing times; NaN for fewer than two.
pub fn usual_interval(times: &[f64]) -> f64 {
    let intervals: Vec<f64> = gathered(times.iter().zip(times.iter().skip(1)).map(|(a, b)| b - a));
    median(&intervals)
}

/// True if an interval differs from the median by more than 5 %.
pub fn is_uneven(times: &[f64]) -> bool {
    let usual = usual_interval(times);
    let mut intervals = times.iter().zip(times.iter().skip(1)).map(|(a, b)| b - a);
    intervals.any(|interval| (interval - usual).abs() > INTERVAL_TOLERANCE * usual)
}

/// Maximum number of frames of an even grid: a factor on the number of original frames, plus a
/// constant. The constant allows a gap of 20 minutes at 30 frames per second.
/// Source: chosen: the memory is bounded by the data; held by test tests/hostile/test_time.py.
const MOST_FRAMES: [usize; 2] = [4, 36_000];

/// Number of evenly spaced times from the first to the last at the median interval.
///
/// # Errors
/// [`Error::Time`] if gaps in the times are so large that the grid would have far more frames than
/// the original.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
pub fn even_count(times: &[f64]) -> Result<usize> {
    let usual = usual_interval(times);
    let (Some(&first), Some(&last)) = (times.first(), times.last()) else { return Ok(0) };
    if usual.is_nan() || usual <= 0.0 {
        return Ok(times.len());
    }
    let steps = ((last - first) / usual + 1e-6).floor();
    let [each, more] = MOST_FRAMES;
    if steps < times.len().saturating_mul(each).saturating_add(more) as f64 {
        return Ok(steps as usize + 1);
    }
    let intervals = times.iter().zip(times.iter().skip(1)).map(|(a, b)| b - a);
    Err(Error::Time(format!(
        "{} frames reach over {} s with a median interval of {usual:.4} s and a hole of {} s; an even rate \
         would take {steps} frames. Correct the times, or make a recording of each part",
        times.len(),
        last - first,
        intervals.fold(0.0, f64::max),
    )))
}

/// Evenly spaced times from the first to the last at the median interval. The interval is not
/// rounded (29.97 Hz stays 29.97 Hz).
///
/// # Errors
/// Same as [`even_count`].
#[allow(clippy::cast_precision_loss)]
pub fn even_times(times: &[f64]) -> Result<Vec<f64>> {
    let usual = usual_interval(times);
    let Some(&first) = times.first() else { return Ok(Vec::new()) };
    if usual.is_nan() || usual <= 0.0 {
        return Ok(copied(times));
    }
    Ok(gathered((0..even_count(times)?).map(|i| first + usual * i as f64)))
}

/// Interpolates values at new times. The result is NaN if the neighboring samples are further apart than
/// `max_gap` plus the typical interval `dt`.
pub fn resample(times: &[f64], values: &[f64], new: &[f64], dt: f64, max_gap: f64) -> Vec<f64> {
    let curve = Pchip::new(times, values);
    // In an uneven recording, an interval may be up to twice the median without a missing frame.
    let latest = times.last().copied().unwrap_or_default();
    let max_spacing = max_gap.max(dt) + dt + rounding(latest);
    new.iter()
        .map(|&t| if curve.spacing(t) <= max_spacing { curve.value(t) } else { f64::NAN })
        .collect()
}
