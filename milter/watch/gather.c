#include "watch/gather.h"

#include <string.h>

#include "base/clock.h"
#include "inventory/inventory.h"
#include "received/received.h"
#include "received/stream.h"
#include "watch/gather_parts.h"

enum { GATHER_REPORTS_MAX = 100000, GATHER_CHANGES_MAX = 200 };

struct gather {
    struct db *db;
    struct arena *a;
    const struct watch_question *q;
    struct watch_domain *d;
    bool policy_seen, policy_same; /* of the reports so far */
    size_t source, reporter;       /* those named last: rows of one day and source stand together */
};

static enum rc gather_no_memory(struct err *e)
{
    return err_set(e, RC_NOMEM, "no memory for the facts of a domain");
}

/* ---- sources and reporters, by name ---- */

struct watch_source *gather_source(struct arena *a, struct watch_domain *d, struct str name, size_t *last)
{
    struct watch_source *s;

    for (size_t i = 0, k = *last; i < d->sources; i++, k = k + 1 < d->sources ? k + 1 : 0)
        if (str_eq(str_of(d->source[k].name), name))
            return &d->source[*last = k];
    if (d->sources == WATCH_SOURCES_MAX)
        return &d->source[WATCH_SOURCES_MAX - 1];
    s = &d->source[d->sources];
    *s = (struct watch_source){.name = d->sources + 1 == WATCH_SOURCES_MAX ? "other" : str_dup(a, name),
                               .owner = "", .day = arena_array(a, d->days, sizeof *s->day)};
    if (s->name == NULL || s->day == NULL)
        return NULL;
    memset(s->day, 0, d->days * sizeof *s->day);
    d->sources++;
    return s;
}

static struct watch_reporter *gather_reporter(struct gather *g, const char *name)
{
    struct watch_domain *d = g->d;
    struct watch_reporter *r;

    for (size_t i = 0, k = g->reporter; i < d->reporters; i++, k = k + 1 < d->reporters ? k + 1 : 0)
        if (strcmp(d->reporter[k].name, name) == 0)
            return &d->reporter[g->reporter = k];
    if (d->reporters == WATCH_REPORTERS_MAX)
        return &d->reporter[WATCH_REPORTERS_MAX - 1];
    r = &d->reporter[d->reporters];
    *r = (struct watch_reporter){.name = d->reporters + 1 == WATCH_REPORTERS_MAX ? "others"
                                                                                 : str_dup(g->a, str_of(name)),
                                 .messages = arena_array(g->a, d->days, sizeof *r->messages),
                                 .forged = arena_array(g->a, d->days, sizeof *r->forged)};
    if (r->name == NULL || r->messages == NULL || r->forged == NULL)
        return NULL;
    for (size_t i = 0; i < d->days; i++) {
        r->messages[i] = -1;
        r->forged[i] = 0;
    }
    d->reporters++;
    return r;
}

/* ---- the sums ---- */

int32_t gather_add(int32_t to, int64_t more)
{
    int64_t sum = (int64_t)to + more;

    return sum > INT32_MAX ? INT32_MAX : (int32_t)sum;
}

static void gather_day(struct watch_day *day, const struct received_counts *c, int cause)
{
    day->messages = gather_add(day->messages, c->messages);
    day->passed = gather_add(day->passed, c->passed);
    day->spf_only = gather_add(day->spf_only, c->spf_only);
    day->forwarded = gather_add(day->forwarded, c->forwarded);
    day->quarantined = gather_add(day->quarantined, c->quarantined);
    day->rejected = gather_add(day->rejected, c->rejected);
    if (cause != CAUSE_NONE)
        day->cause[cause] = gather_add(day->cause[cause], c->messages - c->passed);
}

bool gather_is_forged(int cause)
{
    return cause == CAUSE_UNAUTHORIZED || cause == CAUSE_LOOKALIKE || cause == CAUSE_PARKED;
}

static enum rc gather_sum(void *arg, const struct received_sum *sum)
{
    struct gather *g = arg;
    int64_t at = sum->day - g->d->first_day;
    struct watch_source *s = gather_source(g->a, g->d, str_of(sum->source), &g->source);
    struct watch_reporter *r = gather_reporter(g, sum->reporter);
    int cause = CAUSE_NONE;

    if (s == NULL || r == NULL)
        return RC_NOMEM;
    (void)enum_value(&cause_names, str_of(sum->cause), &cause);
    gather_day(&s->day[at], &sum->counts, cause);
    r->messages[at] = gather_add(r->messages[at] < 0 ? 0 : r->messages[at], sum->counts.messages);
    if (gather_is_forged(cause))
        r->forged[at] = gather_add(r->forged[at], sum->counts.messages);
    r->verified = r->verified || strcmp(sum->trust, enum_name(&received_trust_names, RECEIVED_VERIFIED)) == 0;
    return RC_OK;
}

/* ---- the reports themselves: who reported nothing but was there, and the policy they saw ---- */

/* The newest report comes first, and says what the policy is. */
static enum rc gather_policy(struct gather *g, const struct received_seen *report)
{
    bool testing = strcmp(report->testing, "y") == 0;

    if (!g->policy_seen) {
        g->policy_seen = g->policy_same = true;
        g->d->testing = testing;
        g->d->policy = str_dup(g->a, str_of(report->p));
        if (g->d->policy == NULL)
            return RC_NOMEM;
    }
    g->policy_same = g->policy_same && strcmp(report->p, g->d->policy) == 0 && testing == g->d->testing;
    if (g->policy_same && report->p[0] != '\0')
        g->d->policy_since = report->first_day;
    return RC_OK;
}

static enum rc gather_report(void *arg, const struct received_seen *report)
{
    struct gather *g = arg;
    struct watch_reporter *r = gather_reporter(g, report->reporter);
    int64_t at = report->first_day - g->d->first_day;

    if (r == NULL || gather_policy(g, report) != RC_OK)
        return RC_NOMEM;
    if (at >= 0 && at < (int64_t)g->d->days && r->messages[at] < 0)
        r->messages[at] = 0;
    return RC_OK;
}

/* Both, day by day. */
static enum rc gather_received(struct gather *g, struct err *e)
{
    const struct received_span span = {g->q->client, g->q->domain, g->d->first_day,
                                       g->d->first_day + (int64_t)g->d->days};
    enum rc rc = received_stream_days(g->db, &span, gather_sum, g, e);

    if (rc == RC_OK)
        rc = received_stream_reports(g->db, &span, GATHER_REPORTS_MAX, gather_report, g, e);
    return rc == RC_NOMEM ? gather_no_memory(e) : rc;
}

/* ---- what people decided ---- */

/* Its changes of status, oldest first; text that is no status is "unknown". */
static enum rc gather_decisions(struct gather *g, struct watch_source *s, const struct inventory_row *row,
                                struct err *e)
{
    struct inventory_change *change;
    struct watch_decision *out;
    int status = WATCH_UNKNOWN;
    size_t n, used = 0;
    enum rc rc = inventory_changes(g->db, g->a, row->domain, row->source, GATHER_CHANGES_MAX, &change, &n, e);

    if (rc != RC_OK)
        return rc;
    out = arena_array(g->a, n + 1, sizeof *out);
    if (out == NULL)
        return gather_no_memory(e);
    for (size_t i = n; i-- > 0;)
        if (strcmp(change[i].field, "status") == 0 && enum_value(&watch_status_names, str_of(change[i].new), &status))
            out[used++] = (struct watch_decision){change[i].time_ms / CLOCK_DAY_MS, (enum watch_status)status};
    if (used == 0 && enum_value(&watch_status_names, str_of(row->field[INVENTORY_status]), &status))
        out[used++] = (struct watch_decision){0, (enum watch_status)status}; /* decided before changes were kept */
    s->decision = out;
    s->decisions = used;
    return RC_OK;
}

static enum rc gather_inventory(struct gather *g, struct err *e)
{
    struct inventory_filter f = {.client = "", .domain = g->q->domain, .status = "", .source = ""};
    struct inventory_row *row;
    size_t n;
    enum rc rc = inventory_list(g->db, g->a, &f, &row, &n, e);

    for (size_t i = 0; rc == RC_OK && i < n; i++) {
        if (strcmp(row[i].domain, g->q->domain) != 0)
            continue;
        for (size_t k = 0; rc == RC_OK && k < g->d->sources; k++)
            if (strcmp(g->d->source[k].name, row[i].source) == 0) {
                g->d->source[k].owner = row[i].field[INVENTORY_owner];
                rc = gather_decisions(g, &g->d->source[k], &row[i], e);
            }
    }
    return rc;
}

enum rc watch_gather(struct db *d, struct arena *a, const struct watch_question *q, struct watch_domain *out,
                     struct err *e)
{
    struct gather g = {.db = d, .a = a, .q = q, .d = out};
    enum rc rc;

    *out = (struct watch_domain){.client = q->client, .name = q->domain, .parked = q->parked,
                                 .first_day = q->today - q->days + 1, .days = (size_t)q->days, .policy = ""};
    out->source = arena_array(a, WATCH_SOURCES_MAX, sizeof *out->source);
    out->reporter = arena_array(a, WATCH_REPORTERS_MAX, sizeof *out->reporter);
    if (out->source == NULL || out->reporter == NULL)
        return gather_no_memory(e);
    rc = gather_received(&g, e);
    if (rc == RC_OK)
        rc = gather_inventory(&g, e);
    if (rc == RC_OK && watch_sum_up(a, out) != RC_OK)
        return gather_no_memory(e);
    return rc;
}
