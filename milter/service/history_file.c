#include "service/history_file.h"

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
#include "base/log_rate.h"
#include "report/history.h"

enum {
    WAITING_MAX = 1 << 20,       /* bytes: minutes of a busy server while somebody imports */
    PATH_SIZE = 1024
};

/* Two buffers: one takes messages while the other is written, which needs no lock. */
struct history_file {
    pthread_mutex_t lock; /* of what follows, but for `out` while it is being written */
    bool writing;         /* by one of those who add */
    struct strbuf waiting, out;
    unsigned long lost;   /* messages, not spoken of yet */
    struct log_rate told;
    char path[PATH_SIZE]; /* where `waiting` belongs */
    char mem[2][WAITING_MAX + 1];
};

struct history_file *history_file_new(void)
{
    struct history_file *h = calloc(1, sizeof *h);

    if (h == NULL)
        return NULL;
    MUST(pthread_mutex_init(&h->lock, NULL) == 0);
    h->waiting = STRBUF_ON(h->mem[0]);
    h->out = STRBUF_ON(h->mem[1]);
    return h;
}

/* With the lock held. */
static void history_file_tell(struct history_file *h, const char *why)
{
    if (!log_rate_may(&h->told, LOG_RATE_MS))
        return;
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

/* 0, or errno; EWOULDBLOCK while somebody imports. */
static int write_to(const char *path, struct str text)
{
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0640);
    int code = 0;

    if (fd < 0)
        return errno;
    if (flock(fd, LOCK_EX | LOCK_NB) != 0 || !write_whole(fd, text))
        code = errno;
    (void)close(fd);
    return code;
}

static void history_file_swap(struct history_file *h)
{
    struct strbuf taken = h->waiting;

    h->waiting = h->out;
    h->out = taken;
}

/* With the lock held: what was not written goes before what came meanwhile, as far as that has room. */
static void history_file_put_back(struct history_file *h, const char *path)
{
    if (strcmp(path, h->path) != 0) {
        h->lost++; /* a reload named another file */
        return;
    }
    history_file_swap(h);
    if (h->out.n > h->waiting.max - h->waiting.n)
        h->lost++;
    else
        strbuf_put(&h->waiting, strbuf_str(&h->out));
}

/* With the lock held, which is let go of meanwhile: whoever adds then only adds. */
static void history_file_flush(struct history_file *h)
{
    char path[PATH_SIZE];
    int code;

    if (h->waiting.n == 0 || h->writing)
        return;
    h->writing = true;
    history_file_swap(h);
    memcpy(path, h->path, sizeof path);
    pthread_mutex_unlock(&h->lock);
    code = write_to(path, strbuf_str(&h->out));
    pthread_mutex_lock(&h->lock);
    if (code != 0)
        history_file_put_back(h, path);
    h->out = strbuf_on(h->out.p, sizeof h->mem[0]);
    h->writing = false;
    if (code == 0 && h->lost > 0)
        history_file_tell(h, "writing again");
    else if (code != 0 && code != EWOULDBLOCK)
        history_file_tell(h, strerror(code));
}

static void set_path(struct history_file *h, const char *path)
{
    if (strcmp(h->path, path) == 0)
        return;
    history_file_flush(h); /* a reload named another file */
    h->waiting = strbuf_on(h->waiting.p, sizeof h->mem[0]);
    (void)snprintf(h->path, sizeof h->path, "%s", path);
}

void history_file_add(struct history_file *h, const char *path, const char *reporter, const struct record *r,
                      struct arena *a)
{
    pthread_mutex_lock(&h->lock);
    set_path(h, path);
    if (history_write(a, r, reporter, &h->waiting) != RC_OK) {
        h->lost++;
        history_file_tell(h, "no room for a message");
    }
    history_file_flush(h);
    pthread_mutex_unlock(&h->lock);
}

void history_file_free(struct history_file *h)
{
    if (h == NULL)
        return;
    if (h->waiting.n > 0 && write_to(h->path, strbuf_str(&h->waiting)) != 0)
        log_write(LOG_LEVEL_WARNING, NULL, "HistoryFile %s: %zu bytes could not be written and are lost", h->path,
                  h->waiting.n);
    (void)pthread_mutex_destroy(&h->lock);
    free(h);
}
