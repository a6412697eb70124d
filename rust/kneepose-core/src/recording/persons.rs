//! Extent and movement of one person's keypoints between frames, for tracking persons.

use ndarray::{Array2, ArrayView2};

/// Extent of the finite keypoints of one person.
#[derive(Debug, Clone, PartialEq)]
pub struct Extent {
    /// Number of finite keypoints.
    pub number: usize,
    /// Smallest value of each axis.
    pub low: Vec<f64>,
    /// Largest value of each axis.
    pub high: Vec<f64>,
    /// Median on each axis; for an even count, the larger of the two middle values.
    pub center: Vec<f64>,
}

/// Extent of keypoints of shape (keypoints, axes); NaN if none is finite.
pub fn extent(points: &ArrayView2<'_, f64>) -> Extent {
    let finite = finite_rows(points);
    let edge = |pick: fn(f64, f64) -> f64| {
        finite.iter().map(|axis| axis.iter().copied().fold(f64::NAN, pick)).collect()
    };
    Extent {
        number: finite.first().map_or(0, Vec::len),
        low: edge(f64::min),
        high: edge(f64::max),
        center: finite.into_iter().map(upper_median).collect(),
    }
}

/// Median movement on each axis between two frames, over the keypoints that are finite in both;
/// `None` if there are none.
pub fn typical_move(
    points: &ArrayView2<'_, f64>,
    before: &ArrayView2<'_, f64>,
) -> Option<Vec<f64>> {
    let moves = points - before;
    let finite = finite_rows(&moves.view());
    let is_any = finite.first().is_some_and(|axis| !axis.is_empty());
    is_any.then(|| finite.into_iter().map(upper_median).collect())
}

/// Median squared distance between keypoints and their expected positions: those of an earlier
/// frame, moved by `ahead` on each axis. Only keypoints in both frames are used; infinite if there
/// are none.
pub fn typical_square(
    points: &ArrayView2<'_, f64>,
    before: &ArrayView2<'_, f64>,
    ahead: &[f64],
) -> f64 {
    let squares: Vec<f64> = points
        .outer_iter()
        .zip(before.outer_iter())
        .map(|(now, then)| {
            let moves = now.iter().zip(then).zip(ahead).map(|((now, then), way)| now - then - way);
            moves.map(|step| step * step).sum()
        })
        .filter(|square: &f64| !square.is_nan())
        .collect();
    if squares.is_empty() { f64::INFINITY } else { upper_median(squares) }
}

/// Keypoints with each axis multiplied by its factor. If one component is not finite, all become
/// NaN.
pub fn scaled(points: &ArrayView2<'_, f64>, factors: &[f64]) -> Array2<f64> {
    let mut found = points.to_owned();
    for mut row in found.outer_iter_mut() {
        row.iter_mut().zip(factors).for_each(|(value, factor)| *value *= factor);
        if !row.iter().all(|value| value.is_finite()) {
            row.fill(f64::NAN);
        }
    }
    found
}

/// Values on each axis of the rows whose components are all finite.
fn finite_rows(points: &ArrayView2<'_, f64>) -> Vec<Vec<f64>> {
    let mut found = vec![Vec::with_capacity(points.nrows()); points.ncols()];
    for row in points.outer_iter().filter(|row| row.iter().all(|value| value.is_finite())) {
        for (values, value) in found.iter_mut().zip(row) {
            values.push(*value);
        }
    }
    found
}

fn upper_median(mut values: Vec<f64>) -> f64 {
    let middle = values.len() / 2;
    if values.is_empty() {
        return f64::NAN;
    }
    *values.select_nth_unstable_by(middle, f64::total_cmp).1
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, array};

    #[test]
    fn keypoints_that_are_missing_on_one_axis_are_left_out() {
        let points = array![[1.0, 8.0], [f64::NAN, -90.0], [3.0, 2.0], [5.0, 4.0], [9.0, 6.0]];
        let found = extent(&points.view());
        assert_eq!(found.number, 4);
        assert_eq!((found.low, found.high), (vec![1.0, 2.0], vec![9.0, 8.0]));
        assert_eq!(found.center, vec![5.0, 6.0]);
        let nothing = extent(&Array2::from_elem((3, 2), f64::NAN).view());
        assert_eq!(nothing.number, 0);
        assert!(nothing.center.iter().chain(&nothing.low).all(|value| value.is_nan()));
    }

    #[test]
    fn scaled_keypoints_are_whole_or_missing() {
        let points = array![[0.5, 0.25], [f64::NAN, 1.0], [1e308, 0.5]];
        let found = scaled(&points.view(), &[200.0, 100.0]);
        assert_eq!(found.row(0).to_vec(), vec![100.0, 25.0]);
        assert!(found.iter().skip(2).all(|value| value.is_nan()));
    }

    #[test]
    fn a_movement_is_that_of_most_keypoints() {
        let before = array![[0.0, 0.0], [1.0, 1.0], [2.0, 2.0], [3.0, f64::NAN]];
        let mut after = &before + &array![3.0, 4.0];
        after.row_mut(1).fill(1e9);
        assert_eq!(typical_move(&after.view(), &before.view()), Some(vec![3.0, 4.0]));
        assert_eq!(typical_square(&after.view(), &before.view(), &[0.0, 0.0]), 25.0);
        assert_eq!(typical_square(&after.view(), &before.view(), &[3.0, 4.0]), 0.0);
        let unseen = Array2::from_elem((4, 2), f64::NAN);
        assert_eq!(typical_move(&after.view(), &unseen.view()), None);
        assert_eq!(typical_square(&after.view(), &unseen.view(), &[0.0, 0.0]), f64::INFINITY);
    }
}
