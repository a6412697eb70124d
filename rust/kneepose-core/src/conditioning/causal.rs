//! Conditions keypoints frame by frame, from past frames only: confidence mask, image border,
//! swapped legs, outliers, bone lengths, low-pass. Filling a gap needs later frames, so a stream
//! leaves gaps open.

use super::bones::CausalBones;
use super::border::is_on_border;
use super::keypoint_frame::KeypointFrame;
use super::outliers::CausalOutliers;
use super::swaps::CausalSwaps;
use crate::math::at;
use crate::recording::{Repair, seen_state};
use crate::signal::causal::{CausalLowpass, lag_s, time_constant};
use crate::signal::gap;
use crate::skeleton::Skeleton;
use crate::space::Up;
use crate::validity::Validity;

/// Time without a keypoint after which its filter restarts, seconds.
/// Source: chosen: a quarter of a slow repetition; an older position would be misleading; no test
/// shows its effect.
const FORGET_S: f64 = 0.5;

/// Settings of a [`CausalConditioner`].
#[derive(Debug, Clone, Copy)]
pub struct CausalOptions {
    /// Cutoff frequency of the low-pass, Hz; `None` for no low-pass.
    pub cutoff_hz: Option<f64>,
    /// Time after which a missing keypoint that was seen before gets the reason "gap too long",
    /// seconds.
    pub max_gap_s: f64,
    /// Width and height of the image in pixels, if known.
    pub resolution: Option<[f64; 2]>,
    /// True if the image was mirrored before pose estimation.
    pub mirrored: bool,
}

/// Conditions keypoints one frame after the other. A push allocates no memory.
#[derive(Debug, Clone)]
pub struct CausalConditioner {
    options: CausalOptions,
    dims: usize,
    min_confidence: f64,
    time_constant: Option<f64>,
    /// For each keypoint, the index of the keypoint that shows it in the mirrored image; empty if
    /// the image is not mirrored.
    mirror: Vec<usize>,
    is_image: bool,
    /// True for a keypoint of the left or the right side. It counts as missing if it lies at the
    /// origin of space.
    sided: Vec<bool>,
    filters: Vec<CausalLowpass>,
    last_seen: Vec<f64>,
    swaps: CausalSwaps,
    outliers: CausalOutliers,
    bones: Option<CausalBones>,
    row: Vec<f64>,
    confidence: Vec<f64>,
    repairs: Vec<u8>,
}

impl CausalConditioner {
    /// Makes a conditioner without frames.
    pub fn new(skeleton: &Skeleton, up: Up, options: CausalOptions) -> Self {
        let (keypoints, dims) = (skeleton.keypoints().len(), up.dims());
        let is_image = up == Up::Image;
        Self {
            options,
            dims,
            min_confidence: skeleton.min_confidence(),
            time_constant: options.cutoff_hz.map(time_constant),
            mirror: if options.mirrored { skeleton.swap() } else { Vec::new() },
            is_image,
            sided: skeleton.swap().iter().enumerate().map(|(k, other)| k != *other).collect(),
            filters: vec![CausalLowpass::default(); keypoints * dims],
            last_seen: vec![f64::NAN; keypoints],
            swaps: CausalSwaps::new(skeleton),
            outliers: CausalOutliers::new(skeleton),
            bones: (!is_image).then(|| CausalBones::new(skeleton)),
            row: vec![f64::NAN; keypoints * dims],
            confidence: vec![0.0; keypoints],
            repairs: vec![Repair::Missing as u8; keypoints],
        }
    }

    /// Returns to the state before the first frame.
    pub fn reset(&mut self) {
        self.filters.iter_mut().for_each(CausalLowpass::reset);
        self.last_seen.fill(f64::NAN);
        self.swaps.reset();
        self.outliers.reset();
        if let Some(bones) = &mut self.bones {
            bones.reset();
        }
    }

    /// Delay of the filtered keypoints, seconds.
    pub fn lag_s(&self) -> f64 {
        self.options.cutoff_hz.map_or(0.0, lag_s)
    }

    /// Filtered keypoints of the last frame; NaN if a keypoint is missing or masked.
    pub fn row(&self) -> &[f64] {
        &self.row
    }

    /// [`Repair`] codes of the last frame: the repair of each keypoint, or the reason why it is
    /// missing.
    pub fn repairs(&self) -> &[u8] {
        &self.repairs
    }

    /// Conditions the frame at `time`. `points` has the keypoints one after the other; it is empty
    /// if no person was found. Without confidence, a point at (0, 0) in an image counts as missing.
    /// In space, (0, 0, 0) always counts as missing for a keypoint of the left or right side.
    pub fn push(&mut self, points: &[f64], confidence: Option<&[f64]>, time: f64) {
        match self.dims {
            2 => self.load::<2>(points, confidence),
            _ => self.load::<3>(points, confidence),
        }
        self.undo_swap(time);
        self.mask_outliers(time);
        self.mask_bones();
        match self.dims {
            2 => self.filter::<2>(time),
            _ => self.filter::<3>(time),
        }
    }

    /// Loads the points that pass the confidence and border tests, and undoes a mirrored image.
    fn load<const D: usize>(&mut self, points: &[f64], confidence: Option<&[f64]>) {
        if points.len() != self.row.len() {
            self.row.fill(f64::NAN);
            self.repairs.fill(Repair::Missing as u8);
            return;
        }
        let size = self.options.resolution;
        let (points, (row, _)) = (points.as_chunks::<D>().0, self.row.as_chunks_mut::<D>());
        let slots = row.iter_mut().zip(&mut self.confidence).zip(&mut self.repairs);
        for (k, ((slot, sure), repair)) in slots.enumerate() {
            let from = self.mirror.get(k).copied().unwrap_or(k);
            let Some(point) = points.get(from) else { continue };
            let is_nowhere = point.iter().all(|v| *v == 0.0)
                && if self.is_image {
                    confidence.is_none()
                } else {
                    self.sided.get(from) == Some(&true)
                };
            *sure = match confidence {
                _ if is_nowhere => 0.0,
                Some(all) => at(all, from),
                None => 1.0,
            };
            let reason = match seen_state(point, *sure, self.min_confidence) {
                Validity::Ok if self.is_image && is_on_border(point, size) => Repair::AtImageBorder,
                Validity::Ok => Repair::None,
                Validity::LowConfidence => Repair::LowConfidence,
                _ => Repair::Missing,
            };
            *repair = reason as u8;
            if reason != Repair::None {
                slot.fill(f64::NAN);
                continue;
            }
            *slot = *point;
            if let (false, Some(x)) = (self.mirror.is_empty(), slot.first_mut()) {
                *x = size.map_or(0.0, |[width, _]| width) - *x;
            }
        }
    }

    fn undo_swap(&mut self, time: f64) {
        let Self { swaps, row, confidence, repairs, dims, .. } = self;
        let frame = KeypointFrame { dims: *dims, points: row, confidence };
        let exchange = swaps.push(&frame, time);
        for (left, right) in exchange.of(swaps.pairs()) {
            (0..*dims).for_each(|d| row.swap(left * *dims + d, right * *dims + d));
            confidence.swap(left, right);
            repairs.swap(left, right);
            for keypoint in [left, right] {
                if let Some(code) = repairs.get_mut(keypoint)
                    && *code == Repair::None as u8
                {
                    *code = Repair::Swapped as u8;
                }
            }
        }
    }

    fn mask_outliers(&mut self, time: f64) {
        let Self { outliers, row, confidence, repairs, dims, .. } = self;
        let frame = KeypointFrame { dims: *dims, points: row, confidence };
        let mut any = false;
        outliers.push(&frame, time, |keypoint| any |= set(repairs, keypoint, Repair::Outlier));
        if any {
            self.mask(Repair::Outlier);
        }
    }

    fn mask_bones(&mut self) {
        let Self { bones: Some(bones), row, confidence, repairs, dims, .. } = self else { return };
        let frame = KeypointFrame { dims: *dims, points: row, confidence };
        let mut any = false;
        bones.push(&frame, |keypoint| any |= set(repairs, keypoint, Repair::ImplausibleBone));
        if any {
            self.mask(Repair::ImplausibleBone);
        }
    }

    /// Sets the points with this code to missing.
    fn mask(&mut self, reason: Repair) {
        let points = self.row.chunks_exact_mut(self.dims).zip(&self.repairs);
        for (point, _) in points.filter(|(_, code)| **code == reason as u8) {
            point.fill(f64::NAN);
        }
    }

    fn filter<const D: usize>(&mut self, time: f64) {
        let (points, _) = self.row.as_chunks_mut::<D>();
        let (filters, _) = self.filters.as_chunks_mut::<D>();
        let states = self.last_seen.iter_mut().zip(&mut self.repairs);
        for ((point, filters), (last, repair)) in points.iter_mut().zip(filters).zip(states) {
            let gap = time - *last;
            if !point.iter().all(|v| v.is_finite()) {
                let too_long = gap::is_too_long(gap, self.options.max_gap_s, time);
                if too_long && *repair == Repair::Missing as u8 {
                    *repair = Repair::GapTooLong as u8;
                }
                continue;
            }
            *last = time;
            let Some(time_constant) = self.time_constant else { continue };
            if gap > FORGET_S {
                filters.iter_mut().for_each(CausalLowpass::reset);
            }
            let share = CausalLowpass::gain(gap, time_constant);
            for (value, filter) in point.iter_mut().zip(filters) {
                *value = filter.push(*value, share);
            }
        }
    }
}

/// Sets the code of a keypoint. Returns true if the keypoint exists.
fn set(repairs: &mut [u8], keypoint: usize, repair: Repair) -> bool {
    let code = repairs.get_mut(keypoint);
    code.is_some_and(|code| {
        *code = repair as u8;
        true
    })
}
