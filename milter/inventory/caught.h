/*
 * caught.h - the domains for which the safety catch is on, as every process sees them.
 *
 * What it lets go of such a domain is its mail from addresses of its own, as correspondents.h knows them.
 * The daemon puts them in and takes them out; whoever may edit the inventory
 * takes one out by hand.  Either shows in the next snapshot (verdict/background.h).
 */
#ifndef ASSAY_INVENTORY_CAUGHT_H
#define ASSAY_INVENTORY_CAUGHT_H

#include "db/db.h"
#include "inventory/inventory.h"
#include "verdict/background.h"

/* Puts `domain` in, or lets it stay in until then. */
enum rc caught_put(struct db *d, struct str domain, int64_t since_ms, int64_t until_ms, struct err *e);

/*
 * Takes out those whose time is over at `now_ms`, and those that lie ahead of it as none may that lasts `longest_ms` at
 * most; what the addresses of these domains were worth is used up with it.
 */
enum rc caught_expire(struct db *d, int64_t now_ms, int64_t longest_ms, struct err *e);

/* Takes it out; *was tells whether it was in. */
enum rc caught_remove(struct db *d, struct str domain, bool *was, struct err *e);

/* Until when it is in; 0 when it is not. */
enum rc caught_until(struct db *d, struct str domain, int64_t *until_ms, struct err *e);

/* Adds the addresses of those that are in at `now_ms` to `b`; one that begins later is none: a clock was wrong. */
enum rc caught_background(struct db *d, int64_t now_ms, struct background *b, struct err *e);

/* As store_past. */
enum rc caught_past(struct db *d, int64_t first_day, int64_t before_day, struct past_mail *out, struct err *e);

#endif
