/*
 * from.h - the Author Domains out of the From header field (RFC 5322 section
 * 3.4, RFC 6854 groups, RFC 9989 section 5.3.1).
 */
#ifndef ASSAY_MAIL_FROM_H
#define ASSAY_MAIL_FROM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/enumname.h"
#include "base/err.h"
#include "base/str.h"

enum {
    FROM_BYTES_MAX = 64 * 1024, /* of one field body; longer is FROM_TOO_LARGE */
    FROM_MAILBOXES_MAX = 1000,  /* examined; more is FROM_TOO_LARGE */
    FROM_DOMAINS_MAX = 8        /* distinct domains told; more is FROM_TOO_MANY_DOMAINS */
};

/* Why a message has no author domain to evaluate. */
enum from_problem {
    FROM_OK,
    FROM_MISSING,          /* no From field */
    FROM_SEVERAL_FIELDS,
    FROM_MALFORMED,        /* breaks RFC 5322 */
    FROM_NO_DOMAIN,        /* a group without mailboxes, a domain literal, a name DNS cannot carry */
    FROM_TOO_MANY_DOMAINS, /* more distinct domains than FROM_DOMAINS_MAX */
    FROM_TOO_LARGE
};
extern const struct enum_names from_problem_names; /* plain words: "no From field", … */

struct from_domains {
    enum from_problem problem;
    size_t n;                            /* distinct normal domains, in the order met; 0 unless FROM_OK */
    const char *domain[FROM_DOMAINS_MAX];
    size_t mailboxes;
    bool misleading; /* an address within the local part or a route names another domain, or an encoded word stands in
                        an address: some mail program would show that domain, or what is encoded */
};

/*
 * Reads the bodies of all From fields (`count` may be 0).  Encoded words are
 * never decoded; quoted-strings, quoted-pairs and comments hide separators.
 * Linear time.  RC_OK with the finding in `out`; RC_NOMEM.
 */
enum rc from_read(struct arena *a, const struct str *bodies, size_t count, struct from_domains *out);

#endif
