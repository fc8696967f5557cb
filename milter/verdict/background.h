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

struct background;

/* An empty one with one reference, to be filled before anybody else sees it; NULL without memory. */
struct background *background_new(void);

/* Both copy all text.  Domain names are normal.  RC_NOMEM. */
enum rc background_add_source(struct background *b, const char *domain, const char *source,
                              const struct known_source *known);
enum rc background_add_change(struct background *b, const char *name, enum dns_kind kind,
                              const struct known_change *change);

/* The safety catch is on for mail of that author domain, or of all for "*".  RC_NOMEM. */
enum rc background_add_caught(struct background *b, const char *author_domain);

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

/* Whether the safety catch is on for it.  `b` NULL: no. */
bool background_is_caught(const struct background *b, const char *author_domain);

/* How many of each it holds. */
size_t background_sources(const struct background *b);
size_t background_changes(const struct background *b);

#endif
