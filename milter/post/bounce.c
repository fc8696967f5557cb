#include "post/bounce.h"

#include "db/run.h"
#include "post/verp.h"

static const char *const kind_words[] = {"dead", "delayed", "other", "unknown"};
const struct enum_names bounce_kind_names = ENUM_NAMES(kind_words);

static const int64_t day_ms = 24 * 60 * 60 * 1000;

/* RFC 3464 section 2.3.3: "failed" is final whatever the status; 4.x.x with it is a server that gave up in the end. */
enum bounce_kind bounce_judge(const struct mime_bounce *m)
{
    if (!m->dsn)
        return BOUNCE_OTHER;
    return m->failed ? BOUNCE_DEAD : BOUNCE_DELAYED;
}

/* The delivery whose return path it came to; RC_NOTFOUND. */
static enum rc find_delivery(struct db *d, struct arena *a, const struct mime_bounce *m, const char *recipient,
                             const char *sender, struct delivery *out, struct err *e)
{
    enum rc rc = RC_NOTFOUND;
    struct str key = verp_key_of(str_of(recipient), sender);

    if (recipient != NULL)
        return key.n == 0 ? RC_NOTFOUND : outbox_find_verp(d, a, key, out, e);
    for (size_t i = 0; rc == RC_NOTFOUND && i < m->recipients; i++) {
        key = verp_key_of(str_of(m->recipient[i]), sender);
        if (key.n > 0)
            rc = outbox_find_verp(d, a, key, out, e);
    }
    return rc;
}

/* "5.1.1: smtp; 550 no such user" */
static const char *bounce_reason(struct arena *a, const struct mime_bounce *m)
{
    struct strbuf b = strbuf_new(a, 1000);

    strbuf_puts(&b, m->status[0] == '\0' ? "no status" : m->status);
    if (m->diagnostic[0] != '\0')
        strbuf_putf(&b, ": %s", m->diagnostic);
    return b.p;
}

static enum rc bury(struct db *d, struct arena *a, const struct delivery *row, const struct mime_bounce *m,
                    int64_t now_ms, const struct bounce *b, struct err *e)
{
    struct suppression s = {.address = row->address, .since_ms = now_ms, .until_ms = b->until_ms,
                            .why = bounce_reason(a, m)};
    enum rc rc = db_begin(d, e);

    if (rc == RC_OK)
        rc = outbox_suppress(d, &s, e);
    if (rc == RC_OK)
        rc = outbox_end(d, row->id, DELIVERY_FAILED, now_ms, s.why, e);
    if (rc == RC_OK)
        rc = db_commit(d, e);
    if (rc != RC_OK)
        db_roll_back(d);
    return rc;
}

enum rc bounce_take(struct db *d, struct arena *a, struct str message, const char *recipient, const struct config *c,
                    int64_t now_ms, struct bounce *out, struct err *e)
{
    struct mime_bounce m;
    struct delivery row;
    enum rc rc = mime_read_bounce(a, message, &m, e);

    *out = (struct bounce){.kind = BOUNCE_UNKNOWN, .address = "", .status = "", .diagnostic = ""};
    if (rc != RC_OK)
        return rc;
    rc = find_delivery(d, a, &m, recipient, c->report_sender, &row, e);
    if (rc != RC_OK)
        return rc == RC_NOTFOUND ? RC_OK : rc;
    out->kind = bounce_judge(&m);
    out->address = row.address;
    out->status = m.status;
    out->diagnostic = m.diagnostic;
    if (out->kind != BOUNCE_DEAD)
        return RC_OK;
    out->until_ms = now_ms + (int64_t)c->report_suppress_days * day_ms;
    return bury(d, a, &row, &m, now_ms, out, e);
}
