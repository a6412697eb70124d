//! Inputs of the posture checks, and their results for one repetition, which are compared between
//! repetitions.

use super::evidence::CUE_COUNT;
use super::frame_posture::FramePosture;
use crate::exercise::{Pattern, Posture};
use crate::recording::View;
use crate::reps::RepStatus;
use crate::skeleton::Side;
use crate::space::Up;

/// Maximum share of a single-leg repetition in which the other foot may touch the ground.
/// Source: chosen: the foot may touch down for balance; measured by docs/evidence/counting.md.
pub(super) const TOLERATED_SHARE: f64 = 0.2;
/// Maximum apparent height difference of two standing feet from the side, where the nearer foot
/// appears lower, as a share of the leg length.
/// Source: chosen: the effect of perspective for a camera that looks down from 3 m; measured by
/// docs/evidence/counting.md.
const APART_FROM_SIDE: f64 = 0.2;

/// Settings of the posture checks.
#[derive(Debug, Clone, Copy)]
pub struct PostureContext {
    /// Posture of the exercise.
    pub posture: Posture,
    /// Movement pattern of the exercise.
    pub pattern: Pattern,
    /// The leg under analysis.
    pub side: Side,
    /// True if both legs do the exercise.
    pub two_legs: bool,
    /// Vertical direction.
    pub up: Up,
    /// Camera view in an image; `None` if it is unknown.
    pub view: Option<View>,
    /// True if repetitions are counted by the descent of the body.
    pub by_descent: bool,
    /// Frame rate, Hz.
    pub fs: f64,
    /// Minimum probability at which a movement is accepted; 0 accepts every movement, to collect
    /// data for the fit.
    pub accepted: f64,
}

impl PostureContext {
    /// Copy of the posture that is adapted to the exercise: in a step-down, the hip height refers
    /// to the standing foot alone.
    pub fn seen(&self, posture: &FramePosture) -> FramePosture {
        match self.pattern {
            Pattern::StepDown => posture.standing_on(self.side),
            _ => *posture,
        }
    }

    /// True if the movement starts with a rise of the body.
    pub fn rises(&self) -> bool {
        self.pattern == Pattern::SitToStand
    }

    /// Apparent height difference that two standing feet may have, as a share of the leg length.
    /// From the side the nearer foot appears lower.
    #[inline]
    pub(super) fn apart_share(&self) -> f64 {
        match self.view {
            Some(View::Left | View::Right) => APART_FROM_SIDE,
            _ => 0.0,
        }
    }
}

/// Results of the posture checks for one repetition, for comparison with other repetitions.
#[derive(Debug, Clone, Copy)]
pub struct RepPosture {
    /// Probability that the movement is the exercise; NaN if it was not assessed.
    pub probability: f64,
    /// Values of all cues, in the order of the evidence table.
    pub cues: [f64; CUE_COUNT],
    /// Range of motion of the signal.
    pub range: f64,
    /// Duration of the repetition, seconds.
    pub seconds: f64,
    /// Share of the repetition in which the other foot was on the ground; 1 for exercises of two legs.
    pub other_foot_down: f64,
    /// Reason for rejection, independent of the other repetitions.
    pub rejection: Option<RepStatus>,
}

impl RepPosture {
    /// Result for a repetition that was not assessed.
    pub const UNKNOWN: Self = Self {
        probability: f64::NAN,
        cues: [f64::NAN; CUE_COUNT],
        range: f64::NAN,
        seconds: f64::NAN,
        other_foot_down: 0.0,
        rejection: Some(RepStatus::MissingData),
    };
}
