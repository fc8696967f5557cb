/* assay-keeper - holds accounts and sessions of the pages, and makes the changes that are asked for there. */
#include <errno.h>
#include <getopt.h>
#include <pthread.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/database_url.h"
#include "config/config.h"
#include "keeper/server.h"
#include "records/centre.h"

static const char program[] = "assay-keeper";
enum { OVERRIDES_MAX = 64 };

static void main_usage(FILE *to)
{
    (void)fputs("usage: assay-keeper [-n] [-c FILE] [-o NAME=VALUE]\n\n"
                "Holds the accounts and sessions of assay-web, and makes the changes asked for there.\n\n"
                "  -c, --config FILE       read this file, not " ASSAY_CONFIG_FILE "\n"
                "  -o, --option NAME=VALUE as if the file said so; may be given several times\n"
                "  -n, --check             say whether the configuration is right, and end\n"
                "  -V, --version           the version\n"
                "  -h, --help              this text\n", to);
}

struct arguments {
    const char *file, *override[OVERRIDES_MAX];
    size_t overrides;
    bool check;
};

/* EX_OK, or what to exit with. */
static int main_read_arguments(int argc, char **argv, struct arguments *out)
{
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'}, {"option", required_argument, NULL, 'o'},
        {"check", no_argument, NULL, 'n'}, {"version", no_argument, NULL, 'V'}, {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    int opt;

    while ((opt = getopt_long(argc, argv, "c:o:nVh", options, NULL)) != -1) {
        switch (opt) {
        case 'c': out->file = optarg; break;
        case 'n': out->check = true; break;
        case 'o':
            if (out->overrides == OVERRIDES_MAX)
                return EX_USAGE;
            out->override[out->overrides++] = optarg;
            break;
        case 'V': (void)puts("assay-keeper " ASSAY_VERSION); return -1;
        case 'h': main_usage(stdout); return -1;
        default: main_usage(stderr); return EX_USAGE;
        }
    }
    if (optind == argc)
        return EX_OK;
    main_usage(stderr);
    return EX_USAGE;
}

/* A descriptor that can be read once the process shall stop; signals reach no thread any more. */
static int stop_descriptor(void)
{
    sigset_t set;

    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)pthread_sigmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_CLOEXEC);
}

static int keeper_fail(int code, const char *text)
{
    (void)fprintf(stderr, "%s: %s\n", program, text);
    return code;
}

static int serve(const struct config *c)
{
    const struct rlimit none = {.rlim_cur = 0, .rlim_max = 0};
    const struct passwd *web = getpwnam(c->web_user);
    struct keeper *k = NULL;
    struct err e = ERR_NONE;
    int fd = -1, stop = stop_descriptor();
    enum rc rc;

    (void)setrlimit(RLIMIT_CORE, &none); /* passwords */
    (void)prctl(PR_SET_DUMPABLE, 0);
    log_open(program, c->syslog, str_of(c->syslog_facility), (enum log_level)c->log_level);
    rc = keeper_open(c, &k, &e);
    if (rc == RC_OK)
        rc = server_listen(c->keeper_socket, &fd, &e);
    if (rc == RC_OK) {
        log_write(LOG_LEVEL_INFO, NULL, "answers at %s", c->keeper_socket);
        rc = server_run(fd, stop, k, web != NULL ? web->pw_uid : geteuid(), &e);
        (void)close(fd);
        (void)unlink(c->keeper_socket);
    }
    keeper_close(k);
    (void)close(stop);
    return rc == RC_OK ? EX_OK : keeper_fail(rc == RC_BAD ? EX_CONFIG : EX_UNAVAILABLE, e.text);
}

int main(int argc, char **argv)
{
    struct arguments a = {.file = NULL};
    struct config *c = NULL;
    struct err e = ERR_NONE;
    int code = main_read_arguments(argc, argv, &a);

    store_engine_use(centre_engine);
    if (code != EX_OK)
        return code < 0 ? EX_OK : code;
    if (a.file == NULL && access(ASSAY_CONFIG_FILE, F_OK) == 0)
        a.file = ASSAY_CONFIG_FILE;
    if (config_load(a.file, a.override, a.overrides, &c, &e) != RC_OK)
        return keeper_fail(EX_CONFIG, e.text);
    if (geteuid() == 0)
        code = keeper_fail(EX_USAGE, "will not run as root; start it as the user of assay-milter (its unit does)");
    else if (c->database[0] == '\0')
        code = keeper_fail(EX_CONFIG, "no records are kept: Database is empty");
    else if (centre_engine == NULL && database_url_is(str_of(c->database)))
        code = keeper_fail(EX_CONFIG, "Database names a fleet's centre: this program was built without PostgreSQL");
    else
        code = a.check ? EX_OK : serve(c);
    config_free(c);
    log_close();
    return code;
}
