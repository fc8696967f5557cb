#include "config/config.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/hostname.h"
#include "config/option.h"
#include "config/value.h"
#include "syntax/parse.h"

enum { CONFIG_ARENA_MAX = 4 << 20 };

/* What a `struct config *` points into. */
struct snapshot {
    struct config config; /* first, so that the one is found from the other */
    struct arena *arena;
    struct senders *senders;
    struct clients *clients;
    unsigned line[OPTION_COUNT]; /* where the file sets it; LINE_NONE, LINE_OVERRIDE */
};

enum { LINE_NONE = 0, LINE_OVERRIDE = INT_MAX };

static struct snapshot *config_of(struct config *c)
{
    return (struct snapshot *)(void *)c;
}

static void note_line(struct config *c, const struct option *o, unsigned line)
{
    config_of(c)->line[o - option_table] = line;
}

/* ---- making one ---- */

static enum rc set_defaults(struct arena *a, struct config *c, struct err *e)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        enum rc rc = value_set(a, c, &option_table[i], str_of(option_table[i].preset), e);

        if (rc != RC_OK)
            return rc;
    }
    return RC_OK;
}

static enum rc set_from_file(struct arena *a, struct config *c, const char *path, struct err *e)
{
    struct setting said[OPTION_COUNT];
    enum rc rc = parse_file(a, path, &option_rows, said, e);

    for (size_t i = 0; rc == RC_OK && i < OPTION_COUNT; i++) {
        struct err why = ERR_NONE;

        if (!said[i].present)
            continue;
        rc = value_set(a, c, &option_table[i], said[i].text, &why);
        if (rc != RC_OK)
            (void)err_set(e, rc, "%s:%u: %s", path, said[i].line, why.text);
        note_line(c, &option_table[i], said[i].line);
    }
    return rc;
}

static enum rc unknown_override(struct str name, struct err *e)
{
    const char *nearest = option_nearest(name);
    char mem[200];
    struct strbuf shown = STRBUF_ON(mem);

    strbuf_put_escaped(&shown, name, 40);
    if (nearest != NULL)
        return err_set(e, RC_BAD, "-o %s: there is no such option; did you mean %s?", shown.p, nearest);
    return err_set(e, RC_BAD, "-o %s: there is no such option; assay.conf(5) lists them all", shown.p);
}

/* Takes the braces off a list and quotes out of it: on a command line the shell has had its own. */
static struct str bare_list(struct arena *a, struct str text)
{
    char *copy;

    text = str_trim(text);
    if (text.n >= 2 && text.p[0] == '{' && text.p[text.n - 1] == '}')
        text = str_slice(text, 1, text.n - 1);
    copy = str_dup(a, text);
    if (copy == NULL)
        return STR_NONE;
    for (size_t i = 0; i < text.n; i++)
        if (copy[i] == '"')
            copy[i] = ' ';
    return (struct str){copy, text.n};
}

static enum rc set_override(struct arena *a, struct config *c, const char *override, struct err *e)
{
    struct str all = str_of(override);
    size_t eq = str_find(all, '=');
    struct str name = str_trim(str_slice(all, 0, eq));
    struct str text = str_trim(str_slice(all, eq + 1, all.n));
    const struct option *o = option_find(name);
    struct err why = ERR_NONE;
    enum rc rc;

    if (o == NULL)
        return unknown_override(name, e);
    if (eq == all.n)
        return err_set(e, RC_BAD, "-o %s: there is no value; write -o %s=VALUE", o->name, o->name);
    rc = value_set(a, c, o, option_is_list(o) ? bare_list(a, text) : text, &why);
    note_line(c, o, LINE_OVERRIDE);
    return rc == RC_OK ? RC_OK : err_set(e, rc, "-o %s", why.text);
}

static bool is_keyword(const char *id)
{
    return str_eq_nocase(str_of(id), STR("HOSTNAME"));
}

/* RFC 8601 section 2.5: by default the authserv-id is the host's name; HOSTNAME says so in OpenDMARC's files. */
static enum rc name_self(struct arena *a, struct config *c, struct err *e)
{
    char host[HOSTNAME_SIZE];
    const char *copy;
    bool wanted = c->authserv_id[0] == '\0' || is_keyword(c->authserv_id);
    bool trusted = false;

    for (size_t i = 0; i < c->trusted_authserv_ids.n; i++)
        trusted = trusted || is_keyword(c->trusted_authserv_ids.item[i]);
    if (!wanted && !trusted)
        return RC_OK;
    if (hostname_of("", host)[0] == '\0')
        return err_set(e, RC_BAD, "AuthservID: this host has no name; set AuthservID");
    copy = str_dup(a, str_of(host));
    if (copy == NULL)
        return err_set(e, RC_NOMEM, "no memory");
    for (size_t i = 0; i < c->trusted_authserv_ids.n; i++)
        if (is_keyword(c->trusted_authserv_ids.item[i]))
            c->trusted_authserv_ids.item[i] = copy;
    return wanted ? value_set(a, c, option_find(STR("AuthservID")), str_of(host), e) : RC_OK;
}

/* ---- what only shows in combination ---- */

static const char *socket_path(const struct config *c)
{
    const char *colon = strchr(c->socket, ':');

    return colon != NULL && colon[1] == '/' ? colon + 1 : "";
}

static bool same_file(const char *a, const char *b)
{
    return a[0] != '\0' && strcmp(a, b) == 0;
}

static enum rc check_sending(const struct config *c, struct err *e)
{
    if (c->report_relay_auth[0] != '\0' && c->report_tls < REPORT_TLS_ENCRYPT)
        return err_set(e, RC_BAD, "ReportRelayAuth: the password would travel in the clear; set ReportTLS to encrypt "
                       "or verify");
    if (c->report_key[0] != '\0' && c->report_selector[0] == '\0')
        return err_set(e, RC_BAD, "ReportKey: nothing says where its public half is; set ReportSelector");
    if (c->alert_format == ALERT_FORMAT_JIRA && c->alert_queue[0] == '\0')
        return err_set(e, RC_BAD, "AlertFormat: jira wants to know the project; set AlertQueue to its key");
    if (c->alert_format == ALERT_FORMAT_FRESHDESK && c->alert_to[0] == '\0' && c->report_email[0] == '\0')
        return err_set(e, RC_BAD, "AlertFormat: freshdesk wants to know who asks; set ReportEmail, or AlertTo");
    return RC_OK;
}

static enum rc check_combination(const struct config *c, struct err *e)
{
    const char *socket = socket_path(c);

    for (size_t i = 0; c->nameservers.n > 1 && i < c->nameservers.n; i++)
        if (str_eq_nocase(str_of(c->nameservers.item[i]), STR("recursive")))
            return err_set(e, RC_BAD, "Nameservers: \"recursive\" asks the root itself and stands alone; "
                           "remove it or the addresses");
    if (same_file(c->pid_file, c->database) || same_file(socket, c->database) ||
        same_file(socket, c->pid_file))
        return err_set(e, RC_BAD, "Socket, PidFile and Database name the same file; give each its own");
    return check_sending(c, e);
}

/* ---- the files beside ours ---- */

/*
 * Where `option` (text `value`) points: "" for none, and for a file that is
 * missing where nobody said it would be.  NULL without memory.
 */
static const char *beside(struct arena *a, const struct config *c, const char *option, const char *value)
{
    const char *ours = c->file[0] == '\0' ? ASSAY_CONFIG_FILE : c->file;
    const char *slash = strrchr(ours, '/');
    struct strbuf path;

    if (value[0] == '\0')
        return "";
    path = strbuf_new(a, strlen(ours) + strlen(value));
    if (value[0] != '/' && slash != NULL)
        strbuf_put(&path, (struct str){ours, (size_t)(slash + 1 - ours)});
    strbuf_puts(&path, value);
    if (path.over)
        return NULL;
    if (strcmp(value, option_find(str_of(option))->preset) == 0 && access(path.p, F_OK) != 0 && errno == ENOENT)
        return "";
    return path.p;
}

static enum rc read_companions(struct arena *a, struct snapshot *s, struct err *e)
{
    struct config *c = &s->config;
    const char *senders = beside(a, c, "SendersFile", c->senders_file);
    const char *folder = beside(a, c, "SendersFolder", c->senders_folder);
    const char *clients = beside(a, c, "ClientsFile", c->clients_file);
    enum rc rc;

    c->playbooks = beside(a, c, "PlaybookFolder", c->playbook_folder);
    c->policies = beside(a, c, "PolicyFile", c->policy_file);
    if (senders == NULL || folder == NULL || clients == NULL || c->playbooks == NULL || c->policies == NULL)
        return err_set(e, RC_NOMEM, "no memory for the configuration");
    rc = senders_load(senders, folder, &s->senders, e);
    if (rc == RC_OK)
        rc = clients_load(clients, &s->clients, e);
    c->senders = s->senders;
    c->clients = s->clients;
    return rc;
}

static enum rc config_fill(struct arena *a, struct config *c, const char *path, const char *const *overrides,
                           size_t override_count, struct err *e)
{
    struct err why = ERR_NONE;
    enum rc rc = set_defaults(a, c, e);

    c->file = str_dup(a, str_of(path));
    if (c->file == NULL)
        return err_set(e, RC_NOMEM, "no memory for the configuration");
    if (rc == RC_OK && path != NULL)
        rc = set_from_file(a, c, path, e);
    for (size_t i = 0; rc == RC_OK && i < override_count; i++)
        rc = set_override(a, c, overrides[i], e);
    if (rc != RC_OK)
        return rc;
    rc = name_self(a, c, &why);
    if (rc == RC_OK)
        rc = check_combination(c, &why);
    if (rc != RC_OK)
        (void)err_set(e, rc, "%s%s%s", c->file, c->file[0] == '\0' ? "" : ": ", why.text);
    return rc;
}

enum rc config_load(const char *path, const char *const *overrides, size_t override_count,
                    struct config **out, struct err *e)
{
    struct snapshot *s = calloc(1, sizeof *s);
    enum rc rc;

    *out = NULL;
    if (s != NULL)
        s->arena = arena_new(CONFIG_ARENA_MAX);
    if (s == NULL || s->arena == NULL) {
        free(s);
        return err_set(e, RC_NOMEM, "no memory for the configuration");
    }
    rc = config_fill(s->arena, &s->config, path, overrides, override_count, e);
    if (rc == RC_OK)
        rc = read_companions(s->arena, s, e);
    if (rc == RC_OK)
        *out = &s->config;
    else
        config_free(&s->config);
    return rc;
}

void config_free(struct config *c)
{
    if (c == NULL)
        return;
    senders_free(config_of(c)->senders);
    clients_free(config_of(c)->clients);
    arena_free(config_of(c)->arena);
    free(config_of(c));
}

const char *config_where(const struct config *c, const char *option, char *buf, size_t size)
{
    const struct snapshot *s = (const struct snapshot *)(const void *)c;
    const struct option *o = option_find(str_of(option));
    struct strbuf out = strbuf_on(buf, size);
    unsigned line;

    MUST(o != NULL);
    line = s->line[o - option_table];
    if (line == LINE_OVERRIDE)
        strbuf_puts(&out, "-o: ");
    else if (line != LINE_NONE)
        strbuf_putf(&out, "%s:%u: ", c->file, line);
    return buf;
}

const char *config_report_mailbox(const struct config *c, size_t i)
{
    switch (i) {
    case 0: return c->report_email;
    case 1: return c->report_sender;
    default: return i - 2 < c->reports_to.n ? c->reports_to.item[i - 2] : NULL;
    }
}

const char *config_fixed_changes(const struct config *running, const struct config *fresh, char *buf,
                                 size_t size)
{
    struct strbuf out = strbuf_on(buf, size);

    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct option *o = &option_table[i];

        if (o->fixed && !value_equal(running, fresh, o))
            strbuf_putf(&out, "%s%s", out.n == 0 ? "" : ", ", o->name);
    }
    return buf;
}
