//! Masks points that jump away from their own trajectory and back. The test uses distances, so its
//! result does not depend on the direction of the axes.
//!
//! In a recording, an outlier must fail two tests. First, it is far from the line between the
//! frames before and after it. This is the median over three pairs of frames, which a single spike
//! among the neighbors does not change. Points that fail are suspects. Second, it is far from the
//! path through the nearest frames that are not suspects. That path is the cubic through frames on
//! both sides, which follows fast motion and turning points, or the line through the frames on one
//! side alone, so that a step is not taken for an outlier.
//!
//! In a stream, the path is the last point or the line through the last two points, and the limit
//! must allow fast movement. A second consecutive frame away from the path counts as a step.

use super::bones::RunningMedian;
use super::keypoint_frame::{KeypointFrame, landmark, place, squared_distance};
use super::working_copy::WorkingCopy;
use crate::interrupt::{check, check_at};
use crate::math::at;
use crate::math::simd::{SimdJob, Wide, fourwise, pairwise, run_simd};
use crate::math::sort::sort_items;
use crate::memory::filled;
use crate::recording::Repair;
use crate::skeleton::{Side, Skeleton};
use crate::stats::quantile::median;

/// Number of pairs of frames around the tested frame. Up to three consecutive frames can be
/// outliers.
/// Source: decision 0001.
const PAIRS: usize = 3;
/// Maximum distance, in frames, between the two nearest frames that are not suspects. Two frames on
/// each side of an outlier become suspects as well.
/// Source: derived: the suspects of `PAIRS` frames and two beside them on each side.
const WIDEST: usize = PAIRS + 2 * 2 + 1;
/// Maximum distance, in frames, of those frames from the tested frame.
/// Source: derived: half of `WIDEST`, rounded up.
const REACH: usize = PAIRS + 2 + 1;
/// Minimum ratio between the deviation of an outlier and the typical deviation. Typical is the
/// median deviation of points nearby; in a stream, the root mean square of the distance between
/// consecutive points.
/// Source: decision 0001.
const FACTOR: f64 = 3.0;
/// Length of the periods for which a median deviation is computed, seconds. The limit uses the
/// current period and its two neighbors.
/// Source: decision 0001, which does not give the length; three periods cover the last seconds.
const STRETCH_S: f64 = 1.0;
const LEAST_STRETCH: usize = 16;

/// Masks outliers. `spread_floor` is the minimum deviation that is assumed as typical, because
/// coordinates rounded to pixels may not deviate at all.
pub(super) fn mask(copy: &mut WorkingCopy, times: &[f64], fs: f64, spread_floor: f64) {
    let deviations = deviations(copy, times);
    let limits = OutlierLimits::new(copy, &deviations, fs, spread_floor);
    let suspects = limits.suspects();
    let mut outliers = Vec::new();
    for (i, &(keypoint, frame, limit)) in suspects.iter().enumerate() {
        check_at(i);
        let is_suspect =
            |t: usize| suspects.binary_search_by(|s| (s.0, s.1).cmp(&(keypoint, t))).is_ok();
        let off = distance_from_path(copy, times, keypoint, frame, is_suspect);
        if off.is_some_and(|off| off > limit) {
            outliers.push((frame, keypoint));
        }
    }
    for (frame, keypoint) in outliers {
        copy.mask(frame, keypoint, Repair::OutlierReplaced);
    }
}

/// Squared distance of each point from the line between its neighbors, frame after frame: the
/// median over the pairs of neighbors, the smaller of two, NaN without a pair.
fn deviations(copy: &WorkingCopy, times: &[f64]) -> Vec<f64> {
    match copy.dims {
        2 => deviations_of::<2>(copy, times),
        _ => deviations_of::<3>(copy, times),
    }
}

fn deviations_of<const D: usize>(copy: &WorkingCopy, times: &[f64]) -> Vec<f64> {
    let keypoints = copy.keypoints.max(1);
    let mut found = filled(f64::NAN, copy.frames * copy.keypoints);
    let room = || filled(f64::NAN, keypoints);
    run_simd(Deviations::<D> {
        points: &copy.points,
        keypoints,
        times,
        squares: &mut filled(0.0, keypoints * D),
        distances: &mut [room(), room(), room()],
        found: &mut found,
    });
    found
}

struct Deviations<'a, const D: usize> {
    points: &'a [f64],
    keypoints: usize,
    times: &'a [f64],
    /// Scratch memory for one frame: squared deviations of all components, and squared distances of
    /// the points for each pair.
    squares: &'a mut [f64],
    distances: &'a mut [Vec<f64>; PAIRS],
    found: &'a mut [f64],
}

impl<const D: usize> SimdJob for Deviations<'_, D> {
    #[inline(always)]
    fn run(self, _: Option<Wide>) {
        let Self { points, keypoints, times, squares, distances, found } = self;
        let width = keypoints * D;
        let row = |t: usize| points.get(t * width..(t + 1) * width);
        for (t, found) in found.chunks_exact_mut(keypoints).enumerate() {
            check_at(t);
            let Some(now) = row(t) else { return };
            for (reach, distances) in (1..).zip(distances.iter_mut()) {
                let ends = t.checked_sub(reach).map(|before| (row(before), row(t + reach)));
                let Some((Some(before), Some(after))) = ends else {
                    distances.fill(f64::NAN);
                    continue;
                };
                let (first, last) = (at(times, t - reach), at(times, t + reach));
                let share = (at(times, t) - first) / (last - first);
                fourwise(squares, [now, before, after], |square, p, a, b| {
                    let off = p - a - share * (b - a);
                    *square = off * off;
                });
                let (squares, _) = squares.as_chunks::<D>();
                pairwise(distances, squares, |distance, squares| {
                    *distance = 0.0;
                    for square in squares {
                        *distance += square;
                    }
                });
            }
            let [one, two, three] = &*distances;
            fourwise(found, [one, two, three], |found, a, b, c| {
                *found = median_of_three(*a, *b, *c);
            });
        }
    }
}

/// Median of three numbers without branches. NaN counts as absent: the smaller of two numbers, or
/// the only one.
#[inline(always)]
fn median_of_three(a: f64, b: f64, c: f64) -> f64 {
    let least = |x: f64, y: f64| if (y < x) | x.is_nan() { y } else { x };
    let lesser = |x: f64, y: f64| if y < x { y } else { x };
    let greater = |x: f64, y: f64| if y > x { y } else { x };
    let middle = greater(lesser(a, b), lesser(greater(a, b), c));
    if a.is_nan() | b.is_nan() | c.is_nan() { least(least(a, b), c) } else { middle }
}

/// Limits of the outlier test: typical deviation of each keypoint in each period, computed on
/// demand.
struct OutlierLimits<'a> {
    deviations: &'a [f64],
    keypoints: usize,
    frames: usize,
    stretch: usize,
    least: f64,
}

impl<'a> OutlierLimits<'a> {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    fn new(copy: &WorkingCopy, deviations: &'a [f64], fs: f64, spread_floor: f64) -> Self {
        let stretch = (STRETCH_S * fs).round() as usize;
        Self {
            deviations,
            keypoints: copy.keypoints,
            frames: copy.frames,
            stretch: stretch.max(LEAST_STRETCH),
            least: spread_floor * spread_floor,
        }
    }

    /// The suspects as (keypoint, frame, squared limit), in this order.
    fn suspects(&self) -> Vec<(usize, usize, f64)> {
        let mut usual = filled(None, self.keypoints * self.frames.div_ceil(self.stretch));
        let mut suspects = Vec::new();
        let mut largest = filled(0.0, self.keypoints);
        let keypoints = self.keypoints.max(1);
        for (here, rows) in self.deviations.chunks(keypoints * self.stretch).enumerate() {
            check();
            self.find_largest_of_suspects(rows, &mut largest);
            for (keypoint, largest) in largest.iter().enumerate() {
                let mut limit = FACTOR * FACTOR * self.least;
                for stretch in
                    [Some(here), here.checked_sub(1), Some(here + 1)].into_iter().flatten()
                {
                    // Once the limit exceeds the largest deviation, no further median is needed.
                    if *largest <= limit {
                        break;
                    }
                    let known = usual.get_mut(stretch * self.keypoints + keypoint);
                    let known = known.map_or(f64::NAN, |known| {
                        *known.get_or_insert_with(|| self.typical_deviation(keypoint, stretch))
                    });
                    limit = limit.max(FACTOR * FACTOR * known);
                }
                if *largest > limit {
                    let frames = rows.iter().skip(keypoint).step_by(keypoints).enumerate();
                    let far = frames.filter(|(_, deviation)| **deviation > limit);
                    suspects.extend(far.map(|(i, _)| (keypoint, here * self.stretch + i, limit)));
                }
            }
        }
        sort_items(&mut suspects, |a, b| (a.0, a.1).cmp(&(b.0, b.1)));
        suspects
    }

    /// Largest deviation of each keypoint in a period; 0 if it certainly does not exceed the limit of
    /// that period. This is certain if it is small. It is also certain if more than half of the
    /// deviations are large, because the limit, which depends on their median, is then high. The
    /// test avoids computing medians.
    fn find_largest_of_suspects(&self, rows: &[f64], largest: &mut [f64]) {
        largest.fill(0.0);
        let mut majority = filled(0.0, self.keypoints);
        run_simd(Columns { rows, largest: &mut *largest, majority: &mut majority });
        let far = FACTOR * FACTOR * self.least;
        for (largest, majority) in largest.iter_mut().zip(majority) {
            if *largest <= far || majority > 1.0 {
                *largest = 0.0;
            }
        }
    }

    fn typical_deviation(&self, keypoint: usize, stretch: usize) -> f64 {
        let first = stretch * self.stretch * self.keypoints + keypoint;
        let column = self.deviations.iter().skip(first).step_by(self.keypoints);
        median(&column.take(self.stretch).copied().collect::<Vec<_>>())
    }
}

/// Finds the largest deviation of each keypoint in a period.
struct Columns<'a> {
    rows: &'a [f64],
    /// Largest deviation of each keypoint.
    largest: &'a mut [f64],
    /// Half of the following difference, for each keypoint: the number of deviations that are large
    /// compared with the largest one (a third of it or more), minus the number of the others.
    majority: &'a mut [f64],
}

impl SimdJob for Columns<'_> {
    #[inline(always)]
    fn run(self, _: Option<Wide>) {
        let Self { rows, largest, majority } = self;
        let width = largest.len().max(1);
        for row in rows.chunks_exact(width) {
            // A comparison with NaN is false, so NaN is ignored.
            pairwise(largest, row, |most, v| *most = if *v > *most { *v } else { *most });
        }
        for row in rows.chunks_exact(width) {
            fourwise(majority, [row, largest, largest], |majority, v, most, _| {
                let half = if v.is_finite() { 0.5 } else { 0.0 };
                *majority += if FACTOR * FACTOR * v >= *most { half } else { -half };
            });
        }
    }
}

/// Squared distance of a point from the path through the two nearest frames on each side that are
/// not suspects. It is the smallest of the distances from the cubic through all four points and
/// from the two lines through the points on one side. If a side has only one such frame, it is the
/// distance from the line between the two sides. `None` if these frames are too far apart: the path
/// itself is then steep.
fn distance_from_path(
    copy: &WorkingCopy,
    times: &[f64],
    keypoint: usize,
    frame: usize,
    is_suspect: impl Fn(usize) -> bool,
) -> Option<f64> {
    let sound = |t: &usize| !is_suspect(*t) && copy.point(*t, keypoint).is_some();
    let mut earlier = (frame.saturating_sub(REACH)..frame).rev().filter(sound);
    let mut later = (frame + 1..=frame + REACH).filter(sound);
    let (before, after) = (earlier.next()?, later.next()?);
    if after - before > WIDEST {
        return None;
    }
    let knot = |t: usize| Some(Knot { time: at(times, t), point: place(copy.point(t, keypoint)?) });
    let (tested, before, after) = (knot(frame)?, knot(before)?, knot(after)?);
    match (earlier.next().and_then(knot), later.next().and_then(knot)) {
        (Some(first), Some(last)) => {
            let cubic = tested.distance_from_cubic(&[first, before, after, last]);
            let lines = [[before, first], [after, last]];
            Some(lines.iter().fold(cubic, |off, line| off.min(tested.distance_from_line(line))))
        }
        _ => Some(tested.distance_from_line(&[before, after])),
    }
}

/// A point on a trajectory with its time; NaN if unknown.
#[derive(Debug, Clone, Copy)]
struct Knot {
    time: f64,
    point: [f64; 3],
}

const UNKNOWN: Knot = Knot { time: f64::NAN, point: [f64::NAN; 3] };

impl Knot {
    /// Squared distance from the line through two other points, the nearer one first.
    #[inline]
    fn distance_from_line(&self, [near, far]: &[Self; 2]) -> f64 {
        let share = (self.time - near.time) / (near.time - far.time);
        let mut sum = 0.0;
        for ((p, near), far) in self.point.iter().zip(near.point).zip(far.point) {
            let off = p - near - share * (near - far);
            sum += off * off;
        }
        sum
    }

    /// Squared distance from the cubic (Lagrange polynomial) through four other points.
    fn distance_from_cubic(&self, knots: &[Self; 4]) -> f64 {
        let mut predicted = [0.0; 3];
        for (i, knot) in knots.iter().enumerate() {
            let others = knots.iter().enumerate().filter(|(j, _)| *j != i);
            let weight: f64 = others
                .map(|(_, other)| (self.time - other.time) / (knot.time - other.time))
                .product();
            for (p, v) in predicted.iter_mut().zip(knot.point) {
                *p += weight * v;
            }
        }
        squared_distance(self.point, predicted)
    }
}

/// Minimum distance from its predicted path at which a stream rejects a point, as a share of the
/// leg length.
/// Source: decision 0014.
const LEAST_SHARE: f64 = 0.15;
/// Maximum acceleration of a joint, leg lengths per second squared, about ten times gravity. A
/// stream rejects a point only if it is farther from its path than this acceleration allows since
/// the last frame.
/// Source: decision 0014.
const FASTEST: f64 = 120.0;
/// Weight of a new value in the running average of the squared steps of a point, which is its
/// typical squared step.
/// Source: chosen: the last twenty frames; no test shows its effect.
const FOLLOWS: f64 = 0.05;

/// Detects outliers in a stream.
#[derive(Debug, Clone)]
pub(super) struct CausalOutliers {
    tracks: Vec<Track>,
    /// Keypoint indices of hip, knee and ankle of each leg.
    legs: Vec<[usize; 3]>,
    leg: RunningMedian,
    frames: usize,
}

/// Recent trajectory of one keypoint.
#[derive(Debug, Clone, Copy)]
struct Track {
    /// The last two accepted points, the later one first.
    before: [Knot; 2],
    /// Typical squared distance between consecutive points; NaN if unknown.
    usual: f64,
    /// True if the last point was rejected.
    rejected: bool,
}

const UNSEEN: Track = Track { before: [UNKNOWN; 2], usual: f64::NAN, rejected: false };

impl CausalOutliers {
    pub fn new(skeleton: &Skeleton) -> Self {
        let leg = |side: Side| {
            let index = |joint: &str| landmark(skeleton, side, joint);
            Some([index("hip")?, index("knee")?, index("ankle")?])
        };
        Self {
            tracks: vec![UNSEEN; skeleton.keypoints().len()],
            legs: Side::BOTH.into_iter().filter_map(leg).collect(),
            leg: RunningMedian::EMPTY,
            frames: 0,
        }
    }

    pub fn reset(&mut self) {
        self.tracks.fill(UNSEEN);
        self.leg = RunningMedian::EMPTY;
        self.frames = 0;
    }

    /// Calls `rejected` with each outlier of a frame.
    pub fn push(&mut self, frame: &KeypointFrame<'_>, time: f64, rejected: impl FnMut(usize)) {
        let lengths = self.legs.iter().map(|leg| leg_length(frame, *leg));
        self.leg.remember(self.frames, lengths.fold(f64::NAN, f64::max));
        self.frames += 1;
        let leg = self.leg.value();
        match frame.dims {
            2 => self.follow::<2>(frame.points, time, leg, rejected),
            _ => self.follow::<3>(frame.points, time, leg, rejected),
        }
    }

    fn follow<const D: usize>(
        &mut self,
        points: &[f64],
        time: f64,
        leg: f64,
        mut rejected: impl FnMut(usize),
    ) {
        let (points, _) = points.as_chunks::<D>();
        for (keypoint, (track, point)) in self.tracks.iter_mut().zip(points).enumerate() {
            let here = Knot { time, point: place(point) };
            if point.iter().all(|v| v.is_finite()) && track.rejects(here, leg) {
                rejected(keypoint);
            }
        }
    }
}

fn leg_length(frame: &KeypointFrame<'_>, leg: [usize; 3]) -> f64 {
    let [hip, knee, ankle] = leg.map(|keypoint| frame.place(keypoint));
    let (Some(hip), Some(knee), Some(ankle)) = (hip, knee, ankle) else { return f64::NAN };
    squared_distance(hip, knee).sqrt() + squared_distance(knee, ankle).sqrt()
}

impl Track {
    /// Returns true for an outlier; otherwise adds the point to the trajectory. If the leg length
    /// is unknown, no point is an outlier.
    #[inline]
    fn rejects(&mut self, here: Knot, leg: f64) -> bool {
        let [last, _] = self.before;
        let moved = squared_distance(here.point, last.point);
        let age = here.time - last.time;
        let reach = leg * LEAST_SHARE.max(FASTEST * age * age);
        let (reach, usual) = (reach * reach, FACTOR * FACTOR * self.usual);
        // If the leg length is NaN, the limit is NaN and nothing is rejected.
        let limit = if usual > reach { usual } else { reach };
        let goes_on = || here.distance_from_line(&self.before) <= limit;
        let jumps = moved > limit && !goes_on();
        if jumps && !self.rejected {
            self.rejected = true;
            return true;
        }
        self.rejected = false;
        self.before = [here, if jumps { UNKNOWN } else { last }];
        if !jumps && moved.is_finite() {
            let usual = if self.usual.is_nan() { moved } else { self.usual };
            self.usual = usual + FOLLOWS * (moved - usual);
        }
        false
    }
}
