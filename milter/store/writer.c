#include "store/writer.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "store/digest.h"
#include "store/dnstext.h"
#include "store/lookup.h"
#include "store/messages.h"
#include "store/prune.h"

enum { ROWS_MAX = 500, LOOK_AGAIN_MS = 1000, TELL_EVERY_MS = 10000 };

struct writer {
    struct digest *digest;
    struct dnstext *dns;
    struct prune prune;
    bool has_key;
    struct digest_state state; /* for its hash_key */
    int64_t told_ms;           /* when a fault beside the records was last spoken of */
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
    enum rc rc = db_run(d, "BEGIN IMMEDIATE", e);

    for (size_t i = 0; i < n; i++)
        rows[i] = &items[i]->record;
    if (rc == RC_OK && beside)
        rc = write_beside(w, d, items, n, digests, e);
    if (rc == RC_OK)
        rc = messages_insert(d, rows, n, e);
    last_id = db_last_id(d); /* the messages were inserted last */
    if (rc == RC_OK)
        rc = db_run(d, "COMMIT", e);
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
 * A fault in what is kept beside the records must not cost them.  What may
 * pass (a full disk, a lock) would hold up the records as well.
 */
enum rc writer_commit(struct writer *w, struct db *d, const struct item *const *items, size_t n, struct err *e)
{
    struct err again = ERR_NONE;
    enum rc rc;

    MUST(n <= ROWS_MAX);
    rc = commit(w, d, items, n, true, e);
    if (rc != RC_INTERNAL || commit(w, d, items, n, false, &again) != RC_OK)
        return rc;
    if (w->told_ms == 0 || clock_mono_ms() - w->told_ms >= TELL_EVERY_MS) {
        w->told_ms = clock_mono_ms();
        log_write(LOG_LEVEL_ERROR, NULL, "records are kept, tallies and the memory of DNS wait: %s", e->text);
    }
    return RC_OK;
}

/* ---- care ---- */

static enum rc write_digest(struct writer *w, struct db *d, struct err *e)
{
    enum rc rc = db_run(d, "BEGIN IMMEDIATE", e);

    if (rc == RC_OK)
        rc = digest_write(w->digest, d, e);
    if (rc == RC_OK)
        rc = db_run(d, "COMMIT", e);
    if (rc == RC_OK) {
        digest_settle(w->digest, clock_mono_ms());
        return RC_OK;
    }
    db_roll_back(d);
    digest_forget(w->digest);
    return rc;
}

static enum rc care_step(struct writer *w, struct db *d, const struct store_keep *keep, bool *worked, uint64_t *gone,
                         struct err *e)
{
    int64_t now = clock_mono_ms();
    enum rc rc = RC_OK;

    *worked = true;
    if (digest_is_due(w->digest, now)) {
        rc = write_digest(w, d, e);
    } else if (digest_is_behind(w->digest)) {
        rc = digest_catch_up(w->digest, d, e);
    } else {
        rc = lookup_step(d, worked, e);
        if (rc == RC_OK && !*worked)
            rc = prune_step(&w->prune, d, keep, clock_wall_ms(), now, worked, gone, e);
    }
    return rc;
}

enum rc writer_care(struct writer *w, struct db *d, const struct store_keep *keep, int *wait_ms, uint64_t *gone,
                    struct err *e)
{
    bool worked;
    enum rc rc;

    db_set_patient(d, false); /* mail comes meanwhile: while somebody else writes, care waits for the next time */
    rc = care_step(w, d, keep, &worked, gone, e);
    db_set_patient(d, true);
    *wait_ms = rc == RC_OK && worked ? 0 : LOOK_AGAIN_MS;
    return rc;
}

enum rc writer_finish(struct writer *w, struct db *d, struct err *e)
{
    return digest_is_waiting(w->digest) ? write_digest(w, d, e) : RC_OK;
}
