//! Judges the faults of the current repetition, and gives one cue at a time without flicker.

use crate::analysis::{CommonError, FaultStatus, ViewSetup, judge_values};
use crate::exercise::{Criterion, Exercise, Moment, Subject};
use crate::quality::Estimate;
use crate::stats::quantile::Scratch;

/// Maximum number of faults that are watched live. Further faults of an exercise are judged only at
/// the end of a repetition.
/// Source: chosen: twice the faults of the largest built-in exercise, reserved once; held by test
/// tests/live/test_cues.py.
pub const MOST_FAULTS: usize = 16;
/// Number of previous repetitions whose values are combined with the current one.
/// Source: chosen: over more repetitions the movement of a person changes; no test shows its
/// effect.
const KEPT_REPS: usize = 7;
/// Maximum number of pairs of these values, including that of the current repetition.
/// Source: derived: pairs of a value with itself and each other.
const MOST_PAIRS: usize = (KEPT_REPS + 1) * (KEPT_REPS + 2) / 2;
/// Minimum time beyond the threshold before a fault starts (`BELIEVED_S`), and below it before it
/// ends (`OVER_S`), seconds.
/// Source: chosen: longer than jitter, short enough to give the cue in the same repetition; held by
/// test tests/live/test_cues.py.
const BELIEVED_S: f64 = 0.15;
const OVER_S: f64 = 0.4;
/// Factor on the resting noise that is assumed as the variation in the first repetition, when the
/// variation between repetitions is unknown.
/// Source: chosen: with twice the noise healthy legs get no cue; held by test
/// tests/live/test_cues.py.
const FIRST_NOISE: f64 = 2.0;
/// Time constant of the average over frames, seconds.
/// Source: chosen: shorter than `BELIEVED_S`, the time that a fault must last; measured by
/// docs/evidence/form.md.
const SMOOTHED_S: f64 = 0.1;
/// Minimum distance below the threshold at which a fault can end, as a share of the threshold.
/// Source: chosen: a cue must not switch on and off while the value stays near its limit; no test
/// shows its effect.
const MARGIN: f64 = 0.1;
/// Minimum time for which a cue stays, seconds.
/// Source: chosen: the time to read or hear a short sentence; held by test tests/live/test_cues.py.
const HELD_S: f64 = 1.5;
/// Minimum depth at which criteria at the bottom are judged (`DEEP`), and changes from rest
/// (`UNDER_WAY`), as a share of the typical range.
/// Source: chosen: a movement that has just begun does not show the form; no test shows its effect.
const DEEP: f64 = 0.5;
const UNDER_WAY: f64 = 0.3;
/// Range of knee flexion in which a fault that is judged at a depth is watched live, degrees. Its
/// threshold applies at 60°, and less flexion shows less of the fault.
/// Source: chosen: from the smallest depth at which faults are judged (science.md 2.2) to a little
/// beyond the preferred one; held by test tests/live/test_cues.py.
const WATCHED_DEG: (f64, f64) = (45.0, 65.0);

#[derive(Debug, Clone, Copy)]
struct FaultState {
    on_for: f64,
    off_for: f64,
    active: bool,
    /// Number of the repetition in which the fault was last reported.
    reported: usize,
    /// Excess over the threshold, divided by the threshold.
    excess: f64,
    /// Running mean of the values since the threshold was exceeded.
    mean: f64,
    /// Values of the previous repetitions; `count` is the number of all values so far.
    kept: [f64; KEPT_REPS],
    count: usize,
}

const NO_FAULT: FaultState = FaultState {
    on_for: 0.0,
    off_for: 0.0,
    active: false,
    reported: 0,
    excess: 0.0,
    mean: 0.0,
    kept: [f64::NAN; KEPT_REPS],
    count: 0,
};

impl FaultState {
    /// Adds a value beyond the threshold.
    fn add(&mut self, value: f64, dt: f64) {
        let share = if self.on_for == 0.0 { 1.0 } else { dt / (dt + SMOOTHED_S) };
        self.mean += share * (value - self.mean);
        (self.on_for, self.off_for) = (self.on_for + dt, 0.0);
    }

    /// True if a value of the current repetition, combined with the previous repetitions, shows the
    /// fault. The rule is that of a recording, applied to the repetitions so far.
    fn shows(
        &self,
        value: f64,
        criterion: &Criterion,
        (common, noise): (CommonError, f64),
        scratch: &mut Scratch,
    ) -> bool {
        let exceeds = criterion.excess(value - common.shift) > 0.0;
        if !exceeds {
            return false;
        }
        let known = self.count.min(KEPT_REPS);
        let mut values = [f64::NAN; KEPT_REPS + 1];
        for (to, from) in values.iter_mut().zip(self.kept.iter().take(known)) {
            *to = *from;
        }
        if let Some(last) = values.get_mut(known) {
            *last = value;
        }
        let values = values.get(..=known).unwrap_or_default();
        let noise = if known == 0 { FIRST_NOISE * noise } else { noise };
        let limit = (criterion.way, criterion.threshold);
        judge_values(values, limit, common, noise, scratch).state == Some(FaultStatus::Seen)
    }

    fn keep(&mut self, value: f64) {
        if let Some(slot) = self.kept.get_mut(self.count % KEPT_REPS) {
            *slot = value;
        }
        self.count += 1;
    }
}

/// Values of the angles at rest and their variance, in the order of the columns.
#[derive(Clone, Copy)]
pub(super) struct AtRest<'a> {
    pub values: &'a [f64],
    pub variance: &'a [f64],
}

/// A criterion that can be judged in a single frame.
#[derive(Debug, Clone, Copy)]
struct LiveCriterion {
    fault: usize,
    criterion: usize,
    column: usize,
    change: bool,
    /// True if the criterion is judged at a depth that depends on the recording.
    at_depth: bool,
    /// Error that all repetitions share.
    common: CommonError,
}

/// State of all faults of an exercise.
#[derive(Debug, Clone)]
pub(super) struct FaultMonitor {
    criteria: Vec<LiveCriterion>,
    fault_states: [FaultState; MOST_FAULTS],
    /// Index of the fault whose cue is being given; `said_since` is the time at which it began.
    cue: Option<usize>,
    said_since: f64,
    scratch: Scratch,
}

impl FaultMonitor {
    /// Starts to watch the faults of an exercise. `yaw` returns the camera yaw that applies to an
    /// angle.
    pub fn new(exercise: &Exercise, setup: &ViewSetup, yaw: impl Fn(&str) -> Estimate) -> Self {
        let columns = setup.names();
        let mut criteria = Vec::new();
        for (fault, row) in exercise.faults.iter().enumerate().take(MOST_FAULTS) {
            for (criterion, one) in row.criteria.iter().enumerate() {
                let Subject::Angle(angle, moment) = &one.subject else { continue };
                let (change, at_depth) = match moment {
                    Moment::Bottom => (false, false),
                    Moment::Change => (true, false),
                    Moment::Judged => (false, true),
                    Moment::JudgedChange => (true, true),
                    Moment::Depth(_)
                    | Moment::ChangeTo(_)
                    | Moment::Around(_)
                    | Moment::ChangeToAround(_) => continue,
                };
                if let Some(column) = columns.iter().position(|name| name == angle) {
                    let common = setup.common_error(fault, criterion, &yaw);
                    let watched =
                        LiveCriterion { fault, criterion, column, change, at_depth, common };
                    criteria.push(watched);
                }
            }
        }
        Self {
            criteria,
            fault_states: [NO_FAULT; MOST_FAULTS],
            cue: None,
            said_since: f64::NAN,
            scratch: Scratch::with_capacity(MOST_PAIRS),
        }
    }

    /// Updates the known camera yaw; `yaw` returns the yaw that applies to an angle.
    pub fn place_camera(&mut self, setup: &ViewSetup, yaw: impl Fn(&str) -> Estimate) {
        for watched in &mut self.criteria {
            watched.common = setup.common_error(watched.fault, watched.criterion, &yaw);
        }
    }

    /// Index of the fault whose cue is being given.
    pub fn cue(&self) -> Option<usize> {
        self.cue
    }

    /// Judges all faults in the next frame, `dt` seconds after the previous one. `depth` is the
    /// distance of the signal from rest as a fraction of its typical range, `at_rest` the resting
    /// value of each column, `rep` the number of the current repetition. Calls `seen` with the
    /// index and value of each fault that is new in this repetition.
    pub fn push(
        &mut self,
        exercise: &Exercise,
        (time, dt): (f64, f64),
        (depth, rep): (f64, Option<usize>),
        (values, at_rest): (&[f64], AtRest<'_>),
        mut seen: impl FnMut(usize, f64),
    ) {
        let mut judged = [false; MOST_FAULTS];
        let signal = values.first().copied().unwrap_or(f64::NAN);
        for watched in &self.criteria {
            let Some(judged) = judged.get_mut(watched.fault) else { continue };
            let value = values.get(watched.column).copied().unwrap_or(f64::NAN);
            let rest = at_rest.values.get(watched.column).copied().unwrap_or(f64::NAN);
            let value = if watched.change { value - rest } else { value };
            // Only the first criterion of a fault with a finite value is used.
            if *judged || !value.is_finite() {
                continue;
            }
            *judged = true;
            let row = exercise.faults.get(watched.fault);
            let Some(criterion) = row.and_then(|row| row.criteria.get(watched.criterion)) else {
                continue;
            };
            let Some(fault_state) = self.fault_states.get_mut(watched.fault) else { continue };
            let (least, most) = WATCHED_DEG;
            let in_range = if watched.at_depth {
                signal >= least && signal <= most
            } else {
                depth >= if watched.change { UNDER_WAY } else { DEEP }
            };
            let beyond = criterion.excess(value - watched.common.shift);
            let excess = beyond / criterion.threshold.abs().max(f64::MIN_POSITIVE);
            fault_state.excess = excess;
            if in_range && rep.is_some() && excess > 0.0 {
                fault_state.add(value, dt);
            } else {
                fault_state.on_for = 0.0;
                fault_state.off_for += if excess < -MARGIN || !in_range { dt } else { 0.0 };
            }
            let noise = || at_rest.variance.get(watched.column).map_or(f64::NAN, |v| v.sqrt());
            // A fault that was already reported in this repetition stays as long as its value is
            // beyond the threshold.
            let known = fault_state.active && Some(fault_state.reported) == rep;
            let seen_now = fault_state.on_for >= BELIEVED_S
                && (known
                    || fault_state.shows(
                        fault_state.mean,
                        criterion,
                        (watched.common, noise()),
                        &mut self.scratch,
                    ));
            if seen_now {
                fault_state.active = true;
            } else if fault_state.off_for >= OVER_S {
                fault_state.active = false;
            }
            if let (true, Some(rep)) = (seen_now, rep)
                && fault_state.reported != rep
            {
                fault_state.reported = rep;
                seen(watched.fault, fault_state.mean);
            }
        }
        self.update_cue(time);
    }

    /// Adds the value of a fault in a completed full repetition. `variance` is that of the angles
    /// at rest. Returns true if the repetitions so far, including this one, show the fault.
    pub fn complete(
        &mut self,
        exercise: &Exercise,
        (fault, criterion): (usize, usize),
        value: f64,
        variance: &[f64],
    ) -> bool {
        let row = exercise.faults.get(fault).and_then(|row| row.criteria.get(criterion));
        let (Some(row), Some(fault_state)) = (row, self.fault_states.get_mut(fault)) else {
            return false;
        };
        let of_place = |w: &&LiveCriterion| (w.fault, w.criterion) == (fault, criterion);
        let errors = self.criteria.iter().find(of_place).map_or_else(
            || (CommonError::default(), f64::NAN),
            |w| (w.common, variance.get(w.column).map_or(f64::NAN, |v| v.sqrt())),
        );
        let shows = fault_state.shows(value, row, errors, &mut self.scratch);
        fault_state.keep(value);
        shows
    }

    /// True if the fault was reported during this repetition.
    pub fn was_reported(&self, fault: usize, rep: usize) -> bool {
        self.fault_states.get(fault).is_some_and(|fault_state| fault_state.reported == rep)
    }

    /// Reports a fault that a whole repetition shows although its single frames did not. Its cue is
    /// given unless there is another one.
    pub fn report(&mut self, fault: usize, time: f64) {
        if self.cue.is_none() && self.criteria.iter().all(|w| w.fault != fault || w.at_depth) {
            (self.cue, self.said_since) = (Some(fault), time);
        }
    }

    fn update_cue(&mut self, time: f64) {
        let held = self.cue.is_some() && time - self.said_since < HELD_S;
        if held {
            return;
        }
        let active =
            self.fault_states.iter().enumerate().filter(|(_, fault_state)| fault_state.active);
        let worst = active.max_by(|a, b| a.1.excess.total_cmp(&b.1.excess)).map(|(fault, _)| fault);
        // A cue stays as long as its fault is present.
        let same = self.cue.and_then(|cue| self.fault_states.get(cue)).is_some_and(|w| w.active);
        if !same && worst != self.cue {
            self.cue = worst;
            self.said_since = time;
        }
    }
}
