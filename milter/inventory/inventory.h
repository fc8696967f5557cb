/*
 * inventory.h - which sources send for which domain, and what people said of them.
 *
 * An entry belongs to a domain and a source: of senders.conf, "unknown", or a
 * name of its own that the addresses in its field `network` stand for.
 * People write the entries of any domain; those of clients' domains join by
 * themselves, as `unknown`, when mail of theirs is seen.
 */
#ifndef ASSAY_INVENTORY_INVENTORY_H
#define ASSAY_INVENTORY_INVENTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

/* What people write: X(field, help); the field is the column's, the option's and the CSV heading's name. */
#define INVENTORY_FIELDS(X) \
    X(status, "approved, unknown, retired, malicious or pending") \
    X(vendor, "who runs the service") \
    X(platform, "which product of theirs") \
    X(kind, "identity, marketing, billing, crm, ticketing, website, shadow-it …") \
    X(sending_domain, "domain it sends as") \
    X(dkim_selectors, "its DKIM selectors") \
    X(spf_include, "its SPF include") \
    X(return_path, "domain of its reverse-path") \
    X(owner, "business owner") \
    X(ticket, "ticket reference") \
    X(note, "anything else") \
    X(network, "its addresses and networks, which name it for this domain: 203.0.113.0/28, 2001:db8::/48")

enum inventory_field {
#define INVENTORY_FIELD_NUMBER(field, help) INVENTORY_##field,
    INVENTORY_FIELDS(INVENTORY_FIELD_NUMBER)
#undef INVENTORY_FIELD_NUMBER
    INVENTORY_FIELD_COUNT
};

enum {
    INVENTORY_TEXT_MAX = 500,   /* bytes of one field */
    INVENTORY_SOURCE_MAX = 64,  /* bytes of a source's name */
    INVENTORY_STATUS_MAX = 24,  /* bytes of a status, with its NUL */
    INVENTORY_JOIN_MAX = 2000,  /* entries of one client that join by themselves … */
    INVENTORY_FAILED_MAX = 200  /* … of these, from which nothing passed: anybody can make such */
};

/* One entry; text is never NULL. */
struct inventory_row {
    const char *domain, *source;
    const char *client;
    const char *field[INVENTORY_FIELD_COUNT];
    int64_t first_seen_ms, last_seen_ms, volume, passed;
};

/* Which entries; "" any.  `domain` stands for those below it, too. */
struct inventory_filter {
    const char *client, *domain, *status, *source;
    const char *ticket; /* case aside; NULL any, too */
    bool domain_alone;  /* not those below `domain` */
    bool failing;       /* only those of which a message failed */
    int64_t since_ms;   /* only those seen since then, milliseconds since the epoch; 0 any */
};

/* What one edit sets; NULL leaves a field as it is. */
struct inventory_edit {
    const char *domain; /* normal */
    const char *source;
    const char *field[INVENTORY_FIELD_COUNT];
    bool remove; /* the entry is taken out instead */
};

struct inventory_author {
    const char *who;
    int64_t now_ms;
};

/* What edits did, or would do. */
struct inventory_counts {
    size_t created, changed, unchanged, removed;
};

/* One field of one entry that took another value; field "" is the entry's beginning, "removed" its end. */
struct inventory_change {
    int64_t time_ms;
    const char *who, *field, *old, *new;
};

extern const char *const inventory_field_name[INVENTORY_FIELD_COUNT];

struct db;

/* As the functions of store.h that are named alike. */
enum rc inventory_list(struct db *d, struct arena *a, const struct inventory_filter *f, struct inventory_row **out,
                       size_t *n, struct err *e);
enum rc inventory_changes(struct db *d, struct arena *a, const char *domain, const char *source, size_t max,
                          struct inventory_change **out, size_t *n, struct err *e);
enum rc inventory_apply(struct db *d, const struct inventory_edit *edit, size_t n, const struct inventory_author *by,
                        bool rehearse, struct inventory_counts *out, struct err *e);

/* What people said of a source at a domain: in its own entry, else in that of the nearest domain above; "" nothing. */
enum rc inventory_status(struct db *d, const char *domain, const char *source, char out[static INVENTORY_STATUS_MAX],
                         struct err *e);

/* What messages of one source added to an entry. */
struct inventory_seen {
    const char *domain, *source, *client;
    int64_t first_ms, last_ms, volume, passed;
    const char *key_name, *key_host; /* the key that one of them passed by, where its name leads; NULL none */
};

/*
 * Adds it, in the caller's transaction.  A client's entry that is not there
 * joins as unknown, as long as the client has fewer than INVENTORY_JOIN_MAX;
 * one from which nothing passed yet, as long as there are fewer than
 * INVENTORY_FAILED_MAX of these.
 */
enum rc inventory_count(struct db *d, const struct inventory_seen *seen, struct err *e);

/* A text that a DNS record had (inventory/dnstext.h). */
struct dnstext_version {
    const char *text;
    int64_t ttl;           /* seconds, the most that was seen */
    int64_t first_seen_ms;
    int64_t last_seen_ms;  /* true to a day */
};

/* What came of all mail in the past (inventory/caught.h). */
struct past_mail {
    int64_t messages, passed;
    int64_t refused; /* or quarantined */
};

#endif
