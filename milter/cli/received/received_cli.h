/*
 * received_cli.h - what the verbs of `assay received` share.
 */
#ifndef ASSAY_CLI_RECEIVED_RECEIVED_CLI_H
#define ASSAY_CLI_RECEIVED_RECEIVED_CLI_H

#include "base/arena.h"
#include "cli/cli.h"
#include "desk/sheet.h"
#include "formats/json.h"
#include "intake/intake.h"
#include "received/journal.h"

/* Each verb is a subcommand of its own, "received VERB", in a file of that name; cmd_received.c lists them. */
extern const struct subcommand received_add, received_list, received_show, received_retry,
    received_fetch;

/* Options of every verb; own ones follow from RECEIVED_OPT_OWN on. */
enum { RECEIVED_OPT_DATABASE = CLI_OPT_OWN, RECEIVED_OPT_OWN };
#define RECEIVED_LONG_OPTIONS CLI_LONG_OPTIONS, {"database", required_argument, NULL, RECEIVED_OPT_DATABASE}
#define RECEIVED_HELP "  --database FILE         use this database, not the configured one\n"

/* What a verb that reads works with. */
struct received_place {
    struct config *config;
    struct arena *arena;
    struct db *db;
};

/*
 * Loads the configuration and opens the database (`file`, or NULL for the
 * configured one) for reading.  EX_OK, or what to exit with after saying why;
 * received_close either way.
 */
int received_open(const struct subcommand *cmd, const struct cli_common *c, const char *file,
                  struct received_place *out);
void received_close(struct received_place *p);

/* The database that the options name; NULL after saying that there is none. */
const char *received_database(const struct subcommand *cmd, const struct config *config, const char *file);

/* Says on standard error what does not work and stopped nothing, if anything. */
void received_say_trouble(const struct subcommand *cmd, const struct intake *in);

/* The service's own name, "Mailchimp"; for what nobody names, the words of the group. */
const char *received_title(const struct received_place *p, const char *source);

/* Seconds since the epoch to the minute, in UTC: "2026-11-22 10:30"; returns `buf`. */
const char *received_minute(int64_t s, char buf[static SHEET_TIME_MAX]);

/* A mail or file that was taken in, as `list` and `show` give it to programs; the caller's. */
struct jnode *received_json(const struct received_item *item);

/*
 * A failure report, and one of TLS, by their ids: printed, or (`part` not
 * NULL) put into that object as "failure" and "tls"; at most `max` policies
 * and details.  RC_NOTFOUND when it is no longer kept.
 */
enum rc received_show_failure(struct received_place *p, const struct sheet *s, int64_t id, struct jnode *part,
                              struct err *e);
enum rc received_show_tls(struct received_place *p, const struct sheet *s, int64_t id, size_t max, struct jnode *part,
                          struct err *e);

#endif
