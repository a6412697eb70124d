//! Reads the measures of repetitions from angles that another program computed.

use super::cells::{CellSource, RepFrames, RepSpan, cells, read_cells};
use super::read::{AngleSeries, is_held, rest_frames_before};
use super::{RepMeasure, requests};
use crate::error::Result;
use crate::exercise::Exercise;
use crate::memory::filled;
use crate::reps::Rep;
use crate::skeleton::Side;
use crate::stats::quantile::Scratch;
use crate::validity::Validity;

/// Angles of one side and of the midline over time, computed by another program.
#[derive(Debug, Clone, Copy)]
pub struct GivenAngles<'a> {
    /// Time of each sample, seconds.
    pub times: &'a [f64],
    /// The angle in which the repetitions were found.
    pub signal: &'a [f64],
    /// Name, values and validity codes of each angle.
    pub columns: &'a [(String, Vec<f64>, Vec<u8>)],
    /// Sampling rate, Hz.
    pub fs: f64,
}

/// Reads the measures of an exercise in each repetition, as [`super::analyze`] does. Measures of
/// angles that are not given are left out. The errors of the estimator are not known.
///
/// # Errors
///
/// [`Error`](crate::error::Error) if an angle of the exercise is not defined.
pub fn measure_angles(
    exercise: &Exercise,
    side: Side,
    reps: &[Rep],
    given: &GivenAngles<'_>,
) -> Result<Vec<RepMeasure>> {
    let requests = requests(exercise, &exercise.in_world, side)?;
    let columns: Vec<Option<AngleSeries<'_>>> = requests
        .iter()
        .map(|request| {
            let known = given.columns.iter().find(|(name, _, _)| *name == request.spec.name);
            known.map(|(_, values, codes)| AngleSeries { values, codes })
        })
        .collect();
    let seen: Vec<u8> = given
        .signal
        .iter()
        .map(|v| if v.is_finite() { Validity::Ok } else { Validity::MissingKeypoint } as u8)
        .collect();
    let signal = AngleSeries { values: given.signal, codes: &seen };
    let series = |column: usize| match columns.get(column) {
        _ if column == 0 => signal,
        Some(Some(series)) => *series,
        _ => AngleSeries { values: &[], codes: &[] },
    };
    let mut cells = cells(exercise, &requests, &exercise.in_world);
    cells.retain(|cell| match cell.source {
        CellSource::Angle(column, _) => {
            cell.is_measure && (column == 0 || columns.get(column).is_some_and(Option::is_some))
        }
        CellSource::Peak | CellSource::Duration(_) => true,
    });
    let frames = RepFrames { times: given.times, postures: &[], series };
    let mut rows = Vec::new();
    let mut scratch = Scratch::new();
    let mut end_before = None;
    for rep in reps {
        let span = RepSpan {
            rep: *rep,
            rest: rest_frames_before(rep.start, end_before, given.fs),
            gap: false,
            shows_a_seat: false,
            jumps: false,
            held: is_held(exercise),
            rises: exercise.rises(),
        };
        let (mut values, mut codes) = (filled(f64::NAN, cells.len()), filled(0, cells.len()));
        read_cells((side, false), &cells, &frames, span, (&mut values, &mut codes), &mut scratch);
        rows.push((values, codes));
        end_before = Some(rep.end);
    }
    let measure = |(i, cell): (usize, super::cells::Cell)| RepMeasure {
        name: cell.name,
        angle: cell.angle,
        unit: cell.unit,
        of_leg: cell.of_leg,
        values: rows.iter().map(|(values, _)| values.get(i).copied().unwrap_or(f64::NAN)).collect(),
        validity: rows
            .iter()
            .map(|(_, codes)| Validity::of_code(codes.get(i).copied().unwrap_or_default()))
            .collect(),
        accuracy: None,
    };
    Ok(cells.into_iter().enumerate().map(measure).collect())
}
