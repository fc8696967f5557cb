/*
 * row_facts.h - a row taken apart, for the rules of classify.c and reason.c.
 */
#ifndef ASSAY_INTAKE_ROW_FACTS_H
#define ASSAY_INTAKE_ROW_FACTS_H

#include "intake/classify.h"
#include "intake/convert.h"
#include "verdict/cause.h"
#include "verdict/source.h"

struct row_facts {
    struct classify *c;
    const struct received_report *report;
    struct received_row *row;
    const struct client *client;  /* NULL: no client of clients.conf */
    size_t signatures, spf_results;
    struct convert_result signature[CONVERT_RESULTS_MAX], spf[CONVERT_RESULTS_MAX];
    const struct convert_result *spf_main; /* *the* result; NULL none, or of HELO alone */
    struct source source;
    struct received_address address;  /* name "" when it is not known (yet) */
};

/* Whether `domain` is of the author's organization, alignment being relaxed unless `strict`. */
bool row_facts_aligned(const struct row_facts *f, const char *domain, bool strict);

/* Why it failed: row->cause and secondary, and marks; the source is known.  RC_NOMEM, errors of the database. */
enum rc reason_find(struct row_facts *f, struct err *e);

#endif
