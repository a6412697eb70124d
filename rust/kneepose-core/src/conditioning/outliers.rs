//! Masks points that jump away from their own trajectory and back. A point is judged by distances, so
//! that turning the axes changes nothing.
//!
//! An outlier is far from the path through the nearest frames that are no suspects. In a recording, the path is the cubic through frames on both sides, on which fast motion and turning points
//! lie, or the line through the frames before or after alone, so that a step is not taken for an outlier.
//! An outlier is also far from the line between the frames before and after it, in the median of three pairs
//! of frames, which a spike among the neighbors does not change.
//!
//! A stream knows the frames before only, so the path is the last point or the line through the last two,
//! and fast movement must be allowed for. A second frame in a row away from the path is a step.

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

/// Pairs of frames around the frame in question: up to three frames in a row can be outliers.
/// Source: decision 0001.
const PAIRS: usize = 3;
/// Two frames on each side of an outlier become suspects as well, so at most this many frames lie
/// between frames that are no suspects.
/// Source: derived: the suspects of `PAIRS` frames and two beside them on each side.
const WIDEST: usize = PAIRS + 2 * 2 + 1;
/// Largest distance to such frames.
/// Source: derived: half of `WIDEST`, rounded up.
const REACH: usize = PAIRS + 2 + 1;
/// An outlier deviates this many times as much as the points around it do in the median; in a stream, as
/// points before it from each other in the mean square.
/// Source: decision 0001.
const FACTOR: f64 = 3.0;
/// The median is taken over stretches of this length: the current one and its two neighbours, seconds.
/// Source: decision 0001, which leaves the length open: three stretches are the last seconds.
const STRETCH_S: f64 = 1.0;
const LEAST_STRETCH: usize = 16;

/// Masks outliers. `spread_floor` is the least deviation that counts as typical, since rounded pixels
/// can have none.
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

/// Squared distance of each point from the line between its neighbours, frame after frame: median
/// over the pairs, the smaller of two, NaN where there is no pair.
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
    /// Room for a frame: squares of all components, and distances of the points for each pair.
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

/// Median of three; of two the smaller; of one itself. Without branches.
#[inline(always)]
fn median_of_three(a: f64, b: f64, c: f64) -> f64 {
    let least = |x: f64, y: f64| if (y < x) | x.is_nan() { y } else { x };
    let lesser = |x: f64, y: f64| if y < x { y } else { x };
    let greater = |x: f64, y: f64| if y > x { y } else { x };
    let middle = greater(lesser(a, b), lesser(greater(a, b), c));
    if a.is_nan() | b.is_nan() | c.is_nan() { least(least(a, b), c) } else { middle }
}

/// Typical deviation of each keypoint in each stretch of time, computed where it is needed.
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

    /// (keypoint, frame, squared limit) of the points that are far off, in order.
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
                    // One usual deviation that is large enough spares the others.
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

    /// Largest deviation of each keypoint in a stretch; 0 where it is within the limit of the stretch alone: it is
    /// small, or most others are so large that their median is as well. That takes no median to find out.
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

/// Reads the deviations of all keypoints in a stretch.
struct Columns<'a> {
    rows: &'a [f64],
    /// The largest of each keypoint.
    largest: &'a mut [f64],
    /// Number of those whose limit the largest does not exceed, less half of the finite ones.
    majority: &'a mut [f64],
}

impl SimdJob for Columns<'_> {
    #[inline(always)]
    fn run(self, _: Option<Wide>) {
        let Self { rows, largest, majority } = self;
        let width = largest.len().max(1);
        for row in rows.chunks_exact(width) {
            // Comparisons with NaN are false.
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

/// Squared distance of a point from the path through the two frames before and the two after it that
/// are above suspicion: from the cubic through all four or the lines through either two, whichever is
/// nearest; from the line between where only one on a side is near. `None` where the nearest are too far
/// apart to say: then it is the path itself that is steep.
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

/// A point of a path; NaN where unknown.
#[derive(Debug, Clone, Copy)]
struct Knot {
    time: f64,
    point: [f64; 3],
}

const UNKNOWN: Knot = Knot { time: f64::NAN, point: [f64::NAN; 3] };

impl Knot {
    /// Squared distance from the line through two others, the nearer one first.
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

    /// Squared distance from Lagrange's polynomial through four others.
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

/// A stream rejects a point only if it is farther from its path than this share of the leg …
/// Source: decision 0014.
const LEAST_SHARE: f64 = 0.15;
/// … and than a joint gets by this acceleration since the last frame, legs per second squared: about ten
/// times gravity.
/// Source: decision 0014.
const FASTEST: f64 = 120.0;
/// Share by which the usual distance between points follows each frame.
/// Source: chosen: the last twenty frames; no test shows its effect.
const FOLLOWS: f64 = 0.05;

/// Outliers of a stream.
#[derive(Debug, Clone)]
pub(super) struct CausalOutliers {
    tracks: Tracks,
    /// Hip, knee and ankle of each leg.
    legs: Vec<[usize; 3]>,
    leg: RunningMedian,
    frames: usize,
}

/// Path of one keypoint.
#[derive(Debug, Clone, Copy)]
struct Track {
    /// The last two points, the later one first.
    before: [Knot; 2],
    /// Usual squared distance between points that follow each other; NaN where unknown.
    usual: f64,
    /// True if the last point was rejected.
    rejected: bool,
}

/// The [`Track`] of each keypoint, by their parts.
#[derive(Debug, Clone)]
struct Tracks {
    /// Coordinates of the last points, and of those before.
    last: Vec<f64>,
    earlier: Vec<f64>,
    /// Times of both.
    last_times: Vec<f64>,
    earlier_times: Vec<f64>,
    usual: Vec<f64>,
    rejected: Vec<bool>,
    /// Squared distances of the points of a frame from the last ones: by coordinate, and the sums; and their limits.
    squares: Vec<f64>,
    moved: Vec<f64>,
    limits: Vec<f64>,
}

impl CausalOutliers {
    pub fn new(skeleton: &Skeleton) -> Self {
        let leg = |side: Side| {
            let index = |joint: &str| landmark(skeleton, side, joint);
            Some([index("hip")?, index("knee")?, index("ankle")?])
        };
        Self {
            tracks: Tracks::new(skeleton.keypoints().len()),
            legs: Side::BOTH.into_iter().filter_map(leg).collect(),
            leg: RunningMedian::EMPTY,
            frames: 0,
        }
    }

    pub fn reset(&mut self) {
        self.tracks = Tracks::new(self.tracks.usual.len());
        self.leg = RunningMedian::EMPTY;
        self.frames = 0;
    }

    /// Names the outliers of a frame.
    pub fn push(&mut self, frame: &KeypointFrame<'_>, time: f64, rejected: impl FnMut(usize)) {
        let lengths = self.legs.iter().map(|leg| leg_length(frame, *leg));
        self.leg.remember(self.frames, lengths.fold(f64::NAN, f64::max));
        self.frames += 1;
        let leg = self.leg.value();
        match frame.dims {
            2 => self.tracks.follow::<2>(frame.points, time, leg, rejected),
            _ => self.tracks.follow::<3>(frame.points, time, leg, rejected),
        }
    }
}

fn leg_length(frame: &KeypointFrame<'_>, leg: [usize; 3]) -> f64 {
    let [hip, knee, ankle] = leg.map(|keypoint| frame.place(keypoint));
    let (Some(hip), Some(knee), Some(ankle)) = (hip, knee, ankle) else { return f64::NAN };
    squared_distance(hip, knee).sqrt() + squared_distance(knee, ankle).sqrt()
}

impl Tracks {
    fn new(keypoints: usize) -> Self {
        let unknown = |count| filled(f64::NAN, count);
        Self {
            last: unknown(3 * keypoints),
            earlier: unknown(3 * keypoints),
            last_times: unknown(keypoints),
            earlier_times: unknown(keypoints),
            usual: unknown(keypoints),
            rejected: filled(false, keypoints),
            squares: unknown(3 * keypoints),
            moved: unknown(keypoints),
            limits: unknown(keypoints),
        }
    }

    fn get<const D: usize>(&self, keypoint: usize) -> Track {
        let knot = |times: &[f64], points: &[f64]| Knot {
            time: at(times, keypoint),
            point: place(points.as_chunks::<D>().0.get(keypoint).map_or(&[], |point| point)),
        };
        Track {
            before: [knot(&self.last_times, &self.last), knot(&self.earlier_times, &self.earlier)],
            usual: at(&self.usual, keypoint),
            rejected: self.rejected.get(keypoint) == Some(&true),
        }
    }

    fn set<const D: usize>(&mut self, keypoint: usize, track: &Track) {
        let Self { last, earlier, last_times, earlier_times, usual, rejected, .. } = self;
        let [newer, older] = &track.before;
        for (points, knot) in [(last, newer), (earlier, older)] {
            if let Some(point) = points.as_chunks_mut::<D>().0.get_mut(keypoint) {
                point.iter_mut().zip(knot.point).for_each(|(slot, v)| *slot = v);
            }
        }
        let numbers = [(last_times, newer.time), (earlier_times, older.time), (usual, track.usual)];
        for (of_all, number) in numbers {
            if let Some(slot) = of_all.get_mut(keypoint) {
                *slot = number;
            }
        }
        if let Some(slot) = rejected.get_mut(keypoint) {
            *slot = track.rejected;
        }
    }

    /// Adds the points of a frame, but for the outliers, which are named.
    fn follow<const D: usize>(
        &mut self,
        points: &[f64],
        time: f64,
        leg: f64,
        mut rejected: impl FnMut(usize),
    ) {
        let mut is_plain = false;
        run_simd(Following::<D> { tracks: self, points, time, leg, is_plain: &mut is_plain });
        if is_plain {
            return;
        }
        for (keypoint, point) in points.as_chunks::<D>().0.iter().enumerate() {
            if point.iter().all(|v| v.is_finite()) {
                let mut track = self.get::<D>(keypoint);
                if track.rejects(Knot { time, point: place(point) }, leg) {
                    rejected(keypoint);
                }
                self.set::<D>(keypoint, &track);
            }
        }
    }
}

impl Track {
    /// Adds a point, unless it is an outlier. A leg of unknown length tells nothing.
    #[inline]
    fn rejects(&mut self, here: Knot, leg: f64) -> bool {
        let [last, _] = self.before;
        let moved = squared_distance(here.point, last.point);
        let limit = limit(here.time - last.time, leg, self.usual);
        let goes_on = || here.distance_from_line(&self.before) <= limit;
        let jumps = moved > limit && !goes_on();
        if jumps && !self.rejected {
            self.rejected = true;
            return true;
        }
        self.rejected = false;
        self.before = [here, if jumps { UNKNOWN } else { last }];
        if !jumps && moved.is_finite() {
            self.usual = followed(self.usual, moved);
        }
        false
    }
}

/// Squared distance that a point may be from the last one, seen `age` seconds ago.
#[inline(always)]
fn limit(age: f64, leg: f64, usual: f64) -> f64 {
    let fast = FASTEST * age * age;
    let reach = leg * if fast > LEAST_SHARE { fast } else { LEAST_SHARE };
    let (reach, usual) = (reach * reach, FACTOR * FACTOR * usual);
    // Without a leg there is no limit.
    if usual > reach { usual } else { reach }
}

/// Usual squared distance after one more.
#[inline(always)]
fn followed(usual: f64, moved: f64) -> f64 {
    let usual = if usual.is_nan() { moved } else { usual };
    usual + FOLLOWS * (moved - usual)
}

/// Adds the points of a frame in which all are seen, were seen before, and moved within their limits, as in most
/// frames. Else it changes nothing.
struct Following<'a, const D: usize> {
    tracks: &'a mut Tracks,
    points: &'a [f64],
    time: f64,
    leg: f64,
    is_plain: &'a mut bool,
}

impl<const D: usize> SimdJob for Following<'_, D> {
    #[inline(always)]
    fn run(self, _: Option<Wide>) {
        let Self { tracks, points, time, leg, is_plain } = self;
        let Tracks { last, last_times, usual, squares, moved, limits, rejected, .. } = tracks;
        fourwise(squares, [points, last, last], |square, here, last, _| {
            let off = here - last;
            *square = off * off;
        });
        pairwise(moved, squares.as_chunks::<D>().0, |moved, squares| {
            *moved = 0.0;
            for square in squares {
                *moved += square;
            }
        });
        fourwise(limits, [last_times, usual, usual], |to, last, usual, _| {
            *to = limit(time - last, leg, *usual);
        });
        let mut odd = 0_u64;
        // Comparisons with NaN are false.
        pairwise(moved, limits, |moved, limit| {
            odd |= u64::from(*moved > *limit) | u64::from(!moved.is_finite());
        });
        let was_rejected = rejected.iter().fold(false, |any, is| any | is);
        *is_plain = odd == 0 && !was_rejected;
        if *is_plain {
            std::mem::swap(&mut tracks.last, &mut tracks.earlier);
            std::mem::swap(&mut tracks.last_times, &mut tracks.earlier_times);
            pairwise(&mut tracks.last, points, |last, here| *last = *here);
            tracks.last_times.fill(time);
            pairwise(&mut tracks.usual, &tracks.moved, |usual, moved| {
                *usual = followed(*usual, *moved);
            });
        }
    }
}
