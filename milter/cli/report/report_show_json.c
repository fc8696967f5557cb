/* A report as JSON. */
#include <string.h>

#include "cli/report/report_show.h"

static void report_show_json_put(struct jnode *o, const char *key, const char *text)
{
    if (text[0] != '\0')
        jnode_text(o, key, text);
}

static void report_show_json_put_list(struct jnode *o, const char *key, size_t n, const char *const *text)
{
    struct jnode *all;

    if (n == 0)
        return;
    all = jnode_array();
    for (size_t i = 0; i < n; i++)
        jnode_append_text(all, text[i]);
    jnode_put(o, key, all);
}

static void put_ip(struct jnode *o, const char *key, const struct ip *ip)
{
    char text[IP_TEXT_MAX];

    if (ip->family != IP_NONE)
        jnode_text(o, key, ip_text(ip, text));
}

static void put_aggregate(struct jnode *o, const struct incoming_aggregate *h)
{
    struct jnode *policy = jnode_object();

    jnode_text(o, "format", h->format);
    report_show_json_put(o, "org_name", h->org_name);
    report_show_json_put(o, "email", h->email);
    report_show_json_put(o, "extra_contact_info", h->extra_contact_info);
    report_show_json_put(o, "report_id", h->report_id);
    jnode_int(o, "begin", h->begin_s);
    jnode_int(o, "end", h->end_s);
    report_show_json_put(o, "error", h->errors);
    report_show_json_put(o, "generator", h->generator);
    report_show_json_put(policy, "domain", h->domain);
    report_show_json_put(policy, "discovery_method", h->discovery_method);
    report_show_json_put(policy, "p", h->p);
    report_show_json_put(policy, "sp", h->sp);
    report_show_json_put(policy, "np", h->np);
    report_show_json_put(policy, "adkim", h->adkim);
    report_show_json_put(policy, "aspf", h->aspf);
    report_show_json_put(policy, "fo", h->fo);
    report_show_json_put(policy, "testing", h->testing);
    report_show_json_put(policy, "pct", h->pct);
    jnode_put(o, "policy_published", policy);
    jnode_int(o, "messages", h->messages);
    jnode_int(o, "records_refused", (int64_t)h->refused);
}

static void put_failure(struct jnode *o, const struct incoming_failure *f)
{
    struct jnode *signatures = jnode_array();

    report_show_json_put(o, "reported_domain", f->reported_domain);
    report_show_json_put_list(o, "other_domains", f->others, f->other);
    report_show_json_put(o, "auth_failure", f->auth_failure);
    report_show_json_put(o, "delivery_result", f->delivery_result);
    put_ip(o, "source_ip", &f->source);
    report_show_json_put(o, "mail_from", f->mail_from);
    report_show_json_put(o, "header_from", f->from_domain);
    report_show_json_put(o, "authentication_results", f->authentication_results);
    report_show_json_put(o, "subject_hash", f->subject_hash);
    report_show_json_put(o, "date", f->date);
    report_show_json_put(o, "message_id", f->message_id);
    if (f->arrival_s > 0)
        jnode_int(o, "arrival", f->arrival_s);
    jnode_bool(o, "arrival_of_mail", f->arrival_from_mail);
    jnode_int(o, "incidents", f->incidents);
    for (size_t i = 0; i < f->signatures; i++) {
        struct jnode *one = jnode_object();

        report_show_json_put(one, "domain", f->signature[i].domain);
        report_show_json_put(one, "selector", f->signature[i].selector);
        jnode_append(signatures, one);
    }
    jnode_put(o, "signatures", signatures);
    report_show_json_put_list(o, "hosts", f->hosts, f->host);
}

static void put_tls(struct jnode *o, const struct incoming_tls *t)
{
    report_show_json_put(o, "org_name", t->org_name);
    report_show_json_put(o, "contact_info", t->contact);
    report_show_json_put(o, "report_id", t->report_id);
    jnode_int(o, "begin", t->begin_s);
    jnode_int(o, "end", t->end_s);
    jnode_int(o, "successes", t->successes);
    jnode_int(o, "failures", t->failures);
}

struct jnode *report_json_begin(const struct incoming_report *r)
{
    struct jnode *o = jnode_object();

    report_show_json_put(o, "file", r->name);
    jnode_text(o, "kind", enum_name(&incoming_kinds, (int)r->kind));
    jnode_text(o, "outcome", enum_name(&incoming_outcomes, (int)r->outcome));
    report_show_json_put(o, "fault", r->reason);
    report_show_json_put_list(o, "repairs", r->repairs, r->repair);
    report_show_json_put_list(o, "notes", r->notes, r->note);
    if (r->aggregate != NULL)
        put_aggregate(o, r->aggregate);
    else if (r->failure != NULL)
        put_failure(o, r->failure);
    else if (r->tls != NULL)
        put_tls(o, r->tls);
    return o;
}

static struct jnode *json_signature(const struct incoming_dkim *s)
{
    struct jnode *o = jnode_object();

    report_show_json_put(o, "domain", s->domain);
    report_show_json_put(o, "selector", s->selector);
    report_show_json_put(o, "result", s->result);
    report_show_json_put(o, "human_result", s->human_result);
    return o;
}

static struct jnode *json_spf(const struct incoming_spf *s)
{
    struct jnode *o = jnode_object();

    report_show_json_put(o, "domain", s->domain);
    report_show_json_put(o, "scope", s->scope);
    report_show_json_put(o, "result", s->result);
    report_show_json_put(o, "human_result", s->human_result);
    return o;
}

static void put_lists(struct jnode *o, const struct incoming_row *r)
{
    struct jnode *reasons = jnode_array(), *signatures = jnode_array(), *spf = jnode_array();

    for (size_t i = 0; i < r->reasons; i++) {
        struct jnode *reason = jnode_object();

        jnode_text(reason, "type", r->reason[i].type);
        report_show_json_put(reason, "comment", r->reason[i].comment);
        jnode_append(reasons, reason);
    }
    jnode_put(o, "reasons", reasons);
    for (size_t i = 0; i < r->signatures; i++)
        jnode_append(signatures, json_signature(&r->signature[i]));
    jnode_put(o, "dkim_results", signatures);
    for (size_t i = 0; i < r->spf_results; i++)
        jnode_append(spf, json_spf(&r->spf_result[i]));
    jnode_put(o, "spf_results", spf);
    if (r->spf_main >= 0)
        jnode_put(o, "spf_result", json_spf(&r->spf_result[r->spf_main]));
}

struct jnode *report_json_row(const struct incoming_row *r)
{
    struct jnode *o = jnode_object();
    char ip[IP_TEXT_MAX];

    jnode_text(o, "source_ip", r->address.family == IP_NONE ? NULL : ip_text(&r->address, ip));
    report_show_json_put(o, "source_ip_written", r->address_text);
    jnode_int(o, "count", r->count);
    jnode_text(o, "disposition", r->disposition);
    jnode_text(o, "dkim", r->dkim ? "pass" : "fail");
    jnode_text(o, "spf", r->spf ? "pass" : "fail");
    jnode_bool(o, "worked_out", (r->marks & (INCOMING_DKIM_WORKED_OUT | INCOMING_SPF_WORKED_OUT)) != 0);
    jnode_text(o, "header_from", r->header_from[0] == '\0' ? NULL : r->header_from);
    report_show_json_put(o, "header_from_written", r->header_from_text);
    jnode_text(o, "envelope_from", r->envelope == INCOMING_ENVELOPE_ABSENT ? NULL : r->envelope_from);
    report_show_json_put(o, "envelope_to", r->envelope_to);
    put_lists(o, r);
    return o;
}

struct jnode *report_json_policy(const struct incoming_tls_policy *p)
{
    struct jnode *o = jnode_object();

    report_show_json_put(o, "policy_type", p->type);
    report_show_json_put(o, "policy_domain", p->domain);
    report_show_json_put(o, "policy_string", p->string);
    report_show_json_put(o, "mx_host", p->mx);
    if (p->successes >= 0)
        jnode_int(o, "successes", p->successes);
    if (p->failures >= 0)
        jnode_int(o, "failures", p->failures);
    return o;
}

struct jnode *report_json_detail(const struct incoming_tls_detail *d)
{
    struct jnode *o = jnode_object();

    report_show_json_put(o, "result_type", d->result_type);
    put_ip(o, "sending_mta_ip", &d->sending);
    put_ip(o, "receiving_ip", &d->receiving);
    report_show_json_put(o, "receiving_mx_hostname", d->mx);
    report_show_json_put(o, "failure_reason_code", d->reason_code);
    report_show_json_put(o, "additional_information", d->additional);
    if (d->count >= 0)
        jnode_int(o, "failed_session_count", d->count);
    return o;
}
