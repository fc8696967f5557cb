/* What the verbs of `assay fleet` do, but for status. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/database_url.h"
#include "base/log.h"
#include "cli/fleet/fleet.h"
#include "fleet/hosts.h"
#include "fleet/ship.h"
#include "fleet/tables.h"

enum {
    IDLE_MS = 300,                       /* between two looks into the file */
    PAUSE_MS = 250, PAUSE_MAX_MS = 5000, /* after trouble, doubling */
    SAY_AGAIN_MS = 60000                 /* the same trouble */
};

static int exit_of(enum rc rc)
{
    return rc == RC_OK ? EX_OK : rc == RC_TEMP ? EX_TEMPFAIL : EX_UNAVAILABLE;
}

static int fail_with(const struct subcommand *cmd, enum rc rc, const struct err *e)
{
    return cli_fail(cmd, exit_of(rc), "%s", e->text);
}

/* ---- by hand ---- */

int fleet_init(const struct subcommand *cmd, const struct fleet_request *q)
{
    struct err e = ERR_NONE;
    struct pg *p;
    enum rc rc = pg_open(q->centre, "assay", &p, &e);

    if (rc == RC_OK)
        rc = tables_init(p, q->keep_days, &e);
    if (rc == RC_OK)
        (void)puts("The tables are made.  Give each host and each of your people a role: assay fleet role add NAME "
                   "--as host (or viewer, operator).");
    pg_close(p);
    return rc == RC_OK ? EX_OK : fail_with(cmd, rc, &e);
}

int fleet_migrate(const struct subcommand *cmd, const struct fleet_request *q)
{
    struct err e = ERR_NONE;
    struct pg *p;
    int steps = 0;
    enum rc rc = pg_open(q->centre, "assay", &p, &e);

    if (rc == RC_OK)
        rc = tables_migrate(p, &steps, &e);
    if (rc == RC_OK && steps == 0)
        (void)puts("The tables were up to date.");
    else if (rc == RC_OK)
        (void)printf("The tables are up to date: %d changes.\n", steps);
    pg_close(p);
    return rc == RC_OK ? EX_OK : fail_with(cmd, rc, &e);
}

static int set_retired(const struct subcommand *cmd, const struct fleet_request *q, bool retired)
{
    struct err e = ERR_NONE;
    struct pg *p;
    enum rc rc = pg_open(q->centre, "assay", &p, &e);

    if (rc == RC_OK)
        rc = tables_check(p, &e);
    if (rc == RC_OK)
        rc = hosts_retire(p, q->host, retired, &e);
    pg_close(p);
    return rc == RC_OK ? EX_OK : fail_with(cmd, rc, &e);
}

int fleet_retire(const struct subcommand *cmd, const struct fleet_request *q)
{
    return set_retired(cmd, q, true);
}

int fleet_admit(const struct subcommand *cmd, const struct fleet_request *q)
{
    return set_retired(cmd, q, false);
}

int fleet_restore(const struct subcommand *cmd, const struct fleet_request *q)
{
    struct err e = ERR_NONE;
    struct pg *p;
    int64_t stores = 0;
    enum rc rc = pg_open(q->centre, "assay", &p, &e);

    if (rc == RC_OK)
        rc = tables_check(p, &e);
    if (rc == RC_OK)
        rc = hosts_restore(p, &stores, &e);
    if (rc == RC_OK && stores == 0)
        (void)puts("Nothing lacks: all that was shipped is there.");
    else if (rc == RC_OK)
        (void)printf("%lld files are shipped again from where they end here, as far as their hosts keep them.\n",
                     (long long)stores);
    pg_close(p);
    return rc == RC_OK ? EX_OK : fail_with(cmd, rc, &e);
}

/* ---- run ---- */

/* Signals that end it are blocked, and taken here: between two rounds, where nothing is under way. */
static bool nap(const sigset_t *ending, int ms)
{
    const struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};

    return sigtimedwait(ending, NULL, &t) < 0;
}

/* Trouble is said when it begins, when it becomes another, once a minute, and when it is over. */
struct trouble_said {
    char text[ERR_TEXT_MAX];
    int64_t mono_ms;
};

static void say_trouble(struct trouble_said *said, enum rc rc, const struct err *e)
{
    int64_t now = clock_mono_ms();

    if (rc == RC_OK && said->text[0] != '\0')
        log_write(LOG_LEVEL_INFO, NULL, "all is well again: records are shipped");
    if (rc == RC_OK) {
        said->text[0] = '\0';
    } else if (strcmp(said->text, e->text) != 0 || now - said->mono_ms >= SAY_AGAIN_MS) {
        log_write(rc == RC_TEMP ? LOG_LEVEL_WARNING : LOG_LEVEL_ERROR, NULL, "%s", e->text);
        memcpy(said->text, e->text, sizeof said->text);
        said->mono_ms = now;
    }
}

static int ship_for_ever(struct ship *s, struct fleet_metrics *m)
{
    struct trouble_said said = {.text = ""};
    int pause_ms = PAUSE_MS;
    bool going = true;
    sigset_t ending;

    (void)sigemptyset(&ending);
    (void)sigaddset(&ending, SIGTERM);
    (void)sigaddset(&ending, SIGINT);
    (void)sigprocmask(SIG_BLOCK, &ending, NULL);
    while (going) {
        struct ship_round round;
        struct err e = ERR_NONE;
        enum rc rc = ship_once(s, &round, &e);

        say_trouble(&said, rc, &e);
        fleet_metrics_round(m, s, rc, false);
        going = nap(&ending, rc != RC_OK ? pause_ms : round.all ? IDLE_MS : 0);
        pause_ms = rc == RC_OK ? PAUSE_MS : 2 * pause_ms < PAUSE_MAX_MS ? 2 * pause_ms : PAUSE_MAX_MS;
    }
    fleet_metrics_round(m, s, RC_OK, true);
    log_write(LOG_LEVEL_INFO, NULL, "stopped; %llu records were shipped",
              (unsigned long long)ship_counts(s).records);
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
        return fail_with(cmd, rc, &e);
    (void)printf("%llu records were shipped.\n", (unsigned long long)ship_counts(s).records);
    return EX_OK;
}

int fleet_run(const struct subcommand *cmd, const struct fleet_request *q)
{
    const struct config *c = q->config;
    struct ship_setup setup = {.centre = q->centre, .database = c->database, .host = c->fleet_host};
    struct fleet_metrics *metrics;
    struct err e = ERR_NONE;
    struct ship *s = NULL;
    enum rc rc;
    int code;

    if (c->database[0] == '\0' || database_url_is(str_of(c->database)))
        return cli_fail(cmd, EX_CONFIG, "there is nothing to ship: Database is no file");
    if (!database_url_is(str_of(q->centre)) || database_url_has_password(str_of(q->centre)))
        return cli_fail(cmd, EX_CONFIG, "--fleet: write postgresql://HOST/DATABASE or service=NAME, no password");
    log_open("assay-fleet", c->syslog && !q->once, str_of(c->syslog_facility), (enum log_level)c->log_level);
    metrics = fleet_metrics_new(c->fleet_statistics, c->fleet_host);
    rc = metrics == NULL ? err_set(&e, RC_NOMEM, "out of memory") : ship_new(&setup, &s, &e);
    code = rc != RC_OK ? fail_with(cmd, rc, &e) : q->once ? ship_what_is_there(cmd, s) : ship_for_ever(s, metrics);
    ship_free(s);
    fleet_metrics_free(metrics);
    log_close();
    return code;
}
