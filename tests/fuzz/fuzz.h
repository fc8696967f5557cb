/*
 * fuzz.h - what every fuzz target includes.
 */
#ifndef ASSAY_TESTS_FUZZ_H
#define ASSAY_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/str.h"

enum { FUZZ_ARENA_MAX = 16 * 1024 * 1024 };

/* One input; 0 always.  Called by libFuzzer or by replay_main.c. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A property of the code under test that must hold for every input. */
#define HOLDS(cond) \
    do { \
        if (!(cond)) { \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #cond); \
            abort(); \
        } \
    } while (0)

/* The input as text; STR_NONE when it is empty. */
static inline struct str fuzz_str(const uint8_t *data, size_t size)
{
    return size == 0 ? STR_NONE : (struct str){(const char *)data, size};
}

/* Takes the input up to the next `separator` off the front of `rest`; the rest when there is none. */
static inline struct str fuzz_take(struct str *rest, char separator)
{
    size_t n = str_find(*rest, separator);
    struct str head = str_slice(*rest, 0, n);

    *rest = str_slice(*rest, n + 1, rest->n);
    return head;
}

#endif
