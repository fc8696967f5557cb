/* assay received list - what came in, newest first, and what became of it. */
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "cli/received/received_cli.h"
#include "desk/sheet.h"
#include "formats/json.h"

enum { OPT_UNREAD = RECEIVED_OPT_OWN, OPT_OUTCOME, OPT_SENDER, OPT_SINCE, OPT_LIMIT };
enum { LIMIT = 100, LIMIT_MAX = 100000 };

struct request {
    struct cli_common common;
    const char *database;
    struct journal_wanted wanted;
    uint32_t limit;
};

static void received_list_print_json(const struct received_item *item, size_t n)
{
    struct jnode *root = jnode_object(), *list = jnode_array();

    jnode_int(root, "count", (int64_t)n);
    for (; n-- > 0; item++)
        jnode_append(list, received_json(item));
    jnode_put(root, "received", list);
    jnode_print(root, stdout);
}

static void received_list_print_text(struct arena *a, const struct received_item *item, size_t n)
{
    const struct sheet s = {.a = a, .to = stdout};

    if (n == 0) {
        (void)puts("Nothing of that kind came in.");
        return;
    }
    (void)printf("%7s %-16s %-12s %-9s %-28s %s\n", "NUMBER", "TIME (UTC)", "OUTCOME", "TRUST", "FROM", "WHAT");
    for (; n-- > 0; item++) {
        char when[SHEET_TIME_MAX];

        (void)printf("%7" PRId64 " %.16s %-12s %-9s %-28.60s %s%s%s\n", item->id, sheet_time(item->time_ms, when),
                     enum_name(&received_outcome_names, (int)item->outcome),
                     enum_name(&received_trust_names, (int)item->trust),
                     sheet_or(&s, item->sender_domain[0] != '\0' ? item->sender_domain : item->way, "-"),
                     sheet_or(&s, item->name[0] != '\0' ? item->name : item->subject, "-"),
                     item->reason[0] == '\0' ? "" : ": ", sheet_shown(&s, item->reason));
    }
}

static int received_list_answer(const struct request *q)
{
    struct received_place p;
    struct received_item *item;
    struct err e = ERR_NONE;
    size_t n;
    int code = received_open(&received_list, &q->common, q->database, &p);

    if (code == EX_OK && journal_list(p.db, p.arena, &q->wanted, q->limit, &item, &n, &e) != RC_OK)
        code = cli_fail(&received_list, EX_NOINPUT, "%s", e.text);
    else if (code == EX_OK && q->common.json)
        received_list_print_json(item, n);
    else if (code == EX_OK)
        received_list_print_text(p.arena, item, n);
    received_close(&p);
    return code;
}

static int received_list_take_option(struct request *q, int opt)
{
    int outcome;

    switch (opt) {
    case RECEIVED_OPT_DATABASE: q->database = optarg; return EX_OK;
    case OPT_UNREAD: q->wanted.unread = true; return EX_OK;
    case OPT_SENDER: q->wanted.sender_domain = optarg; return EX_OK;
    case OPT_OUTCOME:
        q->wanted.outcome = optarg;
        return enum_value(&received_outcome_names, str_of(optarg), &outcome)
                   ? EX_OK
                   : cli_usage(&received_list, "--outcome \"%s\" is not one of stored, repaired, partial, duplicate, "
                               "superseded, empty, foreign, untrusted, not-a-report, unreadable, limited", optarg);
    case OPT_SINCE:
        return cli_since(optarg, clock_wall_ms(), &q->wanted.since_ms)
                   ? EX_OK
                   : cli_usage(&received_list, "--since \"%s\" is neither an age (90m, 36h, 14d) nor a day "
                               "(2026-11-25)", optarg);
    case OPT_LIMIT:
        return str_to_u32(str_of(optarg), &q->limit) && q->limit >= 1 && q->limit <= LIMIT_MAX
                   ? EX_OK
                   : cli_usage(&received_list, "--limit \"%s\" is not a number from 1 to %d", optarg, LIMIT_MAX);
    default: return EX_OK;
    }
}

static int received_list_run(int argc, char **argv)
{
    static const struct option options[] = {
        RECEIVED_LONG_OPTIONS, {"unread", no_argument, NULL, OPT_UNREAD},
        {"outcome", required_argument, NULL, OPT_OUTCOME}, {"sender", required_argument, NULL, OPT_SENDER},
        {"since", required_argument, NULL, OPT_SINCE}, {"limit", required_argument, NULL, OPT_LIMIT},
        {NULL, 0, NULL, 0},
    };
    struct request q = {.wanted = {.outcome = "", .sender_domain = ""}, .limit = LIMIT};
    int opt, code = EX_OK;

    while (code == EX_OK && (opt = getopt_long(argc, argv, CLI_SHORT_OPTIONS, options, NULL)) != -1)
        if (!cli_common_option(&q.common, &received_list, opt))
            code = received_list_take_option(&q, opt);
    if (code != EX_OK)
        return code;
    return optind == argc ? received_list_answer(&q)
                          : cli_usage(&received_list, "unexpected argument \"%s\"", argv[optind]);
}

const struct subcommand received_list = {
    .name = "received list",
    .run = received_list_run,
    .usage = "",
    .summary = "What came in, newest first, and what became of it",
    .help = "  --unread                what was not read or not taken, wholly\n"
            "  --outcome WORD          those of that outcome: stored, repaired, partial, duplicate, superseded,\n"
            "                          empty, foreign, untrusted, not-a-report, unreadable, limited\n"
            "  --sender DOMAIN         mail of authors at that domain\n"
            "  --since WHEN            not older than this: an age (90m, 36h, 14d) or a day (2026-11-25)\n"
            "  --limit N               at most N (100)\n"
            RECEIVED_HELP,
};
