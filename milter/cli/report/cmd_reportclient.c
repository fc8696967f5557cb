/* assay report-client - the monthly reports to clients: made, kept, shown, mailed. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "cli/report/report.h"
#include "clientreport/figures.h"
#include "clientreport/html.h"
#include "clientreport/make.h"
#include "clientreport/send.h"
#include "clientreport/text.h"
#include "formats/json.h"
#include "outbox/outbox.h"

enum { OPT_CLIENT = REPORT_OPT_OWN, OPT_MONTH, OPT_EDITION, OPT_FORMAT, OPT_DRAFT, OPT_AGAIN, OPT_SEND, OPT_LIST,
       OPT_DUE, OPT_OUTPUT, MEMORY = 512 << 20, LISTED_MAX = 5000,
       HOLD_MS = 180 * 1000 /* longer than another takes for one report */ };

enum format { FORMAT_TEXT, FORMAT_HTML, FORMAT_PDF };
static const char *const format_words[] = {"text", "html", "pdf"};
static const struct enum_names format_names = ENUM_NAMES(format_words);

struct request {
    struct cli_common common;
    struct report_place place;
    struct arena *a;
    const char *database, *client, *month, *file; /* NULL not given */
    const char *of_one; /* an option that is about one report; NULL none was given */
    uint32_t edition;
    enum format format;
    bool draft, again, send, list, due;
    int64_t first_day, before_day, now_ms;
    const struct client *of;
};

/* ---- writing it ---- */

static int write_bytes(const struct request *q, struct str bytes)
{
    FILE *to = q->file == NULL ? stdout : fopen(q->file, "wbe");
    bool good;

    if (to == NULL)
        return cli_fail(&cmd_reportclient, EX_CANTCREAT, "%s: %s", q->file, strerror(errno));
    good = fwrite(bytes.p, 1, bytes.n, to) == bytes.n && fflush(to) == 0;
    if (q->file != NULL && fclose(to) != 0)
        good = false;
    return good ? EX_OK : cli_fail(&cmd_reportclient, EX_IOERR, "%s: it could not be written",
                                   q->file == NULL ? "standard output" : q->file);
}

static int write_pdf(struct request *q, struct edition *p)
{
    struct err e = ERR_NONE;

    if (p->pdf.n == 0 && make_pdf(q->a, q->place.db, p, &e) != RC_OK && p->pdf.n == 0)
        return cli_fail(&cmd_reportclient, EX_UNAVAILABLE, "%s", e.text);
    return write_bytes(q, p->pdf);
}

static int write_edition(struct request *q, struct edition *p)
{
    struct document d;
    struct err e = ERR_NONE;
    FILE *to;
    bool good;

    if (q->format == FORMAT_PDF)
        return write_pdf(q, p);
    if (blocks_decode(q->a, p->blocks, &d, &e) != RC_OK)
        return cli_fail(&cmd_reportclient, EX_DATAERR, "%s", e.text);
    to = q->file == NULL ? stdout : fopen(q->file, "wbe");
    if (to == NULL)
        return cli_fail(&cmd_reportclient, EX_CANTCREAT, "%s: %s", q->file, strerror(errno));
    (q->format == FORMAT_HTML ? report_html : report_text)(&d, to);
    good = fflush(to) == 0 && !ferror(to);
    if (q->file != NULL && fclose(to) != 0)
        good = false;
    return good ? EX_OK : cli_fail(&cmd_reportclient, EX_IOERR, "it could not be written");
}

/* ---- which ---- */

static int fail_rc(enum rc rc, const struct err *e)
{
    return cli_fail(&cmd_reportclient, rc == RC_NOTFOUND ? EX_NOINPUT : rc == RC_BAD ? EX_CONFIG
                    : cli_exit(rc, EX_TEMPFAIL), "%s", e->text);
}

static int make_one(struct request *q, struct edition *out)
{
    const struct make_request wanted = {.db = q->place.db, .config = q->place.config, .client = q->of,
                                        .first_day = q->first_day, .before_day = q->before_day, .now_ms = q->now_ms,
                                        .keep = !q->draft};
    struct err e = ERR_NONE;
    bool made;
    enum rc rc = make_edition(q->a, &wanted, out, &made, &e);

    return rc == RC_OK ? EX_OK : fail_rc(rc, &e);
}

/* The PDF of what is kept without one, as when assay-pdf came later.  Without it the report is still one. */
static void draw(struct request *q, struct edition *p)
{
    struct err e = ERR_NONE;

    if (p->pdf.n == 0 && q->format != FORMAT_PDF && make_pdf(q->a, q->place.db, p, &e) != RC_OK)
        (void)cli_fail(&cmd_reportclient, EX_OK, "%s", e.text);
}

/* The edition that is asked for, made where there is none. */
static int find_edition(struct request *q, struct edition *out)
{
    const struct editions_wanted w = {.client = q->client, .first_day = q->first_day, .number = q->edition};
    struct err e = ERR_NONE;
    int code = EX_OK;
    enum rc rc = q->draft || q->again ? RC_NOTFOUND : editions_get(q->place.db, q->a, &w, out, &e);

    if (rc == RC_NOTFOUND && q->edition == 0) {
        if (!q->draft && q->before_day * CLOCK_DAY_MS > q->now_ms)
            return cli_usage(&cmd_reportclient, "%s is not over; --draft shows its report as it would be now",
                             q->month);
        code = make_one(q, out);
    } else if (rc != RC_OK) {
        code = fail_rc(rc, &e);
    }
    if (code == EX_OK && !q->draft)
        draw(q, out);
    return code;
}

/* ---- sending ---- */

static int send_one(struct request *q, const struct edition *p)
{
    struct send_counts n;
    struct err e = ERR_NONE;
    enum rc rc = send_edition(q->a, q->place.db, q->place.config, q->of, p, q->now_ms, &n, &e);

    if (rc != RC_OK)
        return fail_rc(rc, &e);
    (void)printf("%s edition %" PRId64 ": mailed to %" PRId64 ", earlier to %" PRId64 "%s\n",
                 make_name(q->a, p->client, p->first_day), p->number, n.sent, n.before,
                 q->of->runbook.report_to.n == 0 ? "; released, ReportTo names nobody" : "");
    return n.failed == 0 ? EX_OK
                         : cli_fail(&cmd_reportclient, EX_UNAVAILABLE, "%s: %" PRId64 " mails were not taken: %s",
                                    p->client, n.failed, n.why);
}

/* Makes it where there is none, and mails it where wanted; alone, so that several of us make one and mail it once. */
static int one(struct request *q, bool send, struct edition *out)
{
    char host[HOSTNAME_SIZE];
    struct outbox_lock *lock = NULL;
    struct err e = ERR_NONE;
    int code = EX_OK;
    enum rc rc = q->draft ? RC_OK : outbox_lock(q->place.db, OUTBOX_REPORTING, report_host(q->place.config, host),
                                                HOLD_MS, &lock, &e);

    if (rc != RC_OK)
        return cli_fail(&cmd_reportclient, cli_exit(rc, EX_TEMPFAIL), "%s", e.text);
    code = find_edition(q, out);
    if (code == EX_OK && send)
        code = send_one(q, out);
    outbox_unlock(lock);
    return code;
}

/* Last month's for every client that is reported to: made where there is none, mailed where it is due. */
static int do_due(struct request *q)
{
    const struct clients *all = q->place.config->clients;
    int worst = EX_OK;

    q->first_day = figures_month_before(q->now_ms / CLOCK_DAY_MS);
    q->before_day = figures_month_before(q->first_day + 62); /* two months are at most so long, and more than 58 */
    for (size_t i = 0; i < clients_count(all); i++) {
        struct edition p;
        int code;

        q->of = clients_at(all, i);
        q->client = q->of->name;
        if (q->of->runbook.report_to.n == 0 && q->of->runbook.report_every != RUNBOOK_MONTHLY)
            continue;
        arena_reset(q->a);
        code = one(q, q->of->runbook.report_every == RUNBOOK_MONTHLY, &p);
        worst = code == EX_OK ? worst : code;
    }
    return worst;
}

/* ---- list ---- */

static int do_list(struct request *q)
{
    const struct editions_wanted w = {.client = q->client == NULL ? "" : q->client, .first_day = q->first_day};
    struct jnode *list, *root;
    struct edition *row;
    struct err e = ERR_NONE;
    size_t n;
    enum rc rc = editions_list(q->place.db, q->a, &w, LISTED_MAX, &row, &n, &e);

    if (rc != RC_OK)
        return fail_rc(rc, &e);
    list = q->common.json ? jnode_array() : NULL;
    for (size_t i = 0; i < n; i++) {
        const char *name = make_name(q->a, row[i].client, row[i].first_day),
                   *state = row[i].sent_ms == 0 ? "draft" : row[i].sent == 0 ? "released" : "sent";

        if (list == NULL) {
            (void)printf("%-30s  edition %" PRId64 "  %s  %8" PRId64 " messages  %-8s  to %" PRId64 "\n", name,
                         row[i].number, row[i].language, row[i].messages, state, row[i].sent);
            continue;
        }
        root = jnode_object();
        jnode_text(root, "name", name);
        jnode_text(root, "client", row[i].client);
        jnode_int(root, "edition", row[i].number);
        jnode_text(root, "language", row[i].language);
        jnode_time(root, "made", row[i].made_ms);
        jnode_int(root, "messages", row[i].messages);
        jnode_int(root, "own", row[i].own);
        jnode_int(root, "confirmed", row[i].confirmed);
        jnode_int(root, "forged", row[i].forged);
        jnode_text(root, "state", state);
        jnode_int(root, "sent_to", row[i].sent);
        jnode_append(list, root);
    }
    if (list != NULL) {
        root = jnode_object();
        jnode_put(root, "reports", list);
        jnode_print(root, stdout);
    } else if (n == 0) {
        (void)puts("No report was made yet: assay report-client --client CLIENT --month YYYY-MM");
    }
    return EX_OK;
}

/* ---- the command ---- */

/* What does not go together; asked before anything is opened. */
static int check_options(const struct request *q)
{
    if (q->due && (q->list || q->client != NULL || q->month != NULL))
        return cli_usage(&cmd_reportclient, "--due is last month's of every client: it goes with no --client, --month "
                                            "or --list");
    if ((q->due || q->list) && q->of_one != NULL)
        return cli_usage(&cmd_reportclient, "%s is about one report: it does not go with %s", q->of_one,
                         q->due ? "--due" : "--list");
    if (!q->list && !q->due && (q->client == NULL || q->month == NULL))
        return cli_usage(&cmd_reportclient, "name a --client and a --month, or say --list or --due");
    if (q->draft && (q->send || q->again || q->edition != 0))
        return cli_usage(&cmd_reportclient, "--draft is not kept: it has no edition, and is not sent");
    if (q->again && q->edition != 0)
        return cli_usage(&cmd_reportclient, "--again counts anew, and --edition shows one that is kept");
    return EX_OK;
}

static int cmd_reportclient_check(struct request *q)
{
    const struct clients *all = q->place.config->clients;

    if (q->month != NULL && !figures_month(q->month, &q->first_day, &q->before_day))
        return cli_usage(&cmd_reportclient, "--month \"%s\" is no month; write YYYY-MM", q->month);
    for (size_t i = 0; q->client != NULL && i < clients_count(all); i++)
        if (strcmp(clients_at(all, i)->name, q->client) == 0)
            q->of = clients_at(all, i);
    if (q->client != NULL && q->of == NULL)
        return cli_usage(&cmd_reportclient, "--client \"%s\": ClientsFile has no such client", q->client);
    return EX_OK;
}

static int cmd_reportclient_answer(struct request *q)
{
    struct edition p;
    int code = cmd_reportclient_check(q);

    if (code != EX_OK || q->list || q->due)
        return code != EX_OK ? code : q->list ? do_list(q) : do_due(q);
    code = one(q, q->send, &p);
    return code != EX_OK || q->send ? code : write_edition(q, &p);
}

static bool option(struct request *q, int opt)
{
    static const char *const of_one[] = {
        [OPT_EDITION - OPT_CLIENT] = "--edition", [OPT_FORMAT - OPT_CLIENT] = "--format",
        [OPT_DRAFT - OPT_CLIENT] = "--draft", [OPT_AGAIN - OPT_CLIENT] = "--again",
        [OPT_SEND - OPT_CLIENT] = "--send", [OPT_OUTPUT - OPT_CLIENT] = "--output"};
    int format = FORMAT_TEXT;

    if (opt >= OPT_CLIENT && opt <= OPT_OUTPUT && of_one[opt - OPT_CLIENT] != NULL)
        q->of_one = of_one[opt - OPT_CLIENT];
    switch (opt) {
    case OPT_CLIENT: q->client = optarg; return true;
    case OPT_MONTH: q->month = optarg; return true;
    case OPT_EDITION: return str_to_u32(str_of(optarg), &q->edition) && q->edition > 0;
    case OPT_FORMAT:
        if (!enum_value(&format_names, str_of(optarg), &format))
            return false;
        q->format = (enum format)format;
        return true;
    case OPT_DRAFT: q->draft = true; return true;
    case OPT_AGAIN: q->again = true; return true;
    case OPT_SEND: q->send = true; return true;
    case OPT_LIST: q->list = true; return true;
    case OPT_DUE: q->due = true; return true;
    case REPORT_OPT_DATABASE: q->database = optarg; return true;
    default: q->file = optarg; return true; /* OPT_OUTPUT */
    }
}

static int cmd_reportclient_run(int argc, char **argv)
{
    static const struct option options[] = {
        REPORT_LONG_OPTIONS,
        {"client", required_argument, NULL, OPT_CLIENT}, {"month", required_argument, NULL, OPT_MONTH},
        {"edition", required_argument, NULL, OPT_EDITION}, {"format", required_argument, NULL, OPT_FORMAT},
        {"draft", no_argument, NULL, OPT_DRAFT}, {"again", no_argument, NULL, OPT_AGAIN},
        {"send", no_argument, NULL, OPT_SEND}, {"list", no_argument, NULL, OPT_LIST},
        {"due", no_argument, NULL, OPT_DUE}, {"output", required_argument, NULL, OPT_OUTPUT},
        {NULL, 0, NULL, 0}};
    struct request q = {.a = arena_new(MEMORY), .now_ms = clock_wall_ms()};
    int opt, code = EX_OK;

    while (code == EX_OK && (opt = getopt_long(argc, argv, CLI_SHORT_OPTIONS, options, NULL)) != -1)
        if (!cli_common_option(&q.common, &cmd_reportclient, opt) && !option(&q, opt))
            code = cli_usage(&cmd_reportclient, "%s \"%s\" is not one", argv[optind - 1], optarg);
    if (code == EX_OK && optind != argc)
        code = cli_usage(&cmd_reportclient, "\"%s\" is not an option", argv[optind]);
    if (code == EX_OK)
        code = check_options(&q);
    if (code == EX_OK && q.a == NULL)
        code = cli_fail(&cmd_reportclient, EX_OSERR, "out of memory");
    if (code == EX_OK)
        code = report_open(&cmd_reportclient, &q.common, q.database, !q.list && !q.draft, &q.place);
    if (code == EX_OK)
        code = cmd_reportclient_answer(&q);
    report_close(&q.place);
    arena_free(q.a);
    return code;
}

const struct subcommand cmd_reportclient = {
    .name = "report-client",
    .run = cmd_reportclient_run,
    .usage = "[--client CLIENT] [--month YYYY-MM] [option ...]",
    .summary = "Monthly reports to clients: makes, shows and mails them",
    .help = REPORT_HELP
            "  --client CLIENT         the client of clients.conf\n"
            "  --month YYYY-MM         the month of UTC that it is about\n"
            "  --format FORMAT         text (the default), html or pdf\n"
            "  --output FILE           write it there, not to standard output\n"
            "  --edition N             this edition, not the newest\n"
            "  --again                 count anew: a new edition when a figure differs\n"
            "  --draft                 as it would be now, of a month that is not over, too; nothing is kept\n"
            "  --send                  mail it to whom ReportTo names, who did not have it, and release it\n"
            "  --list                  the reports that were made, of --client or --month alone\n"
            "  --due                   last month's of every client: made, and mailed where ReportEvery is monthly\n",
};
