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

/* The same in the metrics of a host and of the centre: whoever reads both wants one text of one name. */
#define FLEET_HELP_LAG_RECORDS "Records not in the centre when the host was heard of last."
#define FLEET_HELP_INVENTORY "Since the host had all that people decided in the centre."
#define FLEET_HELP_LAG_SECONDS "Age of the last record there, where some lack."
#define FLEET_HELP_SKEW "The centre's clock less the host's."
#define FLEET_HELP_SHIPPED "Records there."

struct ship;
struct fleet_metrics;

/* What a shipper does, for FleetStatisticsFile; `path` "" keeps none.  NULL without memory. */
struct fleet_metrics *fleet_metrics_new(const char *path, const char *host);
void fleet_metrics_free(struct fleet_metrics *m); /* NULL allowed */

/* After each round: counts it, and writes the file when it is due, when things turned otherwise, at the `end`. */
void fleet_metrics_round(struct fleet_metrics *m, struct ship *s, enum rc rc, bool end);

/* As it goes to a terminal, or between the quotes of a metric: a name of an earlier centre may be anything. */
enum { FLEET_NAME_SHOWN = 128 };
const char *fleet_name_clean(const char *from, char to[static FLEET_NAME_SHOWN]);

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
