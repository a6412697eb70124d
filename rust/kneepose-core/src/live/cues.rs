//! Selects the fault to mention now, from the current angles and their values at rest.

use super::fault_monitor::{AtRest, FaultMonitor};
use crate::analysis::{MOST_COLUMNS, RepTracker, ViewSetup};
use crate::exercise::Exercise;
use crate::quality::Estimate;
use crate::reps::online::Phase;

/// Time constants with which the resting values (`REST_S`) and their noise (`NOISE_S`) follow the
/// angles, seconds.
/// Source: chosen: averages the jitter, and follows a person who changes the stance between
/// repetitions; held by test tests/live/test_cues.py.
const REST_S: f64 = 0.5;
const NOISE_S: f64 = 2.0;
/// Maximum distance of the signal from rest at which the body counts as still, as a share of the
/// typical range.
/// Source: chosen: the first part of a repetition must not count as noise of standing; held by test
/// tests/whole/test_extensions.py.
const STILL: f64 = 0.2;

/// Faults of the current repetition, and the cue that follows from them.
#[derive(Debug)]
pub(super) struct Cues {
    monitor: FaultMonitor,
    at_rest: [f64; MOST_COLUMNS],
    /// Variance of each angle at rest; NaN before the first rest.
    noise: [f64; MOST_COLUMNS],
}

impl Cues {
    pub fn new(exercise: &Exercise, setup: &ViewSetup, yaw: impl Fn(&str) -> Estimate) -> Self {
        Self {
            monitor: FaultMonitor::new(exercise, setup, yaw),
            at_rest: [f64::NAN; MOST_COLUMNS],
            noise: [f64::NAN; MOST_COLUMNS],
        }
    }

    /// Updates the known camera yaw; `yaw` returns the yaw that applies to an angle.
    pub fn place_camera(&mut self, setup: &ViewSetup, yaw: impl Fn(&str) -> Estimate) {
        self.monitor.place_camera(setup, yaw);
    }

    /// Index of the fault whose cue should be given.
    pub fn current(&self) -> Option<usize> {
        self.monitor.cue()
    }

    /// Processes the last frame of a tracker. Calls `seen` with the index, repetition and value of
    /// each fault that is new in the current repetition.
    pub fn push(
        &mut self,
        tracker: &RepTracker,
        (resting, depth): (bool, f64),
        (time, dt): (f64, Option<f64>),
        mut seen: impl FnMut(usize, usize, f64),
    ) {
        let (values, _) = tracker.angles();
        // A repetition is detected a moment after it began, so a body that has already moved does
        // not count as resting.
        if resting && (depth.is_nan() || depth.abs() <= STILL) {
            self.update_rest_values(values, dt);
        }
        let rep = (tracker.phase() != Phase::Rest).then(|| tracker.began());
        let at_rest = AtRest { values: &self.at_rest, variance: &self.noise };
        self.monitor.push(
            &tracker.task().exercise,
            (time, dt.unwrap_or(0.0)),
            (depth, rep),
            (values, at_rest),
            |fault, value| seen(fault, rep.unwrap_or(0), value),
        );
    }

    /// Adds the value of a fault in a completed full repetition. Returns true if the value shows
    /// the fault and the single frames did not.
    pub fn complete(
        &mut self,
        exercise: &Exercise,
        place: (usize, usize),
        value: f64,
        (rep, time): (usize, f64),
    ) -> bool {
        let seen = self.monitor.complete(exercise, place, value, &self.noise);
        let new = seen && !self.monitor.was_reported(place.0, rep);
        if new {
            self.monitor.report(place.0, time);
        }
        new
    }

    fn update_rest_values(&mut self, values: &[f64], dt: Option<f64>) {
        let share = |time_constant: f64| dt.map_or(1.0, |dt| dt / (dt + time_constant));
        let (of_rest, of_noise) = (share(REST_S), share(NOISE_S));
        for ((rest, noise), value) in self.at_rest.iter_mut().zip(&mut self.noise).zip(values) {
            if rest.is_nan() {
                *rest = *value;
            } else if value.is_finite() {
                let off = value - *rest;
                let before = if noise.is_nan() { off * off } else { *noise };
                *noise = before + of_noise * (off * off - before);
                *rest += of_rest * off;
            }
        }
    }
}
