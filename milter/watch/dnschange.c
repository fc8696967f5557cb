#include "watch/dnschange.h"

#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "dkim/dkim_key.h"
#include "inventory/recent.h"

enum {
    DNSCHANGE_BEFORE_DAYS = 4,
    DNSCHANGE_SHOWN = 3,
    DNSCHANGE_MAX = 50,
    DNSCHANGE_TEXT_MAX = 600,
    DNSCHANGE_NAME_MAX = 120
};

/* What a failure may come from, and how it is called. */
static const struct dnschange_kind {
    const char *name, *what, *was;
    bool dkim, spf, other; /* behind which causes */
} dnschange_kinds[] = {
    {"dkim", "the key ", "was", true, false, true},
    {"spf", "the SPF record of ", "was", false, true, true},
    {"dmarc", "the DMARC record ", "was", false, false, true},
    {"mx", "the MX records of ", "were", false, true, false}, /* SPF's mechanism mx */
    {"ns", "the name servers of ", "were", true, true, true}, /* of a domain that moved, with or without its records */
};

/* NULL: nothing that mail fails by, as a BIMI record. */
static const struct dnschange_kind *dnschange_kind(const char *name)
{
    for (size_t i = 0; i < sizeof dnschange_kinds / sizeof dnschange_kinds[0]; i++)
        if (strcmp(dnschange_kinds[i].name, name) == 0)
            return &dnschange_kinds[i];
    return NULL;
}

/* Whether a change of such a record may be behind the cause. */
static bool dnschange_matters(const void *cause, const char *kind, const char *name)
{
    const struct dnschange_kind *k = dnschange_kind(kind);

    (void)name;
    if (k == NULL)
        return false;
    switch (*(const enum cause *)cause) {
    case CAUSE_DKIM_BROKEN:
    case CAUSE_DKIM_WEAK_KEY:
    case CAUSE_DKIM_NO_KEY:
    case CAUSE_DKIM_INVALID:
    case CAUSE_DKIM_UNALIGNED:
    case CAUSE_DKIM_ABSENT: return k->dkim;
    case CAUSE_SPF_MULTIPLE:
    case CAUSE_SPF_SYNTAX:
    case CAUSE_SPF_LIMIT:
    case CAUSE_SPF_NO_INCLUDE:
    case CAUSE_SPF_UNALIGNED: return k->spf;
    default: return k->other;
    }
}

/* "the key s1._domainkey.acme.example": a name is a stranger's text. */
static void dnschange_name(const char *kind, const char *name, struct strbuf *out)
{
    strbuf_puts(out, dnschange_kind(kind)->what);
    strbuf_put_clean(out, str_of(name), DNSCHANGE_NAME_MAX);
}

static void dnschange_say(const struct recent_change *c, struct strbuf *out)
{
    static const char *const fates[] = {[RECENT_STAYS] = "", [RECENT_BACK] = " for a while",
                                        [RECENT_BOTH] = " in some answers"};
    time_t t = (time_t)(c->time_ms / 1000);
    char when[40];
    struct tm tm;

    if (out->n > 0)
        strbuf_puts(out, "; ");
    if (gmtime_r(&t, &tm) == NULL || strftime(when, sizeof when, "%a %Y-%m-%d %H:%M UTC", &tm) == 0)
        when[0] = '\0';
    dnschange_name(c->what, c->domain, out);
    strbuf_putf(out, " %s %s%s, seen on %s", dnschange_kind(c->what)->was,
                c->new[0] == '\0'                      ? "taken out"
                : c->old[0] == '\0' && !c->forgotten ? "published"
                                                       : "changed",
                fates[c->fate], when);
}

/* Those that the cause may come from, the newest first. */
static enum rc dnschange_read(const struct dnschange_question *q, int64_t from_day, int64_t to_ms,
                              struct recent_change **out, size_t *n, struct err *e)
{
    const struct recent_wanted w = {.domain = q->domain, .from_ms = from_day * CLOCK_DAY_MS, .to_ms = to_ms,
                                    .is_wanted = dnschange_matters, .arg = &q->cause};

    return recent_records(q->db, q->a, &w, DNSCHANGE_MAX, out, n, e);
}

enum rc dnschange_find(struct db *d, struct arena *a, const char *domain, struct watch_episode *p, struct err *e)
{
    struct recent_change *change;
    struct strbuf b = strbuf_new(a, DNSCHANGE_TEXT_MAX);
    const struct dnschange_question q = {.db = d, .a = a, .domain = domain, .cause = p->cause};
    size_t n;
    enum rc rc;

    p->dns_change = "";
    if (p->workflow != WATCH_SENDER_FAILURE && p->workflow != WATCH_DRIFT)
        return RC_OK;
    rc = dnschange_read(&q, p->since - DNSCHANGE_BEFORE_DAYS, (p->opened + 2) * CLOCK_DAY_MS, &change, &n, e);
    for (size_t i = 0; rc == RC_OK && i < n && i < DNSCHANGE_SHOWN; i++) /* the last says most */
        dnschange_say(&change[i], &b);
    if (rc == RC_OK && b.max == 0)
        return err_set(e, RC_NOMEM, "no memory for what changed in DNS");
    p->dns_change = b.p;
    return rc;
}

/* ---- for closing ---- */

enum rc dnschange_since(const struct dnschange_question *q, struct strbuf *out, struct err *e)
{
    struct recent_change *change;
    size_t n;
    enum rc rc = dnschange_read(q, q->opened_day + 2, q->now_ms + 1, &change, &n, e);

    for (size_t i = n; rc == RC_OK && i-- > 0;) /* as it happened */
        dnschange_say(&change[i], out);
    return rc;
}

static bool dnschange_is_spf(enum cause cause)
{
    return cause == CAUSE_SPF_MULTIPLE || cause == CAUSE_SPF_SYNTAX || cause == CAUSE_SPF_LIMIT ||
           cause == CAUSE_SPF_NO_INCLUDE;
}

/* Of the kinds that are remembered those whose record stands as TXT at the name itself. */
static bool dnschange_can_ask(const char *kind)
{
    return strcmp(kind, "spf") == 0 || strcmp(kind, "dkim") == 0 || strcmp(kind, "dmarc") == 0;
}

/* Whether the text is a record of that kind which says something; a key that was revoked (p= is empty) does not. */
static bool dnschange_is_record(struct arena *a, const char *kind, struct str text)
{
    struct dkim_key key;

    if (strcmp(kind, "dkim") == 0)
        return dkim_key_parse(a, text, &key) == RC_OK && key.is_key && !key.revoked;
    return str_starts_nocase(text, strcmp(kind, "spf") == 0 ? STR("v=spf1") : STR("v=DMARC1"));
}

/* One name: how many records of the kind it has now. */
static void dnschange_ask(struct arena *a, struct dns_scope *dns, const char *kind, const char *name,
                          struct strbuf *out, struct strbuf *wrong, bool *failed)
{
    enum { TEXT_SHOWN = 200 };
    const struct dns_answer *answer = dns_ask(dns, name, DNS_TXT);
    struct str text = STR_NONE;
    bool spf = strcmp(kind, "spf") == 0;
    size_t n = 0;

    if (answer == NULL || answer->status == DNS_TEMPFAIL) {
        *failed = true;
        return;
    }
    for (size_t i = 0; i < answer->count; i++)
        if (dnschange_is_record(a, kind, answer->rr[i].txt) && n++ == 0)
            text = answer->rr[i].txt;
    if (out->n > 0)
        strbuf_puts(out, "; ");
    strbuf_puts(out, "now ");
    strbuf_put_clean(out, str_of(name), DNSCHANGE_NAME_MAX);
    strbuf_puts(out, n == 0 ? " has none" : " has ");
    strbuf_put_clean(out, text, TEXT_SHOWN);
    if ((n == 0 || (spf && n > 1)) && wrong->n == 0) {
        dnschange_name(kind, name, wrong);
        strbuf_puts(wrong, n == 0 ? " is not published now" : " is there more than once now");
    }
}

enum rc dnschange_now(const struct dnschange_question *q, struct dns_scope *dns, struct strbuf *out,
                      struct strbuf *wrong, bool *failed, struct err *e)
{
    struct recent_change *change;
    size_t n, asked = 0;
    bool own_spf = false;
    enum rc rc = dnschange_read(q, q->first_day - DNSCHANGE_BEFORE_DAYS, (q->opened_day + 2) * CLOCK_DAY_MS, &change,
                                &n, e);

    for (size_t i = n; rc == RC_OK && i-- > 0 && asked < DNSCHANGE_SHOWN;) { /* as it happened */
        bool again = false;

        for (size_t k = i + 1; k < n; k++)
            again = again || (strcmp(change[k].domain, change[i].domain) == 0 &&
                              strcmp(change[k].what, change[i].what) == 0);
        if (again || !dnschange_can_ask(change[i].what))
            continue;
        dnschange_ask(q->a, dns, change[i].what, change[i].domain, out, wrong, failed);
        own_spf = own_spf || (strcmp(change[i].what, "spf") == 0 && strcmp(change[i].domain, q->domain) == 0);
        asked++;
    }
    if (rc == RC_OK && dnschange_is_spf(q->cause) && !own_spf)
        dnschange_ask(q->a, dns, "spf", q->domain, out, wrong, failed);
    return rc;
}
