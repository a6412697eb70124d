//! Rejects noise. Repetitions are large compared with the noise at rest, and move out and back on a
//! direct path.

use super::offline::sample_count;
use super::phase::Rep;
use crate::math::sliding_buffer::SlidingBuffer;
use crate::stats::quantile::{Scratch, median, quantile_in, quantile_of, thinned};

/// Minimum height of a repetition, in standard deviations of the noise at rest.
/// Source: science.md 5.
pub(super) const MIN_HEIGHT_SDS: f64 = 4.0;
/// Minimum typical height, as a multiple of the standard deviation of the noise times the square of
/// the relative path length. Noise changes direction often, so its path is long. The value lies
/// between noise (98 % below 6.3) and simulated people (above 9.2), see
/// docs/evidence/repetitions.md.
/// Source: decision 0004.
const MIN_TYPICAL_HEIGHT_SDS: f64 = 9.0;
/// Factor on the minimum height for the first repetition of a live signal.
/// Source: chosen: the smallest factor that keeps false first repetitions rare (decision 0010);
/// measured by docs/evidence/repetitions.md.
const FIRST_REP_FACTOR: f64 = 1.25;
/// Increase of that factor for each earlier movement that was rejected.
/// Source: chosen: after other movements a repetition must be clearer (decision 0010); measured by
/// docs/evidence/repetitions.md.
const REJECTED_FACTOR_STEP: f64 = 0.25;
/// Minimum height of the first repetition in a stream, in standard deviations of the stored
/// distances from rest.
/// Source: decision 0010.
const MIN_HEIGHT_OVERALL_SDS: f64 = 6.0;
/// Factor on both minimum heights if earlier movements were direct.
/// Source: chosen: direct movements are not noise, so a smaller height is enough; measured by
/// docs/evidence/repetitions.md.
const DIRECT_PATH_FACTOR: f64 = 0.75;
/// Minimum number of earlier movements (`MIN_DIRECT_MOVEMENTS`), and maximum of their typical
/// relative path length (`MAX_DIRECT_LENGTH`), for movements to count as direct. A length below 1
/// is possible because the path ends above rest.
/// Source: chosen: noise seldom follows a direct path so often; measured by
/// docs/evidence/repetitions.md.
const MIN_DIRECT_MOVEMENTS: usize = 5;
const MAX_DIRECT_LENGTH: f64 = 0.95;
/// Minimum reversal that counts in the path length, as a fraction of the height.
/// Source: chosen: smaller reversals are ripple that remains after the filter; held by test
/// tests/reps/test_parity.py.
const MIN_REVERSAL: f64 = 0.15;
/// Path length is measured only below this fraction of the height, so holds and pulses at the bottom of the
/// movement are not penalized.
/// Source: chosen: a movement that returns by less is a pulse (decision 0004); held by test
/// tests/reps/test_parity.py.
const PATH_HEIGHT_FRACTION: f64 = 0.6;
/// Maximum (`MAX_STRETCH_S`) and minimum (`MIN_STRETCH_S`) duration of a period of rest in which
/// noise is measured, seconds.
/// Source: chosen: long enough for a standard deviation, short enough to exclude drift; held by
/// test tests/reps/test_parity.py.
const MAX_STRETCH_S: f64 = 3.0;
const MIN_STRETCH_S: f64 = 0.3;
/// Minimum weight of observed samples at which the running noise estimate is used.
/// Source: chosen: with a smaller weight the estimate depends on single moments; measured by
/// docs/evidence/repetitions.md.
const MIN_WEIGHT: f64 = 0.2;
/// Minimum interval between stored distances from rest, seconds.
/// Source: chosen: because of the filter, samples closer together are nearly equal; measured by
/// docs/evidence/repetitions.md.
const STORE_INTERVAL_S: f64 = 0.1;
/// Number of stored distances from rest.
/// Source: chosen: the last 13 s in a fixed memory; measured by docs/evidence/repetitions.md.
const STORED_DISTANCES: usize = 128;
/// Minimum number of stored distances for an estimate.
/// Source: chosen: 5 s, more than a slow repetition; measured by docs/evidence/repetitions.md.
const MIN_STORED_DISTANCES: usize = 50;
/// Ratio of standard deviation to median absolute deviation of a normal distribution.
/// Source: derived: one over the 75 % quantile of the standard normal distribution.
const MAD_TO_SIGMA: f64 = 1.4826;
/// Path of a movement: its height, and its length divided by that of a direct movement out and
/// back.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct MovementPath {
    pub(super) height: f64,
    length: f64,
}

impl MovementPath {
    /// Measures the path of a repetition from its samples. `height` is its height above rest.
    pub fn of(samples: &[f64], height: f64) -> Self {
        let top = samples.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let ceiling = top - (1.0 - PATH_HEIGHT_FRACTION) * height;
        let below = samples.iter().map(|v| v.min(ceiling));
        Self {
            height,
            length: path_length(below, MIN_REVERSAL * height)
                / (2.0 * PATH_HEIGHT_FRACTION * height),
        }
    }
}

/// True if a height is too small for the typical path length of `paths` and for this standard
/// deviation of the noise at rest. The typical path is used because a single excursion of noise may
/// be direct.
pub(super) fn is_noise(
    height: f64,
    paths: &[MovementPath],
    noise: f64,
    scratch: &mut Scratch,
) -> bool {
    let length = typical_length(paths, scratch).max(1.0);
    height < MIN_TYPICAL_HEIGHT_SDS * noise * length * length
}

fn typical_length(paths: &[MovementPath], scratch: &mut Scratch) -> f64 {
    quantile_in(paths.iter().map(|path| path.length), 0.5, scratch)
}

/// Median height of `paths`.
pub(super) fn typical_height(paths: &[MovementPath], scratch: &mut Scratch) -> f64 {
    quantile_in(paths.iter().map(|path| path.height), 0.5, scratch)
}

/// Running estimate of the noise at rest, for live signals.
#[derive(Debug)]
pub(super) struct RestNoise {
    /// Running mean of the deviations near rest, scaled to a standard deviation; it starts at zero.
    level: f64,
    /// Weight of observed samples in `level`: 0 at the start, towards 1 later.
    weight: f64,
    /// Stored distances from rest, near rest or not; `last_stored` is the time of the last one.
    distances: SlidingBuffer<f64>,
    last_stored: f64,
    scratch: Scratch,
}

impl RestNoise {
    /// Makes an estimate that starts with zero noise.
    pub fn new() -> Self {
        let distances = SlidingBuffer::new(STORED_DISTANCES, 1, f64::NAN);
        let scratch = Vec::with_capacity(2 * STORED_DISTANCES);
        Self { level: 0.0, weight: 0.0, distances, last_stored: f64::NEG_INFINITY, scratch }
    }

    pub fn clear(&mut self) {
        (self.level, self.weight, self.last_stored) = (0.0, 0.0, f64::NEG_INFINITY);
        self.distances.clear();
    }

    /// Stores the distance of the signal from rest between repetitions, near rest or not.
    pub fn record_offset(&mut self, deviation: f64, time: f64) {
        if time - self.last_stored >= STORE_INTERVAL_S {
            self.distances.push(&[deviation.abs()]);
            self.last_stored = time;
        }
    }

    /// Standard deviation of the recent distances from rest; NaN before [`MIN_STORED_DISTANCES`] distances.
    pub fn overall_sd(&mut self) -> f64 {
        let distances = self.distances.values();
        if distances.len() < MIN_STORED_DISTANCES {
            return f64::NAN;
        }
        MAD_TO_SIGMA * quantile_of(distances, 0.5, &mut self.scratch)
    }

    /// Updates the running estimate with a deviation near rest.
    pub fn update_sd(&mut self, deviation: f64, share: f64) {
        // The mean absolute deviation of a normal distribution is 0.8 standard deviations.
        self.level += (1.25 * deviation.abs() - self.level) * share;
        self.weight += (1.0 - self.weight) * share;
    }

    /// Running estimate of the standard deviation at rest; it is too low at the start.
    pub fn current_sd(&self) -> f64 {
        self.level
    }

    /// Running estimate of the noise at rest, corrected for its start at zero; infinite until enough
    /// rest was observed.
    pub fn expected_sd(&self) -> f64 {
        if self.weight < MIN_WEIGHT { f64::INFINITY } else { self.level / self.weight }
    }
}

/// Paths of earlier live movements, in fixed memory.
#[derive(Debug)]
pub(super) struct PathHistory {
    paths: SlidingBuffer<MovementPath>,
    /// Noise at rest before each movement.
    noise: SlidingBuffer<f64>,
    scratch: Scratch,
}

impl PathHistory {
    /// Makes a history that keeps at least `capacity` movements.
    pub fn new(capacity: usize) -> Self {
        Self {
            paths: SlidingBuffer::new(capacity, 1, MovementPath::default()),
            noise: SlidingBuffer::new(capacity, 1, f64::NAN),
            scratch: Vec::with_capacity(2 * capacity),
        }
    }

    pub fn clear(&mut self) {
        self.paths.clear();
        self.noise.clear();
    }

    pub fn add(&mut self, path: MovementPath, noise: f64) {
        self.paths.push(&[path]);
        self.noise.push(&[noise]);
    }

    /// Tests the first repetition like [`is_noise`]. There is no earlier repetition to compare
    /// with, so its height must also exceed the overall distances from rest. A `sure` repetition,
    /// which is as high as expected, needs only the latter.
    pub fn first_is_noise(&mut self, height: f64, sure: bool, noise: &mut RestNoise) -> bool {
        let direct_paths = self.paths.len() >= MIN_DIRECT_MOVEMENTS
            && typical_length(self.paths.values(), &mut self.scratch) < MAX_DIRECT_LENGTH;
        let factor = if direct_paths { DIRECT_PATH_FACTOR } else { 1.0 };
        if height < MIN_HEIGHT_OVERALL_SDS * factor * noise.overall_sd() {
            return true;
        }
        let before = self.paths.len().saturating_sub(1) as f64;
        let noise_factor = if direct_paths {
            DIRECT_PATH_FACTOR
        } else {
            FIRST_REP_FACTOR + REJECTED_FACTOR_STEP * before
        };
        !sure && self.is_noise(height, Some(noise_factor * noise.expected_sd()))
    }

    /// Tests a height like [`is_noise`], with all stored movements. If `noise` is `None`, the
    /// median of the noise before these movements is used.
    pub fn is_noise(&mut self, height: f64, noise: Option<f64>) -> bool {
        let before = self.noise.values();
        let noise = noise.unwrap_or_else(|| quantile_of(before, 0.5, &mut self.scratch));
        is_noise(height, self.paths.values(), noise, &mut self.scratch)
    }
}

/// Path length of a series, ignoring reversals smaller than `least`.
fn path_length(mut samples: impl Iterator<Item = f64>, least: f64) -> f64 {
    let Some(first) = samples.next() else { return 0.0 };
    let (mut length, mut from, mut farthest) = (0.0, first, first);
    let mut direction = 0.0;
    for value in samples {
        if direction == 0.0 {
            if (value - first).abs() >= least {
                (direction, farthest) = ((value - first).signum(), value);
            }
        } else if (value - farthest) * direction > 0.0 {
            farthest = value;
        } else if (farthest - value) * direction >= least {
            length += (farthest - from).abs();
            (from, farthest, direction) = (farthest, value, -direction);
        }
    }
    length + (farthest - from).abs()
}

/// Noise outside of the repetitions: median of the robust standard deviations of the periods of
/// rest between them; 0 if there is no rest.
pub(super) fn noise_at_rest(smooth: &[f64], reps: &[Rep], fs: f64, scratch: &mut Scratch) -> f64 {
    let mut spreads: Vec<f64> = Vec::new();
    let mut first = 0;
    let ends = reps.iter().map(|rep| (rep.start, rep.end)).chain([(smooth.len(), smooth.len())]);
    for (start, end) in ends {
        let rest = smooth.get(first..start).unwrap_or_default();
        let stretches = rest.chunks(sample_count(MAX_STRETCH_S, fs));
        for stretch in stretches.filter(|stretch| stretch.len() >= sample_count(MIN_STRETCH_S, fs))
        {
            spreads.push(spread(stretch, scratch));
        }
        first = end.max(first);
    }
    if spreads.is_empty() { 0.0 } else { median(&spreads) }
}

/// Noise in the rest before a live repetition. A linear trend is removed, because the body may
/// still be coming to rest. NaN if the rest is too short.
pub(super) fn noise_before(
    rest: &[f64],
    fs: f64,
    line: &mut Scratch,
    scratch: &mut Scratch,
) -> f64 {
    if rest.len() < sample_count(MIN_STRETCH_S, fs) {
        return f64::NAN;
    }
    // Adjacent samples of a filtered signal are redundant.
    line.clear();
    line.extend(thinned(rest));
    let (early, late) = line.split_at(line.len() / 2);
    let [early, late] = [early, late].map(|half| quantile_of(half, 0.5, scratch));
    let slope = 2.0 * (late - early) / line.len() as f64;
    line.iter_mut().zip(0..).for_each(|(v, i): (_, u32)| *v -= slope * f64::from(i));
    spread(line, scratch)
}

/// Robust standard deviation from the median absolute deviation.
fn spread(samples: &[f64], scratch: &mut Scratch) -> f64 {
    let middle = quantile_of(samples, 0.5, scratch);
    MAD_TO_SIGMA * quantile_in(samples.iter().map(|v| (v - middle).abs()), 0.5, scratch)
}
