//! Quantiles of the F distribution, from the regularized incomplete beta function (Abramowitz and Stegun
//! 26.6.2).

use super::inverse::invert_cumulative;
use super::student::incomplete_beta;

/// Quantile for `p` in (0, 1) and degrees of freedom above 0 of numerator and denominator; NaN otherwise.
pub fn quantile(p: f64, upper: f64, lower: f64) -> f64 {
    if !(p > 0.0 && p < 1.0 && upper > 0.0 && lower > 0.0) {
        return f64::NAN;
    }
    let cumulative =
        |x: f64| incomplete_beta(upper * x / (upper * x + lower), 0.5 * upper, 0.5 * lower);
    invert_cumulative(cumulative, p, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compares with printed tables (NIST/SEMATECH e-Handbook 1.3.6.7.3).
    #[test]
    fn quantiles_agree_with_printed_tables() {
        for (upper, lower, value) in [(1.0, 1.0, 161.448), (4.0, 10.0, 3.478), (10.0, 20.0, 2.348)]
        {
            assert!((quantile(0.95, upper, lower) - value).abs() < 6e-4, "{upper} {lower}");
        }
        assert!(quantile(0.0, 1.0, 1.0).is_nan() && quantile(0.5, 1.0, 0.0).is_nan());
    }
}
