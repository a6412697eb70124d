//! From raw keypoints to keypoints that can be measured: confidence mask, outliers, short gaps, an
//! even grid of times, zero-phase low-pass. Coordinates are filtered, never angles.

use ndarray::{Array2, Array3, Axis};

use crate::error::{Error, Result};
use crate::recording::Recording;
use crate::signal::lowpass::Lowpass;
use crate::signal::resample::{even_times, is_uneven, resample, usual_interval};
use crate::signal::{gap, outlier};
use crate::space::Up;

/// What was done to a keypoint of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Repair {
    /// Nothing but the low-pass.
    None = 0,
    /// Was missing or below the confidence threshold and was filled from its neighbours in time.
    GapFilled = 1,
    /// Stood out from its neighbours in time and was replaced.
    OutlierReplaced = 2,
    /// Stays missing: the gap is too long or reaches the end.
    Missing = 3,
}

/// Names of the repairs, in the order of their codes.
pub const REPAIRS: [&str; 4] = ["none", "gap_filled", "outlier_replaced", "missing"];

/// How to condition.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Conditioning {
    /// Cut-off of the low-pass in Hz; `None` leaves it out.
    pub cutoff_hz: Option<f64>,
    /// Longest gap that is filled, in seconds of missing frames.
    pub max_gap_s: f64,
    /// Least spread that outliers are judged by: half a pixel or a millimetre.
    pub spread_floor: f64,
}

impl Conditioning {
    /// Defaults of a space: 6 Hz, 0.2 s; half a pixel in an image, a millimetre in the world.
    pub fn of_space(up: Up) -> Self {
        let spread_floor = if up == Up::Image { 0.5 } else { 0.001 };
        Self { cutoff_hz: Some(6.0), max_gap_s: 0.2, spread_floor }
    }
}

/// A recording after conditioning.
#[derive(Debug, Clone)]
pub struct Conditioned {
    /// The keypoints; confidence as it was, at the new times.
    pub recording: Recording,
    /// [`Repair`] codes, (frames, keypoints).
    pub repairs: Array2<u8>,
    /// Whether the times were uneven and were brought onto a grid.
    pub resampled: bool,
    /// The cut-off that was used in Hz: at most 0.4 of the frame rate; `None` without a low-pass.
    pub cutoff_hz: Option<f64>,
}

/// Conditions a recording.
///
/// # Errors
/// [`Error::Option`] for a cut-off that is not positive or a gap that is negative.
pub fn condition(raw: &Recording, how: &Conditioning) -> Result<Conditioned> {
    if how.cutoff_hz.is_some_and(|hz| !hz.is_finite() || hz <= 0.0) {
        return Err(Error::Option(format!(
            "cutoff_hz is {:?}; it must be a positive number of Hz, or none to leave the low-pass out",
            how.cutoff_hz.unwrap_or(f64::NAN)
        )));
    }
    if !how.max_gap_s.is_finite() || how.max_gap_s < 0.0 {
        return Err(Error::Option(format!(
            "max_gap_s is {}; it must be 0 or more seconds",
            how.max_gap_s
        )));
    }
    let dt = usual_interval(raw.times());
    let resampled = raw.times().len() > 2 && is_uneven(raw.times());
    let times = if resampled { even_times(raw.times()) } else { raw.times().to_vec() };
    let filter = how.cutoff_hz.and_then(|hz| Lowpass::new(hz, raw.fs()));
    let (_, keypoints, dims) = raw.coordinates().dim();
    let mut coordinates = Array3::from_elem((times.len(), keypoints, dims), f64::NAN);
    let mut confidence = Array2::zeros((times.len(), keypoints));
    let mut repairs = Array2::zeros((times.len(), keypoints));
    let grid = Grid { raw: raw.times(), even: resampled.then_some(&times), dt };

    let (channels, confidences) = (raw.coordinates(), raw.confidence());
    let each = channels
        .axis_iter(Axis(1))
        .zip(confidences.columns())
        .zip(coordinates.axis_iter_mut(Axis(1)))
        .zip(confidence.columns_mut())
        .zip(repairs.columns_mut());
    for ((((points, seen), mut points_out), mut seen_out), mut repairs_out) in each {
        let mut tracks: Vec<Vec<f64>> =
            points.axis_iter(Axis(1)).map(|component| component.to_vec()).collect();
        let seen: Vec<f64> = seen.to_vec();
        let repaired = repair(&mut tracks, &seen, raw.skeleton().min_confidence(), how, &grid);
        for (track, mut out) in tracks.iter_mut().zip(points_out.axis_iter_mut(Axis(1))) {
            if let Some(even) = grid.even {
                *track = resample(raw.times(), track, even, dt, how.max_gap_s);
            }
            if let Some(filter) = filter {
                filter.apply(track);
            }
            for (out, value) in out.iter_mut().zip(track) {
                *out = *value;
            }
        }
        for (i, (seen_out, repair_out)) in
            seen_out.iter_mut().zip(repairs_out.iter_mut()).enumerate()
        {
            let nearest = grid.nearest(i, &times);
            *seen_out = seen.get(nearest).copied().unwrap_or(0.0);
            let missing = points_out.get((i, 0)).is_none_or(|v| !v.is_finite());
            let done = repaired.get(nearest).copied().unwrap_or(Repair::Missing);
            *repair_out = if missing { Repair::Missing } else { done } as u8;
        }
    }
    let cutoff_hz = filter.and(how.cutoff_hz).map(|hz| hz.min(Lowpass::highest(raw.fs())));
    let recording =
        Recording::new(raw.skeleton().clone(), coordinates, confidence, times, raw.up())?;
    Ok(Conditioned { recording, repairs, resampled, cutoff_hz })
}

/// Old and new times.
struct Grid<'a> {
    raw: &'a [f64],
    even: Option<&'a Vec<f64>>,
    dt: f64,
}

impl Grid<'_> {
    /// Raw frame nearest to a frame of the grid.
    fn nearest(&self, i: usize, times: &[f64]) -> usize {
        let (Some(_), Some(&t)) = (self.even, times.get(i)) else { return i };
        let right = self.raw.partition_point(|&raw| raw < t).min(self.raw.len().saturating_sub(1));
        let left = right.saturating_sub(1);
        match (self.raw.get(left), self.raw.get(right)) {
            (Some(a), Some(b)) if t - a < b - t => left,
            _ => right,
        }
    }
}

/// Masks, drops outliers and fills short gaps of one keypoint, in place.
fn repair(
    tracks: &mut [Vec<f64>],
    seen: &[f64],
    min_confidence: f64,
    how: &Conditioning,
    grid: &Grid<'_>,
) -> Vec<Repair> {
    let mut lost: Vec<bool> = seen.iter().map(|&c| c.is_nan() || c < min_confidence).collect();
    for track in tracks.iter() {
        for (lost, value) in lost.iter_mut().zip(track) {
            *lost |= !value.is_finite();
        }
    }
    blank(tracks, &lost);
    let mut outliers = vec![false; lost.len()];
    for track in tracks.iter() {
        for (is_out, out) in outliers.iter_mut().zip(outlier::hampel(track, how.spread_floor)) {
            *is_out |= out;
        }
    }
    blank(tracks, &outliers);
    for track in tracks.iter_mut() {
        gap::fill(grid.raw, track, grid.dt, how.max_gap_s);
    }
    let filled = tracks.first().map(Vec::as_slice).unwrap_or_default();
    lost.iter()
        .zip(outliers)
        .zip(filled)
        .map(|((&lost, outlier), value)| match (value.is_finite(), lost, outlier) {
            (false, ..) => Repair::Missing,
            (true, true, _) => Repair::GapFilled,
            (true, false, true) => Repair::OutlierReplaced,
            (true, false, false) => Repair::None,
        })
        .collect()
}

fn blank(tracks: &mut [Vec<f64>], which: &[bool]) {
    for track in tracks {
        for (value, _) in track.iter_mut().zip(which).filter(|(_, which)| **which) {
            *value = f64::NAN;
        }
    }
}
