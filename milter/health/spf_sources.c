/* The sources that send, beside the SPF record: which it lacks, which it need not name (RFC 7208 section 8.4). */
#include <string.h>

#include "health/spf_edit.h"
#include "spf/spf.h"

enum { LAST_ADDRESSES = 3 };

/* ---- lacking ---- */

static enum spf_result spf_sources_evaluate(struct health_judge *j, const struct ip *ip)
{
    struct spf_evidence evidence = {.result = SPF_NONE};
    const char *from = health_text(j, "postmaster@%s", j->domain);
    struct spf_request request = {.ip = *ip, .helo = str_of(j->domain), .mail_from = str_of(from),
                                  .receiver = j->domain, .now = j->in->now};

    spf_evaluate(j->arena, &request, j->dns, &evidence);
    return evidence.result;
}

static bool refused(const char *result)
{
    return strcmp(result, "softfail") == 0 || strcmp(result, "fail") == 0 || strcmp(result, "neutral") == 0;
}

bool spf_source_passes(struct health_judge *j, const struct health_source *s)
{
    for (size_t i = 0; i < s->addresses && i < LAST_ADDRESSES; i++)
        if (spf_sources_evaluate(j, &s->address[i]) != SPF_PASS)
            return false;
    return s->addresses > 0;
}

bool spf_source_lacks(struct health_judge *j, const struct spf_tree *tree, const struct health_source *s)
{
    const struct sender *service;

    if (strcmp(s->spf_domain, j->domain) != 0 || health_source_gone(s))
        return false;
    if (tree == NULL)
        return true;
    if (tree->macros || (s->addresses == 0 && (j->spf_single.n > 0 || refused(s->spf))))
        return refused(s->spf);
    for (size_t i = 0; i < s->addresses && i < LAST_ADDRESSES; i++) {
        if (j->spf_single.n > 0 && tree->sound) {
            enum spf_result result = spf_sources_evaluate(j, &s->address[i]);

            if (result == SPF_SOFTFAIL || result == SPF_FAIL || result == SPF_NEUTRAL)
                return true;
        } else if (!spf_tree_holds(j, tree, &s->address[i])) {
            return true;
        }
    }
    if (s->addresses > 0 || j->in->senders == NULL)
        return false;
    service = senders_find(j->in->senders, str_of(s->name));
    for (size_t i = 0; service != NULL && i < tree->n; i++)
        if (tree->node[i].term->kind == SPF_TERM_INCLUDE && health_service(j, tree->node[i].target) == service)
            return false;
    return service != NULL && service->include[0] != '\0';
}

static void judge_missing(struct health_judge *j, const struct spf_tree *tree)
{
    for (size_t i = 0; i < j->in->sources; i++) {
        const struct health_source *s = &j->in->source[i];
        enum health_severity severity = health_source_signed(j, s) ? HEALTH_WARNING : HEALTH_ERROR;
        const char *name = health_shown(j, str_of(s->name), 60);
        struct health_finding *f;

        if (!spf_source_lacks(j, tree, s))
            continue;
        f = health_find(j, "spf-missing", health_source_approved(s) ? severity : HEALTH_ADVICE, j->domain,
                        health_text(j, "%s, %s, is not let in", name, health_shown(j, str_of(s->status), 20)));
        health_fact(f, "source", name);
        if (f->severity == HEALTH_ERROR)
            health_hit(j, f, s);
    }
}

/* ---- named in vain ---- */

struct seen {
    int64_t messages;     /* in all */
    bool here;            /* with this return path */
    bool lately;          /* before that, and yet not long ago */
    bool gone, wanted;    /* a person retired it; approved of it */
};

static struct seen spf_sources_look(const struct health_judge *j, const char *service)
{
    struct seen seen = {0};

    for (size_t i = 0; i < j->in->sources; i++) {
        const struct health_source *s = &j->in->source[i];

        if (strcmp(s->name, service) != 0)
            continue;
        seen.messages += s->messages;
        seen.lately = seen.lately || (s->unseen_days > 0 &&
                                      s->unseen_days < (int64_t)health_limit(j->in->limits.unseen_days, 90));
        seen.here = seen.here || (s->messages > 0 && strcmp(s->spf_domain, j->domain) == 0);
        seen.gone = seen.gone || health_source_gone(s);
        seen.wanted = seen.wanted || health_source_approved(s);
    }
    seen.gone = seen.gone && !seen.wanted;
    return seen;
}

enum use { USE_GOOD, USE_RETIRED, USE_USELESS, USE_UNSEEN };

static enum use use_of(const struct health_judge *j, const struct sender *service)
{
    struct seen seen = spf_sources_look(j, service->name);

    if (seen.gone)
        return USE_RETIRED;
    if (seen.here)
        return USE_GOOD;
    if (seen.messages >= health_limit(j->in->limits.useless_messages, 100) ||
        (seen.messages == 0 && service->include[0] == '\0'))
        return USE_USELESS;
    if (seen.messages == 0 && !seen.lately && j->in->days_of_data >= health_limit(j->in->limits.unseen_days, 90))
        return USE_UNSEEN;
    return USE_GOOD;
}

static void tell_use(struct health_judge *j, const struct spf_node *n, const struct sender *service)
{
    static const char *const ids[] = {"", "spf-retired", "spf-useless", "spf-unseen"};
    enum use use = use_of(j, service);
    struct health_finding *f;

    if (use == USE_GOOD)
        return;
    f = health_find(j, ids[use], use == USE_RETIRED ? HEALTH_WARNING : HEALTH_ADVICE, j->domain,
                    health_text(j, "%s, %u look-ups", health_shown(j, n->term->text, 200), n->lookups));
    health_fact(f, "source", service->name);
    health_fact(f, "lookups", health_text(j, "%u", n->lookups));
    health_fact(f, "days", health_text(j, "%lld", (long long)j->in->days_of_data));
}

bool spf_term_gone(struct health_judge *j, const struct spf_term *t, bool *applied)
{
    const struct sender *service = NULL;
    const char *target = t->kind == SPF_TERM_INCLUDE ? str_dup_lower(j->arena, t->domain) : NULL;
    enum use use;

    *applied = false;
    if (target != NULL)
        service = health_service(j, target);
    if (service == NULL)
        return false;
    use = use_of(j, service);
    *applied = (use == USE_USELESS && j->in->apply_useless) || (use == USE_UNSEEN && j->in->apply_unseen);
    return use == USE_RETIRED || *applied;
}

void spf_judge_sources(struct health_judge *j, const struct spf_tree *tree)
{
    if (j->out->role != HEALTH_PARKED && tree->sound && tree->lookups <= 10 && tree->void4 <= 2)
        judge_missing(j, tree);
    for (size_t i = 0; i < tree->n; i = spf_tree_end(tree, i)) {
        const struct spf_node *n = &tree->node[i];
        const struct sender *service = n->term->kind == SPF_TERM_INCLUDE ? health_service(j, n->target) : NULL;

        if (service != NULL)
            tell_use(j, n, service);
    }
}
