//! Comparison of two analyses: the measure that leads it, and the reason that forbids a verdict.

use kneepose_core::comparison::{Circumstances, common_measures, leading_measure, verdict_guard};
use kneepose_core::validity::Validity;

use crate::analyses::{KneeposeAnalysis, Measure, check_once};
use crate::pointers::{In, Out, Text};
use crate::status::{KneeposeStatus, Result, status};

/// Measure that leads a comparison.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct KneeposeLead {
    /// Name of the measure; NULL if no measure has enough values on both sides.
    pub name: Text,
    /// Its index in the first analysis; 0 without a name.
    pub first: usize,
    /// Its index in the second analysis; 0 without a name.
    pub second: usize,
    /// True if the analyses are of both legs in the same repetitions: value i belongs to value i.
    pub paired: bool,
}

/// Permission for a verdict.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct KneeposeGuard {
    /// `KNEEPOSE_VALIDITY_OK`, or the reason that forbids a verdict. `KNEEPOSE_VALIDITY_CAMERA_TURNED` and
    /// `KNEEPOSE_VALIDITY_CAMERA_ANGLE_UNKNOWN` do not concern durations and ranges of motion.
    pub reason: u8,
    /// Estimated angle of the camera around the person in degrees, positive if a camera in front is turned
    /// toward the person's right. NaN if no standing foot shows it, or if it has no influence: in world
    /// space, with both legs in one repetition, lying, and on all fours.
    pub yaw_deg: f64,
}

/// The two analyses of a comparison.
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

/// Finds the measure that leads a comparison of two analyses: the first one of `kneepose_exercise_lead`
/// that neither side refuses and that has four values a side, or four pairs.
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
        let paired = a.exercise.two_legs && a.side != b.side && a.has_sources_of(b);
        let ((ours, our_names), (theirs, their_names)) = (given(a), given(b));
        let both: Vec<(usize, usize)> = common_measures(&our_names, &their_names, paired)
            .into_iter()
            .filter_map(|(i, j)| Some((*ours.get(i)?, *theirs.get(j)?)))
            .collect();
        let measures: Vec<(&Measure, &Measure)> = both
            .iter()
            .filter_map(|(i, j)| Some((a.measures.get(*i)?, b.measures.get(*j)?)))
            .collect();
        let names: Vec<&str> =
            measures.iter().map(|(m, _)| m.name.to_str().unwrap_or_default()).collect();
        let values: Vec<[Vec<f64>; 2]> =
            measures.iter().map(|(m, n)| [a.full_values(m), b.full_values(n)]).collect();
        let place = leading_measure(&a.exercise.lead, &names, &values, paired);
        let found = place.and_then(|place| Some((measures.get(place)?, both.get(place)?)));
        let none = KneeposeLead { name: Text::NULL, first: 0, second: 0, paired };
        lead.set(
            "lead",
            found.map_or(none, |((measure, _), (first, second))| KneeposeLead {
                name: Text::of(&measure.name),
                first: *first,
                second: *second,
                paired,
            }),
        )
    })
}

/// Finds the reason that forbids a verdict on a comparison of two analyses, whatever the numbers are: an
/// unknown or turned camera, or a vertical that is only assumed.
///
/// `camera_moved` states that the camera was moved between the two recordings. `view="front"` of both
/// recordings, as given to `kneepose_analyze`, counts where no foot shows the camera angle. Fails as
/// `kneepose_leading_measure`.
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
        let found = verdict_guard(&Circumstances {
            posture: a.exercise.posture,
            in_world: a.in_world,
            camera_moved,
            sides: [a.compared(), b.compared()],
        });
        let reason = found.reason.unwrap_or(Validity::Ok) as u8;
        guard.set("guard", KneeposeGuard { reason, yaw_deg: found.yaw.unwrap_or(f64::NAN) })
    })
}
