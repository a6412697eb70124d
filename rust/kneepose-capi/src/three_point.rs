//! Angle of three points, without a skeleton.

use kneepose_core::angle::Real;
use kneepose_core::angle::three_point;
use ndarray::{ArrayViewMutD, IxDyn};

use crate::pointers::{In, KneeposeLayout, Out, check_disjoint};
use crate::status::{Failure, KneeposeStatus, Result, status};

/// Angle at `q` between the directions to `p` and to `r`, for `count` triples: degrees in 0..180; 180 is
/// straight. NaN if a point is missing or coincides with `q`.
///
/// Each of `p`, `q` and `r` has points of `components` (2 or 3) adjacent numbers. Two points are
/// `stride` elements apart; a stride of 0 means packed points. For a joint in an array of whole
/// frames, pass `p = frame + hip * components` and the number of elements of a frame as `stride`.
///
/// Ownership: the caller owns all memory. `out` has room for `count` numbers and must not overlap the
/// points.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "C" fn kneepose_angle_f64(
    p: In<f64>,
    q: In<f64>,
    r: In<f64>,
    count: usize,
    components: usize,
    stride: usize,
    out: Out<f64>,
) -> KneeposeStatus {
    status(|| three_point_angles([p, q, r], count, components, stride, out, f64::NAN))
}

/// Same as `kneepose_angle_f64`, in single precision.
///
/// Ownership: the caller owns all memory. `out` has room for `count` numbers and must not overlap the
/// points.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "C" fn kneepose_angle_f32(
    p: In<f32>,
    q: In<f32>,
    r: In<f32>,
    count: usize,
    components: usize,
    stride: usize,
    out: Out<f32>,
) -> KneeposeStatus {
    status(|| three_point_angles([p, q, r], count, components, stride, out, f32::NAN))
}

fn three_point_angles<S: Real>(
    points: [In<S>; 3],
    count: usize,
    components: usize,
    stride: usize,
    mut out: Out<S>,
    missing: S,
) -> Result<()> {
    if !matches!(components, 2 | 3) {
        return Err(Failure::shape(format!("components is {components}; points have 2 or 3")));
    }
    let layout = KneeposeLayout {
        frames: count,
        keypoints: 1,
        components,
        frame_stride: if stride == 0 { components } else { stride },
        keypoint_stride: components,
        component_stride: 1,
    };
    let [p, q, r] = ["p", "q", "r"];
    for (points, what) in points.iter().zip([p, q, r]) {
        check_disjoint(&points.reach(what, &layout)?, &out.reach(count), "out", what)?;
    }
    let [at_p, at_q, at_r] = &points;
    let arrays = (at_p.array(p, &layout)?, at_q.array(q, &layout)?, at_r.array(r, &layout)?);
    let (p, q, r) = (arrays.0.into_dyn(), arrays.1.into_dyn(), arrays.2.into_dyn());
    let out = out.filled("out", count, missing)?;
    let out = ArrayViewMutD::from_shape(IxDyn(&[count, 1]), out)
        .map_err(|error| Failure::shape(error.to_string()))?;
    three_point::angle(&p, &q, &r, out);
    Ok(())
}
