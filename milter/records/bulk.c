#include "records/bulk.h"

#include <time.h>

#include "base/clock.h"
#include "db/run.h"
#include "records/messages.h"

enum { BULK_ROWS = 200, BULK_HELD_US = 20 * 1000, BULK_PAUSE_MIN_US = 2000, BULK_PAUSE_MAX_US = 500 * 1000 };

static void bulk_pause(int64_t us)
{
    struct timespec t = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};

    (void)nanosleep(&t, NULL);
}

static enum rc bulk_commit(struct bulk *b, struct err *e)
{
    enum rc rc = db_commit(b->db, e);

    b->rows = 0;
    return rc;
}

/* The service asks again after a few milliseconds: in a pause of twice the time it finds its turn. */
static enum rc bulk_make_room(struct bulk *b, struct err *e)
{
    enum rc rc = bulk_commit(b, e);
    int64_t pause = 2 * (clock_mono_us() - b->began_us);

    if (rc == RC_OK)
        bulk_pause(pause < BULK_PAUSE_MIN_US   ? BULK_PAUSE_MIN_US
                   : pause > BULK_PAUSE_MAX_US ? BULK_PAUSE_MAX_US
                                               : pause);
    return rc;
}

static enum rc bulk_begin(struct bulk *b, struct err *e)
{
    enum rc rc = RC_OK;

    if (b->rows > 0 && (b->rows >= BULK_ROWS || clock_mono_us() - b->began_us >= BULK_HELD_US))
        rc = bulk_make_room(b, e);
    if (rc == RC_OK && b->rows == 0) {
        rc = db_begin(b->db, e);
        b->began_us = clock_mono_us();
    }
    return rc;
}

enum rc bulk_add(struct bulk *b, const struct record *r, bool *added, struct err *e)
{
    bool there = false;
    enum rc rc = bulk_begin(b, e);

    *added = false;
    if (rc != RC_OK)
        return rc;
    b->rows++;
    rc = messages_have(b->db, r->queue_id, r->time_ms, &there, e);
    if (rc == RC_OK && !there)
        rc = messages_insert(b->db, &r, 1, e);
    *added = rc == RC_OK && !there;
    return rc;
}

enum rc bulk_finish(struct bulk *b, struct err *e)
{
    return b->rows > 0 ? bulk_commit(b, e) : RC_OK;
}
