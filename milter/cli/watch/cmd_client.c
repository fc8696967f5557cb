/* assay client - the organisations whose domains are looked after: how each is doing. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/watch/watch.h"
#include "watch/overview.h"

enum { CLIENT_EPISODES_MAX = 5000, CLIENT_MEMORY = 256 << 20 };

struct client_request {
    struct cli_common common;
    struct report_place place;
};

/* Its open episodes, by band; the worst band. */
struct client_open {
    int64_t n;
    int64_t worst;
};

static enum rc client_count(struct client_request *q, const char *client, struct client_open *out, struct err *e)
{
    struct episode_filter f = EPISODE_ANY;
    struct episode *p;
    size_t n;
    enum rc rc;

    *out = (struct client_open){0, WATCH_NOT_JUDGED};
    f.client = client;
    f.open_only = true;
    rc = episodes_list(q->place.db, q->place.arena, &f, CLIENT_EPISODES_MAX, &p, &n, e);
    for (size_t i = 0; rc == RC_OK && i < n; i++) {
        out->n++;
        out->worst = p[i].band > out->worst ? p[i].band : out->worst;
    }
    return rc;
}

/* ---- list ---- */

static void client_line(const struct client *c, const struct client_open *open, const struct watch_overview *view)
{
    char share[50] = "-";

    if (view->share >= 0)
        (void)snprintf(share, sizeof share, "%" PRId64 ".%" PRId64 " %%", view->share / 100, view->share % 100 / 10);
    (void)printf("%-20s %7zu %6zu %-10s %9" PRId64 " %7s %4" PRId64 " %-8s  %s\n", c->name, c->domains.n, c->parked.n,
                 enum_name(&watch_band_names, (int)view->band), view->messages, share, open->n,
                 open->n == 0 ? "-" : enum_name(&watch_band_names, (int)open->worst), c->title);
}

static struct jnode *client_object(const struct client *c, const struct client_open *open,
                                   const struct watch_overview *view)
{
    struct jnode *o = jnode_object();

    jnode_text(o, "client", c->name);
    jnode_text(o, "title", c->title);
    jnode_int(o, "domains", (int64_t)c->domains.n);
    jnode_int(o, "parked", (int64_t)c->parked.n);
    jnode_int(o, "reported", view->reported);
    jnode_int(o, "messages", view->messages);
    jnode_int(o, "passed", view->passed);
    jnode_text(o, "band", enum_name(&watch_band_names, (int)view->band));
    jnode_int(o, "open", open->n);
    jnode_text(o, "worst", open->n == 0 ? "" : enum_name(&watch_band_names, (int)open->worst));
    return o;
}

static int client_list(struct client_request *q)
{
    struct jnode *list = q->common.json ? jnode_array() : NULL, *root;
    const struct clients *all = q->place.config->clients;
    struct err e = ERR_NONE;

    if (list == NULL && clients_count(all) > 0)
        (void)printf("%-20s %7s %6s %-10s %9s %7s %4s %-8s  %s\n", "CLIENT", "DOMAINS", "PARKED", "BAND", "MESSAGES",
                     "PASS", "OPEN", "WORST", "TITLE");
    for (size_t i = 0; i < clients_count(all); i++) {
        const struct client *c = clients_at(all, i);
        struct watch_round round = watch_round_of(&q->place, c->name);
        struct watch_overview view;
        struct client_open open;

        if (client_count(q, c->name, &open, &e) != RC_OK || watch_overview_of(&round, c, &view, &e) != RC_OK)
            return cli_fail(&cmd_client, EX_TEMPFAIL, "%s", e.text);
        if (list == NULL)
            client_line(c, &open, &view);
        else
            jnode_append(list, client_object(c, &open, &view));
    }
    if (list != NULL) {
        root = jnode_object();
        jnode_put(root, "clients", list);
        jnode_print(root, stdout);
    } else if (clients_count(all) == 0) {
        (void)puts("ClientsFile names no client.");
    }
    return EX_OK;
}

/* ---- show ---- */

static int client_domain(struct client_request *q, const struct client *c, const char *domain, bool parked,
                         struct jnode *list)
{
    struct watch_round round = watch_round_of(&q->place, c->name);
    struct arena *a = arena_new(CLIENT_MEMORY);
    struct watch_episode *found;
    struct watch_domain facts;
    struct err e = ERR_NONE;
    int64_t share = -1;
    size_t n;
    struct watch_bounds bounds = watch_bounds_of(round.bounds, c);
    enum watch_band band;

    if (a == NULL || watch_look(&round, c, domain, parked, a, &facts, &found, &n, &e) != RC_OK) {
        arena_free(a);
        return cli_fail(&cmd_client, EX_TEMPFAIL, "%s", a == NULL ? "out of memory" : e.text);
    }
    band = watch_band_of_domain(&facts, &bounds, &share);
    if (list != NULL) {
        struct jnode *o = jnode_object();

        jnode_text(o, "domain", domain);
        jnode_bool(o, "parked", parked);
        jnode_text(o, "policy", facts.policy);
        jnode_text(o, "band", enum_name(&watch_band_names, (int)band));
        jnode_int(o, "share_per_10000", share);
        jnode_int(o, "sources", (int64_t)facts.sources);
        jnode_int(o, "reporters", (int64_t)facts.reporters);
        jnode_append(list, o);
    } else {
        (void)printf("  %-30s %s%s", domain, parked ? "parked, " : "", enum_name(&watch_band_names, (int)band));
        if (share >= 0)
            (void)printf(" (%" PRId64 ".%" PRId64 " %%)", share / 100, share % 100 / 10);
        (void)printf(", policy %s, %zu sources, %zu receivers report\n",
                     facts.policy[0] == '\0' ? "not known" : facts.policy, facts.sources, facts.reporters);
    }
    arena_free(a);
    return EX_OK;
}

/* What is known beyond; `assay client check` tells what is not. */
static void client_runbook(const struct runbook *r)
{
    const struct {
        const char *label, *text;
    } lines[] = {{"mail", r->mail_owner}, {"marketing", r->marketing_owner}, {"ticketing", r->ticketing_owner},
                 {"vendor portals", r->portals_owner}, {"success", r->success}};

    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        if (lines[i].text[0] != '\0')
            (void)printf("  %s: %s\n", lines[i].label, lines[i].text);
    for (int i = 0; i < RUNBOOK_CHANGES; i++)
        if (r->approver[i][0] != '\0')
            (void)printf("  agrees to %s changes: %s\n", enum_name(&runbook_change_names, i), r->approver[i]);
    for (size_t i = 0; i < r->escalation.n; i++)
        (void)printf("  escalation: %s\n", r->escalation.item[i]);
    if (r->report_every != RUNBOOK_NEVER)
        (void)printf("  reported to: %s\n", enum_name(&runbook_cadence_names, (int)r->report_every));
}

static void client_contacts(const struct client *c)
{
    (void)printf("%s: %s\n", c->name, c->title);
    for (size_t i = 0; i < c->contacts.n; i++)
        (void)printf("  contact: %s\n", c->contacts.item[i]);
    (void)printf("  DNS: %s\n",
                 c->dns_owner[0] == '\0' ? "not known who changes it (DNSOwner in clients.conf)" : c->dns_owner);
    if (c->note[0] != '\0')
        (void)printf("  note: %s\n", c->note);
    client_runbook(&c->runbook);
}

static int client_show(struct client_request *q, const struct client *c)
{
    struct jnode *list = q->common.json ? jnode_array() : NULL, *root;
    int code = EX_OK;

    if (list == NULL)
        client_contacts(c);
    for (size_t i = 0; code == EX_OK && i < c->domains.n; i++)
        code = client_domain(q, c, c->domains.item[i], false, list);
    for (size_t i = 0; code == EX_OK && i < c->parked.n; i++)
        code = client_domain(q, c, c->parked.item[i], true, list);
    if (list != NULL && code == EX_OK) {
        root = jnode_object();
        jnode_text(root, "client", c->name);
        jnode_text(root, "title", c->title);
        jnode_text(root, "dns_owner", c->dns_owner);
        jnode_put(root, "domains", list);
        jnode_print(root, stdout);
    }
    return code;
}

/* By its name; NULL after saying that there is none. */
static const struct client *client_named(const struct client_request *q, const char *name)
{
    for (size_t i = 0; i < clients_count(q->place.config->clients); i++)
        if (strcmp(clients_at(q->place.config->clients, i)->name, name) == 0)
            return clients_at(q->place.config->clients, i);
    (void)cli_fail(&cmd_client, EX_NOINPUT, "ClientsFile has no client \"%s\"", name);
    return NULL;
}

static int cmd_client_run(int argc, char **argv)
{
    static const struct option options[] = {REPORT_LONG_OPTIONS, {NULL, 0, NULL, 0}};
    struct client_request q = {.place = {.db = NULL}};
    const struct client *c = NULL;
    const char *database = NULL, *verb;
    int opt, code, words;

    while ((opt = getopt_long(argc, argv, CLI_SHORT_OPTIONS, options, NULL)) != -1)
        if (!cli_common_option(&q.common, &cmd_client, opt))
            database = optarg;
    words = argc - optind;
    verb = words > 0 ? argv[optind] : "";
    if (words != (strcmp(verb, "list") == 0 ? 1 : 2) ||
        (words == 2 && strcmp(verb, "show") != 0 && strcmp(verb, "check") != 0))
        return cli_usage(&cmd_client, "name a verb: list, show CLIENT or check CLIENT");
    code = report_open(&cmd_client, &q.common, database, false, &q.place);
    if (code == EX_OK && words == 2 && (c = client_named(&q, argv[optind + 1])) == NULL)
        code = EX_NOINPUT;
    if (code == EX_OK)
        code = words == 1                   ? client_list(&q)
               : strcmp(verb, "show") == 0 ? client_show(&q, c)
                                            : watch_client_check(&q.place, q.common.json, c);
    report_close(&q.place);
    return code;
}

const struct subcommand cmd_client = {
    .name = "client",
    .run = cmd_client_run,
    .usage = "list | show CLIENT | check CLIENT",
    .summary = "The organisations of clients.conf: their domains, bands and open episodes, and what is missing of them",
    .help = REPORT_HELP,
};
