/*
 * spf_libspf2.h - libspf2 as the engine that walks SPF records.
 *
 * Debian 12's libspf2 can be crashed by text a publisher controls
 * (CVE-2023-42118) and departs from RFC 7208 in its grammar, limits and
 * explanations.  So it is given records of our own making, in which each
 * step of spf_eval.h has a number for a name ("a:0.7.s/24"), and explains
 * nothing.
 *
 * Threads: spf_libspf2_init once before others start; runs are independent.
 */
#ifndef ASSAY_AUTH_SPF_LIBSPF2_H
#define ASSAY_AUTH_SPF_LIBSPF2_H

#include "auth/spf_eval.h"

/* Once a process, before threads start: what the library wants to say is not printed. */
void spf_libspf2_init(void);

/* Evaluates to the end: sets e->result and e->matched, or stops `e`. */
void spf_libspf2_run(struct spf_eval *e);

#endif
