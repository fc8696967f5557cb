/*
 * generate - a database with the records of one UTC day (records.h), for tests of reports.
 *
 * usage: generate FILE RECORDS DOMAINS YYYY-MM-DD [SEED]
 *
 * The same arguments give the same records.
 */
#include <stdio.h>
#include <stdlib.h>

#include "records.h"
#include "records/messages.h"
#include "records/schema.h"
#include "report/period.h"

enum { BATCH = 500 };

static enum rc write_batch(struct maker *m, struct db *d, uint64_t from, uint64_t to, struct err *e)
{
    struct record record[BATCH];
    const struct record *row[BATCH];
    enum rc rc;

    arena_reset(m->arena);
    for (uint64_t i = from; i < to; i++) {
        make_record(m, i, &record[i - from]);
        row[i - from] = &record[i - from];
    }
    rc = db_run(d, "BEGIN", e);
    if (rc == RC_OK)
        rc = messages_insert(d, row, to - from, e);
    return rc == RC_OK ? db_run(d, "COMMIT", e) : rc;
}

/* Indexes are made at the end: ten million random keys one by one take hours on a small cache. */
static enum rc fill(struct maker *m, struct db *d, struct err *e)
{
    enum rc rc = db_run(d, "DROP INDEX message_part_policy_domain", e);

    for (uint64_t i = 0; rc == RC_OK && i < m->records; i += BATCH)
        rc = write_batch(m, d, i, i + BATCH < m->records ? i + BATCH : m->records, e);
    if (rc != RC_OK)
        return rc;
    return db_run(d, "PRAGMA cache_size = -200000;"
                  "CREATE INDEX message_part_policy_domain ON message (" SCHEMA_PART ", policy_domain)", e);
}

int main(int argc, char **argv)
{
    struct maker m = {.arena = arena_new(16 << 20)};
    struct err e = ERR_NONE;
    struct db *d = NULL;
    enum rc rc;

    if (argc < 5 || argc > 6 || m.arena == NULL || !period_parse(str_of(argv[4]), &m.begin_s)) {
        (void)fputs("usage: generate FILE RECORDS DOMAINS YYYY-MM-DD [SEED]\n", stderr);
        return 64;
    }
    m.records = strtoull(argv[2], NULL, 10);
    m.domains = strtoull(argv[3], NULL, 10);
    m.state = argc == 6 ? strtoull(argv[5], NULL, 10) : 1;
    rc = db_open_write(argv[1], &records_schema, false, &d, &e);
    if (rc == RC_OK)
        rc = fill(&m, d, &e);
    db_close(d);
    arena_free(m.arena);
    if (rc != RC_OK)
        (void)fprintf(stderr, "generate: %s\n", e.text);
    return rc == RC_OK ? 0 : 1;
}
