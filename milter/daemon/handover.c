#include "daemon/handover.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/str.h"
#include "daemon/start.h"

enum { FIRST_FD = 3, FDS_MAX = 64, NAME_MAX_BYTES = 80 };

static const char prefix[] = "assay-listener-";

/* What systemd calls it: which socket it is and, for a unix one, which name leads to it. */
static void handover_name(const struct listener *l, char name[static NAME_MAX_BYTES])
{
    (void)snprintf(name, NAME_MAX_BYTES, "%s%ju-%ju", prefix, (uintmax_t)l->dev, (uintmax_t)l->ino);
}

/* What the service manager handed over (sd_listen_fds_with_names(3)). */
struct handed {
    int left;                  /* what the process before us left; -1: nothing */
    char name[NAME_MAX_BYTES]; /* its name */
    int given;                 /* of a socket unit, and listens where Socket says; -1: none */
    bool astray;               /* of a socket unit, and listens elsewhere */
};

static void handover_look(struct handed *out, int fd, struct str word, const struct socket_spec *spec)
{
    if (word.n < NAME_MAX_BYTES && str_starts_nocase(word, str_of(prefix))) {
        if (out->left >= 0)
            return;
        out->left = fd;
        memcpy(out->name, word.p, word.n);
        out->name[word.n] = '\0';
    } else if (spec->kind != SOCKET_FD && socket_listens_at(fd, spec)) {
        out->given = fd;
    } else {
        out->astray = spec->kind != SOCKET_FD;
    }
}

static struct handed handover_find(const struct socket_spec *spec)
{
    const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS"), *names = getenv("LISTEN_FDNAMES");
    struct str rest = str_of(names == NULL ? "" : names);
    struct handed found = {.left = -1, .given = -1};
    uint32_t id, n;

    if (pid == NULL || count == NULL || !str_to_u32(str_of(pid), &id) || id != (uint32_t)getpid() ||
        !str_to_u32(str_of(count), &n) || n > FDS_MAX)
        return found;
    for (uint32_t i = 0; i < n; i++) {
        size_t colon = str_find(rest, ':');

        handover_look(&found, FIRST_FD + (int)i, str_slice(rest, 0, colon), spec);
        rest = str_slice(rest, colon + 1, rest.n);
    }
    return found;
}

/* Gives up what was left: nobody finds it, nobody holds it. */
static void handover_drop(int fd, const char *name)
{
    struct listener old = {.spec = {.kind = SOCKET_UNIX}, .fd = fd};
    struct sockaddr_un sa = {.sun_family = AF_UNSPEC};
    socklen_t size = sizeof sa;
    uintmax_t dev, ino;
    char text[NAME_MAX_BYTES + 40], *end;

    dev = strtoumax(name + sizeof prefix - 1, &end, 10);
    ino = *end == '-' ? strtoumax(end + 1, NULL, 10) : 0;
    if (getsockname(fd, (struct sockaddr *)(void *)&sa, &size) == 0 && sa.sun_family == AF_UNIX &&
        sa.sun_path[0] == '/') {
        memcpy(old.spec.path, sa.sun_path, sizeof old.spec.path);
        old.spec.path[sizeof old.spec.path - 1] = '\0';
        old.dev = (dev_t)dev;
        old.ino = (ino_t)ino;
        socket_hide(&old);
    }
    (void)close(fd);
    (void)snprintf(text, sizeof text, "FDSTOREREMOVE=1\nFDNAME=%s", name);
    (void)start_notify(text, -1);
}

/* Whether `fd`, left under `name`, serves `spec`; `out` is filled then. */
static bool handover_fits(int fd, const char *name, const struct socket_spec *spec, struct listener *out)
{
    struct stat st;
    char expected[NAME_MAX_BYTES];

    *out = (struct listener){.spec = *spec, .fd = fd};
    if (!socket_listens_at(fd, spec))
        return false;
    if (spec->kind == SOCKET_UNIX) {
        if (lstat(spec->path, &st) != 0 || !S_ISSOCK(st.st_mode))
            return false;
        out->dev = st.st_dev;
        out->ino = st.st_ino;
    }
    handover_name(out, expected);
    return strcmp(name, expected) == 0;
}

/*
 * libmilter polls the number that it was given, so at a stop another socket
 * takes that number: one that listens, at a name which nobody knows.  It is
 * made at the start, for whoever serves may make none (confine.h).
 */
static int handover_blind(void)
{
    const struct sockaddr_un sa = {.sun_family = AF_UNIX}; /* no name: the kernel chooses one (unix(7), autobind) */
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    if (bind(fd, (const struct sockaddr *)(const void *)&sa, sizeof sa.sun_family) == 0 && listen(fd, 1) == 0)
        return fd;
    (void)close(fd);
    return -1;
}

/* On what a socket unit gave: the manager holds it, and so it needs no leaving. */
static void handover_take_given(const struct socket_spec *spec, int fd, struct listener *out)
{
    *out = (struct listener){.spec = *spec, .fd = fd, .kept = true, .blind = handover_blind()};
    (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
}

enum rc handover_open(const struct socket_spec *spec, struct listener *out, struct err *e)
{
    char name[NAME_MAX_BYTES], text[NAME_MAX_BYTES + 40];
    struct handed handed = handover_find(spec);
    bool taken = handed.given < 0 && handed.left >= 0 && spec->kind != SOCKET_FD &&
                 handover_fits(handed.left, handed.name, spec, out);
    enum rc rc = RC_OK;

    if (handed.left >= 0 && !taken)
        handover_drop(handed.left, handed.name);
    if (handed.astray)
        log_write(LOG_LEVEL_WARNING, NULL, "what assay-milter.socket listens at is served by nobody, for Socket is "
                  "elsewhere: name one in both");
    if (handed.given >= 0) {
        handover_take_given(spec, handed.given, out);
        return RC_OK;
    }
    if (!taken)
        rc = socket_open(spec, out, e);
    if (rc != RC_OK)
        return rc;
    if (spec->kind == SOCKET_FD) { /* whoever gave it holds it */
        handover_take_given(spec, out->fd, out);
        return RC_OK;
    }
    if (taken)
        (void)fcntl(out->fd, F_SETFD, FD_CLOEXEC);
    handover_name(out, name);
    (void)snprintf(text, sizeof text, "FDSTORE=1\nFDPOLL=0\nFDNAME=%s", name);
    out->kept = taken || start_notify(text, out->fd);
    out->blind = out->kept ? handover_blind() : -1;
    return rc;
}

void handover_stop(const struct listener *l)
{
    if (!l->kept)
        socket_hide(l);
    else if (l->blind >= 0)
        (void)dup3(l->blind, l->fd, O_CLOEXEC);
}
