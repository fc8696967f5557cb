/*
 * ref.h - the short code by which people find a message again.
 *
 * It stands in the log line, in the SMTP reply, in the stamp and in the
 * store.  Eight characters of thirty, without those that look alike (0 O, 1 I
 * L) and without U: read out on the telephone, it survives.
 */
#ifndef ASSAY_OUTPUT_REF_H
#define ASSAY_OUTPUT_REF_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

enum { REF_LENGTH = 8 };

/* The code for a number drawn at random; NULL without memory. */
const char *ref_make(struct arena *a, uint64_t random);

/* Whether `text` is such a code, case aside. */
bool ref_is(struct str text);

#endif
