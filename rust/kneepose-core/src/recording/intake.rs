//! Checks the numbers of a new recording: missing keypoints, and plausibility of space, unit and
//! axes.

use crate::interrupt::check_at;
use crate::math::simd::any_of;
use crate::math::vector::{Vec3, add, cross, dot, norm, scale, sub};
use crate::memory::{filled, gathered, room};
use crate::signal::channels::all_finite;
use crate::skeleton::{Side, Skeleton};
use crate::space::Up;
use crate::stats::quantile::{median, quantile_in};

/// Minimum share of the frames in which a root keypoint lies at the origin.
/// Source: chosen: the origin of a skeleton lies there in all frames, a missing keypoint in some;
/// held by test tests/recording/test_arrays.py.
const ROOT_SHARE: f64 = 0.9;

/// Summary of the keypoints before missing ones were masked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Given {
    /// True if any coordinate is finite.
    pub has_numbers: bool,
    /// True if any coordinate is neither 0 nor missing.
    pub has_places: bool,
    /// True if any keypoint is not missing.
    pub has_keypoints: bool,
    /// Highest confidence; infinite if there is no confidence.
    pub highest: f64,
}

/// Largest absolute finite value, if it exceeds a limit.
pub fn largest_beyond(values: &[f64], limit: f64) -> Option<f64> {
    let is_beyond = |v: f64| (v.abs() > limit) & (v.abs() < f64::INFINITY);
    let mut chunks = values.chunks(256);
    let any = |chunk: &[f64]| any_of(chunk, is_beyond);
    chunks.any(any).then(|| {
        let finite = values.iter().filter(|v| v.is_finite());
        finite.fold(0.0, |most: f64, v| most.max(v.abs()))
    })
}

/// Masks missing keypoints in place: their coordinates become NaN and their confidence 0. A
/// keypoint is missing if a coordinate is not finite, or if its confidence is 0. At the origin it
/// is also missing: in an image if there is no confidence; in space unless it is the root, which
/// has no side.
pub fn mask_missing(
    points: &mut [f64],
    mut confidence: Option<&mut [f64]>,
    (skeleton, dims): (&Skeleton, usize),
) -> Given {
    let keypoints = skeleton.keypoints().len().max(1);
    let origin_is_missing = dims == 3 || confidence.is_none();
    let root = if dims == 3 { roots(points, skeleton) } else { filled(false, keypoints) };
    let highest = confidence.as_ref().map_or(f64::INFINITY, |_| 0.0);
    let mut given = Given { has_numbers: false, has_places: false, has_keypoints: false, highest };
    for (t, points) in points.chunks_exact_mut(keypoints * dims).enumerate() {
        check_at(t);
        let mut scores = confidence.as_deref_mut();
        let scores =
            scores.as_mut().and_then(|all| all.get_mut(t * keypoints..(t + 1) * keypoints));
        let plain = all_finite(points) && !any_of(points, |v| v == 0.0);
        let highest = |most: f64, score: &f64| if *score > most { *score } else { most };
        let seen = scores.as_deref().unwrap_or_default();
        given.highest = seen.iter().fold(given.highest, highest);
        let sure = !any_of(seen, |score| score == 0.0);
        if plain && sure {
            given = Given { has_numbers: true, has_places: true, has_keypoints: true, ..given };
            continue;
        }
        let mut no_scores = [];
        let mut scores = scores.map_or(no_scores.iter_mut(), |scores| scores.iter_mut());
        for (point, is_root) in points.chunks_exact_mut(dims).zip(&root) {
            let score = scores.next();
            given.has_numbers |= point.iter().any(|v| v.is_finite());
            given.has_places |= point.iter().any(|v| *v != 0.0 && !v.is_nan());
            let at_origin = point.iter().all(|v| *v == 0.0);
            let missing = !point.iter().all(|v| v.is_finite())
                || score.as_deref() == Some(&0.0)
                || origin_is_missing && at_origin && !is_root;
            given.has_keypoints |= !missing;
            if missing {
                point.fill(f64::NAN);
                score.into_iter().for_each(|score| *score = 0.0);
            }
        }
    }
    given
}

/// True for each keypoint on the midline that lies at the origin in nearly all frames, which is a
/// root.
fn roots(points: &[f64], skeleton: &Skeleton) -> Vec<bool> {
    let keypoints = skeleton.keypoints().len();
    let mut sided = filled(false, keypoints);
    for (name, place) in skeleton.landmarks() {
        let is_sided = name.starts_with("left_") || name.starts_with("right_");
        if let (true, Some(slot)) = (is_sided, sided.get_mut(*place)) {
            *slot = true;
        }
    }
    let (points, _) = points.as_chunks::<3>();
    let frames = points.len() / keypoints.max(1);
    let is_root = |(k, sided): (usize, bool)| {
        let track = points.iter().skip(k).step_by(keypoints.max(1));
        let at_origin = || track.filter(|point| **point == [0.0; 3]).count();
        !sided && at_origin() as f64 > ROOT_SHARE * frames as f64
    };
    gathered(sided.into_iter().enumerate().map(is_root))
}

/// Smallest and largest finite value of one component of the points; `None` if any is negative.
pub fn range_above_zero(points: &[f64], dims: usize, component: usize) -> Option<[f64; 2]> {
    let mut range = None;
    let values = points.chunks_exact(dims.max(1)).filter_map(|point| point.get(component));
    for value in values.filter(|v| v.is_finite()) {
        if *value < 0.0 {
            return None;
        }
        let [low, high] = range.unwrap_or([*value; 2]);
        range = Some([low.min(*value), high.max(*value)]);
    }
    range
}

/// Share of the finite values whose absolute value is at most `limit`; NaN if there are none.
pub fn share_within(values: &[f64], limit: f64) -> f64 {
    let count = |[finite, within]: [f64; 2], v: &f64| {
        [finite + f64::from(v.is_finite()), within + f64::from(v.abs() <= limit)]
    };
    let [finite, within] = values.iter().fold([0.0; 2], count);
    within / finite
}

/// Quantile `q` of the distance between two keypoints over the frames; NaN if they are never
/// visible together.
pub fn segment_length(
    points: &[f64],
    (keypoints, dims): (usize, usize),
    (upper, lower): (usize, usize),
    q: f64,
) -> f64 {
    let length = |row: &[f64]| {
        let end = |k: usize| row.get(k * dims..(k + 1) * dims).unwrap_or_default();
        let squares = end(upper).iter().zip(end(lower)).map(|(a, b)| (a - b) * (a - b));
        squares.sum::<f64>().sqrt()
    };
    let rows = points.chunks_exact((keypoints * dims).max(1));
    quantile_in(rows.map(length), q, &mut room(points.len() / (keypoints * dims).max(1)))
}

/// Landmarks whose extent is used as the size of a body.
const BODY: [&str; 4] = ["shoulder", "hip", "knee", "ankle"];
/// Minimum number of these landmarks in a frame for a size.
/// Source: chosen: two joints may coincide; no test shows its effect.
const LEAST_JOINTS: usize = 3;
/// Minimum distance of the knees from the line hips-ankles at which their direction is used, as a
/// share of the length of that line; it is reached at 35° of flexion.
/// Source: derived: half of the tangent of 17.5 degrees; below it the direction is noise.
const BENT: f64 = 0.15;
/// Minimum share of the frames with flexed knees from which the forward direction of a body is
/// determined.
/// Source: chosen: the knees are flexed for a larger share of a repetition; held by test
/// tests/quality/test_input_cases.py.
const LEAST_BENT: f64 = 0.1;

/// Size and orientation of a body in 3-D, as medians over the frames; NaN if unknown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BodyInSpace {
    /// Largest extent of shoulders, hips, knees and ankles along a coordinate axis, in the unit of
    /// the points.
    pub size: f64,
    /// Cosines between the vertical and two vectors: from the ankles to the shoulders, and from the
    /// hips to the shoulders.
    pub standing: [f64; 2],
    /// Cosines between the forward direction of the hips and two vectors: that of the toes, and
    /// that of the flexed knees.
    pub ahead: [f64; 2],
}

/// Size and orientation of the body in points (frames, keypoints, 3); NaN marks missing ones.
pub fn body_in_space(points: &[f64], skeleton: &Skeleton, up: Up) -> BodyInSpace {
    let (points, _) = points.as_chunks::<3>();
    let keypoints = skeleton.keypoints().len().max(1);
    let place = |joint: &str, side: Side| skeleton.index(&format!("{}_{joint}", side.name()));
    let joints: Vec<usize> =
        gathered(BODY.iter().flat_map(|joint| Side::BOTH.map(|side| place(joint, side))).flatten());
    let pair = |joint: &str| place(joint, Side::Left).zip(place(joint, Side::Right));
    let names = ["hip", "shoulder", "ankle", "knee", "heel", "big_toe"];
    let [hips, shoulders, ankles, knees, heels, toes] = names.map(pair);
    let frames = points.len() / keypoints;
    let mut sizes = room(frames);
    let mut cosines = [(); 4].map(|()| room(frames));
    let mut bent = 0;
    let upward = up.vector();
    for (t, row) in points.chunks_exact(keypoints).enumerate() {
        check_at(t);
        let at = |k: usize| row.get(k).copied().unwrap_or([f64::NAN; 3]);
        let middle = |pair: Option<(usize, usize)>| {
            pair.map_or([f64::NAN; 3], |(left, right)| scale(add(at(left), at(right)), 0.5))
        };
        sizes.push(size_of(joints.iter().map(|k| at(*k))));
        let [hip, shoulder, ankle] = [hips, shoulders, ankles].map(middle);
        let ahead = hips.map_or([f64::NAN; 3], |(l, r)| cross(upward, sub(at(r), at(l))));
        let far = norm(ahead);
        let bend = bend(hip, middle(knees), ankle);
        bent += usize::from(bend.is_some());
        let ways = [
            (sub(shoulder, ankle), (upward, 1.0)),
            (sub(shoulder, hip), (upward, 1.0)),
            (sub(middle(toes), middle(heels)), (ahead, far)),
            (bend.unwrap_or([f64::NAN; 3]), (ahead, far)),
        ];
        for (cosines, (way, (along, length))) in cosines.iter_mut().zip(ways) {
            cosines.push(dot(way, along) / norm(way) / length);
        }
    }
    let [over_ankles, over_hips, of_toes, of_knees] = cosines.map(|of| median(&of));
    let is_bent = bent as f64 >= LEAST_BENT * frames as f64;
    BodyInSpace {
        size: if joints.len() < LEAST_JOINTS { f64::NAN } else { median(&sizes) },
        standing: [over_ankles, over_hips],
        ahead: [of_toes, if is_bent { of_knees } else { f64::NAN }],
    }
}

/// Largest extent of some points along a coordinate axis; NaN for fewer than three.
fn size_of(points: impl Iterator<Item = Vec3>) -> f64 {
    let (mut low, mut high, mut seen) = ([f64::INFINITY; 3], [f64::NEG_INFINITY; 3], 0);
    for point in points.filter(|point| point.iter().all(|v| v.is_finite())) {
        seen += 1;
        for (v, (low, high)) in point.into_iter().zip(low.iter_mut().zip(&mut high)) {
            *low = if v < *low { v } else { *low };
            *high = if v > *high { v } else { *high };
        }
    }
    let [x, y, z] = sub(high, low);
    if seen < LEAST_JOINTS { f64::NAN } else { x.max(y).max(z) }
}

/// Vector from the line hips-ankles to the knees; `None` if the knees are straight.
fn bend(hips: Vec3, knees: Vec3, ankles: Vec3) -> Option<Vec3> {
    let (line, thigh) = (sub(ankles, hips), sub(knees, hips));
    let off = sub(thigh, scale(line, dot(thigh, line) / dot(line, line)));
    (norm(off) > BENT * norm(line)).then_some(off)
}
