/* assay why - everything known of a message that came in. */
#include <stdio.h>

#include "base/clock.h"
#include "cli/cli.h"
#include "cli/json.h"
#include "cli/why.h"
#include "store/store.h"

enum { OPT_DATABASE = CLI_OPT_OWN, OPT_SINCE, OPT_LIMIT, OPT_BY };
enum { ARENA_MAX = 64 * 1024 * 1024, MATCHES = 20 };

struct request {
    struct cli_common common;
    struct store_query query;
    const char *database; /* --database; NULL: the configured one */
};

struct matches {
    struct record *record;
    size_t n;
};

/* ---- JSON: the record's columns under their names ---- */

static struct jnode *json_signatures(struct arena *a, const struct record *r)
{
    struct jnode *list = jnode_array();
    struct record_dkim *sig = NULL;
    size_t n = 0;

    if (record_dkim_parse(a, r->dkim, &sig, &n) != RC_OK)
        n = 0;
    for (size_t i = 0; i < n; i++) {
        struct jnode *o = jnode_object();

        jnode_text(o, "result", enum_name(&dkim_result_names, (int)sig[i].result));
        jnode_str(o, "domain", sig[i].domain);
        jnode_str(o, "selector", sig[i].selector);
        jnode_str(o, "algorithm", sig[i].algorithm);
        jnode_append(list, o);
    }
    return list;
}

static struct jnode *json_record(struct arena *a, const struct record *r)
{
    struct jnode *o = jnode_object();
    char when[WHY_TIME_MAX];

    jnode_text(o, "time", why_time(r->time_ms, when));
#define PUT_TEXT(name) jnode_text(o, #name, r->name);
#define PUT_INT(name) jnode_int(o, #name, r->name);
#define PUT(kind, name, help) PUT_##kind(name)
    RECORD_COLUMNS(PUT)
    jnode_put(o, "dkim_signatures", json_signatures(a, r));
    return o;
}

static void print_json(struct arena *a, const struct request *q, const struct matches *found)
{
    struct jnode *root = jnode_object(), *list = jnode_array();

    jnode_text(root, "key", q->query.key);
    jnode_int(root, "count", (int64_t)found->n);
    for (size_t i = 0; i < found->n; i++)
        jnode_append(list, json_record(a, &found->record[i]));
    jnode_put(root, "messages", list);
    jnode_print(root, stdout);
}

/* ---- text ---- */

static void print_text(struct arena *a, const struct request *q, const struct matches *found)
{
    for (size_t i = 0; i < found->n; i++) {
        if (i > 0)
            (void)puts("\n----\n");
        why_print_text(a, &found->record[i], stdout);
    }
    if (found->n == q->query.limit)
        (void)printf("\n----\n\nOnly the newest %zu are shown; --limit shows more.\n", q->query.limit);
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

static int search(struct arena *a, const struct request *q, const char *database)
{
    struct matches found = {NULL, 0};
    struct store *store = NULL;
    struct err e = ERR_NONE;
    enum rc rc = store_open(database, STORE_READ, false, &store, &e);

    if (rc == RC_OK)
        rc = store_find(store, a, &q->query, &found.record, &found.n, &e);
    store_close(store);
    if (rc != RC_OK)
        return cli_fail(&cmd_why, EX_NOINPUT, "%s", e.text);
    if (q->common.json)
        print_json(a, q, &found);
    if (found.n == 0)
        return not_found(a, q, database);
    if (!q->common.json)
        print_text(a, q, &found);
    return EX_OK;
}

static int answer(const struct request *q)
{
    struct config *config = q->database != NULL ? NULL : cli_config(&q->common);
    struct arena *a = arena_new(ARENA_MAX);
    int code;

    if (q->database == NULL && config == NULL)
        code = EX_CONFIG;
    else if (a == NULL)
        code = cli_fail(&cmd_why, EX_OSERR, "out of memory");
    else if (config != NULL && config->database[0] == '\0')
        code = cli_fail(&cmd_why, EX_CONFIG, "no records are kept: Database is empty; name a --database");
    else
        code = search(a, q, config != NULL ? config->database : q->database);
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
        {"limit", required_argument, NULL, OPT_LIMIT}, {"by", required_argument, NULL, OPT_BY}, {NULL, 0, NULL, 0},
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
            "  --database FILE         read this database, not the configured one\n",
};
