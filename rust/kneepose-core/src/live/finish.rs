//! The analysis of what a stream has seen: the same outcome as of a whole recording, marked causal.

use ndarray::Array2;

use super::record::Cell;
use super::{Stream, build_recording};
use crate::analysis::{
    Analysis, CriterionValues, RepMeasure, judge_fault, measure_name, target_reached,
};
use crate::angle::PelvisReference;
use crate::conditioning::Conditioned;
use crate::error::Result;
use crate::quality::{self, CheckOptions};
use crate::recording_angles::Angles;
use crate::reps::online::Transition;
use crate::reps::{Rep, grade_reps};
use crate::validity::Validity;

/// The outcome of [`Stream::finish`].
#[derive(Debug, Clone)]
pub struct Finished {
    /// As of a whole recording: of the last frames that were kept, and of all repetitions that were.
    /// Frames of a repetition that are not kept any more are `usize::MAX`.
    pub analysis: Analysis,
    /// Seconds of start, bottom start, bottom, bottom end and end of each repetition.
    pub rep_times: Vec<[f64; 5]>,
}

impl Stream {
    /// Ends what is on its way, and says what was seen; `None` before the view has settled or the second
    /// frame has come. The stream can go on, or begin anew with [`Stream::reset`].
    ///
    /// # Errors
    /// As [`quality::check`].
    pub fn finish(&mut self) -> Result<Option<Finished>> {
        self.events.clear();
        if let (Some(mut setup), Some(mut machine), Some(mut monitor)) =
            (self.setup.take(), self.machine.take(), self.monitor.take())
        {
            if let Transition::Ended(found_rep) = machine.finish() {
                self.complete_rep(&mut setup, &mut machine, &mut monitor, found_rep);
            }
            (self.setup, self.machine, self.monitor) = (Some(setup), Some(machine), Some(monitor));
        }
        self.finished()
    }

    fn finished(&self) -> Result<Option<Finished>> {
        let Some(setup) = self.setup.as_ref().filter(|_| self.times.len() > 1) else {
            return Ok(None);
        };
        let exercise = &self.settings.exercise;
        let side = self.settings.side;
        let recording = build_recording(&self.settings, &self.rows, &self.times)?;
        let upright = exercise.pelvis == PelvisReference::Up;
        let options = CheckOptions { side: Some(side), view: None, upright };
        let quality = quality::check(&recording, &options)?;
        let mut reps: Vec<Rep> = self.reps.values().to_vec();
        let (times, _) = self.rep_times.values().as_chunks::<5>();
        let mut rep_times = times.to_vec();
        if quality.forbids("").is_some() {
            reps.clear();
            rep_times.clear();
        }
        grade_reps(&mut reps, setup.signal.min_range);
        let width = self.cells.width();
        let column = |i: usize| -> (Vec<f64>, Vec<Validity>) {
            let values = self.cells.values().iter().skip(i).step_by(width).take(reps.len());
            let codes = self.cell_codes.values().iter().skip(i).step_by(width).take(reps.len());
            (values.copied().collect(), codes.map(|code| Validity::of_code(*code)).collect())
        };
        let read = |i: usize, cell: &Cell| -> RepMeasure {
            let (mut values, mut validity) = column(i);
            if let Some(reason) = quality.forbids(&cell.angle).filter(|_| !cell.angle.is_empty()) {
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
            }
        };
        let measures: Vec<RepMeasure> = setup
            .cells
            .iter()
            .enumerate()
            .filter(|(_, cell)| cell.is_measure)
            .map(|(i, cell)| read(i, cell))
            .collect();
        let without_reps = quality.forbids("").unwrap_or(Validity::NoReps);
        let faults = exercise.faults.iter().filter_map(|row| {
            judge_fault(row, &reps, without_reps, |criterion| {
                let found = setup.cell_of(criterion).and_then(|i| Some((i, setup.cells.get(i)?)));
                match found.map(|(i, cell)| read(i, cell)) {
                    Some(RepMeasure { name, unit, values, validity, .. }) => {
                        CriterionValues { measure: name, unit, values, validity }
                    }
                    None => CriterionValues {
                        measure: measure_name(criterion),
                        unit: String::new(),
                        values: vec![f64::NAN; reps.len()],
                        validity: vec![Validity::NotInSkeleton; reps.len()],
                    },
                }
            })
        });
        let faults = faults.collect();
        let target_reached = target_reached(exercise, &setup.signal, measures.first(), reps.len());
        let first = self.times.first();
        for rep in &mut reps {
            let frames = [
                &mut rep.start,
                &mut rep.bottom_start,
                &mut rep.bottom,
                &mut rep.bottom_end,
                &mut rep.end,
            ];
            for frame in frames {
                *frame = frame.checked_sub(first).unwrap_or(usize::MAX);
            }
        }
        let frames = self.times.len();
        let shape = (frames, self.columns.len());
        let at = |t: usize, c: usize| {
            self.columns.get(c).and_then(|column| column.values().get(t)).copied()
        };
        let code = |t: usize, c: usize| {
            self.column_codes.get(c).and_then(|column| column.values().get(t)).copied()
        };
        let angles = Angles {
            values: Array2::from_shape_fn(shape, |(t, c)| at(t, c).unwrap_or(f64::NAN)),
            codes: Array2::from_shape_fn(shape, |(t, c)| code(t, c).unwrap_or(0)),
            sd: None,
            view: setup.view,
        };
        let keypoints = recording.skeleton().keypoints().len();
        let conditioned = Conditioned {
            repairs: Array2::zeros((frames, keypoints)),
            resampled: false,
            cutoff_hz: Some(exercise.cutoff_hz),
            swapped: vec![false; frames],
            long_swaps: Vec::new(),
            recording,
        };
        let analysis = Analysis {
            side,
            view: setup.view,
            signal: setup.signal.clone(),
            signal_values: self.signal.values().to_vec(),
            columns: self.columns(),
            angles,
            reps,
            target_reached,
            measures,
            faults,
            conditioned,
            quality,
        };
        Ok(Some(Finished { analysis, rep_times }))
    }
}
