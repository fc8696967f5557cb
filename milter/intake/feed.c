#include "intake/feed.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "formats/mbox.h"
#include "incoming/incoming.h"
#include "intake/feed_split.h"

struct feed {
    feed_taker *take;
    void (*trouble)(void *arg, const char *path, const char *why);
    void *arg;
    struct err *e;
};

/* ---- bytes ---- */

/* All of `fd`, at most `max` bytes and one; what follows is read and dropped.  For free(). */
static char *feed_read_all(int fd, size_t max, size_t *n)
{
    size_t room = 1 << 16;
    char *p = malloc(room);
    ssize_t got = 1;

    *n = 0;
    while (p != NULL && got > 0) {
        char drop[1 << 14];
        bool over = *n > max;

        if (!over && *n == room) {
            char *more = realloc(p, room * 2);

            if (more == NULL)
                break;
            p = more;
            room *= 2;
        }
        got = over ? read(fd, drop, sizeof drop) : read(fd, p + *n, room - *n);
        if (got < 0 && errno == EINTR)
            got = 1;
        else if (got > 0 && !over)
            *n += (size_t)got;
    }
    if (p == NULL || got == 0)
        return p;
    free(p);
    return NULL;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL ? path : slash + 1;
}

/* ---- mbox ---- */

static enum rc take_mbox(const struct feed *f, struct feed_item *item, struct str rest)
{
    enum rc rc = RC_OK;

    item->way = "mbox";
    while (rc == RC_OK && rest.n > 0) {
        item->bytes = mbox_next(&rest);
        rc = f->take(f->arg, item, f->e);
    }
    return rc;
}

/* ---- files of many reports ---- */

struct splitting {
    const struct feed *f;
    struct feed_item item;
};

static enum rc take_split(void *arg, struct str report)
{
    struct splitting *x = arg;

    x->item.bytes = report;
    return x->f->take(x->f->arg, &x->item, x->f->e);
}

/* A file that may hold several reports; one where none begins is taken as it is. */
static enum rc take_parts(const struct feed *f, const struct feed_item *item)
{
    struct splitting x = {.f = f, .item = *item};
    size_t n = 0;
    enum rc rc = RC_OK;

    x.item.way = "import";
    if (feed_split_is(item->bytes))
        rc = feed_split(item->bytes, take_split, &x, &n, f->e);
    return rc == RC_OK && n == 0 ? f->take(f->arg, item, f->e) : rc;
}

/* ---- files and folders ---- */

/* The bytes of a file; `why` says why not. */
static char *feed_read_file(const char *path, struct stat *st, size_t *n, const char **why)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    char *p = NULL;

    *why = NULL;
    if (fd < 0 || fstat(fd, st) != 0)
        *why = strerror(errno);
    else if (!S_ISREG(st->st_mode))
        *why = "is no file";
    else if (st->st_size > INCOMING_UNPACKED_MAX)
        *why = "is larger than any report may be";
    else if ((p = feed_read_all(fd, INCOMING_UNPACKED_MAX, n)) == NULL)
        *why = strerror(errno == 0 ? ENOMEM : errno);
    if (fd >= 0)
        (void)close(fd);
    return p;
}

static enum rc take_file(const struct feed *f, const char *path, const char *way)
{
    struct feed_item item = {.name = base_name(path), .way = way};
    struct stat st;
    const char *why;
    char *p = feed_read_file(path, &st, &item.bytes.n, &why);
    enum rc rc;

    if (p == NULL) {
        f->trouble(f->arg, path, why);
        return RC_OK;
    }
    item.bytes.p = p;
    if (strcmp(way, "maildir") == 0) {
        item.arrival_ms = (int64_t)st.st_mtim.tv_sec * 1000;
        item.bytes = mbox_without_envelope(item.bytes);
    }
    if (strcmp(way, "maildir") == 0)
        rc = f->take(f->arg, &item, f->e);
    else
        rc = mbox_is(item.bytes) ? take_mbox(f, &item, item.bytes) : take_parts(f, &item);
    free(p);
    return rc;
}

static int is_shown(const struct dirent *d)
{
    return d->d_name[0] != '.';
}

static bool is_folder(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* Out of new/, read, as IMAP servers and mail readers mark it. */
static void leave_new(const struct feed *f, const char *folder, const char *name, const char *path)
{
    char to[PATH_MAX];

    if (snprintf(to, sizeof to, "%s/cur/%s%s", folder, name, strchr(name, ':') == NULL ? ":2,S" : "") >=
            (int)sizeof to || rename(path, to) != 0)
        f->trouble(f->arg, path, "was taken, but cannot be moved to cur/; it will be a duplicate the next time");
}

static enum rc take_maildir(const struct feed *f, const char *folder)
{
    char path[PATH_MAX];
    struct dirent **entry;
    int n;
    enum rc rc = RC_OK;

    if (snprintf(path, sizeof path, "%s/new", folder) >= (int)sizeof path ||
        (n = scandir(path, &entry, is_shown, alphasort)) < 0)
        return err_errno(f->e, RC_IO, errno, "%s/new", folder);
    for (int i = 0; i < n; i++) {
        if (rc == RC_OK &&
            snprintf(path, sizeof path, "%s/new/%s", folder, entry[i]->d_name) < (int)sizeof path) {
            bool there = access(path, R_OK) == 0; /* else another program has taken it */

            rc = there ? take_file(f, path, "maildir") : RC_OK;
            if (there && rc == RC_OK)
                leave_new(f, folder, entry[i]->d_name, path);
        }
        free(entry[i]);
    }
    free(entry);
    return rc;
}

static enum rc take_folder(const struct feed *f, const char *folder, int depth)
{
    char path[PATH_MAX];
    struct dirent **entry;
    int n = scandir(folder, &entry, is_shown, alphasort);
    enum rc rc = RC_OK;

    if (n < 0)
        return err_errno(f->e, RC_IO, errno, "%s", folder);
    for (int i = 0; i < n; i++) {
        if (snprintf(path, sizeof path, "%s/%s", folder, entry[i]->d_name) >= (int)sizeof path)
            f->trouble(f->arg, folder, "has a file whose path is too long: it was not taken");
        else if (rc == RC_OK && !is_folder(path))
            rc = take_file(f, path, "folder");
        else if (rc == RC_OK && depth < FEED_DEPTH_MAX)
            rc = take_folder(f, path, depth + 1);
        else if (rc == RC_OK)
            f->trouble(f->arg, path, "is a folder further down than is looked into: name it for itself");
        free(entry[i]);
    }
    free(entry);
    return rc;
}

static bool is_maildir(const char *path)
{
    char part[PATH_MAX];

    return snprintf(part, sizeof part, "%s/new", path) < (int)sizeof part && is_folder(part) &&
           snprintf(part, sizeof part, "%s/cur", path) < (int)sizeof part && is_folder(part);
}

static enum rc take_stdin(const struct feed *f)
{
    struct feed_item item = {.name = "", .way = "pipe"};
    char *p = feed_read_all(STDIN_FILENO, FEED_PIPE_MAX, &item.bytes.n);
    enum rc rc;

    if (p == NULL)
        return err_errno(f->e, RC_IO, errno, "standard input");
    item.bytes.p = p;
    item.bytes = mbox_without_envelope(item.bytes);
    rc = f->take(f->arg, &item, f->e);
    free(p);
    return rc;
}

enum rc feed_path(const char *path, feed_taker *take, void (*trouble)(void *arg, const char *path, const char *why),
                  void *arg, struct err *e)
{
    const struct feed f = {take, trouble, arg, e};

    if (strcmp(path, "-") == 0)
        return take_stdin(&f);
    if (is_maildir(path))
        return take_maildir(&f, path);
    if (is_folder(path))
        return take_folder(&f, path, 1);
    if (access(path, R_OK) != 0)
        return err_errno(e, errno == ENOENT ? RC_NOTFOUND : RC_IO, errno, "%s", path);
    return take_file(&f, path, "file");
}
