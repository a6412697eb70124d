//! Quantiles by bisection of a cumulative distribution on x ≥ 0.

/// Half-width of the bracket that the secant method finds, as a share of the quantile. Within the
/// bracket every step of the bisection evaluates the distribution, whose rounding errors are far
/// smaller.
/// Source: derived: 1e5 times the rounding error of the distribution; no test shows its effect.
const BRACKET_SHARE: f64 = 1e-11;
/// Maximum number of secant steps; a dozen find a quantile of a smooth distribution.
/// Source: chosen: more steps than a smooth distribution needs; without a bracket the bisection
/// evaluates the distribution at every step; no test shows its effect.
const MOST_SECANTS: usize = 16;

/// Smallest x with `cumulative(x)` ≥ `p`, exact to the last bit. `high` is the initial upper bound;
/// it is doubled until it encloses the quantile.
pub fn invert_cumulative(cumulative: impl Fn(f64) -> f64, p: f64, high: f64) -> f64 {
    // The distribution rises, so outside of the bracket the result of a comparison is known without
    // evaluating it.
    let (below, above) = bracket(&cumulative, p, high);
    let is_below = |x: f64| x <= below || x < above && cumulative(x) < p;
    let (mut low, mut high) = (0.0, high);
    while is_below(high) && high < 1e300 {
        high *= 2.0;
    }
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if is_below(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

/// Narrow bounds of the quantile: at the first the distribution is below `p`, at the second it is
/// not. Returns 0 and infinity if no bounds are found.
fn bracket(cumulative: impl Fn(f64) -> f64, p: f64, start: f64) -> (f64, f64) {
    let off = |x: f64| cumulative(x) - p;
    let (mut before, mut x) = ((start, off(start)), 2.0 * start);
    for _ in 0..MOST_SECANTS {
        let here = off(x);
        let next = x - here * (x - before.0) / (here - before.1);
        before = (x, here);
        let is_found = (next - x).abs() < 0.1 * BRACKET_SHARE * x;
        x = next;
        if is_found || !(x.is_finite() && x > 0.0) {
            break;
        }
    }
    let (below, above) = (x * (1.0 - BRACKET_SHARE), x * (1.0 + BRACKET_SHARE));
    let encloses = x.is_finite() && x > 0.0 && off(below) < 0.0 && off(above) > 0.0;
    if encloses { (below, above) } else { (0.0, f64::INFINITY) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bracket_changes_no_bit() {
        let mut brackets = 0;
        for i in 1..200u32 {
            let (p, width) = (f64::from(i) / 200.0, f64::from(i * i) / 50.0);
            let exponential = |x: f64| 1.0 - libm::exp(-x / width);
            let (mut low, mut high) = (0.0, width);
            while exponential(high) < p {
                high *= 2.0;
            }
            loop {
                let middle = 0.5 * (low + high);
                if middle <= low || middle >= high {
                    break;
                }
                *(if exponential(middle) < p { &mut low } else { &mut high }) = middle;
            }
            let (below, above) = bracket(exponential, p, width);
            assert!(below <= low && high <= above, "{p}");
            brackets += u32::from(above < 1.1 * below);
            assert_eq!(invert_cumulative(exponential, p, width), 0.5 * (low + high), "{p}");
        }
        assert!(brackets > 100, "{brackets}");
    }
}
