//! Resampling to evenly spaced times.

use super::gap::Pchip;
use crate::math::rounding;
use crate::stats::quantile::median;

/// Maximum relative deviation of an interval from the median in an even series.
/// Unit: share. Source: science.md 8.
const INTERVAL_TOLERANCE: f64 = 0.05;

/// Median interval of increasing times; NaN for fewer than two.
pub fn usual_interval(times: &[f64]) -> f64 {
    let intervals: Vec<f64> = times.iter().zip(times.iter().skip(1)).map(|(a, b)| b - a).collect();
    median(&intervals)
}

/// True if an interval differs from the median by more than 5 %.
pub fn is_uneven(times: &[f64]) -> bool {
    let usual = usual_interval(times);
    let mut intervals = times.iter().zip(times.iter().skip(1)).map(|(a, b)| b - a);
    intervals.any(|interval| (interval - usual).abs() > INTERVAL_TOLERANCE * usual)
}

/// Evenly spaced times from the first to the last at the median interval, which is not rounded (29.97 stays
/// 29.97).
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
pub fn even_times(times: &[f64]) -> Vec<f64> {
    let usual = usual_interval(times);
    let (Some(&first), Some(&last)) = (times.first(), times.last()) else { return Vec::new() };
    if usual.is_nan() || usual <= 0.0 {
        return times.to_vec();
    }
    let count = ((last - first) / usual + 1e-6).floor() as usize + 1;
    (0..count).map(|i| first + usual * i as f64).collect()
}

/// Interpolates values at new times. The result is NaN if the neighboring samples are further apart than
/// `max_gap` plus the typical interval `dt`.
pub fn resample(times: &[f64], values: &[f64], new: &[f64], dt: f64, max_gap: f64) -> Vec<f64> {
    let curve = Pchip::new(times, values);
    // In an uneven recording an interval may reach twice the median without a lost frame.
    let latest = times.last().copied().unwrap_or_default();
    let max_spacing = max_gap.max(dt) + dt + rounding(latest);
    new.iter()
        .map(|&t| if curve.spacing(t) <= max_spacing { curve.value(t) } else { f64::NAN })
        .collect()
}
