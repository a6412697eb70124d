//! Mutable working copy of a recording, with a reason code for every missing keypoint.

use super::keypoint_frame::KeypointFrame;
use crate::memory::{filled, gathered};
use crate::recording::{Recording, Repair};
use crate::validity::Validity;

/// Coordinates, confidence and reasons; see the fields.
#[derive(Debug)]
pub(super) struct WorkingCopy {
    pub frames: usize,
    pub keypoints: usize,
    pub dims: usize,
    /// Frame after frame, keypoint after keypoint, component after component; NaN is missing.
    pub points: Vec<f64>,
    /// Frame after frame, keypoint after keypoint.
    pub confidence: Vec<f64>,
    /// As `confidence`: the reason for a missing point, [`Repair::None`] where it is there.
    pub reasons: Vec<Repair>,
}

impl WorkingCopy {
    /// Copies a recording. Points that it does not count as seen are missing.
    pub fn new(raw: &Recording) -> Self {
        let mut copy = Self::of_all(raw);
        let each = copy.points.chunks_exact_mut(copy.dims.max(1));
        for ((point, state), reason) in each.zip(raw.states()).zip(&mut copy.reasons) {
            *reason = match Validity::of_code(*state) {
                Validity::Ok => continue,
                Validity::LowConfidence => Repair::LowConfidence,
                _ => Repair::Missing,
            };
            point.fill(f64::NAN);
        }
        copy
    }

    /// Copies a recording with all its points.
    pub fn of_all(raw: &Recording) -> Self {
        let (frames, keypoints, dims) = raw.coordinates().dim();
        Self {
            frames,
            keypoints,
            dims,
            points: gathered(raw.coordinates().iter().copied()),
            confidence: gathered(raw.confidence().iter().copied()),
            reasons: filled(Repair::None, frames * keypoints),
        }
    }

    /// The keypoints of one frame.
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

    /// Number of channels: components of all keypoints.
    pub fn channels(&self) -> usize {
        self.keypoints * self.dims
    }

    /// A point that is there.
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
