/* Every wrong call must come back with its status and a message, and leave the buffers alone. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kneepose.h"

static int failures;

static void expect(int line, KneeposeStatus got, KneeposeStatus wanted, const char *said)
{
    char message[1024];
    kneepose_last_error(message, sizeof message);
    if (got == wanted && (said == NULL || strstr(message, said) != NULL))
        return;
    failures++;
    printf("line %d: status %d instead of %d, message \"%s\" without \"%s\"\n", line, (int)got,
           (int)wanted, message, said ? said : "");
}

static void expect_true(int line, int holds)
{
    if (!holds) {
        failures++;
        printf("line %d: does not hold\n", line);
    }
}

#define REFUSED(call, status, said) expect(__LINE__, call, KNEEPOSE_STATUS_##status, said)
#define DONE(call) expect(__LINE__, call, KNEEPOSE_STATUS_OK, NULL)
#define HOLDS(condition) expect_true(__LINE__, condition)

static const KneeposePlanOptions IMAGE = {.up = "image"};
static double xy[2 * 17 * 2];

static void names(void)
{
    HOLDS(strcmp(kneepose_version(), KNEEPOSE_VERSION) == 0);
    HOLDS(kneepose_abi_version() == KNEEPOSE_ABI_VERSION);
    HOLDS(strcmp(kneepose_phase_name(KNEEPOSE_PHASE_BACK), "back") == 0 && kneepose_phase_name(4) == NULL);
    HOLDS(strcmp(kneepose_event_name(KNEEPOSE_EVENT_CLOCK_SET), "clock_set") == 0);
    HOLDS(kneepose_event_name(8) == NULL);
    HOLDS(strcmp(kneepose_verdict_name(KNEEPOSE_VERDICT_DIFFERENT), "different") == 0);
    HOLDS(kneepose_verdict_name(4) == NULL);
    HOLDS(strcmp(kneepose_validity_name(KNEEPOSE_VALIDITY_OK), "ok") == 0);
    HOLDS(strlen(kneepose_validity_sentence(KNEEPOSE_VALIDITY_SIDE_VIEW)) > 20);
    HOLDS(strlen(kneepose_validity_remedy(KNEEPOSE_VALIDITY_SIDE_VIEW)) > 20);
    HOLDS(kneepose_validity_name(255) == NULL && kneepose_validity_sentence(255) == NULL);
    HOLDS(strcmp(kneepose_rep_status_name(KNEEPOSE_REP_STATUS_FULL), "full") == 0);
    HOLDS(kneepose_rep_status_name(99) == NULL);
    HOLDS(kneepose_angle_name(SIZE_MAX) == NULL && kneepose_skeleton_name(SIZE_MAX) == NULL);
    HOLDS(kneepose_angle_name(0) != NULL && kneepose_exercise_name(0) != NULL);
    size_t skeletons = 0;
    while (kneepose_skeleton_name(skeletons) != NULL)
        skeletons++;
    HOLDS(skeletons >= 3);
}

static void last_error(void)
{
    char small[8];
    KneeposeSkeleton *skeleton;
    kneepose_skeleton_built_in("body\xc3\xa4" "25", &skeleton);
    const size_t length = kneepose_last_error(NULL, 0);
    char *whole = malloc(length + 1);
    HOLDS(kneepose_last_error(whole, length + 1) == length && strlen(whole) == length);
    HOLDS(strstr(whole, "coco17") != NULL);
    memset(small, 'x', sizeof small);
    HOLDS(kneepose_last_error(small, 5) == length);
    HOLDS(strlen(small) == 4 && memcmp(small, whole, 4) == 0 && small[5] == 'x');
    HOLDS(kneepose_last_error(small, 0) == length && kneepose_last_error(NULL, 100) == length);
    /* No room that cuts the letter of two bytes in half leaves half of it. */
    for (size_t size = 1; size <= length; size++) {
        kneepose_last_error(whole, size);
        const size_t kept = strlen(whole);
        HOLDS(kept < size && (kept == 0 || (unsigned char)whole[kept - 1] != 0xc3));
    }
    free(whole);
}

static void skeletons(void)
{
    const char *twice[] = {"left_hip", "left_hip"}, *hole[] = {"left_hip", NULL}, *own[] = {"LHip"};
    const KneeposeLandmark wrong = {"left_hipp", "LHip"}, absent = {"left_hip", "RHip"};
    const KneeposeLandmark right = {"left_hip", "LHip"}, empty = {NULL, "LHip"};
    KneeposeSkeleton *skeleton = (KneeposeSkeleton *)&failures;
    REFUSED(kneepose_skeleton_built_in(NULL, &skeleton), NULL_POINTER, "name");
    HOLDS(skeleton == NULL);
    REFUSED(kneepose_skeleton_built_in("coco17", NULL), NULL_POINTER, "skeleton");
    REFUSED(kneepose_skeleton_built_in("coco", &skeleton), UNKNOWN_NAME, "halpe26");
    REFUSED(kneepose_skeleton_built_in("\xff\xfe", &skeleton), INVALID_TEXT, "UTF-8");
    REFUSED(kneepose_skeleton_new("mine", twice, 2, NULL, 0, 0.3, &skeleton), INVALID_SKELETON, "twice");
    REFUSED(kneepose_skeleton_new("mine", hole, 2, NULL, 0, 0.3, &skeleton), NULL_POINTER, "keypoint");
    REFUSED(kneepose_skeleton_new("mine", NULL, 2, NULL, 0, 0.3, &skeleton), NULL_POINTER, "keypoints");
    REFUSED(kneepose_skeleton_new("mine", NULL, 0, NULL, 0, 0.3, &skeleton), INVALID_SKELETON, "no keyp");
    REFUSED(kneepose_skeleton_new("mine", own, 1, NULL, 1, 0.3, &skeleton), NULL_POINTER, "landmarks");
    REFUSED(kneepose_skeleton_new("mine", own, 1, &empty, 1, 0.3, &skeleton), NULL_POINTER, "landmark");
    REFUSED(kneepose_skeleton_new("mine", own, 1, &wrong, 1, 0.3, &skeleton), UNKNOWN_NAME, "left_hipp");
    REFUSED(kneepose_skeleton_new("mine", own, 1, &absent, 1, 0.3, &skeleton), UNKNOWN_NAME, "RHip");
    REFUSED(kneepose_skeleton_new("mine", own, 1, NULL, 0, NAN, &skeleton), INVALID_SKELETON, "NaN");
    REFUSED(kneepose_skeleton_new("mine", own, SIZE_MAX, NULL, 0, 0.3, &skeleton), INVALID_SHAPE, "exceed the maximum");
    DONE(kneepose_skeleton_new("mine", own, 1, &right, 1, 0.3, &skeleton));
    HOLDS(kneepose_skeleton_keypoints(skeleton) == 1 && kneepose_skeleton_keypoints(NULL) == 0);
    HOLDS(strcmp(kneepose_skeleton_keypoint_name(skeleton, 0), "LHip") == 0);
    HOLDS(kneepose_skeleton_keypoint_name(skeleton, 1) == NULL);
    HOLDS(kneepose_skeleton_keypoint_name(NULL, 0) == NULL);
    HOLDS(kneepose_skeleton_min_confidence(skeleton) == 0.3);
    HOLDS(isnan(kneepose_skeleton_min_confidence(NULL)));
    kneepose_skeleton_free(skeleton);
    kneepose_skeleton_free(NULL);
}

static void plans(const KneeposeSkeleton *coco)
{
    KneeposePlan *plan = (KneeposePlan *)&failures;
    KneeposeColumn column;
    const KneeposeRequest knee = {"knee_flexion", NULL}, typo = {"knee_flexoin", NULL};
    const KneeposeRequest drop = {"pelvic_drop", NULL}, sides = {"knee_flexion", "middle"};
    const KneeposePlanOptions none = {0}, north = {.up = "north"}, seat = {.up = "y", .pelvis_reference = "seat"};
    const KneeposePlanOptions both = {.up = "y", .stance_side = "both"}, left = {.up = "y", .stance_side = "left"};
    REFUSED(kneepose_plan_new(NULL, NULL, 0, &IMAGE, &plan), NULL_POINTER, "skeleton");
    HOLDS(plan == NULL);
    REFUSED(kneepose_plan_new(coco, NULL, 0, NULL, &plan), NULL_POINTER, "options");
    REFUSED(kneepose_plan_new(coco, NULL, 0, &IMAGE, NULL), NULL_POINTER, "plan");
    REFUSED(kneepose_plan_new(coco, NULL, 0, &none, &plan), NULL_POINTER, "up");
    REFUSED(kneepose_plan_new(coco, NULL, 0, &north, &plan), UNKNOWN_NAME, "north");
    REFUSED(kneepose_plan_new(coco, NULL, 0, &seat, &plan), UNKNOWN_NAME, "trunk");
    REFUSED(kneepose_plan_new(coco, NULL, 0, &both, &plan), UNKNOWN_NAME, "both");
    REFUSED(kneepose_plan_new(coco, NULL, 3, &IMAGE, &plan), NULL_POINTER, "requests");
    REFUSED(kneepose_plan_new(coco, &knee, SIZE_MAX / 4, &IMAGE, &plan), INVALID_SHAPE, "requests");
    REFUSED(kneepose_plan_new(coco, &typo, 1, &IMAGE, &plan), UNKNOWN_NAME, "knee_flexion");
    REFUSED(kneepose_plan_new(coco, &sides, 1, &IMAGE, &plan), UNKNOWN_NAME, "middle");
    REFUSED(kneepose_plan_new(coco, &drop, 1, &IMAGE, &plan), INVALID_OPTION, "stance");
    REFUSED(kneepose_plan_new(coco, (const KneeposeRequest *)((uintptr_t)&knee + 1), 1, &IMAGE, &plan),
            INVALID_POINTER, "not aligned");
    HOLDS(plan == NULL && kneepose_plan_width(plan) == 0 && kneepose_plan_keypoints(plan) == 0);
    HOLDS(kneepose_plan_components(NULL) == 0);
    DONE(kneepose_plan_new(coco, NULL, 0, &IMAGE, &plan));
    HOLDS(kneepose_plan_width(plan) == 17 && kneepose_plan_components(plan) == 2);
    kneepose_plan_free(plan);
    DONE(kneepose_plan_new(coco, &drop, 1, &left, &plan));
    DONE(kneepose_plan_column(plan, 0, &column));
    HOLDS(strcmp(column.name, "pelvic_drop") == 0 && strcmp(column.side, "left") == 0);
    HOLDS(strcmp(column.unit, "deg") == 0);
    kneepose_plan_free(plan);
    DONE(kneepose_plan_new(coco, &knee, 1, &IMAGE, &plan));
    HOLDS(kneepose_plan_width(plan) == 2);
    REFUSED(kneepose_plan_column(plan, 2, &column), INVALID_SHAPE, "column 2");
    REFUSED(kneepose_plan_column(plan, 0, NULL), NULL_POINTER, "column");
    REFUSED(kneepose_plan_column(NULL, 0, &column), NULL_POINTER, "plan");
    kneepose_plan_free(plan);
    kneepose_plan_free(NULL);
}

static void evaluating(const KneeposePlan *plan)
{
    const KneeposeLayout packed = {2, 17, 2, 0, 0, 0}, other = {2, 33, 2, 0, 0, 0}, flat = {2, 17, 3, 0, 0, 0};
    const KneeposeLayout halt = {2, 17, 2, 34, 0, 1}, far = {2, 17, 2, SIZE_MAX / 2, 2, 1};
    const KneeposeLayout wide = {SIZE_MAX / 2, 17, 2, 0, 0, 0}, wraps = {SIZE_MAX, 17, 2, SIZE_MAX, 2, 1};
    const KneeposeLayout long_one = {SIZE_MAX / 64, 17, 2, 34, 2, 1}, empty = {0, 17, 2, 0, 0, 0};
    double values[34], heights[2];
    float narrow[34];
    uint8_t codes[34];
    memset(codes, 77, sizeof codes);
    values[0] = 77.0;
#define EVALUATE(plan, points, layout, values, codes, capacity) \
    kneepose_plan_evaluate_f64(plan, points, layout, NULL, NULL, values, codes, capacity)
    REFUSED(EVALUATE(NULL, xy, &packed, values, codes, 34), NULL_POINTER, "plan");
    REFUSED(EVALUATE(plan, NULL, &packed, values, codes, 34), NULL_POINTER, "points");
    REFUSED(EVALUATE(plan, xy, NULL, values, codes, 34), NULL_POINTER, "layout");
    REFUSED(EVALUATE(plan, xy, &packed, NULL, codes, 34), NULL_POINTER, "values");
    REFUSED(EVALUATE(plan, xy, &packed, values, codes, 33), BUFFER_TOO_SMALL, "34");
    const double nowhere[3] = {0, 0, 1};
    REFUSED(kneepose_plan_evaluate_f64(plan, xy, &packed, nowhere, NULL, values, codes, 34),
            INVALID_OPTION, "along the ground");
    REFUSED(EVALUATE(plan, xy, &other, values, codes, 34), INVALID_SHAPE, "33 keypoints");
    REFUSED(EVALUATE(plan, xy, &flat, values, codes, 34), INVALID_SHAPE, "3 components");
    REFUSED(EVALUATE(plan, xy, &halt, values, codes, 34), INVALID_SHAPE, "stride");
    REFUSED(EVALUATE(plan, xy, &far, values, codes, 34), INVALID_SHAPE, "exceed the maximum");
    REFUSED(EVALUATE(plan, xy, &wide, values, codes, SIZE_MAX), INVALID_SHAPE, "memory");
    REFUSED(EVALUATE(plan, xy, &wraps, values, codes, SIZE_MAX), INVALID_SHAPE, "memory");
    REFUSED(EVALUATE(plan, xy, &long_one, values, codes, SIZE_MAX), INVALID_SHAPE, "exceed the maximum");
    REFUSED(EVALUATE(plan, xy, &packed, xy + 3, codes, 34), INVALID_POINTER, "overlaps");
    REFUSED(EVALUATE(plan, xy, &packed, values, (uint8_t *)xy, 34), INVALID_POINTER, "overlaps");
    REFUSED(EVALUATE(plan, xy, &packed, values, (uint8_t *)values, 34), INVALID_POINTER, "overlaps");
    REFUSED(EVALUATE(plan, (const double *)((uintptr_t)xy + 4), &packed, values, codes, 34),
            INVALID_POINTER, "not aligned");
    HOLDS(values[0] == 77.0 && codes[0] == 77 && codes[33] == 77);
    DONE(EVALUATE(plan, NULL, &empty, NULL, NULL, 0));
    DONE(EVALUATE(plan, xy, &packed, values, codes, 34));
    for (size_t i = 0; i < 34; i++)
        HOLDS(isnan(values[i]) && kneepose_validity_name(codes[i]) != NULL && codes[i] > 1);
    float points[68] = {0};
    REFUSED(kneepose_plan_evaluate_f32(plan, points, &packed, NULL, NULL, narrow, codes, 1),
            BUFFER_TOO_SMALL, "34");
    DONE(kneepose_plan_evaluate_f32(plan, points, &packed, NULL, NULL, narrow, NULL, 34));
    REFUSED(kneepose_plan_standing_heights_f64(plan, xy, &packed, NULL), NULL_POINTER, "heights");
    REFUSED(kneepose_plan_standing_heights_f64(plan, xy, &other, heights), INVALID_SHAPE, "33");
}

static void series(void)
{
    double ramp[300], out[4] = {0};
    uint8_t allowed[300];
    size_t needed = 7;
    KneeposeRep rep;
    for (size_t i = 0; i < 300; i++) {
        ramp[i] = 30.0 - 30.0 * cos(2.0 * 3.141592653589793 * (double)i / 100.0);
        allowed[i] = 1;
    }
    REFUSED(kneepose_segment_reps(NULL, 9, NULL, 30, 20, true, NULL, 0, &needed), NULL_POINTER, "series");
    REFUSED(kneepose_segment_reps(ramp, 300, NULL, 30, 20, true, NULL, 0, NULL), NULL_POINTER, "needed");
    REFUSED(kneepose_segment_reps(ramp, 300, NULL, 0, 20, true, NULL, 0, &needed), INVALID_OPTION, "fs");
    REFUSED(kneepose_segment_reps(ramp, 300, NULL, 30, NAN, true, NULL, 0, &needed), INVALID_OPTION, "min");
    REFUSED(kneepose_segment_reps(ramp, SIZE_MAX, NULL, 30, 20, true, NULL, 0, &needed), INVALID_SHAPE, "exceed the maximum");
    rep.start = 77;
    REFUSED(kneepose_segment_reps(ramp, 300, allowed, 30, 20, true, &rep, 1, &needed), BUFFER_TOO_SMALL, "3 are");
    HOLDS(needed == 3 && rep.start == 77);
    REFUSED(kneepose_segment_reps(ramp, 300, NULL, 30, 20, true, NULL, 3, &needed), NULL_POINTER, "reps");
    DONE(kneepose_segment_reps(NULL, 0, NULL, 30, 20, true, NULL, 0, &needed));
    HOLDS(needed == 0);
    REFUSED(kneepose_lowpass(NULL, 3, 6, 30), NULL_POINTER, "series");
    REFUSED(kneepose_lowpass(ramp, 300, -6, 30), INVALID_OPTION, "cutoff_hz");
    REFUSED(kneepose_lowpass(ramp, SIZE_MAX / 8, 6, 30), INVALID_SHAPE, "exceed the maximum");
    DONE(kneepose_lowpass(NULL, 0, 6, 30));
    REFUSED(kneepose_angle_f64(xy, xy + 2, xy + 4, 2, 4, 34, out), INVALID_SHAPE, "components");
    REFUSED(kneepose_angle_f64(xy, NULL, xy + 4, 2, 2, 34, out), NULL_POINTER, "q");
    REFUSED(kneepose_angle_f64(xy, xy + 2, xy + 4, SIZE_MAX / 2, 2, 34, out), INVALID_SHAPE, "memory");
    REFUSED(kneepose_angle_f64(xy, xy + 2, xy + 4, 2, 2, 34, xy + 5), INVALID_POINTER, "overlaps");
    REFUSED(kneepose_angle_f64(xy, xy + 2, xy + 4, 2, 2, 34, NULL), NULL_POINTER, "out");
    DONE(kneepose_angle_f64(NULL, NULL, NULL, 0, 2, 0, NULL));
}

/* Analyses that do not belong together. */
static void joining(const KneeposeSkeleton *coco, const KneeposeRecording *recording,
                    const KneeposeAnalysis *left)
{
    KneeposeAnalysis *right, *again, *other, *joined = (KneeposeAnalysis *)&failures;
    KneeposeLead lead;
    KneeposeGuard guard;
    size_t needed;
    DONE(kneepose_analyze(coco, recording, "squat", "right", "front", &right));
    DONE(kneepose_analyze(coco, recording, "squat", "left", "front", &again));
    DONE(kneepose_analyze(coco, recording, "single_leg_squat", "left", "front", &other));
    const KneeposeAnalysis *sides[] = {left, right}, *twice[] = {left, again, left}, *mixed[] = {left, other};
    const KneeposeAnalysis *hole[] = {left, NULL}, *two[] = {left, again};
    REFUSED(kneepose_analysis_join(sides, 2, &joined), INVALID_OPTION, "the side differs: 'left' and 'right'");
    HOLDS(joined == NULL);
    REFUSED(kneepose_analysis_join(twice, 3, &joined), INVALID_OPTION, "given twice");
    REFUSED(kneepose_analysis_join(mixed, 2, &joined), INVALID_OPTION, "the exercise differs");
    REFUSED(kneepose_analysis_join(hole, 2, &joined), NULL_POINTER, "one of the trials");
    REFUSED(kneepose_analysis_join(NULL, 2, &joined), NULL_POINTER, "trials");
    REFUSED(kneepose_analysis_join(two, 0, &joined), INVALID_SHAPE, "count is 0");
    REFUSED(kneepose_analysis_join(two, 2, NULL), NULL_POINTER, "joined");
    DONE(kneepose_analysis_join(two, 2, &joined));
    REFUSED(kneepose_analysis_signal(joined, NULL, NULL, 0, &needed), BUFFER_TOO_SMALL, "5 are needed");
    REFUSED(kneepose_leading_measure(left, left, &lead), INVALID_OPTION, "given twice");
    REFUSED(kneepose_leading_measure(left, other, &lead), INVALID_OPTION, "the exercise differs");
    REFUSED(kneepose_leading_measure(NULL, right, &lead), NULL_POINTER, "first");
    REFUSED(kneepose_leading_measure(left, right, NULL), NULL_POINTER, "lead");
    DONE(kneepose_leading_measure(left, right, &lead));
    HOLDS(lead.name == NULL && lead.paired);
    REFUSED(kneepose_verdict_guard(left, NULL, false, &guard), NULL_POINTER, "second");
    REFUSED(kneepose_verdict_guard(left, other, false, &guard), INVALID_OPTION, "the exercise differs");
    REFUSED(kneepose_verdict_guard(left, right, false, NULL), NULL_POINTER, "guard");
    DONE(kneepose_verdict_guard(left, right, false, &guard));
    HOLDS(guard.reason == KNEEPOSE_VALIDITY_OK && isnan(guard.yaw_deg));
    KneeposeDifference row;
    KneeposeDetectable own = {"knee_typo", 5.0};
#define COMPARE(own, count) kneepose_compare(left, right, false, own, count, &row, 1, &needed)
    REFUSED(kneepose_compare(left, NULL, false, NULL, 0, &row, 1, &needed), NULL_POINTER, "second");
    REFUSED(kneepose_compare(left, other, false, NULL, 0, &row, 1, &needed), INVALID_OPTION, "the exercise differs");
    REFUSED(kneepose_compare(left, right, false, NULL, 0, &row, 1, NULL), NULL_POINTER, "needed");
    REFUSED(COMPARE(NULL, 1), NULL_POINTER, "own");
    REFUSED(COMPARE(&own, 1), UNKNOWN_NAME, "knee_typo");
    own.measure = NULL;
    REFUSED(COMPARE(&own, 1), NULL_POINTER, "measure");
    DONE(COMPARE(NULL, 0));
    HOLDS(needed == 0);
    HOLDS(kneepose_exercise_lead("squat", 0) != NULL && kneepose_exercise_lead("squat", SIZE_MAX) == NULL);
    HOLDS(kneepose_exercise_lead(NULL, 0) == NULL);
    HOLDS(kneepose_exercise_lead("jump", 0) == NULL);
    kneepose_analysis_free(joined);
    kneepose_analysis_free(right);
    kneepose_analysis_free(again);
    kneepose_analysis_free(other);
}

static void analyses(const KneeposeSkeleton *coco)
{
    const double times[] = {0.0, 0.04}, back[] = {0.04, 0.0};
    KneeposeRecording recording = {.points = xy, .layout = {2, 17, 2, 0, 0, 0}, .times = times, .up = "image"};
    KneeposeAnalysis *found = (KneeposeAnalysis *)&failures;
    KneeposeMeasure measure;
    size_t needed;
#define ANALYZE(exercise, side, view) kneepose_analyze(coco, &recording, exercise, side, view, &found)
    REFUSED(ANALYZE("jump", "left", NULL), UNKNOWN_NAME, "single_leg_squat");
    HOLDS(found == NULL);
    REFUSED(ANALYZE("squat", "both", NULL), UNKNOWN_NAME, "both");
    REFUSED(ANALYZE("squat", NULL, NULL), NULL_POINTER, "side");
    REFUSED(ANALYZE("squat", "left", "above"), UNKNOWN_NAME, "above");
    REFUSED(kneepose_analyze(coco, NULL, "squat", "left", NULL, &found), NULL_POINTER, "recording");
    recording.times = back;
    REFUSED(ANALYZE("squat", "left", "front"), INVALID_OPTION, "times");
    recording.times = NULL;
    REFUSED(ANALYZE("squat", "left", "front"), NULL_POINTER, "times");
    recording.times = times;
    recording.layout.keypoints = 16;
    REFUSED(ANALYZE("squat", "left", "front"), INVALID_SHAPE, "16");
    recording.layout.keypoints = 17;
    recording.layout.frames = 1;
    REFUSED(ANALYZE("squat", "left", "front"), INVALID_OPTION, "1 frame");
    recording.layout.frames = 2;
    DONE(ANALYZE("squat", "left", "front"));
    DONE(kneepose_analysis_reps(found, NULL, 0, &needed));
    HOLDS(needed == 0 && strcmp(kneepose_analysis_view(found), "front") == 0);
    HOLDS(kneepose_analysis_measures(found) > 5 && kneepose_analysis_measures(NULL) == 0);
    DONE(kneepose_analysis_measure(found, 0, &measure, NULL, NULL, 0));
    HOLDS(measure.refusal != KNEEPOSE_VALIDITY_OK && measure.name != NULL);
    REFUSED(kneepose_analysis_measure(found, 9999, &measure, NULL, NULL, 0), INVALID_SHAPE, "9999");
    REFUSED(kneepose_analysis_measure(found, 0, NULL, NULL, NULL, 0), NULL_POINTER, "measure");
    joining(coco, &recording, found);
    kneepose_analysis_free(found);
    kneepose_analysis_free(NULL);
}

static void streams(const KneeposeSkeleton *coco)
{
    const KneeposeStreamOptions good = {.exercise = "squat", .side = "left", .up = "image"};
    KneeposeStreamOptions options = good;
    KneeposeStream *stream = (KneeposeStream *)&failures;
    KneeposeStreamState state;
    KneeposeAnalysis *found = (KneeposeAnalysis *)&failures;
    KneeposeEvent event;
    KneeposeColumn column;
    size_t needed = 7;
#define STREAM kneepose_stream_new(coco, &options, &stream)
#define BAD(member, value, status, said) \
    do { \
        options.member = value; \
        REFUSED(STREAM, status, said); \
        HOLDS(stream == NULL); \
        options = good; \
    } while (0)
    REFUSED(kneepose_stream_new(NULL, &options, &stream), NULL_POINTER, "skeleton");
    HOLDS(stream == NULL);
    REFUSED(kneepose_stream_new(coco, NULL, &stream), NULL_POINTER, "options");
    REFUSED(kneepose_stream_new(coco, &options, NULL), NULL_POINTER, "stream");
    BAD(exercise, NULL, NULL_POINTER, "exercise");
    BAD(exercise, "jump", UNKNOWN_NAME, "single_leg_squat");
    BAD(exercise, "\xff", INVALID_TEXT, "UTF-8");
    BAD(side, NULL, NULL_POINTER, "side");
    BAD(side, "both", UNKNOWN_NAME, "both");
    BAD(up, NULL, NULL_POINTER, "up");
    BAD(up, "north", UNKNOWN_NAME, "north");
    BAD(view, "above", UNKNOWN_NAME, "above");
    BAD(depth, "deep", UNKNOWN_NAME, "deep");
    BAD(width, 640, INVALID_OPTION, "give both");
    BAD(height, 480, INVALID_OPTION, "give both");
    options.mirrored = true;
    BAD(up, "y", INVALID_OPTION, "mirrored");
    REFUSED(kneepose_stream_new((const KneeposeSkeleton *)((uintptr_t)coco + 1), &options, &stream),
            INVALID_POINTER, "not aligned");
    DONE(STREAM);

    KneeposeFrame frame = {.points = xy, .keypoints = 17, .components = 2, .time = 0.0};
    const KneeposeFrame nobody = {.time = 0.1};
    REFUSED(kneepose_stream_push(NULL, &frame), NULL_POINTER, "stream");
    REFUSED(kneepose_stream_push(stream, NULL), NULL_POINTER, "frame");
    frame.keypoints = 16;
    REFUSED(kneepose_stream_push(stream, &frame), INVALID_SHAPE, "needs 17 with 2");
    frame.keypoints = SIZE_MAX;
    REFUSED(kneepose_stream_push(stream, &frame), INVALID_SHAPE, "needs 17 with 2");
    frame.keypoints = 17;
    frame.components = 3;
    REFUSED(kneepose_stream_push(stream, &frame), INVALID_SHAPE, "needs 17 with 2");
    frame.components = 2;
    frame.keypoint_stride = 3;
    REFUSED(kneepose_stream_push(stream, &frame), INVALID_SHAPE, "stride");
    frame.keypoint_stride = frame.component_stride = SIZE_MAX / 4;
    REFUSED(kneepose_stream_push(stream, &frame), INVALID_SHAPE, "memory");
    frame.keypoint_stride = frame.component_stride = 0;
    frame.points = (const double *)((uintptr_t)xy + 4);
    REFUSED(kneepose_stream_push(stream, &frame), INVALID_POINTER, "not aligned");
    frame.points = xy;
    frame.confidence = xy;
    frame.confidence_stride = SIZE_MAX / 4;
    REFUSED(kneepose_stream_push(stream, &frame), INVALID_SHAPE, "memory");
    frame.confidence = NULL;
    DONE(kneepose_stream_state(stream, &state));
    HOLDS(isinf(state.time) && state.quality == KNEEPOSE_VALIDITY_TOO_FEW_FRAMES);
    REFUSED(kneepose_stream_finish(stream, &found), NOT_ENOUGH_DATA, "one second");
    HOLDS(found == NULL);

    DONE(kneepose_stream_push(stream, &frame));
    DONE(kneepose_stream_push(stream, &nobody));
    DONE(kneepose_stream_push(stream, &nobody));
    DONE(kneepose_stream_state(stream, &state));
    HOLDS(state.time == 0.1 && state.quality == KNEEPOSE_VALIDITY_TIME_NOT_RISING);
    HOLDS(state.quality_text == kneepose_validity_sentence(state.quality));
    HOLDS(state.cue == NULL && state.cue_text == NULL && isnan(state.depth));
    REFUSED(kneepose_stream_state(NULL, &state), NULL_POINTER, "stream");
    REFUSED(kneepose_stream_state(stream, NULL), NULL_POINTER, "state");
    REFUSED(kneepose_stream_event(NULL, 0, &event), NULL_POINTER, "stream");
    REFUSED(kneepose_stream_event(stream, 0, &event), INVALID_SHAPE, "event 0");
    HOLDS(kneepose_stream_events(stream) == 0 && kneepose_stream_events(NULL) == 0);
    DONE(kneepose_stream_angles(stream, NULL, NULL, 0, &needed));
    HOLDS(needed == 0);
    REFUSED(kneepose_stream_angles(stream, NULL, NULL, 0, NULL), NULL_POINTER, "needed");
    REFUSED(kneepose_stream_angles(NULL, NULL, NULL, 0, &needed), NULL_POINTER, "stream");
    REFUSED(kneepose_stream_column(stream, 0, &column), INVALID_SHAPE, "the stream has 0");
    REFUSED(kneepose_stream_column(NULL, 0, &column), NULL_POINTER, "stream");
    REFUSED(kneepose_stream_finish(NULL, &found), NULL_POINTER, "stream");
    REFUSED(kneepose_stream_finish(stream, NULL), NULL_POINTER, "analysis");
    REFUSED(kneepose_stream_reset(NULL), NULL_POINTER, "stream");
    kneepose_stream_free(stream);
    kneepose_stream_free(NULL);

    options.view = "front";
    DONE(STREAM);
    double values[32];
    uint8_t codes[32];
    codes[0] = 77;
    DONE(kneepose_stream_push(stream, &frame));
    REFUSED(kneepose_stream_angles(stream, values, codes, 1, &needed), BUFFER_TOO_SMALL, "room for 1");
    HOLDS(needed > 5 && codes[0] == 77);
    REFUSED(kneepose_stream_column(stream, 32, &column), INVALID_SHAPE, "angle 32");
    REFUSED(kneepose_stream_column(stream, 0, NULL), NULL_POINTER, "column");
    DONE(kneepose_stream_column(stream, 0, &column));
    HOLDS(column.name != NULL && column.unit != NULL);
    DONE(kneepose_stream_push(stream, &nobody));
    DONE(kneepose_stream_finish(stream, &found));
    kneepose_stream_free(stream);
    REFUSED(kneepose_analysis_rep_times(NULL, NULL, 0, &needed), NULL_POINTER, "analysis");
    REFUSED(kneepose_analysis_rep_times(found, NULL, 0, NULL), NULL_POINTER, "needed");
    DONE(kneepose_analysis_rep_times(found, NULL, 0, &needed));
    HOLDS(needed == 0);
    kneepose_analysis_free(found);
}

int main(void)
{
    KneeposeSkeleton *coco;
    KneeposePlan *plan;
    HOLDS(kneepose_last_error(NULL, 0) == 0);
    for (size_t i = 0; i < sizeof xy / sizeof *xy; i++)
        xy[i] = NAN;
    DONE(kneepose_skeleton_built_in("coco17", &coco));
    DONE(kneepose_plan_new(coco, NULL, 0, &IMAGE, &plan));
    names();
    last_error();
    skeletons();
    plans(coco);
    evaluating(plan);
    series();
    analyses(coco);
    streams(coco);
    kneepose_skeleton_free(coco);
    kneepose_plan_free(plan);
    printf("%d failures\n", failures);
    return failures != 0;
}
