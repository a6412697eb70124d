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
pub mod resample;
pub mod residual;
pub mod savitzky_golay;
