//! Quantiles with linear interpolation between order statistics, for whole series and sliding
//! windows.

use std::cmp::Ordering;

use crate::interrupt::check;
use crate::math::at;
use crate::math::simd::{SimdJob, Wide, any_of, count_of, pairwise, run_simd};
use crate::memory::{extend, filled, gathered, reserve, room};

/// Reusable buffer, so that repeated quantiles allocate no memory.
pub type Scratch = Vec<f64>;

/// Quantile `q` (0 to 1) of the finite values; NaN if there are none.
pub fn quantile(values: &[f64], q: f64) -> f64 {
    quantile_of(values, q, &mut room(values.len()))
}

/// Same as [`quantile`], with `finite` as buffer.
pub fn quantile_of(values: &[f64], q: f64, finite: &mut Scratch) -> f64 {
    quantile_in(values.iter().copied(), q, finite)
}

/// Same as [`quantile`] for an iterator, with `finite` as buffer.
pub fn quantile_in(values: impl Iterator<Item = f64>, q: f64, finite: &mut Scratch) -> f64 {
    check();
    gather_finite(values, finite);
    quantile_of_finite(finite, q)
}

/// Fills `finite` with the finite values.
#[inline]
fn gather_finite(values: impl Iterator<Item = f64>, finite: &mut Scratch) {
    finite.clear();
    let Some(most) = values.size_hint().1 else {
        return extend(finite, values.filter(|v| v.is_finite()));
    };
    if finite.capacity() < most {
        reserve(finite, most);
    }
    finite.extend(values);
    // Most series have no missing values, which vector instructions detect fast.
    if any_of(finite, |v| !v.is_finite()) {
        finite.retain(|v| v.is_finite());
    }
}

/// Maximum number of values for which an order statistic is found by counting: for some candidates,
/// the smaller values are counted.
/// Source: chosen: more values than a thinned quantity has; any number gives the same quantiles; no
/// test shows its effect.
const FEW: usize = 64;
/// Distance between the positions of successive candidates. It is a prime above [`FEW`], so that
/// every value becomes a candidate, and successive candidates of a slowly changing quantity differ
/// much.
/// Source: derived: the first of the primes above 64 that spreads 20 and 48 values; no test shows
/// its effect.
const STEP: usize = 67;
/// Number of values that are compared together.
/// Source: derived: as many as a compiler unrolls for the vector registers of AVX2.
const LANES: usize = 16;

/// Same as [`quantile`] for values that are all finite; it changes their order.
pub(super) fn quantile_of_finite(finite: &mut [f64], q: f64) -> f64 {
    let Some((below, share)) = position(finite.len(), q) else { return f64::NAN };
    if finite.len() <= FEW {
        let (mut low, mut high) = (f64::NAN, f64::NAN);
        run_simd(Few { values: finite, below, low: &mut low, high: &mut high });
        return between(low, high, share);
    }
    // Selecting two order statistics is faster than sorting.
    let order = |a: &f64, b: &f64| a.partial_cmp(b).unwrap_or(Ordering::Equal);
    let (_, &mut low, above) = finite.select_nth_unstable_by(below, order);
    let least = |least: f64, &v: &f64| if v < least { v } else { least };
    let high = if above.is_empty() { low } else { above.iter().fold(f64::INFINITY, least) };
    between(low, high, share)
}

/// Finds the order statistic that has `below` values below it, and the next larger one (the same
/// one if it is the last).
struct Few<'a> {
    values: &'a [f64],
    below: usize,
    low: &'a mut f64,
    high: &'a mut f64,
}

impl SimdJob for Few<'_> {
    #[inline(always)]
    fn run(self, _: Option<Wide>) {
        let Self { values: given, below, low, high } = self;
        let length = given.len();
        // The array is filled up with infinite values, which do not change the counts.
        let mut filled = [f64::INFINITY; FEW];
        pairwise(&mut filled, given, |value, given| *value = *given);
        let values = filled.get(..length.next_multiple_of(LANES)).unwrap_or(&filled);
        let step = STEP % length.max(1);
        let (mut place, mut least, mut beyond) = (0, f64::NEG_INFINITY, f64::INFINITY);
        for _ in 0..length {
            let value = at(values, place);
            place += step;
            place -= if place < length { 0 } else { length };
            if value <= least || value >= beyond {
                continue;
            }
            let less = count_of(values, |other| other < value);
            if less > below {
                beyond = value;
                continue;
            }
            least = value;
            if less == below {
                break;
            }
        }
        (*low, *high) = (least, least);
        if below + 1 < length && count_of(values, |other| other <= least) == below + 1 {
            *high = values.iter().fold(f64::INFINITY, |next, v| {
                let greater = if *v > least { *v } else { f64::INFINITY };
                if greater < next { greater } else { next }
            });
        }
    }
}

/// Interpolates between two order statistics.
#[inline]
pub(super) fn between(low: f64, high: f64, share: f64) -> f64 {
    low + (high - low) * share
}

/// Median of the finite values; NaN if there are none.
pub fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}

/// Median of the shortest interval that contains half of the finite values. It estimates the most
/// frequent value, independent of the tails. NaN if there are none.
pub fn shortest_half(values: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = gathered(values.filter(|v| v.is_finite()));
    sorted.sort_unstable_by(f64::total_cmp);
    let half = sorted.len() / 2;
    let spans = sorted.iter().zip(sorted.iter().skip(half));
    let shortest =
        spans.enumerate().min_by(|(_, (a, b)), (_, (c, d))| (*b - *a).total_cmp(&(*d - *c)));
    let Some((first, _)) = shortest else { return f64::NAN };
    of_sorted(sorted.get(first..=first + half).unwrap_or_default(), 0.5)
}

/// Evenly spaced subsample of at most 48 values, which is enough for a quantile of a slowly
/// changing quantity.
pub fn thinned<T>(values: &[T]) -> impl Iterator<Item = &T> + Clone {
    /// Maximum number of values in the subsample.
    /// Source: decision 0010.
    const MAX_VALUES: usize = 48;
    values.iter().step_by(values.len().div_ceil(MAX_VALUES).max(1))
}

/// Third largest finite value, or the smallest if there are fewer than three; NaN if there are none.
pub fn third_largest(values: impl Iterator<Item = f64>) -> f64 {
    let [mut first, mut second, mut third] = [f64::NEG_INFINITY; 3];
    for value in values.filter(|v| v.is_finite()) {
        if value > first {
            (first, second, third) = (value, first, second);
        } else if value > second {
            (second, third) = (value, second);
        } else if value > third {
            third = value;
        }
    }
    [third, second, first].into_iter().find(|v| v.is_finite()).unwrap_or(f64::NAN)
}

/// Quantile of sorted values.
pub fn of_sorted(sorted: &[f64], q: f64) -> f64 {
    let Some((below, share)) = position(sorted.len(), q) else { return f64::NAN };
    let Some(&low) = sorted.get(below) else { return f64::NAN };
    let high = sorted.get(below + 1).copied().unwrap_or(low);
    between(low, high, share)
}

/// Index of the order statistic below a quantile, and the interpolation weight of the next one.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
#[inline]
pub(super) fn position(count: usize, q: f64) -> Option<(usize, f64)> {
    let last = count.checked_sub(1)?;
    let position = q.clamp(0.0, 1.0) * last as f64;
    let below = position as usize;
    Some((below, position - below as f64)).filter(|(below, _)| *below <= last)
}

/// Quantile over a sliding window of finite values, which are added and removed in chronological
/// order. It allocates memory only when it is created.
#[derive(Debug, Clone)]
pub struct SlidingQuantile {
    /// Ring buffers of times and values. A value keeps its position while it is in the window.
    times: Vec<f64>,
    values: Vec<f64>,
    oldest: usize,
    /// Positions of the values in ascending order of value; later ones first among equal values.
    /// Moving 2-byte positions is four times cheaper than moving the values.
    sorted: Vec<u16>,
}

impl SlidingQuantile {
    /// Makes an empty window for up to `most` values, at most 65,535.
    pub fn new(most: usize) -> Self {
        let most = most.clamp(1, usize::from(u16::MAX));
        let ring = || filled(f64::NAN, most);
        Self { times: ring(), values: ring(), oldest: 0, sorted: room(most) }
    }

    /// Adds a value that is later than all others. If the window is full, the oldest value is
    /// removed.
    pub fn push(&mut self, time: f64, value: f64) {
        if self.sorted.len() == self.values.len() {
            self.drop_oldest();
        }
        let place = self.place(self.sorted.len());
        if let (Some(t), Some(v)) = (self.times.get_mut(place), self.values.get_mut(place)) {
            (*t, *v) = (time, value);
        }
        let rank = self.sorted.partition_point(|other| self.value(*other) < value);
        #[allow(clippy::cast_possible_truncation)]
        self.sorted.insert(rank, place as u16);
    }

    /// Removes the values that are earlier than `time`.
    pub fn drop_before(&mut self, time: f64) {
        while !self.sorted.is_empty() && at(&self.times, self.oldest) < time {
            self.drop_oldest();
        }
    }

    /// Removes all values.
    pub fn clear(&mut self) {
        self.sorted.clear();
    }

    /// Time of the last value; NaN if there is none.
    pub fn last_time(&self) -> f64 {
        let last = self.sorted.len().checked_sub(1);
        last.map_or(f64::NAN, |last| at(&self.times, self.place(last)))
    }

    /// Quantile `q` (0 to 1); NaN if the window is empty.
    pub fn quantile(&self, q: f64) -> f64 {
        let Some((below, share)) = position(self.sorted.len(), q) else { return f64::NAN };
        let Some(&low) = self.sorted.get(below) else { return f64::NAN };
        let high = self.sorted.get(below + 1).copied().unwrap_or(low);
        let (low, high) = (self.value(low), self.value(high));
        between(low, high, share)
    }

    fn drop_oldest(&mut self) {
        let value = at(&self.values, self.oldest);
        let rank = self.sorted.partition_point(|other| self.value(*other) <= value);
        if let Some(rank) = rank.checked_sub(1) {
            self.sorted.remove(rank);
        }
        self.oldest = self.place(1);
    }

    fn value(&self, place: u16) -> f64 {
        at(&self.values, usize::from(place))
    }

    /// Position in the ring buffers of the value with this number, counted from the oldest one.
    fn place(&self, number: usize) -> usize {
        let place = self.oldest + number;
        if place < self.values.len() { place } else { place - self.values.len() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_interpolate() {
        assert_eq!(quantile(&[4.0, 1.0, f64::NAN, 3.0, 2.0], 0.5), 2.5);
        assert_eq!(quantile(&[1.0, 2.0, 3.0], 0.25), 1.5);
        assert!(quantile(&[], 0.5).is_nan());
    }

    #[test]
    fn few_values_have_the_quantiles_of_sorted_ones() {
        for length in 1..=FEW + 2 {
            // The four kinds: rising, falling, with equal values, and unordered.
            for kind in 0..4 {
                let value = |i: usize| match kind {
                    0 => i as f64,
                    1 => -(i as f64),
                    2 => (i % 3) as f64,
                    _ => ((i * 7919) % 61) as f64 - 30.5,
                };
                let values: Vec<f64> = (0..length).map(value).collect();
                let mut sorted = values.clone();
                sorted.sort_unstable_by(f64::total_cmp);
                for q in [0.0, 0.1, 0.5, 0.8, 0.97, 1.0] {
                    let (ours, theirs) = (quantile(&values, q), of_sorted(&sorted, q));
                    assert_eq!(ours.to_bits(), theirs.to_bits(), "{q} of {length}, kind {kind}");
                }
            }
        }
    }

    #[test]
    fn the_third_largest_is_the_third_largest() {
        let third = |values: &[f64]| third_largest(values.iter().copied());
        assert_eq!(third(&[1.0, 5.0, 3.0, 4.0, 2.0]), 3.0);
        assert_eq!(third(&[2.0, 2.0, f64::NAN, 7.0, 7.0]), 2.0);
        assert_eq!(third(&[4.0, 9.0]), 4.0);
        assert_eq!(third(&[-4.0]), -4.0);
        assert!(third(&[]).is_nan());
    }

    #[test]
    fn thinned_values_are_spread_over_all_and_never_many() {
        for count in [0, 1, 48, 49, 95, 96, 1000] {
            let all: Vec<usize> = (0..count).collect();
            let few: Vec<usize> = thinned(&all).copied().collect();
            assert!(few.len() <= 48 && 2 * few.len() >= count.min(48));
            let step = all.len().div_ceil(48).max(1);
            assert!(few.iter().zip(0..).all(|(at, i): (&usize, usize)| *at == i * step));
            assert!(few.last().is_none_or(|last| count - last <= step));
        }
    }

    #[test]
    fn a_sliding_quantile_is_the_quantile_of_the_window() {
        let values: Vec<f64> = (0..50u32).map(|i| f64::from((i * 7919) % 31)).collect();
        let mut window = SlidingQuantile::new(13);
        let room = window.sorted.capacity();
        for (i, value) in values.iter().enumerate() {
            window.push(i as f64, *value);
            let full = values.get((i + 1).saturating_sub(13)..=i).unwrap_or(&[]);
            assert_eq!(window.quantile(0.1), quantile(full, 0.1));
            assert_eq!(window.last_time(), i as f64);
        }
        window.drop_before(45.0);
        assert_eq!(window.quantile(0.9), quantile(values.get(45..).unwrap_or(&[]), 0.9));
        assert_eq!(room, window.sorted.capacity());
        window.clear();
        assert!(window.quantile(0.5).is_nan() && window.last_time().is_nan());
    }
}
