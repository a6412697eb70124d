//! Measurement error from people who were measured on several days, with both legs of a person
//! analyzed together.
//!
//! The two legs of a person share the day and the camera, so their errors are not independent. Each
//! leg has its own two-way analysis of variance. The degrees of freedom of the common error are
//! those of Box 1954 (Ann Math Stat 25:290): (tr S)² / tr(S²) times those of one leg, where S is
//! the covariance of the errors. If some people have only one leg, the variance of the pooled sum
//! of squares replaces tr(S²).

use super::intervals::Moments;
use super::{chi_square, fisher};
use crate::math::at;

/// Minimum degrees of freedom for a minimal detectable change.
/// Source: chosen: the interval of the error then spans less than a factor of four; held by test
/// tests/comparison/test_reliability.py.
pub const MIN_DEGREES_OF_FREEDOM: usize = 5;
/// Tolerance for rounding when degrees of freedom are compared with the minimum.
/// Source: derived: 1e4 times the rounding of sums of a thousand squares.
const ROUNDING: f64 = 1e-9;
/// 97.5 % quantile of the standard normal distribution.
/// Source: derived: by definition.
const Z: f64 = 1.959_963_984_540_054;
/// Tail probability of each end of a 95 % interval.
/// Source: derived: (1 − 0.95) / 2.
const TAIL: f64 = 0.025;

/// Measurement error between days.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DayError {
    /// Number of people with at least one leg that has a value on every day.
    pub people: usize,
    /// Degrees of freedom of the error: between those of one leg and those of independent legs.
    pub freedom: f64,
    /// Standard error of measurement, √(mean square error), in the unit of the values.
    pub sem: f64,
    /// 95 % interval (χ²) of the standard error of measurement.
    pub sem_interval: [f64; 2],
    /// ICC(2,1), absolute agreement of single days (Shrout and Fleiss 1979). NaN without variation.
    pub icc: f64,
    /// 95 % interval of the ICC (McGraw and Wong 1996, case 2A).
    pub icc_interval: [f64; 2],
    /// Minimal detectable change (95 %): 1.96·√2·SEM. NaN with fewer than
    /// [`MIN_DEGREES_OF_FREEDOM`] degrees of freedom.
    pub mdc: f64,
    /// 95 % interval of the minimal detectable change, from that of the standard error.
    pub mdc_interval: [f64; 2],
    /// Mean of the last day minus the first day.
    pub bias: f64,
    /// 95 % limits of agreement: bias ± 1.96 standard deviations of last − first day.
    pub limits: [f64; 2],
}

/// Two-way analysis of one leg: residuals after removal of person and day means, and these means.
struct Leg {
    /// Indices of the people who have values of this leg, ascending.
    people: Vec<usize>,
    residuals: Vec<f64>,
    of_people: Vec<f64>,
    of_days: Vec<f64>,
    changes: Vec<f64>,
}

/// Measurement error of `values`, ordered by person, then leg, then day. Legs with a NaN are
/// omitted. With one person, the error is the variation between days of each leg.
pub fn day_error(values: &[f64], legs: usize, days: usize) -> DayError {
    let persons: Vec<&[f64]> = values.chunks_exact((legs * days).max(1)).collect();
    let has = |person: &[f64], leg: usize| {
        person
            .get(leg * days..(leg + 1) * days)
            .is_some_and(|row| row.iter().all(|value| value.is_finite()))
    };
    let people = persons.iter().filter(|one| (0..legs).any(|leg| has(one, leg))).count();
    let is_alone = people == 1;
    let parts: Vec<Leg> = (0..legs)
        .map(|leg| {
            let rows: Vec<(usize, &[f64])> = persons
                .iter()
                .enumerate()
                .filter(|(_, one)| has(one, leg))
                .filter_map(|(place, one)| Some((place, one.get(leg * days..(leg + 1) * days)?)))
                .collect();
            part(&rows, days, is_alone)
        })
        .filter(|leg| !leg.people.is_empty())
        .collect();
    let (k, m) = (days as f64, parts.len() as f64);
    let n = parts.iter().map(|leg| leg.people.len() as f64).sum::<f64>() / m;
    let of_errors = if is_alone { alone } else { shared_freedom };
    let (error, freedom) = pooled(&parts, |leg| &leg.residuals, of_errors, [1.0, k - 1.0]);
    let (rows, of_rows) = pooled(&parts, |leg| &leg.of_people, shared_freedom, [k, 1.0]);
    let columns = parts
        .iter()
        .map(|leg| leg.people.len() as f64 * squares(&leg.of_days) / (k - 1.0))
        .sum::<f64>()
        / m;
    let sem = error.sqrt();
    let bounds = |p: f64| (freedom * error / chi_square::quantile(p, freedom)).sqrt();
    let sem_interval = [bounds(1.0 - TAIL), bounds(TAIL)];
    let icc = (rows - error) / (rows + (k - 1.0) * error + k * (columns - error) / n);
    let icc_interval =
        icc_interval([rows, columns, error], [of_rows, k - 1.0, freedom], [n, k], icc);
    let enough = freedom + ROUNDING >= MIN_DEGREES_OF_FREEDOM as f64;
    let change = |sem: f64| if enough { Z * std::f64::consts::SQRT_2 * sem } else { f64::NAN };
    let legs_of_all = parts.iter().map(|leg| leg.changes.len() as f64).sum::<f64>();
    let bias = parts.iter().flat_map(|leg| &leg.changes).sum::<f64>() / legs_of_all;
    let spread =
        (parts.iter().map(|leg| squares(&leg.changes)).sum::<f64>() / (legs_of_all - m)).sqrt();
    DayError {
        people,
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

fn part(rows: &[(usize, &[f64])], days: usize, is_alone: bool) -> Leg {
    let of_people: Vec<f64> = rows.iter().map(|(_, row)| mean(row)).collect();
    let of_days: Vec<f64> = (0..days)
        .map(|day| mean(&rows.iter().map(|(_, row)| at(row, day)).collect::<Vec<_>>()))
        .collect();
    let grand = mean(&of_days);
    let residuals = rows
        .iter()
        .zip(&of_people)
        .flat_map(|((_, row), person)| {
            // With a single person, day effects and errors cannot be separated, so day means are
            // not removed.
            let shared = move |day: &f64| if is_alone { 0.0 } else { day - grand };
            row.iter().zip(&of_days).map(move |(v, day)| (v - person) - shared(day))
        })
        .collect();
    let changes = rows.iter().filter_map(|(_, row)| Some(row.last()? - row.first()?)).collect();
    Leg {
        people: rows.iter().map(|(place, _)| *place).collect(),
        residuals,
        of_people,
        of_days,
        changes,
    }
}

fn mean(values: &[f64]) -> f64 {
    Moments::of(values).mean
}

/// Sum of squares around the mean.
fn squares(values: &[f64]) -> f64 {
    let middle = mean(values);
    values.iter().map(|v| (v - middle) * (v - middle)).sum()
}

/// Degrees of freedom that two legs share after removal of their own means: trace of the product of
/// both projections. `both` is the number of people who have both legs.
/// Source: derived: tr(C_a P C_b Pᵀ), C = I − J/n, P the incidence of the people of both.
fn shared_freedom(a: &Leg, b: &Leg) -> f64 {
    let [of_a, of_b] = [a, b].map(|leg| leg.people.len() as f64);
    let both = a.people.iter().filter(|one| b.people.binary_search(one).is_ok()).count() as f64;
    both * (1.0 - 1.0 / of_a - 1.0 / of_b) + both * both / (of_a * of_b)
}

/// Shared degrees of freedom with a single person, whose day means are not removed.
fn alone(_: &Leg, _: &Leg) -> f64 {
    1.0
}

/// Mean square over all legs, and its degrees of freedom: 2·E² / variance of the sum of squares.
/// `scale` has a factor for the squares and one for the degrees of freedom.
fn pooled(
    legs: &[Leg],
    of: impl Fn(&Leg) -> &Vec<f64>,
    freedom: impl Fn(&Leg, &Leg) -> f64,
    scale: [f64; 2],
) -> (f64, f64) {
    let (mut sum, mut whole, mut spread) = (0.0, 0.0, 0.0);
    for (i, first) in legs.iter().enumerate() {
        for second in legs.iter().skip(i) {
            let is_own = std::ptr::eq(first, second);
            let shared = scale[1] * freedom(first, second);
            let product = scale[0] * products(first, second, &of);
            if is_own {
                sum += product;
                whole += shared;
            }
            if shared > 0.0 {
                spread += if is_own { 1.0 } else { 2.0 } * product * product / shared;
            }
        }
    }
    if whole > 0.0 {
        let is_one_leg = legs.len() == 1;
        let of_box = if spread > 0.0 && !is_one_leg { sum * sum / spread } else { whole };
        (sum / whole, of_box)
    } else {
        (f64::NAN, f64::NAN)
    }
}

/// Sum of the products of two legs, relative to their means, over the people who have both.
fn products(a: &Leg, b: &Leg, of: &impl Fn(&Leg) -> &Vec<f64>) -> f64 {
    let (left, right) = (of(a), of(b));
    let (mid_left, mid_right) = (mean(left), mean(right));
    let per_person = left.len() / a.people.len().max(1);
    a.people
        .iter()
        .enumerate()
        .filter_map(|(i, one)| Some((i, b.people.binary_search(one).ok()?)))
        .flat_map(|(i, j)| {
            (0..per_person).map(move |day| (i * per_person + day, j * per_person + day))
        })
        .map(|(i, j)| (at(left, i) - mid_left) * (at(right, j) - mid_right))
        .sum()
}

/// 95 % interval of the ICC for absolute agreement.
/// Source: McGraw and Wong 1996, Psychol Methods 1:30, table 7, case 2A; Satterthwaite's degrees of
/// freedom.
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

    const ONE_LEG: [f64; 12] = [9., 2., 6., 1., 8., 4., 7., 1., 10., 5., 6., 2.];

    /// Compares with the example of Shrout and Fleiss 1979, table 2: six subjects, four judges. The
    /// printed mean square of the error is 1.02 and ICC(2,1) is 0.29.
    #[test]
    fn one_leg_is_the_usual_analysis() {
        let ratings = [
            9., 2., 5., 8., 6., 1., 3., 2., 8., 4., 6., 8., 7., 1., 2., 6., 10., 5., 6., 9., 6.,
            2., 4., 7.,
        ];
        let found = day_error(&ratings, 1, 4);
        assert!((found.sem * found.sem - 1.02).abs() < 0.005 && (found.icc - 0.29).abs() < 0.005);
        assert_eq!(found.people, 6);
        assert!(found.freedom.to_bits() == 15_f64.to_bits());
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
    fn a_person_with_one_leg_counts_for_that_leg() {
        let nan = f64::NAN;
        let values = [9., 2., nan, 5., 6., 1., 4., 2., 8., 4., 7., 1., 7., 1., 3., 3.];
        let found = day_error(&values, 2, 2);
        assert_eq!(found.people, 4);
        // One leg has four people, the other three. Independent legs would have (4 − 1) + (3 − 1)
        // degrees of freedom.
        assert!(found.freedom > 2.0 && found.freedom <= 5.0 + 1e-12);
        let left = [9., 2., 6., 1., 8., 4., 7., 1.];
        let right = [4., 2., 7., 1., 3., 3.];
        let [a, b] = [day_error(&left, 1, 2).sem, day_error(&right, 1, 2).sem];
        let pooled = ((3.0 * a * a + 2.0 * b * b) / 5.0).sqrt();
        assert!((found.sem - pooled).abs() < 1e-12);
    }

    #[test]
    fn one_person_has_the_spread_of_its_days() {
        let days = [1., 4., 2., 7.];
        let one = day_error(&days, 1, 4);
        // The mean is 3.5, and the squares of 2.5, 0.5, 1.5 and 3.5 sum to 21.
        assert!((one.sem - 7_f64.sqrt()).abs() < 1e-12);
        assert!((one.freedom - 3.0).abs() < 1e-12);
        let same = day_error(&[days, days].concat(), 2, 4);
        assert!((same.freedom - 3.0).abs() < 1e-12 && (same.sem - one.sem).abs() < 1e-12);
        assert!(one.icc.is_nan());
    }

    #[test]
    fn nobody_is_no_number() {
        let found = day_error(&[], 2, 2);
        assert_eq!(found.people, 0);
        assert!(found.sem.is_nan() && found.mdc.is_nan() && found.icc.is_nan());
    }
}
