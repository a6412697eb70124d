//! Causal filters for samples at arbitrary times; no frame rate is assumed.

use std::f64::consts::PI;

use crate::math::simd::{SimdJob, Wide, pairwise, run_simd};

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
            self.first = followed(self.first, value, gain);
            self.second = followed(self.second, self.first, gain);
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

/// First-order low-pass.
#[inline(always)]
fn followed(state: f64, value: f64, gain: f64) -> f64 {
    state + gain * (value - state)
}

/// [`CausalLowpass::push`] for many series that come together, in place: all have been seen before, and at the
/// same time.
pub fn push_together(filters: &mut [CausalLowpass], values: &mut [f64], gain: f64) {
    run_simd(Together { filters, values, gain });
}

struct Together<'a> {
    filters: &'a mut [CausalLowpass],
    values: &'a mut [f64],
    gain: f64,
}

impl SimdJob for Together<'_> {
    #[inline(always)]
    fn run(self, _: Option<Wide>) {
        let Self { filters, values, gain } = self;
        pairwise(filters, values, |filter, value| {
            filter.first = followed(filter.first, *value, gain);
            filter.second = followed(filter.second, filter.first, gain);
        });
        pairwise(values, filters, |value, filter| *value = filter.second);
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
    /// Times and values, the oldest first.
    samples: [(f64, f64); MAX_SAMPLES],
    /// Keys of the same values, sorted.
    sorted: [i64; MAX_SAMPLES],
    count: usize,
}

impl Default for SlidingMedian {
    fn default() -> Self {
        Self { samples: [(f64::NAN, f64::NAN); MAX_SAMPLES], sorted: [0; MAX_SAMPLES], count: 0 }
    }
}

impl SlidingMedian {
    /// Adds a sample and drops those older than `window_s` seconds. Returns the time of the window's middle
    /// and the median.
    pub fn push(&mut self, time: f64, value: f64, window_s: f64) -> (f64, f64) {
        let kept = self.samples.get(..self.count).unwrap_or_default();
        let old = kept.iter().take_while(|(t, _)| *t < time - window_s).count();
        let old = old.max((self.count + 1).saturating_sub(MAX_SAMPLES));
        for i in 0..old {
            let rank = self.samples.get(i).map_or(0, |(_, value)| self.rank(*value));
            self.sorted.copy_within(rank + 1..self.count, rank);
            self.count -= 1;
        }
        self.samples.copy_within(old..old + self.count, 0);
        let rank = self.rank(value);
        self.sorted.copy_within(rank..self.count, rank + 1);
        if let (Some(slot), Some(key)) =
            (self.samples.get_mut(self.count), self.sorted.get_mut(rank))
        {
            (*slot, *key) = ((time, value), sort_key(value));
            self.count += 1;
        }
        // An even number of samples has no middle one, so the oldest is left out.
        let is_even = self.count.is_multiple_of(2);
        let (mut earliest, mut middle) = (self.samples.first(), self.count / 2);
        if is_even {
            middle -= usize::from(earliest.is_some_and(|(_, oldest)| self.rank(*oldest) >= middle));
            earliest = self.samples.get(1);
        }
        let median = self.sorted.get(middle).map_or(value, |key| of_sort_key(*key));
        (0.5 * (earliest.map_or(time, |sample| sample.0) + time), median)
    }

    /// Number of samples below a value.
    fn rank(&self, value: f64) -> usize {
        let key = sort_key(value);
        self.sorted.get(..self.count).unwrap_or_default().partition_point(|other| *other < key)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sliding_median_is_the_median_of_the_window() {
        let mut median = SlidingMedian::default();
        let samples: Vec<(f64, f64)> =
            (0..400).map(|i| (f64::from(i), f64::from(i * 7919 % 101 % 40) - 20.0)).collect();
        for (i, (time, value)) in samples.iter().enumerate() {
            // The window grows and shrinks, beyond the room for samples too.
            let window_s = (i % 37) as f64 + 0.5;
            if i == 200 {
                median.reset();
            }
            let given = median.push(*time, *value, window_s);
            let begin = samples.partition_point(|(t, _)| *t < time - window_s);
            let mut kept = samples.get(begin..=i).unwrap_or_default().to_vec();
            if i >= 200 {
                kept.retain(|(t, _)| *t >= 200.0);
            }
            let fits = kept.len().min(given_count(&median));
            let mut window = kept.split_off(kept.len() - (fits - 1 + fits % 2));
            let middle = 0.5 * (window.first().map_or(f64::NAN, |s| s.0) + time);
            window.sort_by(|a, b| a.1.total_cmp(&b.1));
            let wanted = window.get(window.len() / 2).map(|s| (middle, s.1));
            assert_eq!(Some(given), wanted, "{i}");
        }
    }

    /// Samples that are left: a window that grows again does not bring back those that it dropped.
    fn given_count(median: &SlidingMedian) -> usize {
        median.count
    }

    #[test]
    fn filters_together_give_the_bits_of_each_alone() {
        let value = |i: u32| f64::from(i * 7919 % 1009) / 7.0;
        let mut together: Vec<CausalLowpass> = vec![CausalLowpass::default(); 23];
        for (i, filter) in (0..).zip(&mut together) {
            filter.push(value(i), f64::NAN);
        }
        let mut alone = together.clone();
        for frame in 1..200 {
            let gain = 0.01 * f64::from(frame % 90 + 1);
            let mut values: Vec<f64> = (0..23).map(|i| value(23 * frame + i)).collect();
            let wanted: Vec<f64> =
                alone.iter_mut().zip(&values).map(|(filter, v)| filter.push(*v, gain)).collect();
            push_together(&mut together, &mut values, gain);
            assert_eq!(values, wanted);
            assert_eq!(together, alone);
        }
    }
}
