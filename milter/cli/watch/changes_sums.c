/* What changed by the reports: sources that are new or gone, shares that moved. */
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "cli/watch/changes.h"

enum {
    SUMS_BEFORE_DAYS = 36,  /* that are looked at before the moment: a month, a week and what is not judged */
    SUMS_DAYS_MAX = 400,
    SUMS_NEW = 10,          /* messages that make a source */
    SUMS_USUAL = 50,        /* of 28 days, for its silence to be a change */
    SUMS_SILENT_DAYS = 7,
    SUMS_MOVED = 200,       /* hundredths of a percent */
    SUMS_NAME_SHOWN = 100,
    SUMS_MEMORY = 128 << 20
};

struct sums {
    struct changes *c;
    const struct watch_domain *d;
    int64_t since, ripe;    /* indexes of days */
};

static struct strbuf sums_text(const struct sums *s, const struct watch_source *source)
{
    struct strbuf b = strbuf_new(s->c->place.arena, 300);

    strbuf_put_clean(&b, str_of(source->name), SUMS_NAME_SHOWN);
    return b;
}

static void sums_add(const struct sums *s, int64_t at, const char *kind, const struct strbuf *b)
{
    changes_add(s->c, (s->d->first_day + at) * CLOCK_DAY_MS, kind,
                str_dup(s->c->place.arena, str_of(s->d->name)), b->p, "");
}

/* Its first and its last day with mail; false when it has none. */
static bool sums_days(const struct sums *s, const struct watch_source *source, int64_t *first, int64_t *last)
{
    *first = *last = -1;
    for (int64_t at = 0; at < (int64_t)s->d->days; at++)
        if (source->day[at].messages > 0) {
            *first = *first < 0 ? at : *first;
            *last = at;
        }
    return *first >= 0;
}

static void sums_come_and_go(const struct sums *s, const struct watch_source *source)
{
    int64_t first, last, today = (int64_t)s->d->days - 1;
    struct watch_sum all = watch_sum_of(source, today, today + 1), month;
    struct strbuf b = sums_text(s, source);
    char day[11];

    if (!sums_days(s, source, &first, &last))
        return;
    if (first >= s->since && first > SUMS_BEFORE_DAYS / 2 && watch_claimed(source, &all) >= SUMS_NEW) {
        strbuf_putf(&b, " is new: %" PRId64 " messages, %" PRId64 " of which passed; %s", all.messages, all.passed,
                    enum_name(&watch_status_names, (int)watch_status_on(source, s->d->first_day + today)));
        sums_add(s, first, "source", &b);
        return;
    }
    month = watch_sum_of(source, last, 28);
    if (s->ripe - last >= SUMS_SILENT_DAYS && last + SUMS_SILENT_DAYS >= s->since &&
        watch_claimed(source, &month) >= SUMS_USUAL) {
        watch_day_text(s->d->first_day + last, day);
        strbuf_putf(&b, " sends no more: its last was on %s, after %" PRId64 " messages in 28 days", day,
                    month.messages);
        sums_add(s, last + SUMS_SILENT_DAYS, "source", &b);
    }
}

static void sums_share(const struct sums *s, const struct watch_source *source)
{
    struct watch_sum now = watch_sum_of(source, s->ripe, 7), before = watch_sum_of(source, s->since - 1, 7);
    int64_t here = watch_share(&now), there = watch_share(&before);
    struct strbuf b = sums_text(s, source);

    if (watch_status_on(source, s->d->first_day + s->ripe) != WATCH_APPROVED || s->ripe < s->since ||
        watch_band_of(&now, &watch_usual_bounds) == WATCH_NOT_JUDGED ||
        watch_band_of(&before, &watch_usual_bounds) == WATCH_NOT_JUDGED ||
        (here - there < SUMS_MOVED && there - here < SUMS_MOVED))
        return;
    strbuf_putf(&b, ": %" PRId64 ".%" PRId64 " %% of a week pass, where it was %" PRId64 ".%" PRId64 " %%", here / 100,
                here % 100 / 10, there / 100, there % 100 / 10);
    sums_add(s, s->ripe, "share", &b);
}

static enum rc changes_sums_domain(struct changes *c, const struct client *client, const char *domain, bool parked,
                                   struct err *e)
{
    int64_t today = clock_wall_ms() / CLOCK_DAY_MS, ago = today - c->since_ms / CLOCK_DAY_MS;
    struct watch_question q = {.client = client->name, .domain = domain, .parked = parked, .today = today,
                               .days = ago + SUMS_BEFORE_DAYS > SUMS_DAYS_MAX ? SUMS_DAYS_MAX : ago + SUMS_BEFORE_DAYS};
    struct arena *a = arena_new(SUMS_MEMORY);
    struct watch_domain facts;
    struct sums s = {.c = c, .d = &facts, .since = q.days - 1 - ago, .ripe = q.days - 1 - WATCH_LAG_DAYS};
    enum rc rc = a == NULL ? err_set(e, RC_NOMEM, "no memory for the facts of %s", domain)
                           : watch_gather(c->place.db, a, &q, &facts, e);

    for (size_t i = 0; rc == RC_OK && s.since > 0 && i < facts.sources; i++) {
        sums_come_and_go(&s, &facts.source[i]);
        sums_share(&s, &facts.source[i]);
    }
    arena_free(a);
    return rc;
}

enum rc changes_of_sums(struct changes *c, struct err *e)
{
    const struct clients *all = c->place.config->clients;
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < clients_count(all); i++) {
        const struct client *client = clients_at(all, i);

        if (c->client[0] != '\0' && strcmp(client->name, c->client) != 0)
            continue;
        for (size_t k = 0; rc == RC_OK && k < client->domains.n; k++)
            rc = changes_sums_domain(c, client, client->domains.item[k], false, e);
        for (size_t k = 0; rc == RC_OK && k < client->parked.n; k++)
            rc = changes_sums_domain(c, client, client->parked.item[k], true, e);
    }
    return rc;
}
