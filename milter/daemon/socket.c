#include "daemon/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/folder.h"

/* ---- addresses ---- */

static enum rc socket_lookup(const struct socket_spec *spec, struct addrinfo **out, struct err *e)
{
    struct addrinfo hints = {
        .ai_family = spec->kind == SOCKET_INET ? AF_INET : AF_INET6,
        .ai_socktype = SOCK_STREAM,
        .ai_flags = AI_NUMERICSERV | AI_PASSIVE, /* no host: every address, as libmilter has it */
    };
    char port[8];
    int failed;

    (void)snprintf(port, sizeof port, "%u", spec->port);
    failed = getaddrinfo(spec->host[0] == '\0' ? NULL : spec->host, port, &hints, out);
    if (failed != 0)
        return err_set(e, RC_BAD, "Socket: \"%s\" has no %s address here: %s", spec->host,
                       spec->kind == SOCKET_INET ? "IPv4" : "IPv6", gai_strerror(failed));
    return RC_OK;
}

static bool socket_is_loopback(const struct sockaddr *sa)
{
    if (sa->sa_family == AF_INET)
        return (ntohl(((const struct sockaddr_in *)(const void *)sa)->sin_addr.s_addr) >> 24) == 127;
    return IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr);
}

bool socket_is_exposed(const struct socket_spec *spec)
{
    struct addrinfo *found;
    bool exposed;

    if (spec->kind != SOCKET_INET && spec->kind != SOCKET_INET6)
        return false;
    if (socket_lookup(spec, &found, NULL) != RC_OK)
        return false;
    exposed = !socket_is_loopback(found->ai_addr);
    freeaddrinfo(found);
    return exposed;
}

/* ---- checks ---- */

static enum rc check_unix(const struct socket_spec *spec, struct err *e)
{
    struct stat st;
    enum rc rc = folder_check("Socket", "-g assay-mta -m 2751", spec->path, e);

    if (rc != RC_OK || lstat(spec->path, &st) != 0)
        return rc;
    if (!S_ISSOCK(st.st_mode))
        return err_set(e, RC_BAD, "%s exists and is not a socket; it is left alone",
                       spec->path);
    return RC_OK;
}

/* Under systemd it comes with assay-milter.socket, perhaps a moment later: what stands at the number now is ours. */
static enum rc check_fd(const struct socket_spec *spec, struct err *e)
{
    int listens = 0;
    socklen_t size = sizeof listens;
    const char *what = "is not a socket";

    if (getsockopt(spec->fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0)
        what = "does not listen";
    if (listens)
        return RC_OK;
    return err_set(e, getenv("NOTIFY_SOCKET") == NULL ? RC_BAD : RC_TEMP, "Socket: descriptor %d %s (systemd hands "
                   "over from fd:3 on, where assay-milter.socket is enabled: systemctl enable --now "
                   "assay-milter.socket)", spec->fd, what);
}

/* A port below 1024 is tried: who may bind to it, the kernel knows. */
static enum rc check_inet(const struct socket_spec *spec, bool low_ports, struct err *e)
{
    struct addrinfo *found;
    enum rc rc = socket_lookup(spec, &found, e);
    bool refused = false;
    int fd = -1;

    if (rc != RC_OK)
        return rc;
    if (spec->port < 1024 && !low_ports)
        fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0) {
        refused = bind(fd, found->ai_addr, found->ai_addrlen) != 0 && errno == EACCES;
        (void)close(fd);
    }
    freeaddrinfo(found);
    if (refused)
        return err_set(e, RC_BAD, "Socket: user %u may not listen on port %u, for it is below 1024: choose another "
                       "(or, under systemd: systemctl edit assay-milter, with [Service], "
                       "AmbientCapabilities=CAP_NET_BIND_SERVICE and CapabilityBoundingSet=CAP_NET_BIND_SERVICE)",
                       (unsigned)geteuid(), spec->port);
    return RC_OK;
}

enum rc socket_check(const struct socket_spec *spec, bool low_ports, struct err *e)
{

    switch (spec->kind) {
    case SOCKET_UNIX: return check_unix(spec, e);
    case SOCKET_FD: return RC_OK; /* it is there only when the service manager starts us */
    default: return check_inet(spec, low_ports, e);
    }
}

/* ---- opening ---- */

enum { STALE_PROBES = 10, STALE_PAUSE_MS = 50 };

/* Whether somebody listens there; errno tells why not.  EAGAIN: somebody does, and many wait. */
static bool is_served(const struct sockaddr_un *sa)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int why;

    if (fd < 0)
        return false;
    why = connect(fd, (const struct sockaddr *)(const void *)sa, sizeof *sa) == 0 ? 0 : errno;
    (void)close(fd);
    errno = why;
    return why == 0 || why == EAGAIN;
}

/*
 * Removes what a dead process of ours left behind; whoever still answers
 * there is left alone.  A process that was just killed may need a moment
 * until its last thread has gone, and the socket with it.
 */
static enum rc clear_stale(const struct sockaddr_un *sa, struct err *e)
{
    struct stat st;

    if (lstat(sa->sun_path, &st) != 0)
        return RC_OK;
    for (int attempt = 0; is_served(sa); attempt++) {
        if (attempt == STALE_PROBES)
            return err_set(e, RC_TEMP, "a process already serves %s; stop it first", sa->sun_path);
        (void)poll(NULL, 0, STALE_PAUSE_MS);
    }
    if (errno != ECONNREFUSED && errno != ENOENT)
        return err_errno(e, RC_IO, errno, "cannot tell whether a process serves %s", sa->sun_path);
    if (unlink(sa->sun_path) != 0 && errno != ENOENT)
        return err_errno(e, RC_IO, errno, "cannot replace the stale socket %s", sa->sun_path);
    return RC_OK;
}

static enum rc bind_unix(struct listener *l, struct err *e)
{
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    struct stat st;
    enum rc rc = check_unix(&l->spec, e);

    if (rc != RC_OK)
        return rc;
    memcpy(sa.sun_path, l->spec.path, sizeof sa.sun_path);
    rc = clear_stale(&sa, e);
    if (rc != RC_OK)
        return rc;
    if (bind(l->fd, (const struct sockaddr *)(const void *)&sa, sizeof sa) != 0 || lstat(sa.sun_path, &st) != 0)
        return err_errno(e, RC_IO, errno, "cannot make the socket %s", sa.sun_path);
    l->dev = st.st_dev;
    l->ino = st.st_ino;
    return RC_OK;
}

static enum rc bind_inet(struct listener *l, struct err *e)
{
    const int yes = 1;
    struct addrinfo *found;
    enum rc rc = socket_lookup(&l->spec, &found, e);

    if (rc != RC_OK)
        return rc;
    (void)setsockopt(l->fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(l->fd, found->ai_addr, found->ai_addrlen) != 0) {
        if (errno == EADDRINUSE)
            rc = err_set(e, RC_TEMP, "port %u is in use; stop the process that has it, or choose another Socket",
                         l->spec.port);
        else
            rc = err_errno(e, RC_IO, errno, "cannot bind to port %u of %s", l->spec.port,
                           l->spec.host[0] == '\0' ? "every address" : l->spec.host);
    }
    freeaddrinfo(found);
    return rc;
}

static int family_of(enum socket_kind kind)
{
    return kind == SOCKET_UNIX ? AF_UNIX : kind == SOCKET_INET ? AF_INET : AF_INET6;
}

enum rc socket_open(const struct socket_spec *spec, struct listener *out, struct err *e)
{
    enum rc rc;

    *out = (struct listener){.spec = *spec, .fd = spec->fd};
    if (spec->kind == SOCKET_FD) {
        rc = check_fd(spec, e);
        if (rc == RC_OK)
            (void)fcntl(spec->fd, F_SETFD, FD_CLOEXEC);
        return rc;
    }
    out->fd = socket(family_of(spec->kind), SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (out->fd < 0)
        return err_errno(e, RC_IO, errno, "cannot make a socket");
    rc = spec->kind == SOCKET_UNIX ? bind_unix(out, e) : bind_inet(out, e);
    if (rc == RC_OK && listen(out->fd, SOMAXCONN) != 0)
        rc = err_errno(e, RC_IO, errno, "cannot listen on the socket");
    if (rc != RC_OK) {
        (void)close(out->fd);
        out->fd = -1;
    }
    return rc;
}

static bool same_port(const struct sockaddr_storage *a, const struct sockaddr *b)
{
    const struct sockaddr_in *a4 = (const void *)a, *b4 = (const void *)b;
    const struct sockaddr_in6 *a6 = (const void *)a, *b6 = (const void *)b;

    if (a->ss_family != b->sa_family)
        return false;
    if (b->sa_family == AF_INET)
        return a4->sin_port == b4->sin_port && a4->sin_addr.s_addr == b4->sin_addr.s_addr;
    return a6->sin6_port == b6->sin6_port && memcmp(&a6->sin6_addr, &b6->sin6_addr, sizeof a6->sin6_addr) == 0;
}

bool socket_listens_at(int fd, const struct socket_spec *spec)
{
    struct sockaddr_storage sa = {.ss_family = AF_UNSPEC};
    const struct sockaddr_un *un = (const void *)&sa;
    socklen_t size = sizeof sa, number = sizeof(int);
    struct addrinfo *found;
    int listens = 0;
    bool same;

    if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &number) != 0 || listens == 0)
        return false;
    if (getsockname(fd, (struct sockaddr *)(void *)&sa, &size) != 0 || spec->kind == SOCKET_FD)
        return false;
    if (spec->kind == SOCKET_UNIX)
        return sa.ss_family == AF_UNIX && strncmp(un->sun_path, spec->path, sizeof un->sun_path) == 0;
    if (socket_lookup(spec, &found, NULL) != RC_OK)
        return false;
    same = same_port(&sa, found->ai_addr);
    freeaddrinfo(found);
    return same;
}

void socket_hide(const struct listener *l)
{
    struct stat st;

    if (l->spec.kind == SOCKET_UNIX && lstat(l->spec.path, &st) == 0 && st.st_dev == l->dev && st.st_ino == l->ino)
        (void)unlink(l->spec.path);
}
