//! Derivatives of ln Γ: recurrence to a large argument, and the asymptotic series there (Abramowitz
//! and Stegun 6.3.5, 6.3.18, 6.4.6, 6.4.12).

/// Argument from which the asymptotic series are exact in double precision.
/// Source: derived: the first term left out is below 1e-15.
const LARGE: f64 = 12.0;

/// First derivative of ln Γ for x > 0; NaN otherwise.
pub fn digamma(x: f64) -> f64 {
    if x.is_nan() || x <= 0.0 {
        return f64::NAN;
    }
    let (mut x, mut sum) = (x, 0.0);
    while x < LARGE {
        sum -= 1.0 / x;
        x += 1.0;
    }
    let y = 1.0 / (x * x);
    let series = y
        * (1.0 / 12.0
            - y * (1.0 / 120.0
                - y * (1.0 / 252.0 - y * (1.0 / 240.0 - y * (1.0 / 132.0 - y * 691.0 / 32760.0)))));
    sum + libm::log(x) - 0.5 / x - series
}

/// Second derivative of ln Γ for x > 0; NaN otherwise.
pub fn trigamma(x: f64) -> f64 {
    if x.is_nan() || x <= 0.0 {
        return f64::NAN;
    }
    let (mut x, mut sum) = (x, 0.0);
    while x < LARGE {
        sum += 1.0 / (x * x);
        x += 1.0;
    }
    let y = 1.0 / (x * x);
    let series = y
        * (1.0 / 6.0
            - y * (1.0 / 30.0
                - y * (1.0 / 42.0 - y * (1.0 / 30.0 - y * (5.0 / 66.0 - y * 691.0 / 2730.0)))));
    sum + 1.0 / x + 0.5 * y + series / x
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::PI;

    /// Compares with closed forms: ψ(1) is minus Euler's constant, ψ′(1) = π²/6, ψ′(1/2) = π²/2.
    #[test]
    fn closed_forms() {
        const EULER: f64 = 0.577_215_664_901_532_9;
        assert!((digamma(1.0) + EULER).abs() < 1e-14);
        assert!((digamma(0.5) + EULER + 2.0 * libm::log(2.0)).abs() < 1e-14);
        assert!((trigamma(1.0) - PI * PI / 6.0).abs() < 1e-14);
        assert!((trigamma(0.5) - PI * PI / 2.0).abs() < 1e-13);
        assert!(digamma(0.0).is_nan() && trigamma(-1.0).is_nan());
    }
}
