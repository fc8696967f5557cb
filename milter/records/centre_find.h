/*
 * centre_find.h - messages that have a key, out of the centre; for centre.c.
 */
#ifndef ASSAY_RECORDS_CENTRE_FIND_H
#define ASSAY_RECORDS_CENTRE_FIND_H

#include "base/siphash.h"
#include "records/engine.h"
#include "records/schema.h"

struct centre {
    struct pg *pg;
    unsigned char secret[SIPHASH_KEY_BYTES]; /* of the keys that are found by their hash */
    bool has[SCHEMA_COLUMNS];                /* columns of a record that are there; others read as '' and 0 */
};

/* Learns which columns are there. */
enum rc centre_columns(struct centre *c, struct err *e);

/*
 * Begins a statement over the messages m: SELECT store, id, time and host of each, and the columns of a record; and
 * reads a row of it, whose text is copied into `a`, or RC_NOMEM.
 */
struct pg_rows;
void centre_put_columns(const struct centre *c, struct strbuf *b);
enum rc centre_read_record(struct arena *a, const struct pg_rows *rows, size_t row, struct record *out);

/* When the first partition of messages begins, in days of UTC from the epoch; 0: there is none. */
enum rc centre_first_day(struct centre *c, int64_t *out, struct err *e);

/* As store_newest. */
enum rc centre_newest(struct centre *c, struct arena *a, const struct store_newest *q, struct record **out, size_t *n,
                      struct store_place *last, struct err *e);

/* As store_find; goes back in slices of time and stops when enough was found. */
enum rc centre_find(struct centre *c, struct arena *a, const struct store_query *q, struct record **out, size_t *n,
                    struct err *e);

#endif
