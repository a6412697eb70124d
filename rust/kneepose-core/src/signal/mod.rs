//! Plain series in, plain series out: outliers, gaps, resampling, filters. NaN is missing.
//!
//! Several series of one clock lie side by side as *channels*: a flat slice, frame after frame, so that
//! the innermost loop runs over channels and the compiler can do several at once.

pub mod causal;
pub mod channels;
pub mod gap;
pub mod lowpass;
pub mod one_euro;
pub mod outlier;
mod passes;
pub mod quantile;
pub mod resample;
pub mod residual;
pub mod savitzky_golay;

/// Value at an index, NaN outside.
#[inline]
pub fn at(series: &[f64], index: usize) -> f64 {
    series.get(index).copied().unwrap_or(f64::NAN)
}

/// How far the difference of two times may be off: a clock that counts from 1970 keeps 2e-7 s.
pub fn rounding(time: f64) -> f64 {
    1e-9 + 4.0 * f64::EPSILON * time.abs()
}
