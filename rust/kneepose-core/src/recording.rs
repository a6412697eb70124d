//! One person's keypoints over time.

use ndarray::{Array2, Array3, ArrayView2, ArrayView3};

use crate::error::{Error, Result};
use crate::signal::resample::usual_interval;
use crate::skeleton::Skeleton;
use crate::space::Up;

/// From where the camera looks, as the user says or as the keypoints show.
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

/// All views with their names.
pub const VIEWS: [(&str, View); 4] =
    [("front", View::Front), ("back", View::Back), ("left", View::Left), ("right", View::Right)];

impl View {
    /// Reads `front back left right`.
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

    /// Whether the frontal plane is seen.
    pub fn is_frontal(self) -> bool {
        matches!(self, Self::Front | Self::Back)
    }

    /// In a side view, which way the person faces in the image: +1 to the right.
    pub fn facing(self) -> Option<f64> {
        match self {
            Self::Left => Some(-1.0),
            Self::Right => Some(1.0),
            Self::Front | Self::Back => None,
        }
    }
}

/// Keypoints over time: NaN is missing, times rise.
#[derive(Debug, Clone)]
pub struct Recording {
    skeleton: Skeleton,
    coordinates: Array3<f64>,
    confidence: Array2<f64>,
    times: Vec<f64>,
    up: Up,
    size_wh: Option<[f64; 2]>,
}

impl Recording {
    /// `coordinates` (frames, keypoints, 2 | 3), `confidence` (frames, keypoints), `times` in seconds.
    ///
    /// # Errors
    /// [`Error::Shape`] where the three and the skeleton do not fit each other, [`Error::Option`]
    /// where times do not rise.
    pub fn new(
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
            return Err(Error::Option("times must be finite and rise".to_owned()));
        }
        Ok(Self { skeleton, coordinates, confidence, times, up, size_wh: None })
    }

    /// The same with the width and height of the image in pixels.
    #[must_use]
    pub fn with_size(self, size_wh: Option<[f64; 2]>) -> Self {
        Self { size_wh, ..self }
    }

    /// Width and height of the image in pixels, where known.
    pub fn size_wh(&self) -> Option<[f64; 2]> {
        self.size_wh
    }

    /// The skeleton.
    pub fn skeleton(&self) -> &Skeleton {
        &self.skeleton
    }

    /// (frames, keypoints, 2 | 3).
    pub fn coordinates(&self) -> ArrayView3<'_, f64> {
        self.coordinates.view()
    }

    /// (frames, keypoints).
    pub fn confidence(&self) -> ArrayView2<'_, f64> {
        self.confidence.view()
    }

    /// Seconds.
    pub fn times(&self) -> &[f64] {
        &self.times
    }

    /// Which way is up.
    pub fn up(&self) -> Up {
        self.up
    }

    /// Frames per second: one over the usual interval; NaN for a single frame.
    pub fn fs(&self) -> f64 {
        1.0 / usual_interval(&self.times)
    }
}
