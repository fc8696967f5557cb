/*
 * dmarc_edit.h - one DMARC record being made out of what is published: its tags in the order they are written in.
 *
 * Pure.
 */
#ifndef ASSAY_HEALTH_DMARC_EDIT_H
#define ASSAY_HEALTH_DMARC_EDIT_H

#include "base/arena.h"
#include "dmarc/dmarc_record.h"

enum dmarc_edit_tag {
    DMARC_EDIT_P, DMARC_EDIT_SP, DMARC_EDIT_NP, DMARC_EDIT_PSD, DMARC_EDIT_T, DMARC_EDIT_ADKIM, DMARC_EDIT_ASPF,
    DMARC_EDIT_FO, DMARC_EDIT_RUA, DMARC_EDIT_RUF, DMARC_EDIT_TAGS
};

enum { DMARC_EDIT_UNKNOWN_MAX = 20, DMARC_EDIT_TEXT_MAX = 4000 };

struct dmarc_edit {
    struct arena *arena;
    struct str tag[DMARC_EDIT_TAGS]; /* values; p == NULL: absent */
    struct str pct;                  /* n == 0: absent */
    struct str unknown[DMARC_EDIT_UNKNOWN_MAX]; /* NAME=VALUE */
    size_t unknowns;
    bool mended;                     /* something was wrong, and is not there any more */
    bool over;
};

/*
 * Reads any text that was meant as a record: tags that mean nothing, are wrong
 * or were removed from the standard are left out or mended, and `mended` says so.
 */
void dmarc_edit_read(struct arena *a, struct str text, struct dmarc_edit *out);

/* The policy a value means; false when it is none. */
bool dmarc_edit_policy(struct str value, enum dmarc_policy *out);

/* Sets a tag, or takes it out (NULL); and whether it is there. */
void dmarc_edit_set(struct dmarc_edit *e, enum dmarc_edit_tag tag, const char *value);
bool dmarc_edit_has(const struct dmarc_edit *e, enum dmarc_edit_tag tag);

/* Appends a URI to rua, unless it is there. */
void dmarc_edit_report_to(struct dmarc_edit *e, struct str uri);

/* The record; "" when it does not fit. */
const char *dmarc_edit_text(struct dmarc_edit *e);

#endif
