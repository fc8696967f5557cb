#include "dmarc/dmarc_walk.h"

#include "mail/domain.h"

#define LABEL "_dmarc."

enum {
    QNAME_MAX = sizeof LABEL + DOMAIN_MAX, /* NUL included */
    WALK_LABELS_MAX = 7                    /* of every name but the first */
};

/*
 * The name to ask after `domain`: one label less; after one of eight or more
 * labels its rightmost seven.  NULL after a top-level domain.
 */
static const char *name_above(const char *domain)
{
    size_t labels = domain_labels(domain);

    if (labels == 1)
        return NULL;
    return domain_rightmost(domain, labels > WALK_LABELS_MAX ? WALK_LABELS_MAX : labels - 1);
}

/* A name that grows too long for DNS is answered like one that does not exist (dns.h). */
static const char *query_name(const char *domain, char buf[static QNAME_MAX])
{
    struct strbuf b = strbuf_on(buf, QNAME_MAX);

    strbuf_puts(&b, LABEL);
    strbuf_puts(&b, domain);
    return buf;
}

/* Keeps `record`, parsed out of `text`, for the step. */
static enum rc dmarc_walk_keep(struct arena *a, const struct dmarc_record *record, struct str text,
                               struct dmarc_step *step)
{
    struct dmarc_record *kept = arena_alloc(a, sizeof *kept);

    step->text = str_dup(a, text);
    if (kept == NULL || step->text == NULL)
        return RC_NOMEM;
    *kept = *record;
    step->record = kept;
    return RC_OK;
}

/*
 * Section 4.10 step 2: the only DMARC record among the answer's; several are
 * as good as none, and so is one beyond DMARC_RECORD_MAX [C].
 */
static enum rc read_records(struct arena *a, const struct dns_answer *answer, struct dmarc_step *step)
{
    size_t found = 0;

    for (size_t i = 0; i < answer->count; i++) {
        struct dmarc_record record;
        enum rc rc = dmarc_record_parse(a, answer->rr[i].txt, &record);

        if (rc == RC_NOTFOUND)
            continue;
        if (++found > 1 && rc != RC_NOMEM) {
            step->several = true;
            step->oversized = false;
            step->record = NULL;
            step->text = "";
            return RC_OK;
        }
        step->oversized = rc == RC_LIMIT;
        if (rc == RC_OK)
            rc = dmarc_walk_keep(a, &record, answer->rr[i].txt, step);
        if (rc == RC_NOMEM)
            return rc;
    }
    return RC_OK;
}

static enum rc dmarc_walk_ask(struct arena *a, struct dns_scope *dns, const char *domain, struct dmarc_step *step)
{
    char qname[QNAME_MAX];
    const struct dns_answer *answer = dns_ask(dns, query_name(domain, qname), DNS_TXT);

    *step = (struct dmarc_step){.domain = domain, .text = "", .ttl = answer->ttl, .why = ""};
    step->temp = answer->status == DNS_TEMPFAIL;
    step->exists = answer->status == DNS_NOERROR || answer->status == DNS_NODATA || answer->cname;
    if (!step->temp)
        return read_records(a, answer, step);
    step->why = str_dup(a, str_of(answer->why));
    return step->why == NULL ? RC_NOMEM : RC_OK;
}

void dmarc_walk_begin(struct dmarc_walk *w, const char *start)
{
    *w = (struct dmarc_walk){.start = start};
}

bool dmarc_walk_open(const struct dmarc_walk *w)
{
    return !w->complete && (w->n == 0 || !w->step[w->n - 1].temp);
}

/* Section 4.10 steps 1 to 7, once round. */
enum rc dmarc_walk_next(struct arena *a, struct dns_scope *dns, struct dmarc_walk *w)
{
    const char *domain = w->n == 0 ? w->start : name_above(w->step[w->n - 1].domain);
    struct dmarc_step *step = &w->step[w->n];
    enum rc rc;

    MUST(domain != NULL && w->n < DMARC_WALK_MAX);
    rc = dmarc_walk_ask(a, dns, domain, step);
    if (rc != RC_OK)
        return rc;
    w->n++;
    if (!step->temp)
        w->complete = name_above(domain) == NULL || (step->record != NULL && step->record->psd != DMARC_PSD_U);
    return RC_OK;
}

enum rc dmarc_walk_finish(struct arena *a, struct dns_scope *dns, struct dmarc_walk *w)
{
    enum rc rc = RC_OK;

    while (rc == RC_OK && dmarc_walk_open(w))
        rc = dmarc_walk_next(a, dns, w);
    return rc;
}

void dmarc_walk_prefetch(struct dns_scope *dns, const char *start)
{
    char qname[QNAME_MAX];

    for (const char *name = start; name != NULL; name = name_above(name))
        dns_prefetch(dns, query_name(name, qname), DNS_TXT);
}
