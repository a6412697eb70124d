//! Reference directions of a frame: forward, up and right of world, pelvis and image.

use super::plan::{MAX_POINTS, Plan};
use super::request::PelvisReference;
use crate::math::vector::{
    Number, Vec3, cross, dot, everywhere, norm, nowhere, reject, scale, sub, unit, where_at_least,
};
use crate::space::Up;

/// Minimum sine of the angle between the hip line and the pelvis reference; below it no pelvis frame is
/// defined.
/// Source: science.md 1.2.
const MIN_PELVIS_SINE: f64 = 0.2;
/// Minimum sine of the angle between a direction and the vertical; below it, the direction defines
/// no heading.
/// Source: science.md 1.2, where it is the limit of the pelvis.
const MIN_HEADING_SINE: f64 = 0.2;

/// Unit vectors forward, up and right; NaN if undefined.
#[derive(Clone, Copy)]
pub(super) struct Directions<N> {
    pub forward: Vec3<N>,
    pub up: Vec3<N>,
    pub right: Vec3<N>,
}

/// Points of a plan in one frame; NaN beyond the last one. The array has the maximum size, so that
/// reading a point needs no bounds check and no branch.
pub(super) type Points<N> = [Vec3<N>; MAX_POINTS];

/// Points and reference directions that the measures read.
pub(super) struct FrameGeometry<'a, N> {
    pub points: &'a Points<N>,
    pub world: Directions<N>,
    pub pelvis: Directions<N>,
    pub in_image: bool,
    pub standing: [N; 2],
}

/// Directions of the pelvis, from the hip line and the reference of the pelvic tilt.
#[inline(always)]
pub(super) fn pelvis<N: Number>(hip_line: Vec3<N>, reference: Vec3<N>) -> Directions<N> {
    let right = unit(hip_line);
    let across = cross(reference, right);
    let sine = norm(across);
    let least = N::splat(MIN_PELVIS_SINE) * norm(reference);
    let forward = where_at_least(sine, least, unit(across));
    Directions { forward, up: cross(right, forward), right }
}

/// Unit vector of the horizontal component of a direction; NaN if the direction is nearly vertical.
#[inline(always)]
pub(super) fn level<N: Number>(direction: Vec3<N>, up: Vec3<N>) -> Vec3<N> {
    let horizontal = reject(direction, up);
    let length = norm(horizontal);
    where_at_least(length, N::splat(MIN_HEADING_SINE) * norm(direction), unit(horizontal))
}

impl<'a, N: Number> FrameGeometry<'a, N> {
    /// Computes the directions of a frame. If `forward` is not given, the heading is that of the
    /// pelvis (world), or of the feet or nose (image).
    #[inline(always)]
    pub(super) fn new(
        plan: &Plan,
        points: &'a Points<N>,
        forward: Option<Vec3<N>>,
        standing: [N; 2],
    ) -> Self {
        let up = everywhere(plan.options.up.vector());
        let in_image = plan.options.up == Up::Image;
        let undefined = Directions { forward: nowhere(), up, right: nowhere() };
        let (world, pelvis) = if !plan.needs_directions {
            (undefined, undefined)
        } else {
            let hip_line = line(points, plan.body.hips);
            let reference = match plan.options.pelvis {
                PelvisReference::Up => up,
                PelvisReference::Trunk => line(points, plan.body.trunk),
            };
            if in_image {
                image_directions(plan, points, forward, hip_line, reference)
            } else {
                let pelvis = pelvis(hip_line, reference);
                let forward = level(forward.unwrap_or(pelvis.forward), up);
                (Directions { forward, up, right: cross(forward, up) }, pelvis)
            }
        };
        Self { points, world, pelvis, in_image, standing }
    }
}

/// Directions in an image: right is computed from the hips, forward from the feet or nose.
#[inline(always)]
fn image_directions<N: Number>(
    plan: &Plan,
    points: &Points<N>,
    forward: Option<Vec3<N>>,
    hip_line: Vec3<N>,
    reference: Vec3<N>,
) -> (Directions<N>, Directions<N>) {
    let zero = N::splat(0.0);
    let up = everywhere(plan.options.up.vector());
    let sign = |v: N| v / v.abs();
    let [across, ..] = hip_line;
    let [ahead, ..] = forward.unwrap_or_else(|| [facing(plan, points), zero, zero]);
    let forward = [sign(ahead), zero, zero];
    let right = [sign(across), zero, zero];
    let pelvis_up = unit(reference);
    let pelvis_forward =
        sub(scale(forward, dot(pelvis_up, up)), scale(up, dot(pelvis_up, forward)));
    let world = Directions { forward, up, right };
    (world, Directions { forward: pelvis_forward, up: pelvis_up, right })
}

/// Sum of the horizontal image components of the visible feet (or nose) directions; positive to the right.
#[inline(always)]
fn facing<N: Number>(plan: &Plan, points: &Points<N>) -> N {
    let zero = N::splat(0.0);
    let pairs = plan.body.facing.iter().flatten();
    pairs.fold(zero, |sum, &pair| {
        let [across, ..] = segment(points, pair);
        sum + across.abs().if_at_least(zero, across, zero)
    })
}

/// Same as [`segment`]; NaN if there is no pair of points.
#[inline(always)]
fn line<N: Number>(points: &Points<N>, pair: Option<[usize; 2]>) -> Vec3<N> {
    match pair {
        Some(pair) => segment(points, pair),
        None => nowhere(),
    }
}

/// Vector between two points; NaN if a point is missing.
#[inline(always)]
pub(super) fn segment<N: Number>(points: &Points<N>, [from, to]: [usize; 2]) -> Vec3<N> {
    match (points.get(from % MAX_POINTS), points.get(to % MAX_POINTS)) {
        (Some(from), Some(to)) => sub(*to, *from),
        _ => nowhere(),
    }
}
