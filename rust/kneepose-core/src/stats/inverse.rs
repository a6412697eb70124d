//! Quantiles by bisection of a distribution that rises from 0.

/// Where `cumulative` reaches `p`, to the last bit. The upper end of the bracket doubles from `high` until it
/// holds the quantile.
pub fn invert_cumulative(cumulative: impl Fn(f64) -> f64, p: f64, high: f64) -> f64 {
    let (mut low, mut high) = (0.0, high);
    while cumulative(high) < p && high < 1e300 {
        high *= 2.0;
    }
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if cumulative(middle) < p {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}
