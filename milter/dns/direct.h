/*
 * direct.h - one name server asked directly, past the resolver: what it says of a name, and whether it may.
 *
 * What an authoritative server holds, or what a public resolver still keeps,
 * is seen by asking it and nobody else.  One question at a time, over UDP
 * (EDNS, 1,232 bytes), over TCP where the answer was cut off; for each it
 * waits DNS_DIRECT_WAIT_MS in all, however slowly the answer comes.
 */
#ifndef ASSAY_DNS_DIRECT_H
#define ASSAY_DNS_DIRECT_H

#include "base/arena.h"
#include "dns/dns.h"

enum { DNS_DIRECT_RECORDS_MAX = 50, DNS_DIRECT_WAIT_MS = 2000 };

enum dns_direct_state {
    DNS_DIRECT_ANSWERED, /* also with nothing: then there are no records */
    DNS_DIRECT_SILENT,   /* no answer in DNS_DIRECT_WAIT_MS, or none that can be read */
    DNS_DIRECT_REFUSED,  /* REFUSED, SERVFAIL and the like */
    DNS_DIRECT_LAME      /* an answer that is not authoritative, of a server that should be */
};

struct dns_direct_answer {
    enum dns_direct_state state;
    uint32_t serial;        /* SOA */
    uint32_t ttl;           /* the least of its records; 0 without one */
    /* TXT joined, "10 mx.example." for MX, else as in a master file; "alias to x.example." where it is one */
    struct str record[DNS_DIRECT_RECORDS_MAX];
    size_t records;         /* what is more is dropped */
};

struct dns_direct;

/*
 * For questions to `server`, port `port`; `recursive`: it is a resolver, and not asked to speak for the name itself.
 * NULL with the reason.  It belongs to one thread at a time.
 */
struct dns_direct *dns_direct_open(const struct ip *server, uint16_t port, bool recursive, struct err *e);

/* Asks and waits.  `name` as for dns_ask.  The records belong to `a`, whose lack of memory shows as none. */
void dns_direct_ask(struct dns_direct *d, struct arena *a, const char *name, enum dns_type type,
                    struct dns_direct_answer *out);

/*
 * As dns_direct_ask where the server had answered `wire`, a whole DNS message (RFC 1035 section 4.1) without its id:
 * whatever id stands there is taken for the question's.  Nothing is sent.
 */
void dns_direct_read(struct dns_direct *d, struct arena *a, const char *name, enum dns_type type,
                     const uint8_t *wire, size_t n, struct dns_direct_answer *out);

void dns_direct_close(struct dns_direct *d); /* NULL is allowed */

#endif
