/*
 * tallies.h - how many messages of each kind a day saw.
 *
 * Counted in memory, added to the table `tally` now and then.  A day has at
 * most TALLIES_NEW_MAX rows for which a sender can invent the author domain:
 * what comes after is counted under the domain of the inventory, or none.
 * Domains of clients, and those whose mail passed on two days before
 * (inventory/correspondents.h), have TALLIES_KNOWN_MAX rows of their own.
 */
#ifndef ASSAY_RECORDS_TALLIES_H
#define ASSAY_RECORDS_TALLIES_H

#include "db/db.h"
#include "output/record.h"

enum {
    TALLIES_NEW_MAX = 5000,   /* rows of one day */
    TALLIES_KNOWN_MAX = 50000,
    TALLIES_HELD_MAX = 4096   /* counters in memory; more want to be written */
};

struct tallies;

struct tallies *tallies_new(void); /* NULL without memory */
void tallies_free(struct tallies *t); /* NULL allowed */

/* Counts one message.  RC_NOMEM. */
enum rc tallies_add(struct tallies *t, const struct record *r);

/* How many counters wait. */
size_t tallies_held(const struct tallies *t);

/*
 * Each of them, in the order in which they came first, for who keeps tables of his own; its texts last as long as the
 * counter.  What `each` answers but RC_OK ends it and is answered.
 */
struct tallies_count {
    const char *author, *source, *cause, *client, *dmarc, *disposition;
    const char *inventory;           /* the domain whose inventory has the source; "" none */
    const char *key_name, *key_host; /* as in struct inventory_seen */
    int64_t day, messages, passed, first_ms, last_ms;
};
typedef enum rc tallies_count_taker(void *arg, const struct tallies_count *count);
enum rc tallies_each(const struct tallies *t, tallies_count_taker *each, void *arg);

/* Adds them to the tables, in the caller's transaction; they stay until tallies_clear. */
enum rc tallies_write(struct tallies *t, struct db *d, struct err *e);
void tallies_clear(struct tallies *t);

/* As store_tally. */
struct store_tally;
enum rc tallies_sum(struct db *d, const char *author_domain, const char *source, const char *cause,
                    struct store_tally *out, struct err *e);

/*
 * The rows whose author is at `domain`, or below it in mail of `client` ("": of nobody), of the days from `first_day`
 * to before `before_day`, each given to `each`, whose texts last until the next; what it answers but RC_OK ends it and
 * is answered.
 */
struct tallies_row {
    struct str source, cause, dmarc, disposition;
    int64_t day, messages;
};
typedef enum rc tallies_taker(void *arg, const struct tallies_row *row);
enum rc tallies_of_domain(struct db *d, const char *client, const char *domain, int64_t first_day, int64_t before_day,
                          tallies_taker *each, void *arg, struct err *e);

/* Takes out at most `most` rows of days before `day`, adding to *gone. */
enum rc tallies_prune(struct db *d, int64_t day, int64_t most, int64_t *gone, struct err *e);

/* The day of a time, counted from the epoch, UTC. */
int64_t tallies_day(int64_t time_ms);

#endif
