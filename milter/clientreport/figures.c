#include "clientreport/figures.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "clientreport/deeds.h"
#include "watch/round.h"

static enum rc figures_no_memory(struct err *e)
{
    return err_set(e, RC_NOMEM, "no memory for the figures of a report");
}

/* ---- months ---- */

static int64_t figures_day_of(int year, int month)
{
    struct tm tm = {.tm_year = year - 1900, .tm_mon = month, .tm_mday = 1};

    return timegm(&tm) / 86400;
}

bool figures_month(const char *text, int64_t *first, int64_t *before)
{
    struct str s = str_of(text);
    uint32_t year, month;

    if (s.n != 7 || s.p[4] != '-' || !str_to_u32(str_slice(s, 0, 4), &year) ||
        !str_to_u32(str_slice(s, 5, 7), &month) || year < 2000 || year > 2200 || month < 1 || month > 12)
        return false;
    *first = figures_day_of((int)year, (int)month - 1);
    *before = figures_day_of((int)year, (int)month);
    return true;
}

int64_t figures_month_before(int64_t day)
{
    time_t t = (time_t)day * 86400;
    struct tm tm = {0};

    (void)gmtime_r(&t, &tm);
    return figures_day_of(tm.tm_year + 1900, tm.tm_mon - 1);
}

/* ---- domains ---- */

const char *figures_title(const struct figures_question *q, const char *source)
{
    const struct sender *s = senders_find(q->senders, str_of(source));

    return s != NULL ? s->title : source;
}

/* The client's domain that a name is of, the longest; NULL none. */
static struct figures_domain *figures_domain_of(struct figures *f, const char *name)
{
    struct figures_domain *best = NULL;
    size_t n = strlen(name);

    for (size_t i = 0; i < f->domains; i++) {
        size_t m = strlen(f->domain[i].name);

        if (m <= n && strcmp(name + n - m, f->domain[i].name) == 0 && (m == n || name[n - m - 1] == '.') &&
            (best == NULL || m > strlen(best->name)))
            best = &f->domain[i];
    }
    return best;
}

static enum rc figures_begin(struct arena *a, struct figures *f, struct err *e)
{
    const struct client *c = f->q.client;
    size_t n = c->domains.n + c->parked.n;

    f->domain = arena_array(a, n + 1, sizeof *f->domain);
    f->day = arena_array(a, (size_t)(f->q.before_day - f->q.first_day), sizeof *f->day);
    f->source = arena_array(a, FIGURES_SOURCES_MAX, sizeof *f->source);
    if (f->domain == NULL || f->day == NULL || f->source == NULL)
        return figures_no_memory(e);
    for (size_t i = 0; i < n; i++)
        f->domain[f->domains++] = (struct figures_domain){
            .name = i < c->domains.n ? c->domains.item[i] : c->parked.item[i - c->domains.n],
            .parked = i >= c->domains.n, .policy = ""};
    return RC_OK;
}

/* ---- mail ---- */

static struct figures_source *figures_source_of(struct figures *f, const struct views_row *r)
{
    struct figures_source *s;

    for (size_t i = 0; i < f->sources; i++)
        if (strcmp(f->source[i].source, r->source) == 0 && strcmp(f->source[i].status, r->status) == 0)
            return &f->source[i];
    if (f->sources == FIGURES_SOURCES_MAX)
        return NULL;
    s = &f->source[f->sources++];
    *s = (struct figures_source){.source = r->source, .title = figures_title(&f->q, r->source), .status = r->status,
                                 .owner = "", .ticket = "", .domain = "", .domains = 0};
    return s;
}

/* Counts the domain once, in whatever order the rows come; without memory the whole report fails. */
static void figures_add_domain(struct arena *a, struct figures_source *s, const char *domain)
{
    struct figures_name *name;

    for (const struct figures_name *n = s->in; n != NULL; n = n->next)
        if (strcmp(n->domain, domain) == 0)
            return;
    name = arena_alloc(a, sizeof *name);
    if (name == NULL)
        return;
    *name = (struct figures_name){domain, s->in};
    s->in = name;
    s->domain = domain;
    s->domains++;
}

/* A source's own mail is what is neither forged nor lost. */
static void figures_add_source(struct arena *a, struct figures *f, const struct views_row *r, const char *domain)
{
    int64_t own = r->messages - r->parts.n[PART_FORGED] - r->parts.n[PART_LOST];
    struct figures_source *s = own > 0 ? figures_source_of(f, r) : NULL;

    if (s == NULL)
        return;
    figures_add_domain(a, s, domain);
    s->messages += own;
    s->passed += r->passed;
}

static void figures_add(struct arena *a, struct figures *f, const struct views_row *r)
{
    struct figures_domain *d = figures_domain_of(f, r->domain);
    bool forged = r->parts.n[PART_FORGED] > 0;

    parts_add(&f->all, &r->parts);
    if (r->day >= f->q.first_day && r->day < f->q.before_day)
        parts_add(&f->day[r->day - f->q.first_day], &r->parts);
    if (r->parts.n[PART_NOT_CONFIRMED] > 0) {
        f->junked += r->held;
        f->refused += r->refused;
    }
    if (d != NULL) {
        parts_add(&d->parts, &r->parts);
        d->refused += forged ? r->refused : 0;
        d->held += forged ? r->held : 0;
    }
    figures_add_source(a, f, r, d == NULL ? r->domain : d->name);
}

/* Rows of [first, before): of reports, or where there are none of our own mail. */
static enum rc figures_rows(struct arena *a, const struct figures *f, int64_t first, int64_t before, bool own,
                            struct views_row **row, size_t *n, struct err *e)
{
    const char *name = f->q.client->name;
    const struct scope scope = {.n = 1, .client = &name};
    const struct views_wanted w = {.first_day = first, .before_day = before, .client = name};

    if (own)
        return views_count(&scope, f->q.db, a, &w,
                           VIEWS_BY_DOMAIN | VIEWS_BY_SOURCE | VIEWS_BY_CAUSE | VIEWS_BY_DAY, row, n, e);
    return views_reported(&scope, f->q.db, a, &w, row, n, e);
}

static enum rc figures_mail(struct arena *a, struct figures *f, struct err *e)
{
    int64_t first = f->q.first_day, before = f->q.before_day;
    struct views_row *row;
    size_t n;
    enum rc rc = figures_rows(a, f, first, before, false, &row, &n, e);

    f->own_mail = rc == RC_OK && n == 0;
    if (f->own_mail)
        rc = figures_rows(a, f, first, before, true, &row, &n, e);
    for (size_t i = 0; rc == RC_OK && i < n; i++)
        figures_add(a, f, &row[i]);
    f->earlier_first_day = figures_month_before(first);
    if (rc == RC_OK)
        rc = figures_rows(a, f, f->earlier_first_day, first, f->own_mail, &row, &n, e);
    for (size_t i = 0; rc == RC_OK && i < n; i++)
        parts_add(&f->earlier, &row[i].parts);
    return rc;
}

/* ---- what people decided ---- */

static int figures_order(const void *x, const void *y)
{
    const struct figures_source *a = x, *b = y;

    if (a->messages != b->messages)
        return a->messages < b->messages ? 1 : -1;
    return strcmp(a->source, b->source);
}

static enum rc figures_inventory_of(struct arena *a, struct figures *f, const char *domain, struct err *e)
{
    const struct inventory_filter filter = {.client = "", .domain = domain, .status = "", .source = ""};
    struct inventory_row *row;
    size_t n;
    enum rc rc = inventory_list(f->q.db, a, &filter, &row, &n, e);

    for (size_t i = 0; rc == RC_OK && i < n; i++)
        for (size_t k = 0; k < f->sources; k++) {
            struct figures_source *s = &f->source[k];
            int64_t day = row[i].first_seen_ms / CLOCK_DAY_MS;

            if (strcmp(s->source, row[i].source) != 0 || strcmp(s->status, row[i].field[INVENTORY_status]) != 0)
                continue;
            if (s->owner[0] == '\0')
                s->owner = row[i].field[INVENTORY_owner];
            if (s->ticket[0] == '\0')
                s->ticket = row[i].field[INVENTORY_ticket];
            if (day > 0 && (s->first_seen_day == 0 || day < s->first_seen_day))
                s->first_seen_day = day;
        }
    return rc;
}

static enum rc figures_inventory(struct arena *a, struct figures *f, struct err *e)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < f->domains; i++)
        rc = figures_inventory_of(a, f, f->domain[i].name, e);
    qsort(f->source, f->sources, sizeof *f->source, figures_order);
    return rc;
}

/* ---- how the domains stood at the span's end ---- */

static enum rc figures_judge(struct figures *f, struct figures_domain *d, struct err *e)
{
    int64_t end = (f->q.before_day + WATCH_LAG_DAYS) * CLOCK_DAY_MS - 1;
    struct watch_round round = {.db = f->q.db, .bounds = &watch_usual_bounds, .client = "",
                                .now_ms = end < f->q.now_ms ? end : f->q.now_ms, .days = WATCH_USUAL_DAYS};
    const struct watch_bounds bounds = watch_bounds_of(&watch_usual_bounds, f->q.client);
    struct arena *scratch = arena_new(WATCH_MEMORY);
    struct watch_domain facts;
    struct watch_episode *found;
    size_t n;
    enum rc rc = scratch == NULL ? figures_no_memory(e)
                                 : watch_look(&round, f->q.client, d->name, d->parked, scratch, &facts, &found, &n, e);

    if (rc == RC_OK && facts.reporters > 0) {
        watch_readiness_of(&facts, found, n, WATCH_USUAL_DAYS - 1 - WATCH_LAG_DAYS, &d->ready);
        for (int i = 0; i < WATCH_CONDITION_COUNT; i++)
            d->ready.condition[i].which = ""; /* the arena's, which goes */
        d->judged = facts.policy[0] != '\0';
        d->stage = d->ready.now;
        d->policy = strcmp(facts.policy, "reject") == 0 ? "reject"
                    : strcmp(facts.policy, "quarantine") == 0 ? "quarantine" : facts.policy[0] == '\0' ? "" : "none";
        d->band = watch_band_of_domain(&facts, &bounds, &(int64_t){0});
    }
    arena_free(scratch);
    return rc;
}

enum rc figures_count(struct arena *a, const struct figures_question *q, struct figures *out, struct err *e)
{
    enum rc rc;

    *out = (struct figures){.q = *q};
    if (q->before_day <= q->first_day || q->before_day - q->first_day > FIGURES_DAYS_MAX)
        return err_set(e, RC_BAD, "a report is of 1 to %d days", FIGURES_DAYS_MAX);
    rc = figures_begin(a, out, e);
    if (rc == RC_OK)
        rc = figures_mail(a, out, e);
    if (rc == RC_OK)
        rc = views_reports(q->db, q->client->name, q->first_day, q->before_day, &out->reports, &out->reporters, e);
    if (rc == RC_OK)
        rc = figures_inventory(a, out, e);
    for (size_t i = 0; rc == RC_OK && i < out->domains; i++)
        rc = figures_judge(out, &out->domain[i], e);
    if (rc == RC_OK)
        rc = deeds_find(a, out, e);
    if (rc == RC_OK && arena_ran_out(a))
        rc = figures_no_memory(e);
    return rc;
}
