//! Exercises: built-in rows as dictionaries, custom rows as plain data.

use std::borrow::Cow;

use kneepose_core::angle::{AngleSpec, PelvisReference};
use kneepose_core::error::{Error, Result};
use kneepose_core::exercise::{
    COMBINES, Combine, Criterion, DIRECTIONS, Direction, EXERCISE_TABLE, Exercise, FaultRow,
    Moment, PATTERNS, POSTURES, Pattern, Posture, SignalRow, Subject,
};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::angles::{SpecRow, spec};

/// Name that belongs to a value in a table.
fn name_of<T: PartialEq + Copy>(rows: &[(&'static str, T)], value: T) -> &'static str {
    rows.iter().find(|row| row.1 == value).map_or("", |row| row.0)
}

/// Value that belongs to a name in a table.
pub fn parse_name<T: Copy>(
    kind: &'static str,
    rows: &[(&'static str, T)],
    name: &str,
) -> Result<T> {
    let found = rows.iter().find(|row| row.0 == name).map(|row| row.1);
    found.ok_or_else(|| Error::unknown(kind, name, rows.iter().map(|row| row.0)))
}

/// All rows of the exercise table, as dictionaries.
#[pyfunction]
pub fn exercise_table(py: Python<'_>) -> PyResult<Vec<Bound<'_, PyDict>>> {
    EXERCISE_TABLE.iter().map(|row| exercise_dict(py, row)).collect()
}

fn exercise_dict<'py>(py: Python<'py>, row: &Exercise) -> PyResult<Bound<'py, PyDict>> {
    let names = |list: &[Cow<'static, str>]| -> Vec<String> {
        list.iter().map(ToString::to_string).collect()
    };
    let dict = PyDict::new(py);
    dict.set_item("name", row.name.as_ref())?;
    dict.set_item("title", row.title.as_ref())?;
    dict.set_item("two_legs", row.two_legs)?;
    dict.set_item("posture", name_of(&POSTURES, row.posture))?;
    dict.set_item("pattern", name_of(&PATTERNS, row.pattern))?;
    dict.set_item("pelvis_reference", row.pelvis.name())?;
    for (key, signal) in [
        ("signal", &row.in_world),
        ("side_signal", &row.from_side),
        ("frontal_signal", &row.from_front),
    ] {
        dict.set_item(key, signal.angle.as_ref())?;
        let (combine, min_range) = (format!("{key}_combine"), format!("{key}_min_range"));
        dict.set_item(combine, name_of(&COMBINES, signal.combine))?;
        dict.set_item(min_range, signal.min_range)?;
    }
    dict.set_item("peak", row.peak.as_ref())?;
    dict.set_item("target", row.target)?;
    dict.set_item("phases", names(&row.phases))?;
    dict.set_item("cutoff_hz", row.cutoff_hz)?;
    dict.set_item("measures", names(&row.measures))?;
    let moments: Vec<String> = row.moments.iter().map(|moment| moment.suffix()).collect();
    dict.set_item("moments", moments)?;
    let between: Vec<String> = row.between.iter().map(|moment| moment.suffix()).collect();
    dict.set_item("between", between)?;
    dict.set_item("lead", names(&row.lead))?;
    let faults: PyResult<Vec<_>> = row.faults.iter().map(|fault| fault_dict(py, fault)).collect();
    dict.set_item("faults", faults?)?;
    dict.set_item("set_up", row.set_up.as_ref())?;
    Ok(dict)
}

fn fault_dict<'py>(py: Python<'py>, row: &FaultRow) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("name", row.name.as_ref())?;
    dict.set_item("title", row.title.as_ref())?;
    let criteria: PyResult<Vec<_>> =
        row.criteria.iter().map(|criterion| criterion_dict(py, criterion)).collect();
    dict.set_item("criteria", criteria?)?;
    dict.set_item("cue", row.cue.as_ref())?;
    dict.set_item("source", row.source.as_ref())?;
    Ok(dict)
}

/// Converts a criterion to a dictionary.
pub fn criterion_dict<'py>(py: Python<'py>, criterion: &Criterion) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    let (measure, moment) = match &criterion.subject {
        Subject::Angle(angle, moment) => (angle, Some(moment.suffix())),
        Subject::Time(name) => (name, None),
    };
    dict.set_item("measure", measure.as_ref())?;
    dict.set_item("moment", moment)?;
    dict.set_item("way", name_of(&DIRECTIONS, criterion.way))?;
    dict.set_item("threshold", criterion.threshold)?;
    dict.set_item("in_image", criterion.in_image)?;
    Ok(dict)
}

/// Exercise in the form that Python passes: the name of a built-in row, or a custom row.
#[derive(FromPyObject)]
#[allow(clippy::large_enum_variant)]
pub enum NameOrRow {
    /// Name of a built-in exercise.
    Name(String),
    /// Custom exercise.
    Row(ExerciseRow),
}

/// Custom exercise, read from the items of a Python mapping.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub struct ExerciseRow {
    name: String,
    title: String,
    two_legs: bool,
    posture: String,
    /// Signals in world space, from the side and from the front. Each has angle, combination,
    /// minimum and expected range.
    signals: [(String, String, f64, f64); 3],
    peak: String,
    target: [f64; 2],
    phases: [String; 3],
    cutoff_hz: f64,
    pelvis_reference: String,
    own_angles: Vec<AngleRow>,
    measures: Vec<String>,
    moments: Vec<String>,
    lead: Vec<String>,
    faults: Vec<FaultSpecRow>,
    set_up: String,
}

/// Angle as a tuple: name, measure, points, sign, mirrored, sided, plane, gate, unit.
type AngleRow =
    (String, String, Vec<String>, f64, bool, String, String, Option<(f64, f64)>, String);
/// Fault as a tuple: name, title, criteria, cue.
type FaultSpecRow = (String, String, Vec<CriterionRow>, String);
/// Criterion as a tuple: measure, moment (None for a duration), direction, threshold.
type CriterionRow = (String, Option<String>, String, f64);

impl NameOrRow {
    /// Validates the exercise, and converts a custom row.
    pub fn load(self) -> Result<Cow<'static, Exercise>> {
        match self {
            Self::Name(name) => Exercise::named(&name).map(Cow::Borrowed),
            Self::Row(row) => row.load().map(Cow::Owned),
        }
    }
}

impl ExerciseRow {
    fn load(self) -> Result<Exercise> {
        let own_angles: Result<Vec<_>> = self.own_angles.into_iter().map(own_angle).collect();
        let own_angles = own_angles?;
        let mut signals = Vec::new();
        for (angle, combine, min_range, expected_range) in self.signals {
            for (name, value) in [("min_range", min_range), ("expected_range", expected_range)] {
                positive(name, value)?;
            }
            let combine: Combine = parse_name("combine", &COMBINES, &combine)?;
            signals.push(SignalRow { angle: angle.into(), combine, min_range, expected_range });
        }
        let signals: [SignalRow; 3] =
            signals.try_into().map_err(|_| Error::Option("three signals are needed".to_owned()))?;
        let [in_world, from_side, from_front] = signals;
        positive("cutoff_hz", self.cutoff_hz)?;
        let posture: Posture = parse_name("posture", &POSTURES, &self.posture)?;
        let moments: Result<Vec<Moment>> = self.moments.iter().map(|m| Moment::parse(m)).collect();
        let known: Vec<&str> =
            self.phases.iter().map(String::as_str).chain(["duration_s"]).collect();
        let faults: Result<Vec<FaultRow>> =
            self.faults.into_iter().map(|fault| fault_row(fault, &known)).collect();
        let faults = faults?;
        let exercise = Exercise {
            name: self.name.into(),
            title: self.title.into(),
            two_legs: self.two_legs,
            posture,
            pattern: Pattern::Squat,
            in_world,
            from_side,
            from_front,
            peak: self.peak.into(),
            peak_is_turn: false,
            target: self.target,
            phases: self.phases.map(Into::into),
            cutoff_hz: self.cutoff_hz,
            pelvis: PelvisReference::parse(&self.pelvis_reference)?,
            own_angles: own_angles.into(),
            measures: self.measures.into_iter().map(Into::into).collect(),
            moments: moments?.into(),
            between: Vec::new().into(),
            lead: self.lead.into_iter().map(Into::into).collect(),
            faults: faults.into(),
            set_up: self.set_up.into(),
        };
        exercise.check_angles()?;
        Ok(exercise)
    }
}

fn own_angle(row: AngleRow) -> Result<AngleSpec> {
    let (name, measure, points, sign, mirrored, sided, plane, gate, unit) = row;
    spec(SpecRow { name, measure, points, sign, mirrored, sided, plane, gate, unit })
}

fn positive(name: &str, value: f64) -> Result<()> {
    if value.is_finite() && value > 0.0 {
        return Ok(());
    }
    Err(Error::Option(format!("{name} is {value}; it must be a positive number")))
}

fn fault_row(row: FaultSpecRow, times: &[&str]) -> Result<FaultRow> {
    let (name, title, criteria, cue) = row;
    if criteria.is_empty() {
        return Err(Error::Option(format!(
            "fault {name:?} has no criterion; it needs one at least"
        )));
    }
    let mut read = Vec::new();
    for (measure, moment, way, threshold) in criteria {
        if !threshold.is_finite() {
            return Err(Error::Option(format!(
                "threshold of fault {name:?} is {threshold}; it must be a finite number"
            )));
        }
        let subject = match moment {
            Some(moment) => Subject::Angle(measure.into(), Moment::parse(&moment)?),
            None if times.contains(&measure.as_str()) => Subject::Time(measure.into()),
            None => return Err(Error::unknown("time", &measure, times.iter().copied())),
        };
        let way: Direction = parse_name("way", &DIRECTIONS, &way)?;
        read.push(Criterion { subject, way, threshold, in_image: None });
    }
    Ok(FaultRow {
        name: name.into(),
        title: title.into(),
        criteria: read.into(),
        cue: cue.into(),
        source: "".into(),
    })
}
