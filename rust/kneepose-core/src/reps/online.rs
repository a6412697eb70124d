//! Repetitions as they happen: a machine of two states over a causal signal. What it finds is delimited
//! by the rule of whole recordings, in a buffer of the last moments.

use super::noise_gate::{ABOVE_NOISE, PathHistory, RestNoise};
use super::offline::{is_partial, typical_size};
use super::phase::RepStatus;
use super::scale::Scale;
pub use super::window::OnlineRep;
use super::window::{Sample, SearchSpan, Window};
use crate::signal::causal::{CausalLowpass, SlidingMedian, time_constant};
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
pub struct OnlineSettings {
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
pub enum Transition {
    /// Nothing.
    None,
    /// A repetition has begun.
    Started,
    /// A repetition is over.
    Ended(OnlineRep),
    /// What had begun was none.
    Dropped,
    /// What had begun was not seen any more.
    Lost,
}

/// The machine. Memory never grows, and nothing is asked for after [`OnlineSegmenter::new`].
#[derive(Debug)]
pub struct OnlineSegmenter {
    settings: OnlineSettings,
    median: SlidingMedian,
    smooth: CausalLowpass,
    window: Window,
    count: usize,
    last_seen: f64,
    interval: f64,
    /// When it began, or began anew.
    fresh_since: f64,
    rest: f64,
    noise: RestNoise,
    history: PathHistory,
    usual: f64,
    /// Number and time of the sample at which a threshold began to be passed.
    passing_since: f64,
    /// In a repetition: since when; highest and lowest after it, with their times.
    ongoing: Option<OngoingRep>,
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
struct OngoingRep {
    since: f64,
    peak: f64,
    valley: f64,
    valley_time: f64,
}

impl OnlineSegmenter {
    /// A machine that has seen nothing.
    pub fn new(settings: OnlineSettings) -> Self {
        Self {
            settings,
            median: SlidingMedian::default(),
            smooth: CausalLowpass::default(),
            window: Window::new(),
            count: 0,
            last_seen: f64::NAN,
            interval: f64::NAN,
            fresh_since: f64::NAN,
            rest: f64::NAN,
            noise: RestNoise::new(),
            history: PathHistory::new(REMEMBERED),
            usual: settings.scale.to_even_noise(settings.expected_range),
            passing_since: f64::NAN,
            ongoing: None,
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
        self.median.reset();
        self.smooth.reset();
        self.count = 0;
        self.last_seen = f64::NAN;
        self.interval = f64::NAN;
        self.fresh_since = f64::NAN;
        self.rest = f64::NAN;
        self.noise.clear();
        self.history.clear();
        self.usual = self.settings.scale.to_even_noise(self.settings.expected_range);
        self.passing_since = f64::NAN;
        self.ongoing = None;
        self.last_end = (0, f64::NEG_INFINITY);
        self.fell = f64::NEG_INFINITY;
        self.newest = f64::NAN;
        self.ranges = [f64::NAN; REMEMBERED];
        self.found = 0;
    }

    /// Gives up a repetition on its way, and looks for rest anew.
    pub fn rest_anew(&mut self) {
        self.ongoing = None;
        self.passing_since = f64::NAN;
        self.rest = f64::NAN;
    }

    /// Whether a repetition is on its way, and where it is.
    pub fn phase(&self) -> Phase {
        if self.ongoing.is_none() {
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
    pub fn push(&mut self, time: f64, value: f64) -> Transition {
        let number = self.count;
        self.count += 1;
        if !value.is_finite() {
            return self.unseen(time);
        }
        let gap = time - self.last_seen;
        if gap > BROKEN_S {
            self.fresh_since = time;
            self.median.reset();
            self.smooth.reset();
        }
        let dt = if gap > BROKEN_S || gap.is_nan() { 0.0 } else { gap };
        self.last_seen = time;
        if dt > 0.0 {
            let usual = if self.interval.is_nan() { dt } else { self.interval };
            self.interval = usual + CLOCK_FOLLOWS * (dt - usual);
        }
        let window = self.median_s();
        self.newest = self.settings.scale.to_even_noise(value);
        let (middle, median) = self.median.push(time, self.newest, window);
        if self.fresh_since.is_nan() {
            self.fresh_since = time;
        }
        if time - self.fresh_since < SETTLES_S {
            // The first samples may be wrong: nothing follows from them.
            self.smooth.reset();
            self.rest = f64::NAN;
        }
        let lag = time_constant(CUTOFF_HZ);
        let level = self.smooth.push(median, CausalLowpass::gain(dt, lag));
        self.window.push(Sample { time: middle, value: median, number, at: time });
        if self.rest.is_nan() {
            self.rest = level;
        }
        match self.ongoing {
            None => self.at_rest(time, level, dt),
            Some(ongoing) => self.in_repetition(time, level, ongoing),
        }
    }

    /// How long the median is: a little less than a whole number of intervals, which times may miss.
    fn median_s(&self) -> f64 {
        let samples = (MEDIAN_SAMPLES - 0.8) * self.interval;
        if samples.is_nan() { MEDIAN_S } else { samples.clamp(MEDIAN_S, LONGEST_MEDIAN_S) }
    }

    fn unseen(&mut self, time: f64) -> Transition {
        if self.ongoing.is_some() && time - self.last_seen > BROKEN_S {
            self.rest_anew();
            return Transition::Lost;
        }
        Transition::None
    }

    fn rise(&self) -> f64 {
        let least = self.settings.scale.to_even_noise(self.settings.min_range);
        (self.settings.scale.rise_share() * self.usual)
            .max(RISE_OF_LEAST * least)
            .max(ABOVE_NOISE * self.noise.current_sd())
    }

    fn passed(&mut self, is: bool, time: f64) -> bool {
        if !is {
            self.passing_since = f64::NAN;
        } else if self.passing_since.is_nan() {
            self.passing_since = time;
        }
        time - self.passing_since >= PASSED_S
    }

    fn at_rest(&mut self, time: f64, level: f64, dt: f64) -> Transition {
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
        self.noise.record_offset(off, time);
        if off.abs() < still {
            self.noise.update_sd(off, (0.5 * dt / ALONG_S).min(1.0));
        }
        if !self.passed(level > self.rest + self.rise(), time) {
            return Transition::None;
        }
        self.passing_since = f64::NAN;
        self.ongoing =
            Some(OngoingRep { since: time, peak: level, valley: level, valley_time: time });
        Transition::Started
    }

    fn in_repetition(&mut self, time: f64, level: f64, mut ongoing: OngoingRep) -> Transition {
        if level > ongoing.peak {
            ongoing = OngoingRep { peak: level, valley: level, valley_time: time, ..ongoing };
        } else if level < ongoing.valley {
            ongoing = OngoingRep { valley: level, valley_time: time, ..ongoing };
        }
        self.ongoing = Some(ongoing);
        let height = ongoing.peak - self.rest;
        let lasted = time - ongoing.since;
        let low = height < SHIFT_SHARE * self.usual && lasted > SHIFT_S;
        if low && ongoing.peak - ongoing.valley < STILL_SHARE * self.usual || lasted > LONGEST_S {
            self.ongoing = None;
            self.passing_since = f64::NAN;
            self.rest = level;
            return Transition::Dropped;
        }
        let over = self.rest + (OVER_SHARE * height).min(OVER_OF_RISE * self.rise());
        if self.passed(level < over, time) {
            self.passing_since = f64::NAN;
            self.ongoing = None;
            return self.ended(ongoing, time, false);
        }
        let own = |v: f64| self.settings.scale.to_own_unit(v);
        let back = own(ongoing.peak) - own(ongoing.valley)
            >= TURN_SHARE * (own(ongoing.peak) - own(self.rest));
        if back && level - ongoing.valley >= AGAIN_SHARE * height {
            let next = OngoingRep {
                since: ongoing.valley_time,
                peak: level,
                valley: level,
                valley_time: time,
            };
            let transition = self.ended(ongoing, ongoing.valley_time, true);
            self.ongoing = Some(next);
            self.passing_since = f64::NAN;
            return transition;
        }
        Transition::None
    }

    /// Delimits what lies between the last repetition and `until`, and judges its size.
    fn ended(&mut self, ongoing: OngoingRep, until: f64, turned: bool) -> Transition {
        let Some(found_rep) = self.delimited(ongoing, until, turned) else {
            return Transition::Dropped;
        };
        let end = found_rep.times.last().copied().unwrap_or(until);
        let apart = end - self.last_end.1 >= APART_S;
        let large = found_rep.rep.range >= RISE_OF_LEAST * self.settings.min_range;
        if !apart || !large {
            return Transition::Dropped;
        }
        self.last_end = (found_rep.rep.end, end);
        if self.is_noise(&found_rep) {
            return Transition::Dropped;
        }
        let height = ongoing.peak - self.rest;
        let expected = self.settings.scale.to_even_noise(self.settings.expected_range);
        let learnt = self.usual + LEARNS * (height - self.usual);
        self.usual = learnt.clamp(expected / 3.0, 2.0 * expected);
        Transition::Ended(found_rep)
    }

    /// Whether it wanders, by all that were found, as noise does.
    fn is_noise(&mut self, found_rep: &OnlineRep) -> bool {
        self.history.add(found_rep.path, found_rep.noise);
        if is_partial(found_rep.rep.range, f64::NAN, self.settings.min_range) {
            return false;
        }
        if self.found > 0 {
            return self.history.is_noise(found_rep.path.height, None);
        }
        let sure = found_rep.rep.range >= SURE_OF_EXPECTED * self.settings.expected_range;
        self.history.first_is_noise(found_rep.path.height, sure, &mut self.noise)
    }

    /// Says what is usual from the ranges of the repetitions that counted, and grades one against it.
    pub fn grade(&mut self, range: f64) -> RepStatus {
        if let Some(slot) = self.ranges.get_mut(self.found % REMEMBERED) {
            *slot = range;
        }
        let known = (self.found + 1).min(REMEMBERED);
        let usual = typical_size(self.ranges.iter().take(known).copied(), &mut self.scratch);
        if is_partial(range, usual, self.settings.min_range) {
            return RepStatus::Partial;
        }
        self.found += 1;
        RepStatus::Full
    }

    /// The repetition on its way, as it stands: whether it came back far enough to count.
    pub fn finish(&mut self) -> Transition {
        let Some(ongoing) = self.ongoing.take() else { return Transition::None };
        let Some(last) = self.window.last() else { return Transition::None };
        let Some(mut found_rep) = self.delimited(ongoing, last.at, false) else {
            return Transition::None;
        };
        let (top, rest) = (
            self.settings.scale.to_own_unit(ongoing.peak),
            self.settings.scale.to_own_unit(self.rest),
        );
        // What is smooth is late, and a series that ends has no later samples.
        let smooth = self.window.last_smooth().unwrap_or(ongoing.peak);
        let left = self.settings.scale.to_own_unit(smooth.min(self.newest));
        if left - rest > self.settings.scale.return_share() * (top - rest) {
            found_rep.rep.status = RepStatus::IncompleteReturn;
        }
        let small = found_rep.rep.range < RISE_OF_LEAST * self.settings.min_range;
        if small || found_rep.rep.status == RepStatus::Full && self.is_noise(&found_rep) {
            return Transition::None;
        }
        Transition::Ended(found_rep)
    }

    fn delimited(&mut self, ongoing: OngoingRep, until: f64, turned: bool) -> Option<OnlineRep> {
        // What came before the signal fell was no rest.
        let after = self.last_end.1.max(self.fell);
        let span = SearchSpan { after, since: ongoing.since, until, turned };
        self.window.delimit(self.settings.scale, span, MEDIAN_S, self.settings.lag_s)
    }
}
