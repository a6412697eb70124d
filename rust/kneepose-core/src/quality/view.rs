//! Camera view of an image recording, and the angles that it can show.

use crate::angle::kernel::SIDE_VIEW_RATIO;
use crate::angle::{AngleSpec, Plane};
use crate::error::{Error, Result};
use crate::recording::{Recording, View};
use crate::skeleton::{Side, Skeleton};
use crate::space::Up;
use crate::stats::quantile::{Scratch, quantile_in};
use crate::validity::Validity;

/// Approximate length of the trunk as a share of the leg length in standing adults.
/// Source: Drillis and Contini 1966: 0.59, shoulder to hip over hip to ankle, (0.818 - 0.530) /
/// (0.530 - 0.039).
const TRUNK_OF_LEG: f64 = 0.6;

/// Ratio of hip width to trunk length in the image from which the view is certain: at least
/// `CLEARLY_ACROSS` from the front or the back, at most `CLEARLY_END_ON` from the side.
/// Source: chosen: twice and half the limit of a side view (science.md 2.1); held by test
/// tests/live/test_views.py.
const CLEARLY_ACROSS: f64 = 0.3;
const CLEARLY_END_ON: f64 = 0.08;

/// Detects the view of an image recording from its keypoints. `None` in world space, or if no frame
/// shows the hips together with shoulders or ankles.
pub fn detect_view(recording: &Recording) -> Option<View> {
    view_evidence(recording)?.view()
}

/// The view that the user states, otherwise the detected one.
///
/// # Errors
/// [`Error::Option`] if the keypoints clearly contradict the stated view. All signs would be
/// reversed, or the values would belong to another plane.
pub fn resolve_view(recording: &Recording, said: Option<View>) -> Result<Option<View>> {
    let Some(said) = said else { return Ok(detect_view(recording)) };
    let Some(evidence) = view_evidence(recording) else { return Ok(Some(said)) };
    match evidence.view() {
        Some(seen) if evidence.contradicts(said) => Err(Error::Option(format!(
            "view is {:?}, but the keypoints show the person from the {}: correct the word or leave \
             it out; if the image was mirrored, say mirrored=True",
            said.name(),
            seen.name()
        ))),
        _ => Ok(Some(said)),
    }
}

fn view_evidence(recording: &Recording) -> Option<ViewEvidence> {
    if recording.up() != Up::Image {
        return None;
    }
    let (points, _) = recording.points().as_chunks::<2>();
    let keypoints = recording.skeleton().keypoints().len();
    let point = |frame: usize, keypoint: usize| {
        points.get(frame * keypoints + keypoint).copied().unwrap_or([f64::NAN; 2])
    };
    let landmarks = ViewLandmarks::new(recording.skeleton());
    Some(landmarks.evidence(recording.times().len(), point, &mut Vec::new()))
}

/// Keypoint indices of the landmarks that show the view, left and right each.
#[derive(Debug, Clone, Copy)]
pub struct ViewLandmarks {
    hips: IndexPair,
    /// Keypoints that, with the hips, measure the size of the person in the image, and the trunk
    /// length as a share of that size: the trunk, or the legs if no shoulder is visible.
    sizes: [(IndexPair, f64); 2],
    /// Pairs of a rear and a front landmark: heel and toe, otherwise ear and nose.
    noses: [(IndexPair, IndexPair); 2],
}

type IndexPair = [Option<usize>; 2];

impl ViewLandmarks {
    /// Looks up the landmarks in a skeleton.
    pub fn new(skeleton: &Skeleton) -> Self {
        let pair = |joint: &str| {
            Side::BOTH.map(|side| skeleton.index(&format!("{}_{joint}", side.name())))
        };
        Self {
            hips: pair("hip"),
            sizes: [(pair("shoulder"), 1.0), (pair("ankle"), TRUNK_OF_LEG)],
            noses: [(pair("heel"), pair("big_toe")), (pair("ear"), [skeleton.index("nose"); 2])],
        }
    }

    /// Evaluates some frames of an image. `point` returns a keypoint of a frame, NaN if it is
    /// missing.
    pub fn evidence(
        &self,
        frames: usize,
        point: impl Fn(usize, usize) -> [f64; 2],
        scratch: &mut Scratch,
    ) -> ViewEvidence {
        let hip_ratio = self.sizes.iter().find_map(|&(ends, share)| {
            let ([Some(lh), Some(rh)], [Some(le), Some(re)]) = (self.hips, ends) else {
                return None;
            };
            let ratios = (0..frames).map(|t| {
                let [[lx, ly], [rx, ry]] = [lh, rh].map(|k| point(t, k));
                let [[lex, ley], [rex, rey]] = [le, re].map(|k| point(t, k));
                let length = libm::hypot(lex + rex - lx - rx, ley + rey - ly - ry);
                (rx - lx) / (0.5 * share * length)
            });
            let ratio = quantile_in(ratios, 0.5, scratch);
            ratio.is_finite().then_some(ratio)
        });
        let hip_ratio = hip_ratio.unwrap_or(f64::NAN);
        let end_on = hip_ratio.abs() < SIDE_VIEW_RATIO;
        let facing = self.noses.iter().filter(|_| end_on).find_map(|(behind, before)| {
            let pairs = behind.iter().zip(before).filter_map(|(b, f)| Some(((*b)?, (*f)?)));
            let lengths = pairs.flat_map(|(b, f)| {
                let point = &point;
                (0..frames).map(move |t| {
                    let ([behind, _], [before, _]) = (point(t, b), point(t, f));
                    before - behind
                })
            });
            let middle = quantile_in(lengths, 0.5, scratch);
            (middle.is_finite() && middle != 0.0).then_some(middle)
        });
        ViewEvidence { hip_ratio, facing: facing.unwrap_or(f64::NAN) }
    }
}

/// Measurements that show the view, over some frames; NaN if unknown.
#[derive(Debug, Clone, Copy)]
pub struct ViewEvidence {
    /// Median width of the hips in the image, divided by the trunk length; negative from the front.
    hip_ratio: f64,
    /// Median horizontal distance from heel to toe in a side view; positive if the person faces
    /// right.
    facing: f64,
}

impl ViewEvidence {
    /// View that the measurements show; `None` if they do not show one.
    pub fn view(self) -> Option<View> {
        let Self { hip_ratio, facing } = self;
        if hip_ratio.is_nan() {
            None
        } else if hip_ratio.abs() >= SIDE_VIEW_RATIO {
            Some(if hip_ratio < 0.0 { View::Front } else { View::Back })
        } else if facing.is_nan() {
            None
        } else {
            Some(if facing > 0.0 { View::Right } else { View::Left })
        }
    }

    /// True if the measurements exclude a view.
    pub fn contradicts(self, view: View) -> bool {
        let Self { hip_ratio: ratio, facing } = self;
        match view {
            View::Front => ratio > CLEARLY_ACROSS || ratio.abs() < CLEARLY_END_ON,
            View::Back => ratio < -CLEARLY_ACROSS || ratio.abs() < CLEARLY_END_ON,
            View::Left | View::Right if ratio.abs() < SIDE_VIEW_RATIO => {
                view.facing().is_some_and(|toward| toward * facing < 0.0)
            }
            View::Left | View::Right => ratio.abs() > CLEARLY_ACROSS,
        }
    }
}

/// Reason why a view does not show an angle; `None` if it does, and in world space.
pub fn view_refusal(spec: &AngleSpec, up: Up, view: Option<View>) -> Option<Validity> {
    // Angles that no single image shows are refused by the plan; in world space all can be
    // measured.
    if up != Up::Image || matches!(spec.plane, Plane::Any | Plane::Spatial) {
        return None;
    }
    let Some(view) = view else { return Some(Validity::ViewUnknown) };
    let seen = match (spec.plane, view) {
        (Plane::Frontal, view) => view.is_frontal(),
        (Plane::Sagittal, view) => !view.is_frontal(),
        (Plane::Spatial | Plane::Any, _) => true,
    };
    (!seen).then_some(Validity::WrongView)
}
