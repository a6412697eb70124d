//! Turn of the body away from a camera in front or behind, without feet. Flexing knees travel in
//! the direction that the body faces. If the camera stands beside the person, both travel to the
//! same side of the picture. With one working leg, the face distinguishes a turned body from a knee
//! that falls inward.

use super::accuracy::{yaw_share, yaw_slope_of};
use super::body::{Body, Joint};
use super::camera::{Estimate, foot_to_lens};
use super::check_table::TURNED_DEG;
use super::face::{face, width};
use crate::math::vector::{Vec3, norm, sub};
use crate::memory::gathered;
use crate::recording::Recording;
use crate::skeleton::Side;
use crate::space::Up;
use crate::stats::quantile::{median, quantile};

/// Number of evenly spaced frames that are used.
/// Source: chosen: includes several frames of each repetition of a set; measured by
/// docs/evidence/guards.md.
const SAMPLED_FRAMES: usize = 96;
/// Limits of the inclination of thigh and shank, as shares of their length. A segment shows a
/// direction if it inclines by at least `BENT_SHARE` (24 degrees), and toward the camera by at
/// least `TOWARD_SHARE`. An error of 5 % in its length can look like an inclination toward the
/// camera. Below `STANDING_SHARE` the segment is upright.
/// Source: chosen: well above the apparent flexion from jitter and from an error of 5 % in length;
/// measured by docs/evidence/guards.md.
const BENT_SHARE: f64 = 0.4;
const TOWARD_SHARE: f64 = 0.3;
const STANDING_SHARE: f64 = 0.2;
/// Minimum number of frames with flexed legs.
/// Source: chosen: a few frames may be wrong; measured by docs/evidence/guards.md.
const LEAST_BENT: usize = 6;
/// Width of hips and shoulders, relative to their typical width from the front, below which the
/// body is turned by 40 degrees or more. Real people from the front have at least 0.92.
/// Source: chosen: the median of bodies turned by 40 degrees; measured by
/// docs/evidence/calibration.md.
const NARROW_SHARE: f64 = 0.85;
/// Turn that is assumed if hips and shoulders are narrow, degrees.
/// Source: chosen: not less than the turn that follows from the widths; measured by
/// docs/evidence/calibration.md.
const NARROW_DEG: f64 = 45.0;
/// Minimum direction of the face that confirms a turn of the body shown by the knees, degrees.
/// People look straight ahead or at the camera. In ten real clips from the front, faces point up to
/// 7 degrees to the side (14 if the person looks around); in twelve from the side, 30 and more.
/// Source: docs/evidence/calibration.md.
const FACE_DEG: f64 = 16.0;
/// Minimum direction of the face that shows a turn of the body if a single standing leg does not
/// flex, degrees.
/// Source: chosen: larger than `FACE_DEG`, because the head may be turned without the body;
/// measured by docs/evidence/calibration.md.
const FACE_UNANSWERED_DEG: f64 = 20.0;
/// Minimum direction of the face that shows a turn of the body regardless of the legs, degrees, if
/// the relative width of hips and shoulders is below `FACE_ALONE_SHARE`.
/// Source: chosen: a body turned by 30 degrees still shows 0.95 of its width; measured by
/// docs/evidence/calibration.md.
const FACE_ALONE_DEG: f64 = 30.0;
const FACE_ALONE_SHARE: f64 = 0.95;
/// Turn of the body at which frontal-plane angles are refused if both knees flex, degrees. Inward
/// travel of the two knees has opposite directions and cancels.
/// Source: docs/evidence/form.md.
const TURNED_BOTH_DEG: f64 = 15.0;
/// Turn of the body at which frontal-plane angles are refused if both knees flex and the face is
/// turned to the same side, degrees.
/// Source: chosen: from this angle on, two knees alone give a warning; measured by
/// docs/evidence/calibration.md.
const TURNED_BOTH_WITH_FACE_DEG: f64 = 9.0;
/// Turn of the body at which frontal-plane angles are refused if one leg flexes: with inward travel
/// of its knee (`TURNED_INWARD_DEG`) and with outward travel (`TURNED_OUTWARD_DEG`), degrees.
/// Inward travel of 30 degrees of projection angle, more than people show, looks like a turn of 25
/// degrees; outward travel is rare.
/// Source: docs/evidence/form.md.
const TURNED_INWARD_DEG: f64 = 25.0;
const TURNED_OUTWARD_DEG: f64 = 12.0;
/// Conditions for standing on one leg: height of one ankle above the other, as a share of the leg.
/// It must exceed `CLEARLY_LIFTED_SHARE`, or `LIFTED_SHARE` if the ankle also travels by
/// `HANGING_TRAVEL`. A camera 1.4 m high at 30 degrees shows standing feet 0.14 apart.
/// Source: chosen: the stance rule of science.md 2.4, with room for a camera that looks down;
/// measured by docs/evidence/guards.md.
const LIFTED_SHARE: f64 = 0.08;
const CLEARLY_LIFTED_SHARE: f64 = 0.2;
const HANGING_TRAVEL: f64 = 0.06;
/// Minimum height of the knees above the ankles in standing, as a share of the leg; below it the
/// person kneels.
/// Source: chosen: half the height of a shank; measured by docs/evidence/guards.md.
const SHANK_SHARE: f64 = 0.25;
/// Standard error of the yaw that is estimated from the projection angles of two legs, degrees.
/// Half of the difference between the legs of healthy people has a standard deviation of 1.8 to 2
/// degrees of projection angle, and one degree of yaw changes the angle by 1.2 degrees.
/// Source: docs/evidence/form.md.
const KNEES_SD_DEG: f64 = 1.7;
/// Range of knee flexion in which projection angles are used to estimate the yaw, degrees.
/// Source: chosen: the depths at which faults are judged (science.md 2.2) and 15 degrees more;
/// measured by docs/evidence/form.md.
const SHOWING_DEG: [f64; 2] = [40.0, 75.0];
/// Share of a limit at which a check warns.
/// Source: chosen: the warning should come well before the refusal; measured by
/// docs/evidence/guards.md.
const WARNING_SHARE: f64 = 0.6;

/// Estimated turn of the body relative to the camera, with the limits above which frontal-plane
/// angles are refused, degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Turned {
    /// Turn of the body. Positive if its front points to the right of the image; NaN if unknown.
    pub degrees: f64,
    /// Turn of the body estimated from the projection angles of two legs; NaN if unknown.
    pub by_angles: f64,
    /// Value of `degrees` at which frontal-plane angles are refused.
    pub limit: f64,
    /// True if both knees flex, so that inward travel of the knees cancels.
    pub both: bool,
    /// Direction of the face; NaN if it is unknown, or if the knees contradict a turn of the body.
    pub face: f64,
    /// Value of `face` at which frontal-plane angles are refused.
    pub face_limit: f64,
}

impl Turned {
    pub(super) const UNKNOWN: Self = Self {
        degrees: f64::NAN,
        by_angles: f64::NAN,
        limit: TURNED_BOTH_DEG,
        both: false,
        face: f64::NAN,
        face_limit: FACE_ALONE_DEG,
    };

    /// True if the body is turned so far that frontal-plane angles are refused.
    pub fn forbids(&self) -> bool {
        self.degrees.abs() >= self.limit || self.face >= self.face_limit
    }

    /// Camera yaw with its error; `None` unless both knees show it.
    pub fn yaw(&self) -> Option<Estimate> {
        let degrees = if self.by_angles.is_nan() { self.degrees } else { self.by_angles };
        let shown = self.both && degrees.is_finite();
        shown.then_some(Estimate { degrees, spread: KNEES_SD_DEG })
    }

    /// Turn at which a check warns.
    pub(super) fn warning(&self) -> f64 {
        WARNING_SHARE * self.limit
    }
}

/// Segment of a leg in one frame, from hip or ankle to the knee: sideways, vertical and depth
/// component, as shares of the segment's length.
#[derive(Clone, Copy)]
struct Travel {
    aside: f64,
    height: f64,
    toward: f64,
}

/// Estimates the turn of the body relative to a camera in front or behind.
pub fn turned(recording: &Recording) -> Turned {
    if recording.up() != Up::Image {
        return Turned::UNKNOWN;
    }
    let Some(hips) = both(recording, "hip") else { return Turned::UNKNOWN };
    let knees = both(recording, "knee");
    let ankles = both(recording, "ankle");
    if let (Some(knees), Some(ankles)) = (&knees, &ankles)
        && !stands(&hips, knees, ankles)
    {
        return Turned::UNKNOWN;
    }
    let face = face(recording, &hips);
    let found = knees
        .map_or(Turned::UNKNOWN, |knees| by_legs(recording, &hips, &knees, ankles.as_ref(), face));
    let width = both(recording, "shoulder").map_or(f64::NAN, |of| width(&hips, &of));
    if width < NARROW_SHARE {
        let least = NARROW_DEG.copysign(found.degrees);
        let far = found.degrees.abs() >= NARROW_DEG;
        return Turned { degrees: if far { found.degrees } else { least }, ..found };
    }
    if width < FACE_ALONE_SHARE && face.abs() >= FACE_ALONE_DEG {
        return Turned { face: face.abs(), face_limit: FACE_ALONE_DEG, ..found };
    }
    found
}

/// Estimates the turn of the body from the flexing knees and the face.
fn by_legs(
    recording: &Recording,
    hips: &[Vec<Vec3>; 2],
    knees: &[Vec<Vec3>; 2],
    ankles: Option<&[Vec<Vec3>; 2]>,
    face: f64,
) -> Turned {
    let mut segments = vec![sides(hips, knees)];
    segments.extend(ankles.map(|ankles| sides(ankles, knees)));
    let Some(side) = ankles.and_then(|ankles| lone_leg(hips, ankles)) else {
        let of_both: Vec<_> = segments.iter().map(of_both).collect();
        let by_angles = yaw_of_angles(&of_both);
        return Turned { by_angles, ..of_two_legs(turn_of(&of_both), face) };
    };
    // The inward travel of a single knee looks like a turn of the body; the direction of the foot
    // is not affected, so it is used if known.
    let foot = foot_of(recording, side);
    if foot.is_finite() {
        return Turned { degrees: foot, limit: TURNED_DEG, both: false, ..Turned::UNKNOWN };
    }
    let of_leg = |[left, right]: &[Vec<Travel>; 2]| match side {
        Side::Left => left.clone(),
        Side::Right => right.clone(),
    };
    let turn = turn_of(&segments.iter().map(of_leg).collect::<Vec<_>>());
    let [left, right] = hips;
    let across = left.iter().zip(right).map(|(l, r)| part(r, 0) - part(l, 0));
    let to_right = median(&across.collect::<Vec<_>>()).signum();
    let medial = if side == Side::Left { to_right } else { -to_right };
    of_one_leg(turn, medial, face)
}

/// Direction of the standing foot relative to the line of sight; NaN without feet.
fn foot_of(recording: &Recording, side: Side) -> f64 {
    let body = Body::sampled(recording);
    let has_feet = body.has(Joint::Heel) && body.has(Joint::BigToe);
    if has_feet { foot_to_lens(&body, side).degrees } else { f64::NAN }
}

/// True if the face is turned to the same side as the knees.
fn agrees(face: f64, turn: f64) -> bool {
    face.abs() >= FACE_DEG && face * turn > 0.0
}

/// Result for two flexing knees and the face.
fn of_two_legs(turn: f64, face: f64) -> Turned {
    let limit = if agrees(face, turn) { TURNED_BOTH_WITH_FACE_DEG } else { TURNED_BOTH_DEG };
    Turned { degrees: turn, limit, both: true, ..Turned::UNKNOWN }
}

/// Result for one flexing knee and the face; `medial` is the direction of the body's midline, 1 or
/// -1.
fn of_one_leg(turn: f64, medial: f64, face: f64) -> Turned {
    let (inward, face_inward) = (turn * medial, face * medial);
    let limit = if inward > 0.0 && !agrees(face_inward, inward) {
        TURNED_INWARD_DEG
    } else {
        TURNED_OUTWARD_DEG
    };
    // If the body is turned as far as the face, the rest of the knee's travel is its own: inward
    // travel, or outward travel over toes that point outward.
    let own = (inward - face_inward).abs();
    let face_limit = if own.is_nan() { FACE_UNANSWERED_DEG } else { FACE_DEG };
    let denied = own > TURNED_INWARD_DEG;
    let face = if denied { f64::NAN } else { face.abs() };
    Turned { degrees: turn, limit, face, face_limit, ..Turned::UNKNOWN }
}

/// Positions of a joint on both sides in the sampled frames; NaN if missing.
pub(super) fn both(recording: &Recording, joint: &str) -> Option<[Vec<Vec3>; 2]> {
    let [left, right] = Side::BOTH.map(|side| one(recording, &format!("{}_{joint}", side.name())));
    Some([left?, right?])
}

/// Positions of a keypoint in the sampled frames; NaN if missing.
pub(super) fn one(recording: &Recording, name: &str) -> Option<Vec<Vec3>> {
    let frames = recording.times().len();
    let step = frames.div_ceil(SAMPLED_FRAMES).max(1);
    let least = recording.skeleton().min_confidence();
    let (places, seen) = (recording.coordinates(), recording.confidence());
    let k = recording.skeleton().index(name)?;
    let is_seen = |t: usize| seen.get((t, k)).is_some_and(|c| *c >= least);
    let along = |t: usize, d: usize| places.get((t, k, d)).copied().unwrap_or(0.0);
    let place = |t: usize| if is_seen(t) { [0, 1, 2].map(|d| along(t, d)) } else { [f64::NAN; 3] };
    Some(gathered((0..frames).step_by(step).map(place)))
}

/// False if the knees are not above the ankles, or the hips not above the knees, most of the time,
/// as on hands and knees. Missing keypoints count as standing.
fn stands(hips: &[Vec<Vec3>; 2], knees: &[Vec<Vec3>; 2], ankles: &[Vec<Vec3>; 2]) -> bool {
    let above = |upper: &[Vec<Vec3>; 2], lower: &[Vec<Vec3>; 2]| {
        let ([ul, ur], [ll, lr]) = (upper, lower);
        let height = |(u, l): (&Vec3, &Vec3)| part(l, 1) - part(u, 1);
        let [left, right] = [(ul, ll), (ur, lr)].map(|(u, l)| u.iter().zip(l).map(height));
        median(&left.zip(right).map(|(l, r)| l.max(r)).collect::<Vec<_>>())
    };
    let [thigh, shank] = [above(hips, knees), above(knees, ankles)];
    let is_low = |height: f64, least: f64| height <= least;
    !is_low(thigh, 0.0) && !is_low(shank, SHANK_SHARE * (thigh + shank))
}

/// Side of the leg that stands alone most of the time; `None` if both stand. A camera that looks
/// down from the side also shows the nearer foot lower, but that foot does not move.
fn lone_leg(hips: &[Vec<Vec3>; 2], ankles: &[Vec<Vec3>; 2]) -> Option<Side> {
    let ([left_hip, _], [left, right]) = (hips, ankles);
    let legs: Vec<f64> = left_hip.iter().zip(left).map(|(h, a)| norm(sub(*h, *a))).collect();
    let leg = quantile(&legs, 0.9);
    // y points down, so the lower foot has the larger y.
    let lower: Vec<f64> = left.iter().zip(right).map(|(l, r)| part(l, 1) - part(r, 1)).collect();
    let usual = median(&lower) / leg;
    let (standing, hanging) = if usual > 0.0 { (Side::Left, right) } else { (Side::Right, left) };
    let range = |d: usize| {
        let places: Vec<f64> = hanging.iter().map(|a| part(a, d)).collect();
        quantile(&places, 0.9) - quantile(&places, 0.1)
    };
    let travels = libm::hypot(range(0), range(1)) > HANGING_TRAVEL * leg;
    let height = usual.abs();
    (height > CLEARLY_LIFTED_SHARE || height > LIFTED_SHARE && travels).then_some(standing)
}

pub(super) fn part(point: &Vec3, d: usize) -> f64 {
    point.get(d).copied().unwrap_or(f64::NAN)
}

/// Segments from `ends` to `knees` in each frame, left and right.
fn sides(ends: &[Vec<Vec3>; 2], knees: &[Vec<Vec3>; 2]) -> [Vec<Travel>; 2] {
    let ([left_ends, right_ends], [left_knees, right_knees]) = (ends, knees);
    [travels(left_ends, left_knees), travels(right_ends, right_knees)]
}

fn travels(ends: &[Vec3], knees: &[Vec3]) -> Vec<Travel> {
    let segments: Vec<Vec3> = knees.iter().zip(ends).map(|(k, e)| sub(*k, *e)).collect();
    let lengths: Vec<f64> = segments.iter().map(|v| norm(*v)).collect();
    let length = quantile(&lengths, 0.9);
    let travel = |v: &Vec3| Travel {
        aside: part(v, 0) / length,
        height: part(v, 1) / length,
        toward: (1.0 - (norm(*v) / length).powi(2)).max(0.0).sqrt(),
    };
    segments.iter().map(travel).collect()
}

/// Mean of both legs. The depth is that of the leg that flexes less, because both must flex.
fn of_both([left, right]: &[Vec<Travel>; 2]) -> Vec<Travel> {
    let each = left.iter().zip(right).map(|(l, r)| Travel {
        aside: 0.5 * (l.aside + r.aside),
        height: 0.5 * (l.height + r.height),
        toward: l.toward.min(r.toward),
    });
    each.collect()
}

/// Camera yaw from thighs and shanks of both legs, degrees. In a symmetric squat, the projection
/// angles of both legs are equal. Camera yaw increases one and decreases the other, in proportion
/// to the forward inclination of thigh and shank.
fn yaw_of_angles(segments: &[Vec<Travel>]) -> f64 {
    let [thighs, shanks] = segments else { return f64::NAN };
    let slope = yaw_slope_of("fppa").mean;
    let (mut angles, mut shares, mut seen) = (0.0, 0.0, 0);
    for (thigh, shank) in thighs.iter().zip(shanks) {
        let (thigh_high, shank_high) = (thigh.height, -shank.height);
        let bend = 2.0 * libm::acos((0.5 * (thigh_high + shank_high)).clamp(-1.0, 1.0));
        let [least, most] = SHOWING_DEG;
        if bend.to_degrees() >= least && bend.to_degrees() <= most {
            let leans = [(thigh.aside, thigh_high), (shank.aside, shank_high)];
            angles += leans.map(|(aside, high)| libm::atan2(aside, high)).iter().sum::<f64>();
            shares += slope * yaw_share(bend);
            seen += 1;
        }
    }
    if seen < LEAST_BENT { f64::NAN } else { (angles / shares).to_degrees() }
}

/// Turn of the body from the inclination of its segments, degrees; positive to the right of the
/// image.
fn turn_of(segments: &[Vec<Travel>]) -> f64 {
    let (mut aside, mut toward, mut bent) = (0.0, 0.0, 0);
    for travels in segments {
        let seen =
            |t: &&Travel| t.aside.is_finite() && t.height.is_finite() && t.toward.is_finite();
        let travels: Vec<&Travel> = travels.iter().filter(seen).collect();
        // Camera roll also tilts upright legs, so their tilt is subtracted.
        let standing = travels.iter().filter(|t| libm::hypot(t.aside, t.toward) < STANDING_SHARE);
        let tilts: Vec<f64> = standing.map(|t| t.aside / t.height).collect();
        let tilt = if tilts.is_empty() { 0.0 } else { median(&tilts) };
        for t in travels {
            let leveled = t.aside - tilt * t.height;
            if t.toward >= TOWARD_SHARE && libm::hypot(leveled, t.toward) >= BENT_SHARE {
                aside += leveled;
                toward += t.toward;
                bent += 1;
            }
        }
    }
    if bent < LEAST_BENT {
        return f64::NAN;
    }
    libm::atan2(aside, toward).to_degrees()
}
