//! Comparison of two analyses: the leading measure, and the reason that forbids a verdict.

use kneepose_core::comparison::{
    Circumstances, ComparedMeasure, ComparisonOptions, IntervalMethod, MeasurePair, Verdict,
    VerdictGuard, borrowed_change, common_measures, compare, error_of_difference, leading_measure,
    verdict_guard,
};
use kneepose_core::error::Error;
use kneepose_core::validity::Validity;

use crate::analyses::{KneeposeAnalysis, Measure, check_once};
use crate::pointers::{In, Out, Text};
use crate::status::{Failure, KneeposeStatus, Result, status};

/// Verdicts with their meaning, in the order of their codes.
pub const VERDICT_TABLE: [(Verdict, &str); 4] = [
    (
        Verdict::Different,
        "The interval excludes zero, and the difference exceeds a detectable change of your own.",
    ),
    (
        Verdict::NoDetectableDifference,
        "The interval includes zero, or the difference does not exceed the detectable change.",
    ),
    (
        Verdict::LargerThanBorrowed,
        "As different, with a detectable change from the literature, of other cameras and estimators.",
    ),
    (Verdict::Inconclusive, "The recordings do not allow a verdict: `reason`."),
];

/// The leading measure of a comparison: the one that was chosen in advance for the exercise.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct KneeposeLead {
    /// Name of the measure; NULL if no measure has enough values on both sides.
    pub name: Text,
    /// Index of the measure in the first analysis; 0 if `name` is NULL.
    pub first: usize,
    /// Index of the measure in the second analysis; 0 if `name` is NULL.
    pub second: usize,
    /// True if the two analyses are of both legs in the same repetitions. Value i of one then
    /// belongs to value i of the other.
    pub paired: bool,
}

/// Says whether a comparison may have a verdict.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct KneeposeGuard {
    /// `KNEEPOSE_VALIDITY_OK`, or the reason that forbids a verdict. The reasons
    /// `KNEEPOSE_VALIDITY_CAMERA_TURNED` and `KNEEPOSE_VALIDITY_CAMERA_ANGLE_UNKNOWN` do not apply
    /// to durations and ranges of motion.
    pub reason: u8,
    /// Estimated yaw of the camera around the person in degrees, positive if a camera in front is
    /// turned toward the person's right. NaN if no standing foot shows it. Also NaN if yaw has no
    /// influence: in world space, with both legs in one repetition, lying, and on all fours.
    pub yaw_deg: f64,
}

/// Smallest detectable change (95 %) of a measure that the caller determined from repeated
/// recordings.
#[repr(C)]
pub struct KneeposeDetectable {
    /// Name of the measure.
    pub measure: Text,
    /// Detectable change in the unit of the measure, above 0.
    pub change: f64,
}

/// Difference of one measure between two analyses, second − first, in full repetitions.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct KneeposeDifference {
    /// Name of the measure.
    pub name: Text,
    /// Unit of the measure, as in `KneeposeMeasure`.
    pub unit: Text,
    /// Index of the measure in the first analysis.
    pub first: usize,
    /// Index of the measure in the second analysis.
    pub second: usize,
    /// Number of values of the first analysis; number of pairs if the two analyses are paired.
    pub first_count: usize,
    /// Mean of the values of the first analysis; NaN without values.
    pub first_mean: f64,
    /// Standard deviation of the values of the first analysis; NaN for fewer than two.
    pub first_sd: f64,
    /// Number of values of the second analysis; number of pairs if the two analyses are paired.
    pub second_count: usize,
    /// Mean of the values of the second analysis; NaN without values.
    pub second_mean: f64,
    /// Standard deviation of the values of the second analysis; NaN for fewer than two.
    pub second_sd: f64,
    /// Mean of the second minus mean of the first, less `camera_part`.
    pub difference: f64,
    /// Part of the difference between two legs that the yaw of the camera causes. It is already
    /// subtracted from `difference`. It is 0 for one leg at two dates, and if the yaw is not known.
    pub camera_part: f64,
    /// Lower end of the 95 % confidence interval of the difference; NaN with too few values.
    pub low: f64,
    /// Upper end of the 95 % confidence interval of the difference; NaN with too few values.
    pub high: f64,
    /// Lower end of the 95 % interval that also includes the systematic error of the estimator.
    pub whole_low: f64,
    /// Upper end of the 95 % interval that also includes the systematic error of the estimator.
    pub whole_high: f64,
    /// Method of the interval: `"paired_t"`, `"welch_t"` or `"bca_bootstrap"`.
    pub method: Text,
    /// p-value of a permutation test of the difference.
    pub p: f64,
    /// p-value after Holm's correction over all measures with a detectable change; NaN for other
    /// measures.
    pub p_holm: f64,
    /// Detectable change that the verdict uses: the caller's own, or one from the literature. It is
    /// widened by the effect of the camera yaw and is never below the published error of the
    /// estimator. NaN if none is known.
    pub detectable: f64,
    /// Verdict on the measure; one of `KNEEPOSE_VERDICT_…`.
    pub verdict: u8,
    /// Reason of an inconclusive verdict, or of one that is limited by a detectable change from the
    /// literature; otherwise `KNEEPOSE_VALIDITY_OK`.
    pub reason: u8,
    /// True for the leading measure of the comparison, which comes first. Its p-value needs no
    /// correction.
    pub leads: bool,
}

/// Dereferences the two analyses of a comparison and checks that they can be compared.
fn pair<'a>(
    first: &'a In<KneeposeAnalysis>,
    second: &'a In<KneeposeAnalysis>,
) -> Result<(&'a KneeposeAnalysis, &'a KneeposeAnalysis)> {
    let (first, second) = (first.one("first")?, second.one("second")?);
    check_once(&[first, second])?;
    first.conditions.check_same(&second.conditions, false)?;
    Ok((first, second))
}

/// Index, name and legs of the measures that are not refused.
fn given(analysis: &KneeposeAnalysis) -> (Vec<usize>, Vec<(&str, bool)>) {
    let measures = analysis.measures.iter().enumerate();
    let given = measures.filter(|(_, measure)| measure.refusal.is_none());
    given.map(|(i, m)| (i, (m.name.to_str().unwrap_or_default(), m.of_leg))).unzip()
}

/// True if the analyses are of two legs in the same repetitions. Value i of one then belongs to
/// value i of the other.
fn are_paired(first: &KneeposeAnalysis, second: &KneeposeAnalysis) -> bool {
    first.exercise.two_legs && first.side != second.side && first.has_sources_of(second)
}

fn guard_of(
    first: &KneeposeAnalysis,
    second: &KneeposeAnalysis,
    camera_moved: bool,
) -> VerdictGuard {
    verdict_guard(&Circumstances {
        posture: first.exercise.posture,
        in_world: first.in_world,
        camera_moved,
        sides: [first.compared(), second.compared()],
    })
}

/// A measure that both analyses have.
struct Common<'a> {
    places: [usize; 2],
    ours: &'a Measure,
    theirs: &'a Measure,
    values: [Vec<f64>; 2],
}

impl<'a> Common<'a> {
    fn all(a: &'a KneeposeAnalysis, b: &'a KneeposeAnalysis, paired: bool) -> Vec<Self> {
        let ((our_places, our_names), (their_places, their_names)) = (given(a), given(b));
        let common = |(i, j): (usize, usize)| {
            let places = [*our_places.get(i)?, *their_places.get(j)?];
            let (ours, theirs) = (a.measures.get(places[0])?, b.measures.get(places[1])?);
            let values = [a.full_values(ours), b.full_values(theirs)];
            Some(Self { places, ours, theirs, values })
        };
        let found = common_measures(&our_names, &their_names, paired);
        found.into_iter().filter_map(common).collect()
    }

    fn name(&self) -> &'a str {
        self.ours.name.to_str().unwrap_or_default()
    }

    /// Index of the leading measure in `all`.
    fn lead(all: &[Self], first: &KneeposeAnalysis, paired: bool) -> Option<usize> {
        let names: Vec<&str> = all.iter().map(Self::name).collect();
        let values: Vec<[Vec<f64>; 2]> = all.iter().map(|common| common.values.clone()).collect();
        leading_measure(&first.exercise.lead, &names, &values, paired)
    }

    /// The measure as input of the comparison in the core. The detectable change is that of the
    /// caller, or else that of the literature.
    fn row(&self, own: &[(&str, f64)], same_leg: bool) -> MeasurePair {
        let depth = self.name().rsplit_once("_at_").map_or("", |(_, depth)| depth);
        let at_depth = !depth.is_empty() && depth.bytes().all(|byte| byte.is_ascii_digit());
        let angle = self.ours.angle.to_str().unwrap_or_default();
        let own = own.iter().rev().find(|(name, _)| *name == self.name()).map(|row| row.1);
        let [first, second] = self.values.clone();
        MeasurePair {
            first,
            second,
            angle: angle.to_owned(),
            detectable: own.or_else(|| borrowed_change(angle, at_depth).map(|row| row.change)),
            is_borrowed: own.is_none(),
            at_depth,
            systematic: self
                .ours
                .accuracy
                .zip(self.theirs.accuracy)
                .map(|(ours, theirs)| error_of_difference(ours, theirs, same_leg)),
        }
    }

    fn difference(&self, found: &ComparedMeasure, leads: bool) -> KneeposeDifference {
        let method = match found.method {
            IntervalMethod::Paired => c"paired_t",
            IntervalMethod::Welch => c"welch_t",
            IntervalMethod::Bootstrap => c"bca_bootstrap",
        };
        KneeposeDifference {
            name: Text::of(&self.ours.name),
            unit: Text::of(&self.ours.unit),
            first: self.places[0],
            second: self.places[1],
            first_count: found.first.n as usize,
            first_mean: found.first.mean,
            first_sd: found.first.variance.sqrt(),
            second_count: found.second.n as usize,
            second_mean: found.second.mean,
            second_sd: found.second.variance.sqrt(),
            difference: found.interval.difference,
            camera_part: found.camera_part,
            low: found.interval.low,
            high: found.interval.high,
            whole_low: found.whole.low,
            whole_high: found.whole.high,
            method: Text::of(method),
            p: found.p,
            p_holm: found.p_holm,
            detectable: found.detectable.unwrap_or(f64::NAN),
            verdict: found.verdict as u8,
            reason: found.reason as u8,
            leads,
        }
    }
}

/// Checks the detectable changes of the caller. Each must name a measure that one of the analyses
/// has.
fn own_changes<'a>(
    rows: &'a [KneeposeDetectable],
    sides: [&KneeposeAnalysis; 2],
) -> Result<Vec<(&'a str, f64)>> {
    let known: Vec<&str> =
        sides.iter().flat_map(|side| given(side).1.into_iter().map(|(name, _)| name)).collect();
    rows.iter()
        .map(|row| {
            let name = row.measure.get("a measure of own")?;
            if !known.contains(&name) {
                return Err(Error::unknown("measure", name, known.iter().copied()).into());
            }
            if !(row.change.is_finite() && row.change > 0.0) {
                return Err(Error::Option(format!(
                    "the detectable change of {name} is {}; it must be a positive number in the \
                     measure's unit",
                    row.change
                ))
                .into());
            }
            Ok((name, row.change))
        })
        .collect()
}

/// Compares all measures that two analyses have in common: difference, intervals and verdict, as
/// `kp.compare` does.
///
/// `camera_moved` has the meaning that it has in `kneepose_verdict_guard`, and the reason of that
/// function forbids the verdicts here. `own` has `own_count` detectable changes that replace those
/// of the literature; pass NULL and 0 for none. A measure without a detectable change gets no
/// verdict. `differences` has room for `capacity` elements; `kneepose_analysis_measures` of one
/// analysis is always enough. Writes the number of differences to `*needed`. The leading measure
/// comes first. If `capacity` is too small, returns `KNEEPOSE_STATUS_BUFFER_TOO_SMALL` and leaves
/// `differences` unchanged. Fails for the same reasons as `kneepose_leading_measure`. The same
/// analyses give bit-identical results.
///
/// Ownership: the caller keeps both analyses and owns `differences`; names and units belong to `first` and
/// are freed with it, the texts of methods are static.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "C" fn kneepose_compare(
    first: In<KneeposeAnalysis>,
    second: In<KneeposeAnalysis>,
    camera_moved: bool,
    own: In<KneeposeDetectable>,
    own_count: usize,
    mut differences: Out<KneeposeDifference>,
    capacity: usize,
    mut needed: Out<usize>,
) -> KneeposeStatus {
    status(|| {
        let (a, b) = pair(&first, &second)?;
        let own = own_changes(own.slice("own", own_count)?, [a, b])?;
        let paired = are_paired(a, b);
        let common = Common::all(a, b, paired);
        needed.set("needed", common.len())?;
        if capacity < common.len() {
            return Err(Failure::room("differences", capacity, common.len()));
        }
        let guard = guard_of(a, b, camera_moved);
        let lead = Common::lead(&common, a, paired);
        let rows: Vec<MeasurePair> =
            common.iter().map(|common| common.row(&own, a.side == b.side)).collect();
        let options = ComparisonOptions {
            paired,
            guard: guard.reason,
            yaw: guard.yaw.map_or(f64::NAN, |yaw| if a.is_from_back() { -yaw } else { yaw }),
            second_leg: (a.side != b.side).then_some(b.side),
            primary: lead,
        };
        let found = compare(&rows, &options).into_iter().zip(&common).enumerate();
        let mut found: Vec<KneeposeDifference> =
            found.map(|(i, (one, common))| common.difference(&one, lead == Some(i))).collect();
        found.sort_by_key(|difference| !difference.leads);
        differences.copy("differences", capacity, &found)
    })
}

/// Finds the leading measure of a comparison of two analyses: the first one in the list of
/// `kneepose_exercise_lead` that neither side refuses and that has four values on each side, or
/// four pairs.
///
/// Fails if the analyses differ in exercise, skeleton, space or driving signal, or are one and the same.
///
/// Ownership: the caller keeps both analyses and owns `*lead`; its name belongs to `first` and is freed
/// with it.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "C" fn kneepose_leading_measure(
    first: In<KneeposeAnalysis>,
    second: In<KneeposeAnalysis>,
    mut lead: Out<KneeposeLead>,
) -> KneeposeStatus {
    status(|| {
        let (a, b) = pair(&first, &second)?;
        let paired = are_paired(a, b);
        let common = Common::all(a, b, paired);
        let found = Common::lead(&common, a, paired).and_then(|place| common.get(place));
        let none = KneeposeLead { name: Text::NULL, first: 0, second: 0, paired };
        lead.set(
            "lead",
            found.map_or(none, |common| KneeposeLead {
                name: Text::of(&common.ours.name),
                first: common.places[0],
                second: common.places[1],
                paired,
            }),
        )
    })
}

/// Finds the reason that forbids a verdict on a comparison of two analyses, whatever the numbers are: an
/// unknown or turned camera, or a vertical that is only assumed.
///
/// `camera_moved` states that the camera was moved between the two recordings. If no foot shows the
/// camera yaw, `view="front"` in both calls of `kneepose_analyze` takes its place. Fails for the
/// same reasons as `kneepose_leading_measure`.
///
/// Ownership: the caller keeps both analyses and owns `*guard`.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "C" fn kneepose_verdict_guard(
    first: In<KneeposeAnalysis>,
    second: In<KneeposeAnalysis>,
    camera_moved: bool,
    mut guard: Out<KneeposeGuard>,
) -> KneeposeStatus {
    status(|| {
        let (a, b) = pair(&first, &second)?;
        let found = guard_of(a, b, camera_moved);
        let reason = found.reason.unwrap_or(Validity::Ok) as u8;
        guard.set("guard", KneeposeGuard { reason, yaw_deg: found.yaw.unwrap_or(f64::NAN) })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codes_of_verdicts_are_their_places() {
        for (code, (verdict, _)) in VERDICT_TABLE.iter().enumerate() {
            assert_eq!(*verdict as usize, code);
        }
    }
}
