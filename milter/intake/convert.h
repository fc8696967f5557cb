/*
 * convert.h - a row as the reader hands it over, as the store keeps it.  Pure.
 */
#ifndef ASSAY_INTAKE_CONVERT_H
#define ASSAY_INTAKE_CONVERT_H

#include "incoming/incoming.h"
#include "received/received.h"

/* Everything but domain, source, proof, detail, cause and secondary, which are "" and 0.  RC_NOMEM. */
enum rc convert_row(struct arena *a, const struct incoming_row *in, struct received_row *out);

enum { CONVERT_RESULTS_MAX = 104 };

/* One entry of received_row.dkim ("result domain selector") or .spf ("result scope domain"); back from the text. */
struct convert_result {
    const char *result;
    const char *domain;
    const char *other; /* selector or scope; "-": none */
};

/* The entries of that text, at most CONVERT_RESULTS_MAX; how many.  `spf`: the domain stands last. */
size_t convert_results(struct arena *a, const char *text, bool spf, struct convert_result *out);

/* Whether one of the row's reasons is of that type; with a `comment` that it holds, unless NULL. */
bool convert_has_reason(const struct received_row *row, const char *type, const char *comment);

#endif
