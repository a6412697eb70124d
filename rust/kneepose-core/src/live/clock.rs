//! The clock of a stream: frames whose time cannot be that of the next frame are left out.

/// A frame that comes later than this after the one before is left out until another one confirms it, seconds.
/// Source: chosen: longer than a camera stalls, shorter than a repetition that would be missed; held by test
/// tests/hostile/test_time.py.
const FAR_AHEAD_S: f64 = 2.0;

/// So many frames in a row before the last one, each later than the one before, show that the clock was set back.
/// Source: chosen: more than come late together, fewer than are missed; held by test tests/hostile/test_time.py.
const SET_BACK_BY: usize = 4;
/// A confirmed step ahead that is longer than this, seconds, is no pause: the clock was set.
/// Source: chosen: a day, after which nobody goes on with a repetition; held by test tests/hostile/test_time.py.
const LONGEST_PAUSE_S: f64 = 86_400.0;

/// Judgement of the time of a frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Tick {
    /// The next frame, at this time of the stream, so many seconds after the one before; infinite for the first.
    Next(f64, f64),
    /// The same with a clock that was set: the stream goes on, and adds from now on so many seconds.
    Set(f64, f64, f64),
    /// Not later than the one before.
    NotRising,
    /// So far ahead that the time may be wrong.
    FarAhead,
    /// Far before the only frame so far, or any time that could be added to.
    Anew,
}

/// Times of the last frames. The time of the stream is the given one and `shift`, so that it never runs back.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    last: f64,
    /// Shortest interval so far.
    interval: f64,
    shift: f64,
    /// Last frame that was left out as too far ahead.
    ahead: f64,
    behind: Behind,
}

/// Frames in a row that were left out as long before the last one: the first, the last, and their number.
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

    /// Seconds from the frame before them to the last of them.
    fn seconds(self) -> f64 {
        let between = self.count.saturating_sub(1).max(1) as f64;
        (self.last - self.first) * self.count as f64 / between
    }
}

impl Clock {
    /// Before the first frame.
    pub const UNSEEN: Self = Self {
        last: f64::NEG_INFINITY,
        interval: f64::NAN,
        shift: 0.0,
        ahead: f64::NAN,
        behind: Behind::NONE,
    };

    /// Judges the time of a frame. A frame that follows one that was left out confirms it: the frames came
    /// late. Where all intervals are long, the times are in another unit, and no frame is left out for it.
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
            // NaN where the frame before was not left out.
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

    /// Takes the time of a frame, as a stream does, and returns that of the stream: of the frame before where
    /// this one is left out. It runs back only where the clock begins anew.
    pub fn follow(&mut self, time: f64) -> f64 {
        if self.tick(time) == Tick::Anew {
            *self = Self::UNSEEN;
            self.tick(time);
        }
        self.last
    }

    /// Time of the stream of a frame to come; that of the last one for a frame that may be left out.
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

    /// Goes on with a frame that comes so many seconds after the last one, whatever its clock says.
    fn set(&mut self, now: f64, seconds: f64) -> Tick {
        let meant = self.last + seconds;
        // A time so late that seconds are lost in its digits was wrong itself.
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
        // The old clock comes back once, which begins the count anew.
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
