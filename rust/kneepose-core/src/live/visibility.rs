//! Visibility of the driving signal, without flicker.

use super::Event;
use crate::validity::Validity;

/// Time without the signal after which it counts as lost (`LOST_S`), and time with it after which
/// it counts as back (`BACK_S`), seconds.
/// Source: chosen: longer than the drop-outs that are filled, shorter than a repetition; held by
/// test tests/live/test_cues.py.
const LOST_S: f64 = 0.5;
const BACK_S: f64 = 0.3;

/// Visibility of the driving signal over time.
#[derive(Debug, Clone, Copy)]
pub(super) struct SignalVisibility {
    last_seen: f64,
    seen_since: f64,
    lost: bool,
}

impl SignalVisibility {
    /// State before the first frame.
    pub const UNSEEN: Self = Self { last_seen: f64::NAN, seen_since: f64::NAN, lost: true };

    /// Adds the signal of a frame. Returns the new quality if it changes, and an event if the
    /// signal is lost or back. `first` is true for the first frames of a stream, in which a visible
    /// signal counts at once.
    pub fn update(
        &mut self,
        signal: f64,
        time: f64,
        first: bool,
        reason: impl Fn() -> Validity,
    ) -> (Option<Validity>, Option<Event>) {
        if signal.is_finite() {
            self.last_seen = time;
            if self.seen_since.is_nan() {
                self.seen_since = time;
            }
            let back = self.lost && (first || time - self.seen_since >= BACK_S);
            self.lost &= !back;
            return ((!self.lost).then_some(Validity::Ok), back.then_some(Event::QualityBack));
        }
        let since = if self.last_seen.is_nan() { f64::NEG_INFINITY } else { self.last_seen };
        if time - since < LOST_S {
            return (None, None);
        }
        self.seen_since = f64::NAN;
        let reason = reason();
        let event = (!self.lost).then_some(Event::QualityLost(reason));
        self.lost = true;
        (Some(reason), event)
    }
}
