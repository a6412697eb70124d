//! What follows from the view: the plan of angles, the signal, what each repetition is asked.

use super::Settings;
use super::record::{Cell, cells};
use crate::analysis::{
    combine_legs, measure_name, posture_context, requests, signal_scale, signal_sides,
};
use crate::angle::kernel::FrameEvaluator;
use crate::angle::{PelvisReference, Plan, PlanOptions, Plane, Request, table};
use crate::error::Result;
use crate::exercise::{Combine, Criterion, Exercise, FaultRow, Posture, SignalRow};
use crate::math::vector::Vec3;
use crate::posture::PostureContext;
use crate::quality;
use crate::recording::View;
use crate::reps::online::OnlineSettings;
use crate::space::Up;
use crate::validity::Validity;

/// See the fields.
#[derive(Debug, Clone)]
pub(super) struct ViewSetup {
    pub view: Option<View>,
    pub signal: SignalRow,
    pub requests: Vec<Request>,
    pub plan: Plan,
    pub evaluator: FrameEvaluator,
    /// Columns that the signal is made of.
    pub signal_columns: Vec<usize>,
    /// Column of the same angle of the other leg, where that one must rest.
    pub other_leg: Option<usize>,
    pub cells: Vec<Cell>,
    /// Of each fault, the places of what its criteria read among the cells.
    read_by: Vec<Vec<Option<usize>>>,
    pub posture_context: PostureContext,
    pub needs_standing: bool,
    /// Which way a person in a side view faces.
    pub forward: Option<Vec3>,
    pub follows_heading: bool,
    /// Whether the peak is a turn of the leg's plane.
    pub turned: bool,
}

impl ViewSetup {
    pub fn new(settings: &Settings, view: Option<View>) -> Result<Self> {
        let Settings { exercise, side, skeleton, up, .. } = settings;
        let lying = exercise.posture == Posture::Lying;
        let view = if *up == Up::Image { view } else { None };
        let signal = exercise.signal_in(*up, view).clone();
        let mut all = requests(exercise, &signal, *side)?;
        let mut column = |angle: &str, side| -> Result<usize> {
            let request = Request::for_leg(angle, side)?;
            Ok(all.iter().position(|known| *known == request).unwrap_or_else(|| {
                all.push(request);
                all.len() - 1
            }))
        };
        let mut signal_columns = Vec::new();
        for side in signal_sides(&signal, *side, view) {
            signal_columns.push(column(&signal.angle, side)?);
        }
        let other_leg = match exercise.posture {
            Posture::AllFours if !exercise.two_legs => Some(column(&signal.angle, side.other())?),
            _ => None,
        };
        let options = PlanOptions { pelvis: exercise.pelvis, ..PlanOptions::of_space(*up) };
        let mut plan = Plan::new(skeleton, &all, options)?;
        plan.refuse(|column| {
            let spec = &all.get(column)?.spec;
            if lying && *up == Up::Image && spec.plane != Plane::Any {
                return Some(Validity::NeedsThreeDimensions);
            }
            quality::view_refusal(spec, *up, view)
        });
        let unit = table::find_angle(&signal.angle).map_or("deg", |spec| spec.unit.as_ref());
        let cells = cells(exercise, &all, unit);
        let places =
            |fault: &FaultRow| fault.criteria.iter().map(|c| place_of(c, &cells)).collect();
        Ok(Self {
            evaluator: FrameEvaluator::new(&plan),
            read_by: exercise.faults.iter().map(places).collect(),
            cells,
            posture_context: posture_context(exercise, &signal, *side, *up, view, 30.0),
            needs_standing: plan.needs_standing_height(),
            forward: view.and_then(View::facing).map(|facing| [facing, 0.0, 0.0]),
            follows_heading: *up != Up::Image && exercise.pelvis == PelvisReference::Up,
            turned: exercise.peak_is_turn && *up != Up::Image,
            view,
            signal,
            requests: all,
            plan,
            signal_columns,
            other_leg,
        })
    }

    pub fn online_settings(&self, lag_s: f64) -> OnlineSettings {
        OnlineSettings {
            min_range: self.signal.min_range,
            expected_range: self.signal.expected_range,
            scale: signal_scale(&self.signal),
            lag_s,
        }
    }

    pub fn names(&self) -> Vec<String> {
        self.requests.iter().map(|request| request.spec.name.to_string()).collect()
    }

    /// The signal of a frame.
    pub fn signal_value(&self, values: &[f64]) -> f64 {
        let legs = self.signal_columns.iter().filter_map(|c| values.get(*c)).copied();
        if self.signal.combine == Combine::Side {
            legs.sum()
        } else {
            combine_legs(self.signal.combine, legs)
        }
    }

    /// Tells of the faults that a repetition's own values show.
    pub fn late_faults(
        &self,
        exercise: &Exercise,
        cells: &[f64],
        mut seen: impl FnMut(usize, f64),
    ) {
        for (fault, (row, places)) in exercise.faults.iter().zip(&self.read_by).enumerate() {
            let values = places.iter().map(|place| place.and_then(|i| cells.get(i)).copied());
            let mut judged = row.criteria.iter().zip(values.map(|v| v.unwrap_or(f64::NAN)));
            if let Some((criterion, value)) = judged.find(|(_, value)| value.is_finite())
                && criterion.excess(value) > 0.0
            {
                seen(fault, value);
            }
        }
    }

    /// Place of what a criterion reads among the cells.
    pub fn cell_of(&self, criterion: &Criterion) -> Option<usize> {
        place_of(criterion, &self.cells)
    }
}

fn place_of(criterion: &Criterion, cells: &[Cell]) -> Option<usize> {
    let name = measure_name(criterion);
    cells.iter().position(|cell| cell.name == name)
}
