//! Time-normalized curves of repetitions, and comparison of two sets of curves.

use super::bootstrap::SplitMix;
use super::intervals::{Moments, count_and_mean};
use super::quantile::quantile;
use super::{normal, student};
use crate::interrupt::check;
use crate::math::at;

/// Minimum number of curves on each side for a band.
/// Source: decision 0009.
pub const MIN_CURVES: usize = 5;
/// Minimum fraction of curves with a finite value at a point for a mean there.
/// Source: chosen: the mean of the few curves that reach a point would not be comparable; held by
/// test tests/arrays/test_inference.py.
const MIN_FINITE_FRACTION: f64 = 0.5;
/// Number of bootstrap resamples for a band.
/// Source: chosen: a band of 101 points costs 101 times as much as an interval; held by test
/// tests/arrays/test_inference.py.
const RESAMPLES: usize = 2000;
/// Share of the cases in which a band contains the whole true difference.
/// Source: chosen: the usual 95 %, as for the intervals; held by test
/// tests/arrays/test_inference.py.
const COVERAGE: f64 = 0.95;

/// Number of points of a normalized repetition; the bottom is the middle one.
/// Source: science.md 6.2.
pub const POINTS: usize = 101;

/// Resamples a repetition to [`POINTS`] points by linear interpolation: 0 % is its start, 50 % its bottom,
/// 100 % its end. Points next to a missing frame are NaN.
pub fn normalize(series: &[f64], start: usize, bottom: usize, end: usize) -> Vec<f64> {
    let middle = (POINTS - 1) / 2;
    let position = |i: usize| {
        let (from, to, share) = if i <= middle {
            (start, bottom, i as f64 / middle as f64)
        } else {
            (bottom, end, (i - middle) as f64 / middle as f64)
        };
        from as f64 + (to as f64 - from as f64) * share
    };
    (0..POINTS)
        .map(|i| {
            let x = position(i);
            let left = x.floor();
            let share = x - left;
            let value = at(series, left as usize);
            if share == 0.0 {
                value
            } else {
                value + share * (at(series, left as usize + 1) - value)
            }
        })
        .collect()
}

/// Mean curve with a simultaneous 95 % band, which contains the whole true curve. In simulations
/// the coverage is 93 to 94 % for a difference, 91 % for one side with five curves, and 94 % with
/// eight. NaN at points with too few curves.
#[derive(Debug, Clone, PartialEq)]
pub struct Band {
    /// Mean at each point.
    pub mean: Vec<f64>,
    /// Lower bound of the band at each point.
    pub low: Vec<f64>,
    /// Upper bound of the band at each point.
    pub high: Vec<f64>,
}

/// Comparison of two sets of curves.
#[derive(Debug, Clone, PartialEq)]
pub struct CurveComparison {
    /// Mean and band of each side.
    pub sides: [Band; 2],
    /// Mean and band of second − first.
    pub difference: Band,
    /// Root mean square of the difference of the mean curves.
    pub rmsd: f64,
    /// Signed difference that is largest in magnitude.
    pub largest: f64,
    /// Index of the largest difference: 0 to 100; 50 is the bottom.
    pub largest_at: usize,
    /// Gain of the linear fit second ≈ gain · first + offset (Iosa et al. 2014).
    pub gain: f64,
    /// Offset of the linear fit second ≈ gain · first + offset.
    pub offset: f64,
    /// R² of the linear fit second ≈ gain · first + offset.
    pub r_squared: f64,
}

/// Compares curves of [`POINTS`] points, one per repetition. `paired` means that curve i of both sides is
/// from the same repetition.
pub fn compare_curves(
    first: &[Vec<f64>],
    second: &[Vec<f64>],
    paired: bool,
    seed: u64,
) -> CurveComparison {
    let differences: Vec<Vec<f64>> = if paired {
        let minus = |(a, b): (&Vec<f64>, &Vec<f64>)| a.iter().zip(b).map(|(a, b)| b - a).collect();
        first.iter().zip(second).map(minus).collect()
    } else {
        Vec::new()
    };
    let both = [Group { curves: first, sign: -1.0 }, Group { curves: second, sign: 1.0 }];
    // The correlation between the points of a curve is estimated from the curves of both sides.
    let enough = |group: &&Group<'_>| group.known() >= MIN_CURVES;
    let critical_value =
        critical_value(&both.iter().filter(enough).copied().collect::<Vec<_>>(), seed);
    let sides = [first, second].map(|curves| band(&[Group { curves, sign: 1.0 }], critical_value));
    let difference = if paired {
        band(&[Group { curves: &differences, sign: 1.0 }], critical_value)
    } else {
        band(&both, critical_value)
    };
    let mean_difference = &difference.mean;
    let known = || mean_difference.iter().enumerate().filter(|(_, d)| d.is_finite());
    let rmsd = (known().map(|(_, d)| d * d).sum::<f64>() / known().count() as f64).sqrt();
    let largest_point = known().max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()));
    let (largest_at, largest) = largest_point.map_or((0, f64::NAN), |(i, d)| (i, *d));
    let [a, b] = &sides;
    let [gain, offset, r_squared] = fit_line(&a.mean, &b.mean);
    CurveComparison { difference, rmsd, largest, largest_at, gain, offset, r_squared, sides }
}

/// Set of curves whose mean is added (sign +1) or subtracted (sign −1).
#[derive(Clone, Copy)]
struct Group<'a> {
    curves: &'a [Vec<f64>],
    sign: f64,
}

impl Group<'_> {
    /// Number of curves with at least one finite value.
    fn known(&self) -> usize {
        self.curves.iter().filter(|curve| curve.iter().any(|v| v.is_finite())).count()
    }
}

/// Signed sum of the group means, with a band of `critical_value` standard errors.
fn band(groups: &[Group<'_>], critical_value: f64) -> Band {
    let (mean, error) = sum_of_means(groups);
    let too_few = groups.iter().any(|group| group.known() < MIN_CURVES);
    let freedom: usize = groups.iter().map(|group| group.known().saturating_sub(1)).sum();
    // The standard error of few curves is itself uncertain, so Student's t replaces the normal
    // distribution.
    let critical_value = student::quantile(normal::cumulative(critical_value), freedom as f64);
    let edge = |sign: f64| {
        let of = |(mean, error): (&f64, &f64)| match (too_few, *error) {
            (true, _) => f64::NAN,
            (false, 0.0) => *mean,
            (false, error) => mean + sign * critical_value * error,
        };
        mean.iter().zip(&error).map(of).collect()
    };
    Band { low: edge(-1.0), high: edge(1.0), mean }
}

/// Critical value of the simultaneous band: 95 % quantile of the largest standardized deviation of
/// the mean (max-t), for normal curves of known spread. It is computed from resampled means and
/// corrected for their spread, which is too small by √((n − 1)/n).
fn critical_value(groups: &[Group<'_>], seed: u64) -> f64 {
    let (mean, error) = sum_of_means(groups);
    let mut random = SplitMix::new(seed);
    let mut draws = Vec::new();
    let mut largest_deviations = Vec::with_capacity(RESAMPLES);
    for _ in 0..RESAMPLES {
        check();
        let mut resampled = vec![0.0; mean.len()];
        for Group { curves, sign } in groups {
            draws.clear();
            draws.extend((0..curves.len()).map(|_| random.below(curves.len())));
            let drawn = draws.iter().filter_map(|i| curves.get(*i)).map(Vec::as_slice);
            for (i, sum) in resampled.iter_mut().enumerate() {
                let (n, mean) = count_and_mean(known_at(drawn.clone(), i));
                *sum += sign * if has_enough_curves(n, curves.len()) { mean } else { f64::NAN };
            }
        }
        let deviations =
            resampled.iter().zip(&mean).zip(&error).map(|((r, m), e)| (r - m).abs() / e);
        largest_deviations.push(deviations.filter(|t| t.is_finite()).fold(f64::NAN, f64::max));
    }
    let least = groups.iter().map(|group| group.curves.len()).min().unwrap_or(0) as f64;
    quantile(&largest_deviations, COVERAGE) * (least / (least - 1.0)).sqrt()
}

/// Signed sum of the group means and its standard error at each point.
fn sum_of_means(groups: &[Group<'_>]) -> (Vec<f64>, Vec<f64>) {
    let width = groups.iter().flat_map(|group| group.curves.iter()).map(Vec::len).max();
    let at_point = |i: usize| {
        let mut sum = (0.0, 0.0);
        for Group { curves, sign } in groups {
            let Moments { n, mean, variance } =
                Moments::of_iter(known_at(curves.iter().map(Vec::as_slice), i));
            let mean = if has_enough_curves(n, curves.len()) { mean } else { f64::NAN };
            sum = (sum.0 + sign * mean, sum.1 + variance / n);
        }
        (sum.0, sum.1.sqrt())
    };
    (0..width.unwrap_or(0)).map(at_point).unzip()
}

/// Finite values of the curves at a point.
fn known_at<'a>(
    curves: impl Iterator<Item = &'a [f64]> + Clone,
    i: usize,
) -> impl Iterator<Item = f64> + Clone {
    curves.map(move |curve| at(curve, i)).filter(|v| v.is_finite())
}

/// True if enough curves are finite at a point to take a mean.
fn has_enough_curves(known: f64, curves: usize) -> bool {
    known >= MIN_FINITE_FRACTION * curves as f64
}

/// Gain, offset and R² of the least-squares line through the points of two curves.
fn fit_line(x: &[f64], y: &[f64]) -> [f64; 3] {
    let known = || x.iter().zip(y).filter(|(a, b)| a.is_finite() && b.is_finite());
    let mean = |of: fn((&f64, &f64)) -> f64| Moments::of(&known().map(of).collect::<Vec<_>>()).mean;
    let (mean_x, mean_y) = (mean(|(a, _)| *a), mean(|(_, b)| *b));
    let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
    for (a, b) in known() {
        let (dx, dy) = (a - mean_x, b - mean_y);
        (xx, xy, yy) = (xx + dx * dx, xy + dx * dy, yy + dy * dy);
    }
    if xx > 0.0 {
        let r_squared = if yy > 0.0 { xy * xy / (xx * yy) } else { f64::NAN };
        [xy / xx, mean_y - xy / xx * mean_x, r_squared]
    } else {
        [f64::NAN; 3]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bottom_is_in_the_middle() {
        let series: Vec<f64> = (0..40u32).map(|i| 12.0 - (f64::from(i) - 12.0).abs()).collect();
        let course = normalize(&series, 2, 12, 32);
        assert_eq!(course.len(), POINTS);
        assert_eq!((at(&course, 0), at(&course, 50), at(&course, 100)), (2.0, 12.0, -8.0));
        assert_eq!(at(&course, 25), 7.0);
    }

    #[test]
    fn a_line_is_found_and_bands_hold_the_mean() {
        let course = |k: f64, gain: f64, offset: f64| -> Vec<f64> {
            (0..POINTS).map(|i| offset + k + gain * (i as f64 * 0.03).sin()).collect()
        };
        let first: Vec<_> = [-1.0, 0.0, 0.5, 0.5, 0.0].map(|k| course(k, 10.0, 2.0)).into();
        let second: Vec<_> = [-0.5, 0.0, 0.5, 0.0, 0.0].map(|k| course(k, 20.0, 5.0)).into();
        let seen = compare_curves(&first, &second, false, 0);
        assert!((seen.gain - 2.0).abs() < 1e-12 && (seen.offset - 1.0).abs() < 1e-12);
        assert!((seen.r_squared - 1.0).abs() < 1e-12);
        assert!((seen.largest - 13.0).abs() < 1e-2 && seen.largest_at == 52);
        let Band { mean, low, high } = &seen.difference;
        assert!(mean.iter().zip(low).zip(high).all(|((m, l), h)| l < m && m < h));
        assert!(
            compare_curves(first.get(..4).unwrap_or_default(), &second, false, 0)
                .difference
                .low
                .iter()
                .all(|v| v.is_nan())
        );
    }
}
