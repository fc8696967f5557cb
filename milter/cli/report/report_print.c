/* A report in words and in JSON; all its text is a stranger's, and printed so that a terminal takes no harm. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/report/report_show.h"
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

static void report_print_line(const char *name, const char *text)
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

static void report_print_list(const char *name, size_t n, const char *const *text)
{
    for (size_t i = 0; i < n; i++)
        report_print_line(i == 0 ? name : "", text[i]);
}

static void show_outcome(const struct incoming_report *r)
{
    report_print_line("file", r->name);
    (void)printf("%-10s %s", "reading", enum_name(&incoming_outcomes, (int)r->outcome));
    if (r->reason[0] != '\0') {
        (void)fputs(": ", stdout);
        print_clean(r->reason);
    }
    (void)putchar('\n');
    report_print_list("repaired", r->repairs, r->repair);
    report_print_list("note", r->notes, r->note);
}

static void show_period(int64_t begin_s, int64_t end_s)
{
    char from[PERIOD_TEXT_MAX], to[PERIOD_TEXT_MAX];

    (void)printf("%-10s %s to %s (%" PRId64 "-%" PRId64 ")\n", "period", period_text(begin_s, from),
                 period_text(end_s, to), begin_s, end_s);
}

static void show_aggregate(const struct incoming_aggregate *h)
{
    report_print_line("from", h->org_name);
    report_print_line("contact", h->email);
    report_print_line("", h->extra_contact_info);
    report_print_line("report", h->report_id);
    show_period(h->begin_s, h->end_s);
    report_print_line("about", h->domain);
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
    report_print_line("error", h->errors);
    report_print_line("made by", h->generator);
    report_print_line("format", h->format);
    (void)printf("%-10s %" PRId64 " in %" PRIu64 " records", "messages", h->messages, h->rows);
    if (h->refused > 0)
        (void)printf("; %" PRIu64 " records are not counted, since their count cannot be read", h->refused);
    (void)printf("\n\n%8s  %-39s  %-11s  %-4s  %-4s  %s\n", "COUNT", "SOURCE", "DISPOSITION", "DKIM", "SPF",
                 "FROM, AND WHAT PASSED OR NOT");
}

static void show_failure(const struct incoming_failure *f)
{
    char ip[IP_TEXT_MAX];

    report_print_line("about", f->reported_domain);
    report_print_list("about too", f->others, f->other);
    report_print_line("failed", f->auth_failure);
    report_print_line("delivery", f->delivery_result);
    report_print_line("source", ip_text(&f->source, ip));
    report_print_line("mail from", f->mail_from);
    report_print_line("from", f->from_domain);
    report_print_line("results", f->authentication_results);
    report_print_line("date", f->date);
    report_print_line("message-id", f->message_id);
    for (size_t i = 0; i < f->signatures; i++) {
        (void)printf("%-10s", i == 0 ? "signed by" : "");
        tag("d", f->signature[i].domain);
        tag("s", f->signature[i].selector);
        (void)putchar('\n');
    }
    report_print_list("hosts", f->hosts, f->host);
    (void)printf("%-10s %" PRId64 "\n", "messages", f->incidents);
}

static void show_tls(const struct incoming_tls *t)
{
    report_print_line("from", t->org_name);
    report_print_line("contact", t->contact);
    report_print_line("report", t->report_id);
    show_period(t->begin_s, t->end_s);
    (void)printf("%-10s %" PRId64 " succeeded, %" PRId64 " failed\n", "sessions", t->successes, t->failures);
}

void report_show_begin(const struct incoming_report *r)
{
    if (r->number > 0)
        (void)putchar('\n');
    show_outcome(r);
    if (r->aggregate != NULL)
        show_aggregate(r->aggregate);
    else if (r->failure != NULL)
        show_failure(r->failure);
    else if (r->tls != NULL)
        show_tls(r->tls);
}

static void show_spf(const struct incoming_spf *s, bool other)
{
    (void)printf("; spf%s %s ", other ? (s->scope[0] == '\0' ? " (another)" : " (helo)") : "", s->result);
    print_clean(s->domain);
}

static void show_envelope(const struct incoming_row *r)
{
    if (r->envelope == INCOMING_ENVELOPE_NULL)
        (void)fputs(" mfrom=<>", stdout);
    else if (r->envelope == INCOMING_ENVELOPE_PRESENT && strcmp(r->envelope_from, r->header_from) != 0)
        tag("mfrom", r->envelope_from);
    tag("rcpt", r->envelope_to);
}

void report_show_row(const struct incoming_row *r)
{
    char ip[IP_TEXT_MAX];

    (void)printf("%8" PRId64 "  ", r->count);
    (void)ip_text(&r->address, ip);
    print_column(r->address.family == IP_NONE && r->address_text[0] != '\0' ? r->address_text : ip, 39);
    print_column(r->disposition, 11);
    print_column(r->dkim ? "pass" : "fail", 4);
    print_column(r->spf ? "pass" : "fail", 4);
    print_clean(r->header_from[0] != '\0' ? r->header_from : "unknown");
    if (r->header_from[0] == '\0' && r->header_from_text[0] != '\0')
        tag("written", r->header_from_text);
    show_envelope(r);
    for (size_t i = 0; i < r->signatures; i++) {
        (void)printf("; dkim %s", r->signature[i].result);
        tag("d", r->signature[i].domain);
        tag("s", r->signature[i].selector);
    }
    for (size_t i = 0; i < r->spf_results; i++)
        show_spf(&r->spf_result[i], (int)i != r->spf_main);
    for (size_t i = 0; i < r->reasons; i++) {
        (void)printf("; because of %s", r->reason[i].type);
        tag("comment", r->reason[i].comment);
    }
    if ((r->marks & (INCOMING_DKIM_WORKED_OUT | INCOMING_SPF_WORKED_OUT)) != 0)
        (void)fputs("; worked out, since it does not say", stdout);
    (void)putchar('\n');
}

void report_show_policy(const struct incoming_tls_policy *p)
{
    (void)printf("\n%-10s", "policy");
    tag("type", p->type);
    tag("domain", p->domain);
    tag("mx", p->mx);
    (void)putchar('\n');
    report_print_line("", p->string);
    if (p->successes >= 0)
        (void)printf("%-10s %" PRId64 "\n", "succeeded", p->successes);
    if (p->failures >= 0)
        (void)printf("%-10s %" PRId64 "\n", "failed", p->failures);
}

void report_show_detail(const struct incoming_tls_detail *d)
{
    char ip[IP_TEXT_MAX];

    if (d->count >= 0)
        (void)printf("%8" PRId64 "  ", d->count);
    else
        (void)printf("%8s  ", "?");
    print_clean(d->result_type);
    if (d->sending.family != IP_NONE)
        tag("from", ip_text(&d->sending, ip));
    if (d->receiving.family != IP_NONE)
        tag("to", ip_text(&d->receiving, ip));
    tag("mx", d->mx);
    tag("reason", d->reason_code);
    tag("more", d->additional);
    (void)putchar('\n');
}
