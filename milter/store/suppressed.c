/* Addresses that reports do not go to, because what went there bounced; and the lock of who sends. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include "store/dbfile.h"
#include "store/outbox.h"

/* ---- one sender at a time ---- */

struct outbox_lock {
    int fd;
};

/*
 * A lock of the kernel's, on a file of its own: it ends with the process, so
 * that no lease has to time out; and SQLite's own locks, which every close()
 * of the database file would drop, are left alone.
 */
enum rc outbox_lock(const char *database, struct outbox_lock **out, struct err *e)
{
    char mem[DBFILE_PATH_MAX + 16];
    struct strbuf path = STRBUF_ON(mem);
    struct outbox_lock *l = malloc(sizeof *l);

    *out = NULL;
    if (l == NULL)
        return err_set(e, RC_NOMEM, "no memory");
    strbuf_putf(&path, "%s.sending", database);
    l->fd = open(path.p, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (l->fd >= 0 && flock(l->fd, LOCK_EX | LOCK_NB) == 0) {
        *out = l;
        return RC_OK;
    }
    if (errno == EWOULDBLOCK)
        (void)err_set(e, RC_TEMP, "another \"assay report send\" is at work; it holds %s", path.p);
    else
        (void)err_errno(e, RC_IO, errno, "%s: run it as the user of the service", path.p);
    if (l->fd >= 0)
        (void)close(l->fd);
    free(l);
    return RC_TEMP;
}

void outbox_unlock(struct outbox_lock *l)
{
    if (l == NULL)
        return;
    (void)close(l->fd);
    free(l);
}

/* ---- addresses ---- */

enum rc outbox_suppress(struct db *d, const struct suppression *row, struct err *e)
{
    static const char sql[] = "INSERT INTO suppressed (address, since_ms, until_ms, why) VALUES (?1, ?2, ?3, ?4)"
                              " ON CONFLICT (address) DO UPDATE SET until_ms = max(until_ms, ?3), why = ?4";
    struct statement *s;
    enum rc rc = db_statement(d, sql, &s, e);

    if (rc != RC_OK)
        return rc;
    statement_bind_text(s, 1, str_of(row->address));
    statement_bind_int(s, 2, row->since_ms);
    statement_bind_int(s, 3, row->until_ms);
    statement_bind_text(s, 4, str_of(row->why));
    return statement_run(s, e);
}

static enum rc read_row(const struct db *d, const struct statement *s, struct arena *a, struct suppression *out,
                        struct err *e)
{
    *out = (struct suppression){
        .address = str_dup(a, statement_text(s, 0)),
        .since_ms = statement_int(s, 1),
        .until_ms = statement_int(s, 2),
        .why = str_dup(a, statement_text(s, 3)),
    };
    return out->address == NULL || out->why == NULL
               ? err_set(e, RC_NOMEM, "%s: no memory for what was found", db_path(d))
               : RC_OK;
}

enum rc outbox_suppressed(struct db *d, struct arena *a, struct str address, int64_t now_ms, struct suppression *out,
                          struct err *e)
{
    static const char sql[] = "SELECT address, since_ms, until_ms, why FROM suppressed"
                              " WHERE address = ?1 AND until_ms > ?2";
    struct statement *s;
    bool row = false;
    enum rc rc = db_statement(d, sql, &s, e);

    if (rc != RC_OK)
        return rc;
    statement_bind_text(s, 1, address);
    statement_bind_int(s, 2, now_ms);
    rc = statement_next(s, &row, e);
    if (rc == RC_OK && row)
        rc = read_row(d, s, a, out, e);
    statement_reset(s);
    return rc == RC_OK && !row ? RC_NOTFOUND : rc;
}

enum rc outbox_suppressions(struct db *d, struct arena *a, int64_t now_ms, size_t max, struct suppression **out,
                            size_t *n, struct err *e)
{
    static const char sql[] = "SELECT address, since_ms, until_ms, why FROM suppressed WHERE until_ms > ?1"
                              " ORDER BY since_ms DESC LIMIT ?2";
    struct statement *s;
    bool row = true;
    enum rc rc = db_statement(d, sql, &s, e);

    *n = 0;
    *out = arena_array(a, max, sizeof **out);
    if (rc != RC_OK || *out == NULL)
        return rc != RC_OK ? rc : err_set(e, RC_NOMEM, "no memory");
    statement_bind_int(s, 1, now_ms);
    statement_bind_int(s, 2, (int64_t)max);
    while (rc == RC_OK && *n < max && (rc = statement_next(s, &row, e)) == RC_OK && row)
        rc = read_row(d, s, a, &(*out)[(*n)++], e);
    statement_reset(s);
    return rc;
}
