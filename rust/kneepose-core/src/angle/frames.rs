//! The input, block by block.

use ndarray::{ArrayView2, ArrayView3, Axis};

use super::pack::{Pack, Real};
use super::plan::Plan;

/// The frames of the input as rows of numbers, block by block, without a copy where they lie one
/// after the other.
pub(super) struct Frames<'a, S> {
    points: ArrayView3<'a, S>,
    plan: &'a Plan,
    together: Option<&'a [S]>,
    staged: Vec<S>,
    stride: usize,
}

impl<'a, S: Real> Frames<'a, S> {
    pub(super) fn new(plan: &'a Plan, points: ArrayView3<'a, S>) -> Self {
        let (_, keypoints, dims) = points.dim();
        Self {
            points,
            plan,
            together: points.to_slice(),
            staged: Vec::new(),
            stride: keypoints * dims,
        }
    }

    /// The numbers of a block from frame `first` on, and how many there are to a frame.
    #[inline(always)]
    pub(super) fn rows(&mut self, first: usize) -> (&[S], usize) {
        let enough = |rows: &&[S]| rows.len() >= S::Pack::LANES * self.stride;
        match self.together.and_then(|all| all.get(first * self.stride..)).filter(enough) {
            Some(rows) => (rows, self.stride),
            None => {
                let stride = self.stride;
                (self.staged(first), stride)
            }
        }
    }

    /// Gathers the keypoints that the plan reads. The last block repeats its last frame, so that every
    /// lane holds a real one.
    fn staged(&mut self, first: usize) -> &[S] {
        self.staged.resize(self.stride * S::Pack::LANES, S::splat(f64::NAN));
        let last = self.points.dim().0.saturating_sub(1);
        for (lane, row) in self.staged.chunks_exact_mut(self.stride.max(1)).enumerate() {
            let frame = self.points.index_axis(Axis(0), (first + lane).min(last));
            gather(self.plan, frame, row);
        }
        &self.staged
    }
}

fn gather<S: Real>(plan: &Plan, frame: ArrayView2<'_, S>, row: &mut [S]) {
    if let Some(all) = frame.to_slice() {
        row.copy_from_slice(all);
        return;
    }
    let dims = plan.options.up.dims();
    for &keypoint in plan.keypoints_read.iter() {
        let at = keypoint * dims;
        let slots = row.get_mut(at..at + dims).unwrap_or_default();
        for (slot, value) in slots.iter_mut().zip(frame.row(keypoint)) {
            *slot = *value;
        }
    }
}
