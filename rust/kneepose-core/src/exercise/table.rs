//! All built-in exercises. A new exercise is a new row.

use crate::angle::PelvisReference;
use crate::error::{Error, Result};
use crate::recording::View;
use crate::space::Up;

/// How one signal is made of two legs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Combine {
    /// The leg under analysis alone.
    Side,
    /// The smaller of both legs, so that one leg alone makes no repetition.
    Minimum,
    /// The mean of both legs.
    Mean,
}

/// The angle that drives the repetitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignalRow {
    /// Name of an angle.
    pub angle: &'static str,
    /// What is made of both legs.
    pub combine: Combine,
}

/// When in a repetition a value is read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Moment {
    /// Median over the bottom.
    Bottom,
    /// Where the knee first bends to this many degrees on the way down: the same depth on both legs.
    Depth(f64),
}

impl Moment {
    /// Ending of a measure's name.
    pub fn suffix(self) -> String {
        match self {
            Self::Bottom => "at_bottom".to_owned(),
            Self::Depth(degrees) => format!("at_{degrees}"),
        }
    }
}

/// One exercise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Exercise {
    /// Name.
    pub name: &'static str,
    /// What people call it.
    pub title: &'static str,
    /// Whether both legs do the same repetition.
    pub two_legs: bool,
    /// Signal in world space and from the side.
    pub signal: SignalRow,
    /// Signal from the front and the back.
    pub frontal_signal: SignalRow,
    /// Least range of motion of a repetition, degrees of the signal.
    pub min_range: f64,
    /// Cut-off of the low-pass on the keypoints, Hz.
    pub cutoff_hz: f64,
    /// What the pelvis' tilt is read against.
    pub pelvis: PelvisReference,
    /// Angles that are read off each repetition.
    pub measures: &'static [&'static str],
    /// When they are read.
    pub moments: &'static [Moment],
    /// How to film it.
    pub set_up: &'static str,
}

impl Exercise {
    /// A built-in exercise.
    pub fn named(name: &str) -> Result<&'static Self> {
        EXERCISE_TABLE.iter().find(|row| row.name == name).ok_or_else(|| {
            Error::unknown("exercise", name, EXERCISE_TABLE.iter().map(|row| row.name))
        })
    }

    /// The signal that shows in this space from this view. In an image whose view is not known it is
    /// the one that shows from everywhere.
    pub fn signal_in(&self, up: Up, view: Option<View>) -> SignalRow {
        let from_the_side = view.is_some_and(|view| !view.is_frontal());
        if up != Up::Image || from_the_side { self.signal } else { self.frontal_signal }
    }
}

const MOMENTS: &[Moment] = &[Moment::Depth(60.0), Moment::Depth(45.0), Moment::Bottom];

/// All built-in exercises. Least range 20°: an engineering default, not a finding.
pub const EXERCISE_TABLE: &[Exercise] = &[
    Exercise {
        name: "squat",
        title: "Squat",
        two_legs: true,
        signal: SignalRow { angle: "knee_flexion", combine: Combine::Minimum },
        frontal_signal: SignalRow { angle: "knee_flexion_from_depth", combine: Combine::Mean },
        min_range: 20.0,
        cutoff_hz: 4.0,
        pelvis: PelvisReference::Up,
        measures: &[
            "fppa",
            "hip_adduction",
            "hip_adduction_2d",
            "hip_internal_rotation",
            "hip_flexion",
            "knee_medial_displacement",
            "pelvic_obliquity",
            "trunk_lateral_lean",
            "trunk_forward_lean",
            "shank_inclination",
        ],
        moments: MOMENTS,
        set_up: "Stand with both feet at hip width, toes toward the camera. Camera straight in front, \
                 lens at knee height, at least 3 m away, portrait, whole body in view. Five or more \
                 squats, about two seconds down and up, with a short stand in between.",
    },
    Exercise {
        name: "single_leg_squat",
        title: "Single-leg squat",
        two_legs: false,
        signal: SignalRow { angle: "knee_flexion", combine: Combine::Side },
        frontal_signal: SignalRow { angle: "knee_flexion_from_depth", combine: Combine::Side },
        min_range: 20.0,
        cutoff_hz: 4.0,
        pelvis: PelvisReference::Up,
        measures: &[
            "fppa",
            "hip_adduction",
            "hip_adduction_2d",
            "hip_internal_rotation",
            "hip_flexion",
            "knee_medial_displacement",
            "pelvic_drop",
            "trunk_lateral_lean",
            "trunk_forward_lean",
            "shank_inclination",
        ],
        moments: MOMENTS,
        set_up: "Stand on one leg, that foot pointing at the lens and within 10 cm of the camera's \
                 axis. Camera straight in front, lens at knee height, at least 3 m away, portrait, \
                 whole body in view. Five or more squats to about 60 degrees of knee bend on each leg, \
                 a minute of rest before the other leg, the camera untouched in between. Keep a \
                 support within reach.",
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::angle::ANGLE_TABLE;

    #[test]
    fn every_name_in_a_row_is_an_angle() {
        for exercise in EXERCISE_TABLE {
            let signals = [exercise.signal.angle, exercise.frontal_signal.angle];
            for name in exercise.measures.iter().chain(&signals) {
                assert!(ANGLE_TABLE.iter().any(|row| row.name == *name), "{name}");
            }
        }
    }
}
