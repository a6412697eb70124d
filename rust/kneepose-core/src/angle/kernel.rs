//! One pass over frames for all columns of a plan.

use ndarray::{ArrayView3, ArrayViewMut2};

use super::plan::{Column, MAX_POINTS, PelvisReference, Plan, Source, Step};
use super::spec::{Axes, Basis};
use crate::skeleton::Side;
use crate::space::Up;
use crate::validity::Validity;
use crate::vector::{
    Vec3, angle_between, blend, cross, dot, elevation, norm, reject, scale, sub, unit,
};

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

/// A hip line shorter than this share of the trunk in the image is seen end-on.
pub const SIDE_VIEW_RATIO: f64 = 0.15;
/// Below this sine the hip line runs along its own reference and gives no pelvis.
const LEAST_PELVIS_SINE: f64 = 0.2;
/// Below this sine a direction stands too upright to give a heading.
const LEAST_LEVEL_SINE: f64 = 0.2;
/// Above this sine of adduction (78°) flexion and rotation of the hip cannot be told apart.
const GIMBAL_SINE: f64 = 0.98;

/// Numbers of either width.
pub trait Real: Copy {
    /// To double precision.
    fn to_f64(self) -> f64;
    /// From double precision.
    fn from_f64(value: f64) -> Self;
}

impl Real for f64 {
    fn to_f64(self) -> f64 {
        self
    }
    fn from_f64(value: f64) -> Self {
        value
    }
}

impl Real for f32 {
    fn to_f64(self) -> f64 {
        f64::from(self)
    }
    #[allow(clippy::cast_possible_truncation)]
    fn from_f64(value: f64) -> Self {
        value as Self
    }
}

/// Computes all columns of `plan`.
///
/// `points` is (frames, keypoints, 2 | 3) with any strides; NaN marks a missing keypoint. `values`
/// and `codes` are (frames, columns): degrees (or shares of the shank) and [`Validity`] codes. Every
/// NaN has a code other than `Ok` and `Low`. `standing` is the standing hip height of the left and
/// the right leg, needed by `knee_flexion_from_depth` only. Frames beyond the shortest argument are
/// not touched.
pub fn evaluate<S: Real>(
    plan: &Plan,
    points: ArrayView3<'_, S>,
    heading: Heading<'_>,
    standing: [f64; 2],
    mut values: ArrayViewMut2<'_, S>,
    mut codes: ArrayViewMut2<'_, u8>,
) {
    let mut frame = Frame::default();
    let rows = values.outer_iter_mut().zip(codes.outer_iter_mut());
    for (t, (coordinates, (mut value_row, mut code_row))) in
        points.outer_iter().zip(rows).enumerate()
    {
        let component = |k, d| coordinates.get((k, d)).map_or(f64::NAN, |c| c.to_f64());
        let keypoint = |k| {
            let z = if plan.options.up == Up::Image { 0.0 } else { component(k, 2) };
            [component(k, 0), component(k, 1), z]
        };
        frame.load(plan, keypoint);
        let forward = match heading {
            Heading::PerFrame => None,
            Heading::Fixed(forward) => Some(forward),
            Heading::Series(series) => series.get(t).copied(),
        };
        frame.orient(plan, forward);
        for ((column, value), code) in
            plan.columns.iter().zip(value_row.iter_mut()).zip(code_row.iter_mut())
        {
            let (number, validity) = frame.measure(column, standing);
            *value = S::from_f64(number);
            *code = validity as u8;
        }
    }
}

/// Forward, up, right.
#[derive(Clone, Copy, Default)]
struct Directions {
    forward: Vec3,
    up: Vec3,
    right: Vec3,
}

/// Everything known about one frame.
struct Frame {
    points: [Vec3; MAX_POINTS],
    missing: u64,
    world: Directions,
    pelvis: Directions,
    heading_given: bool,
    hips_end_on: bool,
    in_image: bool,
}

impl Default for Frame {
    fn default() -> Self {
        Self {
            points: [[f64::NAN; 3]; MAX_POINTS],
            missing: 0,
            world: Directions::default(),
            pelvis: Directions::default(),
            heading_given: false,
            hips_end_on: false,
            in_image: false,
        }
    }
}

impl Frame {
    fn load(&mut self, plan: &Plan, keypoint: impl Fn(usize) -> Vec3) {
        self.missing = 0;
        let mut bit = 1u64;
        for (point, source) in self.points.iter_mut().zip(&plan.sources) {
            *point = match *source {
                Source::One(k) => keypoint(k),
                Source::Blend(a, b, weight) => blend(keypoint(a), keypoint(b), weight),
            };
            if !(dot(*point, *point)).is_finite() {
                self.missing |= bit;
            }
            bit = bit.wrapping_shl(1);
        }
    }

    fn at(&self, index: usize) -> Vec3 {
        self.points.get(index).copied().unwrap_or([f64::NAN; 3])
    }

    fn segment(&self, [from, to]: [usize; 2]) -> Vec3 {
        sub(self.at(to), self.at(from))
    }

    /// Sets the directions of world and pelvis; what cannot be known is NaN.
    fn orient(&mut self, plan: &Plan, forward: Option<Vec3>) {
        let up = plan.options.up.vector();
        let nowhere = [f64::NAN; 3];
        let hip_line = plan.body.hips.map_or(nowhere, |hips| self.segment(hips));
        let trunk = plan.body.trunk.map_or(nowhere, |trunk| self.segment(trunk));
        self.heading_given = forward.is_some();
        self.in_image = plan.options.up == Up::Image;
        let reference = match plan.options.pelvis {
            PelvisReference::Up => up,
            PelvisReference::Trunk => trunk,
        };
        if self.in_image {
            let [across, ..] = hip_line;
            let trunk_length = norm(trunk);
            self.hips_end_on = across == 0.0 || across.abs() < SIDE_VIEW_RATIO * trunk_length;
            let forward = forward.unwrap_or_else(|| self.facing(plan));
            let right = [1f64.copysign(across), 0.0, across * 0.0];
            self.world = Directions { forward, up, right };
            let pelvis_up = unit(reference);
            let pelvis_forward =
                sub(scale(forward, dot(pelvis_up, up)), scale(up, dot(pelvis_up, forward)));
            self.pelvis = Directions { forward: pelvis_forward, up: pelvis_up, right };
            return;
        }
        let right = unit(hip_line);
        let across = cross(reference, right);
        self.pelvis = if norm(across) < LEAST_PELVIS_SINE * norm(reference) {
            Directions { forward: nowhere, up: nowhere, right }
        } else {
            let forward = unit(across);
            Directions { forward, up: cross(right, forward), right }
        };
        self.world.up = up;
        let forward = self.level(forward.unwrap_or(self.pelvis.forward));
        self.world = Directions { forward, up, right: cross(forward, up) };
    }

    /// The horizontal part of a direction at length 1; nowhere where it stands almost upright.
    fn level(&self, direction: Vec3) -> Vec3 {
        let level = reject(direction, self.world.up);
        if norm(level) < LEAST_LEVEL_SINE * norm(direction) { [f64::NAN; 3] } else { unit(level) }
    }

    /// Which way the person faces in an image, `[±1, 0, 0]`.
    fn facing(&self, plan: &Plan) -> Vec3 {
        let lengths = plan.body.facing.iter().flatten().map(|&pair| {
            let [across, ..] = self.segment(pair);
            across
        });
        let sum: f64 = lengths.filter(|across| across.is_finite()).sum();
        if sum == 0.0 { [f64::NAN; 3] } else { [1f64.copysign(sum), 0.0, 0.0] }
    }

    fn measure(&self, column: &Column, standing: [f64; 2]) -> (f64, Validity) {
        let refused = |why| (f64::NAN, why);
        if let Step::Never(why) = column.step {
            return refused(why);
        }
        let heading_needs = if self.heading_given { 0 } else { column.needs_for_heading };
        if (column.needs | heading_needs) & self.missing != 0 {
            return refused(Validity::MissingKeypoint);
        }
        if column.frontal_in_image && self.hips_end_on {
            return refused(Validity::SideView);
        }
        if let Step::Turn(_, Basis::World, Axes::ForwardFromRight) = column.step
            && !self.heading_given
        {
            return refused(Validity::NeedsHeading);
        }
        let validity = match (column.gate, self.knee_flexion(column.step)) {
            (Some(gate), Some(flexion)) if flexion < gate.refuse_below => {
                return refused(Validity::BelowFlexionGate);
            }
            (Some(gate), Some(flexion)) if flexion < gate.low_below => Validity::Low,
            _ => Validity::Ok,
        };
        let number = column.sign * self.number(column.step, standing);
        if !number.is_finite() {
            let [forward, ..] = self.world.forward;
            let facing_unknown = self.in_image && forward.is_nan();
            return refused(if facing_unknown {
                Validity::MissingKeypoint
            } else {
                Validity::Singular
            });
        }
        (if column.to_degrees { number.to_degrees() } else { number }, validity)
    }

    fn knee_flexion(&self, step: Step) -> Option<f64> {
        let (Step::HingeRotation([hip, knee, ankle]) | Step::FootRotation([hip, knee, ankle, ..])) =
            step
        else {
            return None;
        };
        Some(angle_between(self.segment([hip, knee]), self.segment([knee, ankle])).to_degrees())
    }

    /// The measure in radians (or as a ratio), before its sign; NaN where it does not exist.
    fn number(&self, step: Step, standing: [f64; 2]) -> f64 {
        let Directions { up, right, .. } = self.world;
        let on_frontal = |v: Vec3| (dot(v, right), dot(v, up));
        match step {
            Step::Never(_) => f64::NAN,
            Step::Bend([p, q, r]) => defined_angle(self.segment([p, q]), self.segment([q, r])),
            Step::Included([p, q, r]) => defined_angle(self.segment([q, p]), self.segment([q, r])),
            Step::Turn(segment, basis, axes) => {
                let v = self.segment(segment);
                let Directions { forward, up, right } = match basis {
                    Basis::World => self.world,
                    Basis::Pelvis => self.pelvis,
                };
                if basis == Basis::Pelvis && !self.in_image && self.near_gimbal(v) {
                    return f64::NAN;
                }
                let (first, second) = match axes {
                    Axes::ForwardFromUp => (forward, up),
                    Axes::RightFromUp => (right, up),
                    Axes::RightFromForward => (right, forward),
                    Axes::ForwardFromRight => (forward, right),
                };
                defined_atan2(dot(v, first), dot(v, second))
            }
            Step::Elevation(segment, basis) => {
                let v = self.segment(segment);
                let axis = if basis == Basis::Pelvis { self.pelvis.right } else { up };
                defined_atan2(dot(v, axis), norm(cross(v, axis)))
            }
            Step::HingeRotation([hip, knee, ankle]) => {
                let thigh = unit(self.segment([knee, hip]));
                if self.near_gimbal(thigh) {
                    return f64::NAN;
                }
                let hinge = cross(thigh, self.segment([knee, ankle]));
                let across = reject(self.pelvis.right, thigh);
                defined_atan2(dot(hinge, cross(thigh, across)), dot(hinge, across))
            }
            Step::FrontalBend([hip, knee, ankle]) => {
                let (ax, ay) = on_frontal(self.segment([hip, knee]));
                let (bx, by) = on_frontal(self.segment([knee, ankle]));
                defined_atan2(ax * by - ay * bx, ax * bx + ay * by)
            }
            Step::Complement([a, b, c, d]) => {
                let (u, v) = (self.segment([a, b]), self.segment([c, d]));
                defined_atan2(dot(u, v), norm(cross(u, v)))
            }
            Step::FrontalComplement([a, b, c, d]) => {
                let (ax, ay) = on_frontal(self.segment([a, b]));
                let (bx, by) = on_frontal(self.segment([c, d]));
                defined_atan2(ax * bx + ay * by, (ax * by - ay * bx).abs())
            }
            Step::SidewaysOffset([knee, target, ankle], foot) => {
                let across = match foot {
                    None => right,
                    Some(foot) => unit(cross(self.level(self.segment(foot)), up)),
                };
                dot(self.segment([target, knee]), across) / norm(self.segment([ankle, knee]))
            }
            Step::FootRotation([hip, knee, ankle, heel, toe]) => {
                let shank = unit(self.segment([ankle, knee]));
                let hinge = unit(cross(self.segment([knee, hip]), self.segment([knee, ankle])));
                let foot = reject(self.segment([heel, toe]), shank);
                defined_atan2(-dot(foot, hinge), dot(foot, cross(shank, hinge)))
            }
            Step::EpicondyleTilt([knee, ankle, medial, lateral]) => {
                // The axis runs laterally here; the column's sign is that of a rightward axis.
                let axis = unit(self.segment([medial, lateral]));
                elevation(self.segment([knee, ankle]), axis)
            }
            Step::Shortening(leg, side) => {
                let [left, right] = standing;
                let full = if side == Side::Left { left } else { right };
                let height = -dot(self.segment(leg), up) / full;
                let height = if full > 0.0 { height.clamp(-1.0, 1.0) } else { f64::NAN };
                2.0 * libm::atan2((1.0 - height * height).sqrt(), height)
            }
        }
    }

    fn near_gimbal(&self, thigh: Vec3) -> bool {
        (dot(thigh, self.pelvis.right) / norm(thigh)).abs() > GIMBAL_SINE
    }
}

/// `atan2`, NaN where both arguments vanish and no direction exists.
fn defined_atan2(y: f64, x: f64) -> f64 {
    if x == 0.0 && y == 0.0 { f64::NAN } else { libm::atan2(y, x) }
}

/// Angle between two directions, NaN where one of them vanishes.
fn defined_angle(a: Vec3, b: Vec3) -> f64 {
    if dot(a, a) == 0.0 || dot(b, b) == 0.0 { f64::NAN } else { angle_between(a, b) }
}
