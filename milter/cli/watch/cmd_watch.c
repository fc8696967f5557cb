/* assay watch - a round of the watch: what is new, worse or over, told once. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "cli/watch/watch.h"
#include "outbox/outbox.h"
#include "post/alert.h"

struct request {
    struct cli_common common;
    const char *database, *client;
    bool quiet;
};

static void watch_tell(const struct request *q, const struct watch_counts *n, const struct alert_counts *told)
{
    struct jnode *o;

    if (!q->common.json) {
        if (!q->quiet)
            (void)printf("domains %" PRId64 ", with reports %" PRId64 "; episodes opened %" PRId64 ", worsened %" PRId64
                         ", resolved %" PRId64 ", withdrawn %" PRId64 "; told %" PRId64 ", mails %" PRId64
                         ", documents %" PRId64 "\n",
                         n->domains, n->reported, n->episodes.opened, n->episodes.worsened, n->episodes.resolved,
                         n->episodes.withdrawn, told->logged, told->mails,
                         told->documents);
        return;
    }
    o = jnode_object();
    jnode_int(o, "domains", n->domains);
    jnode_int(o, "with_reports", n->reported);
    jnode_int(o, "opened", n->episodes.opened);
    jnode_int(o, "worsened", n->episodes.worsened);
    jnode_int(o, "resolved", n->episodes.resolved);
    jnode_int(o, "withdrawn", n->episodes.withdrawn);
    jnode_int(o, "told", told->logged);
    jnode_int(o, "mails", told->mails);
    jnode_int(o, "documents", told->documents);
    jnode_print(o, stdout);
}

static int watch_do(const struct request *q, struct report_place *p)
{
    struct watch_round round = watch_round_of(p, q->client);
    struct watch_counts counts;
    struct alert_counts told;
    struct err e = ERR_NONE;
    enum rc rc;

    if (clients_count(p->config->clients) == 0)
        return cli_fail(&cmd_watch, EX_OK, "ClientsFile names no client: there is no domain to watch");
    log_open("assay", p->config->syslog, str_of(p->config->syslog_facility), LOG_LEVEL_INFO);
    rc = watch_round(&round, &counts, &e);
    if (rc == RC_OK)
        rc = alert_tell(p->db, p->arena, p->config, &told, &e);
    log_close();
    if (rc != RC_OK)
        return cli_fail(&cmd_watch, rc == RC_BAD ? EX_CONFIG : cli_exit(rc, EX_TEMPFAIL), "%s", e.text);
    watch_tell(q, &counts, &told);
    if (told.where[0] != '\0')
        return cli_fail(&cmd_watch, EX_UNAVAILABLE, "%s: %s; %" PRId64 " notices wait for the next round", told.where,
                        told.why.text, told.waiting);
    return EX_OK;
}

static int cmd_watch_answer(const struct request *q)
{
    struct report_place p = {.db = NULL};
    char host[HOSTNAME_SIZE];
    struct outbox_lock *lock = NULL;
    struct err e = ERR_NONE;
    int code = report_open(&cmd_watch, &q->common, q->database, true, &p);

    if (code == EX_OK && q->client[0] != '\0')
        code = watch_check_client(&cmd_watch, p.config, q->client);
    if (code == EX_OK) {
        /* one round at a time, and none beside a round of reports */
        enum rc rc = outbox_lock(p.db, OUTBOX_SENDING, report_host(p.config, host), 0, &lock, &e);

        if (rc != RC_OK)
            code = cli_fail(&cmd_watch, cli_exit(rc, EX_TEMPFAIL), "%s", e.text);
    }
    if (code == EX_OK)
        code = watch_do(q, &p);
    outbox_unlock(lock);
    report_close(&p);
    return code;
}

static int cmd_watch_run(int argc, char **argv)
{
    enum { OPT_QUIET = WATCH_OPT_OWN };
    static const struct option options[] = {REPORT_LONG_OPTIONS, WATCH_CLIENT_OPTION,
                                            {"quiet", no_argument, NULL, OPT_QUIET}, {NULL, 0, NULL, 0}};
    struct request q = {.database = NULL, .client = ""};
    int opt;

    while ((opt = getopt_long(argc, argv, CLI_SHORT_OPTIONS, options, NULL)) != -1) {
        if (cli_common_option(&q.common, &cmd_watch, opt))
            continue;
        switch (opt) {
        case REPORT_OPT_DATABASE: q.database = optarg; break;
        case WATCH_OPT_CLIENT: q.client = optarg; break;
        default: q.quiet = true; break;
        }
    }
    if (optind != argc)
        return cli_usage(&cmd_watch, "unexpected argument \"%s\"", argv[optind]);
    return cmd_watch_answer(&q);
}

const struct subcommand cmd_watch = {
    .name = "watch",
    .run = cmd_watch_run,
    .usage = "",
    .summary = "Looks at the clients' domains and tells the desk what is new, worse or over",
    .help = WATCH_CLIENT_HELP
            "  --quiet                 no summary\n"
            REPORT_HELP,
};
