//! Joint angles of keypoints in the caller's memory.

use kneepose_core::angle::{Heading, Plan, Real, Standing, Threads, evaluate, standing_heights};
use kneepose_core::validity::Validity;
use ndarray::ArrayView3;

use crate::plans::KneeposePlan;
use crate::pointers::{In, KneeposeLayout, Out, check_disjoint};
use crate::status::{Failure, KneeposeStatus, Result, status};

/// Computes all columns of a plan for all frames, without copying `points`.
///
/// `points` has the layout `*layout`; NaN marks a missing keypoint. Replace `0, 0` by NaN first if the
/// estimator uses it for a missing keypoint. Coordinates are pixels or lengths; normalized image
/// coordinates are not allowed. `values` receives `frames × width` numbers, frame by frame: degrees,
/// positive in the clinical direction, NaN if invalid. `codes` (or NULL) receives as many
/// `KNEEPOSE_VALIDITY_…` codes. Both have room for `capacity` elements.
///
/// `heading` is the forward direction, 3 numbers; in an image `{±1, 0, 0}`, the direction that the person
/// faces. NULL uses the pelvis of each frame. `standing` is the standing height of the left and the right
/// leg, 2 numbers from `kneepose_plan_standing_heights_f64`; NULL means unknown. Only
/// `knee_flexion_from_depth` uses it.
///
/// Ownership: the caller owns all memory. `values` and `codes` must not overlap `points` or each other.
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

/// Same as `kneepose_plan_evaluate_f64` in single precision. The results differ by less than 1e-4
/// degrees if the angle is well conditioned.
///
/// Ownership: the caller owns all memory. `values` and `codes` must not overlap `points` or each other.
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
    // If the product overflows, it saturates and therefore still exceeds the capacity.
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

/// Calls the kernel, which uses several threads for millions of values.
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

/// View of the points. Fails if their layout does not match the plan.
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

/// Height of the hip above the ankle in standing, left and right, in the unit of the coordinates. It is the
/// 95th percentile over the frames, so some of them must show standing. NaN if a leg is never visible.
///
/// Ownership: the caller owns all memory; `heights` has room for 2 numbers.
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

/// Same as `kneepose_plan_standing_heights_f64`, with coordinates in single precision.
///
/// Ownership: the caller owns all memory; `heights` has room for 2 numbers.
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
