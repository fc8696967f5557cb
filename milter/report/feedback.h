/*
 * feedback.h - a DMARC aggregate report as XML (RFC 9990 appendix A, RFC 7489 appendix C).
 *
 * Text is never NULL; "" is an element that is not there.
 */
#ifndef ASSAY_REPORT_FEEDBACK_H
#define ASSAY_REPORT_FEEDBACK_H

#include <stdbool.h>

#include "base/arena.h"
#include "formats/xml.h"

#define FEEDBACK_NAMESPACE "urn:ietf:params:xml:ns:dmarc-2.0"

enum {
    FEEDBACK_DKIM_MAX = 100, /* signatures of one record read; RFC 9990 section 3.1.3 */
    FEEDBACK_DKIM_WRITTEN = 30,
    FEEDBACK_REASONS_MAX = 8
};

enum feedback_format { FEEDBACK_RFC9990, FEEDBACK_RFC7489 };

/* report_metadata and policy_published. */
struct feedback_head {
    const char *version, *org_name, *email, *extra_contact_info, *report_id, *error, *generator;
    int64_t begin_s, end_s;
    const char *domain, *discovery_method, *p, *sp, *np, *adkim, *aspf, *fo, *testing, *pct;
};

struct feedback_reason {
    const char *type, *comment;
};

struct feedback_dkim {
    const char *domain, *selector, *result, *human_result;
};

struct feedback_spf {
    const char *domain, *scope, *result, *human_result;
};

/* One record element. */
struct feedback_row {
    const char *source_ip;
    int64_t count;
    const char *disposition, *dkim, *spf;
    size_t reasons;
    struct feedback_reason reason[FEEDBACK_REASONS_MAX];
    const char *header_from, *envelope_from, *envelope_to;
    size_t signatures;
    struct feedback_dkim signature[FEEDBACK_DKIM_MAX];
    struct feedback_spf spf_result; /* domain "": no such element */
};

/* ---- writing ---- */

/* In this order: begin, each row, end.  What goes wrong shows at xml_out_close. */
void feedback_begin(struct xml_out *x, enum feedback_format format, const struct feedback_head *head);
void feedback_row(struct xml_out *x, enum feedback_format format, const struct feedback_row *row);
void feedback_end(struct xml_out *x);

/* ---- checking ---- */

/* Whether a file's bytes are a report valid by the schema; RC_BAD when not. */
enum rc feedback_check(struct str file, struct xml_schema *schema, struct err *e);

#endif
