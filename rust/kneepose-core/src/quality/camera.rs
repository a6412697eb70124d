//! Placement of the camera: foot direction relative to the line of sight, camera roll, and distance
//! from the optical axis.

use ndarray::{Array3, ArrayView3};

use super::anatomy::{height, shank_length};
use super::body::{Body, Frame, Joint};
use super::continuity::centre_and_spread;
use crate::angle::LIFTED_SHARE;
use crate::math::vector::{dot, sub};
use crate::skeleton::Side;

/// Length from heel to big toe divided by that from knee to ankle, an engineering default: 0.62 in
/// the OpenSim full-body model (foot 26 cm, shank 42 cm). A foot that is 10 % longer changes a
/// direction of 10 degrees by 1 degree.
/// Source: science.md 2.4.
const FOOT_OF_SHANK: f64 = 0.62;

/// Minimum duration of standing for an estimate, seconds.
/// Source: chosen: the same duration as in the calibration, because a moment is not standing;
/// measured by docs/evidence/guards.md.
const LEAST_STANDING_S: f64 = 0.5;

/// Estimate of an angle with its uncertainty, degrees; NaN if unknown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// Estimated angle, degrees.
    pub degrees: f64,
    /// Spread over the frames (robust standard deviation), or the standard error of the estimate.
    pub spread: f64,
}

impl Estimate {
    /// Estimate of an unknown angle.
    pub const NONE: Self = Self { degrees: f64::NAN, spread: f64::NAN };
}

/// True if this foot may be standing, because its ankle is not clearly above the other. Also true
/// if an ankle is missing.
fn may_be_standing(body: &Body, frame: &Frame, side: Side) -> bool {
    let height = |side| dot(frame.at(side, Joint::Ankle), body.up);
    let above = height(side) - height(side.other());
    above.is_nan() || above <= LIFTED_SHARE * body.reach
}

/// Angle between a foot (heel to big toe) and the line of sight of a camera in front or behind;
/// median over the frames in which the foot stands. Positive if the toes point to the right in the
/// image.
pub(super) fn foot_to_lens(body: &Body, side: Side) -> Estimate {
    let shank = shank_length(body);
    let angles: Vec<f64> = body
        .sampled
        .iter()
        .filter(|frame| may_be_standing(body, frame, side))
        .map(|frame| {
            let [heel, toe] = [Joint::Heel, Joint::BigToe].map(|joint| frame.at(side, joint));
            let [across, ..] = sub(toe, heel);
            let sine = across / (FOOT_OF_SHANK * shank);
            if sine.abs() <= 1.0 { libm::asin(sine).to_degrees() } else { f64::NAN }
        })
        .collect();
    let seen = angles.iter().filter(|angle| angle.is_finite()).count();
    if seconds_sampled(body, seen) < LEAST_STANDING_S {
        return Estimate::NONE;
    }
    let (degrees, spread) = centre_and_spread(&angles);
    Estimate { degrees, spread }
}

fn seconds_sampled(body: &Body, sampled: usize) -> f64 {
    sampled as f64 * body.dt * body.frames.len() as f64 / body.sampled.len().max(1) as f64
}

/// Minimum distance between the feet at which they define a floor line, as a share of the shank
/// (`LEAST_STANCE`), and maximum slope of that line (`STEEPEST`).
/// Source: chosen: jitter turns a shorter line too much, and a person does not stand on such a
/// slope; measured by docs/evidence/guards.md.
const LEAST_STANCE: f64 = 0.3;
const STEEPEST: f64 = 0.36;
/// Assumptions about the error of the floor line. One foot may stand behind the other by this share
/// of the shank, 5 cm (`FOOT_BEHIND`). A camera at knee height looks down at the floor 3 m away
/// with the slope `LOOKING_DOWN`.
/// Source: chosen: the foot position that the exercises ask for, with room for careless placement;
/// measured by docs/evidence/guards.md.
const FOOT_BEHIND: f64 = 0.12;
const LOOKING_DOWN: f64 = 0.17;
/// Maximum inclination of the body over feet that are loaded equally, degrees.
/// Source: chosen: a body falls unless the mid-hip stays above the feet; measured by
/// docs/evidence/guards.md.
const BALANCE_DEG: f64 = 2.0;
/// Maximum difference between the roll from the feet and the roll from the body, degrees; if they
/// differ more, neither is used.
/// Source: chosen: the tolerated roll and the sway of balance together; measured by
/// docs/evidence/guards.md.
const AGREEMENT_DEG: f64 = 6.0;

/// Roll of the camera about its optical axis, from the front or the back while both feet stand. It
/// is the mean of two angles: that of the line through the ankles, and that of the line from feet
/// to shoulders, which balance keeps vertical. Positive if the right side of the camera is lower,
/// so that a level line rises to the right.
pub(super) fn roll(body: &Body) -> Estimate {
    let shank = shank_length(body);
    let mut slopes = Vec::new();
    let mut widths = Vec::new();
    for frame in &body.sampled {
        let ([across, down, _], [knees, ..]) =
            (frame.across(Joint::Ankle), frame.across(Joint::Knee));
        let level = across.abs() > LEAST_STANCE * shank && down.abs() < STEEPEST * across.abs();
        if !level || across * knees <= 0.0 {
            continue;
        }
        let floor = -libm::atan2(down * across.signum(), across.abs()).to_degrees();
        let [aside, high, _] = sub(frame.mid(Joint::Shoulder), frame.mid(Joint::Ankle));
        let upright = libm::atan2(-aside, -high).to_degrees();
        if (floor - upright).abs() <= AGREEMENT_DEG {
            slopes.push(0.5 * (floor + upright));
            widths.push(across.abs() / shank);
        }
    }
    if seconds_sampled(body, slopes.len()) < LEAST_STANDING_S {
        return Estimate::NONE;
    }
    let (degrees, spread) = centre_and_spread(&slopes);
    let (width, _) = centre_and_spread(&widths);
    let floor_error = libm::atan2(FOOT_BEHIND * LOOKING_DOWN, width).to_degrees();
    let error = 0.5 * libm::hypot(floor_error, BALANCE_DEG);
    Estimate { degrees, spread: libm::hypot(error, spread / (slopes.len() as f64).sqrt()) }
}

/// Corrects the roll of a picture: rotates points (…, 2) by −`roll_deg` about `middle`.
pub fn leveled(coordinates: ArrayView3<'_, f64>, roll_deg: f64, middle: [f64; 2]) -> Array3<f64> {
    let (sin, cos) = libm::sincos(roll_deg.to_radians());
    let mut turned = coordinates.to_owned();
    for mut point in turned.rows_mut() {
        if let Some([x, y]) = point.as_slice_mut().and_then(|p| p.first_chunk_mut::<2>()) {
            let (across, down) = (*x - middle[0], *y - middle[1]);
            *x = middle[0] + across * cos - down * sin;
            *y = middle[1] + across * sin + down * cos;
        }
    }
    turned
}

/// Offset of the standing foot from the middle of the image, as a share of body height; positive to
/// the right. `side` selects the foot; without it, the mean of the standing feet is used. NaN if
/// the size of the image is unknown.
pub(super) fn off_axis(body: &Body, side: Option<Side>, size_wh: Option<[f64; 2]>) -> f64 {
    let Some([width, _]) = size_wh else { return f64::NAN };
    let places: Vec<f64> = body
        .sampled
        .iter()
        .map(|frame| {
            let standing: Vec<f64> = Side::BOTH
                .into_iter()
                .filter(|foot| {
                    side.map_or_else(|| may_be_standing(body, frame, *foot), |s| s == *foot)
                })
                .map(|foot| frame.at(foot, Joint::Ankle)[0])
                .collect();
            standing.iter().sum::<f64>() / standing.len() as f64
        })
        .collect();
    let (place, _) = centre_and_spread(&places);
    (place - 0.5 * width) / height(body)
}

/// Camera yaw relative to straight in front, from the foot directions in two recordings, degrees.
/// Positive if the camera has moved toward the person's right; NaN if a foot was not visible.
///
/// For two legs it is the mean of both directions, because toes that point outward change the two
/// feet in opposite ways and camera yaw changes them alike. For one leg at two dates it is half of
/// the change. Camera yaw changes the frontal-plane projection angle of the two legs in opposite
/// directions, so either number measures the error of the difference between the recordings.
pub fn camera_yaw(first: (Side, f64), second: (Side, f64)) -> f64 {
    if first.0 == second.0 { 0.5 * (second.1 - first.1) } else { 0.5 * (first.1 + second.1) }
}

/// Share of frames in which a leg joint lies on the edge of the image. `side` selects a leg;
/// without it, both are tested.
pub(super) fn border_share(body: &Body, side: Option<Side>, size_wh: Option<[f64; 2]>) -> f64 {
    let joints = [Joint::Hip, Joint::Knee, Joint::Ankle];
    let sides: &[Side] = match &side {
        Some(side) => std::slice::from_ref(side),
        None => &Side::BOTH,
    };
    let Some([width, height]) = size_wh else { return shared_extreme(body) };
    super::body::share_of_true(body.sampled.iter().map(|frame| {
        sides.iter().any(|side| {
            joints.iter().any(|joint| {
                let [x, y, _] = frame.at(*side, *joint);
                let outside = |v: f64, size: f64| v <= BORDER_PX || v >= size - 1.0 - BORDER_PX;
                outside(x, width) || outside(y, height)
            })
        })
    }))
}

/// Distance from the edge at which a coordinate counts as clipped, pixels. Estimators clip to 0, to
/// the last pixel or to the image size.
/// Source: derived: the last pixel is one less than the size.
const BORDER_PX: f64 = 1.0;

/// Test for clipped points if the image size is unknown: share of frames in which two different leg
/// points have exactly the same extreme coordinate. Coordinates in whole pixels are not tested,
/// because they can be equal by chance.
fn shared_extreme(body: &Body) -> f64 {
    let joints = [Joint::Knee, Joint::Ankle, Joint::Heel, Joint::BigToe];
    let component = |d: usize| {
        let points = move |frame: &Frame| -> Vec<f64> {
            let all = joints.iter().flat_map(|joint| frame.both(*joint));
            all.map(|p| p.get(d).copied().unwrap_or(f64::NAN)).collect()
        };
        let of_frame: Vec<Vec<f64>> = body.sampled.iter().map(points).collect();
        let seen = || of_frame.iter().flatten().copied().filter(|v| v.is_finite());
        if seen().all(|v| v.fract() == 0.0) {
            return 0.0;
        }
        let shared = |extreme: f64| {
            super::body::share_of_true(
                of_frame.iter().map(|row| row.iter().filter(|v| **v == extreme).count() > 1),
            )
        };
        shared(seen().fold(f64::NAN, f64::min)).max(shared(seen().fold(f64::NAN, f64::max)))
    };
    component(0).max(component(1))
}

/// True if the body is too small for coordinates in pixels, which means that they are normalized.
pub(super) fn is_scaled(body: &Body) -> bool {
    /// Minimum size of a body in pixels.
    /// Source: chosen: normalized coordinates make a body at most about 1 large, and no estimator
    /// finds one of four pixels; held by test tests/quality/test_input_cases.py.
    const SMALLEST_BODY_PX: f64 = 4.0;
    body.reach < SMALLEST_BODY_PX
}
