//! Buffer of recent live samples, in which start, bottom and end of repetitions are determined by
//! the rule for recordings.

use super::noise_gate::{MovementPath, noise_before};
use super::offline::TOLERATED_SHARE;
use super::online::MEDIAN_S;
use super::phase::{Rep, delimit_with_rest, rest_level};
use super::scale::Scale;
use crate::math::sliding_buffer::SlidingBuffer;
use crate::memory::room;
use crate::signal::causal::{
    CausalLowpass, SlidingMedian, filter_both_ways, sort_key, time_constant,
};
use crate::stats::quantile::Scratch;

/// Cutoff of the forward-backward low-pass, Hz.
/// Source: chosen: starts and ends need higher frequencies than counting, which uses 3 Hz; measured
/// by docs/evidence/repetitions.md.
const LOWPASS_HZ: f64 = 7.0;
/// Maximum time before the start of a repetition in which rest is searched, seconds.
/// Source: chosen: covers the rest just before a repetition, but not earlier standing; measured by
/// docs/evidence/repetitions.md.
const REST_SEARCH_S: f64 = 3.0;
/// Minimum number of kept samples, which is the maximum length of a repetition.
/// Source: chosen: 40 s, the longest repetition, at 100 frames per second; measured by
/// docs/evidence/repetitions.md.
const MIN_SAMPLES: usize = 4096;

/// Median-filtered sample on the scale of uniform noise.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sample {
    /// Time of the middle of the median window, seconds; `value` is the median.
    pub time: f64,
    pub value: f64,
    /// Index of the newest raw sample in the median window.
    pub number: usize,
    /// Time of the newest raw sample in the median window, seconds.
    pub at: f64,
    /// Gain of the low-pass for this sample, from the time since the previous one.
    gain: f64,
}

/// Live repetition; indices count from the first sample of the signal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OnlineRep {
    /// Indices, range and status of the repetition.
    pub rep: Rep,
    /// Times of start, bottom start, bottom, bottom end and end, seconds.
    pub times: [f64; 5],
    /// Height and relative path length of the movement.
    pub(super) path: MovementPath,
    /// Standard deviation of the noise at rest before the repetition; NaN if there was too little
    /// rest.
    pub(super) noise: f64,
}

/// Approximate times of a repetition, seconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct SearchSpan {
    /// Earliest possible start.
    pub after: f64,
    /// Approximate start of the repetition.
    pub since: f64,
    /// End of the repetition.
    pub until: f64,
    /// True if the repetition ended at a turn instead of at rest.
    pub turned: bool,
}

/// Recent samples of the signal of an exercise. They determine start and end of repetitions that
/// were found in another series.
#[derive(Debug)]
pub struct SignalWindow {
    scale: Scale,
    min_range: f64,
    lag_s: f64,
    median: SlidingMedian,
    window: Window,
    count: usize,
    /// End of the last repetition, seconds.
    last_end: f64,
}

impl SignalWindow {
    /// Makes a window without samples. `lag_s` is the delay of the signal behind the movement.
    pub fn new(scale: Scale, min_range: f64, lag_s: f64) -> Self {
        let (median, window) = (SlidingMedian::default(), Window::new());
        Self { scale, min_range, lag_s, median, window, count: 0, last_end: f64::NEG_INFINITY }
    }

    /// Processes the next sample; NaN marks a missing one.
    pub fn push(&mut self, time: f64, value: f64) {
        let number = self.count;
        self.count += 1;
        if value.is_finite() {
            let value = self.scale.to_even_noise(value);
            let (middle, median) = self.median.push(time, value, MEDIAN_S);
            self.window.push((middle, median), (number, time));
        }
    }

    /// Sets start and end of a repetition from this signal, if it shows the same movement. The
    /// range becomes NaN if too much of the signal is missing. `now` is the current time.
    pub fn delimit(&mut self, found: OnlineRep, now: f64) -> OnlineRep {
        let [since, .., end] = found.times;
        let after = self.last_end;
        self.last_end = end;
        let unseen = OnlineRep { rep: Rep { range: f64::NAN, ..found.rep }, ..found };
        let samples = self.window.samples.values();
        let before = samples.partition_point(|s| s.number < found.rep.start);
        let seen = samples.partition_point(|s| s.number <= found.rep.end).saturating_sub(before);
        let frames = found.rep.end + 1 - found.rep.start;
        if (seen as f64) < (1.0 - TOLERATED_SHARE) * frames as f64 {
            return unseen;
        }
        let span = SearchSpan { after, since: since + self.lag_s, until: now, turned: false };
        let own = self.window.extent(self.scale, span, MEDIAN_S, self.lag_s);
        own.map_or(unseen, |own| {
            let rep = own.rep.within(&found.rep, self.scale, self.min_range);
            let times = if rep.start == own.rep.start {
                let [start, bottom_start, _, bottom_end, end] = own.times;
                let bottom = found.times[2];
                [start, bottom_start.min(bottom), bottom, bottom_end.max(bottom), end]
            } else {
                found.times
            };
            OnlineRep { rep, times, ..found }
        })
    }
}

/// Location of a repetition in a [`Window`].
struct Extent {
    /// Repetition whose indices count from the first sample of the signal.
    rep: Rep,
    times: [f64; 5],
    /// Indices of start and end in the searched samples; `searched_s` is the duration of these
    /// samples, seconds.
    start: usize,
    end: usize,
    searched_s: f64,
    /// Height above the higher of the two rest levels.
    height: f64,
}

/// Recent samples with preallocated work buffers.
#[derive(Debug)]
pub(super) struct Window {
    samples: SlidingBuffer<Sample>,
    values: Vec<f64>,
    detrended: Scratch,
    scratch: Scratch,
}

impl Window {
    pub fn new() -> Self {
        let empty = Sample { time: f64::NAN, value: f64::NAN, number: 0, at: f64::NAN, gain: 0.0 };
        let buffer = || room(2 * MIN_SAMPLES + 1);
        Self {
            samples: SlidingBuffer::new(MIN_SAMPLES, 1, empty),
            values: buffer(),
            detrended: buffer(),
            scratch: buffer(),
        }
    }

    pub fn clear(&mut self) {
        self.samples.clear();
    }

    /// Adds a median-filtered sample: time of the middle of its window and the median, then number
    /// and time of the newest raw sample in the window.
    pub fn push(&mut self, (time, value): (f64, f64), (number, at): (usize, f64)) {
        let dt = self.last().map_or(0.0, |last| (time - last.time).max(0.0));
        let gain = CausalLowpass::gain(dt, time_constant(LOWPASS_HZ));
        self.samples.push(&[Sample { time, value, number, at, gain }]);
    }

    pub fn last(&self) -> Option<Sample> {
        self.samples.values().last().copied()
    }

    /// Last value of the most recently searched samples, after the forward-backward low-pass.
    pub fn last_smooth(&self) -> Option<f64> {
        self.values.last().copied()
    }

    /// Determines start and end of a repetition, and measures its path and the noise before it.
    /// `slack_s` is the maximum delay with which its start is detected, `lag_s` the delay of the
    /// signal behind the movement, both in seconds.
    pub fn delimit(
        &mut self,
        scale: Scale,
        span: SearchSpan,
        slack_s: f64,
        lag_s: f64,
    ) -> Option<OnlineRep> {
        let Extent { rep, times, start, end, searched_s, height } =
            self.extent(scale, span, slack_s, lag_s)?;
        let path = MovementPath::of(self.values.get(start..=end).unwrap_or_default(), height);
        let last = self.values.len().saturating_sub(1);
        let noise = noise_before(
            self.values.get(..start).unwrap_or_default(),
            last as f64 / searched_s,
            &mut self.detrended,
            &mut self.scratch,
        );
        Some(OnlineRep { rep, times, path, noise })
    }

    /// Same as [`Window::delimit`], without path and noise.
    fn extent(
        &mut self,
        scale: Scale,
        span_of: SearchSpan,
        slack_s: f64,
        lag_s: f64,
    ) -> Option<Extent> {
        let SearchSpan { after, since, until, turned } = span_of;
        let samples = self.samples.values();
        let begin = (since - REST_SEARCH_S).max(after);
        let first = samples.partition_point(|s| s.at < begin);
        let last = samples.partition_point(|s| s.at <= until);
        let samples = samples.get(first..last).filter(|samples| !samples.is_empty())?;
        self.values.clear();
        self.values.extend(samples.iter().map(|s| s.value));
        filter_both_ways(&mut self.values, samples.iter().map(|s| s.gain));
        let begun = samples.partition_point(|s| s.time < since - slack_s);
        let highest = self.values.iter().enumerate().skip(begun.saturating_sub(1));
        let (peak, &top) = highest.max_by_key(|(_, value)| sort_key(**value))?;
        let end = self.values.len().checked_sub(1)?;
        let before = self.values.get(..=peak).unwrap_or_default();
        let rest_before = rest_level(before, top, &mut self.scratch);
        let floor_after = self.values.get(peak..).unwrap_or_default();
        let floor_after = floor_after.iter().copied().fold(f64::INFINITY, f64::min);
        // The samples after the repetition are not available yet. The rest after it is assumed to
        // equal the rest before it, or to be lower if the signal fell lower. At a turn the valley
        // is the rest.
        let rest_after = if turned { floor_after } else { rest_before.min(floor_after) };
        let found = delimit_with_rest(&self.values, scale, peak, 0, end, [rest_before, rest_after]);
        let [before, after] = found.rest;
        let height = top - before.max(after);
        let Rep { start, bottom_start, bottom, bottom_end, end, .. } = found.rep;
        let time = |i: usize| samples.get(i).map_or(f64::NAN, |s| s.time);
        let times = [start, bottom_start, bottom, bottom_end, end].map(|i| time(i) - lag_s);
        // The times are corrected for the lag of the filter. An index is that of the raw sample at
        // the corrected time.
        let number = |time: f64| {
            let i = samples.partition_point(|s| s.at <= time).saturating_sub(1);
            samples.get(i).map_or(0, |s| s.number)
        };
        let [first, bottom_start, bottom, bottom_end, last] = times.map(number);
        let rep = Rep { start: first, bottom_start, bottom, bottom_end, end: last, ..found.rep };
        let searched_s = time(samples.len() - 1) - time(0);
        Some(Extent { rep, times, start, end, searched_s, height })
    }
}
