#include "post/post.h"

#include <inttypes.h>

#include "base/clock.h"
#include "db/run.h"
#include "post/job.h"
#include "post/mime.h"
#include "post/relay.h"
#include "records/failures.h"
#include "report/build.h"

static const int64_t FAILURES_KEPT_MS = (int64_t)60 * 24 * 60 * 60 * 1000; /* longer than ReportRetryDays may be */

enum {
    BATCH = 100,         /* reports read, and their records asked for, at a time */
    DRY_RUN_MAX = 20000, /* reports a dry run looks at */
    LIST_MEMORY = 32 << 20,
    PAUSE_FIRST_MS = 10 * 60 * 1000,
    PAUSE_MAX_MS = 12 * 60 * 60 * 1000
};

int64_t post_pause_ms(int64_t attempts, unsigned thousandths)
{
    int64_t pause = PAUSE_FIRST_MS;

    while (attempts-- > 1 && pause < PAUSE_MAX_MS)
        pause *= 2;
    if (pause > PAUSE_MAX_MS)
        pause = PAUSE_MAX_MS;
    return pause * (800 + (int64_t)thousandths * 400 / 1000) / 1000;
}

void post_summary(const struct post_counts *c, bool dry_run, struct strbuf *out)
{
    strbuf_putf(out, "domains %" PRId64 ", reports %" PRId64 ", %s %" PRId64 ", waiting %" PRId64 ", refused %" PRId64,
                c->domains, c->reports, dry_run ? "to send" : "sent", c->state[DELIVERY_SENT],
                c->state[DELIVERY_WAITING], c->state[DELIVERY_REFUSED]);
    if (c->state[DELIVERY_FAILED] > 0)
        strbuf_putf(out, ", failed %" PRId64, c->state[DELIVERY_FAILED]);
    if (c->state[DELIVERY_SUPPRESSED] > 0)
        strbuf_putf(out, ", suppressed %" PRId64, c->state[DELIVERY_SUPPRESSED]);
    for (size_t i = 0; i < c->reasons; i++) {
        strbuf_putf(out, "%s%s", i == 0 ? ": " : "; ", c->reason[i].text);
        if (c->reason[i].n > 1)
            strbuf_putf(out, " (%" PRId64 ")", c->reason[i].n);
    }
}

/* ---- the round ---- */

/* Asks for the records of a batch all at once; each report's own questions then wait less. */
static struct dns_scope *post_prefetch(struct round *round, const struct dispatch *item, size_t n)
{
    struct dns_scope *scope = dns_scope_new(round->set->dns, (int)round->set->config->dns_timeout * 1000);
    char mem[300];

    for (size_t i = 0; scope != NULL && i < n && i < BATCH; i++) {
        struct strbuf name = STRBUF_ON(mem);

        strbuf_putf(&name, "_dmarc.%s", item[i].policy_domain);
        if (!name.over)
            dns_prefetch(scope, name.p, DNS_TXT);
    }
    return scope;
}

/* Each that had its turn stands behind those that had not, so no more are taken than the round began with. */
static enum rc do_batch(struct round *round, int64_t due_ms, size_t *n, struct err *e)
{
    int64_t left = round->out->reports - round->done;
    size_t max = left < BATCH ? (size_t)left : BATCH;
    struct arena *a = arena_new(LIST_MEMORY);
    struct dispatch *item;
    struct dns_scope *ahead;
    enum rc rc = a == NULL ? err_set(e, RC_NOMEM, "no memory to send reports")
                           : outbox_due(round->set->db, a, due_ms, max, &item, n, e);

    if (rc == RC_OK) {
        ahead = post_prefetch(round, item, *n);
        for (size_t i = 0; rc == RC_OK && i < *n && !round->out->relay_failed; i++)
            rc = job_run(round, &item[i], e);
        dns_scope_free(ahead);
    }
    arena_free(a);
    return rc;
}

static enum rc count_due(struct round *round, int64_t due_ms, struct err *e)
{
    return outbox_count_due(round->set->db, due_ms, &round->out->reports, &round->out->domains, &round->out->later, e);
}

static enum rc do_all(struct round *round, struct err *e)
{
    const struct post_settings *set = round->set;
    int64_t now = clock_wall_ms(), spread = (int64_t)set->config->report_spread * 1000;
    int64_t due_ms = set->now ? INT64_MAX : now;
    enum rc rc = outbox_recover(set->db, &round->out->recovered, e);

    if (rc == RC_OK)
        rc = outbox_mend_times(set->db, now, &round->out->mended, e);
    if (rc == RC_OK)
        rc = failures_prune(set->db, now - FAILURES_KEPT_MS, e);
    if (rc == RC_OK)
        rc = outbox_enroll(set->db, now, spread, e);
    if (rc == RC_OK)
        rc = count_due(round, due_ms, e);
    for (size_t n = 1; rc == RC_OK && n > 0 && !round->out->relay_failed && round->done < round->out->reports;)
        rc = do_batch(round, due_ms, &n, e);
    round->out->state[DELIVERY_WAITING] += round->out->reports - round->done; /* not come to: the relay failed */
    return rc;
}

/* What a round would begin with, and nothing of it stays. */
static enum rc rehearse_all(struct round *round, struct err *e)
{
    const struct post_settings *set = round->set;
    int64_t now = clock_wall_ms();
    int64_t due_ms = set->now ? INT64_MAX : now + (int64_t)set->config->report_spread * 1000;
    struct arena *a = arena_new(LIST_MEMORY);
    struct dispatch *item = NULL;
    size_t n = 0;
    enum rc rc = a == NULL ? err_set(e, RC_NOMEM, "no memory to send reports") : db_begin(set->db, e);

    if (rc == RC_OK)
        rc = outbox_enroll(set->db, now, (int64_t)set->config->report_spread * 1000, e);
    if (rc == RC_OK)
        rc = count_due(round, due_ms, e);
    if (rc == RC_OK)
        rc = outbox_due(set->db, a, due_ms, DRY_RUN_MAX, &item, &n, e);
    db_roll_back(set->db);
    for (size_t i = 0; rc == RC_OK && i < n; i++)
        rc = job_run(round, &item[i], e);
    arena_free(a);
    return rc;
}

/* ---- a round ---- */

enum rc post_run(const struct post_settings *settings, struct post_counts *out, struct err *e)
{
    struct round round = {.set = settings, .out = out};
    enum rc rc = RC_OK;

    *out = (struct post_counts){.reports = 0};
    if (settings->config->report_email[0] == '\0')
        return err_set(e, RC_BAD, "ReportEmail is empty; reports need an address to come from");
    mime_init();
    rc = relay_signer(settings->config, &round.signer, e);
    if (rc == RC_OK)
        rc = relay_open(settings->config, &round.submit, e);
    if (rc == RC_OK)
        rc = quota_open(settings->db, settings->config, clock_wall_ms(), &round.quota, e);
    if (rc == RC_OK)
        rc = settings->dry_run ? rehearse_all(&round, e) : do_all(&round, e);
    quota_close(round.quota);
    submit_close(round.submit);
    dkim_signer_free(round.signer);
    return rc;
}
