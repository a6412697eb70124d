//! From raw keypoints to keypoints that can be measured, knowing the past only: confidence mask, image
//! border, exchanged legs, low-pass.

use super::swaps::SwapCorrector;
use crate::signal::causal::{CausalLowpass, time_constant};
use crate::skeleton::Skeleton;
use crate::space::Up;

/// After this many seconds without a keypoint its filter begins anew.
const FORGET_S: f64 = 0.5;
/// How near to the edge of an image a clipped point lies, in pixels.
const NEAR_EDGE: f64 = 0.5;
/// What lies farther out is no place but a way to spell "missing"; a filter would not forget it for
/// minutes. A recording takes no larger one either.
const FARTHEST: f64 = 1e7;

/// What is known of the keypoints before they come.
#[derive(Debug, Clone)]
pub(super) struct Conditioner {
    dims: usize,
    min_confidence: f64,
    time_constant: f64,
    resolution: Option<[f64; 2]>,
    /// Which keypoint of the mirrored image each one is; empty where the image is not mirrored.
    mirror: Vec<usize>,
    is_image: bool,
    filters: Vec<CausalLowpass>,
    last_seen: Vec<f64>,
    on_edge: Vec<bool>,
    swaps: SwapCorrector,
    row: Vec<f64>,
}

impl Conditioner {
    pub fn new(
        skeleton: &Skeleton,
        up: Up,
        cutoff_hz: f64,
        resolution: Option<[f64; 2]>,
        mirrored: bool,
    ) -> Self {
        let (keypoints, dims) = (skeleton.keypoints().len(), up.dims());
        Self {
            dims,
            min_confidence: skeleton.min_confidence(),
            time_constant: time_constant(cutoff_hz),
            resolution,
            mirror: if mirrored { skeleton.swap() } else { Vec::new() },
            is_image: up == Up::Image,
            filters: vec![CausalLowpass::default(); keypoints * dims],
            last_seen: vec![f64::NAN; keypoints],
            on_edge: vec![false; keypoints],
            swaps: SwapCorrector::new(skeleton, dims),
            row: vec![f64::NAN; keypoints * dims],
        }
    }

    pub fn reset(&mut self) {
        self.filters.iter_mut().for_each(CausalLowpass::reset);
        self.last_seen.fill(f64::NAN);
        self.on_edge.fill(false);
        self.swaps.reset();
    }

    /// How far the output lags behind, seconds.
    pub fn lag_s(&self) -> f64 {
        2.0 * self.time_constant
    }

    /// What [`Conditioner::push`] gave last.
    pub fn row(&self) -> &[f64] {
        &self.row
    }

    /// The keypoints of a frame at `time`, filtered; NaN where they are not to be trusted. `points` holds
    /// keypoint after keypoint, or nothing where nobody was found.
    pub fn push(&mut self, points: &[f64], confidence: Option<&[f64]>, time: f64) -> &[f64] {
        self.load(points, confidence);
        self.swaps.correct(&mut self.row, time);
        let points = self.row.chunks_exact_mut(self.dims);
        let filters = self.filters.chunks_exact_mut(self.dims);
        for ((point, filters), last) in points.zip(filters).zip(&mut self.last_seen) {
            if !point.iter().all(|v| v.is_finite()) {
                continue;
            }
            let gap = time - *last;
            if gap > FORGET_S {
                filters.iter_mut().for_each(CausalLowpass::reset);
            }
            *last = time;
            let share = CausalLowpass::gain(gap, self.time_constant);
            for (value, filter) in point.iter_mut().zip(filters) {
                *value = filter.push(*value, share);
            }
        }
        &self.row
    }

    /// Takes the points that are to be trusted, un-mirrored.
    fn load(&mut self, points: &[f64], confidence: Option<&[f64]>) {
        if points.len() != self.row.len() {
            self.row.fill(f64::NAN);
            return;
        }
        let (dims, size) = (self.dims, self.resolution);
        for (k, slot) in self.row.chunks_exact_mut(dims).enumerate() {
            let from = self.mirror.get(k).copied().unwrap_or(k);
            let point = points.get(from * dims..(from + 1) * dims).unwrap_or_default();
            let sure = match confidence {
                Some(all) => all.get(from).is_some_and(|c| *c >= self.min_confidence && *c > 0.0),
                // How estimators spell a keypoint that they have not found.
                None => !self.is_image || point.iter().any(|v| *v != 0.0),
            };
            let edge = self.is_image && size.is_some_and(|size| is_on_edge(point, size));
            let stays = std::mem::replace(self.on_edge.get_mut(k).unwrap_or(&mut false), edge);
            let trusted = sure && point.iter().all(|v| v.abs() <= FARTHEST) && !(edge && stays);
            if !trusted {
                slot.fill(f64::NAN);
                continue;
            }
            slot.copy_from_slice(point);
            if let (false, Some(x)) = (self.mirror.is_empty(), slot.first_mut()) {
                *x = size.map_or(0.0, |[width, _]| width) - *x;
            }
        }
    }
}

fn is_on_edge(point: &[f64], size: [f64; 2]) -> bool {
    point.iter().zip(size).any(|(v, size)| {
        v.abs() <= NEAR_EDGE || (size - 1.0 - NEAR_EDGE..=size + NEAR_EDGE).contains(v)
    })
}
