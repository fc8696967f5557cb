/*
 * walk.h - goes through a file or mail, and says in frames (wire.h) what is there.
 *
 * Runs in the reading process.
 */
#ifndef ASSAY_INCOMING_WALK_H
#define ASSAY_INCOMING_WALK_H

#include "incoming/incoming.h"
#include "incoming/wire.h"

/* Takes a frame's payload; false: nobody listens any more. */
typedef bool walk_emit(void *arg, enum wire_kind kind, const unsigned char *payload, size_t n);

/* Before each thing that is looked at; NULL allowed. */
typedef void walk_begin(void *arg);

/* What earlier processes told of the same file, the last of which died. */
struct walk_before {
    size_t things;  /* looked at; the last is the one it died of */
    size_t reports; /* told, its death among them: at most INCOMING_REPORTS_MAX */
    size_t of[INCOMING_REPORTS_MAX]; /* the thing that each is of: 0, 1, …, ascending */
    uint64_t rows;  /* handed over */
    uint64_t cpu_ms; /* that they took */
};

/*
 * Looks at everything; what is of the things `before` (NULL: none) is passed
 * over, and counts as told.  Ends with WIRE_DONE.
 */
void walk_run(const struct incoming_request *request, const struct walk_before *before, walk_emit *emit,
              walk_begin *begin, void *arg);

#endif
