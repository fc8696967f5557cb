/* What the verbs of `assay fleet` do, but for run and status. */
#include <stdio.h>

#include "cli/fleet/fleet.h"
#include "fleet/hosts.h"
#include "fleet/tables.h"

static int exit_of(enum rc rc)
{
    return rc == RC_OK ? EX_OK : rc == RC_TEMP ? EX_TEMPFAIL : EX_UNAVAILABLE;
}

static int fail_with(const struct subcommand *cmd, enum rc rc, const struct err *e)
{
    return cli_fail(cmd, exit_of(rc), "%s", e->text);
}

int fleet_init(const struct subcommand *cmd, const struct fleet_request *q)
{
    struct err e = ERR_NONE;
    struct pg *p;
    enum rc rc = pg_open(q->centre, "assay", &p, &e);

    if (rc == RC_OK)
        rc = tables_init(p, q->keep_days, &e);
    if (rc == RC_OK)
        (void)puts("The tables are made.  Give each host and each of your people a role: assay fleet role add NAME "
                   "--as host (or viewer, operator).");
    pg_close(p);
    return rc == RC_OK ? EX_OK : fail_with(cmd, rc, &e);
}

int fleet_migrate(const struct subcommand *cmd, const struct fleet_request *q)
{
    struct err e = ERR_NONE;
    struct pg *p;
    int steps = 0;
    enum rc rc = pg_open(q->centre, "assay", &p, &e);

    if (rc == RC_OK)
        rc = tables_migrate(p, &steps, &e);
    if (rc == RC_OK && steps == 0)
        (void)puts("The tables were up to date.");
    else if (rc == RC_OK)
        (void)printf("The tables are up to date: %d changes.\n", steps);
    pg_close(p);
    return rc == RC_OK ? EX_OK : fail_with(cmd, rc, &e);
}

static int set_retired(const struct subcommand *cmd, const struct fleet_request *q, bool retired)
{
    struct err e = ERR_NONE;
    struct pg *p;
    enum rc rc = pg_open(q->centre, "assay", &p, &e);

    if (rc == RC_OK)
        rc = tables_check(p, &e);
    if (rc == RC_OK)
        rc = hosts_retire(p, q->host, retired, &e);
    if (rc == RC_OK)
        (void)printf(retired ? "Nothing is taken from %s any more; what it shipped stays.\n"
                             : "%s may ship again, from where it ended.\n", q->host);
    pg_close(p);
    return rc == RC_OK ? EX_OK : fail_with(cmd, rc, &e);
}

int fleet_retire(const struct subcommand *cmd, const struct fleet_request *q)
{
    return set_retired(cmd, q, true);
}

int fleet_admit(const struct subcommand *cmd, const struct fleet_request *q)
{
    return set_retired(cmd, q, false);
}

int fleet_restore(const struct subcommand *cmd, const struct fleet_request *q)
{
    struct err e = ERR_NONE;
    struct pg *p;
    int64_t stores = 0;
    enum rc rc = pg_open(q->centre, "assay", &p, &e);

    if (rc == RC_OK)
        rc = tables_check(p, &e);
    if (rc == RC_OK)
        rc = hosts_restore(p, &stores, &e);
    if (rc == RC_OK && stores == 0)
        (void)puts("Nothing lacks: all that was shipped is there.");
    else if (rc == RC_OK)
        (void)printf("%lld files are shipped again from where they end here, as far as their hosts keep them.\n",
                     (long long)stores);
    pg_close(p);
    return rc == RC_OK ? EX_OK : fail_with(cmd, rc, &e);
}
