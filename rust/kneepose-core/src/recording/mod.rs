//! Recording of one person: keypoints over time.

pub mod intake;
mod origin;
pub mod persons;
mod repair;

use ndarray::{Array, Array2, Array3, ArrayView2, ArrayView3, Dimension};

use crate::error::{Error, Result};
use crate::interrupt::check;
use crate::math::simd::any_of;
use crate::math::vector::Vec3;
use crate::memory::{array, gathered, owned};
use crate::signal::channels::all_finite;
use crate::signal::resample::usual_interval;
use crate::skeleton::Skeleton;
use crate::space::Up;
use crate::validity::Validity;
pub use origin::{DEPTHS, Depth, Origin};
pub use repair::{REPAIR_TABLE, Repair};

/// Camera view: the side of the person that the camera sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// The camera sees the person's front.
    Front,
    /// The camera sees the person's back.
    Back,
    /// The camera sees the person's left side.
    Left,
    /// The camera sees the person's right side.
    Right,
}

/// All views with their names in the API.
pub const VIEWS: [(&str, View); 4] =
    [("front", View::Front), ("back", View::Back), ("left", View::Left), ("right", View::Right)];

impl View {
    /// Parses `front`, `back`, `left` or `right`.
    ///
    /// # Errors
    /// [`Error::UnknownName`] for any other text.
    pub fn parse(name: &str) -> Result<Self> {
        VIEWS
            .iter()
            .find(|row| row.0 == name)
            .map(|row| row.1)
            .ok_or_else(|| Error::unknown("view", name, VIEWS.map(|row| row.0)))
    }

    /// Name in the API.
    pub fn name(self) -> &'static str {
        VIEWS.iter().find(|row| row.1 == self).map_or("", |row| row.0)
    }

    /// True if the frontal plane is visible.
    pub fn is_frontal(self) -> bool {
        matches!(self, Self::Front | Self::Back)
    }

    /// Direction that the person faces in a side view: +1 to the right of the image, −1 to the left.
    pub fn facing(self) -> Option<f64> {
        match self {
            Self::Left => Some(-1.0),
            Self::Right => Some(1.0),
            Self::Front | Self::Back => None,
        }
    }
}

/// Keypoints over time. Missing coordinates are NaN; times strictly increase.
#[derive(Debug, Clone)]
pub struct Recording {
    skeleton: Skeleton,
    coordinates: Array3<f64>,
    confidence: Array2<f64>,
    times: Vec<f64>,
    up: Up,
    states: Array2<u8>,
    resolution: Option<[f64; 2]>,
    origin: Origin,
}

impl Recording {
    /// Makes a recording of `coordinates` (frames, keypoints, 2 | 3), `confidence` (frames, keypoints) and
    /// `times` in seconds.
    ///
    /// # Errors
    /// [`Error::Shape`] if the arrays and the skeleton do not match; [`Error::Option`] if the times are not
    /// finite and strictly increasing.
    pub fn new(
        skeleton: Skeleton,
        coordinates: Array3<f64>,
        confidence: Array2<f64>,
        times: Vec<f64>,
        up: Up,
    ) -> Result<Self> {
        let mut made = Self::without_states(skeleton, coordinates, confidence, times, up)?;
        made.note_what_was_seen();
        Ok(made)
    }

    /// Same as [`Recording::new`], with the states of all keypoints set to visible.
    fn without_states(
        skeleton: Skeleton,
        coordinates: Array3<f64>,
        confidence: Array2<f64>,
        times: Vec<f64>,
        up: Up,
    ) -> Result<Self> {
        let (frames, keypoints, dims) = coordinates.dim();
        if keypoints != skeleton.keypoints().len() || dims != up.dims() {
            return Err(Error::Shape(format!(
                "coordinates are ({frames}, {keypoints}, {dims}); skeleton {:?} in this space needs \
                 (frames, {}, {})",
                skeleton.name(),
                skeleton.keypoints().len(),
                up.dims()
            )));
        }
        if confidence.dim() != (frames, keypoints) || times.len() != frames {
            return Err(Error::Shape(format!(
                "{frames} frames of {keypoints} keypoints need confidence ({frames}, {keypoints}) and \
                 {frames} times; given {:?} and {}",
                confidence.dim(),
                times.len()
            )));
        }
        let rising = times.iter().zip(times.iter().skip(1)).all(|(a, b)| b > a);
        if !rising || times.iter().any(|t| !t.is_finite()) {
            return Err(Error::Option("times must be finite and strictly increasing".to_owned()));
        }
        check();
        let (coordinates, confidence) = (in_order(coordinates), in_order(confidence));
        let states = array((frames, keypoints), Validity::Ok as u8);
        let origin = Origin::usual(&skeleton);
        let resolution = None;
        Ok(Self { skeleton, coordinates, confidence, times, up, states, resolution, origin })
    }

    /// Makes a recording from another one, with new coordinates, confidence and times. The states
    /// are taken from [`Repair`] codes as in [`Recording::with_repairs`].
    ///
    /// # Errors
    /// Same as [`Recording::new`] and [`Recording::with_repairs`].
    pub fn repaired_from(
        source: &Self,
        coordinates: Array3<f64>,
        confidence: Array2<f64>,
        times: Vec<f64>,
        codes: ArrayView2<'_, u8>,
    ) -> Result<Self> {
        Self::without_states(source.skeleton.clone(), coordinates, confidence, times, source.up)?
            .made_from(source)
            .with_repairs(codes)
    }

    /// Returns the recording with the width and height of the image in pixels.
    #[must_use]
    pub fn with_resolution(self, resolution: Option<[f64; 2]>) -> Self {
        Self { resolution, ..self }
    }

    /// Returns the recording with the given origin of its keypoints. Otherwise it has the
    /// [default](Origin::usual) of its skeleton.
    #[must_use]
    pub fn with_origin(self, origin: Origin) -> Self {
        Self { origin, ..self }
    }

    /// Returns the recording with image size and origin copied from `source`.
    #[must_use]
    pub fn made_from(self, source: &Self) -> Self {
        self.with_resolution(source.resolution).with_origin(source.origin.clone())
    }

    /// Returns the recording with keypoint states taken from [`Repair`] codes (frames, keypoints). A finite
    /// keypoint gets the state `Ok`, a missing one the reason of its code.
    ///
    /// # Errors
    /// [`Error::Shape`] if the shape of the codes does not match.
    pub fn with_repairs(mut self, codes: ArrayView2<'_, u8>) -> Result<Self> {
        if codes.dim() != self.states.dim() {
            return Err(Error::Shape(format!(
                "repair codes are {:?}; the recording needs {:?}",
                codes.dim(),
                self.states.dim()
            )));
        }
        check();
        let (dims, keypoints) = (self.up.dims(), self.skeleton.keypoints().len().max(1));
        let points = self.coordinates.as_slice().unwrap_or_default().chunks_exact(keypoints * dims);
        for ((mut states, codes), points) in
            self.states.rows_mut().into_iter().zip(codes.rows()).zip(points)
        {
            states.fill(Validity::Ok as u8);
            if all_finite(points) {
                continue;
            }
            for ((state, code), point) in
                states.iter_mut().zip(codes).zip(points.chunks_exact(dims))
            {
                if all_finite(point) {
                    continue;
                }
                *state = match Repair::validity_of_code(*code) {
                    Validity::Ok => Validity::MissingKeypoint,
                    said => said,
                } as u8;
            }
        }
        Ok(self)
    }

    /// Derives the states of all keypoints from coordinates and confidence.
    fn note_what_was_seen(&mut self) {
        let least = self.skeleton.min_confidence();
        let (dims, keypoints) = (self.up.dims(), self.skeleton.keypoints().len().max(1));
        let rows = self.states.as_slice_mut().unwrap_or_default().chunks_exact_mut(keypoints);
        let points = self.coordinates.as_slice().unwrap_or_default();
        let confidence = self.confidence.as_slice().unwrap_or_default();
        let each = points.chunks_exact(keypoints * dims).zip(confidence.chunks_exact(keypoints));
        for (states, (points, confidence)) in rows.zip(each) {
            // In most frames all keypoints are visible, and a test without branches is enough.
            let is_far = any_of(points, |v| (v.abs() > FARTHEST) | v.is_nan());
            if !is_far && !any_of(confidence, |c| (c < least) | (c == 0.0) | c.is_nan()) {
                continue;
            }
            for ((state, seen), point) in
                states.iter_mut().zip(confidence).zip(points.chunks_exact(dims))
            {
                *state = seen_state(point, *seen, least) as u8;
            }
        }
    }

    /// Coordinates, frame by frame and keypoint by keypoint.
    pub fn points(&self) -> &[f64] {
        self.coordinates.as_slice().unwrap_or_default()
    }

    /// Confidence, frame by frame and keypoint by keypoint.
    pub fn scores(&self) -> &[f64] {
        self.confidence.as_slice().unwrap_or_default()
    }

    /// True if both recordings have the same coordinates at the same times; two missing values
    /// count as equal.
    pub fn has_data_of(&self, other: &Self) -> bool {
        let equal = |(a, b): (&f64, &f64)| a == b || (a.is_nan() && b.is_nan());
        self.times == other.times
            && self.coordinates.dim() == other.coordinates.dim()
            && self.coordinates.iter().zip(&other.coordinates).all(equal)
    }

    /// Skeleton of the keypoints.
    pub fn skeleton(&self) -> &Skeleton {
        &self.skeleton
    }

    /// Coordinates (frames, keypoints, 2 | 3).
    pub fn coordinates(&self) -> ArrayView3<'_, f64> {
        self.coordinates.view()
    }

    /// Confidence (frames, keypoints).
    pub fn confidence(&self) -> ArrayView2<'_, f64> {
        self.confidence.view()
    }

    /// [`Validity`] codes (frames, keypoints): `Ok`, or the reason why a keypoint is not used. In a raw
    /// recording the reason follows from the estimator's output, in a conditioned one from the
    /// conditioning.
    pub fn states(&self) -> ArrayView2<'_, u8> {
        self.states.view()
    }

    /// Width and height of the image in pixels, if known.
    pub fn resolution(&self) -> Option<[f64; 2]> {
        self.resolution
    }

    /// Origin of the keypoints.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Positions of a landmark over time, with z = 0 in an image; `None` if the skeleton lacks it.
    pub fn track(&self, landmark: &str) -> Option<Vec<Vec3>> {
        let index = self.skeleton.index(landmark)?;
        let (dims, keypoints) = (self.up.dims(), self.skeleton.keypoints().len());
        let points = self.points().chunks_exact(dims).skip(index).step_by(keypoints);
        Some(gathered(points.map(|point| match *point {
            [x, y, z] => [x, y, z],
            [x, y] => [x, y, 0.0],
            _ => [0.0; 3],
        })))
    }

    /// Returns coordinates, confidence and times without copying them.
    pub fn into_parts(self) -> (Array3<f64>, Array2<f64>, Vec<f64>) {
        (self.coordinates, self.confidence, self.times)
    }

    /// Times in seconds.
    pub fn times(&self) -> &[f64] {
        &self.times
    }

    /// Vertical direction.
    pub fn up(&self) -> Up {
        self.up
    }

    /// Frame rate in Hz, from the median interval; NaN for a single frame.
    pub fn fs(&self) -> f64 {
        1.0 / usual_interval(&self.times)
    }
}

/// Maximum absolute coordinate. Larger numbers are codes for "missing", and would disturb a filter
/// for minutes.
/// Source: chosen: beyond any picture in pixels and any room in millimetres; held by test
/// tests/live/test_input.py.
const FARTHEST: f64 = 1e7;

/// State of a keypoint according to the estimator: [`Validity::Ok`], missing, or low confidence. A
/// confidence of 0 means missing.
#[inline]
pub fn seen_state(point: &[f64], confidence: f64, min_confidence: f64) -> Validity {
    if confidence == 0.0 || !point.iter().all(|v| v.abs() <= FARTHEST) {
        Validity::MissingKeypoint
    } else if confidence.is_nan() || confidence < min_confidence {
        Validity::LowConfidence
    } else {
        Validity::Ok
    }
}

/// Array in standard memory order.
fn in_order<D: Dimension>(items: Array<f64, D>) -> Array<f64, D> {
    if items.is_standard_layout() { items } else { owned(&items.view()) }
}
