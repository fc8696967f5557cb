#include "watch/dnschange.h"

#include <string.h>
#include <time.h>

#include "dkim/dkim_key.h"
#include "inventory/recent.h"

enum {
    DNSCHANGE_BEFORE_DAYS = 4,
    DNSCHANGE_SHOWN = 3,
    DNSCHANGE_MAX = 50,
    DNSCHANGE_TEXT_MAX = 600,
    DNSCHANGE_NAME_MAX = 120
};

/* Whether a change of such a record may be behind the cause; without one any may. */
static bool dnschange_matters(enum cause cause, const char *kind)
{
    switch (cause) {
    case CAUSE_DKIM_BROKEN:
    case CAUSE_DKIM_WEAK_KEY:
    case CAUSE_DKIM_NO_KEY:
    case CAUSE_DKIM_INVALID:
    case CAUSE_DKIM_UNALIGNED:
    case CAUSE_DKIM_ABSENT: return strcmp(kind, "dkim") == 0;
    case CAUSE_SPF_MULTIPLE:
    case CAUSE_SPF_SYNTAX:
    case CAUSE_SPF_LIMIT:
    case CAUSE_SPF_NO_INCLUDE:
    case CAUSE_SPF_UNALIGNED: return strcmp(kind, "spf") == 0;
    default: return true;
    }
}

static const char *dnschange_what(const char *kind)
{
    return strcmp(kind, "dkim") == 0 ? "the key " : strcmp(kind, "spf") == 0 ? "the SPF record of " : "the record ";
}

static void dnschange_say(const struct recent_change *c, struct strbuf *out)
{
    time_t t = (time_t)(c->time_ms / 1000);
    char when[40];
    struct tm tm;

    if (out->n > 0)
        strbuf_puts(out, "; ");
    if (gmtime_r(&t, &tm) == NULL || strftime(when, sizeof when, "%a %Y-%m-%d %H:%M UTC", &tm) == 0)
        when[0] = '\0';
    strbuf_puts(out, dnschange_what(c->what));
    strbuf_put_clean(out, str_of(c->domain), DNSCHANGE_NAME_MAX); /* a name is a stranger's text */
    strbuf_putf(out, " was %s, seen on %s",
                c->new[0] == '\0'   ? "taken out"
                : c->old[0] == '\0' ? "published"
                                    : "changed",
                when);
}

enum rc dnschange_find(struct db *d, struct arena *a, const char *domain, struct watch_episode *p, struct err *e)
{
    struct recent_change *change;
    struct strbuf b = strbuf_new(a, DNSCHANGE_TEXT_MAX);
    size_t n, shown = 0;
    enum rc rc;

    p->dns_change = "";
    if (p->workflow != WATCH_SENDER_FAILURE && p->workflow != WATCH_DRIFT)
        return RC_OK;
    rc = recent_records_of(d, a, domain, (p->since - DNSCHANGE_BEFORE_DAYS) * WATCH_MS_A_DAY,
                           (p->opened + 2) * WATCH_MS_A_DAY, DNSCHANGE_MAX, &change, &n, e);
    for (size_t i = n; rc == RC_OK && i-- > 0 && shown < DNSCHANGE_SHOWN;) /* the last before it began says most */
        if (dnschange_matters(p->cause, change[i].what)) {
            dnschange_say(&change[i], &b);
            shown++;
        }
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
    enum rc rc = recent_records_of(q->db, q->a, q->domain, (q->opened_day + 2) * WATCH_MS_A_DAY, q->now_ms,
                                   DNSCHANGE_MAX, &change, &n, e);

    for (size_t i = 0; rc == RC_OK && i < n; i++)
        if (dnschange_matters(q->cause, change[i].what))
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
        strbuf_puts(wrong, dnschange_what(kind));
        strbuf_put_clean(wrong, str_of(name), DNSCHANGE_NAME_MAX);
        strbuf_puts(wrong, n == 0 ? " is not published now" : " is there more than once now");
    }
}

enum rc dnschange_now(const struct dnschange_question *q, struct dns_scope *dns, struct strbuf *out,
                      struct strbuf *wrong, bool *failed, struct err *e)
{
    struct recent_change *change;
    size_t n, asked = 0;
    bool own_spf = false;
    enum rc rc = recent_records_of(q->db, q->a, q->domain, (q->first_day - DNSCHANGE_BEFORE_DAYS) * WATCH_MS_A_DAY,
                                   (q->opened_day + 2) * WATCH_MS_A_DAY, DNSCHANGE_MAX, &change, &n, e);

    for (size_t i = 0; rc == RC_OK && i < n && asked < DNSCHANGE_SHOWN; i++) {
        bool again = false;

        for (size_t k = 0; k < i; k++)
            again = again || (strcmp(change[k].domain, change[i].domain) == 0 &&
                              strcmp(change[k].what, change[i].what) == 0);
        if (again || !dnschange_can_ask(change[i].what) || !dnschange_matters(q->cause, change[i].what))
            continue;
        dnschange_ask(q->a, dns, change[i].what, change[i].domain, out, wrong, failed);
        own_spf = own_spf || (strcmp(change[i].what, "spf") == 0 && strcmp(change[i].domain, q->domain) == 0);
        asked++;
    }
    if (rc == RC_OK && dnschange_is_spf(q->cause) && !own_spf)
        dnschange_ask(q->a, dns, "spf", q->domain, out, wrong, failed);
    return rc;
}
