/* Reads the test vectors that tests/c/vectors.py writes: words, and numbers as the hexadecimal digits of
 * their bits, so that nothing is rounded on the way. */
#ifndef VECTORS_H
#define VECTORS_H

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fail(const char *what)
{
    fprintf(stderr, "%s\n", what);
    exit(1);
}

static void *room(size_t count, size_t size)
{
    void *memory = malloc(count * size + 1);
    if (memory == NULL)
        fail("no memory");
    return memory;
}

/* A word of its own memory; NULL for "-", which stands for nothing. */
static char *word(void)
{
    char text[128];
    if (scanf("%127s", text) != 1)
        fail("a word is missing");
    if (strcmp(text, "-") == 0)
        return NULL;
    return strcpy(room(strlen(text) + 1, 1), text);
}

static size_t size(void)
{
    size_t number;
    if (scanf("%zu", &number) != 1)
        fail("a size is missing");
    return number;
}

static double number(void)
{
    uint64_t bits;
    double value;
    if (scanf("%" SCNx64, &bits) != 1)
        fail("a number is missing");
    memcpy(&value, &bits, sizeof value);
    return value;
}

static double *numbers(size_t count)
{
    double *values = room(count, sizeof *values);
    for (size_t i = 0; i < count; i++)
        values[i] = number();
    return values;
}

static float *narrowed(const double *values, size_t count)
{
    float *narrow = room(count, sizeof *narrow);
    for (size_t i = 0; i < count; i++)
        narrow[i] = (float)values[i];
    return narrow;
}

/* Bits of a number; which of the many not-a-numbers it is means nothing. */
static void print_f64(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    if (value != value)
        printf(" nan");
    else
        printf(" %016" PRIx64, bits);
}

static void print_f32(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    if (value != value)
        printf(" nan");
    else
        printf(" %08" PRIx32, bits);
}

#endif
