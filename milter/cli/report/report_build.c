/* assay report build - makes the reports of a day. */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/terminal.h"
#include "formats/json.h"
#include "cli/report/report.h"
#include "outbox/outbox.h"
#include "outbox/reports.h"
#include "report/build.h"
#include "report/period.h"

enum {
    OPT_UNFINISHED = REPORT_OPT_OWN,
    QUIET_MS = 2000,       /* shorter work shows no progress */
    PROGRESS_EVERY_MS = 200,
    PRUNE_AT_ONCE = 200    /* reports of one transaction */
};

struct request {
    struct cli_common common;
    const char *database, *day, *domain; /* NULL: not given */
    bool unfinished;
    bool built; /* all that there was to build */
    int64_t begin_s;
    int64_t began_ms, told_ms; /* monotonic */
};

/* ---- on the way ---- */

static void progress(void *arg, uint64_t records, uint64_t reports)
{
    struct request *q = arg;
    int64_t now = clock_mono_ms();

    if (!isatty(STDERR_FILENO) || now - q->began_ms < QUIET_MS || now - q->told_ms < PROGRESS_EVERY_MS)
        return;
    q->told_ms = now;
    terminal_progress("\r%" PRIu64 " records read, %" PRIu64 " reports built ", records, reports);
}

static void end_progress(const struct request *q)
{
    if (q->told_ms != 0)
        (void)fputc('\n', stderr);
}

static void complain(void *arg, const char *text)
{
    end_progress(arg);
    (void)cli_fail(&report_build, EX_OK, "%s", text);
}

/* ---- the answer ---- */

static void report_build_print_json(const struct request *q, const struct build_summary *s, int64_t pruned)
{
    struct jnode *o = jnode_object();
    char day[PERIOD_TEXT_MAX];

    jnode_text(o, "day", period_text(q->begin_s, day));
    jnode_int(o, "records", (int64_t)s->records);
    jnode_int(o, "excluded", (int64_t)s->excluded);
    jnode_int(o, "domains", (int64_t)s->domains);
    jnode_int(o, "built", (int64_t)s->built);
    jnode_int(o, "present", (int64_t)s->present);
    jnode_int(o, "refused", (int64_t)s->refused);
    jnode_int(o, "late", (int64_t)s->late);
    jnode_int(o, "rows", (int64_t)s->rows);
    jnode_int(o, "messages", (int64_t)s->messages);
    jnode_int(o, "removed", pruned);
    jnode_print(o, stdout);
}

static void report_build_print_text(const struct request *q, const struct build_summary *s, int64_t pruned)
{
    char day[PERIOD_TEXT_MAX];

    (void)printf("%s: domains %" PRIu64 ", reports built %" PRIu64 " (messages %" PRIu64 ", rows %" PRIu64 ")",
                 period_text(q->begin_s, day), s->domains, s->built, s->messages, s->rows);
    if (s->present > 0)
        (void)printf(", there already %" PRIu64, s->present);
    if (s->refused > 0)
        (void)printf(", refused %" PRIu64 " (see above)", s->refused);
    if (s->excluded > 0)
        (void)printf(", own report mail left out %" PRIu64, s->excluded);
    if (s->late > 0)
        (void)printf(", too late for their report %" PRIu64, s->late);
    if (pruned > 0)
        (void)printf(", old reports removed %" PRId64, pruned);
    (void)putchar('\n');
}

/* ---- the work ---- */

/* In small steps, between which the daemon writes. */
static int report_build_prune(const struct request *q, struct report_place *p, int64_t *removed)
{
    int64_t before = period_day(clock_wall_ms() / 1000) - (int64_t)p->config->keep_reports * PERIOD_DAY_S, n = 0;
    struct err e = ERR_NONE;

    (void)q;
    *removed = 0;
    do {
        if (reports_prune(p->db, before, PRUNE_AT_ONCE, &n, &e) != RC_OK)
            return cli_fail(&report_build, EX_TEMPFAIL, "%s", e.text);
        *removed += n;
    } while (n > 0);
    return EX_OK;
}

static int load_schema(const struct config *c, struct xml_schema **out)
{
    const char *path = c->report_schema[0] != '\0' ? c->report_schema : ASSAY_DATA_DIR "/dmarc-aggregate-rfc9990.xsd";
    struct err e = ERR_NONE;

    *out = NULL;
    if (c->report_format != FEEDBACK_RFC9990)
        return EX_OK; /* RFC 7489's schema cannot be loaded as it was printed */
    return xml_schema_load(path, out, &e) == RC_OK ? EX_OK : cli_fail(&report_build, EX_CONFIG, "%s", e.text);
}

static int build(struct request *q, struct report_place *p, struct build_request *what)
{
    struct build_summary sum;
    struct err e = ERR_NONE;
    enum rc rc = build_day(p->db, what, &sum, &e);
    int64_t pruned = 0;
    int code;

    end_progress(q);
    if (rc != RC_OK)
        return cli_fail(&report_build, rc == RC_TEMP ? EX_TEMPFAIL : EX_SOFTWARE,
                        "%s; %" PRIu64 " reports were built, the others follow when it is run again", e.text,
                        sum.built);
    q->built = true;
    code = report_build_prune(q, p, &pruned);
    if (q->common.json)
        report_build_print_json(q, &sum, pruned);
    else
        report_build_print_text(q, &sum, pruned);
    return code == EX_OK && sum.refused > 0 ? EX_SOFTWARE : code;
}

static int build_with(struct request *q, struct report_place *p)
{
    struct build_request what = {.config = p->config, .begin_s = q->begin_s, .progress = progress,
                                 .complain = complain, .arg = q};
    const char *domain = NULL;
    int code = q->domain == NULL ? EX_OK : report_parse_domain(&report_build, p->arena, q->domain, &domain);

    if (code != EX_OK)
        return code;
    what.policy_domain = str_of(domain);
    code = load_schema(p->config, &what.schema);
    if (code == EX_OK)
        code = build(q, p, &what);
    xml_schema_free(what.schema);
    return code;
}

/* A report is final: one of an unfinished day would leave out what is still to come. */
static int choose_day(struct request *q)
{
    int64_t today = period_day(clock_wall_ms() / 1000);
    int code = EX_OK;

    q->begin_s = today - PERIOD_DAY_S;
    if (q->day != NULL)
        code = report_parse_day(&report_build, q->day, &q->begin_s);
    if (code == EX_OK && q->begin_s >= today && !q->unfinished)
        code = cli_usage(&report_build, "the day %s is not over, in UTC; --unfinished builds its reports all the same",
                         q->day);
    return code;
}

/* ---- in a fleet, where each machine has a timer ---- */

/* Whether it was done already, by whomever: read again, the day would cost as much as it did. */
static int is_done(const struct request *q, struct report_place *p, bool *done)
{
    struct report_day day;
    struct err e = ERR_NONE;
    char text[PERIOD_TEXT_MAX];
    enum rc rc = q->day != NULL || q->domain != NULL ? RC_NOTFOUND
                                                     : reports_day(p->db, p->arena, q->begin_s, &day, &e);

    *done = rc == RC_OK;
    if (rc != RC_OK && rc != RC_NOTFOUND)
        return cli_fail(&report_build, EX_TEMPFAIL, "%s", e.text);
    if (*done && q->common.json)
        (void)puts("{}");
    return !*done ? EX_OK : cli_fail(&report_build, EX_OK, "%s: %s built the reports", period_text(q->begin_s, text),
                                     day.host);
}

static int build_alone(struct request *q, struct report_place *p, const char *lacking)
{
    char host[HOSTNAME_SIZE];
    struct outbox_lock *lock;
    struct err e = ERR_NONE;
    bool done = false;
    enum rc rc = outbox_lock(p->db, OUTBOX_BUILDING, report_host(p->config, host), 0, &lock, &e);
    int code;

    if (rc == RC_LIMIT && q->common.json)
        (void)puts("{}");
    if (rc != RC_OK)
        return cli_fail(&report_build, rc == RC_LIMIT ? EX_OK : rc == RC_IO ? EX_NOPERM : EX_TEMPFAIL, "%s", e.text);
    code = is_done(q, p, &done);
    if (code == EX_OK && !done)
        code = build_with(q, p);
    if (q->built && q->domain == NULL && !q->unfinished &&
        reports_day_is_built(p->db, &(struct report_day){q->begin_s, host, clock_wall_ms(), lacking}, &e) != RC_OK)
        code = cli_fail(&report_build, EX_TEMPFAIL, "%s", e.text);
    outbox_unlock(lock);
    return code;
}

static int build_in_fleet(struct request *q, struct report_place *p)
{
    const char *lacking = "";
    bool done;
    int code = is_done(q, p, &done);

    if (code != EX_OK || done)
        return code;
    db_close(p->db); /* it may be long */
    p->db = NULL;
    code = report_wait(&report_build, p, q->begin_s, q->unfinished, &lacking);
    q->began_ms = clock_mono_ms();
    if (code == EX_OK)
        code = report_reopen(&report_build, p);
    return code == EX_OK ? build_alone(q, p, lacking) : code;
}

static int report_build_answer(struct request *q)
{
    struct report_place p = {.db = NULL};
    int code = choose_day(q);

    if (code != EX_OK)
        return code;
    q->began_ms = clock_mono_ms();
    code = report_open_for_owners(&report_build, &q->common, q->database, &p);
    if (code == EX_OK && p.db != NULL)
        code = db_engine(p.db) == DB_SQLITE ? build_with(q, &p) : build_in_fleet(q, &p);
    report_close(&p);
    return code;
}

static int report_build_run(int argc, char **argv)
{
    static const struct option options[] = {
        REPORT_LONG_OPTIONS, {"day", required_argument, NULL, REPORT_OPT_DAY},
        {"domain", required_argument, NULL, REPORT_OPT_DOMAIN}, {"unfinished", no_argument, NULL, OPT_UNFINISHED},
        {NULL, 0, NULL, 0},
    };
    struct request q = {.database = NULL};
    int opt;

    while ((opt = getopt_long(argc, argv, CLI_SHORT_OPTIONS, options, NULL)) != -1) {
        if (cli_common_option(&q.common, &report_build, opt))
            continue;
        switch (opt) {
        case REPORT_OPT_DATABASE: q.database = optarg; break;
        case REPORT_OPT_DAY: q.day = optarg; break;
        case REPORT_OPT_DOMAIN: q.domain = optarg; break;
        default: q.unfinished = true; break;
        }
    }
    return optind == argc ? report_build_answer(&q) : cli_usage(&report_build, "takes no arguments");
}

const struct subcommand report_build = {
    .name = "report build",
    .run = report_build_run,
    .usage = "",
    .summary = "Makes the reports of a day, and removes those that KeepReports does not keep",
    .help =
        "  --day YYYY-MM-DD        of this UTC day, not of yesterday\n"
        "  --domain NAME           about this policy domain alone\n"
        "  --unfinished            also when the day is not over: what comes later is not reported\n"
        REPORT_HELP,
};
