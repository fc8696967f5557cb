/*
 * catch.h - the safety catch: sees when refusals turn on mail that used to be welcome, and lets go of it.
 *
 * It counts an hour's mail by author domain.  When more than CatchShare
 * percent of what came from a known correspondent would be refused or held
 * (known: its mail passed in the past weeks), or of all mail, it puts that domain, or
 * "*", among those caught in the database, from where it reaches every
 * verdict, and says so; CatchHours later, or when somebody takes it out, it
 * ends.  Mail that looks forged does not count (disposition_is_mishap).
 *
 * Threads: catch_count from any; the others from one.
 */
#ifndef ASSAY_DAEMON_CATCH_H
#define ASSAY_DAEMON_CATCH_H

#include <stdint.h>

#include "config/config.h"
#include "verdict/record.h"

enum {
    CATCH_LEAST = 5,       /* refusals of a correspondent's mail within an hour, before it is looked at */
    CATCH_LEAST_ALL = 50,  /* likewise of all mail */
    CATCH_KNOWN = 20,      /* passed in the past weeks: a known correspondent */
    CATCH_PAST_DAYS = 28,
    CATCH_DOMAINS_MAX = 20000 /* counted at a time */
};

struct catch;

/* `database` as in struct config, copied; it is opened when there is something to write.  NULL without memory. */
struct catch *catch_new(const char *database);
void catch_free(struct catch *c); /* NULL allowed */

/* Counts a message that was decided on. */
void catch_count(struct catch *c, const struct record *r, int64_t now_ms);

/* Looks whether it is to be put on or off, by CatchShare and CatchHours of `config`; call every second or so. */
void catch_look(struct catch *c, const struct config *config, int64_t now_ms);

/* For how many domains it is on, as far as this process put it on. */
unsigned catch_domains(struct catch *c);

#endif
