/* assay report retry - gives reports their turn at once, those that failed too. */
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "formats/json.h"
#include "cli/report/report.h"
#include "outbox/outbox.h"

static int report_retry_answer(const struct cli_common *common, const char *database, const char *key)
{
    struct report_place p;
    struct err e = ERR_NONE;
    int64_t n = 0;
    int code = report_open_outbox(&report_retry, common, database, true, &p);

    if (code == EX_OK && outbox_retry(p.db, str_of(key), clock_wall_ms(), &n, &e) != RC_OK)
        code = cli_fail(&report_retry, EX_TEMPFAIL, "%s", e.text);
    if (code == EX_OK && common->json) {
        struct jnode *root = jnode_object();

        jnode_int(root, "reports", n);
        jnode_print(root, stdout);
    } else if (code == EX_OK) {
        (void)printf("%" PRId64 " report%s will be sent by the next \"assay report send\"\n", n, n == 1 ? "" : "s");
    }
    report_close(&p);
    return code;
}

static int report_retry_run(int argc, char **argv)
{
    static const struct option options[] = {REPORT_LONG_OPTIONS, {NULL, 0, NULL, 0}};
    struct cli_common common = {.config_file = NULL};
    const char *database = NULL;
    int opt;

    while ((opt = getopt_long(argc, argv, CLI_SHORT_OPTIONS, options, NULL)) != -1)
        if (!cli_common_option(&common, &report_retry, opt))
            database = optarg;
    if (argc - optind > 1)
        return cli_usage(&report_retry, "takes one policy domain, address or Report-ID, or nothing");
    return report_retry_answer(&common, database, optind < argc ? argv[optind] : NULL);
}

const struct subcommand report_retry = {
    .name = "report retry",
    .run = report_retry_run,
    .usage = "[KEY]",
    .summary = "Give waiting reports their turn now; with a policy domain, address or Report-ID also those that failed",
    .help = REPORT_HELP,
};
