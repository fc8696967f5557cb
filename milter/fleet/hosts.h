/*
 * hosts.h - the hosts of a fleet as the centre knows them.
 */
#ifndef ASSAY_FLEET_HOSTS_H
#define ASSAY_FLEET_HOSTS_H

#include "base/arena.h"
#include "base/enumname.h"
#include "db/postgres.h"

enum host_state {
    HOST_OK,
    HOST_BEHIND,  /* its oldest record that is not here came over a minute ago */
    HOST_SILENT,  /* not heard of for over 30 seconds */
    HOST_CLOCK,   /* its clock is over a minute wrong */
    HOST_FORKED,  /* its file was restored or copied within the last day, and goes on as a store of its own */
    HOST_NAME_TAKEN, /* another machine wants to ship under its name, and does not */
    HOST_REFUSED, /* it is too old, or logs in as a role that may not ship as it */
    HOST_RETIRED
};
enum { HOST_NEVER_SEEN = -1 };
extern const struct enum_names host_state_names; /* "ok", "behind", … */

struct fleet_host {
    const char *name, *version;
    const char *role;       /* that alone ships as it; "" none is named */
    enum host_state state;
    int64_t lag_records;    /* not here, when it was heard of last */
    int64_t lag_ms;         /* since the last record that is here came, where some are not; 0 none lacks */
    int64_t seen_ms;        /* since it was heard of, or HOST_NEVER_SEEN */
    int64_t skew_ms;        /* the centre's clock less its own */
    int64_t schema;         /* of its file */
    int64_t shipped;        /* records here, of all its lives */
    int64_t skipped;        /* taken out on the host before they were shipped */
    int64_t expired;        /* older than the centre keeps, and left out */
    int64_t refused;        /* rows that the centre would not take */
    int64_t lives;          /* of its file */
    int64_t inventory_ms;   /* since it had all that people decided in the centre; HOST_NEVER_SEEN: it never had */
};

/* In order of their names; their text is in `a`. */
enum rc hosts_list(struct pg *p, struct arena *a, struct fleet_host **out, size_t *n, struct err *e);

/* Takes nothing from that host any more, or again.  RC_NOTFOUND when there is none of that name. */
enum rc hosts_retire(struct pg *p, const char *name, bool retired, struct err *e);

/*
 * Days from today on whose partitions are there, and partitions whose taking out was broken off.  Of large days that
 * are over (tables_index.h): those whose keys have indexes of their own, and those that wait for them.
 */
struct fleet_partitions {
    int64_t ready_days, detach_pending;
    int64_t indexed_days, unindexed_days;
};
enum rc hosts_partitions(struct pg *p, struct fleet_partitions *out, struct err *e);

/*
 * After messages were left out of a back-up: each store goes back to the
 * greatest record of it that is there, so that its host ships what it still
 * keeps since; *stores tells of how many.
 */
enum rc hosts_restore(struct pg *p, int64_t *stores, struct err *e);

#endif
