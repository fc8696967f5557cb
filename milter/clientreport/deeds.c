#include "clientreport/deeds.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "dmarc/dmarc_record.h"

enum { DEEDS_READ_MAX = 20000 }; /* rows of one kind */

/* The lists as they grow. */
struct deeds {
    struct arena *a;
    struct figures *f;
    size_t done_room, open_room;
};

/* One more; NULL without room, or without memory, of which the arena knows. */
static struct figures_done *deeds_add(struct deeds *k)
{
    struct figures *f = k->f;
    struct figures_done *list;

    if (f->done_n == FIGURES_LIST_MAX) {
        f->done_left++;
        return NULL;
    }
    list = arena_grow(k->a, f->done, f->done_n, &k->done_room, FIGURES_LIST_MAX, sizeof *list);
    if (list == NULL)
        return NULL;
    f->done = list;
    return &list[f->done_n++];
}

static void deeds_add_open(struct deeds *k, const struct episode *p)
{
    struct figures *f = k->f;
    struct episode *list;

    if (f->open_n == FIGURES_LIST_MAX) {
        f->open_left++;
        return;
    }
    list = arena_grow(k->a, f->open, f->open_n, &k->open_room, FIGURES_LIST_MAX, sizeof *list);
    if (list == NULL)
        return;
    f->open = list;
    list[f->open_n++] = *p;
}

/* ---- episodes ---- */

/* The seven days from the day on that an episode ended, of its source. */
static enum rc deeds_after(struct arena *a, const struct figures *f, const struct episode *p, int64_t out[2],
                           struct err *e)
{
    const char *name = f->q.client->name;
    const struct scope scope = {.n = 1, .client = &name};
    const struct views_wanted w = {.first_day = p->closed_day, .before_day = p->closed_day + 7, .client = name,
                                   .domain = p->domain};
    struct views_row *row;
    size_t n;
    enum rc rc = views_reported(&scope, f->q.db, a, &w, &row, &n, e);

    for (size_t i = 0; rc == RC_OK && i < n; i++)
        if (strcmp(row[i].source, p->source) == 0) {
            out[0] += row[i].passed;
            out[1] += row[i].messages;
        }
    return rc;
}

static enum rc deeds_mended(struct deeds *k, const struct episode *p, struct err *e)
{
    struct figures_done *d = deeds_add(k);

    if (d == NULL)
        return RC_OK;
    *d = (struct figures_done){.deed = DEED_MENDED, .day = p->closed_day, .domain = p->domain,
                               .title = figures_title(&k->f->q, p->source), .ticket = p->ticket,
                               .before = {p->passed, p->messages}};
    return deeds_after(k->a, k->f, p, d->after, e);
}

static bool deeds_is(const struct episode *p, enum watch_workflow w)
{
    return strcmp(p->workflow, enum_name(&watch_workflow_names, (int)w)) == 0;
}

static enum rc deeds_episode(struct deeds *k, const struct episode *p, struct err *e)
{
    const struct figures_question *q = &k->f->q;
    bool over = p->closed_day != 0 && p->closed_day < q->before_day;
    bool fails = deeds_is(p, WATCH_SENDER_FAILURE) || deeds_is(p, WATCH_DRIFT);

    if (p->opened_day >= q->before_day || (over && p->closed_day < q->first_day))
        return RC_OK;
    if (over)
        return fails ? deeds_mended(k, p, e) : RC_OK;
    if (fails || deeds_is(p, WATCH_REPORTS_MISSING))
        deeds_add_open(k, p);
    return RC_OK;
}

/* Those that are open now, however old; and those that were in the span or after it, and are not. */
static enum rc deeds_episodes(struct deeds *k, struct err *e)
{
    enum rc rc = RC_OK;

    for (int open = 1; rc == RC_OK && open >= 0; open--) {
        struct episode_filter filter = EPISODE_ANY;
        struct episode *row;
        size_t n = 0;

        filter.client = k->f->q.client->name;
        filter.open_only = open == 1;
        filter.since_day = open == 1 ? 0 : k->f->q.first_day;
        rc = episodes_list(k->f->q.db, k->a, &filter, DEEDS_READ_MAX, &row, &n, e);
        for (size_t i = 0; rc == RC_OK && i < n; i++)
            if (open == 1 || row[i].state != EPISODE_OPEN)
                rc = deeds_episode(k, &row[i], e);
        if (rc == RC_OK && n == DEEDS_READ_MAX)
            rc = err_set(e, RC_LIMIT, "client %s: more than %d episodes in one report", filter.client,
                         DEEDS_READ_MAX - 1);
    }
    return rc;
}

/* ---- policies ---- */

static enum watch_stage deeds_stage(struct arena *a, const char *text, bool *known)
{
    static const enum watch_stage stages[2][3] = {
        {WATCH_STAGE_NONE, WATCH_STAGE_QUARANTINE, WATCH_STAGE_REJECT},
        {WATCH_STAGE_NONE, WATCH_STAGE_TESTING, WATCH_STAGE_QUARANTINE},
    };
    struct dmarc_record r;

    *known = dmarc_record_parse(a, str_of(text), &r) == RC_OK && !dmarc_record_unusable(&r) &&
             r.p.state == DMARC_TAG_VALID;
    return *known ? stages[r.testing][r.p.value] : WATCH_STAGE_NONE;
}

/* The texts of its own record alone: those of its many other names would crowd them out. */
static enum rc deeds_policies(struct deeds *k, const struct figures_domain *d, struct err *e)
{
    enum { TEXTS_MAX = 200 }; /* each counts once, however often it comes and goes */
    struct figures *f = k->f;
    struct arena *a = k->a;
    const char *name = f->q.client->name;
    const struct scope scope = {.n = 1, .client = &name};
    char record[300];
    struct strbuf b = STRBUF_ON(record);
    struct views_dns *row;
    size_t n = 0;
    enum rc rc;

    strbuf_putf(&b, "_dmarc.%s", d->name);
    rc = views_dns(&scope, f->q.db, a, name, record, f->q.first_day * CLOCK_DAY_MS, TEXTS_MAX, &row, &n, e);
    for (size_t i = 0; rc == RC_OK && i < n; i++) {
        int64_t day = row[i].first_seen_ms / CLOCK_DAY_MS;
        bool was, is;
        enum watch_stage from = deeds_stage(a, row[i].before, &was), to = deeds_stage(a, row[i].text, &is);
        struct figures_done *done;

        if (strcmp(row[i].name, record) != 0 || day >= f->q.before_day || !was || !is || from == to ||
            row[i].fate != RECENT_STAYS)
            continue;
        done = deeds_add(k);
        if (done != NULL)
            *done = (struct figures_done){.deed = DEED_POLICY, .day = day, .domain = d->name,
                                          .title = "", .ticket = "", .from = from, .to = to};
    }
    return rc;
}

/* ---- decisions ---- */

static enum rc deeds_decisions(struct deeds *k, struct err *e)
{
    const struct figures *f = k->f;
    struct views_decision *row;
    size_t n = 0;
    enum rc rc = views_decisions(f->q.db, k->a, f->q.client->name, f->q.first_day, f->q.before_day, DEEDS_READ_MAX,
                                 &row, &n, e);

    for (size_t i = 0; rc == RC_OK && i < n; i++) {
        struct figures_done *d = deeds_add(k);

        if (d == NULL)
            continue;
        *d = (struct figures_done){
            .deed = strcmp(row[i].status, "approved") == 0 ? DEED_APPROVED : DEED_RETIRED, .day = row[i].day,
            .domain = row[i].domain, .title = figures_title(&f->q, row[i].source),
            .ticket = row[i].ticket};
    }
    return rc;
}

/* ---- risks ---- */

static enum rc deeds_accepted(struct arena *a, struct figures *f, struct err *e)
{
    const struct exception_filter filter = {.client = f->q.client->name, .domain = "", .source = "",
                                             .any_source = true};
    size_t kept = 0;
    enum rc rc = exceptions_list(f->q.db, a, &filter, DEEDS_READ_MAX, &f->accepted, &f->accepted_n, e);

    for (size_t i = 0; rc == RC_OK && i < f->accepted_n; i++)
        if (f->accepted[i].until_day >= f->q.before_day - 1 &&
            f->accepted[i].since_ms < f->q.before_day * CLOCK_DAY_MS)
            f->accepted[kept++] = f->accepted[i];
    f->accepted_n = rc == RC_OK ? kept : 0;
    return rc;
}

static int deeds_order(const void *x, const void *y)
{
    const struct figures_done *a = x, *b = y;

    if (a->day != b->day)
        return a->day < b->day ? -1 : 1;
    return strcmp(a->domain, b->domain);
}

enum rc deeds_find(struct arena *a, struct figures *f, struct err *e)
{
    struct deeds k = {.a = a, .f = f};
    enum rc rc = deeds_episodes(&k, e);

    for (size_t i = 0; rc == RC_OK && i < f->domains; i++)
        rc = deeds_policies(&k, &f->domain[i], e);
    if (rc == RC_OK)
        rc = deeds_decisions(&k, e);
    if (rc == RC_OK)
        rc = deeds_accepted(a, f, e);
    if (f->done_n > 0)
        qsort(f->done, f->done_n, sizeof *f->done, deeds_order);
    return rc;
}
