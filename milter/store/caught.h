/*
 * caught.h - the domains for which the safety catch is on, as every process sees them.
 *
 * The daemon puts them in and takes them out; whoever may edit the inventory
 * takes one out by hand.  Either shows in the next snapshot (verdict/background.h).
 */
#ifndef ASSAY_STORE_CAUGHT_H
#define ASSAY_STORE_CAUGHT_H

#include "store/sqlite.h"
#include "verdict/background.h"

/* Puts `domain` in ("*": all), or lets it stay in until then; takes out those whose time was over at `since_ms`. */
enum rc caught_put(struct db *d, struct str domain, int64_t since_ms, int64_t until_ms, struct err *e);

/* Takes it out; *was tells whether it was in. */
enum rc caught_remove(struct db *d, struct str domain, bool *was, struct err *e);

/* Until when it is in; 0 when it is not. */
enum rc caught_until(struct db *d, struct str domain, int64_t *until_ms, struct err *e);

/* Adds those that are in at `now_ms` to `b`. */
enum rc caught_background(struct db *d, int64_t now_ms, struct background *b, struct err *e);

/* As store_past. */
struct store_past;
enum rc caught_past(struct db *d, struct str domain, int64_t first_day, int64_t before_day, struct store_past *out,
                    struct err *e);

#endif
