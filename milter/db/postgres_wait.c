/* Answers that are waited for until a deadline. */
#include <poll.h>
#include <sys/socket.h>

#include <libpq-fe.h>

#include "base/clock.h"
#include "db/postgres_internal.h"

enum { GRACE_MS = 500 /* beyond the deadline, in which the server says itself that it gave up */ };

/*
 * Until an answer can be fetched.  PQcancel is no way out: it waits for the server, too, and a frozen one never
 * answers.
 */
static void wait_for_input(PGconn *c, int64_t deadline_ms, bool *too_late)
{
    while (PQisBusy(c) != 0) {
        int64_t left = deadline_ms + GRACE_MS - clock_mono_ms();
        struct pollfd socket = {.fd = PQsocket(c), .events = POLLIN};

        if (left <= 0 && !*too_late) {
            *too_late = true;
            (void)shutdown(socket.fd, SHUT_RDWR); /* which libpq finds out */
        } else if (poll(&socket, 1, left > 0 ? (int)left : GRACE_MS) > 0 && PQconsumeInput(c) != 1) {
            break;
        }
    }
}

PGresult *pg_wait(PGconn *c, int64_t deadline_ms, bool *too_late)
{
    PGresult *r = NULL, *next;

    for (;;) {
        wait_for_input(c, deadline_ms, too_late);
        next = PQgetResult(c);
        if (next == NULL)
            return r;
        if (r != NULL && PQresultStatus(r) == PGRES_FATAL_ERROR) {
            PQclear(next);
        } else {
            PQclear(r);
            r = next;
        }
    }
}
