/* Look-alikes of a domain that exist: whose they seem to be, and whether they can write. */
#include <string.h>

#include "health/alike.h"
#include "health/judge.h"
#include "mail/domain.h"

static bool health_alike_is_among(const char *name, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(list[i], name) == 0)
            return true;
    return false;
}

/* Whether any name next to `name` would answer: then its answer means nothing. */
static bool under_wildcard(struct health_judge *j, const char *name)
{
    const char *dot = strchr(name, '.');
    const struct dns_answer *a;

    if (dot == NULL)
        return true;
    a = health_ask(j, health_text(j, "%s%s", HEALTH_RANDOM, dot), DNS_A);
    return a->status == DNS_NOERROR || a->cname;
}

static bool same_servers(struct health_judge *j, const char *name)
{
    const struct dns_answer *ours = health_ask(j, j->domain, DNS_NS), *theirs = health_ask(j, name, DNS_NS);
    size_t same = 0;

    for (size_t i = 0; i < ours->count; i++)
        for (size_t k = 0; k < theirs->count; k++)
            same += strcmp(ours->rr[i].name, theirs->rr[k].name) == 0;
    return ours->count > 0 && same == ours->count && same == theirs->count;
}

static bool judge_name(struct health_judge *j, const char *name)
{
    const struct dns_answer *a = health_ask(j, name, DNS_A), *mx = health_ask(j, name, DNS_MX);
    bool mail = mx->count > 0 && mx->rr[mx->count - 1].name[0] != '\0';
    bool writes = health_alike_is_among(name, j->in->author, j->in->authors);

    if ((a->count == 0 && !mail) || under_wildcard(j, name))
        return false;
    if (same_servers(j, name))
        health_fact(health_find(j, "lookalike-own", HEALTH_ADVICE, name, "it has the domain's name servers"), "name",
                    name);
    else
        health_fact(health_find(j, "lookalike", mail && writes ? HEALTH_WARNING : HEALTH_ADVICE, name,
                                writes ? "it wrote to us" : mail ? "it takes mail" : "it has an address"), "name",
                    name);
    return true;
}

void health_judge_alikes(struct health_judge *j)
{
    const char **name = arena_array(j->arena, ALIKE_NAMES_MAX, sizeof *name);
    struct health_alike *made = arena_array(j->arena, ALIKE_NAMES_MAX, sizeof *made);
    size_t n;

    if (!j->in->lookalikes || name == NULL || made == NULL)
        return;
    n = alike_names(j->arena, j->domain, j->in->tld, j->in->tlds, name);
    for (size_t i = 0; i < n && dns_scope_questions(j->dns) + 10 < HEALTH_QUESTIONS_MAX; i++) {
        dns_prefetch(j->dns, name[i], DNS_A);
        dns_prefetch(j->dns, name[i], DNS_MX);
    }
    for (size_t i = 0; i < n; i++) {
        made[i].name = name[i];
        if (dns_scope_questions(j->dns) + 4 >= HEALTH_QUESTIONS_MAX) {
            struct health_finding *f = health_find(j, "lookalike", HEALTH_NOT_JUDGED, name[i],
                                                   "the limit of questions was reached; this name and those behind it");

            f->why = "ours";
            for (; i < n; i++)
                made[i].name = name[i];
            break;
        }
        if (!health_alike_is_among(name[i], j->in->known, j->in->knowns))
            made[i].answers = judge_name(j, name[i]);
    }
    j->out->alike = made;
    j->out->alikes = n;
}
