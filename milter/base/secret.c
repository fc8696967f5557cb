#include "base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct secret {
    char text[SECRET_MAX + 1];
};

static enum rc secret_check(const char *path, int fd, struct err *e)
{
    struct stat st;

    if (fstat(fd, &st) != 0)
        return err_errno(e, RC_IO, errno, "%s", path);
    if (!S_ISREG(st.st_mode))
        return err_set(e, RC_BAD, "%s: is not a file", path);
    if ((st.st_mode & 077) != 0)
        return err_set(e, RC_BAD, "%s: others may read or write it (mode %03o); chmod 600 it", path,
                       (unsigned)st.st_mode & 0777);
    if (st.st_uid != geteuid() && st.st_uid != 0)
        return err_set(e, RC_BAD, "%s: belongs to another user; chown it to the user of the service", path);
    if (st.st_size == 0 || st.st_size > SECRET_MAX)
        return err_set(e, RC_BAD, "%s: is %s", path, st.st_size == 0 ? "empty" : "too large for what it should hold");
    return RC_OK;
}

static enum rc secret_fill(const char *path, int fd, struct secret *s, struct err *e)
{
    size_t n = 0;
    ssize_t got = 1;

    while (n < SECRET_MAX && got > 0) {
        got = read(fd, s->text + n, SECRET_MAX - n);
        if (got < 0 && errno == EINTR)
            got = 1;
        else if (got < 0)
            return err_errno(e, RC_IO, errno, "%s", path);
        else
            n += (size_t)got;
    }
    return strlen(s->text) == n ? RC_OK : err_set(e, RC_BAD, "%s: holds a NUL byte, so is no text", path);
}

enum rc secret_read(const char *path, struct secret **out, struct err *e)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    struct secret *s;
    enum rc rc;

    *out = NULL;
    if (fd < 0)
        return err_errno(e, RC_IO, errno, "%s", path);
    s = calloc(1, sizeof *s);
    rc = s == NULL ? err_set(e, RC_NOMEM, "%s: no memory", path) : secret_check(path, fd, e);
    if (rc == RC_OK)
        rc = secret_fill(path, fd, s, e);
    (void)close(fd);
    if (rc == RC_OK)
        *out = s;
    else
        secret_free(s);
    return rc;
}

const char *secret_text(const struct secret *s)
{
    return s->text;
}

void secret_free(struct secret *s)
{
    if (s == NULL)
        return;
    explicit_bzero(s, sizeof *s);
    free(s);
}
