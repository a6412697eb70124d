//! What a repetition is: start, bottom and end as shares of its own range. Recorded and live
//! repetitions are delimited by the same rule.

use super::scale::Scale;
use crate::math::at;
use crate::stats::quantile::{Scratch, quantile_in};

/// Rest is this quantile of the samples between two peaks: the minimum would follow the noise.
const REST_QUANTILE: f64 = 0.2;
/// Where the bottom is held so long that little of the time is rest, rest is the median of the samples
/// within this share of the way up from the lowest.
const FLOOR_SHARE: f64 = 0.2;

/// Whether a repetition counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum RepStatus {
    /// A full repetition.
    Full = 0,
    /// Less than 0.6 of the usual range.
    Partial = 1,
    /// The movement did not come back by 60 % before the next lowest point, or before the end.
    IncompleteReturn = 2,
    /// More than a fifth of it was not seen.
    MissingData = 3,
    /// More than a fifth of it was outside of what the caller allows, such as standing on one leg.
    LostStance = 4,
    /// It was on its way when the recording began.
    StartTransient = 5,
    /// The signal moved, the body did not do this exercise: it walked, jumped or bent over.
    OtherMovement = 6,
}

/// Name and plain words of each status, in the order of their codes.
pub const REP_STATUS_TABLE: [(RepStatus, &str, &str); 7] = [
    (RepStatus::Full, "full", "counted"),
    (RepStatus::Partial, "partial", "too shallow"),
    (RepStatus::IncompleteReturn, "incomplete_return", "no full return"),
    (RepStatus::MissingData, "missing_data", "frames missing"),
    (RepStatus::LostStance, "lost_stance", "stance lost"),
    (RepStatus::StartTransient, "start_transient", "began before the recording"),
    (RepStatus::OtherMovement, "other_movement", "another movement"),
];

impl RepStatus {
    /// Name in the API.
    pub fn name(self) -> &'static str {
        REP_STATUS_TABLE.get(self as usize).map_or("", |row| row.1)
    }
}

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

impl Rep {
    /// A peak without an extent of its own.
    pub fn without_extent(index: usize, status: RepStatus) -> Self {
        Self {
            start: index,
            bottom_start: index,
            bottom: index,
            bottom_end: index,
            end: index,
            range: f64::NAN,
            status,
        }
    }
}

/// A peak, delimited, with the level of rest on its two sides.
#[derive(Debug, Clone, Copy)]
pub struct DelimitedRep {
    /// The repetition.
    pub rep: Rep,
    /// Rest before and after, in the unit of the series.
    pub rest: [f64; 2],
}

/// Delimits the repetition around a peak of `series`, which is in the unit of even noise of `scale`. Its
/// samples lie in `first..=last`, which reaches to the neighbouring peaks at most.
pub fn delimit(
    series: &[f64],
    scale: Scale,
    peak: usize,
    first: usize,
    last: usize,
    scratch: &mut Scratch,
) -> DelimitedRep {
    let top = at(series, peak);
    let before = series.get(first..=peak).unwrap_or_default();
    let after = series.get(peak..=last).unwrap_or_default();
    let rest = [rest_level(before, top, scratch), rest_level(after, top, scratch)];
    delimit_with_rest(series, scale, peak, first, last, rest)
}

/// As [`delimit`], where the levels of rest before and after are known.
pub fn delimit_with_rest(
    series: &[f64],
    scale: Scale,
    peak: usize,
    first: usize,
    last: usize,
    rest: [f64; 2],
) -> DelimitedRep {
    let [rest_before, rest_after] = rest;
    let top = at(series, peak);
    let before = series.get(first..=peak).unwrap_or_default();
    let after = series.get(peak..=last).unwrap_or_default();
    let range = (top - rest_before).min(top - rest_after);
    let (onset, bottom) = (scale.onset_share() * range, scale.bottom_share() * range);
    let below = |rest: f64| move |v: &f64| *v < rest + onset;
    let start = before.iter().rposition(below(rest_before)).or_else(|| {
        let nearest_first = before.iter().rev().enumerate();
        let lowest = nearest_first.min_by(|a, b| a.1.total_cmp(b.1));
        lowest.map(|(steps, _)| before.len() - 1 - steps)
    });
    let end = after
        .iter()
        .position(below(rest_after))
        .or_else(|| after.iter().enumerate().min_by(|a, b| a.1.total_cmp(b.1)).map(|(i, _)| i));
    let in_bottom = |v: &&f64| **v >= top - bottom;
    let down = before.iter().rev().skip(1).take_while(in_bottom).count();
    let up = after.iter().skip(1).take_while(in_bottom).count();
    let rep = Rep {
        start: first + start.unwrap_or(0),
        bottom_start: peak - down,
        bottom: peak,
        bottom_end: peak + up,
        end: peak + end.unwrap_or(0),
        range: scale.to_own_unit(top) - scale.to_own_unit(rest_before.max(rest_after)),
        status: RepStatus::Full,
    };
    DelimitedRep { rep, rest }
}

/// The level of rest on one side of a peak that reaches up to `top`.
pub fn rest_level(side: &[f64], top: f64, scratch: &mut Scratch) -> f64 {
    let usual = quantile_in(side.iter().copied(), REST_QUANTILE, scratch);
    let floor = side.iter().copied().fold(f64::NAN, f64::min);
    let near = floor + FLOOR_SHARE * (top - floor);
    // All samples of a short rest lie near the floor; a long one has its fifth there anyway.
    if usual <= near {
        return usual;
    }
    quantile_in(side.iter().copied().filter(|v| *v <= near), 0.5, scratch)
}
