//! One-Euro filter: a causal low-pass whose cutoff rises with the speed of the signal (Casiez, Roussel and
//! Vogel 2012).

use std::f64::consts::PI;

use crate::error::{Error, Result};
use crate::interrupt::check_at;
use crate::memory::room;

/// Duration of a gap after which the filter restarts, seconds.
/// Source: chosen: a speed measured before a longer gap is no longer valid; held by test
/// tests/arrays/test_series.py.
const MAX_GAP_S: f64 = 0.5;

/// Settings of the One-Euro filter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OneEuroOptions {
    /// Cutoff frequency at zero speed, Hz.
    pub min_cutoff_hz: f64,
    /// Increase of the cutoff with speed, Hz per (unit per second).
    pub beta: f64,
    /// Cutoff frequency of the low-pass on the speed, Hz.
    pub derivative_cutoff_hz: f64,
}

/// Filter of one series; [`OneEuro::push`] takes one sample at a time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OneEuro {
    options: OneEuroOptions,
    /// Last output and last smoothed speed; `None` before the first sample.
    state: Option<(f64, f64)>,
    /// Seconds since the last finite sample.
    elapsed: f64,
}

impl OneEuro {
    /// Makes a filter without history.
    ///
    /// # Errors
    /// [`Error::Option`] if a cutoff is not positive or `beta` is negative.
    pub fn new(options: OneEuroOptions) -> Result<Self> {
        let cutoffs = [
            ("min_cutoff_hz", options.min_cutoff_hz),
            ("derivative_cutoff_hz", options.derivative_cutoff_hz),
        ];
        for (name, value) in cutoffs {
            if !value.is_finite() || value <= 0.0 {
                return Err(Error::Option(format!(
                    "{name} is {value}; it must be a positive number of Hz"
                )));
            }
        }
        if !options.beta.is_finite() || options.beta < 0.0 {
            return Err(Error::Option(format!("beta is {}; it must be 0 or more", options.beta)));
        }
        Ok(Self { options, state: None, elapsed: 0.0 })
    }

    /// Filters the next sample, `dt` seconds after the previous one; the first `dt` is ignored. A missing
    /// sample gives NaN and keeps the state. The filter restarts after 0.5 s without samples and at a time
    /// that does not increase.
    pub fn push(&mut self, value: f64, dt: f64) -> f64 {
        self.elapsed += dt;
        if !value.is_finite() {
            return f64::NAN;
        }
        let dt = std::mem::take(&mut self.elapsed);
        let smoothed = match self.state {
            Some((before, speed)) if dt > 0.0 && dt <= MAX_GAP_S => {
                let alpha = smoothing(self.options.derivative_cutoff_hz, dt);
                let speed = speed + alpha * ((value - before) / dt - speed);
                let cutoff = self.options.min_cutoff_hz + self.options.beta * speed.abs();
                (before + smoothing(cutoff, dt) * (value - before), speed)
            }
            _ => (value, 0.0),
        };
        self.state = Some(smoothed);
        smoothed.0
    }
}

/// Weight of a new sample: 1 / (1 + τ/dt) with τ = 1 / (2π·cutoff).
fn smoothing(cutoff: f64, dt: f64) -> f64 {
    let phase = 2.0 * PI * cutoff * dt;
    phase / (phase + 1.0)
}

/// Filters each channel of `series`, which is stored frame by frame. `steps` has the seconds since
/// the previous frame; the first is ignored.
///
/// # Errors
/// Same as [`OneEuro::new`].
pub fn one_euro(
    series: &[f64],
    channels: usize,
    steps: &[f64],
    options: OneEuroOptions,
) -> Result<Vec<f64>> {
    let mut filters = vec![OneEuro::new(options)?; channels];
    let mut out = room(series.len());
    for (t, (row, &dt)) in series.chunks_exact(channels.max(1)).zip(steps).enumerate() {
        check_at(t);
        out.extend(filters.iter_mut().zip(row).map(|(filter, &value)| filter.push(value, dt)));
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPTIONS: OneEuroOptions =
        OneEuroOptions { min_cutoff_hz: 1.5, beta: 0.02, derivative_cutoff_hz: 1.0 };

    #[test]
    fn a_short_gap_keeps_the_state_and_a_long_one_does_not() -> Result<()> {
        for (missing, starts_anew) in [(3, false), (20, true)] {
            let mut filter = OneEuro::new(OPTIONS)?;
            filter.push(0.0, 0.0);
            for _ in 0..missing {
                assert!(filter.push(f64::NAN, 1.0 / 30.0).is_nan());
            }
            assert_eq!(filter.push(10.0, 1.0 / 30.0) == 10.0, starts_anew);
        }
        Ok(())
    }

    #[test]
    fn without_beta_it_is_a_first_order_low_pass() -> Result<()> {
        let mut filter = OneEuro::new(OneEuroOptions { beta: 0.0, ..OPTIONS })?;
        filter.push(0.0, 0.0);
        let dt = 0.01;
        let keep = 1.0 / (1.0 + 2.0 * PI * 1.5 * dt);
        let mut rest = 1.0;
        for _ in 0..100 {
            rest *= keep;
            assert!((filter.push(1.0, dt) - (1.0 - rest)).abs() < 1e-12);
        }
        Ok(())
    }
}
