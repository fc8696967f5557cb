/*
 * dmarc_align.h - Identifier Alignment (RFC 9989 section 4.4), and what it takes to know it.  Pure.
 *
 * Gathering asks these functions what to ask DNS next until they need
 * nothing more; the verdict asks them again for the answer.
 */
#ifndef ASSAY_DMARC_DMARC_ALIGN_H
#define ASSAY_DMARC_DMARC_ALIGN_H

#include "dmarc/dmarc_evidence.h"

enum dmarc_alignment {
    DMARC_ALIGN_NO,
    DMARC_ALIGN_YES,
    DMARC_ALIGN_UNKNOWN,     /* DNS failed on the way */
    DMARC_ALIGN_AUTHOR_WALK, /* the author domain's walk must go on first */
    DMARC_ALIGN_OWN_WALK     /* a walk from the identifier is needed */
};

/*
 * Whether `id` (normal) aligns with the domain `author` starts at.  `own` is
 * the walk from `id`, NULL when there is none (yet).
 */
enum dmarc_alignment dmarc_align(const struct dmarc_walk *author, bool strict, const char *id,
                                 const struct dmarc_walk *own);

/* The same for an identifier under the modes of `record`, its walk among those made so far. */
enum dmarc_alignment dmarc_align_one(const struct dmarc_walk *author, const struct dmarc_record *record,
                                     const struct dmarc_identifier *id, const struct dmarc_walk *walks,
                                     size_t walk_count);

/* All identifiers of a message against one author domain. */
struct dmarc_alignments {
    bool spf, dkim;     /* a pass aligns */
    const struct dmarc_identifier *unknown; /* neither, and this one might, had DNS answered; NULL none */
    bool over;          /* one was not judged as it would need a walk beyond DMARC_IDENTIFIER_MAX */
    enum dmarc_alignment need; /* AUTHOR_WALK or OWN_WALK: what to ask next; NO: nothing */
    const char *need_domain;   /* for OWN_WALK: where it starts */
};

/*
 * `walks` are those made from identifiers so far.  Each method is settled by
 * one aligned pass; checks that ended in temperror count only when no pass aligns.
 */
struct dmarc_alignments dmarc_align_all(const struct dmarc_walk *author, const struct dmarc_record *record,
                                        const struct dmarc_identifier *ids, size_t id_count,
                                        const struct dmarc_walk *walks, size_t walk_count);

#endif
