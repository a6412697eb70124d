//! The little vector algebra that the kernels need, on `[x, y, z]`. Two-dimensional points carry z = 0.

/// A point or direction, `[x, y, z]`.
pub type Vec3 = [f64; 3];

/// `a − b`.
#[inline(always)]
pub fn sub([ax, ay, az]: Vec3, [bx, by, bz]: Vec3) -> Vec3 {
    [ax - bx, ay - by, az - bz]
}

/// `a · s`.
#[inline(always)]
pub fn scale([x, y, z]: Vec3, s: f64) -> Vec3 {
    [x * s, y * s, z * s]
}

/// `a·weight + b·(1 − weight)`.
#[inline(always)]
pub fn blend(a: Vec3, b: Vec3, weight: f64) -> Vec3 {
    let [ax, ay, az] = a;
    let [bx, by, bz] = b;
    let rest = 1.0 - weight;
    [ax * weight + bx * rest, ay * weight + by * rest, az * weight + bz * rest]
}

/// Scalar product.
#[inline(always)]
pub fn dot([ax, ay, az]: Vec3, [bx, by, bz]: Vec3) -> f64 {
    ax * bx + ay * by + az * bz
}

/// Vector product.
#[inline(always)]
pub fn cross([ax, ay, az]: Vec3, [bx, by, bz]: Vec3) -> Vec3 {
    [ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx]
}

/// Length.
#[inline(always)]
pub fn norm(a: Vec3) -> f64 {
    dot(a, a).sqrt()
}

/// `a` at length 1. A zero vector gives NaN, which the caller reports as singular.
#[inline(always)]
pub fn unit(a: Vec3) -> Vec3 {
    scale(a, 1.0 / norm(a))
}

/// The part of `a` at right angles to the unit vector `n`.
#[inline(always)]
pub fn reject(a: Vec3, n: Vec3) -> Vec3 {
    sub(a, scale(n, dot(a, n)))
}

/// Angle between two directions, radians in [0, π]; exact near 0 and π, where `acos` is not.
#[inline(always)]
pub fn angle_between(a: Vec3, b: Vec3) -> f64 {
    libm::atan2(norm(cross(a, b)), dot(a, b))
}

/// Angle of `a` above the plane at right angles to the unit vector `axis`, radians in [−π/2, π/2].
#[inline(always)]
pub fn elevation(a: Vec3, axis: Vec3) -> f64 {
    libm::atan2(dot(a, axis), norm(cross(a, axis)))
}
