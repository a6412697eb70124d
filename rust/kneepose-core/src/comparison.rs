//! Two legs, or one leg twice: the difference, its interval, and only the verdict that they support.

use crate::stats::bootstrap::expanded_intervals;
use crate::stats::intervals::Moments;
use crate::stats::permutation::{holm, permutation_p};
use crate::stats::{Interval, Samples, paired_interval, welch_interval};
use crate::validity::Validity;

/// Fewer repetitions a side give an interval but no verdict: with three, chance alone reaches p = 0.1.
pub const LEAST_REPS: usize = 4;

/// What may be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The interval excludes zero and the difference exceeds the detectable change.
    Different,
    /// One of the two does not hold.
    NoDetectableDifference,
    /// The recordings cannot answer; the reason says why.
    Inconclusive,
}

impl Verdict {
    /// Name in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Different => "different",
            Self::NoDetectableDifference => "no_detectable_difference",
            Self::Inconclusive => "inconclusive",
        }
    }
}

/// Detectable changes (95 %) that a source gives, by angle, in degrees. Frontal-plane projection
/// angle: Munro et al. 2012, standard error of measurement 2.7–3.0° and smallest detectable
/// difference 7.5–8.9°, rounded up.
const DETECTABLE: &[(&str, f64)] = &[("fppa", 9.0)];

/// The detectable change of a measure, where one is known. Only for values at a matched depth: the
/// angle at the lowest point depends on how low that is.
pub fn detectable_change(angle: &str, at_matched_depth: bool) -> Option<f64> {
    DETECTABLE.iter().find(|row| at_matched_depth && row.0 == angle).map(|row| row.1)
}

/// Estimated turn of the camera from which on a comparison says so, degrees: with toes turned out by
/// 6 ± 4 degrees it finds 95 % of the cameras that are turned by 6 or more (docs/guards.md).
pub const FLAGGED_YAW_DEG: f64 = 4.0;
/// Estimated turn beyond which no verdict is given, degrees.
pub const REFUSED_YAW_DEG: f64 = 6.0;
/// What one degree of turn, seen on both legs, adds to the difference of an angle: for the projection angle
/// twice 1.35 degrees, the slope at the bottom of a squat to 60 degrees; for a displacement the same as a
/// share of the shank. Other measures do not turn with the camera, or hardly.
const YAW_SLOPES: &[(&str, f64)] =
    &[("fppa", 2.7), ("hip_adduction_2d", 2.7), ("knee_medial_displacement", 0.047)];
/// A turn that no difference is measured against.
const YAW_TOLERATED_DEG: f64 = 1.0;

fn yaw_slope(angle: &str) -> f64 {
    YAW_SLOPES.iter().find(|row| row.0 == angle).map_or(0.0, |row| row.1)
}

/// What forbids a verdict about two image recordings, from the estimated turn of the camera.
pub fn yaw_guard(yaw: f64) -> Option<Validity> {
    if yaw.is_nan() {
        Some(Validity::CameraAngleUnknown)
    } else {
        (yaw.abs() > REFUSED_YAW_DEG).then_some(Validity::CameraTurned)
    }
}

/// How an interval was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IntervalMethod {
    /// Student's t of the differences within each repetition.
    Paired,
    /// Student's t of two groups of unequal variance.
    Welch,
    /// BCa bootstrap, its tails expanded for small samples.
    Bootstrap,
}

impl IntervalMethod {
    /// Name in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Paired => "paired_t",
            Self::Welch => "welch_t",
            Self::Bootstrap => "bca_bootstrap",
        }
    }
}

/// One measure of two sides, as it was read: one value a full repetition, NaN where there is none.
#[derive(Debug, Clone)]
pub struct MeasurePair {
    /// The first side.
    pub first: Vec<f64>,
    /// The second side.
    pub second: Vec<f64>,
    /// Name of the angle; empty for times and ranges.
    pub angle: String,
    /// Its detectable change, where one is known.
    pub detectable: Option<f64>,
    /// Whether it is read at a depth, which some repetitions may not reach.
    pub at_depth: bool,
}

impl MeasurePair {
    /// What a turn of the camera may add to the difference, or hide of it.
    fn yaw_error(&self, yaw: f64) -> f64 {
        if yaw.is_nan() { 0.0 } else { yaw_slope(&self.angle) * yaw.abs() }
    }

    /// The detectable change with the camera turned by about so much.
    fn widened_detectable(&self, yaw: f64) -> Option<f64> {
        let tolerated = yaw_slope(&self.angle) * YAW_TOLERATED_DEG;
        self.detectable.map(|change| change + (self.yaw_error(yaw) - tolerated).max(0.0))
    }

    /// What forbids a verdict on this measure: a camera changes neither times nor ranges.
    fn blocked_by(&self, guard: Option<Validity>) -> Option<Validity> {
        let of_camera = |reason: &Validity| {
            matches!(reason, Validity::CameraTurned | Validity::CameraAngleUnknown)
        };
        guard.filter(|reason| !(self.angle.is_empty() && of_camera(reason)))
    }
}

/// What holds for all measures of a comparison.
#[derive(Debug, Clone, Copy)]
pub struct ComparisonOptions {
    /// Whether value i of both sides is from the same repetition; pairs with a NaN are left out.
    pub paired: bool,
    /// What forbids a verdict whatever the numbers are.
    pub guard: Option<Validity>,
    /// Estimated turn of the camera, degrees; NaN where there was none, or it is not known.
    pub yaw: f64,
    /// The measure that was named in advance; all others are tests beside it.
    pub primary: Option<usize>,
}

/// One measure of two sides, compared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ComparedMeasure {
    /// The first side.
    pub first: Moments,
    /// The second side.
    pub second: Moments,
    /// second − first.
    pub interval: Interval,
    /// How it was found.
    pub method: IntervalMethod,
    /// p-value of a permutation test.
    pub p: f64,
    /// The same among all measures with a detectable change (Holm); NaN for others.
    pub p_holm: f64,
    /// The detectable change, wider where the camera was turned.
    pub detectable: Option<f64>,
    /// What may be said.
    pub verdict: Verdict,
    /// Why nothing more can be said; `Ok` beside a verdict.
    pub reason: Validity,
}

/// From so many values a side the bootstrap is used, which does not ask for a normal distribution.
const LEAST_BOOTSTRAP: usize = 10;
const RESAMPLES: usize = 10_000;
/// The same random numbers everywhere: a comparison that is repeated says the same.
const SEED: u64 = 0;
const LEVEL: f64 = 0.05;

/// Compares all measures of two sides.
pub fn compare(rows: &[MeasurePair], options: &ComparisonOptions) -> Vec<ComparedMeasure> {
    let sides: Vec<[Vec<f64>; 2]> =
        rows.iter().map(|row| complete_values(row, options.paired)).collect();
    let intervals = intervals(&sides, options.paired);
    let p: Vec<f64> = sides
        .iter()
        .map(|[first, second]| permutation_p(&Samples::of(first, second, options.paired), SEED))
        .collect();
    let asked: Vec<f64> = p
        .iter()
        .zip(rows)
        .map(|(p, row)| if row.detectable.is_some() { *p } else { f64::NAN })
        .collect();
    let adjusted = holm(&asked);
    let parts = rows.iter().zip(&sides).zip(intervals).zip(p).zip(adjusted);
    parts
        .enumerate()
        .map(|(i, ((((row, sides), (interval, method)), p), p_holm))| {
            let [first, second] = sides.each_ref().map(|values| Moments::of(values));
            let named = options.primary == Some(i);
            let evident = named || p_holm <= LEVEL;
            let (verdict, reason) = decide(row, [first.n, second.n], interval, evident, options);
            let detectable = row.widened_detectable(options.yaw);
            ComparedMeasure {
                first,
                second,
                interval,
                method,
                p,
                p_holm,
                detectable,
                verdict,
                reason,
            }
        })
        .collect()
}

/// What may be said of a difference.
fn decide(
    row: &MeasurePair,
    counts: [f64; 2],
    interval: Interval,
    evident: bool,
    options: &ComparisonOptions,
) -> (Verdict, Validity) {
    let inconclusive = |reason| (Verdict::Inconclusive, reason);
    let (Some(known), Some(detectable)) = (row.detectable, row.widened_detectable(options.yaw))
    else {
        return inconclusive(Validity::NoDetectableChange);
    };
    if let Some(reason) = row.blocked_by(options.guard) {
        return inconclusive(reason);
    }
    let least = LEAST_REPS as f64;
    if counts.iter().any(|n| *n < least) {
        let enough = [&row.first, &row.second].iter().all(|values| values.len() >= LEAST_REPS);
        return inconclusive(if row.at_depth && enough {
            Validity::DepthNotReached
        } else {
            Validity::TooFewReps
        });
    }
    let Interval { difference, low, high } = interval;
    let excludes_zero = low > 0.0 || high < 0.0;
    if excludes_zero && difference.abs() > detectable && evident {
        return (Verdict::Different, Validity::Ok);
    }
    // A turn that adds to a difference may as well have hidden one.
    if difference.abs() + row.yaw_error(options.yaw) > known.max(difference.abs()) {
        return inconclusive(Validity::CameraTurned);
    }
    if !excludes_zero && low.abs().max(high.abs()) > detectable {
        return inconclusive(Validity::IntervalTooWide);
    }
    (Verdict::NoDetectableDifference, Validity::Ok)
}

/// The values that count, of both sides.
fn complete_values(row: &MeasurePair, paired: bool) -> [Vec<f64>; 2] {
    let finite = |values: &[f64]| values.iter().copied().filter(|v| v.is_finite()).collect();
    if !paired {
        return [finite(&row.first), finite(&row.second)];
    }
    let pairs = row.first.iter().zip(&row.second);
    let (first, second) =
        pairs.filter(|(a, b)| a.is_finite() && b.is_finite()).map(|(a, b)| (*a, *b)).unzip();
    [first, second]
}

fn intervals(sides: &[[Vec<f64>; 2]], paired: bool) -> Vec<(Interval, IntervalMethod)> {
    let many = |[first, second]: &[Vec<f64>; 2]| first.len().min(second.len()) >= LEAST_BOOTSTRAP;
    let mut found: Vec<(Interval, IntervalMethod)> = sides
        .iter()
        .map(|[first, second]| {
            if paired {
                (paired_interval(first, second), IntervalMethod::Paired)
            } else {
                (welch_interval(first, second), IntervalMethod::Welch)
            }
        })
        .collect();
    if paired {
        return found;
    }
    // Measures of as many repetitions are resampled together.
    let mut left: Vec<usize> =
        sides.iter().enumerate().filter(|(_, side)| many(side)).map(|(i, _)| i).collect();
    while let Some(&next) = left.first() {
        let counts = |i: usize| sides.get(i).map(|side| side.each_ref().map(Vec::len));
        let (alike, others): (Vec<usize>, Vec<usize>) =
            left.iter().partition(|i| counts(**i) == counts(next));
        let side = |k: usize| -> Vec<Vec<f64>> {
            alike.iter().filter_map(|i| sides.get(*i)?.get(k).cloned()).collect()
        };
        let resampled = expanded_intervals(&side(0), &side(1), RESAMPLES, SEED);
        for (i, interval) in alike.iter().zip(resampled) {
            // Where the bootstrap has no answer, Student's t has.
            if let Some(slot) = found.get_mut(*i).filter(|_| interval.low.is_finite()) {
                *slot = (interval, IntervalMethod::Bootstrap);
            }
        }
        left = others;
    }
    found
}
