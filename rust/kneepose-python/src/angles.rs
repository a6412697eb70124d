//! Angles of plain arrays with any leading dimensions and strides. Input in f32 gives results in
//! f32.

use std::num::NonZeroUsize;

use kneepose_core::angle::spec::{FlexionGate, MEASURES, ZeroAtRest};
use kneepose_core::angle::{
    AngleSpec, Heading, PelvisReference, Plan, PlanOptions, Plane, Real, Request, Sided, Standing,
    StandingOffsets, Threads, evaluate, standing_heights, three_point,
};
use kneepose_core::error::{Error, Result};
use kneepose_core::memory::array;
use kneepose_core::skeleton::Side;
use kneepose_core::space::Up;
use ndarray::{ArrayD, ArrayViewD, Axis, Ix3};
use numpy::{
    Element, IntoPyArray, PyArrayDyn, PyArrayMethods, PyReadonlyArrayDyn, PyUntypedArrayMethods,
    dtype,
};
use pyo3::exceptions::PyBufferError;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::doorway::{check_memory, exception, raise, run, run_attached};
use crate::skeletons::Skeleton;

/// Custom angle, read from the attributes of a Python object.
#[derive(FromPyObject)]
pub struct SpecRow {
    pub name: String,
    pub measure: String,
    pub points: Vec<String>,
    pub sign: f64,
    pub mirrored: bool,
    pub sided: String,
    pub plane: String,
    pub gate: Option<(f64, f64)>,
    pub unit: String,
}

/// Name of a built-in angle, or a custom angle.
#[derive(FromPyObject)]
pub enum NameOrSpec {
    /// Name of a built-in angle.
    Name(String),
    /// Custom angle.
    Spec(SpecRow),
}

/// Parses requests that Python passes as (name or row, side or None).
pub fn requests(given: Vec<(NameOrSpec, Option<String>)>) -> Result<Vec<Request>> {
    given
        .into_iter()
        .map(|(angle, side)| {
            let side = side.as_deref().map(Side::parse).transpose()?;
            match angle {
                NameOrSpec::Name(name) => Request::named(&name, side),
                NameOrSpec::Spec(row) => Request::new(spec(row)?, side),
            }
        })
        .collect()
}

/// Parses a custom angle.
pub fn spec(row: SpecRow) -> Result<AngleSpec> {
    let found = MEASURES.iter().find(|measure| measure.0 == row.measure);
    let &(_, measure, count) = found.ok_or_else(|| {
        Error::unknown("measure", &row.measure, MEASURES.iter().map(|measure| measure.0))
    })?;
    if row.points.len() != count {
        return Err(Error::Option(format!(
            "angle {:?} gives {} points; measure {:?} needs {count}",
            row.name,
            row.points.len(),
            row.measure
        )));
    }
    let sided = [Sided::Leg, Sided::Stance, Sided::StanceOrRight, Sided::Midline]
        .into_iter()
        .find(|sided| sided.name() == row.sided)
        .ok_or_else(|| {
            Error::unknown("sided", &row.sided, ["leg", "stance", "stance_or_right", "midline"])
        })?;
    let plane = [Plane::Sagittal, Plane::Frontal, Plane::Spatial, Plane::Any]
        .into_iter()
        .find(|plane| plane.name() == row.plane)
        .ok_or_else(|| {
            Error::unknown("plane", &row.plane, ["sagittal", "frontal", "spatial", "any"])
        })?;
    Ok(AngleSpec {
        name: row.name.into(),
        points: row.points.into_iter().map(Into::into).collect(),
        measure,
        sign: row.sign.signum(),
        mirrored: row.mirrored,
        sided,
        plane,
        gate: row.gate.map(|(refuse_below, low_below)| FlexionGate { refuse_below, low_below }),
        at_rest: ZeroAtRest::Defined,
        unit: row.unit.into(),
        zero: "".into(),
        positive: "".into(),
        source: "".into(),
    })
}

/// Parses the space: `"image"`, or the up axis of world space.
pub fn up(name: &str) -> Result<Up> {
    if name == "image" { Ok(Up::Image) } else { Up::parse_world(name) }
}

/// Validated list of angles of a skeleton, for any number of arrays.
#[pyclass(frozen, module = "kneepose._core")]
pub struct AnglePlan {
    plan: Plan,
    skeleton: kneepose_core::skeleton::Skeleton,
}

/// Array in single or double precision.
pub enum Floats<'py> {
    /// Array in single precision.
    F32(PyReadonlyArrayDyn<'py, f32>),
    /// Array in double precision.
    F64(PyReadonlyArrayDyn<'py, f64>),
}

impl<'a, 'py> FromPyObject<'a, 'py> for Floats<'py> {
    type Error = PyErr;

    fn extract(given: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        // A cast that fails is cheap, because its error message is built only on demand.
        let written = |_| PyBufferError::new_err("another thread is writing this array right now");
        match given.cast::<PyArrayDyn<f64>>() {
            Ok(array) => Ok(Self::F64(array.try_readonly().map_err(written)?)),
            Err(_) => {
                let array = given.cast::<PyArrayDyn<f32>>()?;
                Ok(Self::F32(array.try_readonly().map_err(written)?))
            }
        }
    }
}

type Evaluated<'py> = (Bound<'py, PyAny>, Option<Bound<'py, PyArrayDyn<u8>>>);

#[pymethods]
impl AnglePlan {
    #[new]
    #[pyo3(signature = (skeleton, requests, up, pelvis_reference, gates))]
    fn new(
        py: Python<'_>,
        skeleton: &Skeleton,
        requests: Vec<(NameOrSpec, Option<String>)>,
        up: &str,
        pelvis_reference: &str,
        gates: bool,
    ) -> PyResult<Self> {
        let build = || {
            let options = PlanOptions {
                up: self::up(up)?,
                pelvis: PelvisReference::parse(pelvis_reference)?,
                gates,
                rest: StandingOffsets::default(),
            };
            Plan::new(&skeleton.inner, &self::requests(requests)?, options)
        };
        let plan = build().map_err(|error| exception(py, &error))?;
        Ok(Self { plan, skeleton: skeleton.inner.clone() })
    }

    /// Number of columns.
    #[getter]
    fn width(&self) -> usize {
        self.plan.width()
    }

    /// Computes angles in degrees (…, n) of points (…, K, D), into `out` if it is given, and
    /// validity codes (…, n) if requested.
    #[pyo3(signature = (points, heading=None, standing=None, codes=false, out=None, threads=None))]
    #[allow(clippy::too_many_arguments)]
    fn evaluate<'py>(
        &self,
        py: Python<'py>,
        points: Floats<'py>,
        heading: Option<[f64; 3]>,
        standing: Option<[f64; 2]>,
        codes: bool,
        out: Option<Bound<'py, PyAny>>,
        threads: Option<NonZeroUsize>,
    ) -> PyResult<Evaluated<'py>> {
        let how = EvaluateOptions {
            heading: heading
                .map_or(Ok(Heading::PerFrame), |forward| {
                    Heading::fixed(forward, self.plan.options().up)
                })
                .map_err(|error| exception(py, &error))?,
            standing,
            threads: threads.map_or(Threads::Auto, Threads::AtMost),
        };
        match points {
            Floats::F32(points) => self.run(py, points.as_array(), &how, codes, out),
            Floats::F64(points) => self.run(py, points.as_array(), &how, codes, out),
        }
    }
}

/// Maximum number of values that are computed without releasing the interpreter. They take less
/// than 0.1 ms (measured). A check for free memory would take as long as the angles of 100 frames.
const FEW_VALUES: usize = 1 << 14;
/// Minimum number of values for which an array without initialization is faster than one of zeros.
const MANY_VALUES: usize = 1000;

/// Settings of [`AnglePlan::evaluate`].
struct EvaluateOptions {
    heading: Heading<'static>,
    standing: Option<[f64; 2]>,
    threads: Threads,
}

impl AnglePlan {
    fn run<'py, S: Real + Element>(
        &self,
        py: Python<'py>,
        points: ArrayViewD<'_, S>,
        how: &EvaluateOptions,
        with_codes: bool,
        out: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Evaluated<'py>> {
        let needed = [self.plan.keypoints(), self.plan.options().up.dims()];
        let leading = points.ndim().saturating_sub(2);
        let tail = points.shape().get(leading..).unwrap_or_default();
        if points.ndim() < 2 || tail != needed {
            let [keypoints, dims] = needed;
            return Err(raise(
                py,
                "CoordinateError",
                &format!(
                    "the array has shape {:?}; skeleton {:?} in this space needs (…, {keypoints}, {dims})",
                    points.shape(),
                    self.skeleton.name()
                ),
            ));
        }
        let mut shape = points.shape().get(..leading).unwrap_or_default().to_vec();
        shape.push(self.plan.width());
        let cells =
            shape.iter().try_fold(1_usize, |all, n| all.checked_mul(*n)).unwrap_or(usize::MAX);
        if cells >= FEW_VALUES {
            check_memory(points.len().max(cells), 2)?;
        }
        let values = match out {
            Some(given) => given_array::<S>(py, given, &shape)?,
            // Every element is overwritten below, so the initial content does not matter.
            None if cells < MANY_VALUES => PyArrayDyn::<S>::zeros(py, shape.as_slice(), false),
            None => unwritten::<S>(py, &shape)?,
        };
        let mut codes = vec![0; if with_codes { cells } else { 0 }];
        let mut borrowed = values.try_readwrite().map_err(|_| {
            raise(
                py,
                "CoordinateError",
                "out is read-only, in use elsewhere, or shares memory with points",
            )
        })?;
        // A slice of an array in Fortran order is not contiguous in C order.
        let slots = Some(&mut borrowed).filter(|array| array.is_c_contiguous());
        let slots = slots.and_then(|array| array.as_slice_mut().ok()).ok_or_else(|| {
            raise(py, "CoordinateError", "out must be C-contiguous: row by row in memory")
        })?;
        let work = || self.evaluate_each(points, how, slots, &mut codes);
        if cells < FEW_VALUES { run_attached(py, work) } else { run(py, work) }?;
        drop(borrowed);
        let codes = with_codes.then(|| ArrayD::from_shape_vec(shape.as_slice(), codes)).transpose();
        let codes = codes.map_err(|error| raise(py, "CoordinateError", &error.to_string()))?;
        Ok((values.into_any(), codes.map(|codes| codes.into_pyarray(py))))
    }

    /// Recurses over the leading dimensions down to (frames, keypoints, components). `values` and
    /// `codes` have the result rows in order.
    fn evaluate_each<S: Real>(
        &self,
        points: ArrayViewD<'_, S>,
        how: &EvaluateOptions,
        values: &mut [S],
        codes: &mut [u8],
    ) -> Result<()> {
        if points.ndim() == 2 {
            return self.evaluate_each(points.insert_axis(Axis(0)), how, values, codes);
        }
        if points.ndim() > 3 {
            let part = (values.len() / points.len_of(Axis(0)).max(1)).max(1);
            let mut codes = codes.chunks_mut(part);
            for (points, values) in points.outer_iter().zip(values.chunks_mut(part)) {
                self.evaluate_each(points, how, values, codes.next().unwrap_or_default())?;
            }
            return Ok(());
        }
        let shape = |error: ndarray::ShapeError| Error::Shape(error.to_string());
        let points = points.into_dimensionality::<Ix3>().map_err(shape)?;
        let measured = || standing_heights(points, &self.skeleton, self.plan.options().up);
        let standing = match how.standing {
            None if self.plan.needs_standing_height() => measured(),
            given => given.unwrap_or([f64::NAN; 2]),
        };
        let standing = Standing::Fixed(standing);
        evaluate(&self.plan, points, how.heading, standing, values, codes, how.threads);
        Ok(())
    }
}

/// New array without initialization, because writing zeros first would take as long as writing the
/// results.
fn unwritten<'py, S: Real + Element>(
    py: Python<'py>,
    shape: &[usize],
) -> PyResult<Bound<'py, PyArrayDyn<S>>> {
    let shape = PyTuple::new(py, shape)?;
    let array = py.import("numpy")?.call_method1("empty", (shape, dtype::<S>(py)))?;
    Ok(array.cast_into()?)
}

/// Checks the array that the caller passes for the result.
fn given_array<'py, S: Real + Element>(
    py: Python<'py>,
    given: Bound<'py, PyAny>,
    shape: &[usize],
) -> PyResult<Bound<'py, PyArrayDyn<S>>> {
    let refuse = |what: String| {
        let message =
            format!("out {what}; it must be a writeable array {shape:?} of the same dtype");
        raise(py, "CoordinateError", &message)
    };
    let array = given
        .cast_into::<PyArrayDyn<S>>()
        .map_err(|_| refuse("is not an array of the dtype of points".to_owned()))?;
    if array.shape() != shape {
        return Err(refuse(format!("has shape {:?}", array.shape())));
    }
    Ok(array)
}

/// Angle at `q` in degrees (…) from three arrays of the same shape (…, 2 | 3).
#[pyfunction]
pub fn angle<'py>(
    py: Python<'py>,
    p: Floats<'py>,
    q: Floats<'py>,
    r: Floats<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    match (p, q, r) {
        (Floats::F32(p), Floats::F32(q), Floats::F32(r)) => {
            three_point_angles(py, &p.as_array(), &q.as_array(), &r.as_array())
        }
        (Floats::F64(p), Floats::F64(q), Floats::F64(r)) => {
            three_point_angles(py, &p.as_array(), &q.as_array(), &r.as_array())
        }
        _ => Err(raise(py, "CoordinateError", "p, q and r must have the same dtype")),
    }
}

fn three_point_angles<'py, S: Real + Element>(
    py: Python<'py>,
    p: &ArrayViewD<'_, S>,
    q: &ArrayViewD<'_, S>,
    r: &ArrayViewD<'_, S>,
) -> PyResult<Bound<'py, PyAny>> {
    let leading = p.ndim().saturating_sub(1);
    let shape = p.shape().get(..leading).unwrap_or_default().to_vec();
    check_memory(p.len(), 2)?;
    let out = run(py, || {
        let mut out = array(shape.as_slice(), S::default());
        three_point::angle(p, q, r, out.view_mut());
        Ok(out)
    })?;
    Ok(out.into_pyarray(py).into_any())
}
