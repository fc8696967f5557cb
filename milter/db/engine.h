/*
 * engine.h - what an engine does for db.h, and the beginning that its databases and statements share.
 *
 * SQLite (sqlite.c) is in every program.  PostgreSQL (pg_engine.c) is in those
 * that say so (server.h), so that the others are not linked with libpq.
 */
#ifndef ASSAY_DB_ENGINE_H
#define ASSAY_DB_ENGINE_H

#include "db/db.h"

/* Each as the function of db.h after which it is named. */
struct db_functions {
    enum db_engine engine;
    void (*close)(struct db *d); /* its statements are finished by then */
    bool (*moved)(const struct db *d);
    const char *(*settle_moved)(const struct db *d);
    void (*set_wait)(struct db *d, int ms);
    void (*set_deadline)(struct db *d, int64_t mono_ms);
    enum rc (*bound)(struct db *d, const char *clients, struct err *e); /* NULL: there is no such thing */
    enum rc (*cache)(struct db *d, int kib, struct err *e);
    enum rc (*run)(struct db *d, const char *sql, struct err *e);
    enum rc (*ask)(struct db *d, const char *sql, int64_t *out, struct err *e);
    enum rc (*begin)(struct db *d, struct err *e);
    enum rc (*begin_reading)(struct db *d, struct err *e);
    enum rc (*commit)(struct db *d, struct err *e);
    void (*roll_back)(struct db *d);
    int64_t (*changes)(const struct db *d);
    int64_t (*last_id)(const struct db *d);
    bool (*has_column)(struct db *d, const char *table, const char *column);
    enum rc (*prepare)(struct db *d, const char *sql, struct statement **out, struct err *e);
    void (*finish)(struct statement *s); /* and frees it */
    void (*bind_text)(struct statement *s, int at, struct str text);
    void (*bind_int)(struct statement *s, int at, int64_t value);
    void (*bind_blob)(struct statement *s, int at, struct str bytes);
    enum rc (*next)(struct statement *s, bool *row, struct err *e);
    enum rc (*run_later)(struct statement *s, struct err *e); /* NULL: as statement_run */
    void (*reset)(struct statement *s);
    int64_t (*read_int)(const struct statement *s, int column);
    struct str (*read_text)(const struct statement *s, int column);
    struct str (*read_blob)(const struct statement *s, int column);
};

/* An engine's own struct begins with it. */
struct db {
    const struct db_functions *does;
    const char *path;             /* the engine's, as long as it is open */
    struct statement *statements; /* one for each constant text; the last that was compiled first */
};

/* The same. */
struct statement {
    struct db *db;
    const char *sql;
    struct statement *next;
};

#endif
