//! Live segmentation: a two-state machine on a causal signal detects repetitions. Start, bottom and
//! end of each are then determined by the rule for recordings, in a buffer of recent samples.

use super::noise_gate::{MIN_HEIGHT_SDS, PathHistory, RestNoise};
use super::offline::{is_partial, typical_size};
use super::phase::RepStatus;
use super::scale::Scale;
pub use super::window::{OnlineRep, SignalWindow};
use super::window::{SearchSpan, Window};
use crate::signal::causal::{CausalLowpass, SlidingMedian, time_constant};
use crate::stats::quantile::Scratch;

/// Duration of the median filter that removes single outliers, seconds.
/// Source: science.md 5.
pub(super) const MEDIAN_S: f64 = 0.24;
/// Minimum number of samples of the median filter. A slow camera may lengthen the filter up to
/// `MAX_MEDIAN_S` seconds to reach it.
/// Unit: count.
/// Source: chosen: the median ignores three wrong frames, unless this delays a slow camera too
/// long; measured by docs/evidence/repetitions.md.
const MEDIAN_SAMPLES: f64 = 7.0;
const MAX_MEDIAN_S: f64 = 0.42;
/// Time after a start in which rest is not estimated, seconds.
/// Source: chosen: half of the median's window; measured by docs/evidence/repetitions.md.
const SETTLING_S: f64 = 0.12;
/// Cutoff of the low-pass on the signal, Hz.
/// Source: science.md 5.
const CUTOFF_HZ: f64 = 3.0;
/// Duration for which a threshold must be exceeded, seconds.
/// Source: chosen: at least two frames at 30 per second, so that a single frame does not start a
/// repetition; measured by docs/evidence/repetitions.md.
const THRESHOLD_HOLD_S: f64 = 0.08;
/// Minimum time between the ends of two repetitions, seconds.
/// Source: chosen: below the shortest repetition; measured by docs/evidence/repetitions.md.
const MIN_END_DISTANCE_S: f64 = 0.3;
/// Minimum height above rest at which a repetition starts, as a fraction of the minimum range.
/// Source: chosen: above jitter, and low enough to report the start early; measured by
/// docs/evidence/repetitions.md.
const START_RANGE_FRACTION: f64 = 0.6;
/// Maximum height above rest at which a repetition ends, as a fraction of its start threshold.
/// Source: chosen: the lower of two thresholds (science.md 5), so that noise near one of them does
/// not end a repetition; measured by docs/evidence/repetitions.md.
const END_START_FRACTION: f64 = 0.6;
/// Minimum rise of the signal after a turn that ends a repetition, as a fraction of its height. The
/// signal must have returned far enough before; see [`Scale::turn_share`].
/// Source: chosen: equals the minimum prominence of a peak in a recording; measured by
/// docs/evidence/repetitions.md.
const TURN_RISE_FRACTION: f64 = 0.25;
/// Minimum time that the signal stays constant after it has returned far enough, which ends a
/// repetition, seconds. The body then stands lower than before.
/// Source: chosen: longer than the slow end of a return; measured by docs/evidence/real-people.md.
const STAYS_S: f64 = 0.15;
/// Minimum time that the body stays constant in the first half of its descent before that height
/// becomes the new rest, seconds. The person has then stepped into a lower stance and repeats from
/// there.
/// Source: chosen: longer than the hesitation of a slow start; held by test
/// tests/live/test_counts.py.
const STANCE_S: f64 = 0.4;
/// Maximum distance from rest of a resting body, as a fraction of the typical range. The same
/// number is its maximum speed, in typical ranges per second.
/// Source: chosen: above sway, below the slowest movement; measured by
/// docs/evidence/repetitions.md.
const STILL_FRACTION: f64 = 0.15;
/// Time constants with which the rest level follows the signal: when the signal falls below it
/// (`REST_FALL_S`), and while the body rests (`REST_FOLLOW_S`), seconds.
/// Source: chosen: the rest level must not stay above the signal, and should follow drift slowly
/// (science.md 5); measured by docs/evidence/repetitions.md.
const REST_FALL_S: f64 = 0.2;
const REST_FOLLOW_S: f64 = 2.0;
/// Conditions for a shift that becomes the new rest: maximum height as a fraction of the typical
/// range (`SHIFT_FRACTION`), and minimum duration in seconds (`SHIFT_S`).
/// Source: chosen: the person stands differently from now on; measured by
/// docs/evidence/repetitions.md.
const SHIFT_FRACTION: f64 = 0.5;
const SHIFT_S: f64 = 3.0;
/// Maximum duration of a repetition, seconds.
/// Source: chosen: longer than any hold of an exercise that is counted; measured by
/// docs/evidence/repetitions.md.
const MAX_DURATION_S: f64 = 40.0;
/// Minimum duration of a gap that aborts a repetition, seconds.
/// Source: chosen: a whole repetition could lie in a longer gap; measured by
/// docs/evidence/repetitions.md.
pub(crate) const BROKEN_S: f64 = 1.2;
/// Weight of a new interval in the running mean of the sample intervals.
/// Source: chosen: averages about the last ten frames; measured by docs/evidence/repetitions.md.
const INTERVAL_WEIGHT: f64 = 0.1;
/// Weight of a new repetition in the running typical range.
/// Source: chosen: averages about the last three repetitions, because people tire; measured by
/// docs/evidence/repetitions.md.
const TYPICAL_RANGE_WEIGHT: f64 = 0.3;
/// Minimum range of a first repetition at which it is tested less strictly, as a fraction of the
/// expected range.
/// Source: chosen: the share that makes a repetition full (science.md 5); measured by
/// docs/evidence/repetitions.md.
const SURE_RANGE_FRACTION: f64 = 0.6;
/// Number of stored ranges of full repetitions.
/// Source: chosen: covers the last set, in a fixed memory; measured by
/// docs/evidence/repetitions.md.
const STORED_RANGES: usize = 16;

/// Settings of the live segmentation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OnlineSettings {
    /// Minimum range of motion of a repetition, in the unit of the series.
    pub min_range: f64,
    /// Expected range before the first repetition, in the unit of the series.
    pub expected_range: f64,
    /// Relation of the series to the quantity in whose unit ranges are given.
    pub scale: Scale,
    /// Delay of the series behind the movement, seconds.
    pub lag_s: f64,
}

/// Phase of the movement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// The body is at rest, between two repetitions.
    Rest,
    /// The body moves away from rest.
    Out,
    /// The body is far from rest and nearly still.
    Hold,
    /// The body moves back to rest.
    Back,
}

/// Names of the phases in the API.
pub const PHASES: [&str; 4] = ["rest", "out", "hold", "back"];

/// Event that one sample caused.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Transition {
    /// The state did not change.
    None,
    /// A repetition started.
    Started,
    /// A repetition ended.
    Ended(OnlineRep),
    /// The started movement was not a repetition.
    Dropped,
    /// The signal was missing for too long during a repetition.
    Lost,
}

/// Live segmenter. It allocates memory only when it is created.
#[derive(Debug)]
pub struct OnlineSegmenter {
    settings: OnlineSettings,
    median: SlidingMedian,
    lowpass: CausalLowpass,
    window: Window,
    count: usize,
    /// Time of the last finite sample.
    last_time: f64,
    /// Running mean of the sample intervals, seconds.
    interval: f64,
    /// Time of the last start or restart.
    started_at: f64,
    /// Rest level on the scale of uniform noise; NaN if unknown.
    rest: f64,
    noise: RestNoise,
    history: PathHistory,
    /// Running typical height of a repetition, on the scale of uniform noise.
    typical_range: f64,
    /// Time since which a threshold is exceeded; NaN if it is not.
    exceeded_since: f64,
    /// Repetition in progress.
    ongoing: Option<OngoingRep>,
    /// Index and time of the last repetition's end.
    last_end: (usize, f64),
    /// Time at which the signal was last far below the rest level.
    fell_at: f64,
    /// Last finite value before smoothing, on the scale of uniform noise.
    last_raw: f64,
    ranges: [f64; STORED_RANGES],
    /// Number of full repetitions so far.
    full_count: usize,
    scratch: Scratch,
}

#[derive(Debug, Clone, Copy)]
struct OngoingRep {
    since: f64,
    peak: f64,
    valley: f64,
    valley_time: f64,
    /// Time for which the signal has been nearly constant, seconds.
    still_s: f64,
    /// If the signal paused on its way out: level of the pause, and time of its end. Otherwise NaN.
    stance: (f64, f64),
}

impl OngoingRep {
    /// Repetition that began at time `since` and is first observed at `time`.
    fn new(since: f64, time: f64, level: f64) -> Self {
        Self {
            since,
            peak: level,
            valley: level,
            valley_time: time,
            still_s: 0.0,
            stance: (f64::NAN, f64::NAN),
        }
    }
}

impl OnlineSegmenter {
    /// Makes a segmenter without history.
    pub fn new(settings: OnlineSettings) -> Self {
        Self {
            settings,
            median: SlidingMedian::default(),
            lowpass: CausalLowpass::default(),
            window: Window::new(),
            count: 0,
            last_time: f64::NAN,
            interval: f64::NAN,
            started_at: f64::NAN,
            rest: f64::NAN,
            noise: RestNoise::new(),
            history: PathHistory::new(STORED_RANGES),
            typical_range: settings.scale.range_to_even_noise(settings.expected_range),
            exceeded_since: f64::NAN,
            ongoing: None,
            last_end: (0, f64::NEG_INFINITY),
            fell_at: f64::NEG_INFINITY,
            last_raw: f64::NAN,
            ranges: [f64::NAN; STORED_RANGES],
            full_count: 0,
            scratch: Vec::with_capacity(STORED_RANGES),
        }
    }

    /// Clears all state.
    pub fn reset(&mut self) {
        self.window.clear();
        self.median.reset();
        self.lowpass.reset();
        self.count = 0;
        self.last_time = f64::NAN;
        self.interval = f64::NAN;
        self.started_at = f64::NAN;
        self.rest = f64::NAN;
        self.noise.clear();
        self.history.clear();
        self.typical_range = self.settings.scale.range_to_even_noise(self.settings.expected_range);
        self.exceeded_since = f64::NAN;
        self.ongoing = None;
        self.last_end = (0, f64::NEG_INFINITY);
        self.fell_at = f64::NEG_INFINITY;
        self.last_raw = f64::NAN;
        self.ranges = [f64::NAN; STORED_RANGES];
        self.full_count = 0;
    }

    /// Aborts the current repetition and estimates rest again.
    pub fn rest_anew(&mut self) {
        self.ongoing = None;
        self.exceeded_since = f64::NAN;
        self.rest = f64::NAN;
    }

    /// Starts again at this time, because earlier samples belong to another place or scale.
    pub fn begin_anew(&mut self, time: f64) {
        self.rest_anew();
        self.median.reset();
        self.lowpass.reset();
        self.started_at = time;
        self.fell_at = time;
    }

    /// True during a repetition.
    pub fn is_under_way(&self) -> bool {
        self.ongoing.is_some()
    }

    /// Current phase.
    pub fn phase(&self) -> Phase {
        if self.ongoing.is_none() {
            return Phase::Rest;
        }
        let speed = self.speed();
        if speed > STILL_FRACTION {
            Phase::Out
        } else if speed < -STILL_FRACTION {
            Phase::Back
        } else {
            Phase::Hold
        }
    }

    /// Speed of the signal, in typical ranges per second.
    fn speed(&self) -> f64 {
        self.lowpass.slope(time_constant(CUTOFF_HZ)) / self.typical_range
    }

    /// Distance of the signal from rest, as a fraction of the typical range; NaN before the first sample.
    pub fn depth(&self) -> f64 {
        let value = self.window.last().map_or(f64::NAN, |s| s.value);
        let range = |height: f64| self.settings.scale.range(self.rest + height, self.rest);
        range(value - self.rest) / range(self.typical_range)
    }

    /// Processes the next sample. Times must strictly increase; NaN marks a missing value.
    pub fn push(&mut self, time: f64, value: f64) -> Transition {
        let number = self.count;
        self.count += 1;
        if !value.is_finite() {
            return self.missing_sample(time);
        }
        let gap = time - self.last_time;
        if gap > BROKEN_S {
            self.started_at = time;
            self.median.reset();
            self.lowpass.reset();
        }
        let dt = if gap > BROKEN_S || gap.is_nan() { 0.0 } else { gap };
        self.last_time = time;
        if dt > 0.0 {
            let mean = if self.interval.is_nan() { dt } else { self.interval };
            self.interval = mean + INTERVAL_WEIGHT * (dt - mean);
        }
        let window = self.median_s();
        self.last_raw = self.settings.scale.to_even_noise(value);
        let (middle, median) = self.median.push(time, self.last_raw, window);
        if self.started_at.is_nan() {
            self.started_at = time;
        }
        if time - self.started_at < SETTLING_S {
            // The first samples may be outliers, so the filter and the rest level ignore them.
            self.lowpass.reset();
            self.rest = f64::NAN;
        }
        let lag = time_constant(CUTOFF_HZ);
        let level = self.lowpass.push(median, CausalLowpass::gain(dt, lag));
        self.window.push((middle, median), (number, time));
        if self.rest.is_nan() {
            self.rest = level;
        }
        match self.ongoing {
            None => self.at_rest(time, level, dt),
            Some(ongoing) => self.in_repetition(time, level, dt, ongoing),
        }
    }

    /// Duration of the median filter, seconds. It is slightly below a whole number of intervals, so that
    /// jitter of the times does not change the number of samples.
    fn median_s(&self) -> f64 {
        let samples = (MEDIAN_SAMPLES - 0.8) * self.interval;
        if samples.is_nan() { MEDIAN_S } else { samples.clamp(MEDIAN_S, MAX_MEDIAN_S) }
    }

    fn missing_sample(&mut self, time: f64) -> Transition {
        if self.ongoing.is_some() && time - self.last_time > BROKEN_S {
            self.rest_anew();
            return Transition::Lost;
        }
        Transition::None
    }

    fn start_threshold(&self) -> f64 {
        let least = self.settings.scale.range_to_even_noise(self.settings.min_range);
        (self.settings.scale.rise_share() * self.typical_range)
            .max(START_RANGE_FRACTION * least)
            .max(MIN_HEIGHT_SDS * self.noise.current_sd())
    }

    fn exceeded_long_enough(&mut self, is: bool, time: f64) -> bool {
        if !is {
            self.exceeded_since = f64::NAN;
        } else if self.exceeded_since.is_nan() {
            self.exceeded_since = time;
        }
        time - self.exceeded_since >= THRESHOLD_HOLD_S
    }

    fn at_rest(&mut self, time: f64, level: f64, dt: f64) -> Transition {
        let still = STILL_FRACTION * self.typical_range;
        let speed = self.lowpass.slope(time_constant(CUTOFF_HZ)).abs();
        let deviation = level - self.rest;
        if deviation < -still {
            self.fell_at = time;
        }
        if deviation < 0.0 {
            self.rest += deviation * (dt / REST_FALL_S).min(1.0);
        } else if deviation < still && speed < still {
            self.rest += deviation * dt / REST_FOLLOW_S;
        }
        self.noise.record_offset(deviation, time);
        if deviation.abs() < still {
            self.noise.update_sd(deviation, (0.5 * dt / REST_FOLLOW_S).min(1.0));
        }
        if !self.exceeded_long_enough(level > self.rest + self.start_threshold(), time) {
            return Transition::None;
        }
        self.exceeded_since = f64::NAN;
        self.ongoing = Some(OngoingRep::new(time, time, level));
        Transition::Started
    }

    fn in_repetition(
        &mut self,
        time: f64,
        level: f64,
        dt: f64,
        mut ongoing: OngoingRep,
    ) -> Transition {
        if level > ongoing.peak {
            ongoing = OngoingRep { peak: level, valley: level, valley_time: time, ..ongoing };
        } else if level < ongoing.valley {
            ongoing = OngoingRep { valley: level, valley_time: time, ..ongoing };
        }
        let height = ongoing.peak - self.rest;
        // A deeper repetition may return faster, so its limit for stillness is higher.
        let moves = STILL_FRACTION * (height / self.typical_range).max(1.0);
        // At most two frame intervals of a gap count as time at rest, because the body was not
        // observed in the gap.
        let seen = dt.min(2.0 * self.interval);
        ongoing.still_s = if self.speed().abs() > moves { 0.0 } else { ongoing.still_s + seen };
        if ongoing.still_s >= STANCE_S && ongoing.peak - level < STILL_FRACTION * height {
            ongoing.stance = (level, time);
        }
        let (stance, until) = ongoing.stance;
        if level - stance >= (stance - self.rest).max(self.start_threshold()) {
            self.rest = stance;
            self.ongoing = Some(OngoingRep::new(until, time, level));
            self.exceeded_since = f64::NAN;
            return Transition::None;
        }
        self.ongoing = Some(ongoing);
        let lasted = time - ongoing.since;
        let low = height < SHIFT_FRACTION * self.typical_range && lasted > SHIFT_S;
        if low && ongoing.peak - ongoing.valley < STILL_FRACTION * self.typical_range
            || lasted > MAX_DURATION_S
        {
            self.ongoing = None;
            self.exceeded_since = f64::NAN;
            self.rest = level;
            return Transition::Dropped;
        }
        let end_height = self.settings.scale.end_share() * height;
        let end_level = self.rest
            + match self.settings.scale {
                // No upper limit, because the heights of descents differ much between people.
                Scale::Descent => end_height,
                Scale::Plain | Scale::Sinking => {
                    end_height.min(END_START_FRACTION * self.start_threshold())
                }
            };
        if self.exceeded_long_enough(level < end_level, time) {
            self.exceeded_since = f64::NAN;
            self.ongoing = None;
            return self.ended(ongoing, time, false);
        }
        let turns = level - ongoing.valley >= TURN_RISE_FRACTION * height;
        let stays = ongoing.still_s >= STAYS_S;
        let range = |value: f64| self.settings.scale.range(value, self.rest);
        let back =
            || range(ongoing.valley) <= self.settings.scale.turn_share() * range(ongoing.peak);
        if turns && back() {
            let transition = self.ended(ongoing, ongoing.valley_time, true);
            self.ongoing = Some(OngoingRep::new(ongoing.valley_time, time, level));
            self.exceeded_since = f64::NAN;
            return transition;
        }
        if stays && back() {
            let transition = self.ended(ongoing, time, true);
            self.rest_anew();
            self.rest = level;
            return transition;
        }
        Transition::None
    }

    /// Determines start and end of a repetition between the previous one and time `until`, and
    /// tests its size.
    fn ended(&mut self, ongoing: OngoingRep, until: f64, turned: bool) -> Transition {
        let Some(found_rep) = self.delimited(ongoing, until, turned) else {
            return Transition::Dropped;
        };
        let end = found_rep.times.last().copied().unwrap_or(until);
        let separate = end - self.last_end.1 >= MIN_END_DISTANCE_S;
        let large = found_rep.rep.range >= START_RANGE_FRACTION * self.settings.min_range;
        if !separate || !large {
            return Transition::Dropped;
        }
        self.last_end = (found_rep.rep.end, end);
        if self.is_noise(&found_rep) {
            return Transition::Dropped;
        }
        let height = ongoing.peak - self.rest;
        let expected = self.settings.scale.range_to_even_noise(self.settings.expected_range);
        let updated = self.typical_range + TYPICAL_RANGE_WEIGHT * (height - self.typical_range);
        self.typical_range = updated.clamp(expected / 3.0, 2.0 * expected);
        Transition::Ended(found_rep)
    }

    /// Tests a repetition for noise, considering all movements so far.
    fn is_noise(&mut self, found_rep: &OnlineRep) -> bool {
        self.history.add(found_rep.path, found_rep.noise);
        if is_partial(found_rep.rep.range, f64::NAN, self.settings.min_range) {
            return false;
        }
        if self.full_count > 0 {
            return self.history.is_noise(found_rep.path.height, None);
        }
        let sure = found_rep.rep.range >= SURE_RANGE_FRACTION * self.settings.expected_range;
        self.history.first_is_noise(found_rep.path.height, sure, &mut self.noise)
    }

    /// Grades a repetition relative to the stored ones. Its range is stored if it is full.
    pub fn grade(&mut self, range: f64) -> RepStatus {
        if let Some(slot) = self.ranges.get_mut(self.full_count % STORED_RANGES) {
            *slot = range;
        }
        let known = (self.full_count + 1).min(STORED_RANGES);
        let usual = typical_size(self.ranges.iter().take(known).copied(), &mut self.scratch);
        if is_partial(range, usual, self.settings.min_range) {
            return RepStatus::Partial;
        }
        self.full_count += 1;
        RepStatus::Full
    }

    /// Ends the current repetition at the end of the signal. It gets the status `IncompleteReturn`
    /// if the signal did not return far enough.
    pub fn finish(&mut self) -> Transition {
        let Some(ongoing) = self.ongoing.take() else { return Transition::None };
        let Some(last) = self.window.last() else { return Transition::None };
        let Some(mut found_rep) = self.delimited(ongoing, last.at, false) else {
            return Transition::None;
        };
        // The smoothed value lags behind, so the last raw value is also considered.
        let smooth = self.window.last_smooth().unwrap_or(ongoing.peak);
        let range = |value: f64| self.settings.scale.range(value, self.rest);
        let left = range(smooth.min(self.last_raw));
        if left > self.settings.scale.return_share() * range(ongoing.peak) {
            found_rep.rep.status = RepStatus::IncompleteReturn;
        }
        let small = found_rep.rep.range < START_RANGE_FRACTION * self.settings.min_range;
        if small || found_rep.rep.status == RepStatus::Full && self.is_noise(&found_rep) {
            return Transition::None;
        }
        Transition::Ended(found_rep)
    }

    fn delimited(&mut self, ongoing: OngoingRep, until: f64, turned: bool) -> Option<OnlineRep> {
        // Samples before the signal fell far below the rest level do not represent rest.
        let after = self.last_end.1.max(self.fell_at);
        let span = SearchSpan { after, since: ongoing.since, until, turned };
        self.window.delimit(self.settings.scale, span, MEDIAN_S, self.settings.lag_s)
    }
}
