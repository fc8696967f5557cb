/*
 * Each workflow goes through the days once, in order, with the facts as they
 * are known now.  What late reports can only add to (a count that is enough)
 * is heeded at once; shares are judged WATCH_LAG_DAYS later, when nearly all
 * reports of a day are there.
 */
#include <stdlib.h>
#include <string.h>

#include "watch/judge.h"

enum {
    JUDGE_MAX = 2000,             /* episodes of one domain */
    JUDGE_DROP = 200,             /* a share that falls by less, in hundredths of a percent, is noise */
    JUDGE_FAILED = 20,            /* so many failed at least */
    JUDGE_IDLE_DAYS = 14,         /* without mail an episode of a source ends */
    JUDGE_NEW_IDLE_DAYS = 28,
    JUDGE_SPOOF_QUIET_DAYS = 3,
    JUDGE_SPOOF_KNOWN_DAYS = 7,   /* with reports, before it is known what is usual */
    JUDGE_PAST_MAX = 8            /* episodes of a source that are remembered */
};

struct judge {
    struct arena *arena;
    const struct watch_domain *d;
    const struct watch_bounds *b;
    int64_t today, ripe;          /* indexes: of the last day, and of the last whose shares are judged */
    struct watch_episode *out;
    size_t n;
};

static struct watch_episode *judge_open(struct judge *j, enum watch_workflow workflow, const char *source, int64_t at)
{
    struct watch_episode *p;

    if (j->n == JUDGE_MAX)
        return NULL;
    p = &j->out[j->n++];
    *p = (struct watch_episode){.workflow = workflow, .source = source, .opened = j->d->first_day + at,
                                .since = j->d->first_day + at, .before = -1, .detail = ""};
    return p;
}

/* The week that ends at `at` is what the episode tells of, when it is the worst so far. */
static void judge_worst(struct watch_episode *p, enum watch_band band, const struct watch_sum *week)
{
    if (p->messages != 0 && band < p->band)
        return;
    p->band = band > p->band ? band : p->band;
    p->messages = week->messages;
    p->passed = week->passed;
    p->quarantined = week->quarantined;
    p->rejected = week->rejected;
}

/* ---- approved sources that fail ---- */

/* Lost on the way, or by a resolver: nothing that a sender does about. */
static bool judge_is_own_cause(int cause)
{
    return cause != CAUSE_NONE && cause != CAUSE_DNS_TEMPORARY && cause != CAUSE_MAILING_LIST &&
           cause != CAUSE_FORWARDED;
}

static enum cause judge_top_cause(const struct watch_sum *sum)
{
    int top = CAUSE_NONE;

    for (int c = 1; c < CAUSE_COUNT; c++)
        if (judge_is_own_cause(c) && sum->cause[c] > (top == CAUSE_NONE ? 0 : sum->cause[top]))
            top = c;
    return (enum cause)top;
}

/*
 * A cause of at least own_cause messages and one percent of the week, at more
 * than four times its rate of the 28 days before; where these had hardly any
 * mail, only when most of the week fails.
 */
static enum cause judge_new_cause(const struct judge *j, const struct watch_sum *week, const struct watch_sum *month)
{
    for (int c = 1; c < CAUSE_COUNT; c++)
        if (judge_is_own_cause(c) && week->cause[c] >= j->b->own_cause && week->cause[c] * 100 >= week->messages &&
            week->cause[c] > month->cause[c] &&
            (month->messages >= j->b->judged || watch_band_of(week, j->b) == WATCH_ESCALATE))
            return (enum cause)c;
    return CAUSE_NONE;
}

/* A bound that the 28 days before held and the week does not. */
static bool judge_fell(const struct judge *j, const struct watch_sum *week, const struct watch_sum *month)
{
    const int64_t bound[] = {j->b->healthy, j->b->watch, j->b->ticket};
    int64_t now = watch_share(week), before = watch_share(month);

    if (watch_band_of(week, j->b) == WATCH_NOT_JUDGED || watch_band_of(month, j->b) == WATCH_NOT_JUDGED ||
        before - now < JUDGE_DROP || week->messages - week->passed - week->forwarded < JUDGE_FAILED)
        return false;
    for (size_t i = 0; i < sizeof bound / sizeof bound[0]; i++)
        if (before >= bound[i] && now < bound[i])
            return true;
    return false;
}

/* A source's episodes that are over: what was wrong then is neither usual nor new. */
struct judge_past {
    int64_t since[JUDGE_PAST_MAX], closed[JUDGE_PAST_MAX]; /* indexes of days, the newest at n - 1 */
    int n;
};

/* The first day of the week on which messages failed for that cause. */
static int64_t judge_since(const struct judge *j, const struct watch_source *s, const struct judge_past *past,
                           int64_t at, enum cause cause)
{
    int64_t first = at < 6 ? 0 : at - 6;

    if (past->n > 0 && first <= past->closed[past->n - 1])
        first = past->closed[past->n - 1] + 1;
    for (int64_t i = first; i <= at; i++)
        if (s->day[i].cause[cause] > 0)
            return j->d->first_day + i;
    return j->d->first_day + at;
}

/* How many days in a row mail has been well, or absent; for a failure that is open. */
struct judge_run {
    int good, idle;
};

/* Healthy, about as good as before, and without the cause that it was opened for. */
static bool judge_is_well(const struct judge *j, const struct watch_episode *open, const struct watch_sum *day)
{
    int64_t share = watch_share(day);
    int64_t wanted = open->before - JUDGE_DROP / 2 > j->b->healthy ? open->before - JUDGE_DROP / 2 : j->b->healthy;

    return share < 0 || (share >= wanted && day->cause[open->cause] * 100 < day->messages);
}

static bool judge_recovered(const struct judge *j, const struct watch_source *s, const struct watch_episode *open,
                            int64_t at, struct judge_run *run)
{
    struct watch_sum day = watch_sum_of(s, at, 1);

    run->idle = day.messages == 0 ? run->idle + 1 : 0;
    if (day.messages > 0)
        run->good = judge_is_well(j, open, &day) ? run->good + 1 : 0;
    return run->good >= 2 || run->idle >= JUDGE_IDLE_DAYS;
}

static void judge_remember(struct judge_past *past, int64_t since, int64_t closed)
{
    if (past->n == JUDGE_PAST_MAX) {
        memmove(past->since, past->since + 1, (JUDGE_PAST_MAX - 1) * sizeof past->since[0]);
        memmove(past->closed, past->closed + 1, (JUDGE_PAST_MAX - 1) * sizeof past->closed[0]);
        past->n--;
    }
    past->since[past->n] = since;
    past->closed[past->n++] = closed;
}

/* The week that ends at `at`, but for days of an episode that is over. */
static struct watch_sum judge_week(const struct watch_source *s, const struct judge_past *past, int64_t at)
{
    int64_t free = past->n == 0 ? 7 : at - past->closed[past->n - 1];

    return watch_sum_of(s, at, free < 7 ? free : 7);
}

/* The 28 days before that week, but for days of episodes. */
static struct watch_sum judge_month(const struct watch_source *s, const struct judge_past *past, int64_t at)
{
    int64_t end = at - 7, first = end - 27;
    struct watch_sum sum = watch_sum_of(s, end, 28);

    for (int i = 0; i < past->n; i++) {
        int64_t from = past->since[i] > first ? past->since[i] : first,
                to = past->closed[i] < end ? past->closed[i] : end;

        if (from <= to) {
            struct watch_sum odd = watch_sum_of(s, to, to - from + 1);

            watch_sum_add(&sum, &odd, -1);
        }
    }
    return sum;
}

/* Opens one when the facts of that day ask for it; NULL: they do not. */
static struct watch_episode *judge_open_failure(struct judge *j, const struct watch_source *s,
                                                const struct judge_past *past, int64_t at)
{
    struct watch_sum week = judge_week(s, past, at), month = judge_month(s, past, at);
    enum cause cause = judge_new_cause(j, &week, &month);
    struct watch_episode *p;

    if (cause != CAUSE_NONE && s->day[at].cause[cause] == 0)
        cause = CAUSE_NONE; /* it is over already */
    if (cause == CAUSE_NONE && (at > j->ripe || !judge_fell(j, &week, &month)))
        return NULL;
    p = judge_open(j, WATCH_SENDER_FAILURE, s->name, at);
    if (p == NULL)
        return NULL;
    p->cause = cause != CAUSE_NONE ? cause : judge_top_cause(&week);
    p->since = judge_since(j, s, past, at, p->cause);
    p->before = watch_share(&month);
    return p;
}

static void judge_failing_source(struct judge *j, const struct watch_source *s)
{
    struct judge_past past = {.n = 0};
    struct watch_episode *open = NULL;
    struct judge_run run = {0, 0};

    for (int64_t at = 0; at <= j->today; at++) {
        bool approved = watch_status_on(s, j->d->first_day + at) == WATCH_APPROVED;
        struct watch_sum week;
        enum watch_band band;

        if (open == NULL && approved) {
            open = judge_open_failure(j, s, &past, at);
            run = (struct judge_run){0, 0};
        }
        if (open == NULL)
            continue;
        week = judge_week(s, &past, at);
        band = watch_band_of(&week, j->b);
        judge_worst(open, band < WATCH_WATCH ? WATCH_WATCH : band, &week);
        if (approved && (at > j->ripe || j->d->first_day + at == open->since || !judge_recovered(j, s, open, at, &run)))
            continue;
        open->closed = j->d->first_day + at;
        judge_remember(&past, open->since - j->d->first_day, at);
        open = NULL;
    }
}

/* ---- new senders ---- */


static void judge_new_source(struct judge *j, const struct watch_source *s)
{
    struct watch_episode *open = NULL;
    int idle = 0;

    for (int64_t at = 0; at <= j->today; at++) {
        struct watch_sum week = watch_sum_of(s, at, 7);
        bool undecided = watch_status_on(s, j->d->first_day + at) == WATCH_UNKNOWN;

        if (open == NULL && undecided && watch_claimed(s, &week) >= j->b->meaningful) {
            open = judge_open(j, WATCH_NEW_SENDER, s->name, at);
            if (open == NULL)
                return;
            open->cause = judge_top_cause(&week);
            for (open->since = j->d->first_day; s->day[open->since - j->d->first_day].messages == 0; open->since++)
                ;
            idle = 0;
        }
        if (open == NULL)
            continue;
        judge_worst(open, WATCH_TICKET, &week);
        idle = week.messages == 0 ? idle + 1 : 0;
        if (!undecided || idle >= JUDGE_NEW_IDLE_DAYS) {
            open->closed = j->d->first_day + at;
            open = NULL;
        }
    }
}

/* ---- forged mail ---- */

/* Messages of a day that nothing shows to be the domain's. */
static int64_t judge_forged(const struct judge *j, int64_t at)
{
    int64_t n = 0;

    for (size_t i = 0; i < j->d->sources; i++) {
        const struct watch_day *day = &j->d->source[i].day[at];

        if (day->messages > 0)
            n += day->cause[CAUSE_UNAUTHORIZED] + day->cause[CAUSE_LOOKALIKE] + day->cause[CAUSE_PARKED];
    }
    return n;
}

static int judge_by_size(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;

    return *x < *y ? -1 : *x > *y;
}

/*
 * Of the 28 days before `at`, from the day `first` of the first report on; -1
 * when these are so few that nobody knows what is usual.
 */
static int64_t judge_median(const int64_t *forged, int64_t first, int64_t at)
{
    int64_t day[28];
    size_t n = 0;

    for (int64_t i = at - 1; i >= first && n < 28; i--)
        day[n++] = forged[i];
    if (n < JUDGE_SPOOF_KNOWN_DAYS)
        return -1;
    qsort(day, n, sizeof day[0], judge_by_size);
    return (day[(n - 1) / 2] + day[n / 2]) / 2;
}

/* The index of the first day that a report covers; beyond the last where there is none. */
static int64_t judge_first_reported(const struct judge *j)
{
    int64_t first = j->today + 1;

    for (size_t i = 0; i < j->d->reporters; i++)
        for (int64_t at = 0; at < first; at++)
            if (j->d->reporter[i].messages[at] >= 0)
                first = at;
    return first;
}

/* Who saw it: at least two, or one whose word is proven. */
static int64_t judge_witnesses(const struct judge *j, int64_t at, bool *proven)
{
    int64_t n = 0;

    *proven = false;
    for (size_t i = 0; i < j->d->reporters; i++) {
        const struct watch_reporter *r = &j->d->reporter[i];

        if (r->forged[at] > 0) {
            n++;
            *proven = *proven || r->verified;
        }
    }
    return n;
}

static struct watch_sum judge_forged_week(const struct judge *j, int64_t at)
{
    struct watch_sum sum = {.messages = 0};

    for (size_t i = 0; i < j->d->sources; i++) {
        struct watch_sum s = watch_sum_of(&j->d->source[i], at, 7);
        int64_t forged = s.cause[CAUSE_UNAUTHORIZED] + s.cause[CAUSE_LOOKALIKE] + s.cause[CAUSE_PARKED];

        if (forged == 0)
            continue;
        sum.messages += forged;
        sum.quarantined += s.quarantined < forged ? s.quarantined : forged;
        sum.rejected += s.rejected < forged ? s.rejected : forged;
    }
    return sum;
}

static void judge_spoofing(struct judge *j)
{
    struct watch_episode *open = NULL;
    int64_t *forged = arena_array(j->arena, j->d->days, sizeof *forged), bound = 0, first = judge_first_reported(j);
    int quiet = 0;

    for (int64_t at = 0; forged != NULL && at <= j->today; at++) {
        int64_t usual = judge_median(forged, first, at), witnesses;
        bool proven;

        forged[at] = judge_forged(j, at);
        witnesses = judge_witnesses(j, at, &proven);
        if (open == NULL && usual >= 0 && forged[at] >= j->b->sharp && forged[at] >= j->b->sharp_times * usual &&
            (witnesses >= 2 || proven)) {
            open = judge_open(j, WATCH_SPOOFING, "", at);
            if (open == NULL)
                return;
            open->cause = CAUSE_UNAUTHORIZED;
            bound = j->b->sharp_times * usual < j->b->sharp ? j->b->sharp : j->b->sharp_times * usual;
            quiet = 0;
        }
        if (open == NULL)
            continue;
        struct watch_sum week = judge_forged_week(j, at);

        if (week.messages >= open->messages)
            judge_worst(open, WATCH_ESCALATE, &week);
        open->count = witnesses > open->count ? witnesses : open->count;
        quiet = at <= j->ripe && forged[at] < bound ? quiet + 1 : 0;
        if (quiet >= JUDGE_SPOOF_QUIET_DAYS) {
            open->closed = j->d->first_day + at;
            open = NULL;
        }
    }
}

/* ---- all of them ---- */

static int judge_order(const void *x, const void *y)
{
    const struct watch_episode *a = x, *b = y;
    int by_source;

    if (a->workflow != b->workflow)
        return a->workflow < b->workflow ? -1 : 1;
    by_source = strcmp(a->source, b->source);
    if (by_source != 0)
        return by_source;
    return a->opened < b->opened ? -1 : a->opened > b->opened;
}

enum rc watch_judge(struct arena *a, const struct watch_domain *d, const struct watch_bounds *b,
                    struct watch_episode **out, size_t *n)
{
    struct judge j = {.arena = a, .d = d, .b = b, .today = (int64_t)d->days - 1,
                      .ripe = (int64_t)d->days - 1 - WATCH_LAG_DAYS};
    struct judge_place place;

    *n = 0;
    j.out = arena_array(a, JUDGE_MAX, sizeof *j.out);
    *out = j.out;
    if (j.out == NULL)
        return RC_NOMEM;
    for (size_t i = 0; i < d->sources; i++) {
        judge_failing_source(&j, &d->source[i]);
        judge_new_source(&j, &d->source[i]);
    }
    judge_spoofing(&j);
    place = (struct judge_place){.d = d, .b = b, .episode = j.out, .max = JUDGE_MAX, .n = &j.n, .arena = a};
    drift_judge(&place);
    silence_judge(&place);
    qsort(j.out, j.n, sizeof *j.out, judge_order);
    *n = j.n;
    return RC_OK;
}
