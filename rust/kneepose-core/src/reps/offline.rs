//! Repetitions of a whole recording: peaks that stand out from what lies around them.

use super::noise_gate::{ABOVE_NOISE, MovementPath, is_noise, noise_at_rest, typical_height};
use super::peaks::{Peak, find_peaks, thin_out};
use super::phase::{DelimitedRep, Rep, RepStatus, delimit};
use super::scale::Scale;
use super::truncated::{mark_truncated, reps_cut_by_ends};
use crate::error::{Error, Result};
use crate::math::at;
use crate::signal::gap::fill;
use crate::signal::lowpass::Lowpass;
use crate::signal::outlier::hampel;
use crate::stats::quantile::{Scratch, quantile_in, third_largest};

/// Cut-off of the low-pass that serves the segmentation only, Hz.
const CUTOFF_HZ: f64 = 3.0;
/// Rest is looked for this far around a repetition, seconds.
const REACH_S: f64 = 15.0;
/// Two repetitions are at least this far apart, and a series shorter than this has none.
const LEAST_DISTANCE_S: f64 = 0.5;
/// What is there and back sooner is a jump of the estimate, seconds.
const LEAST_LENGTH_S: f64 = 0.5;
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
    segment_with_rejections(series, allowed, how, |reps| vec![None; reps.len()])
}

/// As [`segment`]; `rejections` says for each repetition why it is none although it looks well in the
/// series, so that it does not have a say in what range is usual either.
///
/// # Errors
/// As [`segment`].
pub fn segment_with_rejections(
    series: &[f64],
    allowed: Option<&[bool]>,
    how: &Segmentation,
    rejections: impl FnOnce(&[Rep]) -> Vec<Option<RepStatus>>,
) -> Result<Vec<Rep>> {
    how.check()?;
    if let Some(allowed) = allowed.filter(|allowed| allowed.len() != series.len()) {
        return Err(Error::Shape(format!(
            "allowed has {} samples and the series {}; they must be as long as each other",
            allowed.len(),
            series.len()
        )));
    }
    let Some((offset, smooth)) = smooth_series(series, how) else { return Ok(Vec::new()) };
    let reach = sample_count(REACH_S, how.fs);

    let own: Vec<f64> = smooth.iter().map(|v| how.scale.to_own_unit(*v)).collect();
    let ok = |i: usize| allowed.is_none_or(|allowed| allowed.get(offset + i) == Some(&true));
    let mut peaks = find_peaks(&smooth);
    for peak in &mut peaks {
        let top = at(&smooth, peak.index);
        peak.prominence = how.scale.to_own_unit(top) - how.scale.to_own_unit(top - peak.prominence);
    }
    let mut peaks = keep_prominent(peaks, how, ok);
    thin_out(&mut peaks, &smooth, (LEAST_DISTANCE_S * how.fs).ceil().max(1.0) as usize);
    let unreturned = remove_unreturned(&mut peaks, &own, how.scale.return_share(), reach);

    let mut scratch = Scratch::new();
    let mut found = delimit_all(&smooth, &own, &peaks, how, &mut scratch);
    let jumps = |(rep, _): &(Rep, f64)| {
        rep.status == RepStatus::Full && ((rep.end - rep.start) as f64) < LEAST_LENGTH_S * how.fs
    };
    if found.iter().any(jumps) {
        let mut jumped = found.iter().map(jumps);
        peaks.retain(|_| !jumped.next().unwrap_or(false));
        found = delimit_all(&smooth, &own, &peaks, how, &mut scratch);
    }
    let noise = noise_at_rest(&smooth, &reps_of(&found), how.fs, &mut scratch);
    found.retain(|(rep, height)| {
        let small =
            rep.range < how.scale.least_share() * how.min_range && rep.status == RepStatus::Full;
        !small && *height >= ABOVE_NOISE * noise
    });
    let paths = paths_of(&smooth, &found, how.min_range);
    if is_noise(typical_height(&paths, &mut scratch), &paths, noise, &mut scratch) {
        found.clear();
    }
    let mut reps = reps_of(&found);
    let least = least_prominence(&peaks, how.min_range);
    reps.extend(reps_cut_by_ends(&own, &reps, least, reach));
    // A pulse has a place but no extent of its own: it belongs to its neighbour's repetition.
    reps.extend(
        unreturned.iter().map(|p| Rep::without_extent(p.index, RepStatus::IncompleteReturn)),
    );
    reps.sort_by_key(|rep| rep.bottom);
    let unseen = long_gaps(series, sample_count(BRIDGED_S, how.fs));
    for rep in &mut reps {
        shift_indices(rep, offset);
        if rep.status == RepStatus::Full {
            rep.status =
                unreliable_status(rep, series, &unseen, allowed).unwrap_or(RepStatus::Full);
        }
    }
    for (rep, why) in
        (0..).zip(rejections(&reps)).filter_map(|(i, why): (usize, _)| Some((i, why?)))
    {
        if let Some(rep) = reps.get_mut(rep).filter(|rep| rep.status == RepStatus::Full) {
            rep.status = why;
        }
    }
    grade_reps(&mut reps, how.min_range);
    Ok(reps)
}

/// The repetition at each peak, and how high it is over the higher rest, in the unit of even noise.
fn delimit_all(
    smooth: &[f64],
    own: &[f64],
    peaks: &[Peak],
    how: &Segmentation,
    scratch: &mut Scratch,
) -> Vec<(Rep, f64)> {
    let last_sample = smooth.len() - 1;
    let reach = sample_count(REACH_S, how.fs);
    let mut found = Vec::with_capacity(peaks.len());
    for (i, peak) in peaks.iter().enumerate() {
        let before = i.checked_sub(1).and_then(|i| peaks.get(i)).map_or(0, |p| p.index);
        let after = peaks.get(i + 1).map_or(last_sample, |p| p.index);
        let first = before.max(peak.index.saturating_sub(reach));
        let last = after.min(peak.index + reach);
        let delimited = delimit(smooth, how.scale, peak.index, first, last, scratch);
        let [before, after] = delimited.rest;
        let height = at(smooth, peak.index) - before.max(after);
        let rest = delimited.rest.map(|rest| how.scale.to_own_unit(rest));
        let delimited = DelimitedRep { rest, ..delimited };
        let edges = [first == 0, last == last_sample];
        found.push((mark_truncated(&delimited, own, how.scale.return_share(), edges), height));
    }
    found
}

fn reps_of(found: &[(Rep, f64)]) -> Vec<Rep> {
    found.iter().map(|(rep, _)| *rep).collect()
}

/// The ways of those that would count.
fn paths_of(smooth: &[f64], found: &[(Rep, f64)], min_range: f64) -> Vec<MovementPath> {
    let mut reps = reps_of(found);
    grade_reps(&mut reps, min_range);
    let counting = reps.iter().zip(found).filter(|(rep, _)| rep.status == RepStatus::Full);
    counting
        .map(|(rep, (_, height))| {
            MovementPath::of(smooth.get(rep.start..=rep.end).unwrap_or_default(), *height)
        })
        .collect()
}

/// Why a repetition is not to be trusted whatever its size: too much of it was not seen, or not allowed.
fn unreliable_status(
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
fn smooth_series(series: &[f64], how: &Segmentation) -> Option<(usize, Vec<f64>)> {
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
        clean.get(first..=last)?.iter().map(|v| how.scale.to_even_noise(*v)).collect();
    let index: Vec<f64> = (0..stretch.len()).map(|i| i as f64).collect();
    fill(&index, &mut stretch, 1.0, f64::INFINITY);
    Lowpass::new(CUTOFF_HZ, how.fs)?.apply(&mut stretch);
    Some((first, stretch))
}

/// Peaks of at least a quarter of the usual prominence among those that reach the least range where
/// repetitions may be.
fn keep_prominent(
    mut peaks: Vec<Peak>,
    how: &Segmentation,
    allowed: impl Fn(usize) -> bool,
) -> Vec<Peak> {
    let large = peaks.iter().filter(|p| p.prominence >= how.min_range && allowed(p.index));
    let usual = typical_size(large.map(|p| p.prominence), &mut Vec::new());
    let least = (SHARE_OF_USUAL * usual).max(how.scale.least_share() * how.min_range);
    peaks.retain(|p| usual.is_finite() && p.prominence >= least);
    peaks
}

/// Takes out the lower of two neighbours between which the signal does not come back toward the lowest
/// level within `reach` samples.
fn remove_unreturned(peaks: &mut Vec<Peak>, smooth: &[f64], share: f64, reach: usize) -> Vec<Peak> {
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

/// How far the signal must move to be worth a word.
fn least_prominence(peaks: &[Peak], min_range: f64) -> f64 {
    let usual = typical_size(peaks.iter().map(|p| p.prominence), &mut Vec::new());
    (SHARE_OF_USUAL * usual).max(min_range)
}

/// Full or partial, against the usual range of those that nothing speaks against.
pub fn grade_reps(reps: &mut [Rep], min_range: f64) {
    let sound = reps.iter().filter(|rep| rep.status == RepStatus::Full);
    let usual = typical_size(sound.map(|rep| rep.range), &mut Vec::new());
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
pub fn typical_size(sizes: impl Iterator<Item = f64> + Clone, scratch: &mut Scratch) -> f64 {
    let least = LARGE_SHARE * third_largest(sizes.clone());
    quantile_in(sizes.filter(|size| *size >= least), 0.5, scratch)
}

/// Nearest whole number of samples, one at least.
pub(super) fn sample_count(seconds: f64, fs: f64) -> usize {
    (seconds * fs).round().max(1.0) as usize
}

fn shift_indices(rep: &mut Rep, by: usize) {
    for index in
        [&mut rep.start, &mut rep.bottom_start, &mut rep.bottom, &mut rep.bottom_end, &mut rep.end]
    {
        *index += by;
    }
}
