//! Cardan angles of a joint from the complete coordinate frames of two segments, as in marker-based
//! systems. No joint is assumed to be a hinge.

use ndarray::{ArrayViewD, ArrayViewMutD, Axis};

use super::geometry::GIMBAL_SINE;
use super::pack::Real;
use crate::interrupt::check_at;
use crate::math::atan2::atan2;
use crate::math::vector::{Vec3, cross, dot};
use crate::skeleton::Side;

/// Tolerance for the length, orthogonality and handedness of a frame. Axes stored in single precision and
/// millimeters, as in C3D files, deviate by about 1e-5.
/// Source: chosen: a hundred times the rounding error of such axes in single precision; held by
/// test tests/arrays/test_cardan.py.
const FRAME_TOLERANCE: f64 = 1e-3;

/// Frame of a segment: unit vectors forward (anterior), up (proximal) and to the subject's right.
pub type Frame = [Vec3; 3];

/// Flexion, adduction and internal rotation of `distal` relative to `proximal`, radians, positive in the
/// clinical direction on both sides. The rotation axes are the proximal right axis, the floating axis and
/// the distal up axis (Cardan z-x'-y'' = Grood and Suntay 1983; axes of Wu et al. 2002). All are NaN if a
/// frame is not right-handed and orthonormal. Above 78° of adduction (gimbal lock) flexion and rotation are
/// NaN.
pub fn cardan(proximal: Frame, distal: Frame, side: Side) -> [f64; 3] {
    if !(is_frame(proximal) && is_frame(distal)) {
        return [f64::NAN; 3];
    }
    let [forward, up, right] = proximal;
    let [distal_forward, thigh, distal_right] = distal;
    let sine = dot(thigh, right);
    let (along, above) = (dot(thigh, forward), dot(thigh, up));
    // The two other components are more accurate than √(1 − sine²), which loses digits near 1.
    let cosine = (along * along + above * above).sqrt();
    let sigma = side.sign();
    let adduction = sigma * atan2(sine, cosine);
    if sine.abs() > GIMBAL_SINE {
        return [f64::NAN, adduction, f64::NAN];
    }
    let flexion = atan2(-along, above);
    let rotation = sigma * atan2(-dot(distal_forward, right), dot(distal_right, right));
    [flexion, adduction, rotation]
}

/// True if the frame is right-handed and orthonormal; false if it contains a NaN.
fn is_frame([forward, up, right]: Frame) -> bool {
    let near = |value: f64, wanted: f64| (value - wanted).abs() <= FRAME_TOLERANCE;
    let [turned_x, turned_y, turned_z] = cross(up, right);
    let [x, y, z] = forward;
    near(dot(up, up), 1.0)
        && near(dot(right, right), 1.0)
        && near(dot(up, right), 0.0)
        && near(turned_x, x)
        && near(turned_y, y)
        && near(turned_z, z)
}

/// [`cardan`] of arrays. Both arguments have the shape (…, 3, 3); their rows are the axes in a common
/// coordinate system. `out` has the shape (…, 3): flexion, adduction and internal rotation in degrees.
pub fn cardan_angles<S: Real>(
    proximal: &ArrayViewD<'_, S>,
    distal: &ArrayViewD<'_, S>,
    side: Side,
    mut out: ArrayViewMutD<'_, S>,
) {
    let (Some(last), Some(last_out)) = (proximal.ndim().checked_sub(1), out.ndim().checked_sub(1))
    else {
        return;
    };
    let axes = |array| rows(array, Axis(last));
    let (mut proximal, mut distal) = (axes(proximal), axes(distal));
    let frame = |rows: &mut dyn Iterator<Item = Vec3>| -> Option<Frame> {
        Some([rows.next()?, rows.next()?, rows.next()?])
    };
    for (i, mut angles) in out.lanes_mut(Axis(last_out)).into_iter().enumerate() {
        check_at(i);
        let found = frame(&mut proximal).zip(frame(&mut distal));
        let found = found.map_or([f64::NAN; 3], |(p, d)| cardan(p, d, side));
        for (angle, found) in angles.iter_mut().zip(found) {
            *angle = S::splat(found.to_degrees());
        }
    }
}

/// Rows of an array as vectors; NaN for a missing component.
fn rows<'a, S: Real>(
    array: &'a ArrayViewD<'_, S>,
    axis: Axis,
) -> impl Iterator<Item = Vec3> + use<'a, S> {
    array.lanes(axis).into_iter().map(|row| {
        let component = |i| row.get(i).map_or(f64::NAN, |value: &S| value.to_f64());
        [component(0), component(1), component(2)]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORLD: Frame = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];

    /// `frame` rotated about one of its own axes by an angle in degrees.
    fn turned(frame: Frame, axis: usize, degrees: f64) -> Frame {
        let (sine, cosine) = (libm::sin(degrees.to_radians()), libm::cos(degrees.to_radians()));
        let mix = |a: Vec3, b: Vec3, s: f64| {
            let [[ax, ay, az], [bx, by, bz]] = [a, b];
            [cosine * ax + s * bx, cosine * ay + s * by, cosine * az + s * bz]
        };
        let [x, y, z] = frame;
        match axis {
            0 => [x, mix(y, z, sine), mix(z, y, -sine)],
            1 => [mix(x, z, -sine), y, mix(z, x, sine)],
            _ => [mix(x, y, sine), mix(y, x, -sine), z],
        }
    }

    fn degrees(proximal: Frame, distal: Frame, side: Side) -> [f64; 3] {
        cardan(proximal, distal, side).map(f64::to_degrees)
    }

    #[test]
    fn turns_in_order_come_back() {
        for side in Side::BOTH {
            let sigma = side.sign();
            for wanted in [[45.0, 8.0, 10.0], [-20.0, -60.0, 60.0], [170.0, 77.0, -150.0]] {
                let [flexion, adduction, rotation] = wanted;
                let pelvis = turned(turned(WORLD, 1, 130.0), 0, 25.0);
                // Adduction moves the knee toward the midline: a rotation about forward on the right and
                // about backward on the left. Internal rotation turns the front toward the midline.
                let flexed = turned(pelvis, 2, flexion);
                let adducted = turned(flexed, 0, sigma * adduction);
                let thigh = turned(adducted, 1, sigma * rotation);
                for (found, wanted) in degrees(pelvis, thigh, side).into_iter().zip(wanted) {
                    assert!((found - wanted).abs() < 1e-9, "{side:?} {found} {wanted}");
                }
            }
        }
    }

    #[test]
    fn at_the_gimbal_only_adduction_is_left() {
        let [flexion, adduction, rotation] =
            degrees(WORLD, turned(turned(WORLD, 0, 80.0), 1, 20.0), Side::Right);
        assert!(flexion.is_nan() && rotation.is_nan());
        assert!((adduction - 80.0).abs() < 1e-9);
    }

    #[test]
    fn what_is_no_frame_gives_no_angle() {
        let [x, y, z] = WORLD;
        let [left, longer, skew, unknown] =
            [[0.0, 0.0, -1.0], [0.0, 1.01, 0.0], [0.01, 1.0, 0.0], [f64::NAN, 0.0, 1.0]];
        for wrong in [[x, y, left], [x, longer, z], [x, skew, z], [x, y, unknown], [x, x, x]] {
            for side in Side::BOTH {
                assert!(cardan(WORLD, wrong, side).into_iter().all(f64::is_nan));
                assert!(cardan(wrong, WORLD, side).into_iter().all(f64::is_nan));
            }
        }
    }
}
