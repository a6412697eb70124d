//! Several frames side by side. Every operation is a short loop over an array, which compilers turn
//! into vector instructions of whatever width the processor has; lanes never mix, so the bits of a
//! frame do not depend on its neighbours.

use std::ops::{Add, Div, Mul, Neg, Sub};

use crate::arctangent;
use crate::vector::Number;

/// Frames in one block.
pub const LANES: usize = 8;

/// One number of each frame of a block.
#[derive(Debug, Clone, Copy, PartialEq)]
#[repr(align(64))]
pub struct Lanes(pub [f64; LANES]);

impl Default for Lanes {
    fn default() -> Self {
        Self([f64::NAN; LANES])
    }
}

impl Lanes {
    #[inline(always)]
    fn map(self, f: impl Fn(f64) -> f64) -> Self {
        let mut out = self;
        for v in &mut out.0 {
            *v = f(*v);
        }
        out
    }

    #[inline(always)]
    fn zip(self, other: Self, f: impl Fn(f64, f64) -> f64) -> Self {
        let mut out = self;
        for (v, w) in out.0.iter_mut().zip(other.0) {
            *v = f(*v, w);
        }
        out
    }

    /// Whether every lane is finite.
    #[inline(always)]
    pub fn all_finite(self) -> bool {
        // Zero times anything finite is zero; zero times infinity or NaN is NaN.
        self.0.iter().map(|v| v * 0.0).sum::<f64>() == 0.0
    }
}

macro_rules! operator {
    ($trait:ident, $method:ident, $symbol:tt) => {
        impl $trait for Lanes {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                self.zip(other, |a, b| a $symbol b)
            }
        }
    };
}

operator!(Add, add, +);
operator!(Sub, sub, -);
operator!(Mul, mul, *);
operator!(Div, div, /);

impl Neg for Lanes {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        self.map(|v| -v)
    }
}

impl Number for Lanes {
    #[inline(always)]
    fn splat(value: f64) -> Self {
        Self([value; LANES])
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        self.map(f64::sqrt)
    }
    #[inline(always)]
    fn abs(self) -> Self {
        self.map(f64::abs)
    }
    #[inline(always)]
    fn atan2(self, x: Self) -> Self {
        self.zip(x, arctangent::atan2)
    }
    #[inline(always)]
    fn if_at_least(self, other: Self, then: Self, otherwise: Self) -> Self {
        let mut out = then;
        let choices = self.0.iter().zip(other.0).zip(otherwise.0);
        for (v, ((a, b), otherwise)) in out.0.iter_mut().zip(choices) {
            *v = if *a >= b { *v } else { otherwise };
        }
        out
    }
}
