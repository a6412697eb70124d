//! Evaluates a plan on an array of keypoints, on several threads if that is faster.

use std::num::NonZeroUsize;
use std::ops::Range;
use std::thread::{available_parallelism, scope};

use ndarray::{ArrayView3, Axis, Slice};

use super::kernel::EvaluationJob;
use super::pack::{MOST_LANES, Real};
use super::plan::Plan;
use super::reference::{Heading, Standing};
use super::segments::{STRIP, SegmentsJob};
use crate::interrupt::check;
use crate::math::simd::run_simd;

/// Minimum number of values per thread. Starting a thread takes about 30 µs, and computing a value
/// 5 ns (measured).
const VALUES_PER_THREAD: usize = 1 << 20;
/// Number of values between two checks for an interruption: tens of milliseconds.
const VALUES_TOGETHER: usize = 1 << 23;
/// Maximum number of threads; beyond it memory bandwidth is the limit.
const MOST_THREADS: usize = 8;

/// Number of threads that a call may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Threads {
    /// One thread, or several if there are millions of values.
    Auto,
    /// At most this number of threads.
    AtMost(NonZeroUsize),
}

impl Threads {
    fn count(self, values: usize) -> usize {
        match self {
            Self::AtMost(count) => count.get(),
            Self::Auto if values < 2 * VALUES_PER_THREAD => 1,
            Self::Auto => {
                let processors = available_parallelism().map_or(1, NonZeroUsize::get);
                (values / VALUES_PER_THREAD).clamp(1, processors.min(MOST_THREADS))
            }
        }
    }
}

/// Computes all columns of `plan`. The results are bit-identical for any number of threads.
///
/// `points` is (frames, keypoints, 2 | 3) with any strides; NaN marks a missing keypoint. `values` and
/// `codes` are (frames, columns) in row-major order: degrees (or fractions of the shank) and
/// [`Validity`](crate::validity::Validity) codes. `codes` may be empty. Every NaN has a code that is not
/// [`is_measured`](crate::validity::Validity::is_measured). Rows beyond the shortest argument stay
/// unchanged.
pub fn evaluate<S: Real>(
    plan: &Plan,
    points: ArrayView3<'_, S>,
    heading: Heading<'_>,
    standing: Standing<'_>,
    values: &mut [S],
    codes: &mut [u8],
    threads: Threads,
) {
    let frames = (VALUES_TOGETHER / plan.width().max(1)).next_multiple_of(MOST_LANES);
    let mut codes = codes.chunks_mut(frames * plan.width().max(1));
    for (i, values) in values.chunks_mut(frames * plan.width().max(1)).enumerate() {
        check();
        let first = (i * frames).min(points.len_of(Axis(0)));
        let points = points.split_at(Axis(0), first).1;
        let place = (heading.skip(first), standing.skip(first));
        S::evaluate(plan, points, place, values, codes.next().unwrap_or_default(), threads);
    }
}

/// Implementation of [`evaluate`], compiled in one place; see [`super::compiled`].
#[inline(always)]
pub(super) fn evaluate_frames<S: Real>(
    plan: &Plan,
    points: ArrayView3<'_, S>,
    heading: Heading<'_>,
    standing: Standing<'_>,
    values: &mut [S],
    codes: &mut [u8],
    threads: Threads,
) {
    let width = plan.width().max(1);
    let frames = points.dim().0.min(values.len() / width);
    let Some(values) = values.get_mut(..frames * width) else { return };
    let count = threads.count(values.len());
    if count < 2 {
        return evaluate_part(plan, points, (heading, standing), values, codes);
    }
    let part = frames.div_ceil(count).next_multiple_of(MOST_LANES);
    let mut codes = codes.chunks_mut(part * width);
    scope(|threads| {
        for (i, values) in values.chunks_mut(part * width).enumerate() {
            let first = i * part;
            let points = points.split_at(Axis(0), first).1;
            let (heading, standing) = (heading.skip(first), standing.skip(first));
            let codes = codes.next().unwrap_or_default();
            threads.spawn(move || evaluate_part(plan, points, (heading, standing), values, codes));
        }
    });
}

/// Computes the frames that one thread is assigned.
fn evaluate_part<S: Real>(
    plan: &Plan,
    points: ArrayView3<'_, S>,
    (heading, standing): (Heading<'_>, Standing<'_>),
    values: &mut [S],
    codes: &mut [u8],
) {
    let width = plan.width().max(1);
    let frames = points.dim().0.min(values.len() / width);
    let in_blocks = |range: Range<usize>, values: &mut [S], codes: &mut [u8]| {
        let points = points.slice_axis(Axis(0), Slice::from(range.clone()));
        let (heading, standing) = (heading.skip(range.start), standing.skip(range.start));
        let cells = range.start * width..range.end * width;
        let values = values.get_mut(cells.clone()).unwrap_or_default();
        let codes = codes.get_mut(cells).unwrap_or_default();
        let job = EvaluationJob { plan, points, heading, standing, values, codes };
        if range.len() == 1 { job.run_singly() } else { run_simd(job) }
    };
    match points.to_slice() {
        Some(rows) if plan.segments_only && frames >= STRIP => {
            let mut left = Vec::new();
            run_simd(SegmentsJob { plan, rows, frames, values, codes, left: &mut left });
            for range in left {
                in_blocks(range, values, codes);
            }
        }
        _ => in_blocks(0..frames, values, codes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::angle::spec::ZeroAtRest;
    use crate::angle::{AngleSpec, Measure, PlanOptions, Plane, Request, Sided, lower_body};
    use crate::error::Result;
    use crate::math::simd::SimdJob;
    use crate::skeleton::{Side, Skeleton};
    use crate::space::Up;
    use ndarray::Array3;

    /// The number of frames is not a multiple of the block size. It is small for Miri, which is
    /// slow.
    const FRAMES: usize = if cfg!(miri) { 35 } else { 1003 };

    /// Random points; in every other hundred of frames some are missing.
    fn numbers<S: Real>(frames: usize) -> Array3<S> {
        let mut state = 7u64;
        Array3::from_shape_fn((frames, 26, 3), |(frame, ..)| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let missing = state >> 40 & 0x3FF == 0 && frame / 100 % 2 == 0;
            S::splat(if missing { f64::NAN } else { (state >> 11) as f64 / (1u64 << 53) as f64 })
        })
    }

    fn plan(requests: &[Request]) -> Result<Plan> {
        let options = PlanOptions::of_space(Up::parse_world("y")?);
        Plan::new(&Skeleton::built_in("halpe26")?, requests, options)
    }

    /// Plan of all 17 angles.
    fn all_angles() -> Result<Plan> {
        let named = |name: &&str| {
            let side = Some(Side::Left);
            Request::named(name, side).or_else(|_| Request::named(name, None))
        };
        plan(&lower_body(true).iter().map(named).collect::<Result<Vec<_>>>()?)
    }

    /// Plan of `count` angles between two segments.
    fn of_segments(count: usize) -> Result<Plan> {
        let chain = ["nose", "left_hip", "left_knee", "left_ankle", "left_heel", "left_big_toe"];
        let request = |i: usize| {
            let points = (0..3).filter_map(|k| chain.get((i + k * (1 + i / 6)) % 6));
            let spec = AngleSpec {
                name: format!("angle_{i}").into(),
                points: points.map(|name| (*name).into()).collect(),
                measure: if i.is_multiple_of(2) { Measure::Included } else { Measure::Bend },
                sign: if i.is_multiple_of(3) { -1.0 } else { 1.0 },
                mirrored: false,
                sided: Sided::Midline,
                plane: Plane::Any,
                gate: None,
                at_rest: ZeroAtRest::Defined,
                unit: "".into(),
                zero: "".into(),
                positive: "".into(),
                source: "".into(),
            };
            Request::new(spec, None)
        };
        plan(&(0..count).map(request).collect::<Result<Vec<_>>>()?)
    }

    /// Bit patterns of the angles of a plan, as computed by `how`.
    fn bits<S: Real>(
        plan: &Plan,
        how: impl Fn(ArrayView3<'_, S>, &mut [S], &mut [u8]),
    ) -> Vec<u64> {
        let points = numbers::<S>(FRAMES);
        let mut values = vec![S::default(); FRAMES * plan.width()];
        let mut codes = vec![0; values.len()];
        how(points.view(), &mut values, &mut codes);
        // Miri chooses the sign and the payload of each NaN at random, as the language allows.
        let same = |v: f64| if cfg!(miri) && v.is_nan() { f64::NAN } else { v };
        let values = values.iter().map(|v| same(v.to_f64()).to_bits());
        values.chain(codes.iter().map(|code| u64::from(*code))).collect()
    }

    fn check<S: Real>(plan: &Plan) {
        let (heading, standing) = (Heading::PerFrame, Standing::Fixed([1.0; 2]));
        let threads = |count| {
            bits::<S>(plan, move |points, values, codes| {
                let threads = NonZeroUsize::new(count).map_or(Threads::Auto, Threads::AtMost);
                evaluate(plan, points, heading, standing, values, codes, threads);
            })
        };
        let one = threads(1);
        assert!(one.iter().any(|bits| f64::from_bits(*bits).abs() > 1.0));
        for count in [2, 3, 4, 63] {
            assert!(threads(count) == one, "{count} threads");
        }
        // Without `run_simd`, only the baseline instructions of the processor are used.
        let plain = bits::<S>(plan, |points, values, codes| {
            EvaluationJob { plan, points, heading, standing, values, codes }.run(None);
        });
        assert!(plain == one, "instruction sets");
        let singly = bits::<S>(plan, |points, values, codes| {
            EvaluationJob { plan, points, heading, standing, values, codes }.run_singly();
        });
        assert!(singly == one, "frame by frame");
    }

    #[test]
    fn the_bits_depend_on_neither_threads_nor_instruction_set() -> Result<()> {
        check::<f64>(&all_angles()?);
        check::<f32>(&all_angles()?);
        for count in [1, 2, 3, 4, 11] {
            check::<f64>(&of_segments(count)?);
            check::<f32>(&of_segments(count)?);
        }
        Ok(())
    }

    /// Long enough for at least one strip with missing points and one without.
    const STRIP_FRAMES: usize = if cfg!(miri) { 203 } else { FRAMES };

    /// Checks that strips with missing points are left to the kernel, and that all other strips are
    /// bit-identical to the kernel without wide instructions.
    fn check_strips<S: Real>(plan: &Plan) {
        let (heading, standing) = (Heading::PerFrame, Standing::Fixed([1.0; 2]));
        let points = numbers::<S>(STRIP_FRAMES);
        let width = plan.width();
        let mut values = vec![S::default(); STRIP_FRAMES * width];
        let (mut codes, mut left) = (vec![99; values.len()], Vec::new());
        let rows = points.as_slice().unwrap_or_default();
        SegmentsJob {
            plan,
            rows,
            frames: STRIP_FRAMES,
            values: &mut values,
            codes: &mut codes,
            left: &mut left,
        }
        .run(None);
        let mut wanted = vec![S::default(); values.len()];
        EvaluationJob {
            plan,
            points: points.view(),
            heading,
            standing,
            values: &mut wanted,
            codes: &mut [],
        }
        .run(None);
        let rows = values.chunks(width).zip(wanted.chunks(width)).zip(codes.chunks(width));
        let mut counts = [0, 0];
        for (frame, ((values, wanted), codes)) in rows.enumerate() {
            if left.iter().any(|range| range.contains(&frame)) {
                counts[0] += 1;
                assert!(codes.iter().all(|code| *code == 99));
            } else {
                counts[1] += 1;
                assert!(values == wanted && codes.iter().all(|code| *code == 0), "frame {frame}");
            }
        }
        assert!(counts.iter().all(|count| *count > 10), "{counts:?}");
    }

    #[test]
    fn strips_have_the_bits_of_the_kernel() -> Result<()> {
        let plan = of_segments(7)?;
        assert!(plan.segments_only && !all_angles()?.segments_only);
        check_strips::<f64>(&plan);
        check_strips::<f32>(&plan);
        Ok(())
    }
}
