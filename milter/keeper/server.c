#include "keeper/server.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"

enum { THREADS = 8, BACKLOG = 64, PATIENCE_MS = 2000, ASK_MS = 10000 };

struct server {
    int fd, stop;
    uid_t user;
    struct keeper *keeper;
};

static enum rc server_address(const char *path, struct sockaddr_un *out, struct err *e)
{
    size_t n = strlen(path);

    *out = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (n == 0 || n >= sizeof out->sun_path)
        return err_set(e, RC_BAD, "KeeperSocket: wants a path of at most %zu bytes", sizeof out->sun_path - 1);
    memcpy(out->sun_path, path, n + 1);
    return RC_OK;
}

static enum rc server_connect(const char *path, int *fd, struct err *e)
{
    struct sockaddr_un a;
    enum rc rc = server_address(path, &a, e);

    *fd = -1;
    if (rc != RC_OK)
        return rc;
    *fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (*fd >= 0 && connect(*fd, (const struct sockaddr *)&a, sizeof a) == 0)
        return RC_OK;
    rc = err_errno(e, RC_TEMP, errno, "%s: assay-keeper does not answer", path);
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
    return rc;
}

enum rc server_listen(const char *path, int *fd, struct err *e)
{
    struct sockaddr_un a;
    int live;
    enum rc rc = server_address(path, &a, e);

    if (rc != RC_OK)
        return rc;
    if (server_connect(path, &live, NULL) == RC_OK) {
        (void)close(live);
        return err_set(e, RC_TEMP, "%s: another assay-keeper answers there; stop it first", path);
    }
    (void)unlink(path);
    *fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (*fd < 0 || bind(*fd, (const struct sockaddr *)&a, sizeof a) != 0 || chmod(path, 0660) != 0 ||
        listen(*fd, BACKLOG) != 0) {
        rc = err_errno(e, RC_IO, errno, "%s: cannot listen; is its folder there, and ours?", path);
        if (*fd >= 0)
            (void)close(*fd);
        return rc;
    }
    return RC_OK;
}

/* ---- answering ---- */

static bool server_may_ask(const struct server *s, int fd)
{
    struct ucred who;
    socklen_t n = sizeof who;

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &n) != 0)
        return false;
    if (who.uid == 0 || who.uid == geteuid() || who.uid == s->user)
        return true;
    log_write(LOG_LEVEL_WARNING, NULL, "user id %u asked and was refused: WebUser is another", (unsigned)who.uid);
    return false;
}

static bool server_can_read(int fd, int ms)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};

    return poll(&p, 1, ms) == 1;
}

static void server_answer(const struct server *s, int fd)
{
    char *mem = malloc(2 * (WIRE_MAX + 1));
    ssize_t n = mem != NULL && server_may_ask(s, fd) && server_can_read(fd, PATIENCE_MS)
                    ? recv(fd, mem, WIRE_MAX + 1, MSG_TRUNC) : 0;

    if (n > 0 && n <= WIRE_MAX) {
        struct strbuf answer = strbuf_on(mem + WIRE_MAX + 1, WIRE_MAX);

        keeper_answer(s->keeper, mem, (size_t)n, &answer);
        (void)send(fd, answer.p, answer.n, MSG_NOSIGNAL);
    }
    if (mem != NULL)
        explicit_bzero(mem, 2 * (WIRE_MAX + 1)); /* passwords */
    free(mem);
    (void)close(fd);
}

static void *server_thread(void *arg)
{
    const struct server *s = arg;

    for (;;) {
        struct pollfd p[2] = {{.fd = s->fd, .events = POLLIN}, {.fd = s->stop, .events = POLLIN}};
        int fd;

        if (poll(p, 2, -1) < 0 && errno != EINTR)
            return NULL;
        if (p[1].revents != 0)
            return NULL;
        fd = p[0].revents != 0 ? accept4(s->fd, NULL, NULL, SOCK_CLOEXEC) : -1;
        if (fd >= 0)
            server_answer(s, fd);
        else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM)
            (void)poll(NULL, 0, 100);
    }
}

enum rc server_run(int fd, int stop, struct keeper *k, uid_t user, struct err *e)
{
    struct server s = {.fd = fd, .stop = stop, .user = user, .keeper = k};
    pthread_t thread[THREADS];
    int n = 0;

    while (n < THREADS && pthread_create(&thread[n], NULL, server_thread, &s) == 0)
        n++;
    for (int i = 0; i < n; i++)
        (void)pthread_join(thread[i], NULL);
    return n > 0 ? RC_OK : err_set(e, RC_NOMEM, "no threads can be made");
}

/* ---- asking ---- */

enum rc server_ask(const char *path, struct str message, struct strbuf *answer, struct err *e)
{
    int fd;
    enum rc rc = server_connect(path, &fd, e);
    ssize_t n;

    if (rc != RC_OK)
        return rc;
    if (send(fd, message.p, message.n, MSG_NOSIGNAL) != (ssize_t)message.n || !server_can_read(fd, ASK_MS)) {
        rc = err_set(e, RC_TEMP, "%s: assay-keeper did not answer in time", path);
    } else {
        n = recv(fd, answer->p, answer->max, 0);
        if (n <= 0)
            rc = err_set(e, RC_TEMP, "%s: assay-keeper gave no answer; may this user ask it (WebUser)?", path);
        else
            answer->n = (size_t)n;
    }
    (void)close(fd);
    return rc;
}
