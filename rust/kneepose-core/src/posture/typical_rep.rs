//! Compares one repetition with the others.

use super::context::{PostureContext, RepPosture, TOLERATED_SHARE};
use super::evidence::{DOUBTFUL, SURE, sinking};
use crate::exercise::{Pattern, Posture};
use crate::reps::{FULL_SHARE, RepStatus};
use crate::stats::quantile::third_largest;

/// Maximum ratio between two repetitions that count as similar: of the descents of hips and
/// shoulders (`ALIKE_SINKING`), and of the durations (`ALIKE_DURATIONS`).
/// Source: chosen: repetitions of one set differ by less, another movement differs from them by
/// more; measured by docs/evidence/real-people.md.
const ALIKE_SINKING: f64 = 1.35;
const ALIKE_DURATIONS: f64 = 1.5;

/// The other repetitions, with which one is compared.
#[derive(Debug, Clone, Copy)]
pub struct TypicalRep<'a> {
    reps: &'a [RepPosture],
    /// True if the other foot is in the air in most full repetitions.
    other_foot_lifted: bool,
}

impl<'a> TypicalRep<'a> {
    /// Makes the comparison from all repetitions.
    pub fn of_reps(reps: &'a [RepPosture]) -> Self {
        Self::with_last(reps, None)
    }

    /// Makes the comparison from all earlier repetitions and, if given, the `last` repetition.
    pub fn with_last(reps: &'a [RepPosture], last: Option<&RepPosture>) -> Self {
        let sound = || reps.iter().chain(last).filter(|s| s.rejection.is_none());
        // Small movements are excluded: people shift their weight before and after a set, with both
        // feet on the ground.
        let large = third_largest(sound().map(|s| s.range));
        let full = || sound().filter(|s| s.range >= FULL_SHARE * large);
        let lifted = full().filter(|s| s.other_foot_down <= TOLERATED_SHARE).count();
        Self { reps, other_foot_lifted: 2 * lifted > full().count() }
    }

    /// Reason for rejecting a repetition, in comparison with the others; `None` if it is accepted.
    /// A doubtful movement is accepted if it resembles one of high probability, because the
    /// estimator may have lost a leg in some repetitions only.
    pub fn rejection(&self, rep: &RepPosture, context: &PostureContext) -> Option<RepStatus> {
        let squat = context.posture == Posture::Standing && context.pattern == Pattern::Squat;
        if !squat || rep.rejection.is_some() && !self.is_like_a_sure_one(rep) {
            return rep.rejection;
        }
        let lost =
            !context.two_legs && self.other_foot_lifted && rep.other_foot_down > TOLERATED_SHARE;
        lost.then_some(RepStatus::LostStance)
    }

    fn is_like_a_sure_one(&self, rep: &RepPosture) -> bool {
        let alike = |one: f64, other: f64, most: f64| one < most * other && other < most * one;
        let sinks_alike = |other: &RepPosture| {
            let mut pairs = sinking(&rep.cues).into_iter().zip(sinking(&other.cues));
            pairs.all(|(one, other)| alike(one, other, ALIKE_SINKING))
        };
        rep.rejection == Some(RepStatus::OtherMovement)
            && rep.probability >= DOUBTFUL
            && self.reps.iter().any(|other| {
                other.rejection.is_none()
                    && other.probability >= SURE
                    && sinks_alike(other)
                    && alike(rep.seconds, other.seconds, ALIKE_DURATIONS)
            })
    }
}
