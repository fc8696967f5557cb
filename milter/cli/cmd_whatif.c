/* assay what-if - what other rules would have made of the mail that came. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "cli/cli.h"
#include "formats/json.h"
#include "desk/whatif.h"
#include "records/replay.h"
#include "records/schema.h"

enum { OPT_DATABASE = CLI_OPT_OWN, OPT_SINCE, OPT_POLICY };
enum { SHOWN_TEXT = 15, SHOWN_JSON = 1000 };

struct request {
    struct cli_common common;
    const char *database, *policy; /* NULL: the configured ones */
    const char *since;
    int64_t since_ms;
};

static const char *cmd_whatif_word(enum disposition d)
{
    return enum_name(&disposition_names, (int)d);
}

/* ---- text ---- */

static void print_count(const struct whatif_count *c)
{
    char name[160];
    struct strbuf b = STRBUF_ON(name);

    strbuf_put_escaped(&b, c->name[0] == '\0' ? STR("(none)") : str_of(c->name), 100);
    (void)printf("%10" PRIu64 "  %-10s -> %-10s  %-34s", c->n, cmd_whatif_word(c->was), cmd_whatif_word(c->would),
                 name);
    for (int i = 0; i < WHATIF_EXAMPLES; i++)
        if (c->example[i][0] != '\0')
            (void)printf(" %s", c->example[i]);
    (void)putchar('\n');
}

static bool print_by(struct whatif *w, enum whatif_by by)
{
    static const char *const heading[WHATIF_BY_COUNT] = {"", "By domain in the From field", "By source", "By cause",
                                                         "By rule"};
    size_t n;
    const struct whatif_count **list = whatif_counts(w, by, &n);

    if (list == NULL)
        return false;
    (void)printf("\n%s\n", heading[by]);
    for (size_t i = 0; i < n && i < SHOWN_TEXT; i++)
        print_count(list[i]);
    if (n > SHOWN_TEXT)
        (void)printf("            and %zu more (--json shows %d)\n", n - SHOWN_TEXT, SHOWN_JSON);
    free((void *)list);
    return true;
}

static bool cmd_whatif_print_text(struct whatif *w, const struct request *q)
{
    size_t n;
    const struct whatif_count **list = whatif_counts(w, WHATIF_ALL, &n);
    uint64_t sum = 0;
    bool ok = list != NULL;

    for (size_t i = 0; ok && i < n; i++)
        sum += list[i]->n;
    (void)printf("%" PRIu64 " messages since %s; %" PRIu64 " would be treated differently\n", whatif_messages(w),
                 q->since,
                 sum);
    for (size_t i = 0; ok && i < n; i++)
        (void)printf("%10" PRIu64 "  %-10s -> %s\n", list[i]->n, cmd_whatif_word(list[i]->was),
                     cmd_whatif_word(list[i]->would));
    free((void *)list);
    if (whatif_caught(w) > 0)
        (void)printf("The safety catch let %" PRIu64 " of them go; here it does not.\n", whatif_caught(w));
    if (sum == 0)
        return ok;
    for (int by = WHATIF_DOMAIN; ok && by < WHATIF_BY_COUNT; by++)
        ok = print_by(w, (enum whatif_by)by);
    (void)puts("\nThe last words of a line are examples: \"assay why\" tells all of them.");
    return ok;
}

/* ---- JSON ---- */

static struct jnode *count_node(const struct whatif_count *c, enum whatif_by by)
{
    struct jnode *o = jnode_object(), *examples = jnode_array();

    if (by != WHATIF_ALL)
        jnode_text(o, enum_name(&whatif_by_names, (int)by), c->name);
    jnode_text(o, "was", cmd_whatif_word(c->was));
    jnode_text(o, "would", cmd_whatif_word(c->would));
    jnode_int(o, "messages", (int64_t)c->n);
    for (int i = 0; i < WHATIF_EXAMPLES; i++)
        if (c->example[i][0] != '\0')
            jnode_append_text(examples, c->example[i]);
    jnode_put(o, "examples", examples);
    return o;
}

static bool cmd_whatif_print_json(struct whatif *w, const struct request *q)
{
    static const char *const keys[WHATIF_BY_COUNT] = {"changes", "by_domain", "by_source", "by_cause", "by_rule"};
    struct jnode *root = jnode_object();
    bool ok = true;

    jnode_int(root, "since_ms", q->since_ms);
    jnode_int(root, "messages", (int64_t)whatif_messages(w));
    jnode_int(root, "caught", (int64_t)whatif_caught(w));
    for (int by = 0; by < WHATIF_BY_COUNT; by++) {
        struct jnode *array = jnode_array();
        size_t n;
        const struct whatif_count **list = whatif_counts(w, (enum whatif_by)by, &n);

        ok = ok && list != NULL;
        for (size_t i = 0; list != NULL && i < n && i < SHOWN_JSON; i++)
            jnode_append(array, count_node(list[i], (enum whatif_by)by));
        jnode_put(root, keys[by], array);
        free((void *)list);
    }
    jnode_print(root, stdout);
    return ok;
}

/* ---- the question ---- */

static int replay(const struct request *q, struct whatif *w, const char *database)
{
    struct db *d = NULL;
    struct err e = ERR_NONE;
    enum rc rc = db_open_read(database, &records_schema, &d, &e);

    if (rc == RC_OK)
        rc = replay_each(d, q->since_ms, whatif_take, w, &e);
    db_close(d);
    if (rc != RC_OK)
        return cli_fail(&cmd_whatif, EX_NOINPUT, "%s", e.text);
    if (q->common.json ? cmd_whatif_print_json(w, q) : cmd_whatif_print_text(w, q))
        return EX_OK;
    return cli_fail(&cmd_whatif, EX_OSERR, "out of memory");
}

static int cmd_whatif_answer(const struct request *q)
{
    struct config *config = cli_config(&q->common);
    struct disposition_settings settings;
    struct policy *policy = NULL;
    struct whatif *w = NULL;
    struct err e = ERR_NONE;
    int code = EX_CONFIG;
    const char *database;

    if (config == NULL)
        return EX_CONFIG;
    database = q->database != NULL ? q->database : config->database;
    settings = disposition_settings_of(config);
    if (database[0] == '\0')
        code = cli_fail(&cmd_whatif, EX_CONFIG, "no records are kept: Database is empty; name a --database");
    else if (policy_load(q->policy != NULL ? q->policy : config->policies, &policy, &e) != RC_OK)
        code = cli_fail(&cmd_whatif, EX_CONFIG, "%s", e.text);
    else if ((w = whatif_new(policy, &settings)) == NULL)
        code = cli_fail(&cmd_whatif, EX_OSERR, "out of memory");
    else
        code = replay(q, w, database);
    whatif_free(w);
    policy_free(policy);
    config_free(config);
    return code;
}

static int cmd_whatif_run(int argc, char **argv)
{
    static const struct option options[] = {
        CLI_LONG_OPTIONS, {"database", required_argument, NULL, OPT_DATABASE},
        {"since", required_argument, NULL, OPT_SINCE}, {"policy", required_argument, NULL, OPT_POLICY},
        {NULL, 0, NULL, 0},
    };
    struct request q = {.since = "30d"};
    int opt;

    while ((opt = getopt_long(argc, argv, CLI_SHORT_OPTIONS, options, NULL)) != -1) {
        if (cli_common_option(&q.common, &cmd_whatif, opt))
            continue;
        if (opt == OPT_SINCE)
            q.since = optarg;
        else if (opt == OPT_POLICY)
            q.policy = optarg;
        else
            q.database = optarg;
    }
    if (optind != argc)
        return cli_usage(&cmd_whatif, "\"%s\": it takes no argument", argv[optind]);
    if (!cli_since(q.since, clock_wall_ms(), &q.since_ms))
        return cli_usage(&cmd_whatif, "--since \"%s\" is neither an age (90m, 36h, 14d) nor a day (2026-11-25)",
                         q.since);
    return cmd_whatif_answer(&q);
}

const struct subcommand cmd_whatif = {
    .name = "what-if",
    .run = cmd_whatif_run,
    .usage = "[--policy FILE]",
    .summary = "What would have become of the mail that came under other rules",
    .help = "  --since WHEN            mail since then: 36h, 14d, or a day as 2026-11-25; 30d when left out\n"
            "  --policy FILE           these rules instead of the configured PolicyFile\n"
            "  --database FILE         read this database, not the configured one\n",
};
