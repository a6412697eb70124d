//! Posture of the body in one frame.

use super::context::PostureContext;
use crate::angle::LIFTED_SHARE;
use crate::math::vector::{Vec3, add, angle_between, cross, dot, norm, scale, sub, unit};
use crate::recording::Recording;
use crate::reps::Rep;
use crate::skeleton::{Side, Skeleton};
use crate::space::Up;
use crate::stats::quantile::median;

pub(super) const NOWHERE: Vec3 = [f64::NAN; 3];

/// Posture in one frame; NaN where not seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FramePosture {
    /// Ankles, left and right.
    pub ankles: [Vec3; 2],
    /// Height of the hip over the ankle, left and right.
    pub heights: [f64; 2],
    /// Length of thigh and shank, left and right.
    pub thighs: [f64; 2],
    /// Length of the whole leg, left and right.
    pub legs: [f64; 2],
    /// Directions at right angles to the planes of hip, knee and ankle, left and right.
    pub hinges: [Vec3; 2],
    /// Half-way between the hips.
    pub hips: Vec3,
    /// From the left hip to the right one.
    pub hip_line: Vec3,
    /// Height of the shoulders above the hips.
    pub rise: f64,
    /// Length of the trunk.
    pub trunk: f64,
}

/// Indices of the posture landmarks in a skeleton.
#[derive(Debug, Clone, Copy)]
pub struct PostureLandmarks {
    /// Hip, knee, ankle, shoulder; left and right each.
    places: [[Option<usize>; 2]; 4],
    up: Vec3,
}

impl PostureLandmarks {
    /// Looks them up once.
    pub fn new(skeleton: &Skeleton, up: Up) -> Self {
        let places = ["hip", "knee", "ankle", "shoulder"].map(|joint| {
            Side::BOTH.map(|side| skeleton.index(&format!("{}_{joint}", side.name())))
        });
        Self { places, up: up.vector() }
    }

    /// Reads a frame; `point` gives a keypoint, NaN where it is missing.
    pub fn read(&self, point: impl Fn(usize) -> Vec3) -> FramePosture {
        let [hips, knees, ankles, shoulders] =
            self.places.map(|pair| pair.map(|place| place.map_or(NOWHERE, &point)));
        let [hl, hr] = hips;
        let [kl, kr] = knees;
        let [al, ar] = ankles;
        let [sl, sr] = shoulders;
        let middle = |a: Vec3, b: Vec3| scale(add(a, b), 0.5);
        let hip = middle(hl, hr);
        let trunk = sub(middle(sl, sr), hip);
        let thighs = [norm(sub(hl, kl)), norm(sub(hr, kr))];
        FramePosture {
            ankles,
            heights: [dot(sub(hl, al), self.up), dot(sub(hr, ar), self.up)],
            thighs,
            legs: [thighs[0] + norm(sub(kl, al)), thighs[1] + norm(sub(kr, ar))],
            hinges: [cross(sub(kl, hl), sub(al, kl)), cross(sub(kr, hr), sub(ar, kr))].map(unit),
            hips: hip,
            hip_line: sub(hr, hl),
            rise: dot(trunk, self.up),
            trunk: norm(trunk),
        }
    }

    /// All frames of a recording.
    pub fn read_all(recording: &Recording) -> Vec<FramePosture> {
        let landmarks = Self::new(recording.skeleton(), recording.up());
        let coordinates = recording.coordinates();
        let dims = recording.up().dims();
        let point = |t: usize, k: usize| {
            [0, 1, 2].map(|d| match coordinates.get((t, k, d)) {
                Some(v) => *v,
                None if d >= dims => 0.0,
                None => f64::NAN,
            })
        };
        (0..recording.times().len()).map(|t| landmarks.read(|k| point(t, k))).collect()
    }
}

/// Index of a side in a pair.
pub(super) fn side_index(side: Side) -> usize {
    usize::from(side == Side::Right)
}

pub(super) fn side_value(pair: [f64; 2], side: Side) -> f64 {
    pair.get(side_index(side)).copied().unwrap_or(f64::NAN)
}

/// Height of the ankle of a leg above the other one.
pub fn height_above_other(posture: &FramePosture, side: Side, up: Vec3) -> f64 {
    let [left, right] = posture.ankles;
    side.sign() * dot(sub(right, left), up)
}

impl FramePosture {
    /// The ankle of a leg.
    pub fn ankle(&self, side: Side) -> Vec3 {
        self.ankles.get(side_index(side)).copied().unwrap_or(NOWHERE)
    }

    /// Height of the hip over the ankle of a leg.
    pub(super) fn height(&self, side: Side) -> f64 {
        side_value(self.heights, side)
    }

    /// Length of the longer leg.
    pub fn leg(&self) -> f64 {
        let [left, right] = self.legs;
        left.max(right)
    }
}

/// Angle by which the plane of hip, knee and ankle is turned in each frame of a repetition from where it is at
/// rest, the largest, degrees.
pub fn largest_turn(postures: &[FramePosture], side: Side, rest: (usize, usize), rep: &Rep) -> f64 {
    let hinge = |s: &FramePosture| s.hinges.get(side_index(side)).copied().unwrap_or(NOWHERE);
    let seen = |v: &Vec3| v.iter().all(|c| c.is_finite());
    let at_rest = postures.get(rest.0..=rest.1).unwrap_or_default().iter().map(hinge).filter(seen);
    let from = at_rest.fold([0.0; 3], add);
    let inside = postures.get(rep.start..=rep.end).unwrap_or_default().iter();
    let turns = inside.map(|s| angle_between(from, hinge(s)).to_degrees());
    turns.fold(f64::NAN, f64::max)
}

/// Frames in which the person may be standing on this leg: wherever its ankle is not clearly above the other.
/// Frames without the ankles are allowed.
pub fn stance_frames(postures: &[FramePosture], context: &PostureContext) -> Vec<bool> {
    let leg = median(&postures.iter().map(FramePosture::leg).collect::<Vec<_>>());
    postures.iter().map(|s| !is_lifted(s, leg, context)).collect()
}

/// True if the foot that should stand is clearly above the other one; `leg` is the length of a leg.
pub fn is_lifted(posture: &FramePosture, leg: f64, context: &PostureContext) -> bool {
    let share = LIFTED_SHARE.max(context.apart_share());
    height_above_other(posture, context.side, context.up.vector()) > share * leg
}
