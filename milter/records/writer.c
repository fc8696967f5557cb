#include "records/writer.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/log_rate.h"
#include "db/run.h"
#include "db/sqlite.h"
#include "inventory/dnstext.h"
#include "records/digest.h"
#include "records/later.h"
#include "records/lookup.h"
#include "records/mailsums.h"
#include "records/messages.h"
#include "records/prune.h"

enum {
    ROWS_MAX = 500,
    LOOK_AGAIN_MS = 1000,
    LOG_LARGE = 32 << 20,               /* bytes of the write-ahead log, which has 4 MiB when nobody holds it up */
    TELL_LARGE_EVERY_MS = 3600 * 1000
};

struct writer {
    struct digest *digest;
    struct dnstext *dns;
    struct prune prune;
    bool has_key;
    struct digest_state state; /* for its hash_key */
    struct log_rate told;      /* of a fault beside the records */
    struct log_rate told_large; /* of the size of the log */
    struct later *later;       /* what is made beside it; NULL nothing */
};

struct writer *writer_new(void)
{
    struct writer *w = calloc(1, sizeof *w);

    if (w == NULL)
        return NULL;
    w->digest = digest_new();
    w->dns = dnstext_new();
    if (w->digest != NULL && w->dns != NULL)
        return w;
    writer_free(w);
    return NULL;
}

void writer_free(struct writer *w)
{
    if (w == NULL)
        return;
    later_stop(w->later);
    digest_free(w->digest);
    dnstext_free(w->dns);
    free(w);
}

void writer_forget(struct writer *w)
{
    digest_forget(w->digest);
    dnstext_forget(w->dns);
    w->has_key = false;
}

void writer_begin_later(struct writer *w, struct db *d, bool full_sync)
{
    w->later = later_start(d, full_sync);
}

/* ---- one commit ---- */

static enum rc note_dns(struct writer *w, struct db *d, const struct item *item, struct err *e)
{
    enum rc rc = RC_OK;

    if (item->seen_count > 0 && !w->has_key) {
        rc = digest_state(d, &w->state, e);
        w->has_key = rc == RC_OK;
    }
    for (size_t i = 0; rc == RC_OK && i < item->seen_count; i++)
        rc = dnstext_note(w->dns, d, w->state.hash_key, &item->seen[i], item->record.time_ms, e);
    return rc;
}

/* What is kept beside the records. */
static enum rc write_beside(struct writer *w, struct db *d, const struct item *const *items, size_t n, bool digests,
                            struct err *e)
{
    enum rc rc = digests ? digest_write(w->digest, d, e) : RC_OK;

    for (size_t i = 0; rc == RC_OK && i < n; i++)
        rc = note_dns(w, d, items[i], e);
    return rc;
}

/* One transaction; without `beside` the records alone. */
static enum rc commit(struct writer *w, struct db *d, const struct item *const *items, size_t n, bool beside,
                      struct err *e)
{
    const struct record *rows[ROWS_MAX];
    bool digests = beside && digest_is_due(w->digest, clock_mono_ms());
    int64_t last_id;
    enum rc rc = db_begin(d, e);

    for (size_t i = 0; i < n; i++)
        rows[i] = &items[i]->record;
    if (rc == RC_OK && beside)
        rc = write_beside(w, d, items, n, digests, e);
    if (rc == RC_OK)
        rc = messages_insert(d, rows, n, e);
    last_id = db_last_id(d); /* the messages were inserted last */
    if (rc == RC_OK)
        rc = db_commit(d, e);
    if (rc != RC_OK) {
        db_roll_back(d);
        writer_forget(w);
        return rc;
    }
    if (digests)
        digest_settle(w->digest, clock_mono_ms());
    digest_add(w->digest, rows, n, last_id - (int64_t)n + 1);
    return RC_OK;
}

/*
 * A fault in what is kept beside the records, such as a damaged page, must
 * not cost them.  What may pass (a full disk, a lock) would hold up the records as well.
 */
enum rc writer_commit(struct writer *w, struct db *d, const struct item *const *items, size_t n, struct err *e)
{
    struct err again = ERR_NONE;
    enum rc rc;

    MUST(n <= ROWS_MAX);
    rc = commit(w, d, items, n, true, e);
    if ((rc != RC_INTERNAL && rc != RC_BAD) || commit(w, d, items, n, false, &again) != RC_OK)
        return rc;
    if (log_rate_may(&w->told, LOG_RATE_MS))
        log_write(LOG_LEVEL_ERROR, NULL, "records are kept, tallies and the memory of DNS wait: %s", e->text);
    return RC_OK;
}

/* ---- maintenance ---- */

static enum rc write_digest(struct writer *w, struct db *d, struct err *e)
{
    enum rc rc = db_begin(d, e);

    if (rc == RC_OK)
        rc = digest_write(w->digest, d, e);
    if (rc == RC_OK)
        rc = db_commit(d, e);
    if (rc == RC_OK) {
        digest_settle(w->digest, clock_mono_ms());
        return RC_OK;
    }
    db_roll_back(d);
    digest_forget(w->digest);
    return rc;
}

static enum rc maintenance_step(struct writer *w, struct db *d, const struct store_keep *keep, bool *worked,
                                uint64_t *gone, struct err *e)
{
    int64_t now = clock_mono_ms();
    enum rc rc = RC_OK;

    *worked = true;
    if (digest_is_due(w->digest, now)) {
        rc = write_digest(w, d, e);
    } else if (digest_is_behind(w->digest)) {
        rc = digest_catch_up(w->digest, d, e);
    } else {
        rc = mailsums_step(d, worked, e);
        if (rc == RC_OK && !*worked)
            rc = lookup_step(d, worked, e);
        if (rc == RC_OK && !*worked)
            rc = prune_step(&w->prune, d, keep, clock_wall_ms(), now, worked, gone, e);
    }
    return rc;
}

/* A reader's transaction that does not end keeps all that is written since in the log, whose room is the disk's. */
static void writer_watch_log(struct writer *w, const struct db *d)
{
    int64_t bytes = db_log_bytes(d);

    if (bytes >= LOG_LARGE && log_rate_may(&w->told_large, TELL_LARGE_EVERY_MS))
        log_write(LOG_LEVEL_WARNING, NULL, "%s-wal has %" PRId64 " MiB and grows, because another program has read "
                  "from the database in one transaction for long; end it (\"fuser -v %s\" shows which have it open)",
                  db_path(d), bytes >> 20, db_path(d));
}

enum rc writer_maintain(struct writer *w, struct db *d, const struct store_keep *keep, int *wait_ms, uint64_t *gone,
                    struct err *e)
{
    bool worked;
    enum rc rc;

    writer_watch_log(w, d);
    db_set_wait(d, 0); /* mail comes meanwhile: if somebody else writes, the next time will do */
    rc = maintenance_step(w, d, keep, &worked, gone, e);
    db_set_wait(d, STORE_WAIT_MS);
    *wait_ms = rc == RC_OK && worked ? 0 : LOOK_AGAIN_MS;
    return rc;
}

enum rc writer_finish(struct writer *w, struct db *d, struct err *e)
{
    return digest_is_waiting(w->digest) ? write_digest(w, d, e) : RC_OK;
}
