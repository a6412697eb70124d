//! Raw keypoints become keypoints that can be measured: confidence mask, image border, exchanged legs,
//! outliers, implausible bones, short gaps, even times, low-pass. Coordinates are filtered, never angles.
//!
//! A recording is conditioned with look-ahead: medians over the whole recording, two-sided outliers,
//! filled gaps and a zero-phase low-pass. A stream knows the past only ([`CausalConditioner`]); a
//! recording conditioned without look-ahead goes through the same code.

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

/// Cut-off of the low-pass.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cutoff {
    /// No low-pass.
    Off,
    /// At this many Hz.
    Hz(f64),
    /// By residual analysis of the leg keypoints; 6 Hz where it cannot tell, or without look-ahead.
    Auto,
}

/// Default cut-off, Hz.
/// Source: science.md 8.
const USUAL_CUTOFF_HZ: f64 = 6.0;

/// Default of the longest gap that is filled, seconds.
/// Source: science.md 8.
pub const DEFAULT_MAX_GAP_S: f64 = 0.2;

/// Options of [`condition`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Conditioning {
    /// Cut-off of the low-pass.
    pub cutoff: Cutoff,
    /// Longest gap that is filled, in seconds of missing frames.
    pub max_gap_s: f64,
    /// Least spread that outliers are judged by: half a pixel or a millimetre.
    pub spread_floor: f64,
    /// True where later frames may be used. False treats a recording as a stream treats it.
    pub look_ahead: bool,
}

impl Conditioning {
    /// Defaults of a space: 6 Hz, 0.2 s; half a pixel in an image, a millimetre in the world.
    pub fn of_space(up: Up) -> Self {
        let spread_floor = if up == Up::Image { 0.5 } else { 0.001 };
        Self {
            cutoff: Cutoff::Hz(USUAL_CUTOFF_HZ),
            max_gap_s: DEFAULT_MAX_GAP_S,
            spread_floor,
            look_ahead: true,
        }
    }

    /// True if the repairs of a space's defaults are made, whatever the low-pass.
    pub fn repairs_as_usual(&self, up: Up) -> bool {
        *self == Self { cutoff: self.cutoff, ..Self::of_space(up) }
    }
}

/// A recording after conditioning.
#[derive(Debug, Clone)]
pub struct Conditioned {
    /// The keypoints; confidence as it was, at the new times.
    pub recording: Recording,
    /// [`Repair`] codes, (frames, keypoints).
    pub repairs: Array2<u8>,
    /// True if the times were uneven and were brought onto an even grid.
    pub resampled: bool,
    /// The cut-off that was used in Hz: at most 0.4 of the frame rate; `None` without a low-pass.
    pub cutoff_hz: Option<f64>,
    /// Frames in which the legs were exchanged back.
    pub swapped: Vec<bool>,
    /// First and last second of stretches in which the legs seem exchanged for too long to say, which
    /// were left as they are.
    pub long_swaps: Vec<(f64, f64)>,
}

/// Conditions a recording.
///
/// # Errors
/// [`Error::Option`] for a cut-off that is not positive or a gap that is negative; [`Error::Time`] for
/// times with too large holes.
pub fn condition(raw: &Recording, how: &Conditioning) -> Result<Conditioned> {
    check(how)?;
    if how.look_ahead {
        repair(raw, how)?.smoothed(how.cutoff)
    } else {
        condition_causally(raw, how)
    }
}

/// A recording of which all is repaired that can be, before the low-pass.
#[derive(Debug)]
pub struct Repaired<'a> {
    raw: &'a Recording,
    copy: WorkingCopy,
    swaps: Swaps,
    grid: Grid<'a>,
    points: Vec<f64>,
}

/// Repairs a recording with look-ahead; the cut-off is not looked at.
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
    /// The recording without a low-pass.
    ///
    /// # Errors
    /// Never, for a recording that was repaired.
    pub fn recording(&self) -> Result<Recording> {
        Ok(self.made_of(copied(&self.points), None)?.recording)
    }

    /// The recording after the low-pass.
    ///
    /// # Errors
    /// Never, for a recording that was repaired.
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

/// Conditions a recording as a stream does, frame by frame.
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

/// Frames in which a keypoint was exchanged back, from [`Repair`] codes (frames, keypoints).
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

/// Median over the coordinates of the hips, knees and ankles.
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

/// [`Repair`] codes: what was done to each keypoint, or why it stays missing.
fn repair_codes(copy: &WorkingCopy, swaps: &Swaps, points: &[f64], grid: &Grid<'_>) -> Array2<u8> {
    let there = |t: usize, k: usize| {
        points.get((t * copy.keypoints + k) * copy.dims).is_some_and(|v| v.is_finite())
    };
    let frames = grid.times().len();
    // Half-open range of frames from the first to the last that is there.
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
