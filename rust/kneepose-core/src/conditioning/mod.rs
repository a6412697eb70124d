//! Conditions raw keypoints before measurement: confidence mask, image border, swapped legs,
//! outliers, implausible bones, short gaps, even times, low-pass. The filters act on coordinates,
//! never on angles.
//!
//! A recording is conditioned with look-ahead: medians over the whole recording, outlier tests with
//! frames on both sides, filled gaps and a zero-phase low-pass. A stream has past frames only
//! ([`CausalConditioner`]). A recording that is conditioned without look-ahead uses the same code
//! as a stream.

mod bones;
mod border;
mod causal;
mod grid;
mod keypoint_frame;
mod outliers;
mod swaps;
mod working_copy;

use ndarray::{Array2, Array3, ShapeError};

use crate::error::{Error, Result};
use crate::interrupt;
use crate::memory::{array, copied, gathered, owned, room};
use crate::recording::Recording;
pub use crate::recording::{REPAIR_TABLE, Repair};
use crate::signal::channels::all_finite;
use crate::signal::gap;
use crate::signal::lowpass::Lowpass;
use crate::signal::resample::usual_interval;
use crate::signal::residual::usual_cutoff;
use crate::skeleton::{Side, Skeleton};
use crate::space::Up;
pub use causal::{CausalConditioner, CausalOptions};
use grid::Grid;
use swaps::Swaps;
use working_copy::WorkingCopy;

/// Cutoff frequency of the low-pass.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cutoff {
    /// No low-pass.
    Off,
    /// A fixed cutoff frequency in Hz.
    Hz(f64),
    /// Cutoff from a residual analysis of the leg keypoints; 6 Hz if the analysis gives no result,
    /// or without look-ahead.
    Auto,
}

/// Default cutoff frequency, Hz.
/// Source: science.md 8.
const USUAL_CUTOFF_HZ: f64 = 6.0;

/// Default length of the longest gap that is filled, seconds.
/// Source: science.md 8.
pub const DEFAULT_MAX_GAP_S: f64 = 0.2;

/// Options of [`condition`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Conditioning {
    /// Cutoff frequency of the low-pass.
    pub cutoff: Cutoff,
    /// Longest gap that is filled: maximum time without the keypoint, seconds.
    pub max_gap_s: f64,
    /// Minimum spread that the outlier test assumes: half a pixel or a millimeter.
    pub spread_floor: f64,
    /// True if later frames may be used. False treats the recording like a stream.
    pub look_ahead: bool,
}

impl Conditioning {
    /// Default options: cutoff 6 Hz, gaps up to 0.2 s, minimum spread half a pixel in an image and
    /// a millimeter in world space.
    pub fn of_space(up: Up) -> Self {
        let spread_floor = if up == Up::Image { 0.5 } else { 0.001 };
        Self {
            cutoff: Cutoff::Hz(USUAL_CUTOFF_HZ),
            max_gap_s: DEFAULT_MAX_GAP_S,
            spread_floor,
            look_ahead: true,
        }
    }

    /// True if the options request the default repairs; the cutoff may differ.
    pub fn repairs_as_usual(&self, up: Up) -> bool {
        *self == Self { cutoff: self.cutoff, ..Self::of_space(up) }
    }
}

/// A recording after conditioning, with a list of the repairs.
#[derive(Debug, Clone)]
pub struct Conditioned {
    /// Conditioned keypoints. Confidence is that of the nearest original frame.
    pub recording: Recording,
    /// [`Repair`] codes (frames, keypoints): the repair of each keypoint, or the reason why it is
    /// missing.
    pub repairs: Array2<u8>,
    /// True if the frame times were uneven and the keypoints were resampled.
    pub resampled: bool,
    /// Cutoff frequency that was used, Hz; at most 0.4 of the frame rate. `None` without a
    /// low-pass.
    pub cutoff_hz: Option<f64>,
    /// True for each frame in which swapped legs were exchanged back.
    pub swapped: Vec<bool>,
    /// First and last time of periods in which the legs seem swapped for too long to decide which
    /// leg is which, seconds. They were left unchanged.
    pub long_swaps: Vec<(f64, f64)>,
}

/// Conditions a recording.
///
/// # Errors
/// [`Error::Option`] for a cutoff that is not positive or a negative gap length. [`Error::Time`] if
/// the times have gaps too large to resample.
pub fn condition(raw: &Recording, how: &Conditioning) -> Result<Conditioned> {
    check(how)?;
    if how.look_ahead {
        repair(raw, how)?.smoothed(how.cutoff)
    } else {
        condition_causally(raw, how)
    }
}

/// A recording after all repairs, before the low-pass.
#[derive(Debug)]
pub struct Repaired<'a> {
    raw: &'a Recording,
    copy: WorkingCopy,
    swaps: Swaps,
    grid: Grid<'a>,
    points: Vec<f64>,
}

/// Repairs a recording with look-ahead. The cutoff frequency is not used.
///
/// # Errors
/// As [`condition`].
pub fn repair<'a>(raw: &'a Recording, how: &Conditioning) -> Result<Repaired<'a>> {
    check(how)?;
    let mut copy = WorkingCopy::new(raw);
    if raw.up() == Up::Image {
        border::mask(&mut copy, raw.resolution());
    }
    interrupt::check();
    let swaps = swaps::repair(&mut copy, raw.skeleton(), raw.times());
    outliers::mask(&mut copy, raw.times(), raw.fs(), how.spread_floor);
    if raw.up() != Up::Image {
        bones::mask(&mut copy, raw.skeleton());
    }
    let channels = copy.channels();
    let dt = usual_interval(raw.times());
    gap::fill_channels(raw.times(), &mut copy.points, channels, dt, how.max_gap_s);
    let grid = Grid::new(raw.times())?;
    let points = grid.resampled(std::mem::take(&mut copy.points), channels, how.max_gap_s);
    Ok(Repaired { raw, copy, swaps, grid, points })
}

impl Repaired<'_> {
    /// The repaired recording without a low-pass.
    ///
    /// # Errors
    /// Does not occur, because the recording was already valid when it was repaired.
    pub fn recording(&self) -> Result<Recording> {
        Ok(self.made_of(copied(&self.points), None)?.recording)
    }

    /// The repaired recording after the low-pass.
    ///
    /// # Errors
    /// Does not occur, because the recording was already valid when it was repaired.
    pub fn smoothed(mut self, cutoff: Cutoff) -> Result<Conditioned> {
        let fs = self.raw.fs();
        let mut points = std::mem::take(&mut self.points);
        let wanted = match cutoff {
            Cutoff::Off => None,
            Cutoff::Hz(hz) => Some(hz),
            Cutoff::Auto => Some(cutoff_of_legs(&points, &self.copy, self.raw.skeleton(), fs)),
        };
        let filter = wanted.and_then(|hz| Lowpass::new(hz, fs));
        if let Some(filter) = filter {
            filter.apply_channels(&mut points, self.copy.channels());
        }
        self.made_of(points, filter.and(wanted).map(|hz| hz.min(Lowpass::highest(fs))))
    }

    fn made_of(&self, points: Vec<f64>, cutoff_hz: Option<f64>) -> Result<Conditioned> {
        let Self { raw, copy, swaps, grid, .. } = self;
        let shape = (grid.times().len(), copy.keypoints, copy.dims);
        let repairs = repair_codes(copy, swaps, &points, grid);
        let mut confidence = room(shape.0 * shape.1);
        for t in 0..shape.0 {
            interrupt::check_at(t);
            confidence.extend_from_slice(copy.frame(grid.nearest(t)).confidence);
        }
        let wrong_shape = |error: ShapeError| Error::Shape(error.to_string());
        let confidence =
            Array2::from_shape_vec((shape.0, shape.1), confidence).map_err(wrong_shape)?;
        let coordinates = Array3::from_shape_vec(shape, points).map_err(wrong_shape)?;
        let swapped = (0..shape.0)
            .map(|t| swaps.repaired.get(grid.nearest(t)).is_some_and(|exchange| exchange.any()))
            .collect();
        let seconds = |frame: usize| raw.times().get(frame).copied().unwrap_or(f64::NAN);
        let long_swaps = swaps.left.iter().map(|run| (seconds(run.start), seconds(run.end - 1)));
        let long_swaps = long_swaps.collect();
        let times = copied(grid.times());
        let recording =
            Recording::repaired_from(raw, coordinates, confidence, times, repairs.view())?;
        let resampled = grid.is_new();
        Ok(Conditioned { recording, repairs, resampled, cutoff_hz, swapped, long_swaps })
    }
}

/// Conditions a recording frame by frame, like a stream.
fn condition_causally(raw: &Recording, how: &Conditioning) -> Result<Conditioned> {
    let cutoff_hz = match how.cutoff {
        Cutoff::Off => None,
        Cutoff::Hz(hz) => Some(hz),
        Cutoff::Auto => Some(USUAL_CUTOFF_HZ),
    };
    let options = CausalOptions {
        cutoff_hz,
        max_gap_s: how.max_gap_s,
        resolution: raw.resolution(),
        mirrored: false,
    };
    let mut conditioner = CausalConditioner::new(raw.skeleton(), raw.up(), options);
    let copy = WorkingCopy::of_all(raw);
    let mut coordinates = array(raw.coordinates().dim(), f64::NAN);
    let mut repairs = array(raw.confidence().dim(), 0);
    let rows = coordinates.outer_iter_mut().zip(repairs.rows_mut()).zip(raw.times());
    for (t, ((mut row, mut codes), time)) in rows.enumerate() {
        interrupt::check_at(t);
        let frame = copy.frame(t);
        conditioner.push(frame.points, Some(frame.confidence), *time);
        row.iter_mut().zip(conditioner.row()).for_each(|(slot, value)| *slot = *value);
        codes.iter_mut().zip(conditioner.repairs()).for_each(|(slot, code)| *slot = *code);
    }
    let confidence = owned(&raw.confidence());
    let times = copied(raw.times());
    let recording = Recording::repaired_from(raw, coordinates, confidence, times, repairs.view())?;
    Ok(Conditioned {
        swapped: swapped_frames(&repairs),
        recording,
        repairs,
        resampled: false,
        cutoff_hz,
        long_swaps: Vec::new(),
    })
}

/// True for each frame in which a keypoint was exchanged with the other side, from [`Repair`] codes
/// (frames, keypoints).
pub fn swapped_frames(repairs: &Array2<u8>) -> Vec<bool> {
    let swapped = Repair::Swapped as u8;
    repairs.rows().into_iter().map(|row| row.iter().any(|code| *code == swapped)).collect()
}

fn check(how: &Conditioning) -> Result<()> {
    if let Cutoff::Hz(hz) = how.cutoff
        && (!hz.is_finite() || hz <= 0.0)
    {
        return Err(Error::Option(format!(
            "cutoff_hz is {hz:?}; it must be a positive number of Hz, \"auto\", or none to leave the \
             low-pass out"
        )));
    }
    if !how.max_gap_s.is_finite() || how.max_gap_s < 0.0 {
        return Err(Error::Option(format!(
            "max_gap_s is {}; it must be 0 or more seconds",
            how.max_gap_s
        )));
    }
    Ok(())
}

/// Median of the cutoff frequencies of the coordinates of hips, knees and ankles.
fn cutoff_of_legs(points: &[f64], copy: &WorkingCopy, skeleton: &Skeleton, fs: f64) -> f64 {
    let leg: Vec<usize> = gathered(
        Side::BOTH
            .into_iter()
            .flat_map(|side| {
                ["hip", "knee", "ankle"].map(|joint| format!("{}_{joint}", side.name()))
            })
            .filter_map(|name| skeleton.index(&name)),
    );
    let of_legs: Vec<f64> = gathered(
        points
            .chunks_exact(copy.channels().max(1))
            .flat_map(|row| leg.iter().filter_map(|k| row.get(k * copy.dims..(k + 1) * copy.dims)))
            .flatten()
            .copied(),
    );
    let hz = usual_cutoff(&of_legs, leg.len() * copy.dims, fs);
    if hz.is_nan() { USUAL_CUTOFF_HZ } else { hz }
}

/// [`Repair`] codes: the repair of each keypoint, or the reason why it is still missing.
fn repair_codes(copy: &WorkingCopy, swaps: &Swaps, points: &[f64], grid: &Grid<'_>) -> Array2<u8> {
    let there = |t: usize, k: usize| {
        points.get((t * copy.keypoints + k) * copy.dims).is_some_and(|v| v.is_finite())
    };
    let frames = grid.times().len();
    // For each keypoint, the half-open range of frames from the first to the last in which it is
    // present.
    let spans: Vec<(usize, usize)> = (0..copy.keypoints)
        .map(|k| {
            let first = (0..frames).find(|&t| there(t, k)).unwrap_or(frames);
            let last = (first..frames).rev().find(|&t| there(t, k)).map_or(first, |t| t + 1);
            (first, last)
        })
        .collect();
    let mut codes = array((frames, copy.keypoints), 0);
    for (t, mut row) in codes.rows_mut().into_iter().enumerate() {
        interrupt::check_at(t);
        let raw = grid.nearest(t);
        let exchange = swaps.repaired.get(raw).copied().unwrap_or_default();
        let values = points.get(t * copy.channels()..(t + 1) * copy.channels()).unwrap_or_default();
        if !exchange.any() && all_finite(values) && copy.is_untouched(raw) {
            continue;
        }
        let exchanged =
            |k: usize| exchange.of(&swaps.pairs).any(|(left, right)| k == left || k == right);
        for (k, code) in row.iter_mut().enumerate() {
            let reason =
                copy.reasons.get(raw * copy.keypoints + k).copied().unwrap_or(Repair::Missing);
            let between = spans.get(k).is_some_and(|(first, last)| (*first..*last).contains(&t));
            let unseen = if between { Repair::GapTooLong } else { Repair::Missing };
            *code = match (there(t, k), reason) {
                (true, Repair::None) if exchanged(k) => Repair::Swapped,
                (true, Repair::None | Repair::OutlierReplaced) => reason,
                (true, _) => Repair::GapFilled,
                (false, Repair::None | Repair::Missing) => unseen,
                (false, Repair::OutlierReplaced) => Repair::Outlier,
                (false, _) => reason,
            } as u8;
        }
    }
    codes
}
