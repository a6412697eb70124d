//! Confidence intervals of a difference between two means.

use super::student::quantile;

/// Difference of two means with its confidence interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Mean of the second group minus mean of the first; NaN if a group has no values.
    pub difference: f64,
    /// Lower end of the interval; NaN if there are too few values.
    pub low: f64,
    /// Upper end of the interval; NaN if there are too few values.
    pub high: f64,
}

/// Quantile of the upper end of a two-sided 95 % interval.
/// Source: derived: (1 + 0.95) / 2.
pub(super) const UPPER_TAIL: f64 = 0.975;

/// 95 % interval for unpaired samples of unequal variance (Welch 1947). NaN values are omitted. If
/// all values are equal, both ends equal the difference.
pub fn welch_interval(first: &[f64], second: &[f64]) -> Interval {
    let (a, b) = (Moments::of(first), Moments::of(second));
    let difference = b.mean - a.mean;
    let (squared_error, freedom) = welch_error([a, b]);
    interval_around(difference, squared_error, freedom)
}

/// 95 % interval for paired values, such as both legs in one repetition. Pairs with a NaN are
/// omitted.
pub fn paired_interval(first: &[f64], second: &[f64]) -> Interval {
    let differences: Vec<f64> = first.iter().zip(second).map(|(a, b)| b - a).collect();
    let d = Moments::of(&differences);
    interval_around(d.mean, d.variance / d.n, d.n - 1.0)
}

/// Squared standard error of a sum of independent means, and its degrees of freedom.
pub(super) fn welch_error(groups: impl IntoIterator<Item = Moments>) -> (f64, f64) {
    let (mut squared_error, mut parts) = (0.0, 0.0);
    for Moments { n, variance, .. } in groups {
        let own = variance / n;
        squared_error += own;
        parts += own * own / (n - 1.0);
    }
    (squared_error, squared_error * squared_error / parts)
}

fn interval_around(difference: f64, squared_error: f64, freedom: f64) -> Interval {
    let half = if squared_error == 0.0 {
        0.0
    } else {
        quantile(UPPER_TAIL, freedom) * squared_error.sqrt()
    };
    Interval { difference, low: difference - half, high: difference + half }
}

/// Count, mean and variance of the finite values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moments {
    /// Number of finite values.
    pub n: f64,
    /// Mean of the finite values; NaN without values.
    pub mean: f64,
    /// Sample variance (n − 1); NaN for fewer than two values.
    pub variance: f64,
}

impl Moments {
    /// Count, mean and variance of a slice.
    pub fn of(values: &[f64]) -> Self {
        Self::of_iter(values.iter().copied())
    }

    /// Count, mean and variance of an iterator.
    pub fn of_iter(values: impl Iterator<Item = f64> + Clone) -> Self {
        let finite = values.filter(|v| v.is_finite());
        let (n, mean) = count_and_mean(finite.clone());
        let squares: f64 = finite.map(|v| (v - mean) * (v - mean)).sum();
        let variance = if n > 1.0 { squares / (n - 1.0) } else { f64::NAN };
        Self { n, mean, variance }
    }
}

/// Count and mean of finite values. Sums are computed relative to the first value, so equal values
/// have exactly zero variance.
pub(super) fn count_and_mean(finite: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    let first = finite.clone().next().unwrap_or(f64::NAN);
    let (n, sum) = finite.fold((0.0, 0.0), |(n, sum), v| (n + 1.0, sum + (v - first)));
    (n, first + sum / n)
}
