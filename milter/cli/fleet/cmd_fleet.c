/* assay fleet - many hosts' records in one PostgreSQL database: its tables, its hosts, and what ships to it. */
#include <string.h>

#include "cli/fleet/fleet.h"

enum { OPT_FLEET = CLI_OPT_OWN, OPT_KEEP, OPT_ONCE, OPT_PROMETHEUS };
enum { KEEP_DEFAULT = 30, KEEP_MAX = 36500 };

static const struct subcommand verb_init, verb_migrate, verb_status, verb_retire, verb_admit, verb_run;

typedef int fleet_verb(const struct subcommand *cmd, const struct fleet_request *q);

static int take_option(const struct subcommand *cmd, struct fleet_request *q, int opt)
{
    switch (opt) {
    case OPT_FLEET: q->centre = optarg; return EX_OK;
    case OPT_ONCE: q->once = true; return EX_OK;
    case OPT_PROMETHEUS: q->prometheus = true; return EX_OK;
    default: break;
    }
    if (!str_to_u32(str_of(optarg), &q->keep_days) || q->keep_days > KEEP_MAX)
        return cli_usage(cmd, "--keep \"%s\" is not a number of days from 0 (for ever) to %d", optarg, KEEP_MAX);
    return EX_OK;
}

static int do_verb(const struct subcommand *cmd, struct fleet_request *q, fleet_verb *verb)
{
    struct config *config = cli_config(&q->common);
    int code;

    if (config == NULL)
        return EX_CONFIG;
    q->config = config;
    if (q->centre == NULL)
        q->centre = config->fleet;
    if (q->centre[0] == '\0')
        code = cli_fail(cmd, EX_CONFIG, "there is no fleet: Fleet is empty in assay.conf; or name a --fleet");
    else
        code = verb(cmd, q);
    config_free(config);
    return code;
}

/* `wants_host`: it takes one argument, the host's name. */
static int fleet_run_verb(const struct subcommand *cmd, const struct option *options, bool wants_host,
                          fleet_verb *verb, int argc, char **argv)
{
    struct fleet_request q = {.keep_days = KEEP_DEFAULT};
    int opt, code = EX_OK;

    while (code == EX_OK && (opt = getopt_long(argc, argv, CLI_SHORT_OPTIONS, options, NULL)) != -1)
        if (!cli_common_option(&q.common, cmd, opt))
            code = take_option(cmd, &q, opt);
    if (code != EX_OK)
        return code;
    if (argc - optind != (wants_host ? 1 : 0))
        return cli_usage(cmd, wants_host ? "name one host" : "it takes no arguments");
    q.host = wants_host ? argv[optind] : "";
    return do_verb(cmd, &q, verb);
}

#define FLEET_OPTIONS CLI_LONG_OPTIONS, {"fleet", required_argument, NULL, OPT_FLEET}
#define FLEET_HELP "  --fleet URL             this database, not Fleet's: postgresql://HOST/NAME or service=NAME\n"

static int run_init(int argc, char **argv)
{
    static const struct option options[] = {FLEET_OPTIONS, {"keep", required_argument, NULL, OPT_KEEP},
                                            {NULL, 0, NULL, 0}};

    return fleet_run_verb(&verb_init, options, false, fleet_init, argc, argv);
}

static int run_migrate(int argc, char **argv)
{
    static const struct option options[] = {FLEET_OPTIONS, {NULL, 0, NULL, 0}};

    return fleet_run_verb(&verb_migrate, options, false, fleet_migrate, argc, argv);
}

static int run_status(int argc, char **argv)
{
    static const struct option options[] = {FLEET_OPTIONS, {"prometheus", no_argument, NULL, OPT_PROMETHEUS},
                                            {NULL, 0, NULL, 0}};

    return fleet_run_verb(&verb_status, options, false, fleet_status, argc, argv);
}

static int run_retire(int argc, char **argv)
{
    static const struct option options[] = {FLEET_OPTIONS, {NULL, 0, NULL, 0}};

    return fleet_run_verb(&verb_retire, options, true, fleet_retire, argc, argv);
}

static int run_admit(int argc, char **argv)
{
    static const struct option options[] = {FLEET_OPTIONS, {NULL, 0, NULL, 0}};

    return fleet_run_verb(&verb_admit, options, true, fleet_admit, argc, argv);
}

static int run_run(int argc, char **argv)
{
    static const struct option options[] = {FLEET_OPTIONS, {"once", no_argument, NULL, OPT_ONCE}, {NULL, 0, NULL, 0}};

    return fleet_run_verb(&verb_run, options, false, fleet_run, argc, argv);
}

static const struct subcommand verb_init = {
    .name = "fleet init",
    .run = run_init,
    .usage = "",
    .summary = "Makes the tables of the centre in an empty database",
    .help = FLEET_HELP
            "  --keep DAYS             how long the centre keeps messages (30); 0: for ever\n\n",
};

static const struct subcommand verb_migrate = {
    .name = "fleet migrate",
    .run = run_migrate,
    .usage = "",
    .summary = "Brings the centre's tables up to this version, before the hosts are updated",
    .help = FLEET_HELP "\n",
};

static const struct subcommand verb_status = {
    .name = "fleet status",
    .run = run_status,
    .usage = "",
    .summary = "How far each host's records are in the centre; exit 1 when something is wrong",
    .help = FLEET_HELP
            "  --prometheus            as metrics\n\n",
};

static const struct subcommand verb_retire = {
    .name = "fleet retire",
    .run = run_retire,
    .usage = "HOST",
    .summary = "Takes nothing from a host any more, and does not wait for it",
    .help = FLEET_HELP "\n",
};

static const struct subcommand verb_admit = {
    .name = "fleet admit",
    .run = run_admit,
    .usage = "HOST",
    .summary = "Takes a retired host back, with all it has kept since",
    .help = FLEET_HELP "\n",
};

static const struct subcommand verb_run = {
    .name = "fleet run",
    .run = run_run,
    .usage = "",
    .summary = "Ships this host's records to the centre, each once, until it is stopped",
    .help = FLEET_HELP
            "  --once                  ships what is there, and ends\n\n",
};

static int run(int argc, char **argv)
{
    static const struct subcommand *const verbs[] = {&verb_init, &verb_migrate, &verb_status, &verb_retire, &verb_admit,
                                                     &verb_run, NULL};

    return cli_verbs(&cmd_fleet, verbs, argc, argv);
}

const struct subcommand cmd_fleet = {
    .name = "fleet",
    .run = run,
    .usage = "VERB",
    .summary = "Many hosts' records in one PostgreSQL database",
    .help = "",
};
