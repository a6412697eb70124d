//! One repetition against the others.

use super::context::{PostureContext, RepPosture, TOLERATED_SHARE};
use crate::exercise::{Pattern, Posture};
use crate::reps::{FULL_SHARE, RepStatus};
use crate::stats::quantile::third_largest;

/// Typical foot contact over the accepted repetitions.
#[derive(Debug, Clone, Copy)]
pub struct TypicalRep {
    /// True if the other foot is usually in the air.
    other_foot_lifted: bool,
}

impl TypicalRep {
    /// From all repetitions.
    pub fn of_reps(reps: &[RepPosture]) -> Self {
        let sound = || reps.iter().filter(|s| s.rejection.is_none());
        // People shift their weight before and after, with both feet on the ground.
        let large = third_largest(sound().map(|s| s.range));
        let full = || sound().filter(|s| s.range >= FULL_SHARE * large);
        let lifted = full().filter(|s| s.other_foot_down <= TOLERATED_SHARE).count();
        Self { other_foot_lifted: 2 * lifted > full().count() }
    }

    /// Why a repetition is none, against what is usual.
    pub fn rejection(&self, rep: &RepPosture, context: &PostureContext) -> Option<RepStatus> {
        let squat = context.posture == Posture::Standing && context.pattern == Pattern::Squat;
        if rep.rejection.is_some() || !squat {
            return rep.rejection;
        }
        let lost =
            !context.two_legs && self.other_foot_lifted && rep.other_foot_down > TOLERATED_SHARE;
        lost.then_some(RepStatus::LostStance)
    }
}
