/*
 * failure.h - whether a message is to be reported to its author domain's owner, and what of it (RFC 9991).  Pure.
 *
 * Off unless FailureReports names the policy domain.  What comes out is
 * bounded and redacted; addresses are asked for, and rates looked at, when
 * the report is sent.
 */
#ifndef ASSAY_OUTPUT_FAILURE_H
#define ASSAY_OUTPUT_FAILURE_H

#include "output/record.h"
#include "output/redact.h"

/* Every column of the table failure that comes from here: X(field, help).  Text, never NULL. */
#define FAILURE_COLUMNS(X) \
    X(policy_domain, "whose record asks for it") \
    X(bucket, "the same for failures that are reported as one") \
    X(kind, "Auth-Failure: dmarc, bodyhash, signature or spf") \
    X(dkim_domain, "d= of the signature that would have aligned; empty when none") \
    X(dkim_identity, "its i=, local-part redacted") \
    X(dkim_selector, "its s=") \
    X(mail_from, "reverse-path, local-part redacted") \
    X(headers, "the header, redacted")

struct failure {
#define FAILURE_FIELD(name, help) const char *name;
    FAILURE_COLUMNS(FAILURE_FIELD)
#undef FAILURE_FIELD
};

struct failure_question {
    const struct message *message;
    const struct evidence *evidence;
    const struct dmarc_verdict *dmarc;
    const struct record *record; /* of this message */
    const struct config *config;
    const struct redact_key *key;
};

/* *out is NULL when there is nothing to report, else in the arena.  RC_NOMEM. */
enum rc failure_make(struct arena *a, const struct failure_question *q, const struct failure **out);

/* Whether FailureReports names the domain, or one above it. */
bool failure_opted_in(const struct config *c, const char *policy_domain);

/*
 * Which report the record's fo asks for (RFC 9989 section 4.7, RFC 9991
 * section 3): "dmarc", or for its d and s "bodyhash", "signature", "spf";
 * "" for none.
 */
const char *failure_kind(const char *fo, const struct dmarc_verdict *v, const struct evidence *e);

#endif
