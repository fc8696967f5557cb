/* What is wrong with an SPF tree, told. */
#include <string.h>

#include "health/spf_tree.h"
#include "spf/spf_eval.h"

static void list_term(struct strbuf *b, struct str term)
{
    strbuf_puts(b, b->n == 0 ? "" : " ");
    strbuf_put_escaped(b, term, 100);
}

static void tell_term(struct health_judge *j, const struct spf_node *n, const char *id, enum health_severity severity,
                      const char *what)
{
    const char *shown = health_shown(j, n->term->text, 200);
    struct health_finding *f = health_find(j, id, severity, j->domain, health_text(j, "%s: %s", shown, what));

    health_fact(f, "term", shown);
    health_fact(f, "target", health_shown(j, str_of(n->target), 253));
}

static void tell_fate(struct health_judge *j, const struct spf_node *n)
{
    switch (n->fate) {
    case SPF_FATE_OPEN: health_unjudged(j, "spf-lookups", health_shown(j, str_of(n->target), 253), n->why); break;
    case SPF_FATE_NONE: tell_term(j, n, "spf-include-none", HEALTH_ERROR, "no SPF record there"); break;
    case SPF_FATE_SEVERAL: tell_term(j, n, "spf-include-none", HEALTH_ERROR, "several SPF records there"); break;
    case SPF_FATE_BROKEN:
        tell_term(j, n, "spf-include-none", HEALTH_ERROR, health_text(j, "the record there is wrong: %s", n->why));
        break;
    case SPF_FATE_LOOP: tell_term(j, n, "spf-loop", HEALTH_ERROR, "it leads back to itself"); break;
    case SPF_FATE_MANY_MX: tell_term(j, n, "spf-many-mx", HEALTH_ERROR, "more than ten mail hosts"); break;
    case SPF_FATE_MACRO:
        if (n->depth == 0)
            (void)health_find(j, "spf-macro",
                              spf_macro_uses(n->term->domain, 'p') ? HEALTH_WARNING : HEALTH_ADVICE, j->domain,
                              health_shown(j, n->term->text, 200));
        else if (spf_macro_uses(n->term->domain, 'p'))
            tell_term(j, n, "spf-macro", HEALTH_WARNING, "in an include");
        break;
    case SPF_FATE_DEEP: health_unjudged(j, "spf-lookups", health_shown(j, str_of(n->target), 253), "a limit"); break;
    case SPF_FATE_FINE: break;
    }
}

static const char *note_of(const struct spf_node *n)
{
    static const char *const notes[] = {
        [SPF_FATE_OPEN] = "does not answer", [SPF_FATE_NONE] = "no SPF record there",
        [SPF_FATE_SEVERAL] = "several SPF records there", [SPF_FATE_BROKEN] = "the record there is wrong",
        [SPF_FATE_LOOP] = "a loop", [SPF_FATE_MANY_MX] = "too many mail hosts",
        [SPF_FATE_MACRO] = "depends on each message", [SPF_FATE_DEEP] = "too deep or too much to follow",
    };

    if (n->fate != SPF_FATE_FINE)
        return notes[n->fate];
    if (n->void4 && n->void6)
        return "void";
    return n->void4 ? "void on IPv4" : n->void6 ? "void on IPv6" : "";
}

static void put_branch(struct health_judge *j, const struct spf_node *n)
{
    struct health *h = j->out;

    if (n->lookups == 0)
        return;
    if (h->spf.branches == HEALTH_BRANCHES_MAX)
        h->starved = true;
    else
        h->spf.branch[h->spf.branches++] = (struct health_branch){
            .depth = n->depth, .term = health_shown(j, n->term->text, 200), .lookups = n->lookups, .note = note_of(n)};
}

/* ---- counts ---- */

static bool sends_by_ipv6(const struct health_judge *j)
{
    for (size_t i = 0; i < j->in->sources; i++)
        for (size_t k = 0; k < j->in->source[i].addresses; k++)
            if (j->in->source[i].address[k].family == IP_V6 && !health_source_gone(&j->in->source[i]))
                return true;
    return false;
}

static void tell_voids(struct health_judge *j, const struct spf_tree *t)
{
    enum health_severity severity = HEALTH_OK;
    struct strbuf voids = strbuf_new(j->arena, 2000);

    for (size_t i = 0; i < t->n; i++)
        if (t->node[i].void4 || t->node[i].void6)
            list_term(&voids, t->node[i].term->text);
    if (t->void4 > SPF_VOIDS_MAX || (t->void6 > SPF_VOIDS_MAX && sends_by_ipv6(j)))
        severity = HEALTH_ERROR;
    else if (t->void6 > SPF_VOIDS_MAX)
        severity = HEALTH_WARNING;
    else if (t->void4 > 0)
        severity = HEALTH_ADVICE;
    if (severity != HEALTH_OK)
        health_fact(health_find(j, "spf-void", severity, j->domain,
                                health_text(j, "%u on IPv4, %u on IPv6, %d allowed: %.600s", t->void4, t->void6,
                                            SPF_VOIDS_MAX, voids.p)),
                    "terms", voids.p);
}

/* The term of the record itself at which the limit is reached; "" it is not. */
static const char *limit_term(struct health_judge *j, const struct spf_tree *t)
{
    unsigned used = 0;

    for (size_t i = 0; i < t->n; i = spf_tree_end(t, i)) {
        used += t->node[i].lookups;
        if (used > SPF_LOOKUPS_MAX)
            return health_shown(j, t->node[i].term->text, 100);
    }
    return "";
}

void spf_tree_tell_lookups(struct health_judge *j, const struct spf_tree *t)
{
    struct health_finding *f;
    const char *at = limit_term(j, t);

    if (t->lookups + 1 < SPF_LOOKUPS_MAX)
        return;
    f = health_find(j, "spf-lookups", t->lookups > SPF_LOOKUPS_MAX ? HEALTH_ERROR : HEALTH_ADVICE, j->domain,
                    health_text(j, "%u look-ups, %d allowed%s%s", t->lookups, SPF_LOOKUPS_MAX,
                                at[0] == '\0' ? "" : ": receivers give up in ", at));
    health_fact(f, "lookups", health_text(j, "%u", t->lookups));
}

void spf_tree_tell(struct health_judge *j, const struct spf_tree *t)
{
    struct strbuf passes = strbuf_new(j->arena, 2000);
    bool twice = false;

    for (size_t i = 0; i < t->n; i++) {
        const struct spf_node *n = &t->node[i];

        tell_fate(j, n);
        if (n->everybody)
            list_term(&passes, n->term->text);
        if (n->term->kind == SPF_TERM_PTR && n->fate == SPF_FATE_FINE)
            tell_term(j, n, "spf-ptr", n->depth == 0 ? HEALTH_WARNING : HEALTH_ADVICE,
                      health_text(j, "in the record of %s", health_shown(j, str_of(n->home), 253)));
        if (n->twice && !twice)
            tell_term(j, n, "spf-duplicate", HEALTH_ADVICE, "reached twice");
        twice = twice || n->twice;
        put_branch(j, n);
    }
    if (passes.n > 0)
        (void)health_find(j, "spf-pass-all", HEALTH_ERROR, j->domain, passes.p);
    tell_voids(j, t);
    spf_tree_tell_lookups(j, t);
    j->out->spf.walked = true;
    j->out->spf.open = t->open;
}
