//! Confidence intervals of a difference between two means.

use super::student::quantile;

/// A difference of means with its interval (95 % by Student's t).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// second − first; NaN where either has no values.
    pub difference: f64,
    /// Lower end; NaN where there are too few values.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Of a two-sided 95 % interval.
pub(super) const UPPER_TAIL: f64 = 0.975;

/// Interval for unpaired samples of unequal variance (Welch 1947). NaN values are left out. Without
/// any spread the interval is the point.
pub fn welch_interval(first: &[f64], second: &[f64]) -> Interval {
    let (a, b) = (Moments::of(first), Moments::of(second));
    let difference = b.mean - a.mean;
    let (va, vb) = (a.variance / a.n, b.variance / b.n);
    let freedom = (va + vb) * (va + vb) / (va * va / (a.n - 1.0) + vb * vb / (b.n - 1.0));
    around(difference, va + vb, freedom)
}

/// Interval for values that belong together pairwise, such as both legs in one repetition. Pairs
/// with a NaN are left out.
pub fn paired_interval(first: &[f64], second: &[f64]) -> Interval {
    let differences: Vec<f64> = first.iter().zip(second).map(|(a, b)| b - a).collect();
    let d = Moments::of(&differences);
    around(d.mean, d.variance / d.n, d.n - 1.0)
}

fn around(difference: f64, squared_error: f64, freedom: f64) -> Interval {
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
    /// Mean; NaN without values.
    pub mean: f64,
    /// Variance with n − 1; NaN for fewer than two values.
    pub variance: f64,
}

impl Moments {
    /// Of the finite values.
    pub fn of(values: &[f64]) -> Self {
        let finite = || values.iter().filter(|v| v.is_finite());
        let n = finite().count() as f64;
        // From the first value, so that equal values have no spread.
        let first = finite().next().copied().unwrap_or(f64::NAN);
        let mean = first + finite().map(|v| v - first).sum::<f64>() / n;
        let squares: f64 = finite().map(|v| (v - mean) * (v - mean)).sum();
        let variance = if n > 1.0 { squares / (n - 1.0) } else { f64::NAN };
        Self { n, mean, variance }
    }
}
