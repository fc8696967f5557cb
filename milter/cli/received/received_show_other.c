/* assay received show - failure reports (RFC 9991) and reports on TLS (RFC 8460). */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/received/received_cli.h"
#include "received/other.h"

/* ---- failure reports ---- */

static void show_other_line(const struct sheet *s, const char *label, const char *text)
{
    if (text[0] != '\0')
        (void)printf("  %s: %s\n", label, sheet_shown(s, text));
}

static void print_failure(const struct received_place *p, const struct sheet *s, const struct received_failure *f)
{
    char address[IP_TEXT_MAX], when[SHEET_TIME_MAX];

    (void)printf("  %s reports %" PRId64 " message%s that claimed to be from %s and failed: %s\n",
                 sheet_shown(s, f->reporter), f->incidents, f->incidents == 1 ? "" : "s", sheet_shown(s, f->domain),
                 sheet_or(s, f->auth_failure, "it does not say what failed"));
    if (f->time_s > 0)
        (void)printf("  it came there %s UTC", received_minute(f->time_s, when));
    else
        (void)printf("  it does not say when it came there");
    (void)printf(", from %s, source %s%s%s\n",
                 f->address.family == IP_NONE ? "an unknown address" : ip_text(&f->address, address),
                 sheet_shown(s, received_title(p, f->source)), f->cause[0] == '\0' ? "" : ", cause ",
                 sheet_shown(s, f->cause));
    show_other_line(s, "what became of the message", f->delivery_result);
    show_other_line(s, "its author's domain", f->from_domain);
    show_other_line(s, "its envelope sender", f->mail_from);
    show_other_line(s, "its Message-ID", f->message_id);
    show_other_line(s, "its subject, as a token", f->subject_hash);
    show_other_line(s, "DKIM domain", f->dkim_domain);
    show_other_line(s, "DKIM selector", f->dkim_selector);
    show_other_line(s, "its signatures", f->signatures);
    show_other_line(s, "results", f->results);
    show_other_line(s, "hosts it passed", f->hosts);
    show_other_line(s, "else", f->fields);
}

static struct jnode *json_failure(const struct received_failure *f)
{
    struct jnode *o = jnode_object();
    char address[IP_TEXT_MAX];

    jnode_text(o, "client", f->client);
    jnode_text(o, "domain", f->domain);
    jnode_text(o, "reporter", f->reporter);
    jnode_text(o, "trust", enum_name(&received_trust_names, (int)f->trust));
    jnode_int(o, "time", f->time_s);
    jnode_text(o, "address", f->address.family == IP_NONE ? "" : ip_text(&f->address, address));
    jnode_int(o, "incidents", f->incidents);
    jnode_text(o, "auth_failure", f->auth_failure);
    jnode_text(o, "delivery_result", f->delivery_result);
    jnode_text(o, "mail_from", f->mail_from);
    jnode_text(o, "from_domain", f->from_domain);
    jnode_text(o, "subject_token", f->subject_hash);
    jnode_text(o, "message_id", f->message_id);
    jnode_text(o, "results", f->results);
    jnode_text(o, "dkim_domain", f->dkim_domain);
    jnode_text(o, "dkim_selector", f->dkim_selector);
    jnode_text(o, "signatures", f->signatures);
    jnode_text(o, "hosts", f->hosts);
    jnode_text(o, "fields", f->fields);
    jnode_text(o, "source", f->source);
    jnode_text(o, "cause", f->cause);
    return o;
}

enum rc received_show_failure(struct received_place *p, const struct sheet *s, int64_t id, struct jnode *part,
                              struct err *e)
{
    struct received_failure f;
    enum rc rc = received_failure_get(p->db, p->arena, id, &f, e);

    if (rc != RC_OK)
        return rc;
    if (part != NULL)
        jnode_put(part, "failure", json_failure(&f));
    else
        print_failure(p, s, &f);
    return RC_OK;
}

/* ---- reports on TLS ---- */

/* A count of sessions, -1 being "not said". */
static const char *sessions(int64_t n, char buf[static 40])
{
    (void)snprintf(buf, 40, n < 0 ? "an unsaid number of sessions" : "%" PRId64 " session%s", n, n == 1 ? "" : "s");
    return buf;
}

static void print_detail(const struct sheet *s, const struct received_tls_detail *x)
{
    char count[40], from[IP_TEXT_MAX], to[IP_TEXT_MAX];

    (void)printf("      %s: %s", sheet_shown(s, x->result_type), sessions(x->sessions, count));
    if (x->sending.family != IP_NONE)
        (void)printf(", from %s", ip_text(&x->sending, from));
    if (x->mx[0] != '\0')
        (void)printf(", to %s", sheet_shown(s, x->mx));
    if (x->receiving.family != IP_NONE)
        (void)printf(" [%s]", ip_text(&x->receiving, to));
    if (x->reason_code[0] != '\0')
        (void)printf(", reason %s", sheet_shown(s, x->reason_code));
    if (x->additional[0] != '\0')
        (void)printf(", see %s", sheet_shown(s, x->additional));
    (void)putchar('\n');
}

/* What is stored besides what was printed, and the option that prints all. */
static void print_more(const char *before, size_t shown, int64_t more, const char *what)
{
    if (more > 0)
        (void)printf("%s... and %" PRId64 " more %s; --rows %" PRId64 " shows all\n", before, more, what,
                     (int64_t)shown + more);
}

static void print_tls(const struct sheet *s, const struct received_tls *t)
{
    char from[SHEET_TIME_MAX], to[SHEET_TIME_MAX], good[40], bad[40];

    (void)printf("  %s reports on TLS, %s to %s UTC; report-id %s of %s\n", sheet_or(s, t->org_name, t->reporter),
                 received_minute(t->begin_s, from), received_minute(t->end_s, to), sheet_or(s, t->report_id, "-"),
                 sheet_shown(s, t->reporter));
    for (size_t i = 0; i < t->policies; i++) {
        const struct received_tls_policy *p = &t->policy[i];
        int64_t sum = 0;

        (void)printf("    %s, policy %s: %s good, %s failed\n", sheet_or(s, p->domain, "an unnamed domain"),
                     sheet_or(s, p->type, "of no type"), sessions(p->successes, good), sessions(p->failures, bad));
        show_other_line(s, "    its text", p->string);
        show_other_line(s, "    its MX", p->mx);
        for (size_t k = 0; k < p->details; k++) {
            print_detail(s, &p->detail[k]);
            sum += p->detail[k].sessions > 0 ? p->detail[k].sessions : 0;
        }
        print_more("      ", p->details, p->more, "details");
        if (p->details > 0 && p->more == 0 && p->failures >= 0 && sum != p->failures)
            (void)printf("      the details add up to %s, not to %" PRId64 "\n", sessions(sum, bad), p->failures);
    }
    print_more("    ", t->policies, t->more, "policies");
}

static struct jnode *json_detail(const struct received_tls_detail *x)
{
    struct jnode *o = jnode_object();
    char text[IP_TEXT_MAX];

    jnode_text(o, "result_type", x->result_type);
    jnode_int(o, "sessions", x->sessions);
    jnode_text(o, "sending", x->sending.family == IP_NONE ? "" : ip_text(&x->sending, text));
    jnode_text(o, "receiving", x->receiving.family == IP_NONE ? "" : ip_text(&x->receiving, text));
    jnode_text(o, "mx", x->mx);
    jnode_text(o, "mx_helo", x->mx_helo);
    jnode_text(o, "reason_code", x->reason_code);
    jnode_text(o, "additional", x->additional);
    return o;
}

static struct jnode *json_tls(const struct received_tls *t)
{
    struct jnode *o = jnode_object(), *policies = jnode_array();

    jnode_text(o, "reporter", t->reporter);
    jnode_text(o, "org_name", t->org_name);
    jnode_text(o, "contact", t->contact);
    jnode_text(o, "report_id", t->report_id);
    jnode_int(o, "begin", t->begin_s);
    jnode_int(o, "end", t->end_s);
    jnode_text(o, "trust", enum_name(&received_trust_names, (int)t->trust));
    for (size_t i = 0; i < t->policies; i++) {
        const struct received_tls_policy *p = &t->policy[i];
        struct jnode *one = jnode_object(), *details = jnode_array();

        jnode_text(one, "client", p->client);
        jnode_text(one, "domain", p->domain);
        jnode_text(one, "type", p->type);
        jnode_text(one, "string", p->string);
        jnode_text(one, "mx", p->mx);
        jnode_int(one, "successes", p->successes);
        jnode_int(one, "failures", p->failures);
        for (size_t k = 0; k < p->details; k++)
            jnode_append(details, json_detail(&p->detail[k]));
        jnode_put(one, "details", details);
        jnode_int(one, "details_left_out", p->more);
        jnode_append(policies, one);
    }
    jnode_put(o, "policies", policies);
    jnode_int(o, "policies_left_out", t->more);
    return o;
}

enum rc received_show_tls(struct received_place *p, const struct sheet *s, int64_t id, size_t max, struct jnode *part,
                          struct err *e)
{
    struct received_tls t;
    enum rc rc = received_tls_get(p->db, p->arena, id, max, &t, e);

    if (rc != RC_OK)
        return rc;
    if (part != NULL)
        jnode_put(part, "tls", json_tls(&t));
    else
        print_tls(s, &t);
    return RC_OK;
}
