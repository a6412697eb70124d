//! What live repetitions measured, one row each, in memory that never grows.

use super::MOST_COLUMNS;
use crate::analysis::{
    AngleSeries, MeasuredValue, change_from_rest, crossing, duration_names, durations,
    measure_name, peak, value_at_bottom, value_at_depth,
};
use crate::angle::{Request, Sided};
use crate::exercise::{Exercise, Moment, Subject};
use crate::math::sliding_buffer::SlidingBuffer;
use crate::posture::{FramePosture, largest_turn};
use crate::reps::Rep;
use crate::skeleton::Side;
use crate::stats::quantile::Scratch;
use crate::validity::Validity;

/// What one cell of a row is.
#[derive(Debug, Clone)]
pub(super) enum CellSource {
    /// The largest value of the signal.
    Peak,
    /// One of the four durations.
    Duration(usize),
    /// A column at a moment.
    Angle(usize, Moment),
}

/// A cell of every row.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    pub source: CellSource,
    pub name: String,
    pub angle: String,
    pub unit: String,
    pub of_leg: bool,
    /// Whether it is a measure of the exercise, or serves a fault only.
    pub is_measure: bool,
}

/// All cells that an exercise needs: measures first, then what only faults read.
pub(super) fn cells(exercise: &Exercise, requests: &[Request], unit: &str) -> Vec<Cell> {
    let time = |i: usize, name: &str| Cell {
        source: CellSource::Duration(i),
        name: name.to_owned(),
        angle: String::new(),
        unit: "s".to_owned(),
        of_leg: false,
        is_measure: true,
    };
    let mut cells = vec![Cell {
        source: CellSource::Peak,
        name: exercise.peak.to_string(),
        angle: String::new(),
        unit: unit.to_owned(),
        of_leg: true,
        is_measure: true,
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
        })
    };
    cells.extend(exercise.measure_moments().filter_map(|(name, moment)| angle(name, moment, true)));
    for criterion in exercise.faults.iter().flat_map(|fault| fault.criteria.iter()) {
        let known = cells.iter().any(|cell| cell.name == measure_name(criterion));
        if let (Subject::Angle(name, moment), false) = (&criterion.subject, known) {
            cells.extend(angle(name, *moment, false));
        }
    }
    cells
}

const NOTHING: MeasuredValue = (f64::NAN, Validity::MissingKeypoint);

/// The frames that a repetition lies in.
pub(super) struct RepFrames<'a> {
    pub times: &'a [f64],
    pub columns: &'a [SlidingBuffer<f64>],
    pub codes: &'a [SlidingBuffer<u8>],
    pub postures: &'a [FramePosture],
    pub signal: &'a [f64],
}

/// Reads all cells of a repetition, whose indices are those of the frames.
pub(super) fn read_cells(
    (side, turned): (Side, bool),
    cells: &[Cell],
    frames: &RepFrames<'_>,
    (rep, rest, gap): (&Rep, (usize, usize), bool),
    values: &mut [f64],
    codes: &mut [u8],
    scratch: &mut Scratch,
) {
    let seconds = durations(rep, frames.times);
    // Many cells share a bottom, or a depth.
    let mut bottoms = [None; MOST_COLUMNS];
    let mut crossings = [(f64::NAN, None); 4];
    let mut crossing_of = |degrees: f64| {
        if let Some((_, known)) = crossings.iter().find(|(of, _)| *of == degrees) {
            return *known;
        }
        let found = crossing(degrees, rep, frames.signal);
        crossings.rotate_right(1);
        crossings[0] = (degrees, found);
        found
    };
    for ((cell, value), code) in cells.iter().zip(values).zip(codes) {
        let (number, state) = match &cell.source {
            CellSource::Peak => {
                let number = if turned {
                    largest_turn(frames.postures, side, rest, rep)
                } else {
                    peak(rep, frames.signal)
                };
                (number, measured(number))
            }
            CellSource::Duration(i) => {
                let number = seconds.get(*i).copied().unwrap_or(f64::NAN);
                (number, measured(number))
            }
            CellSource::Angle(column, moment) => {
                let series = AngleSeries {
                    values: frames.columns.get(*column).map_or(&[], |c| c.values()),
                    codes: frames.codes.get(*column).map_or(&[], |c| c.values()),
                };
                let mut bottom = |scratch: &mut Scratch| {
                    let read = || value_at_bottom(rep, gap, series, scratch);
                    bottoms
                        .get_mut(*column)
                        .map_or(NOTHING, |known| *known.get_or_insert_with(read))
                };
                match moment {
                    Moment::Bottom => bottom(scratch),
                    Moment::Change => change_from_rest(bottom(scratch), series, rest, scratch),
                    Moment::Depth(degrees) => {
                        let crossing = crossing_of(*degrees);
                        value_at_depth(*degrees, crossing, rep, series, frames.signal)
                    }
                }
            }
        };
        (*value, *code) = (number, state as u8);
    }
}

fn measured(number: f64) -> Validity {
    if number.is_finite() { Validity::Ok } else { Validity::MissingKeypoint }
}
