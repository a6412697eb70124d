//! General numerics: vectors, arc tangent, vector instructions, sorting and a sliding buffer.

pub(crate) mod atan2;
pub(crate) mod simd;
pub mod sliding_buffer;
pub mod sort;
pub mod vector;

/// Value at an index; NaN if it is out of range.
#[inline]
pub fn at(series: &[f64], index: usize) -> f64 {
    series.get(index).copied().unwrap_or(f64::NAN)
}

/// Rounding error of the difference of two times, seconds. A clock that counts from 1970 resolves 2e-7 s.
pub fn rounding(time: f64) -> f64 {
    1e-9 + 4.0 * f64::EPSILON * time.abs()
}
