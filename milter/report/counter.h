/*
 * counter.h - counts equal records in bounded memory.
 *
 * Most of a day's messages repeat a few rows.  Those are counted here; what
 * is seen seldom gives way when memory is full and goes to `flush`, perhaps
 * in several parts, to be counted together by others.
 */
#ifndef ASSAY_REPORT_COUNTER_H
#define ASSAY_REPORT_COUNTER_H

#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

struct counter;

/* Takes a key that was counted `n` times; the key lives until it returns. */
typedef enum rc counter_flush(void *arg, struct str key, int64_t n, struct err *e);

/* Holds keys of about `memory` bytes in all.  RC_NOMEM. */
enum rc counter_open(size_t memory, counter_flush *flush, void *arg, struct counter **out, struct err *e);

/* Counts `key` once; the failure of a flush. */
enum rc counter_add(struct counter *c, struct str key, struct err *e);

/* Flushes all. */
enum rc counter_finish(struct counter *c, struct err *e);
void counter_free(struct counter *c); /* NULL allowed */

#endif
