#include "watch/own.h"

#include <string.h>

#include "records/tallies.h"
#include "verdict/source.h"
#include "watch/gather_parts.h"

enum { OWN_NEAR_DAYS = 7 /* apart, two episodes of one source are the same */ };

/* ---- the facts ---- */

struct own {
    struct arena *a;
    const struct watch_domain *reports;
    struct watch_domain *d;
    struct watch_reporter *we;
    size_t source; /* the one named last */
    bool there;    /* there are rows */
};

static enum rc own_row(void *arg, const struct tallies_row *row)
{
    struct own *o = arg;
    struct watch_source *s = gather_source(o->a, o->d, row->source, &o->source);
    int64_t at = row->day - o->d->first_day, n = row->messages;
    struct watch_day *day;
    int cause = CAUSE_NONE;

    o->there = true;
    if (s == NULL)
        return RC_NOMEM;
    day = &s->day[at];
    (void)enum_value(&cause_names, row->cause, &cause);
    day->messages = gather_add(day->messages, n);
    o->we->messages[at] = gather_add(o->we->messages[at] < 0 ? 0 : o->we->messages[at], n);
    if (str_eq(row->disposition, STR("quarantine")))
        day->quarantined = gather_add(day->quarantined, n);
    else if (str_eq(row->disposition, STR("reject")))
        day->rejected = gather_add(day->rejected, n);
    if (str_eq(row->dmarc, STR("pass"))) {
        day->passed = gather_add(day->passed, n);
        return RC_OK;
    }
    if (cause != CAUSE_NONE)
        day->cause[cause] = gather_add(day->cause[cause], n);
    if (cause == CAUSE_FORWARDED || cause == CAUSE_MAILING_LIST)
        day->forwarded = gather_add(day->forwarded, n);
    if (gather_is_forged(cause))
        o->we->forged[at] = gather_add(o->we->forged[at], n);
    return RC_OK;
}

static enum rc own_no_memory(struct err *e)
{
    return err_set(e, RC_NOMEM, "no memory for what our own mail shows");
}

/* What was decided of sources that both know. */
static void own_decisions(struct own *o)
{
    for (size_t i = 0; i < o->d->sources; i++)
        for (size_t k = 0; k < o->reports->sources; k++)
            if (strcmp(o->d->source[i].name, o->reports->source[k].name) == 0) {
                o->d->source[i].owner = o->reports->source[k].owner;
                o->d->source[i].decision = o->reports->source[k].decision;
                o->d->source[i].decisions = o->reports->source[k].decisions;
            }
}

enum rc own_gather(struct db *d, struct arena *a, const struct watch_question *q, const struct watch_domain *reports,
                   struct watch_domain *out, bool *there, struct err *e)
{
    struct own o = {.a = a, .reports = reports, .d = out};
    enum rc rc;

    *there = false;
    *out = *reports;
    out->sources = out->reporters = 0;
    out->source = arena_array(a, WATCH_SOURCES_MAX, sizeof *out->source);
    out->reporter = o.we = arena_alloc(a, sizeof *out->reporter);
    if (out->source == NULL || o.we == NULL)
        return own_no_memory(e);
    *o.we = (struct watch_reporter){.name = "our own mail", .verified = true,
                                    .messages = arena_array(a, out->days, sizeof *o.we->messages),
                                    .forged = arena_array(a, out->days, sizeof *o.we->forged)};
    if (o.we->messages == NULL || o.we->forged == NULL)
        return own_no_memory(e);
    out->reporters = 1;
    for (size_t i = 0; i < out->days; i++) {
        o.we->messages[i] = -1;
        o.we->forged[i] = 0;
    }
    rc = tallies_of_domain(d, q->client, q->domain, out->first_day, out->first_day + (int64_t)out->days, own_row, &o,
                           e);
    *there = o.there;
    own_decisions(&o);
    if (rc == RC_NOMEM || (rc == RC_OK && watch_sum_up(a, out) != RC_OK))
        return own_no_memory(e);
    return rc;
}

/* ---- what it shows ---- */

/* Silence here means nothing, nor a stranger; drifts are told from the reports, which see more. */
static bool own_counts(const struct watch_episode *p)
{
    return p->workflow == WATCH_SENDER_FAILURE || p->workflow == WATCH_SPOOFING ||
           (p->workflow == WATCH_NEW_SENDER && !source_is_group(p->source));
}

static bool own_is_near(const struct watch_episode *x, const struct watch_episode *y)
{
    int64_t x_end = x->closed == 0 ? INT64_MAX / 2 : x->closed, y_end = y->closed == 0 ? INT64_MAX / 2 : y->closed;

    return x->opened <= y_end + OWN_NEAR_DAYS && y->opened <= x_end + OWN_NEAR_DAYS;
}

static void own_join(struct watch_episode *to, const struct watch_episode *own)
{
    to->opened = own->opened < to->opened ? own->opened : to->opened;
    to->since = own->since < to->since ? own->since : to->since;
    to->band = own->band > to->band ? own->band : to->band;
    if (to->closed != 0 && (own->closed == 0 || own->closed > to->closed))
        to->closed = own->closed;
    if (own->messages > to->own_messages) {
        to->own_messages = own->messages;
        to->own_passed = own->passed;
    }
}

enum rc own_merge(struct arena *a, const struct watch_domain *own, const struct watch_bounds *b,
                  struct watch_episode **episode, size_t *n)
{
    struct watch_episode *found, *all;
    size_t more, from_reports = *n;
    enum rc rc = watch_judge(a, own, b, &found, &more);

    if (rc != RC_OK)
        return rc;
    all = arena_array(a, *n + more + 1, sizeof *all);
    if (all == NULL)
        return RC_NOMEM;
    memcpy(all, *episode, *n * sizeof *all);
    for (size_t i = 0; i < more; i++) {
        struct watch_episode *same = NULL;

        if (!own_counts(&found[i]))
            continue;
        for (size_t k = 0; same == NULL && k < from_reports; k++)
            if (all[k].workflow == found[i].workflow && strcmp(all[k].source, found[i].source) == 0 &&
                own_is_near(&all[k], &found[i]))
                same = &all[k];
        if (same == NULL) {
            same = &all[(*n)++];
            *same = found[i];
            same->messages = same->passed = same->quarantined = same->rejected = 0;
        }
        own_join(same, &found[i]);
    }
    *episode = all;
    return RC_OK;
}
