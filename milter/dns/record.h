/*
 * record.h - writes what was answered as a master file that gives the same answers again.
 *
 * What a master file cannot say is lost: whether an answer was secure, the
 * names in the middle of a chain of aliases, how a TXT was split, the time to
 * live of negative answers.  A name that was NXDOMAIN although names below it
 * exist (RFC 8020 forbids it) comes back as NODATA.
 *
 * Threads: any.
 */
#ifndef ASSAY_DNS_RECORD_H
#define ASSAY_DNS_RECORD_H

#include "base/err.h"
#include "dns/dns.h"
#include "dns/question.h"

enum { RECORD_ANSWERS_MAX = 100000 }; /* later ones are left out, and the file says so */

struct record;

/* Creates or empties the file.  NULL with the reason. */
struct record *record_new(const char *path, struct err *e);

/* Writes the answer, unless one to the same question is there already. */
void record_put(struct record *r, const struct question *q, const struct dns_answer *a);

/* Completes the file; a failure is logged.  NULL is allowed. */
void record_close(struct record *r);

#endif
