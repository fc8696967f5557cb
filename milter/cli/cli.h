/*
 * cli.h - what the subcommands of `assay` share.
 */
#ifndef ASSAY_CLI_CLI_H
#define ASSAY_CLI_CLI_H

#include <getopt.h>
#include <stdbool.h>
#include <sysexits.h>

#include "config/config.h"
#include "desk/sheet.h"
#include "dns/dns.h"

struct subcommand {
    const char *name;
    int (*run)(int argc, char **argv); /* argv[0] is "assay NAME"; answers a sysexits(3) code */
    const char *usage;                 /* argument part of the synopsis */
    const char *summary;               /* one line */
    const char *help;                  /* the rest of --help: one line an option, ending in a newline */
    bool asks_dns;                     /* takes CLI_DNS_OPTIONS */
    bool pages;                        /* its answers may be long, and nobody waits for them to come bit by bit */
};

/* Each is defined in its own file, cmd_NAME.c, and listed in main.c. */
extern const struct subcommand cmd_check, cmd_spf, cmd_dmarc, cmd_policy, cmd_source, cmd_whatif, cmd_why, cmd_report,
    cmd_import, cmd_domain, cmd_received, cmd_who, cmd_watch, cmd_today, cmd_episode, cmd_policystage, cmd_changes,
    cmd_client, cmd_account, cmd_exception, cmd_close, cmd_reportclient, cmd_fleet;

/* Options that every subcommand takes, or every one that asks DNS. */
enum { CLI_OVERRIDES_MAX = 64, CLI_OPT_ZONE = 1000, CLI_OPT_RECORD_DNS, CLI_OPT_JSON, CLI_OPT_HELP, CLI_OPT_OWN };

struct cli_common {
    const char *config_file; /* -c; NULL: /etc/assay/assay.conf if it is there */
    const char *override[CLI_OVERRIDES_MAX]; /* -o NAME=VALUE */
    size_t override_count;
    const char *zone;        /* --zone */
    const char *record_dns;  /* --record-dns */
    bool json;
};

/* getopt_long pieces: own long options follow with values from CLI_OPT_OWN on. */
#define CLI_SHORT_OPTIONS "c:o:h"
#define CLI_LONG_OPTIONS {"json", no_argument, NULL, CLI_OPT_JSON}, {"help", no_argument, NULL, CLI_OPT_HELP}
#define CLI_DNS_OPTIONS \
    {"zone", required_argument, NULL, CLI_OPT_ZONE}, {"record-dns", required_argument, NULL, CLI_OPT_RECORD_DNS}

/*
 * Takes one option that getopt_long returned.  True when it was a common one;
 * prints help and exits for -h, and exits EX_USAGE for an unknown one.
 */
bool cli_common_option(struct cli_common *c, const struct subcommand *cmd, int opt);

/* As if "-o SETTING" had been given; exits EX_USAGE when there are too many. */
void cli_override(struct cli_common *c, const struct subcommand *cmd, const char *setting);

/* The configuration these options ask for; on failure says why on standard error and answers NULL (exit EX_CONFIG). */
struct config *cli_config(const struct cli_common *c);

/* Whether this is a host of a fleet: Database is its own file, and what people decide is the centre's (Fleet). */
bool cli_follows(const struct config *c);

/*
 * For a subcommand of verbs, each a subcommand of its own named "CMD VERB":
 * runs the one that argv[1] names, or prints their help.  `verbs` ends in NULL.
 */
int cli_verbs(const struct subcommand *cmd, const struct subcommand *const *verbs, int argc, char **argv);

/* The resolver: --zone or the configured one, --record-dns on top; NULL after saying why (exit EX_NOINPUT). */
struct dns *cli_dns(const struct cli_common *c, const struct config *config);

/*
 * A point of time as people say it: an age, as "90m", "36h", "14d", "2w"; a
 * day of local time, as "2026-11-25", "today", "yesterday", "monday" (the last
 * one that began), which is where it begins; a time of a day, as
 * "2026-11-25 14:30", "yesterday 14:30" or "14:30".  Milliseconds since the epoch.
 */
bool cli_since(const char *text, int64_t now_ms, int64_t *out);

/* As cli_since, of a day: its beginning and that of the next one.  False for what is not a day. */
bool cli_day(const char *text, int64_t now_ms, int64_t *begin, int64_t *end);
#define CLI_WHEN "an age (90m, 36h, 14d), a day (2026-11-25, yesterday, monday) or a time (\"2026-11-25 14:30\", 14:30)"

/* The whole file, or standard input for "-", at most `max` bytes; for free().  NULL with errno. */
char *cli_slurp(const char *path, size_t max, size_t *size);

/*
 * Where answers for people go: standard output, and where that is a terminal
 * (or a pager in front of one) its width, and colour unless NO_COLOR is set.
 */
struct sheet cli_sheet(const struct cli_common *c, struct arena *a);

/*
 * Where standard input and output are terminals: puts a pager (PAGER, else
 * less) behind standard output.  Goes on in a child; call it before anything is open.
 */
void cli_page(int argc, char **argv);

/* The exit code of a failed `rc`: EX_TEMPFAIL, EX_NOPERM, or what else it is there. */
int cli_exit(enum rc rc, int otherwise);

/* "assay SUB: text" on standard error; answers `code`, so that a failing branch is one line. */
int cli_fail(const struct subcommand *cmd, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* As cli_fail with EX_USAGE, and points at --help. */
int cli_usage(const struct subcommand *cmd, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
