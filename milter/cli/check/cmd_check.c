/* assay check - what would the milter say of this message? */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/auth.h"
#include "base/clock.h"
#include "base/siphash.h"
#include "cli/check/check.h"
#include "cli/cli.h"
#include "mail/eml.h"
#include "policy/policy.h"
#include "records/store.h"

enum { FILE_MAX = 256 * 1024 * 1024, ARENA_MAX = 64 * 1024 * 1024 };

enum { OPT_IP = CLI_OPT_OWN, OPT_HELO, OPT_FROM, OPT_RCPT, OPT_DATABASE, OPT_POLICY, OPT_AT };

struct request {
    struct cli_common common;
    const char *file, *ip, *helo, *from, *rcpt;
    const char *database; /* --database; NULL: the configured one, if it can be read */
    const char *policy; /* NULL: the configured one */
    int64_t at_ms;      /* when it came */
};

static void cmd_check_parse_options(struct request *r, int argc, char **argv)
{
    static const struct option options[] = {
        CLI_LONG_OPTIONS, CLI_DNS_OPTIONS,
        {"ip", required_argument, NULL, OPT_IP}, {"helo", required_argument, NULL, OPT_HELO},
        {"from", required_argument, NULL, OPT_FROM}, {"rcpt", required_argument, NULL, OPT_RCPT},
        {"database", required_argument, NULL, OPT_DATABASE}, {"policy", required_argument, NULL, OPT_POLICY},
        {"at", required_argument, NULL, OPT_AT}, {NULL, 0, NULL, 0},
    };
    int opt;

    while ((opt = getopt_long(argc, argv, CLI_SHORT_OPTIONS, options, NULL)) != -1) {
        if (cli_common_option(&r->common, &cmd_check, opt))
            continue;
        switch (opt) {
        case OPT_IP: r->ip = optarg; break;
        case OPT_HELO: r->helo = optarg; break;
        case OPT_FROM: r->from = optarg; break;
        case OPT_RCPT: r->rcpt = optarg; break;
        case OPT_DATABASE: r->database = optarg; break;
        case OPT_AT:
            if (!cli_since(optarg, clock_wall_ms(), &r->at_ms))
                exit(cli_usage(&cmd_check, "--at \"%s\" is not " CLI_WHEN, optarg));
            break;
        case OPT_POLICY:
            r->policy = optarg;
            cli_override(&r->common, &cmd_check, "Enforce=yes");
            break;
        default: break;
        }
    }
}

static void feed(void *ctx, struct str piece)
{
    auth_body(ctx, piece);
}

/*
 * What the daemon would know beside the message: the inventory, and what
 * changed in DNS.  Without a database nothing; that is a fault only where one
 * was named.
 */
static int read_background(const struct request *r, const struct config *config, struct background **out)
{
    const char *path = r->database != NULL ? r->database : config->database;
    struct store *store = NULL;
    struct err e = ERR_NONE;
    enum rc rc;

    *out = NULL;
    if (path[0] == '\0')
        return EX_OK;
    rc = store_open(path, STORE_READ, false, &store, &e);
    if (rc == RC_OK)
        rc = store_background(store, clock_wall_ms(), out, &e);
    store_close(store);
    return rc == RC_OK || r->database == NULL ? EX_OK : cli_fail(&cmd_check, EX_NOINPUT, "%s", e.text);
}

/* What a message is judged by. */
struct bench {
    struct config *config;
    struct policy *policy;
    struct background *background;
    struct dns *dns;
};

/* The way of a message through the daemon, without the daemon. */
static int cmd_check_evaluate(const struct bench *b, struct message *m, struct str body, struct check *out)
{
    struct auth *auth = NULL;
    struct err e = ERR_NONE;
    struct given given = {.message = m, .evidence = &out->evidence, .background = b->background, .config = b->config,
                          .policy = b->policy};
    struct strbuf line = strbuf_new(m->arena, LOG_LINE_MAX);
    enum rc rc = auth_begin(&auth, m, b->config, b->dns, &e);

    if (rc == RC_OK)
        rc = auth_header(auth, &e);
    if (rc != RC_OK) {
        auth_free(auth);
        return cli_fail(&cmd_check, EX_SOFTWARE, "%s", e.text);
    }
    eml_body(body, feed, auth);
    m->body_bytes = body.n;
    auth_finish(auth, &out->evidence);
    rc = judge(m->arena, &given, &out->judgement);
    auth_free(auth);
    if (rc != RC_OK)
        return cli_fail(&cmd_check, EX_OSERR, "out of memory");
    judge_done(&out->judgement, &out->judgement.actions, 0);
    logline_make(m->arena, &out->judgement.record, &line);
    out->logline = line.p;
    return EX_OK;
}

/* Configuration, rules, inventory and resolver; EX_OK, or what to exit with after saying why. */
static int open_bench(const struct request *r, struct bench *b)
{
    struct err e = ERR_NONE;
    int code;

    b->config = cli_config(&r->common);
    if (b->config == NULL)
        return EX_CONFIG;
    if (policy_load(r->policy != NULL ? r->policy : b->config->policies, &b->policy, &e) != RC_OK)
        return cli_fail(&cmd_check, EX_CONFIG, "%s", e.text);
    code = read_background(r, b->config, &b->background);
    if (code != EX_OK)
        return code;
    b->dns = cli_dns(&r->common, b->config);
    if (b->dns == NULL)
        return EX_NOINPUT;
    return auth_init(&e) == RC_OK ? EX_OK : cli_fail(&cmd_check, EX_SOFTWARE, "%s", e.text);
}

static void close_bench(struct bench *b)
{
    auth_shutdown();
    dns_close(b->dns);
    background_release(b->background);
    policy_free(b->policy);
    config_free(b->config);
}

/* A file of other lines with colons, as a password file, has fields, too; a message without any is one. */
static bool looks_like_mail(const struct message *m)
{
    static const char *const names[] = {
        "From", "To", "Cc", "Bcc", "Subject", "Date", "Message-ID", "Received", "Return-Path", "Reply-To", "Sender",
        "MIME-Version", "Content-Type", "DKIM-Signature", "Delivered-To", "ARC-Seal", "Authentication-Results",
    };

    for (size_t i = 0; i < m->header_count; i++)
        for (size_t j = 0; j < sizeof names / sizeof names[0]; j++)
            if (str_eq_nocase(str_trim(m->headers[i].name), str_of(names[j])))
                return true;
    return m->header_count == 0;
}

static int cmd_check_message(const struct request *r, struct message *m, struct str text)
{
    struct check found = {.message = m};
    struct bench b = {.config = NULL};
    struct err e = ERR_NONE;
    struct str body;
    int code = open_bench(r, &b);

    if (code == EX_OK) {
        struct message_bounds max = {b.config->max_headers, b.config->max_header_bytes};

        if (eml_read(text, m, &max, &body, &e) == RC_OK && !looks_like_mail(m))
            code = cli_fail(&cmd_check, EX_DATAERR, "%s: not a message: it has none of the header fields that mail has",
                            r->file);
        else if (e.text[0] == '\0')
            code = cmd_check_evaluate(&b, m, body, &found);
        else
            code = cli_fail(&cmd_check, EX_DATAERR, "%s: %s", r->file, e.text);
    }
    if (code == EX_OK && r->common.json)
        check_print_json(&found);
    else if (code == EX_OK)
        check_print_text(&found);
    close_bench(&b);
    return code;
}

/* In place of the daemon's random number, so that the same message gets the same reference each time. */
static uint64_t fixed_random(struct str text)
{
    static const unsigned char key[SIPHASH_KEY_BYTES];

    return siphash(key, text.n == 0 ? "" : text.p, text.n);
}

static int fill_conn(const struct request *r, struct conn *conn)
{
    conn->helo = r->helo;
    if (r->ip != NULL && !ip_parse(str_of(r->ip), &conn->ip))
        return cli_usage(&cmd_check, "--ip \"%s\" is not an IPv4 or IPv6 address", r->ip);
    return EX_OK;
}

static int cmd_check_run(int argc, char **argv)
{
    struct request r = {.helo = "", .from = ""};
    struct conn conn = {.name = NULL};
    struct message m = {.conn = &conn, .arrival_ms = clock_wall_ms()};
    struct str text;
    char *file;
    int code;

    cmd_check_parse_options(&r, argc, argv);
    if (r.at_ms > 0)
        m.arrival_ms = r.at_ms;
    if (optind + 1 != argc)
        return cli_usage(&cmd_check, "name one message file, or - for standard input");
    r.file = argv[optind];
    code = fill_conn(&r, &conn);
    if (code != EX_OK)
        return code;
    file = cli_slurp(r.file, FILE_MAX, &text.n);
    if (file == NULL)
        return cli_fail(&cmd_check, EX_NOINPUT, "cannot read %s: %s", r.file, strerror(errno));
    text.p = file;
    m.random = fixed_random(text);
    m.arena = arena_new(ARENA_MAX);
    if (m.arena == NULL)
        return cli_fail(&cmd_check, EX_OSERR, "out of memory");
    m.mail_from = message_path(m.arena, str_of(r.from));
    if (r.rcpt != NULL)
        (void)message_add_rcpt(&m, str_of(r.rcpt));
    code = cmd_check_message(&r, &m, text);
    arena_free(m.arena);
    free(file);
    return code;
}

const struct subcommand cmd_check = {
    .name = "check",
    .run = cmd_check_run,
    .pages = true,
    .asks_dns = true,
    .usage = "FILE.eml",
    .summary = "What the milter would say of a message, every step shown",
    .help = "  --ip ADDRESS            the SMTP client\n"
            "  --helo NAME             its HELO or EHLO argument\n"
            "  --from ADDRESS          MAIL FROM (empty for the null sender)\n"
            "  --rcpt ADDRESS          RCPT TO\n"
            "  --at WHEN               as if it had come then (2026-11-25, \"2026-11-25 14:30\", 36h):\n"
            "                          t=, x= and what changed in DNS are judged as of then\n"
            "  --database FILE         where the inventory stands, instead of the configured database\n"
            "  --policy FILE           these rules instead of the configured PolicyFile, enforced\n",
};
