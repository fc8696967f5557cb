#include "dmarc/dmarc_discover.h"

#include <string.h>

#include "mail/domain.h"

static const char *const source_names[] = {"", "author", "org", "psd"};
const struct enum_names dmarc_source_names = ENUM_NAMES(source_names);

static const char *const tag_names[] = {"", "p", "sp", "np"};
const struct enum_names dmarc_tag_names = ENUM_NAMES(tag_names);

/*
 * Section 4.10.2.  A walk ends at the first psd=y or psd=n, so only its last
 * record can carry one:
 *   psd=n: that name is the organizational domain;
 *   psd=y: the name one label below it is, or the start where that is the name;
 *   else the record with the fewest labels;
 *   without any record the start is its own organizational domain.
 */
const char *dmarc_org_domain(const struct dmarc_walk *w)
{
    const struct dmarc_step *top = NULL;

    if (!w->complete)
        return NULL;
    for (size_t i = 0; i < w->n; i++)
        if (w->step[i].record != NULL)
            top = &w->step[i];
    if (top == NULL)
        return w->start;
    if (top->record->psd == DMARC_PSD_Y)
        return domain_rightmost(w->start, domain_labels(top->domain) + 1);
    return top->domain;
}

const struct dmarc_step *dmarc_failed_step(const struct dmarc_walk *w)
{
    return w->n > 0 && w->step[w->n - 1].temp ? &w->step[w->n - 1] : NULL;
}

/* Section 4.10.1: the author domain's record, else the organizational domain's, else the PSD's. */
const struct dmarc_step *dmarc_policy_step(const struct dmarc_walk *w, enum dmarc_source *source)
{
    const char *org = dmarc_org_domain(w);

    *source = DMARC_SOURCE_AUTHOR;
    if (w->n > 0 && w->step[0].record != NULL)
        return &w->step[0];
    *source = DMARC_SOURCE_NONE;
    if (org == NULL)
        return NULL;
    for (size_t i = 1; i < w->n; i++) {
        const struct dmarc_step *s = &w->step[i];

        if (s->record == NULL || (strcmp(s->domain, org) != 0 && s->record->psd != DMARC_PSD_Y))
            continue;
        *source = strcmp(s->domain, org) == 0 ? DMARC_SOURCE_ORG : DMARC_SOURCE_PSD;
        return s;
    }
    return NULL;
}

bool dmarc_record_applies(const struct dmarc_record *r)
{
    return !dmarc_record_unusable(r) || r->rua_count > 0;
}

/* p for the author domain's own record; for a subdomain np if it does not exist, else sp, else p. */
struct dmarc_choice dmarc_choose(const struct dmarc_record *r, enum dmarc_source source,
                                 enum dmarc_existence existence)
{
    struct dmarc_choice choice = {.tag = DMARC_TAG_P, .requested = r->p.value};

    if (dmarc_record_unusable(r)) /* section 4.10.1: with rua, as if p=none and nothing else */
        return (struct dmarc_choice){.tag = DMARC_TAG_P, .requested = DMARC_P_NONE};
    if (source == DMARC_SOURCE_AUTHOR)
        return choice;
    if (r->sp.state == DMARC_TAG_VALID)
        choice = (struct dmarc_choice){.tag = DMARC_TAG_SP, .requested = r->sp.value};
    if (r->np.state != DMARC_TAG_VALID || existence == DMARC_EXISTS_YES)
        return choice;
    if (existence == DMARC_EXISTS_NO)
        return (struct dmarc_choice){.tag = DMARC_TAG_NP, .requested = r->np.value};
    choice.depends = r->np.value != choice.requested;
    return choice;
}
