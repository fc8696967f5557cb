/*
 * guard.h - slows down whoever guesses passwords.
 *
 * After 5 wrong passwords of a name each further try must wait 1, 2, 4 … 60
 * seconds; 20 tries in a second are taken in all.  What is not tried for an
 * hour is forgotten.
 *
 * Threads: none; its owner locks.  Times are milliseconds of the monotonic clock.
 */
#ifndef ASSAY_KEEPER_GUARD_H
#define ASSAY_KEEPER_GUARD_H

#include <stdbool.h>
#include <stdint.h>

enum { GUARD_FREE = 5, GUARD_LONGEST_S = 60, GUARD_PER_SECOND = 20, GUARD_NAMES_MAX = 10000 };

struct guard;
struct guard *guard_new(void); /* NULL without memory */
void guard_free(struct guard *g); /* NULL allowed */

/* Whether `name` may be tried now; when not, how long it must wait. */
bool guard_may(struct guard *g, const char *name, int64_t now_ms, int *wait_s);

/* What came of it. */
void guard_note(struct guard *g, const char *name, bool right, int64_t now_ms);

#endif
