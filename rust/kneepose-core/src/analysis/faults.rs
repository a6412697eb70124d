//! Judges each fault of the exercise from its values over the repetitions.

use crate::exercise::{Criterion, Direction, FaultRow, JUDGED_DEPTHS, Subject};
use crate::reps::{Rep, RepStatus};
use crate::stats::quantile::{Scratch, quantile_in};
use crate::validity::Validity;

/// Status of a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultStatus {
    /// The middle of the full repetitions is beyond the threshold by more than its error.
    Seen,
    /// The middle is nearer to the threshold than its error, on either side.
    Borderline,
    /// The middle is within the threshold by more than its error.
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
    /// Middle of the full repetitions, less the camera's part; NaN without any.
    pub amount: f64,
    /// Error of the amount (90 %, one-sided): of the repetitions, of the camera, and the published one of
    /// the estimator; NaN without a value.
    pub error: f64,
    /// The part that all repetitions share.
    pub common: CommonError,
    /// Status.
    pub status: FaultStatus,
}

/// Error that all repetitions have in common, in the unit of the measure.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct CommonError {
    /// Its known part: a camera that stands to the side. It is taken off the amount.
    pub shift: f64,
    /// Standard deviation of the rest: camera and estimator.
    pub sd: f64,
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
    /// The part that all repetitions share.
    pub common: CommonError,
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
        let CriterionValues { measure, unit, values, validity, common } = read(&criterion);
        let full = || {
            let rows = reps.iter().zip(values.iter().zip(&validity));
            rows.filter(|(rep, _)| rep.status == RepStatus::Full).map(|(_, (v, s))| (*v, *s))
        };
        let read: Vec<f64> = full().map(|(v, _)| v).collect();
        let Judgement { amount, error, state } = judge_values(
            &read,
            (criterion.way, criterion.threshold),
            common,
            f64::NAN,
            &mut Vec::new(),
        );
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
            common,
            status,
        };
        if state.is_some() {
            return Some(finding);
        }
        refused = refused.or(Some(finding));
    }
    refused
}

/// The middle of the full repetitions, its error and what they say.
#[derive(Debug, Clone, Copy)]
pub struct Judgement {
    /// The middle, less the known part of the common error; NaN without a value.
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
/// Standard error of [`middle`] over that of a mean, of normal values.
/// Source: Hodges and Lehmann 1963: sqrt(pi / 3).
const ERROR_OF_MIDDLE: f64 = 1.023;
/// Standard deviation over the median difference of two values, of normal values.
/// Source: Shamos 1976.
const SD_OF_DIFFERENCE: f64 = 1.0483;

/// Repetitions that the noise of single frames counts for, where it is known.
/// Source: chosen: a guess of the noise should not outweigh the repetitions; measured by docs/evidence/form.md.
const NOISE_COUNTS: f64 = 2.0;

/// Judges the values of the full repetitions, NaN where one was not read. Recordings and streams share it.
/// `noise` is the standard deviation of one value as frames at rest show it; NaN where nothing shows it.
pub fn judge_values(
    values: &[f64],
    (way, threshold): (Direction, f64),
    common: CommonError,
    noise: f64,
    scratch: &mut Scratch,
) -> Judgement {
    let counted = values.iter().filter(|v| v.is_finite()).count();
    let amount = middle(values, scratch) - common.shift;
    let more = (counted as f64 - 1.0).max(0.0);
    let repeated = spread(values, scratch).powi(2);
    let one = if noise.is_finite() {
        ((NOISE_COUNTS * noise * noise + more * repeated) / (NOISE_COUNTS + more)).sqrt()
    } else {
        repeated.sqrt()
    };
    let random = one * ERROR_OF_MIDDLE / (counted as f64).sqrt();
    let error = ONE_SIDED * libm::hypot(random, common.sd);
    if counted == 0 || 2 * counted < values.len() {
        return Judgement { amount, error: f64::NAN, state: None };
    }
    let excess = way.excess(amount, threshold);
    let state = if excess > error {
        FaultStatus::Seen
    } else if excess <= -error {
        FaultStatus::NotSeen
    } else {
        FaultStatus::Borderline
    };
    Judgement { amount, error, state: Some(state) }
}

/// All pairs of finite values, each value with itself `from` places apart on.
fn pairs(values: &[f64], from: usize) -> impl Iterator<Item = (f64, f64)> {
    let finite = values.iter().enumerate().filter(|(_, a)| a.is_finite());
    finite.flat_map(move |(i, a)| {
        values.get(i + from..).unwrap_or_default().iter().map(move |b| (*a, *b))
    })
}

/// Median of the means of all pairs, each value with itself included (Hodges-Lehmann). One odd value of four
/// does not move it, and it varies little more than a mean: a median of six varies by a quarter more.
fn middle(values: &[f64], scratch: &mut Scratch) -> f64 {
    quantile_in(pairs(values, 0).map(|(a, b)| 0.5 * (a + b)), 0.5, scratch)
}

/// Standard deviation from the median difference of all pairs (Shamos); 0 for one value.
fn spread(values: &[f64], scratch: &mut Scratch) -> f64 {
    let difference = quantile_in(pairs(values, 1).map(|(a, b)| (a - b).abs()), 0.5, scratch);
    if difference.is_finite() { SD_OF_DIFFERENCE * difference } else { 0.0 }
}

/// Name of the measure that a criterion reads.
pub fn measure_name(criterion: &Criterion) -> String {
    match &criterion.subject {
        Subject::Angle(angle, moment) => format!("{angle}_{}", moment.suffix()),
        Subject::Time(name) => name.to_string(),
    }
}
