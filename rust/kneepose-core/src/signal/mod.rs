//! Signal processing of plain series: outliers, gaps, resampling and filters. NaN marks a missing
//! sample.
//!
//! Several series with common times are stored as *channels* in one slice, frame by frame. The
//! innermost loop then runs over channels, and the compiler can vectorize it.

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
