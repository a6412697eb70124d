//! Filters of many series at once: (T, …) in, the same shape and dtype out.

use kneepose_core::angle::Real;
use kneepose_core::error::{Error, Result};
use kneepose_core::reps::peaks::{self, Peak};
use kneepose_core::signal::gap;
use kneepose_core::signal::lowpass::{Lowpass, Order};
use kneepose_core::signal::one_euro::{OneEuroOptions, one_euro as core_one_euro};
use kneepose_core::signal::resample::usual_interval;
use kneepose_core::signal::residual::residual_cutoffs;
use kneepose_core::signal::savitzky_golay::SavitzkyGolay;
use ndarray::{ArrayD, ArrayViewD};
use numpy::{Element, IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;

use crate::angles::Floats;
use crate::doorway::run;

/// Channels of (T, …), frame after frame.
struct Channels {
    values: Vec<f64>,
    count: usize,
}

impl Channels {
    fn of<S: Real>(array: &ArrayViewD<'_, S>) -> Self {
        let count = array.shape().iter().skip(1).product();
        let values = match array.as_slice() {
            Some(slice) => slice.iter().map(|v| v.to_f64()).collect(),
            None => array.iter().map(|v| v.to_f64()).collect(),
        };
        Self { values, count }
    }

    fn shaped<S: Real>(self, shape: &[usize]) -> Result<ArrayD<S>> {
        let values = self.values.into_iter().map(S::splat).collect();
        ArrayD::from_shape_vec(shape, values).map_err(|error| Error::Shape(error.to_string()))
    }
}

/// Takes the channels of an array of either width through `work`, without the interpreter.
fn filtered<'py>(
    py: Python<'py>,
    series: Floats<'py>,
    work: impl FnOnce(&mut Channels) -> Result<()> + Send,
) -> PyResult<Bound<'py, PyAny>> {
    fn through<'py, S: Real + Element + Send + Sync>(
        py: Python<'py>,
        view: &ArrayViewD<'_, S>,
        work: impl FnOnce(&mut Channels) -> Result<()> + Send,
    ) -> PyResult<Bound<'py, PyAny>> {
        let out = run(py, || {
            let mut channels = Channels::of(view);
            work(&mut channels)?;
            channels.shaped::<S>(view.shape())
        })?;
        Ok(out.into_pyarray(py).into_any())
    }
    match series {
        Floats::F32(series) => through(py, &series.as_array(), work),
        Floats::F64(series) => through(py, &series.as_array(), work),
    }
}

/// Zero-phase low-pass; gaps stay.
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
        filter.apply_channels(&mut channels.values, channels.count);
        Ok(())
    })
}

/// Polynomial smoothing and derivatives.
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
        channels.values = filter.apply(&channels.values, channels.count);
        Ok(())
    })
}

/// Short gaps filled; `times` are seconds.
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
        gap::fill_channels(&times, &mut channels.values, channels.count, interval, max_gap_s);
        Ok(())
    })
}

/// Causal smoothing; `steps` are the seconds since the sample before.
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
        channels.values =
            core_one_euro(&channels.values, channels.count, &steps.to_vec(), options)?;
        Ok(())
    })
}

/// Cut-off that each channel asks for, Hz.
#[pyfunction]
pub fn residual_cutoff<'py>(
    py: Python<'py>,
    series: Floats<'py>,
    fs: f64,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let channels = match &series {
        Floats::F32(series) => Channels::of(&series.as_array()),
        Floats::F64(series) => Channels::of(&series.as_array()),
    };
    let cutoffs = run(py, || {
        if !fs.is_finite() || fs <= 0.0 {
            return Err(Error::Option(format!("fs is {fs}; it must be a positive number")));
        }
        Ok(residual_cutoffs(&channels.values, channels.count, fs))
    })?;
    Ok(cutoffs.into_pyarray(py))
}

type Found<'py> = (Bound<'py, PyArray1<i64>>, Bound<'py, PyArray1<f64>>);

/// Local maxima: indices and prominences.
#[pyfunction]
#[pyo3(signature = (series, prominence, distance))]
pub fn find_peaks<'py>(
    py: Python<'py>,
    series: PyReadonlyArray1<'py, f64>,
    prominence: f64,
    distance: Option<f64>,
) -> PyResult<Found<'py>> {
    let view = series.as_array();
    let found: Vec<Peak> = run(py, || match view.as_slice() {
        Some(series) => peaks::prominent_peaks(series, prominence, distance),
        None => peaks::prominent_peaks(&view.to_vec(), prominence, distance),
    })?;
    let indices: Vec<i64> = found.iter().map(|peak| peak.index as i64).collect();
    let prominences: Vec<f64> = found.iter().map(|peak| peak.prominence).collect();
    Ok((indices.into_pyarray(py), prominences.into_pyarray(py)))
}
