/* assay episode list, show - what there is. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli/watch/watch.h"
#include "mail/domain.h"

enum { LIST_MAX = 10000, OPT_DOMAIN = WATCH_OPT_OWN, OPT_WORKFLOW, OPT_ALL };

/* ---- list ---- */

static int list_no_workflow(const char *name)
{
    char mem[300];
    struct strbuf b = STRBUF_ON(mem);

    for (int i = 0; i < watch_workflow_names.count; i++)
        strbuf_putf(&b, "%s%s", i == 0 ? "" : i + 1 == watch_workflow_names.count ? " or " : ", ",
                    enum_name(&watch_workflow_names, i));
    return cli_usage(&episode_list, "--workflow \"%s\" is none; write %s", name, mem);
}

static int list_check(struct report_place *p, struct episode_filter *f)
{
    int value;

    if (f->workflow[0] != '\0' && !enum_value(&watch_workflow_names, str_of(f->workflow), &value))
        return list_no_workflow(f->workflow);
    if (f->domain[0] != '\0' && domain_normalize(p->arena, str_of(f->domain), &f->domain) != RC_OK)
        return cli_usage(&episode_list, "--domain \"%s\" is not a domain name", f->domain);
    return f->client[0] != '\0' ? watch_check_client(&episode_list, p->config, f->client) : EX_OK;
}

static int list_run(int argc, char **argv)
{
    static const struct option options[] = {
        REPORT_LONG_OPTIONS, WATCH_CLIENT_OPTION, {"domain", required_argument, NULL, OPT_DOMAIN},
        {"workflow", required_argument, NULL, OPT_WORKFLOW}, {"all", no_argument, NULL, OPT_ALL}, {NULL, 0, NULL, 0},
    };
    struct episode_filter f = EPISODE_ANY;
    struct cli_common common = {.json = false};
    struct report_place p = {.db = NULL};
    const char *database = NULL;
    int opt, code;

    f.open_only = true;
    while ((opt = getopt_long(argc, argv, CLI_SHORT_OPTIONS, options, NULL)) != -1) {
        if (cli_common_option(&common, &episode_list, opt))
            continue;
        switch (opt) {
        case REPORT_OPT_DATABASE: database = optarg; break;
        case WATCH_OPT_CLIENT: f.client = optarg; break;
        case OPT_DOMAIN: f.domain = optarg; break;
        case OPT_WORKFLOW: f.workflow = optarg; break;
        default: f.open_only = false; break;
        }
    }
    if (optind != argc)
        return cli_usage(&episode_list, "unexpected argument \"%s\"", argv[optind]);
    code = report_open(&episode_list, &common, database, false, &p);
    if (code == EX_OK)
        code = list_check(&p, &f);
    if (code == EX_OK)
        code = watch_list(&episode_list, &p, &common, &f, LIST_MAX,
                          f.open_only ? "Nothing is open; --all lists those that are over, too." : "There are none.");
    report_close(&p);
    return code;
}

const struct subcommand episode_list = {
    .name = "episode list",
    .run = list_run,
    .usage = "",
    .summary = "Those that are open, the worst first",
    .help = WATCH_CLIENT_HELP
            "  --domain DOMAIN         of this domain alone\n"
            "  --workflow NAME         of this kind alone\n"
            "  --all                   those that are over, too\n"
            REPORT_HELP,
};

/* ---- show ---- */

/* A closure note has several lines, which stand below. */
static void show_text(const char *text)
{
    if (strchr(text, '\n') == NULL) {
        (void)printf("%s%s\n", text[0] == '\0' ? "" : ", ", text);
        return;
    }
    (void)puts("");
    for (struct str rest = str_of(text); rest.n > 0;) {
        size_t end = str_find(rest, '\n');

        (void)printf("            %.*s\n", STR_FMT(str_slice(rest, 0, end)));
        rest = str_slice(rest, end + 1, rest.n);
    }
}

static void show_event(const struct episode_event *v)
{
    time_t t = (time_t)(v->time_ms / 1000);
    char when[40];
    struct tm tm;

    if (localtime_r(&t, &tm) == NULL || strftime(when, sizeof when, "%Y-%m-%d %H:%M %Z", &tm) == 0)
        when[0] = '\0';
    (void)printf("          %s  %s: %s", when, v->who, v->what);
    show_text(v->text);
}

static void show_state(const struct episode *x)
{
    char opened[11], closed[11];

    watch_day_text(x->opened_day, opened);
    watch_day_text(x->closed_day, closed);
    (void)printf("          %s; opened on %s%s%s\n", enum_name(&episode_state_names, (int)x->state), opened,
                 x->closed_day == 0 ? "" : ", over since ", x->closed_day == 0 ? "" : closed);
}

static struct jnode *show_events_json(const struct episode_event *v, size_t n)
{
    struct jnode *list = jnode_array();

    for (size_t i = 0; i < n; i++) {
        struct jnode *o = jnode_object();

        jnode_int(o, "time_ms", v[i].time_ms);
        jnode_text(o, "who", v[i].who);
        jnode_text(o, "what", v[i].what);
        jnode_text(o, "text", v[i].text);
        jnode_append(list, o);
    }
    return list;
}

static int show_print(struct report_place *p, const struct cli_common *common, const char *key)
{
    struct episode_event *event;
    struct episode x;
    struct err e = ERR_NONE;
    size_t n;
    enum rc rc = episodes_get(p->db, p->arena, key, &x, &e);

    if (rc == RC_OK)
        rc = episodes_history(p->db, p->arena, x.id, &event, &n, &e);
    if (rc != RC_OK)
        return cli_fail(&episode_show, rc == RC_NOTFOUND || rc == RC_LIMIT ? EX_NOINPUT : EX_TEMPFAIL, "%s", e.text);
    if (common->json) {
        struct jnode *o = watch_json(&x);

        jnode_put(o, "history", show_events_json(event, n));
        jnode_print(o, stdout);
        return EX_OK;
    }
    watch_print(&x);
    show_state(&x);
    for (size_t i = 0; i < n; i++)
        show_event(&event[i]);
    return EX_OK;
}

static int show_run(int argc, char **argv)
{
    static const struct option options[] = {REPORT_LONG_OPTIONS, {NULL, 0, NULL, 0}};
    struct cli_common common = {.json = false};
    struct report_place p = {.db = NULL};
    const char *database = NULL;
    int opt, code;

    while ((opt = getopt_long(argc, argv, CLI_SHORT_OPTIONS, options, NULL)) != -1)
        if (!cli_common_option(&common, &episode_show, opt))
            database = optarg;
    if (optind + 1 != argc)
        return cli_usage(&episode_show, "name an episode, by its reference or its ticket");
    code = report_open(&episode_show, &common, database, false, &p);
    if (code == EX_OK)
        code = show_print(&p, &common, argv[optind]);
    report_close(&p);
    return code;
}

const struct subcommand episode_show = {
    .name = "episode show",
    .run = show_run,
    .usage = "EPISODE",
    .summary = "One of them, with its history",
    .help = REPORT_HELP,
};
