/*
 * row.h - what a report says of one message, as a key by which messages are counted (RFC 9990 section 3.1).  Pure.
 *
 * A key is the policy configuration and the record element, without its
 * count, as texts that each end in NUL.  Equal keys are one record element;
 * keys of one report begin alike.
 */
#ifndef ASSAY_REPORT_ROW_H
#define ASSAY_REPORT_ROW_H

#include "output/record.h"
#include "report/feedback.h"

enum { ROW_KEY_MAX = 64 * 1024 }; /* bytes */

/* The policy configuration at the beginning of a key. */
struct row_policy {
    const char *domain, *p, *sp, *np, *adkim, *aspf, *fo, *testing;
};

/*
 * Writes the key of a message with a policy record.  `a` is for scratch.
 * `envelope_to`: the recipient's domain is part of it (ReportEnvelopeTo).
 * RC_LIMIT when it is too long, RC_NOMEM.
 */
enum rc row_key(struct arena *a, const struct record *r, bool envelope_to, struct strbuf *key);

/* The policy configuration of a key, into which it points; how many bytes it is, 0 when row_key did not write it. */
size_t row_read_policy(struct str key, struct row_policy *out);

/*
 * What is wrong with the policy record of a message (bits of enum
 * dmarc_record_error), as a key that is no record element and comes before
 * those of its policy; and whether a key is one, then with its bits.
 */
enum rc row_errors_key(const struct record *r, unsigned errors, struct strbuf *key);
bool row_read_errors(struct str key, unsigned *errors);

/* The record element of a key, into which it points; its count is 0.  RC_BAD for what row_key did not write. */
enum rc row_read(struct str key, struct feedback_row *out);

/* "p=reject; sp=…; …": the configuration in one text, which names it in the store. */
void row_policy_text(const struct row_policy *policy, struct strbuf *out);

#endif
