//! The quality gate: what is wrong with a recording, and what that forbids.

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
    /// Conditioning repairs it; the numbers stand.
    Info,
    /// The numbers stand; read them with this in mind.
    Warn,
    /// Numbers that depend on it would be wrong, and are not given.
    Refuse,
}

impl Severity {
    /// Severity of a name; a warning for any other text.
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

/// Extent of a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Extent {
    /// There is no one person moving in the recording: neither counts nor values are given.
    Recording,
    /// Values are not given; repetitions that plainly happened are counted.
    Values,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The reason; its row has the sentence and the remedy.
    pub reason: Validity,
    /// Its severity.
    pub severity: Severity,
    /// Extent of the refusal, where the severity is one.
    pub extent: Extent,
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
    /// True if the exercise is done standing, so that lying is impossible; false if it is done lying or on all
    /// fours, whatever the body looks like; `None` where no exercise says so.
    pub stands: Option<bool>,
    /// True if the exercise is done on hands and knees.
    pub on_all_fours: bool,
    /// The legs of an exercise in which the hips sink over standing feet; `None` for other exercises.
    pub legs: Option<NamedLegs>,
}

impl CheckOptions {
    /// True if the body is to be judged as one that stands. On all fours, seen from behind, it looks so.
    pub(super) fn stands(&self, body: &Body) -> bool {
        self.stands != Some(false) && anatomy::is_upright(body)
    }
}

/// The legs that the name of an exercise says to bear the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamedLegs {
    /// Both.
    Both,
    /// One; which one, if it is known.
    One(Option<Side>),
}

impl NamedLegs {
    /// True if this leg may stand alone.
    pub(super) fn allows_alone(self, side: Side) -> bool {
        match self {
            Self::Both => false,
            Self::One(named) => named.is_none_or(|named| named == side),
        }
    }
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
    /// The legs that the exercise says to bear the body.
    pub legs: Option<NamedLegs>,
    /// True if the user stated the view.
    pub view_is_said: bool,
    /// The findings, the gravest first, each reason once.
    pub findings: Vec<Finding>,
    /// The numbers behind the findings, whether they found something or not: (name, value).
    pub evidence: Vec<(&'static str, f64)>,
}

/// Checks a raw recording. What conditioning can repair is judged after the repair, and reported with
/// [`Severity::Info`] where nothing is left of it.
///
/// # Errors
/// As [`resolve_view`].
pub fn check(recording: &Recording, options: &CheckOptions) -> Result<Quality> {
    let repaired = || repair(recording, &Conditioning::of_space(recording.up()))?.recording();
    check_with_repairs(recording, options, repaired)
}

/// As [`check`], with the recording as [`repair`] makes it, which is asked for where something is wrong.
///
/// # Errors
/// As [`resolve_view`].
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

/// The finding of a recording in which no keypoint counts. Nothing else can be said of it; least of all that
/// the light was bad.
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

/// Toes point outward by this many degrees, and vary so between people.
/// Source: science.md 2.4.
const TOE_OUT_DEG: f64 = 6.0;
const TOE_OUT_SD_DEG: f64 = 4.0;
/// Displacements that are measured over the foot, and the error of its direction, degrees: a foot 10 % longer
/// than assumed at 15 degrees.
const OVER_THE_FOOT: &[&str] = &["knee_medial_displacement"];
/// Source: derived: 15 degrees less the angle whose tangent is 0.9 of theirs.
const FOOT_SD_DEG: f64 = 1.5;

/// Angles that both legs show alike, and a camera to the side changes in opposite ways. What it adds to the lean
/// of a trunk depends on how far the trunk bends forward.
const OF_BOTH_KNEES: &[&str] = &["fppa"];
/// Largest turn of a foot, and of a body whose knees both bend, that is taken off a fault, degrees. A foot points
/// outward by up to 10 degrees more than a camera stands to the side.
/// Source: docs/evidence/form.md.
const MOST_FOOT_DEG: f64 = 30.0;
const MOST_YAW_DEG: f64 = 25.0;

/// Sorts findings, of one gravity by what they concern.
fn gravest_first(findings: &mut [Finding]) {
    sort_items(findings, |a, b| b.severity.cmp(&a.severity).then(a.extent.cmp(&b.extent)));
}

impl Quality {
    /// Makes frames without any keypoint a warning.
    pub fn allow_empty(&mut self) {
        for finding in &mut self.findings {
            if matches!(finding.reason, Validity::NothingRead | Validity::NothingSure) {
                finding.severity = Severity::Warn;
            }
        }
    }

    /// Why not even repetitions are counted: there is no one person moving in the recording.
    pub fn forbids_counting(&self) -> Option<Validity> {
        let mut refusing = self.findings.iter().filter(|f| f.severity == Severity::Refuse);
        refusing.find(|finding| finding.extent == Extent::Recording).map(|finding| finding.reason)
    }

    /// Adds a finding behind those that are as grave.
    pub fn add(&mut self, finding: Finding) {
        self.findings.push(finding);
        gravest_first(&mut self.findings);
    }

    /// Why durations are not given: the clock of the picture is not that of the movement.
    pub fn forbids_times(&self) -> Option<Validity> {
        let mut reasons = self.findings.iter().map(|finding| finding.reason);
        reasons.find(|reason| matches!(reason, Validity::PictureStuck | Validity::FrameRate))
    }

    /// Yaw of the camera for an angle, as far as it is known, with its error: + where the front of the body
    /// points to the left of the person. A displacement over the foot turns with the foot, other angles with
    /// the body.
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

    /// True where the turn of the camera against the body is seen, and small enough to be taken off a fault
    /// that is judged by this angle.
    pub fn takes_turn_off(&self, angle: &str) -> bool {
        let far = self.yaw_for(angle).degrees.abs();
        let face = self.turned.face;
        let denied = face.is_finite() && face >= self.turned.face_limit;
        let by_foot = OVER_THE_FOOT.contains(&angle) && self.own_foot().is_some();
        // Widths and the travel of the knees must not say otherwise.
        let by_knees = OF_BOTH_KNEES.contains(&angle)
            && self.legs == Some(NamedLegs::Both)
            && self.turned.yaw().is_some()
            && self.turned.degrees.abs() < MOST_YAW_DEG;
        !denied && (by_foot && far < MOST_FOOT_DEG || by_knees && far < MOST_YAW_DEG)
    }

    /// Angle between the foot of the leg that matters and the line of sight, where it is seen.
    fn own_foot(&self) -> Option<f64> {
        let [left, right] = self.foot_to_lens.map(|foot| foot.degrees);
        let own = self.side.map(|side| if side == Side::Left { left } else { right });
        own.filter(|foot| foot.is_finite())
    }

    /// Yaw of the camera, + where the front of the body points to the right of the image: as both knees show
    /// it, else the feet; else unknown, and as large as it usually is.
    fn yaw_of_body(&self) -> Estimate {
        if let Some(shown) = self.turned.yaw() {
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
            let spread = TOE_OUT_SD_DEG * std::f64::consts::FRAC_1_SQRT_2;
            Estimate { degrees: both, spread }
        } else if alone.is_finite() {
            // The foot's own direction explains some of it, so that its sign is not sure.
            let beyond = (alone.abs() - TOE_OUT_SD_DEG).max(0.0);
            Estimate { degrees: 0.0, spread: libm::hypot(beyond, TOE_OUT_SD_DEG) }
        } else {
            let spread = if self.view_is_said { SAID_YAW_SD_DEG } else { UNKNOWN_YAW_SD_DEG };
            Estimate { degrees: 0.0, spread }
        }
    }

    /// Why a measure is not given, where a finding forbids it. `angle` is `None` for times and ranges.
    pub fn forbids(&self, angle: Option<&AngleSpec>) -> Option<Validity> {
        self.refusing(angle).next()
    }

    /// As [`Self::forbids`], of a measure from which the turn of the camera is taken off.
    pub fn forbids_square(&self, angle: Option<&AngleSpec>) -> Option<Validity> {
        self.refusing(angle).find(|reason| *reason != Validity::CameraTurned)
    }

    /// Why the range of the signal is not given, where a finding forbids it.
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

/// True if a refusal for this reason concerns an angle; `None` stands for times and ranges.
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

/// The gravest refusal that the set-up of some frames asks for.
pub fn set_up_finding(frames: &Recording, options: &CheckOptions) -> Option<Finding> {
    let body = Body::sampled(frames);
    let rows = set_up_checks(&body, options);
    let refusing = rows.iter().filter_map(CheckRow::finding);
    refusing.filter(|f| f.severity == Severity::Refuse).min_by_key(|f| f.extent)
}

/// The refusal that bones before and after a gap ask for, if this share of their change counts.
pub fn other_person_finding(before: &Bones, after: &Bones, share: f64) -> Option<Finding> {
    other_person_row(share * before.change(after))
        .finding()
        .filter(|f| f.severity == Severity::Refuse)
}

/// True if the body of some frames stands upright most of the time.
pub fn shows_upright(frames: &Recording) -> bool {
    anatomy::is_upright(&Body::sampled(frames))
}

/// The finding that the clock of some frames, every so many of a stream, asks for.
pub fn tempo_finding(frames: &Recording) -> Option<Finding> {
    tempo_rows(tempo(&Body::new(frames), 1)).iter().find_map(CheckRow::finding)
}

/// Reasons for which the set-up of a recording refuses angles: the rows that a few frames answer, asked by
/// everything that gives angles.
pub fn set_up_refusals(recording: &Recording, stands: Option<bool>) -> Vec<Validity> {
    let options = CheckOptions { stands, ..CheckOptions::default() };
    set_up_checks(&Body::sampled(recording), &options)
        .iter()
        .filter_map(CheckRow::finding)
        .filter(|finding| finding.severity == Severity::Refuse)
        .map(|finding| finding.reason)
        .collect()
}

/// The first of these reasons that concerns an angle.
pub fn refusal_for(reasons: &[Validity], spec: &AngleSpec) -> Option<Validity> {
    reasons.iter().copied().find(|reason| concerns(*reason, Some(spec)))
}
