//! Mutable working copy of a recording, with a reason code for every missing keypoint.

use ndarray::ArrayView1;

use super::keypoint_frame::KeypointFrame;
use crate::memory::{copied, filled};
use crate::recording::{Recording, Repair};
use crate::validity::Validity;

/// Coordinates, confidence and reasons of a recording, in flat arrays.
#[derive(Debug)]
pub(super) struct WorkingCopy {
    pub frames: usize,
    pub keypoints: usize,
    pub dims: usize,
    /// Coordinates, frame by frame and keypoint by keypoint; NaN if missing.
    pub points: Vec<f64>,
    /// Confidence, frame by frame and keypoint by keypoint.
    pub confidence: Vec<f64>,
    /// Reason for each missing point, in the order of `confidence`; [`Repair::None`] if the point
    /// is present.
    pub reasons: Vec<Repair>,
}

impl WorkingCopy {
    /// Copies a recording. Points that fail its confidence test are missing in the copy.
    pub fn new(raw: &Recording) -> Self {
        let mut copy = Self::of_all(raw);
        let keypoints = copy.keypoints.max(1);
        let each = copy.points.chunks_exact_mut(copy.dims.max(1) * keypoints);
        let states = raw.states();
        let rows = each.zip(states.rows()).zip(copy.reasons.chunks_exact_mut(keypoints));
        for ((points, states), reasons) in rows {
            if states.iter().fold(0, |any, state| any | state) != Validity::Ok as u8 {
                mask_unseen(points.chunks_exact_mut(copy.dims), states, reasons);
            }
        }
        copy
    }

    /// Copies a recording with all points, including those of low confidence.
    pub fn of_all(raw: &Recording) -> Self {
        let (frames, keypoints, dims) = raw.coordinates().dim();
        Self {
            frames,
            keypoints,
            dims,
            points: copied(raw.points()),
            confidence: copied(raw.scores()),
            reasons: filled(Repair::None, frames * keypoints),
        }
    }

    /// Keypoints of one frame.
    #[inline]
    pub fn frame(&self, frame: usize) -> KeypointFrame<'_> {
        let first = frame * self.keypoints;
        let last = first + self.keypoints;
        KeypointFrame {
            dims: self.dims,
            points: self.points.get(first * self.dims..last * self.dims).unwrap_or_default(),
            confidence: self.confidence.get(first..last).unwrap_or_default(),
        }
    }

    /// True if no keypoint of a frame was masked.
    pub fn is_untouched(&self, frame: usize) -> bool {
        let reasons = self.reasons.get(frame * self.keypoints..(frame + 1) * self.keypoints);
        let any = |any: u8, reason: &Repair| any | *reason as u8;
        reasons.is_some_and(|reasons| reasons.iter().fold(0, any) == Repair::None as u8)
    }

    /// Number of channels: all components of all keypoints.
    pub fn channels(&self) -> usize {
        self.keypoints * self.dims
    }

    /// Components of a point; `None` if it is missing.
    #[inline]
    pub fn point(&self, frame: usize, keypoint: usize) -> Option<&[f64]> {
        let place = (frame * self.keypoints + keypoint) * self.dims;
        let point = self.points.get(place..place + self.dims)?;
        point.iter().all(|v| v.is_finite()).then_some(point)
    }

    /// Sets a point to missing.
    pub fn mask(&mut self, frame: usize, keypoint: usize, reason: Repair) {
        let place = frame * self.keypoints + keypoint;
        if let Some(point) = self.points.get_mut(place * self.dims..(place + 1) * self.dims) {
            point.fill(f64::NAN);
        }
        if let Some(slot) = self.reasons.get_mut(place) {
            *slot = reason;
        }
    }

    /// Exchanges two keypoints of a frame, with their confidence and reasons.
    pub fn exchange(&mut self, frame: usize, one: usize, other: usize) {
        let (a, b) = (frame * self.keypoints + one, frame * self.keypoints + other);
        if a.max(b) >= self.reasons.len() {
            return;
        }
        self.reasons.swap(a, b);
        self.confidence.swap(a, b);
        for component in 0..self.dims {
            self.points.swap(a * self.dims + component, b * self.dims + component);
        }
    }
}

/// Sets the points of a frame that fail the confidence test to missing.
fn mask_unseen<'a>(
    points: impl Iterator<Item = &'a mut [f64]>,
    states: ArrayView1<'_, u8>,
    reasons: &mut [Repair],
) {
    for ((point, state), reason) in points.zip(states).zip(reasons) {
        *reason = match Validity::of_code(*state) {
            Validity::Ok => continue,
            Validity::LowConfidence => Repair::LowConfidence,
            _ => Repair::Missing,
        };
        point.fill(f64::NAN);
    }
}
