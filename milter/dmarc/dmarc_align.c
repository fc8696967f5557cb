#include "dmarc/dmarc_align.h"

#include <string.h>

#include "dmarc/dmarc_discover.h"
#include "mail/domain.h"

/*
 * Section 4.4.  The organizational domain of a name is that name or one above
 * it; so an identifier in another top-level domain, or outside the author's
 * organizational domain, needs no walk (section 4.10.2).
 */
enum dmarc_alignment dmarc_align(const struct dmarc_walk *author, bool strict, const char *id,
                                 const struct dmarc_walk *own)
{
    const char *org;

    if (strcmp(id, author->start) == 0)
        return DMARC_ALIGN_YES;
    if (strict || strcmp(domain_rightmost(id, 1), domain_rightmost(author->start, 1)) != 0)
        return DMARC_ALIGN_NO;
    if (!author->complete)
        return dmarc_failed_step(author) != NULL ? DMARC_ALIGN_UNKNOWN : DMARC_ALIGN_AUTHOR_WALK;
    org = dmarc_org_domain(author);
    if (!domain_is_within(id, org))
        return DMARC_ALIGN_NO;
    if (own == NULL)
        return DMARC_ALIGN_OWN_WALK;
    if (!own->complete)
        return DMARC_ALIGN_UNKNOWN;
    return strcmp(dmarc_org_domain(own), org) == 0 ? DMARC_ALIGN_YES : DMARC_ALIGN_NO;
}

static const struct dmarc_walk *walk_from(const char *domain, const struct dmarc_walk *walks, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(walks[i].start, domain) == 0)
            return &walks[i];
    return NULL;
}

enum dmarc_alignment dmarc_align_one(const struct dmarc_walk *author, const struct dmarc_record *record,
                                     const struct dmarc_identifier *id, const struct dmarc_walk *walks,
                                     size_t walk_count)
{
    bool strict = id->dkim ? record->adkim_strict : record->aspf_strict;

    return dmarc_align(author, strict, id->domain, walk_from(id->domain, walks, walk_count));
}

/* What is common to the identifiers of one message. */
struct scene {
    const struct dmarc_walk *author;
    const struct dmarc_record *record;
    const struct dmarc_identifier *ids;
    size_t id_count;
    const struct dmarc_walk *walks;
    size_t walk_count;
};

/* [C] beyond DMARC_IDENTIFIER_MAX walks a message an identifier that would need one does not align. */
static enum dmarc_alignment align_id(const struct scene *s, const struct dmarc_identifier *id,
                                     struct dmarc_alignments *found)
{
    enum dmarc_alignment alignment = dmarc_align_one(s->author, s->record, id, s->walks, s->walk_count);

    if (alignment != DMARC_ALIGN_OWN_WALK || s->walk_count < DMARC_IDENTIFIER_MAX)
        return alignment;
    found->over = true;
    return DMARC_ALIGN_NO;
}

/* Notes the first thing that must be asked. */
static void note_need(struct dmarc_alignments *out, enum dmarc_alignment need, const struct dmarc_identifier *id)
{
    if (out->need != DMARC_ALIGN_NO)
        return;
    out->need = need;
    out->need_domain = id->domain;
}

/*
 * Whether a pass by this method aligns.  All are looked at before a question
 * is asked for one: an identical domain settles the method for nothing.
 */
static bool settle_passes(const struct scene *s, bool dkim, struct dmarc_alignments *out)
{
    struct dmarc_alignments found = *out;

    for (size_t i = 0; i < s->id_count; i++) {
        const struct dmarc_identifier *id = &s->ids[i];
        enum dmarc_alignment alignment;

        if (!id->pass || id->dkim != dkim)
            continue;
        alignment = align_id(s, id, &found);
        if (alignment == DMARC_ALIGN_YES)
            return true;
        if (alignment == DMARC_ALIGN_UNKNOWN)
            found.unknown = id;
        else if (alignment != DMARC_ALIGN_NO)
            note_need(&found, alignment, id);
    }
    *out = found;
    return false;
}

/* Section 5.3.6: a check that ended in temperror matters only if its domain would have aligned. */
static void settle_temporary(const struct scene *s, struct dmarc_alignments *out)
{
    struct dmarc_alignments found = *out;

    for (size_t i = 0; i < s->id_count; i++) {
        const struct dmarc_identifier *id = &s->ids[i];
        enum dmarc_alignment alignment;

        if (id->pass)
            continue;
        alignment = align_id(s, id, &found);
        if (alignment == DMARC_ALIGN_YES || alignment == DMARC_ALIGN_UNKNOWN) {
            out->unknown = id;
            return;
        }
        if (alignment != DMARC_ALIGN_NO)
            note_need(&found, alignment, id);
    }
    *out = found;
}

struct dmarc_alignments dmarc_align_all(const struct dmarc_walk *author, const struct dmarc_record *record,
                                        const struct dmarc_identifier *ids, size_t id_count,
                                        const struct dmarc_walk *walks, size_t walk_count)
{
    const struct scene s = {author, record, ids, id_count, walks, walk_count};
    struct dmarc_alignments out = {.need = DMARC_ALIGN_NO};

    out.spf = settle_passes(&s, false, &out);
    out.dkim = settle_passes(&s, true, &out);
    if (out.spf || out.dkim)
        out.unknown = NULL;
    else if (out.unknown == NULL && out.need == DMARC_ALIGN_NO)
        settle_temporary(&s, &out);
    return out;
}
