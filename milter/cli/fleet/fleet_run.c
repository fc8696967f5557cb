/* assay fleet run - ships what this host has, and stands for keeper of the centre. */
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/database_url.h"
#include "base/log.h"
#include "base/random.h"
#include "cli/fleet/fleet.h"
#include "db/postgres.h"
#include "db/postgres_login.h"
#include "fleet/keep.h"
#include "fleet/ship.h"

enum {
    IDLE_MS = 300,                       /* between two looks into the file */
    REST_MAX_MS = 500,                   /* between two batches where there are more */
    NICE = 10,
    KEEP_MS = 2000,                      /* between two rounds of the keeper */
    STAND_MS = 1000, STAND_MAX_MS = 5000, /* between two tries to become it, of one who may, doubling */
    MAY_MS = 5 * 60 * 1000,              /* between two looks whether we may */
    PAUSE_MS = 250, PAUSE_MAX_MS = 5000, /* after trouble, doubling */
    SAY_AGAIN_MS = 60000,                /* the same trouble */
    END_MS = 5000                        /* that the keeper has to finish what it is at */
};

static int run_fail(const struct subcommand *cmd, enum rc rc, const struct err *e)
{
    return cli_fail(cmd, rc == RC_OK ? EX_OK : rc == RC_TEMP ? EX_TEMPFAIL : EX_UNAVAILABLE, "%s", e->text);
}

/* ---- trouble ---- */

/* It is said when it begins, when it becomes another, once a minute, and when it is over. */
struct trouble_said {
    const char *over; /* what is said then; NULL nothing */
    char text[ERR_TEXT_MAX];
    int64_t mono_ms;
    int pause_ms;     /* to wait after it */
};

/* Answers whether it said one. */
static bool say_trouble(struct trouble_said *said, enum rc rc, const struct err *e)
{
    int64_t now = clock_mono_ms();

    if (rc == RC_OK && said->text[0] != '\0' && said->over != NULL)
        log_write(LOG_LEVEL_INFO, NULL, "%s", said->over);
    said->pause_ms = rc == RC_OK || said->text[0] == '\0' ? PAUSE_MS
                     : 2 * said->pause_ms < PAUSE_MAX_MS ? 2 * said->pause_ms : PAUSE_MAX_MS;
    if (rc == RC_OK) {
        said->text[0] = '\0';
    } else if (strcmp(said->text, e->text) != 0 || now - said->mono_ms >= SAY_AGAIN_MS) {
        log_write(rc == RC_TEMP ? LOG_LEVEL_WARNING : LOG_LEVEL_ERROR, NULL, "%s", e->text);
        memcpy(said->text, e->text, sizeof said->text);
        said->mono_ms = now;
        return true;
    }
    return false;
}

/* ---- keeping ---- */

/* The keeper's thread: it has a connection of its own, so that shipping never waits for it. */
struct keeping {
    struct keep *keep;
    bool ships; /* the process does something else, too */
    pthread_t thread;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t turned;
    bool ending, ended;
};

/* Waits until *flag, and so long at most; answers it. */
static bool keeping_wait(struct keeping *k, const bool *flag, int ms)
{
    int64_t end = clock_mono_ms() + ms;
    const struct timespec until = {.tv_sec = end / 1000, .tv_nsec = end % 1000 * 1000000L};
    bool on;

    pthread_mutex_lock(&k->lock);
    while (!*flag && ms > 0 && pthread_cond_timedwait(&k->turned, &k->lock, &until) == 0)
        ;
    on = *flag;
    pthread_mutex_unlock(&k->lock);
    return on;
}

static void keeping_turn(struct keeping *k, bool *flag)
{
    pthread_mutex_lock(&k->lock);
    *flag = true;
    pthread_cond_broadcast(&k->turned);
    pthread_mutex_unlock(&k->lock);
}

/*
 * Those who wait for the lock, and those who may not, do not ask all at once: three to five quarters of it.  *stand is
 * the time between two tries, short at first: who ended a moment ago may still have the lock.
 */
static int keeping_pause(const struct keep_round *round, int *stand)
{
    int ms = round->may ? *stand : MAY_MS;

    if (round->keeps) {
        *stand = STAND_MS;
        return round->all ? KEEP_MS : 0;
    }
    *stand = 2 * *stand < STAND_MAX_MS ? 2 * *stand : STAND_MAX_MS;
    return ms - ms / 4 + (int)(random_bits() % (unsigned)(ms / 2));
}

static void *keeping_run(void *arg)
{
    struct trouble_said said = {.over = NULL};
    struct keeping *k = arg;
    int stand = STAND_MS;

    for (bool ending = false; !ending;) {
        struct keep_round round;
        struct err e = ERR_NONE;
        enum rc rc = keep_once(k->keep, &round, &e);

        if (rc == RC_OK && !round.may && !k->ships)
            rc = err_set(&e, RC_IO, "there is nothing to do here: Database is no file that is shipped, and the role "
                         "that logged in keeps no centre; assay fleet role add NAME --as keeper");
        said.over = round.may ? "all is well again: the centre can be kept" : NULL;
        (void)say_trouble(&said, rc, &e);
        ending = keeping_wait(k, &k->ending, rc != RC_OK ? said.pause_ms + KEEP_MS : keeping_pause(&round, &stand));
    }
    keeping_turn(k, &k->ended);
    return NULL;
}

static enum rc keeping_start(struct keeping *k, const struct fleet_request *q, struct err *e)
{
    const struct config *c = q->config;
    const struct keep_setup setup = {
        .centre = q->centre, .host = c->fleet_host, .catch_share = c->catch_share, .catch_hours = c->catch_hours,
        .keep_tallies = c->keep_tallies, .keep_dns_texts = c->keep_dns_texts};
    enum rc rc = keep_new(&setup, &k->keep, e);
    pthread_condattr_t how;

    MUST(pthread_mutex_init(&k->lock, NULL) == 0 && pthread_condattr_init(&how) == 0 &&
         pthread_condattr_setclock(&how, CLOCK_MONOTONIC) == 0 && pthread_cond_init(&k->turned, &how) == 0);
    if (rc == RC_OK && pthread_create(&k->thread, NULL, keeping_run, k) != 0) {
        keep_free(k->keep);
        rc = err_set(e, RC_TEMP, "cannot start a thread");
    }
    return rc;
}

/* What it is at when it does not end in time is taken back by the centre: nothing is lost or counted twice. */
static bool keeping_stop(struct keeping *k)
{
    keeping_turn(k, &k->ending);
    if (!keeping_wait(k, &k->ended, END_MS))
        return false;
    (void)pthread_join(k->thread, NULL);
    keep_free(k->keep);
    return true;
}

/* ---- shipping ---- */

/* Signals that end it are blocked, and taken here: between two rounds, where nothing is under way. */
static bool nap(const sigset_t *ending, int ms)
{
    const struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};

    return sigtimedwait(ending, NULL, &t) < 0;
}

/* How old what mail is judged by is meanwhile. */
static void say_age(const struct ship *s)
{
    int64_t at_ms = s == NULL ? 0 : ship_followed_ms(s), min = (clock_wall_ms() - at_ms) / 60000;
    time_t t = (time_t)(at_ms / 1000);
    char when[32] = "";
    struct tm tm;

    if (at_ms == 0)
        return; /* it never followed: what the host has is its own */
    if (gmtime_r(&t, &tm) != NULL)
        (void)strftime(when, sizeof when, "%Y-%m-%d %H:%M:%S UTC", &tm);
    log_write(LOG_LEVEL_WARNING, NULL, "until then this host goes on with the centre's inventory, safety catch and DNS "
              "changes as of %s, %" PRId64 " h %" PRId64 " min ago", when, min / 60, min % 60);
}

/*
 * Mail comes first on this machine, whoever started us: what may not be changed is left.  The disk's idle class has
 * no function in the C library.
 */
static void ship_gently(void)
{
    enum { WHO_PROCESS = 1, CLASS_IDLE = 3 << 13 };
    const struct sched_param none = {.sched_priority = 0};

    if (getpriority(PRIO_PROCESS, 0) < NICE)
        (void)setpriority(PRIO_PROCESS, 0, NICE);
    if (sched_getscheduler(0) == SCHED_OTHER)
        (void)sched_setscheduler(0, SCHED_BATCH, &none);
    (void)syscall(SYS_ioprio_set, WHO_PROCESS, 0, CLASS_IDLE);
}

/*
 * After a round that took so long.  Where there is more to ship, half of the time is the others': so no core is taken
 * by one who catches up, and SQLite's log, which a reader holds, can begin anew meanwhile.
 */
static int ship_pause(const struct ship_round *round, int64_t took_ms)
{
    return round->all ? IDLE_MS : took_ms < REST_MAX_MS ? (int)took_ms : REST_MAX_MS;
}

/* `s` NULL: there is nothing to ship from here. */
static void ship_until_signal(struct ship *s, struct fleet_metrics *m, const sigset_t *ending)
{
    struct trouble_said said = {.over = "all is well again: records are shipped"};
    bool going = true;

    while (going) {
        struct ship_round round = {.all = true};
        struct err e = ERR_NONE;
        int64_t began = clock_mono_ms();
        enum rc rc = s == NULL ? RC_OK : ship_once(s, &round, &e);

        if (say_trouble(&said, rc, &e))
            say_age(s);
        if (s != NULL)
            fleet_metrics_round(m, s, rc, false);
        going = nap(ending, rc != RC_OK ? said.pause_ms : ship_pause(&round, clock_mono_ms() - began));
    }
}

static int run_for_ever(const struct subcommand *cmd, const struct fleet_request *q, struct ship *s,
                        struct fleet_metrics *m)
{
    struct keeping k = {.keep = NULL, .ships = s != NULL};
    struct err e = ERR_NONE;
    sigset_t ending;
    enum rc rc;

    (void)sigemptyset(&ending);
    (void)sigaddset(&ending, SIGTERM);
    (void)sigaddset(&ending, SIGINT);
    (void)sigprocmask(SIG_BLOCK, &ending, NULL); /* before there is a thread, so that it has it, too */
    pg_default_settings();
    if (s != NULL)
        ship_gently();
    rc = keeping_start(&k, q, &e);
    if (rc != RC_OK)
        return run_fail(cmd, rc, &e);
    ship_until_signal(s, m, &ending);
    if (s != NULL)
        fleet_metrics_round(m, s, RC_OK, true);
    if (s != NULL)
        log_write(LOG_LEVEL_INFO, NULL, "stopped; %llu records were shipped",
                  (unsigned long long)ship_counts(s).records);
    if (!keeping_stop(&k)) /* a thread that is still at it may not lose its stack */
        _exit(EX_OK);
    return EX_OK;
}

static int ship_what_is_there(const struct subcommand *cmd, struct ship *s)
{
    struct ship_round round = {.all = false};
    struct err e = ERR_NONE;
    enum rc rc = RC_OK;

    while (rc == RC_OK && !round.all)
        rc = ship_once(s, &round, &e);
    if (rc != RC_OK)
        return run_fail(cmd, rc, &e);
    (void)printf("%llu records were shipped.\n", (unsigned long long)ship_counts(s).records);
    return EX_OK;
}

int fleet_run(const struct subcommand *cmd, const struct fleet_request *q)
{
    const struct config *c = q->config;
    struct ship_setup setup = {.centre = q->centre, .database = c->database, .host = c->fleet_host};
    bool ships = c->database[0] != '\0' && !database_url_is(str_of(c->database));
    struct err e = ERR_NONE;
    struct fleet_metrics *metrics;
    struct ship *s = NULL;
    enum rc rc = RC_OK;
    int code;

    if (!ships && (q->once || c->database[0] == '\0'))
        return cli_fail(cmd, EX_CONFIG, "there is nothing to ship: Database is no file");
    if (!database_url_is(str_of(q->centre)) || database_url_has_password(str_of(q->centre)))
        return cli_fail(cmd, EX_CONFIG, "--fleet: write postgresql://HOST/DATABASE or service=NAME, no password");
    log_open("assay-fleet", c->syslog && !q->once, str_of(c->syslog_facility), (enum log_level)c->log_level);
    metrics = fleet_metrics_new(c->fleet_statistics, c->fleet_host);
    if (metrics == NULL)
        rc = err_set(&e, RC_NOMEM, "out of memory");
    else if (ships)
        rc = ship_new(&setup, &s, &e);
    code = rc != RC_OK ? run_fail(cmd, rc, &e)
           : q->once ? ship_what_is_there(cmd, s) : run_for_ever(cmd, q, s, metrics);
    ship_free(s);
    fleet_metrics_free(metrics);
    log_close();
    return code;
}
