//! Agreement between found and true repetitions.

use kneepose_core::reps::score::{self, Interval, Labelled};
use pyo3::prelude::*;

use crate::doorway::run;

/// Pair as a tuple: recording, found and true repetition, start and end error.
type PairRow = (usize, usize, usize, f64, f64);
/// Score as a tuple: precision, recall, F1, start and end error, false and missed repetitions,
/// pairs.
type ScoreRow = (f64, f64, f64, f64, f64, usize, usize, Vec<PairRow>);

/// Scores recordings. Each has its found and its true intervals.
#[pyfunction]
pub fn rep_score(
    py: Python<'_>,
    recordings: Vec<(Vec<Interval>, Vec<Interval>)>,
    least_overlap: f64,
) -> PyResult<ScoreRow> {
    run(py, || {
        let all: Vec<Labelled<'_>> =
            recordings.iter().map(|(found, truth)| Labelled { found, truth }).collect();
        let score = score::rep_score(&all, least_overlap)?;
        let pairs = score.pairs.iter();
        let pairs = pairs.map(|p| (p.recording, p.found, p.truth, p.start_error, p.end_error));
        Ok((
            score.precision,
            score.recall,
            score.f1,
            score.start_mae,
            score.end_mae,
            score.false_reps,
            score.missed_reps,
            pairs.collect(),
        ))
    })
}
