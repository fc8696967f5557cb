/* The SPF record to publish: what is published, repaired, merged, without what is in vain, with what lacks. */
#include <stdlib.h>
#include <string.h>

#include "health/spf_edit.h"
#include "health/spf_repair.h"
#include "spf/spf_eval.h"

enum { TEXTS_MAX = 16 };

static int spf_propose_text_order(const void *a, const void *b)
{
    const struct str *x = a, *y = b;
    int cmp = memcmp(x->p, y->p, x->n < y->n ? x->n : y->n);

    return cmp != 0 ? cmp : (x->n > y->n) - (x->n < y->n);
}

/* ---- what goes ---- */

/* Whether another term says the same: an earlier one, or a wider one with none of another qualifier between. */
static bool covered(const struct spf_tree *t, const size_t *top, size_t tops, size_t i)
{
    const struct spf_term *a = t->node[top[i]].term;

    for (size_t k = 0; k < tops; k++) {
        const struct spf_term *b = t->node[top[k]].term;
        bool apart = false;

        if (k == i || b->kind == SPF_TERM_ALL)
            continue;
        if (k < i && spf_term_same(a, b))
            return true;
        for (size_t m = i + 1; m < k; m++)
            apart = apart || t->node[top[m]].term->qualifier != a->qualifier;
        if (spf_term_within(a, b) && (!spf_term_within(b, a) || k < i) && !apart)
            return true;
    }
    return false;
}

static bool everybody(const struct spf_tree *t, size_t i)
{
    for (size_t k = i, end = spf_tree_end(t, i); k < end; k++)
        if (t->node[k].everybody)
            return true;
    return false;
}

static bool goes(struct health_judge *j, const struct spf_tree *t, const size_t *top, size_t tops, size_t i)
{
    const struct spf_node *n = &t->node[top[i]];
    bool applied;

    if (n->void4 && n->void6 && n->term->qualifier == '+')
        return true;
    if (n->fate == SPF_FATE_NONE || (n->fate == SPF_FATE_LOOP && strcmp(n->target, j->domain) == 0))
        return true;
    return covered(t, top, tops, i) || everybody(t, top[i]) || spf_term_gone(j, n->term, &applied);
}

/* ptr gives way to the addresses that it let in, where some are known. */
static bool put_addresses(struct health_judge *j, struct spf_edit *e, struct spf_edit *made)
{
    size_t before = made->n;

    for (size_t i = 0; i < j->in->sources; i++) {
        const struct health_source *s = &j->in->source[i];

        for (size_t k = 0; k < s->addresses && str_starts_nocase(str_of(s->spf_term), STR("ptr")); k++) {
            char text[IP_TEXT_MAX];

            if (health_source_gone(s) || strcmp(s->spf_domain, j->domain) != 0)
                continue;
            spf_edit_add(made, str_of(health_text(j, "ip%d:%s", s->address[k].family == IP_V4 ? 4 : 6,
                                                  ip_text(&s->address[k], text))));
        }
    }
    e->changed = e->changed || made->n > before;
    return made->n > before;
}

static void drop(struct health_judge *j, struct spf_edit *e)
{
    const struct spf_tree *t = spf_tree_read(j, spf_edit_text(e));
    struct spf_edit *made = arena_alloc(j->arena, sizeof *made);
    size_t *top, tops = 0;

    if (t == NULL || made == NULL || t->broken[0] != '\0' ||
        (top = arena_array(j->arena, t->n + 1, sizeof *top)) == NULL)
        return;
    for (size_t i = 0; i < t->n; i = spf_tree_end(t, i))
        if (t->node[i].term->kind != SPF_TERM_ALL && t->node[i].term->kind != SPF_TERM_REDIRECT)
            top[tops++] = i;
    for (size_t i = 0; i < tops && tops == e->n; i++) {
        bool ptr = t->node[top[i]].term->kind == SPF_TERM_PTR;

        if (goes(j, t, top, tops, i))
            e->changed = true;
        else if (!ptr || !put_addresses(j, e, made))
            spf_edit_add(made, e->term[i]);
    }
    if (tops != e->n) /* a limit: better nothing than half of it */
        return;
    memcpy(e->term, made->term, made->n * sizeof made->term[0]);
    e->n = made->n;
    e->over = e->over || made->over;
}

/* ---- what comes ---- */

/* The catalogue's term, when its target has one record today. */
static struct str term_of(struct health_judge *j, const struct sender *service)
{
    struct str term = service == NULL ? STR_NONE : str_of(service->include);
    const struct dns_answer *a;
    size_t records = 0;

    if (!str_starts_nocase(term, STR("include:")) || str_find(term, '%') < term.n || str_find(term, ' ') < term.n)
        return STR_NONE;
    a = health_ask(j, term.p + 8, DNS_TXT);
    for (size_t i = 0; i < a->count; i++)
        records += spf_record_is(a->rr[i].txt);
    return records == 1 ? term : STR_NONE;
}

static bool spf_propose_has(const struct spf_edit *e, struct str term)
{
    for (size_t i = 0; i < e->n; i++)
        if (str_eq_nocase(e->term[i], term))
            return true;
    return false;
}

/* Adds what `s` needs; false when that cannot be worked out. */
static bool add_source(struct health_judge *j, struct spf_edit *e, const struct spf_tree *tree,
                       const struct health_source *s)
{
    const struct sender *service = j->in->senders == NULL ? NULL : senders_find(j->in->senders, str_of(s->name));
    struct str term = term_of(j, service);

    if (service == NULL && strcmp(s->name, "own-servers") == 0) {
        for (size_t i = 0; i < s->addresses; i++) {
            char text[IP_TEXT_MAX];

            term = str_of(health_text(j, "ip%d:%s", s->address[i].family == IP_V4 ? 4 : 6,
                                      ip_text(&s->address[i], text)));
            if ((tree == NULL || !spf_tree_holds(j, tree, &s->address[i])) && !spf_propose_has(e, term)) {
                spf_edit_add(e, term);
                e->changed = true;
            }
        }
        return s->addresses > 0;
    }
    if (term.n == 0)
        return false;
    if (!spf_propose_has(e, term)) {
        spf_edit_add(e, term);
        e->changed = true;
    }
    return true;
}

static bool add(struct health_judge *j, struct spf_edit *e, const struct spf_tree *tree)
{
    bool all = true, any = false;

    for (size_t i = 0; i < j->in->sources; i++) {
        const struct health_source *s = &j->in->source[i];

        if (!health_source_approved(s) || !spf_source_lacks(j, tree, s))
            continue;
        any = true;
        all = add_source(j, e, tree, s) && all;
    }
    return tree == NULL ? all && any : all;
}

/* ---- the whole ---- */

static void spf_propose_offer(struct health_judge *j, struct str text)
{
    static const char *const mends[] = {
        "spf-none", "spf-not-a-record", "spf-several", "spf-syntax", "spf-lookups", "spf-void", "spf-include-none",
        "spf-loop", "spf-pass-all", "spf-neutral", "spf-parked", "spf-after-all", "spf-ptr", "spf-duplicate",
        "spf-missing", "spf-retired", "spf-useless", "spf-unseen", NULL};

    (void)health_propose(j, j->domain, "TXT", health_text(j, "%.*s", STR_FMT(text)), "dns", mends);
}

/* What each include would save, when it is still too much. */
static void put_choices(struct health_judge *j, const struct spf_tree *t)
{
    struct strbuf b = strbuf_new(j->arena, 2000);

    for (size_t i = 0; i < t->n; i = spf_tree_end(t, i)) {
        if (t->node[i].lookups < 2)
            continue;
        strbuf_putf(&b, "%swithout %s %u fewer", b.n == 0 ? "" : "; ", health_shown(j, t->node[i].term->text, 100),
                    t->node[i].lookups);
    }
    strbuf_putf(&b, "%s--flatten", b.n == 0 ? "" : "; ");
    j->out->spf.choices = b.p;
}

static void spf_propose_finish(struct health_judge *j, struct spf_edit *e, struct str published)
{
    struct str text = spf_edit_text(e);
    const struct spf_tree *t = e->over ? NULL : spf_tree_read(j, text);

    if (t == NULL || t->broken[0] != '\0')
        return;
    j->out->spf.after = t->lookups;
    if (t->lookups > SPF_LOOKUPS_MAX) {
        put_choices(j, t);
    } else if (e->changed && !str_eq(text, published)) {
        if (j->in->flatten > 0 && j->spf_single.n == 0)
            spf_flatten(j, text);
        if (j->out->flat.records == 0)
            spf_propose_offer(j, text);
        if (j->spf_single.n == 0 && published.n + e->n > 0)
            spf_tell_left(j, t); /* what could not be seen behind what is mended */
    }
}

static void propose_none(struct health_judge *j)
{
    struct spf_edit *e = arena_alloc(j->arena, sizeof *e);

    if (e == NULL)
        return;
    *e = (struct spf_edit){.arena = j->arena, .end = '~', .changed = true};
    if (j->out->role == HEALTH_SENDS && add(j, e, NULL))
        spf_propose_finish(j, e, STR_NONE);
    else if (j->out->role != HEALTH_SENDS)
        spf_propose_offer(j, STR("v=spf1 -all"));
}

void spf_propose(struct health_judge *j, const struct str *text, size_t texts, const struct spf_tree *tree)
{
    struct str good[TEXTS_MAX];
    size_t goods = 0;
    bool all = texts <= TEXTS_MAX;
    struct spf_edit *e = arena_alloc(j->arena, sizeof *e);

    if (j->out->role == HEALTH_PARKED) {
        if (texts != 1 || !str_eq_nocase(text[0], STR("v=spf1 -all")))
            spf_propose_offer(j, STR("v=spf1 -all"));
        return;
    }
    if (texts == 0) {
        propose_none(j);
        return;
    }
    for (size_t i = 0; i < texts && all && e != NULL; i++) {
        struct spf_record r;
        struct err err = ERR_NONE;
        bool fine = spf_record_is(text[i]) && spf_record_parse(j->arena, text[i], &r, &err) == RC_OK;

        good[goods] = fine ? text[i] : spf_repair(j->arena, text[i]);
        all = good[goods++].n > 0;
    }
    if (!all || e == NULL)
        return;
    qsort(good, goods, sizeof good[0], spf_propose_text_order);
    *e = (struct spf_edit){.arena = j->arena, .changed = texts > 1 || !str_eq(good[0], text[0])};
    for (size_t i = 0; i < goods; i++)
        spf_edit_read(e, good[i], goods > 1);
    if (tree == NULL || tree->broken[0] != '\0') { /* what receivers would count in the repaired one */
        tree = spf_tree_read(j, spf_edit_text(e));
        if (tree == NULL || tree->broken[0] != '\0')
            return;
        j->out->spf.lookups = tree->lookups;
        if (tree->lookups > SPF_LOOKUPS_MAX)
            spf_tree_tell_lookups(j, tree);
    }
    drop(j, e);
    (void)add(j, e, tree);
    if (e->end == '+' || e->end == '?' || (e->end == 0 && e->redirect.n == 0)) {
        e->end = '~';
        e->changed = true;
    }
    spf_propose_finish(j, e, texts == 1 ? text[0] : STR_NONE);
}
