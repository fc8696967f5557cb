/*
 * report.h - what the verbs of `assay report` share.
 */
#ifndef ASSAY_CLI_REPORT_REPORT_H
#define ASSAY_CLI_REPORT_REPORT_H

#include "base/arena.h"
#include "base/hostname.h"
#include "cli/cli.h"
#include "db/db.h"

/* Each verb is a subcommand of its own, "report VERB", in a file report_VERB.c; cmd_report.c lists them. */
extern const struct subcommand report_build, report_show, report_list;
extern const struct subcommand report_send, report_retry, report_bounce;

/* Options of every verb; own ones follow from REPORT_OPT_OWN on. */
enum { REPORT_OPT_DATABASE = CLI_OPT_OWN, REPORT_OPT_DAY, REPORT_OPT_DOMAIN, REPORT_OPT_OWN };
#define REPORT_LONG_OPTIONS CLI_LONG_OPTIONS, {"database", required_argument, NULL, REPORT_OPT_DATABASE}
#define REPORT_HELP "  --database FILE         use this database, not the configured one\n"

/* What a verb works with. */
struct report_place {
    struct config *config;
    struct arena *arena;
    const char *where; /* the database's file or URL */
    struct db *db;
};

/* This machine's name among others: FleetHost, or as the system calls it; it may stand in `to`. */
const char *report_host(const struct config *c, char to[static HOSTNAME_SIZE]);

/*
 * Loads the configuration and opens the database (`file`, or NULL for the
 * configured one), which must be there.  EX_OK, or what to exit with after
 * saying why; report_close either way.
 */
int report_open(const struct subcommand *cmd, const struct cli_common *c, const char *file, bool write,
                struct report_place *out);

/*
 * The same for what is about reports to domain owners, which in a fleet are
 * in its centre: where no `file` is named, that is Fleet.  EX_TEMPFAIL when it is away.
 */
int report_open_outbox(const struct subcommand *cmd, const struct cli_common *c, const char *file, bool write,
                       struct report_place *out);

/* Opens for writing again what was closed meanwhile (report_place.db). */
int report_reopen(const struct subcommand *cmd, struct report_place *p);
void report_close(struct report_place *p);

/*
 * As report_open_outbox for writing, for what makes or mails reports to domain
 * owners.  Without ReportEmail there are none, which is no failure, since the
 * timers run everywhere: it says so, and answers EX_OK with out->db NULL.
 */
int report_open_for_owners(const struct subcommand *cmd, const struct cli_common *c, const char *file,
                           struct report_place *out);

/* --day: YYYY-MM-DD as the day's first second.  EX_OK, or EX_USAGE after saying what is wrong. */
int report_parse_day(const struct subcommand *cmd, const char *text, int64_t *begin_s);

/* --domain: its normal form, in the arena.  As above. */
int report_parse_domain(const struct subcommand *cmd, struct arena *a, const char *text, const char **out);

/*
 * Where the database is the centre of a fleet: waits until the records of the
 * day are there of all hosts, at most until ReportWait after its end, and not
 * at all `at_once`; then a line on standard error tells of each host that is
 * missing, and *lacking, in the arena, names them.  EX_OK, or what to exit with after saying why.
 */
int report_wait(const struct subcommand *cmd, struct report_place *p, int64_t begin_s, bool at_once,
                const char **lacking);

#endif
