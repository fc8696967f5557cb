/* Writes aggregate reports; the order of elements is that of RFC 9990 section 2's tree and RFC 7489's schema. */
#include <string.h>

#include "report/feedback.h"

static void feedback_write_leaf(struct xml_out *x, const char *name, const char *text)
{
    xml_leaf(x, name, str_of(text));
}

static void leaf_if(struct xml_out *x, const char *name, const char *text)
{
    if (text[0] != '\0')
        feedback_write_leaf(x, name, text);
}

static const char *or_else(const char *text, const char *other)
{
    return text[0] != '\0' ? text : other;
}

static void metadata(struct xml_out *x, enum feedback_format format, const struct feedback_head *h)
{
    xml_begin(x, "report_metadata");
    feedback_write_leaf(x, "org_name", h->org_name);
    feedback_write_leaf(x, "email", h->email);
    leaf_if(x, "extra_contact_info", h->extra_contact_info);
    feedback_write_leaf(x, "report_id", h->report_id);
    xml_begin(x, "date_range");
    xml_leaf_int(x, "begin", h->begin_s);
    xml_leaf_int(x, "end", h->end_s);
    xml_end(x);
    leaf_if(x, "error", h->error);
    if (format == FEEDBACK_RFC9990)
        leaf_if(x, "generator", h->generator);
    xml_end(x);
}

static void policy_9990(struct xml_out *x, const struct feedback_head *h)
{
    feedback_write_leaf(x, "domain", h->domain);
    feedback_write_leaf(x, "discovery_method", h->discovery_method);
    feedback_write_leaf(x, "p", h->p);
    leaf_if(x, "sp", h->sp);
    leaf_if(x, "np", h->np);
    leaf_if(x, "fo", h->fo);
    feedback_write_leaf(x, "adkim", h->adkim);
    feedback_write_leaf(x, "aspf", h->aspf);
    leaf_if(x, "testing", h->testing);
}

/* RFC 7489 appendix C asks for all of these but fo's neighbours. */
static void policy_7489(struct xml_out *x, const struct feedback_head *h)
{
    feedback_write_leaf(x, "domain", h->domain);
    feedback_write_leaf(x, "adkim", h->adkim);
    feedback_write_leaf(x, "aspf", h->aspf);
    feedback_write_leaf(x, "p", h->p);
    feedback_write_leaf(x, "sp", or_else(h->sp, h->p));
    feedback_write_leaf(x, "pct", or_else(h->pct, "100"));
    feedback_write_leaf(x, "fo", or_else(h->fo, "0"));
}

void feedback_begin(struct xml_out *x, enum feedback_format format, const struct feedback_head *h)
{
    xml_begin(x, "feedback");
    if (format == FEEDBACK_RFC9990)
        xml_attribute(x, "xmlns", FEEDBACK_NAMESPACE);
    feedback_write_leaf(x, "version", "1.0");
    metadata(x, format, h);
    xml_begin(x, "policy_published");
    if (format == FEEDBACK_RFC9990)
        policy_9990(x, h);
    else
        policy_7489(x, h);
    xml_end(x);
}

/* RFC 7489 knows neither the disposition "pass" nor the reason "policy_test_mode". */
static const char *feedback_write_disposition(enum feedback_format format, const struct feedback_row *r)
{
    return format == FEEDBACK_RFC7489 && strcmp(r->disposition, "pass") == 0 ? "none" : r->disposition;
}

static void feedback_write_reason(struct xml_out *x, enum feedback_format format, const struct feedback_reason *r)
{
    bool renamed = format == FEEDBACK_RFC7489 && strcmp(r->type, "policy_test_mode") == 0;

    xml_begin(x, "reason");
    feedback_write_leaf(x, "type", renamed ? "other" : r->type);
    leaf_if(x, "comment", renamed ? or_else(r->comment, r->type) : r->comment);
    xml_end(x);
}

static void evaluated(struct xml_out *x, enum feedback_format format, const struct feedback_row *r)
{
    xml_begin(x, "row");
    feedback_write_leaf(x, "source_ip", r->source_ip);
    xml_leaf_int(x, "count", r->count);
    xml_begin(x, "policy_evaluated");
    feedback_write_leaf(x, "disposition", feedback_write_disposition(format, r));
    feedback_write_leaf(x, "dkim", r->dkim);
    feedback_write_leaf(x, "spf", r->spf);
    for (size_t i = 0; i < r->reasons; i++)
        feedback_write_reason(x, format, &r->reason[i]);
    xml_end(x);
    xml_end(x);
}

static void identifiers(struct xml_out *x, enum feedback_format format, const struct feedback_row *r)
{
    xml_begin(x, "identifiers");
    if (format == FEEDBACK_RFC7489) {
        leaf_if(x, "envelope_to", r->envelope_to);
        feedback_write_leaf(x, "envelope_from", r->envelope_from);
        feedback_write_leaf(x, "header_from", r->header_from);
    } else {
        feedback_write_leaf(x, "header_from", r->header_from);
        feedback_write_leaf(x, "envelope_from", r->envelope_from);
        leaf_if(x, "envelope_to", r->envelope_to);
    }
    xml_end(x);
}

static void feedback_write_signature(struct xml_out *x, const struct feedback_dkim *s)
{
    xml_begin(x, "dkim");
    feedback_write_leaf(x, "domain", s->domain);
    feedback_write_leaf(x, "selector", s->selector);
    feedback_write_leaf(x, "result", s->result);
    leaf_if(x, "human_result", s->human_result);
    xml_end(x);
}

/* RFC 7489 wants one, and calls the identity behind a null sender helo. */
static void spf(struct xml_out *x, enum feedback_format format, const struct feedback_row *r)
{
    const struct feedback_spf *s = &r->spf_result;
    bool old = format == FEEDBACK_RFC7489, none = s->domain[0] == '\0';

    if (none && !old)
        return;
    xml_begin(x, "spf");
    feedback_write_leaf(x, "domain", none ? or_else(r->envelope_from, r->header_from) : s->domain);
    feedback_write_leaf(x, "scope", old && !none && r->envelope_from[0] == '\0' ? "helo" : "mfrom");
    feedback_write_leaf(x, "result", none ? "none" : s->result);
    if (!old)
        leaf_if(x, "human_result", s->human_result);
    xml_end(x);
}

void feedback_row(struct xml_out *x, enum feedback_format format, const struct feedback_row *r)
{
    xml_begin(x, "record");
    evaluated(x, format, r);
    identifiers(x, format, r);
    xml_begin(x, "auth_results");
    for (size_t i = 0; i < r->signatures && i < FEEDBACK_DKIM_WRITTEN; i++)
        feedback_write_signature(x, &r->signature[i]);
    spf(x, format, r);
    xml_end(x);
    xml_end(x);
}

void feedback_end(struct xml_out *x)
{
    xml_end(x);
}
