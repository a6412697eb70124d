//! Reads measures and faults off the repetitions of a recording.

use super::RepMeasure;
use super::faults::{CriterionValues, measure_name};
use super::read::{AngleSeries, duration_names, durations, read_value, rest_frames_before};
use crate::angle::{Request, Sided, table};
use crate::conditioning::{Conditioned, Repair};
use crate::exercise::{Criterion, Exercise, Moment, SignalRow, Subject};
use crate::quality::Quality;
use crate::recording_angles::Angles;
use crate::reps::Rep;
use crate::skeleton::Side;
use crate::stats::quantile::Scratch;
use crate::validity::Validity;

/// A gap this long at the bottom hides the very moment that is read, seconds.
const LONGEST_GAP_AT_BOTTOM_S: f64 = 0.1;

/// Reads measures and faults off the repetitions.
pub(super) struct RepReader<'a> {
    exercise: &'a Exercise,
    requests: &'a [Request],
    columns: Vec<(Vec<f64>, Vec<u8>)>,
    reps: &'a [Rep],
    gaps: Vec<bool>,
    rests: Vec<(usize, usize)>,
    times: &'a [f64],
}

impl<'a> RepReader<'a> {
    pub fn new(
        exercise: &'a Exercise,
        requests: &'a [Request],
        angles: &Angles,
        reps: &'a [Rep],
        conditioned: &'a Conditioned,
        side: Side,
    ) -> Self {
        let fs = conditioned.recording.fs();
        let before = |i: usize| i.checked_sub(1).and_then(|i| reps.get(i)).map(|rep| rep.end);
        Self {
            exercise,
            requests,
            columns: (0..requests.len()).map(|i| angles.column(i)).collect(),
            reps,
            gaps: gaps_at_bottom(conditioned, reps, side),
            rests: reps
                .iter()
                .enumerate()
                .map(|(i, r)| rest_frames_before(r.start, before(i), fs))
                .collect(),
            times: conditioned.recording.times(),
        }
    }

    pub fn depth(&self) -> &[f64] {
        self.columns.first().map_or(&[], |(values, _)| values)
    }

    /// Peak, then times.
    pub fn timing(
        &self,
        signal: &SignalRow,
        peak: impl Fn(&Rep, (usize, usize)) -> f64,
    ) -> Vec<RepMeasure> {
        let state = |v: &f64| if v.is_finite() { Validity::Ok } else { Validity::MissingKeypoint };
        let row = |name: &str, unit: &str, of_leg: bool, values: Vec<f64>| RepMeasure {
            name: name.to_owned(),
            angle: String::new(),
            unit: unit.to_owned(),
            of_leg,
            validity: values.iter().map(state).collect(),
            values,
        };
        let peaks = self.reps.iter().zip(&self.rests).map(|(rep, rest)| peak(rep, *rest));
        let unit = table::find_angle(&signal.angle).map_or("deg", |spec| spec.unit.as_ref());
        let mut rows = vec![row(&self.exercise.peak, unit, true, peaks.collect())];
        let all: Vec<[f64; 4]> = self.reps.iter().map(|rep| durations(rep, self.times)).collect();
        for (i, name) in duration_names(self.exercise).into_iter().enumerate() {
            let values = all.iter().map(|d| d.get(i).copied().unwrap_or(f64::NAN)).collect();
            rows.push(row(name, "s", false, values));
        }
        rows
    }

    /// One angle at one moment; nothing where the exercise has no such angle.
    pub fn measure(&self, angle: &str, moment: Moment, quality: &Quality) -> Option<RepMeasure> {
        let column = self.requests.iter().position(|request| request.spec.name == angle)?;
        let (request, (values, codes)) = (self.requests.get(column)?, self.columns.get(column)?);
        let series = AngleSeries { values, codes };
        let mut scratch = Scratch::new();
        let each = self.reps.iter().zip(self.gaps.iter().zip(&self.rests));
        let read = each.map(|(rep, (gap, rest))| match quality.forbids(angle) {
            Some(reason) => (f64::NAN, reason),
            None => read_value(moment, rep, *gap, series, self.depth(), *rest, &mut scratch),
        });
        let (values, validity) = read.unzip();
        Some(RepMeasure {
            name: format!("{angle}_{}", moment.suffix()),
            angle: angle.to_owned(),
            unit: request.spec.unit.to_string(),
            of_leg: request.spec.sided == Sided::Leg,
            values,
            validity,
        })
    }

    pub fn criterion(&self, criterion: &Criterion, quality: &Quality) -> CriterionValues {
        let measure = measure_name(criterion);
        let read = match &criterion.subject {
            Subject::Angle(angle, moment) => self.measure(angle, *moment, quality),
            Subject::Time(name) => {
                let which = duration_names(self.exercise).iter().position(|known| known == name);
                let value = |rep: &Rep| {
                    which
                        .and_then(|i| durations(rep, self.times).get(i).copied())
                        .unwrap_or(f64::NAN)
                };
                let values: Vec<f64> = self.reps.iter().map(value).collect();
                let state = |v: &f64| if v.is_finite() { Validity::Ok } else { Validity::NoReps };
                return CriterionValues {
                    measure,
                    unit: "s".to_owned(),
                    validity: values.iter().map(state).collect(),
                    values,
                };
            }
        };
        match read {
            Some(RepMeasure { unit, values, validity, .. }) => {
                CriterionValues { measure, unit, values, validity }
            }
            None => CriterionValues {
                measure,
                unit: String::new(),
                values: vec![f64::NAN; self.reps.len()],
                validity: vec![Validity::NotInSkeleton; self.reps.len()],
            },
        }
    }
}

/// Whether more than the tolerated time around the bottom was bridged, for each repetition.
fn gaps_at_bottom(conditioned: &Conditioned, reps: &[Rep], side: Side) -> Vec<bool> {
    let recording = &conditioned.recording;
    let longest = LONGEST_GAP_AT_BOTTOM_S * recording.fs() + 1e-9;
    let leg = ["hip", "knee", "ankle"]
        .map(|joint| recording.skeleton().index(&format!("{}_{joint}", side.name())));
    reps.iter()
        .map(|rep| {
            leg.iter().flatten().any(|&k| {
                let filled = |t: &usize| {
                    conditioned.repairs.get((*t, k)) == Some(&(Repair::GapFilled as u8))
                };
                let before = (0..=rep.bottom).rev().take_while(filled).count();
                let after = (rep.bottom + 1..recording.times().len()).take_while(filled).count();
                before > 0 && (before + after) as f64 > longest
            })
        })
        .collect()
}
