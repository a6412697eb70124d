//! Zero-phase Butterworth low-pass: a forward and a backward pass.

use std::f64::consts::{PI, SQRT_2};

use super::channels::{Run, finite_runs};
use super::passes::{BothWays, Section};
use crate::error::{Error, Result};
use crate::interrupt::check;
use crate::math::simd::run_simd;

/// Maximum cutoff frequency as a fraction of the frame rate.
/// Source: science.md 8.
const HIGHEST_CUTOFF: f64 = 0.4;
/// Total order of the forward and the backward pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Two passes of a second-order filter.
    Four,
    /// Two passes of a fourth-order filter.
    Eight,
}

impl Order {
    /// Parses 4 or 8.
    ///
    /// # Errors
    /// [`Error::Option`] for any other number.
    pub fn parse(order: u8) -> Result<Self> {
        match order {
            4 => Ok(Self::Four),
            8 => Ok(Self::Eight),
            _ => Err(Error::Option(format!(
                "order is {order}; it must be 4 (two passes of order 2) or 8 (two of order 4)"
            ))),
        }
    }

    /// Damping of each second-order section: 2·sin((2k + 1)·π / 2n) for a pass of order n.
    fn dampings(self) -> &'static [f64] {
        match self {
            Self::Four => &[SQRT_2],
            Self::Eight => &[0.765_366_864_730_179_5, 1.847_759_065_022_573_5],
        }
    }

    /// Correction of the cutoff frequency for two passes, (√2 − 1)^(1/2n). It is the warped
    /// frequency at which two passes have gain 1/√2, as a fraction of the cutoff of one pass of
    /// order n.
    fn two_pass(self) -> f64 {
        match self {
            Self::Four => 0.802_243_262_923_150_2,
            Self::Eight => 0.895_680_335_233_028_5,
        }
    }
}

/// Cutoff frequency (Hz) of a single pass of order 2 with which two passes have gain 1/√2 at
/// `cutoff`. The correction is made in the warped domain, so it is exact for the bilinear transform
/// at low frame rates.
pub fn single_pass_cutoff(cutoff: f64, fs: f64) -> f64 {
    libm::atan(warped(Order::Four, cutoff, fs)) * fs / PI
}

fn warped(order: Order, cutoff: f64, fs: f64) -> f64 {
    libm::tan(PI * cutoff / fs) / order.two_pass()
}

/// Low-pass filter: the coefficients of one pass.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lowpass {
    first: Section,
    second: Option<Section>,
    pad: usize,
}

impl Lowpass {
    /// Makes a filter of total order 4; see [`Lowpass::of_order`].
    pub fn new(cutoff: f64, fs: f64) -> Option<Self> {
        Self::of_order(Order::Four, cutoff, fs)
    }

    /// Makes a filter with two-pass gain 1/√2 at `cutoff` Hz. A cutoff above 0.4 of the frame rate
    /// `fs` is reduced to that. `None` unless both are finite and positive.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    pub fn of_order(order: Order, cutoff: f64, fs: f64) -> Option<Self> {
        if !(cutoff > 0.0 && fs > 0.0 && cutoff.is_finite() && fs.is_finite()) {
            return None;
        }
        let cutoff = cutoff.min(Self::highest(fs));
        let k = warped(order, cutoff, fs);
        let mut sections = order.dampings().iter().map(|&damping| Section::new(k, damping));
        let first = sections.next()?;
        let pad = (3.0 * fs / cutoff).ceil() as usize;
        Some(Self { first, second: sections.next(), pad })
    }

    /// Maximum cutoff (Hz) at a frame rate.
    pub fn highest(fs: f64) -> f64 {
        HIGHEST_CUTOFF * fs
    }

    /// Filters one series; see [`Lowpass::apply_channels`].
    pub fn apply(&self, series: &mut [f64]) {
        self.apply_channels(series, 1);
    }

    /// Filters each contiguous finite run of each channel in place; `series` is stored frame by
    /// frame. Runs of one sample are not changed.
    pub fn apply_channels(&self, series: &mut [f64], channels: usize) {
        for run in finite_runs(series, channels) {
            self.both_ways(None, series, channels, run);
        }
    }

    /// Filters like [`Lowpass::apply_channels`], from `raw` to `out`, which has the same length.
    /// The previous content of `out` is overwritten.
    pub fn apply_into(&self, raw: &[f64], out: &mut [f64], channels: usize) {
        let frames = raw.len().checked_div(channels).unwrap_or(0);
        let whole = Run { frames: 0..frames, channels: 0..channels };
        // Most recordings have no gaps, so the filter tests for them itself, which saves a separate
        // scan.
        if frames * channels == out.len() && self.both_ways(Some(raw), out, channels, whole) {
            return;
        }
        out.iter_mut().zip(raw).for_each(|(out, raw)| *out = *raw);
        self.apply_channels(out, channels);
    }

    /// Filters one run. Returns false if it is too short, or if `raw` is given and contains values
    /// that are not finite.
    fn both_ways(
        &self,
        raw: Option<&[f64]>,
        series: &mut [f64],
        channels: usize,
        run: Run,
    ) -> bool {
        let pad = self.pad.min(run.frames.len().saturating_sub(1));
        if pad == 0 {
            return false;
        }
        let span = run.frames.start * channels..run.frames.end * channels;
        let raw = raw.and_then(|raw| raw.get(span.clone()));
        let Some(stretch) = series.get_mut(span) else { return false };
        let (first, width) = (run.channels.start, run.channels.len());
        check();
        let mut done = false;
        let filtered = &mut done;
        match self.second {
            None => {
                let sections = [self.first];
                run_simd(BothWays {
                    sections,
                    pad,
                    raw,
                    stretch,
                    channels,
                    first,
                    width,
                    filtered,
                });
            }
            Some(second) => {
                let sections = [self.first, second];
                run_simd(BothWays {
                    sections,
                    pad,
                    raw,
                    stretch,
                    channels,
                    first,
                    width,
                    filtered,
                });
            }
        }
        done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_passes_and_gaps_stay() {
        for order in [Order::Four, Order::Eight] {
            let mut series = vec![3.0; 50];
            if let Some(v) = series.get_mut(20) {
                *v = f64::NAN;
            }
            let filter = Lowpass::of_order(order, 6.0, 30.0);
            assert!(filter.is_some());
            if let Some(filter) = filter {
                filter.apply(&mut series);
            }
            for (i, value) in series.iter().enumerate() {
                assert!(if i == 20 { value.is_nan() } else { (value - 3.0).abs() < 1e-12 });
            }
        }
    }

    #[test]
    fn a_channel_is_filtered_as_if_it_were_alone() {
        // The sizes include strips of every width, and blocks of frames that do not divide the
        // series.
        for (order, channels, frames) in [(Order::Four, 31, 300), (Order::Eight, 27, 131)] {
            for gap in [None, Some((40, 5)), Some((0, channels - 1))] {
                let value = |t: usize, c: usize| match gap {
                    Some(gap) if gap == (t, c) => f64::NAN,
                    _ => ((t * 7919 + c * 104_729) % 1009) as f64,
                };
                let rows = (0..frames).flat_map(|t| (0..channels).map(move |c| value(t, c)));
                let raw: Vec<f64> = rows.collect();
                let Some(filter) = Lowpass::of_order(order, 4.0, 30.0) else { return };
                let mut in_place = raw.clone();
                filter.apply_channels(&mut in_place, channels);
                let mut apart = vec![7.0; raw.len()];
                filter.apply_into(&raw, &mut apart, channels);
                for c in 0..channels {
                    let column = |all: &[f64]| -> Vec<u64> {
                        all.iter().skip(c).step_by(channels).map(|v| v.to_bits()).collect()
                    };
                    let mut alone: Vec<f64> = (0..frames).map(|t| value(t, c)).collect();
                    filter.apply(&mut alone);
                    let alone: Vec<u64> = alone.iter().map(|v| v.to_bits()).collect();
                    assert_eq!(column(&in_place), alone);
                    assert_eq!(column(&apart), alone);
                }
            }
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
