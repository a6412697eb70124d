//! Two legs, or one leg twice: the difference, its interval, and only the verdict that they support.

use crate::asymmetry::inference::Moments;
use crate::asymmetry::{Interval, paired_interval, welch_interval};
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
/// What one degree of turn, seen on both legs, adds to a difference of frontal-plane projection angles,
/// beyond the first degree: twice 1.35 degrees, the slope at the bottom of a squat to 60 degrees.
const YAW_SLOPE: f64 = 2.7;
const YAW_TOLERATED_DEG: f64 = 1.0;

/// The detectable change with a camera turned by about `yaw` degrees; NaN where that is not known
/// leaves it as it is.
pub fn detectable_with_yaw(detectable: f64, yaw: f64) -> f64 {
    detectable + YAW_SLOPE * (yaw.abs() - YAW_TOLERATED_DEG).max(0.0)
}

/// What forbids a verdict about two image recordings, from the estimated turn of the camera.
pub fn yaw_guard(yaw: f64) -> Option<Validity> {
    if yaw.is_nan() {
        Some(Validity::CameraAngleUnknown)
    } else {
        (yaw.abs() > REFUSED_YAW_DEG).then_some(Validity::CameraTurned)
    }
}

/// One measure of two sides.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Compared {
    /// The first side.
    pub first: Moments,
    /// The second side.
    pub second: Moments,
    /// second − first.
    pub interval: Interval,
    /// What may be said.
    pub verdict: Verdict,
    /// Why nothing more can be said; `Ok` beside a verdict.
    pub reason: Validity,
}

/// Compares the values of one measure, one value a full repetition. `paired` where value i of both
/// sides is from the same repetition; pairs with a NaN are left out on both sides. `guard` is what forbids a verdict whatever the numbers are.
pub fn compare(
    first: &[f64],
    second: &[f64],
    paired: bool,
    detectable: Option<f64>,
    guard: Option<Validity>,
) -> Compared {
    let complete = |(a, b): &(&f64, &f64)| a.is_finite() && b.is_finite();
    let (first, second): (Vec<f64>, Vec<f64>) = if paired {
        first.iter().zip(second).filter(complete).unzip()
    } else {
        (first.to_vec(), second.to_vec())
    };
    let interval =
        if paired { paired_interval(&first, &second) } else { welch_interval(&first, &second) };
    let (a, b) = (Moments::of(&first), Moments::of(&second));
    let least = LEAST_REPS as f64;
    let (verdict, reason) = match (detectable, guard) {
        (None, _) => (Verdict::Inconclusive, Validity::NoDetectableChange),
        (_, Some(reason)) => (Verdict::Inconclusive, reason),
        _ if a.n < least || b.n < least => (Verdict::Inconclusive, Validity::TooFewReps),
        (Some(detectable), None) => {
            let excludes_zero = interval.low > 0.0 || interval.high < 0.0;
            let verdict = if excludes_zero && interval.difference.abs() > detectable {
                Verdict::Different
            } else {
                Verdict::NoDetectableDifference
            };
            (verdict, Validity::Ok)
        }
    };
    Compared { first: a, second: b, interval, verdict, reason }
}
