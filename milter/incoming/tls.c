#include "incoming/tls.h"

#include <stdio.h>
#include <string.h>

#define EARLIEST 1325376000 /* 2012-01-01 */

static const char *tls_text_of(struct arena *a, const struct jvalue *v)
{
    struct str s;
    const char *clean;
    bool dropped = false;

    if (!jvalue_text(v, &s))
        return "";
    clean = words_clean(a, s, INCOMING_TEXT_MAX, &dropped);
    return clean == NULL ? "" : clean;
}

static const char *member_text(struct arena *a, const struct jvalue *v, const char *key)
{
    return tls_text_of(a, jvalue_member(v, key));
}

/* A count, which may be written as a string; -1 is not there or cannot be read. */
static int64_t count_of(const struct jvalue *v)
{
    struct str s;
    int64_t n;

    if (jvalue_number(v, &n))
        return n < 0 || n > INCOMING_SUM_MAX ? -1 : n;
    return jvalue_text(v, &s) && words_count(s, INCOMING_SUM_MAX, &n) ? n : -1;
}

/* A text, or the texts of a list, one behind the other. */
static const char *joined(struct arena *a, const struct jvalue *v, const char *between)
{
    struct strbuf b;

    if (!jvalue_is_list(v))
        return tls_text_of(a, v);
    b = strbuf_new(a, INCOMING_TEXT_MAX);
    for (size_t i = 0; i < jvalue_length(v) && !b.over; i++) {
        const char *one = tls_text_of(a, jvalue_at(v, i));

        if (b.n + strlen(one) + strlen(between) > b.max)
            break;
        if (b.n > 0)
            strbuf_puts(&b, between);
        strbuf_puts(&b, one);
    }
    return b.p;
}

static const struct jvalue *either(const struct jvalue *v, const char *key, const char *other)
{
    const struct jvalue *found = jvalue_member(v, key);

    return found == NULL ? jvalue_member(v, other) : found;
}

/* A member by its name, or by what parsedmarc calls it. */
static const char *either_text(struct arena *a, const struct jvalue *v, const char *key, const char *other)
{
    return tls_text_of(a, either(v, key, other));
}

/* Entries of a list; one alone may stand without the list. */
static size_t entries(const struct jvalue *v)
{
    return jvalue_is_object(v) ? 1 : jvalue_length(v);
}

static const struct jvalue *entry(const struct jvalue *v, size_t i)
{
    return jvalue_is_object(v) ? v : jvalue_at(v, i);
}

/* parsedmarc's has neither "policy" nor "summary", but their members. */
static void read_policy(struct arena *a, const struct jvalue *v, const char *fallback, struct incoming_tls_policy *out)
{
    const struct jvalue *policy = jvalue_member(v, "policy"), *summary = jvalue_member(v, "summary");
    struct str domain;
    const char *name = NULL;

    policy = policy == NULL ? v : policy;
    summary = summary == NULL ? v : summary;
    if (jvalue_text(either(policy, "policy-domain", "policy_domain"), &domain))
        name = words_domain(a, domain);
    out->type = either_text(a, policy, "policy-type", "policy_type");
    out->domain = name != NULL ? name : fallback;
    out->string = joined(a, either(policy, "policy-string", "policy_strings"), "; ");
    out->mx = joined(a, either(policy, "mx-host", "mx-host-pattern"), " ");
    if (out->mx[0] == '\0')
        out->mx = joined(a, jvalue_member(policy, "mx_host_patterns"), " ");
    out->successes = count_of(either(summary, "total-successful-session-count", "successful_session_count"));
    out->failures = count_of(either(summary, "total-failure-session-count", "failed_session_count"));
    out->details = entries(either(v, "failure-details", "failure_details"));
}

static void read_ip(const struct jvalue *v, struct ip *out)
{
    struct str s;

    if (!jvalue_text(v, &s) || !words_ip(s, out))
        *out = (struct ip){.family = IP_NONE};
}

static void read_detail(struct arena *a, const struct jvalue *v, struct incoming_tls_detail *out)
{
    out->result_type = either_text(a, v, "result-type", "result_type");
    out->mx = either_text(a, v, "receiving-mx-hostname", "receiving_mx_hostname");
    out->mx_helo = either_text(a, v, "receiving-mx-helo", "receiving_mx_helo");
    out->reason_code = either_text(a, v, "failure-reason-code", "failure_reason_code");
    out->additional = either_text(a, v, "additional-information", "additional-info-uri");
    if (out->additional[0] == '\0')
        out->additional = member_text(a, v, "additional_info_uri");
    read_ip(either(v, "sending-mta-ip", "sending_mta_ip"), &out->sending);
    read_ip(either(v, "receiving-ip", "receiving_ip"), &out->receiving);
    out->count = count_of(either(v, "failed-session-count", "failed_session_count"));
}

/* ---- the whole ---- */

static void tls_fail(struct tls_report *r, enum incoming_outcome outcome, const char *why)
{
    r->outcome = outcome;
    (void)snprintf(r->reason, sizeof r->reason, "%s", why);
}

/* The report itself; some stand in a list of one. */
static const struct jvalue *report_of(const struct tls_report *r)
{
    return jvalue_is_list(r->root) ? jvalue_at(r->root, 0) : r->root;
}

static bool time_of(const struct jvalue *v, int64_t *out)
{
    struct str s;

    if (jvalue_text(v, &s))
        return words_time(s, out);
    return jvalue_number(v, out);
}

static void tls_settle_period(struct tls_report *r, const struct words_name *name, int64_t arrival_s)
{
    const struct jvalue *root = report_of(r), *range = either(root, "date-range", "date_range");
    int64_t *begin = &r->head.begin_s, *end = &r->head.end_s;

    range = range == NULL ? root : range;
    if (!time_of(either(range, "start-datetime", "begin_date"), begin) ||
        !time_of(either(range, "end-datetime", "end_date"), end)) {
        if (name->begin_s == 0 || name->end_s == 0) {
            tls_fail(r, INCOMING_UNREADABLE, "start-datetime or end-datetime cannot be read");
            return;
        }
        *begin = name->begin_s;
        *end = name->end_s;
        notes_add(&r->notes, "start-datetime or end-datetime cannot be read: taken from the file's name");
    }
    if (*begin > *end) {
        int64_t swap = *begin;

        *begin = *end;
        *end = swap;
        notes_add(&r->notes, "start and end are the wrong way round: swapped");
    }
    if (*begin < EARLIEST || *end > arrival_s + 86400)
        tls_fail(r, INCOMING_UNREADABLE, "its period lies in the future or before 2012");
}

static void sum_up(struct tls_report *r, struct arena *scratch)
{
    const struct jvalue *policies = jvalue_member(report_of(r), "policies");
    struct incoming_tls *h = &r->head;

    h->policies = entries(policies);
    if (h->policies > INCOMING_TLS_POLICIES_MAX) {
        tls_fail(r, INCOMING_LIMITED, "it has more policies than a report may");
        return;
    }
    for (size_t i = 0; i < h->policies; i++) {
        struct incoming_tls_policy p;

        arena_reset(scratch);
        read_policy(scratch, entry(policies, i), r->domain, &p);
        h->details += p.details;
        h->successes += p.successes > 0 ? p.successes : 0;
        h->failures += p.failures > 0 ? p.failures : 0;
        if (p.successes < 0 || p.failures < 0)
            notes_add(&r->notes, "policy %zu: a count of its summary is missing or cannot be read", i + 1);
        if (p.domain[0] == '\0')
            notes_add(&r->notes, "policy %zu: its policy-domain is missing or cannot be read", i + 1);
    }
    if (h->details > INCOMING_TLS_DETAILS_MAX)
        tls_fail(r, INCOMING_LIMITED, "it has more failure details than a report may");
    else if (h->policies == 0)
        tls_fail(r, INCOMING_EMPTY, "it has no policies");
}

enum rc tls_look(struct arena *a, struct str text, const struct words_name *name, const char *fallback_domain,
                 int64_t arrival_s, struct tls_report *out, struct err *e)
{
    struct err why = ERR_NONE;
    struct arena *scratch;
    enum rc rc = jvalue_read(text, &out->root, &why);

    out->outcome = INCOMING_READ;
    out->reason[0] = '\0';
    out->head = (struct incoming_tls){.org_name = "", .contact = "", .report_id = ""};
    out->notes = (struct notes){.arena = a};
    out->domain = name->domain[0] != '\0' ? name->domain : fallback_domain;
    if (rc == RC_NOMEM)
        return err_set(e, rc, "%s", why.text);
    if (rc != RC_OK) {
        tls_fail(out, rc == RC_LIMIT ? INCOMING_LIMITED : INCOMING_UNREADABLE, why.text);
        return RC_OK;
    }
    if (jvalue_length(out->root) > 1) {
        tls_fail(out, INCOMING_UNREADABLE, "several reports in one list: give the file itself to assay received add");
        return RC_OK;
    }
    scratch = arena_new(4 << 20);
    if (scratch == NULL)
        return err_set(e, RC_NOMEM, "no memory to read a report");
    out->head.org_name = either_text(a, report_of(out), "organization-name", "organization_name");
    out->head.contact = either_text(a, report_of(out), "contact-info", "contact_info");
    out->head.report_id = either_text(a, report_of(out), "report-id", "report_id");
    if (out->head.report_id[0] == '\0')
        notes_add(&out->notes, "it has no report-id");
    sum_up(out, scratch);
    if (out->outcome == INCOMING_READ || out->outcome == INCOMING_EMPTY)
        tls_settle_period(out, name, arrival_s);
    arena_free(scratch);
    return RC_OK;
}

bool tls_hand_over(const struct tls_report *r, struct arena *scratch, const struct tls_taker *taker, void *arg)
{
    const struct jvalue *policies = jvalue_member(report_of(r), "policies");

    for (size_t i = 0; i < entries(policies); i++) {
        const struct jvalue *one = entry(policies, i), *details = either(one, "failure-details", "failure_details");
        struct incoming_tls_policy p;

        arena_reset(scratch);
        read_policy(scratch, one, r->domain, &p);
        if (!taker->policy(arg, &p))
            return false;
        for (size_t k = 0; k < p.details; k++) {
            struct incoming_tls_detail d;

            arena_reset(scratch);
            read_detail(scratch, entry(details, k), &d);
            if (!taker->detail(arg, &d))
                return false;
        }
    }
    return true;
}

void tls_free(struct tls_report *r)
{
    jvalue_free(r->root);
    r->root = NULL;
}
