//! From where the camera looks, and what that view can show.

use crate::angle::kernel::SIDE_VIEW_RATIO;
use crate::angle::{AngleSpec, Plane};
use crate::error::{Error, Result};
use crate::recording::{Recording, View};
use crate::signal::quantile::median;
use crate::skeleton::Side;
use crate::space::Up;
use crate::validity::Validity;
use crate::vector::{Vec3, add, sub};

/// Length of the trunk as a share of the leg's, roughly, in standing adults.
const TRUNK_OF_LEG: f64 = 0.6;

/// From these hip ratios on, a view is beyond doubt: seen across, or end-on.
const CLEARLY_ACROSS: f64 = 0.3;
const CLEARLY_END_ON: f64 = 0.08;

/// The view that the keypoints of an image recording show; `None` in world space, or where hips and
/// neither shoulders nor ankles are ever seen together.
pub fn view(recording: &Recording) -> Option<View> {
    let ratio = hip_ratio(recording)?;
    if ratio.abs() >= SIDE_VIEW_RATIO {
        return Some(if ratio < 0.0 { View::Front } else { View::Back });
    }
    let facing = facing(recording)?;
    Some(if facing > 0.0 { View::Right } else { View::Left })
}

/// The view to go by: the user's word, else what the keypoints show.
///
/// # Errors
/// [`Error::Option`] where the keypoints plainly contradict the word: every sign would be reversed, or
/// the numbers would be those of another plane.
pub fn settled_view(recording: &Recording, said: Option<View>) -> Result<Option<View>> {
    let Some(said) = said else { return Ok(view(recording)) };
    let Some(ratio) = hip_ratio(recording) else { return Ok(Some(said)) };
    let faces = || facing(recording).unwrap_or(0.0);
    let contradicted = match said {
        View::Front => ratio > CLEARLY_ACROSS || ratio.abs() < CLEARLY_END_ON,
        View::Back => ratio < -CLEARLY_ACROSS || ratio.abs() < CLEARLY_END_ON,
        View::Left | View::Right if ratio.abs() < SIDE_VIEW_RATIO => {
            said.facing().is_some_and(|toward| toward * faces() < 0.0)
        }
        View::Left | View::Right => ratio.abs() > CLEARLY_ACROSS,
    };
    match view(recording) {
        Some(seen) if contradicted => Err(Error::Option(format!(
            "view is {:?}, but the keypoints show the person from the {}: correct the word or leave \
             it out; if the image was mirrored, say mirrored=True",
            said.name(),
            seen.name()
        ))),
        _ => Ok(Some(said)),
    }
}

/// Median width of the hips in the image over the length of the trunk: negative seen from the front.
fn hip_ratio(recording: &Recording) -> Option<f64> {
    if recording.up() != Up::Image {
        return None;
    }
    let hips = sides(recording, "hip")?;
    // How large the person is in the image: the trunk, or where no shoulder is seen the legs.
    let sizes = [("shoulder", 1.0), ("ankle", TRUNK_OF_LEG)];
    sizes.iter().find_map(|(joint, share)| {
        let ends = sides(recording, joint)?;
        let ratio = |([lh, rh], [le, re]): (&Pair, &Pair)| {
            let [across, along, _] = sub(sub(add(*le, *re), *lh), *rh);
            let [apart, ..] = sub(*rh, *lh);
            apart / (0.5 * share * libm::hypot(across, along))
        };
        let ratios: Vec<f64> = hips.iter().zip(&ends).map(ratio).collect();
        let ratio = median(&ratios);
        ratio.is_finite().then_some(ratio)
    })
}

/// Which way the person faces in the image: the sign of heel to toe, else of ear to nose.
fn facing(recording: &Recording) -> Option<f64> {
    let lengths = |from: &str, to: &str| -> Option<Vec<f64>> {
        let (from, to) = (recording.track(from)?, recording.track(to)?);
        let across = |(a, b): (&Vec3, &Vec3)| {
            let [across, ..] = sub(*b, *a);
            across
        };
        Some(from.iter().zip(&to).map(across).collect())
    };
    let both = |from: [&str; 2], to: [&str; 2]| -> Option<f64> {
        let [from_left, from_right] = from;
        let [to_left, to_right] = to;
        let mut all = lengths(from_left, to_left).unwrap_or_default();
        all.extend(lengths(from_right, to_right).unwrap_or_default());
        let middle = median(&all);
        (middle.is_finite() && middle != 0.0).then_some(middle)
    };
    both(["left_heel", "right_heel"], ["left_big_toe", "right_big_toe"])
        .or_else(|| both(["left_ear", "right_ear"], ["nose", "nose"]))
}

/// Left and right.
type Pair = [Vec3; 2];

fn sides(recording: &Recording, joint: &str) -> Option<Vec<Pair>> {
    let [left, right] = Side::BOTH.map(|side| recording.track(&format!("{}_{joint}", side.name())));
    Some(left?.into_iter().zip(right?).map(|(l, r)| [l, r]).collect())
}

/// Why this view does not show the angle; `None` where it does, and in world space.
pub fn refusal(spec: &AngleSpec, up: Up, view: Option<View>) -> Option<Validity> {
    // What no image shows is refused by the plan; three dimensions show everything.
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
