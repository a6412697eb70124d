//! Time grid of a recording: converts uneven frame times to even ones.

use crate::error::Result;
use crate::interrupt::check;
use crate::memory::{filled, gathered};
use crate::signal::resample::{even_times, is_uneven, resample, usual_interval};

/// Original frame times, and even times if the original ones are uneven.
#[derive(Debug)]
pub(super) struct Grid<'a> {
    raw: &'a [f64],
    even: Option<Vec<f64>>,
}

impl<'a> Grid<'a> {
    /// Makes the grid for the times of a recording.
    ///
    /// # Errors
    /// Same as [`even_times`].
    pub fn new(raw: &'a [f64]) -> Result<Self> {
        let even = (raw.len() > 2 && is_uneven(raw)).then(|| even_times(raw)).transpose()?;
        Ok(Self { raw, even })
    }

    pub fn is_new(&self) -> bool {
        self.even.is_some()
    }

    pub fn times(&self) -> &[f64] {
        self.even.as_deref().unwrap_or(self.raw)
    }

    /// Index of the original frame that is nearest to a frame of the grid.
    pub fn nearest(&self, i: usize) -> usize {
        let Some(&t) = self.even.as_ref().and_then(|even| even.get(i)) else { return i };
        let right = self.raw.partition_point(|&raw| raw < t).min(self.raw.len().saturating_sub(1));
        let left = right.saturating_sub(1);
        match (self.raw.get(left), self.raw.get(right)) {
            (Some(a), Some(b)) if t - a < b - t => left,
            _ => right,
        }
    }

    /// Resamples all channels to the times of the grid. `series` has the channels of each frame one
    /// after the other.
    pub fn resampled(&self, series: Vec<f64>, channels: usize, max_gap_s: f64) -> Vec<f64> {
        let Some(even) = &self.even else { return series };
        let dt = usual_interval(self.raw);
        let mut out = filled(f64::NAN, even.len() * channels);
        for channel in 0..channels {
            check();
            let column: Vec<f64> = gathered(series.iter().skip(channel).step_by(channels).copied());
            let values = resample(self.raw, &column, even, dt, max_gap_s);
            let slots = out.iter_mut().skip(channel).step_by(channels);
            slots.zip(values).for_each(|(slot, value)| *slot = value);
        }
        out
    }
}
