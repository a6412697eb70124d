//! Onto an even grid of times.

use super::gap::Pchip;
use crate::math::rounding;
use crate::stats::quantile::median;

/// An interval this far off the median makes a grid uneven.
const UNEVEN: f64 = 0.05;

/// Usual interval of rising times; NaN for fewer than two.
pub fn usual_interval(times: &[f64]) -> f64 {
    let intervals: Vec<f64> = times.iter().zip(times.iter().skip(1)).map(|(a, b)| b - a).collect();
    median(&intervals)
}

/// Whether some interval is more than 5 % off the usual one.
pub fn is_uneven(times: &[f64]) -> bool {
    let usual = usual_interval(times);
    let mut intervals = times.iter().zip(times.iter().skip(1)).map(|(a, b)| b - a);
    intervals.any(|interval| (interval - usual).abs() > UNEVEN * usual)
}

/// Times from first to last at the usual interval, which is not rounded (29.97 stays 29.97).
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

/// Values at new times; missing where the neighbouring samples are further than `max_gap` apart
/// beyond the usual interval `dt`.
pub fn resample(times: &[f64], values: &[f64], new: &[f64], dt: f64, max_gap: f64) -> Vec<f64> {
    let curve = Pchip::new(times, values);
    // An interval of an uneven recording that lost no frame may be up to twice the usual one.
    let latest = times.last().copied().unwrap_or_default();
    let widest = max_gap.max(dt) + dt + rounding(latest);
    new.iter()
        .map(|&t| if curve.spacing(t) <= widest { curve.value(t) } else { f64::NAN })
        .collect()
}
