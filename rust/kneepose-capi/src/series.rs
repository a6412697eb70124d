//! Functions on plain series: segmentation of repetitions, and a low-pass filter.

use kneepose_core::error::Error;
use kneepose_core::reps::{Rep, Scale, Segmentation, segment};
use kneepose_core::signal::lowpass::Lowpass;

use crate::pointers::{In, Out};
use crate::status::{KneeposeStatus, status};

/// One repetition, in samples of the series or frames of an analysis.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KneeposeRep {
    /// Start of the movement: the first sample that is 10 % of the range above rest.
    pub start: usize,
    /// First sample of the bottom: the samples within 5 % of the range from the peak.
    pub bottom_start: usize,
    /// Deepest sample of the repetition, which is the peak of the series.
    pub bottom: usize,
    /// Last sample of the bottom.
    pub bottom_end: usize,
    /// End of the movement: the last sample that is 10 % of the range above rest.
    pub end: usize,
    /// Range of motion in the unit of the series; NaN if start and end cannot be determined.
    pub range: f64,
    /// Probability that the movement is the exercise; NaN if it was not assessed.
    pub probability: f64,
    /// Status of the repetition; one of `KNEEPOSE_REP_STATUS_…`. Only `KNEEPOSE_REP_STATUS_FULL`
    /// counts.
    pub status: u8,
}

impl From<&Rep> for KneeposeRep {
    fn from(rep: &Rep) -> Self {
        Self {
            start: rep.start,
            bottom_start: rep.bottom_start,
            bottom: rep.bottom,
            bottom_end: rep.bottom_end,
            end: rep.end,
            range: rep.range,
            probability: rep.probability,
            status: rep.status as u8,
        }
    }
}

/// Finds the repetitions of a series, in chronological order. The series must rise toward the
/// bottom, as knee flexion does.
///
/// `series` has `count` samples; NaN is missing. `fs` is the sampling rate in Hz. `min_range` is the
/// minimum range of motion of a repetition in the unit of the series (20 for knee flexion in degrees).
/// `allowed` (or NULL) has `count` bytes; a repetition may cover samples whose byte is not 0. `despike`
/// removes single outliers first.
///
/// Writes the number of repetitions to `*needed`, and the repetitions to `reps`, which has room for
/// `capacity`. If `capacity` is too small, returns `KNEEPOSE_STATUS_BUFFER_TOO_SMALL`, sets `*needed` and
/// leaves `reps` unchanged. Pass NULL and 0 to get the number.
///
/// Ownership: the caller owns all memory.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "C" fn kneepose_segment_reps(
    series: In<f64>,
    count: usize,
    allowed: In<u8>,
    fs: f64,
    min_range: f64,
    despike: bool,
    mut reps: Out<KneeposeRep>,
    capacity: usize,
    mut needed: Out<usize>,
) -> KneeposeStatus {
    status(|| {
        needed.set("needed", 0)?;
        let series = series.slice("series", count)?;
        let allowed: Option<Vec<bool>> = if allowed.is_null() {
            None
        } else {
            Some(allowed.slice("allowed", count)?.iter().map(|byte| *byte != 0).collect())
        };
        let found = segment(
            series,
            allowed.as_deref(),
            &Segmentation { fs, min_range, despike, scale: Scale::Plain },
        )?;
        let found: Vec<KneeposeRep> = found.iter().map(Into::into).collect();
        needed.set("needed", found.len())?;
        reps.copy("reps", capacity, &found)
    })
}

/// Low-pass filters a series in place with zero phase: a second-order Butterworth filter, forward
/// and backward, with gain 1/√2 at `cutoff_hz`. A cutoff above 0.4 `fs` is reduced to 0.4 `fs`.
/// Each run between missing samples (NaN) is filtered separately; missing samples stay missing.
/// Filter coordinates, not angles.
///
/// Ownership: the caller owns `series`, `count` samples.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "C" fn kneepose_lowpass(
    mut series: Out<f64>,
    count: usize,
    cutoff_hz: f64,
    fs: f64,
) -> KneeposeStatus {
    status(|| {
        let filter = Lowpass::new(cutoff_hz, fs).ok_or_else(|| {
            Error::Option(format!(
                "cutoff_hz is {cutoff_hz} and fs {fs}; both must be positive numbers of Hz"
            ))
        })?;
        filter.apply(series.existing("series", count)?);
        Ok(())
    })
}
