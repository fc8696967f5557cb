/*
 * evidence.h - what the outside said of a message, nothing decided.
 *
 * Filled by auth/, read by verdict/ and printed by `assay check`.  All text
 * belongs to the message's arena.  Domains are normal names (mail/domain.h)
 * unless said otherwise; other text may hold any byte a sender chose.
 */
#ifndef ASSAY_AUTH_EVIDENCE_H
#define ASSAY_AUTH_EVIDENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/enumname.h"
#include "base/err.h"
#include "dkim/dkim_evidence.h"
#include "dmarc/dmarc_evidence.h"
#include "spf/spf_evidence.h"

/* ---- records seen on the way, for the memory of DNS ---- */

enum dns_kind { DNS_KIND_SPF, DNS_KIND_DKIM, DNS_KIND_DMARC };
extern const struct enum_names dns_kind_names;

enum { DNS_SEEN_MAX = 24 };

/* A record whose text the verdict may hang on. */
struct dns_seen {
    enum dns_kind kind;
    const char *name;        /* the name asked: "example.com", "s1._domainkey.example.com", "_dmarc.example.com" */
    const char *text;        /* as published, NUL-terminated (cut at a NUL in it); "": there is no such record */
    uint32_t ttl;            /* seconds */
};

struct evidence {
    struct spf_evidence spf;
    struct dkim_evidence dkim;
    struct arc_evidence arc;
    struct iprev_evidence iprev;
    struct dmarc_evidence dmarc;
    const char *published_by; /* the service of the catalogue whose own SPF record holds the client; "" none asked */
    size_t seen_count;        /* at most DNS_SEEN_MAX */
    struct dns_seen *seen;
    unsigned dns_questions;
    unsigned dns_ms;
};

/*
 * Fills e->seen from the rest of `e`: the SPF record of the domain checked,
 * the key record of each signature whose key was asked for, the DMARC record
 * applied to each author.  Arena memory; pure.
 */
enum rc evidence_note_seen(struct arena *a, struct evidence *e);

/*
 * The identifiers DMARC may align (RFC 9989 section 3.2.1): the SPF domain and
 * each DKIM d= whose check passed or ended in temperror, SPF first, each
 * (domain, method) once, passing ones kept.  Arena memory; pure.
 */
enum rc evidence_identifiers(struct arena *a, const struct evidence *e, struct dmarc_identifier **out, size_t *n);

#endif
