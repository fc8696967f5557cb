#include "daemon/options.h"

#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/str.h"

enum { OPTIONS_MEMORY = 256 * 1024, GO_ON = -1 };

static const char program[] = "assay-milter";

static const char usage_text[] =
    "usage: assay-milter [-fnvV] [-c FILE] [-p SOCKET] [-P PIDFILE] [-u USER] [-o NAME=VALUE] [--zone FILE]\n\n"
    "Tests each message that a mail server hands over (SPF, DKIM, ARC, DMARC), stamps\n"
    "Authentication-Results, logs one line, keeps one record.\n\n"
    "  -c FILE         configuration file [" ASSAY_CONFIG_FILE ", if it is there]\n"
    "  -f              stay in the foreground\n"
    "  -n              check the configuration and exit: 0, or 78 and what is wrong\n"
    "  -o NAME=VALUE   set an option for this run\n"
    "  -p SOCKET       as -o Socket=SOCKET\n"
    "  -P PIDFILE      as -o PidFile=PIDFILE\n"
    "  -u USER         as -o UserID=USER\n"
    "  -v              log more; with -n, print the values in force\n"
    "  -Z, --zone FILE rehearse: take DNS from this master file alone\n"
    "  -V, --version   print the version and exit\n"
    "  -h, --help      this text\n\n"
    "assay-milter(8) and assay.conf(5) have it all.\n";

static int options_fail(int code, const char *text)
{
    (void)fprintf(stderr, "%s: %s\n", program, text);
    return code;
}

static int usage_error(const char *text)
{
    (void)fprintf(stderr, "%s: %s; see \"%s --help\"\n", program, text, program);
    return EX_USAGE;
}

/* NAME=VALUE for config_load; `name` NULL: the text has both. */
static int override(struct options *o, const char *name, const char *value)
{
    struct strbuf text = strbuf_new(o->arena, strlen(value) + 32);

    if (o->override_count == OPTIONS_OVERRIDES_MAX)
        return usage_error("too many options");
    if (name != NULL)
        strbuf_putf(&text, "%s=", name);
    strbuf_puts(&text, value);
    if (text.over)
        return options_fail(EX_USAGE, "an option is too long");
    o->override[o->override_count++] = text.p;
    return GO_ON;
}

/* Absolute, since a daemon changes its folder and reads the file again on HUP. */
static int keep_path(struct options *o, const char **out, const char *path)
{
    char full[PATH_MAX];

    *out = str_dup(o->arena, str_of(realpath(path, full) != NULL ? full : path));
    return *out != NULL ? GO_ON : options_fail(EX_USAGE, "a path is too long");
}

static int options_print(const char *text)
{
    (void)fputs(text, stdout);
    return EX_OK;
}

static int options_take(struct options *o, int opt)
{
    switch (opt) {
    case 'c': return keep_path(o, &o->config_file, optarg);
    case 'f': o->foreground = true; return GO_ON;
    case 'n': o->check = true; return GO_ON;
    case 'o': return override(o, NULL, optarg);
    case 'p': return override(o, "Socket", optarg);
    case 'P': return override(o, "PidFile", optarg);
    case 'u': return override(o, "UserID", optarg);
    case 'v': o->verbose = true; return override(o, "LogLevel", "debug");
    case 'Z': return keep_path(o, &o->zone, optarg);
    case 'V': return options_print("assay-milter " ASSAY_VERSION "\n");
    case 'h': return options_print(usage_text);
    default: return usage_error("wrong option");
    }
}

bool options_read(int argc, char **argv, struct options *out, int *code)
{
    static const struct option longs[] = {
        {"zone", required_argument, NULL, 'Z'},
        {"version", no_argument, NULL, 'V'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    int opt;

    *out = (struct options){.arena = arena_new(OPTIONS_MEMORY)};
    *code = out->arena == NULL ? options_fail(EX_OSERR, "no memory") : GO_ON;
    while (*code == GO_ON && (opt = getopt_long(argc, argv, "c:fhno:p:P:u:vVZ:", longs, NULL)) != -1)
        *code = options_take(out, opt);
    if (*code == GO_ON && optind < argc)
        *code = usage_error("takes no arguments");
    if (*code == GO_ON && out->config_file == NULL && access(ASSAY_CONFIG_FILE, F_OK) == 0)
        *code = keep_path(out, &out->config_file, ASSAY_CONFIG_FILE);
    return *code == GO_ON;
}

void options_free(struct options *o)
{
    arena_free(o->arena);
}
