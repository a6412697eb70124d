//! What a repetition is: start, bottom and end as shares of its own range.

use crate::signal::at;
use crate::signal::quantile::quantile;

/// A repetition starts and ends where the signal is this share of its range above rest.
const ONSET_SHARE: f64 = 0.10;
/// The bottom is where the signal is within this share of its range of the peak.
const BOTTOM_SHARE: f64 = 0.05;
/// Rest is this quantile of the samples between two peaks: the minimum would follow the noise.
const REST_QUANTILE: f64 = 0.2;

/// Whether a repetition counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum RepStatus {
    /// A full repetition.
    Full = 0,
    /// Less than 0.6 of the usual range.
    Partial = 1,
    /// The movement did not come back by 60 % between two lowest points: one repetition, not two.
    IncompleteReturn = 2,
    /// More than a fifth of it was not seen.
    MissingData = 3,
    /// More than a fifth of it was outside of what the caller allows, such as standing on one leg.
    LostStance = 4,
}

/// Names of the statuses, in the order of their codes.
pub const REP_STATUSES: [&str; 5] =
    ["full", "partial", "incomplete_return", "missing_data", "lost_stance"];

/// One repetition, in samples of the series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rep {
    /// First sample below rest + 10 % of the range, walking back from the peak.
    pub start: usize,
    /// First sample within 5 % of the range of the peak.
    pub bottom_start: usize,
    /// Sample of the peak.
    pub bottom: usize,
    /// Last sample within 5 % of the range of the peak.
    pub bottom_end: usize,
    /// First sample below rest + 10 % of the range, walking on from the peak.
    pub end: usize,
    /// Range of motion: peak over rest on the side where it is smaller.
    pub range: f64,
    /// Whether it counts.
    pub status: RepStatus,
}

/// Delimits the repetition around a peak. Its samples lie in `first..=last`, which reaches to the
/// neighbouring peaks at most.
pub fn delimit(series: &[f64], peak: usize, first: usize, last: usize) -> Rep {
    let top = at(series, peak);
    let before = series.get(first..=peak).unwrap_or_default();
    let after = series.get(peak..=last).unwrap_or_default();
    let rest = [quantile(before, REST_QUANTILE), quantile(after, REST_QUANTILE)];
    let [rest_before, rest_after] = rest;
    let range = (top - rest_before).min(top - rest_after);
    let below = |rest: f64| move |v: &f64| *v < rest + ONSET_SHARE * range;
    let start = before.iter().rposition(below(rest_before)).or_else(|| {
        let nearest_first = before.iter().rev().enumerate();
        let lowest = nearest_first.min_by(|a, b| a.1.total_cmp(b.1));
        lowest.map(|(steps, _)| before.len() - 1 - steps)
    });
    let end = after
        .iter()
        .position(below(rest_after))
        .or_else(|| after.iter().enumerate().min_by(|a, b| a.1.total_cmp(b.1)).map(|(i, _)| i));
    let in_bottom = |v: &&f64| **v >= top - BOTTOM_SHARE * range;
    let down = before.iter().rev().skip(1).take_while(in_bottom).count();
    let up = after.iter().skip(1).take_while(in_bottom).count();
    Rep {
        start: first + start.unwrap_or(0),
        bottom_start: peak - down,
        bottom: peak,
        bottom_end: peak + up,
        end: peak + end.unwrap_or(0),
        range,
        status: RepStatus::Full,
    }
}
