//! Everything about one exercise on one side in one recording: condition, measure, find the
//! repetitions, read each one off.

use crate::angle::{
    Heading, LIFTED_SHARE, PelvisReference, Request, Sided, height_over, standing_heights,
};
use crate::conditioning::{Conditioned, Conditioning, Repair, condition};
use crate::error::{Error, Result};
use crate::exercise::{Combine, Exercise, Moment, SignalRow};
use crate::measure::{Angles, Reading, joint_angles};
use crate::quality::{self, Quality, Question};
use crate::recording::{Recording, View};
use crate::reps::{Rep, RepStatus, Segmentation, segment};
use crate::signal::at;
use crate::signal::quantile::median;
use crate::skeleton::Side;
use crate::space::Up;
use crate::validity::Validity;
use crate::vector::{Vec3, cross, reject, sub, unit};

/// A gap this long at the bottom hides the very moment that is read, seconds.
const LONGEST_GAP_AT_BOTTOM_S: f64 = 0.1;
/// The heading of a repetition is that of the pelvis over this time before it starts, seconds.
const HEADING_WINDOW_S: f64 = 0.5;

/// One measure of every repetition.
#[derive(Debug, Clone)]
pub struct RepMeasure {
    /// Name: angle and moment, such as `fppa_at_60`.
    pub name: String,
    /// Name of the angle; empty for times and ranges.
    pub angle: String,
    /// `"deg"`, `"shank"` or `"s"`.
    pub unit: String,
    /// Whether each leg has its own; false on the midline.
    pub of_leg: bool,
    /// One value a repetition.
    pub values: Vec<f64>,
    /// Why each is, or is not, to be trusted.
    pub validity: Vec<Validity>,
}

impl RepMeasure {
    fn heed(&mut self, quality: &Quality) {
        if let Some(reason) = quality.forbids(&self.angle) {
            self.values.fill(f64::NAN);
            self.validity.fill(reason);
        }
    }

    /// Why there is no value in any full repetition: the most frequent reason, or `without_reps`
    /// where there is no repetition. `None` where there is a value.
    pub fn refusal(&self, reps: &[Rep], without_reps: Validity) -> Option<Validity> {
        let full = || {
            let states = self.validity.iter().zip(reps);
            states.filter(|(_, rep)| rep.status == RepStatus::Full).map(|(v, _)| *v)
        };
        if full().any(Validity::is_measured) {
            return None;
        }
        let count = |reason: Validity| full().filter(|v| *v == reason).count();
        Some(full().max_by_key(|v| count(*v)).unwrap_or(without_reps))
    }
}

/// The outcome of [`analyze`].
#[derive(Debug, Clone)]
pub struct Analysis {
    /// The side under analysis.
    pub side: Side,
    /// View that was gone by; `None` in world space.
    pub view: Option<View>,
    /// Angle that drove the repetitions.
    pub signal: SignalRow,
    /// That angle over time, degrees.
    pub signal_values: Vec<f64>,
    /// Name and side of each column of `angles`.
    pub columns: Vec<(String, Option<Side>)>,
    /// Angles over time of the conditioned recording.
    pub angles: Angles,
    /// Repetitions in time order, in frames of the conditioned recording.
    pub reps: Vec<Rep>,
    /// What each repetition measures.
    pub measures: Vec<RepMeasure>,
    /// The recording that was measured, and what was repaired.
    pub conditioned: Conditioned,
    /// What is wrong with the recording, and how the camera stood.
    pub quality: Quality,
}

impl Analysis {
    /// Why there are no repetitions, where there are none: the recording, nothing seen, or nothing found.
    pub fn why_no_reps(&self) -> Validity {
        if let Some(reason) = self.quality.forbids("") {
            reason
        } else if self.signal_values.iter().any(|v| v.is_finite()) {
            Validity::NoReps
        } else {
            Validity::MissingKeypoint
        }
    }
}

/// Analyzes one side. `view` is the user's word; `None` asks the keypoints.
///
/// # Errors
/// As [`condition`] and [`find_reps`].
pub fn analyze(
    raw: &Recording,
    exercise: &Exercise,
    side: Side,
    view: Option<View>,
    how: &Conditioning,
) -> Result<Analysis> {
    let upright = exercise.pelvis == PelvisReference::Up;
    let quality = quality::check(raw, &Question { side: Some(side), view, upright })?;
    let conditioned = condition(raw, how)?;
    let recording = &conditioned.recording;
    let Found { view, signal, signal_values, reps } = find_reps(recording, exercise, side, view)?;
    let base = Reading::new(exercise.pelvis, view);

    let headings = headings(recording, &reps, exercise.pelvis);
    let heading = headings.as_deref().map_or(Heading::PerFrame, Heading::Series);
    let requests = requests(exercise, signal, side)?;
    let angles = joint_angles(recording, &requests, &Reading { heading, ..base })?;
    let depth = requests
        .iter()
        .position(|r| r.spec.name == signal.angle)
        .map(|i| angles.column(i).0)
        .unwrap_or_default();
    let gaps = gaps_at_bottom(&conditioned, &reps, side);
    let mut measures = timing(&reps, &depth, recording.times());
    for (i, request) in requests.iter().enumerate() {
        if !exercise.measures.contains(&request.spec.name.as_ref()) {
            continue;
        }
        let (values, codes) = angles.column(i);
        for &moment in exercise.moments {
            let read = reps
                .iter()
                .zip(&gaps)
                .map(|(rep, gap)| read_off(moment, rep, *gap, &values, &codes, &depth));
            let (values, validity) = read.unzip();
            measures.push(RepMeasure {
                name: format!("{}_{}", request.spec.name, moment.suffix()),
                angle: request.spec.name.to_string(),
                unit: request.spec.unit.to_string(),
                of_leg: request.spec.sided == Sided::Leg,
                values,
                validity,
            });
        }
    }
    measures.iter_mut().for_each(|measure| measure.heed(&quality));
    let columns = requests.iter().map(|r| (r.spec.name.to_string(), r.side)).collect();
    Ok(Analysis {
        side,
        view,
        signal,
        signal_values,
        columns,
        angles,
        reps,
        measures,
        conditioned,
        quality,
    })
}

/// Repetitions and the signal that showed them.
#[derive(Debug, Clone)]
pub struct Found {
    /// View that was gone by; `None` in world space.
    pub view: Option<View>,
    /// Angle that drove the repetitions.
    pub signal: SignalRow,
    /// That angle over time, degrees.
    pub signal_values: Vec<f64>,
    /// Repetitions in time order, in frames.
    pub reps: Vec<Rep>,
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
    let signal = exercise.signal_in(recording.up(), view);
    let reading = Reading::new(exercise.pelvis, view);
    let signal_values = signal_of(recording, signal, side, &reading)?;
    let how = Segmentation { fs: recording.fs(), min_range: exercise.min_range, despike: false };
    let stands = (!exercise.two_legs).then(|| stands_on(recording, side));
    let reps = segment(&signal_values, stands.as_deref(), &how)?;
    Ok(Found { view, signal, signal_values, reps })
}

/// The signal angle first, then the exercise's own angles.
fn requests(exercise: &Exercise, signal: SignalRow, side: Side) -> Result<Vec<Request>> {
    let mut names = vec![signal.angle];
    names.extend(exercise.measures.iter().copied().filter(|name| *name != signal.angle));
    names
        .into_iter()
        .map(|name| {
            let spec = crate::angle::table::find(name)?;
            let side = match spec.sided {
                Sided::Leg => Some(side),
                Sided::Stance | Sided::StanceOrRight if !exercise.two_legs => Some(side),
                _ => None,
            };
            Request::new(spec.clone(), side)
        })
        .collect()
}

/// Where the person may be standing on this leg: wherever its ankle is not clearly above the other.
/// What is not seen is allowed.
fn stands_on(recording: &Recording, side: Side) -> Vec<bool> {
    let points = recording.coordinates();
    let standing = standing_heights(points, recording.skeleton(), recording.up());
    let leg = standing.iter().copied().fold(f64::NAN, f64::max);
    let ankle = |side: Side| recording.skeleton().index(&format!("{}_ankle", side.name()));
    let (Some(own), Some(other)) = (ankle(side), ankle(side.other())) else {
        return vec![true; recording.times().len()];
    };
    height_over(points, other, own, recording.up())
        .into_iter()
        .map(|above| above.is_nan() || leg.is_nan() || above <= LIFTED_SHARE * leg)
        .collect()
}

fn signal_of(
    recording: &Recording,
    signal: SignalRow,
    side: Side,
    reading: &Reading<'_>,
) -> Result<Vec<f64>> {
    let sides: &[Side] = if signal.combine == Combine::Side { &[side] } else { &Side::BOTH };
    let requests: Vec<Request> = sides
        .iter()
        .map(|side| Request::named(signal.angle, Some(*side)))
        .collect::<Result<_>>()?;
    let angles = joint_angles(recording, &requests, reading)?;
    Ok(angles
        .values
        .outer_iter()
        .map(|legs| {
            // From the side the far leg is often hidden: the leg that is seen speaks for both.
            let seen = || legs.iter().copied().filter(|v| v.is_finite());
            match signal.combine {
                Combine::Side | Combine::Mean => seen().sum::<f64>() / seen().count() as f64,
                Combine::Minimum => seen().fold(f64::NAN, f64::min),
            }
        })
        .collect())
}

/// The heading of each frame in world space: where the pelvis pointed before its repetition began.
/// Turning of the pelvis within a repetition then shows, instead of turning the frontal plane along.
fn headings(recording: &Recording, reps: &[Rep], pelvis: PelvisReference) -> Option<Vec<Vec3>> {
    if recording.up() == Up::Image || pelvis != PelvisReference::Up || reps.is_empty() {
        return None;
    }
    let up = recording.up().vector();
    let hip = |side: Side| recording.skeleton().index(&format!("{}_hip", side.name()));
    let (left, right) = (hip(Side::Left)?, hip(Side::Right)?);
    let coordinates = recording.coordinates();
    let point = |t: usize, k: usize| {
        [0, 1, 2].map(|d| coordinates.get((t, k, d)).copied().unwrap_or(f64::NAN))
    };
    let forward: Vec<Vec3> = (0..recording.times().len())
        .map(|t| unit(reject(cross(up, sub(point(t, right), point(t, left))), up)))
        .collect();
    let window = (HEADING_WINDOW_S * recording.fs()).round().max(1.0) as usize;
    let of_rep = |rep: &Rep| {
        let first = (rep.start + 1).saturating_sub(window);
        let before = forward.iter().skip(first).take(rep.start + 1 - first);
        let seen = before.filter(|v| v.iter().all(|c| c.is_finite()));
        let [x, y, z] = seen.fold([0.0; 3], |[x, y, z], [a, b, c]| [x + a, y + b, z + c]);
        unit([x, y, z])
    };
    let mut changes = reps.iter().map(|rep| (rep.start, of_rep(rep)));
    let mut current = changes.next()?.1;
    let mut next = changes.next();
    Some(
        (0..forward.len())
            .map(|t| {
                while let Some((start, heading)) = next
                    && t >= start
                {
                    current = heading;
                    next = changes.next();
                }
                current
            })
            .collect(),
    )
}

/// Whether more than the tolerated time around the bottom was bridged, for each repetition.
fn gaps_at_bottom(conditioned: &Conditioned, reps: &[Rep], side: Side) -> Vec<bool> {
    let recording = &conditioned.recording;
    let longest = LONGEST_GAP_AT_BOTTOM_S * recording.fs() + 1e-9;
    let leg = ["hip", "knee", "ankle"]
        .map(|joint| recording.skeleton().index(&format!("{}_{joint}", side.name())));
    reps.iter()
        .map(|rep| {
            leg.iter().flatten().any(|&k| {
                let filled = |t: &usize| {
                    conditioned.repairs.get((*t, k)) == Some(&(Repair::GapFilled as u8))
                };
                let before = (0..=rep.bottom).rev().take_while(filled).count();
                let after = (rep.bottom + 1..recording.times().len()).take_while(filled).count();
                before > 0 && (before + after) as f64 > longest
            })
        })
        .collect()
}

/// How far and how fast, from the angle that measures depth.
fn timing(reps: &[Rep], depth: &[f64], times: &[f64]) -> Vec<RepMeasure> {
    let time = |i: usize| at(times, i);
    let row = |name: &str, unit: &str, of_leg: bool, value: &dyn Fn(&Rep) -> f64| {
        let values: Vec<f64> = reps.iter().map(value).collect();
        let state = |v: &f64| if v.is_finite() { Validity::Ok } else { Validity::MissingKeypoint };
        RepMeasure {
            name: name.to_owned(),
            angle: String::new(),
            unit: unit.to_owned(),
            of_leg,
            validity: values.iter().map(state).collect(),
            values,
        }
    };
    vec![
        row("peak_knee_flexion", "deg", true, &|rep| {
            let inside = depth.get(rep.start..=rep.end).unwrap_or_default();
            inside.iter().copied().fold(f64::NAN, f64::max)
        }),
        row("descent_s", "s", false, &|rep| time(rep.bottom_start) - time(rep.start)),
        row("hold_s", "s", false, &|rep| time(rep.bottom_end) - time(rep.bottom_start)),
        row("ascent_s", "s", false, &|rep| time(rep.end) - time(rep.bottom_end)),
        row("duration_s", "s", false, &|rep| time(rep.end) - time(rep.start)),
    ]
}

fn read_off(
    moment: Moment,
    rep: &Rep,
    gap_at_bottom: bool,
    values: &[f64],
    codes: &[u8],
    depth: &[f64],
) -> (f64, Validity) {
    let state =
        |i: usize| codes.get(i).map_or(Validity::MissingKeypoint, |c| Validity::of_code(*c));
    match moment {
        Moment::Bottom if gap_at_bottom => (f64::NAN, Validity::GapTooLong),
        Moment::Bottom => {
            let value = median(values.get(rep.bottom_start..=rep.bottom_end).unwrap_or_default());
            if value.is_finite() {
                let low = (rep.bottom_start..=rep.bottom_end).any(|i| state(i) == Validity::Low);
                (value, if low { Validity::Low } else { Validity::Ok })
            } else {
                (f64::NAN, state(rep.bottom).or_missing())
            }
        }
        Moment::Depth(degrees) => {
            let crossing = (rep.start..rep.bottom)
                .find(|&i| at(depth, i) < degrees && at(depth, i + 1) >= degrees);
            let Some(i) = crossing else {
                // A refused angle is refused at any depth; say that rather than the depth.
                let refused = state(rep.bottom);
                let shown = matches!(
                    refused,
                    Validity::Ok | Validity::Low | Validity::BelowFlexionGate | Validity::Singular
                );
                return (f64::NAN, if shown { Validity::DepthNotReached } else { refused });
            };
            let share = (degrees - at(depth, i)) / (at(depth, i + 1) - at(depth, i));
            let value = at(values, i) + share * (at(values, i + 1) - at(values, i));
            let (before, after) = (state(i), state(i + 1));
            let worse = if before == Validity::Ok { after } else { before };
            if value.is_finite() { (value, worse) } else { (f64::NAN, worse.or_missing()) }
        }
    }
}
