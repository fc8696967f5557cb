/* assay fleet - many hosts' records in one PostgreSQL database: its tables, its hosts, and what ships to it. */
#include <string.h>

#include "cli/fleet/fleet.h"

enum { OPT_FLEET = CLI_OPT_OWN, OPT_KEEP, OPT_ONCE, OPT_PROMETHEUS, OPT_AS, OPT_CLIENT, OPT_HOST };
enum { KEEP_DEFAULT = 30, KEEP_MAX = 36500 };

static const struct subcommand verb_init, verb_migrate, verb_status, verb_retire, verb_admit, verb_role, verb_restore,
    verb_run;

typedef int fleet_verb(const struct subcommand *cmd, const struct fleet_request *q);

static int take_option(const struct subcommand *cmd, struct fleet_request *q, int opt)
{
    switch (opt) {
    case OPT_FLEET: q->centre = optarg; return EX_OK;
    case OPT_ONCE: q->once = true; return EX_OK;
    case OPT_PROMETHEUS: q->prometheus = true; return EX_OK;
    case OPT_AS: q->as = optarg; return EX_OK;
    case OPT_HOST: q->host = optarg; return EX_OK;
    case OPT_CLIENT:
        if (q->clients == FLEET_CLIENTS_MAX)
            return cli_usage(cmd, "at most %d clients of one role", FLEET_CLIENTS_MAX);
        q->client[q->clients++] = optarg;
        return EX_OK;
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

enum takes { TAKES_NOTHING, TAKES_HOST, TAKES_ROLE /* add NAME, list, remove NAME */ };

static int fleet_run_verb(const struct subcommand *cmd, const struct option *options, enum takes takes,
                          fleet_verb *verb, int argc, char **argv)
{
    struct fleet_request q = {.keep_days = KEEP_DEFAULT, .host = "", .role = ""};
    int opt, code = EX_OK;

    while (code == EX_OK && (opt = getopt_long(argc, argv, CLI_SHORT_OPTIONS, options, NULL)) != -1)
        if (!cli_common_option(&q.common, cmd, opt))
            code = take_option(cmd, &q, opt);
    if (code != EX_OK)
        return code;
    if (takes == TAKES_ROLE && argc - optind >= 1 && argc - optind <= 2) {
        q.verb = argv[optind];
        q.role = argc - optind == 2 ? argv[optind + 1] : "";
        return do_verb(cmd, &q, verb);
    }
    if (takes == TAKES_ROLE || argc - optind != (takes == TAKES_HOST ? 1 : 0))
        return cli_usage(cmd, takes == TAKES_ROLE ? "write: add NAME --as WHAT, list, or remove NAME" :
                         takes == TAKES_HOST ? "name one host" : "it takes no arguments");
    if (takes == TAKES_HOST)
        q.host = argv[optind];
    return do_verb(cmd, &q, verb);
}

#define FLEET_OPTIONS CLI_LONG_OPTIONS, {"fleet", required_argument, NULL, OPT_FLEET}
#define FLEET_HELP "  --fleet URL             this database, not Fleet's: postgresql://HOST/NAME or service=NAME\n"

static int run_init(int argc, char **argv)
{
    static const struct option options[] = {FLEET_OPTIONS, {"keep", required_argument, NULL, OPT_KEEP},
                                            {NULL, 0, NULL, 0}};

    return fleet_run_verb(&verb_init, options, TAKES_NOTHING, fleet_init, argc, argv);
}

static int run_migrate(int argc, char **argv)
{
    static const struct option options[] = {FLEET_OPTIONS, {NULL, 0, NULL, 0}};

    return fleet_run_verb(&verb_migrate, options, TAKES_NOTHING, fleet_migrate, argc, argv);
}

static int run_status(int argc, char **argv)
{
    static const struct option options[] = {FLEET_OPTIONS, {"prometheus", no_argument, NULL, OPT_PROMETHEUS},
                                            {NULL, 0, NULL, 0}};

    return fleet_run_verb(&verb_status, options, TAKES_NOTHING, fleet_status, argc, argv);
}

static int run_retire(int argc, char **argv)
{
    static const struct option options[] = {FLEET_OPTIONS, {NULL, 0, NULL, 0}};

    return fleet_run_verb(&verb_retire, options, TAKES_HOST, fleet_retire, argc, argv);
}

static int run_admit(int argc, char **argv)
{
    static const struct option options[] = {FLEET_OPTIONS, {NULL, 0, NULL, 0}};

    return fleet_run_verb(&verb_admit, options, TAKES_HOST, fleet_admit, argc, argv);
}

static int run_role(int argc, char **argv)
{
    static const struct option options[] = {FLEET_OPTIONS, {"as", required_argument, NULL, OPT_AS},
                                            {"client", required_argument, NULL, OPT_CLIENT},
                                            {"host", required_argument, NULL, OPT_HOST}, {NULL, 0, NULL, 0}};

    return fleet_run_verb(&verb_role, options, TAKES_ROLE, fleet_role, argc, argv);
}

static int run_restore(int argc, char **argv)
{
    static const struct option options[] = {FLEET_OPTIONS, {NULL, 0, NULL, 0}};

    return fleet_run_verb(&verb_restore, options, TAKES_NOTHING, fleet_restore, argc, argv);
}

static int run_run(int argc, char **argv)
{
    static const struct option options[] = {FLEET_OPTIONS, {"once", no_argument, NULL, OPT_ONCE}, {NULL, 0, NULL, 0}};

    return fleet_run_verb(&verb_run, options, TAKES_NOTHING, fleet_run, argc, argv);
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

static const struct subcommand verb_role = {
    .name = "fleet role",
    .run = run_role,
    .usage = "add NAME --as WHAT | list | remove NAME",
    .summary = "Who logs in to the centre, and as what",
    .help = FLEET_HELP
            "  --as WHAT               host, keeper, operator, viewer, client, pages or clerk\n"
            "  --client CLIENT         of a client: whose rows it sees; may be given more than once\n"
            "  --host HOST             of a host: as which it ships (NAME)\n\n",
};

static const struct subcommand verb_restore = {
    .name = "fleet restore",
    .run = run_restore,
    .usage = "",
    .summary = "After a back-up without messages: has the hosts ship again what they still keep",
    .help = FLEET_HELP "\n",
};

static const struct subcommand verb_run = {
    .name = "fleet run",
    .run = run_run,
    .usage = "",
    .summary = "Ships this host's records to the centre, each once, and may keep the centre",
    .help = FLEET_HELP
            "  --once                  ships what is there, and ends\n\n",
};

static int run(int argc, char **argv)
{
    static const struct subcommand *const verbs[] = {&verb_init, &verb_migrate, &verb_status, &verb_retire, &verb_admit,
                                                     &verb_role, &verb_restore, &verb_run, NULL};

    return cli_verbs(&cmd_fleet, verbs, argc, argv);
}

const struct subcommand cmd_fleet = {
    .name = "fleet",
    .run = run,
    .usage = "VERB",
    .summary = "Many hosts' records in one PostgreSQL database",
    .help = "",
};
