//! Segmentation of a whole recording: each prominent peak is a repetition.

use super::noise_gate::{MIN_HEIGHT_SDS, MovementPath, is_noise, noise_at_rest, typical_height};
use super::peaks::{Peak, find_peaks, thin_out};
use super::phase::{DelimitedRep, Rep, RepStatus, delimit};
use super::scale::Scale;
use super::truncated::{lowest, mark_truncated, reps_cut_by_ends};
use crate::error::{Error, Result};
use crate::math::at;
use crate::math::sort::sort_items;
use crate::memory::{copied, filled, gathered, room};
use crate::signal::gap::fill;
use crate::signal::lowpass::Lowpass;
use crate::signal::outlier::hampel;
use crate::stats::quantile::{Scratch, of_sorted, quantile, quantile_in, third_largest};

/// Cutoff of the low-pass used for segmentation only, Hz.
/// Source: science.md 5.
const CUTOFF_HZ: f64 = 3.0;
/// Maximum distance from a peak at which rest is searched, seconds.
/// Source: chosen: longer than a hold of 12 s (decision 0004); held by test
/// tests/reps/test_parity.py.
const REST_SEARCH_S: f64 = 15.0;
/// Minimum distance between two peaks, and minimum duration of the visible samples of a series,
/// seconds.
/// Source: chosen: nobody repeats an exercise twice a second; held by test
/// tests/reps/test_parity.py.
const MIN_DISTANCE_S: f64 = 0.5;
/// Minimum duration of a repetition, seconds; a shorter one is a jump of the pose estimate.
/// Source: chosen: nobody bends and stretches a knee faster in an exercise; held by test
/// tests/reps/test_parity.py.
const MIN_DURATION_S: f64 = 0.5;
/// Minimum prominence as a fraction of the typical prominence.
/// Source: chosen: below partial repetitions, which reach 0.4 of the depth and more; held by test
/// tests/reps/test_parity.py.
const MIN_PROMINENCE_FRACTION: f64 = 0.25;
/// Minimum range of a full repetition as a fraction of the typical range.
/// Source: science.md 5.
pub const FULL_SHARE: f64 = 0.6;
/// Minimum range of a full repetition as a fraction of the minimum range; filters reduce the range
/// slightly.
/// Source: chosen: a 3 Hz low-pass reduces a fast repetition by this much; held by test
/// tests/reps/test_parity.py.
const FULL_MIN_RANGE_FRACTION: f64 = 0.8;
/// Maximum fraction of samples of a repetition that lie in long gaps or are not allowed.
/// Source: decision 0004.
pub(crate) const TOLERATED_SHARE: f64 = 0.2;
/// Maximum gap that is bridged by interpolation, seconds.
/// Source: decision 0004.
pub(super) const BRIDGED_S: f64 = 0.8;
/// Minimum size of a repetition that is used for the typical size, as a fraction of the third
/// largest.
/// Source: decision 0004.
const LARGE_SIZE_FRACTION: f64 = 0.5;
/// Maximum fraction of missing samples in a repetition, in gaps of any length.
/// Source: chosen: less than most of a repetition may be interpolated; held by test
/// tests/reps/test_parity.py.
const MAX_MISSING_FRACTION: f64 = 0.6;
/// Minimum median absolute deviation for the outlier test, in the unit of the series.
/// Source: science.md 8, where the minimum is half a unit.
const MIN_MAD: f64 = 0.5;

/// Quantile of the descent that represents upright standing.
/// Source: chosen: a tenth of the frames may be outliers; measured by docs/evidence/counting.md.
const TALL_QUANTILE: f64 = 0.1;

/// Minimum height of the typical peak above the typical valley at which the valleys represent
/// standing, as a fraction of the second largest prominence.
/// Source: chosen: between the returns of a pulse and of a repetition; held by test
/// tests/reps/test_worse.py.
const STANDING_SHARE: f64 = 0.6;
/// Minimum number of peaks whose valleys can represent standing.
/// Source: chosen: a single squat of a real person can have two peaks; held by test
/// tests/reps/test_worse.py.
const MIN_PEAKS: usize = 4;
/// Minimum time at a constant height that counts as standing, seconds.
/// Source: chosen: the shortest pause of someone who stands before or after a set; held by test
/// tests/reps/test_worse.py.
const STANDING_S: f64 = 0.5;

/// Maximum sampling rate, Hz.
/// Source: chosen: no camera is faster, and windows at this rate fit in memory; held by test
/// tests/whole/test_bad_arguments.py.
const MAX_RATE_HZ: f64 = 100_000.0;

/// Settings of the segmentation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Segmentation {
    /// Sampling rate, Hz.
    pub fs: f64,
    /// Minimum range of motion of a repetition, in the unit of the series.
    pub min_range: f64,
    /// If true, single outliers are removed first. Conditioned coordinates contain none.
    pub despike: bool,
    /// Relation of the series to the quantity in whose unit ranges are given.
    pub scale: Scale,
}

impl Segmentation {
    /// # Errors
    /// [`Error::Option`] if `fs` or `min_range` is not a positive number, or if `fs` is above 100 kHz.
    pub(super) fn check(&self) -> Result<()> {
        for (name, value) in [("fs", self.fs), ("min_range", self.min_range)] {
            if !value.is_finite() || value <= 0.0 {
                return Err(Error::Option(format!(
                    "{name} is {value}; it must be a positive number"
                )));
            }
        }
        if self.fs > MAX_RATE_HZ {
            return Err(Error::Option(format!(
                "fs is {} samples per second; the maximum is {MAX_RATE_HZ}",
                self.fs
            )));
        }
        Ok(())
    }
}

/// Finds the repetitions of `series`, in chronological order. NaN marks missing samples. `allowed`
/// is true for the samples that a repetition may cover.
///
/// # Errors
/// [`Error::Option`] for invalid settings; [`Error::Shape`] if `allowed` and the series differ in length.
pub fn segment(
    series: &[f64],
    allowed: Option<&[bool]>,
    settings: &Segmentation,
) -> Result<Vec<Rep>> {
    segment_with_rejections(series, allowed, settings, &mut |reps| filled(None, reps.len()))
}

/// Finds repetitions like [`segment`], and lets the caller change their status. For each
/// repetition, `rejections` returns a status that rejects it, or `None`. For one with missing data
/// it may return [`RepStatus::Full`] to accept it. Rejected repetitions do not affect the typical
/// range.
///
/// # Errors
/// Same as [`segment`].
pub fn segment_with_rejections(
    series: &[f64],
    allowed: Option<&[bool]>,
    settings: &Segmentation,
    rejections: &mut dyn FnMut(&[Rep]) -> Vec<Option<RepStatus>>,
) -> Result<Vec<Rep>> {
    settings.check()?;
    if let Some(allowed) = allowed.filter(|allowed| allowed.len() != series.len()) {
        return Err(Error::Shape(format!(
            "allowed has {} samples and the series {}; both must have the same length",
            allowed.len(),
            series.len()
        )));
    }
    let Some((offset, smooth)) = smooth_series(series, settings) else { return Ok(Vec::new()) };
    let reach = sample_count(REST_SEARCH_S, settings.fs);

    // Ranges of a descent are measured from upright standing.
    let tall = match settings.scale {
        Scale::Descent => quantile(&smooth, TALL_QUANTILE),
        Scale::Plain | Scale::Sinking => 0.0,
    };
    let own: Vec<f64> = gathered(smooth.iter().map(|v| settings.scale.range(*v, tall)));
    let ok = |i: usize| allowed.is_none_or(|allowed| allowed.get(offset + i) == Some(&true));
    let mut peaks = find_peaks(&smooth);
    for peak in &mut peaks {
        let top = at(&smooth, peak.index);
        peak.prominence = settings.scale.range(top, top - peak.prominence);
    }
    let mut peaks = keep_prominent(peaks, settings, ok);
    thin_out(&mut peaks, &smooth, (MIN_DISTANCE_S * settings.fs).ceil().max(1.0) as usize);
    let between = standing_between(&smooth, &peaks, settings.scale);
    let between = between.map_or(f64::NEG_INFINITY, |low| settings.scale.range(low, tall));
    let unreturned = remove_unreturned(&mut peaks, &own, settings.scale, reach, between);

    let mut scratch = Scratch::new();
    let mut found = delimit_all(&smooth, (&own, tall), &peaks, settings, &mut scratch);
    let jumps = |(rep, _): &(Rep, f64)| {
        rep.status == RepStatus::Full
            && ((rep.end - rep.start) as f64) < MIN_DURATION_S * settings.fs
    };
    if found.iter().any(jumps) {
        let mut jumped = found.iter().map(jumps);
        peaks.retain(|_| !jumped.next().unwrap_or(false));
        found = delimit_all(&smooth, (&own, tall), &peaks, settings, &mut scratch);
    }
    let noise = noise_at_rest(&smooth, &reps_of(&found), settings.fs, &mut scratch);
    found.retain(|(rep, height)| {
        let small = rep.range < settings.scale.least_share() * settings.min_range
            && rep.status == RepStatus::Full;
        !small && *height >= MIN_HEIGHT_SDS * noise
    });
    let paths = paths_of(&smooth, &found, settings.min_range);
    if is_noise(typical_height(&paths, &mut scratch), &paths, noise, &mut scratch) {
        found.clear();
    }
    let mut reps = reps_of(&found);
    let least = least_prominence(&peaks, settings.min_range);
    reps.extend(reps_cut_by_ends(&own, &reps, least, reach));
    // A pulse at the bottom belongs to the neighboring repetition. It gets an index, but no start
    // and end.
    reps.extend(
        unreturned.iter().map(|p| Rep::without_extent(p.index, RepStatus::IncompleteReturn)),
    );
    sort_items(&mut reps, |a, b| a.bottom.cmp(&b.bottom));
    let unseen = long_gaps(series, sample_count(BRIDGED_S, settings.fs));
    for rep in &mut reps {
        *rep = rep.shifted(offset);
        if rep.status == RepStatus::Full {
            rep.status =
                unreliable_status(rep, series, &unseen, allowed).unwrap_or(RepStatus::Full);
        }
    }
    for (rep, why) in
        (0..).zip(rejections(&reps)).filter_map(|(i, why): (usize, _)| Some((i, why?)))
    {
        let Some(rep) = reps.get_mut(rep) else { continue };
        let returns = rep.status == RepStatus::MissingData && why == RepStatus::Full;
        if rep.status == RepStatus::Full || returns {
            rep.status = why;
        }
    }
    grade_reps(&mut reps, settings.min_range);
    Ok(reps)
}

/// Gives repetitions that were found in another series their start and end from this one. The
/// largest value within a repetition is its bottom. A repetition that this series does not show
/// keeps its start and end, and its range becomes NaN.
pub fn delimit_by_signal(reps: &mut [Rep], series: &[f64], how: &Segmentation) {
    let smooth = smooth_series(series, how);
    let Some((offset, smooth)) = smooth else {
        reps.iter_mut().for_each(|rep| rep.range = f64::NAN);
        return;
    };
    let last = offset + smooth.len() - 1;
    let height = |i: &usize| at(&smooth, i - offset);
    let highest = |rep: &Rep| {
        let inside = rep.start.max(offset)..=rep.end.min(last);
        inside.max_by(|a, b| height(a).total_cmp(&height(b))).unwrap_or(rep.bottom)
    };
    // A pulse at the bottom of a repetition has no start and end of its own, and does not limit its
    // neighbors.
    let with_extent = reps.iter().filter(|rep| rep.start < rep.end);
    let peaks: Vec<usize> = gathered(with_extent.map(highest));
    let mut scratch = Scratch::new();
    let [reach, standing] = [REST_SEARCH_S, STANDING_S].map(|time| sample_count(time, how.fs));
    for (i, rep) in reps.iter_mut().filter(|rep| rep.start < rep.end).enumerate() {
        let inside = series.get(rep.start..=rep.end).unwrap_or_default();
        let missing = inside.iter().filter(|v| !v.is_finite()).count() as f64;
        rep.range = f64::NAN;
        if rep.start < offset || rep.end > last || missing > TOLERATED_SHARE * inside.len() as f64 {
            continue;
        }
        let peak = peaks.get(i).copied().unwrap_or(rep.bottom);
        let before = i.checked_sub(1).and_then(|i| peaks.get(i)).map_or(0, |p| *p);
        let after = peaks.get(i + 1).map_or(last, |p| *p);
        let first = before.max(peak.saturating_sub(reach)).max(offset) - offset;
        let until = after.min(peak + reach).min(last) - offset;
        let own =
            delimit(&smooth, how.scale, peak - offset, [first, until], standing, &mut scratch).rep;
        *rep = own.shifted(offset).within(rep, how.scale, how.min_range);
    }
}

/// Determines start and end of the repetition at each peak. The second value of each result is its
/// height above the higher rest, on the scale of uniform noise.
fn delimit_all(
    smooth: &[f64],
    (own, tall): (&[f64], f64),
    peaks: &[Peak],
    settings: &Segmentation,
    scratch: &mut Scratch,
) -> Vec<(Rep, f64)> {
    let last_sample = smooth.len() - 1;
    let [reach, standing] = [REST_SEARCH_S, STANDING_S].map(|time| sample_count(time, settings.fs));
    let mut found = room(peaks.len());
    for (i, peak) in peaks.iter().enumerate() {
        let before = i.checked_sub(1).and_then(|i| peaks.get(i)).map_or(0, |p| p.index);
        let after = peaks.get(i + 1).map_or(last_sample, |p| p.index);
        let first = before.max(peak.index.saturating_sub(reach));
        let last = after.min(peak.index + reach);
        let delimited =
            delimit(smooth, settings.scale, peak.index, [first, last], standing, scratch);
        let [before, after] = delimited.rest;
        let height = at(smooth, peak.index) - before.max(after);
        let edges = [first == 0, last == last_sample];
        let rest = delimited.rest.map(|rest| settings.scale.range(rest, tall));
        let delimited = DelimitedRep { rest, ..delimited };
        found.push((mark_truncated(&delimited, own, settings.scale.return_share(), edges), height));
    }
    found
}

fn reps_of(found: &[(Rep, f64)]) -> Vec<Rep> {
    found.iter().map(|(rep, _)| *rep).collect()
}

/// Paths of the repetitions that have the size of a full one.
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

/// Status of a repetition with too many missing or forbidden samples; `None` if it is reliable.
fn unreliable_status(
    rep: &Rep,
    series: &[f64],
    unseen: &[bool],
    allowed: Option<&[bool]>,
) -> Option<RepStatus> {
    let inside = series.get(rep.start..=rep.end).unwrap_or_default();
    let missing = inside.iter().filter(|v| !v.is_finite()).count() as f64;
    let mostly_missing = missing > MAX_MISSING_FRACTION * inside.len() as f64;
    if mostly_missing || has_many(rep, unseen, true) {
        Some(RepStatus::MissingData)
    } else if allowed.is_some_and(|allowed| has_many(rep, allowed, false)) {
        Some(RepStatus::LostStance)
    } else {
        None
    }
}

/// True if more than the tolerated share of a repetition's samples have this flag.
pub(crate) fn has_many(rep: &Rep, flags: &[bool], flag: bool) -> bool {
    let inside = flags.get(rep.start..=rep.end).unwrap_or_default();
    let count = inside.iter().filter(|own| **own == flag).count();
    count as f64 > TOLERATED_SHARE * inside.len() as f64
}

/// Flags the samples in gaps of more than `longest` samples.
fn long_gaps(series: &[f64], longest: usize) -> Vec<bool> {
    let mut unseen = filled(false, series.len());
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

/// Smoothed series from its first to its last finite sample, with the index of the first one.
/// Outliers are removed, gaps filled, and the low-pass is applied on the scale of uniform noise.
/// `None` if too few samples are visible.
fn smooth_series(series: &[f64], settings: &Segmentation) -> Option<(usize, Vec<f64>)> {
    let mut clean = copied(series);
    for value in &mut clean {
        if !value.is_finite() {
            *value = f64::NAN;
        }
    }
    if settings.despike {
        for (value, out) in clean.iter_mut().zip(hampel(series, MIN_MAD)) {
            if out {
                *value = f64::NAN;
            }
        }
    }
    let first = clean.iter().position(|v| v.is_finite())?;
    let last = clean.iter().rposition(|v| v.is_finite())?;
    let seen = clean.iter().filter(|v| v.is_finite()).count();
    if (seen as f64) < MIN_DISTANCE_S * settings.fs {
        return None;
    }
    let mut stretch: Vec<f64> =
        gathered(clean.get(first..=last)?.iter().map(|v| settings.scale.to_even_noise(*v)));
    let index: Vec<f64> = gathered((0..stretch.len()).map(|i| i as f64));
    fill(&index, &mut stretch, 1.0, f64::INFINITY);
    Lowpass::new(CUTOFF_HZ, settings.fs)?.apply(&mut stretch);
    Some((first, stretch))
}

/// Keeps the peaks with at least a quarter of the typical prominence. The typical prominence is
/// that of allowed peaks that reach the minimum range.
fn keep_prominent(
    mut peaks: Vec<Peak>,
    settings: &Segmentation,
    allowed: impl Fn(usize) -> bool,
) -> Vec<Peak> {
    let large = peaks.iter().filter(|p| p.prominence >= settings.min_range && allowed(p.index));
    let usual = typical_size(large.map(|p| p.prominence), &mut Vec::new());
    let least =
        (MIN_PROMINENCE_FRACTION * usual).max(settings.scale.least_share() * settings.min_range);
    peaks.retain(|p| usual.is_finite() && p.prominence >= least);
    peaks
}

/// Removes and returns the lower of two adjacent peaks if the signal does not return far enough
/// between them, compared with the minimum within `reach` samples. If the signal depends on where
/// the person stands, the higher of the minima on both sides is used, or `between` if that is
/// higher, because the person may be at another place on one side.
fn remove_unreturned(
    peaks: &mut Vec<Peak>,
    smooth: &[f64],
    scale: Scale,
    reach: usize,
    between: f64,
) -> Vec<Peak> {
    let last = smooth.len().saturating_sub(1);
    let mut kept: Vec<Peak> = room(peaks.len());
    let mut dropped = Vec::new();
    for &peak in peaks.iter() {
        let height = at(smooth, peak.index);
        let Some(&before) = kept.last() else {
            kept.push(peak);
            continue;
        };
        let valley = lowest(smooth, before.index..=peak.index);
        let [from, until] = [before.index.saturating_sub(reach), (peak.index + reach).min(last)];
        let rest = if scale.moves_with_the_place() {
            let earlier = kept.iter().nth_back(1).map_or(0, |p| p.index);
            let rest_before = lowest(smooth, earlier.max(from)..=before.index);
            rest_before.max(lowest(smooth, peak.index..=until)).max(between)
        } else {
            lowest(smooth, from..=until)
        };
        let smaller = height.min(at(smooth, before.index));
        if valley - rest <= scale.return_share() * (smaller - rest) {
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

/// Typical height of the valleys between peaks, for a signal that depends on where the person
/// stands. Before the first and after the last peak the person may be at another place. `None` if
/// there are few peaks. Also `None` if the typical peak is much lower above the valleys than the
/// second largest prominence, because such valleys lie between pulses at the bottom.
fn standing_between(smooth: &[f64], peaks: &[Peak], scale: Scale) -> Option<f64> {
    if !scale.moves_with_the_place() || peaks.len() < MIN_PEAKS {
        return None;
    }
    let valleys = peaks.windows(2).filter_map(|pair| match pair {
        [a, b] => Some(lowest(smooth, a.index..=b.index)),
        _ => None,
    });
    let valleys: Vec<f64> = gathered(valleys);
    let low = quantile(&valleys, 0.5);
    let rises: Vec<f64> = gathered(peaks.iter().map(|peak| at(smooth, peak.index) - low));
    // The largest prominence is not used, because it reaches down to both ends of the series.
    let prominence = |peak: &Peak| scale.range_to_even_noise(peak.prominence);
    let mut prominences: Vec<f64> = gathered(peaks.iter().map(prominence));
    sort_items(&mut prominences, |a, b| b.total_cmp(a));
    (quantile(&rises, 0.5) >= STANDING_SHARE * at(&prominences, 1)).then_some(low)
}

/// Minimum size of a movement that is reported at the start or end of a recording.
fn least_prominence(peaks: &[Peak], min_range: f64) -> f64 {
    let usual = typical_size(peaks.iter().map(|p| p.prominence), &mut Vec::new());
    (MIN_PROMINENCE_FRACTION * usual).max(min_range)
}

/// Sets the status of full repetitions to full or partial, relative to their typical size.
pub fn grade_reps(reps: &mut [Rep], min_range: f64) {
    let full = reps.iter().filter(|rep| rep.status == RepStatus::Full);
    let usual = typical_size(full.map(|rep| rep.size), &mut Vec::new());
    for rep in reps {
        if rep.status == RepStatus::Full && is_partial(rep.size, usual, min_range) {
            rep.status = RepStatus::Partial;
        }
    }
}

/// True if a range is too small for a full repetition. If `usual`, the typical range, is NaN, only
/// the minimum range is tested.
pub fn is_partial(range: f64, usual: f64, min_range: f64) -> bool {
    range < (FULL_SHARE * usual).max(FULL_MIN_RANGE_FRACTION * min_range)
}

/// Typical size of repetitions: median of the sizes that are at least half the third largest. Many
/// small movements during rest do not lower it, and two oversized ones do not raise it. NaN without
/// sizes.
pub fn typical_size(sizes: impl Iterator<Item = f64> + Clone, scratch: &mut Scratch) -> f64 {
    let least = LARGE_SIZE_FRACTION * third_largest(sizes.clone());
    quantile_in(sizes.filter(|size| *size >= least), 0.5, scratch)
}

/// Same as [`typical_size`], for sorted sizes.
pub fn typical_of_sorted(sizes: &[f64]) -> f64 {
    let third = sizes.get(sizes.len().saturating_sub(3));
    let least = LARGE_SIZE_FRACTION * third.copied().unwrap_or(f64::NAN);
    let large = sizes.partition_point(|size| *size < least);
    of_sorted(sizes.get(large..).unwrap_or_default(), 0.5)
}

/// Number of samples of a duration, rounded; at least one.
pub(super) fn sample_count(seconds: f64, fs: f64) -> usize {
    (seconds * fs).round().max(1.0) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pulse_without_extent_does_not_end_the_repetition_beside_it() {
        // The series goes down in one second, half way up in the next, rests for a second with a
        // small pulse, and returns.
        let corners = [(0.0, 0.0), (1.0, 0.0), (2.0, 80.0), (3.0, 40.0), (3.5, 42.0), (4.0, 40.0)];
        let corners = [&corners[..], &[(5.0, 0.0), (6.0, 0.0)]].concat();
        let value = |time: f64| {
            let between = |pair: &[(f64, f64)]| match *pair {
                [(t0, y0), (t1, y1)] if (t0..=t1).contains(&time) => {
                    Some(y0 + (y1 - y0) * (time - t0) / (t1 - t0))
                }
                _ => None,
            };
            corners.windows(2).find_map(between).unwrap_or(0.0)
        };
        let series: Vec<f64> = (0..=180).map(|i| value(f64::from(i) / 30.0)).collect();
        let how = Segmentation { fs: 30.0, min_range: 20.0, despike: false, scale: Scale::Plain };
        let long =
            Rep { start: 30, bottom: 60, end: 150, ..Rep::without_extent(60, RepStatus::Full) };
        let mut reps = [long, Rep::without_extent(105, RepStatus::IncompleteReturn)];
        delimit_by_signal(&mut reps, &series, &how);
        assert!((140..=150).contains(&reps[0].end), "{:?}", reps[0]);
    }

    #[test]
    fn the_typical_size_is_that_of_sorted_sizes() {
        for count in 0..30u32 {
            let sizes: Vec<f64> = (0..count).map(|i| f64::from(i * 7919 % 31).powi(2)).collect();
            let typical = typical_size(sizes.iter().copied(), &mut Scratch::new());
            let mut sorted = sizes;
            sorted.sort_unstable_by(f64::total_cmp);
            assert_eq!(typical.to_bits(), typical_of_sorted(&sorted).to_bits(), "{count}");
        }
    }
}
