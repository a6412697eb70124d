//! Judges each fault of the exercise from its values over the repetitions.

use crate::exercise::{Criterion, Direction, FaultRow, JUDGED_DEPTHS, Subject};
use crate::reps::{Rep, RepStatus};
use crate::stats::quantile::median;
use crate::validity::Validity;

/// Number of its standard errors that a median must exceed, where the row asks for it.
/// Source: chosen: a change that is about as large as its own 95 % interval is wide is not
/// asserted; held by test tests/analysis/test_faults.py.
const ERRORS: f64 = 2.0;

/// Status of a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultStatus {
    /// The median over full repetitions is beyond the threshold by more than its error.
    Seen,
    /// The median is nearer to the threshold than its error, on either side.
    Borderline,
    /// The median is within the threshold by more than its error.
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
    /// Error of the median (90 %, one-sided): of the repetitions, of the camera, and the published one of
    /// the estimator; NaN without a value.
    pub error: f64,
    /// Standard deviation of what all repetitions have in common.
    pub common_sd: f64,
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
    /// Standard deviation of what all repetitions have in common: camera and estimator.
    pub common_sd: f64,
}

/// Depth at which the faults of a recording are judged.
#[derive(Debug, Clone, Copy)]
pub enum JudgedDepth {
    /// Degrees of knee bend.
    At(f64),
    /// Too few repetitions reach any, for this reason.
    NotReached(Validity),
}

/// Least number of repetitions that reach the depth at which faults are judged.
/// Source: science.md 2.2.
const LEAST_REPS: usize = 4;

/// Depth at which faults are judged: the deepest that four full repetitions reach, 60° at most. `peaks`
/// are the largest values of the signal.
pub fn judged_depth(reps: &[Rep], peaks: &[f64]) -> JudgedDepth {
    let full = || {
        let each = reps.iter().zip(peaks);
        each.filter(|(rep, _)| rep.status == RepStatus::Full).map(|(_, peak)| *peak)
    };
    let reached = |depth: &&f64| full().filter(|peak| peak >= *depth).count() >= LEAST_REPS;
    match JUDGED_DEPTHS.iter().find(reached) {
        Some(depth) => JudgedDepth::At(*depth),
        None if full().count() < LEAST_REPS => JudgedDepth::NotReached(Validity::TooFewReps),
        None => JudgedDepth::NotReached(Validity::DepthNotReached),
    }
}

/// Judges one fault. `read` returns the values of a criterion; `why_none` is the reason that is reported if
/// there are no repetitions.
pub fn judge_fault(
    row: &FaultRow,
    reps: &[Rep],
    why_none: Validity,
    depth: JudgedDepth,
    mut read: impl FnMut(&Criterion) -> CriterionValues,
) -> Option<FaultFinding> {
    let mut refused = None;
    for criterion in row.criteria.iter() {
        let (degrees, unreached) = match depth {
            JudgedDepth::At(degrees) => (degrees, None),
            JudgedDepth::NotReached(reason) => {
                (JUDGED_DEPTHS[0], Some(reason).filter(|_| criterion.needs_depth()))
            }
        };
        let criterion = criterion.judged_at(degrees);
        let CriterionValues { measure, unit, values, validity, common_sd } = read(&criterion);
        let full = || {
            let rows = reps.iter().zip(values.iter().zip(&validity));
            rows.filter(|(rep, _)| rep.status == RepStatus::Full).map(|(_, (v, s))| (*v, *s))
        };
        let read: Vec<f64> = full().map(|(v, _)| v).collect();
        let Judgement { amount, error, state } =
            judge_values(&read, (criterion.way, criterion.threshold), row.beyond_error, common_sd);
        let not_assessed = || {
            let mut reasons = full().map(|(_, s)| s).filter(|s| !s.is_measured());
            let refused = reasons.find(|s| *s != Validity::DepthNotReached);
            let usual = if read.is_empty() { why_none } else { Validity::DepthNotReached };
            FaultStatus::NotAssessed(refused.or(unreached).unwrap_or(usual))
        };
        let state = state.filter(|_| unreached.is_none());
        let status = state.unwrap_or_else(not_assessed);
        let finding = FaultFinding {
            row: row.clone(),
            criterion,
            measure,
            unit,
            values,
            validity,
            amount,
            error,
            common_sd,
            status,
        };
        if state.is_some() {
            return Some(finding);
        }
        refused = refused.or(Some(finding));
    }
    refused
}

/// The median over the full repetitions, its error and what they say.
#[derive(Debug, Clone, Copy)]
pub struct Judgement {
    /// The median; NaN without a value.
    pub amount: f64,
    /// Its error (90 %, one-sided); NaN without a value.
    pub error: f64,
    /// `None` where it cannot be told: a repetition here and there may be unreadable, half of them say
    /// nothing.
    pub state: Option<FaultStatus>,
}

/// One-sided 90 % of a normal distribution: a tenth of the values that are just at the limit are seen.
/// Source: derived: the 90 % quantile of the standard normal distribution.
const ONE_SIDED: f64 = 1.282;
/// Standard deviation over the median absolute deviation, of normal values.
/// Source: derived: one over the 75 % quantile of the standard normal distribution.
const SD_OF_MAD: f64 = 1.4826;
/// Standard error of a median over that of a mean, of normal values.
/// Source: derived: √(π/2), of many normal values.
const MEDIAN_OF_MEAN: f64 = 1.253;

/// Judges the values of the full repetitions, NaN where one was not read. `common_sd` is the standard
/// deviation of what all of them have in common.
pub fn judge_values(
    values: &[f64],
    (way, threshold): (Direction, f64),
    beyond_error: bool,
    common_sd: f64,
) -> Judgement {
    let counted: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    let amount = median(&counted);
    let deviations: Vec<f64> = counted.iter().map(|v| (v - amount).abs()).collect();
    // One odd repetition moves neither the median nor its error.
    let random = SD_OF_MAD * median(&deviations) / (counted.len() as f64).sqrt();
    let error = ONE_SIDED * libm::hypot(MEDIAN_OF_MEAN * random, common_sd);
    if counted.is_empty() || 2 * counted.len() < values.len() {
        return Judgement { amount, error: f64::NAN, state: None };
    }
    let excess = way.excess(amount, threshold);
    let stands_out = !beyond_error || amount.abs() > ERRORS * standard_error(&counted);
    let state = if excess > error && stands_out {
        FaultStatus::Seen
    } else if excess <= -error {
        FaultStatus::NotSeen
    } else {
        FaultStatus::Borderline
    };
    Judgement { amount, error, state: Some(state) }
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
