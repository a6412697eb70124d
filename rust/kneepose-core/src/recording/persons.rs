//! Extent and movement of one person's keypoints between frames, for tracking persons.

use ndarray::{Array2, ArrayView2};

use crate::interrupt::check_at;
use crate::math::simd::{any_of, count_of};
use crate::signal::channels::all_finite;

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

/// Masks the missing keypoints of a person in place: coordinates become NaN and confidence 0.
///
/// A keypoint is missing if it is not finite on all axes, if its confidence is not above 0 or, with
/// `zero_is_missing`, if it lies at the origin. `points` has shape (keypoints, axes), flat. The result
/// is false if all keypoints are missing.
pub fn mask_person(points: &mut [f64], confidence: &mut [f64], zero_is_missing: bool) -> bool {
    let sure = |score: f64| score > 0.0;
    if all_finite(points)
        && !any_of(confidence, |score| !sure(score))
        && !(zero_is_missing && any_of(points, |value| value == 0.0))
    {
        return !confidence.is_empty();
    }
    let axes = points.len().checked_div(confidence.len()).unwrap_or(0).max(1);
    let mut is_seen = false;
    for (point, score) in points.chunks_exact_mut(axes).zip(confidence) {
        let at_origin = zero_is_missing && point.iter().all(|value| *value == 0.0);
        if at_origin || !sure(*score) || !point.iter().all(|value| value.is_finite()) {
            point.fill(f64::NAN);
            *score = 0.0;
        } else {
            is_seen = true;
        }
    }
    is_seen
}

/// Limits within which successive detections certainly show one person.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Steadiness {
    /// Minimum number of visible keypoints, in each frame and in two successive frames.
    pub keypoints: usize,
    /// Minimum number of visible keypoints as a share of the largest number.
    pub share: f64,
    /// Maximum movement of most keypoints between frames, in body sizes (the smallest of all frames).
    pub step: f64,
    /// Maximum ratio of body sizes.
    pub sizes: f64,
}

/// True if detections of shape (frames, keypoints, `D`), flat, are within the limits.
pub fn is_steady<const D: usize>(points: &[f64], keypoints: usize, most: Steadiness) -> bool {
    let (points, _) = points.as_chunks::<D>();
    let persons = || points.chunks_exact(keypoints.max(1));
    let (mut fewest, mut seen) = (usize::MAX, 0);
    let (mut smallest, mut largest) = (f64::INFINITY, 0.0_f64);
    for (t, person) in persons().enumerate() {
        check_at(t);
        let (mut low, mut high) = ([f64::INFINITY; D], [f64::NEG_INFINITY; D]);
        let mut number = 0;
        for point in person {
            number += usize::from(point.iter().all(|value| value.is_finite()));
            for ((low, high), value) in low.iter_mut().zip(&mut high).zip(point) {
                *low = if value < low { *value } else { *low };
                *high = if value > high { *value } else { *high };
            }
        }
        let size = low.iter().zip(&high).fold(0.0_f64, |size, (low, high)| size.max(high - low));
        (fewest, seen) = (fewest.min(number), seen.max(number));
        (smallest, largest) = (smallest.min(size), largest.max(size));
    }
    if fewest < most.keypoints || (fewest as f64) < most.share * seen as f64 {
        return false;
    }
    let reach = (most.step * smallest).powi(2);
    let mut squares = vec![0.0; keypoints];
    let moves_little = persons().zip(persons().skip(1)).all(|(before, now)| {
        for ((square, before), now) in squares.iter_mut().zip(before).zip(now) {
            *square = before.iter().zip(now).map(|(before, now)| (now - before).powi(2)).sum();
        }
        // If more than half of the squared distances are small, their median is small too.
        let both = count_of(&squares, f64::is_finite);
        both >= most.keypoints && count_of(&squares, |square| square <= reach) > both / 2
    });
    moves_little && largest / most.sizes <= smallest
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
    fn a_person_is_masked_keypoint_by_keypoint() {
        let nan = f64::NAN;
        let masked = |points: &[f64], confidence: &[f64], zero_is_missing| {
            let (mut points, mut confidence) = (points.to_vec(), confidence.to_vec());
            let is_seen = mask_person(&mut points, &mut confidence, zero_is_missing);
            format!("{is_seen} {points:?} {confidence:?}")
        };
        let (points, confidence) =
            ([0.0, 0.0, nan, 3.0, 4.0, 5.0, 6.0, 7.0], [0.5, 0.5, nan, 0.25]);
        assert_eq!(
            masked(&points, &confidence, false),
            "true [0.0, 0.0, NaN, NaN, NaN, NaN, 6.0, 7.0] [0.5, 0.0, 0.0, 0.25]"
        );
        assert_eq!(
            masked(&points, &confidence, true),
            "true [NaN, NaN, NaN, NaN, NaN, NaN, 6.0, 7.0] [0.0, 0.0, 0.0, 0.25]"
        );
        assert_eq!(masked(&[0.0, 0.0, 0.0], &[1.0], true), "false [NaN, NaN, NaN] [0.0]");
        assert_eq!(masked(&[0.0, 3.0, 0.0], &[1.0], true), "true [0.0, 3.0, 0.0] [1.0]");
        assert_eq!(masked(&[], &[], true), "false [] []");
    }

    #[test]
    fn a_person_is_steady_until_most_keypoints_jump() {
        let most = Steadiness { keypoints: 3, share: 0.5, step: 0.3, sizes: 2.0 };
        let body = [0.0, 0.0, 10.0, 0.0, 0.0, 10.0, 10.0, 10.0, 5.0, 5.0];
        // Three frames, with a change of some numbers.
        let film = |numbers: std::ops::Range<usize>, change: fn(f64) -> f64| {
            let mut points = body.repeat(3);
            points.iter_mut().take(numbers.end).skip(numbers.start).for_each(|v| *v = change(*v));
            is_steady::<2>(&points, 5, most)
        };
        assert!(film(0..0, |v| v));
        // Two of five keypoints may be anywhere, three not.
        assert!(film(10..14, |v| v + 4.0));
        assert!(!film(10..16, |v| v + 4.0));
        // Another size, a keypoint too few, and numbers without a square.
        assert!(!film(20..30, |v| v * 2.5));
        assert!(film(20..24, |_| f64::NAN));
        assert!(!film(20..26, |_| f64::NAN));
        assert!(!film(10..30, |v| v + 1e200));
        let space = [0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0].repeat(2);
        assert!(is_steady::<3>(&space, 3, most));
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
