//! Repetitions as they happen: a machine of two states over a causal signal. What it finds is delimited
//! by the rule of whole recordings, in a trail of the last moments.

use super::noise_gate::{BEYOND_SHAKING, Past, Shaking};
use super::offline::{is_partial, usual_of};
use super::phase::RepStatus;
use super::scale::Scale;
pub use super::window::Finding;
use super::window::{Place, Sample, Window};
use crate::signal::causal::{Follower, Middle, time_constant};
use crate::stats::quantile::Scratch;

/// Single wrong samples are taken out by a median over this many seconds.
const MEDIAN_S: f64 = 0.24;
/// … and at least so many samples, as long as they are no longer than this, seconds.
const MEDIAN_SAMPLES: f64 = 7.0;
const LONGEST_MEDIAN_S: f64 = 0.42;
/// In the first moments there is no rest to be told from, seconds.
const SETTLES_S: f64 = 0.12;
/// Cut-off of the low-pass on the signal, Hz.
const CUTOFF_HZ: f64 = 3.0;
/// A threshold counts as passed after this many seconds.
const PASSED_S: f64 = 0.08;
/// Two repetitions end at least this far apart, seconds.
const APART_S: f64 = 0.3;
/// A repetition begins this share of the least range above rest, or well beyond what shakes there.
const RISE_OF_LEAST: f64 = 0.6;
/// It is over this share of its height above rest, or this share of where it began.
const OVER_SHARE: f64 = 0.2;
const OVER_OF_RISE: f64 = 0.6;
/// It is also over where it has turned: it came back by this share of its range, in the signal's own unit …
const TURN_SHARE: f64 = 0.56;
/// … and rises again by this share of its height.
const AGAIN_SHARE: f64 = 0.25;
/// Within this share of the usual range around rest, and slower than that per second, the body rests.
const STILL_SHARE: f64 = 0.15;
/// Rest follows down within this time, and along while the body rests, seconds.
const FALL_S: f64 = 0.2;
const ALONG_S: f64 = 2.0;
/// Something lower than this share of the usual range that lasts this long is a new rest, seconds.
const SHIFT_SHARE: f64 = 0.5;
const SHIFT_S: f64 = 3.0;
/// Nothing lasts longer, seconds.
const LONGEST_S: f64 = 40.0;
/// A signal that is not seen for this long breaks a repetition off, seconds.
pub(crate) const BROKEN_S: f64 = 1.2;
/// How fast the usual interval between samples follows.
const CLOCK_FOLLOWS: f64 = 0.1;
/// The usual range follows each repetition by this share.
const LEARNS: f64 = 0.3;
/// A first repetition of this share of the expected range needs less proof.
const SURE_OF_EXPECTED: f64 = 0.6;
/// Full repetitions whose ranges say what is usual.
const REMEMBERED: usize = 16;

/// What to look for live.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Watch {
    /// Least range of motion of a repetition, in the unit of the series.
    pub min_range: f64,
    /// Range that is expected before one was seen.
    pub expected_range: f64,
    /// How the series relates to what was measured.
    pub scale: Scale,
    /// How far the series lags behind, seconds.
    pub lag_s: f64,
}

/// What the machine is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Between repetitions.
    Rest,
    /// Away from rest, going further.
    Out,
    /// Away from rest, not moving much.
    Hold,
    /// Away from rest, coming back.
    Back,
}

/// Names of the phases.
pub const PHASES: [&str; 4] = ["rest", "out", "hold", "back"];

/// What one sample brought.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Step {
    /// Nothing.
    None,
    /// A repetition has begun.
    Started,
    /// A repetition is over.
    Ended(Finding),
    /// What had begun was none.
    Dropped,
    /// What had begun was not seen any more.
    Lost,
}

/// The machine. Memory never grows, and nothing is asked for after [`Online::new`].
#[derive(Debug)]
pub struct Online {
    watch: Watch,
    median: Middle,
    smooth: Follower,
    window: Window,
    count: usize,
    last_seen: f64,
    interval: f64,
    /// When it began, or began anew.
    fresh_since: f64,
    rest: f64,
    shaking: Shaking,
    past: Past,
    usual: f64,
    /// Number and time of the sample at which a threshold began to be passed.
    passing_since: f64,
    /// In a repetition: since when; highest and lowest after it, with their times.
    up: Option<Up>,
    /// Where the last repetition ended: number and time.
    last_end: (usize, f64),
    /// When the signal last fell well below what rest was thought to be.
    fell: f64,
    /// The last value that was seen, before any smoothing, in the unit of even noise.
    newest: f64,
    ranges: [f64; REMEMBERED],
    found: usize,
    scratch: Scratch,
}

#[derive(Debug, Clone, Copy)]
struct Up {
    since: f64,
    peak: f64,
    valley: f64,
    valley_time: f64,
}

impl Online {
    /// A machine that has seen nothing.
    pub fn new(watch: Watch) -> Self {
        Self {
            watch,
            median: Middle::default(),
            smooth: Follower::default(),
            window: Window::new(),
            count: 0,
            last_seen: f64::NAN,
            interval: f64::NAN,
            fresh_since: f64::NAN,
            rest: f64::NAN,
            shaking: Shaking::new(),
            past: Past::new(REMEMBERED),
            usual: watch.scale.even(watch.expected_range),
            passing_since: f64::NAN,
            up: None,
            last_end: (0, f64::NEG_INFINITY),
            fell: f64::NEG_INFINITY,
            newest: f64::NAN,
            ranges: [f64::NAN; REMEMBERED],
            found: 0,
            scratch: Vec::with_capacity(REMEMBERED),
        }
    }

    /// Forgets all that it has seen.
    pub fn reset(&mut self) {
        self.window.clear();
        self.median.forget();
        self.smooth.forget();
        self.count = 0;
        self.last_seen = f64::NAN;
        self.interval = f64::NAN;
        self.fresh_since = f64::NAN;
        self.rest = f64::NAN;
        self.shaking.clear();
        self.past.clear();
        self.usual = self.watch.scale.even(self.watch.expected_range);
        self.passing_since = f64::NAN;
        self.up = None;
        self.last_end = (0, f64::NEG_INFINITY);
        self.fell = f64::NEG_INFINITY;
        self.newest = f64::NAN;
        self.ranges = [f64::NAN; REMEMBERED];
        self.found = 0;
    }

    /// Gives up a repetition on its way, and looks for rest anew.
    pub fn rest_anew(&mut self) {
        self.up = None;
        self.passing_since = f64::NAN;
        self.rest = f64::NAN;
    }

    /// Whether a repetition is on its way, and where it is.
    pub fn phase(&self) -> Phase {
        if self.up.is_none() {
            return Phase::Rest;
        }
        let speed = self.smooth.slope(time_constant(CUTOFF_HZ)) / self.usual;
        if speed > STILL_SHARE {
            Phase::Out
        } else if speed < -STILL_SHARE {
            Phase::Back
        } else {
            Phase::Hold
        }
    }

    /// How far the signal is from rest, as a share of the usual range; NaN before it was seen.
    pub fn depth(&self) -> f64 {
        (self.window.last().map_or(f64::NAN, |s| s.value) - self.rest) / self.usual
    }

    /// The next sample, at a time that is later than the one before; NaN is missing.
    pub fn push(&mut self, time: f64, value: f64) -> Step {
        let number = self.count;
        self.count += 1;
        if !value.is_finite() {
            return self.unseen(time);
        }
        let gap = time - self.last_seen;
        if gap > BROKEN_S {
            self.fresh_since = time;
            self.median.forget();
            self.smooth.forget();
        }
        let dt = if gap > BROKEN_S || gap.is_nan() { 0.0 } else { gap };
        self.last_seen = time;
        if dt > 0.0 {
            let usual = if self.interval.is_nan() { dt } else { self.interval };
            self.interval = usual + CLOCK_FOLLOWS * (dt - usual);
        }
        let window = self.median_s();
        self.newest = self.watch.scale.even(value);
        let (middle, median) = self.median.push(time, self.newest, window);
        if self.fresh_since.is_nan() {
            self.fresh_since = time;
        }
        if time - self.fresh_since < SETTLES_S {
            // The first samples may be wrong: nothing follows from them.
            self.smooth.forget();
            self.rest = f64::NAN;
        }
        let lag = time_constant(CUTOFF_HZ);
        let level = self.smooth.push(median, Follower::share(dt, lag));
        self.window.push(Sample { time: middle, value: median, number, at: time });
        if self.rest.is_nan() {
            self.rest = level;
        }
        match self.up {
            None => self.at_rest(time, level, dt),
            Some(up) => self.in_repetition(time, level, up),
        }
    }

    /// How long the median is: a little less than a whole number of intervals, which times may miss.
    fn median_s(&self) -> f64 {
        let samples = (MEDIAN_SAMPLES - 0.8) * self.interval;
        if samples.is_nan() { MEDIAN_S } else { samples.clamp(MEDIAN_S, LONGEST_MEDIAN_S) }
    }

    fn unseen(&mut self, time: f64) -> Step {
        if self.up.is_some() && time - self.last_seen > BROKEN_S {
            self.rest_anew();
            return Step::Lost;
        }
        Step::None
    }

    fn rise(&self) -> f64 {
        let least = self.watch.scale.even(self.watch.min_range);
        (self.watch.scale.rise_share() * self.usual)
            .max(RISE_OF_LEAST * least)
            .max(BEYOND_SHAKING * self.shaking.so_far())
    }

    fn passed(&mut self, is: bool, time: f64) -> bool {
        if !is {
            self.passing_since = f64::NAN;
        } else if self.passing_since.is_nan() {
            self.passing_since = time;
        }
        time - self.passing_since >= PASSED_S
    }

    fn at_rest(&mut self, time: f64, level: f64, dt: f64) -> Step {
        let still = STILL_SHARE * self.usual;
        let speed = self.smooth.slope(time_constant(CUTOFF_HZ)).abs();
        let off = level - self.rest;
        if off < -still {
            self.fell = time;
        }
        if off < 0.0 {
            self.rest += off * (dt / FALL_S).min(1.0);
        } else if off < still && speed < still {
            self.rest += off * dt / ALONG_S;
        }
        self.shaking.remember(off, time);
        if off.abs() < still {
            self.shaking.follow(off, (0.5 * dt / ALONG_S).min(1.0));
        }
        if !self.passed(level > self.rest + self.rise(), time) {
            return Step::None;
        }
        self.passing_since = f64::NAN;
        self.up = Some(Up { since: time, peak: level, valley: level, valley_time: time });
        Step::Started
    }

    fn in_repetition(&mut self, time: f64, level: f64, mut up: Up) -> Step {
        if level > up.peak {
            up = Up { peak: level, valley: level, valley_time: time, ..up };
        } else if level < up.valley {
            up = Up { valley: level, valley_time: time, ..up };
        }
        self.up = Some(up);
        let height = up.peak - self.rest;
        let lasted = time - up.since;
        let low = height < SHIFT_SHARE * self.usual && lasted > SHIFT_S;
        if low && up.peak - up.valley < STILL_SHARE * self.usual || lasted > LONGEST_S {
            self.up = None;
            self.passing_since = f64::NAN;
            self.rest = level;
            return Step::Dropped;
        }
        let over = self.rest + (OVER_SHARE * height).min(OVER_OF_RISE * self.rise());
        if self.passed(level < over, time) {
            self.passing_since = f64::NAN;
            self.up = None;
            return self.ended(up, time, false);
        }
        let own = |v: f64| self.watch.scale.own(v);
        let back = own(up.peak) - own(up.valley) >= TURN_SHARE * (own(up.peak) - own(self.rest));
        if back && level - up.valley >= AGAIN_SHARE * height {
            let next = Up { since: up.valley_time, peak: level, valley: level, valley_time: time };
            let step = self.ended(up, up.valley_time, true);
            self.up = Some(next);
            self.passing_since = f64::NAN;
            return step;
        }
        Step::None
    }

    /// Delimits what lies between the last repetition and `until`, and judges its size.
    fn ended(&mut self, up: Up, until: f64, turned: bool) -> Step {
        let Some(finding) = self.delimited(up, until, turned) else { return Step::Dropped };
        let end = finding.times.last().copied().unwrap_or(until);
        let apart = end - self.last_end.1 >= APART_S;
        let large = finding.rep.range >= RISE_OF_LEAST * self.watch.min_range;
        if !apart || !large {
            return Step::Dropped;
        }
        self.last_end = (finding.rep.end, end);
        if self.wanders(&finding) {
            return Step::Dropped;
        }
        let height = up.peak - self.rest;
        let expected = self.watch.scale.even(self.watch.expected_range);
        let learnt = self.usual + LEARNS * (height - self.usual);
        self.usual = learnt.clamp(expected / 3.0, 2.0 * expected);
        Step::Ended(finding)
    }

    /// Whether it wanders, by all that were found, as noise does.
    fn wanders(&mut self, finding: &Finding) -> bool {
        self.past.add(finding.way, finding.shaking);
        if is_partial(finding.rep.range, f64::NAN, self.watch.min_range) {
            return false;
        }
        if self.found > 0 {
            return self.past.wanders(finding.way.height, None);
        }
        let sure = finding.rep.range >= SURE_OF_EXPECTED * self.watch.expected_range;
        self.past.first_wanders(finding.way.height, sure, &mut self.shaking)
    }

    /// Says what is usual from the ranges of the repetitions that counted, and grades one against it.
    pub fn grade(&mut self, range: f64) -> RepStatus {
        if let Some(slot) = self.ranges.get_mut(self.found % REMEMBERED) {
            *slot = range;
        }
        let known = (self.found + 1).min(REMEMBERED);
        let usual = usual_of(self.ranges.iter().take(known).copied(), &mut self.scratch);
        if is_partial(range, usual, self.watch.min_range) {
            return RepStatus::Partial;
        }
        self.found += 1;
        RepStatus::Full
    }

    /// The repetition on its way, as it stands: whether it came back far enough to count.
    pub fn finish(&mut self) -> Step {
        let Some(up) = self.up.take() else { return Step::None };
        let Some(last) = self.window.last() else { return Step::None };
        let Some(mut finding) = self.delimited(up, last.at, false) else { return Step::None };
        let (top, rest) = (self.watch.scale.own(up.peak), self.watch.scale.own(self.rest));
        // What is smooth is late, and a series that ends has no later samples.
        let smooth = self.window.last_smooth().unwrap_or(up.peak);
        let left = self.watch.scale.own(smooth.min(self.newest));
        if left - rest > self.watch.scale.return_share() * (top - rest) {
            finding.rep.status = RepStatus::IncompleteReturn;
        }
        let small = finding.rep.range < RISE_OF_LEAST * self.watch.min_range;
        if small || finding.rep.status == RepStatus::Full && self.wanders(&finding) {
            return Step::None;
        }
        Step::Ended(finding)
    }

    fn delimited(&mut self, up: Up, until: f64, turned: bool) -> Option<Finding> {
        // What came before the signal fell was no rest.
        let after = self.last_end.1.max(self.fell);
        let place = Place { after, since: up.since, until, turned };
        self.window.delimit(self.watch.scale, place, MEDIAN_S, self.watch.lag_s)
    }
}
