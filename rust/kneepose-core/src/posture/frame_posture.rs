//! Posture of the body in one frame.

use super::context::PostureContext;
use crate::angle::LIFTED_SHARE;
use crate::interrupt::check_at;
use crate::math::vector::{Vec3, add, angle_between, cross, dot, norm, reject, scale, sub, unit};
use crate::memory::gathered;
use crate::recording::Recording;
use crate::reps::Rep;
use crate::skeleton::{Side, Skeleton};
use crate::space::Up;
use crate::stats::quantile::{median, thinned};

pub(super) const NOWHERE: Vec3 = [f64::NAN; 3];

/// Maximum distance of the mid-hip from the origin at which the estimator counts as fixing the hips
/// at the origin, as a share of the leg length.
/// Source: chosen: if the origin of the points lies between the hips, they do not show the sinking
/// of the hips; measured by docs/evidence/counting.md.
const PINNED_SHARE: f64 = 0.05;
/// Maximum distance from the origin if only one hip is visible, which lies beside the origin by
/// half the hip width.
/// Source: derived: half of the distance between the hips, a sixth of the leg, and its error.
const PINNED_SHARE_OF_ONE: f64 = 0.25;

/// Segments as pairs of their share of body mass and the position of the center of mass along the
/// segment: trunk with head and arms (from the hips), thighs (from the hips), shanks with feet
/// (from the knees).
/// Source: Winter 2009.
const MASSES: [(f64, f64); 3] = [(0.68, 0.6), (0.20, 0.43), (0.12, 0.6)];
/// Minimum distance of the knees from the line hip-ankle at which they show the forward direction,
/// as a share of the leg length.
/// Source: chosen: corresponds to about 30 degrees of knee flexion, and is above jitter; measured
/// by docs/evidence/form.md.
const LEAST_FRONT: f64 = 0.12;

/// Dimensions of the body in one frame; NaN if keypoints are missing. Pairs are left and right.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FramePosture {
    /// Positions of the ankles, left and right.
    pub ankles: [Vec3; 2],
    /// Height of the hip above the ankle, left and right.
    pub heights: [f64; 2],
    /// Vector from the hip to the knee, left and right.
    pub thigh_lines: [Vec3; 2],
    /// Length of the thigh, left and right.
    pub thighs: [f64; 2],
    /// Height of the hip above the knee, left and right.
    pub thigh_rises: [f64; 2],
    /// Cosine of the knee flexion, left and right; in an image, of its projection.
    pub bend_cosines: [f64; 2],
    /// Length of the leg, left and right: thigh plus shank.
    pub legs: [f64; 2],
    /// Normals of the planes through hip, knee and ankle, left and right.
    pub hinges: [Vec3; 2],
    /// Midpoint between the hips.
    pub hips: Vec3,
    /// Vector from the left to the right hip.
    pub hip_line: Vec3,
    /// Height of the shoulders above the hips.
    pub rise: f64,
    /// Length of the trunk.
    pub trunk: f64,
    /// Position of the body's center of mass.
    pub weight: Vec3,
    /// Midpoint between the ankles.
    pub feet: Vec3,
    /// Horizontal direction in which the knees deviate from the line hip-ankle; NaN if the legs are
    /// straight.
    pub front: Vec3,
    /// Distance of the shoulders from the hips, measured along the hip line.
    pub across: f64,
    /// Distance between the shoulders.
    pub shoulders: f64,
    /// Height of the wrists above the shoulders; mean of the visible ones.
    pub wrist_rise: f64,
    /// True if the estimator fixes the midpoint of the hips at the origin, so that their position
    /// carries no information.
    pinned_hips: bool,
}

/// Keypoint indices of the posture landmarks in a skeleton.
#[derive(Debug, Clone, Copy)]
pub struct PostureLandmarks {
    /// Indices of hip, knee, ankle, shoulder and wrist, left and right each.
    places: [[Option<usize>; 2]; 5],
    up: Vec3,
}

impl PostureLandmarks {
    /// Looks up the landmarks in a skeleton.
    pub fn new(skeleton: &Skeleton, up: Up) -> Self {
        let places = ["hip", "knee", "ankle", "shoulder", "wrist"].map(|joint| {
            Side::BOTH.map(|side| skeleton.index(&format!("{}_{joint}", side.name())))
        });
        Self { places, up: up.vector() }
    }

    /// Computes the posture of one frame. `point` returns a keypoint, NaN if it is missing.
    pub fn read(&self, point: impl Fn(usize) -> Vec3) -> FramePosture {
        let point = |place: Option<usize>| place.map_or(NOWHERE, &point);
        let [[hl, hr], [kl, kr], [al, ar], [sl, sr], [wl, wr]] = self.places;
        let ([hl, hr], [kl, kr], [al, ar]) =
            ([point(hl), point(hr)], [point(kl), point(kr)], [point(al), point(ar)]);
        let ([sl, sr], [wl, wr]) = ([point(sl), point(sr)], [point(wl), point(wr)]);
        // From the side one of the two points may be hidden; the other one is then used alone.
        let middle = |a: Vec3, b: Vec3| {
            let [x, y, z] = scale(add(a, b), 0.5);
            // Usually both points are visible. A sum is finite only if all its terms are.
            if (x + y + z).is_finite() {
                return [x, y, z];
            }
            let ([ax, ay, az], [bx, by, bz]) = (a, b);
            [[ax, bx], [ay, by], [az, bz]].map(mean_of_seen)
        };
        let [hip, knee, ankle] = [middle(hl, hr), middle(kl, kr), middle(al, ar)];
        let shoulder = middle(sl, sr);
        let trunk = sub(shoulder, hip);
        let hip_line = sub(hr, hl);
        let [thigh_l, thigh_r] = [sub(kl, hl), sub(kr, hr)];
        let [shank_l, shank_r] = [sub(al, kl), sub(ar, kr)];
        let thighs = [norm(thigh_l), norm(thigh_r)];
        let shanks = [norm(shank_l), norm(shank_r)];
        let legs = [thighs[0] + shanks[0], thighs[1] + shanks[1]];
        let both_hips = norm(hip_line).is_finite();
        let pinned_share = if both_hips { PINNED_SHARE } else { PINNED_SHARE_OF_ONE };
        FramePosture {
            ankles: [al, ar],
            heights: [dot(sub(hl, al), self.up), dot(sub(hr, ar), self.up)],
            thigh_lines: [thigh_l, thigh_r],
            thighs,
            thigh_rises: [-dot(thigh_l, self.up), -dot(thigh_r, self.up)],
            bend_cosines: [
                dot(thigh_l, shank_l) / (thighs[0] * shanks[0]),
                dot(thigh_r, shank_r) / (thighs[1] * shanks[1]),
            ],
            legs,
            hinges: [cross(thigh_l, shank_l), cross(thigh_r, shank_r)].map(unit),
            hips: hip,
            hip_line,
            rise: dot(trunk, self.up),
            trunk: norm(trunk),
            weight: weight(hip, knee, ankle, trunk),
            feet: ankle,
            front: self.front(hip, knee, ankle),
            across: dot(trunk, unit(hip_line)),
            shoulders: norm(sub(sr, sl)),
            wrist_rise: dot(sub(middle(wl, wr), shoulder), self.up),
            pinned_hips: norm(hip) < pinned_share * longer(legs).max(norm(trunk)),
        }
    }

    /// Horizontal direction in which the knees deviate from the line hip-ankle.
    fn front(&self, hip: Vec3, knee: Vec3, ankle: Vec3) -> Vec3 {
        let (thigh, shank) = (sub(knee, hip), sub(ankle, knee));
        let ahead = reject(scale(sub(thigh, shank), 0.5), self.up);
        let least = LEAST_FRONT * (norm(thigh) + norm(shank));
        if norm(ahead) < least { NOWHERE } else { unit(ahead) }
    }

    /// Computes the postures of all frames of a recording.
    pub fn read_all(recording: &Recording) -> Vec<FramePosture> {
        let landmarks = Self::new(recording.skeleton(), recording.up());
        let (dims, keypoints) = (recording.up().dims(), recording.skeleton().keypoints().len());
        let rows = recording.points().chunks_exact((keypoints * dims).max(1)).enumerate();
        gathered(rows.map(|(t, row)| {
            check_at(t);
            landmarks.read(|k| {
                let from_here = row.get(k * dims..).unwrap_or_default();
                match (dims, from_here) {
                    (3, [x, y, z, ..]) => [*x, *y, *z],
                    (2, [x, y, ..]) => [*x, *y, 0.0],
                    _ => NOWHERE,
                }
            })
        }))
    }
}

/// Center of mass of the body.
fn weight(hip: Vec3, knee: Vec3, ankle: Vec3, trunk: Vec3) -> Vec3 {
    let [trunks, thighs, shanks] = MASSES;
    let at = |(share, place): (f64, f64), from: Vec3, along: Vec3| {
        scale(add(from, scale(along, place)), share)
    };
    let legs = add(at(thighs, hip, sub(knee, hip)), at(shanks, knee, sub(ankle, knee)));
    add(at(trunks, hip, trunk), legs)
}

/// Mean of those of two numbers that are finite.
#[inline]
pub(super) fn mean_of_seen([a, b]: [f64; 2]) -> f64 {
    match (a.is_finite(), b.is_finite()) {
        (true, true) => 0.5 * (a + b),
        (true, false) => a,
        (false, true) => b,
        (false, false) => f64::NAN,
    }
}

/// Index of a side in a pair (left, right).
#[inline]
pub(super) fn side_index(side: Side) -> usize {
    usize::from(side == Side::Right)
}

/// Height of the ankle of a leg above the other ankle.
#[inline]
pub fn height_above_other(posture: &FramePosture, side: Side, up: Vec3) -> f64 {
    let [left, right] = posture.ankles;
    side.sign() * dot(sub(right, left), up)
}

impl FramePosture {
    /// Position of the ankle of a leg.
    #[inline]
    pub fn ankle(&self, side: Side) -> Vec3 {
        self.ankles.get(side_index(side)).copied().unwrap_or(NOWHERE)
    }

    /// Height of the hip over the knee of a leg.
    pub fn thigh_rise(&self, side: Side) -> f64 {
        self.thigh_rises.get(side_index(side)).copied().unwrap_or(f64::NAN)
    }

    /// Vector from the hip to the knee of a leg.
    pub(super) fn thigh_line(&self, side: Side) -> Vec3 {
        self.thigh_lines.get(side_index(side)).copied().unwrap_or(NOWHERE)
    }

    /// Copy of the posture whose hip height refers to one foot only, because the other foot hangs
    /// beside a step.
    #[must_use]
    pub fn standing_on(self, side: Side) -> Self {
        let height = self.heights.get(side_index(side)).copied().unwrap_or(f64::NAN);
        Self { heights: [height; 2], ..self }
    }

    /// Height of the hips above the lower ankle.
    #[inline]
    pub(super) fn hips_over_feet(&self) -> f64 {
        let [left, right] = self.heights;
        left.max(right)
    }

    /// True if the estimator fixes the midpoint of the hips at the origin, so that their position
    /// carries no information.
    #[inline]
    pub(super) fn has_pinned_hips(&self) -> bool {
        self.pinned_hips
    }

    /// Height of the hips above the origin; above the lower ankle if the estimator fixes the hips
    /// at the origin.
    #[inline]
    pub(super) fn hip_height(&self, up: Vec3) -> f64 {
        if self.has_pinned_hips() { self.hips_over_feet() } else { dot(self.hips, up) }
    }

    /// Mean length of the visible legs.
    #[inline]
    pub(super) fn mean_leg(&self) -> f64 {
        mean_of_seen(self.legs)
    }

    /// Length of the longer leg.
    pub fn leg(&self) -> f64 {
        longer(self.legs)
    }
}

/// Length of the longer leg.
fn longer([left, right]: [f64; 2]) -> f64 {
    left.max(right)
}

/// Largest rotation of the plane of hip, knee and ankle within a repetition, relative to rest,
/// degrees.
pub fn largest_turn(postures: &[FramePosture], side: Side, rest: (usize, usize), rep: &Rep) -> f64 {
    let hinge = |s: &FramePosture| s.hinges.get(side_index(side)).copied().unwrap_or(NOWHERE);
    let seen = |v: &Vec3| v.iter().all(|c| c.is_finite());
    let at_rest = postures.get(rest.0..=rest.1).unwrap_or_default().iter().map(hinge).filter(seen);
    let from = at_rest.fold([0.0; 3], add);
    let inside = postures.get(rep.start..=rep.end).unwrap_or_default().iter();
    let turns = inside.map(|s| angle_between(from, hinge(s)).to_degrees());
    turns.fold(f64::NAN, f64::max)
}

/// Flags the frames in which the person may be standing on the leg under analysis, because its
/// ankle is not clearly above the other. Frames without visible ankles are flagged as well.
pub fn stance_frames(postures: &[FramePosture], context: &PostureContext) -> Vec<bool> {
    let leg = median(&gathered(postures.iter().map(FramePosture::leg)));
    gathered(postures.iter().map(|s| !is_lifted(s, leg, context)))
}

/// True if the foot that should stand is clearly above the other; `leg` is the leg length.
#[inline]
pub fn is_lifted(posture: &FramePosture, leg: f64, context: &PostureContext) -> bool {
    foot_is_up(posture, context.side, leg, context) == Some(true)
}

/// True if the foot of this side is clearly above the other; `None` if either is missing.
#[inline]
pub(super) fn foot_is_up(
    posture: &FramePosture,
    side: Side,
    leg: f64,
    context: &PostureContext,
) -> Option<bool> {
    let share = LIFTED_SHARE.max(context.apart_share());
    let above = height_above_other(posture, side, context.up.vector());
    above.is_finite().then_some(above > share * leg)
}

/// Share of the frames that fulfill a condition, from an evenly spaced sample; 0 without frames.
pub(super) fn share_of(frames: &[FramePosture], holds: impl Fn(&FramePosture) -> bool) -> f64 {
    let sample = thinned(frames);
    let [all, held] =
        sample.fold([0.0; 2], |[all, held], s| [all + 1.0, held + f64::from(holds(s))]);
    held / f64::max(all, 1.0)
}

/// Minimum share of the frames of a movement in which a leg must be visible for its values to
/// count. In single visible frames of a hidden leg, the estimator is often wrong.
/// Source: chosen: an estimator exchanges the legs by mistake in fewer frames; measured by
/// docs/evidence/counting.md.
pub(super) const SEEN_SHARE: f64 = 0.2;

/// Share of the frames that fulfill a condition, among the frames in which it can be tested; NaN if
/// these are too few. The frames are an evenly spaced sample.
pub(super) fn share_of_seen(
    frames: &[FramePosture],
    holds: impl Fn(&FramePosture) -> Option<bool>,
) -> f64 {
    let [mut all, mut told, mut held] = [0.0; 3];
    for frame in thinned(frames) {
        all += 1.0;
        if let Some(is) = holds(frame) {
            (told, held) = (told + 1.0, held + f64::from(is));
        }
    }
    if told < SEEN_SHARE * all { f64::NAN } else { held / told }
}
