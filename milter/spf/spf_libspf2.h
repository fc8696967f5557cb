/*
 * spf_libspf2.h - libspf2 as the engine that walks SPF records.
 *
 * Debian 12's libspf2 can be crashed by text a publisher controls
 * (CVE-2023-42118) and departs from RFC 7208 in its grammar, limits and
 * explanations.  So it is given records of our own making, in which each
 * step of spf_eval.h has a number for a name ("a:0.7.s/24"), and explains
 * nothing.
 *
 * Who decides what of RFC 7208 (tests/unit/spf/spf_libspf2_test.c holds each
 * line, by watching the library and by making it lie):
 *
 *     libspf2                                      section
 *     the order of terms; the first match ends it  4.6.2
 *     a qualifier's result                         4.6.2
 *     addresses of a and mx against prefixes       5.3, 5.4
 *     that include matches with pass alone         5.2
 *     redirect, where nothing matched              6.1
 *     neutral, where nothing matched               4.7
 *
 *     ours, in spf_record.h, spf_macro.h, spf_eval.h, spf_ptr.h, spf_explain.h
 *     which record counts, and its grammar         4.5, 4.6.1, 12
 *     macros                                       7
 *     whether all, ip4, ip6, exists and ptr match  5.1, 5.5 to 5.7
 *     none, temperror, permerror                   2.6, 4.4
 *     the limits of lookups, void ones, names      4.6.4
 *     the explanation                              6.2
 *
 * Threads: spf_libspf2_init before others start; runs are independent.
 */
#ifndef ASSAY_SPF_SPF_LIBSPF2_H
#define ASSAY_SPF_SPF_LIBSPF2_H

#include "spf/spf_eval.h"

/* Before threads start: what all runs share is made, and what the library wants to say is not printed.  RC_NOMEM. */
enum rc spf_libspf2_init(struct err *e);

/* Evaluates to the end: sets e->result and e->matched, or stops `e`. */
void spf_libspf2_run(struct spf_eval *e);

#endif
