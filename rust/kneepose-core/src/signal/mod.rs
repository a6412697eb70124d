//! Plain series in, plain series out: outliers, gaps, resampling, low-pass. NaN is missing.

pub mod gap;
pub mod lowpass;
pub mod outlier;
pub mod quantile;
pub mod resample;

/// Value at an index, NaN outside.
#[inline]
pub fn at(series: &[f64], index: usize) -> f64 {
    series.get(index).copied().unwrap_or(f64::NAN)
}

/// Half-open index ranges of the contiguous finite samples.
pub fn finite_runs(series: &[f64]) -> Vec<std::ops::Range<usize>> {
    let mut runs = Vec::new();
    let mut start = None;
    for (i, value) in series.iter().enumerate() {
        match (value.is_finite(), start) {
            (true, None) => start = Some(i),
            (false, Some(s)) => {
                runs.push(s..i);
                start = None;
            }
            _ => {}
        }
    }
    runs.extend(start.map(|s| s..series.len()));
    runs
}
