#include "daemon/history_file.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "report/history.h"

enum {
    WAITING_MAX = 1 << 20,       /* bytes: minutes of a busy server while somebody imports */
    PATH_SIZE = 1024,
    TELL_EVERY_MS = 10 * 1000
};

struct history_file {
    pthread_mutex_t lock; /* of what follows, and of writing */
    struct strbuf waiting;
    unsigned long lost;   /* messages, not spoken of yet */
    int64_t told_ms;
    char path[PATH_SIZE]; /* where `waiting` belongs */
    char mem[WAITING_MAX + 1];
};

struct history_file *history_file_new(void)
{
    struct history_file *h = calloc(1, sizeof *h);

    if (h == NULL)
        return NULL;
    MUST(pthread_mutex_init(&h->lock, NULL) == 0);
    h->waiting = STRBUF_ON(h->mem);
    return h;
}

/* With the lock held. */
static void tell(struct history_file *h, const char *why)
{
    int64_t now = clock_mono_ms();

    if (h->told_ms != 0 && now - h->told_ms < TELL_EVERY_MS)
        return;
    h->told_ms = now;
    log_write(LOG_LEVEL_WARNING, NULL, "HistoryFile %s: %s; %zu bytes wait, %lu messages were lost", h->path, why,
              h->waiting.n, h->lost);
    h->lost = 0;
}

/* A short write would leave half a message: it is taken back, as far as that goes. */
static bool write_whole(int fd, struct str text)
{
    off_t end = lseek(fd, 0, SEEK_END);
    ssize_t n = write(fd, text.p, text.n);

    if (n == (ssize_t)text.n)
        return true;
    if (n > 0 && end >= 0 && ftruncate(fd, end) != 0)
        return false;
    if (n >= 0)
        errno = ENOSPC;
    return false;
}

/* With the lock held.  0, or errno; EWOULDBLOCK while somebody imports. */
static int write_waiting(struct history_file *h)
{
    int fd = open(h->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0640);
    int code = 0;

    if (fd < 0)
        return errno;
    if (flock(fd, LOCK_EX | LOCK_NB) != 0 || !write_whole(fd, strbuf_str(&h->waiting)))
        code = errno;
    (void)close(fd);
    if (code == 0)
        h->waiting = STRBUF_ON(h->mem);
    return code;
}

static void flush(struct history_file *h)
{
    int code = h->waiting.n == 0 ? 0 : write_waiting(h);

    if (code == 0 && h->lost > 0)
        tell(h, "writing again");
    else if (code != 0 && code != EWOULDBLOCK)
        tell(h, strerror(code));
}

static void set_path(struct history_file *h, const char *path)
{
    if (strcmp(h->path, path) == 0)
        return;
    flush(h); /* a reload named another file */
    h->waiting = STRBUF_ON(h->mem);
    (void)snprintf(h->path, sizeof h->path, "%s", path);
}

void history_file_add(struct history_file *h, const char *path, const char *reporter, const struct record *r,
                      struct arena *a)
{
    pthread_mutex_lock(&h->lock);
    set_path(h, path);
    if (history_write(a, r, reporter, &h->waiting) != RC_OK) {
        h->lost++;
        tell(h, "no room for a message");
    }
    flush(h);
    pthread_mutex_unlock(&h->lock);
}

void history_file_free(struct history_file *h)
{
    if (h == NULL)
        return;
    if (h->waiting.n > 0 && write_waiting(h) != 0)
        log_write(LOG_LEVEL_WARNING, NULL, "HistoryFile %s: %zu bytes could not be written and are lost", h->path,
                  h->waiting.n);
    (void)pthread_mutex_destroy(&h->lock);
    free(h);
}
