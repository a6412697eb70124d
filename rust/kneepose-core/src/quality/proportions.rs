//! Checks of body proportions: a stretched picture, and another person after a gap.

use super::body::{Body, Frame, Joint, high_quantile, median_over};
use crate::math::vector::{Vec3, dot, norm, sub};
use crate::memory::{push, room};
use crate::skeleton::{Side, Skeleton};
use crate::stats::quantile::median;

/// Minimum cosine between trunk and vertical at which widths are measured; it allows an inclination
/// of 32 degrees.
/// Source: chosen: a trunk that leans farther appears shorter; measured by docs/evidence/guards.md.
const UPRIGHT: f64 = 0.85;
/// Minimum share of the frames that must be suitable for measuring proportions.
/// Source: chosen: a few frames may be wrong; measured by docs/evidence/guards.md.
const LEAST_SHARE: f64 = 0.1;

/// Minimum height of a standing body, from ankles to shoulders: as a share of its maximum
/// (`STANDING_SHARE`), and in trunk lengths (`STANDING_TRUNKS`; adults have 2.4 and more).
/// Source: chosen: slightly bent knees count as standing, a squat does not; measured by
/// docs/evidence/guards.md.
const STANDING_SHARE: f64 = 0.9;
const STANDING_TRUNKS: f64 = 2.2;
/// Minimum apparent length of the thighs in standing, as a share of the shanks. Shorter thighs
/// point at the camera, so the person crouches.
/// Source: chosen: thighs and shanks are about equally long (science.md 10); measured by
/// docs/evidence/guards.md.
const STANDING_THIGH: f64 = 0.8;

/// Width of shoulders plus hips in an image, divided by the height from ankles to shoulders; median
/// while standing. It is 0.35 to 0.45 from the front and less from other directions (0.26 to 0.53
/// with depth cameras). NaN if the body does not stand.
pub(super) fn width_of_height(body: &Body) -> f64 {
    let tall =
        |frame: &Frame| dot(sub(frame.mid(Joint::Shoulder), frame.mid(Joint::Ankle)), body.up);
    let tallest = body.sampled.iter().map(tall).fold(f64::NAN, f64::max);
    let standing = upright_frames(body).filter_map(|frame| {
        let tall = tall(frame);
        let stands = tall > STANDING_SHARE * tallest
            && tall > STANDING_TRUNKS * norm(frame.trunk())
            && !has_short_thighs(frame);
        stands.then(|| width(frame) / tall)
    });
    let standing: Vec<f64> = standing.collect();
    let enough = standing.len() as f64 >= LEAST_SHARE * body.sampled.len() as f64;
    if enough { median(&standing) } else { f64::NAN }
}

/// True if both thighs appear short.
fn has_short_thighs(frame: &Frame) -> bool {
    Side::BOTH.iter().all(|side| {
        let shank = frame.length(*side, Joint::Knee, Joint::Ankle);
        frame.length(*side, Joint::Hip, Joint::Knee) < STANDING_THIGH * shank
    })
}

fn upright_frames(body: &Body) -> impl Iterator<Item = &Frame> {
    body.sampled.iter().filter(|frame| {
        let trunk = frame.trunk();
        dot(trunk, body.up) > UPRIGHT * norm(trunk)
    })
}

/// Sum of the horizontal widths of shoulders and hips.
fn width(frame: &Frame) -> f64 {
    [Joint::Shoulder, Joint::Hip].map(|joint| frame.across(joint)[0].abs()).iter().sum()
}

/// Dimensions of a standing body as shares of the height from ankles to shoulders: shoulder and hip
/// width from the front; foot (heel to big toe) and face (ears to nose) from the side.
/// Source: chosen: proportions of adults, rounded; measured by docs/evidence/guards.md.
const SHOULDERS: f64 = 0.25;
const HIPS: f64 = 0.15;
const FOOT: f64 = 0.165;
const FACE: f64 = 0.065;
/// Apparent width of a body, as a share of its width from the front, that is assumed if shoulders
/// and hips are visible on one side only; the body is then seen from the side.
/// Source: chosen: the part of the widths that is visible from the side; measured by
/// docs/evidence/guards.md.
const HIDDEN_SIDE: f64 = 0.25;
/// Minimum and maximum height of a standing body in trunk lengths. Only vertical distances are used,
/// because a picture that is stretched horizontally does not change them.
/// Source: chosen: around the proportions of adults, 2.4 and more; measured by
/// docs/evidence/guards.md.
const TRUNKS: [f64; 2] = [2.0, 4.0];
/// Minimum height of the thighs in standing, as a share of the height of the shanks.
/// Source: chosen: a thigh that appears shorter points at the camera; measured by
/// docs/evidence/guards.md.
const LEAST_THIGH: f64 = 0.6;
/// Minimum height of the hands above the ankles in standing, as a share of the height from ankles
/// to shoulders. With lower hands the body is on all fours.
/// Source: chosen: hanging hands are at half of the body height; measured by
/// docs/evidence/rendered.md.
const HANDS_ON_FLOOR: f64 = 0.2;
/// Minimum height of the shoulders above the elbows for hanging arms, as a share of the height from
/// ankles to shoulders. Raised arms change the position of the shoulders.
/// Source: chosen: much less than the length of an upper arm, which is a fifth of the height;
/// measured by docs/evidence/guards.md.
const HANGING: f64 = 0.1;

/// Apparent stretch of a body that faces the camera while its head is turned to the side.
/// Source: chosen: the width of a head that is turned by a quarter; measured by
/// docs/evidence/guards.md.
const HEAD_ALONE: f64 = 1.16;

/// Factors by which the image of a standing body is stretched to the side, and squeezed. The
/// visible share of the widths (shoulders, hips) and that of the depths (feet, face) are cosine and
/// sine of the body's turn, so their squares add up to 1 from every direction. NaN if the body does
/// not stand. Without feet, only a large stretch is detected, because the face alone may be turned.
pub(super) fn picture_stretch(body: &Body) -> [f64; 2] {
    let tall =
        |f: &Frame| dot(sub(f.mid_or_one(Joint::Shoulder), f.mid_or_one(Joint::Ankle)), body.up);
    let tallest = high_quantile(&body.sampled, tall);
    let stands = |f: &&Frame| {
        let height = |upper: Joint, lower: Joint| {
            dot(sub(f.mid_or_one(upper), f.mid_or_one(lower)), body.up)
        };
        let (tall, trunk) = (tall(f), height(Joint::Shoulder, Joint::Hip));
        let [least, most] = TRUNKS.map(|times| times * trunk);
        let thigh = height(Joint::Hip, Joint::Knee);
        let hands = height(Joint::Wrist, Joint::Ankle);
        tall > STANDING_SHARE * tallest
            && tall > least
            && tall < most
            && thigh > LEAST_THIGH * height(Joint::Knee, Joint::Ankle)
            && (hands.is_nan() || hands >= HANDS_ON_FLOOR * tall)
    };
    let standing: Vec<&Frame> = body.sampled.iter().filter(stands).collect();
    if (standing.len() as f64) < LEAST_SHARE * body.sampled.len() as f64 {
        return [f64::NAN; 2];
    }
    let hanging = |frame: &&&Frame| {
        Side::BOTH.iter().all(|side| {
            let arm = sub(frame.at(*side, Joint::Shoulder), frame.at(*side, Joint::Elbow));
            let below = dot(arm, body.up);
            below.is_nan() || below > HANGING * tall(frame)
        })
    };
    let resting: Vec<&Frame> = standing.iter().filter(hanging).copied().collect();
    let enough = resting.len() as f64 >= LEAST_SHARE * standing.len() as f64;
    let frames = if enough { &resting } else { &standing };
    // The person may turn during the recording, but within a frame the turn is the same for all
    // parts.
    let scale = median_over(frames.iter().copied(), |frame| {
        libm::hypot(width_share(frame, tall(frame)), forward_share(frame, tall(frame)))
    });
    let has_feet = body.has(Joint::Heel) && body.has(Joint::BigToe);
    if has_feet { [scale, 1.0 / scale] } else { [scale / HEAD_ALONE, f64::NAN] }
}

/// Visible width of shoulders and hips, as a share of that from the front.
fn width_share(frame: &Frame, tall: f64) -> f64 {
    let (mut shown, mut whole) = (0.0, 0.0);
    for (joint, usual) in [(Joint::Shoulder, SHOULDERS), (Joint::Hip, HIPS)] {
        let width = frame.across(joint)[0].abs();
        if width.is_finite() {
            (shown, whole) = (shown + width / tall, whole + usual);
        }
    }
    if whole > 0.0 { shown / whole } else { HIDDEN_SIDE }
}

/// Visible length of feet and face, as a share of that from the side; mean of the visible ones.
fn forward_share(frame: &Frame, tall: f64) -> f64 {
    let feet = Side::BOTH
        .map(|side| (frame.at(side, Joint::BigToe)[0] - frame.at(side, Joint::Heel)[0]).abs());
    // The foot of a lifted leg hangs down, so the longer foot is used.
    let foot = feet.into_iter().fold(f64::NAN, f64::max) / (FOOT * tall);
    let face = (frame.nose()[0] - frame.mid_or_one(Joint::Ear)[0]).abs() / (FACE * tall);
    match (foot.is_finite(), face.is_finite()) {
        (true, true) => 0.5 * (foot + face),
        (true, false) => foot,
        _ => face,
    }
}

/// Maximum shoulder width in an image from the side, as a share of the trunk length.
/// Source: chosen: seen from the front, the width of the shoulders is 0.7 of the trunk length;
/// measured by docs/evidence/guards.md.
const END_ON: f64 = 0.4;
/// Minimum variation of a thigh's direction at which the scales of both axes can be determined:
/// standard deviation of the horizontal share of its squared length.
/// Source: chosen: if a segment always points the same way, one axis is not visible; measured by
/// docs/evidence/guards.md.
const LEAST_TURN: f64 = 0.2;
/// Minimum number of frames for determining the scales.
/// Source: chosen: a quantile of fewer frames is one of two values; measured by
/// docs/evidence/guards.md.
const LEAST_FRAMES: usize = 8;

/// Ratio of horizontal to vertical scale of an image from the side, determined so that a rotating
/// thigh has constant length. NaN if no thigh rotates, and in other views.
pub(super) fn thigh_aspect(body: &Body) -> f64 {
    let narrow: Vec<f64> = upright_frames(body)
        .map(|f| f.across(Joint::Shoulder)[0].abs() / norm(f.trunk()))
        .collect();
    let narrow = median(&narrow);
    if narrow.is_nan() || narrow >= END_ON {
        return f64::NAN;
    }
    median(&Side::BOTH.map(|side| {
        let thighs =
            body.sampled.iter().map(|f| sub(f.at(side, Joint::Knee), f.at(side, Joint::Hip)));
        let thighs: Vec<Vec3> = thighs.filter(|thigh| norm(*thigh).is_finite()).collect();
        aspect(&thighs)
    }))
}

/// Ratio of the scales of x and y at which all segments have the same length: least-squares fit of
/// a x² + b y² = 1.
fn aspect(segments: &[Vec3]) -> f64 {
    if segments.len() < LEAST_FRAMES {
        return f64::NAN;
    }
    let shares: Vec<f64> = segments.iter().map(|[x, y, _]| x * x / (x * x + y * y)).collect();
    let n = shares.len() as f64;
    let mean = shares.iter().sum::<f64>() / n;
    let variance = shares.iter().map(|share| (share - mean) * (share - mean)).sum::<f64>() / n;
    if variance < LEAST_TURN * LEAST_TURN {
        return f64::NAN;
    }
    let (mut xx, mut xy, mut yy, mut x1, mut y1) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for [x, y, _] in segments {
        let (x, y) = (x * x, y * y);
        xx += x * x;
        xy += x * y;
        yy += y * y;
        x1 += x;
        y1 += y;
    }
    let (a, b) = (x1 * yy - y1 * xy, y1 * xx - x1 * xy);
    if a > 0.0 && b > 0.0 { (b / a).sqrt() } else { f64::NAN }
}

/// Minimum time without a person after which another person may appear, seconds.
/// Source: chosen: one person does not leave and another appear within a shorter time; measured by
/// docs/evidence/guards.md.
const GAP_S: f64 = 0.5;
/// Minimum time that the person must be visible on each side of a gap, seconds.
/// Source: chosen: bone lengths from fewer frames are too noisy; measured by
/// docs/evidence/guards.md.
const LEAST_SEEN_S: f64 = 0.5;

/// Largest change of bone proportions across a gap, in 3-D: of legs or arms relative to the other
/// bones.
pub(super) fn proportions_change(body: &Body) -> f64 {
    let shown = || body.frames.iter().zip(&body.times).filter(|(frame, _)| frame.shows_anyone());
    let is_gap = |before: f64, after: f64| after - before > GAP_S + body.dt;
    // Most recordings have no gap, so nothing is compared.
    if !shown().zip(shown().skip(1)).any(|((_, before), (_, after))| is_gap(*before, *after)) {
        return f64::NAN;
    }
    let mut parts: Vec<Vec<Frame>> = vec![Vec::new()];
    let mut last = f64::INFINITY;
    for (frame, time) in shown() {
        if is_gap(last, *time) {
            parts.push(Vec::new());
        }
        last = *time;
        if let Some(part) = parts.last_mut() {
            push(part, *frame);
        }
    }
    parts.retain(|part| part.len() as f64 * body.dt >= LEAST_SEEN_S);
    let bones: Vec<Bones> = parts.iter().map(|part| Bones::of(part)).collect();
    let pairs = bones.iter().zip(bones.iter().skip(1));
    pairs.map(|(before, after)| before.change(after)).fold(f64::NAN, f64::max)
}

/// Bones that exist on both sides; `WIDTHS` are the lines from left to right.
const BONES: [(Joint, Joint); 5] = [
    (Joint::Hip, Joint::Knee),
    (Joint::Knee, Joint::Ankle),
    (Joint::Shoulder, Joint::Elbow),
    (Joint::Elbow, Joint::Wrist),
    (Joint::Shoulder, Joint::Hip),
];
const WIDTHS: [Joint; 2] = [Joint::Shoulder, Joint::Hip];
/// Number of lengths of a body.
/// Source: derived: the number of bones.
const COUNT: usize = BONES.len() + WIDTHS.len();
/// Indices of the two bones of a leg and of an arm. They change together between persons, while
/// errors affect single bones.
const LIMBS: [[usize; 2]; 2] = [[0, 1], [2, 3]];
/// Minimum number of other bones from which the size of the body is determined.
/// Source: chosen: a median of fewer bones depends on a single bone; no test shows its effect.
const LEAST_OTHERS: usize = 3;

/// Logarithms of bone lengths; each is the median over frames and both sides.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bones([f64; COUNT]);

/// Measures bone lengths in single 3-D frames.
#[derive(Debug)]
pub struct BoneReader([[Option<[usize; 2]>; 2]; COUNT]);

/// Number of lengths that [`BoneReader::lengths`] returns.
/// Source: derived: the number of bones.
pub const BONE_LENGTHS: usize = 2 * COUNT;

impl BoneReader {
    /// Looks up the ends of the bones in a skeleton.
    pub fn new(skeleton: &Skeleton) -> Self {
        let index =
            |side: Side, joint: Joint| skeleton.index(&format!("{}_{}", side.name(), joint.name()));
        Self(std::array::from_fn(|bone| {
            match (BONES.get(bone), WIDTHS.get(bone.wrapping_sub(BONES.len()))) {
                (Some((upper, lower)), _) => {
                    Side::BOTH.map(|side| Some([index(side, *upper)?, index(side, *lower)?]))
                }
                (None, Some(joint)) => {
                    let ends = Side::BOTH.map(|side| index(side, *joint));
                    [ends[0].zip(ends[1]).map(|(left, right)| [left, right]), None]
                }
                (None, None) => [None; 2],
            }
        }))
    }

    /// Bone lengths of a frame, two for each bone; NaN if an end is missing. `point` returns a
    /// keypoint.
    pub fn lengths(&self, point: impl Fn(usize) -> Vec3) -> [f64; BONE_LENGTHS] {
        let mut lengths = [f64::NAN; BONE_LENGTHS];
        for (length, ends) in lengths.iter_mut().zip(self.0.iter().flatten()) {
            *length = ends.map_or(f64::NAN, |[a, b]| norm(sub(point(a), point(b))));
        }
        lengths
    }
}

impl Bones {
    /// Medians of several rows of [`BoneReader::lengths`].
    pub fn of_lengths(rows: &[f64]) -> Self {
        let mut lengths = Vec::with_capacity(rows.len() / COUNT);
        Self(std::array::from_fn(|bone| {
            lengths.clear();
            let rows = rows.chunks_exact(BONE_LENGTHS);
            lengths.extend(rows.flat_map(|row| row.iter().skip(2 * bone).take(2).copied()));
            median(&lengths).ln()
        }))
    }

    fn of(frames: &[Frame]) -> Self {
        let mut lengths = room(2 * frames.len());
        Self(std::array::from_fn(|bone| {
            lengths.clear();
            match (BONES.get(bone), WIDTHS.get(bone.wrapping_sub(BONES.len()))) {
                (Some((upper, lower)), _) => lengths.extend(
                    frames
                        .iter()
                        .flat_map(|f| Side::BOTH.map(|side| f.length(side, *upper, *lower))),
                ),
                (None, Some(joint)) => {
                    lengths.extend(frames.iter().map(|f| norm(f.across(*joint))));
                }
                (None, None) => {}
            }
            median(&lengths).ln()
        }))
    }

    /// Relative change of the length of legs or arms compared with the other bones, the larger of
    /// the two; NaN if neither can be measured.
    pub(super) fn change(&self, after: &Self) -> f64 {
        let grown: Vec<f64> = self.0.iter().zip(&after.0).map(|(a, b)| b - a).collect();
        let of_limb = |limb: &[usize; 2]| {
            let of = |bone: &usize| grown.get(*bone).copied().unwrap_or(f64::NAN);
            let others = grown.iter().enumerate().filter(|(bone, _)| !limb.contains(bone));
            let others: Vec<f64> = others.map(|(_, v)| *v).filter(|v| v.is_finite()).collect();
            let enough = others.len() >= LEAST_OTHERS;
            if enough {
                (limb.iter().map(of).sum::<f64>() / 2.0 - median(&others)).abs()
            } else {
                f64::NAN
            }
        };
        LIMBS.iter().map(of_limb).fold(f64::NAN, f64::max).exp() - 1.0
    }
}
