/*
 * log_rate.h - what may happen often is said once, and then once in a while.
 */
#ifndef ASSAY_BASE_LOG_RATE_H
#define ASSAY_BASE_LOG_RATE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum { LOG_RATE_MS = 10 * 1000 /* between two lines of one kind */ };

/* One kind of line; zero at first.  Threads: any. */
struct log_rate {
    atomic_int_least64_t said_ms;
};

/* Whether a line may be written now: the first at once, the next when `every_ms` have passed.  True counts as said. */
bool log_rate_may(struct log_rate *r, int64_t every_ms);

#endif
