//! Bootstrap interval of a difference between two means: percentile, and bias-corrected and
//! accelerated (BCa; Efron 1987, Efron and Tibshirani 1993, chapter 14).

use super::intervals::{Interval, Moments, UPPER_TAIL, welch_error};
use super::{normal, student};
use crate::error::{Error, Result};
use crate::interrupt::{EVERY, check, check_at};
use crate::memory::{gathered, room};

/// Method that computes the interval from the replicates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BootstrapMethod {
    /// Bias-corrected and accelerated interval.
    Bca,
    /// Interval between quantiles of the replicates.
    Percentile,
}

/// All methods with their names in the API.
pub const BOOTSTRAP_METHODS: [(&str, BootstrapMethod); 2] =
    [("bca", BootstrapMethod::Bca), ("percentile", BootstrapMethod::Percentile)];

impl BootstrapMethod {
    /// Parses `"bca"` or `"percentile"`.
    ///
    /// # Errors
    /// [`Error::UnknownName`] for any other text.
    pub fn parse(name: &str) -> Result<Self> {
        BOOTSTRAP_METHODS.iter().find(|row| row.0 == name).map(|row| row.1).ok_or_else(|| {
            Error::unknown("bootstrap method", name, BOOTSTRAP_METHODS.map(|row| row.0))
        })
    }
}

/// Settings of [`bootstrap_interval`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bootstrap {
    /// Number of replicates.
    pub resamples: usize,
    /// Coverage of the interval, between 0 and 1.
    pub confidence: f64,
    /// Seed of the random generator; the same seed gives the same bits on every machine.
    pub seed: u64,
    /// Method that computes the interval from the replicates.
    pub method: BootstrapMethod,
}

impl Default for Bootstrap {
    fn default() -> Self {
        Self { resamples: 10_000, confidence: 0.95, seed: 0, method: BootstrapMethod::Bca }
    }
}

/// Maximum number of replicates, which limits memory use.
const MAX_RESAMPLES: usize = 10_000_000;

/// Independent groups of values with a sign each. The difference is the sum of their signed means.
pub struct Samples {
    groups: Vec<(Vec<f64>, f64)>,
    /// Largest absolute value, which scales the rounding tolerance.
    largest: f64,
}

impl Samples {
    /// Makes paired or unpaired samples.
    pub fn of(first: &[f64], second: &[f64], paired: bool) -> Self {
        if paired { Self::paired(first, second) } else { Self::unpaired(first, second) }
    }

    /// Two independent groups. NaN values are omitted.
    pub fn unpaired(first: &[f64], second: &[f64]) -> Self {
        let finite = |values: &[f64]| gathered(values.iter().copied().filter(|v| v.is_finite()));
        let groups = vec![(finite(first), -1.0), (finite(second), 1.0)];
        Self { groups, largest: largest(first).max(largest(second)) }
    }

    /// Paired values. Pairs with a NaN are omitted.
    pub fn paired(first: &[f64], second: &[f64]) -> Self {
        let differences = first.iter().zip(second).map(|(a, b)| b - a);
        let groups = vec![(gathered(differences.filter(|d| d.is_finite())), 1.0)];
        Self { groups, largest: largest(first).max(largest(second)) }
    }

    /// Largest absolute value.
    pub(super) fn largest(&self) -> f64 {
        self.largest
    }

    /// The groups with their signs.
    pub(super) fn groups(&self) -> &[(Vec<f64>, f64)] {
        &self.groups
    }

    /// Mean of the second minus mean of the first; NaN if a group is empty.
    pub fn difference(&self) -> f64 {
        self.groups.iter().map(|(values, sign)| sign * Moments::of(values).mean).sum()
    }

    /// Differences of the means of resampled groups.
    pub fn replicates(&self, count: usize, seed: u64) -> Vec<f64> {
        let mut random = SplitMix::new(seed);
        let values: usize = self.groups.iter().map(|(values, _)| values.len()).sum();
        let between_checks = EVERY.div_ceil(values + 1);
        let replicate = |draw: usize| {
            if draw.is_multiple_of(between_checks) {
                check();
            }
            let mean = |(values, sign): &(Vec<f64>, f64)| sign * random.mean_of_draw(values);
            self.groups.iter().map(mean).sum()
        };
        gathered((0..count).map(replicate))
    }

    /// Interval from given replicates, in any order. The caller may draw them with another
    /// generator. With fewer than two values in a group the ends are NaN. If all values are equal,
    /// both ends equal the difference. BCa is NaN if the difference lies outside of all replicates
    /// or if a replicate is NaN.
    ///
    /// # Errors
    /// [`Error::Option`] for a confidence that is not between 0 and 1.
    pub fn interval(
        &self,
        mut replicates: Vec<f64>,
        confidence: f64,
        method: BootstrapMethod,
    ) -> Result<Interval> {
        if !(confidence > 0.0 && confidence < 1.0) {
            return Err(Error::Option(format!(
                "confidence is {confidence}; it must lie between 0 and 1, such as 0.95"
            )));
        }
        let tails = [0.5 * (1.0 - confidence), 0.5 * (1.0 + confidence)];
        Ok(self.interval_between(&mut replicates, tails, method))
    }

    /// Interval between two tail probabilities, such as 0.025 and 0.975.
    fn interval_between(
        &self,
        replicates: &mut [f64],
        tails: [f64; 2],
        method: BootstrapMethod,
    ) -> Interval {
        let difference = self.difference();
        let [low, high] = if self.groups.iter().any(|(values, _)| values.len() < 2) {
            [f64::NAN; 2]
        } else if self.groups.iter().all(|(values, _)| is_constant(values)) {
            [difference; 2]
        } else {
            let levels = match method {
                BootstrapMethod::Percentile => tails,
                BootstrapMethod::Bca => {
                    let bias = normal::quantile(self.fraction_below(replicates, difference));
                    let acceleration = self.acceleration();
                    tails.map(|tail| {
                        let z = bias + normal::quantile(tail);
                        normal::cumulative(bias + z / (1.0 - acceleration * z))
                    })
                }
            };
            levels.map(|level| quantile(replicates, level))
        };
        Interval { difference, low, high }
    }

    /// Expanded tail probabilities for small samples (Hesterberg 2015). They correct two errors of
    /// resampling: the spread of a resampled mean is too small by √((n − 1)/n), and its tails are
    /// normal instead of Student's t.
    fn expanded_tails(&self) -> [f64; 2] {
        let groups = || self.groups.iter().map(|(values, _)| Moments::of(values));
        let (error, degrees_of_freedom) = welch_error(groups());
        let resampled: f64 = groups().map(|g| g.variance / g.n * (g.n - 1.0) / g.n).sum();
        let t = student::quantile(UPPER_TAIL, degrees_of_freedom);
        let tail = normal::cumulative(-t * (error / resampled).sqrt());
        if tail.is_finite() { [tail, 1.0 - tail] } else { [1.0 - UPPER_TAIL, UPPER_TAIL] }
    }

    /// Fraction of replicates below the difference; equal ones count half. Replicates within the
    /// rounding error count as equal, because a draw that permutes the sample has the same mean
    /// except for rounding. With five values, one draw in 26 is a permutation.
    fn fraction_below(&self, replicates: &[f64], difference: f64) -> f64 {
        let count: usize = self.groups.iter().map(|(values, _)| values.len()).sum();
        let rounding = f64::EPSILON * count as f64 * self.largest;
        let (low, high) = (difference - rounding, difference + rounding);
        let twice: usize =
            replicates.iter().map(|&r| usize::from(r < low) + usize::from(r <= high)).sum();
        0.5 * twice as f64 / replicates.len() as f64
    }

    /// Acceleration of several independent groups (Efron and Tibshirani 1993, equation 14.15, weighted by
    /// the size of each group). Leaving out value i changes a mean by (x̄ − xᵢ)/(n − 1), so the jackknife
    /// influence of a value is its deviation from the mean.
    fn acceleration(&self) -> f64 {
        let (mut cubes, mut squares) = (0.0, 0.0);
        for (values, sign) in &self.groups {
            let Moments { n, mean, .. } = Moments::of(values);
            let power = |k| values.iter().map(|v| powi(sign * (v - mean), k)).sum::<f64>();
            cubes += power(3) / (n * n * n);
            squares += power(2) / (n * n);
        }
        cubes / (6.0 * squares * squares.sqrt())
    }
}

/// Quantile with linear interpolation between order statistics; NaN if a value is NaN. It reorders the
/// values, because two selections are faster than a sort.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn quantile(values: &mut [f64], level: f64) -> f64 {
    let known = level.is_finite() && values.iter().all(|v| v.is_finite());
    let (true, Some(last)) = (known, values.len().checked_sub(1)) else { return f64::NAN };
    let position = level.clamp(0.0, 1.0) * last as f64;
    let below = position.floor();
    let (_, &mut low, above) = values.select_nth_unstable_by(below as usize, f64::total_cmp);
    let high = above.iter().copied().reduce(f64::min).unwrap_or(low);
    low + (high - low) * (position - below)
}

fn powi(base: f64, exponent: u32) -> f64 {
    (0..exponent).fold(1.0, |product, _| product * base)
}

fn largest(values: &[f64]) -> f64 {
    values.iter().filter(|v| v.is_finite()).fold(0.0, |largest, v| v.abs().max(largest))
}

fn is_constant(values: &[f64]) -> bool {
    values.iter().zip(values.iter().skip(1)).all(|(a, b)| a == b)
}

/// Bootstrap interval of second − first.
///
/// # Errors
/// [`Error::Option`] if the confidence is not between 0 and 1, or if the number of resamples is not between
/// one and ten million.
pub fn bootstrap_interval(samples: &Samples, settings: &Bootstrap) -> Result<Interval> {
    if !(1..=MAX_RESAMPLES).contains(&settings.resamples) {
        return Err(Error::Option(format!(
            "resamples is {}; it must be from 1 to {MAX_RESAMPLES}",
            settings.resamples
        )));
    }
    samples.interval(
        samples.replicates(settings.resamples, settings.seed),
        settings.confidence,
        settings.method,
    )
}

/// 95 % intervals (BCa with expanded tails) of several measures of the same repetitions. Whole repetitions
/// are resampled, so all measures share the draws. `first` and `second` hold one row per measure, one value
/// per repetition, without NaN.
pub fn expanded_intervals(
    first: &[Vec<f64>],
    second: &[Vec<f64>],
    resamples: usize,
    seed: u64,
) -> Vec<Interval> {
    let [a, b] = [MeasureTable::of(first), MeasureTable::of(second)];
    let mut random = SplitMix::new(seed);
    let mut replicates = gathered(first.iter().map(|_| room(resamples)));
    let mut sums = [vec![0.0; a.width], vec![0.0; b.width]];
    for draw in 0..resamples {
        check_at(draw);
        let [of_first, of_second] = &mut sums;
        a.draw(&mut random, of_first);
        b.draw(&mut random, of_second);
        for ((column, x), y) in replicates.iter_mut().zip(of_first).zip(of_second) {
            column.push(*y - *x);
        }
    }
    let sides = first.iter().zip(second);
    sides
        .zip(&mut replicates)
        .map(|((first, second), replicates)| {
            let samples = Samples::unpaired(first, second);
            samples.interval_between(replicates, samples.expanded_tails(), BootstrapMethod::Bca)
        })
        .collect()
}

/// Values of several measures, stored repetition by repetition.
struct MeasureTable {
    rows: Vec<f64>,
    width: usize,
    count: usize,
}

impl MeasureTable {
    fn of(measures: &[Vec<f64>]) -> Self {
        let count = measures.first().map_or(0, Vec::len);
        let value = |rep: usize| {
            measures.iter().map(move |values| values.get(rep).copied().unwrap_or(f64::NAN))
        };
        Self { rows: (0..count).flat_map(value).collect(), width: measures.len(), count }
    }

    /// Means of one resample: `count` repetitions drawn with replacement.
    #[inline]
    fn draw(&self, random: &mut SplitMix, means: &mut [f64]) {
        means.fill(0.0);
        for _ in 0..self.count {
            let first = random.below(self.count) * self.width;
            let row = self.rows.get(first..first + self.width).unwrap_or_default();
            for (mean, value) in means.iter_mut().zip(row) {
                *mean += value;
            }
        }
        let share = 1.0 / self.count as f64;
        means.iter_mut().for_each(|mean| *mean *= share);
    }
}

/// SplitMix64 (Steele, Lea and Flood 2014). It uses integers only and is the same on every machine.
pub(super) struct SplitMix {
    state: u64,
}

impl SplitMix {
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// Random integer below `count`.
    #[inline]
    pub fn below(&mut self, count: usize) -> usize {
        (((self.bits() >> 32) * count as u64) >> 32) as usize
    }

    #[inline]
    fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Mean of `values.len()` draws with replacement. Each 64 random bits give two draws. An index
    /// is 32 bits times the count (Lemire 2019), with a bias below count / 2³².
    #[inline]
    fn mean_of_draw(&mut self, values: &[f64]) -> f64 {
        let count = values.len() as u64;
        let value = |half: u64| {
            let place = usize::try_from((half * count) >> 32).unwrap_or(usize::MAX);
            values.get(place).copied().unwrap_or(f64::NAN)
        };
        let mut sum = 0.0;
        for _ in 0..count / 2 {
            let bits = self.bits();
            sum += value(bits >> 32) + value(bits & 0xffff_ffff);
        }
        if count % 2 == 1 {
            sum += value(self.bits() >> 32);
        }
        sum / count as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_is_the_published_one() {
        // Expected are the first outputs for seed 1234567 of the public-domain C code (Vigna,
        // prng.di.unimi.it).
        let mut random = SplitMix { state: 1_234_567 };
        let published = [6_457_827_717_110_365_317, 3_203_168_211_198_807_973];
        assert_eq!([random.bits(), random.bits()], published);
    }

    #[test]
    fn equal_values_give_the_point_and_single_ones_nothing() -> Result<()> {
        let settings = Bootstrap::default();
        let still = bootstrap_interval(&Samples::unpaired(&[3.0; 6], &[5.0; 4]), &settings)?;
        assert_eq!((still.low, still.high), (2.0, 2.0));
        let single =
            bootstrap_interval(&Samples::unpaired(&[3.0, 4.0], &[5.0, f64::NAN]), &settings)?;
        assert!(single.low.is_nan() && single.high.is_nan());
        Ok(())
    }
}
