//! Repetitions that are cut off by the start or the end of a recording.

use super::phase::{DelimitedRep, Rep, RepStatus};
use crate::math::at;
use std::ops::RangeInclusive;

/// Marks a repetition that is cut off by the start or end of the recording: on that side the signal
/// never returns to the rest level of the other side.
pub(super) fn mark_truncated(
    found: &DelimitedRep,
    smooth: &[f64],
    share: f64,
    [at_begin, at_end]: [bool; 2],
) -> Rep {
    let mut rep = found.rep;
    let [before, after] = found.rest;
    let top = at(smooth, rep.bottom);
    let stays_away = |own: f64, other: f64| own - other > share * (top - other);
    if at_begin && stays_away(lowest(smooth, 0..=rep.bottom), after) {
        rep.status = RepStatus::StartTransient;
    } else if at_end && stays_away(lowest(smooth, rep.bottom..=smooth.len() - 1), before) {
        rep.status = RepStatus::IncompleteReturn;
    }
    rep
}

/// Movements whose peak lies outside of the recording: one that returns at the start, or one that
/// moves away at the end.
pub(super) fn reps_cut_by_ends(smooth: &[f64], reps: &[Rep], least: f64, reach: usize) -> Vec<Rep> {
    let last = smooth.len() - 1;
    let first_peak = reps.first().map_or(last, |rep| rep.bottom);
    let last_peak = reps.last().map_or(0, |rep| rep.bottom);
    let falls = at(smooth, 0) - lowest(smooth, 0..=first_peak.min(reach));
    let rises = at(smooth, last) - lowest(smooth, last_peak.max(last.saturating_sub(reach))..=last);
    let mut edges = Vec::new();
    if falls >= least {
        edges.push(Rep::without_extent(0, RepStatus::StartTransient));
    }
    if rises >= least {
        edges.push(Rep::without_extent(last, RepStatus::IncompleteReturn));
    }
    edges
}

/// Smallest value of a part of a series.
pub(super) fn lowest(smooth: &[f64], range: RangeInclusive<usize>) -> f64 {
    smooth.get(range).unwrap_or_default().iter().copied().fold(f64::INFINITY, f64::min)
}
