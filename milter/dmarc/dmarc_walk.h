/*
 * dmarc_walk.h - one DNS Tree Walk (RFC 9989 section 4.10), a name at a time.
 *
 * A walk asks for the TXT records of "_dmarc." before each name, longest
 * first, and stops at the first psd=y or psd=n, at the top-level domain, or
 * where DNS fails; at most DMARC_WALK_MAX names.
 */
#ifndef ASSAY_DMARC_DMARC_WALK_H
#define ASSAY_DMARC_DMARC_WALK_H

#include "base/arena.h"
#include "dmarc/dmarc_evidence.h"
#include "dns/dns.h"

/* An empty walk that begins at `start` (normal; must outlive the walk). */
void dmarc_walk_begin(struct dmarc_walk *w, const char *start);

/* Whether there is a name left to ask: neither complete nor failed. */
bool dmarc_walk_open(const struct dmarc_walk *w);

/* Asks for the next name of an open walk.  What is kept of the answer is copied to the arena.  RC_NOMEM. */
enum rc dmarc_walk_next(struct arena *a, struct dns_scope *dns, struct dmarc_walk *w);

/* Goes on until the walk is not open any more. */
enum rc dmarc_walk_finish(struct arena *a, struct dns_scope *dns, struct dmarc_walk *w);

/* Sets all questions a walk from `start` can have going at once. */
void dmarc_walk_prefetch(struct dns_scope *dns, const char *start);

#endif
