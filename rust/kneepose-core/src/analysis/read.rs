//! Reads values in repetitions: at the bottom, at a depth, as a change from rest, and durations.

use std::ops::RangeInclusive;

use super::setup::MOST_COLUMNS;
use crate::exercise::{Exercise, Posture};
use crate::math::at;
use crate::reps::{Rep, RepStatus};
use crate::stats::medians::{LANES, medians_of_series};
use crate::stats::quantile::Scratch;
use crate::validity::Validity;

/// Maximum time before the start of a repetition from which frames of rest are taken, seconds.
/// Source: chosen: covers the rest just before a repetition, but not how the person stood earlier;
/// measured by docs/evidence/form.md.
const REST_REACH_S: f64 = 2.0;

/// One angle over time.
#[derive(Clone, Copy)]
pub struct AngleSeries<'a> {
    /// Value in each frame.
    pub values: &'a [f64],
    /// Validity code of each value.
    pub codes: &'a [u8],
}

impl AngleSeries<'_> {
    /// Validity of one frame.
    pub fn state(&self, i: usize) -> Validity {
        self.codes.get(i).map_or(Validity::MissingKeypoint, |code| Validity::of_code(*code))
    }

    /// Adds a validity to the median `value` of some frames. If the median is finite, the validity
    /// is the first doubtful one among the frames, else `Ok`. If it is NaN, the validity is that of
    /// frame `asked`.
    fn over(&self, range: RangeInclusive<usize>, asked: usize, value: f64) -> MeasuredValue {
        if !value.is_finite() {
            return (f64::NAN, self.state(asked).or_missing());
        }
        let codes = self.codes.get(range).unwrap_or_default();
        if codes.iter().fold(0, |any, code| any | code) == Validity::Ok as u8 {
            return (value, Validity::Ok);
        }
        let doubtful = codes.iter().filter(|code| **code != Validity::Ok as u8);
        let worst = doubtful.map(|code| Validity::of_code(*code)).find(|state| state.is_measured());
        (value, worst.unwrap_or(Validity::Ok))
    }
}

/// Medians of the angles over one window of frames. Four neighboring columns are computed together,
/// once.
#[derive(Debug)]
pub struct WindowMedians {
    frames: RangeInclusive<usize>,
    known: [Option<[f64; LANES]>; MOST_COLUMNS / LANES],
}

impl WindowMedians {
    /// Makes the cache for these frames; no median is computed yet.
    pub fn over(frames: RangeInclusive<usize>) -> Self {
        Self { frames, known: [None; MOST_COLUMNS / LANES] }
    }

    /// Window of frames over which the medians are computed.
    pub fn frames(&self) -> RangeInclusive<usize> {
        self.frames.clone()
    }

    /// Median of the finite values of a column; NaN if there are none. `series` returns the
    /// columns.
    pub fn of<'a>(
        &mut self,
        column: usize,
        series: &impl Fn(usize) -> AngleSeries<'a>,
        scratch: &mut Scratch,
    ) -> f64 {
        let first = column - column % LANES;
        let Some(known) = self.known.get_mut(first / LANES) else { return f64::NAN };
        let medians = known.get_or_insert_with(|| {
            let part = |i| series(first + i).values.get(self.frames.clone()).unwrap_or_default();
            medians_of_series([0, 1, 2, 3].map(part), scratch)
        });
        at(medians, column - first)
    }
}

/// First and last frame that represent rest before a repetition: the middle half of the time before
/// its start. That time begins at the end of the previous repetition, and at most two seconds
/// before.
pub fn rest_frames_before(start: usize, end_before: Option<usize>, fs: f64) -> (usize, usize) {
    let reach = (REST_REACH_S * fs).round().max(1.0) as usize;
    let first = end_before.unwrap_or(0).max(start.saturating_sub(reach)).min(start);
    let quarter = (start - first) / 4;
    (first + quarter, start - quarter)
}

/// A value and its validity.
pub type MeasuredValue = (f64, Validity);

/// Minimum duration of a gap at the bottom that makes its value unreliable, seconds.
/// Source: chosen: half of the longest gap that is filled, because interpolation flattens a turning
/// point; held by test tests/analysis/test_reasons.py.
const LONGEST_GAP_AT_BOTTOM_S: f64 = 0.1;

/// True if a keypoint is missing for longer than 0.1 s around the bottom frame. The true bottom may
/// then lie in the gap. `unseen` tells whether the keypoint is missing in a frame.
pub fn gap_at_bottom(
    bottom: usize,
    frames: usize,
    fs: f64,
    unseen: impl Fn(usize) -> bool,
) -> bool {
    let before = (0..=bottom).rev().take_while(|t| unseen(*t)).count();
    let after = (bottom + 1..frames).take_while(|t| unseen(*t)).count();
    (before + after) as f64 > LONGEST_GAP_AT_BOTTOM_S * fs + 1e-9
}

/// Minimum fraction of the range of motion at which a lift counts as held.
/// Source: chosen: noise raises the highest frame of a held lift by a fifth of its range, and a
/// limb passes the last third of its way in a third of a second; measured by docs/evidence/form.md.
const HELD_SHARE: f64 = 0.7;

/// True for exercises lying or on all fours, which lift the leg and hold it at the turning point.
pub fn is_held(exercise: &Exercise) -> bool {
    matches!(exercise.posture, Posture::Lying | Posture::AllFours)
}

/// Frames in which a lift is held. The bottom of the repetition alone would be biased: it is the
/// part of the hold where noise raises the signal most, and other angles are disturbed in the same
/// frames.
pub fn held_frames(rep: &Rep, depth: &[f64]) -> RangeInclusive<usize> {
    let level = at(depth, rep.bottom) - (1.0 - HELD_SHARE) * rep.range;
    let out = depth.get(rep.start..=rep.bottom).unwrap_or_default();
    let back = depth.get(rep.bottom..=rep.end).unwrap_or_default();
    let first = out.iter().position(|v| *v >= level).map_or(rep.bottom_start, |i| rep.start + i);
    let last = back.iter().rposition(|v| *v >= level).map_or(rep.bottom_end, |i| rep.bottom + i);
    first.min(rep.bottom_start)..=last.max(rep.bottom_end)
}

/// Value at the bottom: the median over these frames. NaN if a gap hides the bottom.
pub fn value_at_bottom(
    rep: &Rep,
    frames: RangeInclusive<usize>,
    gap: bool,
    series: AngleSeries<'_>,
    median: impl FnOnce() -> f64,
) -> MeasuredValue {
    if gap {
        let state = series.state(rep.bottom);
        let named = matches!(
            state,
            Validity::LowConfidence | Validity::AtImageBorder | Validity::ImplausibleBone
        );
        return (f64::NAN, if named { state } else { Validity::GapTooLong });
    }
    series.over(frames, rep.bottom, median())
}

/// Value at rest: the median over the frames of rest before a repetition.
pub fn value_at_rest(
    series: AngleSeries<'_>,
    frames: RangeInclusive<usize>,
    median: f64,
) -> MeasuredValue {
    let last = *frames.end();
    series.over(frames, last, median)
}

/// Change from rest: a value minus the value at rest.
pub fn change_from_rest(
    (value, state): MeasuredValue,
    (before, at_rest): MeasuredValue,
) -> MeasuredValue {
    (value - before, if state == Validity::Ok { at_rest } else { state })
}

/// Maximum distance of a frame's knee flexion from a depth for the frame to contribute to the value
/// at that depth, degrees.
/// Source: chosen: within this distance angles change in proportion to knee flexion, and half the
/// width would average less noise; measured by docs/evidence/form.md.
const NEAR_DEG: f64 = 10.0;
/// Minimum number of frames for fitting a line, and minimum variance of their depths in square
/// degrees.
/// Source: chosen: a line through fewer frames, or through frames of one depth, is no better than
/// one frame; no test shows its effect.
const LEAST_NEAR: f64 = 4.0;
const LEAST_SPREAD: f64 = 1.0;

/// A depth that the signal crosses in a repetition. It is found once for all angles that are read
/// there.
#[derive(Debug, Clone, Copy)]
pub struct DepthCrossing {
    /// The depth, in degrees of the signal.
    pub degrees: f64,
    /// The frame after which the signal first crosses the depth on the way to the bottom.
    after: Option<usize>,
    /// Two frame ranges, before and after the bottom, that contain all frames near the depth.
    stretches: [(usize, usize); 2],
    /// Number of frames, sum of their distances from the depth, and sum of the squared distances.
    /// `None` if some frames of the ranges are not near the depth.
    near: Option<[f64; 3]>,
}

impl DepthCrossing {
    /// Placeholder for a depth that has not been looked up.
    pub const NONE: Self =
        Self { degrees: f64::NAN, after: None, stretches: [(0, 0); 2], near: None };

    /// Finds the first crossing of a depth on the way to the bottom. If `rises`, the signal
    /// decreases toward the turning point and crosses the depth from above.
    pub fn of(degrees: f64, rises: bool, rep: &Rep, depth: &[f64]) -> Self {
        let down = depth.get(rep.start..=rep.bottom).unwrap_or_default();
        let sign = if rises { -1.0 } else { 1.0 };
        let below = |value: f64| sign * (value - degrees) < 0.0;
        let reached = |value: f64| sign * (value - degrees) >= 0.0;
        let crosses = |pair: &[f64]| matches!(pair, [a, b] if below(*a) && reached(*b));
        let after = down.windows(2).position(crosses).map(|i| rep.start + i);
        let near = |bend: &f64| (bend - degrees).abs() <= NEAR_DEG;
        let stretch = |from: usize, to: usize| {
            let frames = depth.get(from..to).unwrap_or_default();
            let first = frames.iter().position(near).unwrap_or(frames.len());
            let last = frames.iter().rposition(near).map_or(first, |last| last + 1);
            (from + first, from + last)
        };
        // A depth that is not crossed has no near frames.
        let stretches = match after {
            Some(_) if rep.end < depth.len() => {
                [stretch(rep.start, rep.bottom), stretch(rep.bottom, rep.end + 1)]
            }
            _ => Self::NONE.stretches,
        };
        let (mut sums, mut is_near) = ([0.0; 3], true);
        for (from, to) in stretches {
            for bend in depth.get(from..to).unwrap_or_default() {
                let off = bend - degrees;
                is_near &= off.abs() <= NEAR_DEG;
                let [n, x, xx] = sums;
                sums = [n + 1.0, x + off, xx + off * off];
            }
        }
        let near = is_near.then_some(sums);
        Self { degrees, after, stretches, near }
    }

    /// Value of an angle where the signal crosses the depth, by linear interpolation between two
    /// frames.
    pub fn value(&self, rep: &Rep, series: AngleSeries<'_>, depth: &[f64]) -> MeasuredValue {
        let Some(i) = self.after else {
            // An angle that is refused at the bottom is refused at every depth. Its reason is
            // reported rather than that the depth was not reached.
            let refused = series.state(rep.bottom);
            let shown = matches!(
                refused,
                Validity::Ok | Validity::Low | Validity::BelowFlexionGate | Validity::Singular
            );
            return (f64::NAN, if shown { Validity::DepthNotReached } else { refused });
        };
        let AngleSeries { values, .. } = series;
        let share = (self.degrees - at(depth, i)) / (at(depth, i + 1) - at(depth, i));
        let value = at(values, i) + share * (at(values, i + 1) - at(values, i));
        let (before, after) = (series.state(i), series.state(i + 1));
        let worse = if before == Validity::Ok { after } else { before };
        if value.is_finite() { (value, worse) } else { (f64::NAN, worse.or_missing()) }
    }

    /// Value at the depth of a line fitted through all near frames, before and after the bottom.
    /// With too few frames it is the value at the crossing.
    pub fn value_around(&self, rep: &Rep, series: AngleSeries<'_>, depth: &[f64]) -> MeasuredValue {
        let at_crossing = self.value(rep, series, depth);
        if !at_crossing.0.is_finite() {
            return at_crossing;
        }
        let [n, x, y, xx, xy] =
            self.sums_of_all(series, depth).unwrap_or_else(|| self.sums_of_seen(series, depth));
        let spread = xx - x * x / n;
        if n < LEAST_NEAR || spread < LEAST_SPREAD * n {
            return at_crossing;
        }
        let slope = (xy - x * y / n) / spread;
        ((y - slope * x) / n, at_crossing.1)
    }

    /// Sums for the line fit: number of near frames, distances from the depth, values, squared
    /// distances and products. `None` if a frame of the ranges is not near or has no value.
    fn sums_of_all(&self, series: AngleSeries<'_>, depth: &[f64]) -> Option<[f64; 5]> {
        let [n, x, xx] = self.near?;
        let [mut y, mut xy] = [0.0; 2];
        for (from, to) in self.stretches {
            let (depths, values) = (depth.get(from..to)?, series.values.get(from..to)?);
            for (bend, value) in depths.iter().zip(values) {
                y += value;
                xy += (bend - self.degrees) * value;
            }
        }
        // If any value is not finite, the sum is not finite either.
        y.is_finite().then_some([n, x, y, xx, xy])
    }

    /// Sums for the line fit over those frames that are near the depth and have a value.
    fn sums_of_seen(&self, series: AngleSeries<'_>, depth: &[f64]) -> [f64; 5] {
        let [mut n, mut x, mut y, mut xx, mut xy] = [0.0; 5];
        for (from, to) in self.stretches {
            let depths = depth.get(from..to).unwrap_or_default();
            let values = series.values.get(from..to).unwrap_or_default();
            for (bend, value) in depths.iter().zip(values) {
                let off = bend - self.degrees;
                if off.abs() <= NEAR_DEG && value.is_finite() {
                    n += 1.0;
                    x += off;
                    y += value;
                    xx += off * off;
                    xy += off * value;
                }
            }
        }
        [n, x, y, xx, xy]
    }
}

/// Largest value of the signal within a repetition.
pub fn peak(rep: &Rep, depth: &[f64]) -> f64 {
    let inside = depth.get(rep.start..=rep.end).unwrap_or_default();
    inside.iter().copied().fold(f64::NAN, f64::max)
}

/// Durations of the movement away from rest, the hold, the return, and the whole repetition,
/// seconds. All are NaN for a repetition that does not return to rest.
pub fn durations(rep: &Rep, times: &[f64]) -> [f64; 4] {
    // A repetition without a full return to rest has no defined start and end.
    if rep.status == RepStatus::IncompleteReturn && rep.range.is_nan() {
        return [f64::NAN; 4];
    }
    let time = |i: usize| at(times, i);
    [
        time(rep.bottom_start) - time(rep.start),
        time(rep.bottom_end) - time(rep.bottom_start),
        time(rep.end) - time(rep.bottom_end),
        time(rep.end) - time(rep.start),
    ]
}

/// Names of the four [`durations`] in an exercise.
pub fn duration_names(exercise: &Exercise) -> [&str; 4] {
    let [out, hold, back] = &exercise.phases;
    [out, hold, back, "duration_s"]
}
