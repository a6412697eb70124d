//! What happens in one frame.

use super::fault_monitor::FaultMonitor;
use super::setup::ViewSetup;
use super::{Event, INITIAL_STATE, Stream};
use crate::angle::PelvisReference;
use crate::exercise::Posture;
use crate::math::at;
use crate::math::vector::{add, cross, reject, scale, sub, unit};
use crate::posture::FramePosture;
use crate::reps::online::{OnlineSegmenter, Phase, Transition};
use crate::space::Up;
use crate::validity::Validity;

/// The signal is lost, and back, after this long, seconds.
const LOST_S: f64 = 0.5;
const BACK_S: f64 = 0.3;
/// The heading, and what columns read at rest, follow within this time, seconds.
const HEADING_S: f64 = 0.25;
const REST_S: f64 = 0.5;
/// Who has gone elsewhere is farther away than this share of the leg: both feet, or the one that stands.
const STEP_OF_TWO: f64 = 0.2;
const STEP_OF_ONE: f64 = 0.35;
/// How fast the usual interval between frames follows.
const CLOCK_FOLLOWS: f64 = 0.05;

impl Stream {
    pub(super) fn process_frame(
        &mut self,
        setup: &mut ViewSetup,
        machine: &mut OnlineSegmenter,
        monitor: &mut FaultMonitor,
        time: f64,
        dt: f64,
    ) {
        self.update_frame_interval(dt);
        let width = self.rows.width();
        let first = self.rows.values().len().saturating_sub(width);
        let row = self.rows.values().get(first..).unwrap_or_default();
        let dims = self.settings.up.dims();
        let posture = self.landmarks.read(|k| {
            let point = row.get(k * dims..(k + 1) * dims).unwrap_or_default();
            [0, 1, 2].map(|d| match point.get(d) {
                Some(value) => *value,
                None if d >= dims => 0.0,
                None => f64::NAN,
            })
        });
        let mut heights = [f64::NAN; 2];
        if setup.needs_standing {
            for (i, (standing, height)) in self.standing.iter_mut().zip(&mut heights).enumerate() {
                let ankle = posture.ankles.get(i).copied().unwrap_or([f64::NAN; 3]);
                *height = standing.push(time, at(&posture.heights, i), ankle);
            }
        }
        let resting = machine.phase() == Phase::Rest;
        self.update_heading(&posture, resting, dt);
        let forward = setup.forward.or_else(|| {
            let known = setup.follows_heading && self.heading.iter().all(|v| v.is_finite());
            known.then_some(self.heading)
        });
        let columns = self.columns.len();
        let (values, codes) = (
            self.values.get_mut(..columns).unwrap_or_default(),
            self.codes.get_mut(..columns).unwrap_or_default(),
        );
        let row = self.rows.values().get(first..).unwrap_or_default();
        setup.evaluator.measure(&setup.plan, row, forward, heights, values, codes);
        let signal = setup.signal_value(values);
        for ((trail, codes), (value, code)) in
            self.columns.iter_mut().zip(&mut self.column_codes).zip(values.iter().zip(codes.iter()))
        {
            trail.push(std::slice::from_ref(value));
            codes.push(std::slice::from_ref(code));
        }
        self.times.push(&[time]);
        self.signal.push(&[signal]);
        self.postures.push(&[posture]);
        if self.has_stepped_away(&posture, time) {
            machine.rest_anew();
        }
        let before = machine.phase();
        match machine.push(time, signal) {
            Transition::Started => {
                self.began += 1;
                self.events.push(Event::RepStarted(self.began));
            }
            Transition::Ended(found_rep) => {
                self.complete_rep(setup, machine, monitor, found_rep);
                if machine.phase() != Phase::Rest {
                    self.began += 1;
                    self.events.push(Event::RepStarted(self.began));
                }
            }
            Transition::Lost => self.record_lost_rep(time),
            Transition::Dropped | Transition::None => {}
        }
        if machine.phase() == Phase::Rest && before == Phase::Rest {
            self.update_rest_values(dt);
        }
        let rep = (machine.phase() != Phase::Rest).then_some(self.began);
        let columns = self.columns.len();
        let (values, rest) = (
            self.values.get(..columns).unwrap_or_default(),
            self.at_rest.get(..columns).unwrap_or_default(),
        );
        let events = &mut self.events;
        let dt = if dt.is_finite() { dt } else { 0.0 };
        monitor.push(
            &self.settings.exercise,
            (time, dt),
            (machine.depth(), rep),
            (values, rest),
            |fault, amount| events.push(Event::FaultSeen(fault, rep.unwrap_or(0), amount)),
        );
        self.update_quality(setup, signal, time);
        self.state.phase = machine.phase();
        self.state.depth = if signal.is_finite() { machine.depth() } else { f64::NAN };
        self.state.cue = monitor.cue();
    }

    /// Whether who stands in an image has gone to another place: nothing on its way is a repetition then,
    /// and the body is of another size. Where an estimator keeps the hips at the origin, nothing shows.
    fn has_stepped_away(&mut self, posture: &FramePosture, time: f64) -> bool {
        let exercise = &self.settings.exercise;
        if self.settings.up != Up::Image || exercise.posture != Posture::Standing {
            return false;
        }
        let [left, right] = posture.ankles;
        // Half-way between the feet stays where legs are exchanged.
        let (place, share) = if exercise.two_legs {
            (scale(add(left, right), 0.5), STEP_OF_TWO)
        } else {
            (posture.ankle(self.settings.side), STEP_OF_ONE)
        };
        let reach = share * posture.leg();
        place.iter().all(|v| v.is_finite())
            && reach > 0.0
            && self.foot_place.update(time, place, reach)
    }

    fn update_frame_interval(&mut self, dt: f64) {
        if dt.is_finite() {
            let usual = if self.interval.is_nan() { dt } else { self.interval };
            self.interval = usual + CLOCK_FOLLOWS * (dt.min(4.0 * usual) - usual);
        }
    }

    pub(super) fn fs(&self) -> f64 {
        if self.interval > 0.0 { 1.0 / self.interval } else { 30.0 }
    }

    /// Where the pelvis points at rest: turning of the pelvis within a repetition then shows.
    fn update_heading(&mut self, posture: &FramePosture, resting: bool, dt: f64) {
        let up = self.settings.up.vector();
        let upright = self.settings.exercise.pelvis == PelvisReference::Up;
        if self.settings.up == Up::Image || !upright {
            return;
        }
        let across = posture.hip_line;
        let forward = unit(reject(cross(up, across), up));
        if forward.iter().any(|v| !v.is_finite()) {
            return;
        }
        if self.heading.iter().any(|v| v.is_nan()) {
            self.heading = forward;
        } else if resting && dt.is_finite() {
            let share = dt / (dt + HEADING_S);
            self.heading = unit(add(self.heading, scale(sub(forward, self.heading), share)));
        }
    }

    fn update_rest_values(&mut self, dt: f64) {
        let share = if dt.is_finite() { dt / (dt + REST_S) } else { 1.0 };
        for (rest, value) in self.at_rest.iter_mut().zip(&self.values) {
            if rest.is_nan() {
                *rest = *value;
            } else if value.is_finite() {
                *rest += share * (value - *rest);
            }
        }
    }

    fn update_quality(&mut self, setup: &ViewSetup, signal: f64, time: f64) {
        if signal.is_finite() {
            self.last_seen = time;
            if self.seen_since.is_nan() {
                self.seen_since = time;
            }
            let begins = self.began == 0 && self.state.quality == INITIAL_STATE.quality;
            if self.lost && (begins || time - self.seen_since >= BACK_S) {
                self.lost = false;
                self.events.push(Event::QualityBack);
            }
            if !self.lost {
                self.state.quality = Validity::Ok;
            }
            return;
        }
        let since = if self.last_seen.is_nan() { f64::NEG_INFINITY } else { self.last_seen };
        if time - since < LOST_S {
            return;
        }
        self.seen_since = f64::NAN;
        let code = setup.signal_columns.first().and_then(|c| self.codes.get(*c)).copied();
        let why = Validity::of_code(code.unwrap_or(Validity::MissingKeypoint as u8)).or_missing();
        if !self.lost || self.state.quality != why {
            self.state.quality = why;
            if !self.lost {
                self.events.push(Event::QualityLost(why));
            }
            self.lost = true;
        }
    }
}
