#include "watch/checklist.h"

#include <inttypes.h>

#include "base/clock.h"
#include "episodes/approvals.h"
#include "inventory/domain_run.h"

enum {
    CHECKLIST_TEXT_MAX = 600,
    CHECKLIST_RUN_DAYS = 90,   /* a review of the records that is older is to be done again */
    CHECKLIST_REPORT_DAYS = 7,
    CHECKLIST_MEMORY = 256 << 20
};

struct check {
    const struct watch_round *round;
    const struct client *client;
    struct arena *a;
    struct checklist *out;
    /* of all domains, parked ones too */
    size_t domains, reviewed, reported, signed_domains;
    const char *unreviewed, *unreported, *unsigned_domain; /* the first of each; "" none */
    int64_t undecided, unowned;                            /* sources */
    const char *undecided_source;
    const char *policy;                                    /* of the first domain, for the plan */
};

static struct strbuf checklist_text(struct check *k)
{
    return strbuf_new(k->a, CHECKLIST_TEXT_MAX);
}

static void check_add(struct check *k, const char *name, const char *owner, const char *evidence, const char *missing)
{
    MUST(k->out->n < CHECKLIST_MAX);
    k->out->point[k->out->n++] = (struct checklist_point){name, owner, evidence, missing};
    k->out->missing += missing[0] != '\0';
}

/* What clients.conf has of it, or that it has nothing. */
static void check_named(struct check *k, const char *name, const char *value, const char *field)
{
    struct strbuf b = checklist_text(k);

    if (value[0] == '\0')
        strbuf_putf(&b, "set %s in clients.conf", field);
    check_add(k, name, value, value[0] == '\0' ? "" : "clients.conf", b.p);
}

static const char *check_joined(struct check *k, const struct string_list *list)
{
    struct strbuf b = checklist_text(k);

    for (size_t i = 0; i < list->n; i++)
        strbuf_putf(&b, "%s%s", i == 0 ? "" : ", ", list->item[i]);
    return b.p;
}

/* ---- each domain ---- */

static const char *check_first(const char *so_far, const char *domain)
{
    return so_far[0] == '\0' ? domain : so_far;
}

/* Whether a run of `assay domain` looked at its records lately. */
static enum rc check_review(struct check *k, const char *domain, struct err *e)
{
    struct domain_run run;
    enum rc rc = domain_run_last(k->round->db, k->a, domain, k->round->now_ms, &run, e);

    if (rc != RC_OK)
        return rc;
    if (run.time_ms > k->round->now_ms - CHECKLIST_RUN_DAYS * CLOCK_DAY_MS)
        k->reviewed++;
    else
        k->unreviewed = check_first(k->unreviewed, domain);
    return RC_OK;
}

static bool check_spoke(const struct watch_domain *d)
{
    for (size_t i = 0; i < d->reporters; i++)
        for (int64_t at = (int64_t)d->days - 1; at >= 0 && at > (int64_t)d->days - 1 - CHECKLIST_REPORT_DAYS; at--)
            if (d->reporter[i].messages[at] >= 0)
                return true;
    return false;
}

/* Sources of the last 28 days: whether they are decided on, whose they are, whether one passes by its signature. */
static bool check_sources(struct check *k, const struct watch_domain *d)
{
    int64_t today = (int64_t)d->days - 1;
    bool by_dkim = false;

    for (size_t i = 0; i < d->sources; i++) {
        struct watch_sum month = watch_sum_of(&d->source[i], today, 28);
        enum watch_status status = watch_status_on(&d->source[i], d->first_day + today);

        by_dkim = by_dkim || month.passed > month.spf_only;
        if (status == WATCH_APPROVED && d->source[i].owner[0] == '\0')
            k->unowned++;
        if ((status == WATCH_UNKNOWN || status == WATCH_PENDING) &&
            watch_claimed(&d->source[i], &month) >= k->round->bounds->meaningful) {
            if (k->undecided++ == 0)
                k->undecided_source = str_dup(k->a, str_of(d->source[i].name));
        }
    }
    return by_dkim;
}

static enum rc checklist_domain(struct check *k, const char *domain, bool parked, struct err *e)
{
    struct arena *a = arena_new(CHECKLIST_MEMORY);
    struct watch_domain facts;
    struct watch_episode *found;
    size_t n;
    enum rc rc = a == NULL ? err_set(e, RC_NOMEM, "no memory for the facts of %s", domain)
                           : watch_look(k->round, k->client, domain, parked, a, &facts, &found, &n, e);

    if (rc == RC_OK) {
        k->domains++;
        if (check_spoke(&facts))
            k->reported++;
        else
            k->unreported = check_first(k->unreported, domain);
        if (check_sources(k, &facts) || parked)
            k->signed_domains++;
        else
            k->unsigned_domain = check_first(k->unsigned_domain, domain);
        if (!parked && k->policy[0] == '\0')
            k->policy = str_dup(k->a, str_of(facts.policy));
        rc = k->policy == NULL || k->undecided_source == NULL
                 ? err_set(e, RC_NOMEM, "no memory for a checklist") : check_review(k, domain, e);
    }
    arena_free(a);
    return rc;
}

static enum rc check_domains(struct check *k, struct err *e)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < k->client->domains.n; i++)
        rc = checklist_domain(k, k->client->domains.item[i], false, e);
    for (size_t i = 0; rc == RC_OK && i < k->client->parked.n; i++)
        rc = checklist_domain(k, k->client->parked.item[i], true, e);
    return rc;
}

/* ---- the points ---- */

static void check_counted(struct check *k, const char *name, const char *owner, size_t n, const char *what,
                          const char *first, const char *todo)
{
    struct strbuf evidence = checklist_text(k), missing = checklist_text(k);

    strbuf_putf(&evidence, "%zu of %zu domains %s", n, k->domains, what);
    if (first[0] != '\0')
        strbuf_putf(&missing, "%s: %s", first, todo);
    check_add(k, name, owner, evidence.p, missing.p);
}

static void check_list(struct check *k)
{
    const struct client *c = k->client;
    struct strbuf evidence = checklist_text(k);

    strbuf_putf(&evidence, "%zu covered, %zu parked, %zu look-alike, %zu sending", c->domains.n, c->parked.n,
                c->lookalikes.n, c->runbook.sending.n);
    check_add(k, "domain list", c->contacts.n > 0 ? c->contacts.item[0] : "", evidence.p,
              c->domains.n + c->parked.n == 0 ? "set Domains or Parked in clients.conf" : "");
}

static void check_inventory(struct check *k)
{
    struct strbuf missing = checklist_text(k);

    if (k->undecided > 0)
        strbuf_putf(&missing, "%" PRId64 " sources wait for a decision, such as %s (assay source set)", k->undecided,
                    k->undecided_source);
    if (k->unowned > 0)
        strbuf_putf(&missing, "%s%" PRId64 " approved sources have no owner", missing.n > 0 ? "; " : "", k->unowned);
    check_add(k, "source inventory", "", k->undecided == 0 ? "none that receivers reported waits for a decision" : "",
              missing.p);
}

static enum rc check_policy(struct check *k, struct err *e)
{
    const char *approver = runbook_approver(&k->client->runbook, RUNBOOK_DMARC);
    struct strbuf evidence = checklist_text(k);
    struct approval *approval = NULL;
    size_t n = 0;
    enum rc rc = RC_OK;

    if (k->client->domains.n > 0)
        rc = approvals_list(k->round->db, k->a, k->client->domains.item[0], 1, &approval, &n, e);
    if (rc != RC_OK)
        return rc;
    if (k->policy[0] != '\0')
        strbuf_putf(&evidence, "%s is at p=%s", k->client->domains.item[0], k->policy);
    if (n > 0)
        strbuf_putf(&evidence, "%s%s agreed to %s", evidence.n > 0 ? "; " : "", approval[0].approver,
                    approval[0].stage);
    check_add(k, "policy plan", approver, evidence.p,
              approver[0] == '\0'                     ? "name who agrees to DMARC changes (Approvers in clients.conf)"
              : k->client->runbook.success[0] == '\0' ? "say what is to be reached (Success in clients.conf)"
                                                      : "");
    return RC_OK;
}

static void check_reporting(struct check *k)
{
    const struct runbook *r = &k->client->runbook;
    struct strbuf evidence = checklist_text(k);

    if (r->report_every != RUNBOOK_NEVER)
        strbuf_putf(&evidence, "%s, in %s", enum_name(&runbook_cadence_names, (int)r->report_every),
                    r->language[0] == '\0' ? "no language that is named" : r->language);
    check_add(k, "reports to the client", check_joined(k, &r->report_to), evidence.p,
              r->report_every == RUNBOOK_NEVER ? "set ReportEvery in clients.conf"
              : r->report_to.n == 0            ? "set ReportTo in clients.conf"
              : r->language[0] == '\0'         ? "set Language in clients.conf"
                                               : "");
}

enum rc checklist_of(const struct watch_round *round, const struct client *client, struct arena *a,
                     struct checklist *out, struct err *e)
{
    struct check k = {.round = round, .client = client, .a = a, .out = out, .unreviewed = "", .unreported = "",
                      .unsigned_domain = "", .undecided_source = "", .policy = ""};
    const struct runbook *r = &client->runbook;
    enum rc rc = check_domains(&k, e);

    *out = (struct checklist){.n = 0};
    if (rc != RC_OK)
        return rc;
    check_list(&k);
    check_named(&k, "DNS access", client->dns_owner, "DNSOwner");
    check_counted(&k, "SPF and DMARC review", client->dns_owner, k.reviewed, "were reviewed in 90 days", k.unreviewed,
                  "review its records (assay domain)");
    check_counted(&k, "DKIM review", client->dns_owner, k.signed_domains,
                  "are parked, or have mail that passes by DKIM", k.unsigned_domain,
                  "no signature of it passed in 28 days");
    check_counted(&k, "DMARC reporting", client->dns_owner, k.reported, "were reported on in a week", k.unreported,
                  "no report in a week; look at its rua");
    check_inventory(&k);
    rc = check_policy(&k, e);
    if (rc != RC_OK)
        return rc;
    check_named(&k, "mail service", r->mail_owner, "MailOwner");
    check_named(&k, "marketing mail", r->marketing_owner, "MarketingOwner");
    check_named(&k, "ticketing", r->ticketing_owner, "TicketingOwner");
    check_named(&k, "vendor portals", r->portals_owner, "PortalsOwner");
    check_named(&k, "contacts", check_joined(&k, &client->contacts), "Contacts");
    check_named(&k, "escalation", check_joined(&k, &r->escalation), "Escalation");
    check_reporting(&k);
    if (arena_ran_out(a)) /* a text that is lost would say that nothing is missing */
        return err_set(e, RC_NOMEM, "no memory for a checklist");
    return RC_OK;
}
