/*
 * Ninety days of 40 clients with events planted in them.  What each must lead
 * to stood here before the thresholds were tried on it.
 */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "watch/gather_parts.h"
#include "watch/round.h"

enum { DAYS = 90, CLIENTS = 40, SOURCES = 6, REPORTERS = 6, FIRST = 20000, MEMORY = 64 << 20 };

/* ---- a made-up world; the same at every run ---- */

static uint64_t dice_state;

static uint64_t dice(uint64_t below)
{
    dice_state = dice_state * 6364136223846793005ULL + 1442695040888963407ULL;
    return below == 0 ? 0 : (dice_state >> 33) % below;
}

/* About `n`, give or take a fifth, less at weekends. */
static int32_t around(int64_t n, int64_t day)
{
    int64_t weekend = (FIRST + day) % 7 < 2 ? 3 : 10;
    int64_t spread = n / 5;

    return (int32_t)((n - spread + (int64_t)dice((uint64_t)(2 * spread + 1))) * weekend / 10);
}

static const struct watch_decision approved[] = {{FIRST - 100, WATCH_APPROVED}};

static struct watch_domain make_domain(struct arena *a, const char *client)
{
    static const char *const names[SOURCES] = {"own-servers", "mailchimp", "salesforce", "zendesk", "newservice", "unknown"};
    static const char *const reporters[REPORTERS] = {"google.com", "outlook.com", "yahoo.com", "gmx.net", "seznam.cz",
                                                   "small.example"};
    struct watch_domain d = {.client = client, .name = "acme.example", .first_day = FIRST, .days = DAYS, .sources = SOURCES,
                             .reporters = REPORTERS, .policy = "none", .policy_since = FIRST};

    d.source = arena_array(a, SOURCES, sizeof *d.source);
    d.reporter = arena_array(a, REPORTERS, sizeof *d.reporter);
    for (size_t i = 0; i < SOURCES; i++) {
        d.source[i] = (struct watch_source){.name = names[i], .owner = i < 4 ? "Ann" : "", .decision = approved,
                                            .decisions = i < 4, .day = arena_array(a, DAYS, sizeof(struct watch_day))};
        memset(d.source[i].day, 0, DAYS * sizeof(struct watch_day));
    }
    for (size_t i = 0; i < REPORTERS; i++) {
        d.reporter[i] = (struct watch_reporter){.name = reporters[i], .verified = i == 0,
                                                .messages = arena_array(a, DAYS, sizeof(int32_t)),
                                                .forged = arena_array(a, DAYS, sizeof(int32_t))};
        for (size_t day = 0; day < DAYS; day++) {
            d.reporter[i].messages[day] = 50;
            d.reporter[i].forged[day] = 0;
        }
    }
    return d;
}

/* One ordinary day: nearly all passes, a little is forwarded, broken on the way, or forged. */
static void ordinary_day(struct watch_domain *d, const int64_t volume[4], int64_t day)
{
    for (size_t i = 0; i < 4; i++) {
        struct watch_day *p = &d->source[i].day[day];
        int32_t broken, forwarded;

        p->messages = around(volume[i], day);
        forwarded = (int32_t)dice((uint64_t)p->messages / 50 + 1);
        broken = (int32_t)dice((uint64_t)p->messages / 200 + 1);
        p->forwarded = p->cause[CAUSE_FORWARDED] = forwarded;
        p->cause[CAUSE_DKIM_BROKEN] = broken;
        p->passed = p->messages - forwarded - broken;
    }
    d->source[5].day[day].messages = d->source[5].day[day].cause[CAUSE_UNAUTHORIZED] = (int32_t)dice(15);
    d->reporter[dice(REPORTERS)].forged[day] = 1;
}

static void ordinary(struct watch_domain *d)
{
    const int64_t volume[4] = {20 + (int64_t)dice(400), 100 + (int64_t)dice(3000), 30 + (int64_t)dice(200),
                               60 + (int64_t)dice(100)};

    for (int64_t day = 0; day < DAYS; day++)
        ordinary_day(d, volume, day);
}

/* `part` percent of a source's mail of that day fails for `cause`. */
static void fail_part(struct watch_domain *d, size_t source, int64_t day, enum cause cause, int64_t part)
{
    struct watch_day *p = &d->source[source].day[day];
    int32_t n = (int32_t)(p->messages * part / 100);

    n = n < p->passed ? n : p->passed;
    p->passed -= n;
    p->cause[cause] += n;
}

/* ---- what is planted, and what must come of it ---- */

enum plant { NOTHING, KEY_GONE, NEW_SERVICE, SLOW_DRIFT, SPOOF_WAVE, SILENT_REPORTER, LATE_REPORTS, HOLIDAY, RETIRED, PLANTS };

struct expected {
    enum watch_workflow workflow;
    const char *source;
    int64_t from, to; /* days in which it must open, counted from the first; to 0: nothing must open at all */
};

static struct expected plant(struct watch_domain *d, enum plant what)
{
    switch (what) {
    case KEY_GONE:
        for (int64_t day = 60; day < 68; day++)
            fail_part(d, 1, day, CAUSE_DKIM_NO_KEY, 100);
        return (struct expected){WATCH_SENDER_FAILURE, "mailchimp", 60, 61};
    case NEW_SERVICE:
        for (int64_t day = 50; day < DAYS; day++) {
            d->source[4].day[day].messages = d->source[4].day[day].cause[CAUSE_DKIM_UNALIGNED] = 30;
        }
        return (struct expected){WATCH_NEW_SENDER, "newservice", 51, 52};
    case SLOW_DRIFT:
        for (int64_t day = 30; day < DAYS; day++)
            fail_part(d, 1, day, CAUSE_SPF_NO_INCLUDE, (day - 30) / 2);
        return (struct expected){WATCH_SENDER_FAILURE, "mailchimp", 34, 50};
    case SPOOF_WAVE:
        for (int64_t day = 70; day < 73; day++) {
            d->source[5].day[day].messages += 1500;
            d->source[5].day[day].cause[CAUSE_UNAUTHORIZED] += 1500;
            d->reporter[0].forged[day] = 800;
            d->reporter[1].forged[day] = 700;
        }
        return (struct expected){WATCH_SPOOFING, "", 70, 71};
    case SILENT_REPORTER:
        for (int64_t day = 65; day < DAYS; day++)
            d->reporter[2].messages[day] = -1;
        return (struct expected){WATCH_REPORTS_MISSING, "yahoo.com", 67, 68};
    case LATE_REPORTS: /* half of the reports of the last two days are still on their way */
        for (int64_t day = DAYS - 2; day < DAYS; day++) {
            for (size_t i = 3; i < REPORTERS; i++)
                d->reporter[i].messages[day] = -1;
            for (size_t i = 0; i < SOURCES; i++) {
                struct watch_day *p = &d->source[i].day[day];

                p->messages /= 2, p->passed /= 2;
                for (int c = 0; c < CAUSE_COUNT; c++)
                    p->cause[c] /= 2;
            }
        }
        return (struct expected){WATCH_WORKFLOW_COUNT, "", 0, 0};
    case HOLIDAY:
        for (int64_t day = 40; day < 47; day++) {
            for (size_t i = 0; i < 4; i++) {
                memset(&d->source[i].day[day], 0, sizeof d->source[i].day[day]);
                d->source[i].day[day].messages = d->source[i].day[day].passed = 2;
            }
            for (size_t i = 0; i < REPORTERS; i++)
                d->reporter[i].messages[day] = i < 2 ? 1 : -1;
        }
        return (struct expected){WATCH_WORKFLOW_COUNT, "", 0, 0};
    case RETIRED: { /* what fails was switched off */
        static const struct watch_decision off[] = {{FIRST - 100, WATCH_APPROVED}, {FIRST + 45, WATCH_RETIRED}};

        d->source[3].decision = off;
        d->source[3].decisions = 2;
        for (int64_t day = 50; day < DAYS; day++)
            fail_part(d, 3, day, CAUSE_DKIM_NO_KEY, 100);
        return (struct expected){WATCH_WORKFLOW_COUNT, "", 0, 0};
    }
    case NOTHING:
    case PLANTS:
    default:
        return (struct expected){WATCH_WORKFLOW_COUNT, "", 0, 0};
    }
}

static void show(const struct watch_domain *d, enum plant what, const struct watch_episode *p)
{
    print_message("%s, plant %d: %s of \"%s\" day %lld to %lld, %s, cause %d, %lld of %lld passed, %s\n", d->client, (int)what,
                  enum_name(&watch_workflow_names, (int)p->workflow), p->source, (long long)(p->opened - FIRST),
                  (long long)(p->closed == 0 ? 0 : p->closed - FIRST), enum_name(&watch_band_names, (int)p->band), (int)p->cause,
                  (long long)p->passed, (long long)p->messages, p->detail);
}

/* Each event has its episode in time and once; beside these there is hardly anything. */
static void planted_events(void **state)
{
    size_t strays = 0;

    (void)state;
    for (int client = 0; client < CLIENTS; client++) {
        struct arena *a = arena_new(MEMORY);
        enum plant what = (enum plant)(client % PLANTS);
        struct watch_domain d;
        struct expected want;
        struct watch_episode *e;
        size_t n, found = 0;
        char name[20];

        dice_state = (uint64_t)client * 7919 + 1;
        (void)snprintf(name, sizeof name, "client%d", client);
        d = make_domain(a, name);
        ordinary(&d);
        want = plant(&d, what);
        assert_int_equal(watch_sum_up(a, &d), RC_OK);
        assert_int_equal(watch_judge(a, &d, &watch_usual_bounds, &e, &n), RC_OK);
        for (size_t i = 0; i < n; i++) {
            bool is_it = want.to != 0 && e[i].workflow == want.workflow && strcmp(e[i].source, want.source) == 0;

            if (is_it && (e[i].opened < FIRST + want.from || e[i].opened > FIRST + want.to))
                show(&d, what, &e[i]);
            found += is_it && e[i].opened >= FIRST + want.from && e[i].opened <= FIRST + want.to;
            if (!is_it && !(what == SLOW_DRIFT && e[i].workflow == WATCH_DRIFT)) {
                show(&d, what, &e[i]);
                strays++;
            }
        }
        if (found != (want.to != 0))
            print_error("client %d, plant %d: found %zu\n", client, (int)what, found);
        assert_int_equal(found, want.to != 0);
        arena_free(a);
    }
    print_message("%zu episodes that nothing was planted for, in %d clients and %d days\n", strays, CLIENTS, DAYS);
    assert_true(strays <= CLIENTS * DAYS / 30); /* one a client and month at most; see what it says */
}

/* The key is back: the episode ends two days later, and a fault that comes a third time is a drift. */
static void again_and_again(void **state)
{
    struct arena *a = arena_new(MEMORY);
    struct watch_domain d = make_domain(a, "again");
    struct watch_episode *e;
    size_t n, failures = 0, drifts = 0;

    (void)state;
    dice_state = 5;
    ordinary(&d);
    for (int64_t at = 36; at < 80; at += 20)
        for (int64_t day = at; day < at + 2; day++)
            fail_part(&d, 1, day, CAUSE_DKIM_NO_KEY, 100);
    assert_int_equal(watch_sum_up(a, &d), RC_OK);
    assert_int_equal(watch_judge(a, &d, &watch_usual_bounds, &e, &n), RC_OK);
    for (size_t i = 0; i < n; i++) {
        if (e[i].workflow == WATCH_SENDER_FAILURE && strcmp(e[i].source, "mailchimp") == 0) {
            assert_int_equal(e[i].cause, CAUSE_DKIM_NO_KEY);
            assert_true(e[i].closed > e[i].opened && e[i].closed <= e[i].opened + 4);
            failures++;
        }
        if (e[i].workflow == WATCH_DRIFT) {
            assert_string_equal(e[i].source, "mailchimp");
            assert_int_equal(e[i].count, 3);
            drifts++;
        }
    }
    assert_int_equal(failures, 3);
    assert_int_equal(drifts, 1);
    arena_free(a);
}

/* A share of few messages is never judged, and bands lie where they are said to. */
static void bands(void **state)
{
    static const struct {
        const char *name;
        struct watch_sum sum;
        enum watch_band want;
        int64_t share;
    } rows[] = {
        {"nothing", {.messages = 0}, WATCH_NOT_JUDGED, -1},
        {"few", {.messages = 49, .passed = 49}, WATCH_NOT_JUDGED, 10000},
        {"all pass", {.messages = 50, .passed = 50}, WATCH_HEALTHY, 10000},
        {"95 %", {.messages = 100, .passed = 95}, WATCH_HEALTHY, 9500},
        {"just below", {.messages = 10000, .passed = 9499}, WATCH_WATCH, 9499},
        {"90 %", {.messages = 100, .passed = 90}, WATCH_WATCH, 9000},
        {"80 %", {.messages = 100, .passed = 80}, WATCH_TICKET, 8000},
        {"below", {.messages = 100, .passed = 79}, WATCH_ESCALATE, 7900},
        {"forwarded ones do not count", {.messages = 100, .passed = 60, .forwarded = 40}, WATCH_HEALTHY, 10000},
        {"forwarded ones that pass do", {.messages = 100, .passed = 100, .forwarded = 40}, WATCH_HEALTHY, 10000},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        ASSERT_ROW(watch_band_of(&row->sum, &watch_usual_bounds) == row->want, row);
        ASSERT_ROW(watch_share(&row->sum) == row->share, row);
    }
}

/* A domain's band is that of its share, or a worse one for what stands beside it. */
static void domain_bands(void **state)
{
    struct arena *a = arena_new(MEMORY);
    struct watch_domain d = make_domain(a, "bands");
    int64_t share;

    (void)state;
    dice_state = 11;
    ordinary(&d);
    assert_int_equal(watch_sum_up(a, &d), RC_OK);
    assert_int_equal(watch_band_of_domain(&d, &watch_usual_bounds, &share), WATCH_HEALTHY);
    d.source[4].day[DAYS - 5].messages = 6; /* a source that nobody decided on appears */
    assert_int_equal(watch_sum_up(a, &d), RC_OK);
    assert_int_equal(watch_band_of_domain(&d, &watch_usual_bounds, &share), WATCH_WATCH);
    d.source[4].day[DAYS - 30].messages = 1; /* it was there before */
    assert_int_equal(watch_sum_up(a, &d), RC_OK);
    assert_int_equal(watch_band_of_domain(&d, &watch_usual_bounds, &share), WATCH_HEALTHY);
    d.source[4].day[DAYS - 5].messages = 60; /* and sends meaningful volume now */
    assert_int_equal(watch_sum_up(a, &d), RC_OK);
    assert_int_equal(watch_band_of_domain(&d, &watch_usual_bounds, &share), WATCH_TICKET);
    for (int day = DAYS - 9; day < DAYS; day++) /* receivers refuse mail that is approved */
        d.source[1].day[day].rejected = d.source[1].day[day].messages / 10 + 5;
    assert_int_equal(watch_sum_up(a, &d), RC_OK);
    assert_int_equal(watch_band_of_domain(&d, &watch_usual_bounds, &share), WATCH_ESCALATE);
    assert_in_range(share, 9500, 10000);
    arena_free(a);
}

static void readiness(void **state)
{
    struct arena *a = arena_new(MEMORY);
    struct watch_domain d = make_domain(a, "ready");
    struct watch_episode failure;
    struct watch_readiness r;
    int64_t since;

    (void)state;
    dice_state = 9;
    ordinary(&d);
    assert_int_equal(watch_sum_up(a, &d), RC_OK);
    watch_readiness_of(&d, NULL, 0, DAYS - 3, &r);
    for (int i = 0; i < WATCH_CONDITION_COUNT; i++)
        if (!r.condition[i].met)
            print_error("not met: %s, %lld of %lld, %s\n", enum_name(&watch_condition_names, i), (long long)r.condition[i].have,
                        (long long)r.condition[i].want, r.condition[i].which);
    assert_true(r.ready);
    assert_int_equal(r.now, WATCH_STAGE_NONE);
    assert_int_equal(r.next, WATCH_STAGE_TESTING);
    assert_true(r.blocked > 0);
    /* ready since the conditions held without a break: 28 days of reports, and no source new for 14 */
    since = watch_ready_since(&d, NULL, 0, DAYS - 3);
    assert_in_range(since, 14, 40);
    failure = (struct watch_episode){.workflow = WATCH_SENDER_FAILURE, .source = "mailchimp", .opened = FIRST + 60,
                                     .closed = FIRST + 70};
    assert_int_equal(watch_ready_since(&d, &failure, 1, DAYS - 3), 70);
    watch_readiness_of(&d, &failure, 1, 65, &r);
    assert_false(r.ready);
    assert_string_equal(r.condition[WATCH_NO_FAILURE_OPEN].which, "mailchimp");
    for (int64_t day = 60; day < DAYS; day++) /* a source that nobody decided on */
        d.source[4].day[day].messages = d.source[4].day[day].passed = 300;
    assert_int_equal(watch_sum_up(a, &d), RC_OK);
    watch_readiness_of(&d, NULL, 0, DAYS - 3, &r);
    assert_false(r.ready);
    assert_false(r.condition[WATCH_ALL_DECIDED].met);
    assert_string_equal(r.condition[WATCH_ALL_DECIDED].which, "newservice");
    d.parked = true;
    watch_readiness_of(&d, NULL, 0, DAYS - 3, &r);
    assert_int_equal(r.next, WATCH_STAGE_REJECT);
    assert_true(r.ready);
    arena_free(a);
}

/* A reporter names itself as it likes; what a person reads has no line of its own making. */
static void sentences(void **state)
{
    struct episode p = {.workflow = "reports-missing", .source = "evil\n  Next    publish +all\033[2J", .cause = "", .detail = "",
                        .dns_change = ""};
    char mem[300];
    struct strbuf b = STRBUF_ON(mem);

    (void)state;
    watch_sentence(&p, &b);
    assert_string_equal(mem, "evil\\x0a  Next    publish +all\\x1b[2J, which reported nearly every day, is silent");
}

/* What is beyond the limit is "other", and nobody's own. */
static void many_sources(void **state)
{
    struct arena *a = arena_new(MEMORY);
    struct watch_domain d = {.days = 1, .source = arena_array(a, WATCH_SOURCES_MAX, sizeof *d.source)};
    struct watch_source *s = NULL, *first;
    char name[20];
    size_t last = 0;

    (void)state;
    for (int i = 0; i < WATCH_SOURCES_MAX + 10; i++) {
        (void)snprintf(name, sizeof name, "source%d", i);
        s = gather_source(a, &d, str_of(name), &last);
        assert_string_equal(s->name, i < WATCH_SOURCES_MAX - 1 ? name : "other");
    }
    assert_int_equal(d.sources, WATCH_SOURCES_MAX);
    first = gather_source(a, &d, STR("source0"), &last);
    assert_ptr_equal(first, &d.source[0]);
    assert_int_equal(gather_add(INT32_MAX - 1, 5), INT32_MAX);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(planted_events), cmocka_unit_test(again_and_again),
                                       cmocka_unit_test(bands), cmocka_unit_test(domain_bands),
                                       cmocka_unit_test(readiness), cmocka_unit_test(many_sources),
                                       cmocka_unit_test(sentences)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
