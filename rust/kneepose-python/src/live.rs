//! Live streams; each stream is for one person.

use std::sync::{Mutex, MutexGuard, PoisonError};

use kneepose_core::exercise::FaultRow;
use kneepose_core::live::{
    self as core_live, Clock as CoreClock, Event, KEPT_FRAMES, LiveState, MOST_COLUMNS, Settings,
};
use kneepose_core::reps::online::PHASES;
use kneepose_core::skeleton::Side;
use numpy::{
    PyArrayMethods, PyReadonlyArray, PyReadonlyArray1, PyReadonlyArray2, PyReadonlyArray3,
    PyUntypedArrayMethods,
};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::sync::MutexExt;
use pyo3::types::{PyDict, PyTuple};

use crate::analyses::{COPIES, analysis_dict, origin, view};
use crate::angles::up;
use crate::doorway::{check_memory, exception, run_attached, run_whole};
use crate::exercises::NameOrRow;
use crate::skeletons::Skeleton;

/// Live stream of one person who does one exercise. Only one thread at a time pushes; others wait.
#[pyclass(frozen, module = "kneepose._core")]
pub struct Stream(Mutex<Pushed>);

/// State of a stream, protected by its lock.
struct Pushed {
    inner: core_live::Stream,
    keypoints: usize,
    dims: usize,
    points: Vec<f64>,
    confidence: Vec<f64>,
    /// Name and side of each angle; valid for the columns of `columns_version`.
    names: Py<PyTuple>,
    columns_version: usize,
    checked_at: f64,
}

/// Rejects an unaligned array; the caller must copy it first.
fn check_aligned<D: ndarray::Dimension>(array: &PyReadonlyArray<'_, f64, D>) -> PyResult<()> {
    let size = align_of::<f64>();
    let steps = array.strides().iter().all(|step| step.unsigned_abs().is_multiple_of(size));
    if array.data().addr().is_multiple_of(size) && steps {
        return Ok(());
    }
    Err(PyTypeError::new_err("the array is not aligned"))
}

/// State after a frame.
#[pyclass(frozen, module = "kneepose._core")]
pub struct StreamState {
    state: LiveState,
    values: [f64; MOST_COLUMNS],
    codes: [u8; MOST_COLUMNS],
    width: usize,
    names: Py<PyTuple>,
    events: Vec<Event>,
}

/// Clock of the frames of one camera that several streams share.
#[pyclass(module = "kneepose._core")]
pub struct Clock(CoreClock);

#[pymethods]
impl Clock {
    #[new]
    fn new() -> Self {
        Self(CoreClock::UNSEEN)
    }

    /// Processes the time of a frame, and returns the time of the streams.
    fn follow(&mut self, time: f64) -> f64 {
        self.0.follow(time)
    }
}

type PlainEvent = (&'static str, usize, usize, f64, f64, f64);

#[pymethods]
impl StreamState {
    #[getter]
    fn time(&self) -> f64 {
        self.state.time
    }

    #[getter]
    fn counts(&self) -> (usize, usize) {
        let [full, partial] = self.state.counts;
        (full, partial)
    }

    #[getter]
    fn phase(&self) -> &'static str {
        PHASES.get(self.state.phase as usize).copied().unwrap_or_default()
    }

    #[getter]
    fn depth(&self) -> f64 {
        self.state.depth
    }

    #[getter]
    fn quality(&self) -> u8 {
        self.state.quality as u8
    }

    #[getter]
    fn cue(&self) -> Option<usize> {
        self.state.cue
    }

    #[getter]
    fn values(&self) -> Vec<f64> {
        self.values.get(..self.width).unwrap_or_default().to_vec()
    }

    #[getter]
    fn codes(&self) -> Vec<u8> {
        self.codes.get(..self.width).unwrap_or_default().to_vec()
    }

    /// Name and side of each angle; empty before the view is detected.
    #[getter]
    fn names(&self, py: Python<'_>) -> Py<PyTuple> {
        self.names.clone_ref(py)
    }

    /// Events of the last frame: (kind, repetition, status or fault or reason, three numbers).
    #[getter]
    fn events(&self) -> Vec<PlainEvent> {
        let plain = |event: &Event| match *event {
            Event::RepStarted(rep) => ("started", rep, 0, 0.0, 0.0, 0.0),
            Event::RepCompleted(rep, status, [start, bottom, end]) => {
                ("completed", rep, status as usize, start, bottom, end)
            }
            Event::RepCorrected(rep, status) => ("corrected", rep, status as usize, 0.0, 0.0, 0.0),
            Event::RepDropped(rep) => ("dropped", rep, 0, 0.0, 0.0, 0.0),
            Event::FaultSeen(fault, rep, amount) => ("fault", rep, fault, amount, 0.0, 0.0),
            Event::QualityLost(why) => ("lost", 0, why as usize, 0.0, 0.0, 0.0),
            Event::QualityBack => ("back", 0, 0, 0.0, 0.0, 0.0),
            Event::ClockSet(shift) => ("clock", 0, 0, shift, 0.0, 0.0),
        };
        self.events.iter().map(plain).collect()
    }

    #[getter]
    fn has_events(&self) -> bool {
        !self.events.is_empty()
    }
}

#[pymethods]
impl Stream {
    #[new]
    #[allow(clippy::too_many_arguments)]
    #[pyo3(signature = (exercise, side, skeleton, space, view, resolution, mirrored, depth, estimator))]
    fn new(
        py: Python<'_>,
        exercise: NameOrRow,
        side: &str,
        skeleton: &Skeleton,
        space: &str,
        view: Option<&str>,
        resolution: Option<[f64; 2]>,
        mirrored: bool,
        depth: Option<&str>,
        estimator: &str,
    ) -> PyResult<Self> {
        let skeleton = skeleton.inner.clone();
        let (keypoints, inner) = (skeleton.keypoints().len(), skeleton);
        check_memory(kept_values(keypoints, 3), 4)?;
        let made = run_attached(py, || {
            let up = up(space)?;
            let settings = Settings {
                origin: origin(&inner, depth, estimator)?,
                exercise: exercise.load()?.into_owned(),
                side: Side::parse(side)?,
                skeleton: inner,
                up,
                view: self::view(view)?,
                resolution,
                mirrored,
            };
            Ok((core_live::Stream::new(settings)?, up.dims()))
        });
        let (inner, dims) = made?;
        Ok(Self(Mutex::new(Pushed {
            inner,
            keypoints,
            dims,
            points: vec![f64::NAN; keypoints * dims],
            confidence: vec![0.0; keypoints],
            names: PyTuple::empty(py).unbind(),
            columns_version: 0,
            checked_at: f64::NAN,
        })))
    }

    /// Processes a frame: points (K, D) or None, time in seconds, confidence (K,) or None.
    #[pyo3(signature = (points, time, confidence=None))]
    fn push(
        &self,
        py: Python<'_>,
        points: Option<PyReadonlyArray2<'_, f64>>,
        time: f64,
        confidence: Option<PyReadonlyArray1<'_, f64>>,
    ) -> PyResult<StreamState> {
        let mut pushed = self.alone(py);
        let Pushed { inner, keypoints, dims, points: row, confidence: sure, checked_at, .. } =
            &mut *pushed;
        let mut points_given: &[f64] = &[];
        if let Some(points) = &points {
            check_aligned(points)?;
            let view = points.as_array();
            if view.dim() != (*keypoints, *dims) {
                return Err(exception(
                    py,
                    &wrong_shape("a frame", view.shape(), *keypoints, *dims),
                ));
            }
            points_given = match view.to_slice() {
                Some(slice) => slice,
                None => {
                    row.iter_mut().zip(view.iter()).for_each(|(slot, value)| *slot = *value);
                    row
                }
            };
        }
        let mut confidence_given: Option<&[f64]> = None;
        if let Some(confidence) = &confidence {
            check_aligned(confidence)?;
            let view = confidence.as_array();
            if view.len() != *keypoints {
                return Err(exception(py, &wrong_shape("confidence", view.shape(), *keypoints, 1)));
            }
            confidence_given = Some(match view.to_slice() {
                Some(slice) => slice,
                None => {
                    sure.iter_mut().zip(view.iter()).for_each(|(slot, value)| *slot = *value);
                    sure
                }
            });
        }
        // A push allocates memory only when it checks the set-up, which is rare, so free memory is
        // tested rarely.
        let since = (time - *checked_at).abs();
        if since.is_nan() || since >= CHECKED_EVERY_S {
            check_memory(0, 0)?;
            *checked_at = time;
        }
        run_attached(py, || inner.push(points_given, confidence_given, time))?;
        pushed.state(py)
    }

    /// Processes several frames in order: points (T, K, D), times (T,), confidence (T, K) or None.
    /// Returns the last state. If a signal handler raises an exception, it stops between two
    /// frames.
    #[pyo3(signature = (points, times, confidence=None))]
    fn push_all(
        &self,
        py: Python<'_>,
        points: PyReadonlyArray3<'_, f64>,
        times: PyReadonlyArray1<'_, f64>,
        confidence: Option<PyReadonlyArray2<'_, f64>>,
    ) -> PyResult<StreamState> {
        let frames = points.as_array();
        let (count, keypoints, dims) = frames.dim();
        let needed = self.alone(py).row_shape();
        if (keypoints, dims) != needed || times.as_array().len() != count {
            let error = wrong_shape("frames", frames.shape(), needed.0, needed.1);
            return Err(exception(py, &error));
        }
        check_memory(frames.len(), 2)?;
        let frames = frames.as_standard_layout().into_owned();
        let times = times.as_array().to_vec();
        let sure = confidence.map(|c| c.as_array().as_standard_layout().into_owned());
        let sure = sure.as_ref().and_then(|sure| sure.as_slice());
        let rows = frames.as_slice().unwrap_or_default().chunks_exact((keypoints * dims).max(1));
        let mut frames = rows.zip(&times).enumerate();
        let mut is_done = false;
        while !is_done {
            is_done = run_whole(py, || {
                // The lock is released between two turns, so that a signal handler or another
                // thread can use the stream.
                let mut pushed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
                for _ in 0..FRAMES_PER_TURN {
                    let Some((t, (row, &time))) = frames.next() else { return Ok(true) };
                    let sure = sure.and_then(|all| all.get(t * keypoints..(t + 1) * keypoints));
                    pushed.inner.push(row, sure, time)?;
                }
                Ok(false)
            })?;
            py.check_signals()?;
        }
        self.alone(py).state(py)
    }

    /// Converts the time of a future frame to the clock of the stream.
    fn place(&self, py: Python<'_>, time: f64) -> f64 {
        self.alone(py).inner.place(time)
    }

    /// Name, title and cue of each fault of the exercise.
    fn faults(&self, py: Python<'_>) -> Vec<(String, String, String)> {
        let plain =
            |row: &FaultRow| (row.name.to_string(), row.title.to_string(), row.cue.to_string());
        self.alone(py).inner.settings().exercise.faults.iter().map(plain).collect()
    }

    /// Analysis of the frames so far, or None if nothing was visible.
    fn finish<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDict>>> {
        let (keypoints, dims) = self.alone(py).row_shape();
        check_memory(kept_values(keypoints, dims), COPIES)?;
        let finished =
            run_whole(py, || self.0.lock().unwrap_or_else(PoisonError::into_inner).inner.finish())?;
        let Some(finished) = finished else { return Ok(None) };
        let dict = analysis_dict(py, finished.analysis)?;
        dict.set_item("rep_times", finished.rep_times)?;
        Ok(Some(dict))
    }

    fn state(&self, py: Python<'_>) -> PyResult<StreamState> {
        self.alone(py).state(py)
    }

    fn reset(&self, py: Python<'_>) -> PyResult<()> {
        let inner = &mut self.alone(py).inner;
        check_memory(0, 0)?;
        run_attached(py, || inner.reset())
    }
}

impl Stream {
    /// Locks the state for this thread. It waits without the interpreter until no other thread uses
    /// the stream.
    fn alone(&self, py: Python<'_>) -> MutexGuard<'_, Pushed> {
        self.0.lock_py_attached(py).unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pushed {
    /// Number of keypoints of a frame, and number of components of each.
    fn row_shape(&self) -> (usize, usize) {
        (self.keypoints, self.dims)
    }

    fn state(&mut self, py: Python<'_>) -> PyResult<StreamState> {
        let stream = &self.inner;
        if stream.columns_version() != self.columns_version {
            let columns = stream.columns().into_iter();
            let columns = columns.map(|(name, side)| (name, side.map(Side::name)));
            self.names = PyTuple::new(py, columns.collect::<Vec<_>>())?.unbind();
            self.columns_version = stream.columns_version();
        }
        let (values, codes) = stream.angles();
        let mut state = StreamState {
            state: stream.state(),
            values: [f64::NAN; MOST_COLUMNS],
            codes: [0; MOST_COLUMNS],
            width: values.len(),
            names: self.names.clone_ref(py),
            events: stream.events().to_vec(),
        };
        state.values.iter_mut().zip(values).for_each(|(slot, value)| *slot = *value);
        state.codes.iter_mut().zip(codes).for_each(|(slot, code)| *slot = *code);
        Ok(state)
    }
}

/// Number of frames after which `push_all` checks for signals and releases the lock; they take
/// milliseconds.
const FRAMES_PER_TURN: usize = 8192;
/// Interval in stream time at which free memory is tested, seconds.
const CHECKED_EVERY_S: f64 = 0.25;

/// Approximate number of values that a stream stores: keypoints, angles and other data of the
/// frames.
fn kept_values(keypoints: usize, dims: usize) -> usize {
    KEPT_FRAMES * (keypoints * dims + 200)
}

fn wrong_shape(
    what: &str,
    given: &[usize],
    keypoints: usize,
    dims: usize,
) -> kneepose_core::error::Error {
    kneepose_core::error::Error::Shape(format!(
        "{what} is of shape {given:?}; the stream's skeleton has {keypoints} keypoints of {dims} numbers each"
    ))
}
