//! Angle of three points, without a skeleton.

use ndarray::{ArrayViewD, ArrayViewMutD, Axis, IxDyn};

use super::pack::{Pack, Real};
use crate::interrupt::check_at;
use crate::math::simd::{SimdJob, Wide, run_simd};
use crate::math::vector::{Number, Vec3, degrees_between, dot, nowhere, sub};

/// Angle at `q` between `q→p` and `q→r`, degrees in 0–180; 180 is straight. The arguments have the same
/// shape (…, 2 | 3); `out` has that shape without the last axis. NaN if a point is missing or coincides
/// with `q`.
pub fn angle<S: Real>(
    p: &ArrayViewD<'_, S>,
    q: &ArrayViewD<'_, S>,
    r: &ArrayViewD<'_, S>,
    out: ArrayViewMutD<'_, S>,
) {
    S::angle([p, q, r], out);
}

/// Implementation of [`angle`], compiled in one place; see [`super::compiled`].
pub(super) fn at_vertices<S: Real>(points: [&ArrayViewD<'_, S>; 3], out: ArrayViewMutD<'_, S>) {
    let [p, ..] = points;
    let Some(last) = p.ndim().checked_sub(1) else { return };
    let dims = p.len_of(Axis(last));
    run_simd(ThreePoint { points: points.map(|points| Points::new(points, dims)), out });
}

struct ThreePoint<'a, S> {
    points: [Points<'a, S>; 3],
    out: ArrayViewMutD<'a, S>,
}

impl<S: Real> SimdJob for ThreePoint<'_, S> {
    #[inline(always)]
    fn run(self, _: Option<Wide>) {
        self.run_in::<S::Pack>();
    }

    fn run_narrow(self) {
        self.run_in::<S>();
    }
}

impl<S: Real> ThreePoint<'_, S> {
    #[inline(always)]
    fn run_in<P: Pack<Scalar = S>>(mut self) {
        let count = self.out.len();
        let mut slots = self.out.iter_mut();
        for first in (0..count).step_by(P::LANES) {
            check_at(first);
            let [p, q, r] = self.points.each_mut().map(|points| points.block::<P>(first));
            let degrees = at_vertex(sub(p, q), sub(r, q));
            for (value, slot) in degrees.lanes().iter().zip(slots.by_ref()) {
                *slot = *value;
            }
        }
    }
}

#[inline(always)]
fn at_vertex<P: Pack>(mut u: Vec3<P>, mut v: Vec3<P>) -> P {
    let squares = dot(u, u) * dot(v, v);
    let (least, most) = (P::Scalar::SMALLEST_SQUARED, P::Scalar::LARGEST_SQUARED);
    if !(squares.all_at_least(least) && squares.all_at_most(most)) {
        (u, v) = (scaled(u), scaled(v));
    }
    degrees_between(u, v)
}

/// Scales a direction to a largest component of 1, so that products neither overflow nor underflow.
#[cold]
fn scaled<P: Pack>(v: Vec3<P>) -> Vec3<P> {
    let [x, y, z] = v.map(Number::abs);
    let larger = |a: P, b: P| a.if_at_least(b, a, b);
    let largest = larger(larger(x, y), larger(z, x));
    v.map(|component| component / largest)
}

/// Reader of blocks of points; non-contiguous points are copied.
struct Points<'a, S> {
    contiguous: Option<&'a [S]>,
    components: Vec<ndarray::iter::Iter<'a, S, IxDyn>>,
    copied: Vec<S>,
    dims: usize,
}

impl<'a, S: Real> Points<'a, S> {
    fn new(points: &ArrayViewD<'a, S>, dims: usize) -> Self {
        let contiguous = points.to_slice();
        let last = Axis(points.ndim().saturating_sub(1));
        let component = |d| points.clone().index_axis_move(last, d).into_iter();
        let components =
            if contiguous.is_some() { Vec::new() } else { (0..dims).map(component).collect() };
        Self { contiguous, components, copied: Vec::new(), dims }
    }

    /// Points of the block that starts at point `first`; NaN beyond the end.
    #[inline(always)]
    fn block<P: Pack<Scalar = S>>(&mut self, first: usize) -> Vec3<P> {
        let numbers = P::LANES * self.dims;
        let start = first * self.dims;
        if let Some(rows) = self.contiguous.and_then(|all| all.get(start..start + numbers)) {
            return P::load(rows, self.dims, 0, self.dims).unwrap_or_else(nowhere);
        }
        self.copied.clear();
        self.copied.resize(numbers, S::splat(f64::NAN));
        match self.contiguous.and_then(|all| all.get(start..)) {
            Some(rest) => {
                for (slot, value) in self.copied.iter_mut().zip(rest) {
                    *slot = *value;
                }
            }
            None => {
                for row in self.copied.chunks_exact_mut(self.dims.max(1)) {
                    for (slot, component) in row.iter_mut().zip(&mut self.components) {
                        *slot = component.next().copied().unwrap_or(*slot);
                    }
                }
            }
        }
        P::load(&self.copied, self.dims, 0, self.dims).unwrap_or_else(nowhere)
    }
}
