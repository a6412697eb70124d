//! Gap filling by monotone cubic interpolation (PCHIP), which never overshoots its neighbors. Inner slopes
//! follow Fritsch and Butland 1984, end slopes Moler, Numerical Computing with MATLAB, 3.6.

use crate::interrupt::check_at;
use crate::math::{at, rounding};
use crate::memory::{gathered, push};

/// Number of samples that are tested together.
const LANES: usize = 8;

/// Piecewise cubic interpolant of the finite samples.
pub struct Pchip {
    x: Vec<f64>,
    y: Vec<f64>,
    slope: Vec<f64>,
}

impl Pchip {
    /// Interpolates the samples with a finite value; `x` must strictly increase.
    pub fn new(x: &[f64], y: &[f64]) -> Self {
        let finite = || x.iter().zip(y).filter(|(_, y)| y.is_finite());
        let (x, y) = (gathered(finite().map(|(x, _)| *x)), gathered(finite().map(|(_, y)| *y)));
        let slope = slopes(&x, &y);
        Self { x, y, slope }
    }

    /// Value at `x`; NaN outside of the samples.
    pub fn value(&self, x: f64) -> f64 {
        let right = self.x.partition_point(|&known| known < x);
        if at(&self.x, right) == x {
            return at(&self.y, right);
        }
        let Some(left) = right.checked_sub(1) else { return f64::NAN };
        let knot = |i: usize| (at(&self.x, i), at(&self.y, i), at(&self.slope, i));
        between(x, knot(left), knot(right))
    }

    /// Distance between the samples on both sides of `x`: 0 at a sample, infinite outside of the samples.
    pub fn spacing(&self, x: f64) -> f64 {
        let right = self.x.partition_point(|&known| known < x);
        if at(&self.x, right) == x {
            return 0.0;
        }
        let spacing =
            right.checked_sub(1).map_or(f64::NAN, |left| at(&self.x, right) - at(&self.x, left));
        if spacing.is_finite() { spacing } else { f64::INFINITY }
    }
}

/// Cubic Hermite interpolation between two knots (x, y, slope).
fn between(x: f64, (x0, y0, d0): (f64, f64, f64), (x1, y1, d1): (f64, f64, f64)) -> f64 {
    let h = x1 - x0;
    let t = (x - x0) / h;
    let u = 1.0 - t;
    y0 * (1.0 + 2.0 * t) * u * u + y1 * t * t * (3.0 - 2.0 * t) + h * t * u * (d0 * u - d1 * t)
}

fn slopes(x: &[f64], y: &[f64]) -> Vec<f64> {
    let h: Vec<f64> = gathered(x.windows(2).map(|w| at(w, 1) - at(w, 0)));
    let secant: Vec<f64> = gathered(y.windows(2).zip(&h).map(|(w, h)| (at(w, 1) - at(w, 0)) / h));
    let n = x.len();
    (0..n)
        .map(|i| match i.checked_sub(1) {
            _ if n < 2 => 0.0,
            _ if n == 2 => at(&secant, 0),
            None => end_slope(at(&h, 0), at(&h, 1), at(&secant, 0), at(&secant, 1)),
            Some(j) if i + 1 == n => {
                end_slope(at(&h, j), at(&h, j - 1), at(&secant, j), at(&secant, j - 1))
            }
            Some(j) => inner_slope(at(&h, j), at(&h, i), at(&secant, j), at(&secant, i)),
        })
        .collect()
}

fn inner_slope(h0: f64, h1: f64, s0: f64, s1: f64) -> f64 {
    if s0 * s1 <= 0.0 {
        return 0.0;
    }
    let (w0, w1) = (2.0 * h1 + h0, h1 + 2.0 * h0);
    (w0 + w1) / (w0 / s0 + w1 / s1)
}

fn end_slope(h0: f64, h1: f64, s0: f64, s1: f64) -> f64 {
    let d = ((2.0 * h0 + h1) * s0 - h0 * s1) / (h0 + h1);
    if d * s0 <= 0.0 {
        0.0
    } else if s0 * s1 < 0.0 && d.abs() > 3.0 * s0.abs() {
        3.0 * s0
    } else {
        d
    }
}

/// True if a gap is too long to fill. Samples have been missing for `missing` until `end`, in the
/// unit of `x`. A stream calls this during the gap, a recording at its end.
pub fn is_too_long(missing: f64, max_gap: f64, end: f64) -> bool {
    missing > max_gap + rounding(end)
}

/// Fills, in place, gaps between two finite samples that exceed the typical interval `dt` by at most
/// `max_gap` (in the unit of `x`). Returns a flag for each filled sample. It never extrapolates.
pub fn fill(x: &[f64], y: &mut [f64], dt: f64, max_gap: f64) -> Vec<bool> {
    let missing: Vec<bool> = gathered(y.iter().map(|v| !v.is_finite()));
    fill_channels(x, y, 1, dt, max_gap);
    gathered(missing.iter().zip(y).map(|(missing, v)| *missing && v.is_finite()))
}

/// Fills gaps like [`fill`], in every channel of `series`, which is stored frame by frame.
pub fn fill_channels(x: &[f64], series: &mut [f64], channels: usize, dt: f64, max_gap: f64) {
    // The slopes must come from measured samples only, so filled values are written at the end.
    let mut filled: Vec<(usize, f64)> = Vec::new();
    let (before, _) = series.as_chunks::<LANES>();
    let (behind, rest) = series.get(channels.max(1)..).unwrap_or(&[]).as_chunks::<LANES>();
    let mut bridge = |from: usize| {
        let starts = |place: &usize| {
            let behind = series.get(place + channels);
            behind.is_some_and(|v| !v.is_finite()) && at(series, *place).is_finite()
        };
        for place in (from..from + LANES).filter(starts) {
            let column = Column { x, series, channels, channel: place % channels };
            column.bridge(place / channels, dt, max_gap, &mut filled);
        }
    };
    for (i, (before, behind)) in before.iter().zip(behind).enumerate() {
        check_at(i);
        if begins_gap(before, behind) {
            bridge(i * LANES);
        }
    }
    if !rest.is_empty() {
        bridge(behind.len() * LANES);
    }
    for (place, value) in filled {
        if let Some(slot) = series.get_mut(place) {
            *slot = value;
        }
    }
}

/// True if any sample is finite in `before` and not in `behind`. `v − v` is 0 for finite values.
/// Otherwise it is NaN, whose exponent bits are all set. This needs no branches.
#[allow(clippy::eq_op)]
fn begins_gap(before: &[f64; LANES], behind: &[f64; LANES]) -> bool {
    const EXPONENT: u64 = 0x7ff0_0000_0000_0000;
    let pairs = before.iter().zip(behind);
    let found = pairs.fold(0, |found, (a, b)| found | ((b - b).to_bits() & !(a - a).to_bits()));
    found & EXPONENT != 0
}

/// One channel of a series that is stored frame by frame.
struct Column<'a> {
    x: &'a [f64],
    series: &'a [f64],
    channels: usize,
    channel: usize,
}

impl Column<'_> {
    fn sample(&self, frame: usize) -> Option<(f64, f64)> {
        let y = self.series.get(frame * self.channels + self.channel)?;
        Some((*self.x.get(frame)?, *y))
    }

    fn finite(&self, frame: usize) -> Option<(f64, f64)> {
        self.sample(frame).filter(|(_, y)| y.is_finite())
    }

    /// First finite frame after `frame`.
    fn next(&self, frame: usize) -> Option<usize> {
        (frame + 1..self.x.len()).find(|&t| self.finite(t).is_some())
    }

    /// Appends index and value of each sample in the gap after the finite frame `left`, unless the
    /// gap is too long.
    fn bridge(&self, left: usize, dt: f64, max_gap: f64, filled: &mut Vec<(usize, f64)>) {
        let Some(right) = self.next(left) else { return };
        let (Some((x0, y0)), Some((x1, y1))) = (self.finite(left), self.finite(right)) else {
            return;
        };
        let h = x1 - x0;
        if is_too_long(h - dt, max_gap, x1) {
            return;
        }
        let earlier = (0..left).rev().find_map(|t| self.finite(t));
        let later = self.next(right).and_then(|t| self.finite(t));
        let secant = (y1 - y0) / h;
        let outer_before = earlier.map(|(x, y)| (x0 - x, (y0 - y) / (x0 - x)));
        let outer_after = later.map(|(x, y)| (x - x1, (y - y1) / (x - x1)));
        let slope = |near: Option<(f64, f64)>, far: Option<(f64, f64)>| match (near, far) {
            (Some((h0, s0)), _) => inner_slope(h0, h, s0, secant),
            (None, Some((h1, s1))) => end_slope(h, h1, secant, s1),
            (None, None) => secant,
        };
        let first = (x0, y0, slope(outer_before, outer_after));
        let last = (x1, y1, slope(outer_after, outer_before));
        for t in left + 1..right {
            if let Some(&x) = self.x.get(t) {
                push(filled, (t * self.channels + self.channel, between(x, first, last)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_gaps_are_filled_and_long_ones_and_ends_are_not() {
        let x: Vec<f64> = (0..12u32).map(f64::from).collect();
        let mut y = x.clone();
        for i in [0, 4, 7, 8, 9, 11] {
            if let Some(v) = y.get_mut(i) {
                *v = f64::NAN;
            }
        }
        let filled = fill(&x, &mut y, 1.0, 2.0);
        let which: Vec<usize> = (0..12).filter(|&i| filled.get(i) == Some(&true)).collect();
        assert_eq!(which, [4]);
        assert_eq!(at(&y, 4), 4.0);
        assert!(at(&y, 0).is_nan() && at(&y, 8).is_nan() && at(&y, 11).is_nan());
    }

    #[test]
    fn a_channel_is_filled_as_if_it_were_alone() {
        for channels in [1, 3, 8, 11] {
            let frames = 29;
            let x: Vec<f64> = (0..frames).map(|t| t as f64).collect();
            // A quarter of the samples is missing; in some channels also the first and the last.
            let value = |t: usize, c: usize| match (t * 7919 + c * 104_729) % 1009 {
                drawn if drawn % 4 == 0 => f64::NAN,
                drawn => drawn as f64,
            };
            let rows = (0..frames).flat_map(|t| (0..channels).map(move |c| value(t, c)));
            let mut side_by_side: Vec<f64> = rows.collect();
            fill_channels(&x, &mut side_by_side, channels, 1.0, 2.0);
            for c in 0..channels {
                let mut alone: Vec<f64> = (0..frames).map(|t| value(t, c)).collect();
                let filled = fill(&x, &mut alone, 1.0, 2.0);
                assert!(filled.contains(&true));
                let column: Vec<f64> =
                    side_by_side.iter().skip(c).step_by(channels).copied().collect();
                let bits = |all: &[f64]| all.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
                assert_eq!(bits(&column), bits(&alone));
            }
        }
    }
}
