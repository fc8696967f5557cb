/*
 * exceptions.h - what a client decided not to mend, or not yet: with its risk, whose it is, why, and until when.
 *
 * There is one of a domain and source at a time; the source "" stands for the
 * domain as a whole, and so for its next stage of the policy.  One that was
 * taken out, or gave way to another, is kept.
 *
 * Threads: as struct db.
 */
#ifndef ASSAY_EPISODES_EXCEPTIONS_H
#define ASSAY_EPISODES_EXCEPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "db/db.h"

enum { EXCEPTION_TEXT_MAX = 500, EXCEPTIONS_MAX = 2000 };

/* Texts are never NULL. */
struct exception {
    int64_t id;
    const char *client, *domain, *source; /* the domain in normal form; source "" all of it */
    const char *risk, *owner, *reason;
    int64_t until_day;          /* the last day on which it holds; of UTC, counted from the epoch */
    int64_t since_ms;           /* when it was written down … */
    const char *who;            /* … and by whom */
    int64_t removed_ms;         /* 0: in force, whether its last day is over or not */
    const char *removed_by;
};

/* Which; "" any. */
struct exception_filter {
    const char *client, *domain, *source;
    bool any_source;            /* else exactly `source` */
    bool all;                   /* those that were taken out, too */
};

/* Those that end first at the head, at most `max`; texts in the arena. */
enum rc exceptions_list(struct db *d, struct arena *a, const struct exception_filter *f, size_t max,
                        struct exception **out, size_t *n, struct err *e);

/* The one of that id, in force or not; texts in the arena.  RC_NOTFOUND. */
enum rc exceptions_get(struct db *d, struct arena *a, int64_t id, struct exception *out, struct err *e);

/* Writes it down, in a transaction of its own; one of the same domain and source that is in force gives way. */
enum rc exceptions_add(struct db *d, const struct exception *x, struct err *e);

/* Takes out the one of that domain and source; RC_NOTFOUND. */
enum rc exceptions_remove(struct db *d, const char *domain, const char *source, const char *who, int64_t now_ms,
                          struct err *e);

/* The one of `list` that holds on that day for the domain's source; "" the domain as a whole.  NULL none. */
const struct exception *exception_of(const struct exception *list, size_t n, const char *source, int64_t day);

#endif
