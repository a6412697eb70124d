//! Hampel's outlier test.

use super::at;
use super::quantile::of_sorted;

/// Samples of the window, three on each side of the sample in question.
const HALF_WINDOW: usize = 3;
/// Threshold in robust standard deviations.
const N_SIGMAS: f64 = 3.0;
/// Ratio of standard deviation to median absolute deviation of a normal distribution.
const MAD_TO_SIGMA: f64 = 1.4826;

/// Which samples lie further than three robust standard deviations from the median of their seven
/// neighbours. `floor` is the least median absolute deviation that is believed: pixels that were
/// rounded to integers have 0.
pub fn hampel(series: &[f64], floor: f64) -> Vec<bool> {
    let least = N_SIGMAS * MAD_TO_SIGMA * floor;
    let mut window = [0.0; 2 * HALF_WINDOW + 1];
    (0..series.len())
        .map(|i| {
            let value = at(series, i);
            let first = i.saturating_sub(HALF_WINDOW);
            let neighbours = series.iter().skip(first).take(i + HALF_WINDOW + 1 - first);
            let (mut count, mut low, mut high) = (0, f64::INFINITY, f64::NEG_INFINITY);
            for (slot, v) in window.iter_mut().zip(neighbours.filter(|v| v.is_finite())) {
                *slot = *v;
                (count, low, high) = (count + 1, low.min(*v), high.max(*v));
            }
            // Nothing in the window is further from its median than the window is wide.
            if high - low <= least || !value.is_finite() {
                return false;
            }
            let window = window.get_mut(..count).unwrap_or_default();
            window.sort_unstable_by(f64::total_cmp);
            let median = of_sorted(window, 0.5);
            let deviation = (value - median).abs();
            if deviation <= least {
                return false;
            }
            for v in window.iter_mut() {
                *v = (*v - median).abs();
            }
            window.sort_unstable_by(f64::total_cmp);
            deviation > N_SIGMAS * MAD_TO_SIGMA * of_sorted(window, 0.5)
        })
        .collect()
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
