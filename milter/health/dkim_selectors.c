#include "health/dkim_selectors.h"

#include <string.h>

#include "spf/spf_record.h"

enum { GUESSES_MAX = 24 };

bool dkim_in_use(const struct health_judge *j, const struct health_signature *sig)
{
    return sig->days <= health_limit(j->in->limits.in_use_days, HEALTH_IN_USE_DAYS);
}

static struct selector *selector_of(struct health_judge *j, struct selectors *all, const char *selector)
{
    for (size_t i = 0; i < all->n; i++)
        if (str_eq_nocase(str_of(all->s[i].selector), str_of(selector)))
            return &all->s[i];
    if (all->n == HEALTH_SELECTORS_MAX) {
        j->out->starved = true;
        return NULL;
    }
    all->s[all->n] = (struct selector){.selector = health_shown(j, str_of(selector), 253), .source = "", .p = "",
                                       .state = "",
                                       .name = health_text(j, "%s._domainkey.%s", selector, j->domain)};
    return &all->s[all->n++];
}

static void collect_source(struct health_judge *j, struct selectors *all, const struct health_source *src)
{
    for (size_t i = 0; i < src->signatures; i++) {
        const struct health_signature *sig = &src->signature[i];
        struct selector *s;

        if (strcmp(sig->domain, j->domain) != 0 || (s = selector_of(j, all, sig->selector)) == NULL)
            continue;
        s->in_use = s->in_use || dkim_in_use(j, sig);
        if (s->source[0] == '\0')
            s->source = src->name;
    }
    for (size_t i = 0; i < src->selectors && strcmp(src->domain, j->domain) == 0; i++) {
        struct selector *s = selector_of(j, all, src->selector[i]);

        if (s != NULL)
            s->typed = true;
    }
}

/* Names that the memory of DNS has. */
static void collect_memory(struct health_judge *j, struct selectors *all)
{
    struct str tail = str_of(health_text(j, "._domainkey.%s", j->domain));

    for (size_t i = 0; i < j->in->memories; i++) {
        struct str name = str_of(j->in->memory[i].name);

        if (strcmp(j->in->memory[i].kind, "dkim") == 0 && j->in->memory[i].text[0] != '\0' &&
            name.n > tail.n && str_ends_nocase(name, tail))
            (void)selector_of(j, all, health_text(j, "%.*s", (int)(name.n - tail.n), name.p));
    }
}

static void guess(struct health_judge *j, struct selectors *all, const struct sender *service)
{
    for (size_t i = 0; service != NULL && i < service->mark[SENDER_BY_SELECTOR].n; i++) {
        const char *name = service->mark[SENDER_BY_SELECTOR].item[i];
        size_t before = all->n;

        if (before < HEALTH_SELECTORS_MAX / 2 + GUESSES_MAX && selector_of(j, all, name) != NULL && all->n > before)
            all->s[before].guessed = true;
    }
}

/* Selectors that the catalogue knows of services that send or are included. */
static void collect_guesses(struct health_judge *j, struct selectors *all)
{
    struct spf_record r;
    struct err e = ERR_NONE;

    if (j->in->senders == NULL)
        return;
    for (size_t i = 0; i < j->in->sources; i++)
        if (!health_source_gone(&j->in->source[i]))
            guess(j, all, senders_find(j->in->senders, str_of(j->in->source[i].name)));
    if (j->spf_single.n == 0 || spf_record_parse(j->arena, j->spf_single, &r, &e) != RC_OK)
        return;
    for (size_t i = 0; i < r.n; i++) {
        const char *target = r.directive[i].kind == SPF_TERM_INCLUDE ? str_dup_lower(j->arena, r.directive[i].domain)
                                                                     : NULL;

        if (target != NULL)
            guess(j, all, health_service(j, target));
    }
}

void dkim_selectors_collect(struct health_judge *j, struct selectors *all, bool wildcard)
{
    for (size_t i = 0; i < j->in->selectors; i++) {
        struct selector *s = selector_of(j, all, j->in->selector[i]);

        if (s != NULL)
            s->typed = true;
    }
    for (size_t i = 0; i < j->in->sources; i++)
        collect_source(j, all, &j->in->source[i]);
    collect_memory(j, all);
    if (!wildcard)
        collect_guesses(j, all);
    for (size_t i = 0; i < all->n; i++)
        dns_prefetch(j->dns, all->s[i].name, DNS_TXT);
}
