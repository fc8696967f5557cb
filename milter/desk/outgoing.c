/* The sums of received reports, brought together by domain and source; outgoing.h. */
#include "desk/outgoing.h"

#include <stdlib.h>
#include <string.h>

#include "inventory/inventory.h"

enum { SUMS_MAX = 500000, REPORTERS_SEEN_MAX = 200 };

/* Messages by reporter and by cause of the group at hand. */
struct gathering {
    struct outgoing *o;
    int64_t by_cause[CAUSE_COUNT];
    size_t reporters;
    struct {
        const char *name;
        int64_t messages;
    } reporter[REPORTERS_SEEN_MAX];
};

static void add_counts(struct received_counts *to, const struct received_counts *c)
{
    to->messages += c->messages;
    to->passed += c->passed;
    to->spf_only += c->spf_only;
    to->dkim_only += c->dkim_only;
    to->quarantined += c->quarantined;
    to->rejected += c->rejected;
    to->forwarded += c->forwarded;
}

static void add_reporter(struct gathering *g, const char *name, int64_t messages)
{
    for (size_t i = 0; i < g->reporters; i++)
        if (strcmp(g->reporter[i].name, name) == 0) {
            g->reporter[i].messages += messages;
            return;
        }
    if (g->reporters == REPORTERS_SEEN_MAX)
        return;
    g->reporter[g->reporters].name = name;
    g->reporter[g->reporters++].messages = messages;
}

static void add_sum(struct gathering *g, const struct received_sum *s)
{
    struct outgoing *o = g->o;
    int cause = 0;

    if (strcmp(s->trust, enum_name(&received_trust_names, RECEIVED_UNPROVEN)) == 0) {
        o->unproven += s->counts.messages;
        return;
    }
    add_counts(&o->counts, &s->counts);
    if (s->first_day != 0 && (o->first_day == 0 || s->first_day < o->first_day))
        o->first_day = s->first_day;
    if (s->last_day > o->last_day)
        o->last_day = s->last_day;
    if (enum_value(&cause_names, str_of(s->cause), &cause))
        g->by_cause[cause] += s->counts.messages - s->counts.passed;
    add_reporter(g, s->reporter, s->counts.messages);
}

static void name_reporters(struct gathering *g)
{
    struct outgoing *o = g->o;

    o->reporters = g->reporters;
    while (o->named < OUTGOING_REPORTERS_MAX && o->named < g->reporters) {
        size_t most = o->named;

        for (size_t i = o->named; i < g->reporters; i++)
            if (g->reporter[i].messages > g->reporter[most].messages)
                most = i;
        o->reporter[o->named] = g->reporter[most].name;
        g->reporter[most] = g->reporter[o->named];
        o->named++;
    }
}

static void end_group(struct gathering *g)
{
    for (int i = 1; g->o != NULL && i < CAUSE_COUNT; i++)
        if (g->by_cause[i] > g->o->of_cause) {
            g->o->of_cause = g->by_cause[i];
            g->o->cause = (enum cause)i;
        }
    if (g->o != NULL)
        name_reporters(g);
}

static int by_failures(const void *a, const void *b)
{
    const struct outgoing *x = a, *y = b;
    int64_t fx = x->counts.messages - x->counts.passed, fy = y->counts.messages - y->counts.passed;

    if (fx != fy)
        return fx > fy ? -1 : 1;
    return x->counts.messages != y->counts.messages ? (x->counts.messages > y->counts.messages ? -1 : 1)
                                                     : strcmp(x->source, y->source);
}

/* ---- the inventory's word ---- */

static enum rc ask_since(struct db *d, struct arena *a, struct outgoing *o, struct err *e)
{
    enum { CHANGES_MAX = 100 };
    struct inventory_change *change;
    size_t n;
    enum rc rc = inventory_changes(d, a, o->domain, o->source, CHANGES_MAX, &change, &n, e);

    for (size_t i = 0; rc == RC_OK && i < n && o->status_ms == 0; i++) /* the newest first */
        if (strcmp(change[i].field, "status") == 0)
            o->status_ms = change[i].time_ms;
    return rc;
}

static enum rc ask_status(struct db *d, struct arena *a, struct outgoing *o, struct err *e)
{
    const struct inventory_filter f = {.client = "", .domain = o->domain, .status = "", .source = o->source};
    struct inventory_row *row;
    size_t n;
    enum rc rc = inventory_list(d, a, &f, &row, &n, e);

    o->status = "unknown";
    o->owner = o->ticket = "";
    for (size_t i = 0; rc == RC_OK && i < n; i++)
        if (strcmp(row[i].domain, o->domain) == 0) {
            o->status = row[i].field[INVENTORY_status];
            o->owner = row[i].field[INVENTORY_owner];
            o->ticket = row[i].field[INVENTORY_ticket];
        }
    return rc == RC_OK && strcmp(o->status, "unknown") != 0 ? ask_since(d, a, o, e) : rc;
}

/* How much mail each domain has, whatever its source. */
static enum rc ask_share(struct db *d, struct arena *a, const struct outgoing_wanted *w, struct outgoing *o, size_t n,
                         struct err *e)
{
    struct received_wanted q = RECEIVED_ANYTHING;
    struct received_sum *sum;
    size_t sums;
    enum rc rc;

    q.client = w->client;
    q.domain = w->domain;
    q.first_day = w->first_day;
    q.by = RECEIVED_BY_CLIENT | RECEIVED_BY_DOMAIN;
    rc = received_sums(d, a, &q, OUTGOING_GROUPS_MAX, &sum, &sums, e);
    for (size_t i = 0, k = 0; rc == RC_OK && i < n; i++) { /* both in the order of client and domain */
        while (k < sums && (strcmp(sum[k].client, o[i].client) < 0 ||
                            (strcmp(sum[k].client, o[i].client) == 0 && strcmp(sum[k].domain, o[i].domain) < 0)))
            k++;
        if (k < sums && strcmp(sum[k].client, o[i].client) == 0 && strcmp(sum[k].domain, o[i].domain) == 0)
            o[i].of_domain = sum[k].counts.messages;
    }
    return rc;
}

static bool outgoing_is_wanted(const struct outgoing *o, const struct outgoing_wanted *w)
{
    if (w->failing && o->counts.messages == o->counts.passed && o->unproven == 0)
        return false;
    return w->status[0] == '\0' || strcmp(w->status, o->status) == 0;
}

static enum rc keep_wanted(struct db *d, struct arena *a, const struct outgoing_wanted *w, struct outgoing *o,
                           size_t *n, struct err *e)
{
    size_t kept = 0;
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < *n; i++) {
        rc = ask_status(d, a, &o[i], e);
        if (rc == RC_OK && outgoing_is_wanted(&o[i], w))
            o[kept++] = o[i];
    }
    *n = kept;
    return rc;
}

enum rc outgoing_find(struct db *d, struct arena *a, const struct outgoing_wanted *w, struct outgoing **out, size_t *n,
                      struct err *e)
{
    struct received_wanted q = RECEIVED_ANYTHING;
    struct received_sum *sum;
    struct gathering g = {.o = NULL};
    size_t sums;
    enum rc rc;

    q.client = w->client;
    q.domain = w->domain;
    q.source = w->source;
    q.first_day = w->first_day;
    q.trust = RECEIVED_ANY_TRUST;
    q.by = RECEIVED_BY_CLIENT | RECEIVED_BY_DOMAIN | RECEIVED_BY_SOURCE | RECEIVED_BY_CAUSE | RECEIVED_BY_REPORTER |
           RECEIVED_BY_TRUST;
    *n = 0;
    *out = arena_array(a, OUTGOING_GROUPS_MAX, sizeof **out);
    if (*out == NULL)
        return err_set(e, RC_NOMEM, "out of memory");
    rc = received_sums(d, a, &q, SUMS_MAX, &sum, &sums, e);
    for (size_t i = 0; rc == RC_OK && i < sums; i++) {
        if (g.o == NULL || strcmp(sum[i].domain, g.o->domain) != 0 || strcmp(sum[i].source, g.o->source) != 0 ||
            strcmp(sum[i].client, g.o->client) != 0) {
            end_group(&g);
            if (*n == OUTGOING_GROUPS_MAX)
                break;
            g = (struct gathering){.o = &(*out)[(*n)++]};
            *g.o = (struct outgoing){.client = sum[i].client, .domain = sum[i].domain, .source = sum[i].source};
        }
        add_sum(&g, &sum[i]);
    }
    end_group(&g);
    if (rc == RC_OK)
        rc = ask_share(d, a, w, *out, *n, e);
    if (rc == RC_OK)
        rc = keep_wanted(d, a, w, *out, n, e);
    if (rc == RC_OK)
        qsort(*out, *n, sizeof **out, by_failures);
    return rc;
}
