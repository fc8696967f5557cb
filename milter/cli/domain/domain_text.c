/* `assay domain` in words */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli/domain/domain_out.h"

static void domain_text_print_finding(const struct health_finding *f)
{
    (void)printf("  %-10s %s  %s: %s\n", enum_name(&health_severity_names, (int)f->severity), f->id, f->at, f->what);
    (void)printf("             breaks  %s\n", f->breaks);
    if (f->next[0] != '\0')
        (void)printf("             next    %s%s%s%s\n", f->next, strcmp(f->whose, "none") == 0 ? "" : " (",
                     strcmp(f->whose, "none") == 0 ? "" : f->whose, strcmp(f->whose, "none") == 0 ? "" : ")");
    for (size_t i = 0; i < f->hits; i++) {
        char mem[400];
        struct strbuf b = STRBUF_ON(mem);

        strbuf_put_escaped(&b, str_of(f->hit[i]->name), 40);
        strbuf_puts(&b, ", ");
        strbuf_put_escaped(&b, str_of(f->hit[i]->status), 40);
        (void)printf("             hits    %s, %lld messages in 28 days\n", mem, (long long)f->hit[i]->messages);
    }
}

/* All of one severity. */
static void print_findings(const struct health *h, enum health_severity severity)
{
    for (size_t i = 0; i < h->findings; i++)
        if (h->finding[i].severity == severity)
            domain_text_print_finding(&h->finding[i]);
}

static void domain_text_print_spf(const struct health *h)
{
    if (h->spf.text[0] != '\0')
        (void)printf("\nSPF    %s\n", h->spf.text);
    if (!h->spf.walked)
        return;
    (void)printf("  %s%u look-ups (10 allowed); void: %u on IPv4, %u on IPv6 (2 allowed)\n",
                 h->spf.open ? "at least " : "", h->spf.lookups, h->spf.void4, h->spf.void6);
    for (size_t i = 0; i < h->spf.branches; i++) {
        const struct health_branch *b = &h->spf.branch[i];

        (void)printf("  %*s%3u  %s%s%s\n", (int)(2 * b->depth), "", b->lookups, b->term, b->note[0] == '\0' ? "" : "  ",
                     b->note);
    }
}

static void print_unjudged(const struct health *h)
{
    (void)printf("\nNot judged\n");
    for (size_t i = 0; i < h->findings; i++)
        if (h->finding[i].severity == HEALTH_NOT_JUDGED)
            (void)printf("  %s (%s): %s\n             next    %s\n", h->finding[i].id, h->finding[i].why,
                         h->finding[i].what, h->finding[i].next);
    if (h->starved)
        (void)printf("  a limit was reached: there is more than was looked at\n");
}

/* ---- what to publish ---- */

static void domain_text_print_text(struct str text)
{
    struct str part[300];
    size_t n = domain_strings(text, part, 300);

    for (size_t i = 0; i < n; i++) {
        (void)printf("%s\"", i == 0 ? "" : " ");
        for (size_t k = 0; k < part[i].n; k++) {
            if (part[i].p[k] == '"' || part[i].p[k] == '\\')
                (void)putchar('\\');
            (void)putchar(part[i].p[k]);
        }
        (void)putchar('"');
    }
}

static void print_record(const struct health_publish *p)
{
    if (strcmp(p->type, "file") == 0) {
        (void)printf("; the file %s is to be\n", p->name);
        for (struct str rest = str_of(p->value); rest.n > 0; rest = str_slice(rest, str_find(rest, '\n') + 1, rest.n))
            (void)printf(";   %.*s\n", STR_FMT(str_slice(rest, 0, str_find(rest, '\n'))));
        return;
    }
    (void)printf("%s. %u %s ", p->name, p->ttl, p->type);
    if (strcmp(p->type, "TXT") == 0)
        domain_text_print_text(str_of(p->value));
    else
        (void)printf("%s", p->value);
    (void)printf("\n");
}

void domain_print_records(const struct health *h)
{
    for (size_t i = 0; i < h->publishes; i++)
        print_record(&h->publish[i]);
}

static void print_replaced(struct str rest)
{
    while (rest.n > 0) {
        size_t end = str_find(rest, '\n');

        (void)printf("             instead of  %.*s\n", STR_FMT(str_slice(rest, 0, end)));
        rest = str_slice(rest, end + 1, rest.n);
    }
}

static void print_publish(const struct health *h)
{
    for (size_t i = 0; i < h->publishes; i++) {
        (void)printf("%s", i == 0 ? "Publish\n  " : "  ");
        print_record(&h->publish[i]);
        print_replaced(str_of(h->publish[i].replaces));
        (void)printf("             by      %s%s%s\n", h->publish[i].whose,
                     h->publish[i].mends[0] == '\0' ? "" : ", mends ", h->publish[i].mends);
    }
    if (h->spf.choices[0] != '\0')
        (void)printf("  the SPF record is still over ten look-ups: %s\n", h->spf.choices);
    if (h->flat.refused[0] != '\0')
        (void)printf("  not flattened: %s\n", h->flat.refused);
    if (h->flat.records > 0)
        (void)printf("  flattened: %u record%s, %u look-ups; it has to be run every day, since services move\n",
                     h->flat.records, h->flat.records == 1 ? "" : "s", h->flat.lookups);
    if (h->publishes > 0)
        (void)printf("\n");
}

static void print_servers(const struct propagation *p)
{
    for (size_t i = 0; p != NULL && i < p->servers; i++) {
        (void)printf("%s%s  %s", i == 0 ? "\nServers  " : "         ", p->server[i].address,
                     enum_name(&propagation_state_names, (int)p->server[i].state));
        if (p->server[i].state == PROPAGATION_ANSWERED)
            (void)printf(", serial %u", p->server[i].serial);
        (void)printf("\n");
    }
    for (size_t i = 0; p != NULL && i < p->resolvers; i++)
        (void)printf("         %s  %s, a resolver\n", p->resolver[i].address,
                     enum_name(&propagation_state_names, (int)p->resolver[i].state));
}

static void print_marks(const char *what, const struct health_mark *mark, size_t n)
{
    for (size_t i = 0; i < n; i++)
        (void)printf("  %-6s %s  %s\n", what, mark[i].id, mark[i].at);
}

static void print_change(const struct health_change *c)
{
    time_t when = (time_t)c->when;
    struct tm tm;
    char day[40] = "";

    if (gmtime_r(&when, &tm) != NULL && strftime(day, sizeof day, "%Y-%m-%d %H:%M UTC", &tm) == 0)
        day[0] = '\0';
    (void)printf("  text   %s at %s, seen %s\n    was  %s\n    is   %s\n", c->kind, c->name, day,
                 c->old[0] == '\0' ? "(none)" : c->old, c->new[0] == '\0' ? "(none)" : c->new);
}

static void print_since(const struct health *h)
{
    if (!h->compared)
        return;
    (void)printf("\nSince the last run\n");
    print_marks("new", h->fresh, h->freshs);
    print_marks("gone", h->gone, h->gones);
    print_marks("still", h->still, h->stills);
    if (h->freshs + h->gones + h->stills == 0)
        (void)printf("  nothing was wrong, and nothing is\n");
    for (size_t i = 0; i < h->changes; i++)
        print_change(&h->change[i]);
}

/* The records the word is about: those that were judged. */
static void print_judged(const struct health *h)
{
    static const struct {
        const char *name, *id[2];
    } area[] = {{"SPF", {"spf-record", "spf-record"}}, {"DKIM", {"dkim-none", "dkim-key"}},
                {"DMARC", {"dmarc-record", "dmarc-record"}}, {"MX", {"mx-record", "mx-record"}}};
    bool first = true;

    for (size_t i = 0; i < sizeof area / sizeof area[0]; i++) {
        bool judged = true;

        for (size_t k = 0; k < h->findings; k++)
            if (h->finding[k].severity == HEALTH_NOT_JUDGED)
                judged = judged && strcmp(h->finding[k].id, area[i].id[0]) != 0 &&
                         strcmp(h->finding[k].id, area[i].id[1]) != 0;
        if (judged) {
            (void)printf("%s%s", first ? "" : ", ", area[i].name);
            first = false;
        }
    }
    (void)printf("%s", first ? "records" : "");
}

void domain_print_text(const struct health *h)
{
    if (h->role == HEALTH_ROLE_UNKNOWN)
        (void)printf("%s   ", h->domain);
    else
        (void)printf("%s (%s)   ", h->domain, enum_name(&health_role_names, (int)h->role));
    print_judged(h);
    (void)printf(": %s%s%s\n\n", enum_name(&health_word_names, (int)h->word), h->because[0] == '\0' ? "" : ", ",
                 h->because);
    print_publish(h);
    print_findings(h, HEALTH_ERROR);
    print_findings(h, HEALTH_WARNING);
    print_findings(h, HEALTH_ADVICE);
    print_findings(h, HEALTH_OK);
    domain_text_print_spf(h);
    if (h->dmarc[0] != '\0')
        (void)printf("\nDMARC  %s\n  at _dmarc.%s\n", h->dmarc, h->dmarc_at);
    for (size_t i = 0; i < h->selectors; i++)
        (void)printf("%s%s  %s%s%s\n", i == 0 ? "\nDKIM   " : "       ", h->selector[i].name, h->selector[i].state,
                     h->selector[i].source[0] == '\0' ? "" : ", ", h->selector[i].source);
    print_servers(h->servers);
    print_since(h);
    print_unjudged(h);
}
