//! Measures the frame rate of a stream.

use crate::validity::Validity;

/// Minimum frame rate, Hz. Below it, depth and times of repetitions are uncertain. It is 5 % below
/// the limit of 15 Hz for recordings.
/// Source: chosen: at a lower rate a fast repetition has fewer than ten frames; held by test
/// tests/live/test_reasons.py.
const LOWEST_HZ: f64 = 14.25;
/// Frame rate above which a low rate counts as sufficient again, Hz. It is higher than `LOWEST_HZ`,
/// so that the reason does not flicker.
/// Source: chosen: the same limit as for recordings; held by test tests/live/test_reasons.py.
const ENOUGH_HZ: f64 = 15.0;
/// Number of intervals over which the rate is averaged, and that are needed before it is judged.
/// Source: chosen: one second at 20 frames a second; held by test tests/live/test_reasons.py.
const INTERVALS: u32 = 20;
/// Maximum length of an interval in the average, seconds; a longer one counts as this long, so that
/// a single pause is not a low rate.
/// Source: chosen: one pause among frames at 25 Hz does not reach the limit; held by test
/// tests/live/test_reasons.py.
const LONGEST_S: f64 = 0.25;

/// Running mean of the intervals between frames.
#[derive(Debug, Clone, Copy)]
pub(super) struct FrameRate {
    interval: f64,
    count: u32,
    is_low: bool,
}

impl FrameRate {
    /// State before the first frame.
    pub const UNSEEN: Self = Self { interval: 0.0, count: 0, is_low: false };

    /// Adds the seconds since the previous frame; infinite for the first one.
    pub fn push(&mut self, dt: f64) {
        if !dt.is_finite() {
            return;
        }
        self.count = (self.count + 1).min(INTERVALS);
        self.interval += (dt.min(LONGEST_S) - self.interval) / f64::from(self.count);
        let limit = if self.is_low { ENOUGH_HZ } else { LOWEST_HZ };
        self.is_low = self.count == INTERVALS && self.interval * limit > 1.0;
    }

    /// Quality of a frame: the given one, or that the frame rate is low if nothing else is wrong.
    pub fn quality(self, given: Validity) -> Validity {
        if self.is_low && given == Validity::Ok { Validity::FrameRateLow } else { given }
    }
}
