/* Options, configuration, resolver and complaints, the same in every subcommand. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "auth/auth.h"
#include "base/database_url.h"
#include "cli/cli.h"

static const char dns_help[] =
    "DNS:\n"
    "  --zone FILE             take DNS from this master file alone\n"
    "  --record-dns FILE       write the DNS answers used to FILE, for --zone\n";

static const char common_help[] =
    "Options of every subcommand:\n"
    "  --json                  answer in JSON\n"
    "  -c FILE                 configuration file, instead of " ASSAY_CONFIG_FILE "\n"
    "  -o NAME=VALUE           set an option of assay.conf(5) for this run\n"
    "  -h, --help              this text\n";

static void common_print_help(const struct subcommand *cmd)
{
    (void)printf("usage: assay %s [options]%s%s\n\n%s.\n\n%s%s%s", cmd->name, cmd->usage[0] == '\0' ? "" : " ",
                 cmd->usage, cmd->summary, cmd->help,
                 cmd->asks_dns ? dns_help : "", common_help);
}

static void common_say(const struct subcommand *cmd, const char *fmt, va_list ap)
{
    (void)fprintf(stderr, "assay %s: ", cmd->name);
    (void)vfprintf(stderr, fmt, ap);
}

int cli_exit(enum rc rc, int otherwise)
{
    return rc == RC_TEMP ? EX_TEMPFAIL : rc == RC_IO ? EX_NOPERM : otherwise;
}

int cli_fail(const struct subcommand *cmd, int code, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    common_say(cmd, fmt, ap);
    va_end(ap);
    (void)fputc('\n', stderr);
    return code;
}

int cli_usage(const struct subcommand *cmd, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    common_say(cmd, fmt, ap);
    va_end(ap);
    (void)fprintf(stderr, "; see \"assay %s --help\"\n", cmd->name);
    return EX_USAGE;
}

void cli_override(struct cli_common *c, const struct subcommand *cmd, const char *setting)
{
    if (c->override_count == CLI_OVERRIDES_MAX)
        exit(cli_usage(cmd, "more than %d -o options", CLI_OVERRIDES_MAX));
    c->override[c->override_count++] = setting;
}

bool cli_common_option(struct cli_common *c, const struct subcommand *cmd, int opt)
{
    switch (opt) {
    case 'c': c->config_file = optarg; return true;
    case 'o': cli_override(c, cmd, optarg); return true;
    case CLI_OPT_ZONE: c->zone = optarg; return true;
    case CLI_OPT_RECORD_DNS: c->record_dns = optarg; return true;
    case CLI_OPT_JSON: c->json = true; return true;
    case 'h':
    case CLI_OPT_HELP: common_print_help(cmd); exit(EX_OK);
    case '?':
    case ':': (void)fprintf(stderr, "see \"assay %s --help\"\n", cmd->name); exit(EX_USAGE);
    default: return false;
    }
}

bool cli_follows(const struct config *c)
{
    return c->fleet[0] != '\0' && c->database[0] != '\0' && !database_url_is(str_of(c->database));
}

struct config *cli_config(const struct cli_common *c)
{
    const char *path = c->config_file;
    struct config *config = NULL;
    struct err e = ERR_NONE;

    if (path == NULL && access(ASSAY_CONFIG_FILE, R_OK) == 0)
        path = ASSAY_CONFIG_FILE;
    if (config_load(path, c->override, c->override_count, &config, &e) != RC_OK)
        (void)fprintf(stderr, "assay: %s\n", e.text);
    return config;
}

struct dns *cli_dns(const struct cli_common *c, const struct config *config)
{
    struct err e = ERR_NONE;
    struct dns *dns = c->zone != NULL ? dns_open_zone(c->zone, &e) : auth_open_dns(config, &e);

    if (dns != NULL && c->record_dns != NULL && dns_record_to(dns, c->record_dns, &e) != RC_OK) {
        dns_close(dns);
        dns = NULL;
    }
    if (dns == NULL)
        (void)fprintf(stderr, "assay: %s\n", e.text);
    return dns;
}

char *cli_slurp(const char *path, size_t max, size_t *size)
{
    FILE *in = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
    char *text = NULL;
    size_t cap = 0, n = 0;

    while (in != NULL && !ferror(in) && !feof(in) && n <= max) {
        char *grown = n < cap ? text : realloc(text, cap = cap == 0 ? 65536 : 2 * cap);

        if (grown == NULL)
            break;
        text = grown;
        n += fread(text + n, 1, cap - n, in);
    }
    if (in == NULL || ferror(in) || !feof(in)) {
        int why = in != NULL && n > max ? EFBIG : errno;

        free(text);
        text = NULL;
        errno = why;
    }
    if (in != NULL && in != stdin)
        (void)fclose(in);
    *size = n;
    return text;
}
