/*
 * dmarc_tags.h - what stands in a DMARC record beside its policy: tags as they were written.
 *
 * dmarc/dmarc_record.h says what a record means; this what a reader would change in it.
 */
#ifndef ASSAY_HEALTH_DMARC_TAGS_H
#define ASSAY_HEALTH_DMARC_TAGS_H

#include "health/judge.h"

/* Value of the first tag `name` of `text`, trimmed; false when there is none. */
bool dmarc_tag(struct str text, const char *name, struct str *value);

/* Takes the next tag off `rest`, both parts trimmed; false at the end. */
bool dmarc_tag_next(struct str *rest, struct str *name, struct str *value);

/* The tag that an unknown `name` is one letter off from, when `text` lacks it; NULL. */
const char *dmarc_tag_meant(struct str name, struct str text);

/* Tells dmarc-unknown-tag, -pct, -removed-tag, -order and -fo of the record `text`, found at `at`. */
void health_judge_dmarc_tags(struct health_judge *j, const struct dmarc_record *r, struct str text, const char *at);

#endif
