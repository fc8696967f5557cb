/*
 * roles.h - who logs in to the centre, and as what: made, listed, taken out.
 *
 * A role is of the server; what it may comes from the groups that it is a
 * member of (tables_rights.h).  No password is set or seen here.
 */
#ifndef ASSAY_FLEET_ROLES_H
#define ASSAY_FLEET_ROLES_H

#include "base/arena.h"
#include "base/enumname.h"
#include "db/postgres.h"

enum role_kind { ROLE_HOST, ROLE_KEEPER, ROLE_OPERATOR, ROLE_VIEWER, ROLE_CLIENT, ROLE_PAGES, ROLE_CLERK };
extern const struct enum_names role_kind_names; /* "host", … */

enum { ROLE_NAME_MAX = 63 /* bytes of a name in PostgreSQL */ };

struct role_wanted {
    const char *name;
    enum role_kind kind;
    const char *host;          /* of a host: as which it ships; "" as that of its own name */
    const char *const *client; /* of a client: whose rows it sees */
    size_t clients;
};

/* What became of it. */
enum role_done {
    ROLE_MADE,    /* there was none */
    ROLE_TAKEN,   /* it was there already, and became a member */
    ROLE_DROPPED, /* it was made here, and is gone */
    ROLE_LEFT     /* it is somebody else's, and is no member any more */
};

/*
 * Makes it, or has the one that is there become a member, too.  As a role
 * that may create roles and is a member of assay_owner.  RC_BAD for a name
 * that is reserved, and for a superuser, whom no rule would bind.
 */
enum rc role_add(struct pg *p, const struct role_wanted *w, enum role_done *done, struct err *e);

/*
 * Takes all of it back, ends its sessions, and drops it where role_add made
 * it.  The host that named it goes on naming it, so that no other role ships
 * as that.  RC_NOTFOUND when it is no member of any group.
 */
enum rc role_remove(struct pg *p, const char *name, enum role_done *done, struct err *e);

struct role_entry {
    const char *name;
    const char *kinds;   /* "host, keeper" */
    const char *host;    /* that it alone ships as; "" none */
    const char *clients; /* whose rows it sees, "a, b" */
};

/* All members of the groups, by name; their text is in `a`. */
enum rc roles_list(struct pg *p, struct arena *a, struct role_entry **out, size_t *n, struct err *e);

#endif
