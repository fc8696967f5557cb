/* assay today - what needs somebody now. */
#include "cli/watch/watch.h"

enum { TODAY_MAX = 2000 };

static int cmd_today_run(int argc, char **argv)
{
    static const struct option options[] = {REPORT_LONG_OPTIONS, WATCH_CLIENT_OPTION, {NULL, 0, NULL, 0}};
    struct cli_common common = {.json = false};
    struct episode_filter f = EPISODE_ANY;
    const char *database = NULL;
    struct report_place p = {.db = NULL};
    int opt, code;

    while ((opt = getopt_long(argc, argv, CLI_SHORT_OPTIONS, options, NULL)) != -1) {
        if (cli_common_option(&common, &cmd_today, opt))
            continue;
        if (opt == REPORT_OPT_DATABASE)
            database = optarg;
        else
            f.client = optarg;
    }
    if (optind != argc)
        return cli_usage(&cmd_today, "unexpected argument \"%s\"", argv[optind]);
    code = report_open(&cmd_today, &common, database, false, &p);
    if (code == EX_OK && f.client[0] != '\0')
        code = watch_check_client(&cmd_today, p.config, f.client);
    f.open_only = true;
    if (code == EX_OK)
        code = watch_list(&cmd_today, &p, &common, &f, TODAY_MAX, "Nothing is open.");
    report_close(&p);
    return code;
}

const struct subcommand cmd_today = {
    .name = "today",
    .run = cmd_today_run,
    .usage = "",
    .summary = "What needs somebody now: the open episodes, the worst first",
    .help = WATCH_CLIENT_HELP REPORT_HELP,
};
