//! Arithmetic that knows nothing of bodies: vectors, the arc tangent, vector instructions, and the memory
//! of a stream.

pub(crate) mod atan2;
pub(crate) mod simd;
pub mod sliding_buffer;
pub mod vector;

/// Value at an index, NaN outside.
#[inline]
pub fn at(series: &[f64], index: usize) -> f64 {
    series.get(index).copied().unwrap_or(f64::NAN)
}

/// How far the difference of two times may be off: a clock that counts from 1970 keeps 2e-7 s.
pub fn rounding(time: f64) -> f64 {
    1e-9 + 4.0 * f64::EPSILON * time.abs()
}
