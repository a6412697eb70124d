//! How well counts, and repetitions with their starts and ends, agree with the truth.

use crate::error::{Error, Result};

/// Agreement of predicted and true counts over recordings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CountScore {
    /// Mean absolute error, repetitions.
    pub mae: f64,
    /// Share of recordings with the exact count.
    pub exact: f64,
    /// Share of recordings at most one off.
    pub off_by_one: f64,
    /// Mean of |predicted − true| / (true + 0.1), as the repetition-counting benchmarks print it.
    pub normalized_mae: f64,
}

/// Scores counts, one pair a recording.
///
/// # Errors
/// [`Error::Shape`] for no recordings or lists of different length.
pub fn count_score(predicted: &[u32], truth: &[u32]) -> Result<CountScore> {
    if predicted.is_empty() || predicted.len() != truth.len() {
        return Err(Error::Shape(format!(
            "{} predicted and {} true counts; they must be as many, and at least one",
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

/// Share of common time in joint time from which a found repetition is a true one.
pub const LEAST_OVERLAP: f64 = 0.5;

/// Start and end of a repetition, seconds.
pub type Interval = (f64, f64);

/// What was found in one recording, and what is true of it. Either may be empty, in any order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Labelled<'a> {
    /// Found repetitions.
    pub found: &'a [Interval],
    /// True repetitions.
    pub truth: &'a [Interval],
}

/// A found repetition and the true one that it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    /// Position of the recording.
    pub recording: usize,
    /// Position among the found ones.
    pub found: usize,
    /// Position among the true ones.
    pub truth: usize,
    /// Found minus true start, seconds.
    pub start_error: f64,
    /// Found minus true end, seconds.
    pub end_error: f64,
}

/// Agreement of found and true repetitions, pooled over recordings.
#[derive(Debug, Clone, PartialEq)]
pub struct RepScore {
    /// Share of the found ones that are true; 1 where nothing was found.
    pub precision: f64,
    /// Share of the true ones that were found; 1 where there is none.
    pub recall: f64,
    /// 2·pairs / (found + true); 1 where nothing was to be found and nothing was.
    pub f1: f64,
    /// Mean absolute error of the starts of all pairs, seconds; NaN without a pair.
    pub start_mae: f64,
    /// Mean absolute error of the ends of all pairs, seconds; NaN without a pair.
    pub end_mae: f64,
    /// Found ones that are no true one.
    pub false_reps: usize,
    /// True ones that were not found.
    pub missed_reps: usize,
    /// All pairs, by recording and true repetition.
    pub pairs: Vec<Pair>,
}

/// Pairs found and true repetitions of each recording one to one, and scores the pairs.
///
/// The pair with the largest temporal intersection over union goes first (equal ones: the earlier
/// true, then the earlier found interval), until none of at least `least_overlap` is left. Where
/// the intervals of a list do not overlap one another and `least_overlap` is 0.5 or more, no other
/// pairing has more pairs: two intervals that each share half of their joint time with a third
/// one have to overlap, unless they halve it exactly.
///
/// # Errors
/// [`Error::Option`] for an overlap outside of 0 (not included) to 1, and for an interval whose
/// times are not finite or that ends before it starts.
pub fn rep_score(recordings: &[Labelled<'_>], least_overlap: f64) -> Result<RepScore> {
    if !(least_overlap > 0.0 && least_overlap <= 1.0) {
        return Err(Error::Option(format!(
            "the least overlap is {least_overlap}; it must be more than 0 and at most 1"
        )));
    }
    for one in recordings {
        check("found", one.found)?;
        check("true", one.truth)?;
    }
    let mut pairs = Vec::new();
    for (recording, one) in recordings.iter().enumerate() {
        pairs.extend(paired(recording, one, least_overlap));
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

/// Pairs of one recording, by true repetition.
fn paired(recording: usize, one: &Labelled<'_>, least_overlap: f64) -> Vec<Pair> {
    struct Candidate {
        overlap: f64,
        pair: Pair,
        times: [f64; 4],
    }
    let mut candidates: Vec<Candidate> = Vec::new();
    for (found, f) in one.found.iter().enumerate() {
        for (truth, t) in one.truth.iter().enumerate() {
            let overlap = overlap(*f, *t);
            if overlap >= least_overlap {
                let (start_error, end_error) = (f.0 - t.0, f.1 - t.1);
                let pair = Pair { recording, found, truth, start_error, end_error };
                candidates.push(Candidate { overlap, pair, times: [t.0, t.1, f.0, f.1] });
            }
        }
    }
    candidates.sort_by(|a, b| {
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
    pairs.sort_by_key(|pair| pair.truth);
    pairs
}

/// Common over joint time of two intervals; 0 where there is none.
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
        rep_score(&[Labelled { found, truth }], LEAST_OVERLAP).unwrap()
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
        let got = rep_score(&apart, LEAST_OVERLAP).unwrap();
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
