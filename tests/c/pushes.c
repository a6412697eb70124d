/* Pushes the frames on standard input over and over, for a tool that counts the instructions of each push: 26
 * keypoints of 3 doubles. */
#include <stdio.h>
#include <stdlib.h>

#include "kneepose.h"

enum { KEYPOINTS = 26, NUMBERS = 3 * KEYPOINTS, MOST_FRAMES = 2000 };

static void must(KneeposeStatus status)
{
    if (status != KNEEPOSE_STATUS_OK)
        exit(1);
}

int main(int count, char **arguments)
{
    static double given[MOST_FRAMES][NUMBERS];
    if (count != 3)
        return 1;
    const size_t pushes = strtoul(arguments[1], NULL, 10);
    const double fps = strtod(arguments[2], NULL);
    const size_t frames = fread(given, sizeof given[0], MOST_FRAMES, stdin);
    KneeposeStreamOptions options = {.exercise = "single_leg_squat", .side = "right", .up = "y"};
    KneeposeSkeleton *skeleton;
    KneeposeStream *stream;
    KneeposeStreamState state;
    must(kneepose_skeleton_built_in("halpe26", &skeleton));
    must(kneepose_stream_new(skeleton, &options, &stream));
    for (size_t t = 0; t < pushes; t++) {
        const KneeposeFrame frame = {.points = given[t % frames], .keypoints = KEYPOINTS, .components = 3,
                                     .time = (double)t / fps};
        must(kneepose_stream_push(stream, &frame));
    }
    must(kneepose_stream_state(stream, &state));
    printf("%zu repetitions\n", state.rep_count);
    kneepose_stream_free(stream);
    kneepose_skeleton_free(skeleton);
    return 0;
}
