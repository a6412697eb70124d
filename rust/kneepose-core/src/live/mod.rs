//! Frames as they come: causal conditioning → angles → repetitions → faults → events. Memory never grows,
//! and a frame asks for none: all is taken when the stream begins and when the view has settled.

mod conditioner;
mod fault_monitor;
mod finish;
mod frame;
mod record;
mod rep;
mod setup;
mod standing;
mod swaps;
mod view;

use crate::error::{Error, Result};
use crate::exercise::Exercise;
use crate::math::sliding_buffer::SlidingBuffer;
use crate::math::vector::Vec3;
use crate::posture::{FramePosture, PostureLandmarks, RepPosture};
use crate::quality::ViewLandmarks;
use crate::recording::{Recording, View};
use crate::reps::online::{OnlineSegmenter, Phase};
use crate::reps::{Rep, RepStatus};
use crate::skeleton::{Side, Skeleton};
use crate::space::Up;
use crate::stats::quantile::Scratch;
use crate::validity::Validity;
use conditioner::Conditioner;
use fault_monitor::FaultMonitor;
use setup::ViewSetup;
use standing::{FootPlace, StandingHeight};

pub use fault_monitor::MOST_FAULTS;

/// Frames that are kept: two minutes at 30 a second.
const KEPT_FRAMES: usize = 3600;
/// Repetitions that are kept.
const KEPT_REPS: usize = 1000;
/// Repetitions that say what is usual, at least.
const REMEMBERED: usize = 16;
/// Most angles of one exercise.
pub const MOST_COLUMNS: usize = 32;

/// What a stream is asked to do.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The exercise.
    pub exercise: Exercise,
    /// The leg under analysis.
    pub side: Side,
    /// The keypoints.
    pub skeleton: Skeleton,
    /// Where they live.
    pub up: Up,
    /// The user's word on the view; `None` asks the keypoints of the first second.
    pub view: Option<View>,
    /// Width and height of the image in pixels, where they are known.
    pub resolution: Option<[f64; 2]>,
    /// Whether the frames were mirrored before the estimator saw them.
    pub mirrored: bool,
}

/// Something that happened in a frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Event {
    /// Repetition number so and so, counted from 1, has begun.
    RepStarted(usize),
    /// It is over: its number, status, and seconds of start, bottom and end.
    RepCompleted(usize, RepStatus, [f64; 3]),
    /// Fault of the exercise, repetition, and how much of it.
    FaultSeen(usize, usize, f64),
    /// The movement cannot be followed, and why.
    QualityLost(Validity),
    /// It can be followed again.
    QualityBack,
}

/// What is known after a frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LiveState {
    /// Seconds of the frame.
    pub time: f64,
    /// Full and partial repetitions so far.
    pub counts: [usize; 2],
    /// Where the repetition is.
    pub phase: Phase,
    /// How far from rest, as a share of the usual range; NaN where that is not seen.
    pub depth: f64,
    /// Why the movement cannot be followed; [`Validity::Ok`] where it can.
    pub quality: Validity,
    /// Number of the fault whose cue is to be said.
    pub cue: Option<usize>,
}

/// One person doing one exercise.
#[derive(Debug)]
pub struct Stream {
    settings: Settings,
    conditioner: Conditioner,
    landmarks: PostureLandmarks,
    view_landmarks: ViewLandmarks,
    standing: [StandingHeight; 2],
    /// Where the feet are.
    foot_place: FootPlace,
    /// In boxes, so that lending them to a frame moves nothing.
    setup: Option<Box<ViewSetup>>,
    machine: Option<Box<OnlineSegmenter>>,
    monitor: Option<Box<FaultMonitor>>,
    /// Frames before the view has settled, and their times.
    early: SlidingBuffer<f64>,
    early_times: SlidingBuffer<f64>,
    /// When the view was looked for last, and how often it has settled or was forgotten.
    view_checked_at: f64,
    columns_version: usize,
    heading: Vec3,
    at_rest: [f64; MOST_COLUMNS],
    values: [f64; MOST_COLUMNS],
    codes: [u8; MOST_COLUMNS],
    times: SlidingBuffer<f64>,
    rows: SlidingBuffer<f64>,
    columns: Vec<SlidingBuffer<f64>>,
    column_codes: Vec<SlidingBuffer<u8>>,
    signal: SlidingBuffer<f64>,
    postures: SlidingBuffer<FramePosture>,
    reps: SlidingBuffer<Rep>,
    rep_times: SlidingBuffer<f64>,
    cells: SlidingBuffer<f64>,
    cell_codes: SlidingBuffer<u8>,
    cell_row: Vec<f64>,
    cell_code_row: Vec<u8>,
    rep_postures: SlidingBuffer<RepPosture>,
    scratch: Scratch,
    events: Vec<Event>,
    state: LiveState,
    interval: f64,
    last_seen: f64,
    seen_since: f64,
    lost: bool,
    began: usize,
    ended: usize,
}

/// Cells that a row of repetitions has room for.
const MOST_CELLS: usize = 96;

impl Stream {
    /// A stream that has seen nothing.
    ///
    /// # Errors
    /// [`Error::UnknownName`] for an angle of the exercise that does not exist, [`Error::Option`] where
    /// the exercise has more angles or measures than a stream has room for.
    pub fn new(settings: Settings) -> Result<Self> {
        let Settings { exercise, skeleton, up, resolution, mirrored, .. } = &settings;
        let (keypoints, dims) = (skeleton.keypoints().len(), up.dims());
        let conditioner =
            Conditioner::new(skeleton, *up, exercise.cutoff_hz, *resolution, *mirrored);
        let unseen = PostureLandmarks::new(skeleton, *up).read(|_| [f64::NAN; 3]);
        let no_rep = Rep::without_extent(0, RepStatus::Full);
        let nothing = RepPosture {
            lean_deg: f64::NAN,
            range: f64::NAN,
            other_foot_down: 0.0,
            rejection: None,
        };
        let mut stream = Self {
            conditioner,
            landmarks: PostureLandmarks::new(skeleton, *up),
            view_landmarks: ViewLandmarks::new(skeleton),
            standing: [StandingHeight::default(); 2],
            foot_place: FootPlace::UNKNOWN,
            setup: None,
            machine: None,
            monitor: None,
            early: SlidingBuffer::new(256, keypoints * dims, f64::NAN),
            early_times: SlidingBuffer::new(256, 1, f64::NAN),
            view_checked_at: f64::NAN,
            columns_version: 0,
            heading: [f64::NAN; 3],
            at_rest: [f64::NAN; MOST_COLUMNS],
            values: [f64::NAN; MOST_COLUMNS],
            codes: [Validity::MissingKeypoint as u8; MOST_COLUMNS],
            times: SlidingBuffer::new(KEPT_FRAMES, 1, f64::NAN),
            rows: SlidingBuffer::new(KEPT_FRAMES, keypoints * dims, f64::NAN),
            columns: Vec::new(),
            column_codes: Vec::new(),
            signal: SlidingBuffer::new(KEPT_FRAMES, 1, f64::NAN),
            postures: SlidingBuffer::new(KEPT_FRAMES, 1, unseen),
            reps: SlidingBuffer::new(KEPT_REPS, 1, no_rep),
            rep_times: SlidingBuffer::new(KEPT_REPS, 5, f64::NAN),
            cells: SlidingBuffer::new(KEPT_REPS, MOST_CELLS, f64::NAN),
            cell_codes: SlidingBuffer::new(KEPT_REPS, MOST_CELLS, 0),
            cell_row: vec![f64::NAN; MOST_CELLS],
            cell_code_row: vec![0; MOST_CELLS],
            rep_postures: SlidingBuffer::new(REMEMBERED, 1, nothing),
            scratch: Vec::with_capacity(2 * KEPT_FRAMES),
            events: Vec::with_capacity(64),
            state: INITIAL_STATE,
            interval: f64::NAN,
            last_seen: f64::NAN,
            seen_since: f64::NAN,
            lost: true,
            began: 0,
            ended: 0,
            settings,
        };
        // What does not fit is said now, not when the view has settled.
        let views: &[_] = if stream.view_is_open() {
            &[Some(View::Front), Some(View::Left)]
        } else {
            &[stream.settings.view]
        };
        for view in views {
            let trial = ViewSetup::new(&stream.settings, *view)?;
            let (angles, measures) = (trial.requests.len(), trial.cells.len());
            if angles > MOST_COLUMNS || measures > MOST_CELLS {
                return Err(Error::Option(format!(
                    "exercise {:?} has {angles} angles and {measures} measures; a stream has room for \
                     {MOST_COLUMNS} and {MOST_CELLS}",
                    stream.settings.exercise.name,
                )));
            }
        }
        stream.set_up_if_view_known()?;
        Ok(stream)
    }

    /// Whether the view is known without looking: in the world, lying, or said.
    fn set_up_if_view_known(&mut self) -> Result<()> {
        if self.view_is_open() { Ok(()) } else { self.set_up(self.settings.view) }
    }

    fn set_up(&mut self, view: Option<View>) -> Result<()> {
        let setup = ViewSetup::new(&self.settings, view)?;
        let angles = setup.requests.len();
        self.columns.resize_with(angles, || SlidingBuffer::new(KEPT_FRAMES, 1, f64::NAN));
        self.column_codes.resize_with(angles, || SlidingBuffer::new(KEPT_FRAMES, 1, 0));
        self.columns_version += 1;
        self.machine =
            Some(Box::new(OnlineSegmenter::new(setup.online_settings(self.conditioner.lag_s()))));
        self.monitor = Some(Box::new(FaultMonitor::new(&self.settings.exercise, &setup.names())));
        self.setup = Some(Box::new(setup));
        Ok(())
    }

    /// Forgets all that it has seen.
    ///
    /// # Errors
    /// Never, for settings that [`Stream::new`] took.
    pub fn reset(&mut self) -> Result<()> {
        self.conditioner.reset();
        (self.setup, self.machine, self.monitor) = (None, None, None);
        self.early.clear();
        self.early_times.clear();
        self.clear_history();
        self.values = [f64::NAN; MOST_COLUMNS];
        self.codes = [Validity::MissingKeypoint as u8; MOST_COLUMNS];
        self.events.clear();
        self.state = INITIAL_STATE;
        (self.interval, self.last_seen, self.seen_since) = (f64::NAN, f64::NAN, f64::NAN);
        self.view_checked_at = f64::NAN;
        self.columns_version += 1;
        (self.lost, self.began, self.ended) = (true, 0, 0);
        self.set_up_if_view_known()
    }

    /// Forgets how the body stood and what it did.
    fn clear_history(&mut self) {
        self.standing = [StandingHeight::default(); 2];
        self.foot_place = FootPlace::UNKNOWN;
        self.heading = [f64::NAN; 3];
        self.at_rest = [f64::NAN; MOST_COLUMNS];
        for trail in [&mut self.times, &mut self.rows, &mut self.signal, &mut self.rep_times] {
            trail.clear();
        }
        self.columns.iter_mut().for_each(SlidingBuffer::clear);
        self.column_codes.iter_mut().for_each(SlidingBuffer::clear);
        self.postures.clear();
        self.reps.clear();
        self.cells.clear();
        self.cell_codes.clear();
        self.rep_postures.clear();
    }

    /// What is known after the last frame.
    pub fn state(&self) -> LiveState {
        self.state
    }

    /// What happened in the last frame.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// Angles of the last frame and their [`Validity`] codes, in the order of [`Stream::columns`].
    pub fn angles(&self) -> (&[f64], &[u8]) {
        let width = self.columns.len();
        let values = self.values.get(..width).unwrap_or_default();
        (values, self.codes.get(..width).unwrap_or_default())
    }

    /// Name and side of each angle.
    pub fn columns(&self) -> Vec<(String, Option<Side>)> {
        let setup = self.setup.as_ref();
        setup
            .map(|s| s.requests.iter().map(|r| (r.spec.name.to_string(), r.side)).collect())
            .unwrap_or_default()
    }

    /// How often the view has settled or was forgotten: [`Stream::columns`] may be others each time.
    pub fn columns_version(&self) -> usize {
        self.columns_version
    }

    /// What was asked for.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// A frame: keypoint after keypoint, NaN where missing, nothing where nobody was found; its
    /// confidence; its time in seconds. Nothing that comes in is an error: what is wrong is said in
    /// [`LiveState::quality`].
    ///
    /// # Errors
    /// Never, for settings that [`Stream::new`] took.
    pub fn push(&mut self, points: &[f64], confidence: Option<&[f64]>, time: f64) -> Result<()> {
        self.events.clear();
        let dt = time - self.state.time;
        if !time.is_finite() || dt <= 0.0 {
            self.state.quality = Validity::TimeNotRising;
            return Ok(());
        }
        self.state.time = time;
        let row = self.conditioner.push(points, confidence, time);
        if self.setup.is_some() {
            self.process_row(RowSource::Conditioner, time, dt);
            return self.recheck_view(time);
        }
        self.early.push(row);
        self.early_times.push(&[time]);
        self.state.quality = Validity::ViewUnknown;
        self.detect_view(time)
    }

    fn process_row(&mut self, source: RowSource, time: f64, dt: f64) {
        let width = self.rows.width();
        match source {
            RowSource::Conditioner => self.rows.push(self.conditioner.row()),
            RowSource::Early(i) => {
                let row = self.early.values().get(i * width..(i + 1) * width).unwrap_or_default();
                self.rows.push(row);
            }
        }
        let (Some(mut setup), Some(mut machine), Some(mut monitor)) =
            (self.setup.take(), self.machine.take(), self.monitor.take())
        else {
            return;
        };
        self.process_frame(&mut setup, &mut machine, &mut monitor, time, dt);
        (self.setup, self.machine, self.monitor) = (Some(setup), Some(machine), Some(monitor));
    }
}

/// Where a conditioned row comes from.
#[derive(Clone, Copy)]
enum RowSource {
    Conditioner,
    Early(usize),
}

const INITIAL_STATE: LiveState = LiveState {
    time: f64::NEG_INFINITY,
    counts: [0; 2],
    phase: Phase::Rest,
    depth: f64::NAN,
    quality: Validity::TooFewFrames,
    cue: None,
};

/// Conditioned rows as a recording.
fn build_recording(
    settings: &Settings,
    rows: &SlidingBuffer<f64>,
    times: &SlidingBuffer<f64>,
) -> Result<Recording> {
    let keypoints = settings.skeleton.keypoints().len();
    let shape = (times.len(), keypoints, settings.up.dims());
    let coordinates = ndarray::Array3::from_shape_vec(shape, rows.values().to_vec())
        .map_err(|error| Error::Shape(error.to_string()))?;
    let confidence = ndarray::Array2::ones((shape.0, keypoints));
    let times = times.values().to_vec();
    let (skeleton, up) = (settings.skeleton.clone(), settings.up);
    let recording = Recording::new(skeleton, coordinates, confidence, times, up)?;
    Ok(recording.with_resolution(settings.resolution))
}
