/*
 * catch.h - the safety catch: sees when refusals turn on mail that used to be welcome, and lets go of it.
 *
 * It counts an hour's mail of a correspondent that comes from addresses which
 * were its own before (policy/tie.h, inventory/correspondents.h).  When more
 * than CatchShare percent of that would be refused or held, it puts the domain
 * among those caught in the database, from where it reaches every verdict,
 * and says so: mail of that domain from those addresses is let go, and no
 * other.  CatchHours later, or when somebody takes it out, it ends.  Nothing
 * lets go of all mail; that so much of it is refused is said in the log.  How
 * much is too much is in policy/catch_rule.h.
 *
 * Threads: catch_count from any; the others from one.
 */
#ifndef ASSAY_SERVICE_CATCH_H
#define ASSAY_SERVICE_CATCH_H

#include <stdint.h>

#include "config/config.h"
#include "output/record.h"

enum {
    CATCH_CLAIMS_MAX = 4096, /* refusals looked up at a time */
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
