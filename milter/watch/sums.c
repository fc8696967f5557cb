#include "watch/watch.h"

#include "episodes/episodes.h"
#include "verdict/source.h"

_Static_assert((int)EPISODE_BAND_WORST == (int)WATCH_ESCALATE, "an episode keeps any band");

static const char *const band_words[] = {"not judged", "healthy", "watch", "ticket", "escalate"};
const struct enum_names watch_band_names = ENUM_NAMES(band_words);
static const char *const workflow_words[] = {"new-sender-review", "approved-sender-failure", "policy-readiness",
                                             "spoofing-spike", "authentication-drift", "reports-missing",
                                             "intake-trouble", "exception-ends"};
const struct enum_names watch_workflow_names = ENUM_NAMES(workflow_words);
static const char *const status_words[] = {"unknown", "pending", "approved", "retired", "malicious"};
const struct enum_names watch_status_names = ENUM_NAMES(status_words);

const struct watch_bounds watch_usual_bounds = {
    .healthy = 9500, .watch = 9000, .ticket = 8000, .judged = 50, .meaningful = 50, .sharp = 100, .sharp_times = 5,
    .own_cause = 20,
};

static void sums_add_day(struct watch_sum *sum, const struct watch_day *d)
{
    sum->messages += d->messages;
    sum->passed += d->passed;
    sum->spf_only += d->spf_only;
    sum->forwarded += d->forwarded;
    sum->quarantined += d->quarantined;
    sum->rejected += d->rejected;
    for (int c = 0; c < CAUSE_COUNT; c++)
        sum->cause[c] += d->cause[c];
}

enum rc watch_sum_up(struct arena *a, struct watch_domain *d)
{
    for (size_t i = 0; i < d->sources; i++) {
        struct watch_source *s = &d->source[i];

        s->until = arena_array(a, d->days + 1, sizeof *s->until);
        if (s->until == NULL)
            return RC_NOMEM;
        s->until[0] = (struct watch_sum){.messages = 0};
        for (size_t day = 0; day < d->days; day++) {
            s->until[day + 1] = s->until[day];
            sums_add_day(&s->until[day + 1], &s->day[day]);
        }
    }
    return RC_OK;
}

void watch_sum_add(struct watch_sum *to, const struct watch_sum *more, int times)
{
    to->messages += times * more->messages;
    to->passed += times * more->passed;
    to->spf_only += times * more->spf_only;
    to->forwarded += times * more->forwarded;
    to->quarantined += times * more->quarantined;
    to->rejected += times * more->rejected;
    for (int c = 0; c < CAUSE_COUNT; c++)
        to->cause[c] += times * more->cause[c];
}

struct watch_sum watch_sum_of(const struct watch_source *s, int64_t at, int64_t n)
{
    struct watch_sum sum = {.messages = 0};

    if (at < 0)
        return sum;
    sum = s->until[at + 1];
    if (at + 1 > n)
        watch_sum_add(&sum, &s->until[at + 1 - n], -1);
    return sum;
}

/* A stranger's host that only fails for want of any proof, or with a signature broken on the way, is no new service. */
int64_t watch_claimed(const struct watch_source *s, const struct watch_sum *sum)
{
    int64_t n = sum->messages - sum->cause[CAUSE_UNAUTHORIZED] - sum->cause[CAUSE_LOOKALIKE] -
                sum->cause[CAUSE_PARKED] - sum->forwarded;

    return source_is_group(s->name) ? n - sum->cause[CAUSE_DKIM_BROKEN] : n;
}

/* Of forwarded ones those that fail do not count: nothing is wrong with who sent them. */
static int64_t sums_judged(const struct watch_sum *sum)
{
    int64_t failed = sum->messages - sum->passed;
    int64_t excused = sum->forwarded < failed ? sum->forwarded : failed;

    return sum->messages - excused;
}

int64_t watch_share(const struct watch_sum *sum)
{
    int64_t n = sums_judged(sum);

    return n <= 0 ? -1 : sum->passed * 10000 / n;
}

enum watch_band watch_band_of(const struct watch_sum *sum, const struct watch_bounds *b)
{
    int64_t share = watch_share(sum);

    if (sums_judged(sum) < b->judged)
        return WATCH_NOT_JUDGED;
    if (share >= b->healthy)
        return WATCH_HEALTHY;
    return share >= b->watch ? WATCH_WATCH : share >= b->ticket ? WATCH_TICKET : WATCH_ESCALATE;
}

enum watch_status watch_status_on(const struct watch_source *s, int64_t day)
{
    enum watch_status status = WATCH_UNKNOWN;

    for (size_t i = 0; i < s->decisions && s->decision[i].day <= day; i++)
        status = s->decision[i].status;
    return status;
}

/* What a source that nobody decided on adds, the week and the 28 days before it given. */
static enum watch_band sums_band_of_unknown(const struct watch_source *s, const struct watch_bounds *b, int64_t at)
{
    enum { APPEARED = 5 /* messages of a week, after none in the month before */ };
    struct watch_sum week = watch_sum_of(s, at, 7), month = watch_sum_of(s, at - 7, 28);
    int64_t n = watch_claimed(s, &week);

    if (n >= b->meaningful)
        return WATCH_TICKET;
    return n >= APPEARED && month.messages == 0 ? WATCH_WATCH : WATCH_NOT_JUDGED;
}

enum watch_band watch_band_of_domain(const struct watch_domain *d, const struct watch_bounds *b, int64_t *share)
{
    int64_t at = (int64_t)d->days - 1 - WATCH_LAG_DAYS;
    struct watch_sum week = {.messages = 0}, month = {.messages = 0};
    enum watch_band band, beside = WATCH_NOT_JUDGED; /* by the share, and by what stands beside it */

    for (size_t i = 0; i < d->sources; i++) {
        enum watch_status status = watch_status_on(&d->source[i], d->first_day + at);
        struct watch_sum s;

        if (status == WATCH_UNKNOWN) {
            enum watch_band unknown = sums_band_of_unknown(&d->source[i], b, at);

            beside = unknown > beside ? unknown : beside;
        }
        if (status != WATCH_APPROVED)
            continue;
        s = watch_sum_of(&d->source[i], at, 7);
        watch_sum_add(&week, &s, 1);
        s = watch_sum_of(&d->source[i], at - 7, 28);
        watch_sum_add(&month, &s, 1);
    }
    *share = watch_share(&week);
    band = watch_band_of(&week, b);
    if (week.quarantined + week.rejected >= b->own_cause && (week.quarantined + week.rejected) * 100 >= week.messages)
        beside = WATCH_ESCALATE; /* mail that is approved does not arrive */
    if (band == WATCH_HEALTHY && month.messages >= b->judged &&
        (week.messages * 8 < month.messages || week.messages * 2 > month.messages))
        band = WATCH_WATCH; /* less than half or more than twice a usual week */
    return beside > band ? beside : band;
}
