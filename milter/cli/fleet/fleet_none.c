/* assay fleet in a program that was built without libpq: it says so. */
#include "cli/fleet/fleet.h"

static int without(const struct subcommand *cmd)
{
    return cli_fail(cmd, EX_UNAVAILABLE, "this assay was built without PostgreSQL (libpq-dev was missing, or "
                    "--without-postgresql)");
}

int fleet_init(const struct subcommand *cmd, const struct fleet_request *q)
{
    (void)q;
    return without(cmd);
}

int fleet_migrate(const struct subcommand *cmd, const struct fleet_request *q)
{
    (void)q;
    return without(cmd);
}

int fleet_status(const struct subcommand *cmd, const struct fleet_request *q)
{
    (void)q;
    return without(cmd);
}

int fleet_retire(const struct subcommand *cmd, const struct fleet_request *q)
{
    (void)q;
    return without(cmd);
}

int fleet_admit(const struct subcommand *cmd, const struct fleet_request *q)
{
    (void)q;
    return without(cmd);
}

int fleet_role(const struct subcommand *cmd, const struct fleet_request *q)
{
    (void)q;
    return without(cmd);
}

int fleet_restore(const struct subcommand *cmd, const struct fleet_request *q)
{
    (void)q;
    return without(cmd);
}

int fleet_run(const struct subcommand *cmd, const struct fleet_request *q)
{
    (void)q;
    return without(cmd);
}
