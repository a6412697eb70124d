//! What live repetitions measured, one row each, in memory that never grows.

use super::MOST_COLUMNS;
use crate::analysis::{
    Course, Judged, at_bottom, at_depth, change, crossing, duration_names, durations, measure_name,
    peak,
};
use crate::angle::{Request, Sided};
use crate::exercise::{Exercise, Moment, Subject};
use crate::math::sliding_buffer::Trail;
use crate::posture::{Stand, largest_turn};
use crate::reps::Rep;
use crate::skeleton::Side;
use crate::stats::quantile::Scratch;
use crate::validity::Validity;

/// What one cell of a row is.
#[derive(Debug, Clone)]
pub(super) enum What {
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
    pub what: What,
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
        what: What::Duration(i),
        name: name.to_owned(),
        angle: String::new(),
        unit: "s".to_owned(),
        of_leg: false,
        is_measure: true,
    };
    let mut cells = vec![Cell {
        what: What::Peak,
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
            what: What::Angle(column, moment),
            name: format!("{name}_{}", moment.suffix()),
            angle: name.to_owned(),
            unit: request.spec.unit.to_string(),
            of_leg: request.spec.sided == Sided::Leg,
            is_measure,
        })
    };
    cells.extend(exercise.readings().filter_map(|(name, moment)| angle(name, moment, true)));
    for criterion in exercise.faults.iter().flat_map(|fault| fault.criteria.iter()) {
        let known = cells.iter().any(|cell| cell.name == measure_name(criterion));
        if let (Subject::Angle(name, moment), false) = (&criterion.subject, known) {
            cells.extend(angle(name, *moment, false));
        }
    }
    cells
}

const NOTHING: Judged = (f64::NAN, Validity::MissingKeypoint);

/// The frames that a repetition lies in.
pub(super) struct Frames<'a> {
    pub times: &'a [f64],
    pub columns: &'a [Trail<f64>],
    pub codes: &'a [Trail<u8>],
    pub stands: &'a [Stand],
    pub signal: &'a [f64],
}

/// Reads all cells of a repetition, whose indices are those of the frames.
pub(super) fn read(
    (side, turned): (Side, bool),
    cells: &[Cell],
    frames: &Frames<'_>,
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
        let (number, state) = match &cell.what {
            What::Peak => {
                let number = if turned {
                    largest_turn(frames.stands, side, rest, rep)
                } else {
                    peak(rep, frames.signal)
                };
                (number, measured(number))
            }
            What::Duration(i) => {
                let number = seconds.get(*i).copied().unwrap_or(f64::NAN);
                (number, measured(number))
            }
            What::Angle(column, moment) => {
                let course = Course {
                    values: frames.columns.get(*column).map_or(&[], |c| c.values()),
                    codes: frames.codes.get(*column).map_or(&[], |c| c.values()),
                };
                let mut bottom = |scratch: &mut Scratch| {
                    let read = || at_bottom(rep, gap, course, scratch);
                    bottoms
                        .get_mut(*column)
                        .map_or(NOTHING, |known| *known.get_or_insert_with(read))
                };
                match moment {
                    Moment::Bottom => bottom(scratch),
                    Moment::Change => change(bottom(scratch), course, rest, scratch),
                    Moment::Depth(degrees) => {
                        let crossing = crossing_of(*degrees);
                        at_depth(*degrees, crossing, rep, course, frames.signal)
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
