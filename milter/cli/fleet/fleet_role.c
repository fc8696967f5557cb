/* assay fleet role - who logs in to the centre, and as what. */
#include <stdio.h>
#include <string.h>

#include "cli/fleet/fleet.h"
#include "fleet/roles.h"
#include "fleet/tables.h"
#include "formats/json.h"

enum { ARENA_MAX = 16 * 1024 * 1024 };

static int role_exit_of(enum rc rc)
{
    return rc == RC_OK ? EX_OK : rc == RC_TEMP ? EX_TEMPFAIL : EX_UNAVAILABLE;
}

static enum rc role_open(const struct fleet_request *q, struct pg **out, struct err *e)
{
    enum rc rc = pg_open(q->centre, "assay", out, e);

    return rc == RC_OK ? tables_check(*out, e) : rc;
}

/* How it logs in is said, not done: a password that we took would stand in a list of processes or a history. */
static void role_say_login(const char *name)
{
    const char *quote = name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0' ? "" : "\""; /* psql's */

    (void)printf("It logs in as pg_hba.conf there says.  By password: set one with \\password %s%s%s in psql, and "
                 "write it\ninto the file that libpq reads it from (~/.pgpass; of assay-fleet.service "
                 "/etc/assay/fleet.pgpass).\nBy certificate: one with CN=%s.\n", quote, name, quote, name);
}

static int role_say_added(const struct role_wanted *w, enum role_done done)
{
    const char *host = w->host[0] != '\0' ? w->host : w->name;

    (void)printf("%s %s, as %s", w->name, done == ROLE_MADE ? "is made" : "was there, and may log in as before",
                 enum_name(&role_kind_names, (int)w->kind));
    if (w->kind == ROLE_HOST)
        (void)printf(": it ships as %s, and nobody else does", host);
    for (size_t i = 0; i < w->clients; i++)
        (void)printf("%s%s", i == 0 ? ": it sees the mail of " : ", ", w->client[i]);
    (void)puts(".");
    if (done == ROLE_MADE)
        role_say_login(w->name);
    return EX_OK;
}

static int role_do_add(const struct subcommand *cmd, const struct fleet_request *q)
{
    struct role_wanted w = {.name = q->role, .host = q->host, .client = q->client, .clients = q->clients};
    struct err e = ERR_NONE;
    struct pg *p = NULL;
    enum role_done done = ROLE_LEFT;
    int kind = 0;
    enum rc rc;

    if (q->as == NULL || !enum_value(&role_kind_names, str_of(q->as), &kind))
        return cli_usage(cmd, "say what it is (--as): host, keeper, operator, viewer, client, pages or clerk");
    w.kind = (enum role_kind)kind;
    if (w.host[0] != '\0' && w.kind != ROLE_HOST)
        return cli_usage(cmd, "--host is for a host's role");
    rc = role_open(q, &p, &e);
    if (rc == RC_OK)
        rc = role_add(p, &w, &done, &e);
    pg_close(p);
    return rc == RC_OK ? role_say_added(&w, done) : cli_fail(cmd, role_exit_of(rc), "%s", e.text);
}

static int role_do_remove(const struct subcommand *cmd, const struct fleet_request *q)
{
    struct err e = ERR_NONE;
    struct pg *p = NULL;
    enum role_done done = ROLE_LEFT;
    enum rc rc = role_open(q, &p, &e);

    if (rc == RC_OK)
        rc = role_remove(p, q->role, &done, &e);
    pg_close(p);
    if (rc != RC_OK)
        return cli_fail(cmd, role_exit_of(rc), "%s", e.text);
    (void)printf(done == ROLE_DROPPED ? "%s is gone.\n" : "%s may do nothing here any more; the role itself was not "
                 "made here, and is left.\n", q->role);
    return EX_OK;
}

static void role_print_json(const struct role_entry *r, size_t n)
{
    struct jnode *root = jnode_object(), *list = jnode_array();

    for (size_t i = 0; i < n; i++) {
        struct jnode *o = jnode_object();

        jnode_text(o, "role", r[i].name);
        jnode_text(o, "as", r[i].kinds);
        jnode_text(o, "host", r[i].host);
        jnode_text(o, "clients", r[i].clients);
        jnode_append(list, o);
    }
    jnode_put(root, "roles", list);
    jnode_print(root, stdout);
}

/* Names may hold anything that PostgreSQL lets stand in one. */
static void role_print_clean(const char *text, int width)
{
    char mem[256];
    struct strbuf b = STRBUF_ON(mem);

    strbuf_put_clean(&b, str_of(text), sizeof mem - 1);
    (void)printf("%-*s ", width, b.p);
}

static int role_do_list(const struct subcommand *cmd, const struct fleet_request *q)
{
    struct arena *a = arena_new(ARENA_MAX);
    struct role_entry *r = NULL;
    struct err e = ERR_NONE;
    struct pg *p = NULL;
    size_t n = 0;
    enum rc rc = a == NULL ? err_set(&e, RC_NOMEM, "out of memory") : role_open(q, &p, &e);

    if (rc == RC_OK)
        rc = roles_list(p, a, &r, &n, &e);
    pg_close(p);
    if (rc == RC_OK && q->common.json)
        role_print_json(r, n);
    else if (rc == RC_OK)
        (void)printf("%-20s %-20s %-20s %s\n", "ROLE", "AS", "HOST", "CLIENTS");
    for (size_t i = 0; rc == RC_OK && !q->common.json && i < n; i++) {
        role_print_clean(r[i].name, 20);
        role_print_clean(r[i].kinds, 20);
        role_print_clean(r[i].host, 20);
        role_print_clean(r[i].clients, 1);
        (void)puts("");
    }
    arena_free(a);
    return rc == RC_OK ? EX_OK : cli_fail(cmd, role_exit_of(rc), "%s", e.text);
}

int fleet_role(const struct subcommand *cmd, const struct fleet_request *q)
{
    if (strcmp(q->verb, "list") == 0 && q->role[0] == '\0')
        return role_do_list(cmd, q);
    if (strcmp(q->verb, "add") == 0 && q->role[0] != '\0')
        return role_do_add(cmd, q);
    if (strcmp(q->verb, "remove") == 0 && q->role[0] != '\0')
        return role_do_remove(cmd, q);
    return cli_usage(cmd, "write: add NAME --as WHAT, list, or remove NAME");
}
