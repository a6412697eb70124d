//! Everything that depends on the view: the plan of angles, the signal that drives the repetitions,
//! and the values that are read in each repetition.

use super::CommonError;
use super::cells::{Cell, cell_of, cells, with_errors};
use super::find::{combine_legs, least_descent, posture_context, scale_of, signal_sides};
use super::requests;
use crate::angle::kernel::FrameEvaluator;
use crate::angle::{PelvisReference, Plan, PlanOptions, Plane, Request};
use crate::error::{Error, Result};
use crate::exercise::{Combine, Criterion, Exercise, FaultRow, JUDGED_DEPTHS, Posture, SignalRow};
use crate::math::vector::Vec3;
use crate::posture::PostureContext;
use crate::quality::{self, Estimate, Family, Seen};
use crate::recording::{Origin, View};
use crate::recording_angles::MissingReasons;
use crate::reps::Scale;
use crate::reps::online::{OnlineSettings, SignalWindow};
use crate::skeleton::{Side, Skeleton};
use crate::space::Up;
use crate::validity::Validity;

/// Maximum number of angle columns of an exercise.
/// Source: chosen: twice what the largest built-in exercise needs, reserved once; held by test
/// tests/live/test_stream.py.
pub const MOST_COLUMNS: usize = 32;
/// Maximum number of values that are read in each repetition.
/// Source: chosen: half as much again as the largest built-in exercise needs, reserved once; held
/// by test tests/live/test_stream.py.
pub(super) const MOST_CELLS: usize = 96;

/// Angles, driving signal and values of a repetition for one exercise in one view.
#[derive(Debug, Clone)]
pub struct ViewSetup {
    /// View of the camera; `None` in world space.
    pub view: Option<View>,
    /// Origin of the keypoints.
    pub origin: Origin,
    skeleton: Skeleton,
    /// Angle that drives the repetitions.
    pub signal: SignalRow,
    /// Angle of each column.
    pub requests: Vec<Request>,
    pub(super) plan: Plan,
    pub(super) reasons: MissingReasons,
    pub(super) evaluator: FrameEvaluator,
    /// Columns that are combined to the driving signal.
    pub(super) signal_columns: Vec<usize>,
    pub(super) cells: Vec<Cell>,
    /// For each column, the reason why it is refused if depth is only estimated.
    refused_by_depth: Vec<Option<Validity>>,
    /// For each fault and each of its criteria, the cells that it uses, in order of preference of
    /// their depth.
    read_by: Vec<Vec<Vec<usize>>>,
    pub(super) posture_context: PostureContext,
    /// Scale on which the noise of the signal is uniform.
    scale: Scale,
    pub(super) needs_standing: bool,
    /// Forward direction of the person in a side view.
    pub(super) forward: Option<Vec3>,
    pub(super) follows_heading: bool,
    /// True if the peak is measured as a rotation of the leg's plane.
    pub(super) turned: bool,
}

impl ViewSetup {
    /// Makes the setup of an exercise in a view.
    ///
    /// # Errors
    /// [`Error::UnknownName`] if the exercise names an angle that does not exist. [`Error::Option`]
    /// if there are more angles or values than a tracker has memory for.
    pub fn new(
        exercise: &Exercise,
        side: Side,
        skeleton: &Skeleton,
        up: Up,
        view: Option<View>,
    ) -> Result<Self> {
        let lying = exercise.posture == Posture::Lying;
        let view = if up == Up::Image { view } else { None };
        let signal = exercise.signal_in(up, view).clone();
        let mut all = requests(exercise, &signal, side)?;
        let mut column = |angle: &str, side| -> Result<usize> {
            let request = Request::for_leg(exercise.angle(angle)?, side)?;
            Ok(all.iter().position(|known| *known == request).unwrap_or_else(|| {
                all.push(request);
                all.len() - 1
            }))
        };
        let mut signal_columns = Vec::new();
        for side in signal_sides(&signal, side, view) {
            signal_columns.push(column(&signal.angle, side)?);
        }
        let options = PlanOptions { pelvis: exercise.pelvis, ..PlanOptions::of_space(up) };
        let mut plan = Plan::new(skeleton, &all, options)?;
        plan.refuse(|column| {
            let spec = &all.get(column)?.spec;
            if lying && up == Up::Image && spec.plane != Plane::Any {
                return Some(Validity::NeedsThreeDimensions);
            }
            quality::view_refusal(spec, up, view)
        });
        let cells = cells(exercise, &all, &signal);
        if all.len() > MOST_COLUMNS || cells.len() > MOST_CELLS {
            return Err(Error::Option(format!(
                "exercise {:?} has {} angles and {} measures; a stream has room for {MOST_COLUMNS} and \
                 {MOST_CELLS}",
                exercise.name,
                all.len(),
                cells.len(),
            )));
        }
        let depths = |c: &Criterion| {
            let depths = if c.needs_depth() { &JUDGED_DEPTHS[..] } else { &JUDGED_DEPTHS[..1] };
            depths.iter().filter_map(|d| cell_of(&c.judged_at(*d), &cells)).collect()
        };
        let places = |fault: &FaultRow| fault.criteria.iter().map(depths).collect();
        Ok(Self {
            evaluator: FrameEvaluator::new(&plan),
            reasons: MissingReasons::new(&plan),
            read_by: exercise.faults.iter().map(places).collect(),
            cells,
            posture_context: posture_context(exercise, &signal, side, up, view, 30.0),
            scale: scale_of(exercise, exercise.angle(&signal.angle)?),
            needs_standing: plan.needs_standing_height(),
            forward: view.and_then(View::facing).map(|facing| [facing, 0.0, 0.0]),
            follows_heading: up != Up::Image && exercise.pelvis == PelvisReference::Up,
            turned: exercise.peak_is_turn && up != Up::Image,
            refused_by_depth: vec![None; all.len()],
            origin: Origin::usual(skeleton),
            skeleton: skeleton.clone(),
            view,
            signal,
            requests: all,
            plan,
            signal_columns,
        })
    }

    /// Adapts the setup to keypoints of this origin.
    #[must_use]
    pub fn of_origin(self, origin: Origin) -> Self {
        let up = self.plan.options().up;
        let refused = |r: &Request| quality::depth_refusal(&r.spec, up, origin.depth);
        let refused_by_depth = self.requests.iter().map(refused).collect();
        let family = Family::of(&origin, &self.skeleton);
        let seen = Seen::of(up, self.view, origin.depth);
        let cells = with_errors(self.cells, &self.requests, (family, seen, up));
        Self { refused_by_depth, cells, origin, ..self }
    }

    /// Removes the values that cannot be measured if depth is only estimated. The driving signal is
    /// read before.
    pub(super) fn withhold(&self, values: &mut [f64], codes: &mut [u8]) {
        let columns = values.iter_mut().zip(codes).zip(&self.refused_by_depth);
        for ((value, code), refused) in columns {
            if let Some(reason) = refused {
                (*value, *code) = (f64::NAN, *reason as u8);
            }
        }
    }

    pub(super) fn online_settings(&self, lag_s: f64) -> OnlineSettings {
        let (min_range, scale) = if self.posture_context.by_descent {
            (least_descent(self.signal.min_range), Scale::Descent)
        } else {
            (self.signal.min_range, self.scale)
        };
        let expected_range = self.signal.expected_range;
        OnlineSettings { min_range, expected_range, scale, lag_s }
    }

    /// Window in which repetitions that are counted by descent get their start and end from the
    /// signal. `None` for other exercises.
    pub(super) fn signal_window(&self, lag_s: f64) -> Option<SignalWindow> {
        let counts = self.posture_context.by_descent;
        counts.then(|| SignalWindow::new(self.scale, self.signal.min_range, lag_s))
    }

    /// Name and side of each column.
    pub fn columns(&self) -> Vec<(String, Option<Side>)> {
        self.requests.iter().map(|r| (r.spec.name.to_string(), r.side)).collect()
    }

    /// Names of the angles, in the order of the columns.
    pub fn names(&self) -> Vec<String> {
        self.requests.iter().map(|request| request.spec.name.to_string()).collect()
    }

    /// Driving signal of a frame, from the values of its columns.
    pub(super) fn signal_value(&self, values: &[f64]) -> f64 {
        let legs = self.signal_columns.iter().filter_map(|c| values.get(*c)).copied();
        if self.signal.combine == Combine::Side {
            legs.sum()
        } else {
            combine_legs(self.signal.combine, legs)
        }
    }

    /// Calls `read` with the fault, the criterion and the value, for each fault that can be read in
    /// a repetition. It uses the first criterion that has a value. `cell` returns the value of a
    /// cell.
    pub(super) fn fault_values(
        &self,
        mut cell: impl FnMut(usize) -> f64,
        mut read: impl FnMut(usize, usize, f64),
    ) {
        // The cells are ordered from the deepest depth, so this takes the deepest one that the
        // repetition reached.
        let mut value =
            |depths: &Vec<usize>| depths.iter().map(|i| cell(*i)).find(|value| value.is_finite());
        for (fault, places) in self.read_by.iter().enumerate() {
            let mut each = places.iter().map(&mut value).enumerate();
            if let Some((criterion, Some(value))) = each.find(|(_, value)| value.is_some()) {
                read(fault, criterion, value);
            }
        }
    }

    /// Error that all repetitions share in a criterion of a fault. `yaw` returns the camera yaw
    /// that applies to an angle.
    pub fn common_error(
        &self,
        fault: usize,
        criterion: usize,
        yaw: impl Fn(&str) -> Estimate,
    ) -> CommonError {
        let cells = self.read_by.get(fault).and_then(|places| places.get(criterion));
        let cell = cells.and_then(|cells| self.cells.get(*cells.first()?));
        cell.map_or(CommonError::default(), |cell| cell.errors.common(yaw(&cell.angle)))
    }
}
