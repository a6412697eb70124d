//! Requested angles, and the options of a plan.

use super::spec::{AngleSpec, Sided};
use super::table::find_angle;
use crate::error::{Error, Result};
use crate::skeleton::Side;
use crate::space::Up;

/// Reference of the pelvic tilt. It is needed because two hip points alone define no tilt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PelvisReference {
    /// Gravity, for exercises in standing. The pelvic tilt is zero by definition.
    Up,
    /// The hip-shoulder line, for exercises in lying and on all fours. The pelvis tilts with the trunk.
    Trunk,
}

impl PelvisReference {
    /// Parses `"up"` or `"trunk"`.
    ///
    /// # Errors
    /// [`Error::UnknownName`] for any other text.
    pub fn parse(name: &str) -> Result<Self> {
        match name {
            "up" => Ok(Self::Up),
            "trunk" => Ok(Self::Trunk),
            _ => Err(Error::unknown("pelvis_reference", name, ["up", "trunk"])),
        }
    }

    /// Name in the API: `"up"` or `"trunk"`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Trunk => "trunk",
        }
    }
}

/// One requested column.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Definition of the requested angle.
    pub spec: AngleSpec,
    /// Leg or stance side; `None` for an angle on the midline.
    pub side: Option<Side>,
}

impl Request {
    /// Requests a built-in angle by name.
    ///
    /// # Errors
    /// [`Error::UnknownName`] for an unknown angle; otherwise the errors of [`Request::new`].
    pub fn named(name: &str, side: Option<Side>) -> Result<Self> {
        Self::new(find_angle(name)?.clone(), side)
    }

    /// Requests an angle for a leg. The side is ignored if the angle is on the midline.
    ///
    /// # Errors
    /// Same as [`Request::new`].
    pub fn for_leg(spec: &AngleSpec, side: Side) -> Result<Self> {
        let side = (spec.sided != Sided::Midline).then_some(side);
        Self::new(spec.clone(), side)
    }

    /// Requests an angle by its definition.
    ///
    /// # Errors
    /// [`Error::Option`] if a side is missing or not allowed.
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
    /// Vertical direction.
    pub up: Up,
    /// Reference of the pelvic tilt.
    pub pelvis: PelvisReference,
    /// If true, values below the flexion gate of their angle are refused.
    pub gates: bool,
    /// Offsets of this person from a standing trial.
    pub rest: StandingOffsets,
}

/// Offsets that were measured in a standing trial, left and right, degrees; zero without a trial.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct StandingOffsets {
    /// Frontal-plane alignment of the straight leg, positive with the knee inward. It is subtracted
    /// from hip rotation, because the knee hinge is assumed to have this alignment in all postures.
    pub valgus: [f64; 2],
    /// Ankle dorsiflexion in standing, which becomes the zero of that angle.
    pub dorsiflexion: [f64; 2],
}

impl PlanOptions {
    /// Default options: flexion gates on, pelvic tilt relative to gravity, no standing trial.
    pub fn of_space(up: Up) -> Self {
        Self { up, pelvis: PelvisReference::Up, gates: true, rest: StandingOffsets::default() }
    }
}
