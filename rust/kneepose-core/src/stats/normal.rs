//! Standard normal distribution, from the complementary error function.

use std::f64::consts::SQRT_2;

/// Absolute value beyond which the cumulative distribution is 0 or 1 in double precision.
const MAX_Z: f64 = 40.0;

/// Cumulative distribution: probability of a value ≤ `z`.
pub fn cumulative(z: f64) -> f64 {
    0.5 * libm::erfc(-z / SQRT_2)
}

/// Quantile: the value with probability `p` below it. Infinite at 0 and 1, NaN outside of 0–1.
pub fn quantile(p: f64) -> f64 {
    if !(0.0..=1.0).contains(&p) {
        return f64::NAN;
    }
    if p > 0.5 {
        return -quantile(1.0 - p);
    }
    if p == 0.0 {
        return f64::NEG_INFINITY;
    }
    // The lower tail is computed, because it keeps its significant digits and the upper tail does
    // not.
    let (mut low, mut high) = (-MAX_Z, 0.0);
    loop {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            return middle;
        }
        if cumulative(middle) < p {
            low = middle;
        } else {
            high = middle;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compares with printed tables: NIST/SEMATECH e-Handbook 1.3.6.7.1, and Abramowitz and Stegun
    /// table 26.1.
    #[test]
    fn quantiles_agree_with_printed_tables() {
        for (p, z) in [(0.5, 0.0), (0.975, 1.959_963_985), (0.9995, 3.290_526_731)] {
            assert!((quantile(p) - z).abs() < 5e-10, "{p}");
            assert!((quantile(1.0 - p) + z).abs() < 5e-10, "{p}");
        }
        assert!((cumulative(1.0) - 0.841_344_746_068_543).abs() < 1e-15);
        assert!(quantile(-0.1).is_nan() && quantile(f64::NAN).is_nan());
        assert!(quantile(0.0) == f64::NEG_INFINITY && quantile(1.0) == f64::INFINITY);
    }
}
