//! Quantiles by bisection of a cumulative distribution on x ≥ 0.

/// Smallest x with `cumulative(x)` ≥ `p`, to the last bit. `high` is the initial upper bound; it is doubled
/// until it encloses the quantile.
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
