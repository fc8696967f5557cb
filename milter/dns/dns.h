/*
 * dns.h - one resolver for everybody.
 *
 * `struct dns` answers questions from the network (libunbound) or from a
 * master file alone (--zone).  Callers ask through a `struct dns_scope`,
 * which stands for one message: it carries the deadline, keeps every answer
 * alive until it is freed, so that the same question asked twice gets the
 * same answer, and counts what was asked.
 *
 * Threads: `struct dns` may be used by any number of threads; a scope
 * belongs to one thread at a time and may move between threads.
 */
#ifndef ASSAY_DNS_DNS_H
#define ASSAY_DNS_DNS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/enumname.h"
#include "base/err.h"
#include "base/ip.h"
#include "base/str.h"

enum dns_type {
    DNS_A = 1, DNS_NS = 2, DNS_SOA = 6, DNS_PTR = 12, DNS_MX = 15, DNS_TXT = 16, DNS_AAAA = 28, DNS_DS = 43,
    DNS_TLSA = 52, DNS_SPF = 99
};

enum dns_status {
    DNS_NOERROR,  /* at least one record of the type */
    DNS_NODATA,   /* the name exists, without that type (or is an empty non-terminal) */
    DNS_NXDOMAIN, /* RFC 8020: neither the name nor anything below it exists */
    DNS_TEMPFAIL  /* no answer to rely on: SERVFAIL, REFUSED, bogus, time-out, deadline passed */
};

extern const struct enum_names dns_status_names; /* "noerror", "nodata", "nxdomain", "tempfail" */

/* "TXT" and so on; never NULL for a member of enum dns_type. */
const char *dns_type_name(enum dns_type type);

struct dns_rr {
    struct str txt;      /* TXT, SPF: the character-strings joined; DS, TLSA: the RDATA; may hold any byte */
    struct ip addr;      /* A, AAAA */
    uint16_t preference; /* MX */
    uint32_t serial;     /* SOA */
    const char *name;    /* MX: exchange; PTR, NS: target; SOA: MNAME.  Lower case, no trailing dot ("" is the root) */
};

struct dns_answer {
    enum dns_status status;
    bool cname;          /* the name asked for is an alias, hence exists whatever the status (RFC 6604) */
    const char *canonical; /* with cname, the name at the end of the aliases, as names below; else "" */
    bool secure;         /* validated with DNSSEC */
    uint32_t ttl;        /* seconds it may be kept from when it came; a cached answer says the same */
    size_t count;        /* 0 unless DNS_NOERROR; at most DNS_RR_MAX, the rest is dropped */
    const struct dns_rr *rr; /* MX sorted by preference, then name */
    const char *why;     /* DNS_TEMPFAIL: "SERVFAIL", "REFUSED", "timeout", "deadline" …; else "" */
};

enum { DNS_RR_MAX = 256, DNS_SCOPE_QUESTIONS_MAX = 1024, DNS_SCOPE_AHEAD_MAX = 24 };

struct dns_settings {
    const char *const *nameservers; /* "address" or "address@port"; ignored when empty */
    size_t nameserver_count;        /* 0: the system's, in resolv_conf */
    const char *resolv_conf;        /* NULL: /etc/resolv.conf; has to live as long as the resolver */
    bool recursive;                 /* ask the root servers ourselves; nameservers must be empty */
    const char *trust_anchor;       /* file for DNSSEC validation; NULL: no validation; has to live as long */
};

struct dns;
struct dns_scope;

/* A resolver on the network; starts its thread.  NULL with the reason. */
struct dns *dns_open(const struct dns_settings *settings, struct err *e);

/*
 * A resolver that answers from the master file `path` alone (RFC 1035
 * section 5), with the pseudo-types "NAME TIMEOUT" and "NAME SERVFAIL"
 * (every query for that name fails so; types that follow, as in
 * "NAME TIMEOUT MX", limit it to these), wildcards (RFC 4592), CNAME chains
 * and empty non-terminals.  A TIMEOUT answers at once.
 *
 * Before the first $ORIGIN every name is absolute, with its final dot or
 * without.  "NAME SECURE", "NAME INSECURE" and "NAME BOGUS" say what DNSSEC
 * makes of NAME and all below it, the nearest counting (INSECURE where none
 * is); with types after it for these alone.  A BOGUS answer is DNS_TEMPFAIL
 * with "bogus".
 *
 * A missing TTL is that of $TTL, or 3600.  Where a name has a CNAME
 * its other records are not seen; NS and DNAME mean nothing.  At most 16 MiB
 * and 200,000 records.  NULL with file, line and remedy.
 */
struct dns *dns_open_zone(const char *path, struct err *e);

enum dns_servers {
    DNS_SERVERS_SAME,
    DNS_SERVERS_CHANGED, /* others are asked from now on, also what is in flight; what was known is forgotten */
    DNS_SERVERS_UNKNOWN  /* the list cannot be read or names none: those from before are asked on; `e` says why */
};

/*
 * Looks whether the system's list of name servers has changed since, where
 * it is used at all.  It costs the reading of one small file.  By one thread
 * at a time.
 */
enum dns_servers dns_look(struct dns *d, struct err *e);

/*
 * From now on every answer that leaves `d` is also written to `path`, as a
 * master file which dns_open_zone reads back (dns/recorder.h says what is
 * lost); complete when dns_close returns.  Call it before the first question.
 */
enum rc dns_record_to(struct dns *d, const char *path, struct err *e);

/* Waits for nobody: no scope of it may be left.  NULL is allowed. */
void dns_close(struct dns *d);

/* Numbers since dns_open, for statistics; any thread. */
struct dns_counts {
    uint64_t questions; /* asked by callers */
    uint64_t hits;      /* answered from our cache */
    uint64_t joined;    /* waited for an identical question in flight */
    uint64_t failures;  /* DNS_TEMPFAIL answers */
    uint64_t timeouts;  /* of these, for want of time: "timeout" and "deadline" */
    uint64_t entries;   /* cached now */
    uint64_t bytes;     /* cached now */
};
struct dns_counts dns_counts(struct dns *d);

/*
 * A scope whose questions are all answered within `timeout_ms` of the first
 * dns_ask that has to wait (not of a prefetch); after that what is not in
 * memory already is DNS_TEMPFAIL with "deadline".  It asks at most
 * DNS_SCOPE_QUESTIONS_MAX different questions, further ones are DNS_TEMPFAIL.
 * NULL without memory.
 */
struct dns_scope *dns_scope_new(struct dns *d, int timeout_ms);
void dns_scope_free(struct dns_scope *s);

/*
 * What may be in flight at once is limited for each client address and each zone, and the last part is kept for what is
 * essential (dns/budget.h).  A question that there is no room for waits for it within the deadline, and is then
 * DNS_TEMPFAIL with "too many questions".
 */

/* On whose behalf it asks: the client of the message.  Before the first question; without it no share is charged. */
void dns_scope_set_client(struct dns_scope *s, const struct ip *ip);

/*
 * Whether what is asked from now on is what verdicts hang on: the client's SPF and reverse name, DMARC records of
 * authors.
 */
void dns_scope_set_essential(struct dns_scope *s, bool essential);

/*
 * The answer; waits for it at most until the scope's deadline.  Never NULL.
 * `name` is ASCII without trailing dot, any case; a name that DNS cannot
 * carry (empty label, over 253 bytes, label over 63) is DNS_NXDOMAIN.
 * The answer lives as long as the scope.
 */
const struct dns_answer *dns_ask(struct dns_scope *s, const char *name, enum dns_type type);

/*
 * Sets the question going and returns at once; a later dns_ask of it waits less.  Nothing happens where
 * DNS_SCOPE_AHEAD_MAX are on their way, or there is no room: then dns_ask asks it.
 */
void dns_prefetch(struct dns_scope *s, const char *name, enum dns_type type);

/*
 * Non-blocking: dns_ask does not wait.  A question without an answer yet is
 * sent and stays pending: it is answered DNS_TEMPFAIL with "not yet".  So who
 * works through questions one after another, each raised by the answer
 * before, can ask the next one early: run non-blocking, and if a question is
 * pending at the end, forget the result and run again later, from the start;
 * answers that came stay as they are.
 */
void dns_scope_set_nonblocking(struct dns_scope *s);

/* Ends that; whether a question is pending. */
bool dns_scope_end_nonblocking(struct dns_scope *s);

/* Waits for the question that was pending first, at most until the deadline.  Without one it returns at once. */
void dns_scope_wait(struct dns_scope *s);

/* What this scope cost so far: distinct questions asked, and milliseconds waited. */
unsigned dns_scope_questions(const struct dns_scope *s);
unsigned dns_scope_wait_ms(const struct dns_scope *s);

#endif
