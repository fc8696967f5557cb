#include "watch/round.h"

#include <string.h>

#include "base/clock.h"
#include "watch/dnschange.h"
#include "watch/others.h"
#include "watch/own.h"
#include "watch/records.h"

enum {
    ROUND_BASE_DAYS = 63 /* of what is looked back: a month and a week before what can be judged, and another month */
};

struct watch_bounds watch_bounds_of(const struct watch_bounds *usual, const struct client *client)
{
    const struct runbook *r = &client->runbook;
    struct watch_bounds b = *usual;
    const struct {
        int64_t own, *bound;
    } bounds[] = {{r->band_healthy, &b.healthy}, {r->band_watch, &b.watch},    {r->band_ticket, &b.ticket},
                  {r->judged_from, &b.judged},   {r->new_from, &b.meaningful}, {r->spike_from, &b.sharp},
                  {r->spike_times, &b.sharp_times}};

    for (size_t i = 0; i < sizeof bounds / sizeof bounds[0]; i++)
        if (bounds[i].own != 0)
            *bounds[i].bound = bounds[i].own;
    b.watch = b.watch > b.healthy ? b.healthy : b.watch; /* where only one of them is the client's own */
    b.ticket = b.ticket > b.watch ? b.watch : b.ticket;
    return b;
}

enum rc watch_look(const struct watch_round *round, const struct client *client, const char *domain, bool parked,
                   struct arena *a, struct watch_domain *facts, struct watch_episode **episode, size_t *n,
                   struct err *e)
{
    struct watch_question q = {.client = client->name, .domain = domain, .parked = parked,
                               .today = round->now_ms / CLOCK_DAY_MS, .days = round->days};
    struct watch_bounds bounds = watch_bounds_of(round->bounds, client);
    struct watch_domain own;
    bool has_own = false;
    enum rc rc = watch_gather(round->db, a, &q, facts, e);

    *n = 0;
    *episode = NULL;
    if (rc == RC_OK)
        rc = own_gather(round->db, a, &q, facts, &own, &has_own, e);
    if (rc == RC_OK && (watch_judge(a, facts, &bounds, episode, n) != RC_OK ||
                        (has_own && own_merge(a, &own, &bounds, episode, n) != RC_OK)))
        rc = err_set(e, RC_NOMEM, "no memory for the episodes of %s", domain);
    for (size_t i = 0; rc == RC_OK && i < *n; i++)
        rc = dnschange_find(round->db, a, domain, &(*episode)[i], e);
    return rc;
}

static struct episode round_kept(const struct watch_domain *d, const struct watch_episode *p)
{
    return (struct episode){
        .ref = "",
        .client = d->client,
        .domain = d->name,
        .workflow = enum_name(&watch_workflow_names, (int)p->workflow),
        .source = p->source,
        .cause = enum_name(&cause_names, (int)p->cause),
        .detail = p->detail,
        .ticket = "",
        .opened_day = p->opened,
        .closed_day = p->closed,
        .since_day = p->since,
        .band = (int64_t)p->band,
        .messages = p->messages,
        .passed = p->passed,
        .quarantined = p->quarantined,
        .rejected = p->rejected,
        .before = p->before,
        .count = p->count,
        .own_messages = p->own_messages,
        .own_passed = p->own_passed,
        .dns_change = p->dns_change == NULL ? "" : p->dns_change,
    };
}

/*
 * Of readiness as of the last day whose reports are in; false where it is not
 * ready.  An exception of the domain as a whole ends it: the client does not want the next stage yet.
 */
static bool round_readiness(const struct watch_domain *d, const struct watch_episode *found, size_t n,
                            const struct exception *refused, struct watch_episode *out)
{
    struct watch_readiness r = {.ready = false};
    int64_t at = (int64_t)d->days - 1 - WATCH_LAG_DAYS;

    if (at >= 0 && d->reporters > 0 && d->policy[0] != '\0')
        watch_readiness_of(d, found, n, at, &r);
    if (!r.ready)
        return false;
    *out = (struct watch_episode){.workflow = WATCH_READINESS, .source = "", .band = WATCH_WATCH, .before = -1,
                                  .messages = r.blocked, .detail = enum_name(&watch_stage_names, (int)r.next),
                                  .opened = d->first_day + watch_ready_since(d, found, n, at)};
    out->since = out->opened;
    if (refused != NULL)
        out->closed = refused->since_ms / CLOCK_DAY_MS;
    return refused == NULL || out->closed >= out->opened;
}

/* What is found of the domain beside its sums, behind the `n` of `found`, which has room for it. */
static enum rc round_beside(const struct watch_round *round, struct arena *a, const struct watch_domain *d,
                            struct watch_episode *found, size_t *n, struct err *e)
{
    const struct exception_filter f = {.client = d->client, .domain = d->name, .source = "", .any_source = true,
                                       .all = true};
    int64_t today = round->now_ms / CLOCK_DAY_MS;
    struct watch_episode ready;
    struct exception *x;
    size_t exceptions;
    enum rc rc = exceptions_list(round->db, a, &f, OTHERS_MAX, &x, &exceptions, e);

    if (rc != RC_OK)
        return rc;
    if (round_readiness(d, found, *n, exception_of(x, exceptions, "", today), &ready))
        found[(*n)++] = ready;
    others_exceptions(x, exceptions, today, found, n);
    return records_episodes(round->db, a, d->name, found, n, e);
}

/* Brings the episodes kept of a client's domain up to date with those found; of the last `sure_days` all are found. */
static enum rc round_keep(const struct watch_round *round, struct arena *a, const struct watch_domain *d,
                          const struct watch_episode *found, size_t n, int64_t sure_days, struct episode_counts *out,
                          struct err *e)
{
    struct episode_round keep = {.client = d->client, .domain = d->name, .now_ms = round->now_ms,
                                 .today = round->now_ms / CLOCK_DAY_MS, .urgent_band = WATCH_ESCALATE,
                                 .sure_day = round->now_ms / CLOCK_DAY_MS - sure_days};
    struct episode *kept = arena_array(a, n + 1, sizeof *kept);

    if (kept == NULL)
        return err_set(e, RC_NOMEM, "no memory for the episodes of %s", d->name);
    for (size_t i = 0; i < n; i++)
        kept[i] = round_kept(d, &found[i]);
    return episodes_reconcile(round->db, a, &keep, kept, n, out, e);
}

enum rc watch_look_all(const struct watch_round *round, const struct client *client, const char *domain, bool parked,
                       struct arena *a, struct watch_domain *facts, struct watch_episode **episode, size_t *n,
                       struct err *e)
{
    struct watch_episode *judged, *found;
    enum rc rc = watch_look(round, client, domain, parked, a, facts, &judged, n, e);

    if (rc != RC_OK)
        return rc;
    found = arena_array(a, *n + 1 + OTHERS_MAX + RECORDS_MAX, sizeof *found);
    if (found == NULL)
        return err_set(e, RC_NOMEM, "no memory for the episodes of %s", domain);
    if (*n > 0)
        memcpy(found, judged, *n * sizeof *found);
    *episode = found;
    return round_beside(round, a, facts, found, n, e);
}

static enum rc round_domain(const struct watch_round *round, const struct client *client, const char *domain,
                            bool parked, struct watch_counts *out, struct err *e)
{
    struct arena *a = arena_new(WATCH_MEMORY);
    struct watch_domain facts;
    struct watch_episode *found = NULL;
    size_t n = 0;
    enum rc rc = a == NULL ? err_set(e, RC_NOMEM, "no memory for the facts of %s", domain)
                           : watch_look_all(round, client, domain, parked, a, &facts, &found, &n, e);

    if (rc == RC_OK) {
        out->domains++;
        out->reported += facts.reporters > 0;
    }
    if (rc == RC_OK)
        rc = round_keep(round, a, &facts, found, n, round->days - ROUND_BASE_DAYS, &out->episodes, e);
    arena_free(a);
    return rc;
}

/* Reports that could not be read are of no client: nobody knows whose they are. */
static enum rc round_intake(const struct watch_round *round, struct watch_counts *out, struct err *e)
{
    const struct watch_domain nobodys = {.client = "", .name = ""};
    struct arena *a = arena_new(WATCH_MEMORY);
    struct watch_episode *found = NULL;
    size_t n = 0;
    enum rc rc = a == NULL ? err_set(e, RC_NOMEM, "no memory for what could not be read")
                           : others_intake(round->db, a, round->now_ms / CLOCK_DAY_MS, &found, &n, e);

    if (rc == RC_OK)
        rc = round_keep(round, a, &nobodys, found, n, OTHERS_SURE_DAYS, &out->episodes, e);
    arena_free(a);
    return rc;
}

enum rc watch_round(const struct watch_round *round, struct watch_counts *out, struct err *e)
{
    enum rc rc = RC_OK;

    *out = (struct watch_counts){.domains = 0};
    for (size_t i = 0; rc == RC_OK && i < clients_count(round->clients); i++) {
        const struct client *c = clients_at(round->clients, i);

        if (round->client[0] != '\0' && strcmp(round->client, c->name) != 0)
            continue;
        for (size_t k = 0; rc == RC_OK && k < c->domains.n; k++)
            rc = round_domain(round, c, c->domains.item[k], false, out, e);
        for (size_t k = 0; rc == RC_OK && k < c->parked.n; k++)
            rc = round_domain(round, c, c->parked.item[k], true, out, e);
    }
    return rc == RC_OK && round->client[0] == '\0' ? round_intake(round, out, e) : rc;
}
