//! Evaluates a plan on an array, on several threads if that is faster.

use std::num::NonZeroUsize;
use std::thread::{available_parallelism, scope};

use ndarray::{ArrayView3, Axis};

use super::kernel::EvaluationJob;
use super::pack::{MOST_LANES, Real};
use super::plan::Plan;
use super::reference::{Heading, Standing};
use crate::interrupt::check;
use crate::math::simd::run_simd;

/// Minimum number of values per thread. A thread takes about 30 µs to start and a value 5 ns (measured).
const VALUES_PER_THREAD: usize = 1 << 20;
/// Values between two checks whether to end: tens of milliseconds.
const VALUES_TOGETHER: usize = 1 << 23;
/// Maximum number of threads; beyond it memory bandwidth is the limit.
const MOST_THREADS: usize = 8;

/// Number of threads of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Threads {
    /// One thread, or several for millions of values.
    Auto,
    /// At most this many.
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

/// [`evaluate`], for the one place that compiles it.
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
        return run_simd(EvaluationJob { plan, points, heading, standing, values, codes });
    }
    let part = frames.div_ceil(count).next_multiple_of(MOST_LANES);
    let mut codes = codes.chunks_mut(part * width);
    scope(|threads| {
        for (i, values) in values.chunks_mut(part * width).enumerate() {
            let first = i * part;
            let points = points.split_at(Axis(0), first).1;
            let (heading, standing) = (heading.skip(first), standing.skip(first));
            let codes = codes.next().unwrap_or_default();
            let job = EvaluationJob { plan, points, heading, standing, values, codes };
            threads.spawn(|| run_simd(job));
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::angle::{PlanOptions, Request, lower_body};
    use crate::error::Result;
    use crate::math::simd::SimdJob;
    use crate::skeleton::{Side, Skeleton};
    use crate::space::Up;
    use ndarray::Array3;

    /// Not a multiple of the frames in a block; few for Miri, which is slow.
    const FRAMES: usize = if cfg!(miri) { 35 } else { 1003 };

    fn numbers<S: Real>(frames: usize) -> Array3<S> {
        let mut state = 7u64;
        Array3::from_shape_simple_fn((frames, 26, 3), || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let missing = state >> 40 & 0x3FF == 0;
            S::splat(if missing { f64::NAN } else { (state >> 11) as f64 / (1u64 << 53) as f64 })
        })
    }

    /// Bits of all 17 angles, as computed by `how`.
    fn bits<S: Real>(
        how: impl Fn(&Plan, ArrayView3<'_, S>, &mut [S], &mut [u8]),
    ) -> Result<Vec<u64>> {
        let requests: Result<Vec<Request>> = lower_body(true)
            .iter()
            .map(|name| {
                let side = Some(Side::Left);
                Request::named(name, side).or_else(|_| Request::named(name, None))
            })
            .collect();
        let options = PlanOptions::of_space(Up::parse_world("y")?);
        let plan = Plan::new(&Skeleton::built_in("halpe26")?, &requests?, options)?;
        let points = numbers::<S>(FRAMES);
        let mut values = vec![S::default(); FRAMES * plan.width()];
        let mut codes = vec![0; values.len()];
        how(&plan, points.view(), &mut values, &mut codes);
        // Miri chooses the sign and the rest of each NaN by chance, as the language allows.
        let same = |v: f64| if cfg!(miri) && v.is_nan() { f64::NAN } else { v };
        let values = values.iter().map(|v| same(v.to_f64()).to_bits());
        Ok(values.chain(codes.iter().map(|code| u64::from(*code))).collect())
    }

    fn check<S: Real>() -> Result<()> {
        let (heading, standing) = (Heading::PerFrame, Standing::Fixed([1.0; 2]));
        let threads = |count| {
            bits::<S>(move |plan, points, values, codes| {
                let threads = NonZeroUsize::new(count).map_or(Threads::Auto, Threads::AtMost);
                evaluate(plan, points, heading, standing, values, codes, threads);
            })
        };
        let one = threads(1)?;
        assert!(one.iter().any(|bits| f64::from_bits(*bits) > 1.0));
        for count in [2, 3, 4, 63] {
            assert!(threads(count)? == one, "{count} threads");
        }
        // Without run_simd, only the baseline instructions are used.
        let plain = bits::<S>(|plan, points, values, codes| {
            EvaluationJob { plan, points, heading, standing, values, codes }.run();
        })?;
        assert!(plain == one, "instruction sets");
        let narrow = bits::<S>(|plan, points, values, codes| {
            EvaluationJob { plan, points, heading, standing, values, codes }.run_narrow();
        })?;
        assert!(narrow == one, "widths of a pack");
        Ok(())
    }

    #[test]
    fn the_bits_depend_on_neither_threads_nor_instruction_set() -> Result<()> {
        check::<f64>()?;
        check::<f32>()
    }
}
