#include <string.h>

#include "watch/judge.h"

enum {
    DRIFT_TIMES = 3,              /* the same fault so often … */
    DRIFT_WITHIN_DAYS = 90,       /* … in so many days */
    DRIFT_WEEKS = 4,              /* a share that falls from week to week so often … */
    DRIFT_STEP = 50,              /* … by at least so much each time, in hundredths of a percent … */
    DRIFT_FALL = 300,             /* … and so much in all … */
    DRIFT_AT_ONCE = 80,           /* … of which two weeks have at most so many percent */
    DRIFT_ENDS_DAYS = 28,         /* without any of it */
    DRIFT_MOST = 9000,            /* of what passes: by one mechanism alone */
    SILENCE_REGULAR_DAYS = 20,    /* of 28 with a report make a regular reporter */
    SILENCE_DAYS = 3,             /* beyond the lag without one */
    SILENCE_MEMORY_DAYS = 28
};

static struct watch_episode *drift_open(const struct judge_place *p, enum watch_workflow workflow, const char *source,
                                        int64_t opened)
{
    struct watch_episode *e;

    if (*p->n == p->max)
        return NULL;
    e = &p->episode[(*p->n)++];
    *e = (struct watch_episode){.workflow = workflow, .source = source, .opened = opened, .since = opened,
                                .band = WATCH_WATCH, .before = -1, .detail = ""};
    return e;
}

/* ---- what happens at a day ---- */

/* Failures of the same source and cause that opened within 90 days up to the day; the first of them in *first. */
static int64_t drift_again(const struct judge_place *p, const struct watch_source *s, int64_t day, enum cause *cause,
                           int64_t *first)
{
    for (size_t i = 0; i < *p->n; i++) {
        const struct watch_episode *e = &p->episode[i];
        int64_t n = 0;

        if (e->workflow != WATCH_SENDER_FAILURE || e->opened != day || strcmp(e->source, s->name) != 0)
            continue;
        *first = day;
        for (size_t k = 0; k < *p->n; k++) {
            const struct watch_episode *o = &p->episode[k];

            if (o->workflow != WATCH_SENDER_FAILURE || o->cause != e->cause || o->opened > day ||
                o->opened <= day - DRIFT_WITHIN_DAYS || strcmp(o->source, s->name) != 0)
                continue;
            n++;
            *first = o->opened < *first ? o->opened : *first;
        }
        *cause = e->cause;
        return n >= DRIFT_TIMES ? n : 0;
    }
    return 0;
}

static bool drift_falls(const struct judge_place *p, const struct watch_source *s, int64_t at)
{
    int64_t share[DRIFT_WEEKS + 1];

    for (int week = 0; week <= DRIFT_WEEKS; week++) {
        struct watch_sum sum = watch_sum_of(s, at - 7 * week, 7);

        if (watch_band_of(&sum, p->b) == WATCH_NOT_JUDGED)
            return false;
        share[week] = watch_share(&sum);
        if (week > 0 && share[week] - share[week - 1] < DRIFT_STEP)
            return false;
    }
    if (share[DRIFT_WEEKS] - share[0] < DRIFT_FALL)
        return false;
    for (int week = 2; week <= DRIFT_WEEKS; week++) /* a fall at once lies in one week, or in two that follow */
        if ((share[week] - share[week - 2]) * 100 > (share[DRIFT_WEEKS] - share[0]) * DRIFT_AT_ONCE)
            return false;
    return true;
}

/* Signatures verified in nearly all of the month before, and in nearly none of the last days: two, or a week. */
static bool drift_lost_dkim(const struct judge_place *p, const struct watch_source *s, int64_t at)
{
    static const int64_t days[] = {2, 7};
    struct watch_sum month = watch_sum_of(s, at - 7, 28);

    if (month.passed < p->b->judged || month.spf_only * 10000 > month.passed * (10000 - DRIFT_MOST))
        return false;
    for (size_t i = 0; i < sizeof days / sizeof days[0]; i++) {
        struct watch_sum last = watch_sum_of(s, at, days[i]);

        if (last.passed >= p->b->judged && last.spf_only * 10000 >= last.passed * DRIFT_MOST)
            return true;
    }
    return false;
}

/* ---- day by day ---- */

struct drift_sign {
    const char *detail; /* NULL: nothing */
    enum cause cause;
    int64_t count, first;
};

/* Whether a failure of the source is open that day: what it does then is told by that. */
static bool drift_is_told(const struct judge_place *p, const struct watch_source *s, int64_t day)
{
    for (size_t i = 0; i < *p->n; i++) {
        const struct watch_episode *e = &p->episode[i];

        if (e->workflow == WATCH_SENDER_FAILURE && e->opened <= day && (e->closed == 0 || e->closed >= day) &&
            strcmp(e->source, s->name) == 0)
            return true;
    }
    return false;
}

static struct drift_sign drift_look(const struct judge_place *p, const struct watch_source *s, int64_t at, int64_t ripe)
{
    struct drift_sign sign = {.detail = NULL, .first = p->d->first_day + at};

    sign.count = drift_again(p, s, p->d->first_day + at, &sign.cause, &sign.first);
    if (sign.count > 0)
        sign.detail = "the same fault came again";
    else if (at <= ripe && drift_falls(p, s, at))
        sign = (struct drift_sign){"its share falls week by week", CAUSE_NONE, 0,
                                   p->d->first_day + at - 7 * DRIFT_WEEKS};
    else if (drift_lost_dkim(p, s, at) && !drift_is_told(p, s, p->d->first_day + at))
        sign = (struct drift_sign){"it passes by SPF alone now, where its signatures verified before", CAUSE_NONE, 0,
                                   p->d->first_day + at - 6};
    return sign;
}

static void drift_source(const struct judge_place *p, const struct watch_source *s)
{
    int64_t today = (int64_t)p->d->days - 1, ripe = today - WATCH_LAG_DAYS, last = 0;
    struct watch_episode *open = NULL;

    for (int64_t at = 0; at <= today; at++) {
        bool approved = watch_status_on(s, p->d->first_day + at) == WATCH_APPROVED;
        struct drift_sign sign = approved ? drift_look(p, s, at, ripe) : (struct drift_sign){.detail = NULL};
        struct watch_sum week;

        if (sign.detail != NULL)
            last = at;
        if (sign.detail != NULL && open == NULL) {
            open = drift_open(p, WATCH_DRIFT, s->name, p->d->first_day + at);
            if (open == NULL)
                return;
            week = watch_sum_of(s, at, 7);
            open->cause = sign.cause;
            open->detail = sign.detail;
            open->since = sign.first;
            open->messages = week.messages;
            open->passed = week.passed;
            open->band = WATCH_TICKET;
        }
        if (open != NULL)
            open->count = sign.count > open->count ? sign.count : open->count;
        if (open != NULL && (!approved || at - last >= DRIFT_ENDS_DAYS)) {
            open->closed = p->d->first_day + at;
            open = NULL;
        }
    }
}

void drift_judge(const struct judge_place *place)
{
    for (size_t i = 0; i < place->d->sources; i++)
        drift_source(place, &place->d->source[i]);
}

/* ---- silence ---- */

/* Days up to `at` without a report of it, and how many of the 28 before these had one. */
static int64_t silence_of(const struct watch_reporter *r, int64_t at, int64_t *regular)
{
    int64_t silent = 0;

    while (silent <= at && r->messages[at - silent] < 0)
        silent++;
    *regular = 0;
    for (int64_t i = 0; i < SILENCE_MEMORY_DAYS && at - silent - i >= 0; i++)
        *regular += r->messages[at - silent - i] >= 0;
    return silent;
}

/* What all others reported in the days of silence, against what is usual: on a holiday nobody has much to say. */
static bool silence_others_speak(const struct watch_domain *d, const struct watch_reporter *but, int64_t at,
                                 int64_t silent)
{
    int64_t now = 0, usual = 0;

    for (size_t i = 0; i < d->reporters; i++) {
        const struct watch_reporter *r = &d->reporter[i];

        for (int64_t k = 0; r != but && k < silent + SILENCE_MEMORY_DAYS && at - k >= 0; k++)
            if (r->messages[at - k] > 0) {
                now += k < silent ? r->messages[at - k] : 0;
                usual += k < silent ? 0 : r->messages[at - k];
            }
    }
    return usual > 0 && now * SILENCE_MEMORY_DAYS * 2 >= usual * silent;
}

/* All together, as one reporter: in the arena; NULL without memory. */
static struct watch_reporter *silence_all(const struct judge_place *p)
{
    struct watch_reporter *all = arena_alloc(p->arena, sizeof *all);

    if (all == NULL)
        return NULL;
    *all = (struct watch_reporter){.name = "", .messages = arena_array(p->arena, p->d->days, sizeof *all->messages)};
    for (size_t day = 0; all->messages != NULL && day < p->d->days; day++) {
        all->messages[day] = -1;
        for (size_t i = 0; i < p->d->reporters; i++)
            if (p->d->reporter[i].messages[day] >= 0)
                all->messages[day] = 1;
    }
    return all->messages == NULL ? NULL : all;
}

static void silence_one(const struct judge_place *p, const struct watch_reporter *r)
{
    int64_t ripe = (int64_t)p->d->days - 1 - WATCH_LAG_DAYS;
    struct watch_episode *open = NULL;

    for (int64_t at = 0; at <= ripe; at++) {
        int64_t regular, silent = silence_of(r, at, &regular);

        if (open != NULL && silent == 0) {
            open->closed = p->d->first_day + at;
            open = NULL;
        }
        if (open != NULL || silent != SILENCE_DAYS || regular < SILENCE_REGULAR_DAYS ||
            (r->name[0] != '\0' && !silence_others_speak(p->d, r, at, silent)))
            continue;
        open = drift_open(p, WATCH_REPORTS_MISSING, r->name, p->d->first_day + at);
        if (open == NULL)
            return;
        open->since = p->d->first_day + at - silent + 1;
        open->band = r->name[0] == '\0' ? WATCH_TICKET : WATCH_WATCH;
        open->detail = r->name[0] == '\0' ? "no receiver reports any more" : "it reported nearly every day";
    }
}

void silence_judge(const struct judge_place *place)
{
    struct watch_reporter *all = silence_all(place);

    for (size_t i = 0; i < place->d->reporters; i++)
        silence_one(place, &place->d->reporter[i]);
    if (all != NULL)
        silence_one(place, all);
}
