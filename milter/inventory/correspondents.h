/*
 * correspondents.h - whose mail passed here, from which addresses, on how many days.
 *
 * A row a domain (address ""), for whatever passed DMARC, and one for each
 * address from which it passed in a way that shows the address to be the
 * domain's (policy/tie.h).  The safety catch lets go of nothing else, and the
 * tallies keep room for the domains that were here before.
 *
 * What strangers can fill is bounded: CORRESPONDENTS_NEW_MAX rows a day, of
 * which one network (/24, /48) and one registered domain add a small part
 * each.  Rows that are there are not pushed out by new ones.
 *
 * Threads: the writer's, but for the functions that take a database alone.
 */
#ifndef ASSAY_INVENTORY_CORRESPONDENTS_H
#define ASSAY_INVENTORY_CORRESPONDENTS_H

#include "db/db.h"
#include "output/record.h"

enum {
    CORRESPONDENTS_MAX = 200000,     /* rows in all; more join when old ones are gone */
    CORRESPONDENTS_NEW_MAX = 10000,  /* that join on one day … */
    CORRESPONDENTS_SHARE_MAX = 200,  /* … of these from one network, or of one registered domain */
    CORRESPONDENTS_PAST_DAYS = 28,   /* what passed before that is forgotten */
    CORRESPONDENTS_ONCE_DAYS = 7     /* of those who came on one day only */
};

struct correspondents;

struct correspondents *correspondents_new(void); /* NULL without memory */
void correspondents_free(struct correspondents *c); /* NULL allowed */

/* Counts one message, which may be of any result.  RC_NOMEM. */
enum rc correspondents_add(struct correspondents *c, const struct record *r);

/* How many rows wait. */
size_t correspondents_held(const struct correspondents *c);

/*
 * For who keeps a table of his own: each row, in the order in which they came first, whose texts last until
 * correspondents_clear; what `each` answers but RC_OK ends it and is answered.
 */
struct correspondents_row {
    const char *domain, *address; /* address "": whatever passed */
    const char *network;          /* that it came from first; "" none */
    int64_t day, passed;
};
typedef enum rc correspondents_taker(void *arg, const struct correspondents_row *row);
enum rc correspondents_each(const struct correspondents *c, correspondents_taker *each, void *arg);

/*
 * And whether a row that the table has not may join it; it then counts as joined.  A new day begins with what the
 * table has: rows of that day, and in all.
 */
bool correspondents_wants_day(const struct correspondents *c, int64_t day);
void correspondents_begin_day(struct correspondents *c, int64_t day, int64_t rows, int64_t all);
bool correspondents_take_room(struct correspondents *c, const struct correspondents_row *row);

/* Adds what was counted to the table, in the caller's transaction; it stays until correspondents_clear. */
enum rc correspondents_write(struct correspondents *c, struct db *d, struct err *e);
void correspondents_clear(struct correspondents *c);

/* Whether mail of that domain passed on a day before `day`, and on two days or more. */
enum rc correspondents_is_known(struct db *d, const char *domain, int64_t day, bool *known, struct err *e);

/* Whether that address was seen to be the domain's on a day before `day`, CORRESPONDENTS_PAST_DAYS back at most. */
enum rc correspondents_has_address(struct db *d, const char *domain, const char *address, int64_t day, bool *has,
                                   struct err *e);

/* Messages that passed from such addresses. */
enum rc correspondents_passed(struct db *d, const char *domain, int64_t day, int64_t *passed, struct err *e);

/* Takes out at most `most` rows that are forgotten on `day`, or of later days, adding to *gone. */
enum rc correspondents_prune(struct db *d, int64_t day, int64_t most, int64_t *gone, struct err *e);

#endif
