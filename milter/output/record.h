/*
 * record.h - one flat row about one message, which stands alone.
 *
 * Shared by daemon, store, reports and desk.  Text fields are never NULL;
 * "" means absent.  Text is as received but bounded (RECORD_TEXT_MAX) and
 * valid UTF-8 without NUL or control bytes (escaped as \xHH).
 */
#ifndef ASSAY_OUTPUT_RECORD_H
#define ASSAY_OUTPUT_RECORD_H

#include "verdict/verdict.h"

enum { RECORD_TEXT_MAX = 1000 };

/*
 * Every column: X(kind, field, help); the field is the SQL name too.  TEXT is const char *, INT is
 * int64_t.  The store, `assay why` and the JSON are driven by this list, so
 * that a new column is one line here and one where record_make fills it.
 */
#define RECORD_COLUMNS(X) \
    X(INT, time_ms, "arrival, milliseconds since the epoch, UTC") \
    X(TEXT, queue_id, "the MTA's queue id") \
    X(TEXT, message_id, "Message-ID without angle brackets") \
    X(TEXT, client_ip, "address of the SMTP client") \
    X(TEXT, client_name, "its verified name") \
    X(TEXT, helo, "HELO or EHLO argument") \
    X(TEXT, auth_user, "login of an authenticated client") \
    X(TEXT, tls, "TLS version") \
    X(TEXT, mail_from, "reverse-path") \
    X(TEXT, mail_from_domain, "its domain, normal; empty for <>") \
    X(TEXT, rcpt, "first recipients, space-separated") \
    X(TEXT, rcpt_domain, "domain of the first recipient") \
    X(INT, rcpts, "number of recipients") \
    X(INT, size, "bytes of header and body seen") \
    X(TEXT, header_from, "the From field, first 1000 bytes") \
    X(TEXT, author_domain, "RFC 9989 Author Domain") \
    X(TEXT, org_domain, "its organizational domain") \
    X(TEXT, iprev, "iprev result") \
    X(TEXT, spf, "SPF result; empty when not checked") \
    X(TEXT, spf_domain, "domain checked") \
    X(TEXT, spf_scope, "mfrom or helo") \
    X(TEXT, spf_mechanism, "directive that matched") \
    X(TEXT, spf_problem, "why permerror or temperror") \
    X(TEXT, spf_record, "the record of the domain checked, as published") \
    X(INT, spf_aligned, "1: SPF passes and aligns") \
    X(TEXT, dkim, "every signature, see record_dkim_text") \
    X(TEXT, dkim_reasons, "why each did not pass, same order, separated by '; '; '-' for a pass") \
    X(INT, dkim_aligned, "1: a signature passes and aligns") \
    X(TEXT, arc, "ARC result") \
    X(TEXT, arc_reason, "why the chain failed") \
    X(TEXT, arc_chain, "sealing d=, s= of each set, newest first") \
    X(TEXT, arc_vouch, "what each sealer saw of the author, newest first, see arc_vouch.h") \
    X(TEXT, arc_origin, "where the first sealer had it from, as it says") \
    X(INT, list, "1: it came by a mailing list") \
    X(TEXT, dmarc, "DMARC result") \
    X(TEXT, why, "the verdict in a plain clause") \
    X(TEXT, policy_domain, "where the policy record stands") \
    X(TEXT, policy_source, "author, org or psd") \
    X(TEXT, policy_tag, "p, sp or np") \
    X(TEXT, policy_record, "the record as published") \
    X(TEXT, policy_p, "p of the record, effective") \
    X(TEXT, policy_sp, "sp, empty when absent") \
    X(TEXT, policy_np, "np, empty when absent") \
    X(TEXT, policy_adkim, "r or s") \
    X(TEXT, policy_aspf, "r or s") \
    X(TEXT, policy_fo, "fo") \
    X(TEXT, policy_testing, "y or n") \
    X(INT, policy_rua, "number of usable rua URIs") \
    X(TEXT, requested_policy, "the tag's value") \
    X(TEXT, policy, "after t=y") \
    X(TEXT, ref, "the code that finds it again; empty for mail that needs none") \
    X(TEXT, source, "the service that sent it, of senders.conf, or unknown") \
    X(TEXT, source_proof, "what names it: dkim, spf, address, ptr, return-path; empty for unknown") \
    X(TEXT, source_detail, "that evidence") \
    X(TEXT, source_domain, "the domain whose inventory has the source; empty when none has") \
    X(TEXT, status, "the inventory's word for the source at the author domain") \
    X(TEXT, client, "whose the author domain is, of clients.conf") \
    X(TEXT, ticket, "the ticket set on the source") \
    X(TEXT, cause, "why it failed, of the closed list") \
    X(TEXT, cause_detail, "what in particular") \
    X(TEXT, secondary, "further causes, separated by commas") \
    X(TEXT, playbook, "the playbook to follow") \
    X(TEXT, risk, "what a passing message hangs on") \
    X(TEXT, next, "the next step") \
    X(TEXT, rule, "the rule of policy.conf that decided, or default") \
    X(TEXT, action, "what it decided: none, stamp, quarantine, reject, tempfail") \
    X(TEXT, enforcement, "whether that was done: yes, no, rehearse, caught") \
    X(TEXT, disposition, "what we did: none, quarantine, reject, tempfail") \
    X(TEXT, overrides, "RFC 9990 reasons, type or type:comment, separated by ';'") \
    X(TEXT, limits, "limits of ours that bit") \
    X(INT, forged_headers, "Authentication-Results fields removed") \
    X(INT, dns_questions, "distinct DNS questions") \
    X(INT, dns_ms, "milliseconds waited for DNS") \
    X(INT, total_ms, "milliseconds from MAIL to the end of the message")

struct failure;

struct record {
#define RECORD_FIELD_TEXT(name) const char *name;
#define RECORD_FIELD_INT(name) int64_t name;
#define RECORD_FIELD(kind, name, help) RECORD_FIELD_##kind(name)
    RECORD_COLUMNS(RECORD_FIELD)
#undef RECORD_FIELD
#undef RECORD_FIELD_INT
#undef RECORD_FIELD_TEXT
    const char *host;              /* no column: whose record it is, out of the centre of a fleet; NULL of a file */
    const struct failure *failure; /* no column: what is to be reported of it (failure.h); NULL nothing */
};

/* A record of which nothing is known: texts "", numbers 0. */
void record_blank(struct record *out);

/*
 * Fills a record out of all that is known of one message but for what was
 * decided and done; its text is in `a` or in what is given.  RC_NOMEM.
 */
enum rc record_make(struct arena *a, const struct given *g, const struct verdict *v, struct record *out);

/* Adds the decision that `v` now holds. */
void record_decided(struct arena *a, const struct verdict *v, struct record *r);

/*
 * DKIM results in one text: "result domain selector algorithm" per signature,
 * separated by "; ", "-" for what is unknown.  And back.
 */
struct record_dkim {
    enum dkim_result result;
    struct str domain, selector, algorithm;
};
const char *record_dkim_text(struct arena *a, const struct dkim_evidence *e);
enum rc record_dkim_parse(struct arena *a, const char *text, struct record_dkim **out, size_t *n);

/*
 * The log line without its queue id: key=value, fixed order, foreign text
 * quoted and escaped, under LOG_LINE_MAX whatever the record holds.
 * `a` is used for scratch.
 */
void logline_make(struct arena *a, const struct record *r, struct strbuf *out);

#endif
