/*
 * waiting.h - a record on its way to the disk, and the message that waits for it.
 *
 * Who is told takes no lock of the store's: those of one commit are woken
 * together and would all meet there.
 */
#ifndef ASSAY_RECORDS_WAITING_H
#define ASSAY_RECORDS_WAITING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/sync.h"
#include "records/item.h"

enum waiting_state { WAITING_QUEUED, WAITING_TAKEN, WAITING_ANSWERED };

struct waiting {
    struct item *item;
    struct waiting *prev, *next; /* as what follows, under the store's lock */
    enum waiting_state state;
    bool abandoned; /* nobody waits any more: the writer frees it */

    struct sync_flag told; /* of what follows */
    enum rc rc;
    struct err err;
};

/* With a copy of its own; NULL without memory. */
struct waiting *waiting_new(const struct store_item *from);
void waiting_free(struct waiting *w);

/* The answer, of which `e` is the reason where it is not RC_OK.  From then on it belongs to who waits. */
void waiting_tell(struct waiting *w, enum rc rc, const struct err *e);

/* Waits for the answer; false when `until_us` (monotonic) came first. */
bool waiting_await(struct waiting *w, int64_t until_us);

#endif
