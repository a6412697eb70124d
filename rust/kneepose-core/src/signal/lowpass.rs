//! Zero-phase Butterworth low-pass: once forward and once back.

use std::f64::consts::{PI, SQRT_2};

use super::channels::{Run, finite_runs};
use crate::error::{Error, Result};

/// Highest cut-off as a share of the frame rate.
const HIGHEST_CUTOFF: f64 = 0.4;
/// Channels that are filtered side by side.
const LANES: usize = 8;

/// Order after both passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Two passes of a second-order filter.
    Four,
    /// Two passes of a fourth-order filter.
    Eight,
}

impl Order {
    /// Reads 4 or 8.
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

    /// Damping of each second-order section, 2·sin((2k + 1)·π / 2n) for a pass of order n.
    fn dampings(self) -> &'static [f64] {
        match self {
            Self::Four => &[SQRT_2],
            Self::Eight => &[0.765_366_864_730_179_5, 1.847_759_065_022_573_5],
        }
    }

    /// Two passes halve the power where one pass of order n has this warped frequency, as a share of
    /// its own cut-off: (√2 − 1)^(1/2n).
    fn two_pass(self) -> f64 {
        match self {
            Self::Four => 0.802_243_262_923_150_2,
            Self::Eight => 0.895_680_335_233_028_5,
        }
    }
}

/// Cut-off of the single pass of order 2 (Hz) so that two passes have gain 1/√2 at `cutoff`. The
/// correction is made in the warped domain, where the bilinear transform keeps it exact at low frame
/// rates.
pub fn single_pass_cutoff(cutoff: f64, fs: f64) -> f64 {
    libm::atan(warped(Order::Four, cutoff, fs)) * fs / PI
}

fn warped(order: Order, cutoff: f64, fs: f64) -> f64 {
    libm::tan(PI * cutoff / fs) / order.two_pass()
}

/// A second-order section with gain 1 at rest; its numerator is b0·(1, 2, 1).
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Section {
    b0: f64,
    a1: f64,
    a2: f64,
}

impl Section {
    fn new(k: f64, damping: f64) -> Self {
        let norm = 1.0 / (1.0 + damping * k + k * k);
        Self {
            b0: k * k * norm,
            a1: 2.0 * (k * k - 1.0) * norm,
            a2: (1.0 - damping * k + k * k) * norm,
        }
    }
}

/// Coefficients of one pass.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lowpass {
    first: Section,
    second: Option<Section>,
    pad: usize,
}

impl Lowpass {
    /// Order 4 after both passes; see [`Lowpass::of_order`].
    pub fn new(cutoff: f64, fs: f64) -> Option<Self> {
        Self::of_order(Order::Four, cutoff, fs)
    }

    /// Two-pass gain 1/√2 at `cutoff` Hz, which is lowered to 0.4 of the frame rate `fs` where it is
    /// higher. `None` where either is not a positive number.
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

    /// Highest cut-off (Hz) that makes sense at a frame rate.
    pub fn highest(fs: f64) -> f64 {
        HIGHEST_CUTOFF * fs
    }

    /// Filters one series; see [`Lowpass::apply_channels`].
    pub fn apply(&self, series: &mut [f64]) {
        self.apply_channels(series, 1);
    }

    /// Filters each contiguous finite run of each channel in place, frame after frame in `series`.
    /// Runs of one sample are left as they are.
    pub fn apply_channels(&self, series: &mut [f64], channels: usize) {
        let (mut wide, mut narrow, mut single) = (Vec::new(), Vec::new(), Vec::new());
        for run in finite_runs(series, channels) {
            let last = run.channels.end;
            for first in run.channels.step_by(LANES) {
                let part =
                    Run { frames: run.frames.clone(), channels: first..last.min(first + LANES) };
                match part.channels.len() {
                    1 => self.both_ways::<1>(series, channels, &part, &mut single),
                    2..=4 => self.both_ways::<4>(series, channels, &part, &mut narrow),
                    _ => self.both_ways::<LANES>(series, channels, &part, &mut wide),
                }
            }
        }
    }

    /// Odd reflection at the ends, steady state at the start of each pass. Lanes without a channel
    /// carry zeros.
    fn both_ways<const L: usize>(
        &self,
        series: &mut [f64],
        channels: usize,
        run: &Run,
        work: &mut Vec<[f64; L]>,
    ) {
        let frames = run.frames.len();
        let pad = self.pad.min(frames.saturating_sub(1));
        if pad == 0 {
            return;
        }
        let span = run.frames.start * channels..run.frames.end * channels;
        let Some(stretch) = series.get_mut(span) else { return };
        work.clear();
        work.resize(pad, [0.0; L]);
        work.extend(stretch.chunks_exact(channels).map(|row| {
            let row = row.get(run.channels.clone()).unwrap_or(&[]);
            // A copy of known length is a few instructions, one of any length a loop.
            <[f64; L]>::try_from(row).unwrap_or_else(|_| {
                let mut lanes = [0.0; L];
                lanes.iter_mut().zip(row).for_each(|(lane, value)| *lane = *value);
                lanes
            })
        }));
        work.resize(frames + 2 * pad, [0.0; L]);
        reflect(work, pad, frames);
        match self.second {
            None => {
                pass(work.iter_mut(), &[self.first]);
                pass(work.iter_mut().rev(), &[self.first]);
            }
            Some(second) => {
                pass(work.iter_mut(), &[self.first, second]);
                pass(work.iter_mut().rev(), &[self.first, second]);
            }
        }
        for (row, lanes) in stretch.chunks_exact_mut(channels).zip(work.iter().skip(pad)) {
            let row = row.get_mut(run.channels.clone()).unwrap_or(&mut []);
            match <&mut [f64; L]>::try_from(&mut *row) {
                Ok(row) => *row = *lanes,
                Err(_) => row.iter_mut().zip(lanes).for_each(|(value, lane)| *value = *lane),
            }
        }
    }
}

/// Continues a series beyond both ends by its point reflection.
fn reflect<const L: usize>(work: &mut [[f64; L]], pad: usize, frames: usize) {
    let (before, rest) = work.split_at_mut(pad);
    let (inside, after) = rest.split_at_mut(frames);
    let (Some(first), Some(last)) = (inside.first(), inside.last()) else { return };
    for (out, source) in before.iter_mut().rev().zip(inside.iter().skip(1)) {
        *out = mirrored(first, source);
    }
    for (out, source) in after.iter_mut().zip(inside.iter().rev().skip(1)) {
        *out = mirrored(last, source);
    }
}

fn mirrored<const L: usize>(centre: &[f64; L], source: &[f64; L]) -> [f64; L] {
    let mut out = *centre;
    for (out, source) in out.iter_mut().zip(source) {
        *out = 2.0 * *out - source;
    }
    out
}

/// One pass of all sections; the state starts as if the first value had been there for ever.
#[inline]
fn pass<'a, const L: usize, const S: usize>(
    series: impl Iterator<Item = &'a mut [f64; L]>,
    sections: &[Section; S],
) {
    let mut series = series.peekable();
    let Some(first) = series.peek().map(|first| **first) else { return };
    let mut states = sections.map(|section| {
        (first.map(|x| x * (1.0 - section.b0)), first.map(|x| x * (section.b0 - section.a2)))
    });
    for sample in series {
        let mut values = *sample;
        for (section, (z1, z2)) in sections.iter().zip(&mut states) {
            for ((value, z1), z2) in values.iter_mut().zip(z1.iter_mut()).zip(z2.iter_mut()) {
                let scaled = section.b0 * *value;
                let y = scaled + *z1;
                *z1 = (scaled + scaled) - section.a1 * y + *z2;
                *z2 = scaled - section.a2 * y;
                *value = y;
            }
        }
        *sample = values;
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
        let channels = 21;
        let value = |t: usize, c: usize| ((t * 7919 + c * 104_729) % 1009) as f64;
        let mut side_by_side: Vec<f64> =
            (0..100).flat_map(|t| (0..channels).map(move |c| value(t, c))).collect();
        let Some(filter) = Lowpass::new(4.0, 30.0) else { return };
        filter.apply_channels(&mut side_by_side, channels);
        for c in 0..channels {
            let mut alone: Vec<f64> = (0..100).map(|t| value(t, c)).collect();
            filter.apply(&mut alone);
            let column: Vec<f64> = side_by_side.iter().skip(c).step_by(channels).copied().collect();
            assert_eq!(column, alone);
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
