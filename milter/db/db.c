#include "db/db.h"

#include <string.h>

#include "db/engine.h"
#include "db/locked.h"

const char *db_path(const struct db *d)
{
    return d->path;
}

enum db_engine db_engine(const struct db *d)
{
    return d->does->engine;
}

void db_close(struct db *d)
{
    if (d == NULL)
        return;
    while (d->statements != NULL) {
        struct statement *s = d->statements;

        d->statements = s->next;
        d->does->finish(s);
    }
    d->does->close(d);
}

bool db_moved(const struct db *d)
{
    return d->does->moved(d);
}

const char *db_settle_moved(const struct db *d)
{
    return d->does->settle_moved(d);
}

void db_set_wait(struct db *d, int ms)
{
    d->does->set_wait(d, ms);
}

bool db_is_lock(const struct err *e)
{
    static const char words[] = LOCKED_WORDS;
    size_t n = strlen(e->text), end = sizeof words - 1;

    return n >= end && strcmp(e->text + n - end, words) == 0;
}

void db_set_deadline(struct db *d, int64_t mono_ms)
{
    d->does->set_deadline(d, mono_ms);
}

enum rc db_bound(struct db *d, const char *clients, struct err *e)
{
    return d->does->bound == NULL ? RC_OK : d->does->bound(d, clients, e);
}

enum rc db_cache(struct db *d, int kib, struct err *e)
{
    return d->does->cache(d, kib, e);
}

enum rc db_run(struct db *d, const char *sql, struct err *e)
{
    return d->does->run(d, sql, e);
}

enum rc db_begin(struct db *d, struct err *e)
{
    return d->does->begin(d, e);
}

enum rc db_commit(struct db *d, struct err *e)
{
    return d->does->commit(d, e);
}

enum rc db_begin_reading(struct db *d, struct err *e)
{
    return d->does->begin_reading(d, e);
}

void db_roll_back(struct db *d)
{
    d->does->roll_back(d);
}

void db_end_reading(struct db *d)
{
    for (struct statement *s = d->statements; s != NULL; s = s->next)
        statement_reset(s);
    db_roll_back(d);
}

enum rc db_ask(struct db *d, const char *sql, int64_t *out, struct err *e)
{
    return d->does->ask(d, sql, out, e);
}

int64_t db_changes(const struct db *d)
{
    return d->does->changes(d);
}

int64_t db_last_id(const struct db *d)
{
    return d->does->last_id(d);
}

bool db_has_column(struct db *d, const char *table, const char *column)
{
    return d->does->has_column(d, table, column);
}

/* ---- statements ---- */

enum rc db_statement(struct db *d, const char *sql, struct statement **out, struct err *e)
{
    struct statement *s = d->statements;
    enum rc rc;

    while (s != NULL && s->sql != sql)
        s = s->next;
    *out = s;
    if (s != NULL) {
        statement_reset(s);
        return RC_OK;
    }
    rc = d->does->prepare(d, sql, out, e);
    if (rc != RC_OK)
        return rc;
    (*out)->next = d->statements;
    d->statements = *out;
    return RC_OK;
}

void statement_bind_text(struct statement *s, int at, struct str text)
{
    s->db->does->bind_text(s, at, text);
}

void statement_bind_int(struct statement *s, int at, int64_t value)
{
    s->db->does->bind_int(s, at, value);
}

void statement_bind_blob(struct statement *s, int at, struct str bytes)
{
    s->db->does->bind_blob(s, at, bytes);
}

enum rc statement_next(struct statement *s, bool *row, struct err *e)
{
    return s->db->does->next(s, row, e);
}

enum rc statement_run(struct statement *s, struct err *e)
{
    bool row = true;
    enum rc rc = RC_OK;

    while (rc == RC_OK && row)
        rc = statement_next(s, &row, e);
    statement_reset(s);
    return rc;
}

enum rc statement_run_later(struct statement *s, struct err *e)
{
    return s->db->does->run_later == NULL ? statement_run(s, e) : s->db->does->run_later(s, e);
}

int64_t statement_int(const struct statement *s, int column)
{
    return s->db->does->read_int(s, column);
}

struct str statement_text(const struct statement *s, int column)
{
    return s->db->does->read_text(s, column);
}

struct str statement_blob(const struct statement *s, int column)
{
    return s->db->does->read_blob(s, column);
}

void statement_reset(struct statement *s)
{
    if (s != NULL)
        s->db->does->reset(s);
}
