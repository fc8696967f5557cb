/* assay changes - what changed since a moment: episodes, decisions, records in DNS. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "cli/watch/changes.h"
#include "inventory/recent.h"
#include "mail/domain.h"

enum { CHANGES_TEXT_SHOWN = 120, OPT_SINCE = WATCH_OPT_OWN };

/* Whether it is a client's, or below one of his; of --client alone when it is given. */
static bool changes_wanted(const struct changes *c, const char *domain)
{
    enum client_domain kind;
    const struct client *client = clients_of(c->place.config->clients, domain, &kind);

    return c->client[0] == '\0' || (client != NULL && strcmp(client->name, c->client) == 0);
}

void changes_add(struct changes *c, int64_t time_ms, const char *kind, const char *domain, const char *text,
                 const char *who)
{
    if (domain == NULL || text == NULL || !changes_wanted(c, domain))
        return;
    if (c->n < CHANGES_LINES_MAX)
        c->line[c->n++] = (struct change){time_ms, kind, domain, text, who};
    else
        c->cut = true;
}

/* The memory of DNS knows the records of everybody who sent mail: where there are clients, theirs alone are told. */
static bool changes_record_wanted(const void *arg, const char *kind_of_record, const char *name)
{
    const struct changes *c = arg;
    enum client_domain kind;

    (void)kind_of_record;
    return clients_count(c->place.config->clients) == 0 ||
           (clients_of(c->place.config->clients, name, &kind) != NULL && changes_wanted(c, name));
}

/* A value of DNS is a stranger's text. */
static const char *changes_between(struct arena *a, const struct recent_change *p)
{
    static const char *const fates[] = {[RECENT_STAYS] = "", [RECENT_BACK] = ", and is back as before",
                                        [RECENT_BOTH] = ", and both are seen since"};
    struct strbuf b = strbuf_new(a, 1000);

    strbuf_putf(&b, "%s: ", p->what);
    strbuf_put_escaped(&b, str_of(p->forgotten ? "(not kept)" : p->old[0] == '\0' ? "nothing" : p->old),
                       CHANGES_TEXT_SHOWN);
    strbuf_puts(&b, " -> ");
    strbuf_put_escaped(&b, str_of(p->new[0] == '\0' ? "nothing" : p->new), CHANGES_TEXT_SHOWN);
    strbuf_puts(&b, fates[p->fate]);
    return b.p;
}

static enum rc changes_recent(struct changes *c, struct err *e)
{
    const struct recent_wanted w = {.domain = "", .from_ms = c->since_ms, .to_ms = INT64_MAX,
                                    .is_wanted = changes_record_wanted, .arg = c};
    struct recent_change *p;
    size_t n;
    enum rc rc = recent_decisions(c->place.db, c->place.arena, c->since_ms, CHANGES_MAX, &p, &n, e);

    for (size_t i = 0; rc == RC_OK && i < n; i++)
        changes_add(c, p[i].time_ms, "decision", p[i].domain, changes_between(c->place.arena, &p[i]), p[i].who);
    c->cut = c->cut || n == CHANGES_MAX;
    if (rc == RC_OK)
        rc = recent_records(c->place.db, c->place.arena, &w, CHANGES_MAX, &p, &n, e);
    for (size_t i = 0; rc == RC_OK && i < n; i++)
        changes_add(c, p[i].time_ms, "dns", p[i].domain, changes_between(c->place.arena, &p[i]), "");
    c->cut = c->cut || n == CHANGES_MAX;
    return rc;
}

static enum rc changes_episodes(struct changes *c, struct err *e)
{
    struct episode_filter f = EPISODE_ANY;
    struct episode *p;
    int64_t since_day = c->since_ms / CLOCK_DAY_MS;
    size_t n;
    enum rc rc;

    f.client = c->client;
    f.since_day = since_day == 0 ? 1 : since_day;
    rc = episodes_list(c->place.db, c->place.arena, &f, CHANGES_MAX, &p, &n, e);
    for (size_t i = 0; rc == RC_OK && i < n; i++) {
        bool over = p[i].closed_day != 0 && p[i].closed_day >= since_day;
        struct strbuf b = strbuf_new(c->place.arena, 1000);

        strbuf_putf(&b, "%s %s %s: ", p[i].ref, over ? "ended" : "opened", p[i].workflow);
        watch_sentence(&p[i], &b);
        changes_add(c, (over ? p[i].closed_day : p[i].opened_day) * CLOCK_DAY_MS, "episode", p[i].domain, b.p, "");
    }
    c->cut = c->cut || n == CHANGES_MAX;
    return rc;
}

static int changes_by_time(const void *x, const void *y)
{
    const struct change *a = x, *b = y;

    return a->time_ms < b->time_ms ? -1 : a->time_ms > b->time_ms;
}

/* In local time; what is known to a day, which is one of UTC, as that day. */
static void changes_when(const struct change *p, char *text, size_t size)
{
    bool exact = strcmp(p->kind, "decision") == 0 || strcmp(p->kind, "dns") == 0;
    time_t t = (time_t)(p->time_ms / 1000);
    struct tm tm;

    if ((exact ? localtime_r(&t, &tm) : gmtime_r(&t, &tm)) == NULL ||
        strftime(text, size, exact ? "%Y-%m-%d %H:%M" : "%Y-%m-%d      ", &tm) == 0)
        text[0] = '\0';
}

static int changes_print(struct changes *c)
{
    struct jnode *list = c->common.json ? jnode_array() : NULL, *root;
    char when[30];

    for (size_t i = 0; i < c->n; i++) {
        const struct change *p = &c->line[i];

        changes_when(p, when, sizeof when);
        if (list == NULL) {
            (void)printf("%s  %-8s  %s: %s%s%s\n", when, p->kind, p->domain, p->text, p->who[0] == '\0' ? "" : ", by ",
                         p->who);
            continue;
        }
        root = jnode_object();
        jnode_int(root, "time_ms", p->time_ms);
        jnode_text(root, "kind", p->kind);
        jnode_text(root, "domain", p->domain);
        jnode_text(root, "text", p->text);
        jnode_text(root, "who", p->who);
        jnode_append(list, root);
    }
    if (list != NULL) {
        root = jnode_object();
        jnode_put(root, "changes", list);
        jnode_bool(root, "complete", !c->cut);
        jnode_print(root, stdout);
    } else if (c->n == 0) {
        (void)puts("Nothing changed.");
    }
    if (list == NULL && c->cut)
        (void)puts("There is more than is listed; a later --since, or --client, asks for less.");
    return EX_OK;
}

static int changes_answer(struct changes *c)
{
    struct err e = ERR_NONE;
    enum rc rc;

    c->line = arena_array(c->place.arena, CHANGES_LINES_MAX, sizeof *c->line);
    if (c->line == NULL)
        return cli_fail(&cmd_changes, EX_OSERR, "out of memory");
    rc = changes_recent(c, &e);
    if (rc == RC_OK)
        rc = changes_episodes(c, &e);
    if (rc == RC_OK)
        rc = changes_of_sums(c, &e);
    if (rc == RC_OK && arena_ran_out(c->place.arena)) /* a line that is lost would not be missed */
        rc = err_set(&e, RC_NOMEM, "no memory for what changed");
    if (rc != RC_OK)
        return cli_fail(&cmd_changes, cli_exit(rc, EX_TEMPFAIL), "%s", e.text);
    qsort(c->line, c->n, sizeof *c->line, changes_by_time);
    return changes_print(c);
}

static int cmd_changes_run(int argc, char **argv)
{
    static const struct option options[] = {REPORT_LONG_OPTIONS, WATCH_CLIENT_OPTION,
                                            {"since", required_argument, NULL, OPT_SINCE}, {NULL, 0, NULL, 0}};
    struct changes c = {.client = ""};
    const char *database = NULL, *since = "7d";
    int opt, code;

    while ((opt = getopt_long(argc, argv, CLI_SHORT_OPTIONS, options, NULL)) != -1) {
        if (cli_common_option(&c.common, &cmd_changes, opt))
            continue;
        switch (opt) {
        case REPORT_OPT_DATABASE: database = optarg; break;
        case WATCH_OPT_CLIENT: c.client = optarg; break;
        default: since = optarg; break;
        }
    }
    if (optind != argc)
        return cli_usage(&cmd_changes, "unexpected argument \"%s\"", argv[optind]);
    if (!cli_since(since, clock_wall_ms(), &c.since_ms))
        return cli_usage(&cmd_changes, "--since \"%s\" is no time; write 36h, 14d, 2026-11-25 or monday", since);
    code = report_open(&cmd_changes, &c.common, database, false, &c.place);
    if (code == EX_OK && c.client[0] != '\0')
        code = watch_check_client(&cmd_changes, c.place.config, c.client);
    if (code == EX_OK)
        code = changes_answer(&c);
    report_close(&c.place);
    return code;
}

const struct subcommand cmd_changes = {
    .name = "changes",
    .run = cmd_changes_run,
    .usage = "",
    .summary = "What changed: episodes, decisions, records in DNS, sources that are new or gone, shares",
    .help = "  --since WHEN            36h, 14d, 2026-11-25 or monday; 7d when it is not given\n"
            WATCH_CLIENT_HELP
            REPORT_HELP,
};
