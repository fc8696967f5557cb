#include "health/propagation.h"

#include <stdlib.h>
#include <string.h>

#include "health/judge.h"

static const char *const states[] = {"answered", "timeout", "refused", "lame", "private"};
const struct enum_names propagation_state_names = ENUM_NAMES(states);

static int str_order(const void *a, const void *b)
{
    const struct str *x = a, *y = b;
    int cmp = x->n == 0 || y->n == 0 ? 0 : memcmp(x->p, y->p, x->n < y->n ? x->n : y->n);

    return cmp != 0 ? cmp : (x->n > y->n) - (x->n < y->n);
}

const char *propagation_set(struct arena *a, const struct str *record, size_t n)
{
    struct str *sorted = arena_array(a, n + 1, sizeof *sorted);
    struct strbuf b;
    size_t size = 0;

    for (size_t i = 0; i < n; i++)
        size += 4 * record[i].n + 1;
    b = strbuf_new(a, size + 1);
    if (sorted == NULL || b.over)
        return "";
    if (n > 0)
        memcpy(sorted, record, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, str_order);
    for (size_t i = 0; i < n; i++) {
        strbuf_put_escaped(&b, sorted[i], sorted[i].n);
        strbuf_putc(&b, '\n');
    }
    return b.p;
}

/* RFC 1982. */
static bool older(uint32_t a, uint32_t b)
{
    return a != b && (uint32_t)(b - a) < 0x80000000u;
}

static bool propagation_same(const struct propagation *p, const struct propagation_server *a,
                             const struct propagation_server *b)
{
    for (size_t i = 0; i < p->names; i++)
        if (a->set[i] != NULL && b->set[i] != NULL && strcmp(a->set[i], b->set[i]) != 0)
            return false;
    return true;
}

static void judge_silent(struct health_judge *j, const struct propagation_server *s)
{
    health_fact(health_find(j, "dns-server-silent", HEALTH_WARNING, s->address,
                            s->state == PROPAGATION_LAME ? "it answers without authority"
                            : s->state == PROPAGATION_REFUSED ? "it refuses to answer"
                            : s->state == PROPAGATION_PRIVATE ? "nobody outside can reach its address; it was not asked"
                                                              : "it does not answer"),
                "server", s->address);
}

/* A server with the newest serial; NULL when none answered. */
static const struct propagation_server *newest_of(const struct propagation *p)
{
    const struct propagation_server *newest = NULL;

    for (size_t i = 0; i < p->servers; i++)
        if (p->server[i].state == PROPAGATION_ANSWERED &&
            (newest == NULL || older(newest->serial, p->server[i].serial)))
            newest = &p->server[i];
    return newest;
}

static void tell_differ(struct health_judge *j, enum health_severity severity, const char *at, const char *what)
{
    struct health_finding *f = health_find(j, "dns-servers-differ", severity, at, what);

    health_fact(f, "server", at);
    health_fact(f, "when", "it has fetched the new zone");
}

/* Seconds until nothing that differs from `newest` is held any more. */
static uint32_t left(const struct propagation *p, const struct propagation_server *r,
                     const struct propagation_server *newest)
{
    uint32_t most = 0;

    for (size_t i = 0; i < p->names; i++)
        if (r->set[i] != NULL && newest->set[i] != NULL && strcmp(r->set[i], newest->set[i]) != 0 &&
            r->name_ttl[i] > most)
            most = r->name_ttl[i];
    return most == 0 ? r->ttl : most;
}

static void judge_cached(struct health_judge *j, const struct propagation *p, const struct propagation_server *newest)
{
    for (size_t i = 0; i < p->resolvers; i++) {
        const struct propagation_server *r = &p->resolver[i];
        const char *until;
        struct health_finding *f;

        if (r->state != PROPAGATION_ANSWERED || propagation_same(p, r, newest))
            continue;
        until = health_text(j, "%u", left(p, r, newest));
        f = health_find(j, "dns-cached", HEALTH_ADVICE, r->address,
                        health_text(j, "it holds the old record for %s s more", until));
        health_fact(f, "until", until);
        health_fact(f, "when", health_text(j, "%s seconds have passed", until));
    }
}

static void propagation_judge_one(struct health_judge *j, const struct propagation *p)
{
    const struct propagation_server *newest = newest_of(p);
    bool agree = true, silent = false;

    for (size_t i = 0; i < p->servers; i++) {
        const struct propagation_server *s = &p->server[i];

        if (s->state != PROPAGATION_ANSWERED) {
            judge_silent(j, s);
            silent = true;
        } else if (older(s->serial, newest->serial)) {
            tell_differ(j, HEALTH_WARNING, s->address,
                        health_text(j, "serial %u, the newest is %u", s->serial, newest->serial));
            agree = false;
        }
    }
    for (size_t i = 0; i < p->servers && newest != NULL; i++)
        if (p->server[i].state == PROPAGATION_ANSWERED && p->server[i].serial == newest->serial &&
            !propagation_same(p, &p->server[i], newest)) {
            tell_differ(j, HEALTH_ERROR, p->domain, "servers with equal serials differ");
            agree = false;
            break;
        }
    if (newest == NULL || !agree)
        return;
    judge_cached(j, p, newest);
    if (!silent && health_has(j->out, "dns-cached") == NULL)
        (void)health_find(j, "dns-everywhere", HEALTH_OK, p->domain, health_text(j, "serial %u", newest->serial));
}

void propagation_add(struct arena *a, const struct propagation *p, struct health *out)
{
    struct health_input in = {.domain = p->domain};
    struct health_judge j = {.arena = a, .in = &in, .out = out, .domain = p->domain, .organization = p->domain};

    out->servers = p;
    if (p->servers > 0)
        propagation_judge_one(&j, p);
    else
        health_unjudged(&j, "dns-everywhere", p->domain, "its name servers are not known");
    health_finish(&j);
}

enum rc propagation_judge(struct arena *a, const struct propagation *p, struct health *out)
{
    *out = (struct health){.domain = p->domain, .dmarc = "", .dmarc_at = "", .because = ""};
    out->spf.text = out->spf.choices = "";
    out->flat.refused = out->more.sts_id = out->more.sts_mode = out->more.tlsrpt = out->more.bimi = "";
    out->more.dnssec = "not asked";
    propagation_add(a, p, out);
    return arena_ran_out(a) ? RC_NOMEM : RC_OK;
}
