//! Joins several trials (recordings) of one leg into one analysis.

use super::faults::{CommonError, FaultStatus, judge_values};
use crate::error::{Error, Result};
use crate::exercise::Direction;
use crate::math::sort::sort_items;
use crate::quality::{Estimate, Finding};
use crate::reps::{Rep, RepStatus};
use crate::validity::Validity;

/// Time between the last frame of a trial and the missing frame after it, and between that frame
/// and the next trial, seconds.
/// Source: chosen: longer than any gap that is bridged, so that no value reaches from one trial
/// into the next; no test shows its effect.
const PAUSE_S: f64 = 1.0;

/// Properties that two analyses must share to be joined or compared.
#[derive(Debug, Clone, PartialEq)]
pub struct Conditions {
    /// Name of the exercise.
    pub exercise: String,
    /// Text that is equal if and only if the definitions of the exercise are equal.
    pub definition: String,
    /// Name of the skeleton.
    pub skeleton: String,
    /// Space of the keypoints: `"image"` or `"world"`.
    pub space: String,
    /// Name of the pose estimator; may be empty.
    pub estimator: String,
    /// Angle that drives the repetitions.
    pub signal: String,
    /// Name of the analyzed side.
    pub side: String,
}

impl Conditions {
    /// Checks that two analyses are comparable. With `side`, they must also be of the same leg.
    ///
    /// # Errors
    /// [`Error::Option`] names the first condition that differs.
    pub fn check_same(&self, other: &Self, side: bool) -> Result<()> {
        let rows = [
            ("exercise", &self.exercise, &other.exercise),
            ("definition of the exercise", &self.definition, &other.definition),
            ("skeleton", &self.skeleton, &other.skeleton),
            ("space", &self.space, &other.space),
            ("estimator", &self.estimator, &other.estimator),
            ("rep signal", &self.signal, &other.signal),
            ("side", &self.side, &other.side),
        ];
        let checked = rows.len() - usize::from(!side);
        let differs = rows.into_iter().take(checked).find(|(_, first, second)| first != second);
        let Some((what, first, second)) = differs else { return Ok(()) };
        let shown = match what {
            "definition of the exercise" => String::new(),
            _ => format!(": '{first}' and '{second}'"),
        };
        Err(Error::Option(format!(
            "the {what} differs{shown}. That alone can change the numbers by more than legs differ; \
             compare recordings of one {what}."
        )))
    }
}

/// Values of a measure or fault, one for each repetition of a trial.
#[derive(Debug, Clone, Copy)]
pub struct RepValues<'a> {
    /// Values; NaN where not measured.
    pub values: &'a [f64],
    /// [`Validity`] code of each value.
    pub codes: &'a [u8],
}

/// One measure of a trial, or the reason why the trial has none.
#[derive(Debug, Clone, Copy)]
pub struct TrialMeasure<'a> {
    /// Name of the measure, made of angle and moment.
    pub name: &'a str,
    /// Values of the measure, or the reason why no full repetition has one.
    pub read: std::result::Result<RepValues<'a>, Validity>,
}

/// One fault of a trial.
#[derive(Debug, Clone, Copy)]
pub struct TrialFault<'a> {
    /// Name of the fault.
    pub name: &'a str,
    /// Name of the measure on which the fault is judged.
    pub measure: &'a str,
    /// Side of the threshold on which a value is a fault.
    pub way: Direction,
    /// Threshold in the unit of the measure.
    pub threshold: f64,
    /// Error that all repetitions of the trial share.
    pub common: CommonError,
    /// Reason why the fault was not assessed; `None` if it was.
    pub refusal: Option<Validity>,
    /// Values of the judged measure.
    pub read: RepValues<'a>,
}

/// Content of one analyzed recording that joining needs.
#[derive(Debug, Clone)]
pub struct Trial<'a> {
    /// Properties that must be equal in all trials.
    pub conditions: Conditions,
    /// Times of the conditioned recording, seconds; at least one frame.
    pub times: &'a [f64],
    /// Repetitions, in frames of the conditioned recording.
    pub reps: Vec<Rep>,
    /// Start, bottom start, bottom, bottom end and end of each repetition, seconds.
    pub rep_times: Vec<[f64; 5]>,
    /// All measures, including refused ones.
    pub measures: Vec<TrialMeasure<'a>>,
    /// All faults of the exercise.
    pub faults: Vec<TrialFault<'a>>,
    /// Estimated direction of the left and the right foot relative to the line of sight.
    pub foot_to_lens: [Estimate; 2],
    /// Findings of the quality check of the recording.
    pub findings: Vec<Finding>,
}

/// One measure over the repetitions of all trials.
#[derive(Debug, Clone)]
pub struct JoinedMeasure {
    /// Name of the measure, made of angle and moment.
    pub name: String,
    /// Index of the first trial that has the measure; if none has it, of the first trial that
    /// refuses it.
    pub trial: usize,
    /// Reason why no trial has the measure; `None` if at least one has it.
    pub refusal: Option<Validity>,
    /// Values of the measure; NaN for trials without it.
    pub values: Vec<f64>,
    /// [`Validity`] code of each value; for trials without the measure, the reason of the refusal.
    pub codes: Vec<u8>,
}

/// One fault over the repetitions of all trials.
#[derive(Debug, Clone)]
pub struct JoinedFault {
    /// Name of the fault.
    pub name: String,
    /// Index of the first trial that assessed the fault. It determines measure and threshold.
    pub trial: usize,
    /// Values of the judged measure; NaN for trials that judged another measure.
    pub values: Vec<f64>,
    /// [`Validity`] code of each value.
    pub codes: Vec<u8>,
    /// Typical value over the full repetitions; NaN without any.
    pub amount: f64,
    /// Error of the amount (90 %, one-sided); NaN without a value.
    pub error: f64,
    /// Status of the fault: seen, borderline, not seen or not assessed.
    pub status: FaultStatus,
}

/// Position of each trial on a common time axis. One missing frame separates two trials.
#[derive(Debug, Clone, Default)]
pub struct Timeline {
    /// Index of the first frame of each trial.
    pub starts: Vec<usize>,
    /// Offset that is added to the times of each trial, seconds.
    pub offsets: Vec<f64>,
    /// Time of each frame, seconds.
    pub times: Vec<f64>,
}

impl Timeline {
    /// Places trials one after the other, from their times in seconds. Each trial has at least one
    /// frame.
    pub fn new<'a>(trials: impl Iterator<Item = &'a [f64]>) -> Self {
        let mut line = Self::default();
        let (mut now, mut end) = (0.0, None);
        for times in trials {
            let (Some(first), Some(last)) = (times.first(), times.last()) else { continue };
            line.times.extend(end.map(|end| end + PAUSE_S));
            let offset = now - first;
            line.starts.push(line.times.len());
            line.offsets.push(offset);
            line.times.extend(times.iter().map(|time| time + offset));
            now += (last - first) + 2.0 * PAUSE_S;
            end = Some(last + offset);
        }
        line
    }

    /// Concatenates one value per frame of all trials, in order. `between` is the value of the
    /// missing frames.
    pub fn stacked<'a, T: Copy + 'a>(
        &self,
        trials: impl Iterator<Item = &'a [T]>,
        between: T,
    ) -> Vec<T> {
        let mut stacked = vec![between; self.times.len()];
        for (start, values) in self.starts.iter().zip(trials) {
            stacked.iter_mut().skip(*start).zip(values).for_each(|(slot, value)| *slot = *value);
        }
        stacked
    }
}

/// Several trials joined into one analysis.
#[derive(Debug, Clone)]
pub struct Joined {
    /// Frames of the joined conditioned recording.
    pub timeline: Timeline,
    /// Repetitions in chronological order, in frames of the joined recording.
    pub reps: Vec<Rep>,
    /// Start, bottom start, bottom, bottom end and end of each repetition, seconds.
    pub rep_times: Vec<[f64; 5]>,
    /// All measures: first those that at least one trial has, then the refused ones.
    pub measures: Vec<JoinedMeasure>,
    /// Faults, in the order of the first trial.
    pub faults: Vec<JoinedFault>,
    /// Mean direction of the left and the right foot, weighted by the full repetitions of each trial.
    pub foot_to_lens: [Estimate; 2],
    /// Findings of all trials, each reason once, the most severe first.
    pub findings: Vec<Finding>,
}

/// Joins trials of one leg, in the given order.
///
/// # Errors
/// [`Error::Option`] without a trial; otherwise the errors of [`Conditions::check_same`].
pub fn join(trials: &[Trial<'_>]) -> Result<Joined> {
    let Some(first) = trials.first() else {
        return Err(Error::Option("there is no trial to join; give at least one".to_owned()));
    };
    for trial in trials {
        first.conditions.check_same(&trial.conditions, true)?;
    }
    let timeline = Timeline::new(trials.iter().map(|trial| trial.times));
    let (mut reps, mut rep_times) = (Vec::new(), Vec::new());
    for ((trial, start), offset) in trials.iter().zip(&timeline.starts).zip(&timeline.offsets) {
        reps.extend(trial.reps.iter().map(|rep| moved(rep, *start)));
        rep_times.extend(trial.rep_times.iter().map(|times| times.map(|time| time + offset)));
    }
    let faults = first.faults.iter().map(|fault| joined_fault(fault, trials, &reps)).collect();
    Ok(Joined {
        measures: joined_measures(trials),
        faults,
        foot_to_lens: [0, 1].map(|side| mean_estimate(trials, side)),
        findings: joined_findings(trials),
        timeline,
        reps,
        rep_times,
    })
}

/// Repetition with its frame indices increased by `frames`. The index `usize::MAX` of a frame that
/// is no longer stored does not change.
fn moved(rep: &Rep, frames: usize) -> Rep {
    let moved = |frame: usize| frame.saturating_add(frames);
    Rep {
        start: moved(rep.start),
        bottom_start: moved(rep.bottom_start),
        bottom: moved(rep.bottom),
        bottom_end: moved(rep.bottom_end),
        end: moved(rep.end),
        ..*rep
    }
}

/// Concatenates the values of all trials. A trial without values contributes NaN with its reason.
fn concatenated<'a>(
    trials: &[Trial<'a>],
    read: impl Fn(&Trial<'a>) -> std::result::Result<RepValues<'a>, Validity>,
) -> (Vec<f64>, Vec<u8>) {
    let (mut values, mut codes) = (Vec::new(), Vec::new());
    for trial in trials {
        match read(trial) {
            Ok(found) => {
                values.extend_from_slice(found.values);
                codes.extend_from_slice(found.codes);
            }
            Err(reason) => {
                values.resize(values.len() + trial.reps.len(), f64::NAN);
                codes.resize(codes.len() + trial.reps.len(), reason as u8);
            }
        }
    }
    (values, codes)
}

fn joined_measures(trials: &[Trial<'_>]) -> Vec<JoinedMeasure> {
    let all = || {
        let rows = trials.iter().enumerate();
        rows.flat_map(|(i, trial)| trial.measures.iter().map(move |measure| (i, measure)))
    };
    let mut joined: Vec<JoinedMeasure> = Vec::new();
    // Measures that a trial has come first, so that the refusal of another trial does not replace
    // them.
    let given = all().filter(|(_, measure)| measure.read.is_ok());
    for (i, measure) in given.chain(all().filter(|(_, measure)| measure.read.is_err())) {
        let refusal = measure.read.err();
        if let Some(known) = joined.iter_mut().find(|known| known.name == measure.name) {
            known.refusal = known.refusal.and(refusal);
            continue;
        }
        let (values, codes) = concatenated(trials, |trial| {
            let same = trial.measures.iter().find(|other| other.name == measure.name);
            same.map_or(Err(Validity::MissingKeypoint), |other| other.read)
        });
        let name = measure.name.to_owned();
        joined.push(JoinedMeasure { name, trial: i, refusal, values, codes });
    }
    joined
}

fn joined_fault<'a>(fault: &TrialFault<'a>, trials: &[Trial<'a>], reps: &[Rep]) -> JoinedFault {
    let of_trial = |trial: &Trial<'a>| trial.faults.iter().find(|f| f.name == fault.name).copied();
    let have: Vec<(usize, TrialFault<'a>)> =
        trials.iter().enumerate().filter_map(|(i, trial)| Some((i, of_trial(trial)?))).collect();
    let assessed = have.iter().find(|(_, fault)| fault.refusal.is_none());
    let (trial, best) = assessed.or(have.first()).copied().unwrap_or((0, *fault));
    let (values, codes) = concatenated(trials, |trial| match of_trial(trial) {
        Some(other) if other.measure == best.measure => Ok(other.read),
        _ => Err(Validity::MissingKeypoint),
    });
    // Every trial has its own camera position, and therefore its own shift.
    let shifts = trials.iter().flat_map(|trial| {
        let shift = of_trial(trial).map_or(0.0, |fault| fault.common.shift);
        std::iter::repeat_n(shift, trial.reps.len())
    });
    let rows = values.iter().zip(shifts).zip(reps);
    let full =
        rows.filter(|(_, rep)| rep.status == RepStatus::Full).map(|((v, shift), _)| v - shift);
    let (limit, common) = ((best.way, best.threshold), CommonError { shift: 0.0, ..best.common });
    let judged = judge_values(&full.collect::<Vec<_>>(), limit, common, f64::NAN, &mut Vec::new());
    let reason = have.iter().find_map(|(_, fault)| fault.refusal);
    JoinedFault {
        name: fault.name.to_owned(),
        trial,
        values,
        codes,
        amount: judged.amount,
        error: judged.error,
        status: judged
            .state
            .unwrap_or(FaultStatus::NotAssessed(reason.unwrap_or(Validity::MissingKeypoint))),
    }
}

/// Mean foot direction over the trials in which the foot is visible. The weight of a trial is its
/// number of full repetitions, because camera yaw biases the mean of a measure in the same
/// proportion.
fn mean_estimate(trials: &[Trial<'_>], side: usize) -> Estimate {
    let mean = |of: fn(&Estimate) -> f64| {
        let (mut sum, mut total) = (0.0, 0.0);
        for trial in trials {
            let full = trial.reps.iter().filter(|rep| rep.status == RepStatus::Full).count() as f64;
            let value = trial.foot_to_lens.get(side).map_or(f64::NAN, of);
            if value.is_finite() && full > 0.0 {
                sum += value * full;
                total += full;
            }
        }
        if total > 0.0 { sum / total } else { f64::NAN }
    };
    Estimate { degrees: mean(|e| e.degrees), spread: mean(|e| e.spread) }
}

/// Findings of all trials. Each reason appears once, as in the first trial that has it.
fn joined_findings(trials: &[Trial<'_>]) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for finding in trials.iter().rev().flat_map(|trial| &trial.findings) {
        match findings.iter_mut().find(|known| known.reason == finding.reason) {
            Some(known) => known.clone_from(finding),
            None => findings.push(finding.clone()),
        }
    }
    sort_items(&mut findings, |a, b| b.severity.cmp(&a.severity));
    findings
}
