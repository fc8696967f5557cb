/* The DMARC verdict: result, alignment and policy out of gathered evidence (RFC 9989 section 5.3). */
#include "verdict/verdict.h"

#include <string.h>

#include "dmarc/dmarc_align.h"
#include "dmarc/dmarc_opendmarc.h"

static const char *const result_names[] = {"none", "pass", "fail", "temperror", "permerror"};
const struct enum_names dmarc_result_names = ENUM_NAMES(result_names);

enum {
    WHY_MAX = 1000,     /* bytes of the clause */
    WHY_IDENTIFIERS = 3 /* named in it at most */
};

static const char no_memory[] = "not evaluated: no memory left for this message";

/* One author domain's evaluation.  `why` gets normal names and our own words: nothing to escape. */
struct evaluation {
    const struct dmarc_evidence *e;
    const struct dmarc_author *author;
    const struct dmarc_identifier *ids;
    size_t id_count;
    const struct config *c;
    struct dmarc_verdict *out;
    struct strbuf why;
};

static void say_no_answer(struct evaluation *ev, const struct dmarc_step *step)
{
    strbuf_putf(&ev->why, "no answer from DNS for _dmarc.%s (%s)", step->domain, step->why);
}

/* ---- section 4.10.1: no record ---- */

static const struct dmarc_step *void_step(const struct dmarc_walk *w)
{
    for (size_t i = 0; i < w->n; i++)
        if (w->step[i].several || w->step[i].oversized)
            return &w->step[i];
    return NULL;
}

static enum dmarc_result judge_without_record(struct evaluation *ev)
{
    const struct dmarc_step *failed = dmarc_failed_step(&ev->author->walk), *voided = void_step(&ev->author->walk);

    if (failed != NULL) {
        say_no_answer(ev, failed);
        return DMARC_TEMPERROR;
    }
    if (!ev->author->walk.complete) {
        strbuf_puts(&ev->why, no_memory);
        return DMARC_TEMPERROR;
    }
    strbuf_putf(&ev->why, "no DMARC record applies to %s", ev->author->domain);
    if (voided != NULL)
        strbuf_putf(&ev->why, "; %s at _dmarc.%s does not count",
                    voided->several ? "more than one" : "the oversized one", voided->domain);
    return DMARC_NONE;
}

/* ---- section 5.3.5 and 5.3.6: pass, fail, or not to be known ---- */

static const struct dmarc_step *failed_on_the_way(const struct evaluation *ev, const char *id)
{
    const struct dmarc_step *failed = dmarc_failed_step(&ev->author->walk);

    for (size_t i = 0; failed == NULL && i < ev->e->identifier_count; i++)
        if (strcmp(ev->e->identifier[i].start, id) == 0)
            failed = dmarc_failed_step(&ev->e->identifier[i]);
    return failed;
}

static void say_unknown(struct evaluation *ev, const struct dmarc_identifier *id)
{
    const char *method = id->dkim ? "DKIM" : "SPF";
    const struct dmarc_step *failed = failed_on_the_way(ev, id->domain);

    if (!id->pass)
        strbuf_putf(&ev->why, "the %s check of %s, which may align, ended in temperror", method, id->domain);
    else
        strbuf_putf(&ev->why, "whether %s's %s aligns is not known", method, id->domain);
    if (failed != NULL) {
        strbuf_puts(&ev->why, ": ");
        say_no_answer(ev, failed);
    }
}

static void say_not_aligned(struct evaluation *ev)
{
    size_t passes = 0;

    for (size_t i = 0; i < ev->id_count; i++) {
        if (!ev->ids[i].pass)
            continue;
        if (passes < WHY_IDENTIFIERS)
            strbuf_putf(&ev->why, "%s%s passes for %s", passes == 0 ? "" : ", ", ev->ids[i].dkim ? "DKIM" : "SPF",
                        ev->ids[i].domain);
        passes++;
    }
    if (passes > WHY_IDENTIFIERS)
        strbuf_putf(&ev->why, " and %zu more", passes - WHY_IDENTIFIERS);
    if (passes == 0)
        strbuf_puts(&ev->why, "neither SPF nor DKIM passes");
    else
        strbuf_putf(&ev->why, "; not aligned with %s", ev->author->domain);
}

/* The decision itself is libopendmarc's, on what we found; it must say what we would. */
static enum dmarc_result dmarc_decide(struct evaluation *ev)
{
    struct dmarc_verdict *out = ev->out;
    bool pass = false, aligned = out->spf_aligned || out->dkim_aligned;
    enum dmarc_policy enforce = DMARC_P_NONE;
    enum rc rc = dmarc_opendmarc_decide(ev->author->domain, out->policy, out->spf_aligned, out->dkim_aligned, &pass,
                                        &enforce);

    if (rc != RC_OK || pass != aligned || (!pass && enforce != out->policy)) {
        strbuf_puts(&ev->why, "libopendmarc could not decide");
        return DMARC_TEMPERROR;
    }
    if (!pass)
        say_not_aligned(ev);
    return pass ? DMARC_PASS : DMARC_FAIL;
}

static enum dmarc_result judge_alignment(struct evaluation *ev, bool policy_depends)
{
    struct dmarc_verdict *out = ev->out;
    struct dmarc_alignments found = dmarc_align_all(&ev->author->walk, out->record, ev->ids, ev->id_count,
                                                    ev->e->identifier, ev->e->identifier_count);

    out->spf_aligned = found.spf;
    out->dkim_aligned = found.dkim;
    if (found.unknown != NULL) {
        say_unknown(ev, found.unknown);
        return DMARC_TEMPERROR;
    }
    if (ev->e->starved && !found.spf && !found.dkim) {
        strbuf_puts(&ev->why, no_memory);
        return DMARC_TEMPERROR;
    }
    /* [C] np may apply or not: as much a required query as any other */
    if (policy_depends && !found.spf && !found.dkim) {
        strbuf_putf(&ev->why, "no answer from DNS whether %s exists, on which the policy depends",
                    ev->author->domain);
        return DMARC_TEMPERROR;
    }
    return dmarc_decide(ev);
}

/* ---- the policy ---- */

/* Section 4.7, t=y: one level milder. */
static enum dmarc_policy dmarc_milder(enum dmarc_policy policy)
{
    return policy == DMARC_P_REJECT ? DMARC_P_QUARANTINE : DMARC_P_NONE;
}

/* It is not known which of two policies applies: what is put off for the stricter was not let go. */
static void suppose_strictest(struct dmarc_verdict *out)
{
    enum dmarc_policy np = out->record->np.value;

    if (np <= out->requested)
        return;
    out->tag = DMARC_TAG_NP;
    out->requested = np;
    out->policy = out->testing ? dmarc_milder(np) : np;
}

static enum dmarc_result dmarc_judge(struct evaluation *ev)
{
    struct dmarc_verdict *out = ev->out;
    const struct dmarc_step *step = dmarc_policy_step(&ev->author->walk, &out->source);
    struct dmarc_choice choice;
    enum dmarc_result result;

    if (step == NULL)
        return judge_without_record(ev);
    out->policy_domain = step->domain;
    out->record = step->record;
    out->record_text = step->text;
    /* [C] section 4.10.1 applies no DMARC then; 9.2 would allow permerror */
    if (!dmarc_record_applies(step->record)) {
        strbuf_putf(&ev->why, "the DMARC record at _dmarc.%s has no usable policy", step->domain);
        return DMARC_NONE;
    }
    choice = dmarc_choose(step->record, out->source, ev->author->existence);
    out->tag = choice.tag;
    out->requested = choice.requested;
    out->testing = step->record->testing || (ev->c->pct_as_testing && step->record->pct_zero);
    out->policy = out->testing ? dmarc_milder(choice.requested) : choice.requested;
    result = judge_alignment(ev, choice.depends);
    if (result == DMARC_TEMPERROR && choice.depends)
        suppose_strictest(out);
    return result;
}

static void dmarc_blank(struct dmarc_verdict *out, const char *author)
{
    *out = (struct dmarc_verdict){.author_domain = author, .org_domain = "", .policy_domain = "", .record_text = "",
                                  .why = ""};
}

static enum rc evaluate_author(struct arena *a, struct evaluation *ev)
{
    const char *org = dmarc_org_domain(&ev->author->walk);

    dmarc_blank(ev->out, ev->author->domain);
    if (org != NULL)
        ev->out->org_domain = org;
    ev->why = strbuf_new(a, WHY_MAX);
    ev->out->result = dmarc_judge(ev);
    ev->out->why = ev->why.p;
    return ev->why.max == 0 ? RC_NOMEM : RC_OK;
}

/* ---- several author domains ---- */

/* Section 11.5: the strictest policy among those that fail; then what is not known, then the rest [C]. */
static int dmarc_severity(const struct dmarc_verdict *v)
{
    switch (v->result) {
    case DMARC_NONE: return 0;
    case DMARC_PASS: return 1;
    case DMARC_PERMERROR: return 2;
    case DMARC_TEMPERROR: return 3;
    case DMARC_FAIL: break;
    }
    return 4 + (int)v->policy;
}

/*
 * Section 5.3.1; [C] a From field that names no one author domain is permerror,
 * unless it may have been one of those that memory did not suffice for.
 */
static enum rc refuse_from(const struct dmarc_evidence *e, struct dmarc_verdict *out)
{
    dmarc_blank(out, "");
    out->result = e->starved ? DMARC_TEMPERROR : DMARC_PERMERROR;
    out->why = e->starved ? no_memory : enum_name(&from_problem_names, (int)e->problem);
    return RC_OK;
}

enum rc dmarc_evaluate(struct arena *a, const struct dmarc_evidence *e, const struct dmarc_identifier *ids,
                       size_t id_count, const struct config *c, struct dmarc_verdict *out)
{
    struct dmarc_verdict one;
    struct evaluation ev = {.e = e, .ids = ids, .id_count = id_count, .c = c, .out = &one};
    enum rc rc = RC_OK;

    if (e->problem != FROM_OK)
        return refuse_from(e, out);
    dmarc_blank(out, "");
    for (size_t i = 0; rc == RC_OK && i < e->author_count; i++) {
        ev.author = &e->author[i];
        rc = evaluate_author(a, &ev);
        if (i == 0 || dmarc_severity(&one) > dmarc_severity(out))
            *out = one;
    }
    return rc;
}
