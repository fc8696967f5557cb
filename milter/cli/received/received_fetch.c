/* assay received fetch - takes in what ReceivedFrom names, looks names up, takes out what is old; a timer's job. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "auth/auth.h"
#include "base/clock.h"
#include "cli/received/received_cli.h"
#include "intake/feed.h"
#include "intake/imap.h"
#include "intake/names.h"

enum { OPT_NO_DNS = RECEIVED_OPT_OWN, PASSWORDS_MAX = 65536, NAMES_MAX = 20000, NAMES_MS = 10 * 60 * 1000 };

static const int64_t day_ms = 86400000;

struct request {
    struct cli_common common;
    const char *database;
    bool no_dns, faulty;
    struct config *config;
    struct intake *intake;
    int64_t items, unread;
};

/* ---- mail ---- */

static enum rc received_fetch_take(void *arg, const struct feed_item *item, struct err *e)
{
    struct request *q = arg;
    const struct intake_item x = {.bytes = item->bytes, .name = item->name, .way = item->way};
    struct intake_outcome out;
    enum rc rc = intake_take(q->intake, &x, &out, e);

    if (rc != RC_OK)
        return rc;
    q->items++;
    q->unread += received_is_unread(out.outcome);
    return RC_OK;
}

static void received_fetch_trouble(void *arg, const char *path, const char *why)
{
    ((struct request *)arg)->faulty = true;
    (void)cli_fail(&received_fetch, EX_OK, "%s: %s", path, why);
}

/* Nobody else may read passwords. */
static char *read_passwords(const struct request *q)
{
    const char *path = q->config->received_passwords;
    struct stat st;
    size_t n;
    char *text, *ended;

    if (path[0] == '\0' || stat(path, &st) != 0 || (st.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        (void)cli_fail(&received_fetch, EX_OK, "ReceivedPasswords \"%s\" must name a file that its owner alone may "
                       "read (chmod 600)", path);
        return NULL;
    }
    text = cli_slurp(path, PASSWORDS_MAX, &n);
    if (text == NULL) {
        (void)cli_fail(&received_fetch, EX_OK, "%s cannot be read", path);
        return NULL;
    }
    ended = strndup(text, n);
    explicit_bzero(text, n);
    free(text);
    return ended;
}

static enum rc feed_mailbox(struct request *q, const char *url, struct err *e)
{
    struct imap_settings s = {.url = url, .ca_file = q->config->received_ca_file, .done = q->config->received_done};
    char *text = read_passwords(q);
    enum rc rc;

    if (text == NULL)
        return err_set(e, RC_BAD, "%s: there is no password", url);
    s.passwords = text;
    rc = imap_feed(&s, received_fetch_take, q, e);
    explicit_bzero(text, strlen(text));
    free(text);
    return rc;
}

static void feed_all(struct request *q)
{
    for (size_t i = 0; i < q->config->received_from.n; i++) {
        const char *from = q->config->received_from.item[i];
        struct err e = ERR_NONE;
        enum rc rc = from[0] == '/' ? feed_path(from, received_fetch_take, received_fetch_trouble, q, &e)
                                    : feed_mailbox(q, from, &e);

        if (rc == RC_OK)
            continue;
        q->faulty = true; /* the others are tried all the same */
        (void)cli_fail(&received_fetch, EX_OK, "%s", e.text);
    }
}

/* ---- what is old ---- */

static int64_t before(int64_t now_ms, unsigned days)
{
    return days == 0 ? 0 : now_ms - days * day_ms;
}

static enum rc received_fetch_prune(const struct request *q, struct err *e)
{
    enum { FAILURE_DAYS = 90 }; /* of RFC 9991's reports, whose content is nobody's for longer */
    int64_t now = clock_wall_ms();
    const struct received_keep keep = {
        .rows_before_ms = before(now, q->config->keep_received_rows),
        .originals_before_ms = q->config->keep_originals == 0 ? now : before(now, q->config->keep_originals),
        .originals_bytes = (int64_t)q->config->originals_size << 20,
        .failures_before_ms = before(now, FAILURE_DAYS),
        .journal_before_ms = before(now, q->config->keep_received),
    };
    bool more = true;
    enum rc rc = RC_OK;

    while (rc == RC_OK && more)
        rc = received_prune(intake_db(q->intake), &keep, now, &more, e);
    return rc;
}

/* ---- the command ---- */

static int received_fetch_work(struct request *q)
{
    struct names_done names = {0};
    struct err e = ERR_NONE;
    enum rc rc;

    feed_all(q);
    rc = names_look_up(q->intake, NAMES_MAX, NAMES_MS, &names, &e);
    if (rc == RC_OK)
        rc = received_fetch_prune(q, &e);
    if (rc != RC_OK)
        return cli_fail(&received_fetch, EX_TEMPFAIL, "%s", e.text);
    received_say_trouble(&received_fetch, q->intake);
    (void)printf("%" PRId64 " taken in, %" PRId64 " of them not read; %" PRId64 " addresses looked up, %" PRId64
                 " named; %" PRId64 " rows told anew\n", q->items, q->unread, names.asked, names.named, names.rows);
    return q->faulty ? EX_TEMPFAIL : EX_OK;
}

static int received_fetch_answer(struct request *q)
{
    struct intake_settings s = {.config = q->config, .keep_originals = q->config->keep_originals > 0};
    struct err e = ERR_NONE;
    struct dns *dns = NULL;
    int code = EX_CONFIG;

    s.database = received_database(&received_fetch, q->config, q->database);
    if (s.database != NULL) {
        if (!q->no_dns && auth_init(&e) == RC_OK)
            s.dns = dns = cli_dns(&q->common, q->config);
        code = intake_open(&s, &q->intake, &e) == RC_OK ? received_fetch_work(q)
                                                        : cli_fail(&received_fetch, EX_TEMPFAIL, "%s", e.text);
    }
    intake_close(q->intake);
    dns_close(dns);
    auth_shutdown();
    return code;
}

static int received_fetch_run(int argc, char **argv)
{
    static const struct option options[] = {
        RECEIVED_LONG_OPTIONS, CLI_DNS_OPTIONS, {"no-dns", no_argument, NULL, OPT_NO_DNS}, {NULL, 0, NULL, 0},
    };
    struct request q = {.database = NULL};
    int opt, code;

    while ((opt = getopt_long(argc, argv, CLI_SHORT_OPTIONS, options, NULL)) != -1) {
        if (cli_common_option(&q.common, &received_fetch, opt))
            continue;
        if (opt == OPT_NO_DNS)
            q.no_dns = true;
        else
            q.database = optarg;
    }
    if (optind != argc)
        return cli_usage(&received_fetch, "unexpected argument \"%s\"", argv[optind]);
    (void)signal(SIGPIPE, SIG_IGN);
    q.config = cli_config(&q.common);
    code = q.config == NULL ? EX_CONFIG : received_fetch_answer(&q);
    config_free(q.config);
    return code;
}

const struct subcommand received_fetch = {
    .name = "received fetch",
    .run = received_fetch_run,
    .asks_dns = true,
    .usage = "",
    .summary = "Takes in what ReceivedFrom names, looks up the names of addresses, takes out what is old",
    .help = "  --no-dns                ask DNS nothing\n"
            RECEIVED_HELP,
};
