//! Joint angles of keypoints that stay where they are.

use kneepose_core::angle::{Heading, Plan, Real, Standing, Threads, evaluate, standing_heights};
use kneepose_core::validity::Validity;
use ndarray::ArrayView3;

use crate::plans::KneeposePlan;
use crate::pointers::{In, KneeposeLayout, Out, check_disjoint};
use crate::status::{Failure, KneeposeStatus, Result, status};

/// Computes all columns of a plan for all frames, without a copy of `points`.
///
/// `points` lies as `*layout` says, NaN where a keypoint was not seen; an estimator's `0, 0` for
/// "not seen" must be made NaN first. Coordinates are pixels or lengths, never shares of the width and
/// height of an image. `values` gets `frames × width` numbers, frame by frame: degrees, positive in the
/// clinical direction, NaN where the value cannot be trusted. `codes` (or NULL) gets as many of
/// `KNEEPOSE_VALIDITY_…`; each of the two has room for `capacity` elements.
///
/// `heading` (or NULL: the pelvis of each frame) is 3 numbers, the forward direction; in an image
/// `{±1, 0, 0}`, which way the person faces. `standing` (or NULL: not known) is 2 numbers, the standing
/// height of the left and the right leg from `kneepose_plan_standing_heights_f64`;
/// only `knee_flexion_from_depth` needs it.
///
/// Ownership: all memory is the caller's. `values` and `codes` must not overlap `points`.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "C" fn kneepose_plan_evaluate_f64(
    plan: In<KneeposePlan>,
    points: In<f64>,
    layout: In<KneeposeLayout>,
    heading: In<f64>,
    standing: In<f64>,
    values: Out<f64>,
    codes: Out<u8>,
    capacity: usize,
) -> KneeposeStatus {
    status(|| {
        evaluate_into(
            &plan,
            &points,
            &layout,
            [heading, standing],
            values,
            codes,
            capacity,
            f64::NAN,
        )
    })
}

/// As `kneepose_plan_evaluate_f64`, with coordinates, angles and all that lies between in single
/// precision: within 1e-4 degrees where the angle is well conditioned.
///
/// Ownership: all memory is the caller's. `values` and `codes` must not overlap `points`.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "C" fn kneepose_plan_evaluate_f32(
    plan: In<KneeposePlan>,
    points: In<f32>,
    layout: In<KneeposeLayout>,
    heading: In<f64>,
    standing: In<f64>,
    values: Out<f32>,
    codes: Out<u8>,
    capacity: usize,
) -> KneeposeStatus {
    status(|| {
        evaluate_into(
            &plan,
            &points,
            &layout,
            [heading, standing],
            values,
            codes,
            capacity,
            f32::NAN,
        )
    })
}

#[allow(clippy::too_many_arguments)] // The C functions' own list, once for both widths.
fn evaluate_into<S: Real>(
    plan: &In<KneeposePlan>,
    points: &In<S>,
    layout: &In<KneeposeLayout>,
    [heading, standing]: [In<f64>; 2],
    mut values: Out<S>,
    mut codes: Out<u8>,
    capacity: usize,
    missing: S,
) -> Result<()> {
    let KneeposePlan { plan, .. } = plan.one("plan")?;
    let layout = layout.one("layout")?;
    let array = keypoints(plan, points, layout)?;
    let heading = match heading.optional::<3>("heading")? {
        Some(forward) => Heading::fixed(forward, plan.options().up)?,
        None => Heading::PerFrame,
    };
    let standing = standing.optional::<2>("standing")?.unwrap_or([f64::NAN; 2]);
    // A count too large for a number is too large for the room as well.
    let cells = layout.frames.saturating_mul(plan.width());
    if cells > capacity {
        return Err(Failure::room("values (and codes, if given)", capacity, cells));
    }
    let read = points.reach("points", layout)?;
    check_disjoint(&read, &values.reach(cells), "values", "points")?;
    if !codes.is_null() {
        check_disjoint(&read, &codes.reach(cells), "codes", "points")?;
        check_disjoint(&values.reach(cells), &codes.reach(cells), "codes", "values")?;
    }
    let values = values.filled("values", cells, missing)?;
    let codes = if codes.is_null() {
        None
    } else {
        Some(codes.filled("codes", cells, Validity::MissingKeypoint as u8)?)
    };
    fill(plan, array, heading, Standing::Fixed(standing), values, codes);
    Ok(())
}

/// The one call of the kernel.
fn fill<S: Real>(
    plan: &Plan,
    points: ArrayView3<'_, S>,
    heading: Heading<'_>,
    standing: Standing<'_>,
    values: &mut [S],
    codes: Option<&mut [u8]>,
) {
    let codes = codes.unwrap_or_default();
    evaluate(plan, points, heading, standing, values, codes, Threads::Auto);
}

/// The array, where its layout fits the plan.
fn keypoints<'a, S>(
    plan: &Plan,
    points: &'a In<S>,
    layout: &KneeposeLayout,
) -> Result<ArrayView3<'a, S>> {
    let needed = (plan.keypoints(), plan.options().up.dims());
    if (layout.keypoints, layout.components) != needed {
        return Err(Failure::shape(format!(
            "the layout has {} keypoints of {} components; the plan's skeleton and space need {} of {}",
            layout.keypoints, layout.components, needed.0, needed.1
        )));
    }
    points.array("points", layout)
}

/// Standing height of the hip over the ankle, left and right, in the unit of the coordinates: the 95th
/// percentile over the frames, some of which must stand. NaN where a leg is never seen.
///
/// Ownership: all memory is the caller's; `heights` has room for 2 numbers.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "C" fn kneepose_plan_standing_heights_f64(
    plan: In<KneeposePlan>,
    points: In<f64>,
    layout: In<KneeposeLayout>,
    heights: Out<f64>,
) -> KneeposeStatus {
    status(|| fill_standing_heights(&plan, &points, &layout, heights))
}

/// As `kneepose_plan_standing_heights_f64`, with coordinates in single precision.
///
/// Ownership: all memory is the caller's; `heights` has room for 2 numbers.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "C" fn kneepose_plan_standing_heights_f32(
    plan: In<KneeposePlan>,
    points: In<f32>,
    layout: In<KneeposeLayout>,
    heights: Out<f64>,
) -> KneeposeStatus {
    status(|| fill_standing_heights(&plan, &points, &layout, heights))
}

fn fill_standing_heights<S: Real>(
    plan: &In<KneeposePlan>,
    points: &In<S>,
    layout: &In<KneeposeLayout>,
    mut heights: Out<f64>,
) -> Result<()> {
    let KneeposePlan { plan, skeleton, .. } = plan.one("plan")?;
    let points = keypoints(plan, points, layout.one("layout")?)?;
    let measured = standing_heights(points, skeleton, plan.options().up);
    heights.filled("heights", 2, f64::NAN)?.copy_from_slice(&measured);
    Ok(())
}
