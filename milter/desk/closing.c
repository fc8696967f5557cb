#include "desk/closing.h"

#include <string.h>

#include "desk/sheet.h"

enum { CLAUSE_MAX = 700, TEXT_SHOWN = 250, NOTE_MAX = 6000, TEXTS_JOINED_MAX = 4000 };

/* ---- newer mail ---- */

static bool is_same_source(const struct record *r, void *ctx)
{
    const struct record *subject = ctx;

    return strcmp(r->author_domain, subject->author_domain) == 0 && strcmp(r->source, subject->source) == 0 &&
           r->time_ms > subject->time_ms;
}

static bool closing_passes(const struct record *r)
{
    return strcmp(r->dmarc, "pass") == 0;
}

/* The newest change of a record that the message hung on, after it came; 0 for none. */
static int64_t changed_ms(const struct casefile *c)
{
    int64_t at = 0;

    for (size_t i = 0; i < c->dns_count; i++)
        if (c->dns[i].n > 0 && c->dns[i].text[0].first_seen_ms > c->record->time_ms &&
            c->dns[i].text[0].first_seen_ms > at)
            at = c->dns[i].text[0].first_seen_ms;
    return at;
}

static void closing_count(const struct casefile *c, const struct record *r, size_t n, struct closing *out)
{
    int64_t since = changed_ms(c);

    for (size_t i = n; since == 0 && i-- > 0;) /* oldest first */
        if (closing_passes(&r[i]))
            since = r[i].time_ms;
    for (size_t i = n; i-- > 0;) {
        if (closing_passes(&r[i])) {
            out->passed++;
            out->last_passed_ms = r[i].time_ms;
            continue;
        }
        out->failed++;
        out->failed_since += since > 0 && r[i].time_ms >= since;
        out->last_failed_ms = r[i].time_ms;
        out->last_failed = r[i].ref[0] != '\0' ? r[i].ref : r[i].queue_id;
    }
    if (out->passed == 0)
        out->failed_since = out->failed;
    out->ready = out->passed > 0 && out->failed_since == 0;
}

/* ---- DNS now ---- */

static const char *marker(enum dns_kind kind)
{
    switch (kind) {
    case DNS_KIND_SPF: return "v=spf1";
    case DNS_KIND_DMARC: return "v=DMARC1";
    case DNS_KIND_DKIM: break;
    }
    return "";
}

static const char *thing(enum dns_kind kind)
{
    switch (kind) {
    case DNS_KIND_SPF: return "the SPF record of";
    case DNS_KIND_DMARC: return "the DMARC record";
    case DNS_KIND_DKIM: break;
    }
    return "the DKIM key";
}

/* The text of that kind in an answer; "" for none. */
static struct str text_now(const struct dns_answer *answer, enum dns_kind kind)
{
    for (size_t i = 0; i < answer->count; i++)
        if (str_starts_nocase(answer->rr[i].txt, str_of(marker(kind))))
            return answer->rr[i].txt;
    return STR_NONE;
}

/* What was known when the message came; "" for none. */
static const char *text_then(const struct casefile *c, const struct casefile_dns *d)
{
    if (d->kind == DNS_KIND_SPF)
        return c->record->spf_record;
    if (d->kind == DNS_KIND_DMARC)
        return c->record->policy_record;
    for (size_t i = 0; i < d->n; i++)
        if (d->text[i].first_seen_ms <= c->record->time_ms)
            return d->text[i].text;
    return "";
}

/* Blanks may be folded differently. */
static bool same_text(struct str a, struct str b)
{
    size_t i = 0, j = 0;

    for (;;) {
        while (i < a.n && char_is_wsp(a.p[i]))
            i++;
        while (j < b.n && char_is_wsp(b.p[j]))
            j++;
        if (i == a.n || j == b.n)
            return i == a.n && j == b.n;
        if (a.p[i++] != b.p[j++])
            return false;
    }
}

static enum rc closing_look_at(struct arena *a, const struct casefile *c, const struct casefile_dns *d,
                               struct dns_scope *dns, struct closing *out)
{
    const struct dns_answer *answer = dns_ask(dns, d->name, DNS_TXT);
    struct str then = str_of(text_then(c, d)), now;
    struct strbuf b = strbuf_new(a, CLAUSE_MAX);

    if (answer == NULL || answer->status == DNS_TEMPFAIL) {
        out->dns_failed = true;
        return RC_OK;
    }
    now = text_now(answer, d->kind);
    if (same_text(then, now) || then.n >= RECORD_TEXT_MAX - 8 || out->change_count == CLOSING_CHANGES_MAX)
        return RC_OK;
    strbuf_putf(&b, "%s %s is now ", thing(d->kind), d->name);
    if (now.n == 0)
        strbuf_puts(&b, "gone");
    else
        strbuf_put_escaped(&b, now, TEXT_SHOWN);
    strbuf_puts(&b, then.n == 0 ? ", and was missing" : ", and was ");
    strbuf_put_escaped(&b, then, TEXT_SHOWN);
    out->change[out->change_count++] = b.p;
    return b.max == 0 ? RC_NOMEM : RC_OK;
}

enum rc closing_look(struct arena *a, struct store *s, const struct casefile *c, struct dns_scope *dns,
                     struct closing *out, struct err *e)
{
    struct record subject = *c->record;
    const struct store_query q = {.key = subject.author_domain, .kinds = 1u << STORE_KEY_DOMAIN,
                                  .since_ms = subject.time_ms, .limit = STORE_FIND_MAX, .accept = is_same_source,
                                  .ctx = &subject};
    struct record *found = NULL;
    size_t n = 0;
    enum rc rc = RC_OK;

    *out = (struct closing){.last_failed = ""};
    if (subject.author_domain[0] != '\0')
        rc = store_find(s, a, &q, &found, &n, e);
    if (rc == RC_OK)
        closing_count(c, found, n, out);
    for (size_t i = 0; rc == RC_OK && dns != NULL && i < c->dns_count; i++)
        rc = closing_look_at(a, c, &c->dns[i], dns, out);
    return rc;
}

/* ---- words ---- */

const char *closing_answer(struct arena *a, const struct casefile *c, const struct closing *k)
{
    struct strbuf b = strbuf_new(a, CLAUSE_MAX);
    char when[SHEET_TIME_MAX];
    const char *source = c->sender != NULL ? c->sender->title : c->record->source;

    if (k->ready)
        strbuf_putf(&b, "It may be closed: %zu newer message%s of %s through %s passed, the last at %s, and none "
                    "failed since", k->passed, k->passed == 1 ? "" : "s", c->record->author_domain, source,
                    sheet_time(k->last_passed_ms, when));
    else if (k->failed_since > 0)
        strbuf_putf(&b, "Not yet: %zu failed since, the last at %s (%s)", k->failed_since,
                    sheet_time(k->last_failed_ms, when), k->last_failed);
    else
        strbuf_putf(&b, "Not yet: no newer message of %s through %s has come; have one sent", c->record->author_domain,
                    source);
    return b.max == 0 ? NULL : b.p;
}

static void closing_put(struct strbuf *b, const char *label, const char *text)
{
    strbuf_putf(b, "%-24s", label);
    strbuf_put_clean(b, str_of(text), CLAUSE_MAX);
    strbuf_putc(b, '\n');
}

static const char *change_text(struct arena *a, const struct closing *k)
{
    struct strbuf b = strbuf_new(a, TEXTS_JOINED_MAX);

    for (size_t i = 0; i < k->change_count; i++)
        strbuf_putf(&b, "%s%s", i > 0 ? "; " : "", k->change[i]);
    if (k->change_count == 0)
        strbuf_puts(&b, k->dns_failed ? "DNS gave no answer: ____" : "none in DNS; at the platform: ____");
    return b.max == 0 ? "" : b.p;
}

static const char *validation_text(struct arena *a, const struct closing *k)
{
    struct strbuf b = strbuf_new(a, CLAUSE_MAX);
    char when[SHEET_TIME_MAX];

    strbuf_putf(&b, "%zu newer message%s passed (dmarc=pass)", k->passed, k->passed == 1 ? "" : "s");
    if (k->passed > 0)
        strbuf_putf(&b, ", the last at %s", sheet_time(k->last_passed_ms, when));
    strbuf_putf(&b, ", %zu failed since", k->failed_since);
    return b.max == 0 ? "" : b.p;
}

static const char *inventory_text(struct arena *a, const struct casefile *c)
{
    struct strbuf b = strbuf_new(a, CLAUSE_MAX);

    if (c->entry == NULL)
        strbuf_puts(&b, "no: the inventory has no such entry");
    else if (c->change_count > 0 && c->change[0].time_ms >= c->record->time_ms)
        strbuf_putf(&b, "yes: %s, by %s", c->entry->field[INVENTORY_status], c->change[0].who);
    else
        strbuf_putf(&b, "no: it is %s as before (assay source set %s %s --status ...)",
                    c->entry->field[INVENTORY_status], c->entry->domain, c->entry->source);
    return b.max == 0 ? "" : b.p;
}

const char *closing_note(struct arena *a, const struct casefile *c, const struct closing *k)
{
    const struct record *r = c->record;
    struct strbuf b = strbuf_new(a, NOTE_MAX), cause = strbuf_new(a, 2 * RECORD_TEXT_MAX);

    strbuf_putf(&cause, "%s%s%s", r->cause, r->cause_detail[0] == '\0' ? "" : ": ", r->cause_detail);
    closing_put(&b, "Source:", c->sender != NULL ? c->sender->title : r->source[0] != '\0' ? r->source : "unknown");
    closing_put(&b, "Affected domain:", r->author_domain);
    closing_put(&b, "Root cause:", cause.p);
    closing_put(&b, "DNS or platform change:", change_text(a, k));
    closing_put(&b, "Validation result:", validation_text(a, k));
    closing_put(&b, "Inventory updated:", inventory_text(a, c));
    closing_put(&b, "Reference:", r->ref);
    if (r->ticket[0] != '\0')
        closing_put(&b, "Ticket:", r->ticket);
    return b.max == 0 || cause.max == 0 ? NULL : b.p;
}
