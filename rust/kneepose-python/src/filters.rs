//! Filters for arrays (T, …) of series. The result has the shape and dtype of the input.

use kneepose_core::angle::Real;
use kneepose_core::error::{Error, Result};
use kneepose_core::math::vector::Number;
use kneepose_core::memory::{filled, gathered};
use kneepose_core::reps::peaks::{self, Peak};
use kneepose_core::signal::gap;
use kneepose_core::signal::lowpass::{Lowpass, Order};
use kneepose_core::signal::one_euro::{OneEuroOptions, one_euro as core_one_euro};
use kneepose_core::signal::resample::usual_interval;
use kneepose_core::signal::residual::residual_cutoffs;
use kneepose_core::signal::savitzky_golay::SavitzkyGolay;
use ndarray::{ArrayD, ArrayViewD};
use numpy::{
    IntoPyArray, PyArray1, PyArrayDyn, PyArrayMethods, PyReadonlyArray1, PyUntypedArrayMethods,
};
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::angles::Floats;
use crate::doorway::{check_memory, run, run_attached};

/// Input and output of a filter, stored frame by frame.
struct Channels<'a> {
    raw: &'a [f64],
    out: &'a mut [f64],
    count: usize,
}

/// Filters an array of either precision with `work`, without the interpreter lock. `work` must
/// write every element of `out`.
fn filtered<'py>(
    py: Python<'py>,
    series: Floats<'py>,
    work: impl FnOnce(Channels<'_>) -> Result<()> + Send,
) -> PyResult<Bound<'py, PyAny>> {
    check_memory(size(&series), 6)?;
    match series {
        Floats::F32(series) => {
            let view = series.as_array();
            let out = run(py, || {
                let raw = doubles(&view);
                let mut out = filled(f64::NAN, raw.len());
                work(Channels { raw: &raw, out: &mut out, count: count(view.shape()) })?;
                let values = gathered(out.into_iter().map(f32::splat));
                ArrayD::<f32>::from_shape_vec(view.shape(), values)
                    .map_err(|error| Error::Shape(error.to_string()))
            })?;
            Ok(out.into_pyarray(py).into_any())
        }
        Floats::F64(series) => {
            let view = series.as_array();
            let array = empty(py, view.shape())?;
            let mut borrowed = array.try_readwrite()?;
            let out = borrowed.as_slice_mut()?;
            run(py, || {
                let gathered;
                let raw = match view.as_slice() {
                    Some(raw) => raw,
                    None => {
                        gathered = doubles(&view);
                        &gathered
                    }
                };
                work(Channels { raw, out, count: count(view.shape()) })
            })?;
            drop(borrowed);
            Ok(array.into_any())
        }
    }
}

/// NumPy array without initialization, because initializing a large array takes as long as
/// filtering it.
fn empty<'py>(py: Python<'py>, shape: &[usize]) -> PyResult<Bound<'py, PyArrayDyn<f64>>> {
    let made = py.import("numpy")?.call_method1("empty", (PyTuple::new(py, shape)?,))?;
    Ok(made.cast_into::<PyArrayDyn<f64>>()?)
}

fn doubles<S: Real>(array: &ArrayViewD<'_, S>) -> Vec<f64> {
    match array.as_slice() {
        Some(slice) => gathered(slice.iter().map(|v| v.to_f64())),
        None => gathered(array.iter().map(|v| v.to_f64())),
    }
}

/// Number of values of an array.
fn size(series: &Floats<'_>) -> usize {
    match series {
        Floats::F32(series) => series.len(),
        Floats::F64(series) => series.len(),
    }
}

/// Number of channels of an array of this shape.
fn count(shape: &[usize]) -> usize {
    shape.iter().skip(1).product()
}

/// Zero-phase low-pass filter; gaps stay missing.
#[pyfunction]
pub fn lowpass<'py>(
    py: Python<'py>,
    series: Floats<'py>,
    cutoff_hz: f64,
    fs: f64,
    order: u8,
) -> PyResult<Bound<'py, PyAny>> {
    filtered(py, series, |channels| {
        let filter = Lowpass::of_order(Order::parse(order)?, cutoff_hz, fs).ok_or_else(|| {
            Error::Option(format!(
                "cutoff_hz is {cutoff_hz} and fs {fs}; both must be positive numbers of Hz"
            ))
        })?;
        filter.apply_into(channels.raw, channels.out, channels.count);
        Ok(())
    })
}

/// Savitzky-Golay smoothing and derivatives.
#[pyfunction]
pub fn savitzky_golay<'py>(
    py: Python<'py>,
    series: Floats<'py>,
    fs: f64,
    window_s: f64,
    polyorder: usize,
    derivative: usize,
) -> PyResult<Bound<'py, PyAny>> {
    filtered(py, series, |channels| {
        let filter = SavitzkyGolay::new(fs, window_s, polyorder, derivative)?;
        filter.apply_into(channels.raw, channels.out, channels.count);
        Ok(())
    })
}

/// Fills short gaps by interpolation; `times` are in seconds.
#[pyfunction]
pub fn fill_gaps<'py>(
    py: Python<'py>,
    series: Floats<'py>,
    times: PyReadonlyArray1<'py, f64>,
    max_gap_s: f64,
) -> PyResult<Bound<'py, PyAny>> {
    let times = times.as_array();
    filtered(py, series, move |channels| {
        if max_gap_s.is_nan() || max_gap_s < 0.0 {
            return Err(Error::Option(format!(
                "max_gap_s is {max_gap_s}; it must be 0 or more seconds"
            )));
        }
        let times = times.to_vec();
        let interval = usual_interval(&times);
        channels.out.copy_from_slice(channels.raw);
        gap::fill_channels(&times, channels.out, channels.count, interval, max_gap_s);
        Ok(())
    })
}

/// One-Euro filter; `steps` has the seconds since the previous sample.
#[pyfunction]
pub fn one_euro<'py>(
    py: Python<'py>,
    series: Floats<'py>,
    steps: PyReadonlyArray1<'py, f64>,
    min_cutoff_hz: f64,
    beta: f64,
    derivative_cutoff_hz: f64,
) -> PyResult<Bound<'py, PyAny>> {
    let steps = steps.as_array();
    filtered(py, series, move |channels| {
        let options = OneEuroOptions { min_cutoff_hz, beta, derivative_cutoff_hz };
        let smooth = core_one_euro(channels.raw, channels.count, &steps.to_vec(), options)?;
        channels.out.copy_from_slice(&smooth);
        Ok(())
    })
}

/// Automatic cutoff of each channel by residual analysis, Hz.
#[pyfunction]
pub fn residual_cutoff<'py>(
    py: Python<'py>,
    series: Floats<'py>,
    fs: f64,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    check_memory(size(&series), 8)?;
    let (raw, channels) = run_attached(py, || {
        Ok(match &series {
            Floats::F32(series) => (doubles(&series.as_array()), count(series.shape())),
            Floats::F64(series) => (doubles(&series.as_array()), count(series.shape())),
        })
    })?;
    let cutoffs = run(py, || {
        if !fs.is_finite() || fs <= 0.0 {
            return Err(Error::Option(format!("fs is {fs}; it must be a positive number")));
        }
        Ok(residual_cutoffs(&raw, channels, fs))
    })?;
    Ok(cutoffs.into_pyarray(py))
}

type Found<'py> = (Bound<'py, PyArray1<i64>>, Bound<'py, PyArray1<f64>>);

/// Local maxima of a series: indices and prominences.
#[pyfunction]
#[pyo3(signature = (series, prominence, distance))]
pub fn find_peaks<'py>(
    py: Python<'py>,
    series: PyReadonlyArray1<'py, f64>,
    prominence: f64,
    distance: Option<f64>,
) -> PyResult<Found<'py>> {
    let view = series.as_array();
    check_memory(view.len(), 12)?;
    let found: Vec<Peak> = run(py, || match view.as_slice() {
        Some(series) => peaks::prominent_peaks(series, prominence, distance),
        None => peaks::prominent_peaks(&view.to_vec(), prominence, distance),
    })?;
    let indices: Vec<i64> = found.iter().map(|peak| peak.index as i64).collect();
    let prominences: Vec<f64> = found.iter().map(|peak| peak.prominence).collect();
    Ok((indices.into_pyarray(py), prominences.into_pyarray(py)))
}
