//! Causal filters for samples at arbitrary times; no frame rate is assumed.

use std::f64::consts::PI;

/// Cutoff frequency of two first-order low-passes in series (gain 1/√2), as a fraction of the
/// cutoff frequency of each.
/// Source: derived: √(√2 − 1).
const TWO_IN_A_ROW: f64 = 0.643_594_252_905_582_5;

/// Time constant (seconds) of each of two first-order low-passes in series whose joint cutoff is
/// `cutoff_hz`.
pub fn time_constant(cutoff_hz: f64) -> f64 {
    TWO_IN_A_ROW / (2.0 * PI * cutoff_hz)
}

/// Total delay of both low-passes, seconds. It does not depend on the frame rate.
pub fn lag_s(cutoff_hz: f64) -> f64 {
    2.0 * time_constant(cutoff_hz)
}

/// Critically damped second-order low-pass: two first-order low-passes in series. Its delay is twice the
/// time constant and does not depend on the frame rate.
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
    /// Gain for a sample that follows `dt` seconds after the previous one.
    #[inline]
    pub fn gain(dt: f64, time_constant: f64) -> f64 {
        dt / (dt + time_constant)
    }

    /// Filters the next sample. The first sample, also after [`CausalLowpass::reset`], sets the state.
    #[inline]
    pub fn push(&mut self, value: f64, gain: f64) -> f64 {
        if self.second.is_nan() {
            *self = Self { first: value, second: value };
        } else {
            self.first += gain * (value - self.first);
            self.second += gain * (self.first - self.second);
        }
        self.second
    }

    /// Derivative of the output, per second.
    #[inline]
    pub fn slope(&self, time_constant: f64) -> f64 {
        (self.first - self.second) / time_constant
    }

    /// Clears the state.
    pub fn reset(&mut self) {
        *self = Self::default();
    }
}

/// Filters a series with uneven times forward and backward, in place. The delays of the two passes
/// cancel. `gains` has the gain of each sample for the time since the previous one; the first is
/// ignored.
pub fn filter_both_ways(
    series: &mut [f64],
    gains: impl DoubleEndedIterator<Item = f64> + ExactSizeIterator + Clone,
) {
    let mut state = CausalLowpass::default();
    for (value, gain) in series.iter_mut().zip(gains.clone()) {
        *value = state.push(*value, gain);
    }
    // The backward pass uses the same intervals as the forward pass.
    state.reset();
    let mut gain = 0.0;
    for (value, next) in series.iter_mut().rev().zip(gains.rev()) {
        *value = state.push(*value, gain);
        gain = next;
    }
}

/// Maximum number of samples in the window of a [`SlidingMedian`].
/// Source: chosen: the window of 0.24 s up to 129 frames per second, in a fixed memory; measured by
/// docs/evidence/repetitions.md.
const MAX_SAMPLES: usize = 31;

/// Median over a sliding time window.
#[derive(Debug, Clone, Copy)]
pub struct SlidingMedian {
    samples: [(f64, f64); MAX_SAMPLES],
    count: usize,
}

impl Default for SlidingMedian {
    fn default() -> Self {
        Self { samples: [(f64::NAN, f64::NAN); MAX_SAMPLES], count: 0 }
    }
}

impl SlidingMedian {
    /// Adds a sample and drops those older than `window_s` seconds. Returns the time of the window's middle
    /// and the median.
    pub fn push(&mut self, time: f64, value: f64, window_s: f64) -> (f64, f64) {
        let kept = self.samples.get(..self.count).unwrap_or_default();
        let old = kept.iter().take_while(|(t, _)| *t < time - window_s).count();
        let old = old.max((self.count + 1).saturating_sub(MAX_SAMPLES));
        self.samples.copy_within(old..self.count, 0);
        self.count -= old;
        if let Some(slot) = self.samples.get_mut(self.count) {
            *slot = (time, value);
            self.count += 1;
        }
        let mut sorted = [0; MAX_SAMPLES];
        // An even number of samples has no middle one, so the oldest is left out.
        let odd = self.count - 1 + self.count % 2;
        let window = self.samples.get(self.count - odd..self.count).unwrap_or_default();
        for (slot, (_, value)) in sorted.iter_mut().zip(window) {
            *slot = sort_key(*value);
        }
        let Some(sorted) = sorted.get_mut(..odd) else { return (time, value) };
        sorted.sort_unstable();
        let earliest = window.first().map_or(time, |sample| sample.0);
        let median = sorted.get(sorted.len() / 2).map_or(value, |key| of_sort_key(*key));
        (0.5 * (earliest + time), median)
    }

    /// Drops all samples.
    pub fn reset(&mut self) {
        self.count = 0;
    }
}

/// Integer whose order is that of [`f64::total_cmp`]; integers are sorted faster.
pub fn sort_key(value: f64) -> i64 {
    flip_negative(value.to_bits().cast_signed())
}

/// Converts a [`sort_key`] back to its value.
fn of_sort_key(key: i64) -> f64 {
    f64::from_bits(flip_negative(key).cast_unsigned())
}

/// Flips all bits of a negative number except the sign.
fn flip_negative(bits: i64) -> i64 {
    bits ^ ((bits >> 63) & i64::MAX)
}
