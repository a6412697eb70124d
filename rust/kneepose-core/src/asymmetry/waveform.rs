//! Repetitions on a common course: start, bottom and end at the same places.

use crate::signal::at;

/// Points of a normalized repetition; the bottom is the middle one.
pub const POINTS: usize = 101;

/// A repetition of a series on 101 points, 0 % its start, 50 % its bottom, 100 % its end, by linear
/// interpolation between frames. NaN beside missing frames.
pub fn normalize(series: &[f64], start: usize, bottom: usize, end: usize) -> Vec<f64> {
    let middle = (POINTS - 1) / 2;
    let position = |i: usize| {
        let (from, to, share) = if i <= middle {
            (start, bottom, i as f64 / middle as f64)
        } else {
            (bottom, end, (i - middle) as f64 / middle as f64)
        };
        from as f64 + (to as f64 - from as f64) * share
    };
    (0..POINTS)
        .map(|i| {
            let x = position(i);
            let left = x.floor();
            let share = x - left;
            let value = at(series, left as usize);
            if share == 0.0 {
                value
            } else {
                value + share * (at(series, left as usize + 1) - value)
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bottom_is_in_the_middle() {
        let series: Vec<f64> = (0..40u32).map(|i| 12.0 - (f64::from(i) - 12.0).abs()).collect();
        let course = normalize(&series, 2, 12, 32);
        assert_eq!(course.len(), POINTS);
        assert_eq!((at(&course, 0), at(&course, 50), at(&course, 100)), (2.0, 12.0, -8.0));
        assert_eq!(at(&course, 25), 7.0);
    }
}
