/* Failure and TLS reports of an item; batch.h. */
#include <stdio.h>
#include <string.h>

#include "base/siphash.h"
#include "intake/batch.h"

enum {
    DETAILS_MAX = 20000,
    TEXT_MAX = 4000,
    TLS_MEMORY = BATCH_ARENA / 2 /* of an item, to begin another report: the JSON of one is 16 MiB at most */
};

/* ---- failure reports ---- */

static const char *list_of(struct batch *b, const struct incoming_failure *x, bool hosts)
{
    char mem[TEXT_MAX];
    struct strbuf buf = STRBUF_ON(mem);

    for (size_t i = 0; i < (hosts ? x->hosts : x->signatures); i++) {
        strbuf_puts(&buf, i > 0 ? "; " : "");
        if (hosts)
            strbuf_puts(&buf, x->host[i]);
        else
            strbuf_putf(&buf, "%s %s", x->signature[i].domain, x->signature[i].selector);
    }
    return batch_copy(b, buf.p);
}

/* What else it says, as it stands. */
static const char *fields_of(struct batch *b, const struct incoming_failure *x)
{
    const struct { const char *name, *value; } field[] = {
        {"User-Agent", x->user_agent}, {"Identity-Alignment", x->identity_alignment},
        {"Reporting-MTA", x->reporting_mta}, {"Original-Envelope-Id", x->envelope_id},
        {"DKIM-Identity", x->dkim_identity}, {"Date", x->date},
    };
    char mem[TEXT_MAX];
    struct strbuf buf = STRBUF_ON(mem);

    for (size_t i = 0; i < sizeof field / sizeof field[0]; i++)
        if (field[i].value[0] != '\0')
            strbuf_putf(&buf, "%s%s: %s", buf.n > 0 ? "; " : "", field[i].name, field[i].value);
    for (size_t i = 0; x->others > 0 && i <= x->others; i++)
        strbuf_putf(&buf, "%sReported-Domain: %s", buf.n > 0 ? "; " : "",
                    i == 0 ? x->reported_domain : x->other[i - 1]);
    if (x->arrival_from_mail)
        strbuf_putf(&buf, "%sArrival-Date is missing: that of the mail", buf.n > 0 ? "; " : "");
    return batch_copy(b, buf.p);
}

static struct str failure_content(struct batch *b, const struct received_failure *f)
{
    char mem[TEXT_MAX], address[IP_TEXT_MAX];
    struct strbuf buf = STRBUF_ON(mem);
    uint64_t hash[2];

    strbuf_putf(&buf, "%s\n%s\n%s\n%lld\n%s\n%s\n%s\n%s\n%lld", f->domain, f->reporter, ip_text(&f->address, address),
                (long long)f->time_s, f->message_id, f->subject_hash, f->mail_from, f->auth_failure,
                (long long)f->incidents);
    hash[0] = siphash(b->in->token_key, buf.p, buf.n);
    strbuf_putc(&buf, '\n');
    hash[1] = siphash(b->in->token_key, buf.p, buf.n);
    return (struct str){str_dup(b->arena, (struct str){(const char *)hash, sizeof hash}), sizeof hash};
}

/* The one result a failure report has, as a row, so that the same rules name source and cause. */
static enum rc classify_failure(struct batch *b, struct received_failure *f, const struct incoming_failure *x)
{
    const struct received_report r = {.client = f->client, .domain = f->domain, .trust = f->trust, .adkim = "r",
                                      .aspf = "r", .end_s = f->time_s};
    struct classify c = {.config = b->in->settings.config, .lookup = b->in->lookup, .db = b->in->db,
                                    .networks = b->in->networks, .a = b->arena};
    struct received_row row = {.address = f->address, .messages = f->incidents, .header_from = f->from_domain,
                               .disposition = "", .envelope_from = "", .envelope_to = "", .reasons = "", .spf = "",
                               .detail = "", .cause = "", .marks = INCOMING_DKIM_WORKED_OUT | INCOMING_SPF_WORKED_OUT};
    struct received_address address = {.name = NULL};
    char dkim[1000] = "";
    enum rc rc = RC_NOTFOUND;

    if (f->dkim_domain[0] != '\0')
        (void)snprintf(dkim, sizeof dkim, "fail %s %s", f->dkim_domain,
                       f->dkim_selector[0] == '\0' ? "-" : f->dkim_selector);
    else if (x->signatures > 0 && strstr(f->auth_failure, "spf") == NULL)
        (void)snprintf(dkim, sizeof dkim, "fail %s %s", x->signature[0].domain, x->signature[0].selector);
    row.dkim = dkim;
    if (row.address.family != IP_NONE)
        rc = received_address_get(c.db, c.a, &row.address, &address, b->e);
    if (rc == RC_OK || rc == RC_NOTFOUND)
        rc = classify_row(&c, &r, &address, &row, b->e);
    f->source = row.source;
    f->cause = row.cause;
    return rc;
}

/* Of the domains it is about the first that is somebody's here, else the first. */
static const char *failure_domain(const struct batch *b, const struct incoming_failure *x)
{
    const char *first = x->reported_domain[0] != '\0' ? x->reported_domain : x->from_domain, *client;

    if (batch_whose(b, first, &client))
        return first;
    for (size_t i = 0; i < x->others; i++)
        if (batch_whose(b, x->other[i], &client))
            return x->other[i];
    return first;
}

static void fill_failure(struct batch *b, const struct incoming_failure *x, struct received_failure *f)
{
    f->domain = batch_copy(b, failure_domain(b, x));
    f->arrived_ms = b->journal.time_ms;
    f->time_s = x->arrival_s;
    f->address = x->source;
    f->incidents = x->incidents;
    f->feedback_type = batch_copy(b, x->feedback_type);
    f->auth_failure = batch_copy(b, x->auth_failure);
    f->delivery_result = batch_copy(b, x->delivery_result);
    f->mail_from = batch_copy(b, x->mail_from);
    f->from_domain = batch_copy(b, x->from_domain[0] != '\0' ? x->from_domain : x->reported_domain);
    f->subject_hash = batch_copy(b, x->subject_hash);
    f->message_id = batch_copy(b, x->message_id);
    f->results = batch_copy(b, x->authentication_results[0] != '\0' ? x->authentication_results : x->spf_dns);
    f->dkim_domain = batch_copy(b, x->dkim_domain);
    f->dkim_selector = batch_copy(b, x->dkim_selector);
    f->signatures = list_of(b, x, false);
    f->hosts = list_of(b, x, true);
    f->fields = fields_of(b, x);
}

enum incoming_wish batch_failure(struct batch *b, const struct incoming_report *report, struct received_part *part,
                                 struct batch_report *r)
{
    struct received_failure *f = arena_alloc(b->arena, sizeof *f);
    const char *client;
    enum rc rc;

    if (f == NULL)
        return batch_stop(b, err_set(b->e, RC_NOMEM, "no memory for a report"));
    fill_failure(b, report->failure, f);
    if (!batch_whose(b, f->domain, &client)) {
        batch_say_foreign(b, part, f->domain, "Reported-Domain");
        return INCOMING_SKIP;
    }
    batch_tell_notes(b, report, part);
    f->client = batch_copy(b, client);
    batch_reporter(b, report, report->mail == NULL ? "" : report->mail->from, report->failure->reporting_mta, &f->trust,
                   &f->reporter);
    f->content = failure_content(b, f);
    rc = classify_failure(b, f, report->failure);
    if (rc != RC_OK || b->rc != RC_OK || f->content.p == NULL)
        return batch_stop(b, rc != RC_OK ? rc : b->rc != RC_OK ? b->rc : RC_NOMEM);
    r->failure = f;
    b->report[b->parts - 1] = r;
    return INCOMING_GO_ON;
}

/* ---- TLS reports ---- */

/* Room for one more; NULL without memory, or past `max`. */
static void *grow(struct arena *a, void *list, size_t n, size_t *room, size_t size)
{
    size_t wanted = *room == 0 ? 4 : *room * 2;
    void *more;

    if (n < *room)
        return list;
    more = arena_array(a, wanted, size);
    if (more == NULL)
        return NULL;
    if (n > 0)
        memcpy(more, list, n * size);
    *room = wanted;
    return more;
}

enum incoming_wish batch_tls(struct batch *b, const struct incoming_report *report, struct received_part *part,
                             struct batch_report *r)
{
    const struct incoming_tls *x = report->tls;
    struct received_tls *t = arena_alloc(b->arena, sizeof *t);

    if (t == NULL)
        return batch_stop(b, err_set(b->e, RC_NOMEM, "no memory for a report"));
    if (arena_used(b->arena) > TLS_MEMORY) {
        batch_say(b, part, RECEIVED_LIMITED, "the reports before it in the same file or mail take all the memory that "
                  "one may: give it by itself");
        return INCOMING_SKIP;
    }
    batch_reporter(b, report, x->contact, x->org_name, &t->trust, &t->reporter);
    if (t->trust != RECEIVED_LOCAL && !b->proof.tls_signed) {
        batch_say(b, part, RECEIVED_UNTRUSTED, "its mail has no DKIM signature of the domain that reports "
                  "(RFC 8460 section 3)");
        return INCOMING_SKIP;
    }
    batch_tell_notes(b, report, part);
    t->org_name = batch_copy(b, x->org_name);
    t->contact = batch_copy(b, x->contact);
    t->report_id = batch_copy(b, x->report_id);
    t->begin_s = x->begin_s;
    t->end_s = x->end_s;
    t->arrived_ms = b->journal.time_ms;
    r->tls = t;
    b->report[b->parts - 1] = r;
    return b->rc == RC_OK ? INCOMING_GO_ON : batch_stop(b, b->rc);
}

enum incoming_wish batch_tls_policy(struct batch *b, const struct incoming_tls_policy *policy)
{
    struct received_tls *t = b->report[b->parts - 1]->tls;
    const char *client = "";
    struct received_tls_policy *p;

    b->foreign_policy = !batch_whose(b, policy->domain, &client);
    if (b->foreign_policy) {
        b->report[b->parts - 1]->foreign++;
        return INCOMING_GO_ON; /* batch_commit says so when none is left */
    }
    p = grow(b->arena, t->policy, t->policies, &t->room, sizeof *p);
    if (p == NULL)
        return batch_stop(b, err_set(b->e, RC_NOMEM, "no memory for a TLS report"));
    t->policy = p;
    p += t->policies++;
    *p = (struct received_tls_policy){
        .client = batch_copy(b, client), .domain = batch_copy(b, policy->domain), .type = batch_copy(b, policy->type),
        .string = batch_copy(b, policy->string), .mx = batch_copy(b, policy->mx), .successes = policy->successes,
        .failures = policy->failures,
    };
    return b->rc == RC_OK ? INCOMING_GO_ON : batch_stop(b, b->rc);
}

enum incoming_wish batch_tls_detail(struct batch *b, const struct incoming_tls_detail *detail)
{
    struct received_tls *t = b->report[b->parts - 1]->tls;
    struct received_tls_policy *p = t->policies == 0 ? NULL : &t->policy[t->policies - 1];
    struct received_tls_detail *x;

    if (p == NULL || b->foreign_policy)
        return INCOMING_GO_ON;
    if (p->details >= DETAILS_MAX) {
        b->report[b->parts - 1]->left_out++;
        return INCOMING_GO_ON;
    }
    x = grow(b->arena, p->detail, p->details, &p->room, sizeof *x);
    if (x == NULL)
        return batch_stop(b, err_set(b->e, RC_NOMEM, "no memory for a TLS report"));
    p->detail = x;
    x += p->details++;
    *x = (struct received_tls_detail){
        .result_type = batch_copy(b, detail->result_type), .mx = batch_copy(b, detail->mx),
        .mx_helo = batch_copy(b, detail->mx_helo), .reason_code = batch_copy(b, detail->reason_code),
        .additional = batch_copy(b, detail->additional), .sending = detail->sending, .receiving = detail->receiving,
        .sessions = detail->count,
    };
    return b->rc == RC_OK ? INCOMING_GO_ON : batch_stop(b, b->rc);
}

void batch_tls_end(struct batch *b)
{
    const struct batch_report *r = b->report[b->parts - 1];
    struct received_part *part = &b->part[b->parts - 1];

    if (r->foreign > 0 && r->tls->policies > 0)
        batch_say(b, part, part->outcome, "%s%s%u of its policies %s about no domain of clients.conf, and not kept",
                  part->reason, part->reason[0] == '\0' ? "" : "; ", r->foreign, r->foreign == 1 ? "is" : "are");
    if (r->left_out > 0)
        batch_say(b, part, part->outcome, "%s%s%u of its failures, listed one by one, are not kept: their sums are",
                  part->reason, part->reason[0] == '\0' ? "" : "; ", r->left_out);
}
