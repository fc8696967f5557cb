/*
 * ship.h - a host's records to the centre, each exactly once.
 *
 * The host's SQLite file is what is true; the centre alone knows how far it
 * was shipped, written in the transaction that stored the records.  So an
 * outcome that nobody knows (a connection cut at the commit) is asked for at
 * the next connection, and nothing is ever sent on a guess.
 *
 * A file that was restored from an earlier copy, or is a copy of another
 * host's, goes on as a store of its own from the last record that both have.
 * Two hosts of one name do not ship at once: who comes second waits.
 *
 * The other way it brings what people decided: the centre's inventory, safety catch and changes in DNS go into the
 * host's file (inventory/followed.h), from where the milter has them.
 *
 * For one thread.  Nothing is locked in the SQLite file while the network is waited for.
 */
#ifndef ASSAY_FLEET_SHIP_H
#define ASSAY_FLEET_SHIP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct ship;

struct ship_setup {
    const char *centre;   /* Fleet */
    const char *database; /* the SQLite file */
    const char *host;     /* FleetHost; "" is the host's name */
};

/* Copies the setup; neither file nor centre is opened yet.  RC_NOMEM; RC_BAD for a host name that is too long. */
enum rc ship_new(const struct ship_setup *setup, struct ship **out, struct err *e);
void ship_free(struct ship *s); /* NULL allowed */

enum { SHIP_HOST_MAX = 64 }; /* bytes of a host's name */

struct ship_round {
    uint64_t records; /* shipped by this round */
    bool all;         /* nothing was left when it was done */
};

/*
 * Connects if need be, ships one batch, and what DNS said since.  Whatever
 * fails, the next round begins with a new connection where that is needed:
 * RC_TEMP and RC_IO the centre or the file cannot be reached, another host has the name; RC_BAD and
 * RC_NOTFOUND something must be repaired by hand first.
 */
enum rc ship_once(struct ship *s, struct ship_round *out, struct err *e);

/* What it has done since it was made. */
struct ship_counts {
    uint64_t records, batches, connections, forks, refused, expired;
};
struct ship_counts ship_counts(const struct ship *s);

/* When the file last had all that people decided in the centre, ms since the epoch by this host's clock; 0 never. */
int64_t ship_followed_ms(const struct ship *s);

/* How far it is, as far as it is known here; asks the file. */
struct ship_standing {
    bool connected;
    int64_t lag_records; /* not in the centre; -1 not known: the centre was never reached */
    int64_t lag_ms;      /* since the last record there came, where some lack */
    int64_t skew_ms;     /* the centre's clock less ours, when it was looked last */
};
struct ship_standing ship_standing(struct ship *s);

#endif
