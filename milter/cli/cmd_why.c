/* assay why - everything known of a message that came in. */
#include <stdio.h>

#include "base/clock.h"
#include "cli/cli.h"
#include "cli/why.h"
#include "desk/playbook.h"

enum { OPT_DATABASE = CLI_OPT_OWN, OPT_SINCE, OPT_LIMIT, OPT_BY, OPT_PLAYBOOK };
enum { ARENA_MAX = 64 * 1024 * 1024, MATCHES = 20, CASES_MAX = 3 /* told whole; more are a list */ };

struct request {
    struct cli_common common;
    struct store_query query;
    const struct config *config;
    const char *database; /* --database; NULL: the configured one */
    bool playbook;
};

struct matches {
    struct store *store;
    struct record *record;
    size_t n;
};

/* ---- answers ---- */

static struct casefile *open_all(struct arena *a, const struct request *q, const struct matches *found, struct err *e)
{
    struct casefile *c = arena_array(a, found->n, sizeof *c);
    enum rc rc = c == NULL ? err_set(e, RC_NOMEM, "out of memory") : RC_OK;

    for (size_t i = 0; rc == RC_OK && i < found->n; i++)
        rc = casefile_open(a, found->store, q->config, &found->record[i], &c[i], e);
    return rc == RC_OK ? c : NULL;
}

static int print_json(struct arena *a, const struct request *q, const struct matches *found)
{
    struct jnode *root = jnode_object(), *list = jnode_array();
    struct err e = ERR_NONE;
    struct casefile *c = found->n == 0 ? NULL : open_all(a, q, found, &e);

    if (found->n > 0 && c == NULL)
        return cli_fail(&cmd_why, EX_NOINPUT, "%s", e.text);
    jnode_text(root, "key", q->query.key);
    jnode_int(root, "count", (int64_t)found->n);
    if (found->n > 0)
        jnode_put(root, "verdict", why_json_verdict(&found->record[0])); /* of the newest */
    for (size_t i = 0; i < found->n; i++)
        jnode_append(list, why_json(a, &c[i]));
    jnode_put(root, "messages", list);
    jnode_print(root, stdout);
    return EX_OK;
}

static int print_cases(struct arena *a, const struct request *q, const struct matches *found)
{
    const struct sheet s = {.a = a, .to = stdout};
    struct err e = ERR_NONE;
    struct casefile *c = open_all(a, q, found, &e);

    if (c == NULL)
        return cli_fail(&cmd_why, EX_NOINPUT, "%s", e.text);
    for (size_t i = 0; i < found->n; i++) {
        if (i > 0)
            (void)puts("\n----\n");
        why_print_case(&s, &c[i]);
    }
    return EX_OK;
}

static int print_list(struct arena *a, const struct request *q, const struct matches *found)
{
    const struct sheet s = {.a = a, .to = stdout};

    for (size_t i = 0; i < found->n; i++)
        why_print_line(&s, &found->record[i]);
    if (found->n == q->query.limit)
        (void)printf("\nOnly the newest %zu are shown; --limit shows more.\n", q->query.limit);
    (void)puts("\nassay why with a reference or queue id of these tells all about one.");
    return EX_OK;
}

/* The playbook of the newest that has one. */
static int print_playbook(struct arena *a, const struct request *q, const struct matches *found)
{
    struct casefile c;
    struct err e = ERR_NONE;
    const char *text;
    int which = PLAYBOOK_NONE;
    size_t i = 0;

    while (i < found->n && (!enum_value(&playbook_names, str_of(found->record[i].playbook), &which) ||
                            which == PLAYBOOK_NONE))
        i++;
    if (i == found->n)
        return cli_fail(&cmd_why, EX_UNAVAILABLE, "no playbook belongs to it: there is nothing to mend at the sender");
    if (casefile_open(a, found->store, q->config, &found->record[i], &c, &e) == RC_OK) {
        const struct playbook_subject subject = {.record = c.record, .sender = c.sender, .client = c.client};

        if (playbook_read(a, q->config->playbook_folder, (enum playbook)which, &subject, &text, &e) == RC_OK)
            return fputs(text, stdout) < 0 ? EX_IOERR : EX_OK;
    }
    return cli_fail(&cmd_why, EX_NOINPUT, "%s", e.text);
}

static int not_found(struct arena *a, const struct request *q, const char *database)
{
    struct strbuf key = strbuf_new(a, 400);

    strbuf_put_clean(&key, str_of(q->query.key), 300);
    return cli_fail(&cmd_why, EX_UNAVAILABLE, "no message with \"%s\"%s in %s; "
                    "mail of IgnoreHosts and of authenticated clients has no record", key.p,
                    q->query.since_ms > 0 ? " since then" : "", database);
}

/* ---- the question ---- */

static int tell(struct arena *a, const struct request *q, const struct matches *found, const char *database)
{
    int code = q->common.json && !q->playbook ? print_json(a, q, found) : EX_OK;

    if (found->n == 0)
        return not_found(a, q, database);
    if (q->playbook)
        return print_playbook(a, q, found);
    if (q->common.json)
        return code;
    return found->n > CASES_MAX ? print_list(a, q, found) : print_cases(a, q, found);
}

static int search(struct arena *a, const struct request *q, const char *database)
{
    struct matches found = {.n = 0};
    struct err e = ERR_NONE;
    enum rc rc = store_open(database, STORE_READ, false, &found.store, &e);
    int code;

    if (rc == RC_OK)
        rc = store_find(found.store, a, &q->query, &found.record, &found.n, &e);
    code = rc == RC_OK ? tell(a, q, &found, database) : cli_fail(&cmd_why, EX_NOINPUT, "%s", e.text);
    store_close(found.store);
    return code;
}

static int answer(struct request *q)
{
    struct config *config = cli_config(&q->common);
    struct arena *a = arena_new(ARENA_MAX);
    int code;

    q->config = config;
    if (config != NULL && q->database == NULL)
        q->database = config->database;
    if (config == NULL)
        code = EX_CONFIG;
    else if (a == NULL)
        code = cli_fail(&cmd_why, EX_OSERR, "out of memory");
    else if (q->database[0] == '\0')
        code = cli_fail(&cmd_why, EX_CONFIG, "no records are kept: Database is empty; name a --database");
    else
        code = search(a, q, q->database);
    arena_free(a);
    config_release(config);
    return code;
}

/* Takes an option of our own; EX_OK, or what to exit with. */
static int take_option(struct request *q, int opt)
{
    uint32_t limit;
    int kind;

    switch (opt) {
    case OPT_DATABASE: q->database = optarg; return EX_OK;
    case OPT_PLAYBOOK: q->playbook = true; return EX_OK;
    case OPT_SINCE:
        if (!cli_since(optarg, clock_wall_ms(), &q->query.since_ms))
            return cli_usage(&cmd_why, "--since \"%s\" is neither an age (90m, 36h, 14d) nor a day (2026-11-25)",
                             optarg);
        return EX_OK;
    case OPT_LIMIT:
        if (!str_to_u32(str_of(optarg), &limit) || limit < 1 || limit > STORE_FIND_MAX)
            return cli_usage(&cmd_why, "--limit \"%s\" is no number from 1 to %d", optarg, STORE_FIND_MAX);
        q->query.limit = limit;
        return EX_OK;
    case OPT_BY:
        if (!enum_value(&store_key_names, str_of(optarg), &kind))
            return cli_usage(&cmd_why, "--by \"%s\" is none of ref, queue-id, message-id, domain, address, ip, "
                             "source, ticket", optarg);
        q->query.kinds |= 1u << kind;
        return EX_OK;
    default: return EX_OK;
    }
}

static int run(int argc, char **argv)
{
    static const struct option options[] = {
        CLI_LONG_OPTIONS,
        {"database", required_argument, NULL, OPT_DATABASE}, {"since", required_argument, NULL, OPT_SINCE},
        {"limit", required_argument, NULL, OPT_LIMIT}, {"by", required_argument, NULL, OPT_BY},
        {"playbook", no_argument, NULL, OPT_PLAYBOOK}, {NULL, 0, NULL, 0},
    };
    struct request q = {.query = {.limit = MATCHES}};
    int opt, code = EX_OK;

    while (code == EX_OK && (opt = getopt_long(argc, argv, CLI_SHORT_OPTIONS, options, NULL)) != -1)
        if (!cli_common_option(&q.common, &cmd_why, opt))
            code = take_option(&q, opt);
    if (code != EX_OK)
        return code;
    if (optind + 1 != argc || argv[optind][0] == '\0')
        return cli_usage(&cmd_why, "name one key: a reference, queue id, Message-ID, domain, address, IP, source or "
                         "ticket");
    q.query.key = argv[optind];
    return answer(&q);
}

const struct subcommand cmd_why = {
    .name = "why",
    .run = run,
    .usage = "KEY",
    .summary = "Everything known of a message, found by whatever a ticket names",
    .help = "KEY is a reference (of a bounce), a queue id, a Message-ID, a domain or an address (of the author,\n"
            "the sender or a recipient), an IP address, a source or a ticket.\n\n"
            "  --since WHEN            not older than this: an age (90m, 36h, 14d) or a day (2026-11-25)\n"
            "  --limit N               at most N messages, the newest (20)\n"
            "  --by KIND               KEY is a ref, queue-id, message-id, domain, address, ip, source or ticket;\n"
            "                          may be given several times (whatever KEY looks like)\n"
            "  --playbook              the playbook of the newest, filled in, and no more\n"
            "  --database FILE         read this database, not the configured one\n",
};
