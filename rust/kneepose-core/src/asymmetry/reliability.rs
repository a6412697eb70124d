//! How well a measure repeats itself: the error of measurement from sessions that should agree.

use super::chi_square;

/// Fewer degrees of freedom say too little about the error to build a detectable change on.
pub const LEAST_FREEDOM: usize = 5;
const TAIL: f64 = 0.025;
/// Two-sided 95 % of a normal distribution.
const Z: f64 = 1.959_963_984_540_054;

/// Agreement of sessions, of subjects (or legs) by sessions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reliability {
    /// Subjects with a value in every session.
    pub subjects: usize,
    /// Sessions.
    pub sessions: usize,
    /// Degrees of freedom of the error.
    pub freedom: usize,
    /// Standard error of measurement, √(mean square of the error), …
    pub sem: f64,
    /// … and its 95 % interval (χ²).
    pub sem_interval: [f64; 2],
    /// Intraclass correlation, two-way random, absolute agreement, one session: ICC(2,1) of Shrout and
    /// Fleiss 1979. NaN with one subject, or where nothing varies.
    pub icc: f64,
    /// Minimal detectable change, 95 %: 1.96·√2·SEM. NaN below [`LEAST_FREEDOM`].
    pub mdc: f64,
    /// Mean of last − first session (Bland and Altman 1986), …
    pub bias: f64,
    /// … and between which 95 % of these differences lie: bias ± 1.96 SD.
    pub limits: [f64; 2],
}

/// Of `values`, one row of `sessions` values a subject; a row with a NaN is left out. Two-way analysis of
/// variance, so that a shift that all subjects share is bias and no error; with one subject the spread of
/// the sessions is all there is.
pub fn reliability(values: &[f64], sessions: usize) -> Reliability {
    let rows: Vec<&[f64]> = values
        .chunks_exact(sessions.max(1))
        .filter(|row| row.iter().all(|v| v.is_finite()))
        .collect();
    let (n, k) = (rows.len() as f64, sessions as f64);
    let all = || rows.iter().copied().flatten();
    let grand = all().sum::<f64>() / (n * k);
    let square = |v: f64| v * v;
    let total: f64 = all().map(|v| square(v - grand)).sum();
    let of_rows: f64 = rows.iter().map(|row| k * square(row.iter().sum::<f64>() / k - grand)).sum();
    let of_sessions: f64 = (0..sessions)
        .map(|j| {
            let column: f64 = rows.iter().filter_map(|row| row.get(j)).sum();
            n * square(column / n - grand)
        })
        .sum();
    let alone = rows.len() == 1;
    let freedom = if alone {
        sessions.saturating_sub(1)
    } else {
        rows.len().saturating_sub(1) * sessions.saturating_sub(1)
    };
    let error = if alone { total } else { (total - of_rows - of_sessions).max(0.0) };
    let mean_error = error / freedom as f64;
    let sem = mean_error.sqrt();
    let mean_rows = of_rows / (n - 1.0);
    let mean_sessions = of_sessions / (k - 1.0);
    let icc = (mean_rows - mean_error)
        / (mean_rows + (k - 1.0) * mean_error + k * (mean_sessions - mean_error) / n);
    let bounds =
        [1.0 - TAIL, TAIL].map(|p| (error / chi_square::quantile(p, freedom as f64)).sqrt());
    let changes: Vec<f64> =
        rows.iter().filter_map(|row| Some(row.last()? - row.first()?)).collect();
    let bias = changes.iter().sum::<f64>() / n;
    let spread = (changes.iter().map(|c| square(c - bias)).sum::<f64>() / (n - 1.0)).sqrt();
    Reliability {
        subjects: rows.len(),
        sessions,
        freedom,
        sem,
        sem_interval: bounds,
        icc: if icc.is_finite() { icc } else { f64::NAN },
        mdc: if freedom >= LEAST_FREEDOM { Z * std::f64::consts::SQRT_2 * sem } else { f64::NAN },
        bias,
        limits: [bias - Z * spread, bias + Z * spread],
    }
}
