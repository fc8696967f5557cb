/*
 * views.h - what pages and client reports ask of the tables, each question within a scope.
 *
 * A scope says whose figures may be seen; there is no question without one.
 * Mail is counted in five parts that add up to all of it (inventory/parts.h).
 * Days are those of UTC, counted from the epoch; a span is [first_day, before_day).
 *
 * Threads: as struct db.
 */
#ifndef ASSAY_VIEWS_VIEWS_H
#define ASSAY_VIEWS_VIEWS_H

#include "base/arena.h"
#include "catalogue/clients.h"
#include "db/db.h"
#include "inventory/inventory.h"
#include "inventory/parts.h"
#include "inventory/recent.h"
#include "output/record.h"
#include "records/store.h"

enum {
    VIEWS_CLIENTS_MAX = 1000, /* of a scope */
    VIEWS_ROWS_MAX = 100000,  /* of one answer */
    VIEWS_DAYS_MAX = 366
};

/* Domains of which the sums say what was before a decision, in the order of their names; or that is so of all. */
struct views_stale {
    const char *const *domain;
    size_t n;
    bool all;
};

/* Whose figures: all, or those of these clients of clients.conf. */
struct scope {
    bool all;
    size_t n;
    const char *const *client;
    const struct views_stale *stale; /* as views_begin found it, for as long as its transaction; NULL: each looks */
};

/* As the database is told it (db_bound), in the arena; NULL without memory. */
const char *scope_text(const struct scope *s, struct arena *a);

/* Tells the database the scope, and looks once for what all questions in this read transaction ask first. */
enum rc views_begin(struct scope *s, struct db *d, struct arena *a, struct err *e);

/* Whether the client's figures are in it; those of nobody ("") are in that of all alone. */
bool scope_has(const struct scope *s, const char *client);

/* Which messages; "" or NULL any, but of the scope. */
struct views_wanted {
    int64_t first_day, before_day;
    const char *client, *domain, *source;
    bool clients_only; /* not the mail of domains that are nobody's here; a fraction of the time */
    bool failed_only;  /* not what passed and is not forged for another reason */
};

/* One line of a tally, added up as asked for: what is not asked for is "" or 0. */
struct views_row {
    const char *domain, *source, *cause, *client, *dmarc, *disposition, *status;
    int64_t day, messages, passed;
    struct parts parts;
    int64_t refused, held; /* messages that we refused or quarantined */
};

/* By what rows are told apart. */
enum { VIEWS_BY_DOMAIN = 1, VIEWS_BY_SOURCE = 2, VIEWS_BY_CAUSE = 4, VIEWS_BY_DAY = 8, VIEWS_BY_CLIENT = 16 };

/* Counted out of the tallies; rows in the order of their fields.  RC_LIMIT beyond VIEWS_ROWS_MAX rows. */
enum rc views_count(const struct scope *s, struct db *d, struct arena *a, const struct views_wanted *w, unsigned by,
                    struct views_row **out, size_t *n, struct err *e);

/*
 * Mail of approved sources that was not confirmed, of clients (of w->client alone unless that is ""): by client,
 * domain, source, cause and day, in no order.  RC_LIMIT beyond VIEWS_ROWS_MAX rows.
 */
enum rc views_failing(const struct scope *s, struct db *d, struct arena *a, const struct views_wanted *w,
                      struct views_row **out, size_t *n, struct err *e);

/* Forged mail of clients, by client, domain and day, in no order; as above. */
enum rc views_forged(const struct scope *s, struct db *d, struct arena *a, const struct views_wanted *w,
                     struct views_row **out, size_t *n, struct err *e);

/*
 * What receivers reported of the mail of a client (w->client, which must be
 * named; of w->domain alone unless that is ""): reports that are heeded, by
 * domain, source, cause and day, in this order.  `refused` and `held` are what
 * receivers did.  RC_LIMIT beyond four times VIEWS_ROWS_MAX rows.
 */
enum rc views_reported(const struct scope *s, struct db *d, struct arena *a, const struct views_wanted *w,
                       struct views_row **out, size_t *n, struct err *e);

/* How many reports about the client that are heeded cover these days, and of how many reporters. */
enum rc views_reports(struct db *d, const char *client, int64_t first_day, int64_t before_day, int64_t *reports,
                      int64_t *reporters, struct err *e);

/* A source that became approved or retired. */
struct views_decision {
    const char *domain, *source, *status, *ticket;
    int64_t day;
};

/* Of the client in these days, oldest first, at most `max`. */
enum rc views_decisions(struct db *d, struct arena *a, const char *client, int64_t first_day, int64_t before_day,
                        size_t max, struct views_decision **out, size_t *n, struct err *e);

/* The inventory within the scope; as inventory_list. */
enum rc views_sources(const struct scope *s, struct db *d, struct arena *a, const struct inventory_filter *f,
                      struct inventory_row **out, size_t *n, struct err *e);

/*
 * Named sources of clients on which nobody has decided, of one client unless `client` is "", seen since then; the
 * latest day first, at most `max`.  *all is how many there are.
 */
enum rc views_undecided(const struct scope *s, struct db *d, struct arena *a, const char *client, int64_t since_ms,
                        size_t max, struct inventory_row **out, size_t *n, int64_t *all, struct err *e);

/* How many such sources each client has, of any time; in the order of the clients' names. */
struct views_number {
    const char *client;
    int64_t n;
};
enum rc views_undecided_of_each(const struct scope *s, struct db *d, struct arena *a, struct views_number **out,
                                size_t *n, struct err *e);

/* How many sources of clients were seen for the first time after that. */
enum rc views_new_sources(const struct scope *s, struct db *d, int64_t after_ms, int64_t *out, struct err *e);

/* A change of a DNS record: the text that replaced another. */
struct views_dns {
    const char *kind, *name, *text, *before; /* "" none */
    int64_t first_seen_ms;
    bool forgotten;        /* what was before is not kept any more; `before` is "" */
    enum recent_fate fate; /* whether it stayed */
};

/* Changes since then of records of this domain or below it, newest first, at most `max`. */
enum rc views_dns(const struct scope *s, struct db *d, struct arena *a, const char *client, const char *domain,
                  int64_t since_ms, size_t max, struct views_dns **out, size_t *n, struct err *e);

/* How many since then, of all names, counted up to `most`; 0 for scopes that do not see all. */
enum rc views_dns_number(const struct scope *s, struct db *d, int64_t since_ms, int64_t most, int64_t *out,
                         struct err *e);

/*
 * The newest messages, at most `max`, for scopes that see all; those behind the place `after`, which a call before
 * gave ("" from the first on).  *next is the place behind which there are more, "" when there are none.  Of a centre
 * `store` is asked, of a file `d`.  RC_BAD for an `after` that is no place.
 */
struct views_messages_wanted {
    const char *after;
    bool failed_only;
    size_t max;
};
enum rc views_messages(const struct scope *s, struct store *store, struct db *d, struct arena *a,
                       const struct views_messages_wanted *w, struct record **out, size_t *n, const char **next,
                       struct err *e);

/* What the service itself is doing. */
struct views_health {
    int64_t messages;   /* records held, by their ids */
    int64_t oldest_ms, newest_ms;
    int64_t behind;     /* messages not yet in tallies and inventory */
    int64_t waiting, failed; /* reports on their way, and those given up */
    int64_t built_ms;   /* the last report made */
    int64_t caught;     /* domains of which the safety catch holds */
    const char *version; /* of the service that wrote last */
    int64_t started_ms;
};
enum rc views_health(const struct scope *s, struct db *d, struct arena *a, struct views_health *out,
                     struct err *e);

#endif
