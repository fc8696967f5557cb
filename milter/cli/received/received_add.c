/* assay received add - takes in reports: from the MTA's pipe, files, an mbox, a Maildir, a folder. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "auth/auth.h"
#include "cli/received/received_cli.h"
#include "formats/json.h"
#include "intake/feed.h"
#include "intake/names.h"

enum { OPT_TRUST = RECEIVED_OPT_OWN, OPT_NO_DNS, OPT_QUIET };
enum { NAMES_MAX = 1000, NAMES_MS = 20000 }; /* the rest is for fetch, which has more time */

struct request {
    struct cli_common common;
    const char *database;
    bool local, proof;   /* --trust */
    bool no_dns, quiet;
    int64_t count[16];   /* items by outcome */
    int64_t items, rows, messages, troubles;
    struct intake *intake;
};

static void say_item(struct request *q, const struct feed_item *item, const struct intake_outcome *out)
{
    const char *reason = out->reason;

    if (q->quiet)
        return;
    (void)printf("%" PRId64 " %s: %s, %s", out->id, item->name[0] == '\0' ? "-" : item->name,
                 enum_name(&received_outcome_names, (int)out->outcome),
                 enum_name(&received_trust_names, (int)out->trust));
    if (out->kept > 0)
        (void)printf(", %zu report%s, %" PRId64 " rows, %" PRId64 " messages", out->kept, out->kept == 1 ? "" : "s",
                     out->rows, out->messages);
    (void)printf("%s%s\n", reason[0] == '\0' ? "" : ": ", reason);
}

static enum rc received_add_take(void *arg, const struct feed_item *item, struct err *e)
{
    struct request *q = arg;
    bool pipe = strcmp(item->way, "pipe") == 0 || strcmp(item->way, "maildir") == 0;
    const struct intake_item x = {.bytes = item->bytes, .name = item->name, .way = item->way,
                                  .by_operator = q->local || (!pipe && !q->proof), .arrival_ms = 0};
    struct intake_outcome out;
    enum rc rc = intake_take(q->intake, &x, &out, e);

    if (rc != RC_OK)
        return rc;
    q->items++;
    q->count[out.outcome]++;
    q->rows += out.rows;
    q->messages += out.messages;
    say_item(q, item, &out);
    return RC_OK;
}

static void received_add_trouble(void *arg, const char *path, const char *why)
{
    struct request *q = arg;

    q->troubles++;
    (void)cli_fail(&received_add, EX_OK, "%s: %s", path, why);
}

static void say_sum(const struct request *q)
{
    const char *between = "";

    if (q->common.json) {
        struct jnode *root = jnode_object(), *outcomes = jnode_object();

        jnode_int(root, "items", q->items);
        for (int i = 0; i < received_outcome_names.count; i++)
            if (q->count[i] > 0)
                jnode_int(outcomes, enum_name(&received_outcome_names, i), q->count[i]);
        jnode_put(root, "outcomes", outcomes);
        jnode_int(root, "rows", q->rows);
        jnode_int(root, "messages", q->messages);
        jnode_print(root, stdout);
        return;
    }
    if (q->items == 0 && q->troubles == 0 && !q->quiet)
        (void)puts("nothing was there to be taken in (of a Maildir, what is new)");
    if (q->items < 2)
        return;
    (void)printf("%" PRId64 " taken in: ", q->items);
    for (int i = 0; i < received_outcome_names.count; i++)
        if (q->count[i] > 0) {
            (void)printf("%s%" PRId64 " %s", between, q->count[i], enum_name(&received_outcome_names, i));
            between = ", ";
        }
    (void)printf("; %" PRId64 " rows, %" PRId64 " messages\n", q->rows, q->messages);
}

/* The store failing is 75, whatever the reason, so that an MTA tries again and nothing bounces. */
static int failed(enum rc rc, const struct err *e)
{
    return cli_fail(&received_add, rc == RC_NOTFOUND ? EX_NOINPUT : EX_TEMPFAIL, "%s", e->text);
}

static int add_all(struct request *q, char **paths, int n)
{
    struct names_done names;
    struct err e = ERR_NONE;

    for (int i = 0; i < n; i++) {
        enum rc rc = feed_path(paths[i], received_add_take, received_add_trouble, q, &e);

        if (rc != RC_OK)
            return failed(rc, &e);
    }
    if (!q->quiet && names_look_up(q->intake, NAMES_MAX, NAMES_MS, &names, &e) != RC_OK)
        return failed(RC_TEMP, &e);
    received_say_trouble(&received_add, q->intake);
    say_sum(q);
    return q->troubles > 0 ? EX_NOINPUT : EX_OK;
}

/* Without a resolver nothing is asked; that is no reason to turn mail away. */
static struct dns *received_add_open_dns(const struct request *q, const struct config *config)
{
    struct err e = ERR_NONE;

    if (q->no_dns)
        return NULL;
    return auth_init(&e) == RC_OK ? cli_dns(&q->common, config) : NULL;
}

static int received_add_answer(struct request *q, char **paths, int n)
{
    struct intake_settings s = {.config = cli_config(&q->common), .keep_originals = false};
    struct err e = ERR_NONE;
    struct dns *dns = NULL;
    enum rc rc;
    int code = EX_CONFIG;

    s.keep_originals = s.config != NULL && s.config->keep_originals > 0;
    if (s.config != NULL)
        s.database = received_database(&received_add, s.config, q->database);
    if (s.database != NULL) {
        s.dns = dns = received_add_open_dns(q, s.config);
        rc = intake_open(&s, &q->intake, &e);
        code = rc == RC_OK ? add_all(q, paths, n) : cli_fail(&received_add, EX_TEMPFAIL, "%s", e.text);
    }
    intake_close(q->intake);
    dns_close(dns);
    auth_shutdown();
    config_free((struct config *)s.config);
    return code;
}

static int received_add_take_option(struct request *q, int opt)
{
    switch (opt) {
    case RECEIVED_OPT_DATABASE: q->database = optarg; return EX_OK;
    case OPT_NO_DNS: q->no_dns = true; return EX_OK;
    case OPT_QUIET: q->quiet = true; return EX_OK;
    case OPT_TRUST:
        q->local = strcmp(optarg, "local") == 0;
        q->proof = strcmp(optarg, "proof") == 0;
        return q->local || q->proof ? EX_OK
                                    : cli_usage(&received_add, "--trust \"%s\" is neither local nor proof", optarg);
    default: return EX_OK;
    }
}

static int received_add_run(int argc, char **argv)
{
    static const struct option options[] = {
        RECEIVED_LONG_OPTIONS, CLI_DNS_OPTIONS, {"trust", required_argument, NULL, OPT_TRUST},
        {"no-dns", no_argument, NULL, OPT_NO_DNS}, {"quiet", no_argument, NULL, OPT_QUIET}, {NULL, 0, NULL, 0},
    };
    struct request q = {.database = NULL};
    int opt, code = EX_OK;
    bool pipe = false;

    while (code == EX_OK && (opt = getopt_long(argc, argv, CLI_SHORT_OPTIONS, options, NULL)) != -1)
        if (!cli_common_option(&q.common, &received_add, opt))
            code = received_add_take_option(&q, opt);
    if (code != EX_OK)
        return code;
    if (optind == argc)
        return cli_usage(&received_add, "name files, folders or Maildirs, or - for a mail on standard input");
    for (int i = optind; i < argc; i++)
        pipe = pipe || strcmp(argv[i], "-") == 0;
    q.quiet = q.quiet || pipe || q.common.json;
    (void)signal(SIGPIPE, SIG_IGN);
    code = received_add_answer(&q, argv + optind, argc - optind);
    return pipe && code != EX_OK ? EX_TEMPFAIL : code; /* any other makes an MTA return the mail to its sender */
}

const struct subcommand received_add = {
    .name = "received add",
    .run = received_add_run,
    .asks_dns = true,
    .usage = "FILE|FOLDER|MAILDIR|-...",
    .summary = "Takes in reports: files, mail, an mbox, a Maildir, a folder of them, or a mail from the MTA's pipe",
    .help = "  --trust WORD            local: an operator vouches for all of it; proof: only for what its mail proves\n"
            "                          (local for files, mbox and folders; proof for - and a Maildir)\n"
            "  --no-dns                ask DNS nothing: services are told from the catalogue and addresses alone\n"
            "  --quiet                 say nothing of each\n"
            RECEIVED_HELP,
};
