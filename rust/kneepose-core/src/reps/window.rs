//! The last moments of a live signal, in which repetitions are delimited by the rule of whole recordings.

use super::noise_gate::{MovementPath, noise_before};
use super::phase::{Rep, delimit_with_rest, rest_level};
use super::scale::Scale;
use crate::math::at;
use crate::math::sliding_buffer::SlidingBuffer;
use crate::signal::causal::{filter_both_ways, time_constant};
use crate::stats::quantile::Scratch;

/// Cut-off of the pass both ways, Hz.
const BOTH_WAYS_HZ: f64 = 7.0;
/// How far before its beginning a repetition's rest is looked for, seconds.
const BEFORE_S: f64 = 3.0;
/// Samples that are kept: what a repetition can have.
const KEPT: usize = 4096;

/// A sample of the signal, in the unit of even noise.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sample {
    /// Seconds in the middle of the median, and the median.
    pub time: f64,
    pub value: f64,
    /// Number of the sample of the series that came with it.
    pub number: usize,
    /// Its own time.
    pub at: f64,
}

/// A repetition as it was found, in samples counted from the first one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OnlineRep {
    /// Start, bottom, end, range and status.
    pub rep: Rep,
    /// Seconds of start, bottom start, bottom, bottom end, end.
    pub times: [f64; 5],
    /// How it went there and back.
    pub(super) path: MovementPath,
    /// What shook before it; NaN where it followed the one before at once.
    pub(super) noise: f64,
}

/// Where a repetition lies, roughly.
#[derive(Debug, Clone, Copy)]
pub(super) struct SearchSpan {
    /// Nothing before belongs to it, …
    pub after: f64,
    /// … it began about here, …
    pub since: f64,
    /// … and is over here; …
    pub until: f64,
    /// … because it turned rather than came to rest.
    pub turned: bool,
}

/// Samples, and room to look at some of them.
#[derive(Debug)]
pub(super) struct Window {
    samples: SlidingBuffer<Sample>,
    values: Vec<f64>,
    times: Vec<f64>,
    line: Scratch,
    scratch: Scratch,
}

impl Window {
    pub fn new() -> Self {
        let nothing = Sample { time: f64::NAN, value: f64::NAN, number: 0, at: f64::NAN };
        let room = || Vec::with_capacity(2 * KEPT);
        Self {
            samples: SlidingBuffer::new(KEPT, 1, nothing),
            values: room(),
            times: room(),
            line: room(),
            scratch: room(),
        }
    }

    pub fn clear(&mut self) {
        self.samples.clear();
    }

    pub fn push(&mut self, sample: Sample) {
        self.samples.push(&[sample]);
    }

    pub fn last(&self) -> Option<Sample> {
        self.samples.values().last().copied()
    }

    /// The last value of what was delimited last, low-passed both ways.
    pub fn last_smooth(&self) -> Option<f64> {
        self.values.last().copied()
    }

    /// Delimits a repetition; `slack_s` is how late its beginning may have been noticed, `lag_s` how far the
    /// signal lags behind the movement.
    pub fn delimit(
        &mut self,
        scale: Scale,
        span_of: SearchSpan,
        slack_s: f64,
        lag_s: f64,
    ) -> Option<OnlineRep> {
        let SearchSpan { after, since, until, turned } = span_of;
        let samples = self.samples.values();
        // From the newest one back: a repetition is a small part of what is kept.
        let begin = (since - BEFORE_S).max(after);
        let last = samples.iter().rposition(|s| s.at <= until)? + 1;
        let samples = samples.get(..last)?;
        let first = samples.iter().rposition(|s| s.at < begin).map_or(0, |i| i + 1);
        let samples = samples.get(first..)?;
        self.values.clear();
        self.values.extend(samples.iter().map(|s| s.value));
        self.times.clear();
        self.times.extend(samples.iter().map(|s| s.time));
        filter_both_ways(&mut self.values, &self.times, time_constant(BOTH_WAYS_HZ));
        let begun = self.times.partition_point(|t| *t < since - slack_s);
        let highest = self.values.iter().enumerate().skip(begun.saturating_sub(1));
        let (peak, &top) = highest.max_by(|a, b| a.1.total_cmp(b.1))?;
        let end = self.values.len().checked_sub(1)?;
        let before = self.values.get(..=peak).unwrap_or_default();
        let rest_before = rest_level(before, top, &mut self.scratch);
        let floor_after = self.values.get(peak..).unwrap_or_default();
        let floor_after = floor_after.iter().copied().fold(f64::INFINITY, f64::min);
        // What follows is not known yet: rest is where it was, or lower; a turn is its own rest.
        let rest_after = if turned { floor_after } else { rest_before.min(floor_after) };
        let found = delimit_with_rest(&self.values, scale, peak, 0, end, [rest_before, rest_after]);
        let [before, after] = found.rest;
        let path = MovementPath::of(
            self.values.get(found.rep.start..=found.rep.end).unwrap_or_default(),
            top - before.max(after),
        );
        let span = at(&self.times, end) - at(&self.times, 0);
        let noise = noise_before(
            self.values.get(..found.rep.start).unwrap_or_default(),
            end as f64 / span,
            &mut self.line,
            &mut self.scratch,
        );
        let Rep { start, bottom_start, bottom, bottom_end, end, .. } = found.rep;
        let times =
            [start, bottom_start, bottom, bottom_end, end].map(|i| at(&self.times, i) - lag_s);
        // Numbers of the samples that were at those times.
        let number = |time: f64| {
            let i = samples.partition_point(|s| s.at <= time).saturating_sub(1);
            samples.get(i).map_or(0, |s| s.number)
        };
        let [start, bottom_start, bottom, bottom_end, end] = times.map(number);
        let rep = Rep { start, bottom_start, bottom, bottom_end, end, ..found.rep };
        Some(OnlineRep { rep, times, path, noise })
    }
}
