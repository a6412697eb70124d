//! Systematic errors of angles by pose estimator, space and view. They are published biases and
//! spreads; if nothing is published, a wide spread that is marked as not validated.

use crate::angle::{AngleSpec, Plane};
use crate::recording::{Depth, Origin, Recording, View};
use crate::skeleton::Skeleton;
use crate::space::Up;

/// Group of pose estimators with similar errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Joint centers from markers or from a simulated body: the reference for all other errors.
    Reference,
    /// MediaPipe Pose (BlazePose).
    MediaPipe,
    /// A body model fitted to the video of one camera.
    BodyModel,
    /// Depth sensor such as Kinect.
    DepthSensor,
    /// Any other estimator, or an unknown one.
    Other,
}

/// All families, with their name, words that occur in an estimator's name, and skeletons that
/// identify them.
pub const FAMILIES: &[(Family, &str, &[&str], &[&str])] = &[
    (
        Family::Reference,
        "reference",
        &["marker", "mocap", "motion capture", "vicon", "qualisys", "optitrack", "opensim"],
        &[],
    ),
    (Family::MediaPipe, "mediapipe", &["mediapipe", "blazepose"], &["mediapipe33"]),
    (Family::BodyModel, "body_model", &["smpl", "wham", "opencap monocular"], &["smpl24"]),
    (
        Family::DepthSensor,
        "depth_sensor",
        &["kinect", "nuitrack", "orbbec", "realsense"],
        &["kinect25"],
    ),
    (Family::Other, "other", &[], &[]),
];

impl Family {
    /// Family of keypoints, determined from the estimator's name, otherwise from the skeleton.
    pub fn of(origin: &Origin, skeleton: &Skeleton) -> Self {
        let text = origin.estimator.to_lowercase();
        let by_name = FAMILIES.iter().find(|row| row.2.iter().any(|word| text.contains(word)));
        let by_skeleton = || FAMILIES.iter().find(|row| row.3.contains(&skeleton.name()));
        by_name.or_else(by_skeleton).map_or(Self::Other, |row| row.0)
    }

    /// Name in the API.
    pub fn name(self) -> &'static str {
        FAMILIES.iter().find(|row| row.0 == self).map_or("", |row| row.1)
    }
}

/// Source of the coordinates, for which a row of the accuracy table applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// Image from a camera at the side.
    FromSide,
    /// Image from a camera in front or behind, or from an unknown direction.
    FromFront,
    /// 3-D with measured depth.
    Measured,
    /// 3-D with estimated depth.
    Estimated,
}

/// All sources of coordinates, with their names in the API.
pub const SEEN: [(&str, Seen); 4] = [
    ("from_side", Seen::FromSide),
    ("from_front", Seen::FromFront),
    ("measured_3d", Seen::Measured),
    ("estimated_3d", Seen::Estimated),
];

impl Seen {
    /// Source of the coordinates of a recording.
    pub fn of(up: Up, view: Option<View>, depth: Depth) -> Self {
        match (up, depth) {
            (Up::Image, _) if view.is_some_and(|view| !view.is_frontal()) => Self::FromSide,
            (Up::Image, _) => Self::FromFront,
            (Up::World(_), Depth::Measured) => Self::Measured,
            (Up::World(_), Depth::Estimated) => Self::Estimated,
        }
    }
}

/// Systematic error of a measure: the difference value − truth. It is constant within a recording
/// and varies between people and cameras with this mean and spread.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Accuracy {
    /// Mean of value − truth, in the unit of the measure. It is not subtracted from values.
    pub bias: f64,
    /// Standard deviation of value − truth between people and cameras.
    pub sd: f64,
    /// True if the error was published for this family, space, view and measure.
    pub validated: bool,
    /// Publication or other source of the error.
    pub source: &'static str,
    /// True if the bias results from the estimator's definition of a keypoint, which is the same
    /// for all people. It is subtracted when a fault is judged, even if it is not published.
    pub taken_off: bool,
    /// Root mean square of the error that the camera position adds to a value that is not corrected
    /// for it. It is 0 if the recording is not known.
    pub camera: f64,
    /// Split of `sd` into a part that depends on the posture and a constant part, if the frames are
    /// known.
    pub by_frame: Option<ByFrame>,
}

/// Error that depends on the posture: a keypoint offset changes the direction of a foreshortened
/// segment more.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ByFrame {
    /// Standard deviation of a keypoint's offset along each axis, as a share of the leg length.
    pub offset: f64,
    /// Standard deviation of the part that does not depend on the posture, in the unit of the
    /// measure.
    pub rest: f64,
}

impl Accuracy {
    /// Root mean square of the error, from bias and standard deviation.
    pub fn rms(&self) -> f64 {
        libm::hypot(self.bias, self.sd)
    }
}

/// One row of the accuracy table. The first row that applies is used.
pub struct AccuracyRow {
    /// Estimator family; `None` for all.
    pub family: Option<Family>,
    /// Sources of the coordinates; empty for all.
    pub seen: &'static [Seen],
    /// Names of angles; empty for all.
    pub angles: &'static [&'static str],
    /// Systematic error of these angles.
    pub accuracy: Accuracy,
}

const fn row(
    family: Option<Family>,
    seen: &'static [Seen],
    angles: &'static [&'static str],
    (bias, sd): (f64, f64),
    validated: bool,
    source: &'static str,
) -> AccuracyRow {
    let accuracy =
        Accuracy { bias, sd, validated, source, taken_off: false, camera: 0.0, by_frame: None };
    AccuracyRow { family, seen, angles, accuracy }
}

/// Row for all families, for errors that follow from keypoint offsets. `sd` applies to a leg and a
/// trunk that are not foreshortened, and is used if no frames are known.
const fn keypoint_row(
    seen: &'static [Seen],
    angles: &'static [&'static str],
    sd: f64,
    by_frame: ByFrame,
    source: &'static str,
) -> AccuracyRow {
    let row = row(None, seen, angles, (0.0, sd), false, source);
    let by_frame = Some(by_frame);
    AccuracyRow { accuracy: Accuracy { by_frame, ..row.accuracy }, ..row }
}

/// Row whose bias results from the estimator's definition of a keypoint.
const fn definition_row(
    family: Family,
    seen: &'static [Seen],
    angles: &'static [&'static str],
    error: (f64, f64),
    source: &'static str,
) -> AccuracyRow {
    let row = row(Some(family), seen, angles, error, false, source);
    AccuracyRow { accuracy: Accuracy { taken_off: true, ..row.accuracy }, ..row }
}

/// Typical offset of keypoints along each axis, as a share of the leg length: 23 mm of 42 + 40 cm.
/// Source: Needham et al. 2021: hip and knee centers have errors of 30 to 50 mm, and 40 mm divided by
/// √3 is 23 mm along each axis.
const OFFSET: ByFrame = ByFrame { offset: 0.028, rest: 0.0 };
/// Typical offset of keypoints with estimated depth. An offset of 60 mm changes a straight knee by
/// 20.5°, the root mean square of the error of MediaPipe's knee over views.
/// Source: derived from Cosoli, Arnesano, Scalise 2026, by the geometry of a leg of 42 + 40 cm.
const GUESSED_OFFSET: ByFrame = ByFrame { offset: 0.073, rest: 0.0 };
/// Error of knee flexion from depth. The formula assumes that thigh and shank have the same
/// inclination and that the camera is level. At 90° of flexion, a thigh that leans 30° more than
/// the shank causes an error of 4°; a camera that looks down by 10° then adds 5°.
/// Source: derived: cos(β̂/2) = cos(β/2) cos(d/2) + cos(β/2) sin(d/2) tan ε.
const DEPTH_MODEL_DEG: f64 = 6.0;
/// Typical pelvic tilt, which two hip points do not show, degrees.
/// Source: docs/evidence/accuracy.md.
const PELVIC_TILT_DEG: f64 = 12.0;

const COSOLI: &str = "Cosoli, Arnesano, Scalise 2026: MediaPipe against an inertial sensor, squats";
const NOTHING_KNOWN: &str = "nothing published: the spread that MediaPipe's knee has over views";
/// Source text of rows derived from keypoint offsets. Needham et al. 2021: the hip and knee centers
/// of common estimators have offsets of 30 to 50 mm, which is 23 mm along each axis. The spreads
/// follow from the geometry of a leg of 42 + 40 cm and hips of 17 cm.
const KEYPOINT_BIAS: &str =
    "nothing published: from keypoints that are off by 30 to 50 mm (Needham et al. 2021)";

/// Systematic errors, the most specific rows first.
/// Unit: ° or share of a segment. Source: in each row.
pub const ACCURACY_TABLE: &[AccuracyRow] = &[
    row(
        Some(Family::Reference),
        &[Seen::Measured, Seen::FromSide, Seen::FromFront],
        &[],
        (0.0, 0.0),
        true,
        "the reference itself: markers and simulated bodies, without movement of the skin",
    ),
    row(Some(Family::MediaPipe), &[Seen::FromSide], &["knee_flexion"], (-2.3, 6.4), true, COSOLI),
    row(
        Some(Family::MediaPipe),
        &[Seen::Estimated],
        &["knee_flexion"],
        (-13.9, 15.1),
        true,
        COSOLI,
    ),
    row(
        Some(Family::BodyModel),
        &[Seen::Estimated],
        &["knee_flexion", "hip_flexion"],
        (0.0, 6.0),
        true,
        "OpenCap Monocular: mean absolute error of 4.8 degrees, which is 6.0 as a standard deviation",
    ),
    definition_row(
        Family::MediaPipe,
        &[Seen::FromFront],
        &["knee_medial_displacement"],
        (-0.04, 0.08),
        "rendered people (docs/evidence/rendered.md): the foot that MediaPipe shows points farther outward; \
         the spread from keypoints that are off by 30 to 50 mm (Needham et al. 2021)",
    ),
    row(None, &[], &["knee_shift"], (0.0, 0.034), false, KEYPOINT_BIAS),
    row(None, &[], &[RATIO], (0.0, 0.08), false, KEYPOINT_BIAS),
    row(
        None,
        &[Seen::Estimated],
        &["hip_flexion"],
        (-13.9, 19.3),
        false,
        "nothing published: that of the knee, and 12 degrees of pelvic tilt, which two hip points do \
         not show",
    ),
    keypoint_row(
        &[Seen::Estimated],
        &["thigh_inclination", "shank_inclination"],
        12.0,
        GUESSED_OFFSET,
        "nothing published: keypoints that are off by what MediaPipe's knee shows over views",
    ),
    row(None, &[Seen::Estimated], &[], (-13.9, 15.1), false, NOTHING_KNOWN),
    keypoint_row(
        &[],
        &["knee_flexion_from_depth"],
        11.0,
        ByFrame { rest: DEPTH_MODEL_DEG, ..OFFSET },
        "nothing published: keypoints that are off by 30 to 50 mm (Needham et al. 2021), thighs and shanks \
         that lean differently, and a camera that looks down",
    ),
    keypoint_row(&[], &["knee_flexion", "fppa"], 8.0, OFFSET, KEYPOINT_BIAS),
    keypoint_row(
        &[],
        &["hip_flexion"],
        13.0,
        ByFrame { rest: PELVIC_TILT_DEG, ..OFFSET },
        "nothing published: hip centres, and the tilt of the pelvis, which two hip points do not show",
    ),
    keypoint_row(
        &[],
        &["thigh_inclination", "shank_inclination", "thigh_medial_lean", "shank_medial_lean"],
        5.0,
        OFFSET,
        KEYPOINT_BIAS,
    ),
    keypoint_row(
        &[],
        &["trunk_forward_lean", "trunk_lateral_lean", "shoulder_roll"],
        5.0,
        OFFSET,
        KEYPOINT_BIAS,
    ),
    keypoint_row(&[], &[], 13.0, OFFSET, KEYPOINT_BIAS),
];

/// Systematic error of an angle for keypoints of this family. A ratio of lengths without its own
/// row has the error of the medial displacement of the knee.
pub fn accuracy(spec: &AngleSpec, family: Family, seen: Seen) -> Accuracy {
    let own = spec.name.as_ref();
    let name = if spec.measure.is_ratio() && own != "knee_shift" { RATIO } else { own };
    let applies = |row: &&AccuracyRow| {
        row.family.is_none_or(|of| of == family)
            && (row.seen.is_empty() || row.seen.contains(&seen))
            && (row.angles.is_empty() || row.angles.contains(&name))
    };
    let unknown = Accuracy { bias: f64::NAN, sd: f64::NAN, ..Accuracy::default() };
    ACCURACY_TABLE.iter().find(applies).map_or(unknown, |row| row.accuracy)
}

const RATIO: &str = "knee_medial_displacement";

/// Standard deviation of the camera yaw if the user states that the camera is in front or behind,
/// degrees. An engineering default.
/// Source: chosen: the yaw from which a comparison of two legs reports the camera (decision 0008);
/// measured by docs/evidence/form.md.
pub const SAID_YAW_SD_DEG: f64 = 4.0;
/// Standard deviation of the camera yaw if neither the user nor the keypoints show it, degrees. It
/// assumes that four of five cameras are within 17 degrees. An engineering default.
/// Source: chosen: 17 degrees over the 90 % quantile of the standard normal distribution; held by
/// test tests/analysis/test_judged_depth.py.
pub const UNKNOWN_YAW_SD_DEG: f64 = 13.0;
/// Error of each angle per degree of camera yaw, at 60° of knee flexion, with its spread over
/// people, in the unit of the angle. The values were measured on simulated squats. Projection
/// angles change with the forward inclination of thigh and shank, displacements over the foot with
/// the distance of the knee ahead of the toes. The sign is that of a right leg, if the front of the
/// body points to the person's left as seen from the camera.
/// Unit: °, or share of the shank or leg, per degree. Source: science.md 2.4,
/// docs/evidence/form.md.
const YAW_SLOPES: &[(&str, YawSlope)] = &[
    ("fppa", YawSlope { mean: 1.2, sd: 0.12 }),
    ("hip_adduction_2d", YawSlope { mean: 0.7, sd: 0.15 }),
    ("thigh_medial_lean", YawSlope { mean: 0.6, sd: 0.15 }),
    ("shank_medial_lean", YawSlope { mean: 0.6, sd: 0.15 }),
    ("knee_medial_displacement", YawSlope { mean: 0.0013, sd: 0.001 }),
    ("knee_shift", YawSlope { mean: 0.0043, sd: 0.0004 }),
    ("trunk_lateral_lean", YawSlope { mean: -0.3, sd: 0.1 }),
];

/// Ratio between the error of camera yaw at a knee flexion and that at 60°, for which
/// `YAW_SLOPES` hold. Thigh and shank are assumed to lean forward by half the flexion each. The
/// result is 1 if the flexion is unknown.
pub fn yaw_share(bend_rad: f64) -> f64 {
    let share = libm::tan(0.5 * bend_rad) / libm::tan(0.5 * YAW_BEND_RAD);
    if share.is_finite() { share.clamp(0.0, MOST_YAW_SHARE) } else { 1.0 }
}

/// Knee flexion for which [`YAW_SLOPES`] hold, radians.
/// Source: science.md 2.4, docs/evidence/form.md.
const YAW_BEND_RAD: f64 = core::f64::consts::FRAC_PI_3;
/// Maximum ratio: that of a knee flexed by 120°, at which the thigh points at the camera.
/// Source: derived: tan 60° / tan 30°.
const MOST_YAW_SHARE: f64 = 3.0;

/// Error of an angle per degree of camera yaw.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct YawSlope {
    /// Mean of the error over people.
    pub mean: f64,
    /// Standard deviation of the error over people.
    pub sd: f64,
}

impl YawSlope {
    /// Root mean square of the error per degree, from mean and standard deviation.
    pub fn rms(self) -> f64 {
        libm::hypot(self.mean, self.sd)
    }
}

/// Error of an angle per degree of camera yaw; 0 for angles that are not in the frontal plane of an
/// image.
pub fn yaw_slope(spec: &AngleSpec, up: Up) -> YawSlope {
    if up != Up::Image || spec.plane != Plane::Frontal {
        return YawSlope::default();
    }
    yaw_slope_of(&spec.name)
}

/// Error of a frontal-plane angle of an image per degree of camera yaw; 0 for an angle without a
/// row.
pub fn yaw_slope_of(angle: &str) -> YawSlope {
    YAW_SLOPES.iter().find(|row| row.0 == angle).map_or(YawSlope::default(), |row| row.1)
}

/// Estimator family, source of coordinates and space of a recording, which determine its systematic
/// errors.
pub fn errors_of(recording: &Recording, view: Option<View>) -> (Family, Seen, Up) {
    let family = Family::of(recording.origin(), recording.skeleton());
    (family, Seen::of(recording.up(), view, recording.origin().depth), recording.up())
}
