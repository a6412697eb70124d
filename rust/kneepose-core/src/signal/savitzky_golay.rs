//! Savitzky-Golay filter: smoothing and derivatives from a polynomial fitted to a moving window (Savitzky
//! and Golay 1964).

use super::channels::finite_runs;
use crate::error::{Error, Result};
use crate::interrupt::check;
use crate::math::simd::{SimdJob, Wide, pairwise, run_simd};
use crate::memory::{filled, gathered};

/// Number of sums that are computed together; `NARROW_LANES` is used for the rest.
const WIDE_LANES: usize = 32;
const NARROW_LANES: usize = 4;
/// Maximum window in samples.
const MAX_WINDOW: usize = 1001;

/// Filter with validated settings: weights for every position in the window.
#[derive(Debug, Clone, PartialEq)]
pub struct SavitzkyGolay {
    window: usize,
    /// Row i has the weights of the samples for the fitted value at position i of the window.
    weights: Vec<f64>,
}

/// Number of sums between two checks for an interruption; a multiple of the width of any vector.
const TOGETHER: usize = 1 << 16;

impl SavitzkyGolay {
    /// Makes a filter with a window of `window_s` seconds (rounded up to an odd number of samples) at `fs`
    /// Hz and a polynomial of order `polyorder`. It returns the derivative of order `derivative` (0, 1 or
    /// 2), per second.
    ///
    /// # Errors
    /// [`Error::Option`] if a number is out of range or the window is too short for the polynomial.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
    pub fn new(fs: f64, window_s: f64, polyorder: usize, derivative: usize) -> Result<Self> {
        for (name, value) in [("fs", fs), ("window_s", window_s)] {
            if !value.is_finite() || value <= 0.0 {
                return Err(Error::Option(format!(
                    "{name} is {value}; it must be a positive number"
                )));
            }
        }
        if derivative > 2 {
            return Err(Error::Option(format!("derivative is {derivative}; it must be 0, 1 or 2")));
        }
        let samples = window_s * fs;
        // The tolerance makes 0.3 s at 30 Hz nine samples, despite rounding of the product.
        let window = ((samples - 1e-9).min(2.0 * MAX_WINDOW as f64).ceil().max(1.0) as usize) | 1;
        if window > MAX_WINDOW {
            return Err(Error::Option(format!(
                "a window of {window_s} s has {samples:.0} samples; at most {MAX_WINDOW} are allowed"
            )));
        }
        if polyorder >= window || polyorder > 9 || derivative > polyorder {
            return Err(Error::Option(format!(
                "polyorder is {polyorder} for a window of {window} samples and derivative {derivative}; \
                 it must be at least the derivative, below the number of samples, and at most 9"
            )));
        }
        Ok(Self { window, weights: weights(window, polyorder, derivative, fs) })
    }

    /// Window length in samples, an odd number.
    pub fn window(&self) -> usize {
        self.window
    }

    /// Filters each contiguous finite run of each channel; `series` is stored frame by frame. The
    /// first and last half window of a run use the polynomials of its first and last window.
    /// Missing samples and runs shorter than the window give NaN.
    pub fn apply(&self, series: &[f64], channels: usize) -> Vec<f64> {
        let mut out = filled(f64::NAN, series.len());
        self.apply_into(series, &mut out, channels);
        out
    }

    /// Filters like [`SavitzkyGolay::apply`], into `out`, which has the length of `series` and is
    /// overwritten.
    pub fn apply_into(&self, series: &[f64], out: &mut [f64], channels: usize) {
        let Some(frames) = series.len().checked_div(channels) else { return };
        let half = self.window / 2;
        // The weights are the same in the middle of every window, so all channels are filtered in
        // one call.
        let margin = half * channels;
        if let Some(inside) = out.get_mut(margin..(frames * channels).saturating_sub(margin)) {
            let weights = self.row(half);
            for (i, out) in inside.chunks_mut(TOGETHER).enumerate() {
                check();
                let series = series.get(i * TOGETHER..).unwrap_or(&[]);
                run_simd(WeightedSum { weights, series, stride: channels, out });
            }
        }
        // Values near a gap are still NaN or infinite here; they are replaced now.
        let mut missing_from = vec![0; channels];
        for run in finite_runs(series, channels) {
            if run.frames.len() < self.window {
                continue;
            }
            let (first, last) = (run.frames.start, run.frames.end);
            for channel in run.channels.clone() {
                let Some(missing) = missing_from.get_mut(channel) else { continue };
                blank(out, channels, channel, *missing..first);
                *missing = last;
            }
            for place in 0..half {
                let mirrored = self.window - 1 - place;
                let start = (first, place, first + place);
                let end = (last - self.window, mirrored, last - 1 - place);
                for (window, place, frame) in [start, end] {
                    let from = window * channels + run.channels.start;
                    let to = frame * channels + run.channels.start;
                    let series = series.get(from..).unwrap_or(&[]);
                    let Some(out) = out.get_mut(to..to + run.channels.len()) else { continue };
                    let weights = self.row(place);
                    run_simd(WeightedSum { weights, series, stride: channels, out });
                }
            }
        }
        for (channel, missing) in missing_from.into_iter().enumerate() {
            blank(out, channels, channel, missing..frames);
        }
    }

    fn row(&self, place: usize) -> &[f64] {
        self.weights.get(place * self.window..(place + 1) * self.window).unwrap_or(&[])
    }
}

/// Sets each element of `out` to a weighted sum of elements of `series`. They begin at the same
/// index and are `stride` apart.
struct WeightedSum<'a> {
    weights: &'a [f64],
    series: &'a [f64],
    stride: usize,
    out: &'a mut [f64],
}

impl SimdJob for WeightedSum<'_> {
    #[inline(always)]
    fn run(self, _: Option<Wide>) {
        let done = self.out.len() - self.out.len() % WIDE_LANES;
        let (wide, rest) = self.out.split_at_mut(done);
        sums::<WIDE_LANES>(self.weights, self.series, self.stride, wide);
        let series = self.series.get(done..).unwrap_or(&[]);
        let narrow = rest.len() - rest.len() % NARROW_LANES;
        let (rest, last) = rest.split_at_mut(narrow);
        sums::<NARROW_LANES>(self.weights, series, self.stride, rest);
        sums::<1>(self.weights, series.get(narrow..).unwrap_or(&[]), self.stride, last);
    }
}

/// Computes `L` sums at a time, which are kept in registers.
#[inline(always)]
fn sums<const L: usize>(weights: &[f64], series: &[f64], stride: usize, out: &mut [f64]) {
    let mut from = 0;
    for out in out.as_chunks_mut::<L>().0 {
        let mut sum = [0.0; L];
        let mut at = from;
        for weight in weights {
            let Some(values) = series.get(at..).and_then(|v| v.first_chunk::<L>()) else { break };
            pairwise(&mut sum, values, |sum, value| *sum += weight * value);
            at += stride;
        }
        *out = sum;
        from += L;
    }
}

fn blank(out: &mut [f64], channels: usize, channel: usize, frames: std::ops::Range<usize>) {
    let stretch = out.get_mut(frames.start * channels..frames.end * channels).unwrap_or(&mut []);
    for value in stretch.iter_mut().skip(channel).step_by(channels) {
        *value = f64::NAN;
    }
}

/// Least-squares weights from polynomials that are orthogonal over the window (Gram 1883;
/// three-term recurrence of Forsythe 1957). Unlike normal equations, they stay accurate.
#[allow(clippy::cast_precision_loss)]
fn weights(window: usize, polyorder: usize, derivative: usize, fs: f64) -> Vec<f64> {
    let half = (window / 2) as f64;
    let scale = half.max(1.0);
    let x: Vec<f64> = gathered((0..window).map(|i| (i as f64 - half) / scale));
    let unit = (0..derivative).fold(1.0, |unit, _| unit * fs / scale);
    let mut weights = vec![0.0; window * window];
    let zeros = || vec![0.0; window];
    // Values, first and second derivatives of the polynomials of the current degree and of the
    // previous one.
    let mut previous = [zeros(), zeros(), zeros()];
    let mut current = [vec![1.0; window], zeros(), zeros()];
    let mut previous_norm = 1.0;
    for degree in 0..=polyorder {
        let [values, ..] = &current;
        let norm: f64 = values.iter().map(|p| p * p).sum();
        let derived = current.get(derivative).map_or(&[][..], Vec::as_slice);
        for (row, d) in weights.chunks_exact_mut(window).zip(derived) {
            for (weight, p) in row.iter_mut().zip(values) {
                *weight += d * p / norm * unit;
            }
        }
        // The window is symmetric, so the recurrence is p(n+1) = x·p(n) −
        // norm/previous_norm·p(n−1).
        let back = if degree == 0 { 0.0 } else { norm / previous_norm };
        let [p, d1, d2] = &current;
        let [q, e1, e2] = &previous;
        let next = [
            combine(&x, p, &[], 0.0, q, back),
            combine(&x, d1, p, 1.0, e1, back),
            combine(&x, d2, d1, 2.0, e2, back),
        ];
        previous = std::mem::replace(&mut current, next);
        previous_norm = norm;
    }
    weights
}

/// Returns x·a + factor·b − back·c.
fn combine(x: &[f64], a: &[f64], b: &[f64], factor: f64, c: &[f64], back: f64) -> Vec<f64> {
    let b = b.iter().copied().chain(std::iter::repeat(0.0));
    x.iter().zip(a).zip(b).zip(c).map(|(((x, a), b), c)| x * a + factor * b - back * c).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cubic_and_its_derivatives_come_back_exactly() {
        let fs = 50.0;
        let cubic = |t: f64| 1.0 - 2.0 * t + 3.0 * t * t - 4.0 * t * t * t;
        let first = |t: f64| -2.0 + 6.0 * t - 12.0 * t * t;
        let second = |t: f64| 6.0 - 24.0 * t;
        let series: Vec<f64> = (0..80u32).map(|i| cubic(f64::from(i) / fs)).collect();
        let of = |d: usize, t: f64| [cubic(t), first(t), second(t)].get(d).copied();
        for derivative in 0..3 {
            let Ok(filter) = SavitzkyGolay::new(fs, 0.3, 3, derivative) else { return };
            assert_eq!(filter.window(), 15);
            for (i, value) in filter.apply(&series, 1).iter().enumerate() {
                let want = of(derivative, i as f64 / fs).unwrap_or(f64::NAN);
                assert!((value - want).abs() < 1e-10, "{derivative} {i} {value} {want}");
            }
        }
    }

    #[test]
    fn what_cannot_be_fitted_is_refused_or_missing() {
        assert!(SavitzkyGolay::new(30.0, 0.05, 3, 0).is_err());
        assert!(SavitzkyGolay::new(30.0, 0.3, 3, 3).is_err());
        assert!(SavitzkyGolay::new(30.0, f64::INFINITY, 3, 0).is_err());
        let Ok(filter) = SavitzkyGolay::new(30.0, 0.3, 3, 0) else { return };
        assert!(filter.apply(&[1.0; 8], 1).iter().all(|v| v.is_nan()));
        assert!(filter.apply(&[1.0; 9], 1).iter().all(|v| (v - 1.0).abs() < 1e-12));
    }

    #[test]
    fn a_channel_is_fitted_as_if_it_were_alone() {
        let (channels, frames) = (37, 70);
        let Ok(filter) = SavitzkyGolay::new(30.0, 0.3, 3, 1) else { return };
        for gap in [None, Some((30, 5)), Some((3, 0))] {
            let value = |t: usize, c: usize| match gap {
                Some(gap) if gap == (t, c) => f64::NAN,
                _ => ((t * 7919 + c * 104_729) % 1009) as f64,
            };
            let rows = (0..frames).flat_map(|t| (0..channels).map(move |c| value(t, c)));
            let mut together = vec![7.0; frames * channels];
            filter.apply_into(&rows.collect::<Vec<f64>>(), &mut together, channels);
            for c in 0..channels {
                let alone = filter.apply(&(0..frames).map(|t| value(t, c)).collect::<Vec<_>>(), 1);
                let column = together.iter().skip(c).step_by(channels);
                assert!(column.zip(&alone).all(|(a, b)| a == b || (a.is_nan() && b.is_nan())));
                assert_eq!(alone.iter().any(|v| v.is_nan()), gap.is_some_and(|gap| gap.1 == c));
            }
        }
    }
}
