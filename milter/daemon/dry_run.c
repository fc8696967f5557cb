#include "daemon/dry_run.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "daemon/check.h"
#include "daemon/start.h"
#include "daemon/unit.h"

static const char program[] = "assay-milter";

static void dry_run_remark(const char *remark)
{
    (void)fprintf(stderr, "%s: note: %s\n", program, remark);
}

/* What the user that runs may not read fails a start, or the next reload. */
static enum rc dry_run_read_again(const struct options *o, const struct account *who, struct err *e)
{
    struct site *again = NULL;
    struct err why = ERR_NONE;

    if (!who->change)
        return RC_OK;
    if (site_load(o->config_file, o->override, o->override_count, &again, &why) != RC_OK)
        return err_set(e, RC_BAD, "for user %s: %s", who->name, why.text);
    site_release(again);
    return RC_OK;
}

/* Whom the service will be, and what that user is let read and write. */
static enum rc dry_run_as_user(const struct options *o, const struct config *c, const struct unit *unit,
                               struct socket_spec *spec, struct err *e)
{
    struct account who;
    enum rc rc = unit->in_use ? RC_OK : check_pid_file(c, e);

    if (rc == RC_OK)
        rc = start_account(unit->in_use && unit->user[0] != '\0' ? unit->user : c->user, &who, e);
    if (rc == RC_OK)
        rc = start_become(&who, e);
    if (rc == RC_OK)
        rc = dry_run_read_again(o, &who, e);
    if (rc == RC_OK && unit->in_use)
        rc = check_pid_file(c, e);
    return rc == RC_OK ? check_places(c, unit->in_use && unit->low_ports, spec, e) : rc;
}

int dry_run(const struct options *o, const struct site *site)
{
    const struct config *c = site->config;
    struct unit unit = {.in_use = false};
    struct socket_spec spec;
    struct err e = ERR_NONE;
    enum rc rc = policy_check_names(site->policy, c->policies, c->senders, c->clients, &e);

    /* the unit's own; who checks another file will start it another way */
    if (o->config_file == NULL || strcmp(o->config_file, ASSAY_CONFIG_FILE) == 0)
        unit_ask(&unit);
    if (rc == RC_OK)
        rc = dry_run_as_user(o, c, &unit, &spec, &e);
    if (rc == RC_OK)
        rc = check_unit(c, &spec, &unit, &e);
    if (rc == RC_OK)
        rc = check_records(c, &e);
    if (rc == RC_OK && o->zone == NULL)
        rc = check_servers(c, &e);
    if (rc != RC_OK) {
        (void)fprintf(stderr, "%s: %s\n", program, e.text);
        return EX_CONFIG;
    }
    (void)check_remarks(c, &spec, dry_run_remark);
    (void)check_unit_remarks(&spec, &unit, dry_run_remark);
    if (o->verbose)
        config_print(c, stdout);
    return EX_OK;
}
