/* What was read of an item, written: rows ahead in small transactions, all else in one; batch.h. */
#include <inttypes.h>

#include "base/clock.h"
#include "db/run.h"
#include "formats/archive.h"
#include "intake/batch.h"
#include "received/reports.h"

enum {
    LOCK_TRIES = 15,                    /* of two seconds each, which the database waits */
    ORIGINAL_MAX = 32 * 1024 * 1024     /* bytes packed; a larger file is its owner's to keep */
};

enum rc batch_lock(struct db *d, struct err *e)
{
    enum rc rc = RC_TEMP;

    for (int i = 0; rc == RC_TEMP && i < LOCK_TRIES; i++)
        rc = db_begin(d, e);
    return rc;
}

/* ---- rows ---- */

static bool commit_is_wanted(const struct batch_report *r)
{
    return r != NULL && !r->given_up;
}

/* What is known of the addresses of all rows that wait, in their order. */
static enum rc addresses_of_waiting(struct batch *b, struct received_address **out, struct err *e)
{
    struct ip *ip = b->waiting == 0 ? NULL : arena_array(b->row_arena, b->waiting, sizeof *ip);

    if (ip == NULL && b->waiting > 0)
        return err_set(e, RC_NOMEM, "no memory for the addresses of a report");
    for (size_t i = 0; i < b->waiting; i++)
        ip[i] = b->row[i].row.address;
    return received_addresses_get(b->in->db, b->row_arena, ip, b->waiting, out, e);
}

static enum rc classify_waiting(struct batch *b, struct err *e)
{
    struct received_address *address;
    enum rc rc = addresses_of_waiting(b, &address, e);

    for (size_t i = 0; rc == RC_OK && i < b->waiting; i++) {
        struct batch_report *r = b->report[b->row[i].report];

        if (commit_is_wanted(r))
            rc = classify_row(&r->classify, &r->r, &address[i], &b->row[i].row, e);
        if (rc == RC_OK && commit_is_wanted(r))
            rc = received_tally_add(r->tally, &b->row[i].row, r->r.first_day, r->r.days, 1, e);
    }
    return rc;
}

static enum rc stage(struct batch *b, struct batch_report *r, struct err *e)
{
    enum rc rc = r->staged ? RC_OK : received_stage(b->in->db, &r->r, e);

    r->staged = r->staged || rc == RC_OK;
    return rc;
}

/* In a transaction: those of one report. */
static enum rc write_waiting(struct batch *b, size_t report, struct err *e)
{
    struct batch_report *r = b->report[report];
    enum rc rc = commit_is_wanted(r) ? stage(b, r, e) : RC_OK;

    for (size_t i = 0; rc == RC_OK && commit_is_wanted(r) && i < b->waiting; i++) {
        if (b->row[i].report != report)
            continue;
        rc = received_add_row(b->in->db, &r->r, &b->row[i].row, e);
        if (rc == RC_OK && r->r.trust != RECEIVED_UNPROVEN && r->addresses++ < BATCH_ADDRESSES)
            rc = received_address_note(b->in->db, &b->row[i].row.address, e);
    }
    return rc;
}

static void forget_waiting(struct batch *b)
{
    b->waiting = 0;
    arena_reset(b->row_arena);
}

/* After a transaction failed nothing of it is there. */
static void unstage_after_failure(struct batch *b, const bool *was_staged)
{
    db_roll_back(b->in->db);
    for (size_t i = 0; i < b->parts; i++)
        if (b->report[i] != NULL)
            b->report[i]->staged = was_staged[i];
}

static void note_staged(const struct batch *b, bool *staged)
{
    for (size_t i = 0; i < b->parts; i++)
        staged[i] = b->report[i] != NULL && b->report[i]->staged;
}

enum rc batch_flush(struct batch *b, struct err *e)
{
    bool staged[JOURNAL_PARTS_MAX];
    enum rc rc = classify_waiting(b, e);

    note_staged(b, staged);
    if (rc == RC_OK)
        rc = batch_lock(b->in->db, e);
    if (rc != RC_OK)
        return rc;
    for (size_t i = 0; rc == RC_OK && i < b->parts; i++)
        if (i >= b->row[0].report && i <= b->row[b->waiting - 1].report)
            rc = write_waiting(b, i, e);
    if (rc == RC_OK)
        rc = db_commit(b->in->db, e);
    if (rc != RC_OK)
        unstage_after_failure(b, staged);
    else
        forget_waiting(b);
    return rc;
}

/* ---- the original ---- */

struct packing {
    struct arena *a;
    char *p;
    size_t n, room;
};

static enum rc keep_packed(void *arg, struct str bytes, struct err *e)
{
    struct packing *p = arg;

    (void)e;
    if (bytes.n > p->room - p->n)
        return RC_LIMIT;
    for (size_t i = 0; i < bytes.n; i++)
        p->p[p->n++] = bytes.p[i];
    return RC_OK;
}

/* Packed, or as it is where packing gains nothing; STR_NONE when it is too large to be kept. */
static struct str pack(struct batch *b)
{
    struct packing p = {.a = b->arena, .room = b->item->bytes.n < ORIGINAL_MAX ? b->item->bytes.n : ORIGINAL_MAX};
    struct gzip *z = NULL;
    enum rc rc;

    p.p = p.room == 0 ? NULL : arena_alloc(b->arena, p.room);
    if (p.p == NULL || gzip_open(keep_packed, &p, &z, NULL) != RC_OK)
        return STR_NONE;
    rc = gzip_write(z, b->item->bytes, NULL);
    if (rc != RC_OK)
        gzip_abandon(z);
    else
        rc = gzip_close(z, NULL);
    if (rc == RC_OK)
        return (struct str){p.p, p.n};
    return b->item->bytes.n <= ORIGINAL_MAX ? b->item->bytes : STR_NONE;
}

/* ---- all that counts, in one transaction ---- */

static enum rc add_other(struct batch *b, struct batch_report *r, struct received_part *part, struct err *e)
{
    size_t policies = 0;
    bool added;
    enum rc rc;

    if (r->failure != NULL) {
        r->failure->received = b->journal.id;
        rc = received_failure_add(b->in->db, r->failure, &added, e);
        part->report = r->failure->id;
    } else {
        r->tls->received = b->journal.id;
        rc = received_tls_add(b->in->db, r->tls, &policies, e);
        added = policies > 0;
        part->report = r->tls->id;
    }
    if (rc != RC_OK || added)
        return rc;
    r->given_up = true;
    if (r->tls != NULL && r->tls->policies == 0 && r->foreign > 0)
        batch_say(b, part, RECEIVED_FOREIGN, "%s%snone of its domains is in clients.conf", part->reason,
                  part->reason[0] == '\0' ? "" : "; ");
    else if (r->tls != NULL && r->tls->policies == 0)
        return RC_OK; /* it has none, which is said */
    else
        batch_say(b, part, RECEIVED_DUPLICATE, "it came before");
    return RC_OK;
}

static void commit_sum_up(struct batch *b)
{
    b->journal.outcome = b->parts == 0 ? RECEIVED_NOT_A_REPORT : b->part[0].outcome;
    for (size_t i = 0; i < b->parts; i++) {
        b->journal.outcome = received_weightier(b->journal.outcome, b->part[i].outcome);
        b->journal.unread = b->journal.unread || received_is_unread(b->part[i].outcome);
    }
    b->journal.unread = b->journal.unread || b->refused;
    b->journal.reason = "";
    for (size_t i = 0; i < b->parts; i++)
        if (b->part[i].outcome == b->journal.outcome && b->journal.reason[0] == '\0')
            b->journal.reason = b->part[i].reason;
}

static enum rc write_journal(struct batch *b, struct str original, struct err *e)
{
    commit_sum_up(b);
    return b->item->again == 0 ? journal_add(b->in->db, &b->journal, b->part, b->parts, original, e)
                               : journal_renew(b->in->db, &b->journal, b->part, b->parts, e);
}

static enum rc supersede(struct batch *b, const struct batch_report *r, struct err *e)
{
    struct received_report old;
    enum rc rc = received_get(b->in->db, b->arena, r->supersedes, &old, e);

    return rc == RC_OK ? received_supersede(b->in->db, &old, r->r.id, e) : rc;
}

/* It is looked for once more: another program may have stored it since, or another part of this item. */
static enum rc add_aggregate(struct batch *b, size_t i, struct err *e)
{
    struct batch_report *r = b->report[i];
    enum rc rc;

    r->given_up = !batch_decide(b, r, &b->part[i], &rc, e);
    if (rc != RC_OK || r->given_up)
        return rc;
    rc = write_waiting(b, i, e);
    r->r.received = b->journal.id;
    b->part[i].report = r->r.id;
    if (rc == RC_OK && r->supersedes != 0)
        rc = supersede(b, r, e);
    if (rc == RC_OK)
        rc = received_accept(b->in->db, &r->r, e);
    return rc == RC_OK ? received_tally_write(r->tally, b->in->db, &r->r, e) : rc;
}

static enum rc commit_locked(struct batch *b, struct str original, struct err *e)
{
    enum rc rc = RC_OK;

    b->journal.id = b->item->again;
    if (b->item->again == 0)
        rc = journal_next_id(b->in->db, &b->journal.id, e);
    for (size_t i = 0; rc == RC_OK && i < b->parts; i++) {
        struct batch_report *r = b->report[i];

        if (!commit_is_wanted(r))
            continue;
        rc = r->failure != NULL || r->tls != NULL ? add_other(b, r, &b->part[i], e) : add_aggregate(b, i, e);
    }
    if (rc == RC_OK)
        rc = write_journal(b, original, e);
    return rc == RC_OK ? db_commit(b->in->db, e) : rc;
}

enum rc batch_commit(struct batch *b, struct err *e)
{
    bool staged[JOURNAL_PARTS_MAX];
    struct str original = b->in->settings.keep_originals && b->item->again == 0 ? pack(b) : STR_NONE;
    enum rc rc = classify_waiting(b, e);

    note_staged(b, staged);
    if (rc == RC_OK)
        rc = batch_lock(b->in->db, e);
    if (rc != RC_OK)
        return rc;
    rc = commit_locked(b, original, e);
    if (rc != RC_OK)
        unstage_after_failure(b, staged);
    forget_waiting(b);
    return rc;
}

/* ---- what is not wanted ---- */

enum rc batch_sweep(struct batch *b, struct err *e)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < b->parts; i++) {
        struct batch_report *r = b->report[i];
        bool more = r != NULL && r->staged && (r->given_up || b->rc != RC_OK);

        while (rc == RC_OK && more) {
            rc = batch_lock(b->in->db, e);
            if (rc == RC_OK)
                rc = received_unstage(b->in->db, &r->r, BATCH_ROWS, &more, e);
            if (rc == RC_OK)
                rc = db_commit(b->in->db, e);
            if (rc != RC_OK)
                db_roll_back(b->in->db);
        }
    }
    return rc;
}
