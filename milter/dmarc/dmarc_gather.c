#include "dmarc/dmarc_gather.h"

#include "dmarc/dmarc_align.h"
#include "dmarc/dmarc_discover.h"
#include "dmarc/dmarc_walk.h"

/* What the steps of gathering share. */
struct gathering {
    struct arena *a;
    struct dns_scope *dns;
    const struct dmarc_request *r;
    struct dmarc_evidence *out;
};

static struct dmarc_alignments alignments(const struct gathering *g, const struct dmarc_author *author,
                                          const struct dmarc_record *record)
{
    return dmarc_align_all(&author->walk, record, g->r->ids, g->r->id_count, g->out->identifier,
                           g->out->identifier_count);
}

static enum rc walk_identifier(struct gathering *g, const char *domain)
{
    struct dmarc_walk *w = &g->out->identifier[g->out->identifier_count++];

    dmarc_walk_begin(w, domain);
    return dmarc_walk_finish(g->a, g->dns, w);
}

/* Asks until the alignment of all identifiers is known, as far as it matters. */
static enum rc settle_alignment(struct gathering *g, struct dmarc_author *author, const struct dmarc_record *record,
                                struct dmarc_alignments *found)
{
    enum rc rc = RC_OK;

    for (*found = alignments(g, author, record); rc == RC_OK && found->need != DMARC_ALIGN_NO;
         *found = alignments(g, author, record)) {
        if (found->need == DMARC_ALIGN_AUTHOR_WALK)
            rc = dmarc_walk_finish(g->a, g->dns, &author->walk);
        else
            rc = walk_identifier(g, found->need_domain);
    }
    g->out->identifiers_over = g->out->identifiers_over || found->over;
    return rc;
}

/*
 * Section 3.2.13: NXDOMAIN for the name itself, for any type; an alias exists
 * wherever it leads (RFC 6604) [C].
 */
static enum dmarc_existence ask_existence(struct dns_scope *dns, const char *domain)
{
    const struct dns_answer *answer = dns_ask(dns, domain, DNS_TXT);

    if (answer->cname)
        return DMARC_EXISTS_YES;
    if (answer->status == DNS_TEMPFAIL)
        return DMARC_EXISTS_TEMP;
    return answer->status == DNS_NXDOMAIN ? DMARC_EXISTS_NO : DMARC_EXISTS_YES;
}

/* Alignment, and for a message that fails the existence of its author domain. */
static enum rc gather_evaluation(struct gathering *g, struct dmarc_author *author)
{
    struct dmarc_alignments found;
    enum dmarc_source source;
    const struct dmarc_step *policy = dmarc_policy_step(&author->walk, &source);
    enum rc rc;

    if (policy == NULL || !dmarc_record_applies(policy->record))
        return RC_OK;
    rc = settle_alignment(g, author, policy->record, &found);
    if (rc != RC_OK || found.spf || found.dkim || found.unknown != NULL)
        return rc;
    if (dmarc_choose(policy->record, source, author->existence).depends)
        author->existence = ask_existence(g->dns, author->domain);
    return RC_OK;
}

/* Section 4.10.1: a record at the author domain ends discovery; else the walk finds the policy. */
static enum rc gather_author(struct gathering *g, struct dmarc_author *author)
{
    enum rc rc = dmarc_walk_next(g->a, g->dns, &author->walk);

    if (rc == RC_OK && author->walk.step[0].exists)
        author->existence = DMARC_EXISTS_YES; /* something is below it */
    if (rc == RC_OK && author->walk.step[0].record == NULL)
        rc = dmarc_walk_finish(g->a, g->dns, &author->walk);
    if (rc == RC_OK)
        rc = gather_evaluation(g, author);
    if (rc == RC_OK && g->r->whole_walk)
        rc = dmarc_walk_finish(g->a, g->dns, &author->walk);
    return rc;
}

enum rc dmarc_gather(struct arena *a, const struct dmarc_request *r, struct dns_scope *dns, struct dmarc_evidence *out)
{
    struct gathering g = {.a = a, .dns = dns, .r = r, .out = out};
    enum rc rc = RC_OK;

    out->problem = r->from->problem;
    out->misleading = r->from->misleading;
    out->author_count = out->identifier_count = 0; /* what stands in the lists is begun when it counts */
    out->identifiers_over = out->starved = false;
    if (out->problem == FROM_OK && r->from->n > r->max_authors)
        out->problem = FROM_TOO_MANY_DOMAINS;
    if (out->problem != FROM_OK)
        return RC_OK;
    for (size_t i = 0; i < r->from->n; i++) {
        out->author[i].domain = r->from->domain[i];
        out->author[i].existence = DMARC_EXISTS_UNASKED;
        dmarc_walk_begin(&out->author[i].walk, r->from->domain[i]);
    }
    out->author_count = r->from->n;
    for (size_t i = 0; rc == RC_OK && i < out->author_count; i++)
        rc = gather_author(&g, &out->author[i]);
    return rc;
}

void dmarc_prefetch(const char *author, struct dns_scope *dns)
{
    dmarc_walk_prefetch(dns, author);
}
