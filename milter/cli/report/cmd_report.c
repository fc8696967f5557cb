/* assay report - aggregate reports to domain owners; one file a verb (report_*.c). */
#include <stdio.h>

#include "base/database_url.h"
#include "cli/report/report.h"
#include "db/dbfile.h"
#include "mail/domain.h"
#include "records/schema.h"
#include "report/period.h"

enum { ARENA_MAX = 64 * 1024 * 1024 };

static const struct subcommand *const verbs[] = {&report_build, &report_show, &report_list, &report_send,
                                                 &report_retry, &report_bounce, NULL};

static int cmd_report_run(int argc, char **argv)
{
    return cli_verbs(&cmd_report, verbs, argc, argv);
}

const struct subcommand cmd_report = {
    .name = "report",
    .run = cmd_report_run,
    .usage = "VERB",
    .summary = "DMARC aggregate reports to the owners of domains",
    .help = "",
};

/* ---- what the verbs share ---- */

static enum rc open_database(const char *path, bool write, struct db **out, struct err *e)
{
    enum rc rc = database_url_is(str_of(path)) ? RC_OK : dbfile_readable(path, e); /* writing would make one */

    if (rc != RC_OK)
        return rc;
    return write ? db_open_write(path, &records_schema, true, out, e) : db_open_read(path, &records_schema, out, e);
}

static int read_config(const struct subcommand *cmd, const struct cli_common *c, struct report_place *out)
{
    *out = (struct report_place){.config = cli_config(c), .arena = arena_new(ARENA_MAX)};
    if (out->config == NULL)
        return EX_CONFIG;
    return out->arena == NULL ? cli_fail(cmd, EX_OSERR, "out of memory") : EX_OK;
}

static int open_place(const struct subcommand *cmd, const char *where, bool write, struct report_place *out)
{
    struct err e = ERR_NONE;
    enum rc rc;

    if (where[0] == '\0')
        return cli_fail(cmd, EX_CONFIG, "no records are kept: Database is empty; name a --database");
    out->where = where;
    rc = open_database(where, write, &out->db, &e);
    if (rc == RC_OK)
        return EX_OK;
    if (!database_url_is(str_of(where)))
        return cli_fail(cmd, EX_NOINPUT, "%s", e.text);
    return cli_fail(cmd, rc == RC_TEMP ? EX_TEMPFAIL : rc == RC_IO ? EX_NOPERM : EX_NOINPUT, "%s", e.text);
}

/* Where reports to domain owners are. */
static const char *outbox_place(const struct config *c, const char *file)
{
    return file != NULL ? file : c->fleet[0] != '\0' ? c->fleet : c->database;
}

int report_open(const struct subcommand *cmd, const struct cli_common *c, const char *file, bool write,
                struct report_place *out)
{
    int code = read_config(cmd, c, out);

    return code == EX_OK ? open_place(cmd, file != NULL ? file : out->config->database, write, out) : code;
}

int report_open_outbox(const struct subcommand *cmd, const struct cli_common *c, const char *file, bool write,
                       struct report_place *out)
{
    int code = read_config(cmd, c, out);

    return code == EX_OK ? open_place(cmd, outbox_place(out->config, file), write, out) : code;
}

int report_open_for_owners(const struct subcommand *cmd, const struct cli_common *c, const char *file,
                           struct report_place *out)
{
    int code = read_config(cmd, c, out);

    if (code != EX_OK || out->config->report_email[0] != '\0')
        return code == EX_OK ? open_place(cmd, outbox_place(out->config, file), true, out) : code;
    if (c->json)
        (void)puts("{}");
    return cli_fail(cmd, EX_OK, "ReportEmail is not set, so there are no reports; set it to the address that answers "
                    "for them");
}

int report_reopen(const struct subcommand *cmd, struct report_place *p)
{
    return open_place(cmd, p->where, true, p);
}

const char *report_host(const struct config *c, char to[static HOSTNAME_SIZE])
{
    return hostname_of(c->fleet_host, to)[0] != '\0' ? to : "another machine";
}

void report_close(struct report_place *p)
{
    db_close(p->db);
    arena_free(p->arena);
    config_free(p->config);
}

int report_parse_day(const struct subcommand *cmd, const char *text, int64_t *begin_s)
{
    return period_parse(str_of(text), begin_s) ? EX_OK
                                               : cli_usage(cmd, "--day \"%s\" is not a day; write YYYY-MM-DD", text);
}

int report_parse_domain(const struct subcommand *cmd, struct arena *a, const char *text, const char **out)
{
    if (domain_normalize(a, str_of(text), out) == RC_OK)
        return EX_OK;
    return cli_usage(cmd, "--domain \"%s\" is not a domain name", text);
}
