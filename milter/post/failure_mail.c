#include "post/failure_mail.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/ip.h"
#include "mail/domain.h"
#include "records/failure_row.h"

enum { FIELDS_MAX = 8000, TEXT_MAX = 3000, SUBJECT_MAX = 400, LINE_VALUE_MAX = 900, DATE_SIZE = 40, ID_MAX = 40 };

static const int64_t hour_ms = 60 * 60 * 1000;

/* ---- whether it may go ---- */

static enum rc check_rates(struct db *d, const struct config *c, const char *policy_domain, struct err *e)
{
    int64_t now = clock_wall_ms(), about = 0, all = 0;
    enum rc rc = outbox_count_sent(d, OUTBOX_FAILURE, now - hour_ms, STR(""), str_of(policy_domain), &about, e);

    if (rc == RC_OK)
        rc = outbox_count_sent(d, OUTBOX_FAILURE, now - hour_ms, STR(""), STR(""), &all, e);
    if (rc != RC_OK)
        return rc;
    if (about >= c->failure_rate)
        return err_set(e, RC_NOTFOUND, "as many failure reports about it as FailureReportsPerHour went out already");
    if (all >= FAILURE_MAIL_PER_HOUR)
        return err_set(e, RC_NOTFOUND, "%d failure reports went out within an hour already", FAILURE_MAIL_PER_HOUR);
    return RC_OK;
}

enum rc failure_mail_sated(struct db *d, const char *address, int64_t now_ms, bool *sated, struct err *e)
{
    int64_t n = 0;
    enum rc rc = outbox_count_sent(d, OUTBOX_FAILURE, now_ms - 24 * hour_ms, str_of(address), STR(""), &n, e);

    *sated = n >= FAILURE_MAIL_PER_ADDRESS_DAY;
    return rc;
}

/* ---- message/feedback-report ---- */

/* Within a line whatever `value` holds: `before` it and `after` it are ours. */
static void put_between(struct strbuf *b, const char *before, const char *value, const char *after)
{
    strbuf_puts(b, before);
    strbuf_put_escaped(b, str_of(value), LINE_VALUE_MAX / 4);
    strbuf_puts(b, after);
}

static void failure_mail_put(struct strbuf *b, const char *name, const char *value)
{
    strbuf_puts(b, name);
    put_between(b, ": ", value, "\n");
}

static void put_date(struct strbuf *b, int64_t time_ms)
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t t = (time_t)(time_ms / 1000);
    struct tm tm;

    if (gmtime_r(&t, &tm) != NULL)
        strbuf_putf(b, "Arrival-Date: %s, %02d %s %d %02d:%02d:%02d +0000\n", days[tm.tm_wday], tm.tm_mday,
                    months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* RFC 9991 section 4: those that did not authenticate an aligned identity. */
static const char *identity_alignment(const struct record *r)
{
    if (r->spf_aligned && r->dkim_aligned)
        return "none";
    return r->spf_aligned ? "dkim" : r->dkim_aligned ? "spf" : "dkim, spf";
}

/* Source-IP: an RFC 5321 address literal without its brackets. */
static void put_source(struct strbuf *b, const struct record *r)
{
    struct ip ip;

    if (ip_parse(str_of(r->client_ip), &ip))
        strbuf_putf(b, "Source-IP: %s%s\n", strchr(r->client_ip, ':') != NULL ? "IPv6:" : "", r->client_ip);
}

/* The organizational domain is not always known; the policy domain is it or below. */
static bool would_align(const struct record *r, const char *domain)
{
    return domain[0] != '\0' && domain_is_within(domain, r->org_domain[0] != '\0' ? r->org_domain : r->policy_domain);
}

/* RFC 6591 section 3.2.5, for an SPF domain that would have aligned; what its record says now. */
static void put_spf_dns(struct strbuf *b, const struct failure_row *f, struct dns_scope *dns)
{
    const struct record *r = &f->record;
    const struct dns_answer *answer;
    bool wanted = strcmp(f->failure.kind, "spf") == 0 ||
                  (strcmp(f->failure.kind, "dmarc") == 0 && !r->spf_aligned && would_align(r, r->spf_domain));

    if (!wanted || r->spf_domain[0] == '\0')
        return;
    answer = dns_ask(dns, r->spf_domain, DNS_TXT);
    for (size_t i = 0; i < answer->count; i++) {
        struct str text = answer->rr[i].txt;

        if (!str_starts_nocase(text, STR("v=spf1")) || text.n > LINE_VALUE_MAX / 4)
            continue;
        strbuf_puts(b, "SPF-DNS: txt : ");
        strbuf_put_escaped(b, str_of(r->spf_domain), DOMAIN_MAX);
        strbuf_puts(b, " : \"");
        strbuf_put_escaped(b, text, LINE_VALUE_MAX / 4);
        strbuf_puts(b, "\"\n");
    }
}

static const char *delivery_result(const struct record *r)
{
    return strcmp(r->disposition, "reject") == 0 ? "reject"
           : strcmp(r->disposition, "quarantine") == 0 ? "policy" : "delivered";
}

static void failure_mail_put_record(struct strbuf *b, const struct failure_row *f, struct dns_scope *dns)
{
    const struct record *r = &f->record;

    failure_mail_put(b, "Identity-Alignment", identity_alignment(r));
    failure_mail_put(b, "Reported-Domain", r->author_domain);
    put_spf_dns(b, f, dns);
    put_source(b, r);
    put_date(b, r->time_ms);
    failure_mail_put(b, "Delivery-Result", delivery_result(r));
    if (r->queue_id[0] != '\0')
        failure_mail_put(b, "Original-Envelope-Id", r->queue_id);
}

/* RFC 8601's form of the one method that the report is about. */
static void failure_mail_put_results(struct strbuf *b, const struct failure_row *f, const struct config *c)
{
    const struct record *r = &f->record;

    strbuf_putf(b, "Authentication-Results: %s; ", c->authserv_id);
    if (strcmp(f->failure.kind, "spf") == 0) {
        put_between(b, "spf=", r->spf, strcmp(r->spf_scope, "helo") == 0 ? " smtp.helo=" : " smtp.mailfrom=");
        put_between(b, "", r->spf_domain, "\n");
    } else if (strcmp(f->failure.kind, "dmarc") != 0) {
        put_between(b, "dkim=fail header.d=", f->failure.dkim_domain, "\n");
    } else {
        put_between(b, "dmarc=", r->dmarc, " header.from=");
        put_between(b, "", r->author_domain, "\n");
    }
}

static const char *make_fields(struct arena *a, const struct failure_row *f, const struct config *c,
                               struct dns_scope *dns)
{
    struct strbuf b = strbuf_new(a, FIELDS_MAX);

    strbuf_puts(&b, "Feedback-Type: auth-failure\nVersion: 1\nUser-Agent: Assay/" ASSAY_VERSION "\n");
    failure_mail_put(&b, "Auth-Failure", f->failure.kind);
    failure_mail_put_results(&b, f, c);
    if (f->failure.dkim_domain[0] != '\0') {
        failure_mail_put(&b, "DKIM-Domain", f->failure.dkim_domain);
        failure_mail_put(&b, "DKIM-Identity", f->failure.dkim_identity);
        failure_mail_put(&b, "DKIM-Selector", f->failure.dkim_selector);
    }
    failure_mail_put_record(&b, f, dns);
    put_between(&b, "Original-Mail-From: <", f->failure.mail_from, ">\n");
    if (f->incidents > 1)
        strbuf_putf(&b, "Incidents: %" PRId64 "\n", f->incidents);
    return b.over ? NULL : b.p;
}

static const char *make_text(struct arena *a, const struct failure_row *f, const struct config *c)
{
    const struct record *r = &f->record;
    struct strbuf b = strbuf_new(a, TEXT_MAX);

    put_between(&b, "A message in the name of ", r->author_domain, " came in at ");
    strbuf_putf(&b, "%s and %s.\n", c->authserv_id,
                strcmp(r->dmarc, "pass") == 0 ? "passed DMARC, though not by both of SPF and DKIM" : "failed DMARC");
    if (f->incidents > 1)
        strbuf_putf(&b, "%" PRId64 " messages like it came within a few minutes; this is the first.\n", f->incidents);
    strbuf_puts(&b, "What it was is told in the next part for a program; its header follows, with what\n"
                    "stands before the \"@\" of addresses replaced.\n\n");
    strbuf_putf(&b, "You get this because the DMARC record of %s asks for failure reports at\nthis address (ruf). "
                "To end them, change the record.\n\nQuestions: %s\n", f->failure.policy_domain, c->report_email);
    return b.over ? NULL : b.p;
}

static enum rc failure_mail_make(struct arena *a, const struct failure_row *f, const struct config *c,
                                 struct dns_scope *dns, struct parcel *out, struct err *e)
{
    struct strbuf subject = strbuf_new(a, SUBJECT_MAX), id = strbuf_new(a, ID_MAX);

    put_between(&subject, "DMARC failure report for ", f->record.author_domain, "");
    strbuf_putf(&id, "failure%" PRId64, f->id);
    *out = (struct parcel){.id = id.p, .subject = subject.p, .text = make_text(a, f, c),
                           .fields = make_fields(a, f, c, dns), .headers = f->failure.headers};
    return out->text == NULL || out->fields == NULL || subject.over
               ? err_set(e, RC_NOMEM, "no memory to compose a failure report")
               : RC_OK;
}

enum rc failure_mail_open(struct db *d, struct arena *a, int64_t id, const struct config *c, struct dns_scope *dns,
                          struct parcel *out, struct err *e)
{
    struct failure_row f;
    enum rc rc = failure_row_get(d, a, id, &f, e);

    if (rc != RC_OK)
        return rc;
    if (!f.has_record)
        return err_set(e, RC_NOTFOUND, "the record of the message was removed meanwhile");
    if (!failure_opted_in(c, f.failure.policy_domain))
        return err_set(e, RC_NOTFOUND, "FailureReports does not name the domain any more");
    rc = check_rates(d, c, f.failure.policy_domain, e);
    return rc == RC_OK ? failure_mail_make(a, &f, c, dns, out, e) : rc;
}
