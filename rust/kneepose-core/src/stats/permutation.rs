//! Permutation test of a difference of two means, and Holm's correction for several tests.

use super::bootstrap::{Samples, SplitMix};
use crate::interrupt::check;
use crate::math::sort::sort_indices;

/// Maximum number of permutations that are enumerated. If there are more, [`RANDOM_PERMUTATIONS`]
/// random ones are used.
/// Source: chosen: up to ten against ten repetitions are enumerated in milliseconds; held by test
/// tests/arrays/test_inference.py.
const MAX_EXACT: f64 = 200_000.0;
const RANDOM_PERMUTATIONS: usize = 10_000;
/// Tolerance for equal differences, as a fraction of the largest absolute value.
/// Source: chosen: sums in another order differ by about 1e-15; held by test
/// tests/arrays/test_inference.py.
const TIE_TOLERANCE: f64 = 1e-12;

/// Two-sided p-value of a permutation test. It is twice the smaller of two fractions of
/// permutations: those with a difference at least as large as the observed one, and those with one
/// at most as large. Unpaired values are exchanged between groups; paired differences change sign.
/// Up to 200 000 permutations the test is exact. Otherwise it uses 10 000 random permutations and
/// the observed one. The result is 1 if nothing varies, and NaN for an empty group.
pub fn permutation_p(samples: &Samples, seed: u64) -> f64 {
    let groups = samples.groups();
    if groups.iter().any(|(values, _)| values.is_empty()) {
        return f64::NAN;
    }
    let tie = TIE_TOLERANCE * samples.largest();
    let mut tally = Tally { observed: samples.difference(), tie, below: 0, above: 0, count: 0 };
    let exact = match groups {
        [(first, _), (second, _)] => tally_partitions(first, second, seed, &mut tally),
        [(differences, _)] => tally_sign_flips(differences, seed, &mut tally),
        _ => return f64::NAN,
    };
    let observed_itself = usize::from(!exact);
    let smaller = (tally.below.min(tally.above) + observed_itself) as f64
        / (tally.count + observed_itself) as f64;
    (2.0 * smaller).min(1.0)
}

/// p-values adjusted for multiple tests (Holm 1979), in the order of the input. NaN entries do not
/// count as tests.
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    let value = |i: usize| p.get(i).copied().unwrap_or(f64::NAN);
    order.retain(|&i| value(i).is_finite());
    sort_indices(&mut order, &|a, b| value(a).total_cmp(&value(b)));
    let mut adjusted = vec![f64::NAN; p.len()];
    let mut least: f64 = 0.0;
    for (rank, &i) in order.iter().enumerate() {
        least = least.max((value(i) * (order.len() - rank) as f64).min(1.0));
        if let Some(slot) = adjusted.get_mut(i) {
            *slot = least;
        }
    }
    adjusted
}

struct Tally {
    observed: f64,
    tie: f64,
    below: usize,
    above: usize,
    count: usize,
}

impl Tally {
    fn add(&mut self, difference: f64) {
        self.below += usize::from(difference <= self.observed + self.tie);
        self.above += usize::from(difference >= self.observed - self.tie);
        self.count += 1;
    }
}

/// Adds the differences of all partitions of the values into two groups, or of random partitions,
/// to the tally. Returns true if all partitions were used.
fn tally_partitions(first: &[f64], second: &[f64], seed: u64, tally: &mut Tally) -> bool {
    let mut pool: Vec<f64> = first.iter().chain(second).copied().collect();
    let (n, m) = (first.len(), second.len());
    let total: f64 = pool.iter().sum();
    // The difference of the means is base − slope · (sum of the first group).
    let (base, slope) = (total / m as f64, 1.0 / m as f64 + 1.0 / n as f64);
    let mut add = |sum: f64| tally.add(base - slope * sum);
    if combinations(pool.len(), n.min(m)) <= MAX_EXACT {
        sums_of_choices(&pool, n).into_iter().for_each(add);
        return true;
    }
    let mut random = SplitMix::new(seed);
    for _ in 0..RANDOM_PERMUTATIONS {
        check();
        let mut sum = 0.0;
        for i in 0..n {
            let other = i + random.below(n + m - i);
            pool.swap(i, other);
            sum += pool.get(i).copied().unwrap_or(f64::NAN);
        }
        add(sum);
    }
    false
}

/// Sums of all combinations of `count` values. Each sum is computed in the order of the values.
fn sums_of_choices(values: &[f64], count: usize) -> Vec<f64> {
    // `sums[n]` has the sums of all combinations of n of the values so far, if `count` can still be
    // reached.
    let mut sums = vec![Vec::new(); count + 1];
    if let Some(none) = sums.first_mut() {
        none.push(0.0);
    }
    for (i, value) in values.iter().enumerate() {
        check();
        let left = values.len() - 1 - i;
        for chosen in (1..=count.min(i + 1)).rev().take_while(|chosen| chosen + left >= count) {
            let (fewer, same) = sums.split_at_mut(chosen);
            if let (Some(fewer), Some(same)) = (fewer.last(), same.first_mut()) {
                same.extend(fewer.iter().map(|sum| sum + value));
            }
        }
    }
    sums.pop().unwrap_or_default()
}

fn combinations(count: usize, chosen: usize) -> f64 {
    (0..chosen).fold(1.0, |ways, i| ways * (count - i) as f64 / (i + 1) as f64)
}

/// Adds the means of all sign changes of the differences, or of random ones, to the tally. Returns
/// true if all were used.
fn tally_sign_flips(differences: &[f64], seed: u64, tally: &mut Tally) -> bool {
    let n = differences.len() as f64;
    if libm::exp2(n) <= MAX_EXACT {
        sums_of_sign_flips(differences).into_iter().for_each(|sum| tally.add(sum / n));
        return true;
    }
    let mut random = SplitMix::new(seed);
    for _ in 0..RANDOM_PERMUTATIONS {
        check();
        let signed = differences.iter().map(|d| if random.below(2) == 0 { *d } else { -d });
        tally.add(signed.sum::<f64>() / n);
    }
    false
}

/// Sums of the differences for all choices of their signs.
fn sums_of_sign_flips(differences: &[f64]) -> Vec<f64> {
    let mut sums = vec![0.0];
    for difference in differences {
        let flipped = sums.clone();
        sums.iter_mut().for_each(|sum| *sum += difference);
        sums.extend(flipped.into_iter().map(|sum| sum - difference));
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_against_four_that_do_not_mix() {
        let apart = Samples::unpaired(&[1.0, 2.0, 3.0, 4.0], &[11.0, 12.5, 13.0, 14.0]);
        assert!((permutation_p(&apart, 0) - 2.0 / 70.0).abs() < 1e-15);
        let pairs = Samples::paired(&[1.0, 2.0, 3.0, 4.0], &[2.0, 4.0, 4.5, 5.1]);
        assert!((permutation_p(&pairs, 0) - 2.0 / 16.0).abs() < 1e-15);
    }

    #[test]
    fn every_choice_is_added_in_the_order_of_the_values() {
        let values = [0.1, 0.7, -1.3, 1e17, 2.9, -1e17, 0.3];
        for count in 1..=values.len() {
            let mut found = sums_of_choices(&values, count);
            let masks = (0..1_u32 << values.len()).filter(|m| m.count_ones() as usize == count);
            let chosen = |mask: u32| (0..values.len()).filter(move |i| mask >> i & 1 == 1);
            let sum = |mask| chosen(mask).fold(0.0, |sum, i| sum + values.get(i).unwrap_or(&0.0));
            let mut expected: Vec<f64> = masks.map(sum).collect();
            found.sort_by(f64::total_cmp);
            expected.sort_by(f64::total_cmp);
            assert_eq!(found, expected, "{count}");
        }
        let mut flips = sums_of_sign_flips(&[1.0, 2.0, 4.0]);
        flips.sort_by(f64::total_cmp);
        assert_eq!(flips, [-7.0, -5.0, -3.0, -1.0, 1.0, 3.0, 5.0, 7.0]);
    }

    #[test]
    fn without_spread_there_is_no_evidence_or_all_of_it() {
        assert_eq!(permutation_p(&Samples::unpaired(&[3.0; 5], &[3.0; 5]), 0), 1.0);
        let apart = permutation_p(&Samples::unpaired(&[3.0; 5], &[4.0; 5]), 0);
        assert!((apart - 2.0 / 252.0).abs() < 1e-15);
        assert!(permutation_p(&Samples::unpaired(&[], &[4.0; 5]), 0).is_nan());
    }

    #[test]
    fn holm_is_monotone_and_leaves_out_what_is_no_test() {
        let adjusted = holm(&[0.01, f64::NAN, 0.04, 0.03]);
        let expected = [0.03, f64::NAN, 0.06, 0.06];
        for (a, e) in adjusted.iter().zip(expected) {
            assert!((a - e).abs() < 1e-15 || a.is_nan() && e.is_nan(), "{adjusted:?}");
        }
    }
}
