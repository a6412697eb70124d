//! Quality check of a recording: findings, and the values that each finding forbids.

use ndarray::Axis;

use super::accuracy::{SAID_YAW_SD_DEG, UNKNOWN_YAW_SD_DEG};
use super::anatomy;
use super::body::{Body, Joint};
use super::camera::{self, Estimate};
use super::check_table::{
    CheckRow, body_checks, camera_checks, other_person_row, set_up_checks, tempo_rows,
};
use super::proportions::Bones;
use super::tempo::tempo;
use super::turned::{Turned, turned};
use super::view::resolve_view;
use crate::angle::{AngleSpec, Plane};
use crate::conditioning::{Conditioning, repair};
use crate::error::Result;
use crate::math::sort::sort_items;
use crate::recording::{Recording, View};
use crate::skeleton::Side;
use crate::validity::Validity;

/// Severity of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Conditioning repairs the problem; values are valid.
    Info,
    /// Values are valid, but should be interpreted with this finding in mind.
    Warn,
    /// Values that depend on the finding would be wrong and are withheld.
    Refuse,
}

impl Severity {
    /// Severity with this name; a warning for any other text.
    pub fn of_name(name: &str) -> Self {
        let all = [Self::Info, Self::Warn, Self::Refuse];
        all.into_iter().find(|severity| severity.name() == name).unwrap_or(Self::Warn)
    }

    /// Name in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Refuse => "refuse",
        }
    }
}

/// Scope of a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Extent {
    /// The recording does not show one moving person, so neither counts nor values are given.
    Recording,
    /// Values are withheld, but repetitions that clearly happened are counted.
    Values,
}

/// One problem of a recording.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// Reason of the finding; its row in the validity table has the sentence and the remedy.
    pub reason: Validity,
    /// Severity of the finding.
    pub severity: Severity,
    /// Scope of the refusal, if the severity is a refusal.
    pub extent: Extent,
    /// Measured value, as a text with numbers.
    pub measured: String,
}

/// Options of a quality check.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct CheckOptions {
    /// Leg under analysis; `None` for both.
    pub side: Option<Side>,
    /// View that the user states; `None` if not stated.
    pub view: Option<View>,
    /// True for a standing exercise, in which lying is an error. False for an exercise lying or on
    /// all fours, regardless of how the body looks. `None` if no exercise is named.
    pub stands: Option<bool>,
    /// True if the exercise is done on hands and knees.
    pub on_all_fours: bool,
    /// Legs that carry the body in an exercise in which the hips sink over standing feet; `None`
    /// for other exercises.
    pub legs: Option<NamedLegs>,
}

impl CheckOptions {
    /// True if the body is to be judged as standing. From behind, a body on all fours looks like a
    /// standing one, so the exercise decides if it is known.
    pub(super) fn stands(&self, body: &Body) -> bool {
        self.stands != Some(false) && anatomy::is_upright(body)
    }
}

/// Legs that carry the body, according to the exercise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamedLegs {
    /// The exercise is done on both legs.
    Both,
    /// The exercise is done on one leg; contains its side if that is known.
    One(Option<Side>),
}

impl NamedLegs {
    /// True if this leg may stand alone in the exercise.
    pub(super) fn allows_alone(self, side: Side) -> bool {
        match self {
            Self::Both => false,
            Self::One(named) => named.is_none_or(|named| named == side),
        }
    }
}

/// Result of [`check`].
#[derive(Debug, Clone)]
pub struct Quality {
    /// Camera view that was used; `None` in world space, or if it cannot be detected.
    pub view: Option<View>,
    /// Direction of the left and the right foot relative to the line of sight, positive to the
    /// right in the image; only from the front and the back.
    pub foot_to_lens: [Estimate; 2],
    /// Roll of the camera with its error; only from the front and the back, standing on both feet.
    pub roll: Estimate,
    /// Offset of the standing foot from the middle of the image, as a share of body height.
    pub off_axis: f64,
    /// Camera yaw estimated from the knees, if both flex.
    pub turned: Turned,
    /// Leg under analysis; `None` for both.
    pub side: Option<Side>,
    /// Legs that carry the body, according to the exercise.
    pub legs: Option<NamedLegs>,
    /// True if the user stated the view.
    pub view_is_said: bool,
    /// Findings, the most severe first, each reason once.
    pub findings: Vec<Finding>,
    /// Values of all checks, with or without a finding: (name, value).
    pub evidence: Vec<(&'static str, f64)>,
}

/// Checks a raw recording. Problems that conditioning can repair are tested again after the repair.
/// If none remains, they are reported with [`Severity::Info`].
///
/// # Errors
/// Same as [`resolve_view`].
pub fn check(recording: &Recording, options: &CheckOptions) -> Result<Quality> {
    let repaired = || repair(recording, &Conditioning::of_space(recording.up()))?.recording();
    check_with_repairs(recording, options, repaired)
}

/// Same as [`check`]. `repaired` returns the recording as [`repair`] makes it; it is called only if
/// needed.
///
/// # Errors
/// Same as [`resolve_view`].
pub fn check_with_repairs(
    recording: &Recording,
    options: &CheckOptions,
    repaired: impl FnOnce() -> Result<Recording>,
) -> Result<Quality> {
    let body = Body::new(recording);
    let view = resolve_view(recording, options.view)?;
    let frontal = body.is_image && view.is_some_and(View::is_frontal) && options.stands(&body);
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
    let mut rows = set_up_checks(&body, options);
    rows.extend(body_checks(&body, options, recording.resolution()));
    if frontal {
        rows.extend(camera_checks(options, &foot_to_lens, roll, off_axis, by_knees));
    }
    let mut findings: Vec<Finding> = rows.iter().filter_map(CheckRow::finding).collect();
    if let Some(alone) = nothing_counts(recording) {
        findings = vec![alone];
    } else if rows.iter().any(CheckRow::needs_repair) {
        let left = body_checks(&Body::new(&repaired()?), options, recording.resolution());
        findings = rows.iter().filter_map(|row| row.finding_after_repair(&left)).collect();
    }
    gravest_first(&mut findings);
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
        legs: options.legs,
        view_is_said,
        findings,
        evidence,
    })
}

/// Finding for a recording in which no keypoint is usable. No other finding is meaningful then.
fn nothing_counts(recording: &Recording) -> Option<Finding> {
    let frames = recording.times().len();
    let coordinates = recording.coordinates();
    let points = coordinates.lanes(Axis(2)).into_iter();
    let counts = |state: u8| state == Validity::Ok as u8;
    let mut seen = recording.states().into_iter().copied().zip(points);
    if frames == 0 || seen.any(|(state, point)| counts(state) && point.iter().any(|v| *v != 0.0)) {
        return None;
    }
    let highest = recording.confidence().iter().copied().fold(0.0, f64::max);
    let least = recording.skeleton().min_confidence();
    let has_points = coordinates.iter().any(|value| value.is_finite());
    let (reason, measured) = if has_points && highest < least {
        let measured = format!("the highest confidence is {highest:.3}; needed {least}");
        (Validity::NothingSure, measured)
    } else {
        let measured =
            format!("no point in {frames} frames is a number but 0, with a confidence above 0");
        (Validity::NothingRead, measured)
    };
    Some(Finding { reason, severity: Severity::Refuse, extent: Extent::Recording, measured })
}

/// Mean outward direction of the toes (`TOE_OUT_DEG`) and its standard deviation between people
/// (`TOE_OUT_SD_DEG`), degrees.
/// Source: science.md 2.4.
const TOE_OUT_DEG: f64 = 6.0;
const TOE_OUT_SD_DEG: f64 = 4.0;
/// Displacements that are measured relative to the foot.
const OVER_THE_FOOT: &[&str] = &["knee_medial_displacement"];
/// Error of the foot direction for those displacements, degrees: effect of a foot that is 10 %
/// longer than assumed, at 15 degrees.
/// Source: derived: 15 degrees less the angle whose tangent is 0.9 of theirs.
const FOOT_SD_DEG: f64 = 1.5;

/// Angles that are equal on both legs of a symmetric squat and that camera yaw changes in opposite
/// ways. Trunk lean is not among them, because the effect of yaw depends on how far the trunk leans
/// forward.
const OF_BOTH_KNEES: &[&str] = &["fppa"];
/// Maximum foot direction (`MOST_FOOT_DEG`), and maximum body turn in squats on both legs
/// (`MOST_YAW_DEG`), for which a fault is corrected, degrees. A foot may point outward by up to 10
/// degrees more than the camera yaw.
/// Source: docs/evidence/form.md.
const MOST_FOOT_DEG: f64 = 30.0;
const MOST_YAW_DEG: f64 = 25.0;

/// Sorts findings by severity, and by scope within one severity.
fn gravest_first(findings: &mut [Finding]) {
    sort_items(findings, |a, b| b.severity.cmp(&a.severity).then(a.extent.cmp(&b.extent)));
}

impl Quality {
    /// Reduces findings about frames without keypoints to warnings.
    pub fn allow_empty(&mut self) {
        for finding in &mut self.findings {
            if matches!(finding.reason, Validity::NothingRead | Validity::NothingSure) {
                finding.severity = Severity::Warn;
            }
        }
    }

    /// Reason why even counts are withheld: the recording does not show one moving person.
    pub fn forbids_counting(&self) -> Option<Validity> {
        let mut refusing = self.findings.iter().filter(|f| f.severity == Severity::Refuse);
        refusing.find(|finding| finding.extent == Extent::Recording).map(|finding| finding.reason)
    }

    /// Adds a finding and keeps the findings sorted.
    pub fn add(&mut self, finding: Finding) {
        self.findings.push(finding);
        gravest_first(&mut self.findings);
    }

    /// Reason why durations are withheld: the time base of the picture is not that of the movement.
    pub fn forbids_times(&self) -> Option<Validity> {
        let mut reasons = self.findings.iter().map(|finding| finding.reason);
        reasons.find(|reason| matches!(reason, Validity::PictureStuck | Validity::FrameRate))
    }

    /// Camera yaw that applies to an angle, with its error. Positive if the front of the body
    /// points to the person's left. A displacement relative to the foot depends on the direction of
    /// the foot, other angles on that of the body.
    pub fn yaw_for(&self, angle: &str) -> Estimate {
        let foot = self.own_foot().filter(|_| OVER_THE_FOOT.contains(&angle));
        let found = match foot {
            Some(degrees) => Estimate { degrees, spread: FOOT_SD_DEG },
            None => self.yaw_of_body(),
        };
        if self.view == Some(View::Back) {
            return Estimate { degrees: -found.degrees, ..found };
        }
        found
    }

    /// True if the turn of the body relative to the camera is known, and small enough to correct a
    /// fault that is judged by this angle.
    pub fn takes_turn_off(&self, angle: &str) -> bool {
        let far = self.yaw_for(angle).degrees.abs();
        let face = self.turned.face;
        let denied = face.is_finite() && face >= self.turned.face_limit;
        let by_foot = OVER_THE_FOOT.contains(&angle) && self.own_foot().is_some();
        // The widths of hips and shoulders and the travel of the knees must not contradict a small
        // turn.
        let by_knees = OF_BOTH_KNEES.contains(&angle)
            && self.legs == Some(NamedLegs::Both)
            && self.turned.yaw().is_some()
            && self.turned.degrees.abs() < MOST_YAW_DEG;
        !denied && (by_foot && far < MOST_FOOT_DEG || by_knees && far < MOST_YAW_DEG)
    }

    /// Angle between the foot under analysis and the line of sight, if it is known.
    fn own_foot(&self) -> Option<f64> {
        let [left, right] = self.foot_to_lens.map(|foot| foot.degrees);
        let own = self.side.map(|side| if side == Side::Left { left } else { right });
        own.filter(|foot| foot.is_finite())
    }

    /// Camera yaw relative to the body. Positive if the front of the body points to the right of
    /// the image. It is estimated from both knees, otherwise from the feet. If neither is
    /// available, it is 0 with the typical spread of camera positions.
    fn yaw_of_body(&self) -> Estimate {
        if let Some(shown) = self.turned.yaw() {
            return shown;
        }
        let [left, right] = self.foot_to_lens.map(|foot| foot.degrees);
        let both = camera::camera_yaw((Side::Left, left), (Side::Right, right));
        // From the front, the toes of the left foot point outward, which is to the right of the
        // image.
        let outward = if self.view == Some(View::Back) { -TOE_OUT_DEG } else { TOE_OUT_DEG };
        let alone = match self.side {
            Some(Side::Left) => left - outward,
            Some(Side::Right) => right + outward,
            None => f64::NAN,
        };
        if both.is_finite() {
            let spread = TOE_OUT_SD_DEG * std::f64::consts::FRAC_1_SQRT_2;
            Estimate { degrees: both, spread }
        } else if alone.is_finite() {
            // The foot's natural direction explains part of the angle, so the sign of the yaw is
            // uncertain.
            let beyond = (alone.abs() - TOE_OUT_SD_DEG).max(0.0);
            Estimate { degrees: 0.0, spread: libm::hypot(beyond, TOE_OUT_SD_DEG) }
        } else {
            let spread = if self.view_is_said { SAID_YAW_SD_DEG } else { UNKNOWN_YAW_SD_DEG };
            Estimate { degrees: 0.0, spread }
        }
    }

    /// Reason why a measure is withheld; `None` if no finding forbids it. `angle` is `None` for
    /// durations and ranges of motion.
    pub fn forbids(&self, angle: Option<&AngleSpec>) -> Option<Validity> {
        self.refusing(angle).next()
    }

    /// Reason why a measure is withheld that is corrected for camera yaw, so that a turned camera
    /// does not forbid it.
    pub fn forbids_square(&self, angle: Option<&AngleSpec>) -> Option<Validity> {
        self.refusing(angle).find(|reason| *reason != Validity::CameraTurned)
    }

    /// Reason why the range of the signal is withheld; `None` if no finding forbids it.
    pub fn forbids_range(&self) -> Option<Validity> {
        let misplaced = |f: &Finding| f.reason == Validity::LegsMisplaced;
        self.forbids(None)
            .or_else(|| self.findings.iter().any(misplaced).then_some(Validity::LegsMisplaced))
    }

    fn refusing(&self, angle: Option<&AngleSpec>) -> impl Iterator<Item = Validity> {
        let refusing = self.findings.iter().filter(|f| f.severity == Severity::Refuse);
        refusing.map(|finding| finding.reason).filter(move |reason| concerns(*reason, angle))
    }
}

/// True if a refusal for this reason applies to an angle; `None` stands for durations and ranges of
/// motion.
fn concerns(reason: Validity, angle: Option<&AngleSpec>) -> bool {
    let frontal = angle.is_some_and(|spec| spec.plane == Plane::Frontal);
    match reason {
        Validity::CameraTurned => frontal,
        Validity::CameraTilted => {
            frontal && angle.is_some_and(|spec| !spec.measure.is_same_when_rolled())
        }
        Validity::LeftHandedAxes => angle.is_some_and(|spec| !spec.measure.is_same_in_mirror()),
        Validity::PictureStretched | Validity::LegsMisplaced => angle.is_some(),
        _ => true,
    }
}

/// Most severe refusal that the set-up of some frames requires; `None` if there is none.
pub fn set_up_finding(frames: &Recording, options: &CheckOptions) -> Option<Finding> {
    let body = Body::sampled(frames);
    let rows = set_up_checks(&body, options);
    let refusing = rows.iter().filter_map(CheckRow::finding);
    refusing.filter(|f| f.severity == Severity::Refuse).min_by_key(|f| f.extent)
}

/// Refusal because the bones before and after a gap differ too much; `None` if they do not. `share`
/// reduces the change that is counted.
pub fn other_person_finding(before: &Bones, after: &Bones, share: f64) -> Option<Finding> {
    other_person_row(share * before.change(after))
        .finding()
        .filter(|f| f.severity == Severity::Refuse)
}

/// True if the body is upright in most of the frames.
pub fn shows_upright(frames: &Recording) -> bool {
    anatomy::is_upright(&Body::sampled(frames))
}

/// Finding about the time base, from evenly spaced frames of a stream.
pub fn tempo_finding(frames: &Recording) -> Option<Finding> {
    tempo_rows(tempo(&Body::new(frames), 1)).iter().find_map(CheckRow::finding)
}

/// Reasons for which the set-up of a recording forbids angles. These checks need few frames, and
/// every function that computes angles applies them.
pub fn set_up_refusals(recording: &Recording, stands: Option<bool>) -> Vec<Validity> {
    let options = CheckOptions { stands, ..CheckOptions::default() };
    set_up_checks(&Body::sampled(recording), &options)
        .iter()
        .filter_map(CheckRow::finding)
        .filter(|finding| finding.severity == Severity::Refuse)
        .map(|finding| finding.reason)
        .collect()
}

/// First of these reasons that applies to an angle.
pub fn refusal_for(reasons: &[Validity], spec: &AngleSpec) -> Option<Validity> {
    reasons.iter().copied().find(|reason| concerns(*reason, Some(spec)))
}
