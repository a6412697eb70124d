//! Quantiles with linear interpolation between order statistics, and their rolling form.

/// Quantile `q` in 0..1 of the finite values; NaN where there are none.
pub fn quantile(values: &[f64], q: f64) -> f64 {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    of_sorted(&sorted, q)
}

/// Median of the finite values.
pub fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}

/// Quantile of values that are sorted already.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
pub fn of_sorted(sorted: &[f64], q: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let position = q.clamp(0.0, 1.0) * last as f64;
    let below = position.floor();
    let (Some(&low), high) = (sorted.get(below as usize), sorted.get(below as usize + 1)) else {
        return f64::NAN;
    };
    let high = high.copied().unwrap_or(low);
    low + (high - low) * (position - below)
}

/// Quantile over a centred window of `2·half + 1` samples, cut off at the ends. All finite input.
pub fn rolling_quantile(values: &[f64], half: usize, q: f64) -> Vec<f64> {
    let mut window: Vec<f64> = Vec::with_capacity(2 * half + 2);
    let insert = |window: &mut Vec<f64>, value: f64| {
        let place = window.partition_point(|v| v.total_cmp(&value).is_lt());
        window.insert(place, value);
    };
    for &value in values.iter().take(half) {
        insert(&mut window, value);
    }
    (0..values.len())
        .map(|i| {
            if let Some(&entering) = values.get(i + half) {
                insert(&mut window, entering);
            }
            if let Some(&leaving) = i.checked_sub(half + 1).and_then(|i| values.get(i)) {
                let place = window.partition_point(|v| v.total_cmp(&leaving).is_lt());
                if place < window.len() {
                    window.remove(place);
                }
            }
            of_sorted(&window, q)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_interpolate() {
        assert_eq!(quantile(&[4.0, 1.0, f64::NAN, 3.0, 2.0], 0.5), 2.5);
        assert_eq!(quantile(&[1.0, 2.0, 3.0], 0.25), 1.5);
        assert!(quantile(&[], 0.5).is_nan());
    }

    #[test]
    fn rolling_equals_the_definition() {
        let values: Vec<f64> = (0..50u32).map(|i| f64::from((i * 7919) % 31)).collect();
        let rolled = rolling_quantile(&values, 6, 0.1);
        for (i, value) in rolled.iter().enumerate() {
            let window = values.get(i.saturating_sub(6)..(i + 7).min(50)).unwrap_or(&[]);
            assert_eq!(*value, quantile(window, 0.1));
        }
    }
}
