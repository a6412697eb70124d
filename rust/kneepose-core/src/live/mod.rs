//! Frames as they come: causal conditioning → angles → repetitions → faults → events. Memory never grows,
//! and a frame asks for none: all is taken when the stream begins and when the view has settled.

mod conditioner;
mod finish;
mod form;
mod frame;
mod record;
mod rep;
mod setup;
mod sides;
mod standing;
mod view;

use crate::error::{Error, Result};
use crate::exercise::Exercise;
use crate::math::sliding_buffer::Trail;
use crate::math::vector::Vec3;
use crate::posture::{Landmarks, Shown, Stand};
use crate::quality::Sight;
use crate::recording::{Recording, View};
use crate::reps::online::{Online, Phase};
use crate::reps::{Rep, RepStatus};
use crate::skeleton::{Side, Skeleton};
use crate::space::Up;
use crate::stats::quantile::Scratch;
use crate::validity::Validity;
use conditioner::Conditioner;
use form::Form;
use setup::Setup;
use standing::{Spot, Standing};

pub use form::MOST_FAULTS;

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
pub struct Now {
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
    landmarks: Landmarks,
    sight: Sight,
    standing: [Standing; 2],
    /// Where the feet are.
    spot: Spot,
    /// In boxes, so that lending them to a frame moves nothing.
    setup: Option<Box<Setup>>,
    machine: Option<Box<Online>>,
    form: Option<Box<Form>>,
    /// Frames before the view has settled, and their times.
    early: Trail<f64>,
    early_times: Trail<f64>,
    /// When the view was looked for last, and how often it has settled or was forgotten.
    looked: f64,
    settled: usize,
    heading: Vec3,
    at_rest: [f64; MOST_COLUMNS],
    values: [f64; MOST_COLUMNS],
    codes: [u8; MOST_COLUMNS],
    times: Trail<f64>,
    rows: Trail<f64>,
    columns: Vec<Trail<f64>>,
    column_codes: Vec<Trail<u8>>,
    signal: Trail<f64>,
    stands: Trail<Stand>,
    reps: Trail<Rep>,
    rep_times: Trail<f64>,
    cells: Trail<f64>,
    cell_codes: Trail<u8>,
    cell_row: Vec<f64>,
    cell_code_row: Vec<u8>,
    shown: Trail<Shown>,
    scratch: Scratch,
    events: Vec<Event>,
    now: Now,
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
        let unseen = Landmarks::new(skeleton, *up).read(|_| [f64::NAN; 3]);
        let no_rep = Rep::pulse(0, RepStatus::Full);
        let nothing =
            Shown { lean_deg: f64::NAN, range: f64::NAN, other_foot_down: 0.0, objection: None };
        let mut stream = Self {
            conditioner,
            landmarks: Landmarks::new(skeleton, *up),
            sight: Sight::new(skeleton),
            standing: [Standing::default(); 2],
            spot: Spot::UNKNOWN,
            setup: None,
            machine: None,
            form: None,
            early: Trail::new(256, keypoints * dims, f64::NAN),
            early_times: Trail::new(256, 1, f64::NAN),
            looked: f64::NAN,
            settled: 0,
            heading: [f64::NAN; 3],
            at_rest: [f64::NAN; MOST_COLUMNS],
            values: [f64::NAN; MOST_COLUMNS],
            codes: [Validity::MissingKeypoint as u8; MOST_COLUMNS],
            times: Trail::new(KEPT_FRAMES, 1, f64::NAN),
            rows: Trail::new(KEPT_FRAMES, keypoints * dims, f64::NAN),
            columns: Vec::new(),
            column_codes: Vec::new(),
            signal: Trail::new(KEPT_FRAMES, 1, f64::NAN),
            stands: Trail::new(KEPT_FRAMES, 1, unseen),
            reps: Trail::new(KEPT_REPS, 1, no_rep),
            rep_times: Trail::new(KEPT_REPS, 5, f64::NAN),
            cells: Trail::new(KEPT_REPS, MOST_CELLS, f64::NAN),
            cell_codes: Trail::new(KEPT_REPS, MOST_CELLS, 0),
            cell_row: vec![f64::NAN; MOST_CELLS],
            cell_code_row: vec![0; MOST_CELLS],
            shown: Trail::new(REMEMBERED, 1, nothing),
            scratch: Vec::with_capacity(2 * KEPT_FRAMES),
            events: Vec::with_capacity(64),
            now: NOTHING_YET,
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
            let trial = Setup::new(&stream.settings, *view)?;
            let (angles, measures) = (trial.requests.len(), trial.cells.len());
            if angles > MOST_COLUMNS || measures > MOST_CELLS {
                return Err(Error::Option(format!(
                    "exercise {:?} has {angles} angles and {measures} measures; a stream has room for \
                     {MOST_COLUMNS} and {MOST_CELLS}",
                    stream.settings.exercise.name,
                )));
            }
        }
        stream.settle_if_known()?;
        Ok(stream)
    }

    /// Whether the view is known without looking: in the world, lying, or said.
    fn settle_if_known(&mut self) -> Result<()> {
        if self.view_is_open() { Ok(()) } else { self.settle(self.settings.view) }
    }

    fn settle(&mut self, view: Option<View>) -> Result<()> {
        let setup = Setup::new(&self.settings, view)?;
        let angles = setup.requests.len();
        self.columns.resize_with(angles, || Trail::new(KEPT_FRAMES, 1, f64::NAN));
        self.column_codes.resize_with(angles, || Trail::new(KEPT_FRAMES, 1, 0));
        self.settled += 1;
        self.machine = Some(Box::new(Online::new(setup.watch(self.conditioner.lag_s()))));
        self.form = Some(Box::new(Form::new(&self.settings.exercise, &setup.names())));
        self.setup = Some(Box::new(setup));
        Ok(())
    }

    /// Forgets all that it has seen.
    ///
    /// # Errors
    /// Never, for settings that [`Stream::new`] took.
    pub fn reset(&mut self) -> Result<()> {
        self.conditioner.reset();
        (self.setup, self.machine, self.form) = (None, None, None);
        self.early.clear();
        self.early_times.clear();
        self.begin_anew();
        self.values = [f64::NAN; MOST_COLUMNS];
        self.codes = [Validity::MissingKeypoint as u8; MOST_COLUMNS];
        self.events.clear();
        self.now = NOTHING_YET;
        (self.interval, self.last_seen, self.seen_since) = (f64::NAN, f64::NAN, f64::NAN);
        self.looked = f64::NAN;
        self.settled += 1;
        (self.lost, self.began, self.ended) = (true, 0, 0);
        self.settle_if_known()
    }

    /// Forgets how the body stood and what it did.
    fn begin_anew(&mut self) {
        self.standing = [Standing::default(); 2];
        self.spot = Spot::UNKNOWN;
        self.heading = [f64::NAN; 3];
        self.at_rest = [f64::NAN; MOST_COLUMNS];
        for trail in [&mut self.times, &mut self.rows, &mut self.signal, &mut self.rep_times] {
            trail.clear();
        }
        self.columns.iter_mut().for_each(Trail::clear);
        self.column_codes.iter_mut().for_each(Trail::clear);
        self.stands.clear();
        self.reps.clear();
        self.cells.clear();
        self.cell_codes.clear();
        self.shown.clear();
    }

    /// What is known after the last frame.
    pub fn now(&self) -> Now {
        self.now
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
    pub fn settled(&self) -> usize {
        self.settled
    }

    /// What was asked for.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// A frame: keypoint after keypoint, NaN where missing, nothing where nobody was found; its
    /// confidence; its time in seconds. Nothing that comes in is an error: what is wrong is said in
    /// [`Now::quality`].
    ///
    /// # Errors
    /// Never, for settings that [`Stream::new`] took.
    pub fn push(&mut self, points: &[f64], confidence: Option<&[f64]>, time: f64) -> Result<()> {
        self.events.clear();
        let dt = time - self.now.time;
        if !time.is_finite() || dt <= 0.0 {
            self.now.quality = Validity::TimeNotRising;
            return Ok(());
        }
        self.now.time = time;
        let row = self.conditioner.push(points, confidence, time);
        if self.setup.is_some() {
            self.frame_from(RowSource::Conditioner, time, dt);
            return self.look_again(time);
        }
        self.early.push(row);
        self.early_times.push(&[time]);
        self.now.quality = Validity::ViewUnknown;
        self.look_for_view(time)
    }

    fn frame_from(&mut self, source: RowSource, time: f64, dt: f64) {
        let width = self.rows.width();
        match source {
            RowSource::Conditioner => self.rows.push(self.conditioner.row()),
            RowSource::Early(i) => {
                let row = self.early.values().get(i * width..(i + 1) * width).unwrap_or_default();
                self.rows.push(row);
            }
        }
        let (Some(mut setup), Some(mut machine), Some(mut form)) =
            (self.setup.take(), self.machine.take(), self.form.take())
        else {
            return;
        };
        self.frame(&mut setup, &mut machine, &mut form, time, dt);
        (self.setup, self.machine, self.form) = (Some(setup), Some(machine), Some(form));
    }
}

/// Where a conditioned row comes from.
#[derive(Clone, Copy)]
enum RowSource {
    Conditioner,
    Early(usize),
}

const NOTHING_YET: Now = Now {
    time: f64::NEG_INFINITY,
    counts: [0; 2],
    phase: Phase::Rest,
    depth: f64::NAN,
    quality: Validity::TooFewFrames,
    cue: None,
};

/// Conditioned rows as a recording.
fn recorded(settings: &Settings, rows: &Trail<f64>, times: &Trail<f64>) -> Result<Recording> {
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
