/*
 * recorder.h - writes what was answered as a master file that gives the same answers again.
 *
 * Once an answer was secure, each says by SECURE or INSECURE what it was.
 * What a master file cannot say is lost: the names in the middle of a chain
 * of aliases, how a TXT was split, the time to live of negative answers.  A
 * name that was NXDOMAIN although names below it exist (RFC 8020 forbids it)
 * comes back as NODATA.
 *
 * Threads: any.
 */
#ifndef ASSAY_DNS_RECORDER_H
#define ASSAY_DNS_RECORDER_H

#include "base/err.h"
#include "dns/dns.h"
#include "dns/question.h"

enum { RECORDER_ANSWERS_MAX = 100000 }; /* later ones are left out, and the file says so */

struct recorder;

/* Creates or empties the file.  NULL with the reason. */
struct recorder *recorder_new(const char *path, struct err *e);

/* Writes the answer, unless one to the same question is there already. */
void recorder_put(struct recorder *r, const struct question *q, const struct dns_answer *a);

/* Completes the file; a failure is logged.  NULL is allowed. */
void recorder_close(struct recorder *r);

#endif
