/* Computes the test vectors on standard input and prints the bits of every result. tests/c/test_c.py
 * compares them with those that Python gets. */
#include "kneepose.h"
#include "vectors.h"

/* Ends the program with the library's own words where a call failed. */
static void must(KneeposeStatus status)
{
    char message[512];
    if (status == KNEEPOSE_STATUS_OK)
        return;
    kneepose_last_error(message, sizeof message);
    fprintf(stderr, "status %d: ", (int)status);
    fail(message);
}

/* The same points among other numbers, component by component: strides that are not in C order. */
static double *scattered(const double *points, KneeposeLayout *layout)
{
    const size_t T = layout->frames, K = layout->keypoints, D = layout->components;
    layout->component_stride = T * K * 2 + 3;
    layout->frame_stride = K * 2;
    layout->keypoint_stride = 2;
    double *out = room(D * layout->component_stride, sizeof *out);
    for (size_t i = 0; i < D * layout->component_stride; i++)
        out[i] = 12345.0;
    for (size_t t = 0; t < T; t++)
        for (size_t k = 0; k < K; k++)
            for (size_t d = 0; d < D; d++)
                out[t * layout->frame_stride + k * 2 + d * layout->component_stride] =
                    points[(t * K + k) * D + d];
    return out;
}

static KneeposePlan *read_plan(size_t *keypoints)
{
    KneeposeSkeleton *skeleton;
    KneeposePlan *plan;
    KneeposePlanOptions options = {0};
    char *up = word(), *pelvis = word();
    options.up = up;
    options.pelvis_reference = pelvis;
    *keypoints = size();
    char **names = room(*keypoints, sizeof *names);
    for (size_t i = 0; i < *keypoints; i++)
        names[i] = word();
    must(kneepose_skeleton_new("golden", (const char *const *)names, *keypoints, NULL, 0, 0.0,
                               &skeleton));
    const size_t count = size();
    KneeposeRequest *requests = room(count, sizeof *requests);
    for (size_t i = 0; i < count; i++) {
        requests[i].name = word();
        requests[i].side = word();
    }
    must(kneepose_plan_new(skeleton, requests, count, &options, &plan));
    kneepose_skeleton_free(skeleton);
    if (kneepose_plan_width(plan) != count || kneepose_plan_keypoints(plan) != *keypoints)
        fail("the plan has another size than was asked for");
    for (size_t i = 0; i < count; i++) {
        KneeposeColumn column;
        must(kneepose_plan_column(plan, i, &column));
        if (strcmp(column.name, requests[i].name) != 0)
            fail("a column has another name than was asked for");
        free((char *)requests[i].name);
        free((char *)requests[i].side);
    }
    for (size_t i = 0; i < *keypoints; i++)
        free(names[i]);
    free(names);
    free(requests);
    free(up);
    free(pelvis);
    return plan;
}

static void angles(const char *id)
{
    size_t keypoints;
    KneeposePlan *plan = read_plan(&keypoints);
    const size_t width = kneepose_plan_width(plan), components = kneepose_plan_components(plan);
    const size_t headings = size();
    double *heading = numbers(headings);
    const size_t heights = size();
    double *given = numbers(heights);
    KneeposeLayout layout = {size(), keypoints, components, 0, 0, 0};
    double *points = numbers(layout.frames * keypoints * components);
    float *narrow = narrowed(points, layout.frames * keypoints * components);
    const size_t cells = layout.frames * width;
    double *values = room(cells, sizeof *values), *again = room(cells, sizeof *again);
    float *small = room(cells, sizeof *small);
    uint8_t *codes = room(cells, 1), *codes_again = room(cells, 1);
    double standing[2];

    must(kneepose_plan_standing_heights_f64(plan, points, &layout, standing));
    must(kneepose_plan_evaluate_f64(plan, points, &layout, headings ? heading : NULL,
                                    heights ? given : standing, values, codes, cells));
    printf("angles %s f64", id);
    for (size_t i = 0; i < cells; i++) {
        print_f64(values[i]);
        printf(" %d", codes[i]);
    }
    puts("");
    must(kneepose_plan_standing_heights_f32(plan, narrow, &layout, standing));
    must(kneepose_plan_evaluate_f32(plan, narrow, &layout, headings ? heading : NULL,
                                    heights ? given : standing, small, codes_again, cells));
    printf("angles %s f32", id);
    for (size_t i = 0; i < cells; i++) {
        print_f32(small[i]);
        printf(" %d", codes_again[i]);
    }
    puts("");

    double *strided = scattered(points, &layout);
    must(kneepose_plan_standing_heights_f64(plan, strided, &layout, standing));
    must(kneepose_plan_evaluate_f64(plan, strided, &layout, headings ? heading : NULL,
                                    heights ? given : standing, again, NULL, cells));
    if (memcmp(values, again, cells * sizeof *values) != 0)
        fail("strides, or leaving out the codes, changed the angles");
    kneepose_plan_free(plan);
    free(heading);
    free(given);
    free(points);
    free(narrow);
    free(values);
    free(again);
    free(small);
    free(codes);
    free(codes_again);
    free(strided);
}

static void three_points(const char *id)
{
    const size_t components = size(), count = size();
    double *points = numbers(3 * count * components);
    float *narrow = narrowed(points, 3 * count * components);
    double *out = room(count, sizeof *out);
    float *small = room(count, sizeof *small);
    /* The three points of a triple stand side by side, as the keypoints of a frame do. */
    const size_t frame = 3 * components;
    must(kneepose_angle_f64(points, points + components, points + 2 * components, count, components,
                            frame, out));
    must(kneepose_angle_f32(narrow, narrow + components, narrow + 2 * components, count, components,
                            frame, small));
    printf("triple %s", id);
    for (size_t i = 0; i < count; i++) {
        print_f64(out[i]);
        print_f32(small[i]);
    }
    puts("");
    free(points);
    free(narrow);
    free(out);
    free(small);
}

static void print_reps(const KneeposeRep *reps, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const KneeposeRep *rep = &reps[i];
        printf(" %zu %zu %zu %zu %zu %s", rep->start, rep->bottom_start, rep->bottom, rep->bottom_end,
               rep->end, kneepose_rep_status_name(rep->status));
        print_f64(rep->range);
        print_f64(rep->probability);
    }
}

static void repetitions(const char *id)
{
    const double fs = number(), min_range = number();
    const size_t despike = size(), count = size();
    double *series = numbers(count);
    uint8_t *allowed = room(count, 1);
    for (size_t i = 0; i < count; i++)
        allowed[i] = (uint8_t)size();
    size_t needed;
    KneeposeStatus status = kneepose_segment_reps(series, count, allowed, fs, min_range, despike != 0,
                                                  NULL, 0, &needed);
    if (status != (needed ? KNEEPOSE_STATUS_BUFFER_TOO_SMALL : KNEEPOSE_STATUS_OK))
        fail("asking for the number of repetitions gave another status");
    KneeposeRep *reps = room(needed, sizeof *reps);
    must(kneepose_segment_reps(series, count, allowed, fs, min_range, despike != 0, reps, needed,
                               &needed));
    printf("reps %s", id);
    print_reps(reps, needed);
    puts("");
    free(series);
    free(allowed);
    free(reps);
}

static void low_passed(const char *id)
{
    const double cutoff = number(), fs = number();
    const size_t count = size();
    double *series = numbers(count);
    must(kneepose_lowpass(series, count, cutoff, fs));
    printf("lowpass %s", id);
    for (size_t i = 0; i < count; i++)
        print_f64(series[i]);
    puts("");
    free(series);
}

/* The words that are common to the recordings of one leg. */
struct leg {
    char *skeleton, *up, *exercise, *side, *view, *estimator;
    size_t assumed_level, components;
};

static struct leg read_leg(void)
{
    struct leg leg;
    leg.skeleton = word();
    leg.up = word();
    leg.exercise = word();
    leg.side = word();
    leg.view = word();
    leg.estimator = word();
    /* Spaces of a text are "|" in a word. */
    for (char *letter = leg.estimator; letter != NULL && *letter != 0; letter++)
        if (*letter == '|')
            *letter = ' ';
    leg.assumed_level = size();
    leg.components = size();
    return leg;
}

static void free_leg(struct leg *leg)
{
    free(leg->skeleton);
    free(leg->up);
    free(leg->exercise);
    free(leg->side);
    free(leg->view);
    free(leg->estimator);
}

static KneeposeAnalysis *read_analysis(const struct leg *leg)
{
    KneeposeSkeleton *skeleton;
    KneeposeAnalysis *found;
    KneeposeRecording recording = {0};
    must(kneepose_skeleton_built_in(leg->skeleton, &skeleton));
    const size_t frames = size(), keypoints = kneepose_skeleton_keypoints(skeleton);
    double *points = numbers(frames * keypoints * leg->components);
    double *confidence = numbers(frames * keypoints), *times = numbers(frames);
    recording.points = points;
    recording.layout.frames = frames;
    recording.layout.keypoints = keypoints;
    recording.layout.components = leg->components;
    recording.confidence = confidence;
    recording.times = times;
    recording.up = leg->up;
    recording.estimator = leg->estimator;
    recording.assumed_level = leg->assumed_level != 0;
    must(kneepose_analyze(skeleton, &recording, leg->exercise, leg->side, leg->view, &found));
    kneepose_skeleton_free(skeleton);
    free(points);
    free(confidence);
    free(times);
    return found;
}

static KneeposeRep *reps_of(const KneeposeAnalysis *found, size_t *count)
{
    size_t needed;
    kneepose_analysis_reps(found, NULL, 0, count);
    KneeposeRep *reps = room(*count, sizeof *reps);
    must(kneepose_analysis_reps(found, reps, *count, &needed));
    return reps;
}

static void print_measure(const char *id, const KneeposeAnalysis *found, size_t index, size_t count)
{
    KneeposeMeasure measure;
    double *values = room(count, sizeof *values);
    uint8_t *codes = room(count, 1);
    must(kneepose_analysis_measure(found, index, &measure, values, codes, count));
    printf("measure %s %s %s %s", id, measure.name, measure.unit, kneepose_validity_name(measure.refusal));
    for (size_t i = 0; i < count; i++) {
        print_f64(values[i]);
        printf(" %s", kneepose_validity_name(codes[i]));
    }
    puts("");
    free(values);
    free(codes);
}

static void print_analysis(const char *id, const KneeposeAnalysis *found)
{
    size_t count, needed;
    KneeposeRep *reps = reps_of(found, &count);
    const char *seen = kneepose_analysis_view(found);
    printf("analysis %s %s %s", id, seen ? seen : "-", kneepose_analysis_signal_name(found));
    print_reps(reps, count);
    puts("");
    free(reps);
    for (size_t m = 0; m < kneepose_analysis_measures(found); m++)
        print_measure(id, found, m, count);
    if (kneepose_analysis_signal(found, NULL, NULL, 0, &needed) != KNEEPOSE_STATUS_BUFFER_TOO_SMALL)
        fail("asking for the number of frames gave another status");
    double *signal = room(needed, sizeof *signal), *even = room(needed, sizeof *even);
    must(kneepose_analysis_signal(found, signal, even, needed, &needed));
    printf("signal %s", id);
    for (size_t i = 0; i < needed; i++) {
        print_f64(even[i]);
        print_f64(signal[i]);
    }
    puts("");
    free(signal);
    free(even);
}

static void analysis(const char *id)
{
    struct leg leg = read_leg();
    KneeposeAnalysis *found = read_analysis(&leg);
    print_analysis(id, found);
    kneepose_analysis_free(found);
    free_leg(&leg);
}

/* The trials of a leg, joined. */
static KneeposeAnalysis *read_joined(void)
{
    struct leg leg = read_leg();
    KneeposeAnalysis *joined;
    const size_t count = size();
    KneeposeAnalysis **trials = room(count, sizeof *trials);
    for (size_t i = 0; i < count; i++)
        trials[i] = read_analysis(&leg);
    must(kneepose_analysis_join((const KneeposeAnalysis *const *)trials, count, &joined));
    for (size_t i = 0; i < count; i++)
        kneepose_analysis_free(trials[i]);
    free(trials);
    free_leg(&leg);
    return joined;
}

static void print_counted(const KneeposeAnalysis *found, size_t index)
{
    size_t count;
    KneeposeMeasure measure;
    KneeposeRep *reps = reps_of(found, &count);
    double *values = room(count, sizeof *values);
    must(kneepose_analysis_measure(found, index, &measure, values, NULL, count));
    for (size_t i = 0; i < count; i++)
        if (reps[i].status == KNEEPOSE_REP_STATUS_FULL)
            print_f64(values[i]);
    free(reps);
    free(values);
}

static void print_differences(const char *id, const KneeposeAnalysis *first,
                              const KneeposeAnalysis *second, size_t camera_moved,
                              const KneeposeDetectable *own, size_t own_count)
{
    size_t count;
    const size_t most = kneepose_analysis_measures(first);
    KneeposeDifference *found = room(most, sizeof *found);
    must(kneepose_compare(first, second, camera_moved != 0, own, own_count, found, most, &count));
    for (size_t i = 0; i < count; i++) {
        const KneeposeDifference *row = &found[i];
        const double numbers[] = {row->first_mean, row->first_sd, row->second_mean, row->second_sd,
                                  row->difference, row->camera_part, row->low, row->high, row->whole_low,
                                  row->whole_high, row->p, row->p_holm, row->detectable};
        printf("difference %s %s %s %zu %zu", id, row->name, row->unit, row->first_count,
               row->second_count);
        for (size_t n = 0; n < sizeof numbers / sizeof *numbers; n++)
            print_f64(numbers[n]);
        printf(" %s %s %s %d\n", row->method, kneepose_verdict_name(row->verdict),
               kneepose_validity_name(row->reason), row->leads);
    }
    free(found);
}

static void comparison(const char *id)
{
    const size_t camera_moved = size(), own_count = size();
    KneeposeDetectable *own = room(own_count, sizeof *own);
    for (size_t i = 0; i < own_count; i++) {
        own[i].measure = word();
        own[i].change = number();
    }
    KneeposeAnalysis *first = read_joined(), *second = read_joined();
    KneeposeGuard guard;
    KneeposeLead lead;
    print_analysis(id, first);
    print_analysis(id, second);
    must(kneepose_verdict_guard(first, second, camera_moved != 0, &guard));
    printf("guard %s %s", id, kneepose_validity_name(guard.reason));
    print_f64(guard.yaw_deg);
    puts("");
    must(kneepose_leading_measure(first, second, &lead));
    printf("lead %s %s %d", id, lead.name ? lead.name : "-", lead.paired);
    if (lead.name != NULL) {
        print_counted(first, lead.first);
        print_counted(second, lead.second);
    }
    puts("");
    print_differences(id, first, second, camera_moved, own, own_count);
    for (size_t i = 0; i < own_count; i++)
        free((char *)own[i].measure);
    free(own);
    kneepose_analysis_free(first);
    kneepose_analysis_free(second);
}

static void print_events(const char *id, const KneeposeStream *stream)
{
    KneeposeEvent found;
    const KneeposeEvent *event = &found;
    for (size_t i = 0; i < kneepose_stream_events(stream); i++) {
        must(kneepose_stream_event(stream, i, &found));
        printf("event %s %s %zu %s %s %s", id, kneepose_event_name(event->kind), event->number,
               kneepose_rep_status_name(event->status), kneepose_validity_name(event->reason),
               event->fault ? event->fault : "-");
        print_f64(event->start_s);
        print_f64(event->bottom_s);
        print_f64(event->end_s);
        print_f64(event->amount);
        printf(" %s\n", event->message ? event->message : "-");
    }
}

static void print_state(const char *id, const KneeposeStream *stream)
{
    KneeposeStreamState state;
    KneeposeColumn column;
    double values[KNEEPOSE_MOST_STREAM_ANGLES];
    uint8_t codes[KNEEPOSE_MOST_STREAM_ANGLES];
    size_t count;
    must(kneepose_stream_state(stream, &state));
    printf("state %s", id);
    print_f64(state.time);
    printf(" %zu %zu %s", state.rep_count, state.partial_count, kneepose_phase_name(state.phase));
    print_f64(state.depth);
    printf(" %s %s %s: %s", kneepose_validity_name(state.quality), state.quality_text,
           state.cue ? state.cue : "-", state.cue_text ? state.cue_text : "-");
    must(kneepose_stream_angles(stream, values, codes, KNEEPOSE_MOST_STREAM_ANGLES, &count));
    for (size_t i = 0; i < count; i++) {
        must(kneepose_stream_column(stream, i, &column));
        printf(" %s %s", column.name, column.side ? column.side : "-");
        print_f64(values[i]);
        printf(" %s", kneepose_validity_name(codes[i]));
    }
    puts("");
}

static void print_finished(const char *id, KneeposeStream *stream)
{
    KneeposeAnalysis *found;
    size_t count, needed;
    const KneeposeStatus status = kneepose_stream_finish(stream, &found);
    if (status == KNEEPOSE_STATUS_NOT_ENOUGH_DATA) {
        printf("nothing %s\n", id);
        return;
    }
    must(status);
    print_analysis(id, found);
    free(reps_of(found, &count));
    double *times = room(5 * count, sizeof *times);
    must(kneepose_analysis_rep_times(found, times, 5 * count, &needed));
    printf("times %s", id);
    for (size_t i = 0; i < needed; i++)
        print_f64(times[i]);
    puts("");
    kneepose_analysis_free(found);
    free(times);
}

/* Frames that go in one by one, packed; and among other numbers into a second stream, which must agree. */
static void live(const char *id)
{
    struct leg leg = read_leg();
    KneeposeSkeleton *skeleton;
    KneeposeStream *stream, *second;
    KneeposeStreamState state, same;
    KneeposeStreamOptions options = {0};
    options.exercise = leg.exercise;
    options.side = leg.side;
    options.up = leg.up;
    options.view = leg.view;
    options.estimator = leg.estimator;
    options.assumed_level = leg.assumed_level != 0;
    options.width = (uint32_t)size();
    options.height = (uint32_t)size();
    options.mirrored = size() != 0;
    must(kneepose_skeleton_built_in(leg.skeleton, &skeleton));
    must(kneepose_stream_new(skeleton, &options, &stream));
    must(kneepose_stream_new(skeleton, &options, &second));
    const size_t frames = size(), keypoints = kneepose_skeleton_keypoints(skeleton);
    const size_t stride = leg.components + 1;
    double *mixed = room(keypoints * stride, sizeof *mixed);
    kneepose_skeleton_free(skeleton);
    for (size_t t = 0; t < frames; t++) {
        const size_t seen = size();
        KneeposeFrame frame = {0}, strided = {0};
        frame.time = strided.time = number();
        double *points = numbers(seen ? keypoints * leg.components : 0);
        double *confidence = numbers(seen ? keypoints : 0);
        if (seen) {
            frame.points = points;
            frame.confidence = confidence;
            frame.keypoints = keypoints;
            frame.components = leg.components;
            for (size_t k = 0; k < keypoints; k++) {
                memcpy(mixed + k * stride, points + k * leg.components, leg.components * sizeof *points);
                mixed[k * stride + leg.components] = confidence[k];
            }
            strided = frame;
            strided.points = mixed;
            strided.keypoint_stride = strided.confidence_stride = stride;
            strided.component_stride = 1;
            strided.confidence = mixed + leg.components;
        }
        must(kneepose_stream_push(stream, &frame));
        must(kneepose_stream_push(second, &strided));
        must(kneepose_stream_state(stream, &state));
        must(kneepose_stream_state(second, &same));
        if (memcmp(&state.depth, &same.depth, sizeof same.depth) != 0 || state.rep_count != same.rep_count)
            fail("strides changed the state");
        print_events(id, stream);
        print_state(id, stream);
        free(points);
        free(confidence);
    }
    print_finished(id, stream);
    kneepose_stream_free(stream);
    must(kneepose_stream_reset(second));
    must(kneepose_stream_state(second, &same));
    if (same.rep_count != 0 || same.quality != KNEEPOSE_VALIDITY_TOO_FEW_FRAMES)
        fail("a stream that was reset has not forgotten");
    kneepose_stream_free(second);
    free(mixed);
    free_leg(&leg);
}

static void leads(const char *exercise)
{
    const char *name;
    printf("leads %s", exercise);
    for (size_t i = 0; (name = kneepose_exercise_lead(exercise, i)) != NULL; i++)
        printf(" %s", name);
    puts("");
}

int main(void)
{
    static const struct {
        const char *name;
        void (*run)(const char *id);
    } kinds[] = {{"angles", angles},
                 {"triple", three_points},
                 {"reps", repetitions},
                 {"lowpass", low_passed},
                 {"analysis", analysis},
                 {"comparison", comparison},
                 {"live", live},
                 {"leads", leads}};
    for (;;) {
        char *kind = word();
        if (kind == NULL)
            return 0;
        char *id = word();
        size_t i = 0;
        while (i < sizeof kinds / sizeof *kinds && strcmp(kind, kinds[i].name) != 0)
            i++;
        if (i == sizeof kinds / sizeof *kinds)
            fail(kind);
        kinds[i].run(id);
        free(kind);
        free(id);
    }
}
