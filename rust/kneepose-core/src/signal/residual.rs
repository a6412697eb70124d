//! The cut-off that a recording itself asks for: residual analysis (Winter, Biomechanics and Motor
//! Control of Human Movement, 2.3.4.4).

use super::channels::all_finite;
use super::lowpass::Lowpass;
use crate::stats::quantile::median;

/// Cut-offs that are tried, Hz.
const LOWEST_HZ: f64 = 1.0;
const STEP_HZ: f64 = 0.5;
const HIGHEST_HZ: f64 = 20.0;
/// The tail is noise where a straight line explains this much of it.
const LEAST_R_SQUARED: f64 = 0.95;
/// The line needs this many cut-offs.
const LEAST_POINTS: usize = 5;
/// Human movement is not cut below, and pose noise not left above, Hz.
const CLAMP_HZ: (f64, f64) = (3.0, 8.0);
/// Frames below which the residual of a low cut-off says nothing, in periods of the lowest cut-off.
const LEAST_SECONDS: f64 = 2.0;
/// A residual this small beside the spread of the series is rounding.
const ROUNDING: f64 = 1e-9;

/// Cut-off (Hz) of each channel, frame after frame in `series`; NaN where it cannot be told: less than
/// two seconds in one piece, no noise, or no straight tail.
pub fn residual_cutoffs(series: &[f64], channels: usize, fs: f64) -> Vec<f64> {
    let mut cutoffs = vec![f64::NAN; channels];
    if !(fs.is_finite() && fs > 0.0) || channels == 0 {
        return cutoffs;
    }
    for (channel, cutoff) in cutoffs.iter_mut().enumerate() {
        let column: Vec<f64> = series.iter().skip(channel).step_by(channels).copied().collect();
        *cutoff = of_series(longest_run(&column), fs);
    }
    cutoffs
}

/// Median over the channels that tell; NaN where none does.
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
fn of_series(run: &[f64], fs: f64) -> f64 {
    if (run.len() as f64) < LEAST_SECONDS * fs {
        return f64::NAN;
    }
    let mean = run.iter().sum::<f64>() / run.len() as f64;
    let centred: Vec<f64> = run.iter().map(|v| v - mean).collect();
    let (tried, residuals) = curve(&centred, fs);
    let spread = root_mean_square(centred.iter().copied());
    let Some(line) = noise_line(&tried, &residuals) else { return f64::NAN };
    if !line.intercept.is_finite() || line.intercept <= ROUNDING * spread {
        return f64::NAN;
    }
    let points: Vec<(f64, f64)> = tried.iter().copied().zip(residuals).collect();
    if points.first().is_none_or(|first| first.1 <= line.intercept) {
        return CLAMP_HZ.0;
    }
    let crossing = points.windows(2).find_map(|pair| match pair {
        [(f0, r0), (f1, r1)] if *r1 <= line.intercept => {
            Some(f0 + (f1 - f0) * (r0 - line.intercept) / (r0 - r1))
        }
        _ => None,
    });
    crossing.map_or(f64::NAN, |hz| hz.clamp(CLAMP_HZ.0, CLAMP_HZ.1))
}

/// Root mean square of what each cut-off takes away.
fn curve(series: &[f64], fs: f64) -> (Vec<f64>, Vec<f64>) {
    let highest = HIGHEST_HZ.min(Lowpass::highest(fs));
    let tried: Vec<f64> = (0u32..)
        .map(|i| LOWEST_HZ + STEP_HZ * f64::from(i))
        .take_while(|hz| *hz <= highest + 1e-9)
        .collect();
    let residuals = tried
        .iter()
        .map(|&hz| {
            let mut smooth = series.to_vec();
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

/// The straight line through the high end of the curve: the longest tail that is straight.
fn noise_line(tried: &[f64], residuals: &[f64]) -> Option<Line> {
    (0..tried.len().saturating_sub(LEAST_POINTS - 1))
        .map(|from| fit(tried.get(from..).unwrap_or(&[]), residuals.get(from..).unwrap_or(&[])))
        .find(|line| line.r_squared > LEAST_R_SQUARED)
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
