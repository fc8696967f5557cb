/*
 * dnstext.h - the memory of DNS: every SPF, DKIM and DMARC record text seen, and since when.
 *
 * A text that was not known of its name takes the place of the one seen last.
 * That is a change, unless
 *   - the older text is seen again more than its time to live and an hour
 *     after the new one came: then the name has both, as with several keys or
 *     servers that answer in turn; or
 *   - the name has had more than DNSTEXT_RESTLESS new texts in the days that
 *     DNSTEXT_RESTLESS_MS covers: then its text means nothing.
 * The text "" says that the name has no such record (any more).
 * A name that goes back to a text known before has not changed in this sense.
 *
 * Times of a text already known are written when it is a day since the last,
 * or when it and another of its name take turns, then every ten minutes.
 */
#ifndef ASSAY_INVENTORY_DNSTEXT_H
#define ASSAY_INVENTORY_DNSTEXT_H

#include "base/clock.h"
#include "base/siphash.h"
#include "db/db.h"
#include "inventory/inventory.h"
#include "verdict/background.h"

enum {
    DNSTEXT_TEXT_MAX = 8192,    /* bytes of a text that are kept; all of them are told apart */
    DNSTEXT_TEXTS_MAX = 20,     /* texts of one name; of more, those not seen for longest go */
    DNSTEXT_NEW_MAX = 20000,    /* new texts of one day: a sender can invent names … */
    DNSTEXT_KNOWN_MAX = 20000,  /* … and so many more of domains whose mail passed before (correspondents.h) */
    DNSTEXT_SHARE_MAX = 500,    /* of either, of one registered domain */
    DNSTEXT_NAMES_MAX = 16384,  /* names in memory */
    DNSTEXT_RESTLESS = 4,
    DNSTEXT_RESTLESS_MS = 14 * (int)CLOCK_DAY_MS,
    DNSTEXT_SLACK_MS = 3600 * 1000 /* beyond a TTL, for caches and clocks */
};

struct dnstext;

struct dnstext *dnstext_new(void); /* NULL without memory */
void dnstext_free(struct dnstext *t); /* NULL allowed */

/* Notes what was seen at `now_ms`, in the caller's transaction; mostly it finds that there is nothing to write. */
enum rc dnstext_note(struct dnstext *t, struct db *d, const unsigned char secret[SIPHASH_KEY_BYTES],
                     const struct dns_seen *seen, int64_t now_ms, struct err *e);

/* After that transaction failed. */
void dnstext_forget(struct dnstext *t);

/* A text at a name, whoever saw it. */
struct dnstext_row {
    struct str kind, name;
    int64_t hash;    /* dnstext_hash */
    struct str text; /* n == 0: there is none */
    uint32_t ttl;    /* seconds */
};

/* Of all of a text; never 0, which is "none". */
int64_t dnstext_hash(const unsigned char secret[SIPHASH_KEY_BYTES], struct str text);

/* It was seen once more at `now_ms`, in the caller's transaction; *known: the table has it. */
enum rc dnstext_see(struct db *d, const struct dnstext_row *row, int64_t now_ms, bool *known, struct err *e);

/*
 * Adds one that the table has not, in the caller's transaction.  That a name
 * has no record (text "") is kept of names that had one: it is a change of
 * theirs.  Of others it is nothing: a sender can invent them.
 */
enum rc dnstext_add(struct db *d, const struct dnstext_row *row, int64_t now_ms, struct err *e);

/* As store_dns_history. */
enum rc dnstext_history(struct db *d, struct arena *a, enum dns_kind kind, const char *name, size_t max,
                        struct dnstext_version **out, size_t *n, struct err *e);

/* A text as the table has it; `changed` grows with each change of any row. */
struct dnstext_copy {
    struct str kind, name, text;
    int64_t ttl, first_seen_ms, last_seen_ms, changed;
};

/*
 * What is new or was seen again after the change `after`: of these the `max`
 * that changed first, in order of name, kind and text; their text is in `a`.
 */
enum rc dnstext_changed(struct db *d, struct arena *a, int64_t after, size_t max, struct dnstext_copy **out, size_t *n,
                        struct err *e);

/* Puts the changes since `since_ms` into `b`, at most DNSTEXT_CHANGES_MAX. */
enum { DNSTEXT_CHANGES_MAX = 10000 };
enum rc dnstext_changes(struct db *d, int64_t since_ms, struct background *b, struct err *e);

/* Puts records that their names had, and have no longer, into `b`: the newest DNSTEXT_CHANGES_MAX. */
enum rc dnstext_gone(struct db *d, struct background *b, struct err *e);

/*
 * Takes out texts not seen since `before_ms`, among `most` rows from *cursor
 * on, which moves; it is 0 again when all were looked at.  Adds to *gone.
 */
enum rc dnstext_prune(struct db *d, int64_t before_ms, int64_t now_ms, int64_t most, int64_t *cursor, int64_t *gone,
                      struct err *e);

#endif
