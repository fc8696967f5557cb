/*
 * dmarc_discover.h - what RFC 9989 sections 4.10.1 and 4.10.2 read out of a tree walk.  Pure.
 */
#ifndef ASSAY_DMARC_DMARC_DISCOVER_H
#define ASSAY_DMARC_DMARC_DISCOVER_H

#include "dmarc/dmarc_evidence.h"

/* Where the policy record was found, section 4.10.1. */
enum dmarc_source { DMARC_SOURCE_NONE, DMARC_SOURCE_AUTHOR, DMARC_SOURCE_ORG, DMARC_SOURCE_PSD };
extern const struct enum_names dmarc_source_names; /* "", "author", "org", "psd" */

/* Which tag the requested policy is read from. */
enum dmarc_tag { DMARC_TAG_NONE, DMARC_TAG_P, DMARC_TAG_SP, DMARC_TAG_NP };
extern const struct enum_names dmarc_tag_names; /* "", "p", "sp", "np" */

/*
 * The organizational domain a complete walk shows (section 4.10.2), a normal
 * name that points into the walk's; NULL when the walk is not complete.
 */
const char *dmarc_org_domain(const struct dmarc_walk *w);

/* The step whose query failed, so that the walk could not go on; NULL when none did. */
const struct dmarc_step *dmarc_failed_step(const struct dmarc_walk *w);

/*
 * The step that holds the policy record for the walk's start, and where that
 * is.  NULL and DMARC_SOURCE_NONE when there is none, or it is not known yet:
 * unless the start has a record the walk must be complete.
 */
const struct dmarc_step *dmarc_policy_step(const struct dmarc_walk *w, enum dmarc_source *source);

/* Whether a record asks for anything: a usable policy, or rua for section 4.10.1's "as if p=none". */
bool dmarc_record_applies(const struct dmarc_record *r);

struct dmarc_choice {
    enum dmarc_tag tag;
    enum dmarc_policy requested; /* that tag's value, before t=y */
    bool depends;                /* it would be np's, another one, if the author domain did not exist,
                                    which `existence` leaves open */
};

/* The assessment policy of an applying record (section 4.10.1, 4.7). */
struct dmarc_choice dmarc_choose(const struct dmarc_record *r, enum dmarc_source source,
                                 enum dmarc_existence existence);

#endif
