#include "report/collect.h"

#include <stdlib.h>
#include <string.h>

#include "report/counter.h"
#include "report/row.h"

enum {
    COUNTER_MEMORY = 22 << 20,
    SCRATCH_MEMORY = 1 << 20,
    PROGRESS_EVERY = 100000
};

struct collecting {
    const struct collect_request *q;
    struct counter *counter;
    struct tally *rows;
    struct arena *scratch;
    struct collected *out;
    char raw[ROW_KEY_MAX], key[ROW_KEY_MAX];
};

/* ---- our own traffic ---- */

/* The mailbox itself or, as return paths are, with an extension: local+anything@domain. */
static bool is_mailbox(struct str address, struct str own)
{
    size_t at = str_find(own, '@');
    struct str local = str_slice(own, 0, at), host = str_slice(own, at, own.n);

    if (own.n == 0 || !str_starts_nocase(address, local) || !str_ends_nocase(address, host))
        return false;
    return address.n == own.n || (address.n > own.n && address.p[local.n] == '+');
}

static bool any_is_mailbox(struct str addresses, struct str own)
{
    while (addresses.n > 0) {
        size_t end = str_find(addresses, ' ');

        if (is_mailbox(str_slice(addresses, 0, end), own))
            return true;
        addresses = str_slice(addresses, end + 1, addresses.n);
    }
    return false;
}

bool collect_is_report_traffic(const struct config *c, const struct record *r)
{
    const char *const ours[] = {c->report_email, c->report_sender};

    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
        if (is_mailbox(str_of(r->mail_from), str_of(ours[i])) || any_is_mailbox(str_of(r->rcpt), str_of(ours[i])))
            return true;
    return false;
}

/* ---- records to raw keys, and those, once counted, to the keys of rows ---- */

/* The columns as texts that end in NUL: cheaper than a row's key, and mostly seen before. */
static void put_raw(struct strbuf *b, const struct record *r, bool envelope_to)
{
#define PUT_TEXT(name) strbuf_put(b, (struct str){r->name, strlen(r->name) + 1});
#define PUT_INT(name) strbuf_putc(b, r->name != 0);
#define PUT(kind, name) PUT_##kind(name)
    SPAN_ROW_COLUMNS(PUT)
    strbuf_puts(b, envelope_to ? r->rcpt_domain : "");
    strbuf_putc(b, '\0');
}

static void read_raw(struct str raw, struct record *r)
{
    const char *at = raw.p;

    record_blank(r);
#define TAKE_TEXT(name) r->name = at; at += strlen(at) + 1;
#define TAKE_INT(name) r->name = *at++;
#define TAKE(kind, name) TAKE_##kind(name)
    SPAN_ROW_COLUMNS(TAKE)
    r->rcpt_domain = at;
}

static enum rc flush(void *arg, struct str raw, int64_t n, struct err *e)
{
    struct collecting *c = arg;
    struct strbuf key = STRBUF_ON(c->key);
    struct record r;
    enum rc rc;

    read_raw(raw, &r);
    arena_reset(c->scratch);
    rc = row_key(c->scratch, &r, c->q->config->report_envelope_to, &key);
    if (rc != RC_OK)
        return err_set(e, rc, "a record of %s is too long to be reported", r.policy_domain);
    return tally_add(c->rows, strbuf_str(&key), n, e);
}

static enum rc take(void *arg, const struct record *r, struct err *e)
{
    struct collecting *c = arg;
    struct strbuf raw = STRBUF_ON(c->raw);

    if (++c->out->records % PROGRESS_EVERY == 0 && c->q->progress != NULL)
        c->q->progress(c->q->arg, c->out->records);
    if (collect_is_report_traffic(c->q->config, r)) {
        c->out->excluded++;
        return RC_OK;
    }
    put_raw(&raw, r, c->q->config->report_envelope_to);
    return raw.over ? err_set(e, RC_LIMIT, "a record of %s is too long to be reported", r->policy_domain)
                    : counter_add(c->counter, strbuf_str(&raw), e);
}

enum rc collect(struct db *d, const struct collect_request *q, struct tally *rows, struct collected *out,
                struct err *e)
{
    struct collecting *c = calloc(1, sizeof *c);
    enum rc rc;

    *out = (struct collected){0, 0};
    if (c == NULL)
        return err_set(e, RC_NOMEM, "no memory to collect in");
    *c = (struct collecting){.q = q, .rows = rows, .out = out, .scratch = arena_new(SCRATCH_MEMORY)};
    rc = c->scratch == NULL ? err_set(e, RC_NOMEM, "no memory to collect in")
                            : counter_open(COUNTER_MEMORY, flush, c, &c->counter, e);
    if (rc == RC_OK)
        rc = span_each(d, q->from_ms, q->to_ms, q->policy_domain, take, c, e);
    if (rc == RC_OK)
        rc = counter_finish(c->counter, e);
    counter_free(c->counter);
    arena_free(c->scratch);
    free(c);
    return rc;
}
