//! A whole series as the live machine would take it, sample by sample.

use super::offline::TOLERATED_SHARE;
use super::online::{OnlineRep, OnlineSegmenter, OnlineSettings, Transition};
use super::phase::{Rep, RepStatus};
use super::{Segmentation, grade_reps};
use crate::error::Result;

/// Before a repetition was seen, this many least ranges are expected.
const EXPECTED_OF_LEAST: f64 = 2.25;

/// Finds the repetitions of a whole series as the live machine would, sample by sample.
///
/// # Errors
/// As [`segment`](super::segment).
pub fn segment_causal(
    series: &[f64],
    allowed: Option<&[bool]>,
    how: &Segmentation,
) -> Result<Vec<Rep>> {
    how.check()?;
    let settings = OnlineSettings {
        min_range: how.min_range,
        expected_range: EXPECTED_OF_LEAST * how.min_range,
        scale: how.scale,
        lag_s: 0.0,
    };
    let mut machine = OnlineSegmenter::new(settings);
    let mut reps = Vec::new();
    let mut take = |machine: &mut OnlineSegmenter, transition: Transition| {
        let Transition::Ended(OnlineRep { mut rep, .. }) = transition else { return };
        let barred = allowed.is_some_and(|allowed| {
            let inside = allowed.get(rep.start..=rep.end).unwrap_or_default();
            let barred = inside.iter().filter(|ok| !**ok).count();
            barred as f64 > TOLERATED_SHARE * inside.len() as f64
        });
        if barred {
            rep.status = RepStatus::LostStance;
        } else if rep.status == RepStatus::Full {
            rep.status = machine.grade(rep.range);
        }
        reps.push(rep);
    };
    for (i, &value) in series.iter().enumerate() {
        let transition = machine.push(i as f64 / how.fs, value);
        take(&mut machine, transition);
    }
    let transition = machine.finish();
    take(&mut machine, transition);
    grade_reps(&mut reps, how.min_range);
    Ok(reps)
}
