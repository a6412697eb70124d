//! Finds the repetitions: selects the signal that the view allows, and rejects other movements.

use crate::angle::{AngleSpec, Measure, Request};
use crate::error::{Error, Result};
use crate::exercise::{Combine, Exercise, Posture, SignalRow};
use crate::interrupt::check;
use crate::memory::{copied, gathered};
use crate::posture::{
    ACCEPTED, ACCEPTED_IN_PART, ACCEPTED_SMALL, FramePosture, PostureContext, PostureLandmarks,
    RepPosture, TypicalRep, assess_rep, descent, stance_frames,
};
use crate::recording::{Recording, View};
use crate::recording_angles::{AngleOptions, SeenRecording};
use crate::reps::offline::has_many;
use crate::reps::{
    Rep, RepStatus, Scale, Segmentation, delimit_by_signal, is_partial, segment_with_rejections,
    typical_size,
};
use crate::skeleton::Side;
use crate::space::Up;
use crate::stats::quantile::Scratch;

/// Minimum descent of the body in a standing repetition, expressed as knee flexion in degrees.
/// Source: decision 0005.
const LEAST_DESCENT_DEG: f64 = 25.0;

/// Repetitions, and the signal in which they were found.
#[derive(Debug, Clone)]
pub struct FoundReps {
    /// View of the camera; `None` in world space.
    pub view: Option<View>,
    /// Angle that drove the repetitions.
    pub signal: SignalRow,
    /// Value of the driving angle in each frame.
    pub signal_values: Vec<f64>,
    /// Repetitions in chronological order, in frames.
    pub reps: Vec<Rep>,
    /// Posture in each frame.
    pub postures: Vec<FramePosture>,
}

/// Finds the repetitions of a conditioned recording. The exercise determines the signal for each
/// view. `view` is the view that the user states; `None` detects it from the keypoints.
///
/// # Errors
/// [`Error::Option`] for fewer than two frames; otherwise as [`resolve_view`](crate::quality::resolve_view).
pub fn find_reps(
    recording: &Recording,
    exercise: &Exercise,
    side: Side,
    view: Option<View>,
) -> Result<FoundReps> {
    find_reps_in(&SeenRecording::new(recording, view, exercise.stands())?, exercise, side)
}

/// Same as [`find_reps`], for a recording whose view is already resolved.
pub(super) fn find_reps_in(
    seen: &SeenRecording<'_>,
    exercise: &Exercise,
    side: Side,
) -> Result<FoundReps> {
    let (recording, view) = (seen.recording(), seen.view());
    if recording.times().len() < 2 {
        return Err(Error::Option(format!(
            "the recording has {} frame(s); repetitions need a recording over time",
            recording.times().len()
        )));
    }
    let signal = exercise.signal_in(recording.up(), view).clone();
    let lying = exercise.posture == Posture::Lying;
    let angle_options =
        AngleOptions { lying, only_counts: true, ..AngleOptions::new(exercise.pelvis, view) };
    let spec = exercise.angle(&signal.angle)?;
    let signal_values = signal_series(seen, (&signal, spec), side, &angle_options)?;
    let own = Segmentation {
        fs: recording.fs(),
        min_range: signal.min_range,
        despike: false,
        scale: scale_of(exercise, spec),
    };
    let postures = PostureLandmarks::read_all(recording);
    let context = posture_context(exercise, &signal, side, recording.up(), view, recording.fs());
    let (series, how) = counting(&postures, &signal_values, own, &context);
    let on_the_leg = exercise.stands_on_one_leg().then(|| stance_frames(&postures, &context));
    let mut judged = Vec::new();
    let mut reps = segment_with_rejections(&series, on_the_leg.as_deref(), &how, &mut |reps| {
        judged = judge_all(&postures, reps, &context, &mut Scratch::new());
        rejections(&judged, reps, &context)
    })?;
    for (rep, judged) in reps.iter_mut().zip(&judged) {
        rep.probability = stated(judged.probability, rep.status, &context);
    }
    if reps.is_empty()
        && let Some(on_the_leg) = &on_the_leg
    {
        reps = of_other_leg(&series, on_the_leg, &how)?;
    }
    if context.by_descent {
        let mut outward = copied(&signal_values);
        if context.rises() {
            turn_over(&mut outward);
        }
        delimit_by_signal(&mut reps, &outward, &own);
    }
    Ok(FoundReps { view, signal, signal_values, reps, postures })
}

/// Finds repetitions done on the other leg, if the recording has none on the leg under analysis.
/// They get the status `LostStance`, as in a stream.
fn of_other_leg(series: &[f64], on_the_leg: &[bool], how: &Segmentation) -> Result<Vec<Rep>> {
    let lost = |rep: &Rep| has_many(rep, on_the_leg, false).then_some(RepStatus::LostStance);
    let mut reps =
        segment_with_rejections(series, None, how, &mut |reps| reps.iter().map(lost).collect())?;
    reps.retain(|rep| rep.status == RepStatus::LostStance);
    Ok(reps)
}

/// True for a standing exercise whose signal is knee flexion. Its repetitions are counted by the
/// descent of the body.
pub(super) fn by_descent(exercise: &Exercise, signal: &SignalRow) -> bool {
    exercise.posture == Posture::Standing && signal.angle.starts_with("knee_flexion")
}

/// Series in which repetitions are counted, with the settings of the segmentation. It is the
/// descent of the body for standing exercises with knee flexion, otherwise the signal itself.
pub(super) fn counting(
    postures: &[FramePosture],
    signal_values: &[f64],
    own: Segmentation,
    context: &PostureContext,
) -> (Vec<f64>, Segmentation) {
    if !context.by_descent {
        return (copied(signal_values), own);
    }
    let (min_range, scale) = (least_descent(own.min_range), Scale::Descent);
    let seen: Vec<FramePosture> = gathered(postures.iter().map(|posture| context.seen(posture)));
    let mut series = descent(&seen, context.up.vector());
    if context.rises() {
        turn_over(&mut series);
    }
    (series, Segmentation { min_range, scale, ..own })
}

/// Minimum descent of the body in a repetition, expressed as knee flexion in degrees.
pub fn least_descent(min_range: f64) -> f64 {
    min_range.max(LEAST_DESCENT_DEG)
}

/// Scale on which the noise of a signal is uniform.
pub fn signal_scale(spec: &AngleSpec) -> Scale {
    if spec.measure == Measure::Shortening { Scale::Sinking } else { Scale::Plain }
}

/// Scale on which the noise of an exercise's signal is uniform. A signal that decreases during the
/// movement needs no transformation.
pub(super) fn scale_of(exercise: &Exercise, spec: &AngleSpec) -> Scale {
    if exercise.rises() { Scale::Plain } else { signal_scale(spec) }
}

/// Changes the sign of a series, so that a movement whose signal decreases becomes a rise.
fn turn_over(series: &mut [f64]) {
    series.iter_mut().for_each(|value| *value = -*value);
}

/// Context of the posture checks, for a recording with `fs` frames per second.
pub fn posture_context(
    exercise: &Exercise,
    signal: &SignalRow,
    side: Side,
    up: Up,
    view: Option<View>,
    fs: f64,
) -> PostureContext {
    PostureContext {
        posture: exercise.posture,
        pattern: exercise.pattern,
        side,
        two_legs: exercise.two_legs,
        up,
        view,
        by_descent: by_descent(exercise, signal),
        fs,
        accepted: ACCEPTED,
    }
}

/// Status of each repetition whose posture overrules the signal. A movement that is not the
/// exercise is rejected. A repetition with missing frames becomes full if its visible part is clear
/// evidence of the exercise.
fn rejections(
    judged: &[RepPosture],
    reps: &[Rep],
    context: &PostureContext,
) -> Vec<Option<RepStatus>> {
    let sound = reps.iter().zip(judged).filter(|(rep, _)| rep.status == RepStatus::Full);
    let sound: Vec<RepPosture> = gathered(sound.map(|(_, posture)| *posture));
    let typical = TypicalRep::of_reps(&sound);
    let is_full = |(rep, posture): &(&Rep, &RepPosture)| {
        rep.status == RepStatus::Full && typical.rejection(posture, context).is_none()
    };
    let full = reps.iter().zip(judged).filter(is_full).map(|(rep, _)| rep.size);
    let usual = typical_size(full, &mut Scratch::new());
    let judge = |(rep, posture): (&Rep, &RepPosture)| match typical.rejection(posture, context) {
        Some(_) if may_be_partial(rep, posture, usual, context) => None,
        None if rep.status == RepStatus::MissingData => {
            (posture.probability >= ACCEPTED_IN_PART).then_some(RepStatus::Full)
        }
        rejection => rejection,
    };
    reps.iter().zip(judged).map(judge).collect()
}

/// Probability as it is reported. A repetition can count because it resembles others, although its
/// own probability is below the limit; the limit is reported for it.
pub(super) fn stated(probability: f64, status: RepStatus, context: &PostureContext) -> f64 {
    let counts = status == RepStatus::Full && probability < context.accepted;
    if counts { context.accepted } else { probability }
}

/// True if a movement that its evidence rejects may be a partial repetition: its probability is not
/// too low, and it is smaller than the full repetitions, whose typical size is `usual`.
pub(super) fn may_be_partial(
    rep: &Rep,
    posture: &RepPosture,
    usual: f64,
    context: &PostureContext,
) -> bool {
    (ACCEPTED_SMALL..context.accepted).contains(&posture.probability)
        && posture.rejection == Some(RepStatus::OtherMovement)
        && is_partial(rep.size, usual, 0.0)
}

/// Assesses the posture of each repetition, in comparison with the typical size of the full ones.
pub(super) fn judge_all(
    postures: &[FramePosture],
    reps: &[Rep],
    context: &PostureContext,
    scratch: &mut Scratch,
) -> Vec<RepPosture> {
    let full = reps.iter().filter(|rep| rep.status == RepStatus::Full);
    let typical = typical_size(full.map(|rep| rep.size), scratch);
    let judge = |rep| {
        check();
        assess_rep(postures, rep, context, typical, scratch)
    };
    reps.iter().map(judge).collect()
}

/// Legs whose values are combined in the signal, in order of preference.
pub fn signal_sides(signal: &SignalRow, side: Side, view: Option<View>) -> Vec<Side> {
    let near = if view == Some(View::Left) { Side::Left } else { Side::Right };
    match signal.combine {
        Combine::Side => vec![side],
        Combine::Near => vec![near, near.other()],
        Combine::Minimum | Combine::Mean => Side::BOTH.to_vec(),
    }
}

fn signal_series(
    seen: &SeenRecording<'_>,
    (signal, spec): (&SignalRow, &AngleSpec),
    side: Side,
    angle_options: &AngleOptions<'_>,
) -> Result<Vec<f64>> {
    let sides = signal_sides(signal, side, angle_options.view);
    let requests: Vec<Request> =
        sides.iter().map(|side| Request::for_leg(spec, *side)).collect::<Result<_>>()?;
    let angles = seen.joint_angles(&requests, angle_options)?;
    Ok(angles
        .values
        .outer_iter()
        .map(|legs| combine_legs(signal.combine, legs.iter().copied()))
        .collect())
}

/// Combines the values of the legs. From the side the far leg is often hidden; the visible leg then
/// represents both.
pub fn combine_legs(how: Combine, legs: impl Iterator<Item = f64> + Clone) -> f64 {
    let mut seen = legs.filter(|v| v.is_finite());
    match how {
        Combine::Side | Combine::Near => seen.next().unwrap_or(f64::NAN),
        Combine::Mean => seen.clone().sum::<f64>() / seen.count() as f64,
        Combine::Minimum => seen.fold(f64::NAN, f64::min),
    }
}
