//! Runs a plan over an array, on several threads where that pays.

use std::num::NonZeroUsize;
use std::thread::{available_parallelism, scope};

use ndarray::{ArrayView3, Axis};

use super::kernel::Work;
use super::pack::{MOST_LANES, Real};
use super::plan::Plan;
use super::reference::{Heading, Standing};
use crate::dispatch::dispatch;

/// Below this many values a second thread costs more than it saves (measured: a thread takes about
/// 30 µs to start, a value 5 ns).
const VALUES_PER_THREAD: usize = 1 << 20;
/// Memory is the limit beyond.
const MOST_THREADS: usize = 8;

/// How many threads a call may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Threads {
    /// One, unless there are millions of values.
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

/// Computes all columns of `plan`. The bits do not depend on the number of threads.
///
/// `points` is (frames, keypoints, 2 | 3) with any strides; NaN marks a missing keypoint. `values`
/// and `codes` are (frames × columns), row by row: degrees (or shares of the shank) and
/// [`Validity`](crate::validity::Validity) codes; `codes` may be empty where nobody asks for them.
/// Every NaN has a code that is not [`is_measured`](crate::validity::Validity::is_measured).
/// Rows beyond the shortest argument are not touched.
pub fn evaluate<S: Real>(
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
        return dispatch(Work { plan, points, heading, standing, values, codes });
    }
    let part = frames.div_ceil(count).next_multiple_of(MOST_LANES);
    let mut codes = codes.chunks_mut(part * width);
    scope(|threads| {
        for (i, values) in values.chunks_mut(part * width).enumerate() {
            let first = i * part;
            let points = points.split_at(Axis(0), first).1;
            let (heading, standing) = (heading.skip(first), standing.skip(first));
            let codes = codes.next().unwrap_or_default();
            let work = Work { plan, points, heading, standing, values, codes };
            threads.spawn(|| dispatch(work));
        }
    });
}
