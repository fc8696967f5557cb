/*
 * clock.h - the two clocks.  Pure code takes the time as an argument instead.
 */
#ifndef ASSAY_BASE_CLOCK_H
#define ASSAY_BASE_CLOCK_H

#include <stdint.h>

#define CLOCK_DAY_MS INT64_C(86400000) /* a day */

/* Milliseconds of CLOCK_MONOTONIC: for deadlines and durations. */
int64_t clock_mono_ms(void);

/* Microseconds of the same: for statistics. */
int64_t clock_mono_us(void);

/* Milliseconds since the epoch, UTC. */
int64_t clock_wall_ms(void);

#endif
