/* assay why - everything known of a message that came in. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/why/why.h"

enum {
    OPT_DATABASE = CLI_OPT_OWN, OPT_SINCE, OPT_UNTIL, OPT_ON, OPT_LIMIT, OPT_BY, OPT_PLAYBOOK, OPT_CLOSE, OPT_FAILED,
    OPT_CLIENT, OPT_SOURCE, OPT_AUTHOR, OPT_RCPT
};
enum { ARENA_MAX = 128 * 1024 * 1024 };

/* ---- the answer ---- */

static int search(struct arena *a, const struct why_request *q)
{
    struct why_found found = {.key = ""};
    struct err e = ERR_NONE;
    enum rc rc = store_open(q->database, STORE_READ, false, &found.store, &e);
    int code;

    if (rc == RC_OK)
        rc = why_search(a, q, &found, &e);
    if (rc != RC_OK)
        code = cli_fail(&cmd_why, cli_exit(rc, EX_NOINPUT), "%s", e.text);
    else
        code = q->close && found.n > 0 ? why_close(a, q, &found) : why_answer(a, q, &found);
    store_close(found.store);
    return code;
}

static int cmd_why_answer(struct arena *a, struct why_request *q)
{
    struct config *config = cli_config(&q->common);
    int code;

    q->config = config;
    if (config != NULL && q->database == NULL)
        q->database = config->database;
    if (config == NULL)
        code = EX_CONFIG;
    else if (q->database[0] == '\0')
        code = cli_fail(&cmd_why, EX_CONFIG, "no records are kept: Database is empty; name a --database");
    else
        code = search(a, q);
    config_free(config);
    return code;
}

/* ---- the question ---- */

static int take_time(int64_t *out, const char *name)
{
    if (!cli_since(optarg, clock_wall_ms(), out))
        return cli_usage(&cmd_why, "--%s \"%s\" is not " CLI_WHEN, name, optarg);
    return EX_OK;
}

static int take_day(struct why_request *q)
{
    if (!cli_day(optarg, clock_wall_ms(), &q->query.since_ms, &q->query.until_ms))
        return cli_usage(&cmd_why, "--on \"%s\" is not a day (2026-11-25, today, yesterday, monday)", optarg);
    return EX_OK;
}

static int take_limit(struct why_request *q)
{
    uint32_t limit;

    if (!str_to_u32(str_of(optarg), &limit) || limit < 1 || limit > STORE_FIND_MAX)
        return cli_usage(&cmd_why, "--limit \"%s\" is not a number from 1 to %d", optarg, STORE_FIND_MAX);
    q->query.limit = limit;
    return EX_OK;
}

static int take_kind(struct why_request *q)
{
    int kind;

    if (!enum_value(&store_key_names, str_of(optarg), &kind))
        return cli_usage(&cmd_why, "--by \"%s\" is not one of ref, queue-id, message-id, domain, address, ip, source, "
                         "ticket", optarg);
    q->query.kinds |= 1u << kind;
    return EX_OK;
}

/* Takes an option of our own; EX_OK, or what to exit with. */
static int cmd_why_take_option(struct why_request *q, int opt)
{
    switch (opt) {
    case OPT_DATABASE: q->database = optarg; return EX_OK;
    case OPT_PLAYBOOK: q->playbook = true; return EX_OK;
    case OPT_CLOSE: q->close = true; return EX_OK;
    case OPT_FAILED: q->filter.failed = true; return EX_OK;
    case OPT_CLIENT: q->filter.client = optarg; return EX_OK;
    case OPT_SOURCE: q->filter.source = optarg; return EX_OK;
    case OPT_AUTHOR: q->filter.author = optarg; return EX_OK;
    case OPT_RCPT: q->filter.rcpt = optarg; return EX_OK;
    case OPT_SINCE: return take_time(&q->query.since_ms, "since");
    case OPT_UNTIL: return take_time(&q->query.until_ms, "until");
    case OPT_ON: return take_day(q);
    case OPT_LIMIT: return take_limit(q);
    case OPT_BY: return take_kind(q);
    default: return EX_OK;
    }
}

static bool is_one_word(const char *text)
{
    return text[strcspn(text, " \t\r\n")] == '\0';
}

/* All words of the command line as one text: somebody forgot the quotes around what he pasted. */
static struct str cmd_why_joined(struct arena *a, int words, char **word)
{
    size_t n = 0;
    struct strbuf b;

    for (int i = 0; i < words; i++)
        n += strlen(word[i]) + 1;
    b = strbuf_new(a, n);
    for (int i = 0; i < words; i++)
        strbuf_putf(&b, "%s%s", i > 0 ? " " : "", word[i]);
    return strbuf_str(&b);
}

/* What stands on standard input; `*buffer` is for free(). */
static int slurp(struct why_request *q, char **buffer)
{
    *buffer = cli_slurp("-", PASTED_MAX, &q->text.n);
    if (*buffer == NULL)
        return cli_fail(&cmd_why, EX_NOINPUT, "standard input cannot be read: %s",
                        errno == EFBIG ? "it is longer than 1 MiB; paste the part that matters" : strerror(errno));
    q->text.p = *buffer;
    return EX_OK;
}

static bool is_filtered(const struct why_filter *f)
{
    return f->client != NULL || f->source != NULL || f->author != NULL || f->rcpt != NULL;
}

/* A key, a text or filters alone: out of the words of the command line or standard input. */
static int take_key(struct arena *a, struct why_request *q, int words, char **word, char **buffer)
{
    struct str text;
    char *key;
    int code = EX_OK;

    q->query.key = "";
    if (words == 1 && strcmp(word[0], "-") == 0) {
        code = slurp(q, buffer);
    } else if (words > 0) {
        q->text = cmd_why_joined(a, words, word);
    } else if (!is_filtered(&q->filter) && isatty(STDIN_FILENO) == 0) {
        code = slurp(q, buffer);
    }
    text = str_trim(q->text);
    if (code != EX_OK)
        return code;
    if (text.n == 0 && !is_filtered(&q->filter))
        return cli_usage(&cmd_why, "name a key (a reference, queue id, Message-ID, domain, address, IP, source or "
                         "ticket), paste a text that holds one, or say --author, --rcpt, --source or --client");
    key = text.n > 0 && text.n <= RECORD_TEXT_MAX ? str_dup(a, text) : NULL;
    if (key != NULL && (is_one_word(key) || q->query.kinds != 0))
        q->query.key = key;
    return EX_OK;
}

static int cmd_why_run(int argc, char **argv)
{
    static const struct option options[] = {
        CLI_LONG_OPTIONS, CLI_DNS_OPTIONS,
        {"database", required_argument, NULL, OPT_DATABASE}, {"since", required_argument, NULL, OPT_SINCE},
        {"until", required_argument, NULL, OPT_UNTIL}, {"on", required_argument, NULL, OPT_ON},
        {"limit", required_argument, NULL, OPT_LIMIT}, {"by", required_argument, NULL, OPT_BY},
        {"failed", no_argument, NULL, OPT_FAILED}, {"client", required_argument, NULL, OPT_CLIENT},
        {"source", required_argument, NULL, OPT_SOURCE}, {"author", required_argument, NULL, OPT_AUTHOR},
        {"rcpt", required_argument, NULL, OPT_RCPT}, {"playbook", no_argument, NULL, OPT_PLAYBOOK},
        {"close", no_argument, NULL, OPT_CLOSE}, {NULL, 0, NULL, 0},
    };
    struct why_request q = {.query = {.limit = WHY_MATCHES}};
    struct arena *a = arena_new(ARENA_MAX);
    char *buffer = NULL;
    int opt, code = a == NULL ? cli_fail(&cmd_why, EX_OSERR, "out of memory") : EX_OK;

    while (code == EX_OK && (opt = getopt_long(argc, argv, CLI_SHORT_OPTIONS, options, NULL)) != -1)
        if (!cli_common_option(&q.common, &cmd_why, opt))
            code = cmd_why_take_option(&q, opt);
    if (code == EX_OK)
        code = take_key(a, &q, argc - optind, argv + optind, &buffer);
    if (code == EX_OK)
        code = cmd_why_answer(a, &q);
    free(buffer);
    arena_free(a);
    return code;
}

const struct subcommand cmd_why = {
    .name = "why",
    .run = cmd_why_run,
    .usage = "KEY | TEXT | -",
    .summary = "Everything known of a message, found by whatever a ticket names",
    .help = "KEY is a reference (of a bounce), a queue id, a Message-ID, a domain or an address (of the author,\n"
            "the sender or a recipient), an IP address, a source or a ticket.  TEXT is whatever was pasted, as an\n"
            "argument or on standard input: a bounce, a log line, a header.  A reference in it is looked up; the\n"
            "refusal of another receiver, and Authentication-Results of others, are explained.\n\n"
            "  --since WHEN            not older than this: 90m, 36h, 14d, 2026-11-25, yesterday, monday,\n"
            "                          \"2026-11-25 14:30\", 14:30 (days and times are local)\n"
            "  --until WHEN            older than this\n"
            "  --on DAY                of this day: 2026-11-25, today, yesterday, monday\n"
            "  --failed                only what failed DMARC, or was refused, held or deferred\n"
            "  --author NAME           only from this address or domain (in From)\n"
            "  --rcpt NAME             only to this address or domain\n"
            "  --source NAME           only of this source\n"
            "  --client NAME           only of this client's domains; these four may stand without a KEY\n"
            "  --limit N               at most N messages, the newest (20)\n"
            "  --by KIND               KEY is a ref, queue-id, message-id, domain, address, ip, source or ticket;\n"
            "                          may be given several times (whatever KEY looks like)\n"
            "  --playbook              the playbook of the newest, filled in, and no more\n"
            "  --close                 may its ticket be closed?  Looks at DNS and at newer mail; prints the closure\n"
            "                          note, or what is still missing (exit 75)\n"
            "  --database FILE         read this database, not the configured one; or a fleet's,\n"
            "                          postgresql://HOST/NAME or service=NAME\n\n",
    .asks_dns = true,
    .pages = true,
};
