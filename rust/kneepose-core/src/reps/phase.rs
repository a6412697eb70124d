//! Definition of a repetition: start, bottom and end at fractions of its range, for recorded and
//! live signals.

use super::scale::Scale;
use crate::math::at;
use crate::stats::quantile::{Scratch, quantile_in, quantile_of};

/// Quantile of the samples between two peaks that estimates rest. The minimum would depend on
/// noise.
/// Source: science.md 5.
const REST_QUANTILE: f64 = 0.2;
/// Maximum height of rest above the minimum, as a fraction of the rise to the peak. Samples below
/// it are used if the quantile does not represent rest, because a long hold at the bottom leaves
/// few samples of rest.
/// Source: chosen: the samples near the minimum (decision 0004), with room for noise; held by test
/// tests/reps/test_parity.py.
const REST_HEIGHT_FRACTION: f64 = 0.2;
/// Half the height of the band in which a signal counts as constant, as a fraction of the range.
/// Even a rise that takes 5 s leaves the band within half a second.
/// Source: chosen: the sway of a person who stands; held by test tests/reps/test_worse.py.
const STANDING_BAND: f64 = 0.1;

/// Status of a repetition; only full ones count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum RepStatus {
    /// A full repetition.
    Full = 0,
    /// The range is below 0.6 of the typical range, or too small for the exercise.
    Partial = 1,
    /// The signal did not return far enough before the next repetition or the end.
    IncompleteReturn = 2,
    /// More than a fifth of the repetition lies in long gaps, or more than 60 % of it is missing.
    MissingData = 3,
    /// In more than a fifth of the repetition, samples are excluded by the caller, such as those
    /// without standing on one leg.
    LostStance = 4,
    /// The repetition began before the recording.
    StartTransient = 5,
    /// The movement is another one, such as walking, jumping or bending over.
    OtherMovement = 6,
}

/// All statuses in the order of their codes: name in the API and short text.
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
    /// Last sample before the peak that is below 10 % of the range above rest (5 % for
    /// [`Scale::Sinking`] and [`Scale::Descent`]).
    pub start: usize,
    /// First sample of the bottom: the samples around the peak within 5 % of the range from it (10
    /// % for [`Scale::Sinking`] and [`Scale::Descent`]).
    pub bottom_start: usize,
    /// Index of the peak, which is the deepest sample.
    pub bottom: usize,
    /// Last sample of the bottom.
    pub bottom_end: usize,
    /// First sample after the peak that is below 10 % of the range above rest (5 % for
    /// [`Scale::Sinking`] and [`Scale::Descent`]).
    pub end: usize,
    /// Range of motion: height of the peak above the higher of the two rest levels, in the unit of
    /// the signal.
    pub range: f64,
    /// Range in the series in which the repetition was found, by which repetitions are graded. It
    /// differs from `range` if repetitions are counted by the descent of the body.
    pub size: f64,
    /// Probability that the movement is the exercise, from the posture evidence; NaN if it was not
    /// assessed.
    pub probability: f64,
    /// Status: full, partial or the reason of a rejection.
    pub status: RepStatus,
}

impl Rep {
    /// Makes a repetition at a single sample, with range NaN.
    pub fn without_extent(index: usize, status: RepStatus) -> Self {
        Self {
            start: index,
            bottom_start: index,
            bottom: index,
            bottom_end: index,
            end: index,
            range: f64::NAN,
            size: f64::NAN,
            probability: f64::NAN,
            status,
        }
    }
}

impl Rep {
    /// Copy whose indices are increased by `by`.
    pub(super) fn shifted(self, by: usize) -> Self {
        Self {
            start: self.start + by,
            bottom_start: self.bottom_start + by,
            bottom: self.bottom + by,
            bottom_end: self.bottom_end + by,
            end: self.end + by,
            ..self
        }
    }

    /// Start, end and range of a repetition in the signal of the exercise, combined with those of
    /// `found`, which was found in another series. If the signal shows the same movement, its own
    /// start and end are used, otherwise those of `found`. Size and bottom are those of `found`:
    /// the bottom is the lowest point of the body.
    pub(super) fn within(self, found: &Self, scale: Scale, min_range: f64) -> Self {
        let same = self.start <= found.bottom && found.bottom <= self.end;
        if same && self.range >= scale.least_share() * min_range {
            Self {
                size: found.size,
                probability: found.probability,
                status: found.status,
                bottom: found.bottom,
                bottom_start: self.bottom_start.min(found.bottom),
                bottom_end: self.bottom_end.max(found.bottom),
                ..self
            }
        } else {
            Self { range: self.range, ..*found }
        }
    }
}

/// Repetition with its start and end, and the rest levels on both sides.
#[derive(Debug, Clone, Copy)]
pub struct DelimitedRep {
    /// The repetition with its indices.
    pub rep: Rep,
    /// Rest levels before and after the repetition, in the unit of the series.
    pub rest: [f64; 2],
}

/// Determines start, bottom and end of the repetition at a peak of `series`, which is on the scale
/// of uniform noise. The repetition lies in `first..=last`, which extends at most to the
/// neighboring peaks. If one rest level is far below the other, the person may have moved to
/// another place on that side. The other level is then used, provided that the signal first stays
/// near it for `standing` samples.
pub fn delimit(
    series: &[f64],
    scale: Scale,
    peak: usize,
    [first, last]: [usize; 2],
    standing: usize,
    scratch: &mut Scratch,
) -> DelimitedRep {
    let top = at(series, peak);
    let before = series.get(first..=peak).unwrap_or_default();
    let after = series.get(peak..=last).unwrap_or_default();
    let [start, end] = [before, after].map(|side| rest_level(side, top, scratch));
    let elsewhere = |own: f64, other: f64| scale.is_elsewhere(own, other, top - other);
    let stands = |side: &[f64], level: f64| {
        let at_level = |v: &f64| (v - level).abs() <= STANDING_BAND * (top - level);
        side.chunk_by(|a, b| at_level(a) == at_level(b))
            .any(|run| run.len() >= standing && run.first().is_some_and(at_level))
    };
    let rest = |side: &[f64], own: f64, other: f64| {
        if elsewhere(own, other) && stands(side, other) { other } else { own }
    };
    let rest = [rest(before, start, end), rest(after, end, start)];
    delimit_with_rest(series, scale, peak, first, last, rest)
}

/// Same as [`delimit`], with known rest levels before and after.
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
    let size = scale.range(top, rest_before.max(rest_after));
    let rep = Rep {
        start: first + start.unwrap_or(0),
        bottom_start: peak - down,
        bottom: peak,
        bottom_end: peak + up,
        end: peak + end.unwrap_or(0),
        range: size,
        size,
        probability: f64::NAN,
        status: RepStatus::Full,
    };
    DelimitedRep { rep, rest }
}

/// Rest level on one side of a peak, whose height is `top`.
pub fn rest_level(side: &[f64], top: f64, scratch: &mut Scratch) -> f64 {
    let usual = quantile_of(side, REST_QUANTILE, scratch);
    let lowest = side.iter().copied().fold(f64::NAN, f64::min);
    let rest_limit = lowest + REST_HEIGHT_FRACTION * (top - lowest);
    // The quantile represents rest if it lies near the minimum. Otherwise less than a fifth of the
    // samples is rest.
    if usual <= rest_limit {
        return usual;
    }
    quantile_in(side.iter().copied().filter(|v| *v <= rest_limit), 0.5, scratch)
}
