/*
 * tls.h - SMTP-TLS reports (RFC 8460 section 4.4).
 */
#ifndef ASSAY_INCOMING_TLS_H
#define ASSAY_INCOMING_TLS_H

#include "formats/json_read.h"
#include "incoming/incoming.h"
#include "incoming/notes.h"
#include "incoming/words.h"

struct tls_report {
    enum incoming_outcome outcome;
    char reason[ERR_TEXT_MAX];
    struct incoming_tls head; /* texts in the arena */
    struct notes notes;
    struct jvalue *root;      /* for tls_hand_over; tls_free */
    const char *domain;       /* of the file's name or the mail, where a policy has none */
};

struct tls_taker {
    bool (*policy)(void *arg, const struct incoming_tls_policy *policy);
    bool (*detail)(void *arg, const struct incoming_tls_detail *detail);
};

/*
 * Reads it to its end: head and sums.  `fallback_domain` stands in for a
 * policy-domain that is missing, `name` for dates.  RC_NOMEM.
 */
enum rc tls_look(struct arena *a, struct str text, const struct words_name *name, const char *fallback_domain,
                 int64_t arrival_s, struct tls_report *out, struct err *e);

/* Its policies, each followed by its details; texts last until the next.  False when the taker had enough. */
bool tls_hand_over(const struct tls_report *r, struct arena *scratch, const struct tls_taker *taker, void *arg);
void tls_free(struct tls_report *r);

#endif
