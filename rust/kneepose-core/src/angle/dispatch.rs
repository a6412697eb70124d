//! The same code compiled for the instruction sets of the processor at hand. No fused
//! multiply-adds, so every choice gives the same bits. The only file with `unsafe`.
#![allow(unsafe_code)]

use ndarray::ArrayView3;

use super::kernel::{Heading, Real, Standing, Work, run};
use super::plan::Plan;

/// Computes all columns of `plan`.
///
/// `points` is (frames, keypoints, 2 | 3) with any strides; NaN marks a missing keypoint. `values`
/// and `codes` are (frames × columns), row by row: degrees (or shares of the shank) and
/// [`Validity`](crate::validity::Validity) codes. Every NaN has a code other than `Ok` and `Low`.
/// Rows beyond the shortest argument are not touched.
pub fn evaluate<S: Real>(
    plan: &Plan,
    points: ArrayView3<'_, S>,
    heading: Heading<'_>,
    standing: Standing<'_>,
    values: &mut [S],
    codes: &mut [u8],
) {
    let cells = (points.dim().0 * plan.width()).min(values.len()).min(codes.len());
    let (Some(values), Some(codes)) = (values.get_mut(..cells), codes.get_mut(..cells)) else {
        return;
    };
    let work = Work { plan, points, heading, standing, values, codes };
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has AVX2, as was just asked.
        return unsafe { run_avx2(work) };
    }
    run(work);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn run_avx2<S: Real>(work: Work<'_, S>) {
    run(work);
}
