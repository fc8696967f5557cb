/* assay report list - the reports that were built, newest day first. */
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "formats/json.h"
#include "cli/report/report.h"
#include "outbox/outbox.h"
#include "outbox/reports.h"
#include "report/period.h"

enum {
    OPT_SUPPRESSED = REPORT_OPT_OWN,
    AT_ONCE = 500, /* rows read at a time */
    SUPPRESSED_MAX = 10000,
    WHY_SHOWN = 600
};

struct request {
    struct cli_common common;
    const char *database, *day, *domain; /* NULL: not given */
    bool suppressed;
    struct reports_wanted wanted;
};

/* What became of it: a word and, unless it was sent, why. */
struct fate {
    const char *state, *error;
};

static struct fate fate_of(struct report_place *p, const struct report *r)
{
    struct dispatch found;
    struct err e = ERR_NONE;
    enum rc rc = outbox_find(p->db, p->arena, OUTBOX_AGGREGATE, r->id, &found, &e);

    if (rc == RC_OK)
        return (struct fate){enum_name(&delivery_state_names, (int)found.state), found.error};
    return (struct fate){rc == RC_NOTFOUND ? "built" : "?", e.text[0] == '\0' ? "" : "the database cannot tell"};
}

static void report_list_print_json(const struct report *r, const struct fate *fate, struct jnode *list)
{
    struct jnode *o = jnode_object();
    char day[PERIOD_TEXT_MAX];

    jnode_int(o, "id", r->id);
    jnode_text(o, "report_id", r->report_id);
    jnode_text(o, "day", period_text(r->begin_s, day));
    jnode_text(o, "policy_domain", r->policy_domain);
    jnode_text(o, "policy_key", r->policy_key);
    jnode_time(o, "begin", r->begin_s * 1000);
    jnode_time(o, "end", r->end_s * 1000);
    jnode_int(o, "messages", r->messages);
    jnode_int(o, "rows", r->rows);
    jnode_int(o, "size", r->size);
    jnode_text(o, "filename", r->filename);
    jnode_time(o, "built", r->built_ms);
    jnode_text(o, "state", fate->state);
    jnode_text(o, "error", fate->error);
    jnode_append(list, o);
}

/* The list under its name in one object, as every answer in JSON is one. */
static void print_object(const char *name, struct jnode *list)
{
    struct jnode *root = jnode_object();

    jnode_put(root, name, list);
    jnode_print(root, stdout);
}

static void report_list_print_text(const struct report *r, const struct fate *fate)
{
    char day[PERIOD_TEXT_MAX];
    char shown[4 * WHY_SHOWN + 8];
    struct strbuf why = STRBUF_ON(shown);

    strbuf_put_escaped(&why, str_of(fate->error), WHY_SHOWN);
    (void)printf("%-10s  %6" PRId64 "  %8" PRId64 "  %7" PRId64 "  %9" PRId64 "  %-10s  %s\n",
                 period_text(r->begin_s, day), r->id, r->messages, r->rows, r->size, fate->state, r->policy_domain);
    if (why.n > 0)
        (void)printf("            %s\n", shown);
}

static int print_all(const struct request *q, struct report_place *p)
{
    struct jnode *list = q->common.json ? jnode_array() : NULL;
    struct report *found;
    struct err e = ERR_NONE;
    size_t n = AT_ONCE;
    enum rc rc;

    for (size_t skip = 0; n == AT_ONCE; skip += n) {
        arena_reset(p->arena);
        rc = reports_list(p->db, p->arena, &q->wanted, skip, AT_ONCE, &found, &n, &e);
        if (rc != RC_OK)
            return cli_fail(&report_list, cli_exit(rc, EX_NOINPUT), "%s", e.text);
        if (list == NULL && skip == 0)
            (void)puts("DAY             ID  MESSAGES     ROWS      BYTES  STATE       DOMAIN");
        for (size_t i = 0; i < n; i++) {
            struct fate fate = fate_of(p, &found[i]);

            if (list != NULL)
                report_list_print_json(&found[i], &fate, list);
            else
                report_list_print_text(&found[i], &fate);
        }
    }
    if (list != NULL)
        print_object("reports", list);
    return EX_OK;
}

/* Addresses that get nothing for now, because a report to them bounced. */
static int print_suppressed(const struct request *q, struct report_place *p)
{
    struct jnode *list = q->common.json ? jnode_array() : NULL;
    struct suppression *found;
    struct err e = ERR_NONE;
    size_t n = 0;

    if (outbox_suppressions(p->db, p->arena, clock_wall_ms(), SUPPRESSED_MAX, &found, &n, &e) != RC_OK)
        return cli_fail(&report_list, EX_NOINPUT, "%s", e.text);
    for (size_t i = 0; i < n; i++) {
        char since[PERIOD_TEXT_MAX], until[PERIOD_TEXT_MAX];
        struct jnode *o;

        (void)period_text(found[i].since_ms / 1000, since);
        (void)period_text(found[i].until_ms / 1000, until);
        if (list == NULL) {
            (void)printf("%s  since %s, until %s: %s\n", found[i].address, since, until, found[i].why);
            continue;
        }
        o = jnode_object();
        jnode_text(o, "address", found[i].address);
        jnode_time(o, "since", found[i].since_ms);
        jnode_time(o, "until", found[i].until_ms);
        jnode_text(o, "why", found[i].why);
        jnode_append(list, o);
    }
    if (list != NULL)
        print_object("suppressed", list);
    return EX_OK;
}

static int report_list_answer(struct request *q)
{
    struct arena *names = arena_new(1 << 16);
    const char *domain = NULL;
    struct report_place p = {.db = NULL};
    int code = names == NULL ? cli_fail(&report_list, EX_OSERR, "out of memory") : EX_OK;

    if (code == EX_OK && q->day != NULL)
        code = report_parse_day(&report_list, q->day, &q->wanted.begin_s);
    if (code == EX_OK && q->domain != NULL)
        code = report_parse_domain(&report_list, names, q->domain, &domain);
    q->wanted.policy_domain = str_of(domain);
    if (code == EX_OK)
        code = report_open_outbox(&report_list, &q->common, q->database, false, &p);
    if (code == EX_OK)
        code = q->suppressed ? print_suppressed(q, &p) : print_all(q, &p);
    report_close(&p);
    arena_free(names);
    return code;
}

static int report_list_run(int argc, char **argv)
{
    static const struct option options[] = {
        REPORT_LONG_OPTIONS, {"day", required_argument, NULL, REPORT_OPT_DAY},
        {"domain", required_argument, NULL, REPORT_OPT_DOMAIN},
        {"suppressed", no_argument, NULL, OPT_SUPPRESSED}, {NULL, 0, NULL, 0},
    };
    struct request q = {.database = NULL};
    int opt;

    while ((opt = getopt_long(argc, argv, CLI_SHORT_OPTIONS, options, NULL)) != -1) {
        if (cli_common_option(&q.common, &report_list, opt))
            continue;
        switch (opt) {
        case REPORT_OPT_DATABASE: q.database = optarg; break;
        case REPORT_OPT_DAY: q.day = optarg; break;
        case OPT_SUPPRESSED: q.suppressed = true; break;
        default: q.domain = optarg; break;
        }
    }
    if (optind != argc)
        return cli_usage(&report_list, "takes no arguments");
    return report_list_answer(&q);
}

const struct subcommand report_list = {
    .name = "report list",
    .run = report_list_run,
    .usage = "",
    .summary = "The reports that were built, newest day first",
    .help =
        "  --day YYYY-MM-DD        those of this UTC day\n"
        "  --domain NAME           those about this policy domain\n"
        "  --suppressed            not reports, but addresses that bounced and get none for now\n"
        REPORT_HELP,
};
