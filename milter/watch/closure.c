#include "watch/closure.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "inventory/inventory.h"
#include "watch/dnschange.h"
#include "watch/others.h"
#include "watch/own.h"

enum { CLOSURE_TEXT_MAX = 1500, CLOSURE_WELL = 9500 };

struct closing {
    const struct watch_round *round;
    const struct episode *p;
    struct arena *a;
    struct closure *out;
};

static const char *closure_keep(struct closing *k, struct strbuf *b)
{
    const char *text = str_dup(k->a, strbuf_str(b));

    return text == NULL ? "" : text;
}

/* The first reason is the one that is told. */
static void closure_not_yet(struct closing *k, struct strbuf *why)
{
    if (k->out->not_yet[0] == '\0')
        k->out->not_yet = closure_keep(k, why);
}

/* ---- reports and mail ---- */

static const struct watch_source *closure_source(const struct watch_domain *d, const char *name)
{
    for (size_t i = 0; i < d->sources; i++)
        if (strcmp(d->source[i].name, name) == 0)
            return &d->source[i];
    return NULL;
}

/* The newest day after the episode began on which the source has mail; -1 none. */
static int64_t closure_newest(const struct watch_domain *d, const struct watch_source *s, int64_t since_day)
{
    for (int64_t at = (int64_t)d->days - 1; at >= 0 && d->first_day + at > since_day; at--)
        if (s->day[at].messages > 0)
            return at;
    return -1;
}

/* What of `whose` passed on that day, added to the validation; false when it is not well. */
static bool closure_day(const struct watch_domain *d, const struct watch_source *s, int64_t at, const char *whose,
                        struct strbuf *out)
{
    struct watch_sum sum = watch_sum_of(s, at, 1);
    char day[11];

    watch_day_text(d->first_day + at, day);
    strbuf_putf(out, "%s%s of %s: %" PRId64 " of %" PRId64 " passed", out->n > 0 ? "; " : "", whose, day, sum.passed,
                sum.messages);
    return watch_share(&sum) < 0 || watch_share(&sum) >= CLOSURE_WELL;
}

/* One kind of evidence: reports, or our own mail. */
static void closure_evidence(struct closing *k, const struct watch_domain *d, const char *whose,
                             struct strbuf *validation)
{
    const struct watch_source *s = closure_source(d, k->p->source);
    int64_t at = s == NULL ? -1 : closure_newest(d, s, k->p->since_day);
    char mem[200];
    struct strbuf why = STRBUF_ON(mem);

    if (at >= 0 && !closure_day(d, s, at, whose, validation)) {
        (void)closure_day(d, s, at, whose, &why);
        closure_not_yet(k, &why);
    }
}

/* Whether the judges find it open still. */
static void closure_goes_on(struct closing *k, const struct watch_episode *found, size_t n)
{
    char mem[CLOSURE_TEXT_MAX];

    for (size_t i = 0; i < n; i++) {
        struct episode now = *k->p;
        struct strbuf why = STRBUF_ON(mem);

        if (found[i].closed != 0 || strcmp(found[i].source, k->p->source) != 0 ||
            strcmp(enum_name(&watch_workflow_names, (int)found[i].workflow), k->p->workflow) != 0)
            continue;
        now.messages = found[i].messages;
        now.passed = found[i].passed;
        now.own_messages = found[i].own_messages;
        now.own_passed = found[i].own_passed;
        now.dns_change = "";
        watch_sentence(&now, &why);
        closure_not_yet(k, &why);
    }
}

static enum rc closure_reports(struct closing *k, const struct client *client, bool parked, struct err *e)
{
    struct watch_question q = {.client = client->name, .domain = k->p->domain, .parked = parked,
                               .today = k->round->now_ms / CLOCK_DAY_MS, .days = k->round->days};
    struct strbuf validation = strbuf_new(k->a, CLOSURE_TEXT_MAX);
    struct watch_domain facts, own;
    struct watch_episode *found;
    bool has_own = false;
    size_t n;
    enum rc rc = watch_look_all(k->round, client, k->p->domain, parked, k->a, &facts, &found, &n, e);

    if (rc == RC_OK)
        rc = own_gather(k->round->db, k->a, &q, &facts, &own, &has_own, e);
    if (rc != RC_OK)
        return rc;
    closure_goes_on(k, found, n);
    if (k->p->source[0] != '\0') {
        closure_evidence(k, &facts, "reports", &validation);
        if (has_own)
            closure_evidence(k, &own, "our own mail", &validation);
    }
    k->out->validation = validation.p;
    return RC_OK;
}

/* What came in and could not be read is of no domain. */
static enum rc closure_intake(struct closing *k, struct err *e)
{
    struct watch_episode *found;
    size_t n;
    enum rc rc = others_intake(k->round->db, k->a, k->round->now_ms / CLOCK_DAY_MS, &found, &n, e);

    if (rc == RC_OK)
        closure_goes_on(k, found, n);
    return rc;
}

/* ---- DNS ---- */

static enum rc closure_dns(struct closing *k, struct dns_scope *dns, struct err *e)
{
    struct strbuf change = strbuf_new(k->a, CLOSURE_TEXT_MAX);
    char mem[300];
    struct strbuf why = STRBUF_ON(mem);
    struct dnschange_question q = {.db = k->round->db, .a = k->a, .domain = k->p->domain,
                                   .first_day = k->p->since_day, .opened_day = k->p->opened_day,
                                   .now_ms = k->round->now_ms};
    int cause = CAUSE_NONE;
    enum rc rc;

    (void)enum_value(&cause_names, str_of(k->p->cause), &cause);
    q.cause = (enum cause)cause;
    if (k->p->dns_change[0] != '\0')
        strbuf_putf(&change, "before it, %s", k->p->dns_change);
    rc = dnschange_since(&q, &change, e);
    if (rc == RC_OK && dns != NULL)
        rc = dnschange_now(&q, dns, &change, &why, &k->out->dns_failed, e);
    if (why.n > 0)
        closure_not_yet(k, &why);
    if (dns == NULL || k->out->dns_failed)
        strbuf_putf(&change, "%sDNS %s", change.n > 0 ? "; " : "", dns == NULL ? "was not asked" : "did not answer");
    k->out->change = change.p;
    return rc;
}

/* ---- the inventory ---- */

static enum rc closure_inventory(struct closing *k, struct err *e)
{
    const struct inventory_filter f = {.client = "", .domain = k->p->domain, .status = "", .source = k->p->source};
    struct strbuf b = strbuf_new(k->a, CLOSURE_TEXT_MAX);
    struct inventory_change *change;
    struct inventory_row *row;
    size_t n = 0, changes = 0;
    char day[11];
    enum rc rc = inventory_list(k->round->db, k->a, &f, &row, &n, e);

    if (rc == RC_OK)
        rc = inventory_changes(k->round->db, k->a, k->p->domain, k->p->source, 1, &change, &changes, e);
    if (rc != RC_OK)
        return rc;
    for (size_t i = 0; i < n; i++)
        if (strcmp(row[i].domain, k->p->domain) == 0 && b.n == 0)
            strbuf_putf(&b, "%s, status %s",
                        changes > 0 && change[0].time_ms / CLOCK_DAY_MS >= k->p->opened_day ? "yes" : "no",
                        row[i].field[INVENTORY_status]);
    if (changes > 0) {
        watch_day_text(change[0].time_ms / CLOCK_DAY_MS, day);
        strbuf_putf(&b, ", last changed on %s by %s", day, change[0].who);
    }
    k->out->inventory = b.n == 0 ? "no: there is no such entry" : b.p;
    return RC_OK;
}

enum rc closure_look(const struct watch_round *round, const struct client *client, bool parked,
                     const struct episode *p, struct dns_scope *dns, struct arena *a, struct closure *out,
                     struct err *e)
{
    struct closing k = {.round = round, .p = p, .a = a, .out = out};
    enum rc rc = RC_OK;

    *out = (struct closure){.not_yet = "", .change = "", .validation = "", .inventory = ""};
    if (client == NULL) {
        rc = p->client[0] == '\0' ? closure_intake(&k, e) : RC_OK;
    } else {
        rc = closure_reports(&k, client, parked, e);
        if (rc == RC_OK)
            rc = closure_dns(&k, dns, e);
        if (rc == RC_OK && p->source[0] != '\0')
            rc = closure_inventory(&k, e);
    }
    if (rc == RC_OK && arena_ran_out(a)) /* a reason that is lost would let it be closed */
        return err_set(e, RC_NOMEM, "no memory for what is known of %s", p->ref);
    return rc;
}

static void closure_line(struct strbuf *b, const char *label, const char *text)
{
    strbuf_putf(b, "  %-11s ", label);
    strbuf_put_clean(b, str_of(text[0] == '\0' ? "-" : text), CLOSURE_TEXT_MAX);
    strbuf_putc(b, '\n');
}

const char *closure_note(struct arena *a, const struct episode *p, const struct closure *c, const char *by_hand)
{
    enum { LINES = 9 };
    struct strbuf b = strbuf_new(a, LINES * (CLOSURE_TEXT_MAX + 40));
    char day[11], mem[CLOSURE_TEXT_MAX];
    struct strbuf found = STRBUF_ON(mem);

    watch_day_text(p->since_day, day);
    watch_sentence(p, &found);
    closure_line(&b, "Source", p->source);
    closure_line(&b, "Domain", p->domain);
    closure_line(&b, "Root cause", p->cause);
    closure_line(&b, "Since", day);
    closure_line(&b, "Found", mem);
    closure_line(&b, "Change", c->change);
    closure_line(&b, "Validation", c->validation);
    closure_line(&b, "Inventory", c->inventory);
    closure_line(&b, "Note", by_hand);
    return b.max == 0 ? NULL : b.p;
}
