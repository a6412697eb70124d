//! Where the repetitions are: the signal that the view allows, and what stands against counting one.

use crate::angle::{Measure, Request, table};
use crate::error::{Error, Result};
use crate::exercise::{Combine, Exercise, Posture, SignalRow};
use crate::posture::{Landmarks, Setting, Stand, Usual, look, stands_on};
use crate::quality;
use crate::recording::{Recording, View};
use crate::recording_angles::{Reading, joint_angles};
use crate::reps::{Rep, RepStatus, Scale, Segmentation, segment_if};
use crate::skeleton::Side;
use crate::space::Up;
use crate::stats::quantile::Scratch;

/// Repetitions and the signal that showed them.
#[derive(Debug, Clone)]
pub struct Found {
    /// View that was gone by; `None` in world space.
    pub view: Option<View>,
    /// Angle that drove the repetitions.
    pub signal: SignalRow,
    /// That angle over time.
    pub signal_values: Vec<f64>,
    /// Repetitions in time order, in frames.
    pub reps: Vec<Rep>,
    /// How the body stood in each frame.
    pub stands: Vec<Stand>,
}

/// Finds the repetitions of a conditioned recording. The exercise picks the signal that the view
/// allows; `view` is the user's word, `None` asks the keypoints.
///
/// # Errors
/// [`Error::Option`] for fewer than two frames; otherwise as [`quality::settled_view`].
pub fn find_reps(
    recording: &Recording,
    exercise: &Exercise,
    side: Side,
    view: Option<View>,
) -> Result<Found> {
    if recording.times().len() < 2 {
        return Err(Error::Option(format!(
            "the recording has {} frame(s); repetitions need a recording over time",
            recording.times().len()
        )));
    }
    let view = quality::settled_view(recording, view)?;
    let signal = exercise.signal_in(recording.up(), view).clone();
    let lying = exercise.posture == Posture::Lying;
    let reading = Reading { lying, ..Reading::new(exercise.pelvis, view) };
    let signal_values = signal_of(recording, &signal, side, &reading)?;
    let how = Segmentation {
        fs: recording.fs(),
        min_range: signal.min_range,
        despike: false,
        scale: scale_of(&signal),
    };
    let stands = Landmarks::of(recording);
    let setting = setting(exercise, &signal, side, recording.up(), view, recording.fs());
    let one_leg_stands = !exercise.two_legs && exercise.posture == Posture::Standing;
    let on_the_leg = one_leg_stands.then(|| stands_on(&stands, &setting));
    let other_leg = match exercise.posture {
        Posture::AllFours if !exercise.two_legs => {
            signal_of(recording, &signal, side.other(), &reading)?
        }
        _ => Vec::new(),
    };
    let reps = segment_if(&signal_values, on_the_leg.as_deref(), &how, |reps| {
        let mut objections = objections(&stands, reps, &setting);
        for (rep, objection) in reps.iter().zip(&mut objections) {
            if other_leg_works(rep, &other_leg) {
                *objection = objection.or(Some(RepStatus::LostStance));
            }
        }
        objections
    })?;
    Ok(Found { view, signal, signal_values, reps, stands })
}

/// How a signal's noise grows.
pub fn scale_of(signal: &SignalRow) -> Scale {
    match table::find(&signal.angle) {
        Ok(spec) if spec.measure == Measure::Shortening => Scale::Sinking,
        _ => Scale::Plain,
    }
}

/// Whether the other leg moves farther in a repetition that only one leg is to do.
pub fn other_leg_works(rep: &Rep, other_leg: &[f64]) -> bool {
    let inside = other_leg.get(rep.start..=rep.end).unwrap_or_default();
    let seen = || inside.iter().copied().filter(|v| v.is_finite());
    let range = seen().fold(f64::NEG_INFINITY, f64::max) - seen().fold(f64::INFINITY, f64::min);
    range > rep.range
}

/// What posture is judged by, at `fs` frames per second.
pub fn setting(
    exercise: &Exercise,
    signal: &SignalRow,
    side: Side,
    up: Up,
    view: Option<View>,
    fs: f64,
) -> Setting {
    Setting {
        posture: exercise.posture,
        side,
        two_legs: exercise.two_legs,
        up,
        view,
        signal_is_knee: signal.angle.starts_with("knee_flexion"),
        fs,
    }
}

/// Why each repetition is none, where the body did something else.
fn objections(stands: &[Stand], reps: &[Rep], setting: &Setting) -> Vec<Option<RepStatus>> {
    let mut scratch = Scratch::new();
    let sound = |rep: &&Rep| rep.status == RepStatus::Full;
    let shown: Vec<_> = reps.iter().map(|rep| look(stands, rep, setting, &mut scratch)).collect();
    let of_sound: Vec<_> =
        reps.iter().zip(&shown).filter(|(rep, _)| sound(rep)).map(|(_, s)| *s).collect();
    let usual = Usual::of(&of_sound, &mut scratch);
    shown.iter().map(|shown| usual.objection(shown, setting)).collect()
}

/// The legs that a signal is made of, the one that speaks first in front.
pub fn sides_of(signal: &SignalRow, side: Side, view: Option<View>) -> Vec<Side> {
    let near = if view == Some(View::Left) { Side::Left } else { Side::Right };
    match signal.combine {
        Combine::Side => vec![side],
        Combine::Near => vec![near, near.other()],
        Combine::Minimum | Combine::Mean => Side::BOTH.to_vec(),
    }
}

fn signal_of(
    recording: &Recording,
    signal: &SignalRow,
    side: Side,
    reading: &Reading<'_>,
) -> Result<Vec<f64>> {
    let sides = sides_of(signal, side, reading.view);
    let requests: Vec<Request> =
        sides.iter().map(|side| Request::for_leg(&signal.angle, *side)).collect::<Result<_>>()?;
    let angles = joint_angles(recording, &requests, reading)?;
    Ok(angles
        .values
        .outer_iter()
        .map(|legs| combined(signal.combine, legs.iter().copied()))
        .collect())
}

/// One number of the legs: from the side the far leg is often hidden, and the leg that is seen speaks
/// for both.
pub fn combined(how: Combine, legs: impl Iterator<Item = f64> + Clone) -> f64 {
    let mut seen = legs.filter(|v| v.is_finite());
    match how {
        Combine::Side | Combine::Near => seen.next().unwrap_or(f64::NAN),
        Combine::Mean => seen.clone().sum::<f64>() / seen.count() as f64,
        Combine::Minimum => seen.fold(f64::NAN, f64::min),
    }
}
