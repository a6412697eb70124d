//! Runs code compiled for the widest vector instructions of the processor. It uses no fused multiply-adds,
//! so all variants give the same bits. This is the only file with `unsafe`.
#![allow(unsafe_code)]

#[cfg(target_arch = "x86_64")]
use std::mem::transmute;

/// Job for [`run_simd`]. All functions that `run` calls must be inlined into it; otherwise they are
/// compiled without the wide instructions.
pub(crate) trait SimdJob {
    /// True if the job is also compiled for registers of 64 bytes.
    #[cfg_attr(
        not(target_arch = "x86_64"),
        expect(dead_code, reason = "no wider registers elsewhere")
    )]
    const WIDEST: bool = false;
    /// Runs the job.
    fn run(self);
    /// Runs the job on an x86-64 processor without AVX2.
    fn run_narrow(self)
    where
        Self: Sized,
    {
        self.run();
    }
}

/// Runs a job with the widest supported vector instructions.
pub(crate) fn run_simd<J: SimdJob>(job: J) {
    #[cfg(target_arch = "x86_64")]
    if J::WIDEST && has_avx512() {
        // SAFETY: the test above has shown that the processor has these instructions.
        return unsafe { with_avx512(job) };
    }
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the test above has shown that the processor has AVX2.
        return unsafe { with_avx2(job) };
    }
    if cfg!(target_arch = "x86_64") {
        job.run_narrow();
    } else {
        job.run();
    }
}

#[cfg(target_arch = "x86_64")]
fn has_avx512() -> bool {
    std::arch::is_x86_feature_detected!("avx512f")
        && std::arch::is_x86_feature_detected!("avx512bw")
        && std::arch::is_x86_feature_detected!("avx512dq")
        && std::arch::is_x86_feature_detected!("avx512vl")
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,avx512f,avx512bw,avx512dq,avx512vl")]
fn with_avx512(job: impl SimdJob) {
    job.run();
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn with_avx2(job: impl SimdJob) {
    job.run();
}

/// [`Iterator::zip`] for kernels. The standard library does not mark the constructor of its own for
/// inlining, so without link-time optimization a kernel would call it, and lose its wide instructions.
pub(crate) trait ZipInline: Iterator + Sized {
    /// Pairs, until either ends.
    #[inline(always)]
    fn zip_inline<B: IntoIterator>(self, other: B) -> Zipped<Self, B::IntoIter> {
        Zipped(self, other.into_iter())
    }
}

impl<A: Iterator> ZipInline for A {}

/// The iterator of [`ZipInline::zip_inline`].
pub(crate) struct Zipped<A, B>(A, B);

impl<A: Iterator, B: Iterator> Iterator for Zipped<A, B> {
    type Item = (A::Item, B::Item);

    #[inline(always)]
    fn next(&mut self) -> Option<Self::Item> {
        match (self.0.next(), self.1.next()) {
            (Some(a), Some(b)) => Some((a, b)),
            _ => None,
        }
    }
}

/// Calls `f` with the items of two slices at the same place, as far as both reach. One counter for
/// both, which compilers turn into vector code where [`ZipInline`] has two.
#[inline(always)]
pub(crate) fn pairwise<A, B>(a: &mut [A], b: &[B], mut f: impl FnMut(&mut A, &B)) {
    for place in 0..a.len().min(b.len()) {
        if let (Some(a), Some(b)) = (a.get_mut(place), b.get(place)) {
            f(a, b);
        }
    }
}

/// As [`pairwise`], for a slice and three others.
#[inline(always)]
pub(crate) fn fourwise<A, B>(
    a: &mut [A],
    [b, c, d]: [&[B]; 3],
    mut f: impl FnMut(&mut A, &B, &B, &B),
) {
    let count = a.len().min(b.len()).min(c.len()).min(d.len());
    let others = (b.get(..count), c.get(..count), d.get(..count));
    let (Some(a), (Some(b), Some(c), Some(d))) = (a.get_mut(..count), others) else { return };
    for place in 0..count {
        if let (Some(a), Some(b), Some(c), Some(d)) =
            (a.get_mut(place), b.get(place), c.get(place), d.get(place))
        {
            f(a, b, c, d);
        }
    }
}

/// True if a condition holds for any value. Without branches the compiler vectorizes the loop.
#[inline(always)]
pub(crate) fn any_of(values: &[f64], condition: impl Fn(f64) -> bool) -> bool {
    values.iter().fold(0_u64, |any, value| any | u64::from(condition(*value))) != 0
}

/// Number of values for which a condition holds, without branches too.
#[inline(always)]
pub(crate) fn count_of(values: &[f64], condition: impl Fn(f64) -> bool) -> usize {
    values.iter().fold(0, |count, value| count + usize::from(condition(*value)))
}

/// Loads four adjacent numbers from each of four rows. The first row begins at index `at`, the next ones
/// `stride` numbers later each. One bounds check replaces sixteen; `None` if a row is out of bounds.
#[inline(always)]
pub(crate) fn four_by_four<T: Copy>(
    numbers: &[T],
    at: usize,
    stride: usize,
) -> Option<[[T; 4]; 4]> {
    let last = numbers.len().checked_sub(stride.checked_mul(3)?)?.checked_sub(4)?;
    if at > last {
        return None;
    }
    // SAFETY: the check above has shown that the last row ends within `numbers`, and four adjacent numbers
    // have the layout of an array of four.
    let row = |i: usize| unsafe { numbers.as_ptr().add(at + i * stride).cast::<[T; 4]>().read() };
    Some([row(0), row(1), row(2), row(3)])
}

/// Numbers whose squares of four by four can be transposed in registers.
pub trait Transpose: Copy {
    /// Columns of four rows.
    fn transposed(rows: [[Self; 4]; 4]) -> [[Self; 4]; 4];
}

// Compilers turn the plain form into loads and stores of single numbers, or into slow gathers.
#[cfg(target_arch = "x86_64")]
impl Transpose for f64 {
    #[inline(always)]
    fn transposed(rows: [[Self; 4]; 4]) -> [[Self; 4]; 4] {
        use std::arch::x86_64::{__m128d, _mm_unpackhi_pd as high, _mm_unpacklo_pd as low};
        // SAFETY: four numbers are as long as two registers of two, and all their bits are valid in both. Every
        // x86-64 has SSE2.
        unsafe {
            let [[a, e], [b, f], [c, g], [d, h]] =
                transmute::<[[Self; 4]; 4], [[__m128d; 2]; 4]>(rows);
            transmute::<[[__m128d; 2]; 4], [[Self; 4]; 4]>([
                [low(a, b), low(c, d)],
                [high(a, b), high(c, d)],
                [low(e, f), low(g, h)],
                [high(e, f), high(g, h)],
            ])
        }
    }
}

#[cfg(target_arch = "x86_64")]
impl Transpose for f32 {
    #[inline(always)]
    fn transposed(rows: [[Self; 4]; 4]) -> [[Self; 4]; 4] {
        use std::arch::x86_64::{
            __m128, _mm_movehl_ps as highs, _mm_movelh_ps as lows, _mm_unpackhi_ps as high,
            _mm_unpacklo_ps as low,
        };
        // SAFETY: four numbers are as long as a register of four, and all their bits are valid in both. Every
        // x86-64 has SSE.
        unsafe {
            let [a, b, c, d] = transmute::<[[Self; 4]; 4], [__m128; 4]>(rows);
            let (ab, cd, ef, gh) = (low(a, b), low(c, d), high(a, b), high(c, d));
            transmute::<[__m128; 4], [[Self; 4]; 4]>([
                lows(ab, cd),
                highs(cd, ab),
                lows(ef, gh),
                highs(gh, ef),
            ])
        }
    }
}

#[cfg(not(target_arch = "x86_64"))]
macro_rules! plain_transpose {
    ($($number:ident)+) => {$(
        impl Transpose for $number {
            #[inline(always)]
            fn transposed([a, b, c, d]: [[Self; 4]; 4]) -> [[Self; 4]; 4] {
                let ([a0, a1, a2, a3], [b0, b1, b2, b3]) = (a, b);
                let ([c0, c1, c2, c3], [d0, d1, d2, d3]) = (c, d);
                [[a0, b0, c0, d0], [a1, b1, c1, d1], [a2, b2, c2, d2], [a3, b3, c3, d3]]
            }
        }
    )+};
}

#[cfg(not(target_arch = "x86_64"))]
plain_transpose!(f64 f32);

/// Prefetches the cache lines of a slice. It is only a hint and changes no result.
#[inline(always)]
pub(crate) fn prefetch<T>(numbers: &[T]) {
    #[cfg(target_arch = "x86_64")]
    for line in numbers.chunks(64 / size_of::<T>().max(1)) {
        use std::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
        // SAFETY: a prefetch cannot fault, and the address lies within the slice.
        unsafe { _mm_prefetch::<_MM_HINT_T1>(line.as_ptr().cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = numbers;
}
