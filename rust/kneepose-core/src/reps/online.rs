//! Repetitions as they happen: a machine of two states over a causal signal. What it finds is delimited
//! by the rule of whole recordings, in a trail of the last moments.

use super::offline::{FULL_SHARE, usual_of};
use super::phase::{RETURN_SHARE, Rep, RepStatus, place, rest_level};
use super::scale::Scale;
use crate::error::Result;
use crate::signal::at;
use crate::signal::causal::{Follower, Middle, both_ways, time_constant};
use crate::signal::quantile::Scratch;
use crate::trail::Trail;

/// Single wrong samples are taken out by a median over this many seconds.
const MEDIAN_S: f64 = 0.24;
/// … and at least so many samples, as long as they are no longer than this, seconds.
const MEDIAN_SAMPLES: f64 = 7.0;
const LONGEST_MEDIAN_S: f64 = 0.42;
/// Cut-off of the low-pass on the signal, Hz; and of the pass both ways that delimits.
const CUTOFF_HZ: f64 = 3.0;
const BOTH_WAYS_HZ: f64 = 7.0;
/// A threshold counts as passed after this many seconds.
const PASSED_S: f64 = 0.08;
/// Two repetitions end at least this far apart, seconds.
const APART_S: f64 = 0.3;
/// A repetition begins this share of the least range above rest, …
const RISE_OF_LEAST: f64 = 0.6;
/// … or this many standard deviations of what shakes at rest.
const BEYOND_SHAKING: f64 = 4.0;
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
const BROKEN_S: f64 = 1.2;
/// How fast the usual interval between samples follows.
const CLOCK_FOLLOWS: f64 = 0.1;
/// The usual range follows each repetition by this share.
const LEARNS: f64 = 0.3;
/// How far before its beginning a repetition's rest is looked for, seconds.
const BEFORE_S: f64 = 3.0;
/// Samples that are kept: what a repetition can have.
const KEPT: usize = 4096;
/// Full repetitions whose ranges say what is usual.
const REMEMBERED: usize = 64;

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

/// A repetition as it was found, in samples counted from the first one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Finding {
    /// Start, bottom, end, range and status.
    pub rep: Rep,
    /// Seconds of start, bottom start, bottom, bottom end, end.
    pub times: [f64; 5],
}

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

#[derive(Debug, Clone, Copy)]
struct Sample {
    /// Seconds in the middle of the median, and the median.
    time: f64,
    value: f64,
    /// Number of the sample of the series that came with it.
    number: usize,
    /// Its own time.
    at: f64,
}

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

/// The machine. Memory never grows, and nothing is asked for after [`Online::new`].
#[derive(Debug)]
pub struct Online {
    watch: Watch,
    median: Middle,
    smooth: Follower,
    trail: Trail<Sample>,
    count: usize,
    last_seen: f64,
    interval: f64,
    rest: f64,
    shaking: f64,
    usual: f64,
    /// Number and time of the sample at which a threshold began to be passed.
    passing_since: f64,
    /// In a repetition: since when; highest and lowest after it, with their times.
    up: Option<Up>,
    /// Where the last repetition ended: number and time.
    last_end: (usize, f64),
    ranges: [f64; REMEMBERED],
    found: usize,
    window: Vec<f64>,
    window_times: Vec<f64>,
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
        let nothing = Sample { time: f64::NAN, value: f64::NAN, number: 0, at: f64::NAN };
        Self {
            watch,
            median: Middle::default(),
            smooth: Follower::default(),
            trail: Trail::new(KEPT, 1, nothing),
            count: 0,
            last_seen: f64::NAN,
            interval: f64::NAN,
            rest: f64::NAN,
            shaking: 0.0,
            usual: watch.scale.even(watch.expected_range),
            passing_since: f64::NAN,
            up: None,
            last_end: (0, f64::NEG_INFINITY),
            ranges: [f64::NAN; REMEMBERED],
            found: 0,
            window: Vec::with_capacity(2 * KEPT),
            window_times: Vec::with_capacity(2 * KEPT),
            scratch: Vec::with_capacity(2 * KEPT),
        }
    }

    /// Forgets all that it has seen.
    pub fn reset(&mut self) {
        self.trail.clear();
        self.median.forget();
        self.smooth.forget();
        self.count = 0;
        self.last_seen = f64::NAN;
        self.interval = f64::NAN;
        self.rest = f64::NAN;
        self.shaking = 0.0;
        self.usual = self.watch.scale.even(self.watch.expected_range);
        self.passing_since = f64::NAN;
        self.up = None;
        self.last_end = (0, f64::NEG_INFINITY);
        self.ranges = [f64::NAN; REMEMBERED];
        self.found = 0;
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
        (self.trail.values().last().map_or(f64::NAN, |s| s.value) - self.rest) / self.usual
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
        let (middle, median) = self.median.push(time, self.watch.scale.even(value), window);
        let lag = time_constant(CUTOFF_HZ);
        let level = self.smooth.push(median, Follower::share(dt, lag));
        self.trail.push(&[Sample { time: middle, value: median, number, at: time }]);
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
            self.up = None;
            self.passing_since = f64::NAN;
            self.rest = f64::NAN;
            return Step::Lost;
        }
        Step::None
    }

    fn rise(&self) -> f64 {
        let least = self.watch.scale.even(self.watch.min_range);
        (self.watch.scale.rise_share() * self.usual)
            .max(RISE_OF_LEAST * least)
            .max(BEYOND_SHAKING * self.shaking)
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
        if off < 0.0 {
            self.rest += off * (dt / FALL_S).min(1.0);
        } else if off < still && speed < still {
            self.rest += off * dt / ALONG_S;
        }
        if off.abs() < still {
            let spread = 1.25 * off.abs();
            self.shaking += (spread - self.shaking) * (0.5 * dt / ALONG_S).min(1.0);
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
        let finding = self.delimited(up, until, turned);
        let Some(finding) = finding else { return Step::Dropped };
        let apart = finding.times.last().copied().unwrap_or(until) - self.last_end.1 >= APART_S;
        let large = finding.rep.range >= RISE_OF_LEAST * self.watch.min_range;
        if !apart || !large {
            return Step::Dropped;
        }
        self.last_end = (finding.rep.end, finding.times.last().copied().unwrap_or(until));
        let height = up.peak - self.rest;
        let expected = self.watch.scale.even(self.watch.expected_range);
        let learnt = self.usual + LEARNS * (height - self.usual);
        self.usual = learnt.clamp(expected / 3.0, 2.0 * expected);
        Step::Ended(finding)
    }

    /// Says what is usual from the ranges of the repetitions that counted, and grades one against it.
    pub fn grade(&mut self, range: f64) -> RepStatus {
        if let Some(slot) = self.ranges.get_mut(self.found % REMEMBERED) {
            *slot = range;
        }
        let known = (self.found + 1).min(REMEMBERED);
        self.scratch.clear();
        self.scratch.extend(self.ranges.iter().take(known));
        let usual = usual_of(&mut self.scratch);
        if range < FULL_SHARE * usual || range < 0.8 * self.watch.min_range {
            return RepStatus::Partial;
        }
        self.found += 1;
        RepStatus::Full
    }

    /// The repetition on its way, as it stands: whether it came back far enough to count.
    pub fn finish(&mut self) -> Step {
        let Some(up) = self.up.take() else { return Step::None };
        let Some(last) = self.trail.values().last().copied() else { return Step::None };
        let Some(mut finding) = self.delimited(up, last.at, false) else { return Step::None };
        let (top, rest) = (self.watch.scale.own(up.peak), self.watch.scale.own(self.rest));
        let left = self.watch.scale.own(self.window.last().copied().unwrap_or(up.peak));
        if left - rest > RETURN_SHARE * (top - rest) {
            finding.rep.status = RepStatus::IncompleteReturn;
        }
        if finding.rep.range < RISE_OF_LEAST * self.watch.min_range {
            return Step::None;
        }
        Step::Ended(finding)
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    fn delimited(&mut self, up: Up, until: f64, turned: bool) -> Option<Finding> {
        let from = (up.since - BEFORE_S).max(self.last_end.1);
        let samples = self.trail.values();
        let first = samples.partition_point(|s| s.at < from);
        let last = samples.partition_point(|s| s.at <= until);
        let samples = samples.get(first..last)?;
        self.window.clear();
        self.window.extend(samples.iter().map(|s| s.value));
        self.window_times.clear();
        self.window_times.extend(samples.iter().map(|s| s.time));
        both_ways(&mut self.window, &self.window_times, time_constant(BOTH_WAYS_HZ));
        let begun = self.window_times.partition_point(|t| *t < up.since - MEDIAN_S);
        let highest = self.window.iter().enumerate().skip(begun.saturating_sub(1));
        let (peak, &top) = highest.max_by(|a, b| a.1.total_cmp(b.1))?;
        let end = self.window.len().checked_sub(1)?;
        let before = self.window.get(..=peak).unwrap_or_default();
        let rest_before = rest_level(before, top, &mut self.scratch);
        let floor_after = self.window.get(peak..).unwrap_or_default();
        let floor_after = floor_after.iter().copied().fold(f64::INFINITY, f64::min);
        // What follows is not known yet: rest is where it was, or lower; a turn is its own rest.
        let rest_after = if turned { floor_after } else { rest_before.min(floor_after) };
        let found = place(&self.window, self.watch.scale, peak, 0, end, [rest_before, rest_after]);
        let Rep { start, bottom_start, bottom, bottom_end, end, .. } = found.rep;
        let times = [start, bottom_start, bottom, bottom_end, end]
            .map(|i| at(&self.window_times, i) - self.watch.lag_s);
        // Numbers of the samples that were at those times.
        let number = |time: f64| {
            let i = samples.partition_point(|s| s.at <= time).saturating_sub(1);
            samples.get(i).map_or(0, |s| s.number)
        };
        let [start, bottom_start, bottom, bottom_end, end] = times.map(number);
        let rep = Rep { start, bottom_start, bottom, bottom_end, end, ..found.rep };
        Some(Finding { rep, times })
    }
}

/// Finds the repetitions of a whole series as the live machine would, sample by sample.
///
/// # Errors
/// As [`segment`](super::segment).
pub fn segment_causal(
    series: &[f64],
    allowed: Option<&[bool]>,
    how: &super::Segmentation,
) -> Result<Vec<Rep>> {
    how.check()?;
    let watch = Watch {
        min_range: how.min_range,
        expected_range: 2.25 * how.min_range,
        scale: how.scale,
        lag_s: 0.0,
    };
    let mut machine = Online::new(watch);
    let mut reps = Vec::new();
    let mut take = |machine: &mut Online, step: Step| {
        let Step::Ended(Finding { mut rep, .. }) = step else { return };
        let barred = allowed.is_some_and(|allowed| {
            let inside = allowed.get(rep.start..=rep.end).unwrap_or_default();
            let barred = inside.iter().filter(|ok| !**ok).count();
            barred as f64 > super::offline::TOLERATED_SHARE * inside.len() as f64
        });
        if barred {
            rep.status = RepStatus::LostStance;
        } else if rep.status == RepStatus::Full {
            rep.status = machine.grade(rep.range);
        }
        reps.push(rep);
    };
    for (i, &value) in series.iter().enumerate() {
        let step = machine.push(i as f64 / how.fs, value);
        take(&mut machine, step);
    }
    let step = machine.finish();
    take(&mut machine, step);
    super::offline::grade(&mut reps);
    Ok(reps)
}
