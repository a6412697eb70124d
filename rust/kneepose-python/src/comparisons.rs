//! Comparison of two sides.

use kneepose_core::comparison::{
    self, Circumstances, ComparedSide, ComparisonOptions, MeasurePair, borrowed_change,
    error_of_difference,
};
use kneepose_core::exercise::POSTURES;
use kneepose_core::quality::Accuracy;
use kneepose_core::skeleton::Side;
use kneepose_core::stats::agreement::agreement as core_agreement;
use kneepose_core::stats::bootstrap::expanded_intervals;
use kneepose_core::stats::permutation::{holm as core_holm, permutation_p as core_permutation};
use kneepose_core::stats::pooling::pool as core_pool;
use kneepose_core::stats::repeated_days::day_error as core_day_error;
use kneepose_core::stats::{Interval, Samples, curves, paired_interval, welch_interval};
use kneepose_core::validity::VALIDITY_TABLE;
use numpy::{IntoPyArray, PyReadonlyArray1, PyReadonlyArray2, PyUntypedArrayMethods};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::doorway::{check_memory, copied, exception, run};
use crate::exercises::parse_name;

/// One measure as a tuple: values of the first and the second side, name of the angle, True if it
/// is read at a depth, and the caller's detectable change.
#[derive(FromPyObject)]
pub struct MeasureRow<'py>(
    PyReadonlyArray1<'py, f64>,
    PyReadonlyArray1<'py, f64>,
    String,
    bool,
    Option<f64>,
);

/// Systematic errors of the first and the second side: bias, standard deviation, True if published.
/// None for durations.
type ErrorRow = Option<[(f64, f64, bool); 2]>;

/// Compares all measures of two sides. `guard` is the name of a validity code that forbids a
/// verdict, `yaw` the estimated camera yaw in degrees, and `primary` the index of the measure that
/// was chosen in advance. `errors` has one row for each measure. `second_leg` is the side of the
/// second of two legs, or None for one leg at two dates.
#[pyfunction]
#[pyo3(signature = (measures, paired, guard, yaw=None, primary=None, errors=Vec::new(), second_leg=None))]
#[allow(clippy::too_many_arguments)]
pub fn compare<'py>(
    py: Python<'py>,
    measures: Vec<MeasureRow<'py>>,
    paired: bool,
    guard: Option<&str>,
    yaw: Option<f64>,
    primary: Option<usize>,
    errors: Vec<ErrorRow>,
    second_leg: Option<&str>,
) -> PyResult<Vec<Bound<'py, PyDict>>> {
    let accuracy = |(bias, sd, validated)| Accuracy { bias, sd, validated, ..Accuracy::default() };
    let of_difference = |[first, second]: [(f64, f64, bool); 2]| {
        error_of_difference(accuracy(first), accuracy(second), second_leg.is_none())
    };
    let errors =
        errors.into_iter().map(|row| row.map(of_difference)).chain(std::iter::repeat(None));
    let rows: Vec<MeasurePair> = measures
        .iter()
        .zip(errors)
        .map(|(MeasureRow(first, second, angle, at_depth, own), systematic)| MeasurePair {
            first: first.as_array().to_vec(),
            second: second.as_array().to_vec(),
            angle: angle.clone(),
            detectable: own.or_else(|| borrowed_change(angle, *at_depth).map(|row| row.change)),
            is_borrowed: own.is_none(),
            at_depth: *at_depth,
            systematic,
        })
        .collect();
    let guard = guard.and_then(|name| VALIDITY_TABLE.iter().find(|row| row.name == name));
    let guard = guard.map(|row| row.validity);
    let second_leg =
        second_leg.map(Side::parse).transpose().map_err(|error| exception(py, &error))?;
    let options =
        ComparisonOptions { paired, guard, yaw: yaw.unwrap_or(f64::NAN), second_leg, primary };
    let compared = run(py, || Ok(comparison::compare(&rows, &options)))?;
    let compared = compared.iter().zip(&rows);
    compared.map(|(one, row)| compared_dict(py, one, row.systematic)).collect()
}

/// One compared side as a tuple: side, foot direction in degrees, True if the vertical is assumed,
/// True if the view is stated as front.
type SideRow = (String, f64, bool, bool);

/// Name of the validity code that forbids a verdict, or None; the camera yaw in degrees, or None if
/// it has no influence; True if the camera was moved between the recordings of two legs.
#[pyfunction]
#[pyo3(signature = (posture, in_world, camera_moved, first, second))]
pub fn verdict_guard(
    py: Python<'_>,
    posture: &str,
    in_world: bool,
    camera_moved: bool,
    first: SideRow,
    second: SideRow,
) -> PyResult<(Option<&'static str>, Option<f64>, bool)> {
    run(py, || {
        let compared = |(side, foot_to_lens, assumed_level, said_front): SideRow| {
            let side = Side::parse(&side)?;
            Ok(ComparedSide { side, foot_to_lens, assumed_level, said_front })
        };
        let circumstances = Circumstances {
            posture: parse_name("posture", &POSTURES, posture)?,
            in_world,
            camera_moved,
            sides: [compared(first)?, compared(second)?],
        };
        let found = comparison::verdict_guard(&circumstances);
        Ok((found.reason.map(|reason| reason.row().name), found.yaw, found.camera_moved))
    })
}

/// Published detectable changes, used if the user has none, as dictionaries.
#[pyfunction]
pub fn borrowed_changes(py: Python<'_>) -> PyResult<Vec<Bound<'_, PyDict>>> {
    let row_dict = |row: &comparison::BorrowedChange| {
        let dict = PyDict::new(py);
        dict.set_item("angle", row.angle)?;
        dict.set_item("change", row.change)?;
        dict.set_item("method", row.method)?;
        dict.set_item("study", row.study)?;
        dict.set_item("source", row.source)?;
        dict.set_item("automatic", row.automatic)?;
        Ok(dict)
    };
    comparison::BORROWED_CHANGES.iter().map(row_dict).collect()
}

/// Pairs of indices of the measures to compare. Both lists have (name, True if each leg has its own
/// value).
#[pyfunction]
pub fn common_measures(
    first: Vec<(String, bool)>,
    second: Vec<(String, bool)>,
    paired: bool,
) -> Vec<(usize, usize)> {
    fn named(side: &[(String, bool)]) -> Vec<(&str, bool)> {
        side.iter().map(|(name, of_leg)| (name.as_str(), *of_leg)).collect()
    }
    comparison::common_measures(&named(&first), &named(&second), paired)
}

/// Index of the measure that leads a comparison. `lead` has the names of the candidates in order of
/// preference; `measures` has names with the values of both sides.
#[pyfunction]
#[pyo3(signature = (lead, measures, paired))]
pub fn leading_measure(
    lead: Vec<String>,
    measures: Vec<(String, PyReadonlyArray1<'_, f64>, PyReadonlyArray1<'_, f64>)>,
    paired: bool,
) -> Option<usize> {
    let lead: Vec<_> = lead.into_iter().map(Into::into).collect();
    let sides = |first: &PyReadonlyArray1<'_, f64>, second: &PyReadonlyArray1<'_, f64>| {
        [first, second].map(|side| side.as_array().to_vec())
    };
    let values: Vec<_> = measures.iter().map(|(_, first, second)| sides(first, second)).collect();
    let names: Vec<&str> = measures.iter().map(|(name, _, _)| name.as_str()).collect();
    comparison::leading_measure(&lead, &names, &values, paired)
}

fn compared_dict<'py>(
    py: Python<'py>,
    one: &comparison::ComparedMeasure,
    systematic: Option<Accuracy>,
) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for (key, moments) in [("first", one.first), ("second", one.second)] {
        dict.set_item(key, (moments.n as usize, moments.mean, moments.variance.sqrt()))?;
    }
    dict.set_item("difference", one.interval.difference)?;
    dict.set_item("camera_part", one.camera_part)?;
    dict.set_item("ci", (one.interval.low, one.interval.high))?;
    dict.set_item("whole_ci", (one.whole.low, one.whole.high))?;
    dict.set_item("systematic", systematic.map(|error| (error.bias, error.sd, error.validated)))?;
    dict.set_item("method", one.method.name())?;
    dict.set_item("p", one.p)?;
    dict.set_item("p_holm", one.p_holm)?;
    dict.set_item("detectable", one.detectable)?;
    dict.set_item("verdict", one.verdict.name())?;
    dict.set_item("reason", one.reason as u8)?;
    Ok(dict)
}

/// Student's t interval of mean(second) − mean(first): difference, lower and upper end.
#[pyfunction]
pub fn t_interval(
    first: PyReadonlyArray1<'_, f64>,
    second: PyReadonlyArray1<'_, f64>,
    paired: bool,
) -> PyResult<(f64, f64, f64)> {
    let (first, second) = (copied(&first, 2)?, copied(&second, 2)?);
    let find = if paired { paired_interval } else { welch_interval };
    let Interval { difference, low, high } = find(&first, &second);
    Ok((difference, low, high))
}

/// BCa intervals with expanded tails for small samples, for several measures of the same
/// repetitions, one column for each measure. Returns lower and upper end of each.
#[pyfunction]
pub fn bootstrap_intervals<'py>(
    py: Python<'py>,
    first: PyReadonlyArray2<'py, f64>,
    second: PyReadonlyArray2<'py, f64>,
    resamples: usize,
    seed: u64,
) -> PyResult<Vec<(f64, f64)>> {
    let columns = |table: &PyReadonlyArray2<'py, f64>| -> Vec<Vec<f64>> {
        table.as_array().columns().into_iter().map(|column| column.to_vec()).collect()
    };
    check_memory(first.len().saturating_add(second.len()), 4)?;
    check_memory(resamples, first.shape().get(1).copied().unwrap_or(1).saturating_mul(4))?;
    let (first, second) = (columns(&first), columns(&second));
    let found = run(py, || Ok(expanded_intervals(&first, &second, resamples, seed)))?;
    Ok(found.iter().map(|interval| (interval.low, interval.high)).collect())
}

/// Two-sided p-value of a permutation test.
#[pyfunction]
pub fn permutation_p(
    py: Python<'_>,
    first: PyReadonlyArray1<'_, f64>,
    second: PyReadonlyArray1<'_, f64>,
    paired: bool,
    seed: u64,
) -> PyResult<f64> {
    let (first, second) = (copied(&first, 8)?, copied(&second, 8)?);
    run(py, || Ok(core_permutation(&Samples::of(&first, &second, paired), seed)))
}

/// p-values adjusted for multiple tests by Holm's method.
#[pyfunction]
pub fn holm(p: Vec<f64>) -> Vec<f64> {
    core_holm(&p)
}

/// Quantile of Student's t distribution.
#[pyfunction]
pub fn student_quantile(p: f64, freedom: f64) -> f64 {
    kneepose_core::stats::student_quantile(p, freedom)
}

/// Measurement error between days, from values (people, legs · days).
#[pyfunction]
pub fn day_error<'py>(
    py: Python<'py>,
    values: PyReadonlyArray2<'py, f64>,
    legs: usize,
) -> PyResult<Bound<'py, PyDict>> {
    let values = values.as_array();
    check_memory(values.len(), 8)?;
    let flat: Vec<f64> = values.iter().copied().collect();
    let found = core_day_error(&flat, legs, values.ncols() / legs.max(1));
    let dict = PyDict::new(py);
    dict.set_item("people", found.people)?;
    for (name, value) in [
        ("freedom", found.freedom),
        ("sem", found.sem),
        ("icc", found.icc),
        ("mdc", found.mdc),
        ("bias", found.bias),
    ] {
        dict.set_item(name, value)?;
    }
    for (name, [low, high]) in [
        ("sem_ci", found.sem_interval),
        ("icc_ci", found.icc_interval),
        ("mdc_ci", found.mdc_interval),
        ("limits", found.limits),
    ] {
        dict.set_item(name, (low, high))?;
    }
    Ok(dict)
}

/// Agreement of pairs of raters on grades (items, raters); NaN marks a missing grade.
#[pyfunction]
pub fn agreement<'py>(
    py: Python<'py>,
    grades: PyReadonlyArray2<'py, f64>,
    levels: usize,
    pairs: Vec<(usize, usize)>,
    groups: Vec<usize>,
) -> PyResult<Bound<'py, PyDict>> {
    let grades = grades.as_array();
    check_memory(grades.len().saturating_mul(pairs.len().max(1)), 2)?;
    let raters = grades.ncols();
    let flat: Vec<f64> = grades.iter().copied().collect();
    let pairs: Vec<[usize; 2]> = pairs.into_iter().map(|(a, b)| [a, b]).collect();
    let found = core_agreement(&flat, raters, levels, &pairs, &groups);
    let dict = PyDict::new(py);
    dict.set_item("kappa", found.kappa)?;
    dict.set_item("kappa_ci", (found.interval[0], found.interval[1]))?;
    dict.set_item("equal", found.equal)?;
    for (name, count) in [("pairs", found.pairs), ("items", found.items), ("groups", found.groups)]
    {
        dict.set_item(name, count)?;
    }
    Ok(dict)
}

/// Random-effects pooling of standard errors of measurement.
#[pyfunction]
pub fn pool_errors<'py>(
    py: Python<'py>,
    sems: Vec<f64>,
    freedoms: Vec<f64>,
) -> PyResult<Bound<'py, PyDict>> {
    let found = core_pool(&sems, &freedoms);
    let dict = PyDict::new(py);
    dict.set_item("studies", found.studies)?;
    dict.set_item("sem", found.sem)?;
    dict.set_item("sem_ci", (found.sem_interval[0], found.sem_interval[1]))?;
    dict.set_item("tau", found.tau)?;
    dict.set_item("i_squared", found.i_squared)?;
    dict.set_item("freedom", found.freedom)?;
    Ok(dict)
}

/// Compares two sets of curves, with one row for each repetition.
#[pyfunction]
#[pyo3(signature = (first, second, seed, paired=false))]
pub fn compare_curves<'py>(
    py: Python<'py>,
    first: PyReadonlyArray2<'py, f64>,
    second: PyReadonlyArray2<'py, f64>,
    seed: u64,
    paired: bool,
) -> PyResult<Bound<'py, PyDict>> {
    let curves = |table: &PyReadonlyArray2<'py, f64>| -> Vec<Vec<f64>> {
        table.as_array().rows().into_iter().map(|row| row.to_vec()).collect()
    };
    check_memory(first.len().saturating_add(second.len()), 12)?;
    let (first, second) = (curves(&first), curves(&second));
    let found = run(py, || Ok(curves::compare_curves(&first, &second, paired, seed)))?;
    let dict = PyDict::new(py);
    let [a, b] = found.sides;
    for (key, band) in [("first", a), ("second", b), ("difference", found.difference)] {
        let arrays = [band.mean, band.low, band.high].map(|values| values.into_pyarray(py));
        dict.set_item(key, arrays)?;
    }
    dict.set_item("rmsd", found.rmsd)?;
    dict.set_item("largest", found.largest)?;
    dict.set_item("largest_at", found.largest_at)?;
    dict.set_item("fit", (found.gain, found.offset, found.r_squared))?;
    Ok(dict)
}
