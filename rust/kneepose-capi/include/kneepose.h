/* @generated from rust/kneepose-capi by `make header`; do not edit.
 *
 * kneepose measures joint angles and repetitions from the keypoints of any pose estimator. How to build,
 * link and use it, with a complete program: docs/c.md.
 *
 * - Every function may be called from any thread. Nothing here may be changed by two threads at once;
 *   what is passed as a pointer to const may be shared.
 * - Functions that can fail return a KneeposeStatus; kneepose_last_error() has the reason in words.
 * - NaN is a missing keypoint on the way in and a value that cannot be trusted on the way out; its
 *   validity code says why.
 * - Names of angles, sides, axes, exercises and views are texts, the same as in Python.
 * - Before version 1.0 a new minor version may change structs: compile and link against one version.
 */

#ifndef KNEEPOSE_H
#define KNEEPOSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Version of this header; `kneepose_version` has that of the library.
#define KNEEPOSE_VERSION "0.1.0"

/// Why a value is, or is not, to be trusted.
enum KneeposeValidity {
  /// Measured.
  KNEEPOSE_VALIDITY_OK = 0,
  /// Measured, but at this knee angle small keypoint errors weigh heavily.
  KNEEPOSE_VALIDITY_LOW = 1,
  /// A keypoint that this measure needs was not seen.
  KNEEPOSE_VALIDITY_MISSING_KEYPOINT = 2,
  /// The pose estimator does not give a keypoint that this measure needs.
  KNEEPOSE_VALIDITY_NOT_IN_SKELETON = 3,
  /// The knee is too straight: turning of the thigh does not show below 30 degrees of flexion.
  KNEEPOSE_VALIDITY_BELOW_FLEXION_GATE = 4,
  /// Two directions that the measure compares coincide, or one of them points at the viewer.
  KNEEPOSE_VALIDITY_SINGULAR = 5,
  /// This camera direction does not show the measure.
  KNEEPOSE_VALIDITY_WRONG_VIEW = 6,
  /// The hips lie one behind the other in the image, so inward and outward cannot be told.
  KNEEPOSE_VALIDITY_SIDE_VIEW = 7,
  /// This cannot be known from a single camera.
  KNEEPOSE_VALIDITY_NEEDS_3D = 8,
  /// This is a turn against a reference direction, and none was given.
  KNEEPOSE_VALIDITY_NEEDS_HEADING = 9,
  /// The knee did not bend to this angle.
  KNEEPOSE_VALIDITY_DEPTH_NOT_REACHED = 10,
  /// The turning point of the repetition fell into missing frames.
  KNEEPOSE_VALIDITY_GAP_TOO_LONG = 11,
  /// There are too few repetitions to tell a difference from chance.
  KNEEPOSE_VALIDITY_TOO_FEW_REPS = 12,
  /// No repetition of this exercise was found.
  KNEEPOSE_VALIDITY_NO_REPS = 13,
  /// How much this measure varies from one recording to the next is not known.
  KNEEPOSE_VALIDITY_NO_DETECTABLE_CHANGE = 14,
  /// A camera a few degrees off to the side fakes a left-right difference, and nothing shows where it stood.
  KNEEPOSE_VALIDITY_CAMERA_ANGLE_UNKNOWN = 15,
  /// Both legs move together and can help each other.
  KNEEPOSE_VALIDITY_TWO_LEG_EXERCISE = 16,
  /// The keypoints do not show from which side the camera looks.
  KNEEPOSE_VALIDITY_VIEW_UNKNOWN = 17,
  /// The estimator was not sure where a keypoint lies that this measure needs.
  KNEEPOSE_VALIDITY_LOW_CONFIDENCE = 18,
  /// A thigh, shank or hip line changes its length by more than a quarter, so a keypoint lies somewhere else than on the joint.
  KNEEPOSE_VALIDITY_IMPLAUSIBLE_BONE = 19,
  /// A keypoint sits on the edge of the picture: the estimator moved it there because the joint is outside.
  KNEEPOSE_VALIDITY_AT_IMAGE_BORDER = 20,
  /// Measured as if the camera stood level, because this estimator does not know which way is up.
  KNEEPOSE_VALIDITY_ASSUMED_LEVEL_CAMERA = 21,
  /// The camera does not stand straight in front: even a few degrees fake a left-right difference.
  KNEEPOSE_VALIDITY_CAMERA_TURNED = 22,
  /// The camera is tilted to one side, so level and upright are not what they seem.
  KNEEPOSE_VALIDITY_CAMERA_TILTED = 23,
  /// The person stands away from the middle of the picture, so the leg is seen from one side.
  KNEEPOSE_VALIDITY_OFF_AXIS = 24,
  /// The keypoints do not form a body: they come from another skeleton than the one that was named.
  KNEEPOSE_VALIDITY_WRONG_SKELETON = 25,
  /// Left and right change places and back.
  KNEEPOSE_VALIDITY_SIDES_SWAPPED = 26,
  /// The keypoints jump between frames: the frames are not in order of time, or this is not one person.
  KNEEPOSE_VALIDITY_FRAMES_OUT_OF_ORDER = 27,
  /// The recording is too short to show a movement.
  KNEEPOSE_VALIDITY_TOO_FEW_FRAMES = 28,
  /// The leg that was named is not the one that works, or does not stand on its own.
  KNEEPOSE_VALIDITY_OTHER_LEG_WORKS = 29,
  /// Something moved, but not this exercise: the feet travelled, the hip did not sink, or the trunk bent over.
  KNEEPOSE_VALIDITY_OTHER_MOVEMENT = 30,
  /// This frame is not later than the one before, so it was left out.
  KNEEPOSE_VALIDITY_TIME_NOT_RISING = 31,
  /// The repetitions differ so much from each other that the difference may be none or large.
  KNEEPOSE_VALIDITY_INTERVAL_TOO_WIDE = 32,
};

/// Whether a repetition counts; only full ones do.
enum KneeposeRepStatus {
  KNEEPOSE_REP_STATUS_FULL = 0,
  KNEEPOSE_REP_STATUS_PARTIAL = 1,
  KNEEPOSE_REP_STATUS_INCOMPLETE_RETURN = 2,
  KNEEPOSE_REP_STATUS_MISSING_DATA = 3,
  KNEEPOSE_REP_STATUS_LOST_STANCE = 4,
  KNEEPOSE_REP_STATUS_START_TRANSIENT = 5,
  KNEEPOSE_REP_STATUS_OTHER_MOVEMENT = 6,
};

/// What became of a call. Bad measurements are not errors: they give NaN and a validity code.
typedef enum KneeposeStatus {
  /// Done.
  KNEEPOSE_STATUS_OK = 0,
  /// A pointer that must be given is NULL.
  KNEEPOSE_STATUS_NULL_POINTER = 1,
  /// A pointer is not aligned, or what is written overlaps what is read.
  KNEEPOSE_STATUS_INVALID_POINTER = 2,
  /// A text is not valid UTF-8.
  KNEEPOSE_STATUS_INVALID_TEXT = 3,
  /// A name that is in no table; the message lists those that are.
  KNEEPOSE_STATUS_UNKNOWN_NAME = 4,
  /// A skeleton that contradicts itself.
  KNEEPOSE_STATUS_INVALID_SKELETON = 5,
  /// A count, layout or size that does not fit its partner.
  KNEEPOSE_STATUS_INVALID_SHAPE = 6,
  /// An option outside its range.
  KNEEPOSE_STATUS_INVALID_OPTION = 7,
  /// The buffer has too little room; nothing was written to it.
  KNEEPOSE_STATUS_BUFFER_TOO_SMALL = 8,
  /// A defect of the library, caught before it could do harm. Please report it with the message.
  KNEEPOSE_STATUS_INTERNAL = 9,
} KneeposeStatus;

/// What was found in a recording. Never changes; may be used by several threads at once.
typedef struct KneeposeAnalysis KneeposeAnalysis;

/// Angles of a skeleton, checked once. Never changes; may be used by several threads at once.
typedef struct KneeposePlan KneeposePlan;

/// The ordered keypoints of a pose estimator. Never changes; may be used by several threads at once.
typedef struct KneeposeSkeleton KneeposeSkeleton;

/// How keypoints lie in memory, counted in elements (not bytes). Element `[t][k][d]` is found at
/// `points[t * frame_stride + k * keypoint_stride + d * component_stride]`. All three strides 0: packed,
/// `(frames, keypoints, components)` in C order.
typedef struct KneeposeLayout {
  /// Number of frames.
  size_t frames;
  /// Number of keypoints of a frame.
  size_t keypoints;
  /// 2 in an image, 3 in the world.
  size_t components;
  /// From a frame to the next.
  size_t frame_stride;
  /// From a keypoint to the next.
  size_t keypoint_stride;
  /// From a component to the next.
  size_t component_stride;
} KneeposeLayout;

/// One person's keypoints over time.
typedef struct KneeposeRecording {
  /// Coordinates, NaN where missing: pixels with y down, or lengths. Never shares of the width and
  /// height of an image.
  const double *points;
  /// How they lie.
  struct KneeposeLayout layout;
  /// The estimator's confidence (0..1) of every keypoint, or NULL where it has none.
  const double *confidence;
  /// From a frame's first confidence to the next frame's, in elements. Both strides 0: packed,
  /// (frames, keypoints).
  size_t confidence_frame_stride;
  /// From a keypoint's confidence to the next one's.
  size_t confidence_keypoint_stride;
  /// Seconds of each frame, rising.
  const double *times;
  /// `"image"` or the vertical axis, as in `KneeposePlanOptions`.
  const char *up;
} KneeposeRecording;

/// One repetition, in samples of the series (or frames of an analysis).
typedef struct KneeposeRep {
  /// Where it starts: 10 % of its range above rest.
  size_t start;
  /// First sample of the bottom: within 5 % of the range of the peak.
  size_t bottom_start;
  /// The peak: the deepest sample.
  size_t bottom;
  /// Last sample of the bottom.
  size_t bottom_end;
  /// Where it ends: 10 % of its range above rest.
  size_t end;
  /// Range of motion in the unit of the series; NaN where it has no extent of its own.
  double range;
  /// Whether it counts: one of `KNEEPOSE_REP_STATUS_…`; only `KNEEPOSE_REP_STATUS_FULL` does.
  uint8_t status;
} KneeposeRep;

/// One measure of every repetition.
typedef struct KneeposeMeasure {
  /// Angle and moment, such as `"fppa_at_60"`.
  const char *name;
  /// Name of the angle; empty for times and ranges.
  const char *angle;
  /// `"deg"`, `"s"`, or `"shank"` for a share of the shank's length.
  const char *unit;
  /// Whether each leg has its own; false on the midline.
  bool of_leg;
  /// `KNEEPOSE_VALIDITY_OK`, or why no full repetition gave a value: the measure is refused.
  uint8_t refusal;
} KneeposeMeasure;

/// An angle that is asked for.
typedef struct KneeposeRequest {
  /// Name of the angle; see `kneepose_angle_name`.
  const char *name;
  /// `"left"`, `"right"`, or NULL: both legs (two columns, left first) for an angle of the leg, the
  /// plan's `stance_side` for one that is signed toward the stance side, none on the midline.
  const char *side;
} KneeposeRequest;

/// Options of a plan. All members but `up` may stay 0.
typedef struct KneeposePlanOptions {
  /// `"image"` (pixels, y down, 2 components) or the vertical axis of the world (3 components):
  /// `"x"`, `"y"`, `"z"`, `"-x"`, `"-y"`, `"-z"`. Must be given: it cannot be guessed.
  const char *up;
  /// What the pelvis' tilt is read against: `"up"` (standing; so for NULL) or `"trunk"` (lying, on all
  /// fours).
  const char *pelvis_reference;
  /// `"left"` or `"right"`: the leg that stands. NULL on two legs.
  const char *stance_side;
  /// Give also rotations that the knee is too straight for, instead of refusing them.
  bool without_gates;
} KneeposePlanOptions;

/// A column of a plan's results.
typedef struct KneeposeColumn {
  /// Name of the angle.
  const char *name;
  /// `"left"`, `"right"`, or NULL on the midline.
  const char *side;
  /// `"deg"`, or `"shank"` for a share of the shank's length.
  const char *unit;
} KneeposeColumn;

/// A keypoint whose name is not that of the body landmark it is.
typedef struct KneeposeLandmark {
  /// The landmark, such as `"left_hip"`.
  const char *landmark;
  /// The keypoint that it is.
  const char *keypoint;
} KneeposeLandmark;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/// Conditions a recording (outliers, gaps, even times, low-pass), finds the repetitions of an exercise,
/// and reads every measure off every repetition.
///
/// `side` is `"left"` or `"right"`, the leg under analysis, which stands in a single-leg squat. `view`
/// is from where the camera sees the person, `"front"`, `"back"`, `"left"` or `"right"`; NULL asks the
/// keypoints, and stands for 3-D. A measure that the recording cannot show is refused with a code, not
/// an error.
///
/// Ownership: everything given is copied. `*analysis` is the caller's, to be freed with
/// `kneepose_analysis_free`; NULL where the call fails.
enum KneeposeStatus kneepose_analyze(const struct KneeposeSkeleton *skeleton,
                                     const struct KneeposeRecording *recording,
                                     const char *exercise,
                                     const char *side,
                                     const char *view,
                                     struct KneeposeAnalysis **analysis);

/// From where the camera sees the person, as said or as the keypoints show; NULL in the world.
///
/// Ownership: the text is the analysis' and goes away with it.
const char *kneepose_analysis_view(const struct KneeposeAnalysis *analysis);

/// Name of the angle that drove the repetitions; NULL for NULL.
///
/// Ownership: the text is the analysis' and goes away with it.
const char *kneepose_analysis_signal_name(const struct KneeposeAnalysis *analysis);

/// That angle over time, in degrees, and the time of each frame in seconds: both have the frames of the
/// conditioned recording, which are others than those given where times were uneven. `values` and
/// `times` have room for `capacity` numbers each; either may be NULL. The number is written to `*needed`;
/// where `capacity` is less, `KNEEPOSE_STATUS_BUFFER_TOO_SMALL` comes back and both are untouched.
///
/// Ownership: all memory but the analysis' is the caller's.
enum KneeposeStatus kneepose_analysis_signal(const struct KneeposeAnalysis *analysis,
                                             double *values,
                                             double *times,
                                             size_t capacity,
                                             size_t *needed);

/// Writes the number of repetitions to `*needed` and the repetitions, in time order and in frames of
/// the conditioned recording, to `reps`, which has room for `capacity`. Where that is too few,
/// `KNEEPOSE_STATUS_BUFFER_TOO_SMALL` comes back and `reps` is untouched; NULL and 0 ask for the number.
///
/// Ownership: all memory but the analysis' is the caller's.
enum KneeposeStatus kneepose_analysis_reps(const struct KneeposeAnalysis *analysis,
                                           struct KneeposeRep *reps,
                                           size_t capacity,
                                           size_t *needed);

/// Number of measures, refused ones included; 0 for NULL.
///
/// Ownership: `analysis` stays the caller's.
size_t kneepose_analysis_measures(const struct KneeposeAnalysis *analysis);

/// Says what the measure number `index`, counted from 0, is, and gives its value and validity code in
/// each repetition: `values` and `codes` have room for `capacity` elements each, at least the number of
/// repetitions, and may be NULL. A value is NaN where its code says so.
///
/// Ownership: the texts in `*measure` are the analysis' and go away with it; the rest is the caller's.
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

/// Computes all columns of a plan for all frames, without a copy of `points`.
///
/// `points` lies as `*layout` says, NaN where a keypoint was not seen; an estimator's `0, 0` for
/// "not seen" must be made NaN first. Coordinates are pixels or lengths, never shares of the width and
/// height of an image. `values` gets `frames × width` numbers, frame by frame: degrees, positive in the
/// clinical direction, NaN where the value cannot be trusted. `codes` (or NULL) gets as many of
/// `KNEEPOSE_VALIDITY_…`; each of the two has room for `capacity` elements.
///
/// `heading` (or NULL: the pelvis of each frame) is 3 numbers, the forward direction; in an image
/// `{±1, 0, 0}`, which way the person faces. `standing` (or NULL: not known) is 2 numbers, the standing
/// height of the left and the right leg from `kneepose_plan_standing_heights_f64`;
/// only `knee_flexion_from_depth` needs it.
///
/// Ownership: all memory is the caller's. `values` and `codes` must not overlap `points`.
enum KneeposeStatus kneepose_plan_evaluate_f64(const struct KneeposePlan *plan,
                                               const double *points,
                                               const struct KneeposeLayout *layout,
                                               const double *heading,
                                               const double *standing,
                                               double *values,
                                               uint8_t *codes,
                                               size_t capacity);

/// As `kneepose_plan_evaluate_f64`, with coordinates, angles and all that lies between in single
/// precision: within 1e-4 degrees where the angle is well conditioned.
///
/// Ownership: all memory is the caller's. `values` and `codes` must not overlap `points`.
enum KneeposeStatus kneepose_plan_evaluate_f32(const struct KneeposePlan *plan,
                                               const float *points,
                                               const struct KneeposeLayout *layout,
                                               const double *heading,
                                               const double *standing,
                                               float *values,
                                               uint8_t *codes,
                                               size_t capacity);

/// Standing height of the hip over the ankle, left and right, in the unit of the coordinates: the 95th
/// percentile over the frames, some of which must stand. NaN where a leg is never seen.
///
/// Ownership: all memory is the caller's; `heights` has room for 2 numbers.
enum KneeposeStatus kneepose_plan_standing_heights_f64(const struct KneeposePlan *plan,
                                                       const double *points,
                                                       const struct KneeposeLayout *layout,
                                                       double *heights);

/// As `kneepose_plan_standing_heights_f64`, with coordinates in single precision.
///
/// Ownership: all memory is the caller's; `heights` has room for 2 numbers.
enum KneeposeStatus kneepose_plan_standing_heights_f32(const struct KneeposePlan *plan,
                                                       const float *points,
                                                       const struct KneeposeLayout *layout,
                                                       double *heights);

/// Version of the library, such as `"0.1.0"`; compare it with `KNEEPOSE_VERSION` of the header.
///
/// Ownership: static text, never freed.
const char *kneepose_version(void);

/// Name of a validity code, such as `"missing_keypoint"`; NULL for a number that is no code.
///
/// Ownership: static text, never freed.
const char *kneepose_validity_name(uint8_t code);

/// What a validity code means, in one sentence; NULL for a number that is no code.
///
/// Ownership: static text, never freed.
const char *kneepose_validity_sentence(uint8_t code);

/// What to do about a validity code, empty where there is nothing to do; NULL for a number that is no
/// code.
///
/// Ownership: static text, never freed.
const char *kneepose_validity_remedy(uint8_t code);

/// Name of a repetition's status, such as `"full"`; NULL for a number that is none.
///
/// Ownership: static text, never freed.
const char *kneepose_rep_status_name(uint8_t status);

/// Name of the built-in angle number `index`, counted from 0; NULL behind the last.
///
/// Ownership: static text, never freed.
const char *kneepose_angle_name(size_t index);

/// Name of the built-in skeleton number `index`, counted from 0; NULL behind the last.
///
/// Ownership: static text, never freed.
const char *kneepose_skeleton_name(size_t index);

/// Name of the built-in exercise number `index`, counted from 0; NULL behind the last.
///
/// Ownership: static text, never freed.
const char *kneepose_exercise_name(size_t index);

/// Makes a plan of `count` angles; NULL and 0 stand for the 17 of the lower body.
///
/// Ownership: everything given is copied. `*plan` is the caller's, to be freed with
/// `kneepose_plan_free`; NULL where the call fails.
enum KneeposeStatus kneepose_plan_new(const struct KneeposeSkeleton *skeleton,
                                      const struct KneeposeRequest *requests,
                                      size_t count,
                                      const struct KneeposePlanOptions *options,
                                      struct KneeposePlan **plan);

/// Number of columns of the results; 0 for NULL.
///
/// Ownership: `plan` stays the caller's.
size_t kneepose_plan_width(const struct KneeposePlan *plan);

/// Number of keypoints of a frame; 0 for NULL.
///
/// Ownership: `plan` stays the caller's.
size_t kneepose_plan_keypoints(const struct KneeposePlan *plan);

/// Number of components of a keypoint: 2 in an image, 3 in the world; 0 for NULL.
///
/// Ownership: `plan` stays the caller's.
size_t kneepose_plan_components(const struct KneeposePlan *plan);

/// Says what the column number `index`, counted from 0, is.
///
/// Ownership: the texts in `*column` are the plan's and go away with it.
enum KneeposeStatus kneepose_plan_column(const struct KneeposePlan *plan,
                                         size_t index,
                                         struct KneeposeColumn *column);

/// Frees a plan; NULL does nothing.
///
/// Ownership: takes `plan`, which must not be used again.
void kneepose_plan_free(struct KneeposePlan *plan);

/// Finds the repetitions of a series that rises toward the bottom, such as knee flexion; in time order.
///
/// `series` has `count` samples, NaN where missing; `fs` is samples per second, `min_range` the least
/// range of motion of a repetition in the unit of the series (20 suits degrees of knee flexion).
/// `allowed` (or NULL) has `count` bytes that are not 0 where a repetition may lie. `despike` takes out
/// single outliers first.
///
/// Writes the number of repetitions to `*needed`, and the repetitions to `reps`, which has room for
/// `capacity`. Where that is too few, `KNEEPOSE_STATUS_BUFFER_TOO_SMALL` comes back, with `*needed` set
/// and `reps` untouched; so NULL and 0 ask for the number.
///
/// Ownership: all memory is the caller's.
enum KneeposeStatus kneepose_segment_reps(const double *series,
                                          size_t count,
                                          const uint8_t *allowed,
                                          double fs,
                                          double min_range,
                                          bool despike,
                                          struct KneeposeRep *reps,
                                          size_t capacity,
                                          size_t *needed);

/// Low-passes a series in place: zero phase (a second-order Butterworth filter forward and back), gain
/// 1/√2 at `cutoff_hz`, which is lowered to 0.4 `fs` where it is higher. Each stretch between missing
/// samples (NaN) is filtered by itself; the missing ones stay. Filter coordinates, not angles.
///
/// Ownership: `series`, `count` samples, is the caller's.
enum KneeposeStatus kneepose_lowpass(double *series,
                                     size_t count,
                                     double cutoff_hz,
                                     double fs);

/// A built-in skeleton: `"coco17"`, `"halpe26"`, `"mediapipe33"`, …
///
/// Ownership: `*skeleton` is the caller's, to be freed with `kneepose_skeleton_free`; NULL where the
/// call fails.
enum KneeposeStatus kneepose_skeleton_built_in(const char *name,
                                               struct KneeposeSkeleton **skeleton);

/// A skeleton of one's own: `keypoints` in the order of the arrays, and for each body landmark whose
/// keypoint has another name a row of `landmarks`. Below `min_confidence` (0..1) a keypoint counts as
/// not seen by `kneepose_analyze`.
///
/// Ownership: the texts are copied. `*skeleton` is the caller's, to be freed with
/// `kneepose_skeleton_free`; NULL where the call fails.
enum KneeposeStatus kneepose_skeleton_new(const char *name,
                                          const char *const *keypoints,
                                          size_t keypoint_count,
                                          const struct KneeposeLandmark *landmarks,
                                          size_t landmark_count,
                                          double min_confidence,
                                          struct KneeposeSkeleton **skeleton);

/// Number of keypoints; 0 for NULL.
///
/// Ownership: `skeleton` stays the caller's.
size_t kneepose_skeleton_keypoints(const struct KneeposeSkeleton *skeleton);

/// Name of a keypoint, counted from 0; NULL behind the last.
///
/// Ownership: the text is the skeleton's and goes away with it.
const char *kneepose_skeleton_keypoint_name(const struct KneeposeSkeleton *skeleton,
                                     size_t keypoint);

/// Confidence (0..1) below which a keypoint counts as not seen; NaN for NULL.
///
/// Ownership: `skeleton` stays the caller's.
double kneepose_skeleton_min_confidence(const struct KneeposeSkeleton *skeleton);

/// Frees a skeleton; NULL does nothing. Plans and analyses made with it stay whole.
///
/// Ownership: takes `skeleton`, which must not be used again.
void kneepose_skeleton_free(struct KneeposeSkeleton *skeleton);

/// Copies the message of this thread's last failure, in plain English, with a zero byte at the end and
/// cut where `size` bytes do not suffice.
///
/// Returns its length without the zero byte, so that `kneepose_last_error(NULL, 0) + 1` bytes hold it
/// all; 0 where nothing has failed on this thread. A call that succeeds leaves the message in place.
///
/// Ownership: `buffer` is the caller's.
size_t kneepose_last_error(char *buffer,
                           size_t size);

/// Angle at `q` between the directions to `p` and to `r`, for `count` triples: degrees in 0..180, 180
/// where the three lie in line. NaN where a point is missing or two coincide.
///
/// Each of `p`, `q`, `r` has points of `components` (2 or 3) numbers side by side, one every `stride`
/// elements; 0 stands for packed ones. So a joint of whole frames is `p = frame + hip * components` with the
/// length of a frame as `stride`.
///
/// Ownership: all memory is the caller's; `out` has room for `count` numbers and must not overlap the
/// points.
enum KneeposeStatus kneepose_angle_f64(const double *p,
                                       const double *q,
                                       const double *r,
                                       size_t count,
                                       size_t components,
                                       size_t stride,
                                       double *out);

/// As `kneepose_angle_f64`, in single precision outside and double precision inside.
///
/// Ownership: all memory is the caller's; `out` has room for `count` numbers and must not overlap the
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
