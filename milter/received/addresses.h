/*
 * addresses.h - what is known of addresses that reports name: reverse name, network, country.
 *
 * Threads: as struct db.
 */
#ifndef ASSAY_RECEIVED_ADDRESSES_H
#define ASSAY_RECEIVED_ADDRESSES_H

#include "received/reports.h"

struct received_address {
    struct ip ip;
    const char *name;         /* reverse name; "" none */
    bool confirmed;           /* it leads back to the address */
    int64_t as_number;        /* 0 unknown */
    const char *as_name, *country;
    int64_t looked_up_ms;     /* 0: not yet */
};

/* RC_NOTFOUND when it was never met. */
enum rc received_address_get(struct db *d, struct arena *a, const struct ip *ip, struct received_address *out,
                             struct err *e);

/*
 * Of many at once, which a server is asked in one question: out[i] is what is known of ip[i], its name NULL where that
 * was never met.  *out, NULL for none, and all texts are in the arena.
 */
enum rc received_addresses_get(struct db *d, struct arena *a, const struct ip *ip, size_t n,
                               struct received_address **out, struct err *e);

/* Notes that it was met, and is to be looked up; nothing when it is there. */
enum rc received_address_note(struct db *d, const struct ip *ip, struct err *e);

/* What was found out. */
enum rc received_address_put(struct db *d, const struct received_address *found, struct err *e);

/* Those never looked up, or last before `before_ms`, the longest ago first, at most `max`. */
enum rc received_addresses_due(struct db *d, struct arena *a, int64_t before_ms, size_t max, struct ip **out,
                               size_t *n, struct err *e);

/*
 * `row` of report `r`, which counts, has the source, proof, detail, cause and
 * secondary it has now: the row changes, and the sums with it, in the
 * caller's transaction.  `old` is the row as it was.  RC_NOTFOUND when it is
 * so no longer: somebody else changed it, or the report does not count now.
 */
enum rc received_reclassify(struct db *d, const struct received_report *r, const struct received_row *old,
                            const struct received_row *row, struct err *e);

/*
 * How many clients' domains mail came from that address for, by reports that
 * count and are heeded; counted up to `max`.  From RECEIVED_MANY_CLIENTS on,
 * what passes by DKIM alone was probably forwarded: a mark, not a verdict.
 */
enum { RECEIVED_MANY_CLIENTS = 3 };
enum rc received_address_clients(struct db *d, const struct ip *ip, int max, int *n, struct err *e);

#endif
