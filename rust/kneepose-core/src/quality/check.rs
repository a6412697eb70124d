//! The quality gate: what is wrong with a recording, and what that forbids.

use super::anatomy;
use super::body::{Body, Joint};
use super::camera::{self, Estimate};
use super::check_table::{CheckRow, body_checks, camera_checks};
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
    let mut rows = body_checks(&body, options, recording.resolution());
    if frontal {
        rows.extend(camera_checks(options, &foot_to_lens, roll, off_axis));
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
    Ok(Quality { view, foot_to_lens, roll, off_axis, findings, evidence })
}

/// Measures of the frontal plane that a tilted picture leaves as they are: angles between segments.
const PROOF_AGAINST_TILT: &[&str] = &["fppa", "hip_adduction", "hip_adduction_2d"];

/// Findings after which there is no person to follow.
const PERSON_REASONS: [Validity; 2] = [Validity::TooFewFrames, Validity::WrongSkeleton];

impl Quality {
    /// Reason why nothing in the recording may be counted: there is no one person in it who can be followed.
    /// Findings on single joints or moments forbid values, not counts.
    pub fn forbids_counting(&self) -> Option<Validity> {
        let refusing = self.findings.iter().filter(|f| f.severity == Severity::Refuse);
        refusing.map(|f| f.reason).find(|reason| PERSON_REASONS.contains(reason))
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
