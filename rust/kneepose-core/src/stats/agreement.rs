//! Agreement of raters on ordered grades: Cohen's κ with quadratic weights (Cohen 1968, Psychol Bull 70:213),
//! as the mean over pairs of raters (Light 1971, Psychol Bull 76:365).

use super::student;
use crate::math::sort::sort_indices;

/// Quantile of the upper end of a 95 % interval.
/// Source: derived: 1 − (1 − 0.95) / 2.
const UPPER: f64 = 0.975;
/// Minimum number of groups for an interval.
/// Source: chosen: with fewer groups the jackknife has less than four degrees of freedom; held by
/// test tests/study/test_statistics.py.
pub const MIN_GROUPS: usize = 5;

/// Agreement of raters, averaged over pairs of raters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Agreement {
    /// Mean of κ over the pairs for which it is defined; NaN if there are none.
    pub kappa: f64,
    /// 95 % interval of κ: jackknife over groups with Student's t. NaN with fewer than
    /// [`MIN_GROUPS`] groups.
    pub interval: [f64; 2],
    /// Share of items that received equal grades; mean over the pairs.
    pub equal: f64,
    /// Number of pairs for which κ is defined.
    pub pairs: usize,
    /// Number of items that both raters of a pair graded, summed over the pairs.
    pub items: usize,
    /// Number of groups (persons) with at least one item that both raters of a pair graded.
    pub groups: usize,
}

/// Agreement of `pairs` of raters.
///
/// `grades` has one row of `raters` grades for each item: whole numbers from 0 to `levels` − 1.
/// Other numbers and NaN are missing. Items of one group (the clips of one person) are not
/// independent, so the jackknife leaves out whole groups. κ is undefined for two raters who both
/// give a single, equal grade, because no disagreement could occur by chance.
pub fn agreement(
    grades: &[f64],
    raters: usize,
    levels: usize,
    pairs: &[[usize; 2]],
    groups: &[usize],
) -> Agreement {
    let (all, equal, items, known) = light(grades, raters, levels, pairs, groups, None);
    let mut used: Vec<usize> = grades
        .chunks_exact(raters.max(1))
        .zip(groups)
        .filter(|(row, _)| pairs.iter().any(|pair| graded(row, *pair, levels).is_some()))
        .map(|(_, group)| *group)
        .collect();
    sort_indices(&mut used, &|a, b| a.cmp(&b));
    used.dedup();
    let without: Vec<f64> = used
        .iter()
        .map(|group| light(grades, raters, levels, pairs, groups, Some(*group)).0)
        .collect();
    Agreement {
        kappa: all,
        interval: jackknife(all, &without),
        equal,
        pairs: known,
        items,
        groups: used.len(),
    }
}

fn jackknife(all: f64, without: &[f64]) -> [f64; 2] {
    let n = without.len() as f64;
    if without.len() < MIN_GROUPS || !all.is_finite() || without.iter().any(|k| !k.is_finite()) {
        return [f64::NAN; 2];
    }
    let mean = without.iter().sum::<f64>() / n;
    let squares: f64 = without.iter().map(|k| (k - mean) * (k - mean)).sum();
    let error = ((n - 1.0) / n * squares).sqrt();
    let half = student::quantile(UPPER, n - 1.0) * error;
    [(all - half).max(-1.0), (all + half).min(1.0)]
}

/// Grades of both raters of a pair; `None` if one is missing.
fn graded(row: &[f64], pair: [usize; 2], levels: usize) -> Option<(usize, usize)> {
    let grade = |rater: usize| {
        row.get(rater).filter(|g| **g >= 0.0 && **g < levels as f64).map(|g| *g as usize)
    };
    Some((grade(pair[0])?, grade(pair[1])?))
}

/// Mean κ, mean share of equal grades, number of items, and number of pairs with κ, with one group
/// left out.
fn light(
    grades: &[f64],
    raters: usize,
    levels: usize,
    pairs: &[[usize; 2]],
    groups: &[usize],
    left_out: Option<usize>,
) -> (f64, f64, usize, usize) {
    let (mut sum, mut known, mut equal, mut with_items, mut items) = (0.0, 0, 0.0, 0, 0);
    for pair in pairs {
        let both: Vec<(usize, usize)> = grades
            .chunks_exact(raters.max(1))
            .zip(groups)
            .filter(|(_, group)| Some(**group) != left_out)
            .filter_map(|(row, _)| graded(row, *pair, levels))
            .collect();
        if both.is_empty() {
            continue;
        }
        items += both.len();
        with_items += 1;
        equal += both.iter().filter(|(a, b)| a == b).count() as f64 / both.len() as f64;
        let kappa = weighted_kappa(&both);
        if kappa.is_finite() {
            sum += kappa;
            known += 1;
        }
    }
    (sum / f64::from(known), equal / f64::from(with_items), items, known as usize)
}

/// κ with quadratic weights: 1 − observed disagreement / disagreement by chance. The latter follows
/// from the means and mean squares of both raters.
fn weighted_kappa(both: &[(usize, usize)]) -> f64 {
    let n = both.len() as f64;
    let mean = |of: &dyn Fn(f64, f64) -> f64| {
        both.iter().map(|(a, b)| of(*a as f64, *b as f64)).sum::<f64>() / n
    };
    let seen = mean(&|a, b| (a - b) * (a - b));
    let chance = mean(&|a, b| a * a + b * b) - 2.0 * mean(&|a, _| a) * mean(&|_, b| b);
    // Grades are whole numbers, so a smaller disagreement is a rounding error.
    if chance > 1e-9 { 1.0 - seen / chance } else { f64::NAN }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_grades_agree_wholly_and_opposite_ones_not_at_all() {
        let equal = [0.0, 0.0, 1.0, 1.0, 2.0, 2.0];
        let found = agreement(&equal, 2, 3, &[[0, 1]], &[0, 1, 2]);
        assert_eq!((found.kappa, found.equal, found.items, found.groups), (1.0, 1.0, 3, 3));
        assert!(found.interval[0].is_nan());
        let opposite = [0.0, 2.0, 2.0, 0.0];
        assert_eq!(agreement(&opposite, 2, 3, &[[0, 1]], &[0, 1]).kappa, -1.0);
    }

    #[test]
    fn one_grade_for_all_has_no_kappa() {
        let found = agreement(&[1.0; 4], 2, 3, &[[0, 1]], &[0, 1]);
        assert!(found.kappa.is_nan() && found.equal == 1.0 && found.pairs == 0);
        assert!(agreement(&[f64::NAN, 1.0], 2, 3, &[[0, 1]], &[0]).equal.is_nan());
    }
}
