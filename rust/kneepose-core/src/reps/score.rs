//! How well counts agree with the truth.

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
