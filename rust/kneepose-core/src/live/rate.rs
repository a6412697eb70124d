//! The rate at which the frames of a stream come.

use crate::validity::Validity;

/// Below this rate, Hz, depth and times of repetitions are uncertain; 5 % below 15, as in a recording.
/// Source: chosen: a fast repetition has fewer than ten frames; held by test tests/live/test_reasons.py.
const LOWEST_HZ: f64 = 14.25;
/// A rate that was low is no longer so above this one, Hz, so that the reason does not flicker.
/// Source: chosen: the limit of recordings; held by test tests/live/test_reasons.py.
const ENOUGH_HZ: f64 = 15.0;
/// Intervals over which the rate is the mean, and that are needed before it is judged.
/// Source: chosen: one second at 20 frames a second; held by test tests/live/test_reasons.py.
const INTERVALS: u32 = 20;
/// An interval longer than this, seconds, counts as this long: one pause is no low rate.
/// Source: chosen: one pause among frames at 25 Hz does not reach the limit; held by test
/// tests/live/test_reasons.py.
const LONGEST_S: f64 = 0.25;

/// Running mean of the intervals.
#[derive(Debug, Clone, Copy)]
pub(super) struct FrameRate {
    interval: f64,
    count: u32,
    is_low: bool,
}

impl FrameRate {
    /// No frame has come.
    pub const UNSEEN: Self = Self { interval: 0.0, count: 0, is_low: false };

    /// Takes the seconds since the frame before; infinite for the first one.
    pub fn push(&mut self, dt: f64) {
        if !dt.is_finite() {
            return;
        }
        self.count = (self.count + 1).min(INTERVALS);
        self.interval += (dt.min(LONGEST_S) - self.interval) / f64::from(self.count);
        let limit = if self.is_low { ENOUGH_HZ } else { LOWEST_HZ };
        self.is_low = self.count == INTERVALS && self.interval * limit > 1.0;
    }

    /// Quality of a frame: that given, or the low rate where nothing else is wrong.
    pub fn quality(self, given: Validity) -> Validity {
        if self.is_low && given == Validity::Ok { Validity::FrameRateLow } else { given }
    }
}
