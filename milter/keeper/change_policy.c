/* The verbs exception and approval: what a client decided not to mend, and to which policy it agreed. */
#include <string.h>

#include "base/clock.h"
#include "episodes/approvals.h"
#include "episodes/exceptions.h"
#include "keeper/ask.h"
#include "mail/domain.h"
#include "watch/records.h"
#include "watch/round.h"

static const char no_domain[] = "No client that you see has this domain in clients.conf.";

/* The domain of the form in normal form, and whose it is. */
static enum rc policy_domain(const struct keeper_ask *q, const char **domain, const struct client **client,
                             bool *parked, struct err *e)
{
    const struct clients *all = q->k->config->clients;

    if (domain_normalize(q->a, str_trim(str_of(wire_get(q->w, "domain"))), domain) != RC_OK)
        return err_set(e, RC_BAD, "The domain is not a domain name.");
    *client = clients_listing(all, *domain, parked);
    return *client != NULL && keeper_owns(q, (*client)->name) ? RC_OK : err_set(e, RC_NOTFOUND, no_domain);
}

/* ---- exceptions ---- */

struct acceptance {
    struct keeper_ask *q;
    struct db *db;
    struct exception x;
    const char *meanwhile; /* NULL: what the form showed is so */
};

/* The one of its domain and source that is in force must be the one that the form showed, or none. */
static enum rc exception_same(struct acceptance *k, struct err *e)
{
    const struct exception_filter f = {.client = "", .domain = k->x.domain, .source = k->x.source};
    struct exception *now;
    size_t n;
    enum rc rc = exceptions_list(k->db, k->q->a, &f, 1, &now, &n, e);

    if (rc == RC_OK && wire_int(k->q->w, "was", 0) != (n == 0 ? 0 : (long long)now[0].id))
        k->meanwhile = n == 0 ? "It was taken out meanwhile."
                              : "There is another one of this domain and source; it stands in the list.";
    return rc;
}

static enum rc exception_texts(struct acceptance *k, struct err *e)
{
    const struct {
        const char *field, *what;
        bool needed;
        const char **to;
    } texts[] = {{"risk", "The risk", true, &k->x.risk}, {"owner", "Who accepts it", true, &k->x.owner},
                 {"reason", "The reason", true, &k->x.reason}};
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < sizeof texts / sizeof texts[0]; i++)
        rc = keeper_text(k->q, texts[i].field, texts[i].what, texts[i].needed, EXCEPTION_TEXT_MAX, texts[i].to, e);
    return rc == RC_OK ? keeper_day(k->q, "until", "The last day", &k->x.until_day, e) : rc;
}

static enum rc exception_do(struct acceptance *k, bool add, struct err *e)
{
    const struct client *client = NULL;
    bool parked;
    enum rc rc = policy_domain(k->q, &k->x.domain, &client, &parked, e);

    if (rc == RC_OK)
        rc = keeper_text(k->q, "source", "The source", false, EXCEPTION_TEXT_MAX, &k->x.source, e);
    if (rc == RC_OK && add)
        rc = exception_texts(k, e);
    if (rc == RC_OK && add && k->x.until_day < k->x.since_ms / CLOCK_DAY_MS)
        rc = err_set(e, RC_BAD, "The last day is over already.");
    if (rc == RC_OK)
        rc = exception_same(k, e);
    if (rc != RC_OK || k->meanwhile != NULL)
        return rc;
    k->x.client = client->name;
    return add ? exceptions_add(k->db, &k->x, e)
               : exceptions_remove(k->db, k->x.domain, k->x.source, k->x.who, k->x.since_ms, e);
}

void keeper_exception(struct keeper_ask *q)
{
    struct acceptance k = {.q = q, .x = {.client = "", .domain = "", .source = "", .risk = "", .owner = "",
                           .reason = "", .removed_by = "", .who = q->session.account.name,
                           .since_ms = clock_wall_ms()}};
    const char *act = wire_get(q->w, "act");
    bool add = strcmp(act, "add") == 0;
    struct strbuf what = strbuf_new(q->a, EXCEPTION_TEXT_MAX + DOMAIN_MAX + 40);
    struct err e = ERR_NONE;
    enum rc rc = add || strcmp(act, "remove") == 0 ? keeper_records(q, &k.db, &e)
                                                   : err_set(&e, RC_BAD, "nothing is called \"act\" so");

    if (rc == RC_OK)
        rc = exception_do(&k, add, &e);
    db_close(k.db);
    strbuf_putf(&what, "%s %s %s", act, k.x.domain, k.x.source);
    keeper_changed(q, rc, k.meanwhile, what.p, &e);
}

/* ---- approvals ---- */

/* The stage that comes next, as the reports have it now, or else its record. */
static enum rc approval_stage(const struct keeper_ask *q, struct db *d, const struct client *client,
                              const char *domain, bool parked, const char **stage, struct err *e)
{
    const struct watch_round round = {.db = d, .clients = q->k->config->clients, .bounds = &watch_usual_bounds,
                                      .client = "", .now_ms = clock_wall_ms(), .days = WATCH_USUAL_DAYS};
    struct arena *a = arena_new((size_t)256 << 20);
    struct watch_domain facts;
    struct watch_readiness r;
    struct watch_episode *found;
    const char *record;
    size_t n;
    enum rc rc = a == NULL ? err_set(e, RC_NOMEM, "out of memory")
                           : watch_look(&round, client, domain, parked, a, &facts, &found, &n, e);

    if (rc == RC_OK)
        rc = records_policy(d, a, &facts, &record, e);
    if (rc == RC_OK) {
        watch_readiness_of(&facts, found, n, WATCH_USUAL_DAYS - 1 - WATCH_LAG_DAYS, &r);
        *stage = r.next == r.now ? "" : enum_name(&watch_stage_names, (int)r.next);
    }
    arena_free(a);
    return rc;
}

static enum rc approval_do(const struct keeper_ask *q, struct db *d, struct approval *x, bool *same, struct err *e)
{
    const struct client *client = NULL;
    bool parked;
    enum rc rc = policy_domain(q, &x->domain, &client, &parked, e);

    if (rc == RC_OK)
        rc = keeper_text(q, "approver", "Who agreed", true, APPROVAL_TEXT_MAX, &x->approver, e);
    if (rc == RC_OK)
        rc = keeper_text(q, "ticket", "The ticket", false, APPROVAL_TEXT_MAX, &x->ticket, e);
    if (rc == RC_OK)
        rc = keeper_day(q, "day", "The day on which it was agreed to", &x->day, e);
    if (rc == RC_OK && x->day > x->time_ms / CLOCK_DAY_MS)
        rc = err_set(e, RC_BAD, "The day on which it was agreed to is still to come.");
    if (rc == RC_OK)
        rc = approval_stage(q, d, client, x->domain, parked, &x->stage, e);
    *same = rc == RC_OK && strcmp(x->stage, wire_get(q->w, "stage")) == 0;
    if (rc == RC_OK && x->stage[0] == '\0')
        return err_set(e, RC_BAD, "There is no stricter policy to agree to.");
    if (rc != RC_OK || !*same)
        return rc;
    x->client = client->name;
    return approvals_add(d, x, e);
}

void keeper_approval(struct keeper_ask *q)
{
    struct approval x = {.client = "", .domain = "", .stage = "", .approver = "", .ticket = "",
                         .who = q->session.account.name, .time_ms = clock_wall_ms()};
    struct strbuf what = strbuf_new(q->a, 1000);
    struct db *d = NULL;
    struct err e = ERR_NONE;
    bool same = true;
    enum rc rc = keeper_records(q, &d, &e);

    if (rc == RC_OK)
        rc = approval_do(q, d, &x, &same, &e);
    db_close(d);
    strbuf_putf(&what, "%s %s, by %s", x.domain, x.stage, x.approver);
    keeper_changed(q, rc, rc == RC_OK && !same ? "The next policy is another one by now; it stands below." : NULL,
                   what.p, &e);
}
