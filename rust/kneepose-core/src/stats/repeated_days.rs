//! Measurement error from people seen on several days, with the legs of one person kept together.
//!
//! Two legs of one person share the day and the camera, so their errors are not independent. Each leg has
//! its own two-way analysis of variance; the degrees of freedom of the common error are those of Box 1954
//! (Ann Math Stat 25:290): (tr S)² / tr(S²) times those of one leg, S the covariance of the errors.

use super::reliability::{MIN_DEGREES_OF_FREEDOM, Z};
use super::{chi_square, fisher};
use crate::math::at;

/// Probability beyond either end of a 95 % interval.
/// Source: derived: (1 − 0.95) / 2.
const TAIL: f64 = 0.025;

/// Error of a measure between days.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DayError {
    /// People with a value of every leg on every day.
    pub people: usize,
    /// Degrees of freedom of the error, between those of one leg and those of independent legs.
    pub freedom: f64,
    /// Standard error of measurement, √(mean square error), in the unit of the values.
    pub sem: f64,
    /// 95 % interval (χ²) of the standard error of measurement.
    pub sem_interval: [f64; 2],
    /// ICC(2,1), absolute agreement of single days (Shrout and Fleiss 1979). NaN without variation.
    pub icc: f64,
    /// 95 % interval of `icc` (McGraw and Wong 1996, case 2A).
    pub icc_interval: [f64; 2],
    /// Minimal detectable change (95 %): 1.96·√2·SEM. NaN below [`MIN_DEGREES_OF_FREEDOM`].
    pub mdc: f64,
    /// Interval of `mdc`, from that of the error.
    pub mdc_interval: [f64; 2],
    /// Mean of last − first day.
    pub bias: f64,
    /// 95 % limits of agreement: bias ± 1.96 SD of last − first day.
    pub limits: [f64; 2],
}

/// Values of one leg without the means of people and days, and the means.
struct Leg {
    residuals: Vec<f64>,
    of_people: Vec<f64>,
    of_days: Vec<f64>,
    changes: Vec<f64>,
}

/// Error of `values`, ordered by person, then leg, then day. People with a NaN are left out.
pub fn day_error(values: &[f64], legs: usize, days: usize) -> DayError {
    let people: Vec<&[f64]> = values
        .chunks_exact((legs * days).max(1))
        .filter(|one| one.iter().all(|v| v.is_finite()))
        .collect();
    let (n, k, m) = (people.len() as f64, days as f64, legs as f64);
    let parts: Vec<Leg> = (0..legs).map(|leg| part(&people, leg, days)).collect();
    let of_one_leg = if people.len() > 1 { (n - 1.0) * (k - 1.0) } else { f64::NAN };
    let errors = covariance(&parts, |leg| &leg.residuals, of_one_leg);
    let between = covariance(&parts, |leg| &leg.of_people, (n - 1.0) / k);
    let (error, freedom) = (trace(&errors, legs) / m, box_share(&errors, legs) * of_one_leg);
    let rows = trace(&between, legs) / m;
    let columns = parts.iter().map(|leg| n * squares(&leg.of_days) / (k - 1.0)).sum::<f64>() / m;
    let sem = error.sqrt();
    let bounds = |p: f64| (freedom * error / chi_square::quantile(p, freedom)).sqrt();
    let sem_interval = [bounds(1.0 - TAIL), bounds(TAIL)];
    let icc = (rows - error) / (rows + (k - 1.0) * error + k * (columns - error) / n);
    let icc_interval = icc_interval(
        [rows, columns, error],
        [box_share(&between, legs) * (n - 1.0), k - 1.0, freedom],
        [n, k],
        icc,
    );
    let enough = freedom >= MIN_DEGREES_OF_FREEDOM as f64;
    let change = |sem: f64| if enough { Z * std::f64::consts::SQRT_2 * sem } else { f64::NAN };
    let bias = parts.iter().map(|leg| mean(&leg.changes)).sum::<f64>() / m;
    let spread =
        (parts.iter().map(|leg| squares(&leg.changes)).sum::<f64>() / (m * (n - 1.0))).sqrt();
    DayError {
        people: people.len(),
        freedom,
        sem,
        sem_interval,
        icc: if icc.is_finite() { icc } else { f64::NAN },
        icc_interval,
        mdc: change(sem),
        mdc_interval: sem_interval.map(change),
        bias,
        limits: [bias - Z * spread, bias + Z * spread],
    }
}

fn part(people: &[&[f64]], leg: usize, days: usize) -> Leg {
    let rows: Vec<&[f64]> =
        people.iter().filter_map(|one| one.get(leg * days..(leg + 1) * days)).collect();
    let of_people: Vec<f64> = rows.iter().map(|row| mean(row)).collect();
    let of_days: Vec<f64> = (0..days)
        .map(|day| mean(&rows.iter().map(|row| at(row, day)).collect::<Vec<_>>()))
        .collect();
    let grand = mean(&of_days);
    let residuals = rows
        .iter()
        .zip(&of_people)
        .flat_map(|(row, person)| {
            row.iter().zip(&of_days).map(move |(v, day)| (v - person) - (day - grand))
        })
        .collect();
    let changes = rows.iter().filter_map(|row| Some(row.last()? - row.first()?)).collect();
    Leg { residuals, of_people, of_days, changes }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Sum of squares around the mean.
fn squares(values: &[f64]) -> f64 {
    let middle = mean(values);
    values.iter().map(|v| (v - middle) * (v - middle)).sum()
}

/// Covariance of the legs, row by row, with a divisor.
fn covariance(legs: &[Leg], of: impl Fn(&Leg) -> &Vec<f64>, divisor: f64) -> Vec<f64> {
    let centered: Vec<Vec<f64>> = legs
        .iter()
        .map(|leg| {
            let middle = mean(of(leg));
            of(leg).iter().map(|v| v - middle).collect()
        })
        .collect();
    centered
        .iter()
        .flat_map(|one| {
            centered
                .iter()
                .map(move |other| one.iter().zip(other).map(|(a, b)| a * b).sum::<f64>() / divisor)
        })
        .collect()
}

fn trace(matrix: &[f64], size: usize) -> f64 {
    (0..size).map(|i| at(matrix, i * size + i)).sum()
}

/// (tr S)² / tr(S²): between 1, where all legs have one error, and their number.
fn box_share(matrix: &[f64], size: usize) -> f64 {
    let of_squares: f64 = matrix.iter().map(|v| v * v).sum();
    let sum = trace(matrix, size);
    if of_squares > 0.0 { sum * sum / of_squares } else { size as f64 }
}

/// Interval of the ICC for absolute agreement.
/// Source: McGraw and Wong 1996, Psychol Methods 1:30, table 7, case 2A; Satterthwaite's degrees of freedom.
fn icc_interval(squares: [f64; 3], freedom: [f64; 3], size: [f64; 2], icc: f64) -> [f64; 2] {
    let ([rows, columns, error], [of_rows, of_columns, of_error], [n, k]) =
        (squares, freedom, size);
    let a = k * icc / (n * (1.0 - icc));
    let b = 1.0 + k * icc * (n - 1.0) / (n * (1.0 - icc));
    let (x, y) = (a * columns, b * error);
    let v = (x + y) * (x + y) / (x * x / of_columns + y * y / of_error);
    let low = fisher::quantile(1.0 - TAIL, of_rows, v);
    let high = fisher::quantile(1.0 - TAIL, v, of_rows);
    let rest = k * columns + (k * n - k - n) * error;
    let ends = [
        n * (rows - low * error) / (low * rest + n * rows),
        n * (high * rows - error) / (rest + n * high * rows),
    ];
    ends.map(|end| if end.is_finite() { end.clamp(-1.0, 1.0) } else { f64::NAN })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::reliability::reliability;

    const ONE_LEG: [f64; 12] = [9., 2., 6., 1., 8., 4., 7., 1., 10., 5., 6., 2.];

    #[test]
    fn one_leg_is_the_usual_analysis() {
        let (own, usual) = (day_error(&ONE_LEG, 1, 2), reliability(&ONE_LEG, 2));
        for (a, b) in [
            (own.sem, usual.sem),
            (own.icc, usual.icc),
            (own.mdc, usual.mdc),
            (own.bias, usual.bias),
            (own.limits[1], usual.limits[1]),
            (own.sem_interval[1], usual.sem_interval[1]),
            (own.freedom, usual.freedom as f64),
        ] {
            assert!((a - b).abs() < 1e-12, "{a} {b}");
        }
    }

    #[test]
    fn a_leg_that_copies_the_other_adds_no_freedom() {
        let both: Vec<f64> =
            ONE_LEG.chunks_exact(2).flat_map(|pair| [pair, pair].concat()).collect();
        let found = day_error(&both, 2, 2);
        assert!((found.freedom - 5.0).abs() < 1e-12);
        assert!((found.sem - day_error(&ONE_LEG, 1, 2).sem).abs() < 1e-12);
    }

    #[test]
    fn nobody_is_no_number() {
        let found = day_error(&[], 2, 2);
        assert_eq!(found.people, 0);
        assert!(found.sem.is_nan() && found.mdc.is_nan() && found.icc.is_nan());
    }
}
