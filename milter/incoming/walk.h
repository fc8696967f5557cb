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

/*
 * Looks at everything; the first `skip` things are passed over (they killed
 * an earlier process, or were read by it).  Ends with WIRE_DONE.
 */
void walk_run(const struct incoming_request *request, size_t skip, walk_emit *emit, walk_begin *begin, void *arg);

#endif
