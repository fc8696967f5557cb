#include "intake/intake.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "dkim/arc_crypto.h"
#include "intake/batch.h"
#include "intake/convert.h"
#include "inventory/snapshot.h"
#include "records/schema.h"
#include "db/dbfile.h"

enum { ROW_ARENA = 64 * 1024 * 1024, CACHE_KIB = 65536 };

/* ---- reading ---- */

static enum incoming_wish intake_on_begin(void *arg, const struct incoming_report *report)
{
    return batch_begin(arg, report);
}

static enum incoming_wish intake_on_row(void *arg, const struct incoming_row *in)
{
    struct batch *b = arg;
    struct received_row *row = &b->row[b->waiting].row;
    enum rc rc = convert_row(b->row_arena, in, row);

    if (rc != RC_OK)
        return batch_stop(b, err_set(b->e, rc, "no memory for the rows of a report"));
    row->n = b->next_row++;
    b->row[b->waiting++].report = b->parts - 1;
    if (b->waiting < BATCH_ROWS)
        return INCOMING_GO_ON;
    rc = batch_flush(b, b->e);
    return rc == RC_OK ? INCOMING_GO_ON : batch_stop(b, rc);
}

static enum incoming_wish intake_on_policy(void *arg, const struct incoming_tls_policy *policy)
{
    return batch_tls_policy(arg, policy);
}

static enum incoming_wish intake_on_detail(void *arg, const struct incoming_tls_detail *detail)
{
    return batch_tls_detail(arg, detail);
}

static enum incoming_wish intake_on_end(void *arg, bool whole, const char *why)
{
    struct batch *b = arg;
    struct batch_report *r = b->report[b->parts - 1];

    if (whole && r != NULL && r->tls != NULL)
        batch_tls_end(b);
    if (whole || r == NULL)
        return INCOMING_GO_ON;
    r->given_up = true;
    batch_say(b, &b->part[b->parts - 1], RECEIVED_LIMITED, "%s", why);
    return INCOMING_GO_ON;
}

/* ---- one item ---- */

static bool intake_hash(struct str bytes, unsigned char out[CRYPTO_SHA256_SIZE])
{
    struct crypto_hash *h = crypto_hash_new();
    bool ok = h != NULL;

    if (ok) {
        crypto_hash_add(h, bytes);
        ok = crypto_hash_peek(h, out);
    }
    crypto_hash_free(h);
    return ok;
}

static const char *intake_clean(struct arena *a, const char *text)
{
    struct strbuf b = strbuf_new(a, JOURNAL_TEXT_MAX);

    strbuf_put_clean(&b, str_of(text), JOURNAL_TEXT_MAX / 4);
    return b.p;
}

static void intake_tell(const struct batch *b, struct intake_outcome *out)
{
    struct strbuf reason;

    *out = (struct intake_outcome){.id = b->journal.id, .outcome = b->journal.outcome, .trust = b->journal.trust,
                                   .parts = b->parts};
    reason = STRBUF_ON(out->reason);
    strbuf_puts(&reason, b->journal.reason);
    for (size_t i = 0; i < b->parts; i++) {
        const struct batch_report *r = b->report[i];

        if (r == NULL || r->given_up)
            continue;
        out->kept++;
        out->rows += r->r.rows;
        out->messages += r->r.messages;
    }
}

static enum rc intake_read_item(struct batch *b, struct err *e)
{
    static const struct incoming_taker taker = {intake_on_begin, intake_on_row, intake_on_policy, intake_on_detail,
                                                intake_on_end};
    struct incoming_request request = {.bytes = b->item->bytes, .name = b->item->name,
                                       .arrival_s = b->journal.time_ms / 1000, .reader = b->in->reader};
    enum rc rc;

    memcpy(request.token_key, b->in->token_key, sizeof request.token_key);
    rc = incoming_read(&request, &taker, b, e);
    return rc == RC_OK ? b->rc : rc;
}

/* What people entered by now. */
static enum rc read_networks(struct intake *in, struct err *e)
{
    background_release(in->networks);
    in->networks = background_new();
    return in->networks == NULL ? err_set(e, RC_NOMEM, "no memory for the inventory")
                                : snapshot_networks(in->db, in->networks, e);
}

static enum rc intake_run(struct batch *b, struct intake_outcome *out, struct err *e)
{
    enum rc rc;

    b->journal = (struct received_item){
        .time_ms = b->item->arrival_ms != 0 ? b->item->arrival_ms : clock_wall_ms(), .way = b->item->way,
        .name = intake_clean(b->arena, b->item->name), .sender = "", .sender_domain = "", .subject = "",
        .message_id = "", .size = (int64_t)b->item->bytes.n,
        .trust = b->item->by_operator ? RECEIVED_LOCAL : RECEIVED_UNPROVEN,
    };
    if (!intake_hash(b->item->bytes, b->journal.sha256))
        return err_set(e, RC_NOMEM, "no memory for a file's hash");
    intake_dns_fresh(b->in->lookup);
    rc = read_networks(b->in, e);
    if (rc == RC_OK)
        rc = intake_read_item(b, e);
    if (rc == RC_OK)
        rc = batch_commit(b, e);
    b->rc = rc;
    if (rc == RC_OK)
        intake_tell(b, out);
    (void)batch_sweep(b, NULL); /* what it leaves goes with received_prune */
    return rc;
}

static void batch_free(struct batch *b)
{
    for (size_t i = 0; i < b->parts; i++)
        if (b->report[i] != NULL)
            received_tally_free(b->report[i]->tally);
    arena_free(b->arena);
    arena_free(b->row_arena);
    free(b);
}

enum rc intake_take(struct intake *in, const struct intake_item *item, struct intake_outcome *out, struct err *e)
{
    struct batch *b = calloc(1, sizeof *b);
    enum rc rc;

    *out = (struct intake_outcome){.id = 0};
    if (b == NULL)
        return err_set(e, RC_NOMEM, "no memory for a report");
    b->in = in;
    b->item = item;
    b->e = e;
    b->arena = arena_new(BATCH_ARENA);
    b->row_arena = arena_new(ROW_ARENA);
    rc = b->arena == NULL || b->row_arena == NULL ? err_set(e, RC_NOMEM, "no memory for a report")
                                                  : intake_run(b, out, e);
    batch_free(b);
    return rc;
}

/* ---- opening ---- */

static enum rc intake_open_all(struct intake *in, struct err *e)
{
    const struct intake_settings *s = &in->settings;
    enum rc rc = dbfile_writable(s->database, e);

    if (rc == RC_OK || rc == RC_NOTFOUND) /* a site may take in reports and nothing else: then it is made */
        rc = db_open_write(s->database, &records_schema, s->config->database_sync == CONFIG_SYNC_FULL, &in->db, e);
    if (rc == RC_OK)
        rc = db_cache(in->db, CACHE_KIB, e); /* rows are found by address: pages anywhere in an index */
    if (rc == RC_OK)
        rc = journal_secret(in->db, in->token_key, e);
    if (rc == RC_OK)
        rc = read_networks(in, e);
    if (rc == RC_OK)
        rc = store_open(s->database, STORE_READ, false, &in->store, e);
    if (rc != RC_OK)
        return rc;
    in->lookup = intake_dns_new(s->config, s->dns);
    return in->lookup == NULL ? err_set(e, RC_NOMEM, "no memory for intake") : RC_OK;
}

enum rc intake_open(const struct intake_settings *settings, struct intake **out, struct err *e)
{
    enum rc rc;

    *out = calloc(1, sizeof **out);
    if (*out == NULL)
        return err_set(e, RC_NOMEM, "no memory for intake");
    (*out)->settings = *settings;
    (*out)->reader = incoming_reader_new(); /* first, while this process is small and has no file of the database */
    rc = intake_open_all(*out, e);
    if (rc != RC_OK) {
        intake_close(*out);
        *out = NULL;
    }
    return rc;
}

void intake_close(struct intake *in)
{
    if (in == NULL)
        return;
    incoming_reader_free(in->reader);
    intake_dns_free(in->lookup);
    background_release(in->networks);
    store_close(in->store);
    db_close(in->db);
    free(in);
}

struct db *intake_db(struct intake *in)
{
    return in->db;
}

const char *intake_trouble(const struct intake *in)
{
    return intake_dns_trouble(in->lookup);
}
