/*
 * verdict.h - what we make of the evidence.
 *
 * Pure: no clock, no randomness, no network, no file, no log.  The same
 * evidence and settings always give the same verdict.
 */
#ifndef ASSAY_VERDICT_VERDICT_H
#define ASSAY_VERDICT_VERDICT_H

#include "auth/dmarc_discover.h"
#include "auth/evidence.h"
#include "config/config.h"
#include "mail/message.h"

/* RFC 9989 section 9.2 */
enum dmarc_result { DMARC_NONE, DMARC_PASS, DMARC_FAIL, DMARC_TEMPERROR, DMARC_PERMERROR };
extern const struct enum_names dmarc_result_names;

enum disposition { DISPOSITION_NONE, DISPOSITION_QUARANTINE, DISPOSITION_REJECT };
extern const struct enum_names disposition_names;

/* The DMARC evaluation of one author domain (of the strictest, if several). */
struct dmarc_verdict {
    enum dmarc_result result;
    const char *author_domain;  /* "" when there is none */
    const char *org_domain;     /* "" when unknown */
    const char *policy_domain;  /* where the record is; "" without */
    const char *record_text;    /* the record as published; "" without */
    const struct dmarc_record *record; /* NULL without */
    enum dmarc_source source;
    enum dmarc_tag tag;
    enum dmarc_policy requested; /* that tag's value; NONE without a record */
    enum dmarc_policy policy;    /* requested after t=y */
    bool testing;
    bool spf_aligned;            /* an SPF pass that aligns */
    bool dkim_aligned;           /* a DKIM pass that aligns */
    const char *why;             /* one plain clause for log and explanation; never "" but for pass */
};

/* Why the disposition differs from the policy asked for, RFC 9990 section 3.1.1.9. */
enum override_type {
    OVERRIDE_LOCAL_POLICY, OVERRIDE_MAILING_LIST, OVERRIDE_OTHER, OVERRIDE_POLICY_TEST_MODE, OVERRIDE_TRUSTED_FORWARDER
};
extern const struct enum_names override_type_names; /* the words of the RFC's schema */

struct override {
    enum override_type type;
    const char *comment; /* "" none; our own words */
};

enum { VERDICT_OVERRIDES_MAX = 4 };

struct verdict {
    struct dmarc_verdict dmarc;
    enum disposition disposition; /* what we do about it; DISPOSITION_NONE: mail goes on */
    size_t override_count;
    struct override override[VERDICT_OVERRIDES_MAX];
};

/* Evaluates RFC 9989 section 5.3 on gathered evidence. */
enum rc dmarc_evaluate(struct arena *a, const struct dmarc_evidence *e, const struct dmarc_identifier *ids,
                       size_t id_count, const struct config *c, struct dmarc_verdict *out);

/* The whole verdict: DMARC, what is done about it, and the reasons to report for it.  RC_NOMEM. */
enum rc verdict_decide(struct arena *a, const struct evidence *e, const struct config *c, struct verdict *out);

#endif
