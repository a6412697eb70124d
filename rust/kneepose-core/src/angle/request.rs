//! What is asked of a plan: columns and options.

use super::spec::{AngleSpec, Sided};
use super::table::find_angle;
use crate::error::{Error, Result};
use crate::skeleton::Side;
use crate::space::Up;

/// What the pelvis' tilt is read against. Two hip points give no tilt of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PelvisReference {
    /// Gravity: the tilt is defined as 0. For standing.
    Up,
    /// The hip-shoulder line: the tilt is that of the trunk. For lying and on all fours.
    Trunk,
}

impl PelvisReference {
    /// Reads `"up"` or `"trunk"`.
    pub fn parse(name: &str) -> Result<Self> {
        match name {
            "up" => Ok(Self::Up),
            "trunk" => Ok(Self::Trunk),
            _ => Err(Error::unknown("pelvis_reference", name, ["up", "trunk"])),
        }
    }

    /// `"up"` or `"trunk"`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Trunk => "trunk",
        }
    }
}

/// One column that is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// The row.
    pub spec: AngleSpec,
    /// Leg, or stance side; `None` on the midline.
    pub side: Option<Side>,
}

impl Request {
    /// A built-in angle by name.
    pub fn named(name: &str, side: Option<Side>) -> Result<Self> {
        Self::new(find_angle(name)?.clone(), side)
    }

    /// A built-in angle of a leg, or of the midline.
    pub fn for_leg(name: &str, side: Side) -> Result<Self> {
        let spec = find_angle(name)?.clone();
        let side = (spec.sided != Sided::Midline).then_some(side);
        Self::new(spec, side)
    }

    /// A row of one's own.
    pub fn new(spec: AngleSpec, side: Option<Side>) -> Result<Self> {
        let name = &spec.name;
        match (spec.sided, side) {
            (Sided::Leg, None) => Err(Error::Option(format!(
                "{name} exists once per leg; ask for ({name:?}, \"left\") or ({name:?}, \"right\")"
            ))),
            (Sided::Midline, Some(side)) => Err(Error::Option(format!(
                "{name} lies on the midline and has no side; {:?} was given",
                side.name()
            ))),
            (Sided::Stance, None) => Err(Error::Option(format!(
                "{name} is signed toward the stance side: give stance_side=, ask for \
                     ({name:?}, \"left\" or \"right\"), or use pelvic_obliquity on two legs"
            ))),
            _ => Ok(Self { spec, side }),
        }
    }
}

/// Options of a plan.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlanOptions {
    /// Which way is up.
    pub up: Up,
    /// What the pelvis' tilt is read against.
    pub pelvis: PelvisReference,
    /// Whether values below the flexion gates are refused.
    pub gates: bool,
    /// How the person stands at rest.
    pub rest: StandingOffsets,
}

/// What a standing trial shows of a person, left and right, in degrees; zero where there was none.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct StandingOffsets {
    /// Alignment of the straight leg in the frontal plane, + knee inward: the hinge of the knee is
    /// taken to carry it along, so it is taken out of hip rotation.
    pub valgus: [f64; 2],
    /// Reading of ankle dorsiflexion, which becomes its zero.
    pub dorsiflexion: [f64; 2],
}

impl PlanOptions {
    /// Gates on, pelvis against gravity, nothing known of the person.
    pub fn of_space(up: Up) -> Self {
        Self { up, pelvis: PelvisReference::Up, gates: true, rest: StandingOffsets::default() }
    }
}
