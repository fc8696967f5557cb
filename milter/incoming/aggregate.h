/*
 * aggregate.h - one aggregate report out of a stream of bytes.
 *
 * Reads it to its end first (head, totals, what was mended), then once more
 * for its rows, the same way, so that a row is handed over with everything
 * known: metadata may stand behind the records.
 */
#ifndef ASSAY_INCOMING_AGGREGATE_H
#define ASSAY_INCOMING_AGGREGATE_H

#include "formats/archive.h"
#include "incoming/charset.h"
#include "incoming/incoming.h"
#include "incoming/notes.h"
#include "incoming/words.h"

/* A document that can be read more than once. */
struct document {
    /* All its bytes, from the beginning. */
    enum rc (*run)(void *arg, archive_sink *sink, void *sink_arg, struct err *e);
    void *arg;
    struct charset charset;
    bool blanks;      /* begins with blanks */
    bool cut;         /* the packing ended early */
    int64_t arrival_s;
    struct words_name name; /* what its file's name says */
};

struct aggregate {
    enum incoming_outcome outcome;
    char reason[ERR_TEXT_MAX];
    struct incoming_aggregate head; /* texts in the arena; valid when outcome is READ, REPAIRED, PARTIAL or EMPTY */
    struct notes repairs, notes;
    bool lenient; /* which reading succeeded */
    size_t root;  /* which root element it is */
    bool next;    /* another root element follows */
};

/* First reading of the `root`-th feedback element (0, 1, …).  RC_NOTFOUND: there is none; RC_NOMEM. */
enum rc aggregate_look(struct arena *a, const struct document *doc, size_t root, struct aggregate *out, struct err *e);

/* Takes a row; false: enough. */
typedef bool aggregate_row(void *arg, const struct incoming_row *row);

/* Second reading: the rows of what aggregate_look found. */
enum rc aggregate_rows(const struct document *doc, const struct aggregate *found, aggregate_row *take, void *arg,
                       struct err *e);

#endif
