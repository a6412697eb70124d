//! Angles between two segments of keypoints, the most frequent measure. Each component of a point
//! becomes a row of many frames, and each column is a loop over rows, which compilers vectorize for
//! any width. A short loop for a single formula can keep its constants in registers.

use std::ops::Range;

use super::formulas::Source;
use super::kernel::BEYOND_CACHE;
use super::pack::Real;
use super::plan::Plan;
use crate::math::simd::{Eight, SimdJob, Wide, ZipInline, prefetch, run_apart};
use crate::math::vector::{Vec3, cross, dot, norm, nowhere, sub};
use crate::validity::Validity;

/// Number of frames in a strip: the fastest power of two from 16 to 64 (measured). The rows of 16
/// points take 24 KB, which fits into the first-level cache.
pub(super) const STRIP: usize = 64;

/// One number for each frame of a strip, aligned to a cache line.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Row<S>([S; STRIP]);

impl<S: Real> Row<S> {
    #[inline(always)]
    fn empty() -> Self {
        Self([S::splat(0.0); STRIP])
    }

    /// The numbers of one group of eight frames.
    #[inline(always)]
    fn eight(&mut self, group: usize) -> Option<&mut Eight<S>> {
        self.0.as_chunks_mut().0.get_mut(group)
    }
}

/// One point in all frames of a strip.
struct Point<S> {
    /// Index of the x component within a frame.
    place: usize,
    rows: [Row<S>; 3],
}

/// Input and output of one call, for a 3-D plan with [`Plan::segments_only`].
pub(super) struct SegmentsJob<'a, S> {
    pub plan: &'a Plan,
    /// Contiguous keypoints of at least one strip.
    pub rows: &'a [S],
    pub frames: usize,
    pub values: &'a mut [S],
    /// Validity codes; empty if no codes are requested.
    pub codes: &'a mut [u8],
    /// Frames that the kernel must compute afterwards: strips with missing points, and the last
    /// frames if they are few. Their results are not written here.
    pub left: &'a mut Vec<Range<usize>>,
}

impl<S: Real> SimdJob for SegmentsJob<'_, S> {
    const WIDEST: bool = true;

    #[inline(always)]
    fn run(self, wide: Option<Wide>) {
        let SegmentsJob { plan, rows, frames, values, codes, left } = self;
        let (width, Some(last)) = (plan.width(), frames.checked_sub(STRIP)) else { return };
        let stride = plan.keypoints * plan.options.up.dims();
        let far = size_of_val(rows) > BEYOND_CACHE;
        let mut points: Vec<Point<S>> = plan
            .sources
            .iter()
            .map(|source| match *source {
                Source::One(keypoint) | Source::Blend(keypoint, ..) => {
                    Point { place: 3 * keypoint, rows: [Row::empty(); 3] }
                }
            })
            .collect();
        let mut columns = vec![Row::empty(); width];
        for first in (0..frames).step_by(STRIP) {
            if frames - first < STRIP / 2 {
                left.push(first..frames);
                return;
            }
            // The last strip may overlap the previous one. Frames that are computed twice give the
            // same bits.
            let first = first.min(last);
            let cells = first * width..(first + STRIP) * width;
            let strip = rows.get(first * stride..).unwrap_or_default();
            // Reading only some keypoints defeats the hardware prefetcher, so the next strip is prefetched in
            // slices meanwhile.
            let ahead = if far { strip.get(STRIP * stride..).unwrap_or_default() } else { &[] };
            let ahead = ahead.get(..STRIP * stride).unwrap_or_default();
            let mut plain = true;
            run_apart(Load { strip, stride, points: &mut points, plain: &mut plain }, wide);
            if plain && measure(plan, &points, &mut columns, ahead) {
                let values = values.get_mut(cells.clone()).unwrap_or_default();
                run_apart(Store { columns: &mut columns, values }, wide);
                codes.get_mut(cells).unwrap_or_default().fill(Validity::Ok as u8);
            } else if let Some(before) = left.last_mut().filter(|range| range.end >= first) {
                before.end = first + STRIP;
            } else {
                left.push(first..first + STRIP);
            }
        }
    }
}

/// Loads the points of a strip, eight frames at a time.
struct Load<'a, S> {
    strip: &'a [S],
    stride: usize,
    points: &'a mut [Point<S>],
    /// Set to false if a point is missing in any frame, by the rules of the kernel.
    plain: &'a mut bool,
}

impl<S: Real> SimdJob for Load<'_, S> {
    #[inline(always)]
    fn run(self, wide: Option<Wide>) {
        let Load { strip, stride, points, plain } = self;
        let mut padded = Vec::new();
        for group in 0..STRIP / 8 {
            let mut frames = strip.get(8 * group * stride..).unwrap_or_default();
            if frames.len() <= 8 * stride {
                // The loader reads one number beyond a point, but the array ends here, so the
                // frames are copied with a number appended.
                padded.extend_from_slice(frames);
                padded.push(S::splat(f64::NAN));
                frames = &padded;
            }
            let mut squares = [S::splat(0.0); 8];
            for Point { place, rows: [x, y, z] } in points.iter_mut() {
                if let (Some(x), Some(y), Some(z)) =
                    (x.eight(group), y.eight(group), z.eight(group))
                    && S::load_points(wide, frames, *place, stride, [x, y, z], &mut squares)
                        .is_some()
                {
                    continue;
                }
                *plain = false;
            }
            *plain &= squares.iter().fold(true, |plain, sum| {
                plain & sum.all_at_least(S::SMALLEST_SQUARED) & sum.all_at_most(S::LARGEST_SQUARED)
            });
        }
    }
}

/// One point in one frame.
#[inline(always)]
fn at<S: Real>(Point { rows: [x, y, z], .. }: &Point<S>, frame: usize) -> Vec3<S> {
    match (x.0.get(frame), y.0.get(frame), z.0.get(frame)) {
        (Some(x), Some(y), Some(z)) => [*x, *y, *z],
        _ => nowhere(),
    }
}

/// Computes the columns of a strip. Returns false if a value is not finite. Each column takes three
/// loops with few dependent steps. Square root and division have long latency but high throughput;
/// in a single long loop the processor could not start enough frames in parallel.
#[inline(always)]
fn measure<S: Real>(plan: &Plan, points: &[Point<S>], columns: &mut [Row<S>], ahead: &[S]) -> bool {
    let mut slices = ahead.chunks(ahead.len().div_ceil(columns.len().max(1)).max(1));
    // The sum is not finite if any value is infinite or NaN.
    let mut sums = Row::<S>::empty();
    let (mut sines, mut cosines, mut tangents) = (Row::empty(), Row::empty(), Row::empty());
    for (numbers, column) in columns.iter_mut().zip_inline(&plan.columns) {
        prefetch(slices.next().unwrap_or_default());
        let Some([[a, b], [c, d]]) = column.formula.segments() else { return false };
        let (Some(a), Some(b), Some(c), Some(d)) =
            (points.get(a), points.get(b), points.get(c), points.get(d))
        else {
            return false;
        };
        for frame in 0..STRIP {
            let (u, v) = (sub(at(b, frame), at(a, frame)), sub(at(d, frame), at(c, frame)));
            if let (Some(sine), Some(cosine)) = (sines.0.get_mut(frame), cosines.0.get_mut(frame)) {
                (*sine, *cosine) = (norm(cross(u, v)), dot(u, v));
            }
        }
        // The buffer of the sines is overwritten by the second result of `octant`: the nearest of
        // the angles 0°, 45° and 90°.
        for frame in 0..STRIP {
            if let (Some(sine), Some(cosine), Some(tangent)) =
                (sines.0.get_mut(frame), cosines.0.get(frame), tangents.0.get_mut(frame))
            {
                [*tangent, *sine] = S::octant(*sine, *cosine);
            }
        }
        for frame in 0..STRIP {
            if let (Some(tangent), Some(octant), Some(cosine), Some(sum)) = (
                tangents.0.get_mut(frame),
                sines.0.get(frame),
                cosines.0.get(frame),
                sums.0.get_mut(frame),
            ) {
                *tangent = S::degrees([*tangent, *octant], *cosine);
                *sum = *sum + *tangent;
            }
        }
        *numbers = tangents;
        if column.sign < 0.0 || column.offset != 0.0 {
            numbers.0.iter_mut().for_each(|number| *number = column.in_unit(*number));
        }
    }
    sums.0.iter().fold(true, |finite, sum| finite & sum.all_finite())
}

/// Stores the columns in row-major order, four at a time. The last four may overlap the previous
/// ones.
struct Store<'a, S> {
    columns: &'a mut [Row<S>],
    values: &'a mut [S],
}

impl<S: Real> SimdJob for Store<'_, S> {
    #[inline(always)]
    fn run(self, wide: Option<Wide>) {
        let Store { columns, values } = self;
        let width = columns.len();
        for group in 0..STRIP / 8 {
            let rows = values.get_mut(8 * group * width..).unwrap_or_default();
            for column in (0..width).step_by(4) {
                let column = column.min(width.saturating_sub(4));
                if let Some([p, q, r, s]) =
                    columns.get_mut(column..).and_then(|rest| rest.first_chunk_mut())
                    && let (Some(p), Some(q), Some(r), Some(s)) =
                        (p.eight(group), q.eight(group), r.eight(group), s.eight(group))
                    && S::store_rows(wide, [p, q, r, s], rows, column, width).is_some()
                {
                    continue;
                }
                few(columns, rows, group);
            }
        }
    }
}

/// Stores eight frames of a plan with fewer than four columns.
#[cold]
#[inline(never)]
fn few<S: Real>(columns: &mut [Row<S>], rows: &mut [S], group: usize) {
    let width = columns.len();
    for (column, row) in columns.iter_mut().enumerate() {
        for (frame, number) in row.eight(group).into_iter().flatten().enumerate() {
            if let Some(slot) = rows.get_mut(frame * width + column) {
                *slot = *number;
            }
        }
    }
}
