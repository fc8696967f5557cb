/* Answers of a server that may say nothing, or never come to an end. */
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include <libpq-fe.h>

#include "base/clock.h"
#include "db/postgres_internal.h"

enum {
    ANSWER_MS = 90 * 1000,  /* statement_timeout of our sessions, and half as much */
    CANCEL_MS = 1000,       /* after which a statement that was cancelled is waited for no longer */
    LATE_READS_MAX = 100    /* pieces that are read all the same: we ourselves may have been stopped meanwhile */
};

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

static PGresult *wait_last_result(PGconn *conn, int64_t end_ms, bool *silent)
{
    PGresult *last = NULL, *r;

    while ((r = pg_next_result(conn, end_ms, silent)) != NULL) {
        ExecStatusType status = PQresultStatus(r);

        PQclear(last);
        last = r;
        if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT || PQstatus(conn) != CONNECTION_OK)
            break;
    }
    return last;
}

int64_t pg_answer_end(void)
{
    return clock_mono_ms() + ANSWER_MS;
}

PGresult *pg_last_result(PGconn *conn, bool *silent)
{
    return wait_last_result(conn, pg_answer_end(), silent);
}

/* Until the deadline; then the server is told to give up, and answers so. */
PGresult *pg_last_result_until(PGconn *conn, int64_t deadline_ms, bool *too_late, bool *silent)
{
    while (PQisBusy(conn) != 0 && !*too_late) {
        int64_t left = deadline_ms - clock_mono_ms();
        struct pollfd at = {.fd = PQsocket(conn), .events = POLLIN};

        if (left <= 0) {
            char words[256];
            PGcancel *cancel = PQgetCancel(conn);

            (void)PQcancel(cancel, words, sizeof words);
            PQfreeCancel(cancel);
            *too_late = true;
        } else if (poll(&at, 1, (int)left) > 0 && PQconsumeInput(conn) != 1) {
            break;
        }
    }
    return *too_late ? wait_last_result(conn, clock_mono_ms() + CANCEL_MS, silent) : pg_last_result(conn, silent);
}
