//! Judges each fault of the exercise from its values over the repetitions.

use crate::exercise::{Criterion, Direction, FaultRow, Subject};
use crate::reps::{Rep, RepStatus};
use crate::stats::quantile::median;
use crate::validity::Validity;

/// Number of its standard errors that a median must exceed, where the row asks for it.
const ERRORS: f64 = 2.0;

/// Status of a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultStatus {
    /// The median over full repetitions is beyond the threshold.
    Seen,
    /// The median is within the threshold.
    NotSeen,
    /// It cannot be judged, for this reason.
    NotAssessed(Validity),
}

/// One fault over a recording.
#[derive(Debug, Clone)]
pub struct FaultFinding {
    /// Definition of the fault, from the exercise.
    pub row: FaultRow,
    /// The criterion that was used: the first that this recording can show.
    pub criterion: Criterion,
    /// Name of the measure, such as `knee_medial_displacement_at_bottom`.
    pub measure: String,
    /// Its unit.
    pub unit: String,
    /// One value a repetition, rejected ones included.
    pub values: Vec<f64>,
    /// Validity of each value.
    pub validity: Vec<Validity>,
    /// Median over full repetitions; NaN without any.
    pub amount: f64,
    /// Status.
    pub status: FaultStatus,
}

/// Values that one criterion reads.
pub struct CriterionValues {
    /// Name of the measure.
    pub measure: String,
    /// Its unit.
    pub unit: String,
    /// One value a repetition.
    pub values: Vec<f64>,
    /// Validity of each value.
    pub validity: Vec<Validity>,
}

/// Judges one fault. `read` returns the values of a criterion; `why_none` is the reason that is reported if
/// there are no repetitions.
pub fn judge_fault(
    row: &FaultRow,
    reps: &[Rep],
    why_none: Validity,
    mut read: impl FnMut(&Criterion) -> CriterionValues,
) -> Option<FaultFinding> {
    let mut refused = None;
    for criterion in row.criteria.iter() {
        let CriterionValues { measure, unit, values, validity } = read(criterion);
        let full = || {
            let rows = reps.iter().zip(values.iter().zip(&validity));
            rows.filter(|(rep, _)| rep.status == RepStatus::Full).map(|(_, (v, s))| (*v, *s))
        };
        let read: Vec<f64> = full().map(|(v, _)| v).collect();
        let (amount, seen) =
            judge_values(&read, criterion.way, criterion.threshold, row.beyond_error);
        let status = match seen {
            Some(true) => FaultStatus::Seen,
            Some(false) => FaultStatus::NotSeen,
            None => {
                let reason = full().map(|(_, s)| s).find(|s| !s.is_measured());
                FaultStatus::NotAssessed(reason.unwrap_or(why_none))
            }
        };
        let finding = FaultFinding {
            row: row.clone(),
            criterion: criterion.clone(),
            measure,
            unit,
            values,
            validity,
            amount,
            status,
        };
        if seen.is_some() {
            return Some(finding);
        }
        refused = refused.or(Some(finding));
    }
    refused
}

/// The median over the full repetitions, NaN where one was not read, and whether it is a fault; `None` where
/// that cannot be told: a repetition here and there may be unreadable, half of them say nothing.
pub fn judge_values(
    values: &[f64],
    way: Direction,
    threshold: f64,
    beyond_error: bool,
) -> (f64, Option<bool>) {
    let counted: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    let amount = median(&counted);
    if counted.is_empty() || 2 * counted.len() < values.len() {
        return (amount, None);
    }
    let stands_out = !beyond_error || amount.abs() > ERRORS * standard_error(&counted);
    (amount, Some(way.excess(amount, threshold) > 0.0 && stands_out))
}

/// Of the mean; 0 for fewer than two values.
fn standard_error(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    if values.len() < 2 {
        return 0.0;
    }
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|v| (v - mean) * (v - mean)).sum();
    (squares / (n - 1.0) / n).sqrt()
}

/// Name of the measure that a criterion reads.
pub fn measure_name(criterion: &Criterion) -> String {
    match &criterion.subject {
        Subject::Angle(angle, moment) => format!("{angle}_{}", moment.suffix()),
        Subject::Time(name) => name.to_string(),
    }
}
