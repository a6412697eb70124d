//! Angles of plain arrays: any leading dimensions, any strides, f32 stays f32.

use kneepose_core::angle::kernel::Real;
use kneepose_core::angle::spec::{FlexionGate, MEASURES};
use kneepose_core::angle::{
    AngleSpec, Heading, Options, PelvisReference, Plan, Plane, Request, Sided, Standing, evaluate,
    standing_heights, three_point,
};
use kneepose_core::error::{Error, Result};
use kneepose_core::skeleton::Side;
use kneepose_core::space::Up;
use ndarray::{ArrayD, ArrayViewD, Axis, Ix3};
use numpy::{Element, IntoPyArray, PyArrayDyn, PyArrayMethods, PyReadonlyArrayDyn};
use pyo3::prelude::*;

use crate::doorway::{exception, raise, run};
use crate::skeletons::Skeleton;

/// A user's angle row; the fields are read as attributes.
#[derive(FromPyObject)]
pub struct SpecRow {
    name: String,
    measure: String,
    points: Vec<String>,
    sign: f64,
    mirrored: bool,
    sided: String,
    plane: String,
    gate: Option<(f64, f64)>,
    unit: String,
}

/// A built-in name or a row of the user's own.
#[derive(FromPyObject)]
pub enum NameOrSpec {
    /// Name of a built-in angle.
    Name(String),
    /// A row.
    Spec(SpecRow),
}

/// Reads requests as Python gives them: (name or row, side or none).
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

fn spec(row: SpecRow) -> Result<AngleSpec> {
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
    let plane = [Plane::Sagittal, Plane::Frontal, Plane::Spatial]
        .into_iter()
        .find(|plane| plane.name() == row.plane)
        .ok_or_else(|| Error::unknown("plane", &row.plane, ["sagittal", "frontal", "spatial"]))?;
    Ok(AngleSpec {
        name: row.name.into(),
        points: row.points.into_iter().map(Into::into).collect(),
        measure,
        sign: row.sign.signum(),
        mirrored: row.mirrored,
        sided,
        plane,
        gate: row.gate.map(|(refuse_below, low_below)| FlexionGate { refuse_below, low_below }),
        unit: row.unit.into(),
        zero: "".into(),
        positive: "".into(),
        source: "".into(),
    })
}

/// Reads the space: `"image"`, or the up axis of world space.
pub fn up(name: &str) -> Result<Up> {
    if name == "image" { Ok(Up::Image) } else { Up::parse_world(name) }
}

/// A checked list of angles of a skeleton; build it once and use it on any array.
#[pyclass(frozen, module = "kneepose._core")]
pub struct AnglePlan {
    plan: Plan,
    skeleton: kneepose_core::skeleton::Skeleton,
}

/// An array of either width.
pub enum Floats<'py> {
    /// Single precision.
    F32(PyReadonlyArrayDyn<'py, f32>),
    /// Double precision.
    F64(PyReadonlyArrayDyn<'py, f64>),
}

impl<'a, 'py> FromPyObject<'a, 'py> for Floats<'py> {
    type Error = PyErr;

    fn extract(given: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        // A failed cast costs nothing until its message is asked for.
        match given.cast::<PyArrayDyn<f64>>() {
            Ok(array) => Ok(Self::F64(array.readonly())),
            Err(_) => Ok(Self::F32(given.cast::<PyArrayDyn<f32>>()?.readonly())),
        }
    }
}

type Evaluated<'py> = (Bound<'py, PyAny>, Bound<'py, PyArrayDyn<u8>>);

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
            let options = Options {
                up: self::up(up)?,
                pelvis: PelvisReference::parse(pelvis_reference)?,
                gates,
            };
            Plan::new(&skeleton.inner, &self::requests(requests)?, options)
        };
        let plan = build().map_err(|error| exception(py, &error))?;
        Ok(Self { plan, skeleton: skeleton.inner.clone() })
    }

    /// (…, K, D) → degrees (…, n) and validity codes (…, n).
    #[pyo3(signature = (points, heading=None, standing=None))]
    fn evaluate<'py>(
        &self,
        py: Python<'py>,
        points: Floats<'py>,
        heading: Option<[f64; 3]>,
        standing: Option<[f64; 2]>,
    ) -> PyResult<Evaluated<'py>> {
        match points {
            Floats::F32(points) => self.run(py, points.as_array(), heading, standing),
            Floats::F64(points) => self.run(py, points.as_array(), heading, standing),
        }
    }
}

impl AnglePlan {
    fn run<'py, S: Real + Element + Send + Sync + Default>(
        &self,
        py: Python<'py>,
        points: ArrayViewD<'_, S>,
        heading: Option<[f64; 3]>,
        standing: Option<[f64; 2]>,
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
        let (values, codes) = run(py, || {
            let cells = shape.iter().product();
            let (mut values, mut codes) = (vec![S::default(); cells], vec![0; cells]);
            let heading = heading.map_or(Heading::PerFrame, Heading::Fixed);
            self.each(points, heading, standing, &mut values, &mut codes)?;
            let shaped = |error: ndarray::ShapeError| Error::Shape(error.to_string());
            Ok((
                ArrayD::from_shape_vec(shape.as_slice(), values).map_err(shaped)?,
                ArrayD::from_shape_vec(shape.as_slice(), codes).map_err(shaped)?,
            ))
        })?;
        Ok((values.into_pyarray(py).into_any(), codes.into_pyarray(py)))
    }

    /// Descends through leading dimensions down to (frames, keypoints, components). `values` and
    /// `codes` hold the rows of the result in order.
    fn each<S: Real>(
        &self,
        points: ArrayViewD<'_, S>,
        heading: Heading<'_>,
        standing: Option<[f64; 2]>,
        values: &mut [S],
        codes: &mut [u8],
    ) -> Result<()> {
        if points.ndim() == 2 {
            return self.each(points.insert_axis(Axis(0)), heading, standing, values, codes);
        }
        if points.ndim() > 3 {
            let part = values.len() / points.len_of(Axis(0)).max(1);
            let parts = values.chunks_mut(part.max(1)).zip(codes.chunks_mut(part.max(1)));
            for (points, (values, codes)) in points.outer_iter().zip(parts) {
                self.each(points, heading, standing, values, codes)?;
            }
            return Ok(());
        }
        let shape = |error: ndarray::ShapeError| Error::Shape(error.to_string());
        let points = points.into_dimensionality::<Ix3>().map_err(shape)?;
        let measured = || standing_heights(points, &self.skeleton, self.plan.options().up);
        let standing = match standing {
            None if self.plan.needs_standing_height() => measured(),
            given => given.unwrap_or([f64::NAN; 2]),
        };
        evaluate(&self.plan, points, heading, Standing::Fixed(standing), values, codes);
        Ok(())
    }
}

/// Angle at `q` of three arrays of one shape (…, 2 | 3), degrees (…).
#[pyfunction]
pub fn angle<'py>(
    py: Python<'py>,
    p: Floats<'py>,
    q: Floats<'py>,
    r: Floats<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    match (p, q, r) {
        (Floats::F32(p), Floats::F32(q), Floats::F32(r)) => {
            three(py, &p.as_array(), &q.as_array(), &r.as_array())
        }
        (Floats::F64(p), Floats::F64(q), Floats::F64(r)) => {
            three(py, &p.as_array(), &q.as_array(), &r.as_array())
        }
        _ => Err(raise(py, "CoordinateError", "p, q and r must have the same dtype")),
    }
}

fn three<'py, S: Real + Element + Send + Sync + Default>(
    py: Python<'py>,
    p: &ArrayViewD<'_, S>,
    q: &ArrayViewD<'_, S>,
    r: &ArrayViewD<'_, S>,
) -> PyResult<Bound<'py, PyAny>> {
    let leading = p.ndim().saturating_sub(1);
    let shape = p.shape().get(..leading).unwrap_or_default().to_vec();
    let out = run(py, || {
        let mut out = ArrayD::from_elem(shape.as_slice(), S::default());
        three_point::angle(p, q, r, out.view_mut());
        Ok(out)
    })?;
    Ok(out.into_pyarray(py).into_any())
}
