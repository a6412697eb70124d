//! Random-effects pooling of the standard errors of measurement of several studies.
//!
//! The logarithm of an estimated variance has a known mean and variance (digamma and trigamma of
//! half its degrees of freedom). The variance between studies is estimated by DerSimonian and Laird
//! 1986 (Control Clin Trials 7:177). The interval is that of Hartung and Knapp 2001 (Stat Med
//! 20:3875), and never narrower than with known variances.

use super::gamma::{digamma, trigamma};
use super::{chi_square, student};

/// Tail probability of each end of a 95 % interval.
/// Source: derived: (1 − 0.95) / 2.
const TAIL: f64 = 0.025;
/// Tail probability of the variance between studies that is assumed for a new place; this is its
/// upper 90 % limit.
/// Source: chosen: with few studies the estimate itself is often zero; held by test
/// tests/study/test_statistics.py.
const CAUTION: f64 = 0.1;
/// Maximum degrees of freedom of a pooled error.
/// Source: derived: Student's quantile differs from the normal one by less than 0.1 %.
const MOST_FREEDOM: f64 = 4000.0;

/// Pooled standard error of measurement.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pooled {
    /// Number of studies whose error and degrees of freedom are above zero.
    pub studies: usize,
    /// Standard error of measurement: weighted geometric mean over the studies.
    pub sem: f64,
    /// 95 % interval of the standard error of measurement.
    pub sem_interval: [f64; 2],
    /// Standard deviation between studies of the logarithm of the error.
    pub tau: f64,
    /// I²: share of the variation between studies that chance within the studies does not explain,
    /// 0 to 1.
    pub i_squared: f64,
    /// Degrees of freedom of the error when it is applied in a new place. They include the
    /// difference between that place and the mean, at the upper limit that the studies allow.
    pub freedom: f64,
}

/// Pools standard errors with their degrees of freedom.
pub fn pool(sems: &[f64], freedoms: &[f64]) -> Pooled {
    let studies: Vec<(f64, f64)> = sems
        .iter()
        .zip(freedoms)
        .map(|(sem, freedom)| (*sem, *freedom))
        .filter(|(sem, freedom)| *sem > 0.0 && sem.is_finite() && *freedom > 0.0)
        .collect();
    let k = studies.len() as f64;
    if let [(sem, freedom)] = studies.as_slice() {
        let bound = |p: f64| sem * (freedom / chi_square::quantile(p, *freedom)).sqrt();
        return Pooled {
            studies: 1,
            sem: *sem,
            sem_interval: [bound(1.0 - TAIL), bound(TAIL)],
            tau: f64::NAN,
            i_squared: f64::NAN,
            freedom: *freedom,
        };
    }
    // Logarithms of the variances with their bias removed, and the variances of these logarithms.
    let rows: Vec<(f64, f64)> = studies
        .iter()
        .map(|(sem, freedom)| {
            let half = 0.5 * freedom;
            (2.0 * libm::log(*sem) - (digamma(half) - libm::log(half)), trigamma(half))
        })
        .collect();
    let sum = |of: &dyn Fn(&(f64, f64)) -> f64| rows.iter().map(of).sum::<f64>();
    let weights = sum(&|(_, v)| 1.0 / v);
    let fixed = sum(&|(y, v)| y / v) / weights;
    let q = sum(&|(y, v)| (y - fixed) * (y - fixed) / v);
    let scale = weights - sum(&|(_, v)| 1.0 / (v * v)) / weights;
    let between = ((q - (k - 1.0)) / scale).max(0.0);
    let high = ((q - chi_square::quantile(CAUTION, k - 1.0)) / scale).max(0.0);
    let total = sum(&|(_, v)| 1.0 / (v + between));
    let mean = sum(&|(y, v)| y / (v + between)) / total;
    let spread = sum(&|(y, v)| (y - mean) * (y - mean) / (v + between)) / (k - 1.0);
    let variance = spread.max(1.0) / total;
    let half = student::quantile(1.0 - TAIL, k - 1.0) * variance.sqrt();
    let sem_of = |log_variance: f64| libm::exp(0.5 * log_variance);
    Pooled {
        studies: studies.len(),
        sem: sem_of(mean),
        sem_interval: [sem_of(mean - half), sem_of(mean + half)],
        tau: 0.5 * between.sqrt(),
        i_squared: if q > 0.0 { ((q - (k - 1.0)) / q).max(0.0) } else { 0.0 },
        freedom: freedom_of(variance + high),
    }
}

/// Degrees of freedom at which the logarithm of an estimated variance has this variance.
fn freedom_of(variance: f64) -> f64 {
    if !variance.is_finite() {
        return f64::NAN;
    }
    let (mut low, mut high) = (1e-3, MOST_FREEDOM);
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if trigamma(0.5 * middle) > variance {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_study_stays_as_it_is() {
        let found = pool(&[3.0], &[18.0]);
        assert_eq!((found.studies, found.sem, found.freedom), (1, 3.0, 18.0));
        assert!(found.sem_interval[0] < 3.0 && found.sem_interval[1] > 3.0);
    }

    #[test]
    fn equal_studies_have_nothing_between_them_and_more_freedom() {
        let found = pool(&[3.0; 4], &[18.0; 4]);
        assert_eq!((found.tau, found.i_squared), (0.0, 0.0));
        assert!(found.freedom > 18.0 && found.freedom < 72.0);
        let apart = pool(&[1.0, 3.0, 9.0], &[18.0; 3]);
        assert!(apart.tau > 0.5 && apart.i_squared > 0.8 && apart.freedom < 5.0);
        assert!(pool(&[], &[]).sem.is_nan());
    }
}
