/*
 * A whole DMARC evaluation.  First line: the body of From.  Second: identifiers,
 * "s+domain" SPF pass, "d-domain" DKIM temperror and so on.  Every further line:
 * a name, a blank, and what DNS has for it: "!" no answer for its record, "?" no
 * answer for itself, "=" an address, anything else its record.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "dmarc/dmarc_gather.h"
#include "dmarc/dmarc_opendmarc.h"
#include "fuzz.h"
#include "mail/domain.h"
#include "verdict/verdict.h"

enum { IDS_MAX = 32, PIECE_MAX = 255, LINES_MAX = 100 };

/* ---- the zone ---- */

static void put_txt(FILE *f, struct str text)
{
    for (size_t i = 0; i == 0 || i < text.n; i += PIECE_MAX) {
        struct str piece = str_slice(text, i, i + PIECE_MAX);

        (void)fputs(" \"", f);
        for (size_t k = 0; k < piece.n; k++)
            (void)fprintf(f, "\\%03u", (unsigned)(uint8_t)piece.p[k]);
        (void)fputc('"', f);
    }
}

static void put_line(struct arena *a, FILE *f, struct str line)
{
    struct str word = fuzz_take(&line, ' ');
    const char *name;

    if (domain_normalize(a, word, &name) != RC_OK)
        return;
    if (str_eq(line, STR("?")) || str_eq(line, STR("="))) {
        (void)fprintf(f, "%s. %s\n", name, line.p[0] == '?' ? "TIMEOUT" : "A 192.0.2.1");
        return;
    }
    if (strlen(name) + strlen("_dmarc.") > DOMAIN_MAX)
        return;
    (void)fprintf(f, "_dmarc.%s. ", name);
    if (str_eq(line, STR("!"))) {
        (void)fputs("SERVFAIL", f);
    } else {
        (void)fputs("TXT", f);
        put_txt(f, line);
    }
    (void)fputc('\n', f);
}

/* In a file without a name, as the resolver reads files. */
static struct dns *zone(struct arena *a, struct str text)
{
    int fd = memfd_create("zone", 0);
    char path[64];
    struct strbuf b = STRBUF_ON(path);
    struct err e = ERR_NONE;
    struct dns *dns;
    FILE *f = fdopen(fd, "w");

    HOLDS(f != NULL);
    for (int i = 0; i < LINES_MAX && text.n > 0; i++)
        put_line(a, f, fuzz_take(&text, '\n'));
    (void)fflush(f);
    strbuf_putf(&b, "/proc/self/fd/%d", fd);
    dns = dns_open_zone(path, &e);
    (void)fclose(f);
    if (dns == NULL)
        (void)fprintf(stderr, "%s\n", e.text);
    HOLDS(dns != NULL);
    return dns;
}

/* ---- the message ---- */

static size_t identifiers(struct arena *a, struct str text, struct dmarc_identifier *ids)
{
    size_t n = 0;

    while (text.n > 0 && n < IDS_MAX) {
        struct str word = fuzz_take(&text, ' ');

        if (word.n > 2 && domain_normalize(a, str_slice(word, 2, word.n), &ids[n].domain) == RC_OK) {
            ids[n].dkim = word.p[0] == 'd';
            ids[n].pass = word.p[1] == '+';
            n++;
        }
    }
    return n;
}

/* ---- what must hold ---- */

static void check_walk(const struct dmarc_walk *w)
{
    HOLDS(w->n <= DMARC_WALK_MAX);
    for (size_t i = 0; i < w->n; i++) {
        const struct dmarc_step *s = &w->step[i];

        HOLDS(domain_is_within(w->start, s->domain));
        HOLDS(i == 0 || domain_labels(s->domain) < domain_labels(w->step[i - 1].domain));
        HOLDS(!s->temp || (i + 1 == w->n && !w->complete));
        HOLDS((s->text[0] != '\0') == (s->record != NULL));
    }
    if (w->complete)
        HOLDS(domain_is_within(w->start, dmarc_org_domain(w)));
}

static void check_evidence(const struct dmarc_evidence *e)
{
    for (size_t i = 0; i < e->author_count; i++)
        check_walk(&e->author[i].walk);
    for (size_t i = 0; i < e->identifier_count; i++)
        check_walk(&e->identifier[i]);
}

static void check_verdict(const struct dmarc_evidence *e, const struct dmarc_verdict *v)
{
    HOLDS((v->result == DMARC_PERMERROR) == (e->problem != FROM_OK));
    HOLDS((v->result == DMARC_PASS) == (v->spf_aligned || v->dkim_aligned));
    HOLDS((v->result == DMARC_PASS) == (v->why[0] == '\0'));
    HOLDS(v->result != DMARC_FAIL || v->record != NULL);
    HOLDS(v->policy <= v->requested);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new(FUZZ_ARENA_MAX);
    struct str text = fuzz_str(data, size), body = fuzz_take(&text, '\n'), names = fuzz_take(&text, '\n');
    struct dmarc_identifier ids[IDS_MAX];
    struct from_domains from;
    struct dmarc_request r = {.from = &from, .max_authors = 2, .ids = ids, .id_count = identifiers(a, names, ids)};
    struct config c = {.max_author_domains = 2, .pct_as_testing = size % 2 == 1};
    struct dns *dns = zone(a, text);
    struct dmarc_verdict v[2];

    HOLDS(from_read(a, &body, 1, &from) == RC_OK);
    for (int whole = 0; whole < 2; whole++) {
        struct dns_scope *scope = dns_scope_new(dns, 1000);
        struct dmarc_evidence e;

        r.whole_walk = whole == 1;
        HOLDS(dmarc_gather(a, &r, scope, &e) == RC_OK);
        HOLDS(dns_scope_questions(scope) <= 2 * (DMARC_WALK_MAX + 1) + DMARC_IDENTIFIER_MAX * DMARC_WALK_MAX);
        dns_scope_free(scope);
        check_evidence(&e);
        HOLDS(dmarc_evaluate(a, &e, ids, r.id_count, &c, &v[whole]) == RC_OK);
        check_verdict(&e, &v[whole]);
    }
    /* to leave out questions that need not be asked changes nothing */
    HOLDS(v[0].result == v[1].result && v[0].policy == v[1].policy && v[0].source == v[1].source);
    HOLDS(v[0].spf_aligned == v[1].spf_aligned && v[0].dkim_aligned == v[1].dkim_aligned);
    dns_close(dns);
    arena_free(a);
    return 0;
}
