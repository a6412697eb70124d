//! Arc tangent from additions, multiplications and one division. The result has the same bits on
//! every processor. There are no branches, so compilers vectorize loops over it.

use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, PI};

/// tan(π/8); if the ratio is larger, the point is rotated by π/4 first.
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

/// Coefficients of the polynomial for atan(t)/t in single precision: degree 5, relative error
/// 6.3e-10.
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

/// Same bits as [`atan2`], with fewer steps, for a point with y ≥ 0.
#[inline(always)]
pub fn atan2_above(y: f64, x: f64) -> f64 {
    upper_half!(f64, y, x, |t, z| {
        let [c11, c10, c9, c8, c7, c6, c5, c4, c3, c2, c1, c0] = COEFFICIENTS;
        // Estrin's scheme evaluates independent parts of the polynomial instead of one long
        // dependency chain.
        let z2 = z * z;
        let z4 = z2 * z2;
        let p0 = (c1 * z + c0) + (c3 * z + c2) * z2;
        let p1 = (c5 * z + c4) + (c7 * z + c6) * z2;
        let p2 = (c9 * z + c8) + (c11 * z + c10) * z2;
        t * (p0 + (p1 + p2 * z4) * z4)
    })
}

/// Arc tangent [`atan2`] in single precision; the error is below 3e-7.
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

/// Angles in degrees of points with y ≥ 0, computed in two steps. Each step is a short chain of
/// dependent operations. Two loops of one step each use a processor better than one loop of both.
pub trait Degrees: Copy {
    /// First step: tangent of the angle between the point (|x|, y) and the nearest of 0°, 45° and
    /// 90°, and that nearest angle in degrees.
    fn octant(y: Self, x: Self) -> [Self; 2];
    /// Second step: angle of the point with this [`octant`](Self::octant), degrees in [0, 180]. NaN
    /// for NaN and at the origin.
    fn degrees(octant: [Self; 2], x: Self) -> Self;
}

/// Coefficients of a polynomial in the squared tangent, lowest power first. It gives degrees per
/// tangent on [0, tan²(π/8)]: Chebyshev interpolation of degree 9 in 60-digit arithmetic, error
/// 2e-14°.
const DEGREES: [f64; 10] = [
    57.295_779_513_082_266,
    -19.098_593_170_963_326,
    11.459_155_890_236_37,
    -8.185_110_428_511_404,
    6.366_162_052_836_203,
    -5.207_917_042_687_507,
    4.396_611_939_790_153,
    -3.727_653_656_028_895_3,
    2.878_976_624_724_819,
    -1.450_527_431_706_549_3,
];

/// Coefficients of the polynomial for degrees per tangent in single precision: degree 4, error
/// 1.1e-6°.
const SINGLE_DEGREES: [f32; 5] = [57.295_78, -19.098_28, 11.444_306, -7.934_600_4, 4.570_078_4];

macro_rules! degrees {
    ($number:ident, |$z:ident| $polynomial:expr) => {
        impl Degrees for $number {
            #[inline(always)]
            fn octant(y: Self, x: Self) -> [Self; 2] {
                let x = x.abs();
                let (less, more) = (y - x, y + x);
                let steep = !less.is_sign_negative();
                let [top, bottom, degrees] = if steep { [-x, y, 90.0] } else { [y, x, 0.0] };
                let diagonal = less.abs() <= TURN_ABOVE as Self * more;
                let [top, bottom, degrees] =
                    if diagonal { [less, more, 45.0] } else { [top, bottom, degrees] };
                [top / bottom, degrees]
            }
            #[inline(always)]
            fn degrees([tangent, degrees]: [Self; 2], x: Self) -> Self {
                let $z = tangent * tangent;
                let degrees = degrees + tangent * $polynomial;
                if x.is_sign_negative() { 180.0 - degrees } else { degrees }
            }
        }
    };
}

degrees!(f64, |z| {
    let [c0, c1, c2, c3, c4, c5, c6, c7, c8, c9] = DEGREES;
    let high = c5 + z * (c6 + z * (c7 + z * (c8 + z * c9)));
    c0 + z * (c1 + z * (c2 + z * (c3 + z * (c4 + z * high))))
});
degrees!(f32, |z| {
    let [c0, c1, c2, c3, c4] = SINGLE_DEGREES;
    c0 + z * (c1 + z * (c2 + z * (c3 + z * c4)))
});

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
    fn degrees_agree_with_the_library_in_the_upper_half() {
        for i in 0..200_000u32 {
            let angle = f64::from(i) / 200_000.0 * PI;
            let radius = libm::exp(f64::from(i % 97) - 48.0);
            let (y, x) = (radius * libm::sin(angle), radius * libm::cos(angle));
            let (own, library) = (f64::degrees(f64::octant(y, x), x), libm::atan2(y, x));
            assert!((own - library.to_degrees()).abs() <= 1e-13, "{own} {library}");
            let (y, x) = (y as f32, x as f32);
            let exact = libm::atan2(f64::from(y), f64::from(x)).to_degrees();
            let single = f64::from(f32::degrees(f32::octant(y, x), x));
            assert!((single - exact).abs() <= 2e-5, "{single} {exact}");
        }
    }

    #[test]
    fn degrees_on_axes_and_diagonals() {
        let degrees = |y: f64, x: f64| f64::degrees(f64::octant(y, x), x);
        assert_eq!([degrees(0.0, 1.0), degrees(1.0, 1.0), degrees(1.0, 0.0)], [0.0, 45.0, 90.0]);
        assert_eq!(
            [degrees(1.0, -0.0), degrees(1.0, -1.0), degrees(0.0, -1.0)],
            [90.0, 135.0, 180.0]
        );
        assert!(degrees(0.0, 0.0).is_nan() && degrees(0.0, -0.0).is_nan());
        assert!(degrees(f64::NAN, 1.0).is_nan() && degrees(1.0, f64::NAN).is_nan());
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
