//! Vector algebra for the kernels, on `[x, y, z]` of single numbers or of packs of several frames.
//! Two-dimensional points have z = 0.

use std::ops::{Add, Div, Mul, Neg, Sub};

use crate::math::atan2::{Degrees, atan2, atan2_above, atan2_above_single, atan2_single};

/// A number, or a pack with one number for each of several frames.
pub trait Number:
    Copy
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
{
    /// A constant, the same in every frame.
    fn splat(value: f64) -> Self;
    /// Square root.
    fn sqrt(self) -> Self;
    /// Absolute value.
    fn abs(self) -> Self;
    /// Angle of the point (x, y) = (`x`, `self`), radians in [−π, π]; NaN at the origin.
    fn atan2(self, x: Self) -> Self;
    /// [`atan2`](Self::atan2) of a point with `self` ≥ 0, with fewer steps and the same bits.
    #[inline(always)]
    fn atan2_above(self, x: Self) -> Self {
        self.atan2(x)
    }
    /// Angle in degrees of a point with `self` ≥ 0.
    #[inline(always)]
    fn degrees_above(self, x: Self) -> Self {
        self.atan2(x) * Self::splat(1f64.to_degrees())
    }
    /// `then` if `self ≥ other`, else `otherwise`. The comparison is false if either is NaN.
    fn if_at_least(self, other: Self, then: Self, otherwise: Self) -> Self;
}

macro_rules! plain_number {
    ($number:ty, $atan2:path, $above:path) => {
        impl Number for $number {
            #[inline(always)]
            #[allow(clippy::cast_possible_truncation)]
            fn splat(value: f64) -> Self {
                value as Self
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                Self::sqrt(self)
            }
            #[inline(always)]
            fn abs(self) -> Self {
                Self::abs(self)
            }
            #[inline(always)]
            fn atan2(self, x: Self) -> Self {
                $atan2(self, x)
            }
            #[inline(always)]
            fn atan2_above(self, x: Self) -> Self {
                $above(self, x)
            }
            #[inline(always)]
            fn degrees_above(self, x: Self) -> Self {
                Self::degrees(Self::octant(self, x), x)
            }
            #[inline(always)]
            fn if_at_least(self, other: Self, then: Self, otherwise: Self) -> Self {
                if self >= other { then } else { otherwise }
            }
        }
    };
}

plain_number!(f64, atan2, atan2_above);
plain_number!(f32, atan2_single, atan2_above_single);

/// A point or direction, `[x, y, z]`.
pub type Vec3<N = f64> = [N; 3];

/// Undefined vector: NaN in all components.
#[inline(always)]
pub fn nowhere<N: Number>() -> Vec3<N> {
    [N::splat(f64::NAN); 3]
}

/// Copies one vector to all frames.
#[inline(always)]
pub fn everywhere<N: Number>([x, y, z]: Vec3) -> Vec3<N> {
    [N::splat(x), N::splat(y), N::splat(z)]
}

/// `a + b`.
#[inline(always)]
pub fn add<N: Number>([ax, ay, az]: Vec3<N>, [bx, by, bz]: Vec3<N>) -> Vec3<N> {
    [ax + bx, ay + by, az + bz]
}

/// `a − b`.
#[inline(always)]
pub fn sub<N: Number>([ax, ay, az]: Vec3<N>, [bx, by, bz]: Vec3<N>) -> Vec3<N> {
    [ax - bx, ay - by, az - bz]
}

/// `a · s`.
#[inline(always)]
pub fn scale<N: Number>([x, y, z]: Vec3<N>, s: N) -> Vec3<N> {
    [x * s, y * s, z * s]
}

/// Dot product.
#[inline(always)]
pub fn dot<N: Number>([ax, ay, az]: Vec3<N>, [bx, by, bz]: Vec3<N>) -> N {
    ax * bx + ay * by + az * bz
}

/// Cross product.
#[inline(always)]
pub fn cross<N: Number>([ax, ay, az]: Vec3<N>, [bx, by, bz]: Vec3<N>) -> Vec3<N> {
    [ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx]
}

/// Euclidean length.
#[inline(always)]
pub fn norm<N: Number>(a: Vec3<N>) -> N {
    dot(a, a).sqrt()
}

/// Unit vector along `a`. A zero vector gives NaN, which the caller reports as singular.
#[inline(always)]
pub fn unit<N: Number>(a: Vec3<N>) -> Vec3<N> {
    scale(a, N::splat(1.0) / norm(a))
}

/// Component of `a` perpendicular to the unit vector `n`.
#[inline(always)]
pub fn reject<N: Number>(a: Vec3<N>, n: Vec3<N>) -> Vec3<N> {
    sub(a, scale(n, dot(a, n)))
}

/// Angle between two directions, radians in [0, π]. It is accurate near 0 and π, unlike an arc cosine. NaN
/// for a zero vector.
#[inline(always)]
pub fn angle_between<N: Number>(a: Vec3<N>, b: Vec3<N>) -> N {
    norm(cross(a, b)).atan2_above(dot(a, b))
}

/// Same as [`angle_between`], in degrees.
#[inline(always)]
pub fn degrees_between<N: Number>(a: Vec3<N>, b: Vec3<N>) -> N {
    norm(cross(a, b)).degrees_above(dot(a, b))
}

/// Angle of `a` above the plane perpendicular to the unit vector `axis`, radians in [−π/2, π/2].
#[inline(always)]
pub fn elevation<N: Number>(a: Vec3<N>, axis: Vec3<N>) -> N {
    dot(a, axis).atan2(norm(cross(a, axis)))
}

/// The vector if `n ≥ least`, else NaN.
#[inline(always)]
pub fn where_at_least<N: Number>(n: N, least: N, [x, y, z]: Vec3<N>) -> Vec3<N> {
    let nan = N::splat(f64::NAN);
    [n.if_at_least(least, x, nan), n.if_at_least(least, y, nan), n.if_at_least(least, z, nan)]
}
