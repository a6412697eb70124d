//! The directions that the measures read a frame against: world, pelvis, image.

use super::plan::Plan;
use super::request::PelvisReference;
use crate::math::vector::{
    Number, Vec3, cross, dot, everywhere, norm, nowhere, reject, scale, sub, unit, where_at_least,
};
use crate::space::Up;

/// Below this sine the hip line runs along its own reference and gives no pelvis.
const LEAST_PELVIS_SINE: f64 = 0.2;
/// Below this sine a direction stands too upright to give a heading.
const LEAST_LEVEL_SINE: f64 = 0.2;

/// Forward, up, right.
#[derive(Clone, Copy)]
pub(super) struct Directions<N> {
    pub forward: Vec3<N>,
    pub up: Vec3<N>,
    pub right: Vec3<N>,
}

/// What the measures read.
pub(super) struct Scene<'a, N> {
    pub points: &'a [Vec3<N>],
    pub world: Directions<N>,
    pub pelvis: Directions<N>,
    pub in_image: bool,
    pub standing: [N; 2],
}

/// The pelvis from its hip line and what its tilt is read against.
#[inline(always)]
pub(super) fn pelvis<N: Number>(hip_line: Vec3<N>, reference: Vec3<N>) -> Directions<N> {
    let right = unit(hip_line);
    let across = cross(reference, right);
    let sine = norm(across);
    let least = N::splat(LEAST_PELVIS_SINE) * norm(reference);
    let forward = where_at_least(sine, least, unit(across));
    Directions { forward, up: cross(right, forward), right }
}

/// The horizontal part of a direction at length 1; nowhere where it stands almost upright.
#[inline(always)]
pub(super) fn level<N: Number>(direction: Vec3<N>, up: Vec3<N>) -> Vec3<N> {
    let flat = reject(direction, up);
    let length = norm(flat);
    where_at_least(length, N::splat(LEAST_LEVEL_SINE) * norm(direction), unit(flat))
}

impl<'a, N: Number> Scene<'a, N> {
    /// Directions from the points of a plan. Without `forward` the heading is that of the pelvis
    /// (world), or of the feet or the nose (image).
    #[inline(always)]
    pub(super) fn new(
        plan: &Plan,
        points: &'a [Vec3<N>],
        forward: Option<Vec3<N>>,
        standing: [N; 2],
    ) -> Self {
        let up = everywhere(plan.options.up.vector());
        let in_image = plan.options.up == Up::Image;
        let unknown = Directions { forward: nowhere(), up, right: nowhere() };
        let (world, pelvis) = if !plan.needs_directions {
            (unknown, unknown)
        } else {
            let line = |pair: Option<[usize; 2]>| match pair {
                Some(pair) => segment(points, pair),
                None => nowhere(),
            };
            let hip_line = line(plan.body.hips);
            let reference = match plan.options.pelvis {
                PelvisReference::Up => up,
                PelvisReference::Trunk => line(plan.body.trunk),
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

/// In an image, right comes from the two hips and forward from the feet or the nose.
#[inline(always)]
fn image_directions<N: Number>(
    plan: &Plan,
    points: &[Vec3<N>],
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

/// How far the feet (or the nose) point to the right of the image, over those that are seen.
#[inline(always)]
fn facing<N: Number>(plan: &Plan, points: &[Vec3<N>]) -> N {
    let zero = N::splat(0.0);
    let pairs = plan.body.facing.iter().flatten();
    pairs.fold(zero, |sum, &pair| {
        let [across, ..] = segment(points, pair);
        sum + across.abs().if_at_least(zero, across, zero)
    })
}

/// From one point to another; nowhere for points that are not there.
#[inline(always)]
pub(super) fn segment<N: Number>(points: &[Vec3<N>], [from, to]: [usize; 2]) -> Vec3<N> {
    match (points.get(from), points.get(to)) {
        (Some(from), Some(to)) => sub(*to, *from),
        _ => [N::splat(f64::NAN); 3],
    }
}
