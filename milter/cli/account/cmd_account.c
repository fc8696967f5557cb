/* assay account - who may sign in to the pages, as what, and for which clients. */
#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/cli.h"
#include "formats/json.h"
#include "keeper/accounts.h"

enum { OPT_DATABASE = CLI_OPT_OWN, OPT_ROLE, OPT_CLIENTS, OPT_PROXY };
enum { ARENA_MAX = 16 * 1024 * 1024 };

struct request {
    struct cli_common common;
    const char *database, *role, *clients, *verb, *name; /* NULL: not given */
    bool proxy;
    struct config *config;
    struct db *db;
    struct arena *arena;
};

/* Root works as whoever owns the folder, so that the file belongs to the service. */
static int account_as_owner(const char *path)
{
    char *copy = strdup(path);
    struct stat st;
    bool good = copy != NULL && stat(dirname(copy), &st) == 0;

    free(copy);
    if (!good)
        return cli_fail(&cmd_account, EX_NOINPUT, "%s: its folder is not there; make it, or set KeeperDatabase", path);
    if (geteuid() == 0 && (setegid(st.st_gid) != 0 || seteuid(st.st_uid) != 0))
        return cli_fail(&cmd_account, EX_OSERR, "cannot become the owner of the folder of %s: %s", path,
                        strerror(errno));
    return EX_OK;
}

static int account_failed(enum rc rc, const struct err *e)
{
    return cli_fail(&cmd_account, rc == RC_TEMP ? EX_TEMPFAIL : rc == RC_IO ? EX_NOPERM : EX_DATAERR, "%s", e->text);
}

/* ---- the verbs ---- */

static int print_link(const struct request *q, const char *link)
{
    const char *base = q->config->web_url;
    size_t n = strlen(base);

    while (n > 0 && base[n - 1] == '/')
        n--;
    if (q->common.json) {
        struct jnode *o = jnode_object();

        jnode_text(o, "name", q->name);
        jnode_text(o, "link", link);
        jnode_print(o, stdout);
        return EX_OK;
    }
    (void)printf("%s sets a password, once, within %d hours, at\n  %.*s/link/%s\n", q->name, ACCOUNT_LINK_HOURS, (int)n,
                 base, link);
    return EX_OK;
}

static int verb_add(struct request *q)
{
    struct account_entry a = {.name = q->name, .clients = q->clients == NULL ? "" : q->clients, .proxy = q->proxy};
    char link[TOKEN_TEXT + 1];
    struct err e = ERR_NONE;
    enum rc rc = accounts_check(q->name, q->role == NULL ? "" : q->role, a.clients, &e);
    int role = ROLE_CLIENT;

    if (rc != RC_OK)
        return cli_usage(&cmd_account, "%s", e.text);
    (void)enum_value(&role_names, str_of(q->role), &role);
    a.role = (enum role)role;
    rc = accounts_add(q->db, &a, clock_wall_ms(), &e);
    if (rc == RC_OK && a.proxy) {
        (void)printf("%s signs in by the web server in front\n", q->name);
        return EX_OK;
    }
    if (rc == RC_OK)
        rc = accounts_link(q->db, q->name, clock_wall_ms(), link, &e);
    return rc == RC_OK ? print_link(q, link) : account_failed(rc, &e);
}

static int verb_link(struct request *q)
{
    char link[TOKEN_TEXT + 1];
    struct err e = ERR_NONE;
    enum rc rc = accounts_link(q->db, q->name, clock_wall_ms(), link, &e);

    return rc == RC_OK ? print_link(q, link) : account_failed(rc, &e);
}

static int verb_role(struct request *q)
{
    const char *clients = q->clients == NULL ? "" : q->clients;
    struct err e = ERR_NONE;
    int role = ROLE_CLIENT;
    enum rc rc = accounts_check(q->name, q->role == NULL ? "" : q->role, clients, &e);

    if (rc != RC_OK)
        return cli_usage(&cmd_account, "%s", e.text);
    (void)enum_value(&role_names, str_of(q->role), &role);
    rc = accounts_set_role(q->db, q->name, (enum role)role, clients, &e);
    return rc == RC_OK ? EX_OK : account_failed(rc, &e);
}

static int verb_end(struct request *q)
{
    struct err e = ERR_NONE;
    enum rc rc = accounts_end(q->db, q->name, &e);

    return rc == RC_OK ? EX_OK : account_failed(rc, &e);
}

static const char *account_state(const struct account_entry *a)
{
    return a->proxy ? "proxy" : a->has_password ? "password" : "no password yet";
}

static int verb_list(struct request *q)
{
    struct jnode *list = q->common.json ? jnode_array() : NULL;
    struct account_entry *a;
    struct err e = ERR_NONE;
    size_t n;
    enum rc rc = accounts_list(q->db, q->arena, &a, &n, &e);

    if (rc != RC_OK)
        return account_failed(rc, &e);
    for (size_t i = 0; i < n; i++) {
        const char *role = enum_name(&role_names, (int)a[i].role);
        struct jnode *o;

        if (list == NULL) {
            (void)printf("%-24s %-9s %-16s %s\n", a[i].name, role, account_state(&a[i]),
                         a[i].clients[0] == '\0' ? "all clients" : a[i].clients);
            continue;
        }
        o = jnode_object();
        jnode_text(o, "name", a[i].name);
        jnode_text(o, "role", role);
        jnode_text(o, "clients", a[i].clients);
        jnode_text(o, "state", account_state(&a[i]));
        jnode_int(o, "created_ms", a[i].created_ms);
        jnode_int(o, "seen_ms", a[i].seen_ms);
        jnode_append(list, o);
    }
    if (list != NULL)
        jnode_print(list, stdout);
    return EX_OK;
}

static const struct { const char *word; int (*run)(struct request *q); bool named; } verbs[] = {
    {"add", verb_add, true}, {"list", verb_list, false}, {"role", verb_role, true}, {"link", verb_link, true},
    {"end", verb_end, true},
};
enum { VERBS = sizeof verbs / sizeof verbs[0] };

/* ---- running ---- */

static int account_open(struct request *q)
{
    struct err e = ERR_NONE;
    const char *path;
    int code;

    q->config = cli_config(&q->common);
    q->arena = arena_new(ARENA_MAX);
    if (q->config == NULL)
        return EX_CONFIG;
    if (q->arena == NULL)
        return cli_fail(&cmd_account, EX_OSERR, "out of memory");
    path = q->database != NULL ? q->database : q->config->keeper_database;
    code = account_as_owner(path);
    if (code != EX_OK)
        return code;
    return accounts_open(path, &q->db, &e) == RC_OK ? EX_OK : cli_fail(&cmd_account, EX_NOINPUT, "%s", e.text);
}

static int account_do(struct request *q)
{
    for (int i = 0; i < VERBS; i++) {
        int code;

        if (strcmp(q->verb, verbs[i].word) != 0)
            continue;
        if (verbs[i].named != (q->name != NULL))
            return cli_usage(&cmd_account, verbs[i].named ? "%s needs a NAME" : "%s takes no NAME", q->verb);
        code = account_open(q);
        if (code == EX_OK)
            code = verbs[i].run(q);
        db_close(q->db);
        arena_free(q->arena);
        config_free(q->config);
        return code;
    }
    return cli_usage(&cmd_account, "no verb \"%s\": add, list, role, link or end", q->verb);
}

static int cmd_account_run(int argc, char **argv)
{
    static const struct option options[] = {
        CLI_LONG_OPTIONS, {"database", required_argument, NULL, OPT_DATABASE},
        {"role", required_argument, NULL, OPT_ROLE}, {"clients", required_argument, NULL, OPT_CLIENTS},
        {"proxy", no_argument, NULL, OPT_PROXY}, {NULL, 0, NULL, 0},
    };
    struct request q = {.database = NULL};
    int opt;

    while ((opt = getopt_long(argc, argv, CLI_SHORT_OPTIONS, options, NULL)) != -1) {
        if (cli_common_option(&q.common, &cmd_account, opt))
            continue;
        switch (opt) {
        case OPT_DATABASE: q.database = optarg; break;
        case OPT_ROLE: q.role = optarg; break;
        case OPT_CLIENTS: q.clients = optarg; break;
        default: q.proxy = true; break;
        }
    }
    if (optind == argc || argc - optind > 2)
        return cli_usage(&cmd_account, "name a verb: add, list, role, link or end");
    q.verb = argv[optind];
    q.name = optind + 1 < argc ? argv[optind + 1] : NULL;
    return account_do(&q);
}

const struct subcommand cmd_account = {
    .name = "account",
    .run = cmd_account_run,
    .usage = "add|list|role|link|end [NAME]",
    .summary = "Who may sign in to the pages, as what, and for which clients",
    .help = "  --role ROLE             with add and role: client, viewer, operator or admin\n"
            "  --clients A,B           with add and role: names of clients.conf it may see (all)\n"
            "  --proxy                 with add: signs in by the web server in front, and has no password\n"
            "  --database FILE         the accounts' file, not the configured one\n",
};
