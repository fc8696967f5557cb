/*
 * fleet.h - what the verbs of `assay fleet` do.
 */
#ifndef ASSAY_CLI_FLEET_FLEET_H
#define ASSAY_CLI_FLEET_FLEET_H

#include "cli/cli.h"

enum { FLEET_CLIENTS_MAX = 100 /* of one role */ };

struct fleet_request {
    struct cli_common common;
    const struct config *config;
    const char *centre;   /* --fleet, else Fleet; not "" */
    const char *host;     /* of retire and admit; --host; "" none */
    const char *verb, *role; /* of role: add, list or remove, and its NAME; "" none */
    const char *as;       /* --as; NULL not given */
    const char *client[FLEET_CLIENTS_MAX]; /* --client */
    size_t clients;
    uint32_t keep_days;   /* --keep */
    bool once;            /* --once */
    bool prometheus;      /* --prometheus */
};

/* One verb each; `cmd` is it, for messages.  Answers an exit code. */
int fleet_init(const struct subcommand *cmd, const struct fleet_request *q);
int fleet_migrate(const struct subcommand *cmd, const struct fleet_request *q);
int fleet_status(const struct subcommand *cmd, const struct fleet_request *q);
int fleet_retire(const struct subcommand *cmd, const struct fleet_request *q);
int fleet_admit(const struct subcommand *cmd, const struct fleet_request *q);
int fleet_role(const struct subcommand *cmd, const struct fleet_request *q);
int fleet_restore(const struct subcommand *cmd, const struct fleet_request *q);
int fleet_run(const struct subcommand *cmd, const struct fleet_request *q);

#endif
