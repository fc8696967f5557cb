/*
 * dbfile.h - the database as files: folder, mode, and whether they are still the same.
 */
#ifndef ASSAY_DB_DBFILE_H
#define ASSAY_DB_DBFILE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/str.h"

enum {
    DBFILE_PATH_MAX = 1024,   /* bytes, NUL included */
    DBFILE_MODE = 0640,       /* the group may read */
    DBFILE_MODE_SHARED = 0664 /* the group may write; whoever may enter the folder may read */
};

/*
 * Whether readers and writers have a group each: the folder belongs to another
 * group than the file (or, without a file, than this process) and lets nobody
 * else in.  Then the folder's group reads, the file's group writes, and the
 * files beside it stay when nobody has it open, since only the folder's owner
 * may make them.
 */
bool dbfile_is_shared(const char *path);

/*
 * Before opening for writing: checks the folder, creates the file, or gives
 * one of ours the mode it has now.  SQLite would create it readable for all;
 * its -wal and -shm take this file's mode.
 */
enum rc dbfile_prepare(const char *path, struct err *e);

/* Before opening for reading: is it there, may we read it; a server: RC_OK.  RC_NOTFOUND, RC_IO, RC_BAD a folder. */
enum rc dbfile_readable(const char *path, struct err *e);

/* Before changing one that is there: as dbfile_readable, and RC_IO says who may write. */
enum rc dbfile_writable(const char *path, struct err *e);

/* Which files a path leads to. */
struct dbfile_id {
    bool has_file, has_wal;
    struct stat file, wal;
};
struct dbfile_id dbfile_identify(const char *path);
bool dbfile_same(const struct dbfile_id *a, const struct dbfile_id *b);

/* Whether there is a file of no bytes: one that was open has been truncated, and what it held is gone. */
bool dbfile_is_empty(const char *path);

/*
 * Takes such a file out of the way, with its -wal, to PATH.truncated, so that
 * a new one can be made: handles that are open still share the old one's
 * locks, and would keep each other from healing it.
 */
void dbfile_set_aside(const char *path);

/*
 * Where the file is not the one of `before` any more but the -wal beside it
 * still is, that log is not of this file, and SQLite would write it into it:
 * it is renamed to .replaced-wal.  Whether it was.
 */
bool dbfile_set_old_log_aside(const char *path, const struct dbfile_id *before);

/* Bytes of the -wal beside it; 0 without one. */
int64_t dbfile_log_bytes(const char *path);

/* Whether the files are those opened at that time, seconds since the epoch, and certainly not written since. */
bool dbfile_is_unchanged(const char *path, const struct dbfile_id *opened, int64_t opened_s);

/* The path as SQLite's URI, without parameters. */
void dbfile_uri(const char *path, struct strbuf *out);

#endif
