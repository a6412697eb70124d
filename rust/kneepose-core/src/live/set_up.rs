//! Questions about the set-up that a recording answers as a whole, asked of a stream: after a second, a few
//! times more while the person begins to move, and again after a gap. Asking takes memory for a moment.

use ndarray::{Array2, Array3};

use super::Settings;
use crate::angle::PelvisReference;
use crate::error::{Error, Result};
use crate::math::at;
use crate::math::sliding_buffer::SlidingBuffer;
use crate::quality::{CheckOptions, Extent, LONGEST_STILL_S, set_up_finding};
use crate::recording::Recording;
use crate::stats::quantile::median;
use crate::validity::Validity;

/// Seconds after the beginning at which the questions are asked.
const ASKED_AT_S: [f64; 3] = [1.0, 2.0, 4.0];
/// The questions begin anew after this long without anybody, seconds.
/// Source: chosen: a new person may have come; no test shows its effect.
const GAP_S: f64 = 1.0;
/// Interval between the frames that are kept, seconds, and their number: the last six seconds.
/// Source: chosen: posture changes slowly, and the memory is bounded; held by test
/// tests/quality/test_input_cases.py.
const EVERY_S: f64 = 0.1;
const KEPT: usize = 64;
/// Typical scores beyond this are percentages.
/// Source: chosen: a confidence is at most 1, a percentage mostly above 10; held by test
/// tests/quality/test_input_cases.py.
const HIGHEST_CONFIDENCE: f64 = 10.0;
/// Frames come at least this fast, Hz, and at most: beyond, times are in milliseconds or frames counted.
const FRAME_RATES_HZ: [f64; 2] = [5.0, 2000.0];
/// Intervals that tell the frame rate.
/// Source: chosen: half a second at 30 frames per second; no test shows its effect.
const INTERVALS: usize = 16;

/// The questions, and their answer.
#[derive(Debug)]
pub(super) struct SetUpGate {
    rows: SlidingBuffer<f64>,
    times: SlidingBuffer<f64>,
    intervals: SlidingBuffer<f64>,
    /// Sum and number of the confidences above 0.
    confidence: [f64; 2],
    began: f64,
    last_seen: f64,
    asked: usize,
    wrong_clock: bool,
    /// Last raw frame, and the time since which all have been like it.
    last_points: Vec<f64>,
    still_since: f64,
    found: Option<(Validity, Extent)>,
}

impl SetUpGate {
    pub fn new(settings: &Settings) -> Self {
        let width = settings.skeleton.keypoints().len() * settings.up.dims();
        Self {
            rows: SlidingBuffer::new(KEPT, width, f64::NAN),
            times: SlidingBuffer::new(KEPT, 1, f64::NAN),
            intervals: SlidingBuffer::new(INTERVALS, 1, f64::NAN),
            confidence: [0.0; 2],
            began: f64::NAN,
            last_seen: f64::NAN,
            asked: 0,
            wrong_clock: false,
            last_points: Vec::with_capacity(width),
            still_since: f64::NAN,
            found: None,
        }
    }

    /// Compares a raw frame with the one before.
    pub fn watch(&mut self, points: &[f64], time: f64) {
        if points.is_empty() || points != self.last_points {
            self.last_points.clear();
            self.last_points.extend_from_slice(points);
            self.still_since = time;
        }
    }

    /// True where the picture stands still.
    pub fn is_stuck(&self, time: f64) -> bool {
        time - self.still_since > LONGEST_STILL_S
    }

    pub fn reset(&mut self) {
        self.intervals.clear();
        self.wrong_clock = false;
        self.begin_anew();
    }

    fn begin_anew(&mut self) {
        self.rows.clear();
        self.times.clear();
        (self.confidence, self.asked, self.found) = ([0.0; 2], 0, None);
        (self.began, self.last_seen) = (f64::NAN, f64::NAN);
    }

    /// What is wrong with the set-up.
    pub fn found(&self) -> Option<Validity> {
        if self.wrong_clock {
            return Some(Validity::FrameRate);
        }
        self.found.map(|(reason, _)| reason)
    }

    /// True if not even repetitions are to be counted.
    pub fn forbids_counting(&self) -> bool {
        self.wrong_clock || self.found.is_some_and(|(_, extent)| extent == Extent::Recording)
    }

    /// Takes a conditioned frame, and asks where it is time to.
    ///
    /// # Errors
    /// Never, for settings that a stream took.
    pub fn push(
        &mut self,
        settings: &Settings,
        row: &[f64],
        confidence: Option<&[f64]>,
        time: f64,
        dt: f64,
    ) -> Result<()> {
        if dt.is_finite() && self.intervals.len() < INTERVALS {
            self.intervals.push(&[dt]);
            let [slowest, fastest] = FRAME_RATES_HZ;
            let rate = 1.0 / median(self.intervals.values());
            if self.intervals.len() == INTERVALS && !(slowest..=fastest).contains(&rate) {
                self.wrong_clock = true;
            }
        }
        if !row.iter().any(|v| v.is_finite()) && self.began.is_finite() {
            return Ok(());
        }
        if time - self.last_seen > GAP_S {
            self.begin_anew();
        }
        self.last_seen = time;
        for score in confidence.unwrap_or_default().iter().filter(|score| **score > 0.0) {
            self.confidence[0] += score;
            self.confidence[1] += 1.0;
        }
        if self.began.is_nan() {
            self.began = time;
        }
        let last = self.times.values().last().copied().unwrap_or(f64::NEG_INFINITY);
        if self.asked == ASKED_AT_S.len() || time - last < EVERY_S {
            return Ok(());
        }
        self.rows.push(row);
        self.times.push(&[time]);
        if time - self.began >= at(&ASKED_AT_S, self.asked) {
            self.asked += 1;
            self.found = self.ask(settings)?.or(self.found);
        }
        Ok(())
    }

    fn ask(&self, settings: &Settings) -> Result<Option<(Validity, Extent)>> {
        if self.confidence[0] > HIGHEST_CONFIDENCE * self.confidence[1] {
            return Ok(Some((Validity::ConfidenceScale, Extent::Values)));
        }
        let (frames, keypoints) = (self.times.len(), settings.skeleton.keypoints().len());
        let shape = (frames, keypoints, settings.up.dims());
        let coordinates = Array3::from_shape_vec(shape, self.rows.values().to_vec())
            .map_err(|error| Error::Shape(error.to_string()))?;
        let confidence = Array2::ones((frames, keypoints));
        let times = self.times.values().to_vec();
        let skeleton = settings.skeleton.clone();
        let recording = Recording::new(skeleton, coordinates, confidence, times, settings.up)?
            .with_resolution(settings.resolution);
        let upright = settings.exercise.pelvis == PelvisReference::Up;
        let options = CheckOptions { side: Some(settings.side), view: settings.view, upright };
        Ok(set_up_finding(&recording, &options).map(|finding| (finding.reason, finding.extent)))
    }
}
