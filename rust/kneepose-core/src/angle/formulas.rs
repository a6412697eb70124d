//! Instructions of the kernel: rows of the angle table, with their landmarks resolved to indices of
//! points.

use super::spec::{Axes, Basis, FlexionGate};
use crate::math::vector::Number;
use crate::skeleton::Side;
use crate::validity::Validity;

/// Source of a point: a keypoint, or the weighted mean of two.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Source {
    One(usize),
    Blend(usize, usize, f64),
}

impl Source {
    /// Keypoints of the source.
    pub(super) fn keypoints(&self) -> Vec<usize> {
        self.weights().into_iter().map(|(keypoint, _)| keypoint).collect()
    }

    /// Keypoints of the source with their weights.
    pub(super) fn weights(&self) -> Vec<(usize, f64)> {
        match *self {
            Self::One(k) => vec![(k, 1.0)],
            Self::Blend(a, b, weight) => vec![(a, weight), (b, 1.0 - weight)],
        }
    }
}

/// Instruction for one column. Its numbers are indices into the points of the plan.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Formula {
    Never(Validity),
    Bend([usize; 3]),
    Included([usize; 3]),
    Turn([usize; 2], Basis, Axes),
    Elevation([usize; 2], Basis),
    HingeRotation([usize; 3], f64),
    FrontalBend([usize; 3]),
    Complement([usize; 4]),
    FrontalComplement([usize; 4]),
    FrontalOffset([usize; 3], Option<Side>),
    SidewaysOffset([usize; 3], Option<[usize; 2]>),
    FootRotation([usize; 5]),
    EpicondyleTilt([usize; 4]),
    AxisRotation([usize; 4]),
    Shortening([usize; 2], Side),
    PlaneElevation([usize; 3], Side),
    Roll([usize; 4]),
    DistanceRatio([usize; 4]),
    StanceOffset([usize; 4]),
}

impl Formula {
    /// The two segments whose angle is measured; `None` for other measures.
    #[inline(always)]
    pub(super) fn segments(self) -> Option<[[usize; 2]; 2]> {
        match self {
            Self::Bend([p, q, r]) => Some([[p, q], [q, r]]),
            Self::Included([p, q, r]) => Some([[q, p], [q, r]]),
            _ => None,
        }
    }

    /// True if the formula reads the standing height of the hip.
    pub(super) fn needs_standing_height(self) -> bool {
        matches!(self, Self::Shortening(..) | Self::FrontalOffset(_, Some(_)))
    }

    /// True if the formula reads reference directions besides its own points.
    pub(super) fn needs_directions(self) -> bool {
        let points_alone = matches!(
            self,
            Self::Never(_)
                | Self::Bend(_)
                | Self::Included(_)
                | Self::Complement(_)
                | Self::EpicondyleTilt(_)
                | Self::FootRotation(_)
                | Self::Shortening(..)
                | Self::PlaneElevation(..)
                | Self::Roll(_)
                | Self::DistanceRatio(_)
                | Self::StanceOffset(_)
        );
        !points_alone
    }
}

/// Definition of one result column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Column {
    pub formula: Formula,
    /// +1 or −1; includes the effect of the side.
    pub sign: f64,
    pub gate: Option<FlexionGate>,
    /// Bit set of the points that the column requires.
    pub needs: u64,
    /// Bit set of the points that are also required if no heading is given.
    pub needs_for_heading: u64,
    /// True if left and right must be distinguishable in the image.
    pub frontal_in_image: bool,
    /// True if the value is relative to a heading, which must be given.
    pub compares_heading: bool,
    /// True if the facing direction must be known.
    pub needs_facing: bool,
    /// Factor that converts the result of the geometry to the unit of the angle.
    pub to_unit: f64,
    /// Value of the standing trial, which is subtracted, in the unit of the angle.
    pub offset: f64,
}

impl Column {
    /// Converts the result of the geometry to the value of the column.
    #[inline(always)]
    pub(super) fn in_unit<N: Number>(&self, measured: N) -> N {
        N::splat(self.sign * self.to_unit) * measured - N::splat(self.offset)
    }
}

/// Points that define pelvis and heading.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Body {
    pub hips: Option<[usize; 2]>,
    pub trunk: Option<[usize; 2]>,
    /// Pairs of points (back, front) that show the facing direction in a side view.
    pub facing: [Option<[usize; 2]>; 2],
}
