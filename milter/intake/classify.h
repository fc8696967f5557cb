/*
 * classify.h - who sent what a row tells of, and why it failed.
 *
 * The same catalogue, ladder of proofs and words as for mail that comes in
 * (verdict/source.h, verdict/cause.h), with what a row has.  What nothing
 * names belongs to a group that can be decided upon:
 *
 *   own-servers  an address that the client's own SPF record has by ip4, ip6, a or mx
 *   ptr:NAME     the organizational domain of a reverse name that leads back
 *   as:NUMBER    the network, where the site gives a file of them
 *   net:PREFIX   the /24 or /48
 *   unknown      no address; or a report that is not proven, whose groups anybody could invent
 *
 * Threads: one.
 */
#ifndef ASSAY_INTAKE_CLASSIFY_H
#define ASSAY_INTAKE_CLASSIFY_H

#include "auth/evidence.h"
#include "intake/intake_dns.h"
#include "received/addresses.h"

#define CLASSIFY_OWN "own-servers"

enum {
    CLASSIFY_SEEN_BYTES = 8192,
    CLASSIFY_GROUPS_MAX = 1000, /* groups of one report; further hosts are "unknown" */
    CLASSIFY_SPF_MAX = 50000,   /* addresses of one report that SPF is walked for */
    CLASSIFY_ASKED = 16, CLASSIFY_NAME_MAX = 400
};

struct classify {
    const struct config *config;
    struct intake_dns *lookup;
    struct db *db;      /* the memory of DNS */
    const struct background *networks; /* addresses that people entered; NULL none */
    struct arena *a;    /* where the row's texts go */
    unsigned groups, spf_walks; /* used up by this report; zeroed by the caller for each, as what follows */
    uint8_t seen[CLASSIFY_SEEN_BYTES]; /* which groups were met: a bit a hash of the name */
    struct classify_record {
        enum dns_kind kind;
        bool changed;                  /* as reason.c has it */
        char name[CLASSIFY_NAME_MAX];  /* "" none */
    } asked[CLASSIFY_ASKED];           /* whose memory was looked at last, by the hash of the name */
};

/*
 * Fills domain, source, proof, detail, cause, secondary and the marks of
 * `row`, a row of `r` of which all else is there; `address` is what is known
 * of its address, NULL or the name NULL: nothing.  RC_NOMEM, and errors of the database.
 */
enum rc classify_row(struct classify *c, const struct received_report *r, const struct received_address *address,
                     struct received_row *row, struct err *e);

/* The client's domain that `name` is or lies below; `otherwise` when it is none of his. */
const char *classify_domain(const struct client *client, const char *name, const char *otherwise);

#endif
