//! Clock of a stream: drops frames whose time cannot be that of the next frame.

/// Maximum time after the previous frame, seconds. A frame after a longer pause is dropped, unless
/// the frame before it was dropped for this reason as well.
/// Source: chosen: longer than a camera stalls, shorter than a repetition that would be missed;
/// held by test tests/hostile/test_time.py.
const FAR_AHEAD_S: f64 = 2.0;

/// Number of consecutive frames before the last time, in rising order, that show that the clock was
/// set back.
/// Source: chosen: more frames than arrive late together, and few enough to lose; held by test
/// tests/hostile/test_time.py.
const SET_BACK_BY: usize = 4;
/// Longest jump forward that counts as a pause, seconds. After a longer confirmed jump, the clock
/// was set forward.
/// Source: chosen: after a day nobody continues a repetition; held by test
/// tests/hostile/test_time.py.
const LONGEST_PAUSE_S: f64 = 86_400.0;

/// Result of the test of a frame's time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Tick {
    /// The next frame: time on the clock of the stream, and seconds since the previous frame
    /// (infinite for the first).
    Next(f64, f64),
    /// The next frame after the clock was set: as in `Next`, with the seconds that are added to all
    /// times from now on.
    Set(f64, f64, f64),
    /// The time does not follow that of the previous frame; the frame is dropped.
    NotRising,
    /// The time is so far ahead that it may be wrong; the frame is dropped.
    FarAhead,
    /// The stream must start again: the time is far before that of the only frame, or too large for
    /// exact sums.
    Anew,
}

/// State of the clock. The time of the stream is the given time plus `shift`, so it never
/// decreases.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    last: f64,
    /// Shortest interval between frames so far.
    interval: f64,
    shift: f64,
    /// Time of the last frame that was dropped as too far ahead.
    ahead: f64,
    behind: Behind,
}

/// Consecutive frames that were dropped because they are far before the last one: first time, last
/// time and count.
#[derive(Debug, Clone, Copy)]
struct Behind {
    first: f64,
    last: f64,
    count: usize,
}

impl Behind {
    const NONE: Self = Self { first: f64::NAN, last: f64::NAN, count: 0 };

    fn followed_by(self, now: f64) -> Self {
        let step = now - self.last;
        let goes_on = step > 0.0 && step <= FAR_AHEAD_S;
        let (first, count) = if goes_on { (self.first, self.count + 1) } else { (now, 1) };
        Self { first, last: now, count }
    }

    /// Seconds from the last accepted frame to the last of these frames, assuming equal intervals.
    fn seconds(self) -> f64 {
        let between = self.count.saturating_sub(1).max(1) as f64;
        (self.last - self.first) * self.count as f64 / between
    }
}

impl Clock {
    /// State before the first frame.
    pub const UNSEEN: Self = Self {
        last: f64::NEG_INFINITY,
        interval: f64::NAN,
        shift: 0.0,
        ahead: f64::NAN,
        behind: Behind::NONE,
    };

    /// Tests the time of a frame. A frame that follows one that was dropped as too far ahead
    /// confirms it: there was a pause. If all intervals are that long, the times have another unit,
    /// and no frame is dropped.
    pub(super) fn tick(&mut self, time: f64) -> Tick {
        let now = time + self.shift;
        let dt = now - self.last;
        if !time.is_finite() || dt <= 0.0 {
            let is_second = self.interval.is_nan() && self.last.is_finite();
            if dt.is_nan() || dt >= -FAR_AHEAD_S || !time.is_finite() {
                return Tick::NotRising;
            }
            self.behind = self.behind.followed_by(now);
            return match self.behind.count {
                _ if is_second => Tick::Anew,
                SET_BACK_BY.. => self.set(now, self.behind.seconds()),
                _ => Tick::NotRising,
            };
        }
        let is_sudden = dt > FAR_AHEAD_S && dt.is_finite();
        if is_sudden && self.is_usual() {
            // NaN if the previous frame was not dropped.
            let step = now - self.ahead;
            let is_confirmed = step > 0.0 && (step <= LONGEST_PAUSE_S || self.interval.is_nan());
            if !is_confirmed {
                self.ahead = now;
                return Tick::FarAhead;
            }
            if dt > LONGEST_PAUSE_S && self.interval.is_finite() {
                return self.set(now, 2.0 * step);
            }
        }
        self.accept(now, dt)
    }

    /// Processes the time of a frame like a stream, and returns the time of the stream. If the
    /// frame is dropped, that is the time of the previous frame. The result decreases only if the
    /// clock starts again.
    pub fn follow(&mut self, time: f64) -> f64 {
        if self.tick(time) == Tick::Anew {
            *self = Self::UNSEEN;
            self.tick(time);
        }
        self.last
    }

    /// Time on the clock of the stream for a future frame; the time of the last frame if the future
    /// one may be dropped.
    pub(super) fn place(&self, time: f64) -> f64 {
        let now = time + self.shift;
        let is_sudden = self.is_usual() && now - self.last > FAR_AHEAD_S && self.last.is_finite();
        if is_sudden || now < self.last { self.last } else { now }
    }

    fn is_usual(&self) -> bool {
        self.interval.is_nan() || self.interval <= FAR_AHEAD_S
    }

    fn accept(&mut self, now: f64, dt: f64) -> Tick {
        if self.last.is_finite() {
            self.interval = dt.min(self.interval);
        }
        self.last = now;
        (self.ahead, self.behind) = (f64::NAN, Behind::NONE);
        Tick::Next(now, dt)
    }

    /// Continues with a frame that is `seconds` after the last one, independent of its own time.
    fn set(&mut self, now: f64, seconds: f64) -> Tick {
        let meant = self.last + seconds;
        // If the times are so large that `seconds` is lost to rounding, the last time itself was
        // wrong.
        if (meant - self.last - seconds).abs() > 0.01 * seconds {
            return Tick::Anew;
        }
        self.shift += meant - now;
        self.accept(meant, seconds);
        Tick::Set(meant, seconds, self.shift)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticks(times: &[f64]) -> Vec<Tick> {
        let mut clock = Clock::UNSEEN;
        times.iter().map(|time| clock.tick(*time)).collect()
    }

    fn first(time: f64) -> Tick {
        Tick::Next(time, f64::INFINITY)
    }

    #[test]
    fn one_time_far_ahead_is_left_out_and_the_clock_goes_on() {
        let found = ticks(&[0.0, 0.5, 60.0, 1.0, 1.0, f64::NAN, 0.5]);
        let ahead = [first(0.0), Tick::Next(0.5, 0.5), Tick::FarAhead, Tick::Next(1.0, 0.5)];
        assert_eq!(found, [ahead.as_slice(), &[Tick::NotRising; 3]].concat());
    }

    #[test]
    fn frames_after_a_pause_are_confirmed_by_the_second() {
        let found = ticks(&[0.0, 0.5, 60.0, 60.5, 61.0]);
        let late = [Tick::FarAhead, Tick::Next(60.5, 60.0), Tick::Next(61.0, 0.5)];
        assert_eq!(found, [[first(0.0), Tick::Next(0.5, 0.5)].as_slice(), &late].concat());
    }

    #[test]
    fn a_pause_is_no_other_unit() {
        let found = ticks(&[0.0, 0.5, 60.0, 60.5, 1e9]);
        assert_eq!(found.last(), Some(&Tick::FarAhead));
    }

    #[test]
    fn in_another_unit_one_frame_is_left_out() {
        for unit in [1.0, 1e6] {
            let found = ticks(&[0.0, 33.0, 66.0, 99.0, 132.0].map(|t| t * unit));
            let slow = [66.0, 99.0, 132.0].map(|t| t * unit);
            let steps = [66.0, 33.0, 33.0].map(|dt| dt * unit);
            let slow = slow.into_iter().zip(steps).map(|(t, dt)| Tick::Next(t, dt));
            let wanted: Vec<Tick> = [first(0.0), Tick::FarAhead].into_iter().chain(slow).collect();
            assert_eq!(found, wanted);
        }
    }

    #[test]
    fn a_wrong_first_time_begins_anew() {
        assert_eq!(ticks(&[1e9, 0.0]), [first(1e9), Tick::Anew]);
        let found = ticks(&[1e9, 1e9 + 0.5, 0.0]);
        assert_eq!(found, [first(1e9), Tick::Next(1e9 + 0.5, 0.5), Tick::NotRising]);
    }

    #[test]
    fn a_clock_that_is_set_goes_on_from_the_last_time() {
        let back = [8.0, 8.5, 1.0, 1.5, 9.0, 2.5, 1.0, 1.5, 2.0, 2.5, 3.0];
        let found = ticks(&back);
        let usual = [first(8.0), Tick::Next(8.5, 0.5), Tick::NotRising, Tick::NotRising];
        assert_eq!(found.get(..4), Some(usual.as_slice()));
        // The old clock returns for one frame, which restarts the count.
        assert_eq!(found.get(4), Some(&Tick::Next(9.0, 0.5)));
        assert_eq!(found.get(5..9), Some([Tick::NotRising; 4].as_slice()));
        assert_eq!(
            found.get(9..),
            Some([Tick::Set(11.0, 2.0, 8.5), Tick::Next(11.5, 0.5)].as_slice())
        );
        let ahead = ticks(&[0.0, 0.5, 1e9, 1e9 + 0.5, 1e9 + 1.0]);
        let set = [Tick::FarAhead, Tick::Set(1.5, 1.0, 1.0 - 1e9), Tick::Next(2.0, 0.5)];
        assert_eq!(ahead.get(2..), Some(set.as_slice()));
    }

    #[test]
    fn a_time_without_digits_for_seconds_begins_anew() {
        let found = ticks(&[0.0, 1e300, 2e300, 0.5, 1.0, 1.5, 2.0]);
        assert_eq!(found.last(), Some(&Tick::Anew));
    }
}
