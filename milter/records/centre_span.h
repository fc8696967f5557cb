/*
 * centre_span.h - the records of a span of time, out of the centre; for centre.c.
 */
#ifndef ASSAY_RECORDS_CENTRE_SPAN_H
#define ASSAY_RECORDS_CENTRE_SPAN_H

#include "records/engine.h"

/* As store_span_each: streamed, a row in memory at a time. */
enum rc centre_span(struct centre *c, int64_t from_ms, int64_t to_ms, struct str policy_domain, span_take *take,
                    void *arg, struct err *e);

#endif
