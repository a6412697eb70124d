//! Angles of two segments between keypoints, the most frequent measure. Each component of a point becomes a
//! row of many frames, and each column a loop over them, which compilers vectorize for any width. A short
//! loop for one formula keeps its constants in registers.

use std::ops::Range;

use super::formulas::Source;
use super::kernel::BEYOND_CACHE;
use super::pack::Real;
use super::plan::Plan;
use crate::math::simd::{SimdJob, ZipInline, four_by_four, fourwise, prefetch};
use crate::math::vector::{Vec3, angle_between, dot, nowhere, sub};
use crate::validity::Validity;

/// Number of frames in a strip: the fastest power of two from 16 to 64 (measured). Rows of 16 points take
/// 24 KB, which fits the cache of the first level.
pub(super) const STRIP: usize = 64;

/// One number per frame of a strip.
type Row<S> = [S; STRIP];

/// A point of all frames of a strip.
struct Point<S> {
    /// Index of its first number within a frame.
    place: usize,
    rows: [Row<S>; 3],
}

/// Points and results of one call for a plan with [`Plan::segments_only`] in space.
pub(super) struct SegmentsJob<'a, S> {
    pub plan: &'a Plan,
    /// Contiguous points of at least one strip.
    pub rows: &'a [S],
    pub frames: usize,
    pub values: &'a mut [S],
    /// Empty if no codes are requested.
    pub codes: &'a mut [u8],
    /// Frames whose values need to be judged one by one, and the last ones if they are few. Their results are not
    /// written.
    pub left: &'a mut Vec<Range<usize>>,
}

impl<S: Real> SimdJob for SegmentsJob<'_, S> {
    const WIDEST: bool = true;

    #[inline(always)]
    fn run(self) {
        let SegmentsJob { plan, rows, frames, values, codes, left } = self;
        let (width, Some(last)) = (plan.width(), frames.checked_sub(STRIP)) else { return };
        let stride = plan.keypoints * plan.options.up.dims();
        let far = size_of_val(rows) > BEYOND_CACHE;
        let empty = [S::splat(0.0); STRIP];
        let mut points: Vec<Point<S>> = plan
            .sources
            .iter()
            .map(|source| match *source {
                Source::One(keypoint) | Source::Blend(keypoint, ..) => {
                    Point { place: 3 * keypoint, rows: [empty; 3] }
                }
            })
            .collect();
        let mut columns = vec![empty; width];
        for first in (0..frames).step_by(STRIP) {
            if frames - first < STRIP / 2 {
                left.push(first..frames);
                return;
            }
            // The last strip overlaps the one before: the same frames give the same bits.
            let first = first.min(last);
            let cells = first * width..(first + STRIP) * width;
            let strip = rows.get(first * stride..).unwrap_or_default();
            load(strip, stride, &mut points);
            // Reading only some keypoints defeats the hardware prefetcher, so the next strip is prefetched in
            // slices meanwhile.
            let ahead = if far { strip.get(STRIP * stride..).unwrap_or_default() } else { &[] };
            let ahead = ahead.get(..STRIP * stride).unwrap_or_default();
            if are_plain(&points) && measure(plan, &points, &mut columns, ahead) {
                store(&columns, values.get_mut(cells.clone()).unwrap_or_default());
                codes.get_mut(cells).unwrap_or_default().fill(Validity::Ok as u8);
            } else if let Some(before) = left.last_mut().filter(|range| range.end >= first) {
                before.end = first + STRIP;
            } else {
                left.push(first..first + STRIP);
            }
        }
    }
}

/// Loads the points of a strip, four frames at a time.
#[inline(always)]
fn load<S: Real>(strip: &[S], stride: usize, points: &mut [Point<S>]) {
    for group in 0..STRIP / 4 {
        let frames = strip.get(4 * group * stride..).unwrap_or_default();
        for Point { place, rows } in points.iter_mut() {
            if let Some(numbers) = four_by_four(frames, *place, stride) {
                let ([x, y, z, _], [xs, ys, zs]) = (S::transposed(numbers), rows);
                put(xs, group, x);
                put(ys, group, y);
                put(zs, group, z);
            } else {
                one_by_one(frames, *place, stride, rows, group);
            }
        }
    }
}

/// Loads a point of four frames at the end of an array, where nothing follows its three numbers.
#[cold]
#[inline(never)]
fn one_by_one<S: Real>(
    frames: &[S],
    at: usize,
    stride: usize,
    point: &mut [Row<S>; 3],
    group: usize,
) {
    for (component, row) in point.iter_mut().enumerate() {
        let mut numbers = [S::splat(f64::NAN); 4];
        for (frame, slot) in numbers.iter_mut().enumerate() {
            *slot = frames.get(frame * stride + at + component).copied().unwrap_or(*slot);
        }
        put(row, group, numbers);
    }
}

/// Point of one frame.
#[inline(always)]
fn at<S: Real>(Point { rows: [x, y, z], .. }: &Point<S>, frame: usize) -> Vec3<S> {
    match (x.get(frame), y.get(frame), z.get(frame)) {
        (Some(x), Some(y), Some(z)) => [*x, *y, *z],
        _ => nowhere(),
    }
}

/// True if no point is missing in any frame, by the rules of the kernel.
#[inline(always)]
fn are_plain<S: Real>(points: &[Point<S>]) -> bool {
    let mut together = [S::splat(0.0); STRIP];
    for Point { rows: [x, y, z], .. } in points {
        fourwise(&mut together, [x, y, z], |sum, x, y, z| {
            *sum = *sum + dot([*x, *y, *z], [*x, *y, *z])
        });
    }
    together.iter().fold(true, |plain, sum| {
        plain & sum.all_at_least(S::SMALLEST_SQUARED) & sum.all_at_most(S::LARGEST_SQUARED)
    })
}

/// Computes the columns of a strip; false if a value is not finite.
#[inline(always)]
fn measure<S: Real>(plan: &Plan, points: &[Point<S>], columns: &mut [Row<S>], ahead: &[S]) -> bool {
    let mut slices = ahead.chunks(ahead.len().div_ceil(columns.len().max(1)).max(1));
    // A sum with infinity or NaN is not finite.
    let mut sums = [S::splat(0.0); STRIP];
    for (numbers, column) in columns.iter_mut().zip_inline(&plan.columns) {
        prefetch(slices.next().unwrap_or_default());
        let Some([[a, b], [c, d]]) = column.formula.segments() else { return false };
        let (Some(a), Some(b), Some(c), Some(d)) =
            (points.get(a), points.get(b), points.get(c), points.get(d))
        else {
            return false;
        };
        let (factor, offset) = (S::splat(column.sign * column.to_unit), S::splat(column.offset));
        for (frame, sum) in sums.iter_mut().enumerate() {
            let angle =
                angle_between(sub(at(b, frame), at(a, frame)), sub(at(d, frame), at(c, frame)));
            let value = factor * angle - offset;
            *sum = *sum + value;
            if let Some(slot) = numbers.get_mut(frame) {
                *slot = value;
            }
        }
    }
    sums.iter().fold(true, |finite, sum| finite & sum.all_finite())
}

/// Stores the columns in row-major order, four by four.
#[inline(always)]
fn store<S: Real>(columns: &[Row<S>], values: &mut [S]) {
    let width = columns.len();
    let (fours, rest) = columns.as_chunks::<4>();
    for (group, rows) in values.chunks_exact_mut(4 * width).enumerate() {
        let (p, rows) = rows.split_at_mut(width);
        let (q, rows) = rows.split_at_mut(width);
        let (r, s) = rows.split_at_mut(width);
        let (ps, p) = p.as_chunks_mut();
        let (qs, q) = q.as_chunks_mut();
        let (rs, r) = r.as_chunks_mut();
        let (ss, s) = s.as_chunks_mut();
        for (c, [p, q, r, s]) in fours.iter().enumerate() {
            let columns =
                [at_group(p, group), at_group(q, group), at_group(r, group), at_group(s, group)];
            let places = (ps.get_mut(c), qs.get_mut(c), rs.get_mut(c), ss.get_mut(c));
            if let (Some(p), Some(q), Some(r), Some(s)) = places {
                [*p, *q, *r, *s] = S::transposed(columns);
            }
        }
        let mut columns = [[S::splat(f64::NAN); 4]; 4];
        for (numbers, column) in columns.iter_mut().zip_inline(rest) {
            *numbers = at_group(column, group);
        }
        let [first, second, third, fourth] = S::transposed(columns);
        put_first(p, first);
        put_first(q, second);
        put_first(r, third);
        put_first(s, fourth);
    }
}

/// Stores as many numbers as there is place for.
#[inline(always)]
fn put_first<S>(row: &mut [S], [x, y, z, _]: [S; 4]) {
    match row {
        [a] => *a = x,
        [a, b] => (*a, *b) = (x, y),
        [a, b, c] => (*a, *b, *c) = (x, y, z),
        _ => (),
    }
}

/// Numbers of four frames.
#[inline(always)]
fn at_group<S: Real>(row: &Row<S>, group: usize) -> [S; 4] {
    match row.as_chunks().0.get(group) {
        Some(numbers) => *numbers,
        None => [S::splat(f64::NAN); 4],
    }
}

/// Stores the numbers of four frames.
#[inline(always)]
fn put<S>(row: &mut Row<S>, group: usize, numbers: [S; 4]) {
    if let Some(slot) = row.as_chunks_mut().0.get_mut(group) {
        *slot = numbers;
    }
}
