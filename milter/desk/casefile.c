#include "desk/casefile.h"

#include <string.h>

enum { FRESH_MS = 48 * 60 * 60 * 1000, NOTE_MAX = 4000 };

/* ---- gathering ---- */

static enum rc casefile_no_memory(struct err *e)
{
    return err_set(e, RC_NOMEM, "out of memory");
}

static bool casefile_add_name(struct arena *a, struct casefile *c, enum dns_kind kind, struct str left,
                              struct str right)
{
    struct strbuf b = strbuf_new(a, left.n + right.n);

    if (right.n == 0 || c->dns_count == CASEFILE_NAMES_MAX)
        return true;
    strbuf_put(&b, left);
    strbuf_put(&b, right);
    c->dns[c->dns_count++] = (struct casefile_dns){.kind = kind, .name = b.p};
    return !b.over;
}

static bool add_keys(struct arena *a, struct casefile *c)
{
    struct record_dkim *sig = NULL;
    size_t n = 0;

    if (record_dkim_parse(a, c->record->dkim, &sig, &n) != RC_OK)
        return true; /* a record's text is cut at its end: then it is not known what signed */
    for (size_t i = 0; i < n; i++) {
        struct strbuf b = strbuf_new(a, sig[i].selector.n + sizeof "._domainkey.");

        if (str_eq(sig[i].selector, STR("-")) || str_eq(sig[i].domain, STR("-")))
            continue;
        strbuf_put(&b, sig[i].selector);
        strbuf_puts(&b, "._domainkey.");
        if (b.over || !casefile_add_name(a, c, DNS_KIND_DKIM, strbuf_str(&b), sig[i].domain))
            return false;
    }
    return true;
}

/* The records that its verdict hung on. */
static enum rc read_dns(struct arena *a, struct store *s, struct casefile *c, struct err *e)
{
    enum rc rc = RC_OK;

    if (!casefile_add_name(a, c, DNS_KIND_SPF, STR_NONE, str_of(c->record->spf_domain)) ||
        !casefile_add_name(a, c, DNS_KIND_DMARC, STR("_dmarc."), str_of(c->record->policy_domain)) || !add_keys(a, c))
        return casefile_no_memory(e);
    for (size_t i = 0; rc == RC_OK && i < c->dns_count; i++) {
        struct casefile_dns *d = &c->dns[i];

        rc = store_dns_history(s, a, d->kind, d->name, CASEFILE_TEXTS_MAX, &d->text, &d->n, e);
    }
    return rc;
}

static enum rc read_entry(struct arena *a, struct store *s, struct casefile *c, struct err *e)
{
    const struct record *r = c->record;
    const struct inventory_filter f = {.client = "", .domain = r->source_domain, .status = "", .source = r->source};
    struct inventory_row *row = NULL;
    size_t n = 0;
    enum rc rc;

    if (r->source_domain[0] == '\0')
        return RC_OK;
    rc = store_sources(s, a, &f, &row, &n, e);
    for (size_t i = 0; rc == RC_OK && i < n; i++)
        if (strcmp(row[i].domain, r->source_domain) == 0)
            c->entry = &row[i];
    if (rc == RC_OK && c->entry != NULL)
        rc = store_source_changes(s, a, r->source_domain, r->source, CASEFILE_CHANGES_MAX, &c->change,
                                  &c->change_count, e);
    return rc;
}

/* Whether `other` is the same message, handed over once more. */
static bool is_again(const struct record *r, const struct record *other)
{
    return other->time_ms > r->time_ms && strcmp(other->message_id, r->message_id) == 0 &&
           strcmp(other->author_domain, r->author_domain) == 0 &&
           strcmp(other->mail_from, r->mail_from) == 0 && strcmp(other->rcpt, r->rcpt) == 0;
}

/* A message that was put off, held or refused and came again: what became of it then. */
static enum rc read_later(struct arena *a, struct store *s, struct casefile *c, struct err *e)
{
    const struct record *r = c->record;
    const struct store_query q = {.key = r->message_id, .kinds = 1u << STORE_KEY_MESSAGE_ID, .since_ms = r->time_ms,
                                  .limit = CASEFILE_AGAIN_MAX};
    struct record *found = NULL;
    size_t n = 0;
    enum rc rc;

    if (r->message_id[0] == '\0' || r->disposition[0] == '\0' || strcmp(r->disposition, "none") == 0)
        return RC_OK;
    rc = store_find(s, a, &q, &found, &n, e);
    for (size_t i = 0; rc == RC_OK && i < n; i++) /* newest first */
        if (is_again(r, &found[i]) && (c->later == NULL || strcmp(found[i].disposition, "none") == 0))
            c->later = &found[i];
    return rc;
}

enum rc casefile_open(struct arena *a, struct store *s, const struct config *c, const struct record *r,
                      struct casefile *out, struct err *e)
{
    enum client_domain kind;
    enum rc rc;

    *out = (struct casefile){.record = r, .mta_holds = c->quarantine_by == CONFIG_QUARANTINE_HOLD};
    if (c->senders != NULL)
        out->sender = senders_find(c->senders, str_of(r->source));
    if (c->clients != NULL && r->author_domain[0] != '\0')
        out->client = clients_of(c->clients, r->author_domain, &kind);
    rc = store_tally(s, r->author_domain, r->source, r->cause, &out->same, e);
    if (rc == RC_OK)
        rc = read_entry(a, s, out, e);
    if (rc == RC_OK)
        rc = read_later(a, s, out, e);
    return rc == RC_OK ? read_dns(a, s, out, e) : rc;
}

const struct dnstext_version *casefile_replaced(const struct casefile *c, const struct casefile_dns *d)
{
    int64_t came = c->record->time_ms;

    for (size_t i = 0; i + 1 < d->n; i++)
        if (d->text[i].first_seen_ms <= came && came - d->text[i].first_seen_ms <= FRESH_MS)
            return &d->text[i + 1];
    return NULL;
}

/* ---- closing ---- */

static void put_line(struct strbuf *b, const char *label, const char *text)
{
    strbuf_putf(b, "%-24s", label);
    strbuf_put_clean(b, str_of(text), RECORD_TEXT_MAX);
    strbuf_putc(b, '\n');
}

const char *casefile_closure(struct arena *a, const struct casefile *c)
{
    const struct record *r = c->record;
    struct strbuf b = strbuf_new(a, NOTE_MAX), cause = strbuf_new(a, 2 * RECORD_TEXT_MAX);
    const char *title = c->sender != NULL ? c->sender->title : r->source[0] != '\0' ? r->source : "unknown";

    strbuf_putf(&cause, "%s%s%s", r->cause, r->cause_detail[0] == '\0' ? "" : ": ", r->cause_detail);
    put_line(&b, "Source:", title);
    put_line(&b, "Affected domain:", r->author_domain);
    put_line(&b, "Root cause:", cause.p);
    put_line(&b, "DNS or platform change:", "____");
    put_line(&b, "Validation result:", "a new message passes (dmarc=pass): ____");
    put_line(&b, "Inventory updated:", "yes / no");
    put_line(&b, "Reference:", r->ref);
    if (r->ticket[0] != '\0')
        put_line(&b, "Ticket:", r->ticket);
    return b.over ? NULL : b.p;
}
