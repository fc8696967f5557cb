/*
 * spf_names.h - whose an SPF match shows the client to be.  Pure.
 */
#ifndef ASSAY_SPF_SPF_NAMES_H
#define ASSAY_SPF_SPF_NAMES_H

#include "spf/spf_evidence.h"

enum { SPF_NAMES_MAX = 4 };

/* A name, and the term that leads to it. */
struct spf_name {
    const char *domain;   /* lower case */
    const char *term;     /* as published; "" for the domain of a record itself */
};

/*
 * The names whose records or addresses hold the client, as a pass shows, those
 * that the sender's own record names first: the targets of the matching terms,
 * then the domains of the records they stand in.  None unless SPF passed.
 *
 * Left out is what a record of anybody's can make match for any client: exists,
 * prefixes wider than a host, macros.  How many; at most SPF_NAMES_MAX.
 */
size_t spf_names(struct arena *a, const struct spf_evidence *e, struct spf_name out[SPF_NAMES_MAX]);

#endif
