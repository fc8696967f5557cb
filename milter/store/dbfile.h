/*
 * dbfile.h - the database as files: folder, mode, and whether they are still the same.
 */
#ifndef ASSAY_STORE_DBFILE_H
#define ASSAY_STORE_DBFILE_H

#include <stdbool.h>
#include <sys/stat.h>

#include "base/err.h"

enum {
    DBFILE_PATH_MAX = 1024, /* bytes, NUL included */
    DBFILE_MODE = 0640      /* the group, which is the helpdesk's, may read */
};

/*
 * Before opening for writing: checks the folder, creates the file.  SQLite
 * would create it readable for all; its -wal and -shm take this file's mode.
 */
enum rc dbfile_prepare(const char *path, struct err *e);

/* Before opening for reading: is it there, may we read it.  RC_NOTFOUND, RC_IO, RC_BAD for a folder. */
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

#endif
