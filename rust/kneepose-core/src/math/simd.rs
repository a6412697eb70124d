//! Runs code that is compiled for the widest vector instructions of the processor. There are no
//! fused multiply-adds, so all variants give the same bits. This is the only file with `unsafe`.
#![allow(unsafe_code)]

#[cfg(target_arch = "x86_64")]
use std::mem::transmute;

/// Job for [`run_simd`]. All functions that `run` calls must be inlined into it; otherwise they are
/// compiled without the wide instructions.
pub(crate) trait SimdJob {
    /// True if the job is also compiled for 64-byte registers (AVX-512).
    #[cfg_attr(
        not(target_arch = "x86_64"),
        expect(dead_code, reason = "no wider registers elsewhere")
    )]
    const WIDEST: bool = false;
    /// Runs the job, with AVX2 registers if the processor has them.
    fn run(self, wide: Option<Wide>);
    /// Runs the job on an x86-64 processor without AVX2.
    fn run_narrow(self)
    where
        Self: Sized,
    {
        self.run(None);
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
        job.run(None);
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
    job.run(Some(Wide(())));
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn with_avx2(job: impl SimdJob) {
    job.run(Some(Wide(())));
}

/// Version of [`Iterator::zip`] for kernels. The constructor of the standard version is not marked
/// for inlining. Without link-time optimization a kernel would call it, and that part would be
/// compiled without wide instructions.
pub(crate) trait ZipInline: Iterator + Sized {
    /// Iterates over pairs until either iterator ends.
    #[inline(always)]
    fn zip_inline<B: IntoIterator>(self, other: B) -> Zipped<Self, B::IntoIter> {
        Zipped(self, other.into_iter())
    }
}

impl<A: Iterator> ZipInline for A {}

/// Iterator that [`ZipInline::zip_inline`] returns.
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

/// Calls `f` with the elements of two slices at the same index, up to the shorter length. It uses
/// one counter, which compilers vectorize better than the two counters of [`ZipInline`].
#[inline(always)]
pub(crate) fn pairwise<A, B>(a: &mut [A], b: &[B], mut f: impl FnMut(&mut A, &B)) {
    for place in 0..a.len().min(b.len()) {
        if let (Some(a), Some(b)) = (a.get_mut(place), b.get(place)) {
            f(a, b);
        }
    }
}

/// Version of [`pairwise`] for a slice and three others.
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

/// True if the condition holds for any value. The loop has no branches, so that it is vectorized.
#[inline(always)]
pub(crate) fn any_of(values: &[f64], condition: impl Fn(f64) -> bool) -> bool {
    values.iter().fold(0_u64, |any, value| any | u64::from(condition(*value))) != 0
}

/// Number of values for which the condition holds. The loop has no branches, so that it is
/// vectorized.
#[inline(always)]
pub(crate) fn count_of(values: &[f64], condition: impl Fn(f64) -> bool) -> usize {
    values.iter().fold(0, |count, value| count + usize::from(condition(*value)))
}

/// Loads four adjacent numbers from each of four rows. The first row begins at index `at`; the rows
/// are `stride` numbers apart. One bounds check replaces sixteen; `None` if a row is out of bounds.
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

/// One number for each of eight frames.
pub type Eight<T> = [T; 8];

/// Proof that the processor has AVX2: a value of this type exists only then.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy)]
pub struct Wide(());
/// Proof that the processor has AVX2. No value of this type exists, because processors of this
/// architecture never have AVX2.
#[cfg(not(target_arch = "x86_64"))]
#[derive(Clone, Copy)]
pub enum Wide {}

/// Transposes between memory, where frames follow each other, and rows of eight frames. Compilers
/// turn a plain loop for this into loads and stores of single numbers, or into slow gathers.
pub trait Transpose: Copy {
    /// Loads the points of eight frames into rows of x, y and z, and adds their squared distances
    /// from the origin. The points begin at index `at` and are `stride` numbers apart. It reads one
    /// number beyond the last point; `None` if that is out of bounds.
    fn load_points(
        wide: Option<Wide>,
        numbers: &[Self],
        at: usize,
        stride: usize,
        to: [&mut Eight<Self>; 3],
        squares: &mut Eight<Self>,
    ) -> Option<()>;
    /// Stores four numbers of each of eight frames. The positions begin at index `at` and are
    /// `stride` numbers apart; `None` if they are out of bounds.
    fn store_rows(
        wide: Option<Wide>,
        columns: [&Eight<Self>; 4],
        to: &mut [Self],
        at: usize,
        stride: usize,
    ) -> Option<()>;
}

/// Runs a part of a job as a separate function, where all registers are available.
pub(crate) fn run_apart<J: SimdJob>(job: J, wide: Option<Wide>) {
    #[cfg(target_arch = "x86_64")]
    if wide.is_some() {
        // SAFETY: `Wide` exists only where there is AVX2.
        return unsafe { with_avx2(job) };
    }
    let _ = wide;
    job.run(None);
}

/// True if eight rows of four numbers lie within `length` numbers. Only one comparison differs
/// between the points of a block, so compilers compute the others once.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn eight_fit(length: usize, at: usize, stride: usize) -> bool {
    at < length.saturating_sub(stride.saturating_mul(7).saturating_add(3))
}

macro_rules! transpose {
    ($($number:ident $wide_points:ident $wide_store:ident)+) => {$(
        impl Transpose for $number {
            #[inline(always)]
            fn load_points(
                wide: Option<Wide>,
                numbers: &[Self],
                at: usize,
                stride: usize,
                to: [&mut Eight<Self>; 3],
                squares: &mut Eight<Self>,
            ) -> Option<()> {
                #[cfg(target_arch = "x86_64")]
                if let Some(wide) = wide {
                    return $wide_points(wide, numbers, at, stride, to, squares);
                }
                let _ = wide;
                let [a, b, c, d] = four_by_four(numbers, at, stride)?;
                let [e, f, g, h] = four_by_four(numbers, at + 4 * stride, stride)?;
                let ([ax, ay, az, _], [bx, by, bz, _]) = (a, b);
                let ([cx, cy, cz, _], [dx, dy, dz, _]) = (c, d);
                let ([ex, ey, ez, _], [fx, fy, fz, _]) = (e, f);
                let ([gx, gy, gz, _], [hx, hy, hz, _]) = (g, h);
                let [x, y, z] = to;
                *x = [ax, bx, cx, dx, ex, fx, gx, hx];
                *y = [ay, by, cy, dy, ey, fy, gy, hy];
                *z = [az, bz, cz, dz, ez, fz, gz, hz];
                fourwise(squares, [x, y, z], |sum, x, y, z| *sum += x * x + y * y + z * z);
                Some(())
            }
            #[inline(always)]
            fn store_rows(
                wide: Option<Wide>,
                columns: [&Eight<Self>; 4],
                to: &mut [Self],
                at: usize,
                stride: usize,
            ) -> Option<()> {
                #[cfg(target_arch = "x86_64")]
                if let Some(wide) = wide {
                    return $wide_store(wide, columns, to, at, stride);
                }
                let _ = wide;
                let [p, q, r, s] = columns;
                for frame in 0..8 {
                    let row = to.get_mut(at + frame * stride..)?.first_chunk_mut()?;
                    *row = [*p.get(frame)?, *q.get(frame)?, *r.get(frame)?, *s.get(frame)?];
                }
                Some(())
            }
        }
    )+};
}

transpose!(f64 wide_points wide_store f32 wide_points_single wide_store_single);

#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn wide_points(
    _: Wide,
    numbers: &[f64],
    at: usize,
    stride: usize,
    to: [&mut Eight<f64>; 3],
    squares: &mut Eight<f64>,
) -> Option<()> {
    use std::arch::x86_64::{
        __m256d, _mm_loadu_pd as load, _mm256_add_pd as plus, _mm256_castpd128_pd256 as widened,
        _mm256_insertf128_pd as insert, _mm256_loadu_pd as load_wide, _mm256_mul_pd as times,
        _mm256_storeu_pd as store, _mm256_unpackhi_pd as high, _mm256_unpacklo_pd as low,
    };
    if !eight_fit(numbers.len(), at, stride) {
        return None;
    }
    // SAFETY: the check above has shown that eight rows of four numbers are within `numbers`. `Wide` exists
    // only where there is AVX2. Four numbers are as long as a register, and all their bits are valid.
    unsafe {
        let first = numbers.as_ptr().add(at);
        let pair = |frame: usize, component: usize| {
            let number = first.add(frame * stride + component);
            insert::<1>(widened(load(number)), load(number.add(2 * stride)))
        };
        let [a, b, c, d] = [pair(0, 0), pair(1, 0), pair(4, 0), pair(5, 0)];
        let [e, f, g, h] = [pair(0, 2), pair(1, 2), pair(4, 2), pair(5, 2)];
        let [to_x, to_y, to_z] = to;
        let [to_x, to_y, to_z] = [to_x.as_mut_ptr(), to_y.as_mut_ptr(), to_z.as_mut_ptr()];
        let sums = squares.as_mut_ptr();
        let put = |at: usize, x: __m256d, y: __m256d, z: __m256d| {
            store(to_x.add(at), x);
            store(to_y.add(at), y);
            store(to_z.add(at), z);
            let xy = plus(times(x, x), times(y, y));
            store(sums.add(at), plus(load_wide(sums.add(at)), plus(xy, times(z, z))));
        };
        put(0, low(a, b), high(a, b), low(e, f));
        put(4, low(c, d), high(c, d), low(g, h));
    }
    Some(())
}

#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn wide_store(
    _: Wide,
    columns: [&Eight<f64>; 4],
    to: &mut [f64],
    at: usize,
    stride: usize,
) -> Option<()> {
    use std::arch::x86_64::{
        __m256d, _mm256_permute2f128_pd as halves, _mm256_storeu_pd as store,
        _mm256_unpackhi_pd as high, _mm256_unpacklo_pd as low,
    };
    if !eight_fit(to.len(), at, stride) {
        return None;
    }
    // SAFETY: the check above has shown that all numbers are in bounds. `Wide` exists only where
    // there is AVX2.
    unsafe {
        let mut row = to.as_mut_ptr().add(at);
        let pairs = |column: &Eight<f64>| transmute::<Eight<f64>, [__m256d; 2]>(*column);
        let [p, q, r, s] = columns;
        let ([p, q], [r, s]) = ([pairs(p), pairs(q)], [pairs(r), pairs(s)]);
        for ((p, q), (r, s)) in [((p[0], q[0]), (r[0], s[0])), ((p[1], q[1]), (r[1], s[1]))] {
            let (even, odd) = ([low(p, q), low(r, s)], [high(p, q), high(r, s)]);
            store(row, halves::<0x20>(even[0], even[1]));
            store(row.add(stride), halves::<0x20>(odd[0], odd[1]));
            store(row.add(2 * stride), halves::<0x31>(even[0], even[1]));
            store(row.add(3 * stride), halves::<0x31>(odd[0], odd[1]));
            row = row.wrapping_add(4 * stride);
        }
    }
    Some(())
}

#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn wide_points_single(
    _: Wide,
    numbers: &[f32],
    at: usize,
    stride: usize,
    to: [&mut Eight<f32>; 3],
    squares: &mut Eight<f32>,
) -> Option<()> {
    use std::arch::x86_64::{
        _mm_loadu_ps as load, _mm256_add_ps as plus, _mm256_castps128_ps256 as widened,
        _mm256_insertf128_ps as insert, _mm256_loadu_ps as load_wide, _mm256_mul_ps as times,
        _mm256_shuffle_ps as shuffle, _mm256_storeu_ps as store, _mm256_unpackhi_ps as high,
        _mm256_unpacklo_ps as low,
    };
    if !eight_fit(numbers.len(), at, stride) {
        return None;
    }
    // SAFETY: the check above has shown that all numbers are in bounds. `Wide` exists only where
    // there is AVX2. A register holds eight numbers.
    unsafe {
        let first = numbers.as_ptr().add(at);
        let pair = |frame: usize| {
            let number = first.add(frame * stride);
            insert::<1>(widened(load(number)), load(number.add(4 * stride)))
        };
        let [a, b, c, d] = [pair(0), pair(1), pair(2), pair(3)];
        let (ab, cd) = (low(a, b), low(c, d));
        let x = shuffle::<0x44>(ab, cd);
        let y = shuffle::<0xEE>(ab, cd);
        let z = shuffle::<0x44>(high(a, b), high(c, d));
        let [to_x, to_y, to_z] = to;
        store(to_x.as_mut_ptr(), x);
        store(to_y.as_mut_ptr(), y);
        store(to_z.as_mut_ptr(), z);
        let sum = squares.as_mut_ptr();
        let xy = plus(times(x, x), times(y, y));
        store(sum, plus(load_wide(sum), plus(xy, times(z, z))));
    }
    Some(())
}

#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn wide_store_single(
    _: Wide,
    columns: [&Eight<f32>; 4],
    to: &mut [f32],
    at: usize,
    stride: usize,
) -> Option<()> {
    use std::arch::x86_64::{
        __m256, _mm_storeu_ps as store, _mm256_castps256_ps128 as lower,
        _mm256_extractf128_ps as half, _mm256_shuffle_ps as shuffle, _mm256_unpackhi_ps as high,
        _mm256_unpacklo_ps as low,
    };
    if !eight_fit(to.len(), at, stride) {
        return None;
    }
    // SAFETY: the check above has shown that all numbers are in bounds. `Wide` exists only where
    // there is AVX2.
    unsafe {
        let mut row = to.as_mut_ptr().add(at);
        let eight = |column: &Eight<f32>| transmute::<Eight<f32>, __m256>(*column);
        let [p, q, r, s] = columns;
        let (p, q, r, s) = (eight(p), eight(q), eight(r), eight(s));
        let (pq, rs) = ([low(p, q), high(p, q)], [low(r, s), high(r, s)]);
        for rows in [
            shuffle::<0x44>(pq[0], rs[0]),
            shuffle::<0xEE>(pq[0], rs[0]),
            shuffle::<0x44>(pq[1], rs[1]),
            shuffle::<0xEE>(pq[1], rs[1]),
        ] {
            store(row, lower(rows));
            store(row.wrapping_add(4 * stride), half::<1>(rows));
            row = row.wrapping_add(stride);
        }
    }
    Some(())
}

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
