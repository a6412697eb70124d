//! Checks of the proportions of a body: a stretched picture, another person after a gap.

use super::body::{Body, Frame, Joint};
use crate::math::vector::{Vec3, dot, norm, sub};
use crate::skeleton::Side;
use crate::stats::quantile::{median, quantile};

/// Cosine of the largest lean of a trunk whose widths are read: 32 degrees.
/// Source: chosen: a trunk that leans farther is foreshortened; measured by
/// docs/evidence/guards.md.
const UPRIGHT: f64 = 0.85;
/// Fewer frames of that kind than this share show no proportions.
/// Source: chosen: a few frames may be wrong; measured by docs/evidence/guards.md.
const LEAST_SHARE: f64 = 0.1;

/// A body stands where it is this tall against its tallest, and against its trunk (2.4 and more).
/// Source: chosen: soft knees stand, a squat does not; measured by docs/evidence/guards.md.
const STANDING_SHARE: f64 = 0.9;
const STANDING_TRUNKS: f64 = 2.2;
/// Thighs that look shorter than this share of the shanks point at the camera: the body crouches.
/// Source: chosen: thighs and shanks are about equally long (science.md 10); measured by
/// docs/evidence/guards.md.
const STANDING_THIGH: f64 = 0.8;

/// Width of shoulders and hips in an image over the height from ankles to shoulders, median while standing.
/// It is 0.35 to 0.45 seen from the front and less from elsewhere (0.26 to 0.53 by depth cameras). NaN
/// where the body does not stand.
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

/// True where both thighs look short.
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

/// Horizontal extent of shoulders and hips.
fn width(frame: &Frame) -> f64 {
    [Joint::Shoulder, Joint::Hip].map(|joint| frame.across(joint)[0].abs()).iter().sum()
}

/// From the side, shoulders are narrower than this share of the trunk.
/// Source: chosen: shoulders are 0.7 of the trunk wide from the front; measured by
/// docs/evidence/guards.md.
const END_ON: f64 = 0.4;
/// A thigh shows the scale of both axes where its direction varies by this much: standard deviation of the
/// horizontal share of the squared length.
/// Source: chosen: where a segment always points one way, one axis is not seen; measured by
/// docs/evidence/guards.md.
const LEAST_TURN: f64 = 0.2;
/// Fewer frames show no scale.
/// Source: chosen: a quantile of fewer is one of two values; measured by docs/evidence/guards.md.
const LEAST_FRAMES: usize = 8;

/// Horizontal over vertical scale of an image from the side, by which a thigh that turns keeps its length.
/// NaN where no thigh turns, and in other views.
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

/// Ratio of scales, x over y, that gives segments the same length: least squares of a x² + b y² = 1.
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

/// Nobody seen for this long, seconds, may be followed by somebody else.
/// Source: chosen: nobody leaves and another comes sooner; measured by docs/evidence/guards.md.
const GAP_S: f64 = 0.5;
/// Fewer seconds on either side of a gap show no bones.
/// Source: chosen: bone lengths of fewer frames are noise; measured by docs/evidence/guards.md.
const LEAST_SEEN_S: f64 = 0.5;

/// Change of the bone proportions at a gap in space, the largest: of thigh, shank, trunk, upper arm and
/// forearm, each the median of a stretch and both sides.
pub(super) fn proportions_change(body: &Body) -> f64 {
    let seen = |frame: &Frame| norm(frame.trunk()).is_finite() || frame.leg(Side::Left).is_finite();
    let mut parts: Vec<Vec<Frame>> = vec![Vec::new()];
    let mut last = f64::NEG_INFINITY;
    for (frame, time) in body.frames.iter().zip(&body.times).filter(|(frame, _)| seen(frame)) {
        if time - last > GAP_S + body.dt && last.is_finite() {
            parts.push(Vec::new());
        }
        last = *time;
        if let Some(part) = parts.last_mut() {
            part.push(*frame);
        }
    }
    parts.retain(|part| part.len() as f64 * body.dt >= LEAST_SEEN_S);
    let bones: Vec<Vec<f64>> = parts.iter().map(|part| bone_shares(part)).collect();
    let pairs = bones.iter().zip(bones.iter().skip(1));
    pairs.map(|(before, after)| change_without_extremes(before, after)).fold(f64::NAN, f64::max)
}

const BONES: [(Joint, Joint); 5] = [
    (Joint::Hip, Joint::Knee),
    (Joint::Knee, Joint::Ankle),
    (Joint::Shoulder, Joint::Hip),
    (Joint::Shoulder, Joint::Elbow),
    (Joint::Elbow, Joint::Wrist),
];

fn bone_shares(frames: &[Frame]) -> Vec<f64> {
    let length = |(upper, lower): (Joint, Joint)| {
        let lengths =
            frames.iter().flat_map(|f| Side::BOTH.map(|side| f.length(side, upper, lower)));
        quantile(&lengths.collect::<Vec<_>>(), 0.5)
    };
    BONES.map(length).to_vec()
}

/// Second largest over second smallest ratio of the bones, less 1: one bone at either end may be seen badly.
fn change_without_extremes(before: &[f64], after: &[f64]) -> f64 {
    let ratios = before.iter().zip(after).map(|(a, b)| b / a).filter(|ratio| ratio.is_finite());
    let mut ratios: Vec<f64> = ratios.collect();
    ratios.sort_unstable_by(f64::total_cmp);
    match (ratios.get(1), ratios.iter().rev().nth(1)) {
        (Some(low), Some(high)) if ratios.len() > 3 => high / low - 1.0,
        _ => f64::NAN,
    }
}
