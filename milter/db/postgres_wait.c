/* Answers of a server that may say nothing, or never come to an end. */
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include <libpq-fe.h>

#include "base/clock.h"
#include "db/postgres_internal.h"

enum {
    ANSWER_MS = 90 * 1000, /* statement_timeout of our sessions, and half as much */
    LATE_READS_MAX = 100   /* pieces that are read all the same: we ourselves may have been stopped meanwhile */
};

int64_t pg_answer_end(void)
{
    return clock_mono_ms() + ANSWER_MS;
}

/* False: nothing more is waited for. */
static bool wait_for_piece(PGconn *conn, int64_t end_ms, int *late)
{
    int64_t left = end_ms - clock_mono_ms();
    struct pollfd at = {.fd = PQsocket(conn), .events = POLLIN};
    int n;

    if (left <= 0 && ++*late > LATE_READS_MAX)
        return false;
    do
        n = poll(&at, 1, left > 0 ? (int)left : 0);
    while (n < 0 && errno == EINTR);
    return n > 0 ? PQconsumeInput(conn) == 1 : left > 0;
}

/* PQcancel is no way out: it waits for the server, too, and a frozen one never answers. */
PGresult *pg_next_result(PGconn *conn, int64_t end_ms, bool *silent)
{
    int late = 0;

    while (PQisBusy(conn) != 0)
        if (!wait_for_piece(conn, end_ms, &late)) {
            *silent = *silent || PQstatus(conn) == CONNECTION_OK;
            (void)shutdown(PQsocket(conn), SHUT_RDWR); /* so that what follows fails at once */
            break;
        }
    return PQgetResult(conn);
}

PGresult *pg_last_result(PGconn *conn, int64_t end_ms, bool *silent)
{
    PGresult *last = NULL, *next;

    while ((next = pg_next_result(conn, end_ms, silent)) != NULL) {
        ExecStatusType status = PQresultStatus(next);

        if (last != NULL && PQresultStatus(last) == PGRES_FATAL_ERROR) {
            PQclear(next); /* the first error says why */
        } else {
            PQclear(last);
            last = next;
        }
        if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT || PQstatus(conn) != CONNECTION_OK)
            break;
    }
    return last;
}
