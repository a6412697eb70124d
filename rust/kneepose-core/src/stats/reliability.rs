//! Test-retest reliability: the measurement error from repeated sessions.

use super::chi_square;
use super::intervals::Moments;
use crate::math::at;

/// Minimum degrees of freedom for a minimal detectable change.
/// Source: chosen: the interval of the error then spans less than a factor of four; held by test
/// tests/comparison/test_reliability.py.
pub const MIN_DEGREES_OF_FREEDOM: usize = 5;
/// Probability beyond either end of a 95 % interval.
/// Source: derived: (1 − 0.95) / 2.
const TAIL: f64 = 0.025;
/// 97.5 % quantile of the standard normal distribution.
/// Source: derived: by definition.
pub(super) const Z: f64 = 1.959_963_984_540_054;

/// Reliability of a measure over sessions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reliability {
    /// Subjects with a value in every session.
    pub subjects: usize,
    /// Number of sessions.
    pub sessions: usize,
    /// Degrees of freedom of the error.
    pub freedom: usize,
    /// Standard error of measurement, √(mean square error), in the unit of the values.
    pub sem: f64,
    /// 95 % interval (χ²) of the standard error of measurement.
    pub sem_interval: [f64; 2],
    /// Intraclass correlation (two-way random, absolute agreement, single session): ICC(2,1) of Shrout and
    /// Fleiss 1979. NaN with one subject or without variation.
    pub icc: f64,
    /// Minimal detectable change (95 %): 1.96·√2·SEM. NaN below [`MIN_DEGREES_OF_FREEDOM`].
    pub mdc: f64,
    /// Mean of last − first session (Bland and Altman 1986).
    pub bias: f64,
    /// 95 % limits of agreement: bias ± 1.96 SD.
    pub limits: [f64; 2],
}

/// Reliability of `values`: one row of `sessions` values per subject. Rows with a NaN are left out. The
/// two-way analysis of variance treats a shift that all subjects share as bias, not error. With one
/// subject, the error is the spread of the sessions.
pub fn reliability(values: &[f64], sessions: usize) -> Reliability {
    let rows: Vec<&[f64]> = values
        .chunks_exact(sessions.max(1))
        .filter(|row| row.iter().all(|v| v.is_finite()))
        .collect();
    let (n, k) = (rows.len() as f64, sessions as f64);
    let mean = |values: &[f64]| Moments::of(values).mean;
    let of_rows: Vec<f64> = rows.iter().map(|row| mean(row)).collect();
    let of_sessions: Vec<f64> = (0..sessions)
        .map(|j| mean(&rows.iter().map(|row| at(row, j)).collect::<Vec<_>>()))
        .collect();
    let grand = mean(&of_rows);
    let square = |v: f64| v * v;
    let squares = |means: &[f64]| means.iter().map(|m| square(m - grand)).sum::<f64>();
    let one_subject = rows.len() == 1;
    let (error, freedom) = if one_subject {
        (squares(&of_sessions), sessions.saturating_sub(1))
    } else {
        let left = rows.iter().zip(&of_rows).flat_map(|(row, of_row)| {
            let shifts = of_sessions.iter().map(move |session| session - grand);
            row.iter().zip(shifts).map(move |(v, shift)| (v - of_row) - shift)
        });
        let freedom = rows.len().saturating_sub(1) * sessions.saturating_sub(1);
        (left.map(square).sum(), freedom)
    };
    let mean_error = error / freedom as f64;
    let sem = mean_error.sqrt();
    let mean_rows = k * squares(&of_rows) / (n - 1.0);
    let mean_sessions = n * squares(&of_sessions) / (k - 1.0);
    let icc = (mean_rows - mean_error)
        / (mean_rows + (k - 1.0) * mean_error + k * (mean_sessions - mean_error) / n);
    let bounds =
        [1.0 - TAIL, TAIL].map(|p| (error / chi_square::quantile(p, freedom as f64)).sqrt());
    let changes: Vec<f64> =
        rows.iter().filter_map(|row| Some(row.last()? - row.first()?)).collect();
    let Moments { mean: bias, variance, .. } = Moments::of(&changes);
    let spread = variance.sqrt();
    Reliability {
        subjects: rows.len(),
        sessions,
        freedom,
        sem,
        sem_interval: bounds,
        icc: if icc.is_finite() { icc } else { f64::NAN },
        mdc: if freedom >= MIN_DEGREES_OF_FREEDOM {
            Z * std::f64::consts::SQRT_2 * sem
        } else {
            f64::NAN
        },
        bias,
        limits: [bias - Z * spread, bias + Z * spread],
    }
}
