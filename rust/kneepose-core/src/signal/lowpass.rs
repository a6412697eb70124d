//! Zero-phase Butterworth low-pass: second order, once forward and once back.

use std::f64::consts::{PI, SQRT_2};

use super::finite_runs;

/// Two passes halve the power where one pass of a second-order filter has the warped frequency
/// (√2 − 1)^¼ of its own cut-off.
const TWO_PASS: f64 = 0.802_243_262_923_150_2;
/// Highest cut-off as a share of the frame rate.
const HIGHEST_CUTOFF: f64 = 0.4;

/// Cut-off of the single pass (Hz) so that two passes have gain 1/√2 at `cutoff`. The correction is
/// made in the warped domain, where the bilinear transform keeps it exact at low frame rates.
pub fn single_pass_cutoff(cutoff: f64, fs: f64) -> f64 {
    libm::atan(libm::tan(PI * cutoff / fs) / TWO_PASS) * fs / PI
}

/// Coefficients of one pass.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lowpass {
    b0: f64,
    a1: f64,
    a2: f64,
    pad: usize,
}

impl Lowpass {
    /// Two-pass gain 1/√2 at `cutoff` Hz, which is lowered to 0.4 of the frame rate `fs` where it is
    /// higher. `None` where either is not a positive number.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    pub fn new(cutoff: f64, fs: f64) -> Option<Self> {
        if !(cutoff > 0.0 && fs > 0.0 && cutoff.is_finite() && fs.is_finite()) {
            return None;
        }
        let cutoff = cutoff.min(Self::highest(fs));
        let k = libm::tan(PI * single_pass_cutoff(cutoff, fs) / fs);
        let norm = 1.0 / (1.0 + SQRT_2 * k + k * k);
        Some(Self {
            b0: k * k * norm,
            a1: 2.0 * (k * k - 1.0) * norm,
            a2: (1.0 - SQRT_2 * k + k * k) * norm,
            pad: (3.0 * fs / cutoff).ceil() as usize,
        })
    }

    /// Highest cut-off (Hz) that makes sense at a frame rate.
    pub fn highest(fs: f64) -> f64 {
        HIGHEST_CUTOFF * fs
    }

    /// Filters each contiguous finite run in place; runs of one sample are left as they are.
    pub fn apply(&self, series: &mut [f64]) {
        let mut work = Vec::new();
        for run in finite_runs(series) {
            if let Some(run) = series.get_mut(run) {
                self.both_ways(run, &mut work);
            }
        }
    }

    /// Odd reflection at the ends, steady state at the start of each pass.
    fn both_ways(&self, run: &mut [f64], work: &mut Vec<f64>) {
        let (Some(&first), Some(&last)) = (run.first(), run.last()) else { return };
        let pad = self.pad.min(run.len() - 1);
        if pad == 0 {
            return;
        }
        work.clear();
        work.extend(run.iter().skip(1).take(pad).rev().map(|v| 2.0 * first - v));
        work.extend_from_slice(run);
        work.extend(run.iter().rev().skip(1).take(pad).map(|v| 2.0 * last - v));
        self.pass(work.iter_mut());
        self.pass(work.iter_mut().rev());
        for (value, filtered) in run.iter_mut().zip(work.iter().skip(pad)) {
            *value = *filtered;
        }
    }

    fn pass<'a>(&self, series: impl Iterator<Item = &'a mut f64>) {
        let Self { b0, a1, a2, .. } = *self;
        let mut state: Option<(f64, f64)> = None;
        for value in series {
            let x = *value;
            let (z1, z2) = state.unwrap_or((x * (1.0 - b0), x * (b0 - a2)));
            let y = b0 * x + z1;
            state = Some((2.0 * b0 * x - a1 * y + z2, b0 * x - a2 * y));
            *value = y;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_passes_and_gaps_stay() {
        let mut series = vec![3.0; 50];
        if let Some(v) = series.get_mut(20) {
            *v = f64::NAN;
        }
        let filter = Lowpass::new(6.0, 30.0);
        assert!(filter.is_some());
        if let Some(filter) = filter {
            filter.apply(&mut series);
        }
        for (i, value) in series.iter().enumerate() {
            assert!(if i == 20 { value.is_nan() } else { (value - 3.0).abs() < 1e-12 });
        }
    }

    #[test]
    fn senseless_cutoffs_make_no_filter() {
        for (cutoff, fs) in
            [(0.0, 30.0), (-1.0, 30.0), (6.0, 0.0), (f64::NAN, 30.0), (6.0, f64::INFINITY)]
        {
            assert_eq!(Lowpass::new(cutoff, fs), None);
        }
    }
}
