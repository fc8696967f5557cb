/* One at a time: who sends reports, who builds them, who makes those to clients. */
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

struct outbox_lock {
    int fd;        /* of a file's lock; -1: there is none */
    struct db *db; /* of a server's, which is the connection's; else NULL */
    int64_t epoch; /* of that: how often it was taken */
    enum outbox_work work;
};

/*
 * In the centre of a fleet the lock is the connection's: who loses the
 * connection loses it, and can write nothing any more either.  The server ends
 * a connection on which nothing was asked for longer than the work may take:
 * its holder is frozen, or cut off.  To hand over one mail takes 15 minutes at most (post/submit.c).
 */
static const struct {
    const char *file, *name, *server, *session, *unlock;
} lock_work[] = {
    [OUTBOX_SENDING] = {"sending", "report send", "SELECT pg_try_advisory_lock(3, 0)::int",
                        "SET synchronous_commit = on; SET idle_session_timeout = '20min'",
                        "SELECT pg_advisory_unlock(3, 0)::int"},
    [OUTBOX_REPORTING] = {"reporting", "report-client", "SELECT pg_try_advisory_lock(3, 1)::int",
                          "SET synchronous_commit = on; SET idle_session_timeout = '4h'",
                          "SELECT pg_advisory_unlock(3, 1)::int"},
    [OUTBOX_BUILDING] = {"building", "report build", "SELECT pg_try_advisory_lock(3, 2)::int",
                         "SET synchronous_commit = on; SET idle_session_timeout = '4h'",
                         "SELECT pg_advisory_unlock(3, 2)::int"},
};

/* ---- a file's ---- */

static int lock_open_file(struct str path)
{
    return open(path.p, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
}

/*
 * Run once by root, it must not lock out the service's user for ever; and
 * where a group may write the database, it may take this as well.  Not those
 * who read: who may open a file may lock it.
 */
static void lock_give_to_owner(int fd, const char *database)
{
    struct stat db, own;

    if (stat(database, &db) != 0 || fstat(fd, &own) != 0 || !S_ISREG(own.st_mode) || own.st_nlink != 1)
        return;
    if (geteuid() == 0 && own.st_uid != db.st_uid)
        (void)!fchown(fd, db.st_uid, db.st_gid);
    if (dbfile_is_shared(database) && (geteuid() == 0 || geteuid() == own.st_uid))
        (void)fchmod(fd, 0660);
}

static void lock_make(const char *database, const char *end)
{
    char mem[DBFILE_PATH_MAX + 16];
    struct strbuf path = STRBUF_ON(mem);
    int fd;

    strbuf_putf(&path, "%s.%s", database, end);
    fd = lock_open_file(strbuf_str(&path));
    if (fd < 0)
        return;
    lock_give_to_owner(fd, database);
    (void)close(fd);
}

void outbox_make_lock(const char *database)
{
    if (!dbfile_is_shared(database))
        return;
    lock_make(database, lock_work[OUTBOX_SENDING].file);
    lock_make(database, lock_work[OUTBOX_REPORTING].file);
}

/* What the system refuses to this user it refuses tomorrow as well; the rest may pass. */
static enum rc lock_kind_of(int code)
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
enum rc outbox_lock_file(const char *database, enum outbox_work work, int64_t wait_ms, struct outbox_lock **out,
                         struct err *e)
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
    *l = (struct outbox_lock){.work = work};
    strbuf_putf(&path, "%s.%s", database, lock_work[work].file);
    l->fd = lock_open_file(strbuf_str(&path));
    if (l->fd >= 0)
        lock_give_to_owner(l->fd, database);
    while (l->fd >= 0 && !(taken = flock(l->fd, LOCK_EX | LOCK_NB) == 0) && errno == EWOULDBLOCK && wait_ms > 0) {
        (void)nanosleep(&pause, NULL);
        wait_ms -= PAUSE_MS;
        errno = EWOULDBLOCK;
    }
    if (taken) {
        *out = l;
        return RC_OK;
    }
    rc = lock_kind_of(errno);
    if (errno == EWOULDBLOCK)
        (void)err_set(e, rc, "another \"assay %s\" is at work; it holds %s", lock_work[work].name, path.p);
    else
        (void)err_errno(e, rc, errno, "%s: run it as the user of the service, who must own this file and its folder",
                        path.p);
    if (l->fd >= 0)
        (void)close(l->fd);
    free(l);
    return rc;
}

/* ---- in the centre of a fleet ---- */

static struct str lock_word(enum outbox_work work)
{
    return str_of(lock_work[work].file);
}

/* Who has it, as he said; perhaps in the same moment another has. */
static enum rc lock_is_taken(struct db *d, enum outbox_work work, struct err *e)
{
    static const char sql[] = "SELECT host FROM report_lock WHERE work = ?1";
    struct statement *s;
    bool row = false;
    char by[300] = "another machine";
    struct strbuf b = STRBUF_ON(by);

    if (db_query(d, sql, DB_VALUES(DB_TEXT(lock_word(work))), &s, NULL) == RC_OK) {
        if (statement_next(s, &row, NULL) == RC_OK && row)
            strbuf_put_clean(&b, statement_text(s, 0), 64);
        statement_reset(s);
    }
    return err_set(e, RC_LIMIT, "%s is at it", by);
}

/* Whoever had it before is told apart from us by the epoch, and sends no more. */
static enum rc lock_sign(struct outbox_lock *l, const char *host, struct err *e)
{
    static const char sql[] =
        "INSERT INTO report_lock AS l (work, host, epoch, since) VALUES (?1, ?2, 1, now()) ON CONFLICT (work) DO UPDATE"
        " SET host = excluded.host, epoch = l.epoch + 1, since = now() RETURNING epoch";
    struct statement *s;
    bool row = false;
    enum rc rc = db_query(l->db, sql, DB_VALUES(DB_TEXT(lock_word(l->work)), DB_TEXT(str_of(host))), &s, e);

    if (rc != RC_OK)
        return rc;
    rc = statement_next(s, &row, e);
    l->epoch = rc == RC_OK && row ? statement_int(s, 0) : 0;
    statement_reset(s);
    return rc;
}

static enum rc lock_server(struct db *d, enum outbox_work work, const char *host, int64_t wait_ms,
                           struct outbox_lock **out, struct err *e)
{
    enum { PAUSE_MS = 200 };
    const struct timespec pause = {0, PAUSE_MS * 1000 * 1000};
    struct outbox_lock *l = malloc(sizeof *l);
    int64_t ours = 0;
    enum rc rc;

    if (l == NULL)
        return err_set(e, RC_NOMEM, "no memory");
    *l = (struct outbox_lock){.fd = -1, .db = d, .work = work};
    while ((rc = db_ask(d, lock_work[work].server, &ours, e)) == RC_OK && ours == 0 && wait_ms > 0) {
        (void)nanosleep(&pause, NULL);
        wait_ms -= PAUSE_MS;
    }
    if (rc == RC_OK)
        rc = ours == 0 ? lock_is_taken(d, work, e) : lock_sign(l, host, e);
    if (rc == RC_OK)
        rc = db_run(d, lock_work[work].session, e);
    if (rc == RC_OK)
        *out = l;
    else
        free(l);
    return rc;
}

enum rc outbox_lock(struct db *d, enum outbox_work work, const char *host, int64_t wait_ms, struct outbox_lock **out,
                    struct err *e)
{
    *out = NULL;
    if (db_engine(d) == DB_SQLITE && work == OUTBOX_BUILDING)
        return RC_OK; /* two would build the same, and keep it once */
    if (db_engine(d) != DB_SQLITE)
        return lock_server(d, work, host, wait_ms, out, e);
    return outbox_lock_file(db_path(d), work, wait_ms, out, e);
}

void outbox_unlock(struct outbox_lock *l)
{
    int64_t nothing;

    if (l == NULL)
        return;
    if (l->fd >= 0)
        (void)close(l->fd);
    if (l->db != NULL)
        (void)db_ask(l->db, lock_work[l->work].unlock, &nothing, NULL);
    free(l);
}

int64_t outbox_epoch(const struct outbox_lock *l)
{
    return l == NULL ? 0 : l->epoch;
}
