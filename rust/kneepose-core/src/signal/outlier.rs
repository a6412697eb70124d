//! Hampel filter: outlier detection by a running median.

use crate::interrupt::check_at;
use crate::memory::filled;
use crate::stats::quantile::of_sorted;

/// Number of samples on each side of the tested sample.
/// Source: science.md 8.
const HALF_WINDOW: usize = 3;
const WINDOW: usize = 2 * HALF_WINDOW + 1;
/// Outlier threshold, in robust standard deviations.
/// Source: science.md 8.
const N_SIGMAS: f64 = 3.0;
/// Ratio of standard deviation to median absolute deviation of a normal distribution.
/// Source: derived: one over the 75 % quantile of the standard normal distribution.
const MAD_TO_SIGMA: f64 = 1.4826;

/// Flags samples that differ from the median of seven samples around them by more than three robust
/// standard deviations. At the ends, the first or last seven samples are used. `floor` is the
/// minimum median absolute deviation, in the unit of the series. Without it, pixels rounded to
/// integers could give 0.
pub fn hampel(series: &[f64], floor: f64) -> Vec<bool> {
    let least = N_SIGMAS * MAD_TO_SIGMA * floor;
    let mut outliers = filled(false, series.len());
    for (i, (is_outlier, &value)) in outliers.iter_mut().zip(series).enumerate() {
        check_at(i);
        // The window keeps its length at the ends, because two outliers among only four samples
        // would look like normal spread.
        let first = i.saturating_sub(HALF_WINDOW).min(series.len().saturating_sub(WINDOW));
        let window = series.get(first..(first + WINDOW).min(series.len()));
        let window = window.unwrap_or_default();
        *is_outlier = !surely_near_median(window, value, least) && is_far(window, value, least);
    }
    outliers
}

/// True if most of the window lies above `value − least` and most of it below `value + least`. The
/// median then lies between the two. This decides nearly every sample without sorting.
fn surely_near_median(window: &[f64], value: f64, least: f64) -> bool {
    let above = window.iter().filter(|v| **v >= value - least).count();
    let below = window.iter().filter(|v| **v <= value + least).count();
    2 * above.min(below) > window.len()
}

fn is_far(window: &[f64], value: f64, least: f64) -> bool {
    if !value.is_finite() {
        return false;
    }
    let mut sorted = [f64::INFINITY; WINDOW];
    let mut count = 0;
    for (slot, v) in sorted.iter_mut().zip(window.iter().filter(|v| v.is_finite())) {
        *slot = *v;
        count += 1;
    }
    let sorted = sorted.get_mut(..count).unwrap_or_default();
    sorted.sort_unstable_by(f64::total_cmp);
    let median = of_sorted(sorted, 0.5);
    let deviation = (value - median).abs();
    if deviation <= least {
        return false;
    }
    for v in sorted.iter_mut() {
        *v = (*v - median).abs();
    }
    sorted.sort_unstable_by(f64::total_cmp);
    deviation > N_SIGMAS * MAD_TO_SIGMA * of_sorted(sorted, 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spike_is_found_and_a_turning_point_is_not() {
        let mut series: Vec<f64> =
            (0..40u32).map(|i| 30.0 * (f64::from(i % 20) - 10.0).abs()).collect();
        assert!(!hampel(&series, 0.5).contains(&true));
        if let Some(v) = series.get_mut(15) {
            *v += 900.0;
        }
        let found = hampel(&series, 0.5);
        assert_eq!(found.iter().position(|&f| f), Some(15));
        assert_eq!(found.iter().filter(|&&f| f).count(), 1);
    }
}
