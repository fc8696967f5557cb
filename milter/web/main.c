/* assay-web - the pages: reads the records, and changes nothing. */
#include <getopt.h>
#include <pthread.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/database_url.h"
#include "base/siphash.h"
#include "records/centre.h"
#include "web/door.h"
#include "web/files.h"
#include "web/listen.h"
#include "web/worker.h"

static const char program[] = "assay-web";
enum { OVERRIDES_MAX = 64, PROXY_USERS_MAX = 16 };

static void web_usage(FILE *to)
{
    (void)fputs("usage: assay-web [-n] [-c FILE] [-o NAME=VALUE]\n\n"
                "Serves the pages; reads the records and changes nothing.\n\n"
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

/* EX_OK, or what to exit with; -1 to end well. */
static int read_arguments(int argc, char **argv, struct arguments *out)
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
        case 'V': (void)puts("assay-web " ASSAY_VERSION); return -1;
        case 'h': web_usage(stdout); return -1;
        default: web_usage(stderr); return EX_USAGE;
        }
    }
    if (optind == argc)
        return EX_OK;
    web_usage(stderr);
    return EX_USAGE;
}

static int web_fail(int code, const char *text)
{
    (void)fprintf(stderr, "%s: %s\n", program, text);
    return code;
}

/* The path of the style sheet changes with what is in it, so that it may be kept for a year. */
static const char *style_path(char buf[static 64])
{
    static const unsigned char key[SIPHASH_KEY_BYTES] = "assay-web-style";

    (void)snprintf(buf, 64, "/style/%016llx.css", (unsigned long long)siphash(key, file_style, file_style_size));
    return buf;
}

static enum rc find_proxy_users(const struct config *c, uid_t uid[static PROXY_USERS_MAX], size_t *n, struct err *e)
{
    *n = 0;
    if (c->web_proxy_socket[0] == '\0')
        return RC_OK;
    for (size_t i = 0; i < c->web_proxy_users.n && *n < PROXY_USERS_MAX; i++) {
        const struct passwd *pw = getpwnam(c->web_proxy_users.item[i]);

        if (pw == NULL)
            return err_set(e, RC_BAD, "WebProxyUsers: there is no user \"%s\"", c->web_proxy_users.item[i]);
        uid[(*n)++] = pw->pw_uid;
    }
    return RC_OK;
}

static void wait_for_signal(void)
{
    sigset_t set;
    int number;

    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)sigwait(&set, &number);
}

static void block_signals(void)
{
    sigset_t set;

    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)pthread_sigmask(SIG_BLOCK, &set, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
}

static enum rc open_sockets(const struct config *c, struct http_setup *s, struct site *site, struct err *e)
{
    bool loopback, unused;
    enum rc rc = listen_open(c->web_socket, &s->fd, &loopback, e);

    site->secure = !loopback;
    s->proxy_fd = -1;
    if (rc == RC_OK && c->web_proxy_socket[0] != '\0')
        rc = listen_open(c->web_proxy_socket, &s->proxy_fd, &unused, e);
    return rc;
}

/* A connection is a file; where the limit is lower, http.c has as many as there are. */
static void main_raise_files(void)
{
    enum { FILES = 4096 };
    struct rlimit r;

    if (getrlimit(RLIMIT_NOFILE, &r) != 0 || r.rlim_cur >= FILES)
        return;
    r.rlim_cur = r.rlim_max < FILES ? r.rlim_max : FILES;
    (void)setrlimit(RLIMIT_NOFILE, &r);
}

static int web_serve(const struct config *c)
{
    const struct rlimit none = {.rlim_cur = 0, .rlim_max = 0};
    char style[64];
    uid_t users[PROXY_USERS_MAX];
    struct site site = {.config = c, .style = style_path(style), .proxy_user = users, .started_ms = clock_wall_ms()};
    struct http_setup setup = {.fd = -1, .proxy_fd = -1, .workers = c->web_workers, .proxy_header = c->web_proxy_header,
                               .handle = door_handle, .arg = &site};
    struct err e = ERR_NONE;
    enum rc rc;

    (void)setenv("TZ", "UTC", 1); /* pages say so at their foot */
    tzset();
    block_signals();
    (void)setrlimit(RLIMIT_CORE, &none);
    main_raise_files();
    (void)prctl(PR_SET_DUMPABLE, 0);
    log_open(program, c->syslog, str_of(c->syslog_facility), (enum log_level)c->log_level);
    rc = find_proxy_users(c, users, &site.proxy_users, &e);
    site.worker = rc == RC_OK ? workers_new(c->web_workers) : NULL;
    if (rc == RC_OK && site.worker == NULL)
        rc = err_set(&e, RC_NOMEM, "out of memory");
    if (rc == RC_OK)
        rc = open_sockets(c, &setup, &site, &e);
    if (rc == RC_OK)
        rc = http_start(&setup, &site.http, &e);
    if (rc == RC_OK) {
        log_write(LOG_LEVEL_INFO, NULL, "pages at %s", c->web_socket);
        wait_for_signal();
        http_stop(site.http);
        listen_hide(c->web_socket);
        listen_hide(c->web_proxy_socket);
    }
    workers_free(site.worker, c->web_workers);
    return rc == RC_OK ? EX_OK : web_fail(rc == RC_BAD ? EX_CONFIG : EX_UNAVAILABLE, e.text);
}

int main(int argc, char **argv)
{
    struct arguments a = {.file = NULL};
    struct config *c = NULL;
    struct err e = ERR_NONE;
    int code = read_arguments(argc, argv, &a);

    store_engine_use(centre_engine);
    if (code != EX_OK)
        return code < 0 ? EX_OK : code;
    if (a.file == NULL && access(ASSAY_CONFIG_FILE, F_OK) == 0)
        a.file = ASSAY_CONFIG_FILE;
    if (config_load(a.file, a.override, a.overrides, &c, &e) != RC_OK)
        return web_fail(EX_CONFIG, e.text);
    if (geteuid() == 0)
        code = web_fail(EX_USAGE, "will not run as root; start it as the user of option WebUser (its unit does)");
    else if (c->database[0] == '\0')
        code = web_fail(EX_CONFIG, "no records are kept: Database is empty");
    else if (centre_engine == NULL && database_url_is(str_of(c->database)))
        code = web_fail(EX_CONFIG, "Database names a fleet's centre: this program was built without PostgreSQL");
    else
        code = a.check ? EX_OK : web_serve(c);
    config_free(c);
    log_close();
    return code;
}
