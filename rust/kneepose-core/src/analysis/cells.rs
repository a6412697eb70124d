//! Cells. A cell is one value that is computed in each repetition, such as the peak of an angle.
//! Measures and faults are built from cells.
//! Recordings and streams share this code.

use super::faults::{
    CommonError, CriterionValues, FaultFinding, judge_fault, judged_depth, measure_name,
};
use super::read::{
    AngleSeries, DepthCrossing, MeasuredValue, WindowMedians, change_from_rest, duration_names,
    durations, held_frames, peak, value_at_bottom, value_at_rest,
};
use super::{RepMeasure, target_reached};
use crate::angle::{AngleSpec, Plane, Request, Sided};
use crate::exercise::{Criterion, Exercise, JUDGED_DEPTHS, Moment, SignalRow, Subject};
use crate::posture::{FramePosture, largest_turn, sits};
use crate::quality::{self, Accuracy, Estimate, Family, Quality, Seen, YawSlope};
use crate::reps::Rep;
use crate::skeleton::Side;
use crate::space::Up;
use crate::stats::quantile::{Scratch, quantile_in};
use crate::validity::Validity;
use core::ops::RangeInclusive;

/// The quantity of a repetition that a cell holds.
#[derive(Debug, Clone)]
pub(super) enum CellSource {
    /// The largest value of the angle that drives the repetitions, within the repetition.
    Peak,
    /// One of the four durations, by its index in [`duration_names`].
    Duration(usize),
    /// An angle, by its column, read at a moment of the repetition.
    Angle(usize, Moment),
}

/// Definition of one value that is read in every repetition.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    pub source: CellSource,
    pub name: String,
    pub angle: String,
    pub unit: String,
    pub of_leg: bool,
    /// True for a measure of the exercise. False for a value that is read for a fault only.
    pub is_measure: bool,
    /// True if the value is the direction of the thigh in the frontal plane of an image.
    pub shows_thigh: bool,
    pub errors: CellErrors,
}

/// Systematic errors of the value of a cell; they are the same in all repetitions.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct CellErrors {
    /// Error of the pose estimator; `None` for durations.
    pub accuracy: Option<Accuracy>,
    /// Error per degree of camera yaw; the sign depends on the side.
    pub yaw_slope: YawSlope,
}

impl CellErrors {
    /// Systematic error of a measure: the error of the estimator, and the error that camera yaw
    /// causes. A measure is not corrected for yaw, so both the estimated yaw and its uncertainty
    /// contribute.
    fn of_measure(&self, yaw: Estimate) -> Option<Accuracy> {
        let YawSlope { mean, sd } = self.yaw_slope;
        let far = libm::hypot(yaw.degrees, yaw.spread);
        let camera =
            if self.yaw_slope == YawSlope::default() { 0.0 } else { libm::hypot(mean, sd) * far };
        self.accuracy.map(|known| Accuracy { camera, ..known })
    }

    /// Error that all repetitions share when a fault is judged. The known parts are corrected: the
    /// effect of the estimated yaw, and a bias that all people share. The standard deviation
    /// combines the uncertainty of the yaw with the error of the estimator, if that error is
    /// published. An assumed error is left out, because a guess must not decide against a
    /// threshold.
    pub fn common(&self, yaw: Estimate) -> CommonError {
        let published = self.accuracy.filter(|a| a.validated).map_or(0.0, |a| a.rms());
        let bias = self.accuracy.filter(|a| a.taken_off).map_or(0.0, |a| a.bias);
        if self.yaw_slope == YawSlope::default() {
            return CommonError { shift: bias, sd: published };
        }
        let YawSlope { mean, sd } = self.yaw_slope;
        let shift = bias + mean * yaw.degrees;
        let sd = libm::hypot(published, libm::hypot(mean * yaw.spread, sd * yaw.degrees));
        CommonError { shift, sd }
    }
}

/// Fraction of a constant error that remains in a change from rest; an engineering default.
/// Source: chosen: an error that is equal at rest and at the bottom cancels, and no publication
/// states the fraction that remains; held by test tests/angles/test_systematic.py.
const CHANGE_SHARE: f64 = 0.5;

/// Smallest height of the hip over the knee, as a fraction of that at rest, at which the frontal
/// plane shows the direction of the thigh. A lower thigh is level: it points at the camera or aside,
/// and a few centimeters decide between 0 and 90 degrees. The typical offset of a keypoint, 0.028
/// of the leg, turns the thigh by 9 degrees there, which is the error that is stated.
/// Source: derived: the offset of a keypoint (quality/accuracy.rs) over half a leg at 70 degrees
/// from the vertical.
const LEAST_THIGH_HEIGHT: f64 = 0.35;

/// Adds to each cell (a value of each repetition) the keypoint errors of this estimator family in
/// this view, and whether it shows the thigh in an image.
pub(super) fn with_errors(
    mut cells: Vec<Cell>,
    requests: &[Request],
    (family, seen, up): (Family, Seen, Up),
) -> Vec<Cell> {
    for cell in &mut cells {
        let (column, share) = match cell.source {
            CellSource::Duration(_) => continue,
            CellSource::Peak => (0, 1.0),
            CellSource::Angle(
                column,
                Moment::Change | Moment::ChangeTo(_) | Moment::ChangeToAround(_),
            ) => (column, CHANGE_SHARE),
            CellSource::Angle(column, _) => (column, 1.0),
        };
        let Some(request) = requests.get(column) else { continue };
        let known = quality::accuracy(&request.spec, family, seen);
        let slope = quality::yaw_slope(&request.spec, up);
        let has = |joint: &str| request.spec.points.iter().any(|point| point == joint);
        // Only angles of the frontal plane of an image change with the yaw of the camera.
        let in_frontal_plane = slope != YawSlope::default() && cell.unit == "deg";
        cell.shows_thigh = in_frontal_plane && has("hip") && has("knee");
        cell.errors = CellErrors {
            accuracy: Some(Accuracy { bias: share * known.bias, sd: share * known.sd, ..known }),
            yaw_slope: YawSlope {
                mean: request.side.map_or(1.0, Side::sign) * slope.mean,
                ..slope
            },
        };
    }
    cells
}

/// All cells (values of each repetition) that an exercise needs: first the measures, then the
/// values that only faults need.
pub(super) fn cells(exercise: &Exercise, requests: &[Request], signal: &SignalRow) -> Vec<Cell> {
    let unit = exercise.angle(&signal.angle).map_or("deg", |spec| spec.unit.as_ref());
    let time = |i: usize, name: &str| Cell {
        source: CellSource::Duration(i),
        name: name.to_owned(),
        angle: String::new(),
        unit: "s".to_owned(),
        of_leg: false,
        is_measure: true,
        shows_thigh: false,
        errors: CellErrors::default(),
    };
    let mut cells = vec![Cell {
        source: CellSource::Peak,
        name: exercise.peak.to_string(),
        angle: String::new(),
        unit: unit.to_owned(),
        of_leg: true,
        is_measure: true,
        shows_thigh: false,
        errors: CellErrors::default(),
    }];
    cells.extend(duration_names(exercise).into_iter().enumerate().map(|(i, name)| time(i, name)));
    let angle = |name: &str, moment: Moment, is_measure: bool| {
        let column = requests.iter().position(|request| request.spec.name == name)?;
        let request = requests.get(column)?;
        Some(Cell {
            source: CellSource::Angle(column, moment),
            name: format!("{name}_{}", moment.suffix()),
            angle: name.to_owned(),
            unit: request.spec.unit.to_string(),
            of_leg: request.spec.sided == Sided::Leg,
            is_measure,
            shows_thigh: false,
            errors: CellErrors::default(),
        })
    };
    cells.extend(exercise.measure_moments().filter_map(|(name, moment)| angle(name, moment, true)));
    for criterion in exercise.faults.iter().flat_map(|fault| fault.criteria.iter()) {
        let depths = if criterion.needs_depth() { &JUDGED_DEPTHS[..] } else { &JUDGED_DEPTHS[..1] };
        for criterion in depths.iter().map(|depth| criterion.judged_at(*depth)) {
            let measure = measure_name(&criterion);
            let known = cells.iter().any(|cell| cell.name == measure);
            if let (Subject::Angle(name, moment), false) = (&criterion.subject, known) {
                cells.extend(angle(name, *moment, false));
            }
        }
    }
    cells
}

const NOTHING: MeasuredValue = (f64::NAN, Validity::MissingKeypoint);

/// The frames that contain a repetition. Column 0 is the angle that drives the repetitions.
pub(super) struct RepFrames<'a, S> {
    pub times: &'a [f64],
    pub postures: &'a [FramePosture],
    /// Function that returns the series of a column.
    pub series: S,
}

/// One repetition, and the conditions under which it is read. Its frame indices refer to
/// [`RepFrames`].
#[derive(Debug, Clone, Copy)]
pub(super) struct RepSpan {
    pub rep: Rep,
    /// First and last frame of the rest before the repetition.
    pub rest: (usize, usize),
    /// True if keypoints are missing at the bottom of the repetition.
    pub gap: bool,
    /// True if the recording can show whether the person sits on a seat at the bottom.
    pub shows_a_seat: bool,
    /// True if the estimator confuses the free foot with the standing foot. Only the times are
    /// right then.
    pub jumps: bool,
    /// True for an exercise that lifts the leg and holds it at the top.
    pub held: bool,
    /// True if the signal decreases during the movement and is smallest at the turning point.
    pub rises: bool,
}

/// Reads the cells of one repetition in any order. Many cells share a bottom, a rest or a depth
/// crossing. Each of these is computed once, when the first cell needs it.
#[derive(Debug)]
pub(super) struct CellReader {
    side: Side,
    turned: bool,
    span: RepSpan,
    seconds: [f64; 4],
    bottoms: WindowMedians,
    rests: WindowMedians,
    crossings: [DepthCrossing; JUDGED_DEPTHS.len()],
    seated: Option<bool>,
    level_thigh: Option<bool>,
}

impl CellReader {
    /// Makes a reader that has read nothing yet.
    pub fn new<'a, S: Fn(usize) -> AngleSeries<'a>>(
        (side, turned): (Side, bool),
        frames: &RepFrames<'a, S>,
        span: RepSpan,
    ) -> Self {
        let rep = &span.rep;
        let bottom = if span.held {
            held_frames(rep, (frames.series)(0).values)
        } else {
            rep.bottom_start..=rep.bottom_end
        };
        Self {
            side,
            turned,
            span,
            seconds: durations(rep, frames.times),
            bottoms: WindowMedians::over(bottom),
            rests: WindowMedians::over(span.rest.0..=span.rest.1),
            crossings: [DepthCrossing::NONE; JUDGED_DEPTHS.len()],
            seated: None,
            level_thigh: None,
        }
    }

    /// Computes one cell, which is one value of the repetition.
    pub fn read<'a, S: Fn(usize) -> AngleSeries<'a>>(
        &mut self,
        cell: &Cell,
        frames: &RepFrames<'a, S>,
        scratch: &mut Scratch,
    ) -> MeasuredValue {
        let RepSpan { rep, rest, jumps, .. } = self.span;
        match &cell.source {
            CellSource::Peak | CellSource::Angle(..) if jumps => (f64::NAN, Validity::SidesSwapped),
            CellSource::Peak => {
                let signal = (frames.series)(0);
                let number = if self.turned {
                    largest_turn(frames.postures, self.side, rest, &rep)
                } else {
                    peak(&rep, signal.values)
                };
                let state = signal.state(rep.bottom);
                if state == Validity::DepthEstimated {
                    (f64::NAN, state)
                } else {
                    (number, measured(number))
                }
            }
            CellSource::Duration(i) => {
                let number = self.seconds.get(*i).copied().unwrap_or(f64::NAN);
                (number, measured(number))
            }
            CellSource::Angle(_, Moment::Bottom | Moment::Change)
                if cell.shows_thigh && self.thigh_is_level(frames.postures, scratch) =>
            {
                (f64::NAN, Validity::Singular)
            }
            CellSource::Angle(column, moment) => self.angle(*column, moment, frames, scratch),
        }
    }

    fn angle<'a, S: Fn(usize) -> AngleSeries<'a>>(
        &mut self,
        column: usize,
        moment: &Moment,
        frames: &RepFrames<'a, S>,
        scratch: &mut Scratch,
    ) -> MeasuredValue {
        let (series, depth) = ((frames.series)(column), (frames.series)(0).values);
        let rep = self.span.rep;
        let value = match moment {
            Moment::Bottom | Moment::Change => self.bottom(column, frames, scratch),
            Moment::Depth(degrees) | Moment::ChangeTo(degrees) => {
                self.crossing(*degrees, depth).value(&rep, series, depth)
            }
            Moment::Around(degrees) | Moment::ChangeToAround(degrees) => {
                self.crossing(*degrees, depth).value_around(&rep, series, depth)
            }
            // A criterion is resolved to a depth before it becomes a cell, so this case does not
            // occur.
            Moment::Judged | Moment::JudgedChange => NOTHING,
        };
        match moment {
            Moment::Change | Moment::ChangeTo(_) | Moment::ChangeToAround(_) => {
                let rests = &mut self.rests;
                let median = rests.of(column, &frames.series, scratch);
                change_from_rest(value, value_at_rest(series, rests.frames(), median))
            }
            _ => value,
        }
    }

    fn bottom<'a, S: Fn(usize) -> AngleSeries<'a>>(
        &mut self,
        column: usize,
        frames: &RepFrames<'a, S>,
        scratch: &mut Scratch,
    ) -> MeasuredValue {
        let RepSpan { rep, gap, shows_a_seat, .. } = &self.span;
        let sits = || *shows_a_seat && sits(frames.postures, rep, scratch);
        if *self.seated.get_or_insert_with(sits) {
            return (f64::NAN, Validity::OnASeat);
        }
        let bottoms = &mut self.bottoms;
        value_at_bottom(rep, bottoms.frames(), *gap, (frames.series)(column), || {
            bottoms.of(column, &frames.series, scratch)
        })
    }

    /// True if the thigh is level at the bottom.
    fn thigh_is_level(&mut self, postures: &[FramePosture], scratch: &mut Scratch) -> bool {
        let (side, bottom) = (self.side, self.bottoms.frames());
        let (first, last) = self.span.rest;
        let mut height = |frames: RangeInclusive<usize>| {
            let heights = postures.get(frames).unwrap_or_default().iter();
            quantile_in(heights.map(|s| s.thigh_rise(side)), 0.5, scratch)
        };
        *self
            .level_thigh
            .get_or_insert_with(|| height(bottom) < LEAST_THIGH_HEIGHT * height(first..=last))
    }

    fn crossing(&mut self, degrees: f64, depth: &[f64]) -> DepthCrossing {
        if let Some(known) = self.crossings.iter().find(|known| known.degrees == degrees) {
            return *known;
        }
        let found = DepthCrossing::of(degrees, self.span.rises, &self.span.rep, depth);
        self.crossings.rotate_right(1);
        self.crossings[0] = found;
        found
    }
}

/// Computes all cells of one repetition, which are its values for measures and faults.
pub(super) fn read_cells<'a, S: Fn(usize) -> AngleSeries<'a>>(
    of: (Side, bool),
    cells: &[Cell],
    frames: &RepFrames<'a, S>,
    span: RepSpan,
    (values, codes): (&mut [f64], &mut [u8]),
    scratch: &mut Scratch,
) {
    let mut reader = CellReader::new(of, frames, span);
    for ((cell, value), code) in cells.iter().zip(values).zip(codes) {
        let (number, state) = reader.read(cell, frames, scratch);
        (*value, *code) = (number, state as u8);
    }
}

fn measured(number: f64) -> Validity {
    if number.is_finite() { Validity::Ok } else { Validity::MissingKeypoint }
}

/// Index of the cell (value of each repetition) that a criterion judges; `None` if the exercise does
/// not have it.
pub(super) fn cell_of(criterion: &Criterion, cells: &[Cell]) -> Option<usize> {
    let name = measure_name(criterion);
    cells.iter().position(|cell| cell.name == name)
}

/// Table of values: one row for each repetition, one column for each cell.
pub(super) struct RepTable<'a> {
    pub cells: &'a [Cell],
    /// Number of elements of a row; at least the number of cells.
    pub width: usize,
    pub values: &'a [f64],
    pub codes: &'a [u8],
    /// True if an image shows a body that is turned away from the camera.
    pub turned: bool,
}

/// Purpose for which the values of a cell are used.
#[derive(Clone, Copy, PartialEq)]
enum Use {
    /// For a measure, whose values are not corrected for the turn of the body.
    Measure,
    /// For a fault, whose amount is corrected for the turn of the body.
    Fault,
}

/// Measures, faults and reached targets of an analysis.
pub(super) struct Findings {
    pub measures: Vec<RepMeasure>,
    pub faults: Vec<FaultFinding>,
    pub target_reached: Vec<Option<bool>>,
}

impl RepTable<'_> {
    /// Values of one cell in all repetitions. Values that the quality check forbids become NaN with
    /// the reason.
    fn measure(
        &self,
        exercise: &Exercise,
        (i, cell): (usize, &Cell),
        reps: usize,
        (quality, used): (&Quality, Use),
    ) -> RepMeasure {
        let values = self.values.iter().skip(i).step_by(self.width).take(reps);
        let codes = self.codes.iter().skip(i).step_by(self.width).take(reps);
        let (mut values, mut validity): (Vec<f64>, Vec<Validity>) =
            (values.copied().collect(), codes.map(|code| Validity::of_code(*code)).collect());
        let forbidden = match (cell.angle.is_empty(), cell.unit.as_str()) {
            (false, _) => self.forbids(exercise.angle(&cell.angle).ok(), quality, used),
            (true, "s") => quality.forbids_times(),
            (true, _) => quality.forbids_range(),
        };
        if let Some(reason) = forbidden {
            values.fill(f64::NAN);
            validity.fill(reason);
        }
        RepMeasure {
            name: cell.name.clone(),
            angle: cell.angle.clone(),
            unit: cell.unit.clone(),
            of_leg: cell.of_leg,
            values,
            validity,
            accuracy: cell.errors.of_measure(quality.yaw_for(&cell.angle)),
        }
    }

    /// Reason why the values of an angle are withheld; `None` if they are given.
    fn forbids(&self, angle: Option<&AngleSpec>, quality: &Quality, used: Use) -> Option<Validity> {
        if used == Use::Fault && angle.is_some_and(|spec| quality.takes_turn_off(&spec.name)) {
            return quality.forbids_square(angle);
        }
        let turned = self.turned && angle.is_some_and(|spec| spec.plane == Plane::Frontal);
        quality.forbids(angle).or(turned.then_some(Validity::CameraTurned))
    }

    /// Measures and faults of `reps`, which are the first rows of the table.
    pub fn findings(
        &self,
        exercise: &Exercise,
        signal: &SignalRow,
        reps: &[Rep],
        quality: &Quality,
    ) -> Findings {
        let read = |i: usize, used: Use| {
            let cell = self.cells.get(i)?;
            Some(self.measure(exercise, (i, cell), reps.len(), (quality, used)))
        };
        let is_measure = |i: &usize| self.cells.get(*i).is_some_and(|cell| cell.is_measure);
        let measures: Vec<RepMeasure> = (0..self.cells.len())
            .filter(is_measure)
            .filter_map(|i| read(i, Use::Measure))
            .collect();
        let without_reps = quality.forbids(None).unwrap_or(Validity::NoReps);
        let depth = judged_depth(reps, measures.first().map_or(&[], |peaks| &peaks.values));
        let faults = exercise.faults.iter().filter_map(|row| {
            judge_fault(row, reps, without_reps, depth, |criterion| {
                let place = cell_of(criterion, self.cells);
                let cell = place.and_then(|i| self.cells.get(i));
                let common = cell.map_or(CommonError::default(), |cell| {
                    cell.errors.common(quality.yaw_for(&cell.angle))
                });
                match place.and_then(|i| read(i, Use::Fault)) {
                    Some(RepMeasure { name, unit, values, validity, .. }) => {
                        CriterionValues { measure: name, unit, values, validity, common }
                    }
                    None => CriterionValues {
                        measure: measure_name(criterion),
                        unit: String::new(),
                        values: vec![f64::NAN; reps.len()],
                        validity: vec![Validity::NotInSkeleton; reps.len()],
                        common,
                    },
                }
            })
        });
        Findings {
            faults: faults.collect(),
            target_reached: target_reached(exercise, signal, measures.first(), reps.len()),
            measures,
        }
    }
}
