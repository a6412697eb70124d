//! One pass over frames for all columns of a plan, several frames at a time.

use ndarray::{ArrayView2, ArrayView3};

use super::lanes::{LANES, Lanes};
use super::measures::{Directions, Scene, level, pelvis, segment};
use super::plan::{Column, MAX_POINTS, PelvisReference, Plan, Source, Step};
use crate::space::Up;
use crate::validity::Validity;
use crate::vector::{Number, Vec3, add, cross, dot, norm, nowhere, scale, sub, unit};

/// The horizontal forward direction that inclinations and projections are read against.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Heading<'a> {
    /// Where the pelvis points in each frame (world), or the feet or the nose (image).
    PerFrame,
    /// One direction for all frames. In an image `[±1, 0, 0]`: which way the person faces.
    Fixed(Vec3),
    /// One direction for each frame.
    Series(&'a [Vec3]),
}

/// Standing height of the hip over the ankle, left and right, in the unit of the coordinates; needed
/// by `knee_flexion_from_depth` only.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Standing<'a> {
    /// One pair for all frames; NaN where it is not known.
    Fixed([f64; 2]),
    /// One pair for each frame: a person who walks away from the camera shrinks.
    Series(&'a [[f64; 2]]),
}

/// A hip line shorter than this share of the trunk in the image is seen end-on.
pub const SIDE_VIEW_RATIO: f64 = 0.15;

/// Beyond these squared distances from the origin products overflow or vanish: a point farther out is
/// no measurement, and a frame with all points nearer is none either.
const LARGEST_SQUARED: f64 = 1e100;
const SMALLEST_SQUARED: f64 = 1e-100;

/// Numbers of either width.
pub trait Real: Copy {
    /// To double precision.
    fn to_f64(self) -> f64;
    /// From double precision.
    fn from_f64(value: f64) -> Self;
}

impl Real for f64 {
    #[inline(always)]
    fn to_f64(self) -> f64 {
        self
    }
    #[inline(always)]
    fn from_f64(value: f64) -> Self {
        value
    }
}

impl Real for f32 {
    #[inline(always)]
    fn to_f64(self) -> f64 {
        f64::from(self)
    }
    #[inline(always)]
    #[allow(clippy::cast_possible_truncation)]
    fn from_f64(value: f64) -> Self {
        value as Self
    }
}

/// Everything one call reads, and where it writes.
pub(super) struct Work<'a, S> {
    pub plan: &'a Plan,
    pub points: ArrayView3<'a, S>,
    pub heading: Heading<'a>,
    pub standing: Standing<'a>,
    pub values: &'a mut [S],
    pub codes: &'a mut [u8],
}

/// Computes the angles of all frames; `dispatch` compiles it for each instruction set.
#[inline(always)]
pub(super) fn run<S: Real>(work: Work<'_, S>) {
    let Work { plan, points, heading, standing, values, codes } = work;
    let width = plan.columns.len();
    if width == 0 {
        return;
    }
    let mut block = Block::new(plan);
    let mut cells = vec![Cell::default(); width];
    let rows = values.chunks_mut(width * LANES).zip(codes.chunks_mut(width * LANES));
    for (b, (values, codes)) in rows.enumerate() {
        let first = b * LANES;
        for lane in 0..LANES {
            // The last block repeats its last frame, so that every lane holds a real one.
            let frame = (first + lane).min(points.dim().0.saturating_sub(1));
            block.load(lane, points.index_axis(ndarray::Axis(0), frame), heading, frame);
            block.stand(lane, standing, frame);
        }
        block.measure(&mut cells, values, codes);
    }
}

/// One column of a block.
#[derive(Clone, Copy, Default)]
struct Cell {
    numbers: Lanes,
    codes: [u8; LANES],
}

/// Several frames and what is known about them.
struct Block<'a> {
    plan: &'a Plan,
    standing: [Lanes; 2],
    points: [Vec3<Lanes>; MAX_POINTS],
    missing: [u64; LANES],
    forward: Vec3<Lanes>,
    heading_given: bool,
}

impl<'a> Block<'a> {
    fn new(plan: &'a Plan) -> Self {
        Self {
            plan,
            standing: [Lanes::default(); 2],
            points: [nowhere(); MAX_POINTS],
            missing: [0; LANES],
            forward: nowhere(),
            heading_given: false,
        }
    }

    #[inline(always)]
    fn load<S: Real>(
        &mut self,
        lane: usize,
        frame: ArrayView2<'_, S>,
        heading: Heading<'_>,
        t: usize,
    ) {
        let plan = self.plan;
        let dims = plan.options.up.dims();
        let contiguous = frame.to_slice();
        let keypoint = |k: usize| -> [f64; 3] {
            if let Some(all) = contiguous {
                return match all.get(k * dims..k * dims + dims) {
                    Some([x, y, z]) => [x.to_f64(), y.to_f64(), z.to_f64()],
                    Some([x, y]) => [x.to_f64(), y.to_f64(), 0.0],
                    _ => [f64::NAN; 3],
                };
            }
            let component = |d| frame.get((k, d)).map_or(f64::NAN, |c| c.to_f64());
            [component(0), component(1), if dims == 3 { component(2) } else { 0.0 }]
        };
        let (mut missing, mut farthest) = (0, 0.0);
        for (i, (point, source)) in self.points.iter_mut().zip(&plan.sources).enumerate() {
            let [x, y, z] = match *source {
                Source::One(k) => keypoint(k),
                Source::Blend(a, b, weight) => {
                    add(scale(keypoint(a), weight), scale(keypoint(b), 1.0 - weight))
                }
            };
            let squared = x * x + y * y + z * z;
            missing |= u64::from(!squared.is_finite() || squared > LARGEST_SQUARED) << i;
            farthest = if squared > farthest { squared } else { farthest };
            for (component, value) in point.iter_mut().zip([x, y, z]) {
                if let Some(slot) = component.0.get_mut(lane) {
                    *slot = value;
                }
            }
        }
        if let Some(slot) = self.missing.get_mut(lane) {
            *slot = if farthest < SMALLEST_SQUARED { u64::MAX } else { missing };
        }
        let forward = match heading {
            Heading::PerFrame => None,
            Heading::Fixed(forward) => Some(forward),
            Heading::Series(series) => series.get(t).copied(),
        };
        self.heading_given = forward.is_some();
        for (component, value) in self.forward.iter_mut().zip(forward.unwrap_or_default()) {
            if let Some(slot) = component.0.get_mut(lane) {
                *slot = value;
            }
        }
    }

    #[inline(always)]
    fn stand(&mut self, lane: usize, standing: Standing<'_>, t: usize) {
        let heights = match standing {
            Standing::Fixed(heights) => heights,
            Standing::Series(series) => series.get(t).copied().unwrap_or([f64::NAN; 2]),
        };
        for (lanes, height) in self.standing.iter_mut().zip(heights) {
            if let Some(slot) = lanes.0.get_mut(lane) {
                *slot = height;
            }
        }
    }

    /// Computes the columns of the block, then writes them out row by row.
    #[inline(always)]
    fn measure<S: Real>(&self, cells: &mut [Cell], values: &mut [S], codes: &mut [u8]) {
        let (scene, end_on) = self.scene();
        let any_missing = self.missing.iter().fold(0, |any, missing| any | missing);
        for (cell, column) in cells.iter_mut().zip(&self.plan.columns) {
            let numbers = Lanes::splat(column.sign * column.to_unit) * scene.measure(column.step);
            let needs =
                column.needs | if self.heading_given { 0 } else { column.needs_for_heading };
            let plain = needs & any_missing == 0
                && column.gate.is_none()
                && (self.heading_given || !column.compares_heading)
                && !column.frontal_in_image
                && numbers.all_finite();
            *cell = if plain {
                Cell { numbers, codes: [Validity::Ok as u8; LANES] }
            } else {
                let flexion = column.gate.and_then(|_| scene.knee_flexion(column.step));
                self.judged(column, numbers, flexion.unwrap_or_default(), needs, end_on)
            };
        }
        let width = cells.len();
        let rows = values.chunks_exact_mut(width).zip(codes.chunks_exact_mut(width));
        for (lane, (values, codes)) in rows.enumerate() {
            for ((value, code), cell) in values.iter_mut().zip(codes).zip(cells.iter()) {
                *value = S::from_f64(cell.numbers.0.get(lane).copied().unwrap_or(f64::NAN));
                *code = cell.codes.get(lane).copied().unwrap_or_default();
            }
        }
    }

    /// Gives every lane its own validity.
    fn judged(
        &self,
        column: &Column,
        mut numbers: Lanes,
        flexion: Lanes,
        needs: u64,
        end_on: [bool; LANES],
    ) -> Cell {
        let mut codes = [0; LANES];
        let lanes = flexion.0.iter().zip(self.missing).zip(end_on);
        for ((number, code), ((flexion, missing), end_on)) in
            numbers.0.iter_mut().zip(&mut codes).zip(lanes)
        {
            let lost = needs & missing != 0;
            let state = self.state(column, *number, flexion.to_degrees(), lost, end_on);
            if !state.is_measured() {
                *number = f64::NAN;
            }
            *code = state as u8;
        }
        Cell { numbers, codes }
    }

    /// Why a value is, or is not, to be trusted.
    fn state(
        &self,
        column: &Column,
        number: f64,
        flexion: f64,
        lost: bool,
        end_on: bool,
    ) -> Validity {
        if let Step::Never(why) = column.step {
            return why;
        }
        if lost {
            return Validity::MissingKeypoint;
        }
        if column.frontal_in_image && end_on {
            return Validity::SideView;
        }
        if column.compares_heading && !self.heading_given {
            return Validity::NeedsHeading;
        }
        let low = match column.gate {
            Some(gate) if flexion < gate.refuse_below => return Validity::BelowFlexionGate,
            Some(gate) => flexion < gate.low_below,
            None => false,
        };
        match (number.is_finite(), low) {
            (true, false) => Validity::Ok,
            (true, true) => Validity::Low,
            (false, _) if column.needs_facing && self.plan.options.up == Up::Image => {
                Validity::MissingKeypoint
            }
            (false, _) => Validity::Singular,
        }
    }

    /// Directions of world and pelvis, and in which lanes the hips are seen end-on.
    #[inline(always)]
    fn scene(&self) -> (Scene<'_, Lanes>, [bool; LANES]) {
        let Plan { body, options, .. } = self.plan;
        let up = options.up.vector().map(Lanes::splat);
        let line = |pair: Option<[usize; 2]>| {
            pair.map_or_else(nowhere, |pair| segment(&self.points, pair))
        };
        let (hip_line, trunk) = (line(body.hips), line(body.trunk));
        let reference = match options.pelvis {
            PelvisReference::Up => up,
            PelvisReference::Trunk => trunk,
        };
        let in_image = options.up == Up::Image;
        let (world, pelvis, end_on) = if in_image {
            self.image_directions(hip_line, trunk, reference, up)
        } else {
            let pelvis = pelvis(hip_line, reference);
            let ahead = if self.heading_given { self.forward } else { pelvis.forward };
            let forward = level(ahead, up);
            let world = Directions { forward, up, right: cross(forward, up) };
            (world, pelvis, [false; LANES])
        };
        let scene =
            Scene { points: &self.points, world, pelvis, in_image, standing: self.standing };
        (scene, end_on)
    }

    /// In an image, right comes from the two hips and forward from the feet or the nose.
    fn image_directions(
        &self,
        hip_line: Vec3<Lanes>,
        trunk: Vec3<Lanes>,
        reference: Vec3<Lanes>,
        up: Vec3<Lanes>,
    ) -> (Directions<Lanes>, Directions<Lanes>, [bool; LANES]) {
        let zero = Lanes::splat(0.0);
        let [across, ..] = hip_line;
        let mut end_on = [false; LANES];
        for (end_on, (across, trunk)) in end_on.iter_mut().zip(across.0.iter().zip(norm(trunk).0)) {
            *end_on = *across == 0.0 || across.abs() < SIDE_VIEW_RATIO * trunk;
        }
        let sign = |v: Lanes| v / v.abs();
        let forward = if self.heading_given { self.forward } else { self.facing().map(sign) };
        let [ahead, ..] = forward;
        let forward = [ahead, zero, zero];
        let right = [sign(across), zero, zero];
        let pelvis_up = unit(reference);
        let pelvis_forward =
            sub(scale(forward, dot(pelvis_up, up)), scale(up, dot(pelvis_up, forward)));
        let world = Directions { forward, up, right };
        (world, Directions { forward: pelvis_forward, up: pelvis_up, right }, end_on)
    }

    /// How far the feet (or the nose) point to the right of the image, over those that are seen.
    fn facing(&self) -> Vec3<Lanes> {
        let zero = Lanes::splat(0.0);
        let mut sum = zero;
        for &pair in self.plan.body.facing.iter().flatten() {
            let [across, ..] = segment(&self.points, pair);
            let seen = across.abs().if_at_least(zero, across, zero);
            sum = sum + seen;
        }
        [sum, zero, zero]
    }
}
