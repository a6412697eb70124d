//! Lists all movements that are judged as repetitions, each with its evidence. The fit of the
//! evidence table uses them as input.

use super::find::{counting, judge_all, posture_context};
use super::{follow, tracker_of};
use crate::conditioning::{Conditioning, condition};
use crate::error::Result;
use crate::exercise::Exercise;
use crate::posture::{EVIDENCE_VIEWS, PostureLandmarks, RepPosture, evidence_view};
use crate::quality;
use crate::recording::{Recording, View};
use crate::reps::{Rep, Scale, Segmentation, segment};
use crate::skeleton::Side;
use crate::stats::quantile::Scratch;

/// Finds the movements of a raw recording that are judged as repetitions of an exercise.
/// [`analyze`](super::analyze) finds the same movements with the same `how`. The exercise must be
/// counted by the descent of the body. No movement is rejected for its evidence, so the result does
/// not depend on the evidence table that is fitted to it.
///
/// # Errors
/// As [`analyze`](super::analyze).
pub fn candidate_reps(
    raw: &Recording,
    exercise: &Exercise,
    side: Side,
    view: Option<View>,
    how: &Conditioning,
) -> Result<(&'static str, Vec<(Rep, RepPosture)>)> {
    let conditioned = condition(raw, how)?;
    let recording = &conditioned.recording;
    let view = quality::resolve_view(recording, view)?;
    let signal = exercise.signal_in(recording.up(), view);
    let context = posture_context(exercise, signal, side, recording.up(), view, recording.fs());
    let view_name = EVIDENCE_VIEWS.get(evidence_view(&context)).copied().unwrap_or_default();
    if !how.look_ahead {
        let mut tracker = tracker_of(&conditioned, exercise, side, view)?;
        tracker.accept_all();
        let mut found = Vec::new();
        follow(&mut tracker, &conditioned, |tracker, _| found.extend(tracker.last_judged()));
        return Ok((view_name, found));
    }
    let postures = PostureLandmarks::read_all(recording);
    let own = Segmentation {
        fs: recording.fs(),
        min_range: signal.min_range,
        despike: false,
        scale: Scale::Descent,
    };
    let (series, how) = counting(&postures, &[], own, &context);
    let reps = segment(&series, None, &how)?;
    let judged = judge_all(&postures, &reps, &context, &mut Scratch::new());
    let found = reps.into_iter().zip(judged).filter(|(rep, _)| rep.start < rep.end);
    Ok((view_name, found.collect()))
}
