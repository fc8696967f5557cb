/*
 * load - the records of one UTC day (tests/report/records.h) in the centre of a fleet, as if a host had shipped them.
 *
 *     load URL RECORDS DOMAINS YYYY-MM-DD
 *
 * For measuring: keys by which messages are found are left out.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "db/postgres.h"
#include "records.h"
#include "records/schema.h"
#include "report/period.h"

enum { BATCH = 2000 };

static const char *copy_sql(int64_t begin_s, char *mem, size_t size)
{
    struct strbuf b = strbuf_on(mem, size);
    time_t at = (time_t)begin_s;
    struct tm tm;

    (void)gmtime_r(&at, &tm);
    strbuf_putf(&b, "COPY message_%04d%02d%02d (day, store, id", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
    for (int i = 0; i < SCHEMA_COLUMNS; i++)
        strbuf_putf(&b, ", %s", schema_column[i].name);
    strbuf_puts(&b, ") FROM STDIN (FORMAT binary)");
    return b.p;
}

static void put(struct pg *p, int64_t day, int64_t id, const struct record *r)
{
    pg_copy_row(p, SCHEMA_COLUMNS + 3);
    pg_copy_date(p, day);
    pg_copy_int4(p, 1);
    pg_copy_int8(p, id);
    for (int i = 0; i < SCHEMA_COLUMNS; i++) {
        const char *field = (const char *)r + schema_column[i].offset;

        if (schema_column[i].is_text)
            pg_copy_text(p, str_of(*(const char *const *)(const void *)field));
        else
            pg_copy_int8(p, *(const int64_t *)(const void *)field);
    }
}

static enum rc load(struct maker *m, struct pg *p, struct err *e)
{
    char mem[8192], ready[100];
    const char *sql = copy_sql(m->begin_s, mem, sizeof mem);
    enum rc rc;

    (void)snprintf(ready, sizeof ready, "SELECT day_ready(date '1970-01-01' + %d)", (int)(m->begin_s / PERIOD_DAY_S));
    rc = pg_run(p, ready, e);
    if (rc == RC_OK)
        rc = pg_run(p, "SET session_replication_role = replica", e); /* no trigger asks whose host we are */
    for (uint64_t i = 0; rc == RC_OK && i < m->records; i += BATCH) {
        rc = pg_copy_begin(p, sql, e);
        for (uint64_t k = i; rc == RC_OK && k < i + BATCH && k < m->records; k++) {
            struct record r;

            arena_reset(m->arena);
            make_record(m, k, &r);
            put(p, m->begin_s / PERIOD_DAY_S, (int64_t)k + 1, &r);
        }
        if (rc == RC_OK)
            rc = pg_copy_end(p, e);
    }
    return rc;
}

int main(int argc, char **argv)
{
    struct maker m = {.state = 1, .tame = true, .arena = arena_new(1 << 20)};
    struct err e = ERR_NONE;
    struct pg *p = NULL;
    enum rc rc;

    if (argc != 5 || m.arena == NULL || !period_parse(str_of(argv[4]), &m.begin_s)) {
        (void)fputs("usage: load URL RECORDS DOMAINS YYYY-MM-DD\n", stderr);
        return 64;
    }
    m.records = strtoull(argv[2], NULL, 10);
    m.domains = strtoull(argv[3], NULL, 10);
    rc = pg_open(argv[1], "load", &p, &e);
    if (rc == RC_OK)
        rc = load(&m, p, &e);
    pg_close(p);
    arena_free(m.arena);
    if (rc != RC_OK)
        (void)fprintf(stderr, "load: %s\n", e.text);
    return rc == RC_OK ? 0 : 1;
}
