/*
 * zonetree.h - the names of a master file, and what a server of them would answer.
 *
 * Threads: many may ask once all is added; adding is for one.
 */
#ifndef ASSAY_DNS_ZONETREE_H
#define ASSAY_DNS_ZONETREE_H

#include "dns/answer.h"
#include "dns/name.h"
#include "dns/question.h"

enum {
    ZONE_RECORDS_MAX = 200000,
    ZONE_MEMORY_MAX = 256 << 20,
    ZONE_CNAME_MAX = 11,     /* aliases followed, as Unbound does */
    ZONE_NEGATIVE_TTL = 60,  /* seconds */
    ZONE_TYPE_CNAME = 5
};

enum zone_failure { ZONE_TIMEOUT, ZONE_SERVFAIL };
enum zone_security { ZONE_INSECURE, ZONE_SECURE, ZONE_BOGUS };

struct zonetree;

/* NULL without memory. */
struct zonetree *zonetree_new(void);
void zonetree_free(struct zonetree *z);

/*
 * Adds a record to `name` (in the form of name.h), copying its RDATA.  Types
 * that nobody asks for make the name exist and nothing more.  False when the
 * limits above, or memory, are exhausted.
 */
bool zonetree_add(struct zonetree *z, const char *name, uint16_t type, uint32_t ttl, struct rdata rd);

/* Lets questions for `name` fail: those of `type`, or all of them when it is 0.  False as above. */
bool zonetree_fail(struct zonetree *z, const char *name, uint16_t type, enum zone_failure how);

/*
 * What DNSSEC makes of `name` and all below it, for `type` or (0) all of them.
 * It does not make the name exist.  False as above.
 */
bool zonetree_secure(struct zonetree *z, const char *name, uint16_t type, enum zone_security security);

/* NULL without memory. */
struct answer *zonetree_answer(const struct zonetree *z, const struct question *q);

#endif
