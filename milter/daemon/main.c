/* assay-milter - the order of starting, the main loop, the order of stopping. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "auth/auth.h"
#include "base/clock.h"
#include "base/log.h"
#include "daemon/check.h"
#include "daemon/confine.h"
#include "daemon/dry_run.h"
#include "daemon/handover.h"
#include "daemon/options.h"
#include "daemon/signals.h"
#include "daemon/socket.h"
#include "daemon/start.h"
#include "daemon/supervise.h"
#include "mta/flight.h"
#include "mta/libmilter.h"
#include "mta/session.h"
#include "outbox/outbox.h"
#include "service/catch.h"
#include "service/crash.h"
#include "service/evaluate.h"
#include "service/known.h"
#include "service/site.h"
#include "service/statistics.h"

enum { STATISTICS_EVERY_MS = 15 * 1000, LOOK_EVERY_MS = 1000 };

/* What runs, in the order it was started; the supervisor has the part up to `ready`, a worker all. */
struct service {
    const struct options *options;
    const struct config *first; /* what it was started with */
    struct site *current;   /* the supervisor's: what a worker begins with */
    struct listener listener;
    struct crash_table *crashes; /* NULL: nobody supervises */
    int ready;              /* start_detach's; -1 in the foreground */
    struct confined confined;
    struct dns *dns;
    struct store *store;
    struct known *known; /* NULL without a store */
    struct catch *watch;
    struct statistics *statistics;
    bool statistics_bad; /* its file could not be written, which was said */
    bool servers_bad;    /* the system's name servers could not be read, likewise */
    struct evaluator *evaluator;
};

enum {
    STRANDED_MS = 2000,      /* for callbacks to return when libmilter reads no more */
    LIBMILTER_MS = 60 * 1000 /* for its threads to have begun; they take a moment */
};

static const char program[] = "assay-milter";

static int main_fail(int code, const char *text)
{
    (void)fprintf(stderr, "%s: %s\n", program, text);
    return code;
}

/* ---- starting ---- */

static int main_code_of(enum rc rc)
{
    switch (rc) {
    case RC_OK: return EX_OK;
    case RC_BAD:
    case RC_LIMIT: return EX_CONFIG;
    case RC_TEMP: return EX_UNAVAILABLE;
    case RC_NOTFOUND: return EX_NOINPUT;
    case RC_INTERNAL: return EX_SOFTWARE;
    default: return EX_OSERR;
    }
}

static void open_log(const struct config *c)
{
    log_open(program, c->syslog, str_of(c->syslog_facility), (enum log_level)c->log_level);
}

static void warn(const char *remark)
{
    log_write(LOG_LEVEL_WARNING, NULL, "%s", remark);
}

/* What is done with the rights we were started with: pid file, limits, the change of user. */
static enum rc become_daemon(struct service *s, struct err *e)
{
    const struct config *c = s->first;
    struct account who;
    unsigned files;
    enum rc rc = start_account(c->user, &who, e);

    if (rc == RC_OK && !s->options->foreground && !c->syslog)
        rc = err_set(e, RC_BAD, "Syslog = no logs to standard error, which a daemon does not have: add -f");
    if (rc == RC_OK && !s->options->foreground)
        rc = start_detach(&s->ready, e);
    if (rc != RC_OK)
        return rc;
    files = start_limits(c->umask, c->max_files);
    libmilter_limit(files);
    if (files < c->max_files)
        log_write(LOG_LEVEL_WARNING, NULL, "only %u open files are allowed, MaxFiles asks for %u (LimitNOFILE=)",
                  files, c->max_files);
    if (c->pid_file[0] != '\0')
        rc = start_pid_file(c->pid_file, e);
    return rc == RC_OK ? start_become(&who, e) : rc;
}

/* What comes before any worker: all that wants the rights we were started with, and the socket. */
static enum rc main_prepare(struct service *s, struct err *e)
{
    struct socket_spec spec;
    enum rc rc = become_daemon(s, e);

    if (rc == RC_OK)
        rc = check_places(s->first, false, &spec, e);
    if (rc == RC_OK)
        rc = handover_open(&spec, &s->listener, e);
    if (rc == RC_OK && s->first->supervise) {
        s->crashes = crash_new();
        if (s->crashes == NULL)
            rc = err_set(e, RC_NOMEM, "no memory");
    }
    return rc;
}

static void keep_for(struct service *s, const struct config *c)
{
    struct store_keep keep = {c->keep_messages, c->keep_tallies, c->keep_dns_texts};

    if (s->store != NULL)
        store_keep(s->store, &keep);
}

/* A first start may refuse; without a replacement for a worker that died there would be no mail at all. */
static enum rc main_open_store(struct service *s, bool replacement, struct err *e)
{
    const struct config *c = s->first;
    enum store_mode mode = replacement ? STORE_WRITE_LATER : STORE_WRITE;
    enum rc rc = RC_OK;

    if (c->database[0] == '\0')
        return RC_OK;
    rc = store_open(c->database, mode, c->database_sync == CONFIG_SYNC_FULL, &s->store, e);
    if (rc == RC_OK)
        rc = known_start(s->store, &s->known, e);
    if (rc == RC_OK)
        outbox_make_lock(c->database);
    keep_for(s, s->current->config);
    return rc;
}

/* What the process that serves does as the user that runs.  On failure it exits, so nothing is undone. */
static enum rc open_rooms(struct service *s, bool replacement, struct err *e)
{
    const struct config *c = s->first;
    enum rc rc = signals_start(e);

    if (rc == RC_OK)
        rc = auth_init(e);
    if (rc == RC_OK)
        rc = main_open_store(s, replacement, e);
    if (rc != RC_OK)
        return rc;
    s->dns = s->options->zone != NULL ? dns_open_zone(s->options->zone, e) : auth_open_dns(c, e);
    if (s->dns == NULL)
        return s->options->zone != NULL ? RC_NOTFOUND : RC_IO;
    s->statistics = statistics_new();
    if (s->statistics != NULL)
        s->evaluator = evaluator_new(s->dns, s->store, s->statistics, s->crashes);
    if (s->evaluator == NULL)
        return err_set(e, RC_NOMEM, "no memory");
    evaluator_set_background(s->evaluator, s->known);
    s->watch = catch_new(c->database);
    if (s->watch == NULL)
        return err_set(e, RC_NOMEM, "no memory");
    evaluator_set_safety_catch(s->evaluator, s->watch);
    return session_open(s->evaluator, s->listener.fd, e);
}

static void *main_serve(void *arg)
{
    (void)arg;
    (void)session_serve();
    signals_post(EVENT_ENDED);
    return NULL;
}

/* Whoever waits for the start is told so: the supervisor by `served`, otherwise the world. */
static void tell_served(struct service *s, int served)
{
    if (s->crashes == NULL) {
        start_ready(s->ready);
        return;
    }
    if (!s->options->foreground)
        start_drop_stdio();
    supervise_served(served);
}

static enum rc main_start(struct service *s, int served, struct err *e)
{
    pthread_t thread;
    enum rc rc = open_rooms(s, s->crashes != NULL && served < 0, e);

    if (rc != RC_OK)
        return rc;
    site_publish(site_hold(s->current));
    if (pthread_create(&thread, NULL, main_serve, NULL) != 0)
        return err_set(e, RC_NOMEM, "cannot start a thread");
    (void)pthread_detach(thread);
    rc = libmilter_check(LIBMILTER_MS, e);
    if (rc != RC_OK)
        return rc;
    (void)check_remarks(s->first, &s->listener.spec, warn);
    log_write(LOG_LEVEL_INFO, NULL, "version %s serves %s as %s, user %u, records in %s%s%s", ASSAY_VERSION,
              s->first->socket, s->current->config->authserv_id, (unsigned)geteuid(),
              s->first->database[0] == '\0' ? "none" : s->first->database,
              s->options->zone == NULL ? "" : ", rehearsing with DNS from ",
              s->options->zone == NULL ? "" : s->options->zone);
    confine_calls(s->first, &s->listener.spec);
    tell_served(s, served);
    return RC_OK;
}

/* ---- running ---- */

static void reload(struct service *s)
{
    const struct options *o = s->options;
    struct site *fresh;
    struct err e = ERR_NONE;
    char fixed[512];

    if (site_load(o->config_file, o->override, o->override_count, &fresh, &e) != RC_OK) {
        log_write(LOG_LEVEL_ERROR, NULL, "not reloaded, the old configuration and rules stay in force: %s", e.text);
        return;
    }
    open_log(fresh->config);
    if (config_fixed_changes(s->first, fresh->config, fixed, sizeof fixed)[0] != '\0')
        log_write(LOG_LEVEL_WARNING, NULL, "changes of %s take effect at the next restart", fixed);
    confine_moved(s->first, fresh->config);
    log_write(LOG_LEVEL_INFO, NULL, "reloaded %s", o->config_file == NULL ? "the defaults" : o->config_file);
    keep_for(s, fresh->config);
    site_publish(fresh);
}

static struct statistics_rooms count_rooms(struct service *s)
{
    struct statistics_rooms n = {
        .session = session_counts(),
        .dns = dns_counts(s->dns),
        .dkim = dkimv_counts(),
        .records = s->store != NULL,
        .caught = catch_domains(s->watch),
    };

    if (n.records)
        n.store = store_counts(s->store);
    return n;
}

static void log_counters(struct service *s)
{
    struct statistics_rooms n = count_rooms(s);

    statistics_log(s->statistics, &n);
}

/* Trouble is said once, and so is its end. */
static void write_statistics(struct service *s)
{
    struct site *site = site_current();
    const struct config *c = site->config;
    struct statistics_rooms n = count_rooms(s);
    struct err e = ERR_NONE;
    bool bad = c->statistics_file[0] != '\0' &&
               statistics_write(s->statistics, &n, c->statistics_file, &e) != RC_OK;

    if (bad && !s->statistics_bad)
        log_write(LOG_LEVEL_WARNING, NULL, "StatisticsFile: %s; retrying every %d s", e.text,
                  STATISTICS_EVERY_MS / 1000);
    if (!bad && s->statistics_bad)
        log_write(LOG_LEVEL_INFO, NULL, "StatisticsFile: written again");
    s->statistics_bad = bad;
    site_release(site);
}

/* Whether others than before are the system's name servers; trouble is said once, and so is its end. */
static void look_at_servers(struct service *s)
{
    struct err e = ERR_NONE;
    enum dns_servers found = dns_look(s->dns, &e);
    bool bad = found == DNS_SERVERS_UNKNOWN;

    if (found == DNS_SERVERS_CHANGED)
        log_write(LOG_LEVEL_INFO, NULL, "the system's name servers have changed, the new ones are asked from now on");
    else if (bad && !s->servers_bad)
        log_write(LOG_LEVEL_WARNING, NULL, "%s; still asking the previous ones", e.text);
    else if (!bad && s->servers_bad)
        log_write(LOG_LEVEL_INFO, NULL, "the system's name servers are known again");
    s->servers_bad = bad;
}

static void look_at_catch(struct service *s)
{
    struct site *site = site_current();

    catch_look(s->watch, site->config, clock_wall_ms());
    site_release(site);
}

/* The supervisor starts another, whose sandbox has the folder that lies there now. */
static void look_at_folder(const struct service *s)
{
    if (s->crashes == NULL || flight_count() > 0 || !confine_is_outlived(&s->confined, s->first))
        return;
    log_write(LOG_LEVEL_WARNING, NULL, "the folder of the database was replaced by another, which the sandbox does "
              "not let this process enter; starting a new worker");
    log_close();
    _exit(EX_TEMPFAIL);
}

/* Until it shall stop; false: libmilter ended first. */
static bool main_run(struct service *s)
{
    int64_t written_ms = 0;
    unsigned events = 0;

    for (;;) {
        if (written_ms == 0 || events != 0 || clock_mono_ms() - written_ms >= STATISTICS_EVERY_MS) {
            write_statistics(s);
            evaluator_log_lost_records(s->evaluator);
            written_ms = clock_mono_ms();
        }
        events = signals_wait(LOOK_EVERY_MS);
        look_at_catch(s);
        look_at_folder(s);
        look_at_servers(s);
        if ((events & EVENT_STOP) != 0)
            return true;
        if ((events & EVENT_ENDED) != 0) {
            log_write(LOG_LEVEL_ERROR, NULL, "libmilter's main loop ended by itself");
            return false;
        }
        if ((events & EVENT_RELOAD) != 0)
            reload(s);
        if ((events & EVENT_COUNTERS) != 0)
            log_counters(s);
    }
}

/* ---- stopping ---- */

/*
 * libmilter is not asked to stop: it would cut the sessions that are open,
 * and free them under callbacks that still run.  It ends with the process.
 */
static void main_stop(struct service *s, bool serving)
{
    struct site *site = site_current();
    int64_t patience = serving ? (int64_t)site->config->drain_timeout * 1000 : STRANDED_MS;
    unsigned cut;

    if (s->crashes == NULL)
        start_stopping();
    handover_stop(&s->listener);
    flight_drain(patience, &cut);
    site_release(site);
    write_statistics(s);
    evaluator_log_lost_records(s->evaluator);
    if (cut > 0) {
        log_write(LOG_LEVEL_WARNING, NULL, "stopped with %u messages unfinished; their senders try again", cut);
        log_close();
        /* callbacks may still run; every record handed over is on disk, and all else can go */
        _exit(serving ? EX_OK : EX_UNAVAILABLE);
    }
    evaluator_free(s->evaluator);
    known_stop(s->known);
    catch_free(s->watch);
    statistics_free(s->statistics);
    store_close(s->store);
    dns_close(s->dns);
    auth_shutdown();
    site_publish(NULL);
    log_write(LOG_LEVEL_INFO, NULL, "stopped");
}

/* ---- the two processes ---- */

static int cannot_start(const struct service *s, enum rc rc, const struct err *e)
{
    if (s->first->syslog)
        log_write(LOG_LEVEL_ERROR, NULL, "cannot start: %s", e->text);
    return main_fail(main_code_of(rc), e->text);
}

/* What serves: the worker, or all there is. */
static int main_work(void *service, int served)
{
    struct service *s = service;
    struct err e = ERR_NONE;
    enum rc rc;
    bool serving;

    s->confined = confine_files(s->first, s->options, &s->listener.spec);
    rc = main_start(s, served, &e);
    if (rc != RC_OK)
        return cannot_start(s, rc, &e);
    serving = main_run(s);
    main_stop(s, serving);
    log_close();
    return serving ? EX_OK : EX_UNAVAILABLE;
}

static void tell_started(void *service)
{
    struct service *s = service;

    start_ready(s->ready);
}

/* The worker says what is wrong with a file. */
static void take_config(void *service)
{
    struct service *s = service;
    const struct options *o = s->options;
    struct site *fresh;

    if (site_load(o->config_file, o->override, o->override_count, &fresh, NULL) != RC_OK)
        return;
    site_release(s->current);
    s->current = fresh;
    open_log(fresh->config);
}

static void tell_stopping(void *service)
{
    (void)service;
    start_stopping();
}

static int serve_mail(const struct options *options, struct site *site)
{
    const struct config *config = site->config;
    struct service s = {
        .options = options,
        .first = config,
        .current = site_hold(site),
        .ready = -1,
        .listener = {.fd = -1, .blind = -1, .spec = {.kind = SOCKET_FD}},
    };
    const struct supervised supervised = {main_work, tell_started, take_config, tell_stopping, &s};
    struct err e = ERR_NONE;
    enum rc rc;
    int code;

    open_log(config);
    rc = main_prepare(&s, &e);
    if (rc != RC_OK)
        code = cannot_start(&s, rc, &e);
    else
        code = config->supervise ? supervise(&supervised, s.crashes) : main_work(&s, -1);
    if (!s.listener.kept)
        socket_hide(&s.listener);
    if (rc == RC_OK && config->pid_file[0] != '\0')
        (void)unlink(config->pid_file);
    site_release(s.current);
    log_close();
    return code;
}

int main(int argc, char **argv)
{
    struct options options;
    struct site *site;
    struct err e = ERR_NONE;
    int code;

    if (options_read(argc, argv, &options, &code)) {
        if (site_load(options.config_file, options.override, options.override_count, &site, &e) == RC_OK) {
            code = options.check ? dry_run(&options, site) : serve_mail(&options, site);
            site_release(site);
        } else {
            code = main_fail(EX_CONFIG, e.text);
        }
    }
    options_free(&options);
    return code;
}
