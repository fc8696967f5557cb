/*
 * store.h - where records are kept.
 *
 * Writing is group commit: store_put hands the record to the store's thread
 * and waits until the transaction that holds it is on disk; many waiting
 * messages share one fsync.
 *
 * Out of the records the store's thread makes what is asked for often: by
 * which keys a message is found, how often something happened (tallies), and
 * what each source sent (the inventory's volumes).  These follow within a
 * second, and are made of the records themselves: after a crash they are
 * caught up from where they stood, so that none is counted twice or left out.
 *
 * Threads: every function but store_open and store_close, from any thread.
 */
#ifndef ASSAY_RECORDS_STORE_H
#define ASSAY_RECORDS_STORE_H

#include "base/arena.h"
#include "base/err.h"
#include "inventory/inventory.h"
#include "output/record.h"
#include "verdict/background.h"

struct store;

enum store_mode {
    STORE_READ,
    STORE_WRITE, /* keeps records; one process at a time */
    STORE_WRITE_LATER, /* the same, and a database that cannot be opened is no error: it is tried again */
    STORE_EDIT   /* changes the inventory of a database that is there, beside the one that writes */
};

/*
 * Opens `path`, a file, or for STORE_READ and STORE_EDIT the centre of a
 * fleet (engine.h).  STORE_WRITE creates it, migrates an older schema (a
 * newer one is RC_BAD) and starts the writer thread.  `full_sync`: on disk
 * means it survives power loss, else a killed process.  What may pass (a full
 * disk) is no error: it is as with STORE_WRITE_LATER.  STORE_EDIT without the
 * right to write is RC_IO, and `e` says who has it.  With STORE_WRITE_LATER it
 * is logged that there are no records for now; store_put answers RC_TEMP until
 * the writer thread, which tries once a second, could open it.
 */
enum rc store_open(const char *path, enum store_mode mode, bool full_sync, struct store **out, struct err *e);

/* Whether STORE_WRITE could open the file that is there, as far as reading tells: RC_BAD when it could not. */
enum rc store_check(const char *path, struct err *e);

/* Writes what was handed over, then closes.  NULL allowed. */
void store_close(struct store *s);

/* How many days things are kept; 0 for ever, which is what a store begins with. */
struct store_keep {
    unsigned messages, tallies, dns_texts;
};
void store_keep(struct store *s, const struct store_keep *keep);

/* ---- writing ---- */

/* What is kept of one message. */
struct store_item {
    const struct record *record;
    const struct dns_seen *seen; /* record texts met on the way */
    size_t seen_count;           /* at most DNS_SEEN_MAX */
};

/*
 * Keeps it; RC_OK once it is committed.  RC_TEMP when the database
 * cannot be written now (full, locked, gone): the caller lets the mail flow
 * and says so.  `e` has the reason.  Waits at most `timeout_ms`.
 */
enum rc store_put(struct store *s, const struct store_item *item, int timeout_ms, struct err *e);

struct store_counts {
    uint64_t written; /* committed records */
    uint64_t lost;    /* RC_TEMP answers */
    uint64_t commits;
    uint64_t queued;  /* waiting now */
    uint64_t busy_us; /* microseconds of writing, failed or not */
    uint64_t pruned;  /* rows taken out because they were older than is kept */
    uint64_t replaced; /* STORE_EDIT: times that the file was found to be another one */
    uint64_t maintenance_us; /* microseconds between commits of sorting keys and taking out old rows */
};
/* What was counted since the start. */
struct store_counts store_counts(struct store *s);

/* ---- messages ---- */

/* By what a message can be found. */
enum store_key {
    STORE_KEY_REF,
    STORE_KEY_QUEUE_ID,
    STORE_KEY_MESSAGE_ID, /* angle brackets optional */
    STORE_KEY_DOMAIN,     /* of the author, its organizational domain, of the reverse-path, of the first recipient */
    STORE_KEY_ADDRESS,    /* of the From field, the reverse-path, a recipient */
    STORE_KEY_IP,
    STORE_KEY_SOURCE,     /* of senders.conf; not "unknown" */
    STORE_KEY_TICKET,
    STORE_KEY_COUNT
};
extern const struct enum_names store_key_names; /* "ref", "queue-id", … */

struct store_query {
    const char *key;   /* letters' case and outer blanks do not matter, but for queue ids and Message-IDs */
    unsigned kinds;    /* 1u << enum store_key for each it may be; 0: whatever it looks like */
    int64_t since_ms;  /* not older than this, milliseconds since the epoch; 0 any */
    int64_t until_ms;  /* older than this; 0 any */
    size_t limit;      /* at most so many, the newest */
    bool (*accept)(const struct record *r, void *ctx); /* whether one counts; NULL: all do */
    void *ctx;
};
enum {
    STORE_FIND_MAX = 1000,    /* most of `limit` that is heeded */
    STORE_LOOKED_MAX = 200000 /* messages with the key that are put to `accept`, the newest */
};

/* Newest first.  RC_OK with *n == 0 when there is none. */
enum rc store_find(struct store *s, struct arena *a, const struct store_query *q, struct record **out, size_t *n,
                   struct err *e);

/* Where a message stands among all of a centre, of which the last is the newest. */
struct store_place {
    int64_t time_ms, store, id;
};
#define STORE_PLACE_END ((struct store_place){INT64_MAX, INT64_MAX, INT64_MAX})

/*
 * The newest messages of a centre, which it must be; a file's are asked of its table (views/views.h).  *last is where
 * the last of them stands: behind it the next begin.
 */
struct store_newest {
    struct store_place before;
    bool failed_only; /* not what passed */
    size_t limit;
};
enum rc store_newest(struct store *s, struct arena *a, const struct store_newest *q, struct record **out, size_t *n,
                     struct store_place *last, struct err *e);

/*
 * Of a centre: what is asked from now on sees the rows of these clients alone (db_bound), and is given up with
 * RC_LIMIT at `mono_ms` (clock_mono_ms; 0 never).  Of a file nothing.
 */
enum rc store_bound(struct store *s, const char *clients, int64_t mono_ms, struct err *e);

/*
 * Whether it is the centre of a fleet, in which many hosts' records are, but
 * and of which hosts' newest mail is not there, as "mx7 since
 * 2026-11-25 09:12 UTC; …", "" when none lags.  The text is in `a`.
 */
bool store_is_centre(struct store *s);
enum rc store_lacks(struct store *s, struct arena *a, const char **out, struct err *e);

/*
 * Hosts of a fleet that may still have records from before `until_ms`, by
 * their own clocks, which are not in the centre; not those that were retired.
 * In order of their names, which are in `a`; none of a file.
 */
struct store_laggard {
    const char *host;
    int64_t whole_ms; /* up to here all are there; 0: nothing is known of it */
};
enum rc store_laggards(struct store *s, struct arena *a, int64_t until_ms, struct store_laggard **out, size_t *n,
                       struct err *e);

/* When the oldest message that is kept came, milliseconds since the epoch; 0: none is. */
enum rc store_oldest(struct store *s, int64_t *out_ms, struct err *e);

/* How often the same happened; days are those of UTC, counted from the epoch. */
struct store_tally {
    int64_t messages;
    int64_t days;                /* on how many different days */
    int64_t first_day, last_day; /* 0 when there was none */
};

/* Messages of that author domain and source with that cause ("" those that passed), as far back as tallies are kept. */
enum rc store_tally(struct store *s, const char *author_domain, const char *source, const char *cause,
                    struct store_tally *out, struct err *e);

/* ---- what DNS said ---- */

/* The texts known of a record, newest first, at most `max`. */
enum rc store_dns_history(struct store *s, struct arena *a, enum dns_kind kind, const char *name, size_t max,
                          struct dnstext_version **out, size_t *n, struct err *e);

/* ---- runs of `assay domain` (inventory/domain_run.h) ---- */

struct domain_run;
/* For a store opened STORE_EDIT; and the last one not after `time_ms`. */
enum rc store_domain_run_put(struct store *s, const struct domain_run *run, struct err *e);
enum rc store_domain_run_last(struct store *s, struct arena *a, const char *domain, int64_t time_ms,
                              struct domain_run *out, struct err *e);

/* What it saw (inventory/domain_text.h): for a store opened STORE_EDIT, in one transaction; and what is known. */
struct domain_text;
enum rc store_domain_text_put(struct store *s, const struct domain_text *text, size_t n, int64_t now_ms,
                              struct err *e);
enum rc store_domain_text_list(struct store *s, struct arena *a, const char *name, size_t max,
                               struct domain_text **out, size_t *n, struct err *e);

/* ---- the inventory ---- */

/* Entries by domain and source; filters as in struct inventory_filter. */
enum rc store_sources(struct store *s, struct arena *a, const struct inventory_filter *f, struct inventory_row **out,
                      size_t *n, struct err *e);

/* What was changed of one entry, newest first, at most `max`. */
enum rc store_source_changes(struct store *s, struct arena *a, const char *domain, const char *source, size_t max,
                             struct inventory_change **out, size_t *n, struct err *e);

/*
 * Makes all of the edits or none; `rehearse` makes none and counts all the
 * same.  For a store opened STORE_EDIT.
 */
enum rc store_source_edit(struct store *s, const struct inventory_edit *edit, size_t n,
                          const struct inventory_author *by, bool rehearse, struct inventory_counts *out,
                          struct err *e);

/* ---- the safety catch ---- */

/*
 * For a store opened STORE_EDIT.  Puts an author domain among those caught;
 * takes it out, *was telling whether it was in; until when it is in, 0 when
 * it is not; takes out those whose time is over, or may not last so long (inventory/caught.h).
 */
enum rc store_caught_put(struct store *s, const char *domain, int64_t since_ms, int64_t until_ms, struct err *e);
enum rc store_caught_remove(struct store *s, const char *domain, bool *was, struct err *e);
enum rc store_caught_expire(struct store *s, int64_t now_ms, int64_t longest_ms, struct err *e);
enum rc store_caught_until(struct store *s, const char *domain, int64_t *until_ms, struct err *e);

/* What came of all mail in the days of UTC from `first_day` to the one before `before_day`, counted from the epoch. */
enum rc store_past(struct store *s, int64_t first_day, int64_t before_day, struct past_mail *out, struct err *e);

/*
 * What is known of a correspondent before `day` (inventory/correspondents.h):
 * whether `address` is one of its own, and how much passed from such.
 */
enum rc store_correspondent_has(struct store *s, const char *domain, const char *address, int64_t day, bool *has,
                                struct err *e);
enum rc store_correspondent_passed(struct store *s, const char *domain, int64_t day, int64_t *passed, struct err *e);

/* ---- what a verdict is told (verdict/background.h) ---- */

/* Grows whenever the next would differ; costs a few microseconds. */
enum rc store_generation(struct store *s, int64_t *out, struct err *e);

/* Made of the tables as they are, with one reference; `now_ms` since the epoch. */
enum rc store_background(struct store *s, int64_t now_ms, struct background **out, struct err *e);

#endif
