//! Repetitions of a whole recording: peaks that stand out from a slow baseline.

use super::peaks::{Peak, find_peaks, thin_out};
use super::phase::{Rep, RepStatus, delimit};
use crate::error::{Error, Result};
use crate::signal::at;
use crate::signal::gap::fill;
use crate::signal::lowpass::Lowpass;
use crate::signal::outlier::hampel;
use crate::signal::quantile::{median, rolling_quantile};

/// Cut-off of the low-pass that serves the segmentation only, Hz.
const CUTOFF_HZ: f64 = 3.0;
/// The baseline is this quantile of a window of this many seconds.
const BASELINE_QUANTILE: f64 = 0.10;
const BASELINE_WINDOW_S: f64 = 15.0;
/// Two repetitions are at least this far apart, and a series shorter than this has none.
const LEAST_DISTANCE_S: f64 = 0.5;
/// A peak counts from this share of the usual prominence, and this share of the least range.
const SHARE_OF_USUAL: f64 = 0.35;
const SHARE_OF_LEAST: f64 = 0.5;
/// Between two repetitions the signal comes back below this share of the smaller one.
const RETURN_SHARE: f64 = 0.4;
/// A full repetition has at least this share of the usual range.
const FULL_SHARE: f64 = 0.6;
/// A repetition may have this share of its samples missing or not allowed.
const TOLERATED_SHARE: f64 = 0.2;
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
}

/// Finds the repetitions of `series` in time order. NaN is missing; `allowed` marks the samples in
/// which a repetition may lie.
///
/// # Errors
/// [`Error::Option`] where `fs` or `min_range` is not a positive number, [`Error::Shape`] where
/// `allowed` is not as long as the series.
pub fn segment(series: &[f64], allowed: Option<&[bool]>, how: &Segmentation) -> Result<Vec<Rep>> {
    for (name, value) in [("fs", how.fs), ("min_range", how.min_range)] {
        if !value.is_finite() || value <= 0.0 {
            return Err(Error::Option(format!("{name} is {value}; it must be a positive number")));
        }
    }
    if how.fs > HIGHEST_RATE {
        return Err(Error::Option(format!(
            "fs is {} samples per second; at most {HIGHEST_RATE} make sense",
            how.fs
        )));
    }
    if let Some(allowed) = allowed.filter(|allowed| allowed.len() != series.len()) {
        return Err(Error::Shape(format!(
            "allowed has {} samples and the series {}; they must be as long as each other",
            allowed.len(),
            series.len()
        )));
    }
    let Some((offset, smooth)) = smoothed(series, how) else { return Ok(Vec::new()) };
    let samples = |seconds: f64| seconds_to_samples(seconds, how.fs);
    let half_window = samples(0.5 * BASELINE_WINDOW_S);
    let baseline = rolling_quantile(&smooth, half_window, BASELINE_QUANTILE);
    let above: Vec<f64> = smooth.iter().zip(&baseline).map(|(y, b)| y - b).collect();

    let mut peaks = standing_out(find_peaks(&above), how.min_range);
    thin_out(&mut peaks, &above, (LEAST_DISTANCE_S * how.fs).ceil().max(1.0) as usize);
    let unreturned = without_return(&mut peaks, &above);

    let last_sample = smooth.len() - 1;
    let reach = 2 * half_window;
    let around = |peak: usize, neighbours: &[Peak]| {
        let before = neighbours.iter().rev().find(|p| p.index < peak).map_or(0, |p| p.index);
        let after = neighbours.iter().find(|p| p.index > peak).map_or(last_sample, |p| p.index);
        delimit(&smooth, peak, before.max(peak.saturating_sub(reach)), after.min(peak + reach))
    };
    let mut reps: Vec<Rep> = peaks.iter().map(|peak| around(peak.index, &peaks)).collect();
    reps.retain(|rep| rep.range >= SHARE_OF_LEAST * how.min_range);
    grade(&mut reps);
    // A pulse has a place but no extent of its own: it belongs to its neighbour's repetition.
    reps.extend(unreturned.iter().map(|peak| Rep {
        start: peak.index,
        bottom_start: peak.index,
        bottom: peak.index,
        bottom_end: peak.index,
        end: peak.index,
        range: f64::NAN,
        status: RepStatus::IncompleteReturn,
    }));
    reps.sort_by_key(|rep| rep.bottom);
    for rep in &mut reps {
        shift(rep, offset);
        if rep.status == RepStatus::IncompleteReturn {
            continue;
        }
        let inside = rep.start..=rep.end;
        let missing = series.get(inside.clone()).map(|s| share(s, |v| !v.is_finite()));
        let barred = allowed.and_then(|a| a.get(inside)).map(|a| share(a, |ok| !ok));
        if missing.is_some_and(|share| share > TOLERATED_SHARE) {
            rep.status = RepStatus::MissingData;
        } else if barred.is_some_and(|share| share > TOLERATED_SHARE) {
            rep.status = RepStatus::LostStance;
        }
    }
    Ok(reps)
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
    let mut stretch = clean.get(first..=last)?.to_vec();
    let index: Vec<f64> = (0..stretch.len()).map(|i| i as f64).collect();
    fill(&index, &mut stretch, 1.0, f64::INFINITY);
    Lowpass::new(CUTOFF_HZ, how.fs)?.apply(&mut stretch);
    Some((first, stretch))
}

/// Peaks of at least a third of the usual prominence. What is usual is read from the larger half of
/// those that reach the least range, so that long rests and small movements do not pull it down.
fn standing_out(mut peaks: Vec<Peak>, min_range: f64) -> Vec<Peak> {
    let large: Vec<f64> = peaks.iter().map(|p| p.prominence).filter(|p| *p >= min_range).collect();
    let usual = median_of_upper_half(large);
    let least = (SHARE_OF_USUAL * usual).max(SHARE_OF_LEAST * min_range);
    peaks.retain(|p| usual.is_finite() && p.prominence >= least);
    peaks
}

/// Takes out the lower of two neighbours between which the signal does not come back.
fn without_return(peaks: &mut Vec<Peak>, above: &[f64]) -> Vec<Peak> {
    let mut kept: Vec<Peak> = Vec::with_capacity(peaks.len());
    let mut dropped = Vec::new();
    for &peak in peaks.iter() {
        let height = at(above, peak.index);
        let Some(&before) = kept.last() else {
            kept.push(peak);
            continue;
        };
        let between = above.get(before.index..=peak.index).unwrap_or_default();
        let valley = between.iter().copied().fold(f64::INFINITY, f64::min);
        let smaller = height.min(at(above, before.index));
        if valley <= RETURN_SHARE * smaller {
            kept.push(peak);
        } else if height > at(above, before.index) {
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

/// Full or partial, against the usual range.
fn grade(reps: &mut [Rep]) {
    let usual = median_of_upper_half(reps.iter().map(|rep| rep.range).collect());
    for rep in reps {
        if rep.range < FULL_SHARE * usual {
            rep.status = RepStatus::Partial;
        }
    }
}

fn median_of_upper_half(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(|a, b| b.total_cmp(a));
    values.truncate(values.len().div_ceil(2));
    median(&values)
}

fn shift(rep: &mut Rep, by: usize) {
    for index in
        [&mut rep.start, &mut rep.bottom_start, &mut rep.bottom, &mut rep.bottom_end, &mut rep.end]
    {
        *index += by;
    }
}

fn share<T>(values: &[T], is: impl Fn(&T) -> bool) -> f64 {
    values.iter().filter(|v| is(v)).count() as f64 / values.len().max(1) as f64
}

fn seconds_to_samples(seconds: f64, fs: f64) -> usize {
    (seconds * fs).round().max(1.0) as usize
}
