/* describe FILE...: what incoming_read makes of each, in lines for a golden file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "incoming/incoming.h"

enum { ROWS_SHOWN = 5 };

struct shown {
    uint64_t rows;
    int64_t messages;
};

static void put(const char *name, const char *value)
{
    if (value[0] != '\0')
        printf(" %s=\"%s\"", name, value);
}

static void show_aggregate(const struct incoming_aggregate *a)
{
    printf("  head %s", a->format);
    put("org", a->org_name);
    put("email", a->email);
    put("contact", a->extra_contact_info);
    put("id", a->report_id);
    put("errors", a->errors);
    put("generator", a->generator);
    printf(" %lld-%lld", (long long)a->begin_s, (long long)a->end_s);
    put("domain", a->domain);
    put("p", a->p);
    put("sp", a->sp);
    put("np", a->np);
    put("adkim", a->adkim);
    put("aspf", a->aspf);
    put("fo", a->fo);
    put("t", a->testing);
    put("pct", a->pct);
    put("discovery", a->discovery_method);
    printf(" rows=%llu refused=%llu cut=%llu messages=%lld\n", (unsigned long long)a->rows, (unsigned long long)a->refused,
           (unsigned long long)a->cut, (long long)a->messages);
}

static void show_failure(const struct incoming_failure *f)
{
    char ip[IP_TEXT_MAX];

    printf("  failure");
    put("auth", f->auth_failure);
    put("delivery", f->delivery_result);
    put("alignment", f->identity_alignment);
    put("domain", f->reported_domain);
    put("mfrom", f->mail_from);
    put("d", f->dkim_domain);
    put("from", f->from_domain);
    put("subject", f->subject_hash);
    put("msgid", f->message_id);
    printf(" ip=%s arrival=%lld%s incidents=%lld%s", ip_text(&f->source, ip), (long long)f->arrival_s,
           f->arrival_from_mail ? "(mail)" : "", (long long)f->incidents, f->text_only ? " text" : "");
    for (size_t i = 0; i < f->signatures; i++)
        printf(" sig=%s/%s", f->signature[i].domain, f->signature[i].selector);
    for (size_t i = 0; i < f->hosts; i++)
        printf(" host=%s", f->host[i]);
    printf("\n");
}

static enum incoming_wish on_begin(void *arg, const struct incoming_report *r)
{
    *(struct shown *)arg = (struct shown){0, 0};
    printf("  %s %s", enum_name(&incoming_kinds, (int)r->kind), enum_name(&incoming_outcomes, (int)r->outcome));
    put("reason", r->reason);
    printf("\n");
    if (r->mail != NULL) {
        printf("  mail");
        put("name", r->name);
        put("from", r->mail->from);
        put("submitter", r->mail->submitter);
        put("report_domain", r->mail->report_domain);
        put("receiver", r->file_receiver);
        put("tls", r->mail->tls_domain);
        printf("\n");
    }
    for (size_t i = 0; i < r->repairs; i++)
        printf("  repair: %s\n", r->repair[i]);
    for (size_t i = 0; i < r->notes; i++)
        printf("  note: %s\n", r->note[i]);
    if (r->aggregate != NULL)
        show_aggregate(r->aggregate);
    if (r->failure != NULL)
        show_failure(r->failure);
    if (r->tls != NULL)
        printf("  tls org=\"%s\" id=\"%s\" contact=\"%s\" %lld-%lld policies=%llu details=%llu %lld/%lld\n", r->tls->org_name,
               r->tls->report_id, r->tls->contact, (long long)r->tls->begin_s, (long long)r->tls->end_s,
               (unsigned long long)r->tls->policies, (unsigned long long)r->tls->details, (long long)r->tls->successes,
               (long long)r->tls->failures);
    return INCOMING_GO_ON;
}

static enum incoming_wish on_row(void *arg, const struct incoming_row *r)
{
    static const char *const envelope[] = {"absent", "null", "present"};
    struct shown *s = arg;
    char ip[IP_TEXT_MAX];

    s->messages += r->count;
    if (++s->rows > ROWS_SHOWN)
        return INCOMING_GO_ON;
    printf("    %lld %s", (long long)r->count, ip_text(&r->address, ip));
    put("address", r->address_text);
    printf(" %s dkim=%d spf=%d from=%s", r->disposition, r->dkim, r->spf, r->header_from[0] == '\0' ? "unknown" : r->header_from);
    put("from_text", r->header_from_text);
    printf(" envelope=%s", envelope[r->envelope]);
    put("mfrom", r->envelope_from);
    put("domain", r->envelope_domain);
    put("to", r->envelope_to);
    for (size_t i = 0; i < r->reasons && i < 10; i++)
        printf(" [%s|%s]", r->reason[i].type, r->reason[i].comment);
    printf(" dkims=%zu", r->signatures);
    for (size_t i = 0; i < r->signatures && i < 3; i++)
        printf(" {%s %s %s}", r->signature[i].domain, r->signature[i].selector, r->signature[i].result);
    for (size_t i = 0; i < r->spf_results; i++)
        printf(" %sspf(%s %s %s)", (int)i == r->spf_main ? "*" : "", r->spf_result[i].domain, r->spf_result[i].scope,
               r->spf_result[i].result);
    printf(" marks=%u\n", r->marks);
    return INCOMING_GO_ON;
}

static enum incoming_wish on_policy(void *arg, const struct incoming_tls_policy *p)
{
    (void)arg;
    printf("    policy %s %s \"%s\" mx=\"%s\" %lld/%lld\n", p->type, p->domain, p->string, p->mx, (long long)p->successes,
           (long long)p->failures);
    return INCOMING_GO_ON;
}

static enum incoming_wish on_detail(void *arg, const struct incoming_tls_detail *d)
{
    char a[IP_TEXT_MAX], b[IP_TEXT_MAX];

    (void)arg;
    printf("      %s %s > %s mx=%s %lld %s\n", d->result_type, ip_text(&d->sending, a), ip_text(&d->receiving, b), d->mx,
           (long long)d->count, d->additional);
    return INCOMING_GO_ON;
}

static enum incoming_wish on_end(void *arg, bool whole, const char *why)
{
    const struct shown *s = arg;

    if (s->rows > ROWS_SHOWN)
        printf("    ... %llu rows, %lld messages\n", (unsigned long long)s->rows, (long long)s->messages);
    if (!whole)
        printf("  NOT WHOLE: %s\n", why);
    return INCOMING_GO_ON;
}

static struct str slurp(const char *path)
{
    FILE *f = fopen(path, "rb");
    struct str s = STR_NONE;
    char *p = NULL;
    size_t room = 0;

    if (f == NULL) {
        perror(path);
        exit(EXIT_FAILURE);
    }
    for (;;) {
        if (s.n == room && (p = realloc(p, room = room * 2 + (1 << 20))) == NULL)
            abort();
        size_t n = fread(p + s.n, 1, room - s.n, f);

        if (n == 0)
            break;
        s.n += n;
    }
    (void)fclose(f);
    s.p = p;
    return s;
}

int main(int argc, char **argv)
{
    static const struct incoming_taker taker = {on_begin, on_row, on_policy, on_detail, on_end};
    int code = EXIT_SUCCESS;

    for (int i = 1; i < argc; i++) {
        const char *slash = strrchr(argv[i], '/');
        struct incoming_request q = {.bytes = slurp(argv[i]), .name = slash == NULL ? argv[i] : slash + 1,
                                     .arrival_s = 1800000000, .token_key = {1}};
        struct shown shown = {0, 0};
        struct err e = ERR_NONE;

        printf("%s\n", q.name);
        if (incoming_read(&q, &taker, &shown, &e) != RC_OK) {
            printf("  ERROR %s\n", e.text);
            code = EXIT_FAILURE;
        }
        (void)fflush(stdout);
        free((void *)(uintptr_t)q.bytes.p);
    }
    return code;
}
