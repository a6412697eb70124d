//! Filters that know the past only, for samples that come when they come: no frame rate is assumed.

use std::f64::consts::PI;

/// Two first-order low-passes in a row reach 1/√2 together at this share of the cut-off of each.
const TWO_IN_A_ROW: f64 = 0.643_594_252_905_582_5;

/// Time constant (seconds) of each of two low-passes in a row, so that both together cut off at
/// `cutoff_hz`.
pub fn time_constant(cutoff_hz: f64) -> f64 {
    TWO_IN_A_ROW / (2.0 * PI * cutoff_hz)
}

/// A critically damped low-pass of second order: two of first order in a row. It lags by twice its time
/// constant, whatever the frame rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CausalLowpass {
    first: f64,
    second: f64,
}

impl Default for CausalLowpass {
    fn default() -> Self {
        Self { first: f64::NAN, second: f64::NAN }
    }
}

impl CausalLowpass {
    /// Share of a sample that comes `dt` after the one before.
    #[inline]
    pub fn gain(dt: f64, time_constant: f64) -> f64 {
        dt / (dt + time_constant)
    }

    /// The next sample. The first one after the beginning, or after [`CausalLowpass::reset`], sets the state.
    #[inline]
    pub fn push(&mut self, value: f64, share: f64) -> f64 {
        if self.second.is_nan() {
            *self = Self { first: value, second: value };
        } else {
            self.first += share * (value - self.first);
            self.second += share * (self.first - self.second);
        }
        self.second
    }

    /// Slope of the output per second.
    #[inline]
    pub fn slope(&self, time_constant: f64) -> f64 {
        (self.first - self.second) / time_constant
    }

    /// Forgets what it has seen.
    pub fn reset(&mut self) {
        *self = Self::default();
    }
}

/// Both ways over a series at uneven times, in place: the lag of one way takes back that of the other.
pub fn filter_both_ways(series: &mut [f64], times: &[f64], time_constant: f64) {
    let mut state = CausalLowpass::default();
    let mut last = f64::NAN;
    for (value, &time) in series.iter_mut().zip(times) {
        *value = state.push(*value, CausalLowpass::gain((time - last).max(0.0), time_constant));
        last = time;
    }
    state.reset();
    for (value, &time) in series.iter_mut().zip(times).rev() {
        *value = state.push(*value, CausalLowpass::gain((last - time).max(0.0), time_constant));
        last = time;
    }
}

/// Most samples that a [`SlidingMedian`] looks at.
const MOST: usize = 31;

/// Median of the samples of the last moments.
#[derive(Debug, Clone, Copy)]
pub struct SlidingMedian {
    samples: [(f64, f64); MOST],
    count: usize,
}

impl Default for SlidingMedian {
    fn default() -> Self {
        Self { samples: [(f64::NAN, f64::NAN); MOST], count: 0 }
    }
}

impl SlidingMedian {
    /// Takes a sample, forgets those that are older than `window_s`, and gives the time in the middle and
    /// the median.
    pub fn push(&mut self, time: f64, value: f64, window_s: f64) -> (f64, f64) {
        let kept = self.samples.get(..self.count).unwrap_or_default();
        let old = kept.iter().take_while(|(t, _)| *t < time - window_s).count();
        let old = old.max((self.count + 1).saturating_sub(MOST));
        self.samples.copy_within(old..self.count, 0);
        self.count -= old;
        if let Some(slot) = self.samples.get_mut(self.count) {
            *slot = (time, value);
            self.count += 1;
        }
        let mut sorted = [f64::NAN; MOST];
        // Of an even number there is no middle one.
        let odd = self.count - 1 + self.count % 2;
        let seen = self.samples.get(self.count - odd..self.count).unwrap_or_default();
        for (slot, (_, value)) in sorted.iter_mut().zip(seen) {
            *slot = *value;
        }
        let Some(sorted) = sorted.get_mut(..odd) else { return (time, value) };
        sorted.sort_unstable_by(f64::total_cmp);
        let earliest = seen.first().map_or(time, |sample| sample.0);
        let median = sorted.get(sorted.len() / 2).copied().unwrap_or(value);
        (0.5 * (earliest + time), median)
    }

    /// Forgets all.
    pub fn reset(&mut self) {
        self.count = 0;
    }
}
