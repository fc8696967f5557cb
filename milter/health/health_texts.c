/* The texts of a domain's records as they stand, for its memory, and which are others than at the run compared with. */
#include <stdlib.h>
#include <string.h>

#include "health/judge.h"
#include "spf/spf_record.h"

enum { JOINED_MAX = 8192 };

static void health_texts_put(struct health_judge *j, const char *kind, const char *name, struct str text, uint32_t ttl)
{
    if (j->out->texts < HEALTH_TEXTS_MAX)
        j->out->text[j->out->texts++] = (struct health_text){kind, name, text, ttl};
}

static int health_texts_text_order(const void *a, const void *b)
{
    const struct str *x = a, *y = b;
    int cmp = x->n == 0 || y->n == 0 ? 0 : memcmp(x->p, y->p, x->n < y->n ? x->n : y->n);

    return cmp != 0 ? cmp : (x->n > y->n) - (x->n < y->n);
}

/* A line each, in order: that of an answer means nothing. */
static struct str health_texts_joined(struct health_judge *j, struct str *text, size_t n)
{
    struct strbuf b = strbuf_new(j->arena, JOINED_MAX);

    if (n > 0)
        qsort(text, n, sizeof *text, health_texts_text_order);
    for (size_t i = 0; i < n; i++) {
        strbuf_puts(&b, i == 0 ? "" : "\n");
        strbuf_put(&b, text[i]);
    }
    return b.over ? STR_NONE : strbuf_str(&b);
}

/* The texts at `name` that begin with `begin`; where mail keeps one text only of that kind, several are not kept. */
static void put_txt(struct health_judge *j, const char *kind, const char *name, const char *begin, bool one)
{
    const struct dns_answer *a = health_ask(j, name, DNS_TXT);
    struct str *text = arena_array(j->arena, a->count + 1, sizeof *text);
    size_t n = 0;

    if (a->status == DNS_TEMPFAIL || text == NULL)
        return;
    for (size_t i = 0; i < a->count; i++)
        if (str_starts_nocase(a->rr[i].txt, str_of(begin)) && str_find(a->rr[i].txt, '\0') == a->rr[i].txt.n)
            text[n++] = a->rr[i].txt;
    if (n <= 1 || !one)
        health_texts_put(j, kind, name, health_texts_joined(j, text, n), a->ttl);
}

static void put_hosts(struct health_judge *j, const char *kind, enum dns_type type)
{
    const struct dns_answer *a = health_ask(j, j->domain, type);
    struct str *text = arena_array(j->arena, a->count + 1, sizeof *text);

    if (a->status == DNS_TEMPFAIL || text == NULL)
        return;
    for (size_t i = 0; i < a->count; i++)
        text[i] = str_of(type == DNS_MX ? health_text(j, "%u %s.", a->rr[i].preference, a->rr[i].name)
                                        : health_text(j, "%s.", a->rr[i].name));
    health_texts_put(j, kind, j->domain, health_texts_joined(j, text, a->count), a->ttl);
}

/* The record that was flattened: what is published now, or, when that is flat already, what the memory has. */
static void put_flat(struct health_judge *j)
{
    const char *first = NULL;

    for (size_t i = 0; i < j->in->memories && first == NULL; i++)
        if (strcmp(j->in->memory[i].kind, "flat") == 0 && strcmp(j->in->memory[i].name, j->domain) == 0)
            first = j->in->memory[i].text;
    if (first != NULL && j->flat_published)
        health_texts_put(j, "flat", j->domain, str_of(first), 0);
    else if (j->out->flat.records > 0 && j->spf_single.n > 0)
        health_texts_put(j, "flat", j->domain, j->spf_single, 0);
}

void health_collect_texts(struct health_judge *j)
{
    put_txt(j, "spf", j->domain, "v=spf1", true);
    put_txt(j, "dmarc", health_text(j, "_dmarc.%s", j->domain), "v=DMARC1", true);
    for (size_t i = 0; i < j->out->selectors; i++)
        put_txt(j, "dkim", j->out->selector[i].name, "", true);
    put_hosts(j, "mx", DNS_MX);
    put_hosts(j, "ns", DNS_NS);
    put_txt(j, "sts", health_text(j, "_mta-sts.%s", j->domain), "v=STS", false);
    if (j->sts_body.n > 0)
        health_texts_put(j, "sts", health_text(j, "mta-sts.%s", j->domain), j->sts_body, 0);
    put_txt(j, "tlsrpt", health_text(j, "_smtp._tls.%s", j->domain), "v=TLSRPT", false);
    put_txt(j, "bimi", health_text(j, "default._bimi.%s", j->domain), "v=BIMI", false);
    put_flat(j);
}

/* ---- what changed ---- */

static bool is_of(const struct health_memory *m, const struct health_text *t)
{
    return strcmp(m->kind, t->kind) == 0 && strcmp(m->name, t->name) == 0;
}

static void health_texts_compare(struct health_judge *j, const struct health_text *t)
{
    const struct health_memory *old = NULL;
    int64_t when = j->in->now;
    struct health *h = j->out;

    for (size_t i = 0; i < j->in->memories; i++) {
        const struct health_memory *m = &j->in->memory[i];

        if (!is_of(m, t))
            continue;
        if (m->first_ms <= j->in->last_ms && (old == NULL || m->last_ms > old->last_ms))
            old = m;
        if (m->first_ms > j->in->last_ms && str_eq(str_of(m->text), t->text))
            when = m->first_ms / 1000;
    }
    if (old == NULL || str_eq(str_of(old->text), t->text) || h->changes == HEALTH_TEXTS_MAX)
        return;
    h->change[h->changes++] = (struct health_change){
        .kind = t->kind, .name = t->name, .old = health_shown(j, str_of(old->text), 1000),
        .new = health_shown(j, t->text, 1000), .when = when};
}

void health_compare_texts(struct health_judge *j)
{
    for (size_t i = 0; i < j->out->texts && j->in->last_ms > 0; i++)
        if (strcmp(j->out->text[i].kind, "flat") != 0)
            health_texts_compare(j, &j->out->text[i]);
}
