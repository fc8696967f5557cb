#include "watch/overview.h"

#include "base/clock.h"

enum {
    OVERVIEW_DAYS = 40, /* a week, the month before it, and the days that are not judged yet */
    OVERVIEW_MEMORY = 64 << 20
};

struct overview {
    const struct watch_round *round;
    const struct client *client;
    struct watch_bounds bounds;
    struct watch_sum week;    /* of all domains */
    struct watch_overview *out;
};

static void overview_add(struct overview *o, const struct watch_domain *d)
{
    int64_t at = (int64_t)d->days - 1 - WATCH_LAG_DAYS, share;
    enum watch_band band = watch_band_of_domain(d, &o->bounds, &share);

    o->out->domains++;
    o->out->reported += d->reporters > 0;
    o->out->band = band > o->out->band ? band : o->out->band;
    for (size_t i = 0; i < d->sources; i++) {
        struct watch_sum week = watch_sum_of(&d->source[i], at, 7);

        if (watch_status_on(&d->source[i], d->first_day + at) == WATCH_APPROVED)
            watch_sum_add(&o->week, &week, 1);
    }
}

static enum rc overview_domain(struct overview *o, const char *domain, bool parked, struct err *e)
{
    const struct watch_question q = {.client = o->client->name, .domain = domain, .parked = parked,
                                     .today = o->round->now_ms / CLOCK_DAY_MS, .days = OVERVIEW_DAYS};
    struct arena *a = arena_new(OVERVIEW_MEMORY);
    struct watch_domain facts;
    enum rc rc = a == NULL ? err_set(e, RC_NOMEM, "no memory for the facts of %s", domain)
                           : watch_gather(o->round->db, a, &q, &facts, e);

    if (rc == RC_OK)
        overview_add(o, &facts);
    arena_free(a);
    return rc;
}

enum rc watch_overview_of(const struct watch_round *round, const struct client *client, struct watch_overview *out,
                          struct err *e)
{
    struct overview o = {.round = round, .client = client, .out = out,
                         .bounds = watch_bounds_of(round->bounds, client)};
    enum rc rc = RC_OK;

    *out = (struct watch_overview){.band = WATCH_NOT_JUDGED};
    for (size_t i = 0; rc == RC_OK && i < client->domains.n; i++)
        rc = overview_domain(&o, client->domains.item[i], false, e);
    for (size_t i = 0; rc == RC_OK && i < client->parked.n; i++)
        rc = overview_domain(&o, client->parked.item[i], true, e);
    out->messages = o.week.messages;
    out->passed = o.week.passed;
    out->share = watch_share(&o.week);
    return rc;
}
