//! Repetitions on a common course: start, bottom and end at the same places; and two sets of them.

use super::bootstrap::SplitMix;
use crate::signal::at;
use crate::signal::quantile::quantile;

/// Fewer curves a side give no bands.
pub const LEAST_CURVES: usize = 4;
/// The mean is known where this share of the curves is.
const LEAST_KNOWN: f64 = 0.5;
const RESAMPLES: usize = 2000;
const COVERAGE: f64 = 0.95;

/// Points of a normalized repetition; the bottom is the middle one.
pub const POINTS: usize = 101;

/// A repetition of a series on 101 points, 0 % its start, 50 % its bottom, 100 % its end, by linear
/// interpolation between frames. NaN beside missing frames.
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

/// A mean curve and its simultaneous 95 % band: all of the true curve lies within, nineteen times in
/// twenty. NaN where too few curves are known.
#[derive(Debug, Clone, PartialEq)]
pub struct Band {
    /// Mean, point by point.
    pub mean: Vec<f64>,
    /// Lower end.
    pub low: Vec<f64>,
    /// Upper end.
    pub high: Vec<f64>,
}

/// Two sets of curves.
#[derive(Debug, Clone, PartialEq)]
pub struct Waveforms {
    /// Of both sides.
    pub sides: [Band; 2],
    /// Of second − first.
    pub difference: Band,
    /// Root mean square of the difference of the means.
    pub rmsd: f64,
    /// The largest difference, with its sign, and where: 0 to 100, 50 is the bottom.
    pub largest: f64,
    /// See `largest`.
    pub largest_at: usize,
    /// second ≈ gain · first + offset (linear fit method, Iosa et al. 2014), and R² of that.
    pub gain: f64,
    /// See `gain`.
    pub offset: f64,
    /// See `gain`.
    pub r_squared: f64,
}

/// Compares curves of [`POINTS`] points, one a repetition.
pub fn compare(first: &[Vec<f64>], second: &[Vec<f64>], seed: u64) -> Waveforms {
    let sides = [first, second].map(|curves| band(&[(curves, 1.0)], seed));
    let difference = band(&[(first, -1.0), (second, 1.0)], seed);
    let off = &difference.mean;
    let known = || off.iter().enumerate().filter(|(_, d)| d.is_finite());
    let rmsd = (known().map(|(_, d)| d * d).sum::<f64>() / known().count() as f64).sqrt();
    let farthest = known().max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()));
    let (largest_at, largest) = farthest.map_or((0, f64::NAN), |(i, d)| (i, *d));
    let [a, b] = &sides;
    let [gain, offset, r_squared] = line(&a.mean, &b.mean);
    Waveforms { difference, rmsd, largest, largest_at, gain, offset, r_squared, sides }
}

/// Mean over groups of curves, with signs, and its band: Student's t of the resampled means, its largest
/// over the course (max-t; Efron and Tibshirani 1993, chapter 12).
fn band(groups: &[(&[Vec<f64>], f64)], seed: u64) -> Band {
    let width = groups.iter().flat_map(|(curves, _)| curves.iter()).map(Vec::len).max();
    let width = width.unwrap_or(0);
    let whole = |(curves, sign): &(&[Vec<f64>], f64)| {
        (moments(curves.iter().map(Vec::as_slice), curves.len(), width), *sign)
    };
    let (mean, squared) = together(groups.iter().map(whole), width);
    let error: Vec<f64> = squared.iter().map(|e| e.sqrt()).collect();
    let few = groups.iter().any(|(curves, _)| curves.len() < LEAST_CURVES);
    let reach = if few { f64::NAN } else { largest_t(groups, &mean, width, seed) };
    let edge = |sign: f64| {
        let of = |(m, e): (&f64, &f64)| if *e == 0.0 { *m } else { m + sign * reach * e };
        mean.iter().zip(&error).map(of).collect()
    };
    Band { low: edge(-1.0), high: edge(1.0), mean }
}

/// How many standard errors the farthest point of a resampled mean lies off, 95 % of the time.
fn largest_t(groups: &[(&[Vec<f64>], f64)], mean: &[f64], width: usize, seed: u64) -> f64 {
    let mut random = SplitMix::new(seed);
    let mut largest = Vec::with_capacity(RESAMPLES);
    for _ in 0..RESAMPLES {
        let drawn = groups.iter().map(|(curves, sign)| {
            let draws = (0..curves.len()).map(|_| random.below(curves.len()));
            let draws: Vec<&[f64]> =
                draws.filter_map(|i| curves.get(i).map(Vec::as_slice)).collect();
            (moments(draws.iter().copied(), draws.len(), width), *sign)
        });
        let (resampled, squared) = together(drawn, width);
        let off = resampled.iter().zip(mean).zip(&squared);
        let t = off.map(|((r, m), e)| (r - m).abs() / e.sqrt()).filter(|t| t.is_finite());
        largest.push(t.fold(f64::NAN, f64::max));
    }
    quantile(&largest, COVERAGE)
}

/// Mean and squared error of the mean, point by point; NaN where under half of the curves are known.
fn moments<'a>(
    curves: impl Iterator<Item = &'a [f64]> + Clone,
    count: usize,
    width: usize,
) -> (Vec<f64>, Vec<f64>) {
    let at_point = |i: usize| {
        let known = curves.clone().map(move |c| at(c, i)).filter(|v| v.is_finite());
        let (n, sum) = known.clone().fold((0.0, 0.0), |(n, s), v| (n + 1.0, s + v));
        let mean = if n > 0.0 && n >= LEAST_KNOWN * count as f64 { sum / n } else { f64::NAN };
        let squares: f64 = known.map(|v| (v - mean) * (v - mean)).sum();
        (mean, squares / (n - 1.0) / n)
    };
    (0..width).map(at_point).unzip()
}

fn together(
    groups: impl Iterator<Item = ((Vec<f64>, Vec<f64>), f64)>,
    width: usize,
) -> (Vec<f64>, Vec<f64>) {
    let (mut mean, mut squared) = (vec![0.0; width], vec![0.0; width]);
    for ((m, e), sign) in groups {
        mean.iter_mut().zip(m).for_each(|(sum, v)| *sum += sign * v);
        squared.iter_mut().zip(e).for_each(|(sum, v)| *sum += v);
    }
    (mean, squared)
}

/// Gain, offset and R² of the line through the points of two curves.
fn line(x: &[f64], y: &[f64]) -> [f64; 3] {
    let known = || x.iter().zip(y).filter(|(a, b)| a.is_finite() && b.is_finite());
    let n = known().count() as f64;
    let mean_x = known().map(|(a, _)| a).sum::<f64>() / n;
    let mean_y = known().map(|(_, b)| b).sum::<f64>() / n;
    let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
    for (a, b) in known() {
        let (dx, dy) = (a - mean_x, b - mean_y);
        (xx, xy, yy) = (xx + dx * dx, xy + dx * dy, yy + dy * dy);
    }
    if xx > 0.0 && yy > 0.0 {
        [xy / xx, mean_y - xy / xx * mean_x, xy * xy / (xx * yy)]
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
        let first: Vec<_> = [-1.0, 0.0, 0.5, 0.5].map(|k| course(k, 10.0, 2.0)).into();
        let second: Vec<_> = [-0.5, 0.0, 0.5, 0.0].map(|k| course(k, 20.0, 5.0)).into();
        let seen = compare(&first, &second, 0);
        assert!((seen.gain - 2.0).abs() < 1e-12 && (seen.offset - 1.0).abs() < 1e-12);
        assert!((seen.r_squared - 1.0).abs() < 1e-12);
        assert!((seen.largest - 13.0).abs() < 1e-2 && seen.largest_at == 52);
        let Band { mean, low, high } = &seen.difference;
        assert!(mean.iter().zip(low).zip(high).all(|((m, l), h)| l < m && m < h));
        assert!(
            compare(first.get(..3).unwrap_or_default(), &second, 0)
                .difference
                .low
                .iter()
                .all(|v| v.is_nan())
        );
    }
}
