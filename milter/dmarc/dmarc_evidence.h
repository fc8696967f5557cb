/*
 * dmarc_evidence.h - what DNS said of DMARC policies (RFC 9989 section 4.10), nothing decided
 *
 * All text belongs to the message's arena.  Domains are normal names
 * (mail/domain.h) unless said otherwise; other text may hold any byte a
 * sender chose.
 */
#ifndef ASSAY_DMARC_DMARC_EVIDENCE_H
#define ASSAY_DMARC_DMARC_EVIDENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "dmarc/dmarc_record.h"
#include "mail/from.h"

/* ---- DMARC: what DNS holds, RFC 9989 section 4.10 ---- */

enum { DMARC_WALK_MAX = 8 }; /* queries of one tree walk */

/* One name of a walk. */
struct dmarc_step {
    const char *domain;      /* without "_dmarc." */
    bool temp;               /* the query failed temporarily (then it is the last step) */
    const struct dmarc_record *record; /* NULL: none there (or several, see `several`) */
    bool several;            /* more than one DMARC record: all were discarded */
    bool oversized;          /* one longer than DMARC_RECORD_MAX: discarded too */
    bool exists;             /* the name asked exists, hence `domain` does (RFC 8020) */
    const char *text;        /* the record as published, NUL-terminated; "" when record is NULL */
    uint32_t ttl;            /* of the answer, seconds */
    const char *why;         /* for temp: the resolver's word */
};

struct dmarc_walk {
    const char *start;
    bool complete;           /* psd=y/n met or the top reached; false: temp, or stopped early as not needed */
    size_t n;
    struct dmarc_step step[DMARC_WALK_MAX]; /* longest name first */
};

/* A DKIM or SPF identifier that authenticated (or might have, was it not for DNS). */
struct dmarc_identifier {
    const char *domain;      /* normal */
    bool dkim;               /* else SPF */
    bool pass;               /* false: its check ended in temperror */
};

enum dmarc_existence { DMARC_EXISTS_UNASKED, DMARC_EXISTS_YES, DMARC_EXISTS_NO, DMARC_EXISTS_TEMP };

enum { DMARC_AUTHOR_MAX = FROM_DOMAINS_MAX, DMARC_IDENTIFIER_MAX = 10 };

struct dmarc_author {
    const char *domain;
    struct dmarc_walk walk;  /* begins at domain */
    enum dmarc_existence existence;
};

struct dmarc_evidence {
    enum from_problem problem;
    bool misleading;         /* as in mail/from.h */
    size_t author_count;     /* 0 when problem is not FROM_OK */
    struct dmarc_author author[DMARC_AUTHOR_MAX];
    size_t identifier_count; /* walks from authenticated identifiers that needed one */
    struct dmarc_walk identifier[DMARC_IDENTIFIER_MAX];
    bool identifiers_over;   /* more needed one: those beyond the limit do not align */
    bool starved;            /* the message's memory ran out on the way: what did not pass might have */
};

#endif
