/*
 * domain_text.h - texts of a domain's records as `assay domain` saw them, in the memory of DNS (dnstext.h).
 *
 * Beside the kinds that mail leaves there ("spf", "dkim", "dmarc") stand "mx", "ns", "sts" (the TXT, and at
 * mta-sts.NAME the policy), "tlsrpt", "bimi" and "flat" (the record that was flattened).
 *
 * Threads: as struct db.
 */
#ifndef ASSAY_INVENTORY_DOMAIN_TEXT_H
#define ASSAY_INVENTORY_DOMAIN_TEXT_H

#include "base/arena.h"
#include "base/siphash.h"
#include "db/db.h"

/* Texts are never NULL. */
struct domain_text {
    const char *kind, *name;
    struct str text;           /* n == 0: there is no such record (any more) */
    uint32_t ttl;              /* seconds */
    int64_t first_ms, last_ms; /* seen, of domain_text_list */
};

/*
 * Notes that these were seen at `now_ms`, in the caller's transaction.  That
 * there is no record is kept of names that had one.
 */
enum rc domain_text_note(struct db *d, const unsigned char secret[SIPHASH_KEY_BYTES], const struct domain_text *text,
                         size_t n, int64_t now_ms, struct err *e);

/* All versions of all kinds at `name`, those seen last first, at most `max`; in the arena. */
enum rc domain_text_list(struct db *d, struct arena *a, const char *name, size_t max, struct domain_text **out,
                         size_t *n, struct err *e);

#endif
