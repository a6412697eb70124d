//! Analysis of one exercise on one side in one recording: conditions the keypoints, computes
//! angles, finds the repetitions, reads the values of each, and judges the form.

mod candidates;
mod cells;
mod faults;
mod find;
mod history;
mod of_angles;
mod read;
mod setup;
mod tracker;
mod trials;

use ndarray::Array2;

use crate::angle::{Heading, PelvisReference, Request, Sided};
use crate::conditioning::{Conditioned, Conditioning, Repair, condition, repair};
use crate::error::Result;
use crate::exercise::{Exercise, Pattern, Posture, SignalRow};
use crate::interrupt::{check, check_at};
use crate::math::vector::{Vec3, cross, reject, sub, unit};
use crate::memory::{filled, gathered};
use crate::posture::foot_jumps;
use crate::quality::{self, Accuracy, Extent, Finding, Quality, Severity};
use crate::recording::{Recording, View};
use crate::recording_angles::{AngleOptions, Angles, SeenRecording};
use crate::reps::{Rep, RepStatus};
use crate::signal::causal::lag_s;
use crate::skeleton::{Side, Skeleton};
use crate::space::Up;
use crate::stats::quantile::Scratch;
use crate::validity::{VALIDITY_TABLE, Validity};
pub use candidates::candidate_reps;
use cells::{Findings, RepFrames, RepSpan, RepTable, read_cells, with_errors};
pub use faults::{CommonError, FaultFinding, FaultStatus, Judgement, judge_values};
use find::find_reps_in;
pub use find::{FoundReps, find_reps};
pub use history::Capacity;
pub use of_angles::{GivenAngles, measure_angles};
use read::{AngleSeries, gap_at_bottom, is_held, rest_frames_before};
pub use setup::{MOST_COLUMNS, ViewSetup};
pub use tracker::{CompletedRep, Progress, RepTracker, Task, Tracked};
pub use trials::{
    Conditions, Joined, JoinedFault, JoinedMeasure, RepValues, Timeline, Trial, TrialFault,
    TrialMeasure, join,
};

/// Gaps of a keypoint up to this long are bridged for finding repetitions, seconds.
/// Source: chosen: drop-outs of 0.3 s shall lose no repetition; measured by
/// docs/evidence/repetitions.md.
const BRIDGED_FOR_FINDING_S: f64 = 0.6;
/// Time before the start of a repetition over which the direction of the pelvis is averaged; the
/// average is the heading of the repetition. In seconds.
/// Source: chosen: averages the jitter of the hips, and ends before a person has turned; measured
/// by docs/evidence/form.md.
const HEADING_WINDOW_S: f64 = 0.5;

/// Values of one measure in all repetitions.
#[derive(Debug, Clone)]
pub struct RepMeasure {
    /// Name of the measure, made of angle and moment, such as `fppa_at_60`.
    pub name: String,
    /// Name of the angle; empty for durations and ranges of motion.
    pub angle: String,
    /// Unit of the values: `"deg"`, `"shank"`, `"thigh"`, `"leg"`, `"stance"` or `"s"`.
    pub unit: String,
    /// True if the left and the right leg have separate values; false for a measure on the midline
    /// of the body.
    pub of_leg: bool,
    /// One value for each repetition.
    pub values: Vec<f64>,
    /// Validity of each value.
    pub validity: Vec<Validity>,
    /// Systematic error of the values; `None` for durations.
    pub accuracy: Option<Accuracy>,
}

impl RepMeasure {
    /// Reason why no full repetition has a value: the most frequent reason of the missing values,
    /// or `without_reps` if there are no repetitions. `None` if there is a value.
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

/// Result of [`analyze`].
#[derive(Debug, Clone)]
pub struct Analysis {
    /// The side under analysis.
    pub side: Side,
    /// View of the camera; `None` in world space.
    pub view: Option<View>,
    /// Angle that drove the repetitions.
    pub signal: SignalRow,
    /// Value of the driving angle in each frame.
    pub signal_values: Vec<f64>,
    /// Angle of each column of `angles`; the first one drives the repetitions.
    pub requests: Vec<Request>,
    /// Angles over time of the conditioned recording.
    pub angles: Angles,
    /// Repetitions in chronological order, in frames of the conditioned recording.
    pub reps: Vec<Rep>,
    /// True for each repetition that reached the target of the exercise; `None` if the signal does
    /// not have the unit of the target.
    pub target_reached: Vec<Option<bool>>,
    /// All measures, each with one value for each repetition.
    pub measures: Vec<RepMeasure>,
    /// Faults, one entry for each fault of the exercise.
    pub faults: Vec<FaultFinding>,
    /// The conditioned recording, with its repairs.
    pub conditioned: Conditioned,
    /// Findings of the quality check, and the position of the camera.
    pub quality: Quality,
    /// Reason why repetitions are withheld although there may be movement; `None` if they are
    /// given.
    pub reps_refusal: Option<Validity>,
}

impl Analysis {
    /// Reason why an analysis has no full repetitions: the recording is refused, the signal is not
    /// visible, no movement was found, or most of the repetitions were rejected.
    pub fn missing_reps_reason(&self) -> Validity {
        // Wrong keypoints also make a movement look unlike the exercise. The finding about the
        // keypoints is the cause, so it is reported first.
        if let Some(reason) = self.reps_refusal.or_else(|| self.quality.forbids(None)) {
            return reason;
        }
        let is = |status: RepStatus| self.reps.iter().filter(|rep| rep.status == status).count();
        if !self.signal_values.iter().any(|v| v.is_finite()) {
            let up = self.conditioned.recording.up();
            let signal = self.requests.first();
            let refused = signal.and_then(|r| quality::view_refusal(&r.spec, up, self.view));
            return refused.unwrap_or_else(|| self.reason_of_leg());
        }
        let rejected = [
            (is(RepStatus::LostStance), Validity::OtherLegWorks),
            (is(RepStatus::OtherMovement), Validity::OtherMovement),
        ];
        let most = rejected.into_iter().filter(|(n, _)| *n > 0).max_by_key(|(n, _)| *n);
        let of_signal = || {
            let signal = self.requests.first().and_then(|r| self.quality.forbids(Some(&r.spec)));
            signal.unwrap_or(Validity::NoReps)
        };
        most.map_or_else(of_signal, |(_, why)| why)
    }

    /// Most frequent reason why keypoints of the leg under analysis are missing.
    fn reason_of_leg(&self) -> Validity {
        let Conditioned { recording, repairs, .. } = &self.conditioned;
        let leg = leg_keypoints(recording.skeleton(), self.side).into_iter().flatten();
        let mut counts = [0_usize; VALIDITY_TABLE.len()];
        for code in leg.flat_map(|keypoint| repairs.column(keypoint)) {
            let reason = Repair::validity_of_code(*code);
            if let Some(count) = counts.get_mut(reason.without_reps() as usize)
                && reason != Validity::Ok
            {
                *count += 1;
            }
        }
        let most = counts.iter().zip(VALIDITY_TABLE).max_by_key(|(count, _)| **count);
        let most = most.filter(|(count, _)| **count > 0);
        most.map_or(Validity::MissingKeypoint, |(_, row)| row.validity)
    }
}

/// Analyzes one side of a recording. `view` is the view that the user states; `None` detects it
/// from the keypoints. If `how` allows no look-ahead, the recording is processed frame by frame,
/// like a stream.
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
    let exercise = &exercise.seen_in(raw.up());
    let options = exercise.check_options(Some(side), view);
    let (quality, conditioned) = if how.repairs_as_usual(raw.up()) {
        // A low-pass would spread a jump to the neighboring frames, so the quality check reads the
        // repaired keypoints before the low-pass.
        let repaired = repair(raw, how)?;
        let quality = quality::check_with_repairs(raw, &options, || repaired.recording())?;
        (quality, repaired.smoothed(how.cutoff)?)
    } else {
        (quality::check(raw, &options)?, condition(raw, how)?)
    };
    if !how.look_ahead {
        return analyze_causally(conditioned, exercise, side, view, quality);
    }
    let recording = &conditioned.recording;
    // A joint that is hidden for a moment is bridged to find repetitions, but not to measure
    // angles.
    let long_gaps = conditioned.repairs.iter().any(|code| *code == Repair::GapTooLong as u8);
    let wider = Conditioning { max_gap_s: how.max_gap_s.max(BRIDGED_FOR_FINDING_S), ..*how };
    let bridged = if long_gaps { Some(condition(raw, &wider)?.recording) } else { None };
    let mut seen =
        SeenRecording::new(bridged.as_ref().unwrap_or(recording), view, exercise.stands())?;
    let mut found = find_reps_in(&seen, exercise, side)?;
    let reps_refusal = forbids_reps(&quality, exercise, &found.signal);
    if reps_refusal.is_some() {
        found.reps.clear();
    }
    let FoundReps { view, signal, signal_values, reps, postures } = found;
    let lying = exercise.posture == Posture::Lying;
    let base =
        AngleOptions { lying, with_turned: true, ..AngleOptions::new(exercise.pelvis, view) };
    let headings = headings(recording, &reps, exercise.pelvis);
    let heading = headings.as_deref().map_or(Heading::PerFrame, Heading::Series);
    let requests = requests(exercise, &signal, side)?;
    if bridged.is_some() {
        seen = SeenRecording::new(recording, view, exercise.stands())?;
    }
    let mut angles = seen.joint_angles(&requests, &AngleOptions { heading, ..base })?;

    let cells = with_errors(
        cells::cells(exercise, &requests, &signal),
        &requests,
        quality::errors_of(recording, view),
    );
    let (column_values, column_codes) = angles.columns();
    let frames = RepFrames {
        times: recording.times(),
        postures: &postures,
        series: |column: usize| AngleSeries {
            values: row_of(&column_values, column),
            codes: row_of(&column_codes, column),
        },
    };
    let turned = exercise.peak_is_turn && recording.up() != Up::Image;
    let leg = leg_keypoints(recording.skeleton(), side);
    let (mut values, mut codes) =
        (filled(f64::NAN, cells.len() * reps.len()), filled(0, cells.len() * reps.len()));
    let fs = recording.fs();
    let rows = values.chunks_exact_mut(cells.len()).zip(codes.chunks_exact_mut(cells.len()));
    let mut scratch = Scratch::new();
    let mut end_before = None;
    for (rep, row) in reps.iter().zip(rows) {
        check();
        // A filled gap hides the bottom only if it contains the bottom frame. With a gap beside it,
        // the turning point itself is visible.
        let unseen = |k: usize| {
            let filled =
                |t: usize| conditioned.repairs.get((t, k)) == Some(&(Repair::GapFilled as u8));
            filled(rep.bottom) && gap_at_bottom(rep.bottom, recording.times().len(), fs, filled)
        };
        let span = RepSpan {
            rep: *rep,
            rest: rest_frames_before(rep.start, end_before, fs),
            gap: leg.into_iter().flatten().any(unseen),
            shows_a_seat: shows_a_seat(exercise, recording.up(), view)
                || shows_a_seat_aside(exercise, &quality),
            jumps: exercise.stands_on_one_leg()
                && foot_jumps(&postures, (side, recording.up().vector()), rep, &mut scratch),
            held: is_held(exercise),
            rises: exercise.rises(),
        };
        read_cells((side, turned), &cells, &frames, span, row, &mut scratch);
        end_before = Some(rep.end);
    }
    let table = RepTable {
        cells: &cells,
        width: cells.len(),
        values: &values,
        codes: &codes,
        turned: angles.turned,
    };
    let Findings { measures, faults, target_reached } =
        table.findings(exercise, &signal, &reps, &quality);
    let mut quality = quality;
    note_seat(&mut quality, &measures, &reps);
    angles.withhold_turned(&requests);
    Ok(Analysis {
        side,
        view,
        signal,
        signal_values,
        requests,
        angles,
        reps,
        target_reached,
        measures,
        faults,
        conditioned,
        quality,
        reps_refusal,
    })
}

/// One row of an array in standard order; empty if the index is out of range.
fn row_of<T>(rows: &Array2<T>, index: usize) -> &[T] {
    let (all, width) = (rows.as_slice().unwrap_or_default(), rows.ncols());
    all.get(index * width..(index + 1) * width).unwrap_or_default()
}

/// True for squats on two feet.
fn on_two_feet(exercise: &Exercise) -> bool {
    exercise.two_legs && exercise.posture == Posture::Standing && exercise.pattern == Pattern::Squat
}

/// True if the view shows where the weight is relative to the feet, and both feet carry it. A seat
/// at the bottom can be detected then.
fn shows_a_seat(exercise: &Exercise, up: Up, view: Option<View>) -> bool {
    let from_front = up == Up::Image && view.is_none_or(View::is_frontal);
    on_two_feet(exercise) && !from_front
}

/// Minimum turn of the body at which an image from the front shows how far back the weight is,
/// degrees.
/// Source: chosen: at 30 degrees half of the distance behind the feet is visible, at 20 degrees a
/// third; measured by docs/evidence/form.md.
const SEAT_SHOWS_DEG: f64 = 20.0;

/// True if an image from the front shows a body that is turned enough to detect a seat at the
/// bottom.
fn shows_a_seat_aside(exercise: &Exercise, quality: &Quality) -> bool {
    on_two_feet(exercise) && quality.turned.degrees.abs() >= SEAT_SHOWS_DEG
}

/// Adds a finding if the person pauses on a seat in some repetitions.
fn note_seat(quality: &mut Quality, measures: &[RepMeasure], reps: &[Rep]) {
    let sat = |i: &usize| measures.iter().any(|m| m.validity.get(*i) == Some(&Validity::OnASeat));
    let full =
        || (0..reps.len()).filter(|i| reps.get(*i).is_some_and(|r| r.status == RepStatus::Full));
    let seated = full().filter(sat).count();
    if seated > 0 {
        let measured = format!("pauses on a seat in {seated} of {} repetitions", full().count());
        let (severity, extent) = (Severity::Warn, Extent::Values);
        quality.add(Finding { reason: Validity::OnASeat, severity, extent, measured });
    }
}

/// Minimum number of frames of a repetition, which bounds the number of repetitions in a recording.
/// Source: derived: a repetition has a start, a lowest point and an end.
const FRAMES_PER_REP: usize = 3;

/// Analyzes a recording frame by frame from past frames only, like a stream.
fn analyze_causally(
    conditioned: Conditioned,
    exercise: &Exercise,
    side: Side,
    view: Option<View>,
    quality: Quality,
) -> Result<Analysis> {
    let mut tracker = tracker_of(&conditioned, exercise, side, view)?;
    follow(&mut tracker, &conditioned, |_, _| {});
    Ok(tracker.analysis(conditioned, quality).analysis)
}

/// Makes a tracker with memory for a whole recording.
fn tracker_of(
    conditioned: &Conditioned,
    exercise: &Exercise,
    side: Side,
    view: Option<View>,
) -> Result<RepTracker> {
    let recording = &conditioned.recording;
    let view = quality::resolve_view(recording, view)?;
    let (skeleton, up) = (recording.skeleton().clone(), recording.up());
    let setup =
        ViewSetup::new(exercise, side, &skeleton, up, view)?.of_origin(recording.origin().clone());
    let task =
        Task { exercise: exercise.clone(), side, skeleton, up, resolution: recording.resolution() };
    let frames = recording.times().len();
    let lag_s = conditioned.cutoff_hz.map_or(0.0, lag_s);
    let capacity = Capacity { frames, reps: frames / FRAMES_PER_REP + 1 };
    Ok(RepTracker::new(task, setup, lag_s, capacity))
}

/// Passes all frames of a recording to a tracker. `seen` is called after each repetition.
fn follow(
    tracker: &mut RepTracker,
    conditioned: &Conditioned,
    mut seen: impl FnMut(&RepTracker, CompletedRep),
) {
    let rows = conditioned.recording.coordinates();
    let times = conditioned.recording.times();
    let mut before = f64::NAN;
    for (t, ((row, codes), &time)) in
        rows.outer_iter().zip(conditioned.repairs.rows()).zip(times).enumerate()
    {
        check_at(t);
        if let (Some(row), Some(codes)) = (row.as_slice(), codes.as_slice())
            && let Some(completed) = tracker.step(row, codes, time, time - before).completed
        {
            seen(tracker, completed);
        }
        before = time;
    }
    if let Some(completed) = tracker.end() {
        seen(tracker, completed);
    }
}

/// Reason why repetitions are withheld; `None` if they are given. For exercises counted by descent,
/// the posture evidence rejects wrong keypoints, so fewer findings forbid counting. For other
/// exercises the recording must be free of forbidding findings.
fn forbids_reps(quality: &Quality, exercise: &Exercise, signal: &SignalRow) -> Option<Validity> {
    if find::by_descent(exercise, signal) {
        quality.forbids_counting()
    } else {
        quality.forbids(None)
    }
}

/// Keypoint indices of hip, knee and ankle of a leg.
fn leg_keypoints(skeleton: &Skeleton, side: Side) -> [Option<usize>; 3] {
    ["hip", "knee", "ankle"].map(|joint| skeleton.index(&format!("{}_{joint}", side.name())))
}

/// True for each repetition whose peak reached the target of the exercise; `None` if the signal
/// does not have the unit of the target.
pub fn target_reached(
    exercise: &Exercise,
    signal: &SignalRow,
    peaks: Option<&RepMeasure>,
    reps: usize,
) -> Vec<Option<bool>> {
    let unit = |name: &str| exercise.angle(name).map(|spec| spec.unit.clone()).ok();
    let [least, _] = exercise.target;
    match peaks {
        Some(peaks) if unit(&signal.angle) == unit(&exercise.in_world.angle) => {
            peaks.values.iter().map(|peak| peak.is_finite().then_some(*peak >= least)).collect()
        }
        _ => filled(None, reps),
    }
}

/// Requests the signal angle first, then the other angles of the exercise.
///
/// # Errors
/// [`Error::UnknownName`](crate::error::Error::UnknownName) for a name that is not an angle.
pub fn requests(exercise: &Exercise, signal: &SignalRow, side: Side) -> Result<Vec<Request>> {
    let mut names = vec![signal.angle.as_ref()];
    names.extend(exercise.angles().into_iter().filter(|name| *name != signal.angle));
    names
        .into_iter()
        .map(|name| {
            let spec = exercise.angle(name)?;
            let side = match spec.sided {
                Sided::Leg => Some(side),
                Sided::Stance | Sided::StanceOrRight if !exercise.two_legs => Some(side),
                _ => None,
            };
            Request::new(spec.clone(), side)
        })
        .collect()
}

/// Heading of each frame in world space: the direction of the pelvis before the repetition began.
/// With this fixed heading, a pelvis that turns within a repetition is measured as rotation.
/// Otherwise the frontal plane would turn with it.
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
    let forward: Vec<Vec3> = gathered(
        (0..recording.times().len())
            .map(|t| unit(reject(cross(up, sub(point(t, right), point(t, left))), up))),
    );
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
    Some(gathered((0..forward.len()).map(|t| {
        while let Some((start, heading)) = next
            && t >= start
        {
            current = heading;
            next = changes.next();
        }
        current
    })))
}
