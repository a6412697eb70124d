//! Angles of a whole recording: the plan, what the view shows, the heading, the standing height.

use ndarray::Array2;

use crate::angle::{
    Heading, Options, PelvisReference, Plan, Request, Standing, evaluate, standing_series,
};
use crate::error::Result;
use crate::quality;
use crate::recording::{Recording, View};
use crate::vector::Vec3;

/// How to read a recording.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading<'a> {
    /// What the pelvis' tilt is read against.
    pub pelvis: PelvisReference,
    /// The user's word on the view; `None` asks the keypoints.
    pub view: Option<View>,
    /// The horizontal forward direction in world space.
    pub heading: Heading<'a>,
    /// Whether values below the flexion gates are refused.
    pub gates: bool,
}

/// Angles over time, one column a request.
#[derive(Debug, Clone)]
pub struct Angles {
    /// (frames, columns), degrees or shares of the shank.
    pub values: Array2<f64>,
    /// (frames, columns), [`Validity`](crate::validity::Validity) codes.
    pub codes: Array2<u8>,
    /// The view that was gone by; `None` in world space or where it does not show.
    pub view: Option<View>,
}

impl Angles {
    /// Values and codes of one column.
    pub fn column(&self, index: usize) -> (Vec<f64>, Vec<u8>) {
        if index >= self.values.ncols() {
            return (Vec::new(), Vec::new());
        }
        (self.values.column(index).to_vec(), self.codes.column(index).to_vec())
    }
}

/// Computes the requested angles. Pure geometry: nothing is filtered.
///
/// # Errors
/// As [`Plan::new`] and [`quality::settled_view`].
pub fn joint_angles(
    recording: &Recording,
    requests: &[Request],
    reading: &Reading<'_>,
) -> Result<Angles> {
    let options = Options { up: recording.up(), pelvis: reading.pelvis, gates: reading.gates };
    let mut plan = Plan::new(recording.skeleton(), requests, options)?;
    let view = quality::settled_view(recording, reading.view)?;
    plan.refuse(|column| {
        requests.get(column).and_then(|r| quality::refusal(&r.spec, recording.up(), view))
    });
    let points = recording.coordinates();
    let series = if plan.needs_standing_height() {
        standing_series(points, recording.skeleton(), recording.up(), recording.fs())
    } else {
        Vec::new()
    };
    let standing = Standing::Series(&series);
    let side_view: Option<Vec3> = view.and_then(View::facing).map(|facing| [facing, 0.0, 0.0]);
    let heading = side_view.map_or(reading.heading, Heading::Fixed);
    let mut values = Array2::from_elem((points.dim().0, plan.width()), f64::NAN);
    let mut codes = Array2::zeros(values.dim());
    if let (Some(values), Some(codes)) = (values.as_slice_mut(), codes.as_slice_mut()) {
        evaluate(&plan, points, heading, standing, values, codes);
    }
    Ok(Angles { values, codes, view })
}
