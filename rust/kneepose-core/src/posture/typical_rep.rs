//! One repetition against the others.

use super::context::{PostureContext, RepPosture, TOLERATED_SHARE};
use crate::exercise::Posture;
use crate::reps::{FULL_SHARE, RepStatus};
use crate::stats::quantile::{Scratch, quantile_in, third_largest};

/// The trunk may lean this much farther than the depth of the other repetitions explains, degrees …
const MOST_EXCESS_LEAN_DEG: f64 = 30.0;
/// … and by this much, with so much for each degree of depth, whatever the others show.
const MOST_LEAN_DEG: f64 = 36.0;
const LEAN_OF_DEPTH: f64 = 0.6;
/// Fewer repetitions do not say what is usual.
const LEAST_FOR_USUAL: usize = 3;

/// Typical trunk lean and foot contact over the accepted repetitions.
#[derive(Debug, Clone, Copy)]
pub struct TypicalRep {
    /// Lean of the trunk for each degree of range; NaN where too few say.
    lean_of_range: f64,
    /// True if the other foot is usually in the air.
    other_foot_lifted: bool,
}

impl TypicalRep {
    /// From all repetitions.
    pub fn of_reps(reps: &[RepPosture], scratch: &mut Scratch) -> Self {
        let sound = || reps.iter().filter(|s| s.rejection.is_none());
        let enough = sound().count() >= LEAST_FOR_USUAL;
        let lean_of_range = quantile_in(sound().map(|s| s.lean_deg / s.range), 0.5, scratch);
        // People shift their weight before and after, with both feet on the ground.
        let large = third_largest(sound().map(|s| s.range));
        let full = || sound().filter(|s| s.range >= FULL_SHARE * large);
        let lifted = full().filter(|s| s.other_foot_down <= TOLERATED_SHARE).count();
        Self {
            lean_of_range: if enough { lean_of_range } else { f64::NAN },
            other_foot_lifted: 2 * lifted > full().count(),
        }
    }

    /// Why a repetition is none, against what is usual.
    pub fn rejection(&self, rep: &RepPosture, context: &PostureContext) -> Option<RepStatus> {
        if rep.rejection.is_some() || context.posture != Posture::Standing {
            return rep.rejection;
        }
        let usual_lean = self.lean_of_range * rep.range;
        let too_far =
            context.signal_is_knee && rep.lean_deg > MOST_LEAN_DEG + LEAN_OF_DEPTH * rep.range;
        if too_far || rep.lean_deg - usual_lean > MOST_EXCESS_LEAN_DEG {
            return Some(RepStatus::OtherMovement);
        }
        let lost =
            !context.two_legs && self.other_foot_lifted && rep.other_foot_down > TOLERATED_SHARE;
        lost.then_some(RepStatus::LostStance)
    }
}
