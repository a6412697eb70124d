//! The fault to speak of now, from what the angles read and what they read at rest.

use super::fault_monitor::{AtRest, FaultMonitor};
use crate::analysis::{MOST_COLUMNS, RepTracker, ViewSetup};
use crate::exercise::Exercise;
use crate::quality::Estimate;
use crate::reps::online::Phase;

/// Values at rest follow the angles with this time constant, seconds, and their noise with the second.
/// Source: chosen: averages the jitter, follows a person who stands differently between
/// repetitions; held by test tests/live/test_cues.py.
const REST_S: f64 = 0.5;
const NOISE_S: f64 = 2.0;
/// A body is still where the signal is within this share of its usual range from rest.
/// Source: chosen: the first part of a repetition is not noise of standing; held by test
/// tests/whole/test_extensions.py.
const STILL: f64 = 0.2;

/// Faults of the repetition under way and the cue that follows.
#[derive(Debug)]
pub(super) struct Cues {
    monitor: FaultMonitor,
    at_rest: [f64; MOST_COLUMNS],
    /// Variance of the angles at rest; NaN before the first rest.
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

    /// Takes what is now known of the camera's yaw for an angle.
    pub fn place_camera(&mut self, setup: &ViewSetup, yaw: impl Fn(&str) -> Estimate) {
        self.monitor.place_camera(setup, yaw);
    }

    /// Number of the fault whose cue is to be said.
    pub fn current(&self) -> Option<usize> {
        self.monitor.cue()
    }

    /// Takes the last frame of a tracker, and its depth. Calls `seen` with the number, repetition and value of each
    /// fault that is new in this repetition.
    pub fn push(
        &mut self,
        tracker: &RepTracker,
        (resting, depth): (bool, f64),
        (time, dt): (f64, Option<f64>),
        mut seen: impl FnMut(usize, usize, f64),
    ) {
        let (values, _) = tracker.angles();
        // A repetition is found a moment after it began.
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

    /// Takes the value of a fault in a full repetition that is over: its fault, criterion, number and time.
    /// True where it shows the fault and its frames did not.
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
