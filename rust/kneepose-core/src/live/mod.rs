//! Live stream: causal conditioning, angles, repetitions, faults and events, frame by frame. All
//! memory is allocated when the stream is created and when the view is detected; it does not grow,
//! and frames allocate none.

mod clock;
mod cues;
mod fault_monitor;
mod rate;
mod set_up;
mod view;
mod visibility;

use crate::analysis::{Capacity, CompletedRep, RepTracker, Task, Tracked, ViewSetup};
use crate::conditioning::{CausalConditioner, CausalOptions, DEFAULT_MAX_GAP_S};
use crate::error::Result;
use crate::exercise::Exercise;
use crate::quality::{self, Estimate, SAID_YAW_SD_DEG, UNKNOWN_YAW_SD_DEG};
use crate::recording::{Origin, View};
use crate::reps::RepStatus;
use crate::reps::online::Phase;
use crate::skeleton::{Side, Skeleton};
use crate::space::Up;
use crate::validity::Validity;
pub use clock::Clock;
use clock::Tick;
use cues::Cues;
use rate::FrameRate;
use set_up::SetUpGate;
use view::ViewDetector;
use visibility::SignalVisibility;

pub use crate::analysis::MOST_COLUMNS;
pub use fault_monitor::MOST_FAULTS;

/// Minimum number of frames that are kept: two minutes at 30 frames per second.
/// Source: chosen: enough for a set of repetitions, in bounded memory; no test shows its effect.
pub const KEPT_FRAMES: usize = 3600;
/// Minimum numbers of frames and repetitions that are kept.
const CAPACITY: Capacity = Capacity { frames: KEPT_FRAMES, reps: 1000 };

/// Settings of a [`Stream`].
#[derive(Debug, Clone)]
pub struct Settings {
    /// The exercise that the person does.
    pub exercise: Exercise,
    /// The leg under analysis.
    pub side: Side,
    /// Skeleton of the keypoints.
    pub skeleton: Skeleton,
    /// Space of the keypoints.
    pub up: Up,
    /// Origin of the keypoints.
    pub origin: Origin,
    /// View that the user states; `None` detects it from the keypoints of the first second.
    pub view: Option<View>,
    /// Width and height of the image in pixels, if known.
    pub resolution: Option<[f64; 2]>,
    /// True if the frames were mirrored before pose estimation.
    pub mirrored: bool,
}

impl Settings {
    fn setup(&self, view: Option<View>) -> Result<ViewSetup> {
        let setup = ViewSetup::new(&self.exercise, self.side, &self.skeleton, self.up, view)?;
        Ok(setup.of_origin(self.origin.clone()))
    }

    /// Camera yaw that is assumed before any frame shows it.
    fn yaw(&self) -> Estimate {
        let spread = if self.view.is_some() { SAID_YAW_SD_DEG } else { UNKNOWN_YAW_SD_DEG };
        Estimate { degrees: 0.0, spread }
    }

    /// View at the start, if it need not be detected: in world space, lying, or stated by the user.
    fn known_view(&self) -> Option<Option<View>> {
        (!view::must_be_detected(self)).then_some(self.view)
    }
}

/// Something that happened in a frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Event {
    /// A repetition has begun; contains its number, counted from 1.
    RepStarted(usize),
    /// A repetition has ended; contains number, status, and times of start, bottom and end in
    /// seconds.
    RepCompleted(usize, RepStatus, [f64; 3]),
    /// The status of an earlier repetition changed, because later repetitions show what is typical
    /// of the set; contains number and new status.
    RepCorrected(usize, RepStatus),
    /// The movement that was reported as the start of this repetition is not a repetition.
    RepDropped(usize),
    /// A fault was detected; contains the index of the fault in the exercise, the repetition, and
    /// the value.
    FaultSeen(usize, usize, f64),
    /// The movement can no longer be measured; contains the reason.
    QualityLost(Validity),
    /// The movement can be measured again.
    QualityBack,
    /// The clock of the frames was set. The stream continues and adds this number of seconds to all
    /// later times.
    ClockSet(f64),
}

/// State of the stream after a frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LiveState {
    /// Time of the frame in seconds, on the clock of the stream; see [`Event::ClockSet`].
    pub time: f64,
    /// Numbers of full and partial repetitions so far.
    pub counts: [usize; 2],
    /// Current phase of the movement.
    pub phase: Phase,
    /// Distance from rest as a share of the typical range of motion; NaN if not measurable.
    pub depth: f64,
    /// Reason why the movement cannot be measured. [`Validity::Ok`] if it can,
    /// [`Validity::FrameRateLow`] if it can but there are few frames.
    pub quality: Validity,
    /// Index of the fault whose cue should be given.
    pub cue: Option<usize>,
}

const INITIAL_STATE: LiveState = LiveState {
    time: f64::NEG_INFINITY,
    counts: [0; 2],
    phase: Phase::Rest,
    depth: f64::NAN,
    quality: Validity::TooFewFrames,
    cue: None,
};

/// Live analysis of one person who does one exercise.
#[derive(Debug)]
pub struct Stream {
    settings: Settings,
    conditioner: CausalConditioner,
    view: ViewDetector,
    tracker: RepTracker,
    visibility: SignalVisibility,
    set_up: SetUpGate,
    clock: Clock,
    rate: FrameRate,
    /// Values and codes that replace the angles if the set-up check refuses them: NaN and the
    /// reason in each column.
    withheld: ([f64; MOST_COLUMNS], [u8; MOST_COLUMNS]),
    cues: Cues,
    events: Vec<Event>,
    state: LiveState,
    /// Counter that increases whenever [`Stream::columns`] may have changed.
    columns_version: usize,
}

impl Stream {
    /// Makes a stream without frames.
    ///
    /// # Errors
    /// Same as [`ViewSetup::new`].
    pub fn new(settings: Settings) -> Result<Self> {
        let exercise = settings.exercise.seen_in(settings.up);
        let settings = Settings { exercise, ..settings };
        let Settings { exercise, side, skeleton, up, resolution, mirrored, .. } = settings.clone();
        let options = CausalOptions {
            cutoff_hz: Some(exercise.cutoff_hz),
            max_gap_s: DEFAULT_MAX_GAP_S,
            resolution,
            mirrored,
        };
        let conditioner = CausalConditioner::new(&skeleton, up, options);
        let known_view = settings.known_view();
        // Reports an unsuitable exercise now rather than when the view is detected.
        settings.setup(Some(View::Left))?;
        let setup = settings.setup(known_view.unwrap_or(Some(View::Front)))?;
        let cues = Cues::new(&exercise, &setup, |_| settings.yaw());
        let task = Task { exercise, side, skeleton, up, resolution };
        Ok(Self {
            view: ViewDetector::new(&settings),
            tracker: RepTracker::new(task, setup, conditioner.lag_s(), CAPACITY),
            visibility: SignalVisibility::UNSEEN,
            set_up: SetUpGate::new(&settings),
            clock: Clock::UNSEEN,
            rate: FrameRate::UNSEEN,
            withheld: ([f64::NAN; MOST_COLUMNS], [0; MOST_COLUMNS]),
            conditioner,
            cues,
            events: Vec::with_capacity(64),
            state: INITIAL_STATE,
            columns_version: usize::from(known_view.is_some()),
            settings,
        })
    }

    /// Returns to the state before the first frame.
    ///
    /// # Errors
    /// None for settings that [`Stream::new`] accepted.
    pub fn reset(&mut self) -> Result<()> {
        let known_view = self.settings.known_view();
        let setup = self.settings.setup(known_view.unwrap_or(Some(View::Front)))?;
        self.conditioner.reset();
        self.view.reset(known_view.is_some());
        self.visibility = SignalVisibility::UNSEEN;
        self.set_up.reset();
        self.clock = Clock::UNSEEN;
        self.rate = FrameRate::UNSEEN;
        self.cues = Cues::new(&self.settings.exercise, &setup, |_| self.settings.yaw());
        self.tracker.reset(setup);
        self.events.clear();
        self.state = INITIAL_STATE;
        self.columns_version += 1;
        Ok(())
    }

    /// State after the last frame.
    pub fn state(&self) -> LiveState {
        let unknown = self.state.quality == Validity::Ok && self.view.is_missing();
        let quality = if unknown { Validity::ViewUnknown } else { self.state.quality };
        LiveState { quality: self.rate.quality(quality), ..self.state }
    }

    /// Events of the last frame.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// Angles of the last frame and their [`Validity`] codes, in the order of [`Stream::columns`];
    /// empty before the view is known.
    pub fn angles(&self) -> (&[f64], &[u8]) {
        if !self.view.is_known() {
            return (&[], &[]);
        }
        let (values, codes) = self.tracker.angles();
        if self.set_up.found().is_none() {
            return (values, codes);
        }
        let (nothing, reason) = &self.withheld;
        (
            nothing.get(..values.len()).unwrap_or_default(),
            reason.get(..codes.len()).unwrap_or_default(),
        )
    }

    /// Name and side of each angle; empty before the view is known.
    pub fn columns(&self) -> Vec<(String, Option<Side>)> {
        if self.view.is_known() { self.tracker.setup().columns() } else { Vec::new() }
    }

    /// Counter that increases whenever [`Stream::columns`] may have changed.
    pub fn columns_version(&self) -> usize {
        self.columns_version
    }

    /// Converts the time of a future frame to the clock of the stream.
    pub fn place(&self, time: f64) -> f64 {
        self.clock.place(time)
    }

    /// Settings of the stream.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Processes a frame. `points` has the keypoints one after the other, NaN if missing; it is
    /// empty if no person was found. `time` is in seconds. Bad data is not an error:
    /// [`LiveState::quality`] has the reason.
    ///
    /// # Errors
    /// None for settings that [`Stream::new`] accepted.
    pub fn push(&mut self, points: &[f64], confidence: Option<&[f64]>, time: f64) -> Result<()> {
        self.events.clear();
        let (time, dt) = match self.clock.tick(time) {
            Tick::Next(time, dt) => (time, dt),
            Tick::Set(time, dt, shift) => {
                self.events.push(Event::ClockSet(shift));
                (time, dt)
            }
            Tick::NotRising => {
                self.state.quality = Validity::TimeNotRising;
                return Ok(());
            }
            Tick::FarAhead => {
                self.state.quality = Validity::TimeFarAhead;
                return Ok(());
            }
            Tick::Anew => {
                self.reset()?;
                return self.push(points, confidence, time);
            }
        };
        self.state.time = time;
        self.rate.push(dt);
        self.conditioner.push(points, confidence, time);
        let Self { set_up, conditioner, settings, withheld, .. } = self;
        let known = set_up.found();
        set_up.watch(points, time);
        set_up.push(settings, conditioner.row(), points, confidence, time, dt)?;
        if let Some(reason) = set_up.found()
            && known != Some(reason)
        {
            withheld.1.fill(reason as u8);
            self.events.push(Event::QualityLost(reason));
        } else if known.is_some() && set_up.found().is_none() {
            self.events.push(Event::QualityBack);
        }
        if self.view.is_known() {
            let has_asked = self.set_up.has_asked();
            let Self { tracker, conditioner, .. } = self;
            let progress = tracker.step(conditioner.row(), conditioner.repairs(), time, dt);
            self.report(progress, time, dt);
            if has_asked && self.settings.up == Up::Image {
                self.place_camera()?;
            }
            self.state.quality = self.set_up.reason(time).unwrap_or(self.state.quality);
            if self.set_up.forbids_counting() {
                self.state.counts = [0; 2];
                self.events
                    .retain(|event| matches!(event, Event::QualityLost(_) | Event::ClockSet(_)));
            }
            if self.view.contradicts(&self.settings, &self.tracker, time) {
                self.begin_with_view(time)?;
            }
            return Ok(());
        }
        self.view.collect(self.conditioner.row(), self.conditioner.repairs(), time);
        self.state.quality = self.set_up.reason(time).unwrap_or(Validity::ViewUnknown);
        if self.view.detect(time) {
            self.begin_with_view(time)?;
        }
        Ok(())
    }

    /// Restarts the tracker with the detected view, and processes the frames that were collected
    /// before.
    fn begin_with_view(&mut self, time: f64) -> Result<()> {
        let setup = self.settings.setup(self.view.settle(time))?;
        self.cues = Cues::new(&self.settings.exercise, &setup, |_| self.settings.yaw());
        self.events.extend(self.tracker.told().map(Event::RepDropped));
        self.tracker.restart(setup);
        self.place_camera()?;
        self.columns_version += 1;
        let mut before = f64::NAN;
        for i in 0..self.view.collected() {
            let (row, codes, time) = self.view.frame(i);
            let progress = self.tracker.step(row, codes, time, time - before);
            self.report(progress, time, time - before);
            before = time;
        }
        self.view.forget_frames();
        Ok(())
    }

    /// Estimates the position of the camera from the last seconds.
    ///
    /// # Errors
    /// None for settings that [`Stream::new`] accepted.
    fn place_camera(&mut self) -> Result<()> {
        if let Some(quality) = self.set_up.quality(&self.settings)? {
            self.cues.place_camera(self.tracker.setup(), |angle| quality.yaw_for(angle));
        }
        Ok(())
    }

    /// Converts the events of a frame to public events, and updates cue and state.
    fn report(&mut self, progress: crate::analysis::Progress, time: f64, dt: f64) {
        if let Some(completed) = progress.completed {
            self.report_completed(completed);
        }
        self.events.extend(progress.dropped.map(Event::RepDropped));
        if let Some(number) = progress.started {
            self.events.push(Event::RepStarted(number));
        }
        let dt = if dt.is_finite() { Some(dt) } else { None };
        let depth = self.tracker.depth();
        let Self { events, tracker, .. } = self;
        self.cues.push(tracker, (progress.resting, depth), (time, dt), |fault, rep, value| {
            events.push(Event::FaultSeen(fault, rep, value));
        });
        let signal = self.tracker.signal();
        let first = self.tracker.began() == 0 && self.state.quality == INITIAL_STATE.quality;
        let reason = || self.tracker.signal_reason();
        let (quality, event) = self.visibility.update(signal, time, first, reason);
        self.events.extend(event);
        self.state.quality = quality.unwrap_or(self.state.quality);
        self.state.counts = self.tracker.counts();
        self.state.phase = self.tracker.phase();
        self.state.depth = if signal.is_finite() { depth } else { f64::NAN };
        self.state.cue = self.cues.current();
    }

    fn report_completed(&mut self, completed: CompletedRep) {
        let CompletedRep { number, status, seconds } = completed;
        self.events.push(Event::RepCompleted(number, status, seconds));
        let corrected = self.tracker.corrected().iter();
        self.events.extend(corrected.map(|(rep, status)| Event::RepCorrected(*rep, *status)));
        self.state.counts = self.tracker.counts();
        if status == RepStatus::Full {
            let Self { settings, tracker, cues, events, state, .. } = self;
            tracker.fault_values(|fault, criterion, value| {
                let place = (fault, criterion);
                if cues.complete(&settings.exercise, place, value, (number, state.time)) {
                    events.push(Event::FaultSeen(fault, number, value));
                }
            });
        }
    }

    /// Ends the current repetition and returns the analysis of all stored frames and repetitions.
    /// `None` before the view is known or the second frame. The stream can continue afterwards, or
    /// start again with [`Stream::reset`].
    ///
    /// # Errors
    /// Same as [`quality::check`].
    pub fn finish(&mut self) -> Result<Option<Tracked>> {
        self.events.clear();
        if !self.view.is_known() {
            return Ok(None);
        }
        if let Some(completed) = self.tracker.end() {
            self.report_completed(completed);
        }
        let Some(conditioned) = self.tracker.conditioned()? else { return Ok(None) };
        let Settings { exercise, side, .. } = &self.settings;
        let options = exercise.check_options(Some(*side), None);
        let mut quality = quality::check(&conditioned.recording, &options)?;
        // If the stored frames show no person because the person has left, the repetitions that
        // were counted before stay valid.
        if self.tracker.counts().iter().any(|count| *count > 0) {
            quality.allow_empty();
        }
        Ok(Some(self.tracker.analysis(conditioned, quality)))
    }
}
