//! The clock of a stream: frames whose time cannot be that of the next frame are left out.

/// A frame that comes later than this after the one before is left out until another one confirms it, seconds.
/// Source: chosen: longer than a camera stalls, shorter than a repetition that would be missed; held by test
/// tests/hostile/test_time.py.
const FAR_AHEAD_S: f64 = 2.0;

/// Judgement of the time of a frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Tick {
    /// The next frame, so many seconds after the one before; infinite for the first.
    Next(f64),
    /// Not later than the one before.
    NotRising,
    /// So far ahead that the time may be wrong.
    FarAhead,
    /// Far before the only frame so far, whose time was wrong.
    Anew,
}

/// Times of the last frames.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    last: f64,
    interval: f64,
    left_out: f64,
}

impl Clock {
    pub const UNSEEN: Self =
        Self { last: f64::NEG_INFINITY, interval: f64::NAN, left_out: f64::NAN };

    /// Judges the time of a frame. A frame that follows one that was left out confirms it: the frames came
    /// late. Where all intervals are long, the times are in another unit, and no frame is left out for it.
    pub fn tick(&mut self, time: f64) -> Tick {
        let dt = time - self.last;
        if !time.is_finite() || dt <= 0.0 {
            let is_second = self.interval.is_nan() && self.last.is_finite();
            return if is_second && dt < -FAR_AHEAD_S { Tick::Anew } else { Tick::NotRising };
        }
        let is_sudden = dt > FAR_AHEAD_S && dt.is_finite();
        let is_usual = self.interval.is_nan() || self.interval <= FAR_AHEAD_S;
        // False for NaN: the frame before was not left out.
        let is_confirmed = time > self.left_out;
        if is_sudden && is_usual && !is_confirmed {
            self.left_out = time;
            return Tick::FarAhead;
        }
        if self.last.is_finite() {
            self.interval = dt;
        }
        self.last = time;
        self.left_out = f64::NAN;
        Tick::Next(dt)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticks(times: &[f64]) -> Vec<Tick> {
        let mut clock = Clock::UNSEEN;
        times.iter().map(|time| clock.tick(*time)).collect()
    }

    const FIRST: Tick = Tick::Next(f64::INFINITY);

    #[test]
    fn one_time_far_ahead_is_left_out_and_the_clock_goes_on() {
        let found = ticks(&[0.0, 0.5, 60.0, 1.0, 1.0, f64::NAN, 0.5]);
        let ahead = [FIRST, Tick::Next(0.5), Tick::FarAhead, Tick::Next(0.5)];
        assert_eq!(found, [ahead.as_slice(), &[Tick::NotRising; 3]].concat());
    }

    #[test]
    fn frames_after_a_pause_are_confirmed_by_the_second() {
        let found = ticks(&[0.0, 0.5, 60.0, 60.5, 61.0]);
        let late = [Tick::FarAhead, Tick::Next(60.0), Tick::Next(0.5)];
        assert_eq!(found, [[FIRST, Tick::Next(0.5)].as_slice(), &late].concat());
    }

    #[test]
    fn in_another_unit_one_frame_is_left_out() {
        let found = ticks(&[0.0, 33.0, 66.0, 99.0, 132.0]);
        let slow = [Tick::Next(66.0), Tick::Next(33.0), Tick::Next(33.0)];
        assert_eq!(found, [[FIRST, Tick::FarAhead].as_slice(), &slow].concat());
    }

    #[test]
    fn a_wrong_first_time_begins_anew() {
        assert_eq!(ticks(&[1e9, 0.0]), [FIRST, Tick::Anew]);
        let found = ticks(&[1e9, 1e9 + 0.5, 0.0]);
        assert_eq!(found, [FIRST, Tick::Next(0.5), Tick::NotRising]);
    }
}
