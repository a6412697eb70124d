//! What tells repetitions from noise: they are large against what shakes at rest, and go there and back.

use super::offline::sample_count;
use super::phase::Rep;
use crate::math::sliding_buffer::SlidingBuffer;
use crate::stats::quantile::{Scratch, median, quantile_in, thinned};

/// A repetition reaches this many standard deviations of what shakes at rest.
pub(super) const ABOVE_NOISE: f64 = 4.0;
/// Usually this many, times the square of how much longer the way is than there and back: noise wanders.
/// Chosen between the noise of docs/repetitions.md (98 % below 6.3) and simulated people (above 9.2).
const ABOVE_WANDERING_NOISE: f64 = 9.0;
/// A first repetition must stand out of what shakes by this much more than later ones, …
const FIRST: f64 = 1.25;
/// … and by this more for each movement before it that did not count.
const DOUBT: f64 = 0.25;
/// It must be this many times higher than the signal usually lies off rest, where that is known.
const BEYOND_REST: f64 = 6.0;
/// This share of both is enough …
const EASE: f64 = 0.75;
/// … where so many movements are usually shorter than this share of there and back, whose last tenths
/// are not theirs: noise goes other ways.
const LEAST_STRAIGHT: usize = 5;
const STRAIGHT: f64 = 0.95;
/// A way turns where it comes back by this share of the height.
const TURN_SHARE: f64 = 0.15;
/// Above this share of the height a repetition may do what it likes: hold, or pulse.
const WAY_SHARE: f64 = 0.6;
/// Rest is looked at in stretches of so many seconds, at least so many.
const STRETCH_S: f64 = 3.0;
const LEAST_STRETCH_S: f64 = 0.3;
/// What shakes is believed from this share of what would be known of it.
const LEAST_KNOWN: f64 = 0.2;
/// How far from rest the signal is, is remembered this often, seconds, …
const REMEMBERED_EVERY_S: f64 = 0.1;
/// … so many times, …
const REMEMBERED: usize = 128;
/// … and believed from so many.
const LEAST_REMEMBERED: usize = 50;
/// Standard deviation of normal samples from the median of their distances from the middle.
const NORMAL: f64 = 1.4826;
/// How high one repetition is, and how much longer its way than there and back.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct MovementPath {
    pub(super) height: f64,
    length: f64,
}

impl MovementPath {
    /// Of the samples from start to end, and their height over rest.
    pub fn of(samples: &[f64], height: f64) -> Self {
        let top = samples.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let ceiling = top - (1.0 - WAY_SHARE) * height;
        let below = samples.iter().map(|v| v.min(ceiling));
        Self {
            height,
            length: path_length(below, TURN_SHARE * height) / (2.0 * WAY_SHARE * height),
        }
    }
}

/// Whether so high a movement is too small for how far the usual one of `paths` goes to and fro, where
/// this much shakes at rest: one excursion of noise may look well, the usual one does not.
pub(super) fn is_noise(
    height: f64,
    paths: &[MovementPath],
    noise: f64,
    scratch: &mut Scratch,
) -> bool {
    let length = typical_length(paths, scratch).max(1.0);
    height < ABOVE_WANDERING_NOISE * noise * length * length
}

fn typical_length(paths: &[MovementPath], scratch: &mut Scratch) -> f64 {
    quantile_in(paths.iter().map(|path| path.length), 0.5, scratch)
}

/// The usual height of `paths`.
pub(super) fn typical_height(paths: &[MovementPath], scratch: &mut Scratch) -> f64 {
    quantile_in(paths.iter().map(|path| path.height), 0.5, scratch)
}

/// What shakes at rest, live: standard deviations of what lies off rest.
#[derive(Debug)]
pub(super) struct RestNoise {
    /// Follows slowly what lies near rest.
    level: f64,
    /// The share of it that does not stem from its beginning at nothing.
    known: f64,
    /// How far the signal was from rest, near or not, and when that was last remembered.
    distances: SlidingBuffer<f64>,
    remembered: f64,
    scratch: Scratch,
}

impl RestNoise {
    /// Nothing shakes yet.
    pub fn new() -> Self {
        let distances = SlidingBuffer::new(REMEMBERED, 1, f64::NAN);
        let scratch = Vec::with_capacity(2 * REMEMBERED);
        Self { level: 0.0, known: 0.0, distances, remembered: f64::NEG_INFINITY, scratch }
    }

    pub fn clear(&mut self) {
        (self.level, self.known, self.remembered) = (0.0, 0.0, f64::NEG_INFINITY);
        self.distances.clear();
    }

    /// The signal lies this far off rest, in which it is.
    pub fn record_offset(&mut self, off: f64, time: f64) {
        if time - self.remembered >= REMEMBERED_EVERY_S {
            self.distances.push(&[off.abs()]);
            self.remembered = time;
        }
    }

    /// Of all that lay off rest lately; NaN until enough of rest was seen.
    pub fn overall_sd(&mut self) -> f64 {
        let distances = self.distances.values();
        if distances.len() < LEAST_REMEMBERED {
            return f64::NAN;
        }
        NORMAL * quantile_in(distances.iter().copied(), 0.5, &mut self.scratch)
    }

    /// The signal lies this far off rest, but near it.
    pub fn update_sd(&mut self, off: f64, share: f64) {
        // Of normal samples the mean distance is 0.8 standard deviations.
        self.level += (1.25 * off.abs() - self.level) * share;
        self.known += (1.0 - self.known) * share;
    }

    /// At first nothing shakes.
    pub fn current_sd(&self) -> f64 {
        self.level
    }

    /// What it will come to if it goes on like this; infinite where too little of rest was seen to say.
    pub fn expected_sd(&self) -> f64 {
        if self.known < LEAST_KNOWN { f64::INFINITY } else { self.level / self.known }
    }
}

/// The movements that were found live, in memory that never grows.
#[derive(Debug)]
pub(super) struct PathHistory {
    paths: SlidingBuffer<MovementPath>,
    /// What shook before each.
    noise: SlidingBuffer<f64>,
    scratch: Scratch,
}

impl PathHistory {
    /// Remembers at least so many.
    pub fn new(remembered: usize) -> Self {
        Self {
            paths: SlidingBuffer::new(remembered, 1, MovementPath::default()),
            noise: SlidingBuffer::new(remembered, 1, f64::NAN),
            scratch: Vec::with_capacity(2 * remembered),
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

    /// As [`is_noise`], until one counts. Noise has nothing to be told from then: all of the rest has a
    /// say. Of one that is `sure`, because it is as high as expected, only calm rest is asked.
    pub fn first_is_noise(&mut self, height: f64, sure: bool, noise: &mut RestNoise) -> bool {
        let straight = self.paths.len() >= LEAST_STRAIGHT
            && typical_length(self.paths.values(), &mut self.scratch) < STRAIGHT;
        let ease = if straight { EASE } else { 1.0 };
        if height < BEYOND_REST * ease * noise.overall_sd() {
            return true;
        }
        let before = self.paths.len().saturating_sub(1) as f64;
        let doubt = if straight { EASE } else { FIRST + DOUBT * before };
        !sure && self.is_noise(height, Some(doubt * noise.expected_sd()))
    }

    /// As [`is_noise`], against all of them; by what shook before them where that is not said.
    pub fn is_noise(&mut self, height: f64, noise: Option<f64>) -> bool {
        let before = self.noise.values().iter().copied();
        let noise = noise.unwrap_or_else(|| quantile_in(before, 0.5, &mut self.scratch));
        is_noise(height, self.paths.values(), noise, &mut self.scratch)
    }
}

/// The way that a series goes up and down, without turns of less than `least`.
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

/// How much the signal shakes outside of the repetitions: the median over the stretches between them of
/// their robust standard deviations; 0 where there is none.
pub(super) fn noise_at_rest(smooth: &[f64], reps: &[Rep], fs: f64, scratch: &mut Scratch) -> f64 {
    let mut spreads: Vec<f64> = Vec::new();
    let mut first = 0;
    let ends = reps.iter().map(|rep| (rep.start, rep.end)).chain([(smooth.len(), smooth.len())]);
    for (start, end) in ends {
        let rest = smooth.get(first..start).unwrap_or_default();
        let stretches = rest.chunks(sample_count(STRETCH_S, fs));
        for stretch in
            stretches.filter(|stretch| stretch.len() >= sample_count(LEAST_STRETCH_S, fs))
        {
            spreads.push(spread(stretch, scratch));
        }
        first = end.max(first);
    }
    if spreads.is_empty() { 0.0 } else { median(&spreads) }
}

/// What shakes at rest before a live repetition. It may come to rest meanwhile: a line does not shake.
pub(super) fn noise_before(
    rest: &[f64],
    fs: f64,
    line: &mut Scratch,
    scratch: &mut Scratch,
) -> f64 {
    if rest.len() < sample_count(LEAST_STRETCH_S, fs) {
        return f64::NAN;
    }
    // A filtered signal says nothing new at every sample.
    line.clear();
    line.extend(thinned(rest));
    let (early, late) = line.split_at(line.len() / 2);
    let [early, late] = [early, late].map(|half| quantile_in(half.iter().copied(), 0.5, scratch));
    let slope = 2.0 * (late - early) / line.len() as f64;
    line.iter_mut().zip(0..).for_each(|(v, i): (_, u32)| *v -= slope * f64::from(i));
    spread(line, scratch)
}

/// Standard deviation of normal samples from their median absolute deviation.
fn spread(samples: &[f64], scratch: &mut Scratch) -> f64 {
    let middle = quantile_in(samples.iter().copied(), 0.5, scratch);
    NORMAL * quantile_in(samples.iter().map(|v| (v - middle).abs()), 0.5, scratch)
}
