//! Joint angles of a whole recording, with the camera view, heading and standing height that they
//! need.

use std::cell::OnceCell;

use ndarray::{Array2, Array3, ArrayView1, ArrayView3, Axis};

use crate::angle::uncertainty::{Offsets, propagate, propagate_offsets};
use crate::angle::{
    Heading, PelvisReference, Plan, PlanOptions, Plane, Request, Standing, StandingOffsets,
    Threads, evaluate, height_over, rest_on_plateau, standing_series,
};
use crate::error::Result;
use crate::math::vector::{Vec3, norm, sub};
use crate::memory::{array, copied, gathered, owned};
use crate::quality::{self, Accuracy, SAID_YAW_SD_DEG, UNKNOWN_YAW_SD_DEG};
use crate::recording::{Recording, View};
use crate::skeleton::Side;
use crate::space::Up;
use crate::stats::quantile::quantile;
use crate::validity::Validity;

/// Settings of [`joint_angles`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AngleOptions<'a> {
    /// Reference of the pelvic tilt.
    pub pelvis: PelvisReference,
    /// Camera view; `None` detects it from the keypoints.
    pub view: Option<View>,
    /// Horizontal forward direction in world space.
    pub heading: Heading<'a>,
    /// If true, values below the flexion gate of their angle are refused.
    pub gates: bool,
    /// Offsets of this person from a standing trial.
    pub rest: StandingOffsets,
    /// Calibrated height of the hip above the ankle in standing, left and right. If NaN, it is
    /// estimated from the recording.
    pub standing: [f64; 2],
    /// Standard deviation along each axis of a keypoint with confidence 1, in the unit of the
    /// coordinates. If `None`, no uncertainties are computed.
    pub keypoint_sd: Option<f64>,
    /// If true, the systematic error of the estimator is included in the uncertainties.
    pub systematic: bool,
    /// True if the vertical is assumed, not measured.
    pub assumed_level: bool,
    /// True if the person lies. An image then shows the body from an unknown direction.
    pub lying: bool,
    /// If true, frontal-plane angles are also given for a body that is turned away from the camera.
    /// The caller must then correct or refuse them.
    pub with_turned: bool,
    /// True for a signal that only drives repetitions, for which estimated depth is accurate
    /// enough.
    pub only_counts: bool,
}

impl AngleOptions<'_> {
    /// Default options: heading of the pelvis in each frame, flexion gates on, no calibration, no
    /// uncertainties.
    pub fn new(pelvis: PelvisReference, view: Option<View>) -> Self {
        Self {
            pelvis,
            view,
            heading: Heading::PerFrame,
            gates: true,
            rest: StandingOffsets::default(),
            standing: [f64::NAN; 2],
            keypoint_sd: None,
            systematic: false,
            assumed_level: false,
            lying: false,
            with_turned: false,
            only_counts: false,
        }
    }
}

/// Angles over time, one column per request.
#[derive(Debug, Clone)]
pub struct Angles {
    /// Values (frames, columns) in degrees or fractions of a segment length; NaN if a value is
    /// invalid.
    pub values: Array2<f64>,
    /// [`Validity`] codes (frames, columns).
    pub codes: Array2<u8>,
    /// Standard deviations (frames, columns) in the unit of the values; `None` if not requested.
    pub sd: Option<Array2<f64>>,
    /// Systematic error of each column.
    pub accuracy: Vec<Accuracy>,
    /// Camera view that was used; `None` in world space or if it is unknown.
    pub view: Option<View>,
    /// True if an image shows a body that is turned away from the camera.
    pub turned: bool,
}

impl Angles {
    /// Withholds frontal-plane angles if the body is turned away from the camera.
    pub fn withhold_turned(&mut self, requests: &[Request]) {
        if !self.turned {
            return;
        }
        for (i, request) in requests.iter().enumerate() {
            if request.spec.plane == Plane::Frontal && i < self.values.ncols() {
                self.values.column_mut(i).fill(f64::NAN);
                self.codes.column_mut(i).fill(Validity::CameraTurned as u8);
            }
        }
    }

    /// Values and codes of one column; empty if the index is out of range.
    pub fn column(&self, index: usize) -> (Vec<f64>, Vec<u8>) {
        if index >= self.values.ncols() {
            return (Vec::new(), Vec::new());
        }
        fn column<T: Copy>(items: &Array2<T>, index: usize) -> Vec<T> {
            let (width, all) = (items.ncols(), items.as_slice().unwrap_or_default());
            gathered(all.chunks_exact(width).filter_map(|row| row.get(index)).copied())
        }
        (column(&self.values, index), column(&self.codes, index))
    }

    /// Values and codes in column order (columns, frames).
    pub fn columns(&self) -> (Array2<f64>, Array2<u8>) {
        (transposed(&self.values), transposed(&self.codes))
    }
}

/// Transposed copy in standard memory order.
fn transposed<T: Copy + Default>(rows: &Array2<T>) -> Array2<T> {
    let (frames, width) = rows.dim();
    let mut columns = array((width, frames), T::default());
    let given = rows.as_slice().unwrap_or_default().chunks_exact(width.max(1));
    let slots = columns.as_slice_mut().unwrap_or_default();
    for (t, row) in given.enumerate() {
        for (slot, item) in slots.iter_mut().skip(t).step_by(frames.max(1)).zip(row) {
            *slot = *item;
        }
    }
    columns
}

/// Computes the requested angles from the coordinates as they are, without filtering.
///
/// # Errors
/// Same as [`SeenRecording::new`] and [`SeenRecording::joint_angles`].
pub fn joint_angles(
    recording: &Recording,
    requests: &[Request],
    angle_options: &AngleOptions<'_>,
) -> Result<Angles> {
    SeenRecording::new(recording, angle_options.view, None)?.joint_angles(requests, angle_options)
}

/// A recording with all inputs that its angles share, such as view and standing height. They are
/// computed once.
pub struct SeenRecording<'a> {
    recording: &'a Recording,
    view: Option<View>,
    /// Reasons for which the set-up forbids angles.
    refused: Vec<Validity>,
    /// Coordinates with NaN for unusable keypoints; `None` if all keypoints are usable.
    masked: Option<Array3<f64>>,
    standing: OnceCell<Vec<[f64; 2]>>,
}

impl<'a> SeenRecording<'a> {
    /// Prepares a recording. `view` is the view that the user states; `None` detects it from the
    /// keypoints. `stands` is true if the exercise is done standing; see
    /// [`CheckOptions`](quality::CheckOptions).
    ///
    /// # Errors
    /// Same as [`quality::resolve_view`].
    pub fn new(recording: &'a Recording, view: Option<View>, stands: Option<bool>) -> Result<Self> {
        Ok(Self {
            recording,
            view: quality::resolve_view(recording, view)?,
            refused: quality::set_up_refusals(recording, stands),
            masked: mask_unusable(recording),
            standing: OnceCell::new(),
        })
    }

    /// The recording that the angles are computed from.
    pub fn recording(&self) -> &'a Recording {
        self.recording
    }

    /// Camera view that is used; `None` in world space, or if it cannot be detected.
    pub fn view(&self) -> Option<View> {
        self.view
    }

    fn points(&self) -> ArrayView3<'_, f64> {
        self.masked.as_ref().map_or_else(|| self.recording.coordinates(), |masked| masked.view())
    }

    fn standing(&self) -> &[[f64; 2]] {
        self.standing.get_or_init(|| {
            let recording = self.recording;
            let (skeleton, up) = (recording.skeleton(), recording.up());
            standing_series(self.points(), skeleton, up, recording.times())
        })
    }

    /// Computes the requested angles from the coordinates as they are, without filtering. The view
    /// is the one of [`Self::new`]. If the options also state a view, its value is not used; the
    /// camera yaw only counts as less uncertain.
    ///
    /// # Errors
    /// Same as [`Plan::new`].
    pub fn joint_angles(
        &self,
        requests: &[Request],
        angle_options: &AngleOptions<'_>,
    ) -> Result<Angles> {
        let Self { recording, view, .. } = *self;
        let options = PlanOptions {
            pelvis: angle_options.pelvis,
            gates: angle_options.gates,
            rest: angle_options.rest,
            ..PlanOptions::of_space(recording.up())
        };
        let mut plan = Plan::new(recording.skeleton(), requests, options)?;
        let asked = view.is_some_and(View::is_frontal)
            && !angle_options.only_counts
            && !angle_options.lying;
        let turned = asked.then(|| quality::turned(recording));
        let is_turned = turned.is_some_and(|turned| turned.forbids());
        plan.refuse(|column| {
            let spec = &requests.get(column)?.spec;
            if angle_options.lying && recording.up() == Up::Image && spec.plane != Plane::Any {
                return Some(Validity::NeedsThreeDimensions);
            }
            let by_set_up = || quality::refusal_for(&self.refused, spec);
            quality::view_refusal(spec, recording.up(), view).or_else(by_set_up).or_else(|| {
                if is_turned && !angle_options.with_turned && spec.plane == Plane::Frontal {
                    return Some(Validity::CameraTurned);
                }
                let refused =
                    quality::depth_refusal(spec, recording.up(), recording.origin().depth);
                refused.filter(|_| !angle_options.only_counts)
            })
        });
        let points = self.points();
        let states_camera = angle_options.systematic && recording.up() == Up::Image;
        let mut series = if plan.needs_standing_height() || states_camera {
            copied(self.standing())
        } else {
            Vec::new()
        };
        if recording.up() == Up::Image && !angle_options.only_counts {
            rest_on_plateau(points, recording.skeleton(), &mut series);
        }
        for heights in &mut series {
            for (height, measured) in heights.iter_mut().zip(angle_options.standing) {
                *height = if measured.is_nan() { *height } else { measured };
            }
        }
        let standing = Standing::Series(&series);
        let side_view: Option<Vec3> = view.and_then(View::facing).map(|facing| [facing, 0.0, 0.0]);
        let heading = side_view.map_or(angle_options.heading, Heading::Fixed);
        let mut values = array((points.dim().0, plan.width()), f64::NAN);
        let mut codes = array(values.dim(), 0);
        if let (Some(values), Some(codes)) = (values.as_slice_mut(), codes.as_slice_mut()) {
            evaluate(&plan, points, heading, standing, values, codes, Threads::Auto);
            plan.mask_beyond_body(values, codes);
        }
        set_missing_reasons(&mut codes, &plan, recording, matches!(heading, Heading::PerFrame));
        let mut sd = angle_options.keypoint_sd.map(|_| owned(&values.view()));
        let sds = angle_options.keypoint_sd.map(|sd| keypoint_sds(recording, sd));
        if let (Some(sd), Some(sds), Some(values)) = (&mut sd, &sds, values.as_slice())
            && let Some(sd) = sd.as_slice_mut()
        {
            propagate(&plan, points, heading, standing, sds.view(), values, sd);
        }
        let accuracy = systematic_errors(recording, requests, view);
        if let (Some(sd), true) = (&mut sd, angle_options.systematic) {
            let usual =
                if angle_options.view.is_some() { SAID_YAW_SD_DEG } else { UNKNOWN_YAW_SD_DEG };
            let yaw_sd = turned
                .and_then(|turned| turned.yaw())
                .map_or(usual, |yaw| libm::hypot(yaw.degrees, yaw.spread));
            let leg = leg_length(recording);
            let sigmas: Vec<f64> = accuracy
                .iter()
                .map(|known| known.by_frame.map_or(0.0, |f| f.offset * leg))
                .collect();
            let turned_by = |offsets: Offsets| {
                let mut turned = values.clone();
                if let (Some(values), Some(turned)) = (values.as_slice(), turned.as_slice_mut()) {
                    let references = (heading, standing);
                    propagate_offsets(
                        &plan,
                        points,
                        references,
                        (offsets, &sigmas),
                        values,
                        turned,
                    );
                }
                turned
            };
            let [frontal, other] = [Offsets::OfKeypoints, Offsets::OfPoints].map(turned_by);
            let bends = bends_from_depth(recording, points, &series);
            for (i, (mut column, (request, known))) in
                sd.columns_mut().into_iter().zip(requests.iter().zip(&accuracy)).enumerate()
            {
                let camera = quality::yaw_slope(&request.spec, recording.up()).rms() * yaw_sd;
                let turned = if request.spec.plane == Plane::Frontal { &frontal } else { &other };
                for (t, random) in column.iter_mut().enumerate() {
                    let keypoints = match (known.by_frame, turned.get((t, i))) {
                        (Some(parts), Some(turned)) => libm::hypot(parts.rest, *turned),
                        _ => known.rms(),
                    };
                    let bend = bends.get(t).map_or(f64::NAN, |bends| bend_of(bends, request.side));
                    let camera = camera * quality::yaw_share(bend);
                    *random = libm::hypot(*random, libm::hypot(keypoints, camera));
                }
            }
        }
        if angle_options.assumed_level {
            mark_assumed_level(&mut codes, requests, angle_options.pelvis);
        }
        Ok(Angles { values, codes, sd, accuracy, view, turned: is_turned })
    }
}

/// Flexion of both knees in each frame of an image, estimated from the height of the hips, radians.
/// NaN if it cannot be measured; empty in space.
fn bends_from_depth(
    recording: &Recording,
    points: ArrayView3<'_, f64>,
    series: &[[f64; 2]],
) -> Vec<[f64; 2]> {
    if recording.up() != Up::Image {
        return Vec::new();
    }
    let skeleton = recording.skeleton();
    let [left, right] = Side::BOTH.map(|side| {
        let index = |joint: &str| skeleton.index(&format!("{}_{joint}", side.name()));
        let (Some(ankle), Some(hip)) = (index("ankle"), index("hip")) else { return Vec::new() };
        height_over(points, ankle, hip, Up::Image)
    });
    let bend = |(height, standing): (&f64, &f64)| 2.0 * libm::acos((height / standing).min(1.0));
    let legs = left.iter().zip(&right).zip(series);
    legs.map(|((l, r), [l0, r0])| [bend((l, l0)), bend((r, r0))]).collect()
}

/// Flexion of the knee on this side; without a side, that of the more flexed knee.
fn bend_of([left, right]: &[f64; 2], side: Option<Side>) -> f64 {
    match side {
        Some(Side::Left) => *left,
        Some(Side::Right) => *right,
        None => left.max(*right),
    }
}

fn systematic_errors(
    recording: &Recording,
    requests: &[Request],
    view: Option<View>,
) -> Vec<Accuracy> {
    let (family, seen, _) = quality::errors_of(recording, view);
    requests.iter().map(|request| quality::accuracy(&request.spec, family, seen)).collect()
}

/// Copy of the coordinates with NaN for every keypoint whose state is not `Ok`; `None` if no
/// masking is needed.
fn mask_unusable(recording: &Recording) -> Option<Array3<f64>> {
    let ok = Validity::Ok as u8;
    let states = recording.states();
    let hidden = |(state, point): (&u8, ArrayView1<'_, f64>)| {
        *state != ok && point.iter().all(|v| v.is_finite())
    };
    let coordinates = recording.coordinates();
    // In most recordings all keypoints are usable, and a fast test is enough.
    let all_ok = |row: ArrayView1<'_, u8>| row.fold(0, |any, state| any | state) == ok;
    if states.rows().into_iter().all(all_ok)
        || !states.iter().zip(coordinates.lanes(Axis(2))).any(hidden)
    {
        return None;
    }
    let mut masked = owned(&coordinates);
    for (state, mut point) in states.iter().zip(masked.lanes_mut(Axis(2))) {
        if *state != ok {
            point.fill(f64::NAN);
        }
    }
    Some(masked)
}

/// Replaces the code `MissingKeypoint` by the reason why the keypoint is missing.
fn set_missing_reasons(
    codes: &mut Array2<u8>,
    plan: &Plan,
    recording: &Recording,
    per_frame: bool,
) {
    let missing = Validity::MissingKeypoint as u8;
    if !codes.iter().any(|code| *code == missing) {
        return;
    }
    let reasons = MissingReasons::new(plan);
    for (mut row, states) in codes.rows_mut().into_iter().zip(recording.states().rows()) {
        if let Some(row) = row.as_slice_mut() {
            reasons.apply(!per_frame, |k| states.get(k).copied(), row);
        }
    }
}

/// Keypoints that each column needs, to find the reason of a missing value.
#[derive(Debug, Clone)]
pub struct MissingReasons {
    /// Required keypoints of each column: without a given heading, and with one.
    needed: [Vec<Vec<usize>>; 2],
}

impl MissingReasons {
    /// Collects the keypoints that the columns of a plan need.
    pub fn new(plan: &Plan) -> Self {
        let of = |heading: bool| {
            (0..plan.width()).map(|column| plan.keypoints_needed(column, heading)).collect()
        };
        Self { needed: [of(false), of(true)] }
    }

    /// Replaces the code `MissingKeypoint` in a frame by a more precise reason. `state` returns the
    /// [`Validity`] code of a keypoint.
    pub fn apply(
        &self,
        heading_given: bool,
        state: impl Fn(usize) -> Option<u8>,
        codes: &mut [u8],
    ) {
        let [without, with] = &self.needed;
        let needed = if heading_given { with } else { without };
        for (code, needed) in codes.iter_mut().zip(needed) {
            if *code == Validity::MissingKeypoint as u8 {
                let mut states = needed.iter().filter_map(|k| state(*k));
                *code = states.find(|s| *s != Validity::Ok as u8).unwrap_or(*code);
            }
        }
    }
}

/// Changes the code of valid values that depend on an assumed vertical.
fn mark_assumed_level(codes: &mut Array2<u8>, requests: &[Request], pelvis: PelvisReference) {
    let level_pelvis = pelvis == PelvisReference::Up;
    for (mut column, request) in codes.columns_mut().into_iter().zip(requests) {
        if request.spec.measure.reads_gravity(level_pelvis) {
            let plain = column.iter_mut().filter(|code| **code == Validity::Ok as u8);
            plain.for_each(|code| *code = Validity::AssumedLevelCamera as u8);
        }
    }
}

/// Minimum confidence by which a standard deviation is divided; an engineering default.
/// Source: science.md 1.4.
const MIN_CONFIDENCE: f64 = 0.1;

/// Standard deviation of each keypoint in each frame, inversely proportional to its confidence.
fn keypoint_sds(recording: &Recording, sd_at_full_confidence: f64) -> Array2<f64> {
    let mut sds = owned(&recording.confidence());
    sds.mapv_inplace(|confidence| sd_at_full_confidence / confidence.clamp(MIN_CONFIDENCE, 1.0));
    sds
}

/// Default standard deviation of a keypoint along each axis: 10 mm in world space, 0.6 % of body
/// height in an image. These are engineering defaults. NaN if no leg is visible.
pub fn default_keypoint_sd(recording: &Recording) -> f64 {
    match recording.up() {
        Up::World(_) => 0.010,
        Up::Image => 0.006 * body_height(recording),
    }
}

/// Length of thigh plus shank as a fraction of body height (Drillis and Contini 1966: 0.245 +
/// 0.246).
const LEG_TO_HEIGHT_RATIO: f64 = 0.491;

/// Body height in the unit of the coordinates.
fn body_height(recording: &Recording) -> f64 {
    leg_length(recording) / LEG_TO_HEIGHT_RATIO
}

/// Length of thigh plus shank in the unit of the coordinates: 95 % quantile of the longer leg.
fn leg_length(recording: &Recording) -> f64 {
    let legs = Side::BOTH.iter().filter_map(|side| {
        let place = |joint: &str| recording.track(&format!("{}_{joint}", side.name()));
        let (hips, knees, ankles) = (place("hip")?, place("knee")?, place("ankle")?);
        let length = |((hip, knee), ankle): ((&Vec3, &Vec3), &Vec3)| {
            norm(sub(*hip, *knee)) + norm(sub(*knee, *ankle))
        };
        let lengths: Vec<f64> = gathered(hips.iter().zip(&knees).zip(&ankles).map(length));
        Some(quantile(&lengths, 0.95))
    });
    legs.fold(f64::NAN, f64::max)
}
