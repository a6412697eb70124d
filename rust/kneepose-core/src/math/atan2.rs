//! Arc tangent from additions, multiplications and one division. It gives the same bits on every processor.
//! It has no branches, so compilers vectorize loops over it.

use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, PI};

/// tan(π/8); a larger ratio is reduced by a rotation of π/4.
const TURN_ABOVE: f64 = 0.414_213_562_373_095_03;

/// atan(t)/t as a polynomial in t² on [0, tan²(π/8)], highest power first: Chebyshev interpolation of
/// degree 11 in 60-digit arithmetic, relative error 1.3e-18.
const COEFFICIENTS: [f64; 12] = [
    -0.017_803_896_394_812_564,
    0.037_963_903_161_110_83,
    -0.050_350_497_953_124_39,
    0.058_468_667_522_751_39,
    -0.066_629_502_460_367_92,
    0.076_920_451_945_614_81,
    -0.090_908_968_012_714_73,
    0.111_111_107_446_570_99,
    -0.142_857_142_792_449_68,
    0.199_999_999_999_408_37,
    -0.333_333_333_333_331_2,
    1.0,
];

/// The same polynomial in single precision, degree 5, relative error 6.3e-10.
const SINGLE_COEFFICIENTS: [f32; 6] =
    [-0.060_263_053, 0.105_698_29, -0.142_395_33, 0.199_981_83, -0.333_333_07, 1.0];

/// Reduces an angle to [0, π/8], evaluates the polynomial there, and maps the result back to the upper
/// half of the circle.
macro_rules! upper_half {
    ($number:ty, $y:ident, $x:ident, |$t:ident, $z:ident| $polynomial:expr) => {{
        let (ax, ay) = ($x.abs(), $y);
        let steep = ay > ax;
        let (small, large) = if steep { (ax, ay) } else { (ay, ax) };
        let turned = small > TURN_ABOVE as $number * large;
        let (top, bottom) = if turned { (small - large, small + large) } else { (small, large) };
        let $t = top / bottom;
        let $z = $t * $t;
        let base: $number = $polynomial;
        let octant = if turned { base + FRAC_PI_4 as $number } else { base };
        let quadrant = if steep { FRAC_PI_2 as $number - octant } else { octant };
        if $x.is_sign_negative() { PI as $number - quadrant } else { quadrant }
    }};
}

/// Angle of the point (x, y), radians in [−π, π], within 2 units in the last place or 4e-16. NaN for NaN
/// and at the origin, which has no direction.
#[inline(always)]
pub fn atan2(y: f64, x: f64) -> f64 {
    atan2_above(y.abs(), x).copysign(y)
}

/// [`atan2`] of a point with y ≥ 0, with fewer steps and the same bits.
#[inline(always)]
pub fn atan2_above(y: f64, x: f64) -> f64 {
    upper_half!(f64, y, x, |t, z| {
        let [c11, c10, c9, c8, c7, c6, c5, c4, c3, c2, c1, c0] = COEFFICIENTS;
        // Estrin's scheme: independent parts instead of one long dependency chain.
        let z2 = z * z;
        let z4 = z2 * z2;
        let p0 = (c1 * z + c0) + (c3 * z + c2) * z2;
        let p1 = (c5 * z + c4) + (c7 * z + c6) * z2;
        let p2 = (c9 * z + c8) + (c11 * z + c10) * z2;
        t * (p0 + (p1 + p2 * z4) * z4)
    })
}

/// [`atan2`] in single precision, within 3e-7.
#[inline(always)]
pub fn atan2_single(y: f32, x: f32) -> f32 {
    atan2_above_single(y.abs(), x).copysign(y)
}

/// [`atan2_above`] in single precision.
#[inline(always)]
#[allow(clippy::cast_possible_truncation)]
pub fn atan2_above_single(y: f32, x: f32) -> f32 {
    upper_half!(f32, y, x, |t, z| {
        let [c5, c4, c3, c2, c1, c0] = SINGLE_COEFFICIENTS;
        let z2 = z * z;
        t * ((c1 * z + c0) + ((c3 * z + c2) + (c5 * z + c4) * z2) * z2)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_library_all_around() {
        for i in 0..200_000u32 {
            let angle = (f64::from(i) / 100_000.0 - 1.0) * PI;
            let radius = libm::exp(f64::from(i % 97) - 48.0);
            let (y, x) = (radius * libm::sin(angle), radius * libm::cos(angle));
            let (own, library) = (atan2(y, x), libm::atan2(y, x));
            assert!((own - library).abs() <= 4.5e-16 * library.abs().max(1.0), "{own} {library}");
            let (y, x) = (y as f32, x as f32);
            let exact = libm::atan2(f64::from(y), f64::from(x));
            let single = f64::from(atan2_single(y, x));
            assert!((single - exact).abs() <= 3e-7, "{single} {exact}");
        }
    }

    #[test]
    fn axes_diagonals_and_nothing() {
        assert_eq!(atan2(0.0, 1.0), 0.0);
        assert_eq!(atan2(1.0, 0.0), FRAC_PI_2);
        assert_eq!(atan2(-1.0, 0.0), -FRAC_PI_2);
        assert_eq!(atan2(0.0, -1.0), PI);
        assert_eq!(atan2(1.0, 1.0), FRAC_PI_4);
        assert_eq!(atan2(-1.0, -1.0), -3.0 * FRAC_PI_4);
        assert!(atan2(0.0, 0.0).is_nan());
        assert!(atan2(f64::NAN, 1.0).is_nan() && atan2(1.0, f64::NAN).is_nan());
        assert!(atan2_single(0.0, 0.0).is_nan() && atan2_single(f32::NAN, 1.0).is_nan());
    }
}
