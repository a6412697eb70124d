//! Judges each fault of the exercise from its values over the repetitions.

use crate::exercise::{Criterion, Direction, FaultRow, JUDGED_DEPTHS, Subject};
use crate::reps::{Rep, RepStatus};
use crate::stats::quantile::{Scratch, quantile_in};
use crate::validity::Validity;

/// Status of a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultStatus {
    /// The typical value of the full repetitions is beyond the threshold by more than its error.
    Seen,
    /// The typical value is closer to the threshold than its error, on either side.
    Borderline,
    /// The typical value is within the threshold by more than its error.
    NotSeen,
    /// The fault cannot be judged, for this reason.
    NotAssessed(Validity),
}

/// Result for one fault over all repetitions of a recording.
#[derive(Debug, Clone)]
pub struct FaultFinding {
    /// Definition of the fault, from the exercise.
    pub row: FaultRow,
    /// The criterion that was used: the first one that this recording can show.
    pub criterion: Criterion,
    /// Name of the measure, such as `knee_medial_displacement_at_bottom`.
    pub measure: String,
    /// Unit of the measure.
    pub unit: String,
    /// One value for each repetition, including rejected repetitions.
    pub values: Vec<f64>,
    /// Validity of each value.
    pub validity: Vec<Validity>,
    /// Typical value of the full repetitions, corrected for the known part of the common error; NaN
    /// without values.
    pub amount: f64,
    /// Error of the amount (90 %, one-sided). It combines the variation between repetitions, the
    /// uncertainty of the camera yaw and the published error of the estimator. NaN without a value.
    pub error: f64,
    /// Error that all repetitions share.
    pub common: CommonError,
    /// Status of the fault: seen, borderline, not seen or not assessed.
    pub status: FaultStatus,
}

/// Error that all repetitions have in common, in the unit of the measure.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct CommonError {
    /// Known part of the error, such as the effect of a camera beside the person. It is subtracted
    /// from the amount.
    pub shift: f64,
    /// Standard deviation of the unknown part: uncertainty of the camera yaw and error of the
    /// estimator.
    pub sd: f64,
}

/// Values of one criterion of a fault in all repetitions.
pub struct CriterionValues {
    /// Name of the measure.
    pub measure: String,
    /// Unit of the measure.
    pub unit: String,
    /// One value for each repetition.
    pub values: Vec<f64>,
    /// Validity of each value.
    pub validity: Vec<Validity>,
    /// Error that all repetitions share.
    pub common: CommonError,
}

/// Depth at which the faults of a recording are judged.
#[derive(Debug, Clone, Copy)]
pub enum JudgedDepth {
    /// Knee flexion in degrees.
    At(f64),
    /// Too few repetitions reach any of the depths, for this reason.
    NotReached(Validity),
}

/// Minimum number of repetitions that must reach the depth at which faults are judged.
/// Source: science.md 2.2.
const LEAST_REPS: usize = 4;

/// Depth at which faults are judged: the deepest one that at least four full repetitions reach, at
/// most 60°. `peaks` has the largest value of the signal in each repetition.
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

/// Judges one fault by the first criterion that gives a result. `read` returns the values of a
/// criterion. `why_none` is the reason that is reported if there are no repetitions.
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

/// Typical value of the full repetitions, its error, and the resulting status.
#[derive(Debug, Clone, Copy)]
pub struct Judgement {
    /// Typical value, corrected for the known part of the common error; NaN without a value.
    pub amount: f64,
    /// Error of the typical value (90 %, one-sided); NaN without a value.
    pub error: f64,
    /// Resulting status. `None` if fewer than half of the full repetitions have a value.
    pub state: Option<FaultStatus>,
}

/// Quantile of the standard normal distribution for a one-sided 90 % interval. A value that lies
/// exactly at the threshold is reported as seen in one of ten cases.
/// Source: derived: the 90 % quantile of the standard normal distribution.
const ONE_SIDED: f64 = 1.282;
/// Standard error of the [`middle`] divided by that of the mean, for normally distributed values.
/// Source: Hodges and Lehmann 1963: sqrt(pi / 3).
const ERROR_OF_MIDDLE: f64 = 1.023;
/// Standard deviation divided by the median absolute difference of two values, for normally
/// distributed values.
/// Source: Shamos 1976.
const SD_OF_DIFFERENCE: f64 = 1.0483;

/// Weight of the noise of single frames, as a number of repetitions, when it is combined with the
/// variation between repetitions.
/// Source: chosen: the estimate of the noise should not outweigh the repetitions; measured by
/// docs/evidence/form.md.
const NOISE_COUNTS: f64 = 2.0;

/// Judges the values of the full repetitions against a threshold; NaN marks a repetition without a
/// value. Recordings and streams share this function. `noise` is the standard deviation of one
/// value, estimated from frames at rest; NaN if it is not known.
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

/// All pairs of finite values. With `from` 0 each value is also paired with itself; with 1 it is
/// not.
fn pairs(values: &[f64], from: usize) -> impl Iterator<Item = (f64, f64)> {
    let finite = values.iter().enumerate().filter(|(_, a)| a.is_finite());
    finite.flat_map(move |(i, a)| {
        values.get(i + from..).unwrap_or_default().iter().map(move |b| (*a, *b))
    })
}

/// Median of the means of all pairs, including each value with itself (Hodges-Lehmann estimator).
/// One outlier among four values hardly changes it, and it varies little more than a mean. A plain
/// median of six values varies by a quarter more.
fn middle(values: &[f64], scratch: &mut Scratch) -> f64 {
    quantile_in(pairs(values, 0).map(|(a, b)| 0.5 * (a + b)), 0.5, scratch)
}

/// Standard deviation estimated from the median absolute difference of all pairs (Shamos); 0 for
/// one value.
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
