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

/// Maximum distance of the hips from the origin, as a share of the leg, where the estimator pins them there.
/// Source: chosen: points that have their origin between the hips show no sinking of the hips;
/// measured by docs/evidence/counting.md.
const PINNED_SHARE: f64 = 0.05;
/// The same where one hip is seen: it lies beside the origin by half a pelvis.
/// Source: derived: half of the distance between the hips, a sixth of the leg, and its error.
const PINNED_SHARE_OF_ONE: f64 = 0.25;

/// Share of the body's weight and place of its centre along the segment: trunk with head and arms from the
/// hips, thighs from the hips, shanks with feet from the knees.
/// Source: Winter 2009.
const MASSES: [(f64, f64); 3] = [(0.68, 0.6), (0.20, 0.43), (0.12, 0.6)];
/// Knees this share of the leg ahead of the line hip-ankle show which way the front is.
/// Source: chosen: about 30 degrees of knee bend, above jitter; measured by docs/evidence/form.md.
const LEAST_FRONT: f64 = 0.12;

/// Posture in one frame; NaN where not seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FramePosture {
    /// Ankles, left and right.
    pub ankles: [Vec3; 2],
    /// Height of the hip over the ankle, left and right.
    pub heights: [f64; 2],
    /// From the hip to the knee, left and right.
    pub thigh_lines: [Vec3; 2],
    /// Length of the thigh, left and right.
    pub thighs: [f64; 2],
    /// Height of the hip over the knee, left and right.
    pub thigh_rises: [f64; 2],
    /// Cosine of the bend of the knee, left and right; in an image as it looks.
    pub bend_cosines: [f64; 2],
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
    /// Place of the body's weight.
    pub weight: Vec3,
    /// Half-way between the ankles.
    pub feet: Vec3,
    /// Level direction in which the knees leave the line hip-ankle. NaN where they do not.
    pub front: Vec3,
    /// Distance of the shoulders from the hips along the hip line.
    pub across: f64,
    /// Distance of the shoulders from one another.
    pub shoulders: f64,
    /// Height of the wrists over the shoulders, mean of those seen.
    pub wrist_rise: f64,
    /// True where an estimator puts the origin between the hips, so that their place says nothing.
    pinned_hips: bool,
}

/// Indices of the posture landmarks in a skeleton.
#[derive(Debug, Clone, Copy)]
pub struct PostureLandmarks {
    /// Hip, knee, ankle, shoulder, wrist; left and right each.
    places: [[Option<usize>; 2]; 5],
    up: Vec3,
}

impl PostureLandmarks {
    /// Looks them up once.
    pub fn new(skeleton: &Skeleton, up: Up) -> Self {
        let places = ["hip", "knee", "ankle", "shoulder", "wrist"].map(|joint| {
            Side::BOTH.map(|side| skeleton.index(&format!("{}_{joint}", side.name())))
        });
        Self { places, up: up.vector() }
    }

    /// Reads a frame; `point` gives a keypoint, NaN where it is missing.
    pub fn read(&self, point: impl Fn(usize) -> Vec3) -> FramePosture {
        let point = |place: Option<usize>| place.map_or(NOWHERE, &point);
        let [[hl, hr], [kl, kr], [al, ar], [sl, sr], [wl, wr]] = self.places;
        let ([hl, hr], [kl, kr], [al, ar]) =
            ([point(hl), point(hr)], [point(kl), point(kr)], [point(al), point(ar)]);
        let ([sl, sr], [wl, wr]) = ([point(sl), point(sr)], [point(wl), point(wr)]);
        // From the side one of both may be hidden.
        let middle = |a: Vec3, b: Vec3| {
            let [x, y, z] = scale(add(a, b), 0.5);
            // Mostly both are seen; a sum is finite only if its parts are.
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

    /// Level direction in which the knees leave the line hip-ankle.
    fn front(&self, hip: Vec3, knee: Vec3, ankle: Vec3) -> Vec3 {
        let (thigh, shank) = (sub(knee, hip), sub(ankle, knee));
        let ahead = reject(scale(sub(thigh, shank), 0.5), self.up);
        let least = LEAST_FRONT * (norm(thigh) + norm(shank));
        if norm(ahead) < least { NOWHERE } else { unit(ahead) }
    }

    /// All frames of a recording.
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

/// Centre of the body's weight.
fn weight(hip: Vec3, knee: Vec3, ankle: Vec3, trunk: Vec3) -> Vec3 {
    let [trunks, thighs, shanks] = MASSES;
    let at = |(share, place): (f64, f64), from: Vec3, along: Vec3| {
        scale(add(from, scale(along, place)), share)
    };
    let legs = add(at(thighs, hip, sub(knee, hip)), at(shanks, knee, sub(ankle, knee)));
    add(at(trunks, hip, trunk), legs)
}

/// Mean of the finite ones of two numbers.
#[inline]
pub(super) fn mean_of_seen([a, b]: [f64; 2]) -> f64 {
    match (a.is_finite(), b.is_finite()) {
        (true, true) => 0.5 * (a + b),
        (true, false) => a,
        (false, true) => b,
        (false, false) => f64::NAN,
    }
}

/// Index of a side in a pair.
#[inline]
pub(super) fn side_index(side: Side) -> usize {
    usize::from(side == Side::Right)
}

/// Height of the ankle of a leg above the other one.
#[inline]
pub fn height_above_other(posture: &FramePosture, side: Side, up: Vec3) -> f64 {
    let [left, right] = posture.ankles;
    side.sign() * dot(sub(right, left), up)
}

impl FramePosture {
    /// The ankle of a leg.
    #[inline]
    pub fn ankle(&self, side: Side) -> Vec3 {
        self.ankles.get(side_index(side)).copied().unwrap_or(NOWHERE)
    }

    /// From the hip to the knee of a leg.
    pub(super) fn thigh_line(&self, side: Side) -> Vec3 {
        self.thigh_lines.get(side_index(side)).copied().unwrap_or(NOWHERE)
    }

    /// The posture with the other foot left out of the height of the hips: it hangs free beside a step.
    #[must_use]
    pub fn standing_on(self, side: Side) -> Self {
        let height = self.heights.get(side_index(side)).copied().unwrap_or(f64::NAN);
        Self { heights: [height; 2], ..self }
    }

    /// Height of the hips over the lower ankle.
    #[inline]
    pub(super) fn hips_over_feet(&self) -> f64 {
        let [left, right] = self.heights;
        left.max(right)
    }

    /// True where an estimator puts the origin between the hips, so that their place says nothing.
    #[inline]
    pub(super) fn has_pinned_hips(&self) -> bool {
        self.pinned_hips
    }

    /// Height of the hips: from the origin, or from the lower ankle where the hips are the origin.
    #[inline]
    pub(super) fn hip_height(&self, up: Vec3) -> f64 {
        if self.has_pinned_hips() { self.hips_over_feet() } else { dot(self.hips, up) }
    }

    /// Mean length of the legs that are seen.
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
    let leg = median(&gathered(postures.iter().map(FramePosture::leg)));
    gathered(postures.iter().map(|s| !is_lifted(s, leg, context)))
}

/// True if the foot that should stand is clearly above the other one; `leg` is the length of a leg.
#[inline]
pub fn is_lifted(posture: &FramePosture, leg: f64, context: &PostureContext) -> bool {
    foot_is_up(posture, context.side, leg, context) == Some(true)
}

/// True if the foot of this side is clearly above the other one; `None` where one of them is not seen.
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

/// Share of the frames in which something holds, from an evenly spaced sample; 0 without frames.
pub(super) fn share_of(frames: &[FramePosture], holds: impl Fn(&FramePosture) -> bool) -> f64 {
    let sample = thinned(frames);
    let [all, held] =
        sample.fold([0.0; 2], |[all, held], s| [all + 1.0, held + f64::from(holds(s))]);
    held / f64::max(all, 1.0)
}

/// What a whole movement shows is read where at least this share of it is seen: a few frames of a hidden leg are
/// those in which the estimator errs.
/// Source: chosen: more than a leg changes places by mistake; measured by docs/evidence/counting.md.
pub(super) const SEEN_SHARE: f64 = 0.2;

/// Share of the frames in which something holds among those that tell it, from an evenly spaced sample; NaN
/// where too few do.
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
