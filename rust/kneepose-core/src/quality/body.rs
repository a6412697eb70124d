//! Extracts the landmarks that the quality checks use from a recording.

use crate::interrupt::check_at;
use crate::math::vector::{Vec3, add, dot, norm, nowhere, scale, sub};
use crate::memory::{filled, gathered};
use crate::recording::Recording;
use crate::skeleton::Side;
use crate::space::Up;

/// Landmark that exists on both sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Joint {
    Shoulder,
    Elbow,
    Wrist,
    Hip,
    Knee,
    Ankle,
    Heel,
    BigToe,
    SmallToe,
    Ear,
}

impl Joint {
    /// Name in the skeleton table, without the side.
    pub(super) fn name(self) -> &'static str {
        JOINTS.get(self as usize).map_or("", |(_, name)| name)
    }
}

/// All joints with their names in the skeleton table, in the order of the enum.
const JOINTS: [(Joint, &str); 10] = [
    (Joint::Shoulder, "shoulder"),
    (Joint::Elbow, "elbow"),
    (Joint::Wrist, "wrist"),
    (Joint::Hip, "hip"),
    (Joint::Knee, "knee"),
    (Joint::Ankle, "ankle"),
    (Joint::Heel, "heel"),
    (Joint::BigToe, "big_toe"),
    (Joint::SmallToe, "small_toe"),
    (Joint::Ear, "ear"),
];

/// Number of points of a frame: left and right of every joint, and the nose.
/// Source: derived: the number of points.
const COUNT: usize = 2 * JOINTS.len() + 1;

/// Approximate number of evenly spaced frames from which posture is read. More frames do not
/// describe a body better.
/// Source: chosen: a quantile of this many frames is accurate to a tenth; measured by
/// docs/evidence/guards.md.
const SAMPLED_FRAMES: usize = 64;

/// Leg length divided by arm length, and by shoulder width (Winter 2009: 0.49, 0.33 and 0.23 to
/// 0.26 of the height). With them, a body has the same size if only its arms or shoulders are
/// visible.
const LEG_OF_ARM: f64 = 1.45;
const LEG_OF_SHOULDERS: f64 = 1.9;

/// Landmarks of one frame; NaN if missing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame([Vec3; COUNT]);

impl Frame {
    #[inline(always)]
    pub(super) fn at(&self, side: Side, joint: Joint) -> Vec3 {
        match self.0.get(place(side, joint)) {
            Some(point) => *point,
            None => nowhere(),
        }
    }

    fn put(&mut self, place: usize, point: Vec3) {
        self.0.get_mut(place).into_iter().for_each(|slot| *slot = point);
    }

    /// True if any joint is visible, so that a partly hidden person still counts as present.
    pub(super) fn shows_anyone(&self) -> bool {
        self.0.iter().any(|point| dot(*point, *point).is_finite())
    }

    /// True if most visible points have exactly the same coordinates in both frames. A point may be
    /// missing in one of them, because confidence may change.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let is_seen = |point: &Vec3| dot(*point, *point).is_finite();
        let (mut same, mut shown) = (0, 0);
        for (a, b) in self.0.iter().zip(&other.0) {
            let both = is_seen(a) && is_seen(b);
            if both && a != b {
                return false;
            }
            same += usize::from(both);
            shown += usize::from(is_seen(a) || is_seen(b));
        }
        same > 0 && 2 * same >= shown
    }

    pub(super) fn nose(&self) -> Vec3 {
        self.0.last().copied().unwrap_or_else(nowhere)
    }

    /// Positions of a joint on the left and the right.
    #[inline(always)]
    pub(super) fn both(&self, joint: Joint) -> [Vec3; 2] {
        [self.at(Side::Left, joint), self.at(Side::Right, joint)]
    }

    /// Midpoint between left and right.
    #[inline]
    pub(super) fn mid(&self, joint: Joint) -> Vec3 {
        let [left, right] = self.both(joint);
        scale(add(left, right), 0.5)
    }

    /// Midpoint between left and right; if one is missing, the other one.
    pub(super) fn mid_or_one(&self, joint: Joint) -> Vec3 {
        let [left, right] = self.both(joint);
        match (dot(left, left).is_finite(), dot(right, right).is_finite()) {
            (true, false) => left,
            (false, true) => right,
            _ => self.mid(joint),
        }
    }

    /// Vector from left to right.
    #[inline]
    pub(super) fn across(&self, joint: Joint) -> Vec3 {
        let [left, right] = self.both(joint);
        sub(right, left)
    }

    /// Distance between two joints of one side.
    #[inline]
    pub(super) fn length(&self, side: Side, upper: Joint, lower: Joint) -> f64 {
        norm(sub(self.at(side, upper), self.at(side, lower)))
    }

    /// Vector from the hips to the shoulders.
    #[inline]
    pub(super) fn trunk(&self) -> Vec3 {
        sub(self.mid(Joint::Shoulder), self.mid(Joint::Hip))
    }

    /// Length of a leg: thigh plus shank.
    pub(super) fn leg(&self, side: Side) -> f64 {
        self.length(side, Joint::Hip, Joint::Knee) + self.length(side, Joint::Knee, Joint::Ankle)
    }
}

#[inline(always)]
fn place(side: Side, joint: Joint) -> usize {
    2 * joint as usize + usize::from(side == Side::Right)
}

/// Landmarks of all frames of a recording, with properties of the body.
pub(super) struct Body {
    pub(super) frames: Vec<Frame>,
    /// Flags of the landmarks that the skeleton has, in the order of a frame.
    known: [bool; COUNT],
    /// Time of each frame, seconds.
    pub(super) times: Vec<f64>,
    /// Typical interval between frames, seconds.
    pub(super) dt: f64,
    /// Unit vector that points up.
    pub(super) up: Vec3,
    /// True if the coordinates are pixels.
    pub(super) is_image: bool,
    /// Size of the body: a high quantile over time of the leg length, or of the size that follows
    /// from trunk, arms or shoulders if that is larger. It is about half of body height.
    pub(super) reach: f64,
    /// Evenly spaced frames from which posture is read.
    pub(super) sampled: Vec<Frame>,
}

impl Body {
    /// Reads all frames of a recording.
    pub(super) fn new(recording: &Recording) -> Self {
        Self::of_every(1, recording)
    }

    /// Reads only evenly spaced frames of a recording, for checks that need no others.
    pub(super) fn sampled(recording: &Recording) -> Self {
        Self::of_every(sampling_step(recording.times().len()), recording)
    }

    fn of_every(step: usize, recording: &Recording) -> Self {
        let skeleton = recording.skeleton();
        let index = |i: usize| match JOINTS.get(i / 2) {
            Some((_, name)) => {
                let side = if i.is_multiple_of(2) { Side::Left } else { Side::Right };
                skeleton.index(&format!("{}_{name}", side.name()))
            }
            None => skeleton.index("nose"),
        };
        let places: [Option<usize>; COUNT] = std::array::from_fn(index);
        let least = skeleton.min_confidence();
        let is_image = recording.up() == Up::Image;
        let (keypoints, dims) = (skeleton.keypoints().len(), recording.up().dims());
        let known: Vec<(usize, usize)> =
            gathered(places.iter().enumerate().filter_map(|(slot, k)| Some((slot, (*k)?))));
        let times: Vec<f64> = gathered(recording.times().iter().step_by(step).copied());
        let mut unseen = Frame([nowhere(); COUNT]);
        if dims == 2 {
            // A missing point of an image has z = 0 and NaN for x and y.
            known.iter().for_each(|(slot, _)| unseen.put(*slot, [f64::NAN, f64::NAN, 0.0]));
        }
        let mut frames = filled(unseen, times.len());
        let rows = recording.points().chunks_exact((keypoints * dims).max(1)).step_by(step);
        let seen = recording.scores().chunks_exact(keypoints.max(1)).step_by(step);
        for (t, (frame, (row, seen))) in frames.iter_mut().zip(rows.zip(seen)).enumerate() {
            check_at(t);
            let (flat, _) = row.as_chunks::<2>();
            let (deep, _) = row.as_chunks::<3>();
            for &(slot, k) in &known {
                if !seen.get(k).is_some_and(|seen| *seen >= least) {
                    continue;
                }
                if dims == 2 {
                    flat.get(k).into_iter().for_each(|[x, y]| frame.put(slot, [*x, *y, 0.0]));
                } else {
                    deep.get(k).into_iter().for_each(|point| frame.put(slot, *point));
                }
            }
        }
        let step = sampling_step(frames.len());
        let sampled: Vec<Frame> = gathered(frames.iter().step_by(step).copied());
        let reach = high_quantile(&sampled, Self::size);
        let fs = recording.fs();
        Self {
            known: places.map(|place| place.is_some()),
            frames,
            times,
            dt: 1.0 / fs,
            up: recording.up().vector(),
            is_image,
            reach,
            sampled,
        }
    }

    /// Size of the body in a frame; see [`Body::reach`].
    pub(super) fn size(frame: &Frame) -> f64 {
        let arm = |side| {
            frame.length(side, Joint::Shoulder, Joint::Elbow)
                + frame.length(side, Joint::Elbow, Joint::Wrist)
        };
        [
            norm(frame.trunk()),
            frame.leg(Side::Left),
            frame.leg(Side::Right),
            LEG_OF_ARM * arm(Side::Left),
            LEG_OF_ARM * arm(Side::Right),
            LEG_OF_SHOULDERS * norm(frame.across(Joint::Shoulder)),
        ]
        .into_iter()
        .fold(f64::NAN, f64::max)
    }

    pub(super) fn has(&self, joint: Joint) -> bool {
        Side::BOTH.iter().all(|side| self.known.get(place(*side, joint)).copied().unwrap_or(false))
    }
}

fn sampling_step(frames: usize) -> usize {
    frames.div_ceil(SAMPLED_FRAMES).max(1)
}

/// High quantile over the frames, which gives the length of a segment without foreshortening.
pub(super) fn high_quantile(frames: &[Frame], value: impl Fn(&Frame) -> f64) -> f64 {
    /// Quantile that is used as the maximum; the true maximum may be an outlier.
    /// Source: chosen: a tenth of the frames may be wrong; measured by docs/evidence/guards.md.
    const HIGH: f64 = 0.9;
    let values: Vec<f64> = gathered(frames.iter().map(value));
    crate::stats::quantile::quantile(&values, HIGH)
}

/// Share of true values; NaN without any.
pub(super) fn share_of_true(states: impl Iterator<Item = bool>) -> f64 {
    let (mut yes, mut all) = (0.0, 0.0);
    for state in states {
        yes += f64::from(u8::from(state));
        all += 1.0;
    }
    yes / all
}

/// Median of a value over some frames, without NaN.
pub(super) fn median_over<'a>(
    frames: impl Iterator<Item = &'a Frame>,
    value: impl Fn(&Frame) -> f64,
) -> f64 {
    let values: Vec<f64> = gathered(frames.map(value));
    crate::stats::quantile::median(&values)
}
