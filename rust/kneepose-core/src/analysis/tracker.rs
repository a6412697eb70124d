//! Follows one exercise through conditioned keypoints, frame by frame and from past frames only:
//! angles, repetitions, and the values of each repetition. A stream pushes its frames into the
//! tracker. A recording that is analyzed without look-ahead is passed through it as well.

use ndarray::{Array2, Array3};

use super::cells::{Cell, CellReader, Findings, RepSpan, RepTable};
use super::find::{may_be_partial, stated};
use super::history::{Capacity, History};
use super::read::{gap_at_bottom, is_held, rest_frames_before};
use super::setup::{MOST_CELLS, MOST_COLUMNS, ViewSetup};
use super::{Analysis, forbids_reps, leg_keypoints, note_seat, shows_a_seat};
use crate::angle::{FootPlace, LegHeight, PelvisReference, StandingHeight};
use crate::conditioning::{Conditioned, swapped_frames};
use crate::error::{Error, Result};
use crate::exercise::{Exercise, Posture};
use crate::math::at;
use crate::math::vector::{Vec3, add, cross, reject, scale, sub, unit};
use crate::memory::{array_of, copied, room};
use crate::posture::{
    ACCEPTED_IN_PART, CausalDescent, FramePosture, PostureLandmarks, RepPosture, SURE, TypicalRep,
    assess_rep, foot_jumps, is_lifted,
};
use crate::quality::Quality;
use crate::recording::{Recording, Repair};
use crate::recording_angles::Angles;
use crate::reps::offline::TOLERATED_SHARE;
use crate::reps::online::{BROKEN_S, OnlineRep, OnlineSegmenter, Phase, SignalWindow, Transition};
use crate::reps::{Rep, RepStatus, grade_reps, is_partial, typical_of_sorted};
use crate::skeleton::{Side, Skeleton};
use crate::space::Up;
use crate::stats::quantile::Scratch;
use crate::validity::Validity;

/// Time constant with which the heading follows the pelvis at rest, seconds.
/// Source: chosen: averages the jitter of the hips and follows a person who turns between
/// repetitions; no test shows its effect.
const HEADING_S: f64 = 0.25;
/// Time constant with which the resting height of the hips above the feet is averaged, seconds.
/// Source: chosen: longer than the jitter of the ankles, shorter than a rest; measured by
/// docs/evidence/repetitions.md.
const STATURE_S: f64 = 1.0;
/// Maximum drop of the hips below their resting height at which a body still counts as standing
/// upright, as a share of the leg length.
/// Source: chosen: the hips of a standing person sway by less than this; measured by
/// docs/evidence/repetitions.md.
const TALL_SHARE: f64 = 0.015;
/// Minimum time that a body stands upright during a repetition before its height there becomes the
/// new rest, seconds. The person has then stepped to another place.
/// Source: chosen: longer than a step, shorter than most rests; measured by
/// docs/evidence/repetitions.md.
const STANDS_ELSEWHERE_S: f64 = 1.2;
/// Minimum displacement that counts as a step to another place, as a share of the leg length.
/// `STEP_OF_TWO` is for the midpoint of both feet, `STEP_OF_ONE` for the standing foot.
/// Source: chosen: larger than shifts of the feet within a set, smaller than a step; on one leg the
/// foot may hop; measured by docs/evidence/repetitions.md.
const STEP_OF_TWO: f64 = 0.2;
const STEP_OF_ONE: f64 = 0.35;
/// Weight of a new interval in the running average of the frame intervals.
/// Source: chosen: a single late frame does not change the frame rate; measured by
/// docs/evidence/repetitions.md.
const CLOCK_FOLLOWS: f64 = 0.05;
/// Frame rate that is assumed before the second frame.
/// Source: chosen: the rate of most cameras; it is used for the first frame only; no test shows its
/// effect.
const USUAL_FPS: f64 = 30.0;

/// Number of values of the last repetition that are computed in each frame after its end.
/// Source: chosen: all values are computed within half a second, and no frame gets slow; no test
/// shows its effect.
const CELLS_PER_FRAME: usize = 4;

/// Exercise, leg and keypoints that a tracker follows.
#[derive(Debug, Clone)]
pub struct Task {
    /// The exercise that the person does.
    pub exercise: Exercise,
    /// The leg under analysis.
    pub side: Side,
    /// Skeleton of the keypoints.
    pub skeleton: Skeleton,
    /// Space of the keypoints.
    pub up: Up,
    /// Width and height of the image in pixels, if known.
    pub resolution: Option<[f64; 2]>,
}

/// A repetition that has ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CompletedRep {
    /// Number of the repetition, counted from 1.
    pub number: usize,
    /// Status of the repetition: full, partial or the reason of a rejection.
    pub status: RepStatus,
    /// Times of start, bottom and end, seconds.
    pub seconds: [f64; 3],
}

/// Events of one frame: a repetition may end and the next one begin.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Progress {
    /// The repetition that ended in this frame.
    pub completed: Option<CompletedRep>,
    /// Number of a current repetition that is discarded because the movement was not a repetition.
    pub dropped: Option<usize>,
    /// Number of the repetition that began in this frame. Another repetition may have ended in the
    /// same frame before.
    pub started: Option<usize>,
    /// True if the body rests both before and after this frame.
    pub resting: bool,
}

/// An analysis together with the times of its repetitions. The times are also known for repetitions
/// whose frames are no longer stored.
#[derive(Debug, Clone)]
pub struct Tracked {
    /// Analysis of the stored frames and repetitions, in the form of an analysis of a recording. A
    /// frame index is `usize::MAX` if the frame is no longer stored.
    pub analysis: Analysis,
    /// Times of start, bottom start, bottom, bottom end and end of each repetition, seconds.
    pub rep_times: Vec<[f64; 5]>,
}

/// State of the body, updated in each frame.
#[derive(Debug)]
struct BodyState {
    landmarks: PostureLandmarks,
    /// Keypoint indices of hip, knee and ankle of the leg under analysis.
    leg: [Option<usize>; 3],
    standing: [StandingHeight; 2],
    foot_place: FootPlace,
    heading: Vec3,
    descent: CausalDescent,
    /// Height of the hips above the feet at rest, in leg lengths.
    stature: f64,
    /// Time since which the body stands upright although a repetition is in progress; NaN if it
    /// does not.
    tall_since: f64,
}

/// Cells of the last repetition that are still to be read. Cells that faults need are read when the
/// repetition ends. The others are spread over the following frames, so that no frame takes long.
#[derive(Debug)]
struct UnreadCells {
    reader: CellReader,
    is_read: [bool; MOST_CELLS],
    /// Index of the first value (cell) of the last repetition that may not be computed yet; all
    /// before it are computed.
    next: usize,
}

impl UnreadCells {
    /// Computes a value (cell) of the last repetition that is not computed yet, and stores it in the
    /// history.
    fn read(&mut self, i: usize, cells: &[Cell], history: &mut History, scratch: &mut Scratch) {
        let (Some(cell), Some(is_read)) = (cells.get(i), self.is_read.get_mut(i)) else { return };
        if !*is_read {
            *is_read = true;
            let read = self.reader.read(cell, &history.rep_frames(), scratch);
            history.set_cell(i, read);
        }
    }
}

/// Follows one exercise frame by frame. A step allocates no memory.
#[derive(Debug)]
pub struct RepTracker {
    task: Task,
    setup: ViewSetup,
    machine: OnlineSegmenter,
    /// Determines start and end of repetitions from the signal, if they are counted by descent.
    signal_window: Option<SignalWindow>,
    lag_s: f64,
    body: BodyState,
    history: History,
    values: [f64; MOST_COLUMNS],
    codes: [u8; MOST_COLUMNS],
    /// Validity code of the driving signal in the last frame, even if its angle is withheld.
    signal_code: u8,
    unread: Option<UnreadCells>,
    scratch: Scratch,
    interval: f64,
    began: usize,
    counts: [usize; 2],
    /// Numbers of earlier repetitions whose status the last repetition changed, with the new
    /// status.
    corrected: Vec<(usize, RepStatus)>,
    /// Posture evidence of the last repetition.
    judged: RepPosture,
}

impl RepTracker {
    /// Makes a tracker without frames. `lag_s` is the delay of the conditioned keypoints, seconds.
    pub fn new(task: Task, setup: ViewSetup, lag_s: f64, capacity: Capacity) -> Self {
        let landmarks = PostureLandmarks::new(&task.skeleton, task.up);
        let unseen = landmarks.read(|_| [f64::NAN; 3]);
        let shape = (task.skeleton.keypoints().len(), task.up.dims());
        Self {
            machine: OnlineSegmenter::new(setup.online_settings(lag_s)),
            history: History::new(capacity, shape, setup.requests.len(), unseen),
            body: BodyState {
                landmarks,
                leg: leg_keypoints(&task.skeleton, task.side),
                standing: Default::default(),
                foot_place: FootPlace::UNKNOWN,
                heading: [f64::NAN; 3],
                descent: CausalDescent::UNKNOWN,
                stature: f64::NAN,
                tall_since: f64::NAN,
            },
            signal_window: setup.signal_window(lag_s),
            task,
            setup,
            lag_s,
            values: [f64::NAN; MOST_COLUMNS],
            codes: [Validity::MissingKeypoint as u8; MOST_COLUMNS],
            signal_code: Validity::MissingKeypoint as u8,
            unread: None,
            scratch: room(2 * capacity.frames),
            interval: f64::NAN,
            began: 0,
            counts: [0; 2],
            corrected: room(4 * capacity.reps),
            judged: RepPosture::UNKNOWN,
        }
    }

    /// Starts again with another setup. The frame rate and the repetition numbers continue.
    pub fn restart(&mut self, setup: ViewSetup) {
        self.machine = OnlineSegmenter::new(setup.online_settings(self.lag_s));
        self.body.standing.iter_mut().for_each(StandingHeight::reset);
        self.body.foot_place = FootPlace::UNKNOWN;
        self.body.heading = [f64::NAN; 3];
        self.body.descent = CausalDescent::UNKNOWN;
        (self.body.stature, self.body.tall_since) = (f64::NAN, f64::NAN);
        self.signal_window = setup.signal_window(self.lag_s);
        self.history.clear();
        self.unread = None;
        self.corrected.clear();
        self.history.set_columns(setup.requests.len());
        self.counts = [0; 2];
        self.setup = setup;
    }

    /// Returns to the state before the first frame.
    pub fn reset(&mut self, setup: ViewSetup) {
        self.restart(setup);
        self.values = [f64::NAN; MOST_COLUMNS];
        self.codes = [Validity::MissingKeypoint as u8; MOST_COLUMNS];
        self.signal_code = Validity::MissingKeypoint as u8;
        (self.interval, self.began) = (f64::NAN, 0);
    }

    /// Accepts every movement as a repetition, regardless of its evidence, until the next restart.
    pub(super) fn accept_all(&mut self) {
        self.setup.posture_context.accepted = 0.0;
    }

    /// Exercise, leg and skeleton that the tracker follows.
    pub fn task(&self) -> &Task {
        &self.task
    }

    /// Setup for the current view.
    pub fn setup(&self) -> &ViewSetup {
        &self.setup
    }

    /// Angles of the last frame and their [`Validity`] codes, in the order of the requests of the setup.
    pub fn angles(&self) -> (&[f64], &[u8]) {
        let width = self.setup.requests.len();
        let values = self.values.get(..width).unwrap_or_default();
        (values, self.codes.get(..width).unwrap_or_default())
    }

    /// Value of the driving signal in the last frame.
    pub fn signal(&self) -> f64 {
        self.history.signal.values().last().copied().unwrap_or(f64::NAN)
    }

    /// Validity of the driving signal in the last frame.
    pub fn signal_reason(&self) -> Validity {
        Validity::of_code(self.signal_code).without_reps()
    }

    /// Current phase of the movement.
    pub fn phase(&self) -> Phase {
        self.machine.phase()
    }

    /// Distance of the signal from rest, as a share of the typical range of motion.
    pub fn depth(&self) -> f64 {
        self.machine.depth()
    }

    /// Number of the last repetition that began; 0 before the first.
    pub fn began(&self) -> usize {
        self.began
    }

    /// Numbers of full and of partial repetitions.
    pub fn counts(&self) -> [usize; 2] {
        self.counts
    }

    /// The last repetition with its posture evidence; `None` if it has no extent.
    pub(super) fn last_judged(&self) -> Option<(Rep, RepPosture)> {
        let rep = *self.history.reps.values().last()?;
        (rep.start < rep.end).then_some((rep, self.judged))
    }

    /// Times of the stored frames.
    pub(crate) fn times(&self) -> &[f64] {
        self.history.times.values()
    }

    /// Keypoints and [`Repair`] codes of the stored frames, frame after frame.
    pub(crate) fn rows(&self) -> (&[f64], &[u8]) {
        (self.history.rows.values(), self.history.repairs.values())
    }

    /// Postures of the stored frames.
    pub(crate) fn postures(&self) -> &[FramePosture] {
        self.history.postures.values()
    }

    /// Calls `read` with the fault, the criterion and the value, for each fault that can be read in
    /// the last repetition.
    pub(crate) fn fault_values(&mut self, read: impl FnMut(usize, usize, f64)) {
        let Self { setup, history, unread, scratch, .. } = self;
        let value = |cell| {
            if let Some(unread) = unread {
                unread.read(cell, &setup.cells, history, scratch);
            }
            history.last_cell(cell)
        };
        setup.fault_values(value, read);
    }

    /// Computes up to `most` further values of the last repetition.
    fn read_cells(&mut self, most: usize) {
        let Self { setup, history, unread, scratch, .. } = self;
        let Some(cells) = unread else { return };
        let last = cells.next.saturating_add(most).min(setup.cells.len());
        for cell in cells.next..last {
            cells.read(cell, &setup.cells, history, scratch);
        }
        cells.next = last;
        if last == setup.cells.len() {
            *unread = None;
        }
    }

    /// Processes a frame, `dt` seconds after the previous one. `row` has its conditioned keypoints,
    /// `repairs` their [`Repair`] codes.
    pub fn step(&mut self, row: &[f64], repairs: &[u8], time: f64, dt: f64) -> Progress {
        let was_under_way = self.machine.is_under_way().then_some(self.began);
        self.update_frame_interval(dt);
        // Cells (values of a repetition) refer to buffer positions of the moment when the repetition
        // ended. A full buffer is about to drop frames, so all cells are computed before.
        self.read_cells(if self.history.is_full() { MOST_CELLS } else { CELLS_PER_FRAME });
        self.history.rows.push(row);
        self.history.repairs.push(repairs);
        let posture = self.measure(time, dt);
        if self.has_stepped_away(&posture, time) {
            // At another place the body has another size in the image, so the reference of the
            // descent is discarded.
            self.body.descent = CausalDescent::UNKNOWN;
            self.machine.begin_anew(time);
        }
        let before = self.machine.phase();
        let mut progress = Progress::default();
        let signal = self.signal();
        let counted = if self.setup.posture_context.by_descent {
            let sinks = {
                let seen = self.setup.posture_context.seen(&posture);
                self.body.descent.push(&seen, self.task.up.vector(), dt)
            };
            if self.setup.posture_context.rises() { -sinks } else { sinks }
        } else {
            signal
        };
        if let Some(window) = &mut self.signal_window {
            window.push(time, if self.setup.posture_context.rises() { -signal } else { signal });
        }
        self.history.counted.push(&[counted]);
        match self.machine.push(time, counted) {
            Transition::Started => progress.started = Some(self.began + 1),
            Transition::Ended(found) => {
                progress.completed = Some(self.complete_rep(found, time));
                if self.machine.phase() != Phase::Rest {
                    progress.started = Some(self.began + 1);
                }
            }
            Transition::Lost => progress.completed = Some(self.record_lost_rep(time)),
            Transition::Dropped | Transition::None => {}
        }
        self.began = progress.started.unwrap_or(self.began);
        let context = &self.setup.posture_context;
        if context.by_descent && !context.rises() && self.stands_elsewhere(&posture, time, dt) {
            self.machine.rest_anew();
        }
        if progress.completed.is_none()
            && (progress.started.is_some() || !self.machine.is_under_way())
        {
            progress.dropped = was_under_way;
        }
        progress.resting = before == Phase::Rest && self.machine.phase() == Phase::Rest;
        progress
    }

    /// Numbers of the repetitions that a restart discards: the partial ones and the current one.
    pub fn told(&self) -> impl Iterator<Item = usize> {
        let reps = self.history.reps.values().iter().zip(self.history.rep_numbers.values());
        let partial = reps.filter(|(rep, _)| rep.status == RepStatus::Partial).map(|(_, n)| *n);
        partial.chain(self.machine.is_under_way().then_some(self.began))
    }

    /// Ends the current repetition at the last frame.
    pub fn end(&mut self) -> Option<CompletedRep> {
        let last = self.history.times.values().last().copied().unwrap_or(f64::NAN);
        match self.machine.finish() {
            Transition::Ended(found) => Some(self.complete_rep(found, last)),
            _ => None,
        }
    }

    /// Computes angles and posture of the last frame, and stores them.
    fn measure(&mut self, time: f64, dt: f64) -> FramePosture {
        let dims = self.task.up.dims();
        let row = self.history.last_row();
        let posture = self.body.landmarks.read(|k| {
            match *row.get(k * dims..(k + 1) * dims).unwrap_or_default() {
                [x, y, z] => [x, y, z],
                [x, y] => [x, y, 0.0],
                _ => [f64::NAN; 3],
            }
        });
        let mut heights = [f64::NAN; 2];
        if self.setup.needs_standing {
            let each = self.body.standing.iter_mut().zip(&mut heights).enumerate();
            for (i, (standing, height)) in each {
                let ankle = posture.ankles.get(i).copied().unwrap_or([f64::NAN; 3]);
                *height =
                    standing.push(time, &LegHeight { height: at(&posture.heights, i), ankle });
            }
        }
        self.update_heading(&posture, dt);
        let setup = &mut self.setup;
        let forward = setup.forward.or_else(|| {
            let known = setup.follows_heading && self.body.heading.iter().all(|v| v.is_finite());
            known.then_some(self.body.heading)
        });
        let columns = setup.requests.len();
        let (values, codes) = (
            self.values.get_mut(..columns).unwrap_or_default(),
            self.codes.get_mut(..columns).unwrap_or_default(),
        );
        let row = self.history.last_row();
        setup.evaluator.measure(&setup.plan, row, forward, heights, values, codes);
        let repairs = self.history.repairs.values();
        let first = repairs.len().saturating_sub(self.history.repairs.width());
        let state = |k: usize| repairs.get(first + k).map(|c| Repair::validity_of_code(*c) as u8);
        setup.reasons.apply(forward.is_some(), state, codes);
        let signal = setup.signal_value(values);
        let signal_code = setup.signal_columns.first().and_then(|c| codes.get(*c));
        self.signal_code = signal_code.copied().unwrap_or(Validity::MissingKeypoint as u8);
        setup.withhold(values, codes);
        self.history.push_angles(values, codes);
        self.history.times.push(&[time]);
        self.history.signal.push(&[signal]);
        self.history.postures.push(&[posture]);
        posture
    }

    /// True if a standing person in an image has stepped to another place. The body has another
    /// size there, so the current movement is not a repetition. Estimators that keep the hips at
    /// the origin do not show such a step.
    fn has_stepped_away(&mut self, posture: &FramePosture, time: f64) -> bool {
        let exercise = &self.task.exercise;
        if self.task.up != Up::Image || exercise.posture != Posture::Standing {
            return false;
        }
        let [left, right] = posture.ankles;
        // The midpoint between the feet does not move if the estimator swaps the legs.
        let (place, share) = if exercise.two_legs {
            (scale(add(left, right), 0.5), STEP_OF_TWO)
        } else {
            (posture.ankle(self.task.side), STEP_OF_ONE)
        };
        let reach = share * posture.leg();
        place.iter().all(|v| v.is_finite())
            && reach > 0.0
            && self.body.foot_place.update(time, place, reach).is_some()
    }

    /// True if the body has stood upright for a while although a repetition is in progress. The
    /// person has then stepped to a place where the body appears lower, and stands at rest there.
    fn stands_elsewhere(&mut self, posture: &FramePosture, time: f64, dt: f64) -> bool {
        let body = &mut self.body;
        let stature = body.descent.stature(posture);
        if self.machine.phase() == Phase::Rest {
            body.tall_since = f64::NAN;
            if body.stature.is_nan() {
                body.stature = stature;
            } else if stature.is_finite() && dt.is_finite() {
                body.stature += dt / (dt + STATURE_S) * (stature - body.stature);
            }
            return false;
        }
        let still = self.machine.phase() == Phase::Hold;
        if !still || stature < body.stature - TALL_SHARE || stature.is_nan() {
            body.tall_since = f64::NAN;
        } else if body.tall_since.is_nan() {
            body.tall_since = time;
        }
        time - body.tall_since >= STANDS_ELSEWHERE_S
    }

    fn update_frame_interval(&mut self, dt: f64) {
        if dt.is_finite() {
            let usual = if self.interval.is_nan() { dt } else { self.interval };
            self.interval = usual + CLOCK_FOLLOWS * (dt.min(4.0 * usual) - usual);
        }
    }

    fn fs(&self) -> f64 {
        if self.interval > 0.0 { 1.0 / self.interval } else { USUAL_FPS }
    }

    /// Updates the heading with the direction of the pelvis at rest. During a repetition the
    /// heading stays, so that a turning pelvis is measured as rotation.
    fn update_heading(&mut self, posture: &FramePosture, dt: f64) {
        let up = self.task.up.vector();
        let upright = self.task.exercise.pelvis == PelvisReference::Up;
        if self.task.up == Up::Image || !upright {
            return;
        }
        let forward = unit(reject(cross(up, posture.hip_line), up));
        if forward.iter().any(|v| !v.is_finite()) {
            return;
        }
        let heading = &mut self.body.heading;
        if heading.iter().any(|v| v.is_nan()) {
            *heading = forward;
        } else if self.machine.phase() == Phase::Rest && dt.is_finite() {
            let share = dt / (dt + HEADING_S);
            *heading = unit(add(*heading, scale(sub(forward, *heading), share)));
        }
    }

    /// Records a repetition that broke off because the signal was missing too long.
    fn record_lost_rep(&mut self, time: f64) -> CompletedRep {
        let number = self.history.times.first() + self.history.frames() - 1;
        let status = RepStatus::MissingData;
        self.corrected.clear();
        self.read_cells(MOST_CELLS);
        let rep = Rep::without_extent(number, status);
        self.history.push_rep((rep, self.began.max(1), RepPosture::UNKNOWN), [time; 5]);
        CompletedRep { number: self.began, status, seconds: [time; 3] }
    }

    /// Judges a repetition that has ended, stores it, and begins to compute its values.
    fn complete_rep(&mut self, found: OnlineRep, now: f64) -> CompletedRep {
        self.judged = RepPosture::UNKNOWN;
        let first = self.history.times.first();
        let local = |rep: Rep| with_frames(rep, |frame| frame.saturating_sub(first));
        let mut rep = local(found.rep);
        let fs = self.fs();
        self.setup.posture_context.fs = fs;
        if rep.status == RepStatus::Full {
            let in_part = self.has_missing_data(&rep);
            let rejection = self.rejection(&rep);
            let plain = !in_part || self.judged.probability >= ACCEPTED_IN_PART;
            rep.status = match rejection {
                _ if !plain => RepStatus::MissingData,
                other => other.unwrap_or(RepStatus::Full),
            };
        }
        if rep.status == RepStatus::Full {
            rep.status = self.machine.grade(rep.size);
        }
        let mut found = found;
        found.rep.status = rep.status;
        found.rep.probability =
            stated(self.judged.probability, rep.status, &self.setup.posture_context);
        let OnlineRep { rep, times, .. } = match &mut self.signal_window {
            Some(window) => window.delimit(found, now),
            None => found,
        };
        let rep = local(rep);
        let end_before = self.history.reps.values().last();
        let end_before = end_before.map(|rep| rep.end.saturating_sub(first));
        let span = RepSpan {
            rep,
            rest: rest_frames_before(rep.start, end_before, fs),
            gap: self.bottom_is_unseen(&rep, fs),
            shows_a_seat: shows_a_seat(&self.task.exercise, self.task.up, self.setup.view),
            jumps: self.task.exercise.stands_on_one_leg()
                && foot_jumps(
                    self.history.postures.values(),
                    (self.task.side, self.task.up.vector()),
                    &rep,
                    &mut self.scratch,
                ),
            held: is_held(&self.task.exercise),
            rises: self.task.exercise.rises(),
        };
        // First read the remaining cells of the previous repetition, which may have ended only a
        // few frames ago.
        self.read_cells(MOST_CELLS);
        let kept = with_frames(rep, |frame| frame + first);
        self.history.push_rep((kept, self.began.max(1), self.judged), times);
        // A repetition without start and end has no values to read.
        self.unread = (!rep.range.is_nan()).then(|| UnreadCells {
            reader: CellReader::new(
                (self.task.side, self.setup.turned),
                &self.history.rep_frames(),
                span,
            ),
            is_read: [false; MOST_CELLS],
            next: 0,
        });
        match rep.status {
            RepStatus::Full => self.counts[0] += 1,
            RepStatus::Partial => self.counts[1] += 1,
            _ => {}
        }
        self.corrected.clear();
        self.accept_alike();
        self.correct_grades();
        let status = self.history.reps.values().last().map_or(rep.status, |rep| rep.status);
        let [start, _, bottom, _, end] = times;
        CompletedRep { number: self.began.max(1), status, seconds: [start, bottom, end] }
    }

    /// Accepts earlier repetitions that were rejected as doubtful, if they resemble the last one
    /// and that one has high probability.
    fn accept_alike(&mut self) {
        let Some((rep, judged)) = self.last_judged() else { return };
        if rep.status != RepStatus::Full || judged.probability < SURE {
            return;
        }
        let context = &self.setup.posture_context;
        let first = self.history.compared().0;
        for i in first..self.history.reps.len() {
            let (_, postures) = self.history.compared();
            let status = self.history.reps.values().get(i).map(|rep| rep.status);
            let (Some(RepStatus::OtherMovement), Some(posture)) = (status, postures.get(i - first))
            else {
                continue;
            };
            if TypicalRep::of_reps(postures).rejection(posture, context).is_some() {
                continue;
            }
            let probability = stated(posture.probability, RepStatus::Full, context);
            self.history.make_full(i, probability);
            let number = self.history.rep_numbers.values().get(i).copied();
            self.corrected.extend(number.map(|number| (number, RepStatus::Full)));
            self.counts[0] += 1;
        }
    }

    /// Changes full repetitions to partial if they are small compared with the typical full size.
    /// Each change raises the typical size, so the check repeats until nothing changes.
    fn correct_grades(&mut self) {
        let min_range = self.setup.signal.min_range;
        loop {
            let sizes = self.history.full_sizes();
            let usual = typical_of_sorted(sizes);
            // If the smallest one is large enough, all others are as well.
            if !sizes.first().is_some_and(|size| is_partial(*size, usual, min_range)) {
                return;
            }
            let reps = self.history.reps.values();
            let numbers = self.history.rep_numbers.values();
            let small =
                |rep: &Rep| rep.status == RepStatus::Full && is_partial(rep.size, usual, min_range);
            let Some(i) = reps.iter().position(small) else { return };
            // The last repetition has not been reported yet, so it is not a correction.
            let is_earlier = i + 1 < reps.len();
            let number = numbers.get(i).filter(|_| is_earlier);
            self.corrected.extend(number.map(|number| (*number, RepStatus::Partial)));
            self.history.make_partial(i);
            self.counts = [self.counts[0] - 1, self.counts[1] + 1];
        }
    }

    /// Numbers of earlier repetitions whose status the last repetition changed, with the new
    /// status.
    pub fn corrected(&self) -> &[(usize, RepStatus)] {
        &self.corrected
    }

    /// Status of a repetition whose posture rejects it; `None` if it is accepted.
    fn rejection(&mut self, rep: &Rep) -> Option<RepStatus> {
        let context = &self.setup.posture_context;
        let postures = self.history.postures.values();
        let usual = typical_of_sorted(self.history.full_sizes());
        let rep_posture = assess_rep(postures, rep, context, usual, &mut self.scratch);
        self.judged = rep_posture;
        let typical = TypicalRep::with_last(self.history.compared().1, Some(&rep_posture));
        let exercise = &self.task.exercise;
        if exercise.stands_on_one_leg() {
            let inside = postures.get(rep.start..=rep.end).unwrap_or_default();
            let leg = inside.iter().map(|s| s.legs[0].max(s.legs[1])).fold(f64::NAN, f64::max);
            let off = inside.iter().filter(|s| is_lifted(s, leg, context)).count();
            if off as f64 > TOLERATED_SHARE * inside.len() as f64 {
                return Some(RepStatus::LostStance);
            }
        }
        let rejection = typical.rejection(&rep_posture, context);
        rejection.filter(|_| !may_be_partial(rep, &rep_posture, usual, context))
    }

    /// True if gaps that are too long to bridge hide too much of a repetition in the counted
    /// series.
    fn has_missing_data(&self, rep: &Rep) -> bool {
        let longest = (BROKEN_S * self.fs()).round() as usize;
        let begin = rep.start.saturating_sub(longest);
        let signal = self.history.counted.values().get(begin..=rep.end).unwrap_or_default();
        if signal.iter().all(|v| v.is_finite()) {
            return false;
        }
        let (mut unseen, mut next) = (0, begin);
        for stretch in signal.chunk_by(|a, b| a.is_finite() == b.is_finite()) {
            next += stretch.len();
            if stretch.len() > longest && stretch.iter().all(|v| !v.is_finite()) {
                unseen += stretch.len().min(next.saturating_sub(rep.start));
            }
        }
        unseen as f64 > TOLERATED_SHARE * (rep.end + 1 - rep.start) as f64
    }

    fn bottom_is_unseen(&self, rep: &Rep, fs: f64) -> bool {
        let (codes, width) = (self.history.repairs.values(), self.history.repairs.width());
        self.body.leg.into_iter().flatten().any(|k| {
            gap_at_bottom(rep.bottom, self.history.frames(), fs, |t| {
                codes.get(t * width + k).is_some_and(|code| Repair::is_missing(*code))
            })
        })
    }

    /// Conditioned keypoints of the stored frames, with the reason for each missing one; `None` for
    /// fewer than two frames.
    ///
    /// # Errors
    /// As [`Recording::new`].
    pub fn conditioned(&self) -> Result<Option<Conditioned>> {
        let frames = self.history.frames();
        if frames < 2 {
            return Ok(None);
        }
        let Task { skeleton, up, resolution, exercise, .. } = &self.task;
        let keypoints = skeleton.keypoints().len();
        let shape_error = |error: ndarray::ShapeError| Error::Shape(error.to_string());
        let rows = self.history.rows.values().to_vec();
        let coordinates =
            Array3::from_shape_vec((frames, keypoints, up.dims()), rows).map_err(shape_error)?;
        let codes = self.history.repairs.values().to_vec();
        let repairs = Array2::from_shape_vec((frames, keypoints), codes).map_err(shape_error)?;
        let confidence = Array2::ones((frames, keypoints));
        let times = self.history.times.values().to_vec();
        let recording = Recording::new(skeleton.clone(), coordinates, confidence, times, *up)?
            .with_resolution(*resolution)
            .with_origin(self.setup.origin.clone())
            .with_repairs(repairs.view())?;
        Ok(Some(Conditioned {
            swapped: swapped_frames(&repairs),
            recording,
            repairs,
            resampled: false,
            cutoff_hz: Some(exercise.cutoff_hz),
            long_swaps: Vec::new(),
        }))
    }

    /// Analysis of the stored frames and repetitions.
    pub fn analysis(&mut self, conditioned: Conditioned, quality: Quality) -> Tracked {
        self.read_cells(MOST_CELLS);
        let setup = &self.setup;
        let mut reps: Vec<Rep> = self.history.reps.values().to_vec();
        let (times, _) = self.history.rep_times.values().as_chunks::<5>();
        let mut rep_times = times.to_vec();
        let reps_refusal = forbids_reps(&quality, &self.task.exercise, &setup.signal);
        if reps_refusal.is_some() {
            reps.clear();
            rep_times.clear();
        }
        grade_reps(&mut reps, setup.signal.min_range);
        let table = RepTable {
            cells: &setup.cells,
            width: self.history.cells.width(),
            values: self.history.cells.values(),
            codes: self.history.cell_codes.values(),
            turned: false,
        };
        let Findings { measures, faults, target_reached } =
            table.findings(&self.task.exercise, &setup.signal, &reps, &quality);
        let mut quality = quality;
        note_seat(&mut quality, &measures, &reps);
        let first = self.history.times.first();
        for rep in &mut reps {
            *rep = with_frames(*rep, |frame| frame.checked_sub(first).unwrap_or(usize::MAX));
        }
        let shape = (self.history.frames(), setup.requests.len());
        let History { columns, column_codes, .. } = &self.history;
        let value = |(t, c): (usize, usize)| columns.get(c).map_or(f64::NAN, |c| at(c.values(), t));
        let code = |(t, c): (usize, usize)| {
            column_codes.get(c).and_then(|column| column.values().get(t)).copied().unwrap_or(0)
        };
        let angles = Angles {
            values: array_of(shape, value),
            codes: array_of(shape, code),
            sd: None,
            accuracy: Vec::new(),
            view: setup.view,
            turned: false,
        };
        let analysis = Analysis {
            side: self.task.side,
            view: setup.view,
            signal: setup.signal.clone(),
            signal_values: copied(self.history.signal.values()),
            requests: setup.requests.clone(),
            angles,
            reps,
            target_reached,
            measures,
            faults,
            conditioned,
            quality,
            reps_refusal,
        };
        Tracked { analysis, rep_times }
    }
}

/// Copy of a repetition whose frame indices are converted by `to`.
fn with_frames(rep: Rep, to: impl Fn(usize) -> usize) -> Rep {
    Rep {
        start: to(rep.start),
        bottom_start: to(rep.bottom_start),
        bottom: to(rep.bottom),
        bottom_end: to(rep.bottom_end),
        end: to(rep.end),
        ..rep
    }
}
