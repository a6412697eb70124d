//! Replays a recorded series through the live segmenter.

use super::offline::TOLERATED_SHARE;
use super::online::{OnlineRep, OnlineSegmenter, OnlineSettings, Transition};
use super::phase::{Rep, RepStatus};
use super::{Segmentation, grade_reps};
use crate::error::Result;
use crate::interrupt::check_at;

/// Expected range before the first repetition, as a multiple of the minimum range.
/// Source: chosen: squats are usually two to three times as deep as the shallowest that counts;
/// measured by docs/evidence/repetitions.md.
const EXPECTED_RANGE_FACTOR: f64 = 2.25;

/// Finds the repetitions of a recorded series with the live segmenter.
///
/// # Errors
/// Same as [`segment`](super::segment).
pub fn segment_causal(
    series: &[f64],
    allowed: Option<&[bool]>,
    how: &Segmentation,
) -> Result<Vec<Rep>> {
    how.check()?;
    let settings = OnlineSettings {
        min_range: how.min_range,
        expected_range: EXPECTED_RANGE_FACTOR * how.min_range,
        scale: how.scale,
        lag_s: 0.0,
    };
    let mut machine = OnlineSegmenter::new(settings);
    let mut reps = Vec::new();
    let mut collect_rep = |machine: &mut OnlineSegmenter, transition: Transition| {
        let Transition::Ended(OnlineRep { mut rep, .. }) = transition else { return };
        let forbidden = allowed.is_some_and(|allowed| {
            let inside = allowed.get(rep.start..=rep.end).unwrap_or_default();
            let forbidden = inside.iter().filter(|ok| !**ok).count();
            forbidden as f64 > TOLERATED_SHARE * inside.len() as f64
        });
        if forbidden {
            rep.status = RepStatus::LostStance;
        } else if rep.status == RepStatus::Full {
            rep.status = machine.grade(rep.range);
        }
        reps.push(rep);
    };
    for (i, &value) in series.iter().enumerate() {
        check_at(i);
        let transition = machine.push(i as f64 / how.fs, value);
        collect_rep(&mut machine, transition);
    }
    let transition = machine.finish();
    collect_rep(&mut machine, transition);
    grade_reps(&mut reps, how.min_range);
    Ok(reps)
}
