/* The DMARC record to publish, and the leave of the hosts that get its reports (RFC 9989, RFC 9990 section 4). */
#include <string.h>

#include "dmarc/dmarc_external.h"
#include "health/dmarc_edit.h"
#include "health/dmarc_tags.h"
#include "mail/domain.h"

struct texts {
    struct str record[16]; /* records proper */
    size_t records;
    struct str alike;      /* what was meant as one, here or at a wrong name */
};

static enum dmarc_policy policy_of(const struct dmarc_edit *e, enum dmarc_edit_tag tag, enum dmarc_policy otherwise)
{
    enum dmarc_policy policy = otherwise;

    return dmarc_edit_policy(e->tag[tag], &policy) ? policy : otherwise;
}

/* ---- the policy ---- */

static bool sends_below(const struct health_judge *j)
{
    for (size_t i = 0; i < j->in->sources; i++) {
        const struct health_source *s = &j->in->source[i];

        if (strcmp(s->domain, j->domain) != 0 && domain_is_within(s->domain, j->domain) && !health_source_gone(s))
            return true;
    }
    return false;
}

static void mend_below(struct health_judge *j, struct dmarc_edit *e)
{
    enum dmarc_policy p = policy_of(e, DMARC_EDIT_P, DMARC_P_NONE), sp = policy_of(e, DMARC_EDIT_SP, p);

    if (strcmp(j->organization, j->domain) != 0)
        return;
    if (dmarc_edit_has(e, DMARC_EDIT_NP) && policy_of(e, DMARC_EDIT_NP, sp) < sp)
        dmarc_edit_set(e, DMARC_EDIT_NP, NULL);
    if (sp >= p)
        return;
    if (!sends_below(j))
        dmarc_edit_set(e, DMARC_EDIT_SP, NULL);
    else if (!j->wildcard && policy_of(e, DMARC_EDIT_NP, sp) < p)
        dmarc_edit_set(e, DMARC_EDIT_NP, enum_name(&dmarc_policy_names, (int)p));
}

static bool dmarc_propose_is_strict(const struct dmarc_edit *e, enum dmarc_edit_tag tag)
{
    return e->tag[tag].n == 1 && char_lower(e->tag[tag].p[0]) == 's';
}

/* Strict modes by which an approved source passes in no way, and without them does. */
static void mend_modes(struct health_judge *j, struct dmarc_edit *e)
{
    for (size_t i = 0; i < j->in->sources; i++) {
        const struct health_source *s = &j->in->source[i];
        bool listed = health_source_listed(j, s), signs = health_source_signed(j, s), own = false;
        bool own_path = strcmp(s->spf_domain, j->domain) == 0;

        if (!health_source_approved(s) || strcmp(s->domain, j->domain) != 0)
            continue;
        for (size_t k = 0; k < s->signatures; k++)
            own = own || (s->signature[k].pass && strcmp(s->signature[k].domain, j->domain) == 0);
        if ((listed && (!dmarc_propose_is_strict(e, DMARC_EDIT_ASPF) || own_path)) ||
            (signs && (!dmarc_propose_is_strict(e, DMARC_EDIT_ADKIM) || own)))
            continue;
        if (listed && dmarc_propose_is_strict(e, DMARC_EDIT_ASPF))
            dmarc_edit_set(e, DMARC_EDIT_ASPF, NULL);
        if (signs && dmarc_propose_is_strict(e, DMARC_EDIT_ADKIM))
            dmarc_edit_set(e, DMARC_EDIT_ADKIM, NULL);
    }
}

/* pct means something to receivers of RFC 7489 alone, and stays for them; t=y says it to the others. */
static void mend_percent(struct dmarc_edit *e)
{
    uint32_t percent = 100;
    bool stays = str_to_u32(e->pct, &percent) && percent < 100 &&
                 policy_of(e, DMARC_EDIT_P, DMARC_P_NONE) != DMARC_P_NONE;

    if (e->pct.n > 0 && !stays) {
        e->pct = STR_NONE;
        e->mended = true;
    }
    if (stays && !str_eq_nocase(e->tag[DMARC_EDIT_T], STR("y")))
        dmarc_edit_set(e, DMARC_EDIT_T, "y");
}

static void dmarc_propose_mend(struct health_judge *j, struct dmarc_edit *e)
{
    bool sends = j->out->role == HEALTH_SENDS;

    if (j->out->role == HEALTH_PARKED) {
        static const enum dmarc_edit_tag weaker[] = {DMARC_EDIT_SP, DMARC_EDIT_NP, DMARC_EDIT_T};

        if (policy_of(e, DMARC_EDIT_P, DMARC_P_NONE) != DMARC_P_REJECT)
            dmarc_edit_set(e, DMARC_EDIT_P, "reject");
        for (size_t i = 0; i < sizeof weaker / sizeof weaker[0]; i++)
            if (i == 2 ? str_eq_nocase(e->tag[weaker[i]], STR("y"))
                       : policy_of(e, weaker[i], DMARC_P_REJECT) != DMARC_P_REJECT)
                dmarc_edit_set(e, weaker[i], NULL);
        e->mended = e->mended || e->pct.n > 0;
        e->pct = STR_NONE;
    } else if (!dmarc_edit_has(e, DMARC_EDIT_P) || health_has(j->out, "dmarc-unusable") != NULL) {
        dmarc_edit_set(e, DMARC_EDIT_P, sends ? "none" : "reject"); /* what is in force, or does no harm */
        mend_below(j, e);
    } else {
        mend_below(j, e);
        mend_modes(j, e);
    }
    mend_percent(e);
    if (health_has(j->out, "dmarc-psd") != NULL)
        dmarc_edit_set(e, DMARC_EDIT_PSD, NULL);
    dmarc_edit_report_to(e, str_of(j->in->reports_to));
}

/* ---- leave ---- */

static void propose_leave(struct health_judge *j, struct str uri)
{
    struct dmarc_external leave;
    const char *text = health_text(j, "%.*s", STR_FMT(uri)), *host = NULL;
    static const char *const mends[] = {"dmarc-leave", NULL};
    size_t at = str_find(uri, '@');

    if (!str_starts_nocase(uri, STR("mailto:")) || at == uri.n ||
        domain_normalize(j->arena, str_slice(uri, at + 1, uri.n), &host) != RC_OK || health_aligned(j, host) ||
        dmarc_external_check(j->arena, j->domain, text, false, j->dns, &leave) != RC_OK ||
        leave.decision != DMARC_DESTINATION_REFUSED || leave.name[0] == '\0')
        return;
    (void)health_propose(j, leave.name, "TXT", "v=DMARC1",
                         str_eq_nocase(uri, str_of(j->in->reports_to)) ? "msp" : host, mends);
}

static void propose_leaves(struct health_judge *j, struct str rua)
{
    for (size_t i = 0; rua.n > 0 && i < 10; i++) {
        size_t end = str_find(rua, ',');

        propose_leave(j, str_trim(str_slice(rua, 0, end)));
        rua = str_slice(rua, end + 1, rua.n);
    }
}

/* ---- which text ---- */

static void sort_texts(struct health_judge *j, const struct dns_answer *a, struct texts *t)
{
    for (size_t i = 0; i < a->count; i++) {
        struct dmarc_record r;

        if (dmarc_record_parse(j->arena, a->rr[i].txt, &r) == RC_OK) {
            if (t->records < sizeof t->record / sizeof t->record[0])
                t->record[t->records++] = a->rr[i].txt;
        } else if (health_has(j->out, "dmarc-not-a-record") != NULL && health_dmarc_alike(a->rr[i].txt)) {
            t->alike = a->rr[i].txt;
        }
    }
}

/* The text at a wrong name, when that is all there is. */
static struct str misplaced(struct health_judge *j)
{
    const struct health_finding *f = health_has(j->out, "dmarc-place");
    const struct dns_answer *a;

    if (f == NULL || f->severity != HEALTH_ERROR)
        return STR_NONE;
    a = health_ask(j, f->at, DNS_TXT);
    for (size_t i = 0; i < a->count; i++)
        if (str_starts_nocase(a->rr[i].txt, STR("v=DMARC1")))
            return a->rr[i].txt;
    return STR_NONE;
}

/* Of several records the weakest, which gets the addresses of the others. */
static void merge(struct health_judge *j, const struct texts *t, struct dmarc_edit *out)
{
    size_t weakest = 0;
    struct dmarc_edit e;

    dmarc_edit_read(j->arena, t->record[0], out);
    for (size_t i = 1; i < t->records; i++) {
        dmarc_edit_read(j->arena, t->record[i], &e);
        if (policy_of(&e, DMARC_EDIT_P, DMARC_P_NONE) < policy_of(out, DMARC_EDIT_P, DMARC_P_NONE)) {
            *out = e;
            weakest = i;
        }
    }
    for (size_t i = 0; i < t->records; i++) {
        if (i == weakest)
            continue;
        dmarc_edit_read(j->arena, t->record[i], &e);
        for (struct str rua = e.tag[DMARC_EDIT_RUA]; rua.n > 0; rua = str_slice(rua, str_find(rua, ',') + 1, rua.n))
            dmarc_edit_report_to(out, str_slice(rua, 0, str_find(rua, ',')));
    }
    out->mended = true;
}

static void dmarc_propose_offer(struct health_judge *j, struct dmarc_edit *e, const char *at)
{
    static const char *const mends[] = {
        "dmarc-none", "dmarc-place", "dmarc-not-a-record", "dmarc-several", "dmarc-unusable", "dmarc-syntax",
        "dmarc-unknown-tag", "dmarc-pct", "dmarc-removed-tag", "dmarc-order", "dmarc-sub-weak", "dmarc-np",
        "dmarc-no-reports", "dmarc-not-ours", "dmarc-rua-uri", "dmarc-strict", "dmarc-psd", "dmarc-parked", NULL};
    const char *text;

    dmarc_propose_mend(j, e);
    text = dmarc_edit_text(e);
    if (e->mended && text[0] != '\0')
        (void)health_propose(j, at, "TXT", text, "dns", mends);
    propose_leaves(j, e->tag[DMARC_EDIT_RUA]);
}

void health_propose_dmarc(struct health_judge *j)
{
    const char *at = health_text(j, "_dmarc.%s", j->domain);
    const struct dns_answer *a = health_ask(j, at, DNS_TXT);
    struct texts *t = arena_alloc(j->arena, sizeof *t);
    struct dmarc_edit *e = arena_alloc(j->arena, sizeof *e);
    bool aliased;

    if (t == NULL || e == NULL || a->status == DNS_TEMPFAIL || health_has(j->out, "dmarc-record") != NULL)
        return;
    sort_texts(j, a, t);
    if (t->records == 0 && t->alike.n == 0)
        t->alike = misplaced(j);
    if (t->records == 0 && t->alike.n == 0 && health_has(j->out, "dmarc-none") == NULL)
        return; /* one from above holds, or an alias leads to nothing */
    aliased = a->cname && !health_alias_of_all(j, a);
    if (aliased && (j->in->hosted_zone[0] == '\0' || !domain_is_within(a->canonical, j->in->hosted_zone)))
        return; /* it is somebody else's to write */
    if (t->records > 1)
        merge(j, t, e);
    else
        dmarc_edit_read(j->arena, t->records == 1 ? t->record[0] : t->alike, e);
    e->mended = e->mended || t->records == 0;
    dmarc_propose_offer(j, e, aliased ? a->canonical : at);
}
