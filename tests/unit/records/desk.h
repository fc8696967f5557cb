/* A database open for writing, a writer on it, and blank records to give to it. */
#ifndef ASSAY_TESTS_STORE_DESK_H
#define ASSAY_TESTS_STORE_DESK_H

#include "unit.h"

#include "samples.h"
#include "records/schema.h"
#include "records/writer.h"

struct desk {
    struct scratch at;
    struct db *db;   /* which is asked; the file, but with a server (desk_both.h) */
    struct db *file; /* which the writer has */
    struct writer *writer;
    struct arena *arena;
};

static inline struct record blank_record(int64_t time_ms, const char *queue_id)
{
    struct record r = {.failure = NULL};

#define BLANK_TEXT(name) r.name = "";
#define BLANK_INT(name) r.name = 0;
#define BLANK(kind, name, help) BLANK_##kind(name)
    RECORD_COLUMNS(BLANK)
#undef BLANK
#undef BLANK_INT
#undef BLANK_TEXT
    r.time_ms = time_ms;
    r.queue_id = queue_id;
    r.dmarc = "fail";
    r.disposition = "none";
    r.source = "unknown";
    return r;
}

static inline void desk_reopen(struct desk *d)
{
    struct err e = ERR_NONE;

    if (db_open_write(d->at.db, &records_schema, false, &d->file, &e) != RC_OK)
        fail_msg("%s", e.text);
    d->db = d->file;
    d->writer = writer_new();
    assert_non_null(d->writer);
}

static inline void desk_open(struct desk *d)
{
    *d = (struct desk){.at = scratch_make(), .arena = arena_new(64 << 20)};
    desk_reopen(d);
}

/* As a process that is killed: what waits in memory is gone. */
static inline void desk_crash(struct desk *d)
{
    writer_free(d->writer);
    if (d->db != d->file)
        db_close(d->db);
    db_close(d->file);
}

static inline void desk_close(struct desk *d)
{
    desk_crash(d);
    scratch_remove(&d->at);
    arena_free(d->arena);
}

static inline void desk_put_seen(struct desk *d, const struct record *r, const struct dns_seen *seen, size_t n)
{
    struct item *item = item_new(&(struct store_item){r, seen, n});
    const struct item *items[] = {item};
    struct err e = ERR_NONE;

    if (writer_commit(d->writer, d->file, items, 1, &e) != RC_OK)
        fail_msg("%s", e.text);
    free(item);
}

static inline void desk_put(struct desk *d, const struct record *r)
{
    desk_put_seen(d, r, NULL, 0);
}

/* Takes care until nothing is left to do but wait. */
static inline uint64_t desk_care(struct desk *d, const struct store_keep *keep)
{
    struct err e = ERR_NONE;
    uint64_t gone = 0;
    int wait_ms = 0;

    for (int i = 0; i < 100000 && wait_ms == 0; i++)
        if (writer_maintain(d->writer, d->file, keep, &wait_ms, &gone, &e) != RC_OK)
            fail_msg("%s", e.text);
    if (writer_finish(d->writer, d->file, &e) != RC_OK)
        fail_msg("%s", e.text);
    return gone;
}

static inline int64_t desk_ask(struct desk *d, const char *sql)
{
    struct err e = ERR_NONE;
    int64_t n = -1;

    if (db_ask(d->db, sql, &n, &e) != RC_OK)
        fail_msg("%s", e.text);
    return n;
}

static inline void desk_run(struct desk *d, const char *sql)
{
    struct err e = ERR_NONE;

    if (db_run(d->db, sql, &e) != RC_OK)
        fail_msg("%s", e.text);
}

#endif
