/* assay report - aggregate reports to domain owners; one file a verb (report_*.c). */
#include <stdio.h>
#include <string.h>

#include "cli/report.h"
#include "mail/domain.h"
#include "report/period.h"
#include "store/dbfile.h"

enum { ARENA_MAX = 64 * 1024 * 1024 };

static const struct subcommand *const verbs[] = {&report_build, &report_show, &report_list, &report_send,
                                                 &report_retry, &report_bounce, NULL};

/* "report list" and `list`. */
static const char *word_of(const struct subcommand *verb)
{
    return verb->name + strlen("report ");
}

static const struct subcommand *find(const char *word)
{
    for (size_t i = 0; verbs[i] != NULL; i++)
        if (strcmp(word_of(verbs[i]), word) == 0)
            return verbs[i];
    return NULL;
}

static void help(void)
{
    (void)printf("usage: assay report VERB [options]\n\n%s.\n\n", cmd_report.summary);
    for (size_t i = 0; verbs[i] != NULL; i++)
        (void)printf("  %-10s %s\n", word_of(verbs[i]), verbs[i]->summary);
    (void)puts("\n\"assay report VERB --help\" tells its options; assay(1) has it all.");
}

static int run(int argc, char **argv)
{
    const struct subcommand *verb;
    char name[60];

    if (argc >= 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        help();
        return EX_OK;
    }
    if (argc < 2)
        return cli_usage(&cmd_report, "name a verb");
    verb = find(argv[1]);
    if (verb == NULL)
        return cli_usage(&cmd_report, "no verb \"%s\"", argv[1]);
    (void)snprintf(name, sizeof name, "assay %s", verb->name);
    argv[1] = name; /* getopt complains in its name */
    return verb->run(argc - 1, argv + 1);
}

const struct subcommand cmd_report = {
    .name = "report",
    .run = run,
    .usage = "VERB",
    .summary = "DMARC aggregate reports to the owners of domains",
    .help = "",
};

/* ---- what the verbs share ---- */

static enum rc open_database(const char *path, bool write, struct db **out, struct err *e)
{
    enum rc rc = dbfile_readable(path, e); /* writing would make one */

    if (rc != RC_OK)
        return rc;
    return write ? db_open_write(path, true, out, e) : db_open_read(path, out, e);
}

int report_open(const struct subcommand *cmd, const struct cli_common *c, const char *file, bool write,
                struct report_place *out)
{
    struct err e = ERR_NONE;

    *out = (struct report_place){.config = cli_config(c), .arena = arena_new(ARENA_MAX)};
    if (out->config == NULL)
        return EX_CONFIG;
    if (out->arena == NULL)
        return cli_fail(cmd, EX_OSERR, "out of memory");
    if (file == NULL && out->config->database[0] == '\0')
        return cli_fail(cmd, EX_CONFIG, "no records are kept: Database is empty; name a --database");
    if (open_database(file != NULL ? file : out->config->database, write, &out->db, &e) != RC_OK)
        return cli_fail(cmd, EX_NOINPUT, "%s", e.text);
    return EX_OK;
}

void report_close(struct report_place *p)
{
    db_close(p->db);
    arena_free(p->arena);
    config_release(p->config);
}

int report_parse_day(const struct subcommand *cmd, const char *text, int64_t *begin_s)
{
    return period_parse(str_of(text), begin_s) ? EX_OK
                                               : cli_usage(cmd, "--day \"%s\" is no day; write YYYY-MM-DD", text);
}

int report_parse_domain(const struct subcommand *cmd, struct arena *a, const char *text, const char **out)
{
    return domain_normalize(a, str_of(text), out) == RC_OK ? EX_OK
                                                           : cli_usage(cmd, "--domain \"%s\" is no domain name", text);
}
