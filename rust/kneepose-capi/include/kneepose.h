/* @generated from rust/kneepose-capi by `make header`; do not edit.
 *
 * kneepose measures joint angles and repetitions from the keypoints of any pose estimator. docs/how-to/c.md explains
 * how to build, link and use it, with a complete program.
 *
 * - Every function may be called from any thread. Objects passed as a pointer to const may be shared between
 *   threads. Two threads must not write to the same memory at once.
 * - Functions that can fail return a KneeposeStatus; kneepose_last_error() returns the message.
 * - NaN is a missing keypoint in the input and an invalid value in the output; its validity code gives the
 *   reason.
 * - Names of angles, sides, axes, exercises and views are texts; they are the same as in Python.
 * - Before version 1.0 a new minor version may change structs: compile and link against one version, and compare
 *   kneepose_abi_version() with KNEEPOSE_ABI_VERSION if the library may be replaced.
 */

#ifndef KNEEPOSE_H
#define KNEEPOSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Version of this header; `kneepose_version` returns that of the library.
#define KNEEPOSE_VERSION "0.1.0"

/// Validity of a value.
enum KneeposeValidity {
  /// Measured.
  KNEEPOSE_VALIDITY_OK = 0,
  /// Measured, but at this knee angle small keypoint errors weigh heavily.
  KNEEPOSE_VALIDITY_LOW = 1,
  /// A keypoint that this measure needs was not seen.
  KNEEPOSE_VALIDITY_MISSING_KEYPOINT = 2,
  /// The pose estimator does not give a keypoint that this measure needs.
  KNEEPOSE_VALIDITY_NOT_IN_SKELETON = 3,
  /// The knee is too straight: rotation of the thigh cannot be measured below 30 degrees of flexion.
  KNEEPOSE_VALIDITY_BELOW_FLEXION_GATE = 4,
  /// Two directions that the measure compares coincide, or one of them points at the viewer.
  KNEEPOSE_VALIDITY_SINGULAR = 5,
  /// This camera direction does not show the measure.
  KNEEPOSE_VALIDITY_WRONG_VIEW = 6,
  /// The hips lie one behind the other in the image, so inward and outward cannot be told.
  KNEEPOSE_VALIDITY_SIDE_VIEW = 7,
  /// This cannot be known from a single camera.
  KNEEPOSE_VALIDITY_NEEDS_3D = 8,
  /// This is a rotation relative to a reference heading, and none was given.
  KNEEPOSE_VALIDITY_NEEDS_HEADING = 9,
  /// The knee did not bend to this angle.
  KNEEPOSE_VALIDITY_DEPTH_NOT_REACHED = 10,
  /// The bottom of the repetition lies in missing frames.
  KNEEPOSE_VALIDITY_GAP_TOO_LONG = 11,
  /// There are too few repetitions to tell a difference from chance.
  KNEEPOSE_VALIDITY_TOO_FEW_REPS = 12,
  /// No repetition of this exercise was found.
  KNEEPOSE_VALIDITY_NO_REPS = 13,
  /// The variation of this measure between recordings is unknown.
  KNEEPOSE_VALIDITY_NO_DETECTABLE_CHANGE = 14,
  /// A camera a few degrees off to the side creates a false left-right difference, and the direction of this camera is unknown.
  KNEEPOSE_VALIDITY_CAMERA_ANGLE_UNKNOWN = 15,
  /// Both legs move together and can help each other.
  KNEEPOSE_VALIDITY_TWO_LEG_EXERCISE = 16,
  /// The keypoints do not show from which side the camera looks.
  KNEEPOSE_VALIDITY_VIEW_UNKNOWN = 17,
  /// The estimator's confidence in a keypoint that this measure needs is too low.
  KNEEPOSE_VALIDITY_LOW_CONFIDENCE = 18,
  /// A thigh, shank or hip line changes its length by more than a quarter, so a keypoint is not on the joint.
  KNEEPOSE_VALIDITY_IMPLAUSIBLE_BONE = 19,
  /// A keypoint sits on the edge of the picture: the estimator moved it there because the joint is outside.
  KNEEPOSE_VALIDITY_AT_IMAGE_BORDER = 20,
  /// Measured as if the camera stood level, because this estimator does not know which way is up.
  KNEEPOSE_VALIDITY_ASSUMED_LEVEL_CAMERA = 21,
  /// The camera is not straight in front: even a few degrees create a false left-right difference.
  KNEEPOSE_VALIDITY_CAMERA_TURNED = 22,
  /// The camera is tilted to one side, so horizontal and vertical lines are tilted in the picture.
  KNEEPOSE_VALIDITY_CAMERA_TILTED = 23,
  /// The person stands away from the middle of the picture, so the leg is seen from one side.
  KNEEPOSE_VALIDITY_OFF_AXIS = 24,
  /// The keypoints do not form a body: they come from another skeleton than the one that was named.
  KNEEPOSE_VALIDITY_WRONG_SKELETON = 25,
  /// Left and right are swapped in some frames.
  KNEEPOSE_VALIDITY_SIDES_SWAPPED = 26,
  /// The keypoints jump between frames: the frames are not in order of time, or this is not one person.
  KNEEPOSE_VALIDITY_FRAMES_OUT_OF_ORDER = 27,
  /// The recording is too short to show a movement.
  KNEEPOSE_VALIDITY_TOO_FEW_FRAMES = 28,
  /// The named leg is not the working leg, or does not stand alone.
  KNEEPOSE_VALIDITY_OTHER_LEG_WORKS = 29,
  /// Something moved, but not this exercise: the feet travelled, the hip did not sink, or the trunk bent over.
  KNEEPOSE_VALIDITY_OTHER_MOVEMENT = 30,
  /// The time of this frame is not later than that of the previous frame, so the frame was left out.
  KNEEPOSE_VALIDITY_TIME_NOT_RISING = 31,
  /// The repetitions vary so much that the difference may be zero or large.
  KNEEPOSE_VALIDITY_INTERVAL_TOO_WIDE = 32,
  /// The body stands on its head: the shoulders are below the hips and the hips below the ankles.
  KNEEPOSE_VALIDITY_UPSIDE_DOWN = 33,
  /// The body lies across the vertical axis in a standing exercise: x and y are exchanged, the picture is turned, or up= names the wrong axis.
  KNEEPOSE_VALIDITY_AXES_TURNED = 34,
  /// The knees bend backward or the toes point backward: the axes are left-handed, or left and right are exchanged.
  KNEEPOSE_VALIDITY_LEFT_HANDED_AXES = 35,
  /// The body is too wide or too narrow for its height: the picture is stretched.
  KNEEPOSE_VALIDITY_PICTURE_STRETCHED = 36,
  /// The picture stood still: frames are identical for longer than a body can hold still.
  KNEEPOSE_VALIDITY_PICTURE_STUCK = 37,
  /// The bones before and after a gap are not those of one person.
  KNEEPOSE_VALIDITY_OTHER_PERSON = 38,
  /// No body reaches this value: keypoints or axes are wrong.
  KNEEPOSE_VALIDITY_BEYOND_BODY = 39,
  /// The confidence is far above 1, so none is too low: it is in percent, or a raw score.
  KNEEPOSE_VALIDITY_CONFIDENCE_SCALE = 40,
  /// The times of the frames give a rate at which no movement is filmed.
  KNEEPOSE_VALIDITY_FRAME_RATE = 41,
  /// One camera does not measure depth: the estimator guessed it, and this measure depends on it.
  KNEEPOSE_VALIDITY_DEPTH_ESTIMATED = 42,
  /// A keypoint that this measure needs jumped away from its path in this frame, so it is not on the joint.
  KNEEPOSE_VALIDITY_OUTLIER = 43,
  /// The body pauses on a seat: its weight is behind the feet, where nobody can stand.
  KNEEPOSE_VALIDITY_ON_A_SEAT = 44,
  /// The time of this frame is more than 2 s after that of the previous frame, so the frame was left out until the next one shows which time is right.
  KNEEPOSE_VALIDITY_TIME_FAR_AHEAD = 45,
  /// No keypoint of any frame is known: every coordinate is missing, NaN or 0, or has a confidence of 0. Most likely the file or the array was read wrongly; or nobody is in the picture.
  KNEEPOSE_VALIDITY_NOTHING_READ = 46,
  /// There are coordinates, but the confidence of every keypoint of every frame is too low. Most likely the confidence was read wrongly.
  KNEEPOSE_VALIDITY_NOTHING_SURE = 47,
  /// Fewer than 15 frames per second are analyzed, so depth and times of repetitions are uncertain.
  KNEEPOSE_VALIDITY_FRAME_RATE_LOW = 48,
  /// On hands and knees the shanks lie on the floor. Those in the keypoints stand, so knees and ankles are not where the estimator puts them.
  KNEEPOSE_VALIDITY_LEGS_MISPLACED = 49,
};

/// Status of a repetition; only full ones count.
enum KneeposeRepStatus {
  KNEEPOSE_REP_STATUS_FULL = 0,
  KNEEPOSE_REP_STATUS_PARTIAL = 1,
  KNEEPOSE_REP_STATUS_INCOMPLETE_RETURN = 2,
  KNEEPOSE_REP_STATUS_MISSING_DATA = 3,
  KNEEPOSE_REP_STATUS_LOST_STANCE = 4,
  KNEEPOSE_REP_STATUS_START_TRANSIENT = 5,
  KNEEPOSE_REP_STATUS_OTHER_MOVEMENT = 6,
};

/// Phase of the repetition under way in a stream.
enum KneeposePhase {
  /// Between repetitions.
  KNEEPOSE_PHASE_REST = 0,
  /// Moving away from rest.
  KNEEPOSE_PHASE_OUT = 1,
  /// Away from rest, nearly still.
  KNEEPOSE_PHASE_HOLD = 2,
  /// Moving back to rest.
  KNEEPOSE_PHASE_BACK = 3,
};

/// Kind of an event of a stream, and the members of `KneeposeEvent` that it sets.
enum KneeposeEventKind {
  /// A repetition has begun: `number`.
  KNEEPOSE_EVENT_REP_STARTED = 0,
  /// A repetition is over: `number`, `status`, `start_s`, `bottom_s`, `end_s`.
  KNEEPOSE_EVENT_REP_COMPLETED = 1,
  /// An earlier repetition has another status from now on: `number`, `status`.
  KNEEPOSE_EVENT_REP_CORRECTED = 2,
  /// The movement that began was no repetition: `number`, which comes again.
  KNEEPOSE_EVENT_REP_DROPPED = 3,
  /// A fault was seen, once in a repetition: `number`, `fault`, `amount`.
  KNEEPOSE_EVENT_FAULT_SEEN = 4,
  /// The movement can no longer be measured: `reason`.
  KNEEPOSE_EVENT_QUALITY_LOST = 5,
  /// The movement can be measured again.
  KNEEPOSE_EVENT_QUALITY_BACK = 6,
  /// The clock of the frames was set; from now on the stream adds `amount` seconds to their times.
  KNEEPOSE_EVENT_CLOCK_SET = 7,
};

/// Verdict on a difference.
enum KneeposeVerdict {
  /// The interval excludes zero, and the difference exceeds a detectable change of your own.
  KNEEPOSE_VERDICT_DIFFERENT = 0,
  /// The interval includes zero, or the difference does not exceed the detectable change.
  KNEEPOSE_VERDICT_NO_DETECTABLE_DIFFERENCE = 1,
  /// As different, with a detectable change from the literature, of other cameras and estimators.
  KNEEPOSE_VERDICT_LARGER_THAN_BORROWED = 2,
  /// The recordings do not allow a verdict: `reason`.
  KNEEPOSE_VERDICT_INCONCLUSIVE = 3,
};

/// Maximum number of angles of a stream.
#define KNEEPOSE_MOST_STREAM_ANGLES 32

/// Number of the binary interface (ABI) of this header. It rises with every change of a struct, a
/// code, or the arguments of a function. `kneepose_abi_version` returns the number of the library,
/// which must be equal.
#define KNEEPOSE_ABI_VERSION 1

/// Result of a call. Bad measurements are not errors: they give NaN values with a validity code.
typedef enum KneeposeStatus {
  /// The call succeeded.
  KNEEPOSE_STATUS_OK = 0,
  /// A required pointer is NULL.
  KNEEPOSE_STATUS_NULL_POINTER = 1,
  /// A pointer is not aligned, or output overlaps input.
  KNEEPOSE_STATUS_INVALID_POINTER = 2,
  /// A text is not valid UTF-8.
  KNEEPOSE_STATUS_INVALID_TEXT = 3,
  /// A name is unknown; the message lists the known ones.
  KNEEPOSE_STATUS_UNKNOWN_NAME = 4,
  /// A skeleton is inconsistent.
  KNEEPOSE_STATUS_INVALID_SKELETON = 5,
  /// A count, layout or size does not match the other arguments.
  KNEEPOSE_STATUS_INVALID_SHAPE = 6,
  /// An option is outside its range.
  KNEEPOSE_STATUS_INVALID_OPTION = 7,
  /// A buffer is too small; nothing was written to it.
  KNEEPOSE_STATUS_BUFFER_TOO_SMALL = 8,
  /// A defect of the library was caught. Please report it with the message.
  KNEEPOSE_STATUS_INTERNAL = 9,
  /// There is not enough memory.
  KNEEPOSE_STATUS_OUT_OF_MEMORY = 10,
  /// The stream does not have enough frames for an analysis yet.
  KNEEPOSE_STATUS_NOT_ENOUGH_DATA = 11,
} KneeposeStatus;

/// Analysis of one recording, or of several joined recordings. Immutable; several threads may use
/// it at once.
typedef struct KneeposeAnalysis KneeposeAnalysis;

/// Validated list of angles of a skeleton. Immutable; several threads may use it at once.
typedef struct KneeposePlan KneeposePlan;

/// Ordered keypoints of a pose estimator. Immutable; several threads may use it at once.
typedef struct KneeposeSkeleton KneeposeSkeleton;

/// Live analysis of one person who does one exercise. Only one thread at a time may use a stream;
/// different streams may run in parallel.
typedef struct KneeposeStream KneeposeStream;

/// Memory layout of keypoints, in elements (not bytes). Element `[t][k][d]` is
/// `points[t * frame_stride + k * keypoint_stride + d * component_stride]`. If all three strides are 0,
/// the array is packed: `(frames, keypoints, components)` in C order.
typedef struct KneeposeLayout {
  /// Number of frames.
  size_t frames;
  /// Number of keypoints in a frame.
  size_t keypoints;
  /// 2 in an image, 3 in world space.
  size_t components;
  /// Stride between frames.
  size_t frame_stride;
  /// Stride between keypoints.
  size_t keypoint_stride;
  /// Stride between components.
  size_t component_stride;
} KneeposeLayout;

/// Keypoints of one person over time.
typedef struct KneeposeRecording {
  /// Coordinates; NaN if missing. Pixels with y down, or lengths. Coordinates normalized by the width and
  /// height of an image are not allowed.
  const double *points;
  /// Memory layout of `points`.
  struct KneeposeLayout layout;
  /// Confidence of every keypoint (0..1), or NULL if the estimator reports no confidence.
  const double *confidence;
  /// Stride between frames of `confidence`, in elements. If both strides are 0, the array is packed:
  /// (frames, keypoints).
  size_t confidence_frame_stride;
  /// Stride between keypoints of `confidence`, in elements.
  size_t confidence_keypoint_stride;
  /// Time of each frame in seconds, strictly increasing.
  const double *times;
  /// `"image"` or the vertical axis, as in `KneeposePlanOptions`.
  const char *up;
  /// True if the vertical of 3-D keypoints is only assumed, as in depth guessed by one camera. No verdict
  /// is given on such a recording.
  bool assumed_level;
  /// `"measured"` or `"estimated"`: origin of the third coordinate; ignored in an image. NULL
  /// selects the default of the skeleton: `"estimated"` for `"mediapipe33"`, `"h36m17"` and
  /// `"smpl24"`.
  const char *depth;
  /// Name of the pose estimator, such as `"mediapipe"`, or NULL if it is not known. Some limits
  /// depend on the published errors of the estimator.
  const char *estimator;
} KneeposeRecording;

/// One repetition, in samples of the series or frames of an analysis.
typedef struct KneeposeRep {
  /// Start of the movement: the first sample that is 10 % of the range above rest.
  size_t start;
  /// First sample of the bottom: the samples within 5 % of the range from the peak.
  size_t bottom_start;
  /// Deepest sample of the repetition, which is the peak of the series.
  size_t bottom;
  /// Last sample of the bottom.
  size_t bottom_end;
  /// End of the movement: the last sample that is 10 % of the range above rest.
  size_t end;
  /// Range of motion in the unit of the series; NaN if start and end cannot be determined.
  double range;
  /// Probability that the movement is the exercise; NaN if it was not assessed.
  double probability;
  /// Status of the repetition; one of `KNEEPOSE_REP_STATUS_…`. Only `KNEEPOSE_REP_STATUS_FULL`
  /// counts.
  uint8_t status;
} KneeposeRep;

/// One measure of all repetitions.
typedef struct KneeposeMeasure {
  /// Angle and moment, such as `"fppa_at_60"`.
  const char *name;
  /// Name of the angle; empty for durations and ranges of motion.
  const char *angle;
  /// `"deg"`, `"s"`, or `"shank"` for a fraction of the shank's length.
  const char *unit;
  /// True if the left and the right leg have separate values; false for a measure on the midline
  /// of the body.
  bool of_leg;
  /// `KNEEPOSE_VALIDITY_OK`, or the reason why no full repetition has a value of this measure.
  uint8_t refusal;
} KneeposeMeasure;

/// Smallest detectable change (95 %) of a measure that the caller determined from repeated
/// recordings.
typedef struct KneeposeDetectable {
  /// Name of the measure.
  const char *measure;
  /// Detectable change in the unit of the measure, above 0.
  double change;
} KneeposeDetectable;

/// Difference of one measure between two analyses, second − first, in full repetitions.
typedef struct KneeposeDifference {
  /// Name of the measure.
  const char *name;
  /// Unit of the measure, as in `KneeposeMeasure`.
  const char *unit;
  /// Index of the measure in the first analysis.
  size_t first;
  /// Index of the measure in the second analysis.
  size_t second;
  /// Number of values of the first analysis; number of pairs if the two analyses are paired.
  size_t first_count;
  /// Mean of the values of the first analysis; NaN without values.
  double first_mean;
  /// Standard deviation of the values of the first analysis; NaN for fewer than two.
  double first_sd;
  /// Number of values of the second analysis; number of pairs if the two analyses are paired.
  size_t second_count;
  /// Mean of the values of the second analysis; NaN without values.
  double second_mean;
  /// Standard deviation of the values of the second analysis; NaN for fewer than two.
  double second_sd;
  /// Mean of the second minus mean of the first, less `camera_part`.
  double difference;
  /// Part of the difference between two legs that the yaw of the camera causes. It is already
  /// subtracted from `difference`. It is 0 for one leg at two dates, and if the yaw is not known.
  double camera_part;
  /// Lower end of the 95 % confidence interval of the difference; NaN with too few values.
  double low;
  /// Upper end of the 95 % confidence interval of the difference; NaN with too few values.
  double high;
  /// Lower end of the 95 % interval that also includes the systematic error of the estimator.
  double whole_low;
  /// Upper end of the 95 % interval that also includes the systematic error of the estimator.
  double whole_high;
  /// Method of the interval: `"paired_t"`, `"welch_t"` or `"bca_bootstrap"`.
  const char *method;
  /// p-value of a permutation test of the difference.
  double p;
  /// p-value after Holm's correction over all measures with a detectable change; NaN for other
  /// measures.
  double p_holm;
  /// Detectable change that the verdict uses: the caller's own, or one from the literature. It is
  /// widened by the effect of the camera yaw and is never below the published error of the
  /// estimator. NaN if none is known.
  double detectable;
  /// Verdict on the measure; one of `KNEEPOSE_VERDICT_…`.
  uint8_t verdict;
  /// Reason of an inconclusive verdict, or of one that is limited by a detectable change from the
  /// literature; otherwise `KNEEPOSE_VALIDITY_OK`.
  uint8_t reason;
  /// True for the leading measure of the comparison, which comes first. Its p-value needs no
  /// correction.
  bool leads;
} KneeposeDifference;

/// The leading measure of a comparison: the one that was chosen in advance for the exercise.
typedef struct KneeposeLead {
  /// Name of the measure; NULL if no measure has enough values on both sides.
  const char *name;
  /// Index of the measure in the first analysis; 0 if `name` is NULL.
  size_t first;
  /// Index of the measure in the second analysis; 0 if `name` is NULL.
  size_t second;
  /// True if the two analyses are of both legs in the same repetitions. Value i of one then
  /// belongs to value i of the other.
  bool paired;
} KneeposeLead;

/// Says whether a comparison may have a verdict.
typedef struct KneeposeGuard {
  /// `KNEEPOSE_VALIDITY_OK`, or the reason that forbids a verdict. The reasons
  /// `KNEEPOSE_VALIDITY_CAMERA_TURNED` and `KNEEPOSE_VALIDITY_CAMERA_ANGLE_UNKNOWN` do not apply
  /// to durations and ranges of motion.
  uint8_t reason;
  /// Estimated yaw of the camera around the person in degrees, positive if a camera in front is
  /// turned toward the person's right. NaN if no standing foot shows it. Also NaN if yaw has no
  /// influence: in world space, with both legs in one repetition, lying, and on all fours.
  double yaw_deg;
} KneeposeGuard;

/// Settings of a stream. `exercise`, `side` and `up` are required; all other members may be 0.
typedef struct KneeposeStreamOptions {
  /// Name of the exercise; see `kneepose_exercise_name`.
  const char *exercise;
  /// `"left"` or `"right"`, the leg under analysis.
  const char *side;
  /// `"image"` or the vertical axis, as in `KneeposePlanOptions`.
  const char *up;
  /// Side of the person that the camera sees: `"front"`, `"back"`, `"left"` or `"right"`. NULL detects it
  /// from the first second; until then nothing is measured. Use NULL for 3-D.
  const char *view;
  /// Width and height of the image in pixels; both 0 if unknown. With them, keypoints at the
  /// image border are detected.
  uint32_t width;
  /// Height of the image in pixels; see `width`.
  uint32_t height;
  /// True if the frames were mirrored (selfie camera) before pose estimation. For an image only.
  bool mirrored;
  /// Same as `assumed_level` of `KneeposeRecording`.
  bool assumed_level;
  /// Same as `depth` of `KneeposeRecording`.
  const char *depth;
  /// Same as `estimator` of `KneeposeRecording`.
  const char *estimator;
} KneeposeStreamOptions;

/// Keypoints of one person in one frame. Element `[k][d]` is
/// `points[k * keypoint_stride + d * component_stride]`.
typedef struct KneeposeFrame {
  /// Coordinates; NaN if missing. Pixels with y down, or meters. NULL if no person was found; all
  /// other members except `time` are then ignored.
  const double *points;
  /// Number of keypoints; must equal that of the stream's skeleton.
  size_t keypoints;
  /// 2 in an image, 3 in world space.
  size_t components;
  /// Stride between keypoints, in elements. If both strides are 0, the array is packed: (keypoints,
  /// components).
  size_t keypoint_stride;
  /// Stride between components, in elements.
  size_t component_stride;
  /// Confidence of every keypoint (0..1), or NULL if the estimator reports no confidence.
  const double *confidence;
  /// Stride of `confidence`, in elements; 0 means packed.
  size_t confidence_stride;
  /// Time of the frame in seconds, later than that of the previous frame. A time that does not
  /// increase is no error: the frame is dropped, and `quality` of the state gives the reason.
  double time;
} KneeposeFrame;

/// State of a stream after a frame.
typedef struct KneeposeStreamState {
  /// Time of the frame in seconds, on the clock of the stream: see `KNEEPOSE_EVENT_CLOCK_SET`. Negative
  /// infinity before the first frame.
  double time;
  /// Number of full repetitions so far.
  size_t rep_count;
  /// Number of partial repetitions so far: those with less than 0.6 of the typical range of
  /// motion.
  size_t partial_count;
  /// Current phase of the movement; one of `KNEEPOSE_PHASE_…`.
  uint8_t phase;
  /// Distance from rest as a fraction of the typical range of motion; NaN if not measurable.
  double depth;
  /// `KNEEPOSE_VALIDITY_OK` if the movement can be measured, else the reason.
  uint8_t quality;
  /// Meaning of `quality`, in one sentence.
  const char *quality_text;
  /// Name of the fault whose cue should be given now, or NULL. A cue stays for at least 1.5 s,
  /// and until the fault is no longer present.
  const char *cue;
  /// Instruction to the person in English, or NULL. For other languages, translate by `cue`.
  const char *cue_text;
} KneeposeStreamState;

/// Something that happened in a frame. `kind` determines which members are used; the others are 0,
/// NaN or NULL.
typedef struct KneeposeEvent {
  /// Kind of the event; one of `KNEEPOSE_EVENT_…`.
  uint8_t kind;
  /// Number of the repetition, from 1.
  size_t number;
  /// Status of the repetition; one of `KNEEPOSE_REP_STATUS_…`.
  uint8_t status;
  /// Reason of the event; one of `KNEEPOSE_VALIDITY_…`.
  uint8_t reason;
  /// Start of the repetition in seconds, on the clock of the stream.
  double start_s;
  /// Deepest moment of the repetition in seconds.
  double bottom_s;
  /// End of the repetition in seconds, as known when the event was reported. An analysis of the
  /// recording determines the end again.
  double end_s;
  /// Name of the fault that was detected.
  const char *fault;
  /// Value of the fault in the unit of its measure, or the seconds of `KNEEPOSE_EVENT_CLOCK_SET`.
  double amount;
  /// Text for a user: the status of the repetition, the title of the fault, or the reason.
  const char *message;
} KneeposeEvent;

/// Column of a plan's results.
typedef struct KneeposeColumn {
  /// Name of the angle.
  const char *name;
  /// `"left"`, `"right"`, or NULL on the midline.
  const char *side;
  /// `"deg"`, or `"shank"` or `"thigh"` for a fraction of the length of that segment.
  const char *unit;
} KneeposeColumn;

/// One angle that the caller requests.
typedef struct KneeposeRequest {
  /// Name of the angle; see `kneepose_angle_name`.
  const char *name;
  /// `"left"`, `"right"` or NULL. NULL means: both legs (two columns, left first) for an angle of
  /// a leg; the plan's `stance_side` for an angle that is signed toward the stance side; no side
  /// for an angle on the midline.
  const char *side;
} KneeposeRequest;

/// Options of a plan. All members except `up` may be 0.
typedef struct KneeposePlanOptions {
  /// Required: `"image"` (pixels, y down, 2 components) or the vertical axis of world space (3
  /// components): `"x"`, `"y"`, `"z"`, `"-x"`, `"-y"`, `"-z"`.
  const char *up;
  /// Reference of the pelvic tilt: `"up"` (standing; default for NULL) or `"trunk"` (lying, on all
  /// fours).
  const char *pelvis_reference;
  /// Stance leg: `"left"` or `"right"`; NULL if the person stands on two legs.
  const char *stance_side;
  /// If true, rotations of a nearly straight knee are also returned, instead of being refused.
  bool without_gates;
} KneeposePlanOptions;

/// Assigns a body landmark to a keypoint that has another name than the landmark.
typedef struct KneeposeLandmark {
  /// Landmark, such as `"left_hip"`.
  const char *landmark;
  /// Name of the keypoint that shows the landmark.
  const char *keypoint;
} KneeposeLandmark;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/// Conditions a recording (outliers, gaps, resampling to even times, low-pass), finds the
/// repetitions of an exercise, and reads all measures in each repetition.
///
/// `side` is `"left"` or `"right"`: the leg under analysis, which is the standing leg of a single-leg
/// squat. `view` is the side of the person that the camera sees: `"front"`, `"back"`, `"left"` or
/// `"right"`. NULL detects it from the keypoints; use NULL for 3-D. A measure that the recording cannot
/// show is refused with a code; this is not an error.
///
/// Ownership: all arguments are copied. The caller owns `*analysis` and frees it with
/// `kneepose_analysis_free`; it is NULL if the call fails.
enum KneeposeStatus kneepose_analyze(const struct KneeposeSkeleton *skeleton,
                                     const struct KneeposeRecording *recording,
                                     const char *exercise,
                                     const char *side,
                                     const char *view,
                                     struct KneeposeAnalysis **analysis);

/// Joins trials (recordings) of one leg in one exercise into one analysis, in order, with one missing frame
/// (NaN) between two trials. `trials` has `count` analyses, none of them twice. One trial gives a copy.
///
/// The trials must agree in exercise, skeleton, space, driving signal and side. The joined analysis has the
/// repetitions of all trials, in its own frames and times. A measure that a trial refuses has NaN and the
/// reason in the repetitions of that trial; it is refused if no trial has it.
///
/// Ownership: the trials are copied. The caller owns `*joined` and frees it with `kneepose_analysis_free`;
/// it is NULL if the call fails.
enum KneeposeStatus kneepose_analysis_join(const struct KneeposeAnalysis *const *trials,
                                           size_t count,
                                           struct KneeposeAnalysis **joined);

/// Camera view, as given or detected; NULL in world space.
///
/// Ownership: the text belongs to the analysis and is freed with it.
const char *kneepose_analysis_view(const struct KneeposeAnalysis *analysis);

/// Name of the angle that drives the repetitions; NULL for NULL.
///
/// Ownership: the text belongs to the analysis and is freed with it.
const char *kneepose_analysis_signal_name(const struct KneeposeAnalysis *analysis);

/// Copies the driving signal and the time of each frame in seconds. Both have the frames of the conditioned
/// recording, which differ from the input frames if the times were uneven. `values` and `times` have room
/// for `capacity` numbers each; either may be NULL. Writes the number of frames to `*needed`. If `capacity`
/// is too small, returns `KNEEPOSE_STATUS_BUFFER_TOO_SMALL` and leaves both unchanged.
///
/// Ownership: the caller owns all memory except the analysis.
enum KneeposeStatus kneepose_analysis_signal(const struct KneeposeAnalysis *analysis,
                                             double *values,
                                             double *times,
                                             size_t capacity,
                                             size_t *needed);

/// Writes the number of repetitions to `*needed`, and the repetitions to `reps`, which has room for
/// `capacity`. They are in chronological order, in frames of the conditioned recording. If `capacity` is
/// too small, returns `KNEEPOSE_STATUS_BUFFER_TOO_SMALL` and leaves `reps` unchanged. Pass NULL and 0 to
/// get the number.
///
/// Ownership: the caller owns all memory except the analysis.
enum KneeposeStatus kneepose_analysis_reps(const struct KneeposeAnalysis *analysis,
                                           struct KneeposeRep *reps,
                                           size_t capacity,
                                           size_t *needed);

/// Copies five times of each repetition in seconds: start, first moment of the bottom, deepest moment, last
/// moment of the bottom, end. `times` has room for `capacity` numbers. Writes the number of times, five per
/// repetition, to `*needed`. If `capacity` is too small, returns `KNEEPOSE_STATUS_BUFFER_TOO_SMALL` and
/// leaves `times` unchanged.
///
/// Ownership: the caller owns all memory except the analysis.
enum KneeposeStatus kneepose_analysis_rep_times(const struct KneeposeAnalysis *analysis,
                                                double *times,
                                                size_t capacity,
                                                size_t *needed);

/// Number of measures, including refused ones; 0 for NULL.
///
/// Ownership: the caller keeps `analysis`.
size_t kneepose_analysis_measures(const struct KneeposeAnalysis *analysis);

/// Describes the measure with this index (from 0), and copies its value and validity code for each
/// repetition. `values` and `codes` have room for `capacity` elements each, at least the number of
/// repetitions, and may be NULL. A value is NaN if its code says so.
///
/// Ownership: the texts in `*measure` belong to the analysis and are freed with it; the caller owns the
/// rest.
enum KneeposeStatus kneepose_analysis_measure(const struct KneeposeAnalysis *analysis,
                                              size_t index,
                                              struct KneeposeMeasure *measure,
                                              double *values,
                                              uint8_t *codes,
                                              size_t capacity);

/// Frees an analysis; NULL does nothing.
///
/// Ownership: takes `analysis`, which must not be used again.
void kneepose_analysis_free(struct KneeposeAnalysis *analysis);

/// Computes all columns of a plan for all frames, without copying `points`.
///
/// `points` has the layout `*layout`; NaN marks a missing keypoint. Replace `0, 0` by NaN first if the
/// estimator uses it for a missing keypoint. Coordinates are pixels or lengths; normalized image
/// coordinates are not allowed. `values` receives `frames × width` numbers, frame by frame: degrees,
/// positive in the clinical direction, NaN if invalid. `codes` (or NULL) receives as many
/// `KNEEPOSE_VALIDITY_…` codes. Both have room for `capacity` elements.
///
/// `heading` is the forward direction, 3 numbers; in an image `{±1, 0, 0}`, the direction that the person
/// faces. NULL uses the pelvis of each frame. `standing` is the standing height of the left and the right
/// leg, 2 numbers from `kneepose_plan_standing_heights_f64`; NULL means unknown. Only
/// `knee_flexion_from_depth` uses it.
///
/// Ownership: the caller owns all memory. `values` and `codes` must not overlap `points` or each other.
enum KneeposeStatus kneepose_plan_evaluate_f64(const struct KneeposePlan *plan,
                                               const double *points,
                                               const struct KneeposeLayout *layout,
                                               const double *heading,
                                               const double *standing,
                                               double *values,
                                               uint8_t *codes,
                                               size_t capacity);

/// Same as `kneepose_plan_evaluate_f64` in single precision. The results differ by less than 1e-4
/// degrees if the angle is well conditioned.
///
/// Ownership: the caller owns all memory. `values` and `codes` must not overlap `points` or each other.
enum KneeposeStatus kneepose_plan_evaluate_f32(const struct KneeposePlan *plan,
                                               const float *points,
                                               const struct KneeposeLayout *layout,
                                               const double *heading,
                                               const double *standing,
                                               float *values,
                                               uint8_t *codes,
                                               size_t capacity);

/// Height of the hip above the ankle in standing, left and right, in the unit of the coordinates. It is the
/// 95th percentile over the frames, so some of them must show standing. NaN if a leg is never visible.
///
/// Ownership: the caller owns all memory; `heights` has room for 2 numbers.
enum KneeposeStatus kneepose_plan_standing_heights_f64(const struct KneeposePlan *plan,
                                                       const double *points,
                                                       const struct KneeposeLayout *layout,
                                                       double *heights);

/// Same as `kneepose_plan_standing_heights_f64`, with coordinates in single precision.
///
/// Ownership: the caller owns all memory; `heights` has room for 2 numbers.
enum KneeposeStatus kneepose_plan_standing_heights_f32(const struct KneeposePlan *plan,
                                                       const float *points,
                                                       const struct KneeposeLayout *layout,
                                                       double *heights);

/// Compares all measures that two analyses have in common: difference, intervals and verdict, as
/// `kp.compare` does.
///
/// `camera_moved` has the meaning that it has in `kneepose_verdict_guard`, and the reason of that
/// function forbids the verdicts here. `own` has `own_count` detectable changes that replace those
/// of the literature; pass NULL and 0 for none. A measure without a detectable change gets no
/// verdict. `differences` has room for `capacity` elements; `kneepose_analysis_measures` of one
/// analysis is always enough. Writes the number of differences to `*needed`. The leading measure
/// comes first. If `capacity` is too small, returns `KNEEPOSE_STATUS_BUFFER_TOO_SMALL` and leaves
/// `differences` unchanged. Fails for the same reasons as `kneepose_leading_measure`. The same
/// analyses give bit-identical results.
///
/// Ownership: the caller keeps both analyses and owns `differences`; names and units belong to `first` and
/// are freed with it, the texts of methods are static.
enum KneeposeStatus kneepose_compare(const struct KneeposeAnalysis *first,
                                     const struct KneeposeAnalysis *second,
                                     bool camera_moved,
                                     const struct KneeposeDetectable *own,
                                     size_t own_count,
                                     struct KneeposeDifference *differences,
                                     size_t capacity,
                                     size_t *needed);

/// Finds the leading measure of a comparison of two analyses: the first one in the list of
/// `kneepose_exercise_lead` that neither side refuses and that has four values on each side, or
/// four pairs.
///
/// Fails if the analyses differ in exercise, skeleton, space or driving signal, or are one and the same.
///
/// Ownership: the caller keeps both analyses and owns `*lead`; its name belongs to `first` and is freed
/// with it.
enum KneeposeStatus kneepose_leading_measure(const struct KneeposeAnalysis *first,
                                             const struct KneeposeAnalysis *second,
                                             struct KneeposeLead *lead);

/// Finds the reason that forbids a verdict on a comparison of two analyses, whatever the numbers are: an
/// unknown or turned camera, or a vertical that is only assumed.
///
/// `camera_moved` states that the camera was moved between the two recordings. If no foot shows the
/// camera yaw, `view="front"` in both calls of `kneepose_analyze` takes its place. Fails for the
/// same reasons as `kneepose_leading_measure`.
///
/// Ownership: the caller keeps both analyses and owns `*guard`.
enum KneeposeStatus kneepose_verdict_guard(const struct KneeposeAnalysis *first,
                                           const struct KneeposeAnalysis *second,
                                           bool camera_moved,
                                           struct KneeposeGuard *guard);

/// Makes a stream without any frames. It allocates all memory that frames need; the memory does not
/// grow.
///
/// Ownership: all arguments are copied. The caller owns `*stream` and frees it with
/// `kneepose_stream_free`; it is NULL if the call fails.
enum KneeposeStatus kneepose_stream_new(const struct KneeposeSkeleton *skeleton,
                                        const struct KneeposeStreamOptions *options,
                                        struct KneeposeStream **stream);

/// Processes the next frame. Bad data is no error: the state gives the reason.
///
/// A frame takes microseconds and allocates no memory. The exceptions are the moment when the view
/// is detected and the checks of the set-up 1, 2, 4, 8 and 16 s after a person appears. If the call
/// fails, the frame was not processed. After `KNEEPOSE_STATUS_INTERNAL` and
/// `KNEEPOSE_STATUS_OUT_OF_MEMORY`, reset or free the stream.
///
/// Ownership: the caller keeps all memory; `frame` is read during the call only.
enum KneeposeStatus kneepose_stream_push(struct KneeposeStream *stream,
                                         const struct KneeposeFrame *frame);

/// Copies the state after the last frame to `*state`.
///
/// Ownership: the caller owns `*state`; the texts of the cue belong to the stream and are freed with it,
/// `quality_text` is static.
enum KneeposeStatus kneepose_stream_state(const struct KneeposeStream *stream,
                                          struct KneeposeStreamState *state);

/// Number of events of the last call of `kneepose_stream_push` or `kneepose_stream_finish`; usually
/// 0. Also 0 for NULL.
///
/// Ownership: the caller keeps `stream`.
size_t kneepose_stream_events(const struct KneeposeStream *stream);

/// Copies the event with this index (from 0) to `*event`. Events are in chronological order.
///
/// Ownership: the caller owns `*event`; names and titles of faults belong to the stream and are freed with
/// it, all other texts are static.
enum KneeposeStatus kneepose_stream_event(const struct KneeposeStream *stream,
                                          size_t index,
                                          struct KneeposeEvent *event);

/// Copies the angles of the last frame and their validity codes, in the order of
/// `kneepose_stream_column`. `values` and `codes` have room for `capacity` elements each; either may be
/// NULL. A value is NaN if its code says so. Writes the number of angles to `*needed`: 0 before the view is
/// known, and never more than `KNEEPOSE_MOST_STREAM_ANGLES`. If `capacity` is too small, returns
/// `KNEEPOSE_STATUS_BUFFER_TOO_SMALL` and leaves both unchanged.
///
/// Ownership: the caller owns all memory except the stream.
enum KneeposeStatus kneepose_stream_angles(const struct KneeposeStream *stream,
                                           double *values,
                                           uint8_t *codes,
                                           size_t capacity,
                                           size_t *needed);

/// Describes the angle with this index (from 0). The angles may change when the view is detected.
///
/// Ownership: the caller owns `*column`; its texts are static, never freed.
enum KneeposeStatus kneepose_stream_column(const struct KneeposeStream *stream,
                                           size_t index,
                                           struct KneeposeColumn *column);

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
enum KneeposeStatus kneepose_stream_finish(struct KneeposeStream *stream,
                                           struct KneeposeAnalysis **analysis);

/// Returns the stream to the state before the first frame.
///
/// Ownership: the caller keeps `stream`.
enum KneeposeStatus kneepose_stream_reset(struct KneeposeStream *stream);

/// Frees a stream; NULL does nothing.
///
/// Ownership: takes `stream`, which must not be used again.
void kneepose_stream_free(struct KneeposeStream *stream);

/// Version of the library, such as `"0.1.0"`; compare it with `KNEEPOSE_VERSION` of the header.
///
/// Ownership: static text, never freed.
const char *kneepose_version(void);

/// ABI number of the library. It must equal the `KNEEPOSE_ABI_VERSION` of the header that the
/// program was compiled with. Check it first if the library may be replaced at run time.
///
/// Ownership: returns a number.
uint32_t kneepose_abi_version(void);

/// Name of a validity code, such as `"missing_keypoint"`; NULL for an unknown code.
///
/// Ownership: static text, never freed.
const char *kneepose_validity_name(uint8_t code);

/// Meaning of a validity code, in one sentence; NULL for an unknown code.
///
/// Ownership: static text, never freed.
const char *kneepose_validity_sentence(uint8_t code);

/// Advice for a validity code; empty if there is none, NULL for an unknown code.
///
/// Ownership: static text, never freed.
const char *kneepose_validity_remedy(uint8_t code);

/// Name of a repetition's status, such as `"full"`; NULL for an unknown status.
///
/// Ownership: static text, never freed.
const char *kneepose_rep_status_name(uint8_t status);

/// Name of a phase (`KNEEPOSE_PHASE_…`), such as `"rest"`; NULL for an unknown phase.
///
/// Ownership: static text, never freed.
const char *kneepose_phase_name(uint8_t phase);

/// Name of a kind of event (`KNEEPOSE_EVENT_…`), such as `"rep_completed"`; NULL for an unknown kind.
///
/// Ownership: static text, never freed.
const char *kneepose_event_name(uint8_t kind);

/// Name of a verdict (`KNEEPOSE_VERDICT_…`), such as `"different"`; NULL for an unknown verdict.
///
/// Ownership: static text, never freed.
const char *kneepose_verdict_name(uint8_t verdict);

/// Name of the built-in angle with this index (from 0); NULL after the last.
///
/// Ownership: static text, never freed.
const char *kneepose_angle_name(size_t index);

/// Name of the built-in skeleton with this index (from 0); NULL after the last.
///
/// Ownership: static text, never freed.
const char *kneepose_skeleton_name(size_t index);

/// Name of the built-in exercise with this index (from 0); NULL after the last.
///
/// Ownership: static text, never freed.
const char *kneepose_exercise_name(size_t index);

/// Name of the measure with this index (from 0) in the list of measures that may lead a comparison
/// of an exercise, in order of preference. NULL after the last, and for an unknown exercise.
/// `kneepose_leading_measure` finds the first one that both analyses have.
///
/// Ownership: static text, never freed.
const char *kneepose_exercise_lead(const char *exercise,
                            size_t index);

/// Makes a plan of `count` angles. NULL and 0 select the 17 angles of the lower body.
///
/// Ownership: all arguments are copied. The caller owns `*plan` and frees it with `kneepose_plan_free`; it
/// is NULL if the call fails.
enum KneeposeStatus kneepose_plan_new(const struct KneeposeSkeleton *skeleton,
                                      const struct KneeposeRequest *requests,
                                      size_t count,
                                      const struct KneeposePlanOptions *options,
                                      struct KneeposePlan **plan);

/// Number of result columns; 0 for NULL.
///
/// Ownership: the caller keeps `plan`.
size_t kneepose_plan_width(const struct KneeposePlan *plan);

/// Number of keypoints in a frame; 0 for NULL.
///
/// Ownership: the caller keeps `plan`.
size_t kneepose_plan_keypoints(const struct KneeposePlan *plan);

/// Number of components of a keypoint: 2 in an image, 3 in world space; 0 for NULL.
///
/// Ownership: the caller keeps `plan`.
size_t kneepose_plan_components(const struct KneeposePlan *plan);

/// Describes the column with this index (from 0).
///
/// Ownership: the texts in `*column` belong to the plan and are freed with it.
enum KneeposeStatus kneepose_plan_column(const struct KneeposePlan *plan,
                                         size_t index,
                                         struct KneeposeColumn *column);

/// Frees a plan; NULL does nothing.
///
/// Ownership: takes `plan`, which must not be used again.
void kneepose_plan_free(struct KneeposePlan *plan);

/// Finds the repetitions of a series, in chronological order. The series must rise toward the
/// bottom, as knee flexion does.
///
/// `series` has `count` samples; NaN is missing. `fs` is the sampling rate in Hz. `min_range` is the
/// minimum range of motion of a repetition in the unit of the series (20 for knee flexion in degrees).
/// `allowed` (or NULL) has `count` bytes; a repetition may cover samples whose byte is not 0. `despike`
/// removes single outliers first.
///
/// Writes the number of repetitions to `*needed`, and the repetitions to `reps`, which has room for
/// `capacity`. If `capacity` is too small, returns `KNEEPOSE_STATUS_BUFFER_TOO_SMALL`, sets `*needed` and
/// leaves `reps` unchanged. Pass NULL and 0 to get the number.
///
/// Ownership: the caller owns all memory.
enum KneeposeStatus kneepose_segment_reps(const double *series,
                                          size_t count,
                                          const uint8_t *allowed,
                                          double fs,
                                          double min_range,
                                          bool despike,
                                          struct KneeposeRep *reps,
                                          size_t capacity,
                                          size_t *needed);

/// Low-pass filters a series in place with zero phase: a second-order Butterworth filter, forward
/// and backward, with gain 1/√2 at `cutoff_hz`. A cutoff above 0.4 `fs` is reduced to 0.4 `fs`.
/// Each run between missing samples (NaN) is filtered separately; missing samples stay missing.
/// Filter coordinates, not angles.
///
/// Ownership: the caller owns `series`, `count` samples.
enum KneeposeStatus kneepose_lowpass(double *series,
                                     size_t count,
                                     double cutoff_hz,
                                     double fs);

/// Returns a built-in skeleton: `"coco17"`, `"halpe26"`, `"mediapipe33"`, …
///
/// Ownership: the caller owns `*skeleton` and frees it with `kneepose_skeleton_free`; it is NULL if the
/// call fails.
enum KneeposeStatus kneepose_skeleton_built_in(const char *name,
                                               struct KneeposeSkeleton **skeleton);

/// Makes a custom skeleton. `keypoints` are in the order of the arrays. `landmarks` has a row for each body
/// landmark whose keypoint has another name. `kneepose_analyze` treats keypoints below `min_confidence`
/// (0..1) as missing.
///
/// Ownership: the texts are copied. The caller owns `*skeleton` and frees it with `kneepose_skeleton_free`;
/// it is NULL if the call fails.
enum KneeposeStatus kneepose_skeleton_new(const char *name,
                                          const char *const *keypoints,
                                          size_t keypoint_count,
                                          const struct KneeposeLandmark *landmarks,
                                          size_t landmark_count,
                                          double min_confidence,
                                          struct KneeposeSkeleton **skeleton);

/// Number of keypoints; 0 for NULL.
///
/// Ownership: the caller keeps `skeleton`.
size_t kneepose_skeleton_keypoints(const struct KneeposeSkeleton *skeleton);

/// Name of the keypoint with this index (from 0); NULL after the last.
///
/// Ownership: the text belongs to the skeleton and is freed with it.
const char *kneepose_skeleton_keypoint_name(const struct KneeposeSkeleton *skeleton,
                                     size_t keypoint);

/// Minimum confidence (0..1) of a detected keypoint; NaN for NULL.
///
/// Ownership: the caller keeps `skeleton`.
double kneepose_skeleton_min_confidence(const struct KneeposeSkeleton *skeleton);

/// Frees a skeleton; NULL does nothing. Plans and analyses made with it stay valid.
///
/// Ownership: takes `skeleton`, which must not be used again.
void kneepose_skeleton_free(struct KneeposeSkeleton *skeleton);

/// Copies the message of this thread's last failure, zero-terminated and truncated to `size` bytes.
///
/// Returns its length without the zero byte, so a buffer of `kneepose_last_error(NULL, 0) + 1` bytes holds
/// all of it; 0 if no call has failed on this thread. A successful call keeps the message.
///
/// Ownership: the caller owns `buffer`.
size_t kneepose_last_error(char *buffer,
                           size_t size);

/// Angle at `q` between the directions to `p` and to `r`, for `count` triples: degrees in 0..180; 180 is
/// straight. NaN if a point is missing or coincides with `q`.
///
/// Each of `p`, `q` and `r` has points of `components` (2 or 3) adjacent numbers. Two points are
/// `stride` elements apart; a stride of 0 means packed points. For a joint in an array of whole
/// frames, pass `p = frame + hip * components` and the number of elements of a frame as `stride`.
///
/// Ownership: the caller owns all memory. `out` has room for `count` numbers and must not overlap the
/// points.
enum KneeposeStatus kneepose_angle_f64(const double *p,
                                       const double *q,
                                       const double *r,
                                       size_t count,
                                       size_t components,
                                       size_t stride,
                                       double *out);

/// Same as `kneepose_angle_f64`, in single precision.
///
/// Ownership: the caller owns all memory. `out` has room for `count` numbers and must not overlap the
/// points.
enum KneeposeStatus kneepose_angle_f32(const float *p,
                                       const float *q,
                                       const float *r,
                                       size_t count,
                                       size_t components,
                                       size_t stride,
                                       float *out);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* KNEEPOSE_H */
