//! Live streams: the caller pushes frames one by one and reads state and events.

use std::ffi::{CStr, CString};

use kneepose_core::error::Error;
use kneepose_core::exercise::{Exercise, FaultRow};
use kneepose_core::live::{Event, MOST_COLUMNS, Settings, Stream};
use kneepose_core::recording::View;
use kneepose_core::skeleton::Side;
use kneepose_core::space::Up;
use kneepose_core::validity::Validity;

use crate::analyses::{KneeposeAnalysis, origin};
use crate::names::{angle_texts, c_text, kneepose_validity_sentence, rep_status_label, side_text};
use crate::plans::{KneeposeColumn, space};
use crate::pointers::{In, KneeposeLayout, New, Out, Owned, Text};
use crate::skeletons::KneeposeSkeleton;
use crate::status::{Failure, KneeposeStatus, Result, status, value};

/// Maximum number of angles of a stream.
pub const KNEEPOSE_MOST_STREAM_ANGLES: usize = 32;
const _: () = assert!(KNEEPOSE_MOST_STREAM_ANGLES == MOST_COLUMNS);

/// Kinds of events with their meaning, in the order of their codes.
pub const EVENT_TABLE: [(&str, &str); 8] = [
    ("rep_started", "A repetition has begun: `number`."),
    ("rep_completed", "A repetition is over: `number`, `status`, `start_s`, `bottom_s`, `end_s`."),
    ("rep_corrected", "An earlier repetition has another status from now on: `number`, `status`."),
    ("rep_dropped", "The movement that began was no repetition: `number`, which comes again."),
    ("fault_seen", "A fault was seen, once in a repetition: `number`, `fault`, `amount`."),
    ("quality_lost", "The movement can no longer be measured: `reason`."),
    ("quality_back", "The movement can be measured again."),
    (
        "clock_set",
        "The clock of the frames was set; from now on the stream adds `amount` seconds to their times.",
    ),
];

/// Live analysis of one person who does one exercise. Only one thread at a time may use a stream;
/// different streams may run in parallel.
pub struct KneeposeStream {
    inner: Stream,
    exercise: &'static Exercise,
    assumed_level: bool,
    faults: Vec<Fault>,
    /// Number of keypoints in a frame, and number of components of a keypoint.
    shape: (usize, usize),
    /// Buffer for a packed copy of a frame whose memory is strided.
    points: Vec<f64>,
    confidence: Vec<f64>,
}

/// Name and texts of a fault as C strings.
struct Fault {
    name: CString,
    title: CString,
    cue: CString,
}

impl From<&FaultRow> for Fault {
    fn from(row: &FaultRow) -> Self {
        Self { name: c_text(&row.name), title: c_text(&row.title), cue: c_text(&row.cue) }
    }
}

/// Settings of a stream. `exercise`, `side` and `up` are required; all other members may be 0.
#[repr(C)]
pub struct KneeposeStreamOptions {
    /// Name of the exercise; see `kneepose_exercise_name`.
    pub exercise: Text,
    /// `"left"` or `"right"`, the leg under analysis.
    pub side: Text,
    /// `"image"` or the vertical axis, as in `KneeposePlanOptions`.
    pub up: Text,
    /// Side of the person that the camera sees: `"front"`, `"back"`, `"left"` or `"right"`. NULL detects it
    /// from the first second; until then nothing is measured. Use NULL for 3-D.
    pub view: Text,
    /// Width and height of the image in pixels; both 0 if unknown. With them, keypoints at the
    /// image border are detected.
    pub width: u32,
    /// Height of the image in pixels; see `width`.
    pub height: u32,
    /// True if the frames were mirrored (selfie camera) before pose estimation. For an image only.
    pub mirrored: bool,
    /// Same as `assumed_level` of `KneeposeRecording`.
    pub assumed_level: bool,
    /// Same as `depth` of `KneeposeRecording`.
    pub depth: Text,
    /// Same as `estimator` of `KneeposeRecording`.
    pub estimator: Text,
}

/// Keypoints of one person in one frame. Element `[k][d]` is
/// `points[k * keypoint_stride + d * component_stride]`.
#[repr(C)]
pub struct KneeposeFrame {
    /// Coordinates; NaN if missing. Pixels with y down, or meters. NULL if no person was found; all
    /// other members except `time` are then ignored.
    pub points: In<f64>,
    /// Number of keypoints; must equal that of the stream's skeleton.
    pub keypoints: usize,
    /// 2 in an image, 3 in world space.
    pub components: usize,
    /// Stride between keypoints, in elements. If both strides are 0, the array is packed: (keypoints,
    /// components).
    pub keypoint_stride: usize,
    /// Stride between components, in elements.
    pub component_stride: usize,
    /// Confidence of every keypoint (0..1), or NULL if the estimator reports no confidence.
    pub confidence: In<f64>,
    /// Stride of `confidence`, in elements; 0 means packed.
    pub confidence_stride: usize,
    /// Time of the frame in seconds, later than that of the previous frame. A time that does not
    /// increase is no error: the frame is dropped, and `quality` of the state gives the reason.
    pub time: f64,
}

/// State of a stream after a frame.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct KneeposeStreamState {
    /// Time of the frame in seconds, on the clock of the stream: see `KNEEPOSE_EVENT_CLOCK_SET`. Negative
    /// infinity before the first frame.
    pub time: f64,
    /// Number of full repetitions so far.
    pub rep_count: usize,
    /// Number of partial repetitions so far: those with less than 0.6 of the typical range of
    /// motion.
    pub partial_count: usize,
    /// Current phase of the movement; one of `KNEEPOSE_PHASE_…`.
    pub phase: u8,
    /// Distance from rest as a fraction of the typical range of motion; NaN if not measurable.
    pub depth: f64,
    /// `KNEEPOSE_VALIDITY_OK` if the movement can be measured, else the reason.
    pub quality: u8,
    /// Meaning of `quality`, in one sentence.
    pub quality_text: Text,
    /// Name of the fault whose cue should be given now, or NULL. A cue stays for at least 1.5 s,
    /// and until the fault is no longer present.
    pub cue: Text,
    /// Instruction to the person in English, or NULL. For other languages, translate by `cue`.
    pub cue_text: Text,
}

/// Something that happened in a frame. `kind` determines which members are used; the others are 0,
/// NaN or NULL.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct KneeposeEvent {
    /// Kind of the event; one of `KNEEPOSE_EVENT_…`.
    pub kind: u8,
    /// Number of the repetition, from 1.
    pub number: usize,
    /// Status of the repetition; one of `KNEEPOSE_REP_STATUS_…`.
    pub status: u8,
    /// Reason of the event; one of `KNEEPOSE_VALIDITY_…`.
    pub reason: u8,
    /// Start of the repetition in seconds, on the clock of the stream.
    pub start_s: f64,
    /// Deepest moment of the repetition in seconds.
    pub bottom_s: f64,
    /// End of the repetition in seconds, as known when the event was reported. An analysis of the
    /// recording determines the end again.
    pub end_s: f64,
    /// Name of the fault that was detected.
    pub fault: Text,
    /// Value of the fault in the unit of its measure, or the seconds of `KNEEPOSE_EVENT_CLOCK_SET`.
    pub amount: f64,
    /// Text for a user: the status of the repetition, the title of the fault, or the reason.
    pub message: Text,
}

impl KneeposeStream {
    fn new(skeleton: &KneeposeSkeleton, options: &KneeposeStreamOptions) -> Result<Self> {
        let skeleton = skeleton.inner.clone();
        let up = space(&options.up)?;
        let resolution = match (options.width, options.height) {
            (0, 0) => None,
            (width, height) if width > 0 && height > 0 => Some([width.into(), height.into()]),
            (width, height) => {
                return Err(refused(format!(
                    "width is {width} and height {height}; give both in pixels, or leave both 0"
                )));
            }
        };
        if options.mirrored && up != Up::Image {
            return Err(refused(
                "mirrored is true, but the frames are 3-D; it is for pixels only".to_owned(),
            ));
        }
        let exercise = Exercise::named(options.exercise.get("exercise")?)?;
        let shape = (skeleton.keypoints().len(), up.dims());
        let inner = Stream::new(Settings {
            exercise: exercise.clone(),
            side: Side::parse(options.side.get("side")?)?,
            origin: origin(&skeleton, &options.depth, &options.estimator)?,
            skeleton,
            up,
            view: options.view.optional("view")?.map(View::parse).transpose()?,
            resolution,
            mirrored: options.mirrored,
        })?;
        Ok(Self {
            faults: inner.settings().exercise.faults.iter().map(Into::into).collect(),
            assumed_level: options.assumed_level,
            points: Vec::with_capacity(shape.0 * shape.1),
            confidence: Vec::with_capacity(shape.0),
            exercise,
            shape,
            inner,
        })
    }

    fn push(&mut self, frame: &KneeposeFrame) -> Result<()> {
        let Self { inner, shape, points, confidence, .. } = self;
        if frame.points.is_null() {
            return Ok(inner.push(&[], None, frame.time)?);
        }
        if (frame.keypoints, frame.components) != *shape {
            return Err(Failure::shape(format!(
                "the frame has {} keypoints with {} components; the stream needs {} with {}",
                frame.keypoints, frame.components, shape.0, shape.1
            )));
        }
        let layout = KneeposeLayout {
            frames: 1,
            keypoints: frame.keypoints,
            components: frame.components,
            frame_stride: 0,
            keypoint_stride: frame.keypoint_stride,
            component_stride: frame.component_stride,
        };
        let given = frame.points.array("points", &layout)?;
        let row = given.as_slice().unwrap_or_else(|| packed(points, given.iter()));
        if frame.confidence.is_null() {
            return Ok(inner.push(row, None, frame.time)?);
        }
        let layout = KneeposeLayout {
            components: 1,
            keypoint_stride: frame.confidence_stride,
            component_stride: 0,
            ..layout
        };
        let given = frame.confidence.array("confidence", &layout)?;
        let sure = given.as_slice().unwrap_or_else(|| packed(confidence, given.iter()));
        Ok(inner.push(row, Some(sure), frame.time)?)
    }

    fn fault(&self, number: usize, text: impl Fn(&Fault) -> &CStr) -> Text {
        self.faults.get(number).map_or(Text::NULL, |fault| Text::of(text(fault)))
    }

    fn state(&self) -> KneeposeStreamState {
        let state = self.inner.state();
        let [rep_count, partial_count] = state.counts;
        let cue = |text: fn(&Fault) -> &CStr| {
            state.cue.map_or(Text::NULL, |number| self.fault(number, text))
        };
        KneeposeStreamState {
            time: state.time,
            rep_count,
            partial_count,
            phase: state.phase as u8,
            depth: state.depth,
            quality: state.quality as u8,
            quality_text: kneepose_validity_sentence(state.quality as u8),
            cue: cue(|fault| &fault.name),
            cue_text: cue(|fault| &fault.cue),
        }
    }

    fn event(&self, event: &Event) -> KneeposeEvent {
        let of_rep = |kind, number| KneeposeEvent {
            kind,
            number,
            status: 0,
            reason: Validity::Ok as u8,
            start_s: f64::NAN,
            bottom_s: f64::NAN,
            end_s: f64::NAN,
            fault: Text::NULL,
            amount: f64::NAN,
            message: Text::NULL,
        };
        let graded = |kind, number, status| KneeposeEvent {
            status,
            message: rep_status_label(status),
            ..of_rep(kind, number)
        };
        match *event {
            Event::RepStarted(number) => of_rep(0, number),
            Event::RepCompleted(number, status, [start_s, bottom_s, end_s]) => {
                KneeposeEvent { start_s, bottom_s, end_s, ..graded(1, number, status as u8) }
            }
            Event::RepCorrected(number, status) => graded(2, number, status as u8),
            Event::RepDropped(number) => of_rep(3, number),
            Event::FaultSeen(fault, number, amount) => KneeposeEvent {
                fault: self.fault(fault, |fault| &fault.name),
                message: self.fault(fault, |fault| &fault.title),
                amount,
                ..of_rep(4, number)
            },
            Event::QualityLost(reason) => KneeposeEvent {
                reason: reason as u8,
                message: kneepose_validity_sentence(reason as u8),
                ..of_rep(5, 0)
            },
            Event::QualityBack => of_rep(6, 0),
            Event::ClockSet(amount) => KneeposeEvent { amount, ..of_rep(7, 0) },
        }
    }
}

fn refused(message: String) -> Failure {
    Error::Option(message).into()
}

/// Copies strided elements to preallocated memory.
fn packed<'a, 'b>(room: &'a mut Vec<f64>, given: impl Iterator<Item = &'b f64>) -> &'a [f64] {
    room.clear();
    room.extend(given);
    room
}

/// Makes a stream without any frames. It allocates all memory that frames need; the memory does not
/// grow.
///
/// Ownership: all arguments are copied. The caller owns `*stream` and frees it with
/// `kneepose_stream_free`; it is NULL if the call fails.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "C" fn kneepose_stream_new(
    skeleton: In<KneeposeSkeleton>,
    options: In<KneeposeStreamOptions>,
    mut stream: New<KneeposeStream>,
) -> KneeposeStatus {
    status(|| {
        stream.make("stream", || {
            KneeposeStream::new(skeleton.one("skeleton")?, options.one("options")?)
        })
    })
}

/// Processes the next frame. Bad data is no error: the state gives the reason.
///
/// A frame takes microseconds and allocates no memory. The exceptions are the moment when the view
/// is detected and the checks of the set-up 1, 2, 4, 8 and 16 s after a person appears. If the call
/// fails, the frame was not processed. After `KNEEPOSE_STATUS_INTERNAL` and
/// `KNEEPOSE_STATUS_OUT_OF_MEMORY`, reset or free the stream.
///
/// Ownership: the caller keeps all memory; `frame` is read during the call only.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "C" fn kneepose_stream_push(
    mut stream: Out<KneeposeStream>,
    frame: In<KneeposeFrame>,
) -> KneeposeStatus {
    status(|| stream.object("stream")?.push(frame.one("frame")?))
}

/// Copies the state after the last frame to `*state`.
///
/// Ownership: the caller owns `*state`; the texts of the cue belong to the stream and are freed with it,
/// `quality_text` is static.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "C" fn kneepose_stream_state(
    stream: In<KneeposeStream>,
    mut state: Out<KneeposeStreamState>,
) -> KneeposeStatus {
    status(|| state.set("state", stream.one("stream")?.state()))
}

/// Number of events of the last call of `kneepose_stream_push` or `kneepose_stream_finish`; usually
/// 0. Also 0 for NULL.
///
/// Ownership: the caller keeps `stream`.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "C" fn kneepose_stream_events(stream: In<KneeposeStream>) -> usize {
    value(0, || Ok(stream.one("stream")?.inner.events().len()))
}

/// Copies the event with this index (from 0) to `*event`. Events are in chronological order.
///
/// Ownership: the caller owns `*event`; names and titles of faults belong to the stream and are freed with
/// it, all other texts are static.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "C" fn kneepose_stream_event(
    stream: In<KneeposeStream>,
    index: usize,
    mut event: Out<KneeposeEvent>,
) -> KneeposeStatus {
    status(|| {
        let stream = stream.one("stream")?;
        let happened = stream.inner.events();
        let found = happened.get(index).ok_or_else(|| {
            let count = happened.len();
            Failure::shape(format!("event {index} does not exist; the last call had {count}"))
        })?;
        event.set("event", stream.event(found))
    })
}

/// Copies the angles of the last frame and their validity codes, in the order of
/// `kneepose_stream_column`. `values` and `codes` have room for `capacity` elements each; either may be
/// NULL. A value is NaN if its code says so. Writes the number of angles to `*needed`: 0 before the view is
/// known, and never more than `KNEEPOSE_MOST_STREAM_ANGLES`. If `capacity` is too small, returns
/// `KNEEPOSE_STATUS_BUFFER_TOO_SMALL` and leaves both unchanged.
///
/// Ownership: the caller owns all memory except the stream.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "C" fn kneepose_stream_angles(
    stream: In<KneeposeStream>,
    mut values: Out<f64>,
    mut codes: Out<u8>,
    capacity: usize,
    mut needed: Out<usize>,
) -> KneeposeStatus {
    status(|| {
        let (found, found_codes) = stream.one("stream")?.inner.angles();
        needed.set("needed", found.len())?;
        if capacity < found.len() {
            return Err(Failure::room("values and codes", capacity, found.len()));
        }
        if !values.is_null() {
            values.copy("values", capacity, found)?;
        }
        if !codes.is_null() {
            codes.copy("codes", capacity, found_codes)?;
        }
        Ok(())
    })
}

/// Describes the angle with this index (from 0). The angles may change when the view is detected.
///
/// Ownership: the caller owns `*column`; its texts are static, never freed.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "C" fn kneepose_stream_column(
    stream: In<KneeposeStream>,
    index: usize,
    mut column: Out<KneeposeColumn>,
) -> KneeposeStatus {
    status(|| {
        let columns = stream.one("stream")?.inner.columns();
        let (name, side) = columns.get(index).ok_or_else(|| {
            Failure::shape(format!(
                "angle {index} does not exist; the stream has {} in this view",
                columns.len()
            ))
        })?;
        let (name, unit) = angle_texts(name);
        column.set("column", KneeposeColumn { name, side: side_text(*side), unit })
    })
}

/// Ends the current repetition and returns the analysis of the frames so far. Read it like the
/// analysis of a recording. An unfinished repetition counts if the movement has returned below 40 %
/// of its range.
///
/// The stream keeps at least the last 3600 frames and the last 1000 repetitions, and at most twice
/// as many. Repetitions whose frames were dropped have `SIZE_MAX` as frame indices;
/// `kneepose_analysis_rep_times` still has their times. The stream can continue afterwards, or
/// start again with `kneepose_stream_reset`. With fewer than two frames, or before the view is
/// known, the function returns `KNEEPOSE_STATUS_NOT_ENOUGH_DATA`.
///
/// Ownership: the caller owns `*analysis` and frees it with `kneepose_analysis_free`; it stays valid
/// without the stream, and is NULL if the call fails.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "C" fn kneepose_stream_finish(
    mut stream: Out<KneeposeStream>,
    mut analysis: New<KneeposeAnalysis>,
) -> KneeposeStatus {
    status(|| {
        analysis.make("analysis", || {
            let stream = stream.object("stream")?;
            let finished = stream.inner.finish()?.ok_or_else(|| {
                let message = "not enough data: at least two frames are needed, and hips and \
                     shoulders must be visible for one second to detect the camera view; push more \
                     frames, or give view";
                Failure::new(KneeposeStatus::NotEnoughData, message.to_owned())
            })?;
            let view = stream.inner.settings().view;
            Ok(KneeposeAnalysis::of_stream(stream.exercise, finished, stream.assumed_level, view))
        })
    })
}

/// Returns the stream to the state before the first frame.
///
/// Ownership: the caller keeps `stream`.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "C" fn kneepose_stream_reset(mut stream: Out<KneeposeStream>) -> KneeposeStatus {
    status(|| Ok(stream.object("stream")?.inner.reset()?))
}

/// Frees a stream; NULL does nothing.
///
/// Ownership: takes `stream`, which must not be used again.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "C" fn kneepose_stream_free(stream: Owned<KneeposeStream>) {
    value((), || {
        drop(stream.take());
        Ok(())
    });
}
