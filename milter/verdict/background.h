/*
 * background.h - what is known beside the message: the inventory's word, what changed in DNS, the safety catch.
 *
 * An immutable, counted snapshot that the store makes anew when its tables
 * change and that a message keeps from begin to end, so that a decision stays
 * a function of its arguments.
 *
 * Threads: a finished snapshot may be read, held and released by any thread.
 */
#ifndef ASSAY_VERDICT_BACKGROUND_H
#define ASSAY_VERDICT_BACKGROUND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auth/evidence.h"
#include "base/ip.h"

#define SOURCE_UNKNOWN "unknown" /* the source of all mail that nothing in senders.conf tells */

enum source_status { STATUS_UNKNOWN, STATUS_APPROVED, STATUS_PENDING, STATUS_RETIRED, STATUS_MALICIOUS };
extern const struct enum_names source_status_names;

/* One source of one domain, as the inventory has it. */
struct known_source {
    const char *domain; /* where the entry stands: that of the message or one above it; background_add_source sets it */
    enum source_status status;
    const char *ticket; /* "" none */
    const char *owner;  /* business owner; "" nobody named */
};

/* A record text that took another's place, lately. */
struct known_change {
    int64_t changed_ms;  /* when the new text was first seen */
    uint32_t old_ttl;    /* seconds the old one may have been kept */
};

/* The key that let a source's mail for a domain pass, until it no longer did. */
struct known_key {
    const char *name;    /* "s1._domainkey.acme.example" */
    const char *host;    /* the name that an alias led to; "" no alias, or not known */
    int64_t last_ms;     /* when mail passed by it, true to a day */
};

/* A record that its name had and has no longer. */
struct known_gone {
    int64_t last_ms;     /* when it was last seen, true to a day */
    int64_t gone_ms;     /* when it was first not there */
};

struct background;

/* An empty one with one reference, to be filled before anybody else sees it; NULL without memory. */
struct background *background_new(void);

/* This and the next three copy all text.  Domain names are normal.  RC_NOMEM. */
enum rc background_add_source(struct background *b, const char *domain, const char *source,
                              const struct known_source *known);
enum rc background_add_change(struct background *b, const char *name, enum dns_kind kind,
                              const struct known_change *change);
enum rc background_add_key(struct background *b, const char *domain, const char *source, const struct known_key *key);
enum rc background_add_gone(struct background *b, const char *name, enum dns_kind kind, const struct known_gone *gone);

/* The addresses of `net` are that source's when they send for `domain`, as somebody entered.  RC_NOMEM. */
enum rc background_add_network(struct background *b, const char *domain, const char *source, const struct ip_net *net);

/* The safety catch is on for mail of that author domain from that address of its own.  RC_NOMEM. */
enum rc background_add_caught(struct background *b, const char *author_domain, const char *address);

/* One more holder; one fewer, the last of which frees it. */
struct background *background_hold(struct background *b);
void background_release(struct background *b); /* NULL allowed */

/*
 * What the inventory says of `source` at `domain`, or else at the nearest
 * domain above it that has an entry; NULL when nothing.  `b` NULL: nothing.
 */
const struct known_source *background_source(const struct background *b, const char *domain, const char *source);

/* The last change of that record; NULL when none is known.  `b` NULL: none. */
const struct known_change *background_change(const struct background *b, const char *name, enum dns_kind kind);

/* The key that `source` last passed by, at `domain` or the nearest above it; NULL when none is known, or `b` NULL. */
const struct known_key *background_key(const struct background *b, const char *domain, const char *source);

/* What is known of a record that the name has no longer; NULL when nothing.  `b` NULL: nothing. */
const struct known_gone *background_gone(const struct background *b, const char *name, enum dns_kind kind);

/*
 * The source whose network holds `ip`, entered of `domain` or else of the
 * nearest domain above it; of several the longest prefix, which is put into
 * *net.  NULL when there is none.  `b` NULL: none.
 */
const char *background_network(const struct background *b, const char *domain, const struct ip *ip,
                               struct ip_net *net);

/* Whether the safety catch is on for it.  `b` NULL: no. */
bool background_is_caught(const struct background *b, const char *author_domain, const char *address);

/* How many of each it holds. */
size_t background_sources(const struct background *b);
size_t background_changes(const struct background *b);

#endif
