/*
 * silent - asks a server that may say nothing, and says what became of it.
 *
 *     silent URL MS      waits MS for the answer, instead of the 90 seconds of db/postgres_wait.c
 *
 * Prints "answered" or "silent", the milliseconds it took, and "lost" or "kept" of the connection.
 */
#include <stdio.h>
#include <stdlib.h>

#include <libpq-fe.h>

#include "base/clock.h"
#include "db/postgres_internal.h"

int main(int argc, char **argv)
{
    struct err e = ERR_NONE;
    bool silent = false;
    int64_t began;
    struct pg *p;
    PGresult *r;

    if (argc != 3 || pg_open(argv[1], "silent", &p, &e) != RC_OK) {
        (void)fprintf(stderr, "silent: %s\n", argc != 3 ? "URL MS" : e.text);
        return 64;
    }
    began = clock_mono_ms();
    if (PQsendQuery(pg_connection(p), "SELECT 1") == 1)
        while ((r = pg_next_result(pg_connection(p), began + strtol(argv[2], NULL, 10), &silent)) != NULL)
            PQclear(r);
    (void)printf("%s %lld %s\n", silent ? "silent" : "answered", (long long)(clock_mono_ms() - began),
                 pg_is_lost(p) ? "lost" : "kept");
    pg_close(p);
    return 0;
}
