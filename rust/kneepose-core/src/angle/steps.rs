//! What the kernel does: rows resolved into scratch points.

use super::spec::{Axes, Basis, FlexionGate};
use crate::skeleton::Side;
use crate::validity::Validity;

/// Where a scratch point comes from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Source {
    One(usize),
    Blend(usize, usize, f64),
}

impl Source {
    /// The keypoints that it is made of.
    pub(super) fn keypoints(&self) -> Vec<usize> {
        self.weights().into_iter().map(|(keypoint, _)| keypoint).collect()
    }

    /// The same with their weights.
    pub(super) fn weights(&self) -> Vec<(usize, f64)> {
        match *self {
            Self::One(k) => vec![(k, 1.0)],
            Self::Blend(a, b, weight) => vec![(a, weight), (b, 1.0 - weight)],
        }
    }
}

/// What the kernel does for one column; numbers are scratch points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Step {
    Never(Validity),
    Bend([usize; 3]),
    Included([usize; 3]),
    Turn([usize; 2], Basis, Axes),
    Elevation([usize; 2], Basis),
    HingeRotation([usize; 3], f64),
    FrontalBend([usize; 3]),
    Complement([usize; 4]),
    FrontalComplement([usize; 4]),
    SidewaysOffset([usize; 3], Option<[usize; 2]>),
    FootRotation([usize; 5]),
    EpicondyleTilt([usize; 4]),
    AxisRotation([usize; 4]),
    Shortening([usize; 2], Side),
    PlaneElevation([usize; 3], Side),
    Roll([usize; 4]),
    DistanceRatio([usize; 4]),
}

impl Step {
    /// Whether it reads more than its own points.
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
        );
        !points_alone
    }
}

/// One column of the result.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Column {
    pub step: Step,
    /// +1 or −1, side included.
    pub sign: f64,
    pub gate: Option<FlexionGate>,
    /// Scratch points that must be there, as bits.
    pub needs: u64,
    /// Scratch points that must be there where no heading is given.
    pub needs_for_heading: u64,
    /// Needs left and right to be told apart in an image.
    pub frontal_in_image: bool,
    /// Is a turn against a heading, which must be given.
    pub compares_heading: bool,
    /// Needs to know which way the person faces.
    pub needs_facing: bool,
    /// From radians (or a ratio) to the unit of the row.
    pub to_unit: f64,
    /// Reading at rest, taken off, in the unit of the row.
    pub offset: f64,
}

/// The points that the pelvis and heading are made from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Body {
    pub hips: Option<[usize; 2]>,
    pub trunk: Option<[usize; 2]>,
    /// Pairs (back, front) that show which way the person faces in a side view.
    pub facing: [Option<[usize; 2]>; 2],
}
