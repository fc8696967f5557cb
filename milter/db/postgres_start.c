/* A statement that takes long, which nobody waits for. */
#include <poll.h>

#include <libpq-fe.h>

#include "base/clock.h"
#include "db/postgres_internal.h"

enum { SAID_MAX = 256 };

enum rc pg_start(struct pg *p, const char *sql, struct err *e)
{
    return PQsendQuery(pg_connection(p), sql) == 1 ? RC_OK : pg_failed(p, NULL, e);
}

/* False when the connection is lost. */
static bool start_wait(PGconn *conn, int wait_ms)
{
    int64_t end = clock_mono_ms() + wait_ms, left = wait_ms;
    bool there = PQconsumeInput(conn) == 1;

    for (; there && PQisBusy(conn) != 0 && left > 0; left = end - clock_mono_ms()) {
        struct pollfd socket = {.fd = PQsocket(conn), .events = POLLIN};

        if (poll(&socket, 1, (int)left) > 0)
            there = PQconsumeInput(conn) == 1;
    }
    return there;
}

enum rc pg_ended(struct pg *p, int wait_ms, bool *ended, struct err *e)
{
    PGconn *conn = pg_connection(p);
    enum rc rc = RC_OK;
    PGresult *r;

    *ended = true;
    if (!start_wait(conn, wait_ms))
        return pg_failed(p, NULL, e);
    *ended = PQisBusy(conn) == 0;
    if (!*ended)
        return RC_OK;
    while ((r = PQgetResult(conn)) != NULL) { /* which have all come, or are about to */
        ExecStatusType status = PQresultStatus(r);

        if (rc == RC_OK && status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
            rc = pg_failed(p, r, e);
        PQclear(r);
        if (pg_is_lost(p))
            break;
    }
    return rc;
}

void pg_give_up(struct pg *p)
{
    PGcancel *cancel = PQgetCancel(pg_connection(p));
    char words[SAID_MAX];

    if (cancel != NULL)
        (void)PQcancel(cancel, words, sizeof words);
    PQfreeCancel(cancel);
}
