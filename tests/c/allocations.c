/* Pushes the frames on standard input over and over and counts how often the library asks for memory: 26
 * keypoints of 3 doubles, 50 frames a second. Linked with --wrap, so that the requests come here. */
#include <stdio.h>
#include <stdlib.h>

#include "kneepose.h"

enum { KEYPOINTS = 26, NUMBERS = 3 * KEYPOINTS, MOST_FRAMES = 1000, PUSHED = 10000, FPS = 50 };
/* The last question about the set-up is asked after 16 seconds. */
enum { SETTLED = 17 * FPS };

static size_t requests;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
int __real_posix_memalign(void **memory, size_t alignment, size_t size);

void *__wrap_malloc(size_t size)
{
    requests++;
    return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    requests++;
    return __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    requests++;
    return __real_realloc(memory, size);
}

int __wrap_posix_memalign(void **memory, size_t alignment, size_t size)
{
    requests++;
    return __real_posix_memalign(memory, alignment, size);
}

static void must(KneeposeStatus status)
{
    if (status != KNEEPOSE_STATUS_OK)
        exit(1);
}

int main(void)
{
    static double given[MOST_FRAMES][NUMBERS];
    const size_t frames = fread(given, sizeof given[0], MOST_FRAMES, stdin);
    KneeposeStreamOptions options = {.exercise = "squat", .side = "left", .up = "y"};
    KneeposeSkeleton *skeleton;
    KneeposeStream *stream;
    KneeposeStreamState state;
    KneeposeEvent event;
    size_t at_first = 0;
    must(kneepose_skeleton_built_in("halpe26", &skeleton));
    must(kneepose_stream_new(skeleton, &options, &stream));
    const size_t made = requests;
    for (size_t t = 0; t < PUSHED; t++) {
        const KneeposeFrame frame = {.points = given[t % frames], .keypoints = KEYPOINTS, .components = 3,
                                     .time = (double)t / FPS};
        if (t == SETTLED)
            at_first = requests;
        must(kneepose_stream_push(stream, &frame));
        must(kneepose_stream_state(stream, &state));
        for (size_t i = 0; i < kneepose_stream_events(stream); i++)
            must(kneepose_stream_event(stream, i, &event));
    }
    printf("%zu before, %zu after\n", made, requests - at_first);
    printf("%zu repetitions\n", state.rep_count);
    kneepose_stream_free(stream);
    kneepose_skeleton_free(skeleton);
    return 0;
}
