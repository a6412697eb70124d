//! Reads the input array in blocks of frames.

use ndarray::{ArrayView2, ArrayView3, Axis};

use super::pack::Real;
use super::plan::Plan;

/// Reader of blocks of frames; contiguous input is not copied.
pub(super) struct Frames<'a, S> {
    points: ArrayView3<'a, S>,
    plan: &'a Plan,
    contiguous: Option<&'a [S]>,
    copied: Vec<S>,
    stride: usize,
    /// Number of frames in a block.
    lanes: usize,
}

impl<'a, S: Real> Frames<'a, S> {
    pub(super) fn new(plan: &'a Plan, points: ArrayView3<'a, S>, lanes: usize) -> Self {
        let (_, keypoints, dims) = points.dim();
        Self {
            points,
            plan,
            contiguous: points.to_slice(),
            copied: Vec::new(),
            stride: keypoints * dims,
            lanes,
        }
    }

    /// Elements of the block that starts at frame `first`, and the number of elements per frame.
    #[inline(always)]
    pub(super) fn rows(&mut self, first: usize) -> (&[S], usize) {
        let enough = |rows: &&[S]| rows.len() >= self.lanes * self.stride;
        match self.contiguous.and_then(|all| all.get(first * self.stride..)).filter(enough) {
            Some(rows) => (rows, self.stride),
            None => {
                let stride = self.stride;
                (self.copied(first), stride)
            }
        }
    }

    /// Copies the keypoints that the plan reads. The last block is filled up with copies of the
    /// last frame, so that every lane holds a valid frame.
    fn copied(&mut self, first: usize) -> &[S] {
        self.copied.resize(self.stride * self.lanes, S::splat(f64::NAN));
        let last = self.points.dim().0.saturating_sub(1);
        for (lane, row) in self.copied.chunks_exact_mut(self.stride.max(1)).enumerate() {
            let frame = self.points.index_axis(Axis(0), (first + lane).min(last));
            gather(self.plan, frame, row);
        }
        &self.copied
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
