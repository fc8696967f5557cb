/*
 * dmarc_show.h - a DMARC evaluation, a record and a report destination, in words and in JSON.
 */
#ifndef ASSAY_CLI_DMARC_DMARC_SHOW_H
#define ASSAY_CLI_DMARC_DMARC_SHOW_H

#include "base/arena.h"
#include "formats/json.h"
#include "dmarc/dmarc_external.h"
#include "verdict/verdict.h"

/* What was found and what was made of it. */
struct dmarc_shown {
    const struct dmarc_evidence *evidence;
    const struct dmarc_verdict *verdict;
    const struct dmarc_identifier *ids;
    size_t id_count;
};

/* The evaluation as an object; the keys stand in assay(1). */
struct jnode *dmarc_json(const struct dmarc_shown *s);

/* The evaluation step by step, to standard output. */
void dmarc_explain(struct arena *a, const struct dmarc_shown *s);

/* A record as parsed; `record` NULL when the text is none. */
struct jnode *dmarc_record_json(const struct dmarc_record *record);
void dmarc_record_explain(const struct dmarc_record *record);

/* Whether reports may go to a destination, and why. */
struct jnode *dmarc_external_json(const struct dmarc_external *x);
void dmarc_external_explain(const struct dmarc_external *x);

#endif
