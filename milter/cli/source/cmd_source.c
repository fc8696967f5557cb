/* assay source - the inventory: which services send for which domain, and what people decided of them. */
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/cli.h"
#include "cli/source/sources.h"
#include "cli/source/sources_received.h"
#include "intake/classify.h"
#include "verdict/source.h"
#include "mail/domain.h"
#include "syntax/nearest.h"

enum { ARENA_MAX = 512 * 1024 * 1024, CHANGES_SHOWN = 200, FILE_MAX = 32 * 1024 * 1024 };
enum {
    OPT_DATABASE = CLI_OPT_OWN, OPT_CLIENT, OPT_DOMAIN, OPT_SOURCE, OPT_DRY_RUN, OPT_SINCE, OPT_FAILING, OPT_FIELD
};

struct request {
    struct cli_common common;
    struct arena *arena;
    const char *database; /* --database; NULL: the configured one */
    struct inventory_filter filter;
    struct inventory_edit edit;
    bool edits, dry_run;
    char **word; /* behind the verb */
    int words;
};

/* ---- the database ---- */

static int cmd_source_open_store(struct request *q, enum store_mode mode, struct store **out)
{
    struct config *config = q->database != NULL ? NULL : cli_config(&q->common);
    const char *path = config != NULL ? config->database : q->database;
    bool full_sync = config == NULL || config->database_sync == CONFIG_SYNC_FULL;
    struct err e = ERR_NONE;
    int code = EX_OK;

    *out = NULL;
    if (path == NULL)
        return EX_CONFIG;
    if (path[0] == '\0')
        code = cli_fail(&cmd_source, EX_CONFIG, "no records are kept: Database is empty; name a --database");
    else if (mode == STORE_EDIT && config != NULL && cli_follows(config))
        code = cli_fail(&cmd_source, EX_UNAVAILABLE, "this host follows the inventory of its fleet's centre, which "
                        "alone is changed, for all hosts: name the centre with --database, logging in as an operator "
                        "(Fleet is %s)", config->fleet);
    else if (store_open(path, mode, full_sync, out, &e) != RC_OK)
        code = cli_fail(&cmd_source, mode == STORE_EDIT ? EX_NOPERM : EX_NOINPUT, "%s", e.text);
    config_free(config);
    return code;
}

static int read_rows(struct request *q, struct store *s, struct inventory_row **rows, size_t *n)
{
    struct err e = ERR_NONE;

    if (store_sources(s, q->arena, &q->filter, rows, n, &e) != RC_OK)
        return cli_fail(&cmd_source, EX_NOINPUT, "%s", e.text);
    return EX_OK;
}

/* Who changes things: behind sudo, who called it. */
static const char *author(struct arena *a)
{
    const char *sudo = getenv("SUDO_USER");
    struct passwd *me = getpwuid(getuid());
    struct strbuf who = strbuf_new(a, 100);

    if (geteuid() == 0 && sudo != NULL && sudo[0] != '\0')
        strbuf_put_clean(&who, str_of(sudo), 64);
    else if (me != NULL)
        strbuf_put_clean(&who, str_of(me->pw_name), 64);
    else
        strbuf_putf(&who, "uid %u", (unsigned)getuid());
    return who.p;
}

/* ---- list, export, show ---- */

/* What receivers reported, as JSON. */
static struct jnode *heard_of(struct request *q, const struct inventory_filter *f)
{
    size_t n;

    return sources_received(q->arena, &q->common, q->database, f, true, false, &n);
}

static int cmd_source_list(struct request *q, struct store *s)
{
    struct inventory_row *row;
    size_t n;
    int code = q->words > 0 ? cli_usage(&cmd_source, "unexpected argument \"%s\"", q->word[0])
                            : read_rows(q, s, &row, &n);

    if (code != EX_OK)
        return code;
    if (q->common.json) {
        sources_print_json(row, n, heard_of(q, &q->filter), stdout);
        return EX_OK;
    }
    if (n > 0)
        sources_print_list(row, n, stdout);
    else
        (void)puts("No such source is in the inventory.");
    (void)sources_received(q->arena, &q->common, q->database, &q->filter, false, false, &n);
    return EX_OK;
}

static int export(struct request *q, struct store *s)
{
    struct inventory_row *row;
    size_t n;
    int code = q->words > 0 ? cli_usage(&cmd_source, "unexpected argument \"%s\"", q->word[0])
                            : read_rows(q, s, &row, &n);

    if (code != EX_OK)
        return code;
    if (q->common.json)
        sources_print_json(row, n, NULL, stdout);
    else
        sources_export_csv(row, n, stdout);
    return EX_OK;
}

/* "DOMAIN SOURCE" of the command line, in normal form in q->edit. */
static int take_names(struct request *q)
{
    struct err e = ERR_NONE;

    if (q->words != 2)
        return cli_usage(&cmd_source, "name a domain and a source");
    q->edit.domain = q->word[0];
    q->edit.source = q->word[1];
    return source_words_check(q->arena, &q->edit, &e) == RC_OK ? EX_OK : cli_usage(&cmd_source, "%s", e.text);
}

/* The one entry of q->edit; *row NULL when there is none. */
static int read_one(struct request *q, struct store *s, const struct inventory_row **row)
{
    struct inventory_row *all;
    size_t n;
    int code;

    q->filter = (struct inventory_filter){.client = "", .domain = q->edit.domain, .status = "",
                                          .source = q->edit.source};
    code = read_rows(q, s, &all, &n);
    *row = NULL;
    for (size_t i = 0; code == EX_OK && i < n; i++)
        if (strcmp(all[i].domain, q->edit.domain) == 0)
            *row = &all[i];
    return code;
}

/* One that only receivers have seen. */
static int show_heard_of(struct request *q)
{
    struct jnode *root = q->common.json ? jnode_object() : NULL, *list;
    size_t n;

    list = sources_received(q->arena, &q->common, q->database, &q->filter, root != NULL, true, &n);
    if (n == 0)
        return cli_fail(&cmd_source, EX_UNAVAILABLE, "%s has no entry for %s; \"assay source list\" shows those there "
                        "are", q->edit.domain, q->edit.source);
    if (root != NULL) {
        jnode_put(root, "received", list);
        jnode_print(root, stdout);
    }
    return EX_OK;
}

static int cmd_source_show(struct request *q, struct store *s)
{
    const struct inventory_row *row = NULL;
    struct inventory_change *change;
    struct err e = ERR_NONE;
    size_t n;
    int code = take_names(q);

    if (code == EX_OK)
        code = read_one(q, s, &row);
    if (code != EX_OK)
        return code;
    if (row == NULL)
        return show_heard_of(q);
    if (store_source_changes(s, q->arena, row->domain, row->source, CHANGES_SHOWN, &change, &n, &e) != RC_OK)
        return cli_fail(&cmd_source, EX_NOINPUT, "%s", e.text);
    if (q->common.json) {
        sources_print_entry_json(row, change, n, heard_of(q, &q->filter), stdout);
        return EX_OK;
    }
    sources_print_entry(row, change, n, stdout);
    (void)sources_received(q->arena, &q->common, q->database, &q->filter, false, true, &n);
    return EX_OK;
}

/* ---- set, import ---- */

static int edit(struct request *q, struct store *s, const struct inventory_edit *x, size_t n,
                struct inventory_counts *counts)
{
    struct inventory_author by = {author(q->arena), clock_wall_ms()};
    struct err e = ERR_NONE;
    enum rc rc = store_source_edit(s, x, n, &by, q->dry_run, counts, &e);

    return rc == RC_OK ? EX_OK : cli_fail(&cmd_source, rc == RC_TEMP ? EX_TEMPFAIL : EX_IOERR, "%s", e.text);
}

static void warn_of(const struct inventory_row *row)
{
    const char *remark = row == NULL ? NULL : source_words_remark(row);

    if (remark != NULL)
        (void)cli_fail(&cmd_source, EX_OK, "%s for %s is %s", row->source, row->domain, remark);
}

/*
 * A name that no message will ever bear would be an entry that does nothing: it is of senders.conf, comes with its
 * addresses, or is there already.
 */
static int check_known(struct request *q, struct store *s)
{
    struct config *config = cli_config(&q->common);
    const struct senders *senders = config == NULL ? NULL : config->senders;
    struct nearest near = nearest_to(str_of(q->edit.source));
    const struct inventory_row *row = NULL;
    const char *network = q->edit.field[INVENTORY_network];
    int code = config == NULL ? EX_CONFIG : read_one(q, s, &row);

    if (code == EX_OK && row == NULL && (network == NULL || network[0] == '\0') &&
        senders != NULL && senders_count(senders) > 0 &&
        !source_is_group(q->edit.source) && strcmp(q->edit.source, CLASSIFY_OWN) != 0 &&
        senders_find(senders, str_of(q->edit.source)) == NULL) {
        for (size_t i = 0; i < senders_count(senders); i++)
            nearest_offer(&near, senders_at(senders, i)->name);
        code = cli_fail(&cmd_source, EX_USAGE, "senders.conf has no service named %s%s%s%s", q->edit.source,
                         near.best == NULL ? "; enter it there first, or name its addresses (--network)"
                                           : "; did you mean ",
                         near.best == NULL ? "" : near.best, near.best == NULL ? "" : "?");
    }
    config_free(config);
    return code;
}

static int set(struct request *q, struct store *s)
{
    const struct inventory_row *row = NULL;
    struct inventory_counts counts;
    int code = take_names(q);

    if (code == EX_OK && !q->edits)
        return cli_usage(&cmd_source, "say what to set, such as --status pending --ticket HD-1042");
    if (code == EX_OK)
        code = check_known(q, s);
    if (code == EX_OK)
        code = edit(q, s, &q->edit, 1, &counts);
    if (code == EX_OK)
        code = read_one(q, s, &row);
    if (code != EX_OK)
        return code;
    warn_of(row);
    (void)printf("%s for %s: %s%s\n", q->edit.source, q->edit.domain,
                 counts.created > 0 ? "entered" : counts.changed > 0 ? "changed" : "is so already",
                 q->dry_run ? " (only tried, not written)" : "");
    return EX_OK;
}

static int take_out(struct request *q, struct store *s)
{
    struct inventory_counts counts;
    int code = take_names(q);

    q->edit.remove = true;
    if (code == EX_OK)
        code = edit(q, s, &q->edit, 1, &counts);
    if (code == EX_OK && counts.removed == 0)
        return cli_fail(&cmd_source, EX_UNAVAILABLE, "%s has no entry for %s; \"assay source list\" shows those there "
                        "are", q->edit.domain, q->edit.source);
    if (code == EX_OK)
        (void)printf("%s for %s: removed%s; where the domain is a client's it joins again with the next message\n",
                     q->edit.source, q->edit.domain, q->dry_run ? " (only tried, not written)" : "");
    return code;
}

static int cmd_source_import(struct request *q, struct store *s)
{
    struct inventory_counts counts;
    struct inventory_edit *x;
    struct err e = ERR_NONE;
    struct str text;
    char *file;
    size_t n;
    enum rc rc;
    int code;

    if (q->words != 1)
        return cli_usage(&cmd_source, "name one CSV file, or - for standard input");
    file = cli_slurp(q->word[0], FILE_MAX, &text.n);
    if (file == NULL)
        return cli_fail(&cmd_source, EX_NOINPUT, "cannot read %s: %s", q->word[0], strerror(errno));
    text.p = file;
    rc = sources_read_csv(q->arena, text, &x, &n, &e);
    code = rc == RC_OK ? edit(q, s, x, n, &counts)
                       : cli_fail(&cmd_source, EX_DATAERR, "%s: %s; nothing was imported", q->word[0], e.text);
    free(file);
    if (code == EX_OK)
        (void)printf("%zu entered, %zu changed, %zu as they were%s\n", counts.created, counts.changed, counts.unchanged,
                     q->dry_run ? " (only tried, nothing was written)" : "");
    return code;
}

/* ---- the command line ---- */

static const struct verb {
    const char *name;
    enum store_mode mode;
    int (*run)(struct request *q, struct store *s);
} verbs[] = {
    {"list", STORE_READ, cmd_source_list},  {"show", STORE_READ, cmd_source_show},     {"set", STORE_EDIT, set},
    {"remove", STORE_EDIT, take_out}, {"import", STORE_EDIT, cmd_source_import}, {"export", STORE_READ, export},
};

static int cmd_source_run_verb(struct request *q, const char *name)
{
    const struct verb *v = NULL;
    struct store *s;
    int code;

    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
        if (strcmp(verbs[i].name, name) == 0)
            v = &verbs[i];
    if (v == NULL)
        return cli_usage(&cmd_source, "\"%s\" is not one of list, show, set, remove, import, export", name);
    if (q->edits && v->run != cmd_source_list && v->run != export && v->run != set)
        return cli_usage(&cmd_source, "%s takes none of the options that set fields", name);
    if (v->run == cmd_source_list || v->run == export)
        q->filter.status = q->edit.field[INVENTORY_status] == NULL ? "" : q->edit.field[INVENTORY_status];
    code = cmd_source_open_store(q, v->mode, &s);
    if (code == EX_OK)
        code = v->run(q, s);
    store_close(s);
    return code;
}

static void cmd_source_take_option(struct request *q, int opt)
{
    switch (opt) {
    case OPT_DATABASE: q->database = optarg; break;
    case OPT_CLIENT: q->filter.client = optarg; break;
    case OPT_DOMAIN: q->filter.domain = str_dup_lower(q->arena, str_of(optarg)); break;
    case OPT_SOURCE: q->filter.source = str_dup_lower(q->arena, str_of(optarg)); break;
    case OPT_DRY_RUN: q->dry_run = true; break;
    case OPT_FAILING: q->filter.failing = true; break;
    case OPT_SINCE:
        if (!cli_since(optarg, clock_wall_ms(), &q->filter.since_ms))
            exit(cli_usage(&cmd_source, "--since \"%s\" is not " CLI_WHEN, optarg));
        break;
    default:
        if (opt >= OPT_FIELD && opt < OPT_FIELD + INVENTORY_FIELD_COUNT) {
            q->edit.field[opt - OPT_FIELD] = optarg;
            q->edits = true;
        }
    }
}

static void cmd_source_parse_options(struct request *q, int argc, char **argv)
{
    static const struct option options[] = {
        CLI_LONG_OPTIONS,
        {"database", required_argument, NULL, OPT_DATABASE}, {"client", required_argument, NULL, OPT_CLIENT},
        {"domain", required_argument, NULL, OPT_DOMAIN}, {"source", required_argument, NULL, OPT_SOURCE},
        {"dry-run", no_argument, NULL, OPT_DRY_RUN}, {"since", required_argument, NULL, OPT_SINCE},
        {"failing", no_argument, NULL, OPT_FAILING},
        {"status", required_argument, NULL, OPT_FIELD + INVENTORY_status},
        {"vendor", required_argument, NULL, OPT_FIELD + INVENTORY_vendor},
        {"platform", required_argument, NULL, OPT_FIELD + INVENTORY_platform},
        {"kind", required_argument, NULL, OPT_FIELD + INVENTORY_kind},
        {"sending-domain", required_argument, NULL, OPT_FIELD + INVENTORY_sending_domain},
        {"dkim-selectors", required_argument, NULL, OPT_FIELD + INVENTORY_dkim_selectors},
        {"spf-include", required_argument, NULL, OPT_FIELD + INVENTORY_spf_include},
        {"return-path", required_argument, NULL, OPT_FIELD + INVENTORY_return_path},
        {"owner", required_argument, NULL, OPT_FIELD + INVENTORY_owner},
        {"ticket", required_argument, NULL, OPT_FIELD + INVENTORY_ticket},
        {"note", required_argument, NULL, OPT_FIELD + INVENTORY_note},
        {"network", required_argument, NULL, OPT_FIELD + INVENTORY_network}, {NULL, 0, NULL, 0},
    };
    int opt;

    while ((opt = getopt_long(argc, argv, CLI_SHORT_OPTIONS, options, NULL)) != -1)
        if (!cli_common_option(&q->common, &cmd_source, opt))
            cmd_source_take_option(q, opt);
}

static int cmd_source_run(int argc, char **argv)
{
    struct request q = {.arena = arena_new(ARENA_MAX),
                        .filter = {.client = "", .domain = "", .status = "", .source = ""}};
    int code;

    if (q.arena == NULL)
        return cli_fail(&cmd_source, EX_OSERR, "out of memory");
    cmd_source_parse_options(&q, argc, argv);
    q.word = argv + optind + 1;
    q.words = argc - optind - 1;
    code = optind < argc ? cmd_source_run_verb(&q, argv[optind])
                         : cli_usage(&cmd_source, "name a verb: list, show, set, remove, import or export");
    arena_free(q.arena);
    return code;
}

const struct subcommand cmd_source = {
    .name = "source",
    .run = cmd_source_run,
    .pages = true,
    .usage = "list | show DOMAIN SOURCE | set DOMAIN SOURCE | remove DOMAIN SOURCE | import FILE.csv | export",
    .summary = "The inventory: which services send for which domain, and what was decided of them",
    .help = "list and export (CSV, or --json) take these filters:\n"
            "  --client NAME           domains of this client\n"
            "  --domain NAME           this domain and those below it\n"
            "  --source NAME           this source\n"
            "  --status WORD           approved, unknown, retired, malicious or pending\n"
            "  --since WHEN            seen since then: 14d, 2026-11-25, monday\n"
            "  --failing               only those of which a message failed DMARC\n\n"
            "set takes these, and enters the source where it is not there:\n"
            "  --status WORD           as above\n"
            "  --owner TEXT            business owner\n"
            "  --ticket TEXT           ticket reference: stands in every later log line of the source\n"
            "  --note TEXT             anything else\n"
            "  --vendor TEXT           who runs the service\n"
            "  --platform TEXT         which product of theirs\n"
            "  --kind WORD             identity, marketing, billing, crm, ticketing, website, shadow-it ...\n"
            "  --sending-domain NAME   domain it sends as\n"
            "  --dkim-selectors TEXT   its DKIM selectors\n"
            "  --spf-include NAME      its SPF include\n"
            "  --return-path NAME      domain of its reverse-path\n"
            "  --network LIST          its addresses and networks, as 203.0.113.0/28: what sends for DOMAIN from\n"
            "                          there is SOURCE, which may then be any name\n\n"
            "set, remove and import:\n"
            "  --dry-run               say what would change, and change nothing\n"
            "  --database FILE         this database, not the configured one\n\n",
};
