//! Comparison of two sides or two recordings: difference, confidence interval and verdict for each
//! measure.

use crate::exercise::{Posture, Text};
use crate::quality::{Accuracy, camera_yaw, yaw_slope_of};
use crate::skeleton::Side;
use crate::stats::bootstrap::expanded_intervals;
use crate::stats::intervals::Moments;
use crate::stats::permutation::{holm, permutation_p};
use crate::stats::{Interval, Samples, paired_interval, welch_interval};
use crate::validity::Validity;

/// Minimum number of repetitions on each side for a verdict. With three, an unpaired permutation
/// test cannot give p < 0.1.
/// Source: science.md 6.3.
pub const MIN_REPS: usize = 4;

/// Verdict on one measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The interval excludes zero. The difference exceeds the detectable change, both with and
    /// without the correction for camera yaw.
    Different,
    /// The interval includes zero, or the difference does not exceed the detectable change.
    NoDetectableDifference,
    /// Same as [`Self::Different`], but the detectable change comes from a publication with other
    /// people, cameras and estimators. It is not shown that this set-up can detect such a
    /// difference.
    LargerThanBorrowed,
    /// The recordings do not allow a verdict; a separate field gives the reason.
    Inconclusive,
}

impl Verdict {
    /// Name of the verdict in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Different => "different",
            Self::NoDetectableDifference => "no_detectable_difference",
            Self::LargerThanBorrowed => "larger_than_borrowed",
            Self::Inconclusive => "inconclusive",
        }
    }
}

/// Smallest detectable change (95 %) of an angle from a publication that used another method.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BorrowedChange {
    /// Name of the angle. The change applies if the angle is read at a matched depth.
    pub angle: &'static str,
    /// Detectable change, in the unit of the angle.
    pub change: f64,
    /// Method of measurement in two words, for use in a sentence: "hand-measured error".
    pub method: &'static str,
    /// Description of the study: task, people, tool.
    pub study: &'static str,
    /// Publication that reports the change.
    pub source: &'static str,
    /// Sentence about the detectable change of an automatic test of the same task.
    pub automatic: &'static str,
}

/// Published detectable changes, used if the user has none. Measures of squats without a published
/// value in degrees are absent; a reliability coefficient alone gives no degrees.
/// Unit: °. Source: in each row.
pub const BORROWED_CHANGES: &[BorrowedChange] = &[BorrowedChange {
    angle: "fppa",
    change: 9.0,
    method: "hand-measured",
    study: "single-leg squats and landings of 20 students, angle drawn by hand in video at the lowest \
            point, mean of three: smallest detectable difference 7.54 to 8.93 degrees, rounded up",
    source: "Munro, Herrington, Carolan 2012, J Sport Rehabil 21:7",
    automatic: "An automatic single-leg-squat test with one depth camera published 25 to 30 degrees \
                (Ressman et al. 2020, BMC Sports Sci Med Rehabil, doi 10.1186/s13102-020-00179-8).",
}];

/// Published detectable change of an angle. `None` if none is known, or if the values are not read
/// at a matched depth. An angle at the lowest point depends on the depth that was reached.
pub fn borrowed_change(angle: &str, at_matched_depth: bool) -> Option<&'static BorrowedChange> {
    BORROWED_CHANGES.iter().find(|row| at_matched_depth && row.angle == angle)
}

/// Fraction of the systematic error that remains in the difference of one leg at two dates. Body
/// and estimator are the same, only the clothes may differ. No value is published; this is an
/// engineering default, equal to that for a change from rest.
/// Source: chosen: the same share as for a change from rest; held by test
/// tests/comparison/test_systematic.py.
const SAME_LEG_SHARE: f64 = 0.5;
/// Half-width of a two-sided 95 % interval of a normal distribution, in standard deviations.
/// Source: derived: the 97.5 % quantile.
const NORMAL_95: f64 = 1.959_963_984_540_054;

/// Systematic error of the difference second − first of two values with these systematic errors.
///
/// The bias is the same for all people and cameras, and for both sides of the body. It cancels if
/// both recordings have the same bias. No publication says which part of the spread two legs have
/// in common, so the spread does not cancel between two legs.
pub fn error_of_difference(first: Accuracy, second: Accuracy, same_leg: bool) -> Accuracy {
    let share = if same_leg { SAME_LEG_SHARE } else { 1.0 };
    Accuracy {
        bias: second.bias - first.bias,
        sd: share * libm::hypot(first.sd, second.sd),
        validated: first.validated && second.validated,
        source: first.source,
        ..Accuracy::default()
    }
}

/// Estimated camera yaw above which a comparison carries a warning, degrees. With toes turned out
/// by 6 ± 4 degrees, this limit detects 95 % of the cameras that are turned by 6 degrees or more
/// (docs/evidence/guards.md).
/// Source: decision 0008.
pub const FLAGGED_YAW_DEG: f64 = 4.0;
/// Estimated camera yaw above which a comparison of two legs gets no verdict, degrees.
/// Source: decision 0017.
pub const REFUSED_YAW_DEG: f64 = 10.0;
/// Estimated camera yaw above which a comparison of one leg at two dates gets no verdict, degrees.
/// The estimate is half of the change of the foot direction, which the foot alone may have caused.
/// Source: decision 0008.
const REFUSED_CHANGE_DEG: f64 = 6.0;
/// Fraction of the camera's effect on the difference of two legs that remains uncertain after the
/// correction. The feet show 0.83 of the yaw, with an error of 1.5 to 2.4 degrees.
/// Source: decision 0017; measured by docs/evidence/asymmetry.md.
const YAW_REST: f64 = 0.5;
/// Camera yaw up to which the detectable change is not widened, degrees.
/// Source: science.md 2.4.
const TOLERATED_YAW_DEG: f64 = 1.0;

/// Effect of one degree of camera yaw on the difference right − left, in the unit of the angle. The
/// yaw changes the two legs in opposite directions, so the effect is twice that on one leg.
fn yaw_error_per_degree(angle: &str) -> f64 {
    2.0 * yaw_slope_of(angle).mean
}

/// Reason that forbids a verdict on two image recordings because of the estimated camera yaw, in
/// degrees. NaN means unknown yaw, which forbids a verdict.
pub fn yaw_guard(yaw: f64, same_leg: bool) -> Option<Validity> {
    let limit = if same_leg { REFUSED_CHANGE_DEG } else { REFUSED_YAW_DEG };
    if yaw.is_nan() {
        Some(Validity::CameraAngleUnknown)
    } else {
        (yaw.abs() > limit).then_some(Validity::CameraTurned)
    }
}

/// Properties of one of two analyses that decide whether a verdict is allowed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ComparedSide {
    /// The analyzed side.
    pub side: Side,
    /// Direction of the standing foot relative to the line of sight, degrees; NaN if the foot is
    /// not visible.
    pub foot_to_lens: f64,
    /// True if the vertical of 3-D keypoints is only assumed, as in depth estimated from one
    /// camera.
    pub assumed_level: bool,
    /// True if the user states that the camera is straight in front of the person.
    pub said_front: bool,
}

/// Circumstances of a comparison that may forbid a verdict.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Circumstances {
    /// Posture of the exercise.
    pub posture: Posture,
    /// True if the keypoints are in 3-D world space.
    pub in_world: bool,
    /// True if the user states that the camera was moved between the recordings.
    pub camera_moved: bool,
    /// Properties of the two analyses.
    pub sides: [ComparedSide; 2],
}

/// Result of [`verdict_guard`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VerdictGuard {
    /// Reason that forbids a verdict on every measure; `None` if verdicts are allowed.
    pub reason: Option<Validity>,
    /// Estimated camera yaw, degrees; NaN if no foot shows it. `None` if camera yaw has no
    /// influence.
    pub yaw: Option<f64>,
    /// True if the user states that the camera was moved between the recordings of two legs.
    pub camera_moved: bool,
}

/// Reason that forbids a verdict independent of the values. Exercises lying and on all fours have
/// no standing foot that shows the camera yaw; nothing is forbidden for them.
pub fn verdict_guard(of: &Circumstances) -> VerdictGuard {
    let without_camera = |reason| VerdictGuard { reason, yaw: None, camera_moved: false };
    if matches!(of.posture, Posture::Lying | Posture::AllFours) {
        return without_camera(None);
    }
    let [first, second] = of.sides;
    if of.sides.iter().any(|side| side.assumed_level) {
        return without_camera(Some(Validity::CameraAngleUnknown));
    }
    if of.in_world {
        return without_camera(None);
    }
    let yaw = camera_yaw((first.side, first.foot_to_lens), (second.side, second.foot_to_lens));
    let camera_moved = of.camera_moved && first.side != second.side;
    let said_front = first.said_front && second.said_front;
    let reason = if camera_moved {
        Some(Validity::CameraAngleUnknown)
    } else if yaw.is_nan() && said_front {
        None
    } else {
        yaw_guard(yaw, first.side == second.side)
    };
    VerdictGuard { reason, yaw: Some(yaw), camera_moved }
}

/// Pairs of indices of the measures that both sides have. The lists hold the name of each measure,
/// and true if each leg has its own value. Two legs in the same repetitions (`paired`) share the
/// values of all other measures, so these are omitted.
pub fn common_measures(
    first: &[(&str, bool)],
    second: &[(&str, bool)],
    paired: bool,
) -> Vec<(usize, usize)> {
    let place = |name: &str| second.iter().position(|(other, _)| *other == name);
    let compared = first.iter().enumerate().filter(|(_, (_, of_leg))| *of_leg || !paired);
    compared.filter_map(|(i, (name, _))| Some((i, place(name)?))).collect()
}

/// Index in `names` of the measure that leads a comparison: the first of `lead` that has enough
/// values on both sides. `None` if there is none.
pub fn leading_measure(
    lead: &[Text],
    names: &[&str],
    values: &[[Vec<f64>; 2]],
    paired: bool,
) -> Option<usize> {
    let is_enough = |[first, second]: &[Vec<f64>; 2]| {
        let count = |side: &[f64]| side.iter().filter(|v| v.is_finite()).count();
        let least = if paired {
            let both = first.iter().zip(second).filter(|(a, b)| a.is_finite() && b.is_finite());
            both.count()
        } else {
            count(first).min(count(second))
        };
        least >= MIN_REPS
    };
    lead.iter().find_map(|wanted| {
        let place = names.iter().position(|name| name == wanted)?;
        values.get(place).is_some_and(is_enough).then_some(place)
    })
}

/// Method of a confidence interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IntervalMethod {
    /// Student's t interval of paired differences, one for each repetition.
    Paired,
    /// Welch's t interval for two groups of unequal variance.
    Welch,
    /// BCa bootstrap interval, with tails widened for small samples.
    Bootstrap,
}

impl IntervalMethod {
    /// Name of the method in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Paired => "paired_t",
            Self::Welch => "welch_t",
            Self::Bootstrap => "bca_bootstrap",
        }
    }
}

/// Values of one measure on two sides: one value for each full repetition, or NaN.
#[derive(Debug, Clone)]
pub struct MeasurePair {
    /// Values of the first side.
    pub first: Vec<f64>,
    /// Values of the second side.
    pub second: Vec<f64>,
    /// Name of the angle; empty for durations and ranges of motion.
    pub angle: String,
    /// Detectable change, if one is known.
    pub detectable: Option<f64>,
    /// True if the detectable change comes from a publication; see [`BORROWED_CHANGES`].
    pub is_borrowed: bool,
    /// True if the measure is read at a fixed depth, which some repetitions may not reach.
    pub at_depth: bool,
    /// Systematic error of the difference; `None` for durations.
    pub systematic: Option<Accuracy>,
}

impl MeasurePair {
    /// Effect of the estimated camera yaw on the difference of two legs, which is subtracted. It is
    /// 0 if the yaw is not known. It is also 0 for one leg at two dates, where the foot may have
    /// turned instead of the camera.
    fn camera_part(&self, options: &ComparisonOptions) -> f64 {
        let known = options.second_leg.filter(|_| options.yaw.is_finite());
        known.map_or(0.0, |leg| leg.sign() * yaw_error_per_degree(&self.angle) * options.yaw)
    }

    /// Largest error of the difference that remains because of camera yaw, in either direction.
    fn yaw_error(&self, options: &ComparisonOptions) -> f64 {
        let beyond = (options.yaw.abs() - TOLERATED_YAW_DEG).max(0.0);
        let rest = if options.second_leg.is_some() { YAW_REST } else { 1.0 };
        if beyond.is_nan() { 0.0 } else { rest * yaw_error_per_degree(&self.angle).abs() * beyond }
    }

    /// Largest difference that the systematic error of the estimator can cause (95 %). An error
    /// that is only assumed counts as 0, because it must not overrule a detectable change that was
    /// published or measured.
    fn published_error(&self) -> f64 {
        let published = self.systematic.filter(|error| error.validated);
        published.map_or(0.0, |error| NORMAL_95 * error.rms())
    }

    /// Detectable change, increased by the remaining error of camera yaw. It is at least the
    /// published error of the estimator.
    fn widened_detectable(&self, options: &ComparisonOptions) -> Option<f64> {
        let by_camera = self.yaw_error(options);
        self.detectable.map(|change| (change + by_camera).max(self.published_error()))
    }

    /// Interval of the difference, widened by the systematic error.
    fn whole(&self, interval: Interval) -> Interval {
        let systematic = self.systematic.map_or(0.0, |error| NORMAL_95 * error.rms());
        let Interval { difference, low, high } = interval;
        Interval {
            difference,
            low: difference - libm::hypot(difference - low, systematic),
            high: difference + libm::hypot(high - difference, systematic),
        }
    }

    /// Reason that forbids a verdict on this measure. Reasons about the camera do not apply to
    /// durations and ranges of motion.
    fn blocked_by(&self, guard: Option<Validity>) -> Option<Validity> {
        let of_camera = |reason: &Validity| {
            matches!(reason, Validity::CameraTurned | Validity::CameraAngleUnknown)
        };
        guard.filter(|reason| !(self.angle.is_empty() && of_camera(reason)))
    }
}

/// Settings that apply to all measures of a comparison.
#[derive(Debug, Clone, Copy)]
pub struct ComparisonOptions {
    /// True if value i of both sides comes from the same repetition. Pairs with a NaN are omitted.
    pub paired: bool,
    /// Reason that forbids a verdict on every measure.
    pub guard: Option<Validity>,
    /// Estimated camera yaw, degrees. Positive if the front of the body points to the left of the
    /// person. NaN if it is unknown or does not apply.
    pub yaw: f64,
    /// Side of the second of two compared legs, whose difference depends on camera yaw. `None` for
    /// one leg at two dates.
    pub second_leg: Option<Side>,
    /// Index of the measure that was chosen in advance. All other measures must also be significant
    /// after Holm's correction.
    pub primary: Option<usize>,
}

/// Comparison of one measure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ComparedMeasure {
    /// Count, mean and variance of the first side.
    pub first: Moments,
    /// Count, mean and variance of the second side.
    pub second: Moments,
    /// Confidence interval of second − first, corrected for camera yaw.
    pub interval: Interval,
    /// Effect of the estimated camera yaw on second − first, which was subtracted.
    pub camera_part: f64,
    /// Confidence interval that also includes the systematic error of the estimator.
    pub whole: Interval,
    /// Method of the confidence interval.
    pub method: IntervalMethod,
    /// p-value of a permutation test of the difference.
    pub p: f64,
    /// p-value with Holm's correction over all measures with a detectable change; NaN for other
    /// measures.
    pub p_holm: f64,
    /// Detectable change, widened by camera yaw; at least the published error of the estimator.
    pub detectable: Option<f64>,
    /// Verdict on this measure.
    pub verdict: Verdict,
    /// Reason of an inconclusive verdict, or of one that is limited by a published detectable
    /// change; `Ok` otherwise.
    pub reason: Validity,
}

/// Minimum number of values on each side for the bootstrap, which does not assume a normal
/// distribution.
/// Source: decision 0009.
const MIN_BOOTSTRAP_VALUES: usize = 10;
/// Number of resamples of the bootstrap.
/// Source: chosen: random sampling then changes an end of the interval by less than a hundredth of
/// its width; measured by docs/evidence/asymmetry.md.
const RESAMPLES: usize = 10_000;
/// Fixed seed of the random numbers, so that a repeated comparison gives the same result.
const SEED: u64 = 0;
/// Significance level of all tests together, after Holm's correction.
/// Source: chosen: the usual 5 %, as that of the 95 % intervals; measured by
/// docs/evidence/asymmetry.md.
const SIGNIFICANCE_LEVEL: f64 = 0.05;

/// Compares all measures of two sides, and returns one result for each.
pub fn compare(rows: &[MeasurePair], options: &ComparisonOptions) -> Vec<ComparedMeasure> {
    let seen: Vec<[Vec<f64>; 2]> =
        rows.iter().map(|row| complete_values(row, options.paired)).collect();
    let without_camera = |(row, [first, second]): (&MeasurePair, &[Vec<f64>; 2])| {
        let part = row.camera_part(options);
        [first.clone(), second.iter().map(|value| value - part).collect()]
    };
    let sides: Vec<[Vec<f64>; 2]> = rows.iter().zip(&seen).map(without_camera).collect();
    let intervals = intervals(&sides, options.paired);
    let p: Vec<f64> = sides
        .iter()
        .map(|[first, second]| permutation_p(&Samples::of(first, second, options.paired), SEED))
        .collect();
    let testable: Vec<f64> = p
        .iter()
        .zip(rows)
        .map(|(p, row)| if row.detectable.is_some() { *p } else { f64::NAN })
        .collect();
    let adjusted = holm(&testable);
    let parts = rows.iter().zip(&seen).zip(intervals).zip(p).zip(adjusted);
    parts
        .enumerate()
        .map(|(i, ((((row, sides), (interval, method)), p), p_holm))| {
            let [first, second] = sides.each_ref().map(|values| Moments::of(values));
            let is_primary = options.primary == Some(i);
            let significant = is_primary || p_holm <= SIGNIFICANCE_LEVEL;
            let (verdict, reason) =
                decide(row, [first.n, second.n], interval, significant, options);
            let detectable = row.widened_detectable(options);
            ComparedMeasure {
                first,
                second,
                interval,
                camera_part: row.camera_part(options),
                whole: row.whole(interval),
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

/// Verdict on one difference, with the reason.
fn decide(
    row: &MeasurePair,
    counts: [f64; 2],
    interval: Interval,
    significant: bool,
    options: &ComparisonOptions,
) -> (Verdict, Validity) {
    let inconclusive = |reason| (Verdict::Inconclusive, reason);
    let (Some(known), Some(detectable)) = (row.detectable, row.widened_detectable(options)) else {
        return inconclusive(Validity::NoDetectableChange);
    };
    if let Some(reason) = row.blocked_by(options.guard) {
        return inconclusive(reason);
    }
    let least = MIN_REPS as f64;
    if counts.iter().any(|n| *n < least) {
        let enough = [&row.first, &row.second].iter().all(|values| values.len() >= MIN_REPS);
        return inconclusive(if row.at_depth && enough {
            Validity::DepthNotReached
        } else {
            Validity::TooFewReps
        });
    }
    let Interval { difference, low, high } = interval;
    let excludes_zero = low > 0.0 || high < 0.0;
    if excludes_zero && difference.abs() > detectable && significant {
        // The correction for camera yaw is uncertain. It must not create a difference that the
        // uncorrected values do not show.
        let as_seen = difference + row.camera_part(options);
        return match as_seen * difference > 0.0 && as_seen.abs() > known {
            false => inconclusive(Validity::CameraTurned),
            true if row.is_borrowed => (Verdict::LargerThanBorrowed, Validity::NoDetectableChange),
            true => (Verdict::Different, Validity::Ok),
        };
    }
    // The remaining error of camera yaw could hide a difference that exceeds the detectable change.
    if difference.abs() + row.yaw_error(options) > known.max(difference.abs()) {
        return inconclusive(Validity::CameraTurned);
    }
    if !excludes_zero && low.abs().max(high.abs()) > detectable {
        return inconclusive(Validity::IntervalTooWide);
    }
    (Verdict::NoDetectableDifference, Validity::Ok)
}

/// Finite values of both sides; if paired, only complete pairs.
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
    let enough_values =
        |[first, second]: &[Vec<f64>; 2]| first.len().min(second.len()) >= MIN_BOOTSTRAP_VALUES;
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
    // Measures with equal numbers of values share their bootstrap resamples.
    let mut remaining: Vec<usize> =
        sides.iter().enumerate().filter(|(_, side)| enough_values(side)).map(|(i, _)| i).collect();
    while let Some(&next) = remaining.first() {
        let counts = |i: usize| sides.get(i).map(|side| side.each_ref().map(Vec::len));
        let (equal_counts, others): (Vec<usize>, Vec<usize>) =
            remaining.iter().partition(|i| counts(**i) == counts(next));
        let side = |k: usize| -> Vec<Vec<f64>> {
            equal_counts.iter().filter_map(|i| sides.get(*i)?.get(k).cloned()).collect()
        };
        let resampled = expanded_intervals(&side(0), &side(1), RESAMPLES, SEED);
        for (i, interval) in equal_counts.iter().zip(resampled) {
            // If the bootstrap interval is not finite, the t interval stays.
            if let Some(slot) = found.get_mut(*i).filter(|_| interval.low.is_finite()) {
                *slot = (interval, IntervalMethod::Bootstrap);
            }
        }
        remaining = others;
    }
    found
}
