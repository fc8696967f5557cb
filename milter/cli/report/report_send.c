/* assay report send - mails what is due. */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "auth/auth.h"
#include "base/terminal.h"
#include "formats/json.h"
#include "cli/report/report.h"
#include "post/post.h"

enum { OPT_DRY_RUN = REPORT_OPT_OWN, OPT_NOW, OPT_QUIET };

struct request {
    struct cli_common common;
    const char *database;
    bool dry_run, now, quiet;
    struct jnode *list; /* --json */
    bool progress;      /* a terminal watches */
    struct outbox_lock *lock;
};

/* ---- on the way ---- */

static const char *report_send_said(const struct request *q, const struct post_event *v)
{
    if (q->dry_run && v->state == DELIVERY_SENDING)
        return "would send";
    return enum_name(&delivery_state_names, (int)v->state);
}

static void list_json(const struct request *q, const struct post_event *v)
{
    struct jnode *o = jnode_object();

    jnode_text(o, "kind", enum_name(&outbox_kind_names, (int)v->item->kind));
    jnode_int(o, "id", v->item->item);
    jnode_text(o, "policy_domain", v->item->policy_domain);
    jnode_text(o, "report", v->name);
    jnode_text(o, "to", v->address);
    jnode_text(o, "from", v->from);
    jnode_text(o, "state", report_send_said(q, v));
    jnode_text(o, "why", v->why);
    jnode_append(q->list, o);
}

static void report_send_tell(void *arg, const struct post_event *v)
{
    const struct request *q = arg;

    if (q->list != NULL) {
        list_json(q, v);
        return;
    }
    if (!q->quiet)
        (void)printf("%s: %s%s%s: %s%s%s\n", v->item->policy_domain, v->name, v->address[0] == '\0' ? "" : " to ",
                     v->address, report_send_said(q, v), v->why[0] == '\0' ? "" : ": ", v->why);
    if (!q->quiet && q->dry_run && v->from[0] != '\0')
        (void)printf("    from <%s>\n", v->from);
    if (q->progress)
        terminal_progress("\r%" PRId64 "/%" PRId64 " ", v->done, v->total);
}

/* ---- the end ---- */

static void report_send_print_json(const struct request *q, const struct post_counts *n)
{
    struct jnode *root = jnode_object(), *reasons = jnode_array();

    jnode_bool(root, "dry_run", q->dry_run);
    jnode_int(root, "domains", n->domains);
    jnode_int(root, "reports", n->reports);
    jnode_int(root, "sent", n->state[DELIVERY_SENT]);
    jnode_int(root, "waiting", n->state[DELIVERY_WAITING]);
    jnode_int(root, "refused", n->state[DELIVERY_REFUSED]);
    jnode_int(root, "failed", n->state[DELIVERY_FAILED]);
    jnode_int(root, "suppressed", n->state[DELIVERY_SUPPRESSED]);
    jnode_int(root, "mails", n->mails);
    jnode_int(root, "later", n->later);
    jnode_int(root, "recovered", n->recovered);
    jnode_bool(root, "relay_failed", n->relay_failed);
    for (size_t i = 0; i < n->reasons; i++) {
        struct jnode *o = jnode_object();

        jnode_text(o, "why", n->reason[i].text);
        jnode_int(o, "count", n->reason[i].n);
        jnode_append(reasons, o);
    }
    jnode_put(root, "reasons", reasons);
    jnode_put(root, "deliveries", q->list);
    jnode_print(root, stdout);
}

static void report_send_print_text(const struct request *q, const struct post_counts *n)
{
    char mem[POST_REASONS_MAX * (POST_REASON_SIZE + 30) + 300];
    struct strbuf summary = STRBUF_ON(mem);

    if (q->progress)
        terminal_progress("\r");
    if (n->recovered > 0)
        (void)printf("sent again, since their sender was killed before it knew the outcome: %" PRId64 "\n",
                     n->recovered);
    post_summary(n, q->dry_run, &summary);
    (void)puts(mem);
    if (n->later > 0)
        (void)printf("%" PRId64 " more have their turn later\n", n->later);
}

static int run_round(struct request *q, struct report_place *p, struct dns *dns)
{
    struct post_settings set = {.config = p->config, .db = p->db, .lock = q->lock, .dns = dns, .dry_run = q->dry_run,
                                .now = q->now, .tell = report_send_tell, .arg = q};
    struct post_counts counts;
    struct err e = ERR_NONE;
    enum rc rc = post_run(&set, &counts, &e);

    if (q->common.json)
        report_send_print_json(q, &counts);
    else
        report_send_print_text(q, &counts);
    if (rc != RC_OK)
        return cli_fail(&report_send, rc == RC_BAD ? EX_CONFIG : EX_TEMPFAIL, "%s", e.text);
    return counts.relay_failed ? EX_UNAVAILABLE : EX_OK;
}

static int with_dns(struct request *q, struct report_place *p)
{
    struct err e = ERR_NONE;
    struct dns *dns;
    int code;

    if (auth_init(&e) != RC_OK)
        return cli_fail(&report_send, EX_SOFTWARE, "%s", e.text);
    dns = cli_dns(&q->common, p->config);
    code = dns == NULL ? EX_NOINPUT : run_round(q, p, dns);
    dns_close(dns);
    auth_shutdown();
    return code;
}

/* Alone; in a fleet it is nothing unusual that another machine is at it. */
static int send_alone(struct request *q, struct report_place *p)
{
    char host[HOSTNAME_SIZE];
    struct err e = ERR_NONE;
    enum rc rc = outbox_lock(p->db, OUTBOX_SENDING, report_host(p->config, host), 0, &q->lock, &e);
    int code;

    if (rc == RC_LIMIT && q->common.json)
        (void)puts("{}");
    if (rc != RC_OK)
        return cli_fail(&report_send, rc == RC_LIMIT ? EX_OK : rc == RC_IO ? EX_NOPERM : EX_TEMPFAIL, "%s", e.text);
    code = with_dns(q, p);
    outbox_unlock(q->lock);
    return code;
}

static int report_send_answer(struct request *q)
{
    struct report_place p = {.db = NULL};
    int code = report_open_for_owners(&report_send, &q->common, q->database, &p);

    if (code == EX_OK && p.db != NULL)
        code = q->dry_run ? with_dns(q, &p) : send_alone(q, &p);
    report_close(&p);
    return code;
}

static int report_send_run(int argc, char **argv)
{
    static const struct option options[] = {
        REPORT_LONG_OPTIONS, CLI_DNS_OPTIONS, {"dry-run", no_argument, NULL, OPT_DRY_RUN},
        {"now", no_argument, NULL, OPT_NOW}, {"quiet", no_argument, NULL, OPT_QUIET}, {NULL, 0, NULL, 0},
    };
    struct request q = {.database = NULL};
    int opt;

    while ((opt = getopt_long(argc, argv, CLI_SHORT_OPTIONS, options, NULL)) != -1) {
        if (cli_common_option(&q.common, &report_send, opt))
            continue;
        switch (opt) {
        case REPORT_OPT_DATABASE: q.database = optarg; break;
        case OPT_DRY_RUN: q.dry_run = true; break;
        case OPT_NOW: q.now = true; break;
        default: q.quiet = true; break;
        }
    }
    if (optind != argc)
        return cli_usage(&report_send, "takes no arguments");
    q.list = q.common.json ? jnode_array() : NULL;
    q.progress = !q.common.json && isatty(STDERR_FILENO) != 0 && isatty(STDOUT_FILENO) == 0;
    return report_send_answer(&q);
}

const struct subcommand report_send = {
    .name = "report send",
    .run = report_send_run,
    .usage = "",
    .summary = "Mail the reports whose turn it is",
    .help =
        "  --dry-run               tell what would go where, now and within ReportSpread; send nothing\n"
        "  --now                   all that wait, not those alone whose turn it is\n"
        "  --quiet                 the summary alone\n"
        REPORT_HELP,
    .asks_dns = true,
};
