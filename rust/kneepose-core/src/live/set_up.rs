//! Checks the set-up of a stream with the checks of a whole recording. They run after a second,
//! several times while the person begins to move, and again after a gap. A check allocates memory.

use ndarray::{Array2, Array3};

use super::Settings;
use crate::error::{Error, Result};
use crate::math::at;
use crate::math::sliding_buffer::SlidingBuffer;
use crate::quality::{
    BONE_LENGTHS, BoneReader, Bones, Extent, LONGEST_STILL_S, Quality, check, other_person_finding,
    set_up_finding, shows_upright, tempo_finding,
};
use crate::recording::Recording;
use crate::space::Up;
use crate::stats::quantile::median;
use crate::validity::Validity;

/// Times after the start at which the set-up is checked, seconds.
const ASKED_AT_S: [f64; 5] = [1.0, 2.0, 4.0, 8.0, 16.0];
/// Time without a person after which the checks start again, seconds.
/// Source: chosen: after a longer gap another person may have come; no test shows its effect.
const GAP_S: f64 = 0.5;
/// Minimum interval between stored frames, seconds; `KEPT` is their number.
/// Source: chosen: posture changes slowly, and the memory is bounded; held by test
/// tests/quality/test_input_cases.py.
const EVERY_S: f64 = 0.1;
const KEPT: usize = 64;
/// Minimum number of frames for a quality check.
/// Source: chosen: fewer frames do not show a body reliably; no test shows its effect.
const LEAST_FRAMES: usize = 8;
/// Number of frames whose bone lengths are stored, about a minute; with fewer than `LEAST_BONES`
/// frames, bones are not compared.
/// Source: chosen: a person who comes back is still recognized, and the memory is bounded; measured
/// by docs/evidence/guards.md.
const KEPT_BONES: usize = 640;
const LEAST_BONES: usize = 5;
/// Times after a gap from which bone lengths are compared, seconds, with the weight of their
/// change. The weight is lower at first, because a few seconds show one posture only, and apparent
/// bone lengths depend on posture.
const BONES_AFTER_S: [(f64, f64); 3] = [(8.0, 1.0), (4.0, 0.9), (2.0, 0.8)];
/// Mean confidence above which scores are percentages.
/// Source: chosen: a confidence is at most 1, a percentage mostly above 10; held by test
/// tests/quality/test_input_cases.py.
const HIGHEST_CONFIDENCE: f64 = 10.0;
/// Plausible range of frame rates, Hz. Outside of it, times are in milliseconds or are frame
/// numbers.
const FRAME_RATES_HZ: [f64; 2] = [5.0, 2000.0];
/// Number of intervals from which the frame rate is determined.
/// Source: chosen: covers half a second at 30 frames per second; no test shows its effect.
const INTERVALS: usize = 16;

/// Minimum time after which the tempo of the movement is checked, seconds.
/// Source: chosen: the time of two or three repetitions; measured by docs/evidence/guards.md.
const TEMPO_AFTER_S: f64 = 8.0;

/// True if a finding may be withdrawn later: a body that seemed upside down or turned is now
/// upright, or more frames give better bone lengths and tempo.
fn is_taken_back(reason: Validity, frames: &Recording) -> bool {
    match reason {
        Validity::UpsideDown | Validity::AxesTurned => shows_upright(frames),
        Validity::OtherPerson | Validity::FrameRate => true,
        _ => false,
    }
}

/// State of the set-up checks, and their finding.
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
    has_asked: bool,
    wrong_clock: bool,
    /// Last raw frame; `still_since` is the time since which all frames equal it.
    last_points: Vec<f64>,
    still_since: f64,
    found: Option<(Validity, Extent)>,
    reader: BoneReader,
    lengths: SlidingBuffer<f64>,
    bones_at: f64,
    /// Bone lengths before the last gap.
    before: Option<Bones>,
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
            has_asked: false,
            wrong_clock: false,
            last_points: Vec::with_capacity(width),
            still_since: f64::NAN,
            found: None,
            reader: BoneReader::new(&settings.skeleton),
            lengths: SlidingBuffer::new(KEPT_BONES, BONE_LENGTHS, f64::NAN),
            bones_at: f64::NEG_INFINITY,
            before: None,
        }
    }

    /// Compares a raw frame with the previous one.
    pub fn watch(&mut self, points: &[f64], time: f64) {
        if points.is_empty() || points != self.last_points {
            self.last_points.clear();
            self.last_points.extend_from_slice(points);
            self.still_since = time;
        }
    }

    /// True if the keypoints have not changed for some time: the picture is frozen.
    fn is_stuck(&self, time: f64) -> bool {
        time - self.still_since > LONGEST_STILL_S
    }

    pub fn reset(&mut self) {
        self.intervals.clear();
        (self.wrong_clock, self.before) = (false, None);
        self.begin_anew();
    }

    fn begin_anew(&mut self) {
        self.rows.clear();
        self.times.clear();
        self.lengths.clear();
        (self.confidence, self.asked, self.found) = ([0.0; 2], 0, None);
        (self.began, self.last_seen) = (f64::NAN, f64::NAN);
    }

    /// Reason why a frame cannot be measured: a finding about the set-up, or a frozen picture.
    pub fn reason(&self, time: f64) -> Option<Validity> {
        let stuck = self.is_stuck(time) && !self.forbids_counting();
        if stuck { Some(Validity::PictureStuck) } else { self.found() }
    }

    /// Finding about the set-up; `None` if there is none.
    pub fn found(&self) -> Option<Validity> {
        if self.wrong_clock {
            return Some(Validity::FrameRate);
        }
        self.found.map(|(reason, _)| reason)
    }

    /// True if the finding forbids even counting repetitions.
    pub fn forbids_counting(&self) -> bool {
        self.wrong_clock || self.found.is_some_and(|(_, extent)| extent == Extent::Recording)
    }

    /// Adds a frame, conditioned (`row`) and raw (`points`), and runs the checks if they are due.
    ///
    /// # Errors
    /// None for settings that a stream accepted.
    pub fn push(
        &mut self,
        settings: &Settings,
        row: &[f64],
        points: &[f64],
        confidence: Option<&[f64]>,
        time: f64,
        dt: f64,
    ) -> Result<()> {
        self.has_asked = false;
        if dt.is_finite() && self.intervals.len() < INTERVALS {
            self.intervals.push(&[dt]);
            if self.intervals.len() == INTERVALS {
                let [slowest, fastest] = FRAME_RATES_HZ;
                let rate = 1.0 / median(self.intervals.values());
                self.wrong_clock = !(slowest..=fastest).contains(&rate);
                // A correct rate stays correct. A wrong one may come from a slow start, so it is
                // measured again.
                if self.wrong_clock {
                    self.intervals.clear();
                }
            }
        }
        if !row.iter().any(|v| v.is_finite()) && self.began.is_finite() {
            return Ok(());
        }
        if time - self.last_seen > GAP_S {
            self.before = self.bones().or(self.before);
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
        self.keep_bones(settings, points, confidence, time);
        // The stored frames cover the time since the start, or at least the last 16 seconds.
        let oldest = at(&ASKED_AT_S, ASKED_AT_S.len() - 1);
        if time - last < EVERY_S.max((time - self.began).min(oldest) / KEPT as f64) {
            return Ok(());
        }
        self.rows.push(row);
        self.times.push(&[time]);
        self.has_asked =
            self.asked < ASKED_AT_S.len() && time - self.began >= at(&ASKED_AT_S, self.asked);
        if self.has_asked {
            self.asked += 1;
            self.found = self.ask(settings, time - self.began)?;
        }
        Ok(())
    }

    fn ask(&self, settings: &Settings, seen_s: f64) -> Result<Option<(Validity, Extent)>> {
        if self.confidence[0] > HIGHEST_CONFIDENCE * self.confidence[1] {
            return Ok(Some((Validity::ConfidenceScale, Extent::Values)));
        }
        let recording = self.kept(settings)?;
        let options = settings.exercise.check_options(Some(settings.side), settings.view);
        let other = match (self.before, self.bones()) {
            (Some(before), Some(after)) => BONES_AFTER_S
                .iter()
                .find(|(after_s, _)| seen_s >= *after_s)
                .and_then(|(_, share)| other_person_finding(&before, &after, *share)),
            _ => None,
        };
        let clock = || tempo_finding(&recording).filter(|_| seen_s >= TEMPO_AFTER_S);
        let finding = other.or_else(|| set_up_finding(&recording, &options)).or_else(clock);
        let before = self.found.filter(|(reason, _)| !is_taken_back(*reason, &recording));
        Ok(finding.map(|finding| (finding.reason, finding.extent)).or(before))
    }

    /// Stores the bone lengths of a raw frame. Conditioned frames cannot be used, because
    /// conditioning masks bones that have changed.
    fn keep_bones(
        &mut self,
        settings: &Settings,
        points: &[f64],
        confidence: Option<&[f64]>,
        time: f64,
    ) {
        if settings.up == Up::Image || time - self.bones_at < EVERY_S || points.is_empty() {
            return;
        }
        self.bones_at = time;
        let least = settings.skeleton.min_confidence();
        self.lengths.push(&self.reader.lengths(|keypoint| {
            let is_seen = confidence.is_none_or(|of| at(of, keypoint) >= least);
            if is_seen { [0, 1, 2].map(|d| at(points, 3 * keypoint + d)) } else { [f64::NAN; 3] }
        }));
    }

    fn bones(&self) -> Option<Bones> {
        (self.lengths.len() >= LEAST_BONES).then(|| Bones::of_lengths(self.lengths.values()))
    }

    /// True if the checks ran in the last frame.
    pub fn has_asked(&self) -> bool {
        self.has_asked
    }

    /// Quality of the stored frames, which shows the position of the camera.
    ///
    /// # Errors
    /// None for settings that a stream accepted.
    pub fn quality(&self, settings: &Settings) -> Result<Option<Quality>> {
        if self.times.len() < LEAST_FRAMES {
            return Ok(None);
        }
        let options = settings.exercise.check_options(Some(settings.side), settings.view);
        // If the keypoints contradict the stated view, the camera position is unknown.
        Ok(check(&self.kept(settings)?, &options).ok())
    }

    /// Recording of the stored frames.
    fn kept(&self, settings: &Settings) -> Result<Recording> {
        let (frames, keypoints) = (self.times.len(), settings.skeleton.keypoints().len());
        let shape = (frames, keypoints, settings.up.dims());
        let coordinates = Array3::from_shape_vec(shape, self.rows.values().to_vec())
            .map_err(|error| Error::Shape(error.to_string()))?;
        let confidence = Array2::ones((frames, keypoints));
        let times = self.times.values().to_vec();
        let skeleton = settings.skeleton.clone();
        let recording = Recording::new(skeleton, coordinates, confidence, times, settings.up)?;
        Ok(recording.with_resolution(settings.resolution))
    }
}
