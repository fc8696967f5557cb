/* assay exception add, list, remove - what a client decided not to mend, or not yet. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "cli/watch/watch.h"
#include "inventory/inventory.h"

enum { OPT_SOURCE = WATCH_OPT_OWN, OPT_UNTIL, OPT_RISK, OPT_OWNER, OPT_REASON, OPT_DOMAIN, OPT_ALL };

struct exception_request {
    const struct subcommand *cmd;
    struct cli_common common;
    struct report_place place;
    const char *database, *domain, *until;
    struct exception_filter filter;
    struct exception x;
};

/* False: a common option, which was taken. */
static bool exception_option(struct exception_request *q, int opt)
{
    if (cli_common_option(&q->common, q->cmd, opt))
        return false;
    switch (opt) {
    case REPORT_OPT_DATABASE: q->database = optarg; break;
    case WATCH_OPT_CLIENT: q->filter.client = optarg; break;
    case OPT_SOURCE: q->x.source = optarg; break;
    case OPT_UNTIL: q->until = optarg; break;
    case OPT_RISK: q->x.risk = optarg; break;
    case OPT_OWNER: q->x.owner = optarg; break;
    case OPT_REASON: q->x.reason = optarg; break;
    case OPT_DOMAIN: q->domain = optarg; break;
    default: q->filter.all = true; break;
    }
    return true;
}

static struct exception_request exception_request_of(const struct subcommand *cmd)
{
    return (struct exception_request){
        .cmd = cmd,
        .domain = "",
        .until = "",
        .filter = {.client = "", .domain = "", .source = "", .any_source = true},
        .x = {.client = "", .domain = "", .source = "", .risk = "", .owner = "", .reason = "", .removed_by = ""}};
}

static int exception_fail(const struct exception_request *q, enum rc rc, const struct err *e)
{
    return cli_fail(q->cmd,
                    rc == RC_NOTFOUND ? EX_NOINPUT
                    : rc == RC_IO     ? EX_NOPERM
                                      : EX_TEMPFAIL,
                    "%s", e->text);
}

/* ---- add ---- */

/* Each text is there and short enough. */
static int exception_check(const struct exception_request *q)
{
    const struct {
        const char *option, *text;
        bool needed;
    } texts[] = {{"--risk", q->x.risk, true}, {"--owner", q->x.owner, true}, {"--reason", q->x.reason, true},
                 {"--source", q->x.source, false}};

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (texts[i].needed && texts[i].text[0] == '\0')
            return cli_usage(q->cmd, "%s is missing: an exception names its risk, its owner, the reason and its last "
                             "day", texts[i].option);
        if (watch_check_text(q->cmd, texts[i].option, texts[i].text, EXCEPTION_TEXT_MAX) != EX_OK)
            return EX_USAGE;
    }
    return EX_OK;
}

/* Whether the domain has that source, in the inventory or in what receivers reported: a typo excuses nobody. */
static enum rc exception_source_is_known(const struct exception_request *q, const struct client *client, bool parked,
                                         bool *known, struct err *e)
{
    const struct inventory_filter f = {.client = "", .domain = q->x.domain, .status = "", .source = q->x.source};
    const struct watch_question w = {.client = client->name, .domain = q->x.domain, .parked = parked,
                                     .today = clock_wall_ms() / CLOCK_DAY_MS, .days = WATCH_USUAL_DAYS};
    struct watch_domain facts;
    struct inventory_row *row;
    size_t n = 0;
    enum rc rc = inventory_list(q->place.db, q->place.arena, &f, &row, &n, e);

    *known = q->x.source[0] == '\0' || n > 0;
    if (rc != RC_OK || *known)
        return rc;
    rc = watch_gather(q->place.db, q->place.arena, &w, &facts, e);
    for (size_t i = 0; rc == RC_OK && i < facts.sources; i++)
        *known = *known || strcmp(facts.source[i].name, q->x.source) == 0;
    return rc;
}

static int exception_add_do(struct exception_request *q)
{
    int64_t now_ms = clock_wall_ms();
    const struct client *client;
    struct err e = ERR_NONE;
    bool parked, known = false;
    int code = report_parse_domain(q->cmd, q->place.arena, q->domain, &q->x.domain);
    enum rc rc;

    if (code == EX_OK)
        code = exception_check(q);
    if (code != EX_OK)
        return code;
    if (!watch_parse_day(q->until, &q->x.until_day))
        return cli_usage(q->cmd, "--until \"%s\" is not a day; write YYYY-MM-DD, the last day on which it holds",
                         q->until);
    if (q->x.until_day < now_ms / CLOCK_DAY_MS)
        return cli_usage(q->cmd, "--until %s is over already", q->until);
    client = clients_listing(q->place.config->clients, q->x.domain, &parked);
    if (client == NULL)
        return cli_fail(q->cmd, EX_NOINPUT, "%s: ClientsFile has no client with this domain", q->x.domain);
    rc = exception_source_is_known(q, client, parked, &known, &e);
    if (rc == RC_OK && !known)
        return cli_fail(q->cmd, EX_NOINPUT, "%s has no source \"%s\", neither in the inventory nor in reports; "
                        "\"assay source list\" names them", q->x.domain, q->x.source);
    q->x.client = client->name;
    q->x.who = watch_who();
    q->x.since_ms = now_ms;
    if (rc == RC_OK)
        rc = exceptions_add(q->place.db, &q->x, &e);
    return rc == RC_OK ? EX_OK : exception_fail(q, rc, &e);
}

static int exception_add_run(int argc, char **argv)
{
    static const struct option options[] = {REPORT_LONG_OPTIONS,
                                            {"source", required_argument, NULL, OPT_SOURCE},
                                            {"until", required_argument, NULL, OPT_UNTIL},
                                            {"risk", required_argument, NULL, OPT_RISK},
                                            {"owner", required_argument, NULL, OPT_OWNER},
                                            {"reason", required_argument, NULL, OPT_REASON},
                                            {NULL, 0, NULL, 0}};
    struct exception_request q = exception_request_of(&exception_add);
    int opt, code;

    while ((opt = getopt_long(argc, argv, CLI_SHORT_OPTIONS, options, NULL)) != -1)
        (void)exception_option(&q, opt);
    if (optind + 1 != argc)
        return cli_usage(q.cmd, "name a domain");
    q.domain = argv[optind];
    code = report_open(q.cmd, &q.common, q.database, true, &q.place);
    if (code == EX_OK)
        code = exception_add_do(&q);
    report_close(&q.place);
    return code;
}

const struct subcommand exception_add = {
    .name = "exception add",
    .run = exception_add_run,
    .usage = "DOMAIN",
    .summary = "Writes one down; one of the same domain and source gives way",
    .help = "  --source SOURCE         of this source; without it, of the domain and its next stage as a whole\n"
            "  --until DAY             the last day on which it holds, YYYY-MM-DD\n"
            "  --risk TEXT             what may happen\n"
            "  --owner WHO             who at the client answers for it\n"
            "  --reason TEXT           why it is not mended\n"
            REPORT_HELP,
};

/* ---- list ---- */

static void exception_print(const struct exception *x, int64_t today)
{
    char until[11];

    watch_day_text(x->until_day, until);
    (void)printf("%s%s%s (%s), until %s%s\n", x->domain, x->source[0] == '\0' ? "" : ", ", x->source, x->client, until,
                 x->removed_ms != 0        ? ", taken out"
                 : x->until_day < today    ? ", OVER"
                 : x->until_day == today   ? ", its last day"
                                           : "");
    (void)printf("    risk: %s\n    owner: %s\n    reason: %s\n    by %s\n", x->risk, x->owner, x->reason, x->who);
}

static int exception_list_do(struct exception_request *q)
{
    struct jnode *list = q->common.json ? jnode_array() : NULL, *root;
    int64_t today = clock_wall_ms() / CLOCK_DAY_MS;
    struct exception *x;
    struct err e = ERR_NONE;
    size_t n;
    int code = q->domain[0] == '\0' ? EX_OK
                                    : report_parse_domain(q->cmd, q->place.arena, q->domain, &q->filter.domain);
    enum rc rc;

    if (code != EX_OK)
        return code;
    rc = exceptions_list(q->place.db, q->place.arena, &q->filter, EXCEPTIONS_MAX, &x, &n, &e);
    if (rc != RC_OK)
        return exception_fail(q, rc, &e);
    for (size_t i = 0; i < n; i++) {
        if (list == NULL)
            exception_print(&x[i], today);
        else
            jnode_append(list, watch_exception_json(&x[i]));
    }
    if (list != NULL) {
        root = jnode_object();
        jnode_put(root, "exceptions", list);
        jnode_print(root, stdout);
    } else if (n == 0) {
        (void)puts("There is no exception.");
    }
    return EX_OK;
}

static int exception_list_run(int argc, char **argv)
{
    static const struct option options[] = {REPORT_LONG_OPTIONS, WATCH_CLIENT_OPTION,
                                            {"domain", required_argument, NULL, OPT_DOMAIN},
                                            {"all", no_argument, NULL, OPT_ALL}, {NULL, 0, NULL, 0}};
    struct exception_request q = exception_request_of(&exception_list);
    int opt, code;

    while ((opt = getopt_long(argc, argv, CLI_SHORT_OPTIONS, options, NULL)) != -1)
        (void)exception_option(&q, opt);
    if (optind != argc)
        return cli_usage(q.cmd, "unexpected argument \"%s\"", argv[optind]);
    code = report_open(q.cmd, &q.common, q.database, false, &q.place);
    if (code == EX_OK && q.filter.client[0] != '\0')
        code = watch_check_client(q.cmd, q.place.config, q.filter.client);
    if (code == EX_OK)
        code = exception_list_do(&q);
    report_close(&q.place);
    return code;
}

const struct subcommand exception_list = {
    .name = "exception list",
    .run = exception_list_run,
    .usage = "",
    .summary = "Those in force, the one that ends first at the head",
    .help = WATCH_CLIENT_HELP
            "  --domain DOMAIN         of this domain alone\n"
            "  --all                   those that were taken out, too\n"
            REPORT_HELP,
};

/* ---- remove ---- */

static int exception_remove_run(int argc, char **argv)
{
    static const struct option options[] = {REPORT_LONG_OPTIONS, {"source", required_argument, NULL, OPT_SOURCE},
                                            {NULL, 0, NULL, 0}};
    struct exception_request q = exception_request_of(&exception_remove);
    struct err e = ERR_NONE;
    int opt, code;
    enum rc rc;

    while ((opt = getopt_long(argc, argv, CLI_SHORT_OPTIONS, options, NULL)) != -1)
        (void)exception_option(&q, opt);
    if (optind + 1 != argc)
        return cli_usage(q.cmd, "name a domain");
    code = report_open(q.cmd, &q.common, q.database, true, &q.place);
    if (code == EX_OK)
        code = report_parse_domain(q.cmd, q.place.arena, argv[optind], &q.x.domain);
    if (code == EX_OK) {
        rc = exceptions_remove(q.place.db, q.x.domain, q.x.source, watch_who(), clock_wall_ms(), &e);
        code = rc == RC_OK ? EX_OK : exception_fail(&q, rc, &e);
    }
    report_close(&q.place);
    return code;
}

const struct subcommand exception_remove = {
    .name = "exception remove",
    .run = exception_remove_run,
    .usage = "DOMAIN",
    .summary = "Takes one out; it stays in the list of all",
    .help = "  --source SOURCE         that of this source\n"
            REPORT_HELP,
};

static int cmd_exception_run(int argc, char **argv)
{
    static const struct subcommand *const verbs[] = {&exception_add, &exception_list, &exception_remove, NULL};

    return cli_verbs(&cmd_exception, verbs, argc, argv);
}

const struct subcommand cmd_exception = {
    .name = "exception",
    .run = cmd_exception_run,
    .usage = "VERB",
    .summary = "What a client decided not to repair: risk, owner, reason, until when",
    .help = "",
};
