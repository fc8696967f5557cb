/*
 * cli.h - what the subcommands of `assay` share.
 */
#ifndef ASSAY_CLI_CLI_H
#define ASSAY_CLI_CLI_H

#include <getopt.h>
#include <stdbool.h>
#include <sysexits.h>

#include "config/config.h"
#include "dns/dns.h"

struct subcommand {
    const char *name;
    int (*run)(int argc, char **argv); /* argv[0] is "assay NAME"; answers a sysexits(3) code */
    const char *usage;                 /* argument part of the synopsis */
    const char *summary;               /* one line */
    const char *help;                  /* the rest of --help: one line an option, ending in a newline */
    bool asks_dns;                     /* takes CLI_DNS_OPTIONS */
};

/* Each is defined in its own file, cmd_NAME.c, and listed in main.c. */
extern const struct subcommand cmd_check, cmd_spf, cmd_dmarc, cmd_policy, cmd_source, cmd_whatif, cmd_why, cmd_report,
    cmd_import;

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

/* The resolver: --zone or the configured one, --record-dns on top; NULL after saying why (exit EX_NOINPUT). */
struct dns *cli_dns(const struct cli_common *c, const struct config *config);

/*
 * A point of time as people say it: an age, as "90m", "36h", "14d", or a day
 * of UTC, as "2026-11-25".  Milliseconds since the epoch.
 */
bool cli_since(const char *text, int64_t now_ms, int64_t *out);

/* The whole file, or standard input for "-", at most `max` bytes; for free().  NULL with errno. */
char *cli_slurp(const char *path, size_t max, size_t *size);

/* "assay SUB: text" on standard error; answers `code`, so that a failing branch is one line. */
int cli_fail(const struct subcommand *cmd, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* As cli_fail with EX_USAGE, and points at --help. */
int cli_usage(const struct subcommand *cmd, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
