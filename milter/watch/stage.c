#include <string.h>

#include "verdict/source.h"
#include "watch/watch.h"

static const char *const stage_words[] = {"p=none", "p=quarantine; t=y", "p=quarantine", "p=reject"};
const struct enum_names watch_stage_names = ENUM_NAMES(stage_words);
static const char *const condition_words[] = {
    "at least 5 receivers report", "reports for at least 20 of 28 days", "every material source is decided on",
    "each approved source passes", "approved sources together pass", "no new source for 14 days",
    "what fails is forged, forwarded or from lists", "no failure of an approved source is open",
    "the stage before was held for 14 days",
};
const struct enum_names watch_condition_names = ENUM_NAMES(condition_words);

enum {
    STAGE_DAYS = 28, STAGE_REPORTERS = 5, STAGE_REPORT_DAYS = 20, STAGE_EACH = 9800, STAGE_TOGETHER = 9500,
    STAGE_QUIET_DAYS = 14, STAGE_HELD_DAYS = 14, STAGE_MATERIAL = 100,
    STAGE_NEW = 50,          /* messages that make a source */
    STAGE_UNEXPLAINED = 1000 /* one in so many may fail for no reason that is known */
};

static enum watch_stage stage_of(const struct watch_domain *d)
{
    if (strcmp(d->policy, "reject") == 0)
        return d->testing ? WATCH_STAGE_QUARANTINE : WATCH_STAGE_REJECT;
    if (strcmp(d->policy, "quarantine") == 0)
        return d->testing ? WATCH_STAGE_TESTING : WATCH_STAGE_QUARANTINE;
    return WATCH_STAGE_NONE;
}

static void stage_say(struct watch_readiness *r, enum watch_condition which, int64_t have, int64_t want,
                      const char *name)
{
    r->condition[which].have = have;
    r->condition[which].want = want;
    r->condition[which].met = have >= want && name[0] == '\0';
    r->condition[which].which = name;
}

static void stage_reports(const struct watch_domain *d, int64_t at, struct watch_readiness *r)
{
    int64_t reporters = 0, days = 0;

    for (size_t i = 0; i < d->reporters; i++) {
        bool spoke = false;

        for (int64_t k = 0; k < STAGE_DAYS && at - k >= 0; k++)
            spoke = spoke || d->reporter[i].messages[at - k] >= 0;
        reporters += spoke;
    }
    for (int64_t k = 0; k < STAGE_DAYS && at - k >= 0; k++) {
        bool spoke = false;

        for (size_t i = 0; i < d->reporters; i++)
            spoke = spoke || d->reporter[i].messages[at - k] >= 0;
        days += spoke;
    }
    stage_say(r, WATCH_ENOUGH_REPORTERS, reporters, STAGE_REPORTERS, "");
    stage_say(r, WATCH_ENOUGH_DAYS, days, STAGE_REPORT_DAYS, "");
}

/* What a stricter policy is meant for, or harms no more than now: forged, forwarded, from lists. */
static int64_t stage_excused(const struct watch_sum *s)
{
    return s->cause[CAUSE_UNAUTHORIZED] + s->cause[CAUSE_LOOKALIKE] + s->cause[CAUSE_PARKED] +
           s->cause[CAUSE_MAILING_LIST] + s->cause[CAUSE_FORWARDED];
}

struct stage_tally {
    int64_t total, judged, passed, lowest, undecided, unexplained, newest;
    const char *lowest_name, *undecided_name, *unexplained_name, *newest_name;
};

static bool stage_is_material(const struct watch_source *s, const struct watch_sum *month, int64_t total)
{
    int64_t n = watch_claimed(s, month);

    return (n * 100 >= total && n >= STAGE_MATERIAL) || s->owner[0] != '\0';
}

static void stage_count_source(const struct watch_domain *d, const struct watch_source *s, int64_t at,
                               struct stage_tally *t, struct watch_readiness *r)
{
    struct watch_sum month = watch_sum_of(s, at, STAGE_DAYS), young = watch_sum_of(s, at, STAGE_QUIET_DAYS);
    enum watch_status status = watch_status_on(s, d->first_day + at);
    int64_t failed = month.messages - month.passed, excused = stage_excused(&month), share = watch_share(&month);
    int64_t all = watch_sum_of(s, at, at + 1).messages;
    bool forged_only = month.passed == 0 && excused >= month.messages;

    r->blocked += failed;
    if (month.messages == 0 || forged_only || status == WATCH_MALICIOUS || status == WATCH_RETIRED)
        return;
    if (status == WATCH_APPROVED) {
        t->judged += month.messages - (month.forwarded < failed ? month.forwarded : failed);
        t->passed += month.passed;
        if (share >= 0 && (t->lowest < 0 || share < t->lowest)) {
            t->lowest = share;
            t->lowest_name = share < STAGE_EACH ? s->name : "";
        }
    } else if (stage_is_material(s, &month, t->total)) {
        t->undecided++;
        t->undecided_name = s->name;
    }
    if (young.messages == all && watch_claimed(s, &young) >= STAGE_NEW && at >= STAGE_QUIET_DAYS) {
        t->newest++;
        t->newest_name = s->name;
    }
    if (source_is_group(s->name))
        excused += month.cause[CAUSE_DKIM_BROKEN];
    if (status != WATCH_APPROVED && failed > excused) {
        t->unexplained += failed - excused;
        t->unexplained_name = s->name;
    }
}

static void stage_sources(const struct watch_domain *d, int64_t at, struct watch_readiness *r)
{
    struct stage_tally t = {.lowest = -1, .lowest_name = "", .undecided_name = "", .unexplained_name = "",
                            .newest_name = ""};

    for (size_t i = 0; i < d->sources; i++)
        t.total += watch_sum_of(&d->source[i], at, STAGE_DAYS).messages;
    for (size_t i = 0; i < d->sources; i++)
        stage_count_source(d, &d->source[i], at, &t, r);
    stage_say(r, WATCH_ALL_DECIDED, -t.undecided, 0, t.undecided_name);
    stage_say(r, WATCH_EACH_PASSES, t.lowest, STAGE_EACH, t.lowest_name);
    stage_say(r, WATCH_TOGETHER_PASS, t.judged == 0 ? -1 : t.passed * 10000 / t.judged, STAGE_TOGETHER, "");
    stage_say(r, WATCH_NOTHING_NEW, -t.newest, 0, t.newest_name);
    stage_say(r, WATCH_REST_IS_FORGED, -t.unexplained, -(t.total / STAGE_UNEXPLAINED),
              t.unexplained > t.total / STAGE_UNEXPLAINED ? t.unexplained_name : "");
}

/* The source of a failure that went on that day; "" none. */
static const char *stage_failure(const struct watch_domain *d, const struct watch_episode *found, size_t n, int64_t at)
{
    int64_t day = d->first_day + at;

    for (size_t i = 0; i < n; i++)
        if (found[i].workflow == WATCH_SENDER_FAILURE && found[i].opened <= day &&
            (found[i].closed == 0 || found[i].closed > day))
            return found[i].source;
    return "";
}

void watch_readiness_of(const struct watch_domain *d, const struct watch_episode *found, size_t n, int64_t at,
                        struct watch_readiness *out)
{
    *out = (struct watch_readiness){.now = stage_of(d)};
    out->next = out->now == WATCH_STAGE_REJECT ? WATCH_STAGE_REJECT
                : d->parked                    ? WATCH_STAGE_REJECT
                                               : (enum watch_stage)(out->now + 1);
    stage_reports(d, at, out);
    stage_sources(d, at, out);
    stage_say(out, WATCH_NO_FAILURE_OPEN, 0, 0, stage_failure(d, found, n, at));
    stage_say(out, WATCH_STAGE_HELD, d->policy_since == 0 ? 0 : d->first_day + at - d->policy_since, STAGE_HELD_DAYS,
              "");
    out->ready = out->next != out->now;
    for (int i = 0; i < WATCH_CONDITION_COUNT && !d->parked; i++)
        out->ready = out->ready && out->condition[i].met;
}

int64_t watch_ready_since(const struct watch_domain *d, const struct watch_episode *found, size_t n, int64_t at)
{
    struct watch_readiness r = {.ready = true};

    while (at > 0 && r.ready) {
        watch_readiness_of(d, found, n, at - 1, &r);
        at -= r.ready;
    }
    return at;
}
