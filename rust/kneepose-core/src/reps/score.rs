//! Agreement between found and annotated repetitions: of counts, and of start and end times.

use crate::error::{Error, Result};
use crate::math::sort::sort_items;

/// Agreement between predicted and true counts over several recordings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CountScore {
    /// Mean absolute error, in repetitions.
    pub mae: f64,
    /// Fraction of recordings with the exact count.
    pub exact: f64,
    /// Fraction of recordings whose count differs by at most one.
    pub off_by_one: f64,
    /// Mean of |predicted − true| / (true + 0.1), as in repetition-counting benchmarks.
    pub normalized_mae: f64,
}

/// Scores predicted counts; each recording is one pair of numbers.
///
/// # Errors
/// [`Error::Shape`] for no recordings or lists of different length.
pub fn count_score(predicted: &[u32], truth: &[u32]) -> Result<CountScore> {
    if predicted.is_empty() || predicted.len() != truth.len() {
        return Err(Error::Shape(format!(
            "{} predicted and {} true counts; both lists must have the same length and at least one count",
            predicted.len(),
            truth.len()
        )));
    }
    let errors = || predicted.iter().zip(truth).map(|(p, t)| (f64::from(p.abs_diff(*t)), *t));
    let mean = |values: &mut dyn Iterator<Item = f64>| values.sum::<f64>() / predicted.len() as f64;
    Ok(CountScore {
        mae: mean(&mut errors().map(|(e, _)| e)),
        exact: mean(&mut errors().map(|(e, _)| f64::from(e == 0.0))),
        off_by_one: mean(&mut errors().map(|(e, _)| f64::from(e <= 1.0))),
        normalized_mae: mean(&mut errors().map(|(e, t)| e / (f64::from(t) + 0.1))),
    })
}

/// Minimum intersection over union of the times of a matching pair.
/// Source: science.md 5.
pub const MIN_OVERLAP: f64 = 0.5;

/// Start and end of a repetition, seconds.
pub type Interval = (f64, f64);

/// Found and true repetitions of one recording, in any order; either may be empty.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Labelled<'a> {
    /// Start and end of each found repetition.
    pub found: &'a [Interval],
    /// Start and end of each true repetition.
    pub truth: &'a [Interval],
}

/// Matched pair of a found and a true repetition.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    /// Index of the recording.
    pub recording: usize,
    /// Index of the found repetition.
    pub found: usize,
    /// Index of the true repetition.
    pub truth: usize,
    /// Start of the found repetition minus start of the true one, seconds.
    pub start_error: f64,
    /// End of the found repetition minus end of the true one, seconds.
    pub end_error: f64,
}

/// Agreement of found and true repetitions, pooled over recordings.
#[derive(Debug, Clone, PartialEq)]
pub struct RepScore {
    /// Fraction of found repetitions that match a true one; 1 if none was found.
    pub precision: f64,
    /// Fraction of true repetitions that were found; 1 if there is none.
    pub recall: f64,
    /// F1 score, 2·pairs / (found + true); 1 if both are empty.
    pub f1: f64,
    /// Mean absolute error of the starts of all pairs, seconds; NaN without a pair.
    pub start_mae: f64,
    /// Mean absolute error of the ends of all pairs, seconds; NaN without a pair.
    pub end_mae: f64,
    /// Number of found repetitions without a match.
    pub false_reps: usize,
    /// Number of true repetitions without a match.
    pub missed_reps: usize,
    /// All pairs, ordered by recording and true repetition.
    pub pairs: Vec<Pair>,
}

/// Matches found and true repetitions of each recording one to one, and scores the pairs.
///
/// Matching is greedy: the pair with the largest temporal intersection over union comes first. Ties
/// go to the earlier true, then to the earlier found interval. Pairs below `min_overlap` do not
/// match. If the intervals of each list do not overlap and `min_overlap` is 0.5 or more, no other
/// matching has more pairs. Two intervals that both overlap a third one that much would overlap
/// each other, unless they halve it exactly.
///
/// # Errors
/// [`Error::Option`] for an overlap outside of (0, 1], and for an interval with a time that is not finite
/// or an end before its start.
pub fn rep_score(recordings: &[Labelled<'_>], min_overlap: f64) -> Result<RepScore> {
    if !(min_overlap > 0.0 && min_overlap <= 1.0) {
        return Err(Error::Option(format!(
            "the minimum overlap is {min_overlap}; it must be more than 0 and at most 1"
        )));
    }
    for one in recordings {
        check("found", one.found)?;
        check("true", one.truth)?;
    }
    let mut pairs = Vec::new();
    for (recording, one) in recordings.iter().enumerate() {
        pairs.extend(paired(recording, one, min_overlap));
    }
    let found: usize = recordings.iter().map(|one| one.found.len()).sum();
    let truth: usize = recordings.iter().map(|one| one.truth.len()).sum();
    let share = |whole: usize| if whole == 0 { 1.0 } else { pairs.len() as f64 / whole as f64 };
    let mae = |error: fn(&Pair) -> f64| {
        pairs.iter().map(|pair| error(pair).abs()).sum::<f64>() / pairs.len() as f64
    };
    Ok(RepScore {
        precision: share(found),
        recall: share(truth),
        f1: if found + truth == 0 {
            1.0
        } else {
            2.0 * pairs.len() as f64 / (found + truth) as f64
        },
        start_mae: mae(|pair| pair.start_error),
        end_mae: mae(|pair| pair.end_error),
        false_reps: found - pairs.len(),
        missed_reps: truth - pairs.len(),
        pairs,
    })
}

fn check(which: &str, intervals: &[Interval]) -> Result<()> {
    let sensible = |(start, end): &Interval| start.is_finite() && end.is_finite() && start <= end;
    let bad = intervals.iter().enumerate().find(|(_, interval)| !sensible(interval));
    bad.map_or(Ok(()), |(position, (start, end))| {
        Err(Error::Option(format!(
            "{which} repetition {position} (from 0) lasts from {start} to {end} s; both must be \
             finite, and the start may not be after the end"
        )))
    })
}

/// Pairs of one recording, ordered by true repetition.
fn paired(recording: usize, one: &Labelled<'_>, min_overlap: f64) -> Vec<Pair> {
    struct Candidate {
        overlap: f64,
        pair: Pair,
        times: [f64; 4],
    }
    let mut candidates: Vec<Candidate> = Vec::new();
    for (found, f) in one.found.iter().enumerate() {
        for (truth, t) in one.truth.iter().enumerate() {
            let overlap = overlap(*f, *t);
            if overlap >= min_overlap {
                let (start_error, end_error) = (f.0 - t.0, f.1 - t.1);
                let pair = Pair { recording, found, truth, start_error, end_error };
                candidates.push(Candidate { overlap, pair, times: [t.0, t.1, f.0, f.1] });
            }
        }
    }
    sort_items(&mut candidates, |a, b| {
        let times = a.times.iter().zip(&b.times).map(|(a, b)| a.total_cmp(b));
        b.overlap
            .total_cmp(&a.overlap)
            .then_with(|| times.fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then))
    });
    let mut pairs: Vec<Pair> = Vec::new();
    for Candidate { pair, .. } in candidates {
        if !pairs.iter().any(|p| p.found == pair.found || p.truth == pair.truth) {
            pairs.push(pair);
        }
    }
    sort_items(&mut pairs, |a, b| a.truth.cmp(&b.truth));
    pairs
}

/// Intersection over union of two intervals; 0 if the union is empty.
fn overlap(a: Interval, b: Interval) -> f64 {
    let common = (a.1.min(b.1) - a.0.max(b.0)).max(0.0);
    let joint = (a.1 - a.0) + (b.1 - b.0) - common;
    if joint > 0.0 { common / joint } else { 0.0 }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    fn score(found: &[Interval], truth: &[Interval]) -> RepScore {
        rep_score(&[Labelled { found, truth }], MIN_OVERLAP).unwrap()
    }

    #[test]
    fn a_true_repetition_is_found_once() {
        let got = score(&[(0.0, 2.0), (0.25, 2.0), (5.0, 6.0)], &[(0.25, 2.25), (8.0, 9.0)]);
        let pair = |p: &Pair| (p.found, p.truth, p.start_error, p.end_error);
        assert_eq!(got.pairs.iter().map(pair).collect::<Vec<_>>(), [(1, 0, 0.0, -0.25)]);
        assert_eq!((got.false_reps, got.missed_reps), (2, 1));
        assert_eq!((got.precision, got.recall, got.f1), (1.0 / 3.0, 0.5, 0.4));
        assert_eq!((got.start_mae, got.end_mae), (0.0, 0.25));
    }

    #[test]
    fn half_of_the_joint_time_is_enough() {
        assert_eq!(score(&[(0.0, 1.0)], &[(0.0, 2.0)]).f1, 1.0);
        assert_eq!(score(&[(0.0, 0.9)], &[(0.0, 2.0)]).f1, 0.0);
        assert_eq!(score(&[(1.0, 1.0)], &[(1.0, 1.0)]).f1, 0.0);
    }

    #[test]
    fn nothing_found_where_nothing_is_agrees() {
        let none = score(&[], &[]);
        assert_eq!((none.precision, none.recall, none.f1), (1.0, 1.0, 1.0));
        assert!(none.start_mae.is_nan() && none.end_mae.is_nan());
        assert_eq!(score(&[], &[(0.0, 1.0)]).f1, 0.0);
        assert_eq!(score(&[(0.0, 1.0)], &[]).f1, 0.0);
    }

    #[test]
    fn recordings_are_not_mixed() {
        let (early, late) = ([(0.0, 1.0)], [(5.0, 6.0)]);
        let apart = [
            Labelled { found: &early, truth: &late },
            Labelled { found: &late, truth: &early },
            Labelled { found: &late, truth: &late },
        ];
        let got = rep_score(&apart, MIN_OVERLAP).unwrap();
        assert_eq!(got.pairs.len(), 1);
        assert_eq!((got.pairs[0].recording, got.false_reps, got.missed_reps), (2, 2, 2));
    }

    #[test]
    fn nonsense_is_refused() {
        for bad in [(f64::NAN, 1.0), (0.0, f64::INFINITY), (2.0, 1.0)] {
            for one in
                [Labelled { found: &[bad], truth: &[] }, Labelled { found: &[], truth: &[bad] }]
            {
                assert!(matches!(rep_score(&[one], 0.5), Err(Error::Option(_))));
            }
        }
        for overlap in [0.0, -1.0, 1.1, f64::NAN] {
            assert!(rep_score(&[], overlap).is_err());
        }
    }
}
