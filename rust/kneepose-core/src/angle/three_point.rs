//! The angle between three points, without any skeleton.

use ndarray::{ArrayViewD, ArrayViewMutD, Axis};

use super::kernel::Real;
use crate::vector::{Vec3, angle_between, sub};

/// Angle at `q` between `q→p` and `q→r`, degrees in 0..180: 180 when straight. The arguments have
/// one shape (…, 2 | 3), `out` that shape without its last axis. NaN where a point is missing or two
/// points coincide.
pub fn angle<S: Real>(
    p: &ArrayViewD<'_, S>,
    q: &ArrayViewD<'_, S>,
    r: &ArrayViewD<'_, S>,
    mut out: ArrayViewMutD<'_, S>,
) {
    let Some(last) = p.ndim().checked_sub(1) else { return };
    let point = |lane: ndarray::ArrayView1<'_, S>| -> Vec3 {
        let component = |d| lane.get(d).map_or(0.0, |v| v.to_f64());
        [component(0), component(1), component(2)]
    };
    let axis = Axis(last);
    let triples = p.lanes(axis).into_iter().zip(q.lanes(axis)).zip(r.lanes(axis));
    for (out, ((p, q), r)) in out.iter_mut().zip(triples) {
        let vertex = point(q);
        let (u, v) = (sub(point(p), vertex), sub(point(r), vertex));
        *out = S::from_f64(angle_between(scaled(u), scaled(v)).to_degrees());
    }
}

/// A direction with its largest component at 1, so that no product overflows or vanishes.
fn scaled(v: Vec3) -> Vec3 {
    let largest = v.iter().fold(0.0, |largest: f64, c| largest.max(c.abs()));
    v.map(|c| c / largest)
}
