//! Automatic cutoff frequency by residual analysis (Winter, Biomechanics and Motor Control of Human
//! Movement, 2.3.4.4).

use super::channels::all_finite;
use super::lowpass::Lowpass;
use crate::interrupt::check;
use crate::memory::{copied, gathered};
use crate::stats::quantile::median;

/// Lowest tested cutoff, Hz. The next ones follow in steps of [`STEP_HZ`] up to [`HIGHEST_HZ`].
/// Source: chosen: the range is wider than that of the result on both sides, so that the line of
/// the noise is visible; no test shows its effect.
const LOWEST_HZ: f64 = 1.0;
const STEP_HZ: f64 = 0.5;
const HIGHEST_HZ: f64 = 20.0;
/// Minimum R² of a straight line through a tail of the residual curve at which the tail counts as
/// noise.
/// Source: science.md 8.
const MIN_R_SQUARED: f64 = 0.95;
/// Minimum number of cutoffs for the line.
/// Source: chosen: an R² of fewer points says little; no test shows its effect.
const MIN_POINTS: usize = 5;
/// Lower and upper limit of the result, Hz: the lower keeps human movement, the upper removes pose
/// noise.
/// Source: science.md 8.
const CUTOFF_LIMITS_HZ: (f64, f64) = (3.0, 8.0);
/// Minimum duration of a run, in seconds: two periods of the lowest cutoff.
/// Source: derived: 2 / `LOWEST_HZ`.
const MIN_SECONDS: f64 = 2.0;
/// Minimum residual, as a fraction of the standard deviation of the series; smaller residuals are
/// rounding errors.
/// Source: chosen: far above double precision, far below any noise; held by test
/// tests/arrays/test_series.py.
const ROUNDING_RATIO: f64 = 1e-9;

/// Cutoff frequency (Hz) of each channel of `series`, which is stored frame by frame. NaN if it
/// cannot be determined: no run of two seconds, no noise, or no straight tail.
pub fn residual_cutoffs(series: &[f64], channels: usize, fs: f64) -> Vec<f64> {
    let mut cutoffs = vec![f64::NAN; channels];
    if !(fs.is_finite() && fs > 0.0) || channels == 0 {
        return cutoffs;
    }
    for (channel, cutoff) in cutoffs.iter_mut().enumerate() {
        check();
        let column: Vec<f64> = gathered(series.iter().skip(channel).step_by(channels).copied());
        *cutoff = series_cutoff(longest_run(&column), fs);
    }
    cutoffs
}

/// Median cutoff frequency (Hz) over the channels; NaN if none has one.
pub fn usual_cutoff(series: &[f64], channels: usize, fs: f64) -> f64 {
    median(&residual_cutoffs(series, channels, fs))
}

fn longest_run(column: &[f64]) -> &[f64] {
    if all_finite(column) {
        return column;
    }
    column.split(|v| !v.is_finite()).max_by_key(|run| run.len()).unwrap_or(&[])
}

#[allow(clippy::cast_precision_loss)]
fn series_cutoff(run: &[f64], fs: f64) -> f64 {
    if (run.len() as f64) < MIN_SECONDS * fs {
        return f64::NAN;
    }
    let mean = run.iter().sum::<f64>() / run.len() as f64;
    let centred: Vec<f64> = gathered(run.iter().map(|v| v - mean));
    let (tried, residuals) = residual_curve(&centred, fs);
    let spread = root_mean_square(centred.iter().copied());
    let Some(line) = noise_line(&tried, &residuals) else { return f64::NAN };
    if !line.intercept.is_finite() || line.intercept <= ROUNDING_RATIO * spread {
        return f64::NAN;
    }
    let points: Vec<(f64, f64)> = gathered(tried.iter().copied().zip(residuals));
    if points.first().is_none_or(|first| first.1 <= line.intercept) {
        return CUTOFF_LIMITS_HZ.0;
    }
    let crossing = points.windows(2).find_map(|pair| match pair {
        [(f0, r0), (f1, r1)] if *r1 <= line.intercept => {
            Some(f0 + (f1 - f0) * (r0 - line.intercept) / (r0 - r1))
        }
        _ => None,
    });
    crossing.map_or(f64::NAN, |hz| hz.clamp(CUTOFF_LIMITS_HZ.0, CUTOFF_LIMITS_HZ.1))
}

/// Tested cutoff frequencies, and the root mean square residual of each.
fn residual_curve(series: &[f64], fs: f64) -> (Vec<f64>, Vec<f64>) {
    let highest = HIGHEST_HZ.min(Lowpass::highest(fs));
    let tried: Vec<f64> = (0u32..)
        .map(|i| LOWEST_HZ + STEP_HZ * f64::from(i))
        .take_while(|hz| *hz <= highest + 1e-9)
        .collect();
    let residuals = tried
        .iter()
        .map(|&hz| {
            let mut smooth = copied(series);
            if let Some(filter) = Lowpass::new(hz, fs) {
                filter.apply(&mut smooth);
            }
            root_mean_square(series.iter().zip(smooth).map(|(raw, smooth)| raw - smooth))
        })
        .collect();
    (tried, residuals)
}

#[allow(clippy::cast_precision_loss)]
fn root_mean_square(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, n) = values.fold((0.0, 0usize), |(sum, n), v| (sum + v * v, n + 1));
    (sum / n.max(1) as f64).sqrt()
}

struct Line {
    intercept: f64,
    r_squared: f64,
}

/// Line through the longest straight tail at the high end of the residual curve.
fn noise_line(tried: &[f64], residuals: &[f64]) -> Option<Line> {
    (0..tried.len().saturating_sub(MIN_POINTS - 1))
        .map(|from| fit(tried.get(from..).unwrap_or(&[]), residuals.get(from..).unwrap_or(&[])))
        .find(|line| line.r_squared > MIN_R_SQUARED)
}

#[allow(clippy::cast_precision_loss)]
fn fit(x: &[f64], y: &[f64]) -> Line {
    let n = x.len().max(1) as f64;
    let (mx, my) = (x.iter().sum::<f64>() / n, y.iter().sum::<f64>() / n);
    let products = x.iter().zip(y).fold((0.0, 0.0, 0.0), |(xx, xy, yy), (x, y)| {
        let (dx, dy) = (x - mx, y - my);
        (xx + dx * dx, xy + dx * dy, yy + dy * dy)
    });
    let (xx, xy, yy) = products;
    let slope = xy / xx;
    Line { intercept: my - slope * mx, r_squared: xy * xy / (xx * yy) }
}
