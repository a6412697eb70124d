//! Detects the camera view in the first second, and again until a repetition counts. Skeletons
//! without feet and face do not show a side view. Angles are then refused, but repetitions are
//! still counted.

use super::Settings;
use crate::analysis::RepTracker;
use crate::exercise::Posture;
use crate::math::at;
use crate::math::sliding_buffer::SlidingBuffer;
use crate::posture::{FramePosture, travel};
use crate::quality::{ViewEvidence, ViewLandmarks};
use crate::recording::View;
use crate::skeleton::Side;
use crate::space::Up;
use crate::stats::quantile::{Scratch, quantile_in};

/// Minimum time from which the view is detected, seconds; `VIEW_FRAMES` is the minimum number of
/// frames.
/// Source: chosen: a longer wait is not acceptable for a person in front of the camera; held by
/// test tests/live/test_views.py.
const VIEW_S: f64 = 1.0;
const VIEW_FRAMES: usize = 8;
/// Maximum movement of a standing foot during that time, as a share of the leg length.
/// Source: chosen: smaller than a step, larger than jitter; measured by
/// docs/evidence/repetitions.md.
const STANDS_SHARE: f64 = 0.1;
/// Number of frames that are stored until the view is known.
/// Source: chosen: the time of `VIEW_S` up to 256 frames per second; held by test
/// tests/live/test_views.py.
const EARLY_FRAMES: usize = 256;

/// True if the view must be detected: in an image of a person who does not lie, if the user states
/// no view.
pub(super) fn must_be_detected(settings: &Settings) -> bool {
    let Settings { exercise, up, view, .. } = settings;
    *up == Up::Image && exercise.posture != Posture::Lying && view.is_none()
}

/// Frames that are stored until the view is known, and the view that they show.
#[derive(Debug)]
pub(super) struct ViewDetector {
    landmarks: ViewLandmarks,
    rows: SlidingBuffer<f64>,
    repairs: SlidingBuffer<u8>,
    times: SlidingBuffer<f64>,
    is_known: bool,
    found: Option<View>,
    checked_at: f64,
    scratch: Scratch,
}

impl ViewDetector {
    pub fn new(settings: &Settings) -> Self {
        let keypoints = settings.skeleton.keypoints().len();
        Self {
            landmarks: ViewLandmarks::new(&settings.skeleton),
            rows: SlidingBuffer::new(EARLY_FRAMES, keypoints * settings.up.dims(), f64::NAN),
            repairs: SlidingBuffer::new(EARLY_FRAMES, keypoints, 0),
            times: SlidingBuffer::new(EARLY_FRAMES, 1, f64::NAN),
            is_known: !must_be_detected(settings),
            found: None,
            checked_at: f64::NAN,
            scratch: Scratch::with_capacity(8 * EARLY_FRAMES),
        }
    }

    pub fn reset(&mut self, is_known: bool) {
        self.forget_frames();
        (self.is_known, self.found, self.checked_at) = (is_known, None, f64::NAN);
    }

    /// True once the view is known, or if it need not be detected.
    pub fn is_known(&self) -> bool {
        self.is_known
    }

    /// Stores a frame until the view is known.
    pub fn collect(&mut self, row: &[f64], repairs: &[u8], time: f64) {
        self.rows.push(row);
        self.repairs.push(repairs);
        self.times.push(&[time]);
    }

    /// Number of stored frames.
    pub fn collected(&self) -> usize {
        self.times.len()
    }

    /// Keypoints, repair codes and time of a stored frame.
    pub fn frame(&self, i: usize) -> (&[f64], &[u8], f64) {
        let (dims, keypoints) = (self.rows.width(), self.repairs.width());
        (
            self.rows.values().get(i * dims..(i + 1) * dims).unwrap_or_default(),
            self.repairs.values().get(i * keypoints..(i + 1) * keypoints).unwrap_or_default(),
            at(self.times.values(), i),
        )
    }

    pub fn forget_frames(&mut self) {
        self.rows.clear();
        self.repairs.clear();
        self.times.clear();
    }

    /// Returns the detected view and marks the view as known.
    pub fn settle(&mut self, time: f64) -> Option<View> {
        (self.is_known, self.checked_at) = (true, time);
        self.found
    }

    /// True if detection was tried and the view is not recognizable.
    pub fn is_missing(&self) -> bool {
        self.is_known && self.found.is_none() && self.checked_at.is_finite()
    }

    /// Tries to detect the view in the stored frames, once they cover a second. Returns true if
    /// they show a person: repetitions are counted even without a view, and detection is repeated
    /// until one counts.
    pub fn detect(&mut self, time: f64) -> bool {
        let since = self.times.values().first().copied().unwrap_or(time);
        if time - since < VIEW_S || self.times.len() < VIEW_FRAMES {
            return false;
        }
        self.found =
            evidence(&self.landmarks, self.rows.values(), self.rows.width(), &mut self.scratch)
                .view();
        let values = self.rows.values();
        let seen = values.iter().filter(|value| value.is_finite()).count();
        let shows_a_person = self.found.is_some() || 2 * seen >= values.len();
        if !shows_a_person {
            self.forget_frames();
        }
        shows_a_person
    }

    /// Checks the view once a second until a repetition counts, because a person who walks in turns
    /// around before the first repetition. Returns true if a foot stands and the last second shows
    /// another view than before, or shows one for the first time. The frames of that second are
    /// stored.
    pub fn contradicts(&mut self, settings: &Settings, tracker: &RepTracker, time: f64) -> bool {
        let [full, _] = tracker.counts();
        if time - self.checked_at < VIEW_S || full > 0 || !must_be_detected(settings) {
            return false;
        }
        self.checked_at = time;
        let times = tracker.times();
        let first = times.iter().rposition(|t| *t < time - VIEW_S).map_or(0, |i| i + 1);
        let postures = tracker.postures().get(first..).unwrap_or_default();
        if postures.len() < VIEW_FRAMES || !has_standing_foot(postures, &mut self.scratch) {
            return false;
        }
        let (rows, codes) = tracker.rows();
        let (width, keypoints) = (self.rows.width(), self.repairs.width());
        let recent = rows.get(first * width..).unwrap_or_default();
        let evidence = evidence(&self.landmarks, recent, width, &mut self.scratch);
        let settled = tracker.setup().view;
        let (Some(view), true) =
            (evidence.view(), settled.is_none_or(|view| evidence.contradicts(view)))
        else {
            return false;
        };
        self.found = Some(view);
        let codes = codes.get(first * keypoints..).unwrap_or_default().chunks_exact(keypoints);
        let recent = recent.chunks_exact(width).zip(codes);
        for ((row, codes), time) in recent.zip(times.iter().skip(first)) {
            self.collect(row, codes, *time);
        }
        true
    }
}

/// Evidence of the view in frames of `width` numbers each.
fn evidence(
    landmarks: &ViewLandmarks,
    rows: &[f64],
    width: usize,
    scratch: &mut Scratch,
) -> ViewEvidence {
    let point = |frame: usize, keypoint: usize| {
        let place = frame * width + 2 * keypoint;
        [at(rows, place), at(rows, place + 1)]
    };
    landmarks.evidence(rows.len() / width.max(1), point, scratch)
}

fn has_standing_foot(postures: &[FramePosture], scratch: &mut Scratch) -> bool {
    let leg = quantile_in(postures.iter().map(FramePosture::leg), 0.5, scratch);
    Side::BOTH.iter().any(|side| travel(postures, |s| s.ankle(*side), scratch) < STANDS_SHARE * leg)
}
