/* SPF (RFC 7208): which text is the record, what its own terms say; spf_walk.c follows them. */
#include <string.h>

#include "health/spf_edit.h"
#include "health/spf_repair.h"

enum { ANSWER_MAX = 1232, RECORD_LONG = 450, TEXTS_MAX = 17 };

/* DNS message with all texts of the name, names compressed, no EDNS (RFC 1035 section 4.1). */
static size_t answer_size(const struct health_judge *j, const struct dns_answer *txt)
{
    size_t size = 12 + strlen(j->domain) + 2 + 4;

    for (size_t i = 0; i < txt->count; i++)
        size += 12 + txt->rr[i].txt.n + (txt->rr[i].txt.n + 254) / 255;
    return size;
}

static void judge_obsolete(struct health_judge *j, const struct dns_answer *txt)
{
    const struct dns_answer *type99 = health_ask(j, j->domain, DNS_SPF);

    if (type99->count > 0)
        (void)health_find(j, "spf-type99", HEALTH_ADVICE, j->domain, "a record of type SPF (99)");
    for (size_t i = 0; i < txt->count; i++)
        if (str_starts_nocase(txt->rr[i].txt, STR("spf2.0/")))
            (void)health_find(j, "spf-sender-id", HEALTH_ADVICE, j->domain, health_shown(j, txt->rr[i].txt, 100));
}

/* ---- the record's own terms ---- */

static bool dmarc_blocks(const struct health_judge *j)
{
    return health_dmarc_force(j) != DMARC_P_NONE;
}

static void judge_all(struct health_judge *j, const struct spf_record *r)
{
    size_t all = 0;
    struct strbuf behind = strbuf_new(j->arena, 2000);

    while (all < r->n && r->directive[all].kind != SPF_TERM_ALL)
        all++;
    if (all == r->n) {
        if (r->redirect.text.n == 0)
            (void)health_find(j, "spf-neutral", dmarc_blocks(j) ? HEALTH_ADVICE : HEALTH_WARNING, j->domain,
                              "the record ends without \"all\"");
        return;
    }
    if (r->directive[all].qualifier == '?')
        (void)health_find(j, "spf-neutral", dmarc_blocks(j) ? HEALTH_ADVICE : HEALTH_WARNING, j->domain, "?all");
    for (size_t i = all + 1; i < r->n; i++)
        if (r->directive[i].kind != SPF_TERM_ALL) {
            strbuf_puts(&behind, behind.n == 0 ? "" : " ");
            strbuf_put_escaped(&behind, r->directive[i].text, 100);
        }
    if (behind.n > 0)
        health_fact(health_find(j, "spf-after-all", HEALTH_WARNING, j->domain, behind.p), "terms", behind.p);
    else if (all + 1 < r->n || r->redirect.text.n > 0)
        health_fact(health_find(j, "spf-after-all", HEALTH_ADVICE, j->domain,
                                "a second \"all\", or redirect= beside it"), "terms", "these words");
}

static void judge_duplicates(struct health_judge *j, const struct spf_record *r)
{
    size_t most = r->n < 300 ? r->n : 300; /* the loop is quadratic */

    for (size_t i = 0; i < most; i++)
        for (size_t k = 0; k < most; k++) {
            const struct spf_term *a = &r->directive[i], *b = &r->directive[k];

            if (a->kind == SPF_TERM_ALL || i == k)
                continue;
            if ((k < i && spf_term_same(a, b)) || (spf_term_within(a, b) && !spf_term_within(b, a))) {
                (void)health_find(j, "spf-duplicate", HEALTH_ADVICE, j->domain,
                                  health_text(j, "%s is let in by %s", health_shown(j, a->text, 100),
                                              health_shown(j, b->text, 100)));
                return;
            }
        }
}

static void judge_wide(struct health_judge *j, const struct spf_record *r)
{
    for (size_t i = 0; i < r->n && r->directive[i].kind != SPF_TERM_ALL; i++) {
        const struct spf_term *t = &r->directive[i];
        bool hosts = t->kind == SPF_TERM_A || t->kind == SPF_TERM_MX;
        bool wide = ((hosts || t->kind == SPF_TERM_IP4) && t->bits4 >= 8 && t->bits4 < 16) ||
                    ((hosts || t->kind == SPF_TERM_IP6) && t->bits6 >= 16 && t->bits6 < 32);

        if (wide && t->qualifier == '+') {
            const char *shown = health_shown(j, t->text, 100);

            health_fact(health_find(j, "spf-wide", HEALTH_WARNING, j->domain, shown), "term", shown);
        }
    }
}

void spf_tell_left(struct health_judge *j, const struct spf_tree *t)
{
    judge_wide(j, &t->record);
    spf_tree_tell(j, t);
    spf_judge_sources(j, t);
}

static const struct spf_tree *judge_record(struct health_judge *j, struct str text)
{
    const struct spf_tree *t = spf_tree_read(j, text);

    j->out->spf.text = health_shown(j, text, 4000);
    if (t == NULL)
        return NULL;
    if (j->out->role == HEALTH_PARKED && !str_eq_nocase(text, STR("v=spf1 -all")))
        (void)health_find(j, "spf-parked", HEALTH_WARNING, j->domain, "it is not \"v=spf1 -all\"");
    if (t->broken[0] != '\0') {
        health_fact(health_find(j, "spf-syntax", HEALTH_ERROR, j->domain, t->broken), "term", t->broken);
        return t;
    }
    j->spf_single = text;
    judge_all(j, &t->record);
    judge_wide(j, &t->record);
    judge_duplicates(j, &t->record);
    if (text.n > RECORD_LONG)
        (void)health_find(j, "spf-size", HEALTH_ADVICE, j->domain, health_text(j, "the record has %zu bytes", text.n));
    j->out->spf.lookups = j->out->spf.after = t->lookups;
    j->out->spf.void4 = t->void4;
    j->out->spf.void6 = t->void6;
    spf_tree_tell(j, t);
    spf_judge_sources(j, t);
    return t;
}

/* ---- who loses by it ---- */

static void put_hits(struct health_judge *j)
{
    static const char *const losing[] = {"spf-not-a-record", "spf-several", "spf-syntax", "spf-lookups", "spf-void",
                                         "spf-include-none", "spf-loop", "spf-many-mx"};

    for (size_t i = 0; i < j->out->findings; i++) {
        struct health_finding *f = &j->out->finding[i];
        bool loses = false;

        for (size_t k = 0; k < sizeof losing / sizeof losing[0]; k++)
            loses = loses || (f->severity == HEALTH_ERROR && strcmp(f->id, losing[k]) == 0);
        for (size_t k = 0; loses && k < j->in->sources; k++) {
            const struct health_source *s = &j->in->source[k];

            if (strcmp(s->spf_domain, j->domain) == 0 && !health_source_signed(j, s) && !spf_source_passes(j, s))
                health_hit(j, f, s);
        }
    }
}

/* The texts of the name that are, or were meant as, SPF records; false when there are more than are looked at. */
static bool read_texts(const struct dns_answer *txt, struct str *text, size_t *texts, size_t *records,
                       struct str *alike)
{
    for (size_t i = 0; i < txt->count; i++) {
        bool is = spf_record_is(txt->rr[i].txt);

        if (!is && !spf_repair_alike(txt->rr[i].txt))
            continue;
        *records += is;
        if (!is)
            *alike = txt->rr[i].txt;
        if (*texts == TEXTS_MAX)
            return false;
        text[(*texts)++] = txt->rr[i].txt;
    }
    return true;
}

static void judge_texts(struct health_judge *j, const struct dns_answer *txt)
{
    struct str text[TEXTS_MAX], alike = STR_NONE, single = STR_NONE;
    size_t texts = 0, records = 0;
    const struct spf_tree *tree = NULL;

    j->out->starved = !read_texts(txt, text, &texts, &records, &alike) || j->out->starved;
    if (alike.n > 0)
        (void)health_find(j, "spf-not-a-record", records == 0 ? HEALTH_ERROR : HEALTH_WARNING, j->domain,
                          health_shown(j, alike, 300));
    else if (records == 0)
        (void)health_find(j, "spf-none", j->out->role == HEALTH_QUIET ? HEALTH_ADVICE : HEALTH_WARNING, j->domain,
                          "no text begins with v=spf1");
    if (records > 1)
        (void)health_find(j, "spf-several", HEALTH_ERROR, j->domain, health_text(j, "%zu records", records));
    if (answer_size(j, txt) > ANSWER_MAX && texts > 0)
        (void)health_find(j, "spf-size", HEALTH_WARNING, j->domain,
                          health_text(j, "all texts of the name make %zu bytes", answer_size(j, txt)));
    for (size_t i = 0; i < texts && records == 1; i++)
        if (spf_record_is(text[i]))
            single = text[i];
    if (records == 1)
        tree = judge_record(j, single);
    spf_judge_drift(j);
    if (j->in->flatten > 0 && single.n > 0)
        spf_flatten(j, single);
    spf_propose(j, text, texts, texts == 1 ? tree : NULL);
}

void health_judge_spf(struct health_judge *j)
{
    const struct dns_answer *txt = health_ask(j, j->domain, DNS_TXT);

    if (txt->status == DNS_TEMPFAIL) {
        health_unjudged(j, "spf-record", j->domain, txt->why);
        return;
    }
    judge_obsolete(j, txt);
    judge_texts(j, txt);
    put_hits(j);
}
