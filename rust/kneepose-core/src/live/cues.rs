//! The fault to speak of now, from what the angles read and what they read at rest.

use super::fault_monitor::FaultMonitor;
use crate::analysis::{MOST_COLUMNS, RepTracker, ViewSetup};
use crate::exercise::Exercise;
use crate::reps::online::Phase;

/// Values at rest follow the angles with this time constant, seconds.
/// Source: chosen: averages the jitter, follows a person who stands differently between
/// repetitions; held by test tests/live/test_cues.py.
const REST_S: f64 = 0.5;

/// Faults of the repetition under way and the cue that follows.
#[derive(Debug)]
pub(super) struct Cues {
    monitor: FaultMonitor,
    at_rest: [f64; MOST_COLUMNS],
}

impl Cues {
    pub fn new(exercise: &Exercise, setup: &ViewSetup) -> Self {
        Self {
            monitor: FaultMonitor::new(exercise, &setup.names()),
            at_rest: [f64::NAN; MOST_COLUMNS],
        }
    }

    /// Number of the fault whose cue is to be said.
    pub fn current(&self) -> Option<usize> {
        self.monitor.cue()
    }

    /// Takes the last frame of a tracker. Calls `seen` with the number, repetition and value of each
    /// fault that is new in this repetition.
    pub fn push(
        &mut self,
        tracker: &RepTracker,
        resting: bool,
        (time, dt): (f64, Option<f64>),
        mut seen: impl FnMut(usize, usize, f64),
    ) {
        let (values, _) = tracker.angles();
        if resting {
            self.update_rest_values(values, dt);
        }
        let rep = (tracker.phase() != Phase::Rest).then(|| tracker.began());
        let rest = self.at_rest.get(..values.len()).unwrap_or_default();
        self.monitor.push(
            &tracker.task().exercise,
            (time, dt.unwrap_or(0.0)),
            (tracker.depth(), rep),
            (values, rest),
            |fault, value| seen(fault, rep.unwrap_or(0), value),
        );
    }

    /// Takes a fault of a repetition that is over. True where it was not seen during the repetition.
    pub fn report(&mut self, fault: usize, rep: usize, time: f64) -> bool {
        let new = !self.monitor.was_reported(fault, rep);
        if new {
            self.monitor.report(fault, time);
        }
        new
    }

    fn update_rest_values(&mut self, values: &[f64], dt: Option<f64>) {
        let share = dt.map_or(1.0, |dt| dt / (dt + REST_S));
        for (rest, value) in self.at_rest.iter_mut().zip(values) {
            if rest.is_nan() {
                *rest = *value;
            } else if value.is_finite() {
                *rest += share * (value - *rest);
            }
        }
    }
}
