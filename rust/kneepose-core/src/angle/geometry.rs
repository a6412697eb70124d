//! Geometry of each measure, written once for any [`Number`]. The results are degrees for angles
//! between two segments, otherwise radians or ratios, and NaN if undefined. The column applies sign
//! and unit afterwards.

use super::directions::{Directions, FrameGeometry, level, segment};
use super::formulas::Formula;
use super::spec::{Axes, Basis};
use crate::math::vector::{
    Number, Vec3, add, angle_between, cross, degrees_between, dot, elevation, norm, reject, scale,
    unit,
};
use crate::skeleton::Side;

/// Minimum visible length of a segment as a fraction of its neighbor. A shorter one points at the viewer
/// (within 12°), and its direction in the plane is noise.
/// Source: decision 0011.
const MIN_VISIBLE_FRACTION: f64 = 0.2;
/// Minimum distance between the ankles as a fraction of that between the hips. If the ankles are
/// closer together, their distance is no usable reference.
/// Source: science.md 1.3.
const MIN_STANCE: f64 = 0.5;
/// Sine of the maximum adduction (78°); above it flexion and rotation of the hip cannot be separated.
/// Source: science.md 1.3.
pub(super) const GIMBAL_SINE: f64 = 0.98;
/// Sine of the minimum angle (12°) between a rotation axis and the vertical; below it the horizontal
/// reference direction is undefined.
/// Source: science.md 1.2.
const MIN_AXIS_SINE: f64 = 0.2;

impl<N: Number> FrameGeometry<'_, N> {
    #[inline(always)]
    fn segment(&self, [from, to]: [usize; 2]) -> Vec3<N> {
        segment(self.points, [from, to])
    }

    /// Components of a segment to the right and up.
    #[inline(always)]
    fn on_frontal(&self, ends: [usize; 2]) -> (N, N) {
        let v = self.segment(ends);
        (dot(v, self.world.right), dot(v, self.world.up))
    }

    /// Standing height of the hip above the ankle; NaN if it is not positive.
    #[inline(always)]
    fn standing_height(&self, side: Side) -> N {
        let [left, right] = self.standing;
        let full = if side == Side::Left { left } else { right };
        N::splat(0.0).if_at_least(full, N::splat(f64::NAN), full)
    }

    /// Knee flexion that decides whether a rotation is refused, radians; `None` for formulas
    /// without a flexion gate.
    #[inline(always)]
    pub(super) fn knee_flexion(&self, formula: Formula) -> Option<N> {
        let (Formula::HingeRotation([hip, knee, ankle], _)
        | Formula::FootRotation([hip, knee, ankle, ..])) = formula
        else {
            return None;
        };
        Some(angle_between(self.segment([hip, knee]), self.segment([knee, ankle])))
    }

    #[inline(always)]
    pub(super) fn measure(&self, formula: Formula) -> N {
        let Directions { up, right, .. } = self.world;
        match formula {
            Formula::Never(_) => N::splat(f64::NAN),
            Formula::Bend(_) | Formula::Included(_) => match formula.segments() {
                Some([a, b]) => degrees_between(self.segment(a), self.segment(b)),
                None => N::splat(f64::NAN),
            },
            Formula::Turn(segment, basis, axes) => {
                let v = self.segment(segment);
                let Directions { forward, up, right } = match basis {
                    Basis::World => &self.world,
                    Basis::Pelvis => &self.pelvis,
                };
                let (first, second) = match axes {
                    Axes::ForwardFromUp => (forward, up),
                    Axes::RightFromUp => (right, up),
                    Axes::RightFromForward => (right, forward),
                    Axes::ForwardFromRight => (forward, right),
                };
                let angle = dot(v, *first).atan2(dot(v, *second));
                match basis {
                    Basis::Pelvis if !self.in_image => self.unless_gimbal(v, angle),
                    _ => angle,
                }
            }
            Formula::Elevation(segment, basis) => {
                let axis = if basis == Basis::Pelvis { self.pelvis.right } else { up };
                elevation(self.segment(segment), axis)
            }
            Formula::HingeRotation([hip, knee, ankle], tangent_of_valgus) => {
                let thigh = unit(self.segment([knee, hip]));
                let shank = self.segment([knee, ankle]);
                let hinge = cross(thigh, shank);
                let angle = self.turn_about(thigh, hinge);
                if tangent_of_valgus == 0.0 {
                    return angle;
                }
                // A leg with valgus is not in the plane of its hinge. The flexion about the hinge
                // is then slightly smaller than the three-point angle.
                let (along, square) = (dot(thigh, shank), dot(shank, shank));
                let tangent = N::splat(tangent_of_valgus);
                let seen = along * along * (N::splat(1.0) + tangent * tangent);
                angle - (tangent * square.sqrt()).atan2((square - seen).sqrt())
            }
            Formula::FrontalBend([hip, knee, ankle]) => {
                let (ax, ay) = self.on_frontal([hip, knee]);
                let (bx, by) = self.on_frontal([knee, ankle]);
                let angle = (ax * by - ay * bx).atan2(ax * bx + ay * by);
                let (a, b) = ((ax * ax + ay * ay).sqrt(), (bx * bx + by * by).sqrt());
                let (least, nan) = (N::splat(MIN_VISIBLE_FRACTION), N::splat(f64::NAN));
                a.if_at_least(least * b, b.if_at_least(least * a, angle, nan), nan)
            }
            Formula::Complement([a, b, c, d]) => {
                let (u, v) = (self.segment([a, b]), self.segment([c, d]));
                dot(u, v).atan2(norm(cross(u, v)))
            }
            Formula::FrontalComplement([a, b, c, d]) => {
                let (ax, ay) = self.on_frontal([a, b]);
                let (bx, by) = self.on_frontal([c, d]);
                (ax * bx + ay * by).atan2((ax * by - ay * bx).abs())
            }
            Formula::FrontalOffset([hip, knee, ankle], standing) => {
                let (ax, ay) = self.on_frontal([hip, ankle]);
                let (bx, by) = self.on_frontal([hip, knee]);
                let line = (ax * ax + ay * ay).sqrt();
                let leg = match standing {
                    Some(side) => self.standing_height(side),
                    None => norm(self.segment([hip, knee])) + norm(self.segment([knee, ankle])),
                };
                let seen = line.if_at_least(
                    N::splat(MIN_VISIBLE_FRACTION) * leg,
                    line,
                    N::splat(f64::NAN),
                );
                (ax * by - ay * bx) / seen / leg
            }
            Formula::SidewaysOffset([knee, target, ankle], foot) => {
                let across = match foot {
                    None => right,
                    Some(foot) => unit(cross(level(self.segment(foot), up), up)),
                };
                dot(self.segment([target, knee]), across) / norm(self.segment([ankle, knee]))
            }
            Formula::FootRotation([hip, knee, ankle, heel, toe]) => {
                let shank = unit(self.segment([ankle, knee]));
                let hinge = unit(cross(self.segment([knee, hip]), self.segment([knee, ankle])));
                let foot = reject(self.segment([heel, toe]), shank);
                (-dot(foot, hinge)).atan2(dot(foot, cross(shank, hinge)))
            }
            Formula::EpicondyleTilt([knee, ankle, medial, lateral]) => {
                elevation(self.segment([knee, ankle]), unit(self.segment([medial, lateral])))
            }
            Formula::AxisRotation([hip, knee, from, to]) => {
                self.turn_about(unit(self.segment([knee, hip])), self.segment([from, to]))
            }
            Formula::Shortening(leg, side) => {
                let (one, zero) = (N::splat(1.0), N::splat(0.0));
                let height = -dot(self.segment(leg), up) / self.standing_height(side);
                // A hip below its ankle does not belong to a standing person.
                let height = height.if_at_least(zero, height, N::splat(f64::NAN));
                let height = height.if_at_least(one, one, height);
                let half = (one - height * height).sqrt().atan2(height);
                half + half
            }
            Formula::PlaneElevation([hip, knee, ankle], side) => {
                let line = unit(self.segment([hip, ankle]));
                let ahead = scale(cross(up, line), N::splat(side.sign()));
                let knee = self.segment([hip, knee]);
                unless_vertical(ahead, dot(knee, reject(up, line)).atan2(dot(knee, ahead)))
            }
            Formula::Roll([left, right, from, to]) => {
                let along = unit(self.segment([from, to]));
                let across = cross(along, up);
                let line = self.segment([left, right]);
                unless_vertical(across, dot(line, reject(up, along)).atan2(dot(line, across)))
            }
            Formula::DistanceRatio([a, b, c, d]) => {
                norm(self.segment([a, b])) / norm(self.segment([c, d]))
            }
            Formula::StanceOffset([left_hip, right_hip, left_ankle, right_ankle]) => {
                let stance = reject(self.segment([left_ankle, right_ankle]), up);
                let hips = reject(self.segment([left_hip, right_hip]), up);
                let both = add(
                    self.segment([left_ankle, left_hip]),
                    self.segment([right_ankle, right_hip]),
                );
                let width = dot(stance, stance);
                let least = N::splat(MIN_STANCE * MIN_STANCE) * dot(hips, hips);
                let wide = width.if_at_least(least, width, N::splat(f64::NAN));
                N::splat(0.5) * dot(both, stance) / wide
            }
        }
    }

    /// Rotation about the thigh of an axis that points to the right, relative to the pelvis.
    #[inline(always)]
    fn turn_about(&self, thigh: Vec3<N>, axis: Vec3<N>) -> N {
        let across = reject(self.pelvis.right, thigh);
        let angle = dot(axis, cross(thigh, across)).atan2(dot(axis, across));
        self.unless_gimbal(thigh, angle)
    }

    #[inline(always)]
    fn unless_gimbal(&self, thigh: Vec3<N>, angle: N) -> N {
        let sine = dot(thigh, self.pelvis.right).abs();
        let limit = N::splat(GIMBAL_SINE) * norm(thigh);
        limit.if_at_least(sine, angle, N::splat(f64::NAN))
    }
}

/// Returns `angle`, a rotation about a line, or NaN if the line is nearly vertical. `across` is the
/// horizontal direction perpendicular to the line.
#[inline(always)]
fn unless_vertical<N: Number>(across: Vec3<N>, angle: N) -> N {
    norm(across).if_at_least(N::splat(MIN_AXIS_SINE), angle, N::splat(f64::NAN))
}
