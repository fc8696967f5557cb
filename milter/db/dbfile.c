#include "db/dbfile.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <pthread.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/database_url.h"

static const char *const beside[] = {"", "-wal", "-shm"};

/* Whether the file and those SQLite keeps beside it are there and ours to write, so that none need be made. */
static bool all_writable(const char *path)
{
    char name[DBFILE_PATH_MAX + 8];

    for (size_t i = 0; i < sizeof beside / sizeof beside[0]; i++) {
        (void)snprintf(name, sizeof name, "%s%s", path, beside[i]);
        if (access(name, R_OK | W_OK) != 0)
            return false;
    }
    return true;
}

static enum rc check_folder(const char *path, struct err *e)
{
    char copy[DBFILE_PATH_MAX];
    const char *folder;
    struct stat st;

    (void)snprintf(copy, sizeof copy, "%s", path);
    folder = dirname(copy);
    if (stat(folder, &st) != 0)
        return err_set(e, RC_IO, "%s: its folder: %s; make it: install -d -o assay -g assay-read -m 0750 %s", path,
                       strerror(errno), folder);
    if (!S_ISDIR(st.st_mode))
        return err_set(e, RC_IO, "%s: %s is not a folder; set Database to a file in one", path, folder);
    if (access(folder, W_OK | X_OK) != 0 && !all_writable(path))
        return err_set(e, RC_IO, "%s: its folder cannot be written: %s; give it to the user of the service",
                       path, strerror(errno));
    return RC_OK;
}

bool dbfile_is_shared(const char *path)
{
    char copy[DBFILE_PATH_MAX];
    struct stat file, folder;

    (void)snprintf(copy, sizeof copy, "%s", path);
    if (stat(dirname(copy), &folder) != 0 || (folder.st_mode & S_IRWXO) != 0)
        return false;
    return folder.st_gid != (stat(path, &file) == 0 ? file.st_gid : getegid());
}

/* One that was made with the other mode, before the folder was what it is now; an administrator's own stays. */
static void dbfile_mend_modes(const char *path)
{
    mode_t right = dbfile_is_shared(path) ? DBFILE_MODE_SHARED : DBFILE_MODE;
    mode_t other = right == DBFILE_MODE ? DBFILE_MODE_SHARED : DBFILE_MODE;
    char name[DBFILE_PATH_MAX + 8];
    struct stat st;

    for (size_t i = 0; i < sizeof beside / sizeof beside[0]; i++) {
        (void)snprintf(name, sizeof name, "%s%s", path, beside[i]);
        if (lstat(name, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() && (st.st_mode & 07777) == other)
            (void)chmod(name, right);
    }
}

enum rc dbfile_prepare(const char *path, struct err *e)
{
    enum rc rc = check_folder(path, e);
    int fd;

    if (rc != RC_OK)
        return rc;
    dbfile_mend_modes(path);
    if (all_writable(path))
        return RC_OK;
    fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, DBFILE_MODE);
    if (fd < 0 && errno == EEXIST)
        return RC_OK;
    if (fd < 0)
        return err_set(e, errno == ENOSPC || errno == EDQUOT ? RC_TEMP : RC_IO,
                       "%s: cannot be created: %s; check the folder", path, strerror(errno));
    (void)fchmod(fd, dbfile_is_shared(path) ? DBFILE_MODE_SHARED : DBFILE_MODE); /* whatever the umask is */
    (void)close(fd);
    return RC_OK;
}

enum rc dbfile_readable(const char *path, struct err *e)
{
    struct stat st;

    if (database_url_is(str_of(path)))
        return RC_OK; /* whether it can be had is told when it is opened */
    if (database_url_has_password(str_of(path)))
        return err_set(e, RC_BAD, "what is named as a database holds a password, and is neither a file nor a URL; "
                       "write postgresql://HOST/DATABASE, and the password into ~/.pgpass");
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return err_set(e, RC_BAD, "%s: is a folder; name the database file in it", path);
    if (access(path, R_OK) == 0)
        return RC_OK;
    if ((errno == ENOENT || errno == ENOTDIR) && strstr(path, "//") != NULL)
        return err_set(e, RC_NOTFOUND, "%.200s: no such file; a database in PostgreSQL is written "
                       "postgresql://HOST/DATABASE or service=NAME", path);
    if (errno == ENOENT || errno == ENOTDIR)
        return err_set(e, RC_NOTFOUND, "%s: %s; has assay-milter run, and is its Database the same?  (At the desk "
                       "of a fleet Database is the centre's URL.)", path, strerror(errno));
    return err_set(e, RC_IO, "%s: %s; members of the group that owns its folder may read it", path,
                   strerror(errno));
}

enum rc dbfile_writable(const char *path, struct err *e)
{
    char copy[DBFILE_PATH_MAX];
    struct passwd *owner = NULL;
    struct stat st;
    enum rc rc = dbfile_readable(path, e);

    if (rc != RC_OK || database_url_is(str_of(path)))
        return rc;
    (void)snprintf(copy, sizeof copy, "%s", path);
    if (all_writable(path) || (access(path, W_OK) == 0 && access(dirname(copy), W_OK | X_OK) == 0))
        return RC_OK;
    if (stat(path, &st) == 0)
        owner = getpwuid(st.st_uid);
    return err_set(e, RC_IO, "%s: may only be read by you; root and its owner may change it: sudo -u %s assay ...",
                   path, owner == NULL ? "root" : owner->pw_name);
}

struct dbfile_id dbfile_identify(const char *path)
{
    char wal[DBFILE_PATH_MAX + 8];
    struct dbfile_id id;

    memset(&id, 0, sizeof id);
    (void)snprintf(wal, sizeof wal, "%s-wal", path);
    id.has_file = stat(path, &id.file) == 0;
    id.has_wal = stat(wal, &id.wal) == 0;
    return id;
}

static bool same_inode(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

bool dbfile_is_empty(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == 0;
}

/* By renaming: whoever fills the file at this moment, to restore it, loses nothing. */
void dbfile_set_aside(const char *path)
{
    static const char *const suffix[] = {"", "-wal"};
    char from[DBFILE_PATH_MAX + 8], to[DBFILE_PATH_MAX + 32];

    for (size_t i = 0; i < sizeof suffix / sizeof suffix[0]; i++) {
        (void)snprintf(from, sizeof from, "%s%s", path, suffix[i]);
        (void)snprintf(to, sizeof to, "%s.truncated%s", path, suffix[i]);
        (void)rename(from, to);
    }
    (void)snprintf(from, sizeof from, "%s-shm", path);
    (void)unlink(from);
}

static bool dbfile_rename_old_log(const char *path, const struct dbfile_id *before)
{
    struct dbfile_id now = dbfile_identify(path);
    char from[DBFILE_PATH_MAX + 8], to[DBFILE_PATH_MAX + 32];

    if (!now.has_file || !now.has_wal || !before->has_file || !before->has_wal ||
        same_inode(&now.file, &before->file) || !same_inode(&now.wal, &before->wal))
        return false;
    (void)snprintf(from, sizeof from, "%s-wal", path);
    (void)snprintf(to, sizeof to, "%s.replaced-wal", path);
    (void)rename(from, to);
    (void)snprintf(from, sizeof from, "%s-shm", path);
    (void)unlink(from);
    return true;
}

/* One thread at a time: the next one finds the new log there, which is not its to rename. */
bool dbfile_set_old_log_aside(const char *path, const struct dbfile_id *before)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    bool was;

    (void)pthread_mutex_lock(&lock);
    was = dbfile_rename_old_log(path, before);
    (void)pthread_mutex_unlock(&lock);
    return was;
}

int64_t dbfile_log_bytes(const char *path)
{
    char wal[DBFILE_PATH_MAX + 8];
    struct stat st;

    (void)snprintf(wal, sizeof wal, "%s-wal", path);
    return stat(wal, &st) == 0 ? (int64_t)st.st_size : 0;
}

bool dbfile_same(const struct dbfile_id *a, const struct dbfile_id *b)
{
    if (a->has_file != b->has_file || a->has_wal != b->has_wal)
        return false;
    return (!a->has_file || same_inode(&a->file, &b->file)) && (!a->has_wal || same_inode(&a->wal, &b->wal));
}

/* The times of a file are no finer than a tick: what was written shortly before it was opened may have been after. */
bool dbfile_is_unchanged(const char *path, const struct dbfile_id *opened, int64_t opened_s)
{
    enum { TICK_S = 2 };
    struct dbfile_id now = dbfile_identify(path);

    return dbfile_same(opened, &now) && now.file.st_size == opened->file.st_size &&
           now.file.st_mtim.tv_sec == opened->file.st_mtim.tv_sec &&
           now.file.st_mtim.tv_nsec == opened->file.st_mtim.tv_nsec &&
           opened_s - opened->file.st_mtim.tv_sec >= TICK_S;
}

void dbfile_uri(const char *path, struct strbuf *out)
{
    strbuf_puts(out, "file:");
    for (const char *p = path; *p != '\0'; p++) {
        if (*p == '%' || *p == '?' || *p == '#')
            strbuf_putf(out, "%%%02x", (unsigned char)*p);
        else
            strbuf_putc(out, *p);
    }
}
