//! Joins trials that Python passes as plain data.

use kneepose_core::analysis::{
    self, CommonError, Conditions, FaultStatus, Joined, JoinedFault, JoinedMeasure, RepValues,
    Timeline, Trial, TrialFault, TrialMeasure,
};
use kneepose_core::error::Result;
use kneepose_core::exercise::DIRECTIONS;
use kneepose_core::quality::{Estimate, Extent, Finding, Severity};
use kneepose_core::validity::Validity;
use numpy::{IntoPyArray, PyArray1};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::doorway::run;
use crate::exercises::parse_name;
use crate::series::{RepRow, rep_of, rep_row};

/// Properties of an analysis that decide whether it can be joined or compared, read from a Python
/// mapping.
#[derive(Clone, FromPyObject)]
#[pyo3(from_item_all)]
pub struct ConditionsRow {
    exercise: String,
    definition: String,
    skeleton: String,
    space: String,
    estimator: String,
    signal: String,
    side: String,
}

impl From<ConditionsRow> for Conditions {
    fn from(row: ConditionsRow) -> Self {
        let ConditionsRow { exercise, definition, skeleton, space, estimator, signal, side } = row;
        Self { exercise, definition, skeleton, space, estimator, signal, side }
    }
}

/// Checks that two analyses are comparable. With `side`, they must also be of the same leg.
#[pyfunction]
pub fn check_same(
    py: Python<'_>,
    first: ConditionsRow,
    second: ConditionsRow,
    side: bool,
) -> PyResult<()> {
    run(py, || Conditions::from(first).check_same(&second.into(), side))
}

/// One trial, read from a Python mapping.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub struct TrialRow {
    conditions: ConditionsRow,
    times: Vec<f64>,
    source_times: Vec<f64>,
    reps: Vec<RepRow>,
    rep_times: Vec<[f64; 5]>,
    measures: Vec<MeasureRow>,
    faults: Vec<FaultRow>,
    foot_to_lens: [(f64, f64); 2],
    findings: Vec<(u8, String, String)>,
}

/// Measure as a tuple: name, code of the refusal or None, values, codes.
type MeasureRow = (String, Option<u8>, Vec<f64>, Vec<u8>);

/// Fault as a tuple: name, measure, direction, threshold, known and random error that all
/// repetitions share, code of the refusal or None, values, codes.
type FaultRow = (String, String, String, f64, (f64, f64), Option<u8>, Vec<f64>, Vec<u8>);

impl TrialRow {
    fn trial(&self) -> Result<Trial<'_>> {
        let measures = self.measures.iter().map(|(name, refusal, values, codes)| TrialMeasure {
            name,
            read: match refusal {
                Some(code) => Err(Validity::of_code(*code)),
                None => Ok(RepValues { values, codes }),
            },
        });
        let faults = self.faults.iter().map(|row| {
            let (name, measure, way, threshold, common, refusal, values, codes) = row;
            let (shift, sd) = *common;
            Ok(TrialFault {
                name,
                measure,
                way: parse_name("way", &DIRECTIONS, way)?,
                threshold: *threshold,
                common: CommonError { shift, sd },
                refusal: refusal.map(Validity::of_code),
                read: RepValues { values, codes },
            })
        });
        let findings = self.findings.iter().map(|(code, severity, measured)| Finding {
            reason: Validity::of_code(*code),
            severity: Severity::of_name(severity),
            extent: Extent::Values,
            measured: measured.clone(),
        });
        let estimate = |(degrees, spread): (f64, f64)| Estimate { degrees, spread };
        Ok(Trial {
            conditions: self.conditions.clone().into(),
            times: &self.times,
            reps: self.reps.iter().map(rep_of).collect(),
            rep_times: self.rep_times.clone(),
            measures: measures.collect(),
            faults: faults.collect::<Result<_>>()?,
            foot_to_lens: self.foot_to_lens.map(estimate),
            findings: findings.collect(),
        })
    }
}

/// Joins trials of one leg into one analysis.
#[pyfunction]
pub fn join_trials(py: Python<'_>, trials: Vec<TrialRow>) -> PyResult<Bound<'_, PyDict>> {
    let (joined, source) = run(py, || {
        let source = Timeline::new(trials.iter().map(|trial| trial.source_times.as_slice()));
        let trials: Result<Vec<Trial<'_>>> = trials.iter().map(TrialRow::trial).collect();
        Ok((analysis::join(&trials?)?, source))
    })?;
    let dict = joined_dict(py, joined)?;
    dict.set_item("source", timeline_pair(py, source))?;
    Ok(dict)
}

fn joined_dict(py: Python<'_>, joined: Joined) -> PyResult<Bound<'_, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("recording", timeline_pair(py, joined.timeline))?;
    dict.set_item("reps", joined.reps.iter().map(rep_row).collect::<Vec<_>>())?;
    dict.set_item("rep_times", joined.rep_times)?;
    let measure = |row: JoinedMeasure| {
        let refusal = row.refusal.map(|reason| reason as u8);
        (row.name, row.trial, refusal, row.values.into_pyarray(py), row.codes.into_pyarray(py))
    };
    dict.set_item("measures", joined.measures.into_iter().map(measure).collect::<Vec<_>>())?;
    let fault = |row: JoinedFault| {
        let refusal = match row.status {
            FaultStatus::NotAssessed(reason) => Some(reason as u8),
            _ => None,
        };
        let seen = (row.status == FaultStatus::Seen, row.status == FaultStatus::Borderline);
        let (values, codes) = (row.values.into_pyarray(py), row.codes.into_pyarray(py));
        (row.name, row.trial, values, codes, (row.amount, row.error), seen, refusal)
    };
    dict.set_item("faults", joined.faults.into_iter().map(fault).collect::<Vec<_>>())?;
    let estimate = |side: Estimate| (side.degrees, side.spread);
    dict.set_item("foot_to_lens", joined.foot_to_lens.map(estimate))?;
    let finding = |row: Finding| (row.reason as u8, row.severity.name(), row.measured);
    dict.set_item("findings", joined.findings.into_iter().map(finding).collect::<Vec<_>>())?;
    Ok(dict)
}

/// Index of the first frame of each trial, and the times of all frames.
fn timeline_pair(py: Python<'_>, line: Timeline) -> (Vec<usize>, Bound<'_, PyArray1<f64>>) {
    (line.starts, line.times.into_pyarray(py))
}
