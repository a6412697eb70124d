//! Monotone cubic interpolation (PCHIP) across short gaps: it never overshoots its neighbours.
//! Slopes after Fritsch and Butland 1984, ends as in Moler, Numerical Computing with MATLAB, 3.6.

use super::at;

/// Piecewise cubic through the finite samples.
pub struct Pchip {
    x: Vec<f64>,
    y: Vec<f64>,
    slope: Vec<f64>,
}

impl Pchip {
    /// Through the samples whose value is finite; `x` must rise.
    pub fn new(x: &[f64], y: &[f64]) -> Self {
        let (x, y): (Vec<f64>, Vec<f64>) =
            x.iter().zip(y).filter(|(_, y)| y.is_finite()).map(|(x, y)| (*x, *y)).unzip();
        let slope = slopes(&x, &y);
        Self { x, y, slope }
    }

    /// Value at `x`; NaN outside the samples.
    pub fn value(&self, x: f64) -> f64 {
        let right = self.x.partition_point(|&known| known < x);
        if at(&self.x, right) == x {
            return at(&self.y, right);
        }
        let Some(left) = right.checked_sub(1) else { return f64::NAN };
        let (x0, x1) = (at(&self.x, left), at(&self.x, right));
        let (y0, y1) = (at(&self.y, left), at(&self.y, right));
        let (d0, d1) = (at(&self.slope, left), at(&self.slope, right));
        let h = x1 - x0;
        let t = (x - x0) / h;
        let u = 1.0 - t;
        y0 * (1.0 + 2.0 * t) * u * u + y1 * t * t * (3.0 - 2.0 * t) + h * t * u * (d0 * u - d1 * t)
    }

    /// Spacing of the samples on either side of `x`; infinite outside.
    pub fn spacing(&self, x: f64) -> f64 {
        let right = self.x.partition_point(|&known| known < x);
        if at(&self.x, right) == x {
            return 0.0;
        }
        let spacing =
            right.checked_sub(1).map_or(f64::NAN, |left| at(&self.x, right) - at(&self.x, left));
        if spacing.is_finite() { spacing } else { f64::INFINITY }
    }
}

fn slopes(x: &[f64], y: &[f64]) -> Vec<f64> {
    let h: Vec<f64> = x.windows(2).map(|w| at(w, 1) - at(w, 0)).collect();
    let secant: Vec<f64> = y.windows(2).zip(&h).map(|(w, h)| (at(w, 1) - at(w, 0)) / h).collect();
    let n = x.len();
    (0..n)
        .map(|i| match i.checked_sub(1) {
            _ if n < 2 => 0.0,
            _ if n == 2 => at(&secant, 0),
            None => end_slope(at(&h, 0), at(&h, 1), at(&secant, 0), at(&secant, 1)),
            Some(j) if i + 1 == n => {
                end_slope(at(&h, j), at(&h, j - 1), at(&secant, j), at(&secant, j - 1))
            }
            Some(j) => {
                let (h0, h1, s0, s1) = (at(&h, j), at(&h, i), at(&secant, j), at(&secant, i));
                if s0 * s1 <= 0.0 {
                    return 0.0;
                }
                let (w0, w1) = (2.0 * h1 + h0, h1 + 2.0 * h0);
                (w0 + w1) / (w0 / s0 + w1 / s1)
            }
        })
        .collect()
}

fn end_slope(h0: f64, h1: f64, s0: f64, s1: f64) -> f64 {
    let d = ((2.0 * h0 + h1) * s0 - h0 * s1) / (h0 + h1);
    if d * s0 <= 0.0 {
        0.0
    } else if s0 * s1 < 0.0 && d.abs() > 3.0 * s0.abs() {
        3.0 * s0
    } else {
        d
    }
}

/// Fills the gaps that miss at most `max_gap` (same unit as `x`, beyond the usual interval `dt`)
/// between two finite samples, in place, and marks what was filled. Never extrapolates.
pub fn fill(x: &[f64], y: &mut [f64], dt: f64, max_gap: f64) -> Vec<bool> {
    let mut filled = vec![false; y.len()];
    if y.iter().all(|v| v.is_finite()) {
        return filled;
    }
    let curve = Pchip::new(x, y);
    for ((x, y), filled) in x.iter().zip(y.iter_mut()).zip(&mut filled) {
        if !y.is_finite() && curve.spacing(*x) - dt <= max_gap + 1e-9 {
            *y = curve.value(*x);
            *filled = y.is_finite();
        }
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_gaps_are_filled_and_long_ones_and_ends_are_not() {
        let x: Vec<f64> = (0..12u32).map(f64::from).collect();
        let mut y = x.clone();
        for i in [0, 4, 7, 8, 9, 11] {
            if let Some(v) = y.get_mut(i) {
                *v = f64::NAN;
            }
        }
        let filled = fill(&x, &mut y, 1.0, 2.0);
        let which: Vec<usize> = (0..12).filter(|&i| filled.get(i) == Some(&true)).collect();
        assert_eq!(which, [4]);
        assert_eq!(at(&y, 4), 4.0);
        assert!(at(&y, 0).is_nan() && at(&y, 8).is_nan() && at(&y, 11).is_nan());
    }
}
