/* Waits until the records of a day are all in the centre of a fleet; report.h tells. */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "base/database_url.h"
#include "cli/report/report.h"
#include "records/store.h"
#include "report/period.h"

enum {
    LATE_S = 15 * 60,   /* what came before the day's end is on its host's disk by then */
    LOOK_EVERY_S = 5,
    NAMES_MAX = 4000    /* bytes of hosts in one sentence */
};

/* "2026-11-25 09:12 UTC"; "" for 0. */
static const char *wait_time(int64_t ms, char to[static 32])
{
    time_t at = (time_t)(ms / 1000);
    struct tm tm;

    to[0] = '\0';
    if (ms > 0 && gmtime_r(&at, &tm) != NULL)
        (void)strftime(to, 32, "%Y-%m-%d %H:%M UTC", &tm);
    return to;
}

static enum rc wait_look(const struct report_place *p, int64_t begin_s, struct arena *a, struct store_laggard **out,
                         size_t *n, struct err *e)
{
    struct store *s;
    enum rc rc = store_open(p->where, STORE_READ, false, &s, e);

    *n = 0;
    if (rc != RC_OK)
        return rc;
    rc = store_laggards(s, a, (begin_s + PERIOD_DAY_S + LATE_S) * 1000, out, n, e);
    store_close(s);
    return rc;
}

static const char *wait_names(struct arena *a, const struct store_laggard *host, size_t n)
{
    struct strbuf b = strbuf_new(a, NAMES_MAX);

    for (size_t i = 0; i < n; i++) {
        strbuf_puts(&b, i > 0 ? ", " : "");
        strbuf_put_clean(&b, str_of(host[i].host), 64);
    }
    return b.p == NULL ? "" : b.p;
}

/* Too late to wait on: a line for each that is missing. */
static void wait_give_up(const struct subcommand *cmd, const struct store_laggard *host, size_t n)
{
    char time[32];

    for (size_t i = 0; i < n; i++)
        (void)cli_fail(cmd, EX_OK, "%s is missing: its records are there %s%s; what it has of that day besides is in "
                       "no report", host[i].host, host[i].whole_ms > 0 ? "up to " : "as far as nobody knows",
                       wait_time(host[i].whole_ms, time));
}

int report_wait(const struct subcommand *cmd, struct report_place *p, int64_t begin_s, bool at_once,
                const char **lacking)
{
    int64_t until_ms = (begin_s + PERIOD_DAY_S + (int64_t)p->config->report_wait) * 1000;
    const struct timespec pause = {.tv_sec = LOOK_EVERY_S};
    bool said = false;

    *lacking = "";
    if (!database_url_is(str_of(p->where)))
        return EX_OK;
    for (;;) {
        struct arena_mark scratch = arena_mark(p->arena);
        bool over = at_once || clock_wall_ms() >= until_ms;
        struct store_laggard *host = NULL;
        struct err e = ERR_NONE;
        size_t n = 0;
        enum rc rc = wait_look(p, begin_s, p->arena, &host, &n, &e);
        char time[32];

        if (rc != RC_OK && (over || rc != RC_TEMP))
            return cli_fail(cmd, rc == RC_TEMP ? EX_TEMPFAIL : EX_NOINPUT, "%s", e.text);
        if (rc == RC_OK && (n == 0 || over)) {
            wait_give_up(cmd, host, n);
            *lacking = wait_names(p->arena, host, n);
            return EX_OK;
        }
        if (!said)
            (void)cli_fail(cmd, EX_OK, "waits, until %s at most: %s%s", wait_time(until_ms, time),
                           rc == RC_OK ? "not all records of the day are there of " : e.text,
                           rc == RC_OK ? wait_names(p->arena, host, n) : "");
        said = true;
        arena_rewind(p->arena, scratch);
        (void)nanosleep(&pause, NULL);
    }
}
