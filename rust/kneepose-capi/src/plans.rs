//! Plans: validated lists of angles of a skeleton.

use std::ffi::CString;

use kneepose_core::angle::{PelvisReference, Plan, PlanOptions, Request, Sided, lower_body, table};
use kneepose_core::skeleton::{Side, Skeleton};
use kneepose_core::space::Up;

use crate::names::c_text;
use crate::pointers::{In, New, Out, Owned, Text};
use crate::skeletons::KneeposeSkeleton;
use crate::status::{Failure, KneeposeStatus, Result, status, value};

/// Validated list of angles of a skeleton. Immutable; several threads may use it at once.
pub struct KneeposePlan {
    pub(crate) plan: Plan,
    pub(crate) skeleton: Skeleton,
    columns: Vec<(CString, Option<CString>, CString)>,
}

/// One angle that the caller requests.
#[repr(C)]
pub struct KneeposeRequest {
    /// Name of the angle; see `kneepose_angle_name`.
    pub name: Text,
    /// `"left"`, `"right"` or NULL. NULL means: both legs (two columns, left first) for an angle of
    /// a leg; the plan's `stance_side` for an angle that is signed toward the stance side; no side
    /// for an angle on the midline.
    pub side: Text,
}

/// Options of a plan. All members except `up` may be 0.
#[repr(C)]
pub struct KneeposePlanOptions {
    /// Required: `"image"` (pixels, y down, 2 components) or the vertical axis of world space (3
    /// components): `"x"`, `"y"`, `"z"`, `"-x"`, `"-y"`, `"-z"`.
    pub up: Text,
    /// Reference of the pelvic tilt: `"up"` (standing; default for NULL) or `"trunk"` (lying, on all
    /// fours).
    pub pelvis_reference: Text,
    /// Stance leg: `"left"` or `"right"`; NULL if the person stands on two legs.
    pub stance_side: Text,
    /// If true, rotations of a nearly straight knee are also returned, instead of being refused.
    pub without_gates: bool,
}

/// Column of a plan's results.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct KneeposeColumn {
    /// Name of the angle.
    pub name: Text,
    /// `"left"`, `"right"`, or NULL on the midline.
    pub side: Text,
    /// `"deg"`, or `"shank"` or `"thigh"` for a fraction of the length of that segment.
    pub unit: Text,
}

/// Parses the space: `"image"`, or the up axis of world space.
pub(crate) fn space(name: &Text) -> Result<Up> {
    let name = name.get("up")?;
    Ok(if name == "image" { Up::Image } else { Up::parse_world(name)? })
}

/// Makes a plan of `count` angles. NULL and 0 select the 17 angles of the lower body.
///
/// Ownership: all arguments are copied. The caller owns `*plan` and frees it with `kneepose_plan_free`; it
/// is NULL if the call fails.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "C" fn kneepose_plan_new(
    skeleton: In<KneeposeSkeleton>,
    requests: In<KneeposeRequest>,
    count: usize,
    options: In<KneeposePlanOptions>,
    mut plan: New<KneeposePlan>,
) -> KneeposeStatus {
    status(|| {
        plan.make("plan", || {
            let skeleton = skeleton.one("skeleton")?.inner.clone();
            let given = options.one("options")?;
            let pelvis = given.pelvis_reference.optional("pelvis_reference")?.unwrap_or("up");
            let options = PlanOptions {
                pelvis: PelvisReference::parse(pelvis)?,
                gates: !given.without_gates,
                ..PlanOptions::of_space(space(&given.up)?)
            };
            let stance = side(&given.stance_side, "stance_side")?;
            let requests = if requests.is_null() && count == 0 {
                columns(lower_body(stance.is_some()).map(|name| Ok((name, None))), stance)?
            } else {
                let requests = requests.slice("requests", count)?;
                let pairs: Vec<_> = requests.iter().map(parse_request).collect();
                columns(pairs, stance)?
            };
            let plan = Plan::new(&skeleton, &requests, options)?;
            let columns = requests.iter().map(|Request { spec, side }| {
                (c_text(&spec.name), side.map(|side| c_text(side.name())), c_text(&spec.unit))
            });
            Ok(KneeposePlan { plan, skeleton, columns: columns.collect() })
        })
    })
}

fn parse_request(request: &KneeposeRequest) -> Result<(&str, Option<Side>)> {
    Ok((request.name.get("the name of an angle")?, side(&request.side, "side")?))
}

fn side(name: &Text, what: &str) -> Result<Option<Side>> {
    Ok(name.optional(what)?.map(Side::parse).transpose()?)
}

/// Makes the requests of pairs of (angle, side). A leg angle without a side becomes two requests,
/// one for each leg.
fn columns<'a>(
    pairs: impl IntoIterator<Item = Result<(&'a str, Option<Side>)>>,
    stance: Option<Side>,
) -> Result<Vec<Request>> {
    let mut requests = Vec::new();
    for pair in pairs {
        let (name, side) = pair?;
        let sides = match (table::find_angle(name)?.sided, side) {
            (Sided::Leg, None) => Side::BOTH.map(Some).to_vec(),
            (Sided::Stance | Sided::StanceOrRight, None) => vec![stance],
            _ => vec![side],
        };
        for side in sides {
            requests.push(Request::named(name, side)?);
        }
    }
    Ok(requests)
}

/// Number of result columns; 0 for NULL.
///
/// Ownership: the caller keeps `plan`.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "C" fn kneepose_plan_width(plan: In<KneeposePlan>) -> usize {
    value(0, || Ok(plan.one("plan")?.plan.width()))
}

/// Number of keypoints in a frame; 0 for NULL.
///
/// Ownership: the caller keeps `plan`.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "C" fn kneepose_plan_keypoints(plan: In<KneeposePlan>) -> usize {
    value(0, || Ok(plan.one("plan")?.plan.keypoints()))
}

/// Number of components of a keypoint: 2 in an image, 3 in world space; 0 for NULL.
///
/// Ownership: the caller keeps `plan`.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "C" fn kneepose_plan_components(plan: In<KneeposePlan>) -> usize {
    value(0, || Ok(plan.one("plan")?.plan.options().up.dims()))
}

/// Describes the column with this index (from 0).
///
/// Ownership: the texts in `*column` belong to the plan and are freed with it.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "C" fn kneepose_plan_column(
    plan: In<KneeposePlan>,
    index: usize,
    mut column: Out<KneeposeColumn>,
) -> KneeposeStatus {
    status(|| {
        let columns = &plan.one("plan")?.columns;
        let (name, side, unit) = columns.get(index).ok_or_else(|| {
            Failure::shape(format!("column {index} does not exist; the plan has {}", columns.len()))
        })?;
        let side = side.as_ref().map_or(Text::NULL, |side| Text::of(side));
        column.set("column", KneeposeColumn { name: Text::of(name), side, unit: Text::of(unit) })
    })
}

/// Frees a plan; NULL does nothing.
///
/// Ownership: takes `plan`, which must not be used again.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "C" fn kneepose_plan_free(plan: Owned<KneeposePlan>) {
    value((), || {
        drop(plan.take());
        Ok(())
    });
}
