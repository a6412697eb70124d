//! The quality gate: what is wrong with a recording, and what that forbids.

use super::accuracy::{SAID_YAW_SD_DEG, UNKNOWN_YAW_SD_DEG};
use super::anatomy;
use super::body::{Body, Joint};
use super::camera::{self, Estimate};
use super::check_table::{CheckRow, body_checks, camera_checks};
use super::turned::{Turned, turned};
use super::view::resolve_view;
use crate::angle::{Plane, table};
use crate::error::Result;
use crate::recording::{Recording, View};
use crate::skeleton::Side;
use crate::validity::Validity;

/// Severity of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// The numbers stand; read them with this in mind.
    Warn,
    /// Numbers that depend on it would be wrong, and are not given.
    Refuse,
}

impl Severity {
    /// Name in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Warn => "warn",
            Self::Refuse => "refuse",
        }
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The reason; its row has the sentence and the remedy.
    pub reason: Validity,
    /// Its severity.
    pub severity: Severity,
    /// The measured value, in words and numbers.
    pub measured: String,
}

/// Options of a check.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct CheckOptions {
    /// The leg that matters; `None` for both.
    pub side: Option<Side>,
    /// The user's word on the view.
    pub view: Option<View>,
    /// True if the exercise is done standing, so that lying is impossible.
    pub upright: bool,
}

/// The outcome of [`check`].
#[derive(Debug, Clone)]
pub struct Quality {
    /// View that was gone by; `None` in world space or where it does not show.
    pub view: Option<View>,
    /// Which way the left and the right foot point against the line of sight, + to the right in the
    /// image; only from the front and the back.
    pub foot_to_lens: [Estimate; 2],
    /// Roll of the camera with its error; only from the front and the back, standing on both feet.
    pub roll: Estimate,
    /// Place of the standing foot beside the middle of the image, as a share of body height.
    pub off_axis: f64,
    /// Yaw of the camera as the knees show it, where both bend.
    pub turned: Turned,
    /// The leg that matters; `None` for both.
    pub side: Option<Side>,
    /// True if the user stated the view.
    pub view_is_said: bool,
    /// The findings, the gravest first, each reason once.
    pub findings: Vec<Finding>,
    /// The numbers behind the findings, whether they found something or not: (name, value).
    pub evidence: Vec<(&'static str, f64)>,
}

/// Checks a raw recording.
///
/// # Errors
/// As [`resolve_view`].
pub fn check(recording: &Recording, options: &CheckOptions) -> Result<Quality> {
    let body = Body::new(recording);
    let view = resolve_view(recording, options.view)?;
    let frontal = body.is_image && view.is_some_and(View::is_frontal) && anatomy::is_upright(&body);
    let has_feet = body.has(Joint::Heel) && body.has(Joint::BigToe);
    let foot_to_lens = if frontal && has_feet {
        Side::BOTH.map(|side| camera::foot_to_lens(&body, side))
    } else {
        [Estimate::NONE; 2]
    };
    let roll = if frontal { camera::roll(&body) } else { Estimate::NONE };
    let off_axis = if frontal {
        camera::off_axis(&body, options.side, recording.resolution())
    } else {
        f64::NAN
    };
    let by_knees = if frontal { turned(recording) } else { Turned::UNKNOWN };
    let mut rows = body_checks(&body, options, recording.resolution());
    if frontal {
        rows.extend(camera_checks(options, &foot_to_lens, roll, off_axis, by_knees));
    }
    let mut findings: Vec<Finding> = rows.iter().filter_map(CheckRow::finding).collect();
    findings.sort_by_key(|finding| finding.severity == Severity::Warn);
    let mut named = Vec::new();
    findings.retain(|finding| {
        let first = !named.contains(&finding.reason);
        named.push(finding.reason);
        first
    });
    let evidence = rows.iter().map(|row| (row.name, row.value)).collect();
    let (turned, side, view_is_said) = (by_knees, options.side, options.view.is_some());
    Ok(Quality {
        view,
        foot_to_lens,
        roll,
        off_axis,
        turned,
        side,
        view_is_said,
        findings,
        evidence,
    })
}

/// Measures of the frontal plane that a tilted picture leaves as they are: angles between segments.
const PROOF_AGAINST_TILT: &[&str] = &["fppa", "hip_adduction", "hip_adduction_2d"];

/// Toes point outward by this many degrees, and vary so between people.
/// Source: science.md 2.4.
const TOE_OUT_DEG: f64 = 6.0;
const TOE_OUT_SD_DEG: f64 = 4.0;

impl Quality {
    /// What the camera's yaw may be (root mean square, degrees): as both knees show it, else the feet,
    /// else what cameras usually stand beside.
    pub fn yaw_sd(&self) -> f64 {
        if let Some(shown) = self.turned.yaw_sd() {
            return shown;
        }
        let [left, right] = self.foot_to_lens.map(|foot| foot.degrees);
        let both = camera::camera_yaw((Side::Left, left), (Side::Right, right));
        // Seen from the front, the toes of the left foot point outward to the right of the image.
        let outward = if self.view == Some(View::Back) { -TOE_OUT_DEG } else { TOE_OUT_DEG };
        let alone = match self.side {
            Some(Side::Left) => left - outward,
            Some(Side::Right) => right + outward,
            None => f64::NAN,
        };
        if both.is_finite() {
            libm::hypot(both, TOE_OUT_SD_DEG * std::f64::consts::FRAC_1_SQRT_2)
        } else if alone.is_finite() {
            // The foot's own direction explains some of it.
            libm::hypot((alone.abs() - TOE_OUT_SD_DEG).max(0.0), TOE_OUT_SD_DEG)
        } else if self.view_is_said {
            SAID_YAW_SD_DEG
        } else {
            UNKNOWN_YAW_SD_DEG
        }
    }

    /// Why a measure is not given, where a finding forbids it. `angle` is empty for times and ranges.
    pub fn forbids(&self, angle: &str) -> Option<Validity> {
        let frontal = table::find_angle(angle).is_ok_and(|spec| spec.plane == Plane::Frontal);
        let concerns = |finding: &&Finding| match finding.reason {
            Validity::CameraTurned => frontal,
            Validity::CameraTilted => frontal && !PROOF_AGAINST_TILT.contains(&angle),
            _ => true,
        };
        let refusing = self.findings.iter().filter(|f| f.severity == Severity::Refuse);
        refusing.into_iter().find(concerns).map(|finding| finding.reason)
    }
}
