//! Repetitions of a whole recording: peaks that stand out from what lies around them.

use super::peaks::{Peak, find_peaks, thin_out};
use super::phase::{Delimited, Rep, RepStatus, delimit};
use super::scale::Scale;
use crate::error::{Error, Result};
use crate::signal::at;
use crate::signal::gap::fill;
use crate::signal::lowpass::Lowpass;
use crate::signal::outlier::hampel;
use crate::signal::quantile::{Scratch, median, quantile_in};

/// Cut-off of the low-pass that serves the segmentation only, Hz.
const CUTOFF_HZ: f64 = 3.0;
/// Rest is looked for this far around a repetition, seconds.
const REACH_S: f64 = 15.0;
/// Two repetitions are at least this far apart, and a series shorter than this has none.
const LEAST_DISTANCE_S: f64 = 0.5;
/// A peak counts from this share of the usual prominence.
const SHARE_OF_USUAL: f64 = 0.25;
/// A full repetition has at least this share of the usual range, and of the least range.
pub const FULL_SHARE: f64 = 0.6;
/// Filters take a little off the range.
const FULL_OF_LEAST: f64 = 0.8;
/// A repetition may have this share of its samples missing or not allowed.
pub(crate) const TOLERATED_SHARE: f64 = 0.2;
/// A gap up to this long says where the signal went between its ends, seconds.
pub(super) const BRIDGED_S: f64 = 0.8;
/// A repetition reaches this many standard deviations of what shakes at rest.
const BEYOND_SHAKING: f64 = 4.0;
/// Rest is looked at in stretches of this many samples, at least so many.
const REST_STRETCH: usize = 90;
const LEAST_STRETCH: usize = 10;
/// Sizes of at least this share of the third largest are of the usual kind.
const LARGE_SHARE: f64 = 0.5;
/// And this share of it may be missing in gaps of any length.
const MOST_MISSING: f64 = 0.6;
/// Least spread by which outliers of the series are judged, in its own unit.
const SPREAD_FLOOR: f64 = 0.5;

/// No motion is sampled faster, in Hz.
const HIGHEST_RATE: f64 = 100_000.0;

/// What to look for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Segmentation {
    /// Samples per second.
    pub fs: f64,
    /// Least range of motion of a repetition, in the unit of the series.
    pub min_range: f64,
    /// Whether single outliers are taken out first. Conditioned coordinates have none left.
    pub despike: bool,
    /// How the series relates to what was measured.
    pub scale: Scale,
}

impl Segmentation {
    /// # Errors
    /// [`Error::Option`] where `fs` or `min_range` is not a positive number.
    pub(super) fn check(&self) -> Result<()> {
        for (name, value) in [("fs", self.fs), ("min_range", self.min_range)] {
            if !value.is_finite() || value <= 0.0 {
                return Err(Error::Option(format!(
                    "{name} is {value}; it must be a positive number"
                )));
            }
        }
        if self.fs > HIGHEST_RATE {
            return Err(Error::Option(format!(
                "fs is {} samples per second; at most {HIGHEST_RATE} make sense",
                self.fs
            )));
        }
        Ok(())
    }
}

/// Finds the repetitions of `series` in time order. NaN is missing; `allowed` marks the samples in
/// which a repetition may lie.
///
/// # Errors
/// [`Error::Option`] where `fs` or `min_range` is not a positive number, [`Error::Shape`] where
/// `allowed` is not as long as the series.
pub fn segment(series: &[f64], allowed: Option<&[bool]>, how: &Segmentation) -> Result<Vec<Rep>> {
    segment_if(series, allowed, how, |reps| vec![None; reps.len()])
}

/// As [`segment`]; `objections` says for each repetition why it is none although it looks well in the
/// series, so that it does not have a say in what range is usual either.
///
/// # Errors
/// As [`segment`].
pub fn segment_if(
    series: &[f64],
    allowed: Option<&[bool]>,
    how: &Segmentation,
    objections: impl FnOnce(&[Rep]) -> Vec<Option<RepStatus>>,
) -> Result<Vec<Rep>> {
    how.check()?;
    if let Some(allowed) = allowed.filter(|allowed| allowed.len() != series.len()) {
        return Err(Error::Shape(format!(
            "allowed has {} samples and the series {}; they must be as long as each other",
            allowed.len(),
            series.len()
        )));
    }
    let Some((offset, smooth)) = smoothed(series, how) else { return Ok(Vec::new()) };
    let samples = |seconds: f64| (seconds * how.fs).round().max(1.0) as usize;
    let reach = samples(REACH_S);

    let own: Vec<f64> = smooth.iter().map(|v| how.scale.own(*v)).collect();
    let ok = |i: usize| allowed.is_none_or(|allowed| allowed.get(offset + i) == Some(&true));
    let mut peaks = find_peaks(&smooth);
    for peak in &mut peaks {
        let top = at(&smooth, peak.index);
        peak.prominence = how.scale.own(top) - how.scale.own(top - peak.prominence);
    }
    let mut peaks = standing_out(peaks, how, ok);
    thin_out(&mut peaks, &smooth, (LEAST_DISTANCE_S * how.fs).ceil().max(1.0) as usize);
    let unreturned = without_return(&mut peaks, &own, how.scale.return_share(), reach);

    let last_sample = smooth.len() - 1;
    let mut scratch = Scratch::new();
    let mut heights: Vec<(usize, f64)> = Vec::with_capacity(peaks.len());
    let mut reps: Vec<Rep> = Vec::with_capacity(peaks.len() + unreturned.len());
    for (i, peak) in peaks.iter().enumerate() {
        let before = i.checked_sub(1).and_then(|i| peaks.get(i)).map_or(0, |p| p.index);
        let after = peaks.get(i + 1).map_or(last_sample, |p| p.index);
        let first = before.max(peak.index.saturating_sub(reach));
        let last = after.min(peak.index + reach);
        let found = delimit(&smooth, how.scale, peak.index, first, last, &mut scratch);
        let [before, after] = found.rest;
        heights.push((peak.index, at(&smooth, peak.index) - before.max(after)));
        let rest = found.rest.map(|rest| how.scale.own(rest));
        reps.push(cut_off(
            &Delimited { rest, ..found },
            &own,
            how.scale.return_share(),
            [first == 0, last == last_sample],
        ));
    }
    let shaking = shaking_at_rest(&smooth, &reps, &mut scratch);
    reps.retain(|rep| {
        let height = heights.iter().find(|(peak, _)| *peak == rep.bottom).map_or(0.0, |h| h.1);
        let small =
            rep.range < how.scale.least_share() * how.min_range && rep.status == RepStatus::Full;
        !small && height >= BEYOND_SHAKING * shaking
    });
    let least = standing_least(&peaks, how.min_range);
    reps.extend(beyond_the_edges(&own, &reps, least, reach));
    // A pulse has a place but no extent of its own: it belongs to its neighbour's repetition.
    reps.extend(unreturned.iter().map(|p| Rep::pulse(p.index, RepStatus::IncompleteReturn)));
    reps.sort_by_key(|rep| rep.bottom);
    let unseen = long_gaps(series, samples(BRIDGED_S));
    for rep in &mut reps {
        shift(rep, offset);
        if rep.status == RepStatus::Full {
            rep.status = damage(rep, series, &unseen, allowed).unwrap_or(RepStatus::Full);
        }
    }
    for (rep, why) in
        (0..).zip(objections(&reps)).filter_map(|(i, why): (usize, _)| Some((i, why?)))
    {
        if let Some(rep) = reps.get_mut(rep).filter(|rep| rep.status == RepStatus::Full) {
            rep.status = why;
        }
    }
    grade(&mut reps, how.min_range);
    Ok(reps)
}

/// Why a repetition is not to be trusted whatever its size: too much of it was not seen, or not allowed.
fn damage(
    rep: &Rep,
    series: &[f64],
    unseen: &[bool],
    allowed: Option<&[bool]>,
) -> Option<RepStatus> {
    let inside = rep.start..=rep.end;
    let share = |flags: &[bool], bad: bool| {
        let flags = flags.get(inside.clone()).unwrap_or_default();
        flags.iter().filter(|flag| **flag == bad).count() as f64 / flags.len().max(1) as f64
    };
    let inside = series.get(rep.start..=rep.end).unwrap_or_default();
    let missing = inside.iter().filter(|v| !v.is_finite()).count() as f64;
    let mostly_missing = missing > MOST_MISSING * inside.len() as f64;
    if mostly_missing || share(unseen, true) > TOLERATED_SHARE {
        Some(RepStatus::MissingData)
    } else if allowed.is_some_and(|allowed| share(allowed, false) > TOLERATED_SHARE) {
        Some(RepStatus::LostStance)
    } else {
        None
    }
}

/// Samples in gaps that are too long to say where the signal went.
fn long_gaps(series: &[f64], longest: usize) -> Vec<bool> {
    let mut unseen = vec![false; series.len()];
    let mut first = 0;
    for gap in series.chunk_by(|a, b| a.is_finite() == b.is_finite()) {
        let last = first + gap.len();
        if gap.len() > longest && gap.first().is_some_and(|v| !v.is_finite()) {
            unseen.iter_mut().take(last).skip(first).for_each(|flag| *flag = true);
        }
        first = last;
    }
    unseen
}

/// The finite stretch of the series without outliers, gaps bridged, low-passed; and where it begins.
fn smoothed(series: &[f64], how: &Segmentation) -> Option<(usize, Vec<f64>)> {
    let mut clean = series.to_vec();
    for value in &mut clean {
        if !value.is_finite() {
            *value = f64::NAN;
        }
    }
    if how.despike {
        for (value, out) in clean.iter_mut().zip(hampel(series, SPREAD_FLOOR)) {
            if out {
                *value = f64::NAN;
            }
        }
    }
    let first = clean.iter().position(|v| v.is_finite())?;
    let last = clean.iter().rposition(|v| v.is_finite())?;
    let seen = clean.iter().filter(|v| v.is_finite()).count();
    if (seen as f64) < LEAST_DISTANCE_S * how.fs {
        return None;
    }
    let mut stretch: Vec<f64> =
        clean.get(first..=last)?.iter().map(|v| how.scale.even(*v)).collect();
    let index: Vec<f64> = (0..stretch.len()).map(|i| i as f64).collect();
    fill(&index, &mut stretch, 1.0, f64::INFINITY);
    Lowpass::new(CUTOFF_HZ, how.fs)?.apply(&mut stretch);
    Some((first, stretch))
}

/// Peaks of at least a quarter of the usual prominence among those that reach the least range where
/// repetitions may be.
fn standing_out(
    mut peaks: Vec<Peak>,
    how: &Segmentation,
    allowed: impl Fn(usize) -> bool,
) -> Vec<Peak> {
    let large = peaks.iter().filter(|p| p.prominence >= how.min_range && allowed(p.index));
    let usual = usual_of(&mut large.map(|p| p.prominence).collect::<Vec<_>>());
    let least = (SHARE_OF_USUAL * usual).max(how.scale.least_share() * how.min_range);
    peaks.retain(|p| usual.is_finite() && p.prominence >= least);
    peaks
}

/// Takes out the lower of two neighbours between which the signal does not come back toward the lowest
/// level within `reach` samples.
fn without_return(peaks: &mut Vec<Peak>, smooth: &[f64], share: f64, reach: usize) -> Vec<Peak> {
    let lowest = |range: std::ops::RangeInclusive<usize>| {
        let values = smooth.get(range).unwrap_or_default();
        values.iter().copied().fold(f64::INFINITY, f64::min)
    };
    let last = smooth.len().saturating_sub(1);
    let mut kept: Vec<Peak> = Vec::with_capacity(peaks.len());
    let mut dropped = Vec::new();
    for &peak in peaks.iter() {
        let height = at(smooth, peak.index);
        let Some(&before) = kept.last() else {
            kept.push(peak);
            continue;
        };
        let valley = lowest(before.index..=peak.index);
        let rest = lowest(before.index.saturating_sub(reach)..=(peak.index + reach).min(last));
        let smaller = height.min(at(smooth, before.index));
        if valley - rest <= share * (smaller - rest) {
            kept.push(peak);
        } else if height > at(smooth, before.index) {
            dropped.push(before);
            kept.pop();
            kept.push(peak);
        } else {
            dropped.push(peak);
        }
    }
    *peaks = kept;
    dropped
}

/// Marks a repetition whose beginning or end the recording does not show: next to its edge the signal
/// never came back toward the rest that the other side shows.
fn cut_off(found: &Delimited, smooth: &[f64], share: f64, [at_begin, at_end]: [bool; 2]) -> Rep {
    let mut rep = found.rep;
    let [before, after] = found.rest;
    let top = at(smooth, rep.bottom);
    let far = |own: f64, other: f64| own - other > share * (top - other);
    let lowest = |range: std::ops::RangeInclusive<usize>| {
        let values = smooth.get(range).unwrap_or_default();
        values.iter().copied().fold(f64::INFINITY, f64::min)
    };
    if at_begin && far(lowest(0..=rep.bottom), after) {
        rep.status = RepStatus::StartTransient;
    } else if at_end && far(lowest(rep.bottom..=smooth.len() - 1), before) {
        rep.status = RepStatus::IncompleteReturn;
    }
    rep
}

/// How far the signal must move to be worth a word.
fn standing_least(peaks: &[Peak], min_range: f64) -> f64 {
    let usual = usual_of(&mut peaks.iter().map(|p| p.prominence).collect::<Vec<_>>());
    (SHARE_OF_USUAL * usual).max(min_range)
}

/// A movement that had no peak in the recording: it was past it at the beginning, or before it at the
/// end.
fn beyond_the_edges(smooth: &[f64], reps: &[Rep], least: f64, reach: usize) -> Vec<Rep> {
    let last = smooth.len() - 1;
    let first_peak = reps.first().map_or(last, |rep| rep.bottom);
    let last_peak = reps.last().map_or(0, |rep| rep.bottom);
    let lowest = |range: std::ops::RangeInclusive<usize>| {
        let values = smooth.get(range).unwrap_or_default();
        values.iter().copied().fold(f64::INFINITY, f64::min)
    };
    let falls = at(smooth, 0) - lowest(0..=first_peak.min(reach));
    let rises = at(smooth, last) - lowest(last_peak.max(last.saturating_sub(reach))..=last);
    let mut edges = Vec::new();
    if falls >= least {
        edges.push(Rep::pulse(0, RepStatus::StartTransient));
    }
    if rises >= least {
        edges.push(Rep::pulse(last, RepStatus::IncompleteReturn));
    }
    edges
}

/// Full or partial, against the usual range of those that nothing speaks against.
pub fn grade(reps: &mut [Rep], min_range: f64) {
    let sound = reps.iter().filter(|rep| rep.status == RepStatus::Full);
    let usual = usual_of(&mut sound.map(|rep| rep.range).collect::<Vec<_>>());
    for rep in reps {
        if rep.status == RepStatus::Full && is_partial(rep.range, usual, min_range) {
            rep.status = RepStatus::Partial;
        }
    }
}

/// Whether a repetition is too small to count.
pub(super) fn is_partial(range: f64, usual: f64, min_range: f64) -> bool {
    range < (FULL_SHARE * usual).max(FULL_OF_LEAST * min_range)
}

/// What is usual among sizes: the median of those that are at least half of the third largest. Many
/// small movements during a long rest do not pull it down, and two that were too large do not pull it up.
pub fn usual_of(sizes: &mut [f64]) -> f64 {
    sizes.sort_unstable_by(|a, b| b.total_cmp(a));
    let large = sizes.get(2).or(sizes.last()).copied().unwrap_or(f64::NAN);
    let usual = sizes.partition_point(|size| *size >= LARGE_SHARE * large);
    let middle = |i: usize| sizes.get(i).copied().unwrap_or(f64::NAN);
    match usual.checked_sub(1) {
        Some(last) => 0.5 * (middle(last / 2) + middle(usual / 2)),
        None => f64::NAN,
    }
}

/// How much the signal shakes outside of the repetitions: the median over the stretches between them of
/// their robust standard deviations; 0 where there is none.
fn shaking_at_rest(smooth: &[f64], reps: &[Rep], scratch: &mut Scratch) -> f64 {
    const NORMAL: f64 = 1.4826;
    let mut spreads: Vec<f64> = Vec::new();
    let mut first = 0;
    let ends = reps.iter().map(|rep| (rep.start, rep.end)).chain([(smooth.len(), smooth.len())]);
    for (start, end) in ends {
        let rest = smooth.get(first..start).unwrap_or_default();
        for stretch in rest.chunks(REST_STRETCH) {
            if stretch.len() < LEAST_STRETCH {
                continue;
            }
            let middle = quantile_in(stretch.iter().copied(), 0.5, scratch);
            let off = stretch.iter().map(|v| (v - middle).abs());
            spreads.push(NORMAL * quantile_in(off, 0.5, scratch));
        }
        first = end.max(first);
    }
    if spreads.is_empty() { 0.0 } else { median(&spreads) }
}

fn shift(rep: &mut Rep, by: usize) {
    for index in
        [&mut rep.start, &mut rep.bottom_start, &mut rep.bottom, &mut rep.bottom_end, &mut rep.end]
    {
        *index += by;
    }
}
