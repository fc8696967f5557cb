#include "health/spf_tree.h"

#include <string.h>

#include "spf/spf_eval.h"

struct walk {
    struct health_judge *j;
    struct spf_tree *t;
    const char *path[SPF_TREE_DEPTH_MAX + 1];  /* records above, and this one */
    const char *seen[SPF_TREE_RECORDS_MAX];    /* all that were read */
    size_t records;
};

static void walk_terms(struct walk *w, const struct spf_record *r, const char *home, unsigned depth, bool lets_in);

/* ---- include, redirect ---- */

static bool on_path(const struct walk *w, const char *domain, unsigned depth)
{
    for (unsigned i = 0; i <= depth; i++)
        if (strcmp(w->path[i], domain) == 0)
            return true;
    return false;
}

static enum spf_fate fate_open(struct walk *w, struct spf_node *n, const struct dns_answer *a, const char *at)
{
    w->t->failed = w->t->open = true;
    n->why = a->why;
    n->target = at;
    return SPF_FATE_OPEN;
}

static enum spf_fate walk_target(struct walk *w, struct spf_node *n)
{
    const struct dns_answer *a;
    struct spf_record r;
    struct err e = ERR_NONE;
    struct str record = STR_NONE;
    size_t records = 0;

    if (on_path(w, n->target, n->depth))
        return SPF_FATE_LOOP;
    if (w->records == SPF_TREE_RECORDS_MAX || n->depth >= SPF_TREE_DEPTH_MAX) {
        w->t->open = w->j->out->starved = true;
        return SPF_FATE_DEEP;
    }
    a = health_ask(w->j, n->target, DNS_TXT);
    if (a->status == DNS_TEMPFAIL)
        return fate_open(w, n, a, n->target);
    for (size_t i = 0; i < a->count; i++)
        if (spf_record_is(a->rr[i].txt)) {
            record = a->rr[i].txt;
            records++;
        }
    if (records != 1) /* which ends the evaluation, void or not */
        return records > 1 ? SPF_FATE_SEVERAL : SPF_FATE_NONE;
    for (size_t i = 0; i < w->records; i++)
        n->twice = n->twice || strcmp(w->seen[i], n->target) == 0;
    w->path[n->depth + 1] = w->seen[w->records++] = n->target;
    if (spf_record_parse(w->j->arena, record, &r, &e) != RC_OK) {
        n->why = health_text(w->j, "%s", e.text);
        return SPF_FATE_BROKEN;
    }
    walk_terms(w, &r, n->target, n->depth + 1, n->lets_in);
    return SPF_FATE_FINE;
}

/* ---- hosts ---- */

static enum spf_fate fate_void(struct walk *w, struct spf_node *n, size_t on4, size_t on6)
{
    n->void4 = on4 == 0;
    n->void6 = on6 == 0;
    w->t->void4 += n->void4;
    w->t->void6 += n->void6;
    return SPF_FATE_FINE;
}

static enum spf_fate walk_a(struct walk *w, struct spf_node *n)
{
    const struct dns_answer *a = health_ask(w->j, n->target, DNS_A), *aaaa = health_ask(w->j, n->target, DNS_AAAA);

    if (a->status == DNS_TEMPFAIL || aaaa->status == DNS_TEMPFAIL)
        return fate_open(w, n, a->status == DNS_TEMPFAIL ? a : aaaa, n->target);
    return fate_void(w, n, a->count, aaaa->count);
}

static enum spf_fate walk_mx(struct walk *w, struct spf_node *n)
{
    const struct dns_answer *mx = health_ask(w->j, n->target, DNS_MX);
    size_t on4 = 0, on6 = 0;

    if (mx->status == DNS_TEMPFAIL)
        return fate_open(w, n, mx, n->target);
    if (mx->count > SPF_MX_MAX)
        return SPF_FATE_MANY_MX;
    for (size_t i = 0; i < mx->count; i++) {
        dns_prefetch(w->j->dns, mx->rr[i].name, DNS_A);
        dns_prefetch(w->j->dns, mx->rr[i].name, DNS_AAAA);
    }
    for (size_t i = 0; i < mx->count; i++) {
        const struct dns_answer *a = health_ask(w->j, mx->rr[i].name, DNS_A);
        const struct dns_answer *aaaa = health_ask(w->j, mx->rr[i].name, DNS_AAAA);

        if (a->status == DNS_TEMPFAIL || aaaa->status == DNS_TEMPFAIL)
            return fate_open(w, n, a->status == DNS_TEMPFAIL ? a : aaaa, mx->rr[i].name);
        on4 += a->count;
        on6 += aaaa->count;
    }
    return fate_void(w, n, on4, on6);
}

static enum spf_fate walk_exists(struct walk *w, struct spf_node *n)
{
    const struct dns_answer *a = health_ask(w->j, n->target, DNS_A);

    if (a->status == DNS_TEMPFAIL)
        return fate_open(w, n, a, n->target);
    n->everybody = n->lets_in && a->count > 0;
    return fate_void(w, n, a->count, a->count);
}

/* ---- terms ---- */

static enum spf_fate walk_lookup(struct walk *w, struct spf_node *n)
{
    if (str_find(n->term->domain, '%') < n->term->domain.n) {
        w->t->open = w->t->macros = true;
        return SPF_FATE_MACRO;
    }
    switch (n->term->kind) {
    case SPF_TERM_INCLUDE:
    case SPF_TERM_REDIRECT: return walk_target(w, n);
    case SPF_TERM_A: return walk_a(w, n);
    case SPF_TERM_MX: return walk_mx(w, n);
    case SPF_TERM_EXISTS: return walk_exists(w, n);
    case SPF_TERM_PTR: w->t->macros = true; break;
    case SPF_TERM_ALL:
    case SPF_TERM_IP4:
    case SPF_TERM_IP6: break;
    }
    return SPF_FATE_FINE;
}

/* Whether the term lets in everybody, or as good as. */
static bool lets_all_in(const struct spf_term *t)
{
    bool hosts = t->kind == SPF_TERM_A || t->kind == SPF_TERM_MX;

    return t->kind == SPF_TERM_ALL || ((hosts || t->kind == SPF_TERM_IP4) && t->bits4 < 8) ||
           ((hosts || t->kind == SPF_TERM_IP6) && t->bits6 < 16);
}

static bool asks_dns(const struct spf_term *t)
{
    return t->kind != SPF_TERM_ALL && t->kind != SPF_TERM_IP4 && t->kind != SPF_TERM_IP6;
}

static void walk_term(struct walk *w, const struct spf_term *t, const char *home, unsigned depth, bool lets_in)
{
    struct spf_node *n;
    unsigned before = w->t->lookups;
    const char *target = t->domain.n == 0 ? home : str_dup_lower(w->j->arena, t->domain);

    if (w->t->n == SPF_TREE_NODES_MAX || target == NULL) {
        w->j->out->starved = w->t->open = true;
        return;
    }
    n = &w->t->node[w->t->n++];
    *n = (struct spf_node){.term = t, .home = home, .depth = depth, .why = "", .target = asks_dns(t) ? target : "",
                           .lets_in = lets_in && (t->qualifier == '+' || t->kind == SPF_TERM_REDIRECT)};
    n->everybody = n->lets_in && lets_all_in(t);
    if (!asks_dns(t))
        return;
    w->t->lookups++;
    n->fate = walk_lookup(w, n);
    n->lookups = w->t->lookups - before;
    if (n->fate == SPF_FATE_NONE || n->fate == SPF_FATE_SEVERAL || n->fate == SPF_FATE_BROKEN ||
        n->fate == SPF_FATE_LOOP || n->fate == SPF_FATE_MANY_MX || n->fate == SPF_FATE_DEEP)
        w->t->sound = false;
}

static void spf_tree_prefetch(struct walk *w, const struct spf_term *t, const char *home)
{
    const char *name = t->domain.n == 0 ? home : str_dup_lower(w->j->arena, t->domain);

    if (name == NULL || str_find(t->domain, '%') < t->domain.n ||
        dns_scope_questions(w->j->dns) + 2 >= HEALTH_QUESTIONS_MAX)
        return;
    if (t->kind == SPF_TERM_INCLUDE || t->kind == SPF_TERM_REDIRECT)
        dns_prefetch(w->j->dns, name, DNS_TXT);
    else if (t->kind == SPF_TERM_MX)
        dns_prefetch(w->j->dns, name, DNS_MX);
    else if (t->kind == SPF_TERM_A || t->kind == SPF_TERM_EXISTS)
        dns_prefetch(w->j->dns, name, DNS_A);
    if (t->kind == SPF_TERM_A)
        dns_prefetch(w->j->dns, name, DNS_AAAA);
}

static void walk_terms(struct walk *w, const struct spf_record *r, const char *home, unsigned depth, bool lets_in)
{
    bool all = false;

    for (size_t i = 0; i < r->n && i < 100 && r->directive[i].kind != SPF_TERM_ALL; i++)
        spf_tree_prefetch(w, &r->directive[i], home);
    for (size_t i = 0; i < r->n && !all; i++) {
        all = r->directive[i].kind == SPF_TERM_ALL;
        if (!(all && depth > 0 && r->directive[i].qualifier != '+'))
            walk_term(w, &r->directive[i], home, depth, lets_in);
    }
    if (!all && r->redirect.text.n > 0) {
        struct spf_term *redirect = arena_alloc(w->j->arena, sizeof *redirect);

        if (redirect != NULL) {
            *redirect = r->redirect;
            walk_term(w, redirect, home, depth, lets_in);
        }
    }
}

const struct spf_tree *spf_tree_read(struct health_judge *j, struct str text)
{
    struct walk *w = arena_alloc(j->arena, sizeof *w);
    struct spf_tree *t = arena_alloc(j->arena, sizeof *t);
    struct err e = ERR_NONE;

    if (w == NULL || t == NULL)
        return NULL;
    t->node = arena_array(j->arena, SPF_TREE_NODES_MAX, sizeof *t->node);
    if (t->node == NULL)
        return NULL;
    *w = (struct walk){.j = j, .t = t, .records = 1, .path = {j->domain}, .seen = {j->domain}};
    t->broken = "";
    if (spf_record_parse(j->arena, text, &t->record, &e) != RC_OK) {
        t->broken = health_text(j, "%s", e.text);
        return t;
    }
    t->sound = true;
    walk_terms(w, &t->record, j->domain, 0, true);
    return t;
}

size_t spf_tree_end(const struct spf_tree *t, size_t i)
{
    size_t end = i + 1;

    while (end < t->n && t->node[end].depth > t->node[i].depth)
        end++;
    return end;
}

/* ---- addresses ---- */

static bool answer_holds(const struct dns_answer *a, const struct ip *ip, unsigned bits)
{
    for (size_t i = 0; i < a->count; i++)
        if (a->rr[i].addr.family == ip->family && ip_in_prefix(ip, &a->rr[i].addr, bits))
            return true;
    return false;
}

static bool node_holds(struct health_judge *j, const struct spf_node *n, const struct ip *ip)
{
    enum dns_type type = ip->family == IP_V4 ? DNS_A : DNS_AAAA;
    unsigned bits = ip->family == IP_V4 ? n->term->bits4 : n->term->bits6;
    const struct dns_answer *mx;

    switch (n->term->kind) {
    case SPF_TERM_IP4:
    case SPF_TERM_IP6: return n->term->network.family == ip->family && ip_in_prefix(ip, &n->term->network, bits);
    case SPF_TERM_A: return answer_holds(health_ask(j, n->target, type), ip, bits);
    case SPF_TERM_MX:
        mx = health_ask(j, n->target, DNS_MX);
        for (size_t i = 0; i < mx->count && i < SPF_MX_MAX; i++)
            if (answer_holds(health_ask(j, mx->rr[i].name, type), ip, bits))
                return true;
        return false;
    default: return false;
    }
}

bool spf_tree_holds(struct health_judge *j, const struct spf_tree *t, const struct ip *ip)
{
    for (size_t i = 0; i < t->n; i++)
        if (t->node[i].lets_in && t->node[i].fate == SPF_FATE_FINE && node_holds(j, &t->node[i], ip))
            return true;
    return false;
}
