//! Compiles the generic kernels once in this crate, in both precisions. A generic function is
//! otherwise compiled again in each crate that calls it. It is slower there, because functions of
//! this crate are not inlined into it without link-time optimization.

use ndarray::{ArrayView3, ArrayViewD, ArrayViewMutD};

use super::evaluate::{Threads, evaluate_frames};
use super::plan::Plan;
use super::reference::{Heading, Standing};
use super::standing::heights_while_standing;
use super::three_point::at_vertices;
use crate::skeleton::Skeleton;
use crate::space::Up;

/// Kernels for one floating-point precision.
pub trait Compiled: Sized {
    /// Same as [`evaluate`](super::evaluate).
    fn evaluate(
        plan: &Plan,
        points: ArrayView3<'_, Self>,
        reference: (Heading<'_>, Standing<'_>),
        values: &mut [Self],
        codes: &mut [u8],
        threads: Threads,
    );
    /// Same as [`three_point::angle`](super::three_point::angle).
    fn angle(points: [&ArrayViewD<'_, Self>; 3], out: ArrayViewMutD<'_, Self>);
    /// Same as [`standing_heights`](super::standing_heights).
    fn standing_heights(points: ArrayView3<'_, Self>, skeleton: &Skeleton, up: Up) -> [f64; 2];
}

macro_rules! compiled {
    ($($number:ident)+) => {$(
        impl Compiled for $number {
            #[inline(never)]
            fn evaluate(
                plan: &Plan,
                points: ArrayView3<'_, Self>,
                (heading, standing): (Heading<'_>, Standing<'_>),
                values: &mut [Self],
                codes: &mut [u8],
                threads: Threads,
            ) {
                evaluate_frames(plan, points, heading, standing, values, codes, threads);
            }

            #[inline(never)]
            fn angle(points: [&ArrayViewD<'_, Self>; 3], out: ArrayViewMutD<'_, Self>) {
                at_vertices(points, out);
            }

            #[inline(never)]
            fn standing_heights(
                points: ArrayView3<'_, Self>,
                skeleton: &Skeleton,
                up: Up,
            ) -> [f64; 2] {
                heights_while_standing(points, skeleton, up)
            }
        }
    )+};
}

compiled!(f64 f32);
