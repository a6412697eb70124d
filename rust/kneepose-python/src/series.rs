//! Functions on plain series: repetitions, outliers, asymmetry, bootstrap.

use kneepose_core::reps::{
    REP_STATUS_TABLE, Rep, RepStatus, Scale, Segmentation, score, segment, segment_causal,
};
use kneepose_core::signal::lowpass::single_pass_cutoff as core_cutoff;
use kneepose_core::signal::outlier;
use kneepose_core::stats::asymmetry_index::{is_unstable, normalized_symmetry_index as core_nsi};
use kneepose_core::stats::bootstrap::bootstrap_interval as core_bootstrap;
use kneepose_core::stats::{
    AsymmetryIndex, Bootstrap, BootstrapMethod, Interval, Samples, asymmetry_index, curves,
};
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;

use crate::doorway::{check_memory, copied, exception, run};

/// Repetition as a tuple: start, bottom start, bottom, bottom end, end; range, size, probability;
/// status code.
pub type RepRow = (isize, isize, isize, isize, isize, f64, f64, f64, u8);

/// Converts a repetition to a tuple. A frame that is no longer stored becomes −1.
pub fn rep_row(rep: &Rep) -> RepRow {
    let frame = |i: usize| isize::try_from(i).unwrap_or(-1);
    let [start, bottom_start, bottom, bottom_end, end] =
        [rep.start, rep.bottom_start, rep.bottom, rep.bottom_end, rep.end].map(frame);
    let Rep { range, size, probability, status, .. } = *rep;
    (start, bottom_start, bottom, bottom_end, end, range, size, probability, status as u8)
}

/// Converts a tuple to a repetition; the reverse of [`rep_row`].
pub fn rep_of(row: &RepRow) -> Rep {
    let (start, bottom_start, bottom, bottom_end, end, range, size, probability, status) = *row;
    let frame = |i: isize| usize::try_from(i).unwrap_or(usize::MAX);
    let status = REP_STATUS_TABLE.get(usize::from(status));
    Rep {
        start: frame(start),
        bottom_start: frame(bottom_start),
        bottom: frame(bottom),
        bottom_end: frame(bottom_end),
        end: frame(end),
        range,
        size,
        probability,
        status: status.map_or(RepStatus::MissingData, |row| row.0),
    }
}

/// Finds the repetitions of a series.
#[pyfunction]
#[pyo3(signature = (series, fs, min_range, allowed, despike, causal=false))]
pub fn segment_reps(
    py: Python<'_>,
    series: PyReadonlyArray1<'_, f64>,
    fs: f64,
    min_range: f64,
    allowed: Option<PyReadonlyArray1<'_, bool>>,
    despike: bool,
    causal: bool,
) -> PyResult<Vec<RepRow>> {
    let series = copied(&series, 24)?;
    let allowed = allowed.map(|allowed| allowed.as_array().to_vec());
    run(py, || {
        let how = Segmentation { fs, min_range, despike, scale: Scale::Plain };
        let find = if causal { segment_causal } else { segment };
        let reps = find(&series, allowed.as_deref(), &how)?;
        Ok(reps.iter().map(rep_row).collect())
    })
}

/// Asymmetry index of two arrays of the same length, and a flag that is True if a small change of a
/// value would change it much.
#[pyfunction]
#[allow(clippy::type_complexity)]
pub fn asymmetry<'py>(
    py: Python<'py>,
    left: PyReadonlyArray1<'_, f64>,
    right: PyReadonlyArray1<'_, f64>,
    kind: &str,
) -> PyResult<(Bound<'py, PyArray1<f64>>, Bound<'py, PyArray1<bool>>)> {
    let kind = AsymmetryIndex::parse(kind).map_err(|error| exception(py, &error))?;
    let (left, right) = (left.as_array(), right.as_array());
    check_memory(left.len(), 3)?;
    let (values, unstable): (Vec<f64>, Vec<bool>) = run(py, || {
        let pairs = left.iter().zip(right);
        Ok(pairs.map(|(l, r)| (asymmetry_index(kind, *l, *r), is_unstable(kind, *l, *r))).unzip())
    })?;
    Ok((values.into_pyarray(py), unstable.into_pyarray(py)))
}

/// Normalized symmetry index: 100·(mean right − mean left) / (range of all trials including zero).
#[pyfunction]
pub fn normalized_symmetry_index(
    left: PyReadonlyArray1<'_, f64>,
    right: PyReadonlyArray1<'_, f64>,
) -> PyResult<f64> {
    Ok(core_nsi(&copied(&left, 1)?, &copied(&right, 1)?))
}

/// Bootstrap interval of mean(second) − mean(first): lower and upper end.
#[pyfunction]
#[allow(clippy::too_many_arguments)]
pub fn bootstrap_interval(
    py: Python<'_>,
    first: PyReadonlyArray1<'_, f64>,
    second: PyReadonlyArray1<'_, f64>,
    paired: bool,
    resamples: usize,
    confidence: f64,
    seed: u64,
    method: &str,
) -> PyResult<(f64, f64)> {
    let (first, second) = (copied(&first, 6)?, copied(&second, 6)?);
    check_memory(resamples, 4)?;
    let Interval { low, high, .. } = run(py, || {
        let how =
            Bootstrap { resamples, confidence, seed, method: BootstrapMethod::parse(method)? };
        core_bootstrap(&Samples::of(&first, &second, paired), &how)
    })?;
    Ok((low, high))
}

/// Bootstrap interval from given replicates.
#[pyfunction]
pub fn bootstrap_interval_of(
    py: Python<'_>,
    first: PyReadonlyArray1<'_, f64>,
    second: PyReadonlyArray1<'_, f64>,
    paired: bool,
    replicates: PyReadonlyArray1<'_, f64>,
    confidence: f64,
    method: &str,
) -> PyResult<(f64, f64)> {
    let (first, second) = (copied(&first, 6)?, copied(&second, 6)?);
    let replicates = copied(&replicates, 4)?;
    let Interval { low, high, .. } = run(py, || {
        Samples::of(&first, &second, paired).interval(
            replicates,
            confidence,
            BootstrapMethod::parse(method)?,
        )
    })?;
    Ok((low, high))
}

/// Flags the outliers of a series with the Hampel filter.
#[pyfunction]
pub fn hampel<'py>(
    py: Python<'py>,
    series: PyReadonlyArray1<'_, f64>,
    floor: f64,
) -> PyResult<Bound<'py, PyArray1<bool>>> {
    let series = copied(&series, 4)?;
    Ok(run(py, || Ok(outlier::hampel(&series, floor)))?.into_pyarray(py))
}

/// Cutoff frequency of a single pass with which two passes have gain 1/√2 at `cutoff_hz`.
#[pyfunction]
pub fn single_pass_cutoff(cutoff_hz: f64, fs: f64) -> f64 {
    core_cutoff(cutoff_hz, fs)
}

/// Resamples a repetition to 101 points, with its bottom in the middle.
#[pyfunction]
pub fn time_normalize<'py>(
    py: Python<'py>,
    series: PyReadonlyArray1<'_, f64>,
    start: usize,
    bottom: usize,
    end: usize,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let series = copied(&series, 4)?;
    Ok(run(py, || Ok(curves::normalize(&series, start, bottom, end)))?.into_pyarray(py))
}

/// Agreement of counts: mean absolute error, fraction exact, fraction that differs by at most one,
/// normalized error.
#[pyfunction]
pub fn count_score(
    py: Python<'_>,
    predicted: Vec<u32>,
    truth: Vec<u32>,
) -> PyResult<(f64, f64, f64, f64)> {
    let score = run(py, || score::count_score(&predicted, &truth))?;
    Ok((score.mae, score.exact, score.off_by_one, score.normalized_mae))
}
