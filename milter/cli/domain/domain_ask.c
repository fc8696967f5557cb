/* The name servers of a domain's zone and the site's public resolvers, asked directly, all at once. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cli/domain/domain_out.h"
#include "dns/direct.h"
#include "net/fetch.h"

enum {
    DNS_PORT = 53, TALK_MAX = 4 << 20,
    TALK_MS = 20 * 1000 /* with one server: what it was not asked by then is not known */
};

/* One server and the thread that talks to it. */
struct talk {
    const struct propagation *all;
    const char *zone;
    struct ip address;
    uint16_t port;
    bool recursive, running, spared; /* spared: an address that nobody outside can reach, and that is not asked */
    struct propagation_server *out;
    struct arena *arena;
    pthread_t thread;
};

/* ---- talking ---- */

static enum propagation_state state_of(enum dns_direct_state state)
{
    switch (state) {
    case DNS_DIRECT_ANSWERED: return PROPAGATION_ANSWERED;
    case DNS_DIRECT_REFUSED: return PROPAGATION_REFUSED;
    case DNS_DIRECT_LAME: return PROPAGATION_LAME;
    case DNS_DIRECT_SILENT: break;
    }
    return PROPAGATION_TIMEOUT;
}

/* "example.com TXT" */
static void ask_name(struct talk *t, struct dns_direct *d, size_t i, struct dns_direct_answer *answer)
{
    struct str both = str_of(t->all->name[i]);
    size_t blank = str_find(both, ' ');
    const char *name = str_dup(t->arena, str_slice(both, 0, blank));
    enum dns_type type = str_eq(str_slice(both, blank + 1, both.n), STR("MX")) ? DNS_MX : DNS_TXT;

    if (name == NULL)
        return;
    dns_direct_ask(d, t->arena, name, type, answer);
    if (answer->state != DNS_DIRECT_ANSWERED)
        return; /* as one that has delegated the name */
    t->out->set[i] = propagation_set(t->arena, answer->record, answer->records);
    if (arena_ran_out(t->arena))
        t->out->set[i] = NULL; /* not known, which is not nothing */
    t->out->name_ttl[i] = answer->ttl;
}

static void *talk(void *arg)
{
    struct talk *t = arg;
    struct err e = ERR_NONE;
    int64_t until_ms;
    struct dns_direct_answer *answer = arena_alloc(t->arena, sizeof *answer);
    struct dns_direct *d = answer == NULL ? NULL : dns_direct_open(&t->address, t->port, t->recursive, &e);

    if (d == NULL)
        return NULL;
    until_ms = clock_mono_ms() + TALK_MS;
    dns_direct_ask(d, t->arena, t->zone, DNS_SOA, answer);
    t->out->state = state_of(answer->state);
    t->out->serial = answer->serial;
    for (size_t i = 0; i < t->all->names && answer->state != DNS_DIRECT_SILENT &&
                       t->out->state == PROPAGATION_ANSWERED && clock_mono_ms() < until_ms; i++)
        ask_name(t, d, i, answer);
    dns_direct_close(d);
    return NULL;
}

/* Copies what was said into the arena of the whole. */
static void domain_ask_keep(struct talk *t, struct arena *a)
{
    for (size_t i = 0; i < t->all->names; i++)
        if (t->out->set[i] != NULL)
            t->out->set[i] = str_dup(a, str_of(t->out->set[i]));
    arena_free(t->arena);
}

static void talk_to_all(struct talk *t, size_t n, struct arena *a)
{
    for (size_t i = 0; i < n; i++) {
        t[i].out->state = t[i].spared ? PROPAGATION_PRIVATE : PROPAGATION_TIMEOUT;
        t[i].arena = t[i].spared ? NULL : arena_new(TALK_MAX);
        t[i].running = t[i].arena != NULL && pthread_create(&t[i].thread, NULL, talk, &t[i]) == 0;
        if (t[i].arena != NULL && !t[i].running)
            (void)talk(&t[i]);
    }
    for (size_t i = 0; i < n; i++) {
        if (t[i].running)
            (void)pthread_join(t[i].thread, NULL);
        if (t[i].arena != NULL)
            domain_ask_keep(&t[i], a);
    }
}

/* ---- whom and what ---- */

static void add_name(struct propagation *p, struct arena *a, const char *name, const char *type)
{
    struct strbuf b = strbuf_new(a, 300);

    strbuf_putf(&b, "%s %s", name, type);
    if (p->names < PROPAGATION_NAMES_MAX && !b.over)
        p->name[p->names++] = b.p;
}

static void add_names(struct propagation *p, struct arena *a, const struct health *h)
{
    struct strbuf dmarc = strbuf_new(a, 300);

    strbuf_putf(&dmarc, "_dmarc.%s", h->domain);
    add_name(p, a, h->domain, "TXT");
    add_name(p, a, dmarc.p, "TXT");
    add_name(p, a, h->domain, "MX");
    for (size_t i = 0; i < h->selectors; i++)
        if (h->selector[i].in_use)
            add_name(p, a, h->selector[i].name, "TXT");
}

/* The zone that the name is in: the nearest with a SOA, upwards; NULL. */
static const char *zone_of(struct dns_scope *dns, const char *name)
{
    while (name != NULL && dns_ask(dns, name, DNS_SOA)->count == 0) {
        name = strchr(name, '.');
        name = name == NULL ? NULL : name + 1;
    }
    return name;
}

static void add_server(struct talk *t, size_t *n, struct propagation *p, struct propagation_server *list, size_t *count,
                       struct arena *a, const struct talk *like)
{
    char text[IP_TEXT_MAX];

    if (*count == PROPAGATION_SERVERS_MAX)
        return;
    for (size_t i = 0; i < *n; i++)
        if (t[i].recursive == like->recursive && ip_eq(&t[i].address, &like->address) && t[i].port == like->port)
            return;
    t[*n] = *like;
    t[*n].all = p;
    t[*n].out = &list[(*count)++];
    *t[*n].out = (struct propagation_server){.address = str_dup(a, str_of(ip_text(&like->address, text)))};
    (*n)++;
}

/* The addresses of the zone's name servers. */
static void add_servers(struct talk *t, size_t *n, struct propagation *p, struct arena *a, struct dns_scope *dns,
                        const struct talk *like, bool allow_private)
{
    const struct dns_answer *ns = dns_ask(dns, like->zone, DNS_NS);

    for (size_t i = 0; i < ns->count; i++) {
        const struct dns_answer *of[] = {dns_ask(dns, ns->rr[i].name, DNS_A), dns_ask(dns, ns->rr[i].name, DNS_AAAA)};

        for (size_t k = 0; k < 2; k++)
            for (size_t m = 0; m < of[k]->count; m++) {
                struct talk one = *like;

                one.address = of[k]->rr[m].addr;
                one.spared = !allow_private && fetch_address_private(&one.address);
                add_server(t, n, p, p->server, &p->servers, a, &one);
            }
    }
}

/* "ADDRESS" or "ADDRESS@PORT", as the option's check let it through. */
static bool read_resolver(const char *text, struct talk *out)
{
    struct str s = str_of(text), port;
    size_t at = str_find(s, '@');
    uint32_t number = DNS_PORT;

    port = str_slice(s, at + 1, s.n);
    if (!ip_parse(str_slice(s, 0, at), &out->address) || (port.n > 0 && !str_to_u32(port, &number)))
        return false;
    out->port = (uint16_t)number;
    out->recursive = true;
    return true;
}

bool domain_ask_servers(struct arena *a, const struct config *c, struct dns_scope *dns, const struct health *h,
                        struct propagation *out)
{
    struct talk *t = arena_array(a, 2 * PROPAGATION_SERVERS_MAX, sizeof *t);
    struct talk like = {.zone = zone_of(dns, h->domain), .port = DNS_PORT};
    size_t n = 0;

    *out = (struct propagation){.domain = h->domain};
    if (t == NULL)
        return false;
    add_names(out, a, h);
    if (like.zone == NULL)
        return true;
    add_servers(t, &n, out, a, dns, &like, c->policy_fetch_private);
    for (size_t i = 0; i < c->public_resolvers.n; i++) {
        struct talk resolver = like;

        if (read_resolver(c->public_resolvers.item[i], &resolver))
            add_server(t, &n, out, out->resolver, &out->resolvers, a, &resolver);
    }
    talk_to_all(t, n, a);
    return true;
}
