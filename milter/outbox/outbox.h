/*
 * outbox.h - what is to be mailed, and what became of it, address by address.
 *
 * Two tables.  `dispatch` has a row per report: when its turn is, and when it
 * is over.  `delivery` has a row per report and address.  A delivery is
 * marked "sending" on disk before SMTP begins and "sent" after the server
 * took it: whoever finds "sending" when nobody sends any more does not know
 * what became of it and sends it again, under the same Message-ID.
 *
 * Threads: as struct db.  One sender at a time: outbox_lock.
 */
#ifndef ASSAY_OUTBOX_OUTBOX_H
#define ASSAY_OUTBOX_OUTBOX_H

#include "base/arena.h"
#include "base/enumname.h"
#include "db/db.h"

enum outbox_kind { OUTBOX_AGGREGATE, OUTBOX_FAILURE }; /* rows of the tables report and failure */
extern const struct enum_names outbox_kind_names;

enum delivery_state {
    DELIVERY_WAITING,    /* to be sent (again) */
    DELIVERY_SENDING,    /* SMTP had begun: the outcome is not known */
    DELIVERY_SENT,       /* the relay took it */
    DELIVERY_REFUSED,    /* we do not send it: no leave, opted out … */
    DELIVERY_FAILED,     /* the relay refused it for good, or it was tried for too long, or it bounced */
    DELIVERY_SUPPRESSED  /* the address bounced before */
};
extern const struct enum_names delivery_state_names;

/* One report on its way.  Its state is WAITING, or what it came to: SENT (to one address at least), REFUSED … */
struct dispatch {
    enum outbox_kind kind;
    int64_t item;             /* id in report or failure */
    const char *policy_domain;
    enum delivery_state state;
    int64_t attempts;
    int64_t since_ms, next_ms; /* when it came in; when its turn is */
    const char *error;        /* why it waits or is over; "" */
};

struct delivery {
    int64_t id;
    enum outbox_kind kind;
    int64_t item;
    const char *address;
    enum delivery_state state;
    int64_t attempts;
    int64_t last_ms, sent_ms; /* 0: never */
    const char *error;
    const char *message_id;   /* without angle brackets; the same at every attempt */
    const char *verp;         /* the key in its return path */
};

/* ---- one sender at a time ---- */

/* Who is alone at it: who sends (and the watch), who makes reports to clients, who builds aggregate reports. */
enum outbox_work { OUTBOX_SENDING, OUTBOX_REPORTING, OUTBOX_BUILDING };

struct outbox_lock;

/*
 * Waits for it at most `wait_ms` milliseconds; then RC_TEMP when another
 * process holds it, or what else may pass; RC_IO for what this user may not
 * do.  Made by root it is given to the owner of `database`.  Ends with the
 * process, however that ends.
 */
enum rc outbox_lock_file(const char *database, enum outbox_work work, int64_t wait_ms, struct outbox_lock **out,
                         struct err *e);

/*
 * The same of a database that is open, whichever engine it has.  In the centre
 * of a fleet one machine is at each work, and RC_LIMIT says which is ("mx2 is
 * at it"); `host` is what others are told.  The lock is the connection's: with
 * it the right to write is gone as well.  On a file *out is NULL for OUTBOX_BUILDING, which needs none there.
 */
enum rc outbox_lock(struct db *d, enum outbox_work work, const char *host, int64_t wait_ms, struct outbox_lock **out,
                    struct err *e);
void outbox_unlock(struct outbox_lock *l); /* NULL allowed */

/* In the centre: how often that lock was taken, by which those who had it are told apart; else 0. */
int64_t outbox_epoch(const struct outbox_lock *l);

/*
 * The service makes the files of these locks beside a database that others write
 * too (dbfile_is_shared), for who sends reports may make none there.  What
 * fails is said by whoever sends.
 */
void outbox_make_lock(const char *database);

/* ---- reports ---- */

/* Gives each report that is not here yet its turn, at random within `spread_ms` from now; failure reports at once. */
enum rc outbox_enroll(struct db *d, int64_t now_ms, int64_t spread_ms, struct err *e);

/*
 * With the lock held: what was "sending" when its sender died waits again.
 * *n of them.  In the centre of a fleet only what has been so for longer than
 * handing over a mail may take: whoever lost the lock may be at it still.
 */
enum rc outbox_recover(struct db *d, int64_t *n, struct err *e);

/* Those whose turn it is (all that wait, when `now_ms` is INT64_MAX), the longest due first, at most `max`. */
enum rc outbox_due(struct db *d, struct arena *a, int64_t now_ms, size_t max, struct dispatch **out, size_t *n,
                   struct err *e);

/*
 * With the lock held: no time lies further ahead than its own option allows.
 * What does was written by a clock that was ahead, and begins again now; *n of
 * them.  Not while the newest record lies ahead as well.
 */
enum rc outbox_mend_times(struct db *d, int64_t now_ms, int64_t *n, struct err *e);

/* How many those are, about how many policy domains, and how many more have their turn later. */
enum rc outbox_count_due(struct db *d, int64_t now_ms, int64_t *reports, int64_t *domains, int64_t *later,
                         struct err *e);

/* That of one report; RC_NOTFOUND when it has not come here yet. */
enum rc outbox_find(struct db *d, struct arena *a, enum outbox_kind kind, int64_t item, struct dispatch *out,
                    struct err *e);

/* After a round: its new state, next turn and reason; one more attempt. */
enum rc outbox_settle(struct db *d, const struct dispatch *item, enum delivery_state state, int64_t next_ms,
                      const char *error, struct err *e);

/* ---- addresses ---- */

/* What is known of each address of one report, oldest first. */
enum rc outbox_deliveries(struct db *d, struct arena *a, enum outbox_kind kind, int64_t item, struct delivery **out,
                          size_t *n, struct err *e);

/* Adds one that is not there; what is there stays as it is.  All but id, attempts and times is taken from `row`. */
enum rc outbox_add(struct db *d, const struct delivery *row, struct err *e);

/* On disk before SMTP begins.  In the centre of a fleet RC_TEMP for who has lost the lock to another. */
enum rc outbox_begin(struct db *d, const struct outbox_lock *lock, int64_t id, int64_t now_ms, struct err *e);

/* What became of it; SENT notes when. */
enum rc outbox_end(struct db *d, int64_t id, enum delivery_state state, int64_t now_ms, const char *error,
                   struct err *e);

/* The delivery whose return path has `verp`; RC_NOTFOUND. */
enum rc outbox_find_verp(struct db *d, struct arena *a, struct str verp, struct delivery *out, struct err *e);

/*
 * Puts back to their turn now: what waits, and with a `key` also what failed
 * or was suppressed.  `key` is a policy domain, an address (whose suppression
 * ends), or a report-id; "" for all that wait.  *n reports.
 */
enum rc outbox_retry(struct db *d, struct str key, int64_t now_ms, int64_t *n, struct err *e);

/* How many deliveries of `kind` were sent after `since_ms`, to `address` and about `policy_domain` ("": any). */
enum rc outbox_count_sent(struct db *d, enum outbox_kind kind, int64_t since_ms, struct str address,
                          struct str policy_domain, int64_t *n, struct err *e);

/* ---- what was sent lately, and about whom ---- */

struct outbox_sent {
    enum outbox_kind kind;
    const char *address, *policy_domain;
    bool stranger; /* outbox_mark_stranger */
};

/* Each mail that was sent after `since_ms` and not after `until_ms`; text lasts as long as the call. */
enum rc outbox_each_sent(struct db *d, int64_t since_ms, int64_t until_ms,
                         void (*each)(void *arg, const struct outbox_sent *sent), void *arg, struct err *e);

/*
 * Whether the policy domain of an aggregate report is known here: mail of it
 * passed (lately, or on the report's day), or the inventory has it.
 */
enum rc outbox_domain_is_known(struct db *d, const struct dispatch *item, bool *known, struct err *e);

/* Notes that it is not. */
enum rc outbox_mark_stranger(struct db *d, const struct dispatch *item, struct err *e);

/* ---- addresses that bounced ---- */

struct suppression {
    const char *address;
    int64_t since_ms, until_ms;
    const char *why;
};

/* From now on nothing goes to `address` until then. */
enum rc outbox_suppress(struct db *d, const struct suppression *s, struct err *e);

/* RC_NOTFOUND when reports may go to it. */
enum rc outbox_suppressed(struct db *d, struct arena *a, struct str address, int64_t now_ms, struct suppression *out,
                          struct err *e);

/* Those in force, newest first, at most `max`. */
enum rc outbox_suppressions(struct db *d, struct arena *a, int64_t now_ms, size_t max, struct suppression **out,
                            size_t *n, struct err *e);

#endif
