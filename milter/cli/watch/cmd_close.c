/* assay close - an episode, or the ticket of a message, whichever the reference names. */
#include <string.h>

#include "cli/watch/watch.h"

enum { OPT_FORCE = WATCH_OPT_OWN, CLOSE_ARGUMENTS_MAX = 200 };

/* Whether the key names an episode.  EX_OK, or what to exit with after saying why. */
static int close_find(const struct cli_common *common, const char *database, const char *key, bool *episode)
{
    struct report_place p = {.db = NULL};
    struct episode found;
    struct err e = ERR_NONE;
    int code = report_open(&cmd_close, common, database, false, &p);

    if (code == EX_OK) {
        enum rc rc = episodes_get(p.db, p.arena, key, &found, &e);

        *episode = rc == RC_OK || rc == RC_LIMIT; /* of several with that ticket, one is asked for */
        if (!*episode && rc != RC_NOTFOUND)
            code = cli_fail(&cmd_close, EX_TEMPFAIL, "%s", e.text);
    }
    report_close(&p);
    return code;
}

/* The same arguments, for `assay why --close`. */
static int close_message(int argc, char **argv)
{
    static char name[] = "assay why", option[] = "--close";
    char *given[CLOSE_ARGUMENTS_MAX + 2];

    given[0] = name;
    given[1] = option;
    memcpy(given + 2, argv + 1, (size_t)argc * sizeof *given); /* with the NULL at its end */
    return cmd_why.run(argc + 1, given);
}

static int cmd_close_run(int argc, char **argv)
{
    static const struct option options[] = {
        REPORT_LONG_OPTIONS, CLI_DNS_OPTIONS, {"force", no_argument, NULL, OPT_FORCE}, {NULL, 0, NULL, 0}};
    static char name[] = "assay episode close";
    struct cli_common common = {.json = false};
    const char *database = NULL;
    bool episode = false, force = false;
    int opt, code;

    if (argc >= CLOSE_ARGUMENTS_MAX)
        return cli_usage(&cmd_close, "there are too many arguments");
    while ((opt = getopt_long(argc, argv, CLI_SHORT_OPTIONS, options, NULL)) != -1)
        if (!cli_common_option(&common, &cmd_close, opt)) {
            force = force || opt == OPT_FORCE;
            database = opt == REPORT_OPT_DATABASE ? optarg : database;
        }
    if (optind >= argc)
        return cli_usage(&cmd_close, "name an episode, or a message");
    code = close_find(&common, database, argv[optind], &episode);
    if (code != EX_OK)
        return code;
    if (force && !episode)
        return cli_usage(&cmd_close, "--force is for an episode, and \"%s\" is none", argv[optind]);
    optind = 0; /* the other reads them from the start */
    if (!episode)
        return close_message(argc, argv);
    argv[0] = name;
    return episode_close.run(argc, argv);
}

const struct subcommand cmd_close = {
    .name = "close",
    .run = cmd_close_run,
    .usage = "EPISODE|MESSAGE [NOTE]",
    .summary = "May it be closed?  An episode (episode close), or the ticket of a message (why --close)",
    .help = "  --force                 an episode, also when it goes on\n"
            REPORT_HELP,
    .asks_dns = true,
};
