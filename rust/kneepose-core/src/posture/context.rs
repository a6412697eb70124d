//! Inputs of the posture checks, and the results that they leave to be compared between repetitions.

use super::evidence::CUE_COUNT;
use super::frame_posture::FramePosture;
use crate::exercise::{Pattern, Posture};
use crate::recording::View;
use crate::reps::RepStatus;
use crate::skeleton::Side;
use crate::space::Up;

/// A repetition may have this share of the other foot on the ground.
/// Source: chosen: the foot may touch down for balance; measured by docs/evidence/counting.md.
pub(super) const TOLERATED_SHARE: f64 = 0.2;
/// From the side the nearer foot looks lower than the other one, by less than this share of the leg.
/// Source: chosen: perspective of a camera that looks down from 3 m; measured by
/// docs/evidence/counting.md.
const APART_FROM_SIDE: f64 = 0.2;

/// Settings of the posture checks.
#[derive(Debug, Clone, Copy)]
pub struct PostureContext {
    /// Posture of the exercise.
    pub posture: Posture,
    /// Movement of the exercise.
    pub pattern: Pattern,
    /// The leg under analysis.
    pub side: Side,
    /// True if both legs stand.
    pub two_legs: bool,
    /// Which way is up.
    pub up: Up,
    /// The view in an image.
    pub view: Option<View>,
    /// True if repetitions are counted by the descent of the body.
    pub by_descent: bool,
    /// Frames per second.
    pub fs: f64,
    /// Least probability of a movement that counts; 0 counts every movement, to gather them for the fit.
    pub accepted: f64,
}

impl PostureContext {
    /// The posture as the height of the hips is read in this exercise.
    pub fn seen(&self, posture: &FramePosture) -> FramePosture {
        match self.pattern {
            Pattern::StepDown => posture.standing_on(self.side),
            _ => *posture,
        }
    }

    /// True where a repetition leads up from rest.
    pub fn rises(&self) -> bool {
        self.pattern == Pattern::SitToStand
    }

    /// Difference in height that two feet on the ground may look, as a share of the leg: from the side the
    /// nearer one looks lower.
    #[inline]
    pub(super) fn apart_share(&self) -> f64 {
        match self.view {
            Some(View::Left | View::Right) => APART_FROM_SIDE,
            _ => 0.0,
        }
    }
}

/// Posture results of one repetition, to be compared with the others.
#[derive(Debug, Clone, Copy)]
pub struct RepPosture {
    /// Probability that the movement is the exercise; NaN where it is not judged.
    pub probability: f64,
    /// Evidence for and against, in the order of the table.
    pub cues: [f64; CUE_COUNT],
    /// Range of the signal.
    pub range: f64,
    /// Duration, seconds.
    pub seconds: f64,
    /// Share of the repetition in which the other foot was on the ground; 1 for exercises of two legs.
    pub other_foot_down: f64,
    /// Reason for rejection, independent of the other repetitions.
    pub rejection: Option<RepStatus>,
}

impl RepPosture {
    /// Nothing is known.
    pub const UNKNOWN: Self = Self {
        probability: f64::NAN,
        cues: [f64::NAN; CUE_COUNT],
        range: f64::NAN,
        seconds: f64::NAN,
        other_foot_down: 0.0,
        rejection: Some(RepStatus::MissingData),
    };
}
