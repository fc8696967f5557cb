/*
 * SPF records flattened into the networks they let in, and what becomes of those when the services move.
 *
 * A network stays in the record where it is published: one that moved would be
 * in neither for who holds an old and a new record in his cache.
 */
#include <string.h>

#include "health/spf_edit.h"
#include "health/spf_passes.h"
#include "spf/spf_eval.h"

enum { CHUNKS_MAX = SPF_LOOKUPS_MAX, CHUNK_SECOND = 1150, CHUNK_FIRST = 450, TEXT_MAX = 60000 };

struct chunk {
    const char *name;
    struct ranges set;
    bool changed;
};

struct flat {
    struct health_judge *j;
    struct strbuf kept;       /* terms that stay, " a b" */
    unsigned kept_lookups;
    struct ranges set;        /* what the others let in */
    char end;
    const char *refused;
    struct chunk chunk[CHUNKS_MAX + 1];
    size_t chunks;
};

static const char *chunk_text(struct flat *f, const struct ranges *set, size_t *n)
{
    struct strbuf b = strbuf_new(f->j->arena, TEXT_MAX);

    strbuf_puts(&b, "v=spf1");
    if (!spf_ranges_text(&b, set))
        f->refused = "too many networks";
    strbuf_puts(&b, " -all");
    *n = b.n;
    return b.p;
}

/* The record of the name itself, with what stays, `middle` and the end. */
static const char *main_text(struct flat *f, const char *middle, size_t *n)
{
    struct strbuf b = strbuf_new(f->j->arena, TEXT_MAX);

    strbuf_puts(&b, "v=spf1");
    strbuf_puts(&b, f->kept.p);
    strbuf_puts(&b, middle);
    strbuf_putf(&b, " %call", f->end == 0 ? '~' : f->end);
    *n = b.n;
    return b.p;
}

/* ---- taking the record apart ---- */

static void keep_term(struct flat *f, const struct spf_tree *t, size_t i)
{
    strbuf_puts(&f->kept, " ");
    strbuf_put(&f->kept, t->node[i].term->text);
    f->kept_lookups += t->node[i].lookups;
}

/* One term: into the set, or kept in front; `taken` is what those before it match. */
static void take_term(struct flat *f, const struct spf_tree *t, size_t i, struct ranges *taken)
{
    struct spf_passes p = {.j = f->j, .refused = ""};
    const struct spf_term *term = t->node[i].term;
    struct ranges matched = spf_ranges_new(f->j), rest = spf_ranges_new(f->j);

    spf_passes_term(&p, term, f->j->domain, 0, &matched);
    if (p.refused[0] != '\0' && !p.loose) {
        f->refused = p.refused;
        return;
    }
    if (p.loose) {
        if (term->kind == SPF_TERM_REDIRECT)
            f->refused = p.refused;
        keep_term(f, t, i);
        return;
    }
    if (term->kind == SPF_TERM_REDIRECT)
        f->end = p.end;
    spf_ranges_add_rest(&rest, &matched, taken);
    if (term->qualifier == '+' || term->kind == SPF_TERM_REDIRECT) {
        ranges_join(&f->set, &rest);
        ranges_sort(&f->set);
    } else if (!ranges_same(&rest, &matched)) {
        f->refused = "a term with \"-\", \"~\" or \"?\" stands behind one that lets the same addresses in";
    } else {
        keep_term(f, t, i);
    }
    ranges_join(taken, &matched);
    ranges_sort(taken);
}

static void take_apart(struct flat *f, struct str record)
{
    const struct spf_tree *t = spf_tree_read(f->j, record);
    struct ranges taken = spf_ranges_new(f->j);

    f->refused = "";
    f->end = 0;
    f->kept = strbuf_new(f->j->arena, SPF_EDIT_TEXT_MAX);
    f->set = spf_ranges_new(f->j);
    if (t == NULL || t->broken[0] != '\0' || !t->sound || t->failed)
        f->refused = t != NULL && t->failed ? "a part of the record does not answer" : "the record has an error";
    for (size_t i = 0; f->refused[0] == '\0' && i < t->n; i = spf_tree_end(t, i)) {
        if (t->node[i].term->kind == SPF_TERM_ALL) {
            f->end = t->node[i].term->qualifier;
            break;
        }
        take_term(f, t, i, &taken);
    }
    if (f->set.over || taken.over)
        f->refused = "too many networks";
}

/* ---- new records ---- */

/* Spreads the set over records of at most `most` bytes each; false when they are too many. */
static bool spf_flat_split(struct flat *f, size_t most)
{
    struct ip_net *net = arena_array(f->j->arena, RANGES_MAX, sizeof *net);
    size_t n = net == NULL ? SIZE_MAX : ranges_prefixes(&f->set, net, RANGES_MAX), length = SIZE_MAX;

    f->chunks = 0;
    for (size_t i = 0; n != SIZE_MAX && i < n; i++) {
        char text[IP_TEXT_MAX];
        bool v4 = net[i].addr.family == IP_V4;
        size_t more = 5 + strlen(ip_text(&net[i].addr, text)) + (net[i].bits < (v4 ? 32 : 128) ? net[i].bits > 99 ? 4 :
                      net[i].bits > 9 ? 3 : 2 : 0);

        if (length > most - more) {
            if (f->chunks + f->kept_lookups >= SPF_LOOKUPS_MAX)
                return false;
            f->chunk[f->chunks].set = spf_ranges_new(f->j);
            f->chunk[f->chunks].name = health_text(f->j, "_spf%zu.%s", f->chunks + 1, f->j->domain);
            f->chunks++;
            length = strlen("v=spf1 -all");
        }
        length += more;
        ranges_add(&f->chunk[f->chunks - 1].set, &net[i].addr, net[i].bits);
    }
    return n != SIZE_MAX;
}

static void spf_flat_offer(struct flat *f, const char *name, const char *text)
{
    static const char *const mends[] = {"spf-lookups", "spf-flat-drift", NULL};
    const struct dns_answer *a = health_ask(f->j, name, DNS_TXT);
    size_t records = 0, same = 0;

    for (size_t i = 0; i < a->count; i++) {
        records += spf_record_is(a->rr[i].txt);
        same += str_eq(a->rr[i].txt, str_of(text));
    }
    if (records == 1 && same == 1)
        return; /* it is published as it is to be */
    (void)health_propose(f->j, name, "TXT", text, "dns", mends);
}

static void offer_chunks(struct flat *f)
{
    struct strbuf middle = strbuf_new(f->j->arena, 3000);
    size_t n;

    for (size_t i = 0; i < f->chunks; i++) {
        ranges_sort(&f->chunk[i].set);
        spf_flat_offer(f, f->chunk[i].name, chunk_text(f, &f->chunk[i].set, &n));
        strbuf_putf(&middle, " include:%s", f->chunk[i].name);
    }
    spf_flat_offer(f, f->j->domain, main_text(f, middle.p, &n));
}

void spf_flatten(struct health_judge *j, struct str record)
{
    struct flat *f = arena_alloc(j->arena, sizeof *f);
    struct strbuf nets = strbuf_new(j->arena, TEXT_MAX);
    const char *whole;
    size_t n = 0;

    if (f == NULL)
        return;
    f->j = j;
    take_apart(f, record);
    if (f->refused[0] == '\0' && !spf_ranges_text(&nets, &f->set))
        f->refused = "too many networks";
    if (f->refused[0] == '\0' && f->kept_lookups > SPF_LOOKUPS_MAX)
        f->refused = "what has to stay needs more than ten look-ups by itself";
    if (f->refused[0] == '\0') {
        whole = main_text(f, nets.p, &n);
        if (n <= j->in->flatten) {
            spf_flat_offer(f, j->domain, whole);
        } else if (spf_flat_split(f, j->in->flatten) || spf_flat_split(f, CHUNK_SECOND)) {
            offer_chunks(f);
        } else {
            f->refused = "the networks need more than ten records";
        }
    }
    j->out->flat.refused = f->refused;
    if (f->refused[0] != '\0')
        return;
    j->out->flat.lookups = f->kept_lookups + (unsigned)f->chunks;
    j->out->flat.records = 1 + (unsigned)f->chunks;
}

/* ---- drift ---- */

static struct str original(const struct health_judge *j)
{
    for (size_t i = 0; i < j->in->memories; i++)
        if (strcmp(j->in->memory[i].kind, "flat") == 0 && strcmp(j->in->memory[i].name, j->domain) == 0 &&
            spf_record_is(str_of(j->in->memory[i].text)))
            return str_of(j->in->memory[i].text);
    return STR_NONE;
}

/* The records of the name's own that the published one includes, each with what it holds and should go on holding. */
static void read_chunks(struct flat *f, const struct ranges *wanted, struct ranges *covered)
{
    struct spf_record r;
    struct err e = ERR_NONE;

    if (spf_record_parse(f->j->arena, f->j->spf_single, &r, &e) != RC_OK)
        return;
    for (size_t i = 0; i < r.n && f->chunks < CHUNKS_MAX; i++) {
        struct spf_passes p = {.j = f->j, .refused = ""};
        struct ranges now = spf_ranges_new(f->j), gone = spf_ranges_new(f->j);
        struct chunk *c = &f->chunk[f->chunks];
        const char *target = str_dup_lower(f->j->arena, r.directive[i].domain);
        struct str tail = str_of(health_text(f->j, ".%s", f->j->domain));

        if (r.directive[i].kind == SPF_TERM_ALL || r.directive[i].qualifier != '+')
            continue;
        spf_passes_term(&p, &r.directive[i], f->j->domain, 0, &now);
        if (target == NULL || r.directive[i].kind != SPF_TERM_INCLUDE || strncmp(target, "_spf", 4) != 0 ||
            !str_ends_nocase(str_of(target), tail)) {
            ranges_join(covered, &now);
            continue;
        }
        *c = (struct chunk){.name = target, .set = spf_ranges_new(f->j)};
        ranges_cut(&now, wanted, &gone);
        ranges_sort(&gone);
        spf_ranges_add_rest(&c->set, &now, &gone);
        c->changed = gone.n > 0;
        ranges_join(covered, &c->set);
        f->chunks++;
    }
    ranges_sort(covered);
}

/* Puts what is new where there is room first; false when there is none. */
static bool place(struct flat *f, const struct ranges *fresh)
{
    struct ip_net *net = arena_array(f->j->arena, RANGES_MAX, sizeof *net);
    size_t n = net == NULL ? SIZE_MAX : ranges_prefixes(fresh, net, RANGES_MAX);
    size_t most = f->j->in->flatten > 0 ? f->j->in->flatten : CHUNK_FIRST;

    for (size_t i = 0; n != SIZE_MAX && i < n; i++) {
        bool placed = false;

        for (size_t k = 0; k < f->chunks && !placed; k++) {
            struct ranges with = spf_ranges_new(f->j);
            size_t length;

            ranges_join(&with, &f->chunk[k].set);
            ranges_add(&with, &net[i].addr, net[i].bits);
            ranges_sort(&with);
            (void)chunk_text(f, &with, &length);
            if (length > most)
                continue;
            f->chunk[k].set = with;
            placed = f->chunk[k].changed = true;
        }
        if (!placed)
            return false;
    }
    return n != SIZE_MAX;
}

static void propose_drift(struct flat *f)
{
    struct ranges covered = spf_ranges_new(f->j), fresh = spf_ranges_new(f->j);
    unsigned size = f->j->in->flatten;
    size_t n;

    f->chunks = 0;
    read_chunks(f, &f->set, &covered);
    spf_ranges_add_rest(&fresh, &f->set, &covered);
    if (f->chunks > 0 && place(f, &fresh)) {
        for (size_t k = 0; k < f->chunks; k++)
            if (f->chunk[k].changed)
                spf_flat_offer(f, f->chunk[k].name, chunk_text(f, &f->chunk[k].set, &n));
        return;
    }
    /* anew: all in one, or no room */
    if (spf_flat_split(f, size > 0 ? size : CHUNK_FIRST) || spf_flat_split(f, CHUNK_SECOND)) {
        struct strbuf nets = strbuf_new(f->j->arena, TEXT_MAX);
        const char *whole;

        (void)spf_ranges_text(&nets, &f->set);
        whole = main_text(f, nets.p, &n);
        if (n <= (size > 0 ? size : CHUNK_FIRST))
            spf_flat_offer(f, f->j->domain, whole);
        else
            offer_chunks(f);
    }
}

/* Whether the record published is a flattened one, made of `f`: of networks, own chunks and includes that stay. */
static bool is_flat(struct flat *f, struct str record)
{
    struct spf_record r;
    struct err e = ERR_NONE;
    bool flat = false;

    if (spf_record_parse(f->j->arena, record, &r, &e) != RC_OK || r.redirect.text.n > 0)
        return false;
    for (size_t i = 0; i < r.n && r.directive[i].kind != SPF_TERM_ALL; i++) {
        const struct spf_term *t = &r.directive[i];

        if (t->kind == SPF_TERM_INCLUDE && str_starts_nocase(t->domain, STR("_spf")) &&
            str_ends_nocase(t->domain, str_of(health_text(f->j, ".%s", f->j->domain))))
            return true;
        if (t->kind == SPF_TERM_INCLUDE && strstr(f->kept.p, health_text(f->j, " %.*s", STR_FMT(t->text))) == NULL)
            return false;
        flat = flat || t->kind == SPF_TERM_IP4 || t->kind == SPF_TERM_IP6;
    }
    return flat;
}

void spf_judge_drift(struct health_judge *j)
{
    struct str text = original(j);
    struct flat *f = text.n == 0 || j->spf_single.n == 0 ? NULL : arena_alloc(j->arena, sizeof *f);
    struct flat *now = f == NULL ? NULL : arena_alloc(j->arena, sizeof *now);
    struct ranges lacks = spf_ranges_new(j), extra = spf_ranges_new(j);
    struct health_finding *h;

    if (now == NULL)
        return;
    f->j = now->j = j;
    take_apart(f, text);
    j->flat_published = is_flat(f, j->spf_single);
    if (!j->flat_published)
        return; /* flattened once, and given up or not published yet */
    take_apart(now, j->spf_single);
    if (f->refused[0] != '\0' || now->refused[0] != '\0') {
        h = health_find(j, "spf-flat-drift", HEALTH_NOT_JUDGED, j->domain,
                        f->refused[0] != '\0' ? f->refused : now->refused);
        h->why = "theirs";
        return;
    }
    spf_ranges_add_rest(&lacks, &f->set, &now->set);
    spf_ranges_add_rest(&extra, &now->set, &f->set);
    h = health_find(j, "spf-flat-drift", lacks.n > 0 ? HEALTH_ERROR : extra.n > 0 ? HEALTH_WARNING : HEALTH_OK,
                    j->domain, lacks.n > 0 ? "networks of the services are not published"
                               : extra.n > 0 ? "networks are published that the services left" : "it is as it was");
    health_fact(h, "source", "a service");
    if (lacks.n + extra.n > 0)
        propose_drift(f);
}
