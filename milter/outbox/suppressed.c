/* Addresses that reports do not go to, because what went there bounced; and the lock of who sends. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "db/dbfile.h"
#include "db/run.h"
#include "outbox/outbox.h"

/* ---- one sender at a time ---- */

struct outbox_lock {
    int fd;
};

static int open_lock_file(struct str path)
{
    return open(path.p, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
}

/*
 * Run once by root, it must not lock out the service's user for ever; and
 * where a group may write the database, it may take this as well.  Not those
 * who read: who may open a file may lock it.
 */
static void give_to_owner(int fd, const char *database)
{
    struct stat db, own;

    if (stat(database, &db) != 0 || fstat(fd, &own) != 0 || !S_ISREG(own.st_mode) || own.st_nlink != 1)
        return;
    if (geteuid() == 0 && own.st_uid != db.st_uid)
        (void)!fchown(fd, db.st_uid, db.st_gid);
    if (dbfile_is_shared(database) && (geteuid() == 0 || geteuid() == own.st_uid))
        (void)fchmod(fd, 0660);
}

static const char suppressed_sending[] = "sending", suppressed_reporting[] = "reporting";

static void suppressed_make_lock(const char *database, const char *end)
{
    char mem[DBFILE_PATH_MAX + 16];
    struct strbuf path = STRBUF_ON(mem);
    int fd;

    strbuf_putf(&path, "%s.%s", database, end);
    fd = open_lock_file(strbuf_str(&path));
    if (fd < 0)
        return;
    give_to_owner(fd, database);
    (void)close(fd);
}

void outbox_make_lock(const char *database)
{
    if (!dbfile_is_shared(database))
        return;
    suppressed_make_lock(database, suppressed_sending);
    suppressed_make_lock(database, suppressed_reporting);
}

/* What the system refuses to this user it refuses tomorrow as well; the rest may pass. */
static enum rc suppressed_kind_of(int code)
{
    return code == EACCES || code == EPERM || code == EROFS || code == ELOOP || code == EISDIR || code == ENOENT ||
                   code == ENOTDIR
               ? RC_IO : RC_TEMP;
}

/*
 * A lock of the kernel's, on a file of its own: it ends with the process, so
 * that no lease has to time out; and SQLite's own locks, which every close()
 * of the database file would drop, are left alone.
 */
static enum rc suppressed_lock(const char *database, const char *end, const char *holder, int64_t wait_ms,
                               struct outbox_lock **out, struct err *e)
{
    enum { PAUSE_MS = 20 };
    const struct timespec pause = {0, PAUSE_MS * 1000 * 1000};
    char mem[DBFILE_PATH_MAX + 16];
    struct strbuf path = STRBUF_ON(mem);
    struct outbox_lock *l = malloc(sizeof *l);
    bool taken = false;
    enum rc rc;

    *out = NULL;
    if (l == NULL)
        return err_set(e, RC_NOMEM, "no memory");
    strbuf_putf(&path, "%s.%s", database, end);
    l->fd = open_lock_file(strbuf_str(&path));
    if (l->fd >= 0)
        give_to_owner(l->fd, database);
    while (l->fd >= 0 && !(taken = flock(l->fd, LOCK_EX | LOCK_NB) == 0) && errno == EWOULDBLOCK && wait_ms > 0) {
        (void)nanosleep(&pause, NULL);
        wait_ms -= PAUSE_MS;
        errno = EWOULDBLOCK;
    }
    if (taken) {
        *out = l;
        return RC_OK;
    }
    rc = suppressed_kind_of(errno);
    if (errno == EWOULDBLOCK)
        (void)err_set(e, rc, "another \"assay %s\" is at work; it holds %s", holder, path.p);
    else
        (void)err_errno(e, rc, errno, "%s: run it as the user of the service, who must own this file and its folder",
                        path.p);
    if (l->fd >= 0)
        (void)close(l->fd);
    free(l);
    return rc;
}

enum rc outbox_lock(const char *database, struct outbox_lock **out, struct err *e)
{
    return suppressed_lock(database, suppressed_sending, "report send", 0, out, e);
}

enum rc outbox_lock_reporting(const char *database, int64_t wait_ms, struct outbox_lock **out, struct err *e)
{
    return suppressed_lock(database, suppressed_reporting, "report-client", wait_ms, out, e);
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
                              " ON CONFLICT (address) DO UPDATE SET why = ?4, until_ms ="
                              " CASE WHEN suppressed.until_ms > ?3 THEN suppressed.until_ms ELSE ?3 END";

    return db_run_with(d, sql, DB_VALUES(DB_TEXT(str_of(row->address)), DB_INT(row->since_ms), DB_INT(row->until_ms),
                       DB_TEXT(str_of(row->why))), e);
}

static enum rc suppressed_read_row(const struct db *d, const struct statement *s, struct arena *a,
                                   struct suppression *out,
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
    enum rc rc = db_query(d, sql, DB_VALUES(DB_TEXT(address), DB_INT(now_ms)), &s, e);

    if (rc != RC_OK)
        return rc;
    rc = statement_next(s, &row, e);
    if (rc == RC_OK && row)
        rc = suppressed_read_row(d, s, a, out, e);
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
    enum rc rc = db_query(d, sql, DB_VALUES(DB_INT(now_ms), DB_INT(max)), &s, e);

    *n = 0;
    *out = arena_array(a, max, sizeof **out);
    if (rc != RC_OK || *out == NULL)
        return rc != RC_OK ? rc : err_set(e, RC_NOMEM, "no memory");
    while (rc == RC_OK && *n < max && (rc = statement_next(s, &row, e)) == RC_OK && row)
        rc = suppressed_read_row(d, s, a, &(*out)[(*n)++], e);
    statement_reset(s);
    return rc;
}
