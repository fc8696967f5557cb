/*
 * episodes.h - episodes as they are kept: found once, told once, closed once.
 *
 * Which there are follows from the facts alone (watch/watch.h) and is worked
 * out anew each time; here the new findings are matched with what is kept, so
 * that an episode keeps its reference, ticket and history while late reports
 * move its days and figures.
 *
 * Threads: as struct db.
 */
#ifndef ASSAY_EPISODES_EPISODES_H
#define ASSAY_EPISODES_EPISODES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/enumname.h"
#include "base/err.h"
#include "db/db.h"

enum episode_state {
    EPISODE_OPEN,
    EPISODE_RESOLVED,  /* the facts say it is over */
    EPISODE_CLOSED,    /* a person said so */
    EPISODE_WITHDRAWN  /* the facts as they are now do not bear it out */
};
extern const struct enum_names episode_state_names;

enum episode_notice_kind { EPISODE_OPENED, EPISODE_WORSENED, EPISODE_REMINDED, EPISODE_ENDED, EPISODE_TAKEN_BACK };
enum { EPISODE_BAND_WORST = 4 }; /* the greatest of watch/watch.h */

extern const struct enum_names episode_notice_names; /* "opened", "worsened", "reminder", "resolved", "withdrawn" */

enum { EPISODE_TEXT_MAX = 500 /* bytes of a note or ticket */ };

/* Days are those of UTC, counted from the epoch; texts are never NULL. */
struct episode {
    int64_t id;                /* 0 until it is kept */
    const char *ref;           /* by which people name it */
    const char *client, *domain, *workflow, *source, *cause, *detail, *ticket;
    int64_t opened_day, closed_day, since_day; /* closed_day 0: it goes on */
    int64_t band;              /* the higher the worse */
    int64_t messages, passed, quarantined, rejected, before, count;
    enum episode_state state;
    int64_t told_band, told_ms, first_ms;
    int64_t own_messages, own_passed; /* what our own mail showed of it; 0 nothing */
    const char *dns_change;    /* what changed in DNS before it, in words; "" nothing that is known */
};

/* What a round did with one domain. */
struct episode_counts {
    int64_t opened, worsened, resolved, withdrawn, reminded;
};

/* A round, for a domain. */
struct episode_round {
    const char *client, *domain;
    int64_t now_ms, today;
    int64_t sure_day;          /* what opened before is not withdrawn: the facts of that time may be gone */
    int64_t urgent_band;       /* of this band or worse there is a reminder each day */
};

/*
 * Makes the episodes kept of the domain those in `found` (of the same client
 * and domain, in any order), in one
 * transaction, and adds what was done to `out`.  What was over more than a
 * week before it was first seen is kept and not told.
 */
enum rc episodes_reconcile(struct db *d, struct arena *a, const struct episode_round *round,
                           const struct episode *found, size_t n, struct episode_counts *out, struct err *e);

/* Which; "" any. */
struct episode_filter {
    const char *client, *domain, *workflow, *source;
    bool open_only;
    int64_t band;              /* of enum watch_band; 0 any */
    int64_t since_day;         /* opened or closed then or later; 0 any */
};
#define EPISODE_ANY {.client = "", .domain = "", .workflow = "", .source = ""}

/* The worst first, then the newest, at most `max`. */
enum rc episodes_list(struct db *d, struct arena *a, const struct episode_filter *f, size_t max, struct episode **out,
                      size_t *n, struct err *e);

/* By what a list may be ordered, beside the usual: the worst first, then the newest. */
enum episode_order {
    EPISODES_BY_USUAL, EPISODES_BY_BAND, EPISODES_BY_KIND, EPISODES_BY_DOMAIN, EPISODES_BY_MESSAGES, EPISODES_BY_CAUSE,
    EPISODES_BY_TICKET, EPISODES_BY_SINCE
};

/* A part of that list: `max` of them after the first `skip`; *all is how many there are. */
struct episodes_part {
    enum episode_order order;
    bool down; /* the largest first; not of the usual order */
    size_t skip, max;
};
enum rc episodes_part(struct db *d, struct arena *a, const struct episode_filter *f, const struct episodes_part *part,
                      struct episode **out, size_t *n, int64_t *all, struct err *e);

/* By its reference, or by its ticket when only one has it; RC_NOTFOUND, RC_LIMIT for several. */
enum rc episodes_get(struct db *d, struct arena *a, const char *key, struct episode *out, struct err *e);

/* What happened to it, oldest first. */
struct episode_event {
    int64_t time_ms;
    const char *who, *what, *text;
};
enum rc episodes_history(struct db *d, struct arena *a, int64_t id, struct episode_event **out, size_t *n,
                         struct err *e);

/* How many episodes of a client are open, and the worst band of them; of each client that has one, by their names. */
struct episode_number {
    const char *client;
    int64_t open, band;
};
enum rc episodes_open_of_each(struct db *d, struct arena *a, struct episode_number **out, size_t *n, struct err *e);

/*
 * By a person: a note, a ticket, or the end; each in a transaction of its own.
 * episodes_close: RC_NOTFOUND when it is not open any more.
 */
enum rc episodes_note(struct db *d, int64_t id, const char *who, const char *text, int64_t now_ms, struct err *e);
enum rc episodes_ticket(struct db *d, int64_t id, const char *who, const char *ticket, int64_t now_ms, struct err *e);
enum rc episodes_close(struct db *d, int64_t id, const char *who, const char *note, int64_t today, int64_t now_ms,
                       struct err *e);

/* ---- what is told ---- */

struct episode_notice {
    int64_t id;
    enum episode_notice_kind kind;
    struct episode episode;
};

/* The ways out: the log, mail, a web address, a program. */
enum episode_way { EPISODE_LOG, EPISODE_MAIL, EPISODE_POST, EPISODE_RUN };

/*
 * What was not told that way yet, oldest first, at most `max`; when something
 * was begun and not told (episodes_begin), that alone.
 */
enum rc episodes_untold(struct db *d, struct arena *a, enum episode_way way, size_t max, struct episode_notice **out,
                        size_t *n, struct err *e);

/* All of them were, under `key`: the Message-ID, or what a receiver tells a second attempt by; "" none. */
enum rc episodes_told(struct db *d, enum episode_way way, const struct episode_notice *notice, size_t n,
                      const char *key, struct err *e);

/* Before they go out, together and under that key, which a second attempt will bear as well.  Not for EPISODE_LOG. */
enum rc episodes_begin(struct db *d, enum episode_way way, const struct episode_notice *notice, size_t n,
                       const char *key, struct err *e);

/* The key of what was begun and not told; "" nothing was.  Not for EPISODE_LOG. */
enum rc episodes_begun(struct db *d, struct arena *a, enum episode_way way, const char **key, struct err *e);

/* When something was last done under that name ("digest"), milliseconds since the epoch; 0 never. */
enum rc episodes_way_last(struct db *d, const char *name, int64_t *last_ms, struct err *e);
enum rc episodes_way_note(struct db *d, const char *name, int64_t now_ms, struct err *e);

#endif
