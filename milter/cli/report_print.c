/* A report in words and in JSON; all its text is a stranger's, and printed so that a terminal takes no harm. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/report_show.h"
#include "report/period.h"

enum { SHOWN_MAX = 1000 };

static void print_clean(const char *text)
{
    char mem[SHOWN_MAX + 1];
    struct strbuf b = STRBUF_ON(mem);

    strbuf_put_clean(&b, str_of(text), SHOWN_MAX);
    (void)fputs(b.p, stdout);
}

/* In a column of `width` bytes. */
static void print_column(const char *text, size_t width)
{
    char mem[SHOWN_MAX + 1];
    struct strbuf b = STRBUF_ON(mem);

    strbuf_put_clean(&b, str_of(text), width);
    (void)printf("%-*s  ", (int)width, b.p);
}

static void line(const char *name, const char *text)
{
    if (text[0] == '\0')
        return;
    (void)printf("%-10s ", name);
    print_clean(text);
    (void)putchar('\n');
}

static void tag(const char *name, const char *text)
{
    if (text[0] == '\0')
        return;
    (void)printf(" %s=", name);
    print_clean(text);
}

static const char *format_name(enum feedback_format format)
{
    return format == FEEDBACK_RFC9990 ? "rfc9990" : "rfc7489";
}

void report_show_head(const struct feedback_head *h, enum feedback_format format)
{
    char from[PERIOD_TEXT_MAX], to[PERIOD_TEXT_MAX];

    line("from", h->org_name);
    line("contact", h->email);
    line("", h->extra_contact_info);
    line("report", h->report_id);
    (void)printf("%-10s %s to %s (%" PRId64 "-%" PRId64 ")\n", "period", period_text(h->begin_s, from),
                 period_text(h->end_s, to), h->begin_s, h->end_s);
    line("about", h->domain);
    (void)printf("%-10s", "policy");
    tag("p", h->p);
    tag("sp", h->sp);
    tag("np", h->np);
    tag("adkim", h->adkim);
    tag("aspf", h->aspf);
    tag("fo", h->fo);
    tag("t", h->testing);
    tag("pct", h->pct);
    (void)putchar('\n');
    line("error", h->error);
    line("made by", h->generator);
    line("format", format_name(format));
    (void)printf("\n%8s  %-39s  %-11s  %-4s  %-4s  %s\n", "COUNT", "SOURCE", "DISPOSITION", "DKIM", "SPF",
                 "FROM, AND WHAT PASSED OR NOT");
}

void report_show_row(const struct feedback_row *r)
{
    (void)printf("%8" PRId64 "  ", r->count);
    print_column(r->source_ip, 39);
    print_column(r->disposition, 11);
    print_column(r->dkim, 4);
    print_column(r->spf, 4);
    print_clean(r->header_from);
    if (strcmp(r->envelope_from, r->header_from) != 0) {
        (void)fputs(" mfrom=", stdout);
        print_clean(r->envelope_from[0] == '\0' ? "<>" : r->envelope_from);
    }
    tag("rcpt", r->envelope_to);
    for (size_t i = 0; i < r->signatures; i++) {
        (void)fputs("; dkim ", stdout);
        print_clean(r->signature[i].result);
        tag("d", r->signature[i].domain);
        tag("s", r->signature[i].selector);
    }
    if (r->spf_result.result[0] != '\0') {
        (void)fputs("; spf ", stdout);
        print_clean(r->spf_result.result);
        (void)putchar(' ');
        print_clean(r->spf_result.domain);
    }
    for (size_t i = 0; i < r->reasons; i++) {
        (void)fputs("; because of ", stdout);
        print_clean(r->reason[i].type);
        tag("comment", r->reason[i].comment);
    }
    (void)putchar('\n');
}

/* ---- JSON ---- */

static void put(struct jnode *o, const char *key, const char *text)
{
    if (text[0] != '\0')
        jnode_text(o, key, text);
}

void report_json_head(struct jnode *o, const struct feedback_head *h, enum feedback_format format)
{
    struct jnode *policy = jnode_object();

    jnode_text(o, "format", format_name(format));
    put(o, "org_name", h->org_name);
    put(o, "email", h->email);
    put(o, "extra_contact_info", h->extra_contact_info);
    put(o, "report_id", h->report_id);
    jnode_int(o, "begin", h->begin_s);
    jnode_int(o, "end", h->end_s);
    put(o, "error", h->error);
    put(o, "generator", h->generator);
    put(policy, "domain", h->domain);
    put(policy, "discovery_method", h->discovery_method);
    put(policy, "p", h->p);
    put(policy, "sp", h->sp);
    put(policy, "np", h->np);
    put(policy, "adkim", h->adkim);
    put(policy, "aspf", h->aspf);
    put(policy, "fo", h->fo);
    put(policy, "testing", h->testing);
    put(policy, "pct", h->pct);
    jnode_put(o, "policy_published", policy);
}

static struct jnode *json_signature(const struct feedback_dkim *s)
{
    struct jnode *o = jnode_object();

    put(o, "domain", s->domain);
    put(o, "selector", s->selector);
    put(o, "result", s->result);
    put(o, "human_result", s->human_result);
    return o;
}

static struct jnode *json_spf(const struct feedback_spf *s)
{
    struct jnode *o = jnode_object();

    put(o, "domain", s->domain);
    put(o, "scope", s->scope);
    put(o, "result", s->result);
    put(o, "human_result", s->human_result);
    return o;
}

struct jnode *report_json_row(const struct feedback_row *r)
{
    struct jnode *o = jnode_object(), *reasons = jnode_array(), *signatures = jnode_array();

    jnode_text(o, "source_ip", r->source_ip);
    jnode_int(o, "count", r->count);
    jnode_text(o, "disposition", r->disposition);
    jnode_text(o, "dkim", r->dkim);
    jnode_text(o, "spf", r->spf);
    for (size_t i = 0; i < r->reasons; i++) {
        struct jnode *reason = jnode_object();

        jnode_text(reason, "type", r->reason[i].type);
        put(reason, "comment", r->reason[i].comment);
        jnode_append(reasons, reason);
    }
    jnode_put(o, "reasons", reasons);
    jnode_text(o, "header_from", r->header_from);
    jnode_text(o, "envelope_from", r->envelope_from);
    put(o, "envelope_to", r->envelope_to);
    for (size_t i = 0; i < r->signatures; i++)
        jnode_append(signatures, json_signature(&r->signature[i]));
    jnode_put(o, "dkim_results", signatures);
    if (r->spf_result.result[0] != '\0')
        jnode_put(o, "spf_result", json_spf(&r->spf_result));
    return o;
}
