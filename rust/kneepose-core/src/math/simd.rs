//! The same code compiled for the instruction sets of the processor at hand. No fused
//! multiply-adds, so every choice gives the same bits. The only file with `unsafe`.
#![allow(unsafe_code)]

/// Work that is worth the widest instructions. All that `run` calls must be inlined into it, or it
/// loses them.
pub(crate) trait SimdJob {
    /// Does it.
    fn run(self);
}

/// Runs a job with the widest instructions that the processor has.
pub(crate) fn run_simd(job: impl SimdJob) {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has AVX2, as was just asked.
        return unsafe { with_avx2(job) };
    }
    job.run();
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn with_avx2(job: impl SimdJob) {
    job.run();
}

/// Four numbers each of four rows that begin `stride` apart, the first at `at`: one check of the
/// bounds in place of sixteen. Nothing where they do not all lie within `numbers`.
#[inline(always)]
pub(crate) fn four_by_four<T: Copy>(
    numbers: &[T],
    at: usize,
    stride: usize,
) -> Option<[[T; 4]; 4]> {
    let last = stride.checked_mul(3)?.checked_add(at)?;
    if last.checked_add(4)? > numbers.len() {
        return None;
    }
    // SAFETY: the fourth row, which lies farthest, ends within `numbers`, as was just asked, and
    // four numbers side by side are an array of four.
    let row = |i: usize| unsafe { numbers.as_ptr().add(at + i * stride).cast::<[T; 4]>().read() };
    Some([row(0), row(1), row(2), row(3)])
}

/// Asks for the cache lines of a slice ahead of time. Only a hint: it changes no result.
#[inline(always)]
pub(crate) fn prefetch<T>(numbers: &[T]) {
    #[cfg(target_arch = "x86_64")]
    for line in numbers.chunks(64 / size_of::<T>().max(1)) {
        use std::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
        // SAFETY: a prefetch reads nothing and cannot fault, and the address lies within the slice.
        unsafe { _mm_prefetch::<_MM_HINT_T1>(line.as_ptr().cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = numbers;
}
