//! Packs of numbers, one lane per frame. Every operation is a short loop over an array, which compilers
//! vectorize for any vector width. Lanes are independent, so the bits of a frame do not depend on its
//! neighbors.

use std::ops::{Add, Div, Mul, Neg, Sub};

use super::compiled::Compiled;
use crate::math::atan2::Degrees;
use crate::math::simd::{Transpose, ZipInline, four_by_four, pairwise};
use crate::math::vector::{Number, Vec3};

/// Maximum number of frames in a block.
pub const MOST_LANES: usize = 16;

/// Single or double precision, with its pack.
pub trait Real:
    Number
    + Degrees
    + Compiled
    + Pack<Scalar = Self>
    + Transpose
    + PartialOrd
    + Default
    + Send
    + Sync
    + 'static
{
    /// Pack type of this precision, 64 bytes long.
    type Pack: Pack<Scalar = Self>;
    /// Largest squared distance of a point from the origin. Products of larger values could overflow, so
    /// such a point counts as missing.
    const LARGEST_SQUARED: f64;
    /// Smallest squared distance of the farthest point of a frame from the origin. Products of smaller
    /// values could underflow, so such a frame counts as missing.
    const SMALLEST_SQUARED: f64;
    /// Converts to double precision.
    fn to_f64(self) -> f64;
}

/// One number per frame of a block.
pub trait Pack: Number + Default {
    /// Number type of a lane.
    type Scalar: Real;
    /// Number of frames in a block.
    const LANES: usize;
    /// Lanes as a slice.
    fn lanes(&self) -> &[Self::Scalar];
    /// Lanes as a mutable slice.
    fn lanes_mut(&mut self) -> &mut [Self::Scalar];
    /// True if every lane is at least `least`; false if any lane is NaN.
    fn all_at_least(self, least: f64) -> bool;
    /// True if every lane is at most `most`; false if any lane is NaN.
    fn all_at_most(self, most: f64) -> bool;
    /// Loads one point of each frame. `rows` has frames of `stride` numbers each; in each frame the
    /// point begins at index `at`. Returns `None` if `rows` is too short.
    fn load(rows: &[Self::Scalar], stride: usize, at: usize, dims: usize) -> Option<Vec3<Self>>;
    /// True if every lane is finite.
    fn all_finite(self) -> bool;
    /// Stores one row of `columns.len()` numbers for each lane, as many rows as fit into `rows`.
    fn store(columns: &[Self], rows: &mut [Self::Scalar]);
}

macro_rules! operator {
    ($pack:ident, $trait:ident, $method:ident, $operator:tt, $($lane:literal)+) => {
        impl $trait for $pack {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                Self([$(self.0[$lane] $operator other.0[$lane]),+])
            }
        }
    };
}

// The macro writes out all lanes instead of using loops. Hundreds of loops in one function take the
// compiler half a minute, and their iterators are inlined only with link-time optimization.
macro_rules! pack {
    ($(#[$doc:meta])* $pack:ident, $number:ident, $lanes:literal, $($lane:literal)+) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq)]
        #[repr(align(64))]
        pub struct $pack([$number; $lanes]);

        impl Default for $pack {
            fn default() -> Self {
                Self([$number::NAN; $lanes])
            }
        }

        impl $pack {
            #[inline(always)]
            fn map(self, f: impl Fn($number) -> $number) -> Self {
                Self([$(f(self.0[$lane])),+])
            }

            /// Loads points of three components, four frames at a time, in a pattern that compilers
            /// turn into shuffles. The pattern reads one number beyond the last point, so it
            /// returns `None` at the end of an array.
            #[inline(always)]
            fn transposed(rows: &[$number], stride: usize) -> Option<Vec3<Self>> {
                let [mut x, mut y, mut z] = [[0.0; $lanes]; 3];
                let (xs, ys, zs) = (x.as_chunks_mut::<4>().0, y.as_chunks_mut::<4>().0, z.as_chunks_mut::<4>().0);
                for group in 0..$lanes / 4 {
                    let places = (xs.get_mut(group), ys.get_mut(group), zs.get_mut(group));
                    let (Some(x), Some(y), Some(z)) = places else { return None };
                    let [a, b, c, d] = four_by_four(rows, 4 * group * stride, stride)?;
                    let ([ax, ay, az, _], [bx, by, bz, _]) = (a, b);
                    let ([cx, cy, cz, _], [dx, dy, dz, _]) = (c, d);
                    *x = [ax, bx, cx, dx];
                    *y = [ay, by, cy, dy];
                    *z = [az, bz, cz, dz];
                }
                Some([Self(x), Self(y), Self(z)])
            }

            #[inline(always)]
            fn one_by_one(rows: &[$number], stride: usize, dims: usize) -> Option<Vec3<Self>> {
                let [mut x, mut y, mut z] = [[0.0; $lanes]; 3];
                let lanes = x.iter_mut().zip_inline(&mut y).zip_inline(&mut z);
                for (((x, y), z), row) in lanes.zip_inline(rows.chunks(stride)) {
                    if dims == 3 {
                        [*x, *y, *z] = *row.first_chunk()?;
                    } else {
                        [*x, *y] = *row.first_chunk()?;
                    }
                }
                Some([Self(x), Self(y), Self(z)])
            }
        }

        operator!($pack, Add, add, +, $($lane)+);
        operator!($pack, Sub, sub, -, $($lane)+);
        operator!($pack, Mul, mul, *, $($lane)+);
        operator!($pack, Div, div, /, $($lane)+);

        impl Neg for $pack {
            type Output = Self;
            #[inline(always)]
            fn neg(self) -> Self {
                self.map(|v| -v)
            }
        }

        impl Number for $pack {
            #[inline(always)]
            fn splat(value: f64) -> Self {
                Self([$number::splat(value); $lanes])
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                self.map($number::sqrt)
            }
            #[inline(always)]
            fn abs(self) -> Self {
                self.map($number::abs)
            }
            #[inline(always)]
            fn atan2(self, x: Self) -> Self {
                let mut out = self;
                for (lane, v) in out.0.iter_mut().enumerate() {
                    *v = Number::atan2(*v, x.0.get(lane).copied().unwrap_or_default());
                }
                out
            }
            #[inline(always)]
            fn atan2_above(self, x: Self) -> Self {
                let mut out = self;
                for (lane, v) in out.0.iter_mut().enumerate() {
                    *v = Number::atan2_above(*v, x.0.get(lane).copied().unwrap_or_default());
                }
                out
            }
            #[inline(always)]
            fn degrees_above(self, x: Self) -> Self {
                let mut out = self;
                for (lane, v) in out.0.iter_mut().enumerate() {
                    *v = Number::degrees_above(*v, x.0.get(lane).copied().unwrap_or_default());
                }
                out
            }
            #[inline(always)]
            fn if_at_least(self, other: Self, then: Self, otherwise: Self) -> Self {
                Self([$(self.0[$lane].if_at_least(other.0[$lane], then.0[$lane], otherwise.0[$lane])),+])
            }
        }

        impl Pack for $pack {
            type Scalar = $number;
            const LANES: usize = $lanes;

            #[inline(always)]
            fn lanes(&self) -> &[$number] {
                &self.0
            }
            #[inline(always)]
            fn lanes_mut(&mut self) -> &mut [$number] {
                &mut self.0
            }
            #[inline(always)]
            fn all_at_least(self, least: f64) -> bool {
                let least = $number::splat(least);
                true $(& (self.0[$lane] >= least))+
            }
            #[inline(always)]
            fn all_at_most(self, most: f64) -> bool {
                let most = $number::splat(most);
                true $(& (self.0[$lane] <= most))+
            }
            #[inline(always)]
            fn all_finite(self) -> bool {
                true $(& self.0[$lane].is_finite())+
            }
            #[inline(always)]
            fn load(rows: &[$number], stride: usize, at: usize, dims: usize) -> Option<Vec3<Self>> {
                let rows = rows.get(at..)?;
                if dims == 3 && let Some(points) = Self::transposed(rows, stride) {
                    return Some(points);
                }
                Self::one_by_one(rows, stride, dims)
            }
            #[inline(always)]
            fn store(columns: &[Self], rows: &mut [$number]) {
                let width = columns.len();
                let (fours, rest) = columns.as_chunks::<4>();
                if rows.len() == width * $lanes {
                    for (c, [p, q, r, s]) in fours.iter().enumerate() {
                        let mut rows = rows.chunks_exact_mut(width);
                        $(
                            if let Some(row) = rows.next()
                                && let Some(row) = row.get_mut(4 * c..)
                                && let Some(four) = row.first_chunk_mut()
                            {
                                *four = [p.0[$lane], q.0[$lane], r.0[$lane], s.0[$lane]];
                            }
                        )+
                    }
                    for (c, column) in rest.iter().enumerate() {
                        let mut rows = rows.chunks_exact_mut(width);
                        $(
                            if let Some(row) = rows.next()
                                && let Some(slot) = row.get_mut(4 * fours.len() + c)
                            {
                                *slot = column.0[$lane];
                            }
                        )+
                    }
                    return;
                }
                for (lane, row) in rows.chunks_exact_mut(width).enumerate() {
                    for (value, column) in row.iter_mut().zip(columns) {
                        *value = column.0.get(lane).copied().unwrap_or_default();
                    }
                }
            }
        }
    };
}

pack!(
    /// Eight frames in double precision.
    F64x8, f64, 8, 0 1 2 3 4 5 6 7
);
pack!(
    /// Sixteen frames in single precision.
    F32x16, f32, 16, 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15
);

// Implements the pack of one frame, for streams and single frames of arrays. Its operations are the
// same as those of the wide packs, so the results are bit-identical.
macro_rules! one_frame {
    ($number:ident) => {
        impl Pack for $number {
            type Scalar = Self;
            const LANES: usize = 1;

            #[inline(always)]
            fn lanes(&self) -> &[Self] {
                std::slice::from_ref(self)
            }
            #[inline(always)]
            fn lanes_mut(&mut self) -> &mut [Self] {
                std::slice::from_mut(self)
            }
            #[inline(always)]
            fn all_at_least(self, least: f64) -> bool {
                self >= Self::splat(least)
            }
            #[inline(always)]
            fn all_at_most(self, most: f64) -> bool {
                self <= Self::splat(most)
            }
            #[inline(always)]
            fn load(rows: &[Self], _: usize, at: usize, dims: usize) -> Option<Vec3<Self>> {
                match *rows.get(at..at + dims)? {
                    [x, y, z] => Some([x, y, z]),
                    [x, y] => Some([x, y, 0.0]),
                    _ => None,
                }
            }
            #[inline(always)]
            fn all_finite(self) -> bool {
                self.is_finite()
            }
            #[inline(always)]
            fn store(columns: &[Self], rows: &mut [Self]) {
                pairwise(rows, columns, |slot, value| *slot = *value);
            }
        }
    };
}

one_frame!(f64);
one_frame!(f32);

macro_rules! real {
    ($number:ident, $pack:ident, $largest:literal, $smallest:literal) => {
        impl Real for $number {
            type Pack = $pack;
            const LARGEST_SQUARED: f64 = $largest;
            const SMALLEST_SQUARED: f64 = $smallest;
            #[inline(always)]
            fn to_f64(self) -> f64 {
                f64::from(self)
            }
        }
    };
}

real!(f64, F64x8, 1e100, 1e-100);
real!(f32, F32x16, 1e16, 1e-16);
