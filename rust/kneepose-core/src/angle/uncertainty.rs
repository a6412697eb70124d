//! Uncertainty of angles by first-order propagation of keypoint errors with exact derivatives:
//! `σ_θ² = Σ (∂θ/∂p)² σ_p²`.

use std::ops::{Add, Div, Mul, Neg, Sub};

use ndarray::{ArrayView2, ArrayView3};

use super::directions::{FrameGeometry, Points};
use super::formulas::{Formula, Source};
use super::plan::{MAX_POINTS, Plan};
use super::reference::{Heading, Standing};
use crate::interrupt::check_at;
use crate::math::vector::{Number, Vec3, nowhere};

/// Maximum standard deviation for which the first-order approximation is used, degrees.
/// Source: chosen: a larger spread wraps around the circle, which no first-order rule describes;
/// held by test tests/angles/test_uncertainty.py.
const MAX_SD_DEG: f64 = 30.0;

/// Distance of a value from the nearer end of its range, degrees; infinite for an unbounded value.
/// Closer than two standard deviations to an end, the first-order approximation is invalid.
fn distance_to_limit(formula: Formula, value: f64) -> f64 {
    match formula {
        Formula::Bend(_) | Formula::Included(_) | Formula::Shortening(..) => {
            value.min(180.0 - value)
        }
        _ => f64::INFINITY,
    }
}

/// Dual number: a value and its derivative in one direction, for automatic differentiation.
#[derive(Clone, Copy)]
struct Dual {
    value: f64,
    slope: f64,
}

impl Dual {
    fn constant(value: f64) -> Self {
        Self { value, slope: 0.0 }
    }
}

impl Add for Dual {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self { value: self.value + other.value, slope: self.slope + other.slope }
    }
}

impl Sub for Dual {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self { value: self.value - other.value, slope: self.slope - other.slope }
    }
}

impl Mul for Dual {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        let slope = self.slope * other.value + self.value * other.slope;
        Self { value: self.value * other.value, slope }
    }
}

impl Div for Dual {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        let value = self.value / other.value;
        Self { value, slope: (self.slope - value * other.slope) / other.value }
    }
}

impl Neg for Dual {
    type Output = Self;
    fn neg(self) -> Self {
        Self { value: -self.value, slope: -self.slope }
    }
}

impl Number for Dual {
    fn splat(value: f64) -> Self {
        Self::constant(value)
    }
    fn sqrt(self) -> Self {
        let value = self.value.sqrt();
        Self { value, slope: self.slope / (value + value) }
    }
    fn abs(self) -> Self {
        if self.value >= 0.0 { self } else { -self }
    }
    fn atan2(self, x: Self) -> Self {
        let (y, squared) = (self, self.value * self.value + x.value * x.value);
        let slope = (x.value * y.slope - y.value * x.slope) / squared;
        Self { value: y.value.atan2(x.value), slope }
    }
    fn if_at_least(self, other: Self, then: Self, otherwise: Self) -> Self {
        if self.value >= other.value { then } else { otherwise }
    }
}

/// One source of error: a keypoint (or a point of a plan), with the points of the plan that depend
/// on it.
struct Influence {
    keypoint: usize,
    dependents: Vec<(usize, f64)>,
    bits: u64,
}

/// One source of error for each keypoint that a plan reads.
fn of_keypoints(plan: &Plan) -> Vec<Influence> {
    let of_keypoint = |&keypoint: &usize| {
        let weight = |source: &Source| {
            source.weights().iter().filter(|(k, _)| *k == keypoint).map(|(_, w)| w).sum::<f64>()
        };
        let dependents: Vec<(usize, f64)> =
            plan.sources.iter().map(weight).enumerate().filter(|(_, w)| *w != 0.0).collect();
        let bits = dependents.iter().fold(0, |bits, (i, _)| bits | 1 << i);
        Influence { keypoint, dependents, bits }
    };
    plan.keypoints_read.iter().map(of_keypoint).collect()
}

/// One source of error for each point of a plan.
fn of_points(plan: &Plan) -> Vec<Influence> {
    let of_point = |i| Influence { keypoint: i, dependents: vec![(i, 1.0)], bits: 1 << i };
    (0..plan.sources.len()).map(of_point).collect()
}

/// Writes the standard deviations of the angles in `values` to `out`, in the unit of each angle.
/// `values` has (frames × columns) numbers, as from [`evaluate`](super::evaluate). `sds` (frames,
/// keypoints) has the standard deviation of each keypoint along each axis, in the unit of the
/// coordinates. The result is NaN if there is no value, or if the first-order approximation is
/// invalid: within two standard deviations of a straight or fully flexed joint, or above 30°.
/// Keypoints, axes and frames are assumed to be independent, and heading and standing height to be
/// exact.
pub fn propagate(
    plan: &Plan,
    points: ArrayView3<'_, f64>,
    heading: Heading<'_>,
    standing: Standing<'_>,
    sds: ArrayView2<'_, f64>,
    values: &[f64],
    out: &mut [f64],
) {
    let sigma = |t: usize, keypoint: usize| sds.get((t, keypoint)).copied().unwrap_or(f64::NAN);
    let first_order = |_: usize, formula: Formula, value: f64, sd: f64| {
        let holds =
            !value.is_nan() && sd <= MAX_SD_DEG && sd <= 0.5 * distance_to_limit(formula, value);
        if holds { sd } else { f64::NAN }
    };
    sweep(plan, points, (heading, standing), &of_keypoints(plan), sigma, first_order, values, out);
}

/// Correlation of constant offsets of keypoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offsets {
    /// Each keypoint has an independent offset. In the frontal plane, offsets that both sides have
    /// in common are mirrored, and cancel in the midpoint of two keypoints.
    OfKeypoints,
    /// Each point of the plan has an independent offset. A midpoint then has the same offset as a
    /// single keypoint. This applies to forward and upward offsets, which estimators make alike on
    /// both sides.
    OfPoints,
}

/// Writes the errors of the angles in `values` that constant offsets of the keypoints cause.
/// `sigmas` has, for each column, the standard deviation of the offsets along each axis, in the
/// unit of the coordinates. The offsets are the same in all frames. Errors are limited to 30°. Near
/// a straight joint the true error is somewhat smaller than the result.
pub fn propagate_offsets(
    plan: &Plan,
    points: ArrayView3<'_, f64>,
    references: (Heading<'_>, Standing<'_>),
    (offsets, sigmas): (Offsets, &[f64]),
    values: &[f64],
    out: &mut [f64],
) {
    let influences = match offsets {
        Offsets::OfKeypoints => of_keypoints(plan),
        Offsets::OfPoints => of_points(plan),
    };
    let most = |i: usize, _: Formula, value: f64, sd: f64| {
        let sigma = sigmas.get(i).copied().unwrap_or(f64::NAN);
        if value.is_nan() { value } else { (sigma * sd).min(MAX_SD_DEG) }
    };
    sweep(plan, points, references, &influences, |_, _| 1.0, most, values, out);
}

/// Sums the variances of all sources of error in every frame. Writes the result of `finish`, which
/// gets column, formula, value and standard deviation.
#[allow(clippy::too_many_arguments)]
fn sweep(
    plan: &Plan,
    points: ArrayView3<'_, f64>,
    (heading, standing): (Heading<'_>, Standing<'_>),
    influences: &[Influence],
    sigma: impl Fn(usize, usize) -> f64,
    finish: impl Fn(usize, Formula, f64, f64) -> f64,
    values: &[f64],
    out: &mut [f64],
) {
    let width = plan.width();
    if width == 0 {
        return;
    }
    let mut variances = vec![0.0; width];
    let mut dual_points = [nowhere(); MAX_POINTS];
    let frames = points.outer_iter().zip(values.chunks(width)).zip(out.chunks_mut(width));
    for (t, ((frame, values), out)) in frames.enumerate() {
        check_at(t);
        variances.fill(0.0);
        read_points(plan, frame, &mut dual_points);
        let frame = DualFrame {
            plan,
            points: &mut dual_points,
            forward: heading.at(t).map(|forward| forward.map(Dual::constant)),
            standing: standing.at(t).map(Dual::constant),
        };
        for influence in influences {
            for axis in 0..plan.options.up.dims() {
                seed_slope(frame.points, &influence.dependents, axis, 1.0);
                frame.add_variance(influence.bits, sigma(t, influence.keypoint), &mut variances);
                seed_slope(frame.points, &influence.dependents, axis, 0.0);
            }
        }
        let columns = plan.columns.iter().zip(&variances);
        for (i, ((sd, value), (column, variance))) in
            out.iter_mut().zip(values).zip(columns).enumerate()
        {
            *sd = finish(i, column.formula, *value, variance.sqrt());
        }
    }
}

/// Reads the points of a plan in one frame, with zero derivatives.
fn read_points(plan: &Plan, frame: ArrayView2<'_, f64>, points: &mut Points<Dual>) {
    let point = |source: &Source| {
        let component = |d| {
            let at = |k: usize| frame.get((k, d)).copied().unwrap_or(0.0);
            source.weights().iter().map(|&(k, weight)| weight * at(k)).sum()
        };
        [0, 1, 2].map(|d| Dual::constant(component(d)))
    };
    for (slot, source) in points.iter_mut().zip(&plan.sources) {
        *slot = point(source);
    }
}

/// Sets the derivative of all points that depend on a keypoint, with respect to one of its
/// components.
fn seed_slope(points: &mut [Vec3<Dual>], dependents: &[(usize, f64)], axis: usize, slope: f64) {
    for &(source, weight) in dependents {
        if let Some(number) = points.get_mut(source).and_then(|point| point.get_mut(axis)) {
            number.slope = slope * weight;
        }
    }
}

/// Points, heading and standing height of one frame, as dual numbers.
struct DualFrame<'a> {
    plan: &'a Plan,
    points: &'a mut Points<Dual>,
    forward: Option<Vec3<Dual>>,
    standing: [Dual; 2],
}

impl DualFrame<'_> {
    /// Adds the contribution of one component of one keypoint to the variance of each column.
    fn add_variance(&self, bits: u64, sigma: f64, variances: &mut [f64]) {
        let Self { plan, points, forward, standing } = self;
        let geometry = FrameGeometry::new(plan, points, *forward, *standing);
        for (variance, column) in variances.iter_mut().zip(&plan.columns) {
            let needs = column.needs | if forward.is_some() { 0 } else { column.needs_for_heading };
            if needs & bits != 0 {
                let contribution = geometry.measure(column.formula).slope * sigma * column.to_unit;
                *variance += contribution * contribution;
            }
        }
    }
}
