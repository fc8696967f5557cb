#include "daemon/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- the option's text ---- */

static enum rc parse_path(struct str path, struct socket_spec *out, struct err *e)
{
    if (path.n == 0 || path.p[0] != '/')
        return err_set(e, RC_BAD, "Socket: \"unix:\" wants an absolute path, as unix:/run/assay/assay.sock");
    if (path.n >= sizeof out->path)
        return err_set(e, RC_BAD, "Socket: a unix socket's path has at most %zu bytes, this one %zu",
                       sizeof out->path - 1, path.n);
    if (str_find(path, '\0') < path.n || path.p[path.n - 1] == '/')
        return err_set(e, RC_BAD, "Socket: the path must name a socket, not a folder");
    memcpy(out->path, path.p, path.n);
    return RC_OK;
}

/* PORT[@HOST], PORT[@[ADDRESS]] */
static enum rc parse_port(struct str text, struct socket_spec *out, struct err *e)
{
    size_t at = str_find(text, '@');
    struct str host = str_slice(text, at + 1, text.n);
    uint32_t port;

    if (!str_to_u32(str_slice(text, 0, at), &port) || port == 0 || port > 65535)
        return err_set(e, RC_BAD, "Socket: wants a port from 1 to 65535, as inet:8893@localhost");
    if (at < text.n && host.n == 0)
        return err_set(e, RC_BAD, "Socket: no host after \"@\"");
    if (host.n >= 2 && host.p[0] == '[' && host.p[host.n - 1] == ']')
        host = str_slice(host, 1, host.n - 1);
    if (host.n >= sizeof out->host || str_find(host, '\0') < host.n)
        return err_set(e, RC_BAD, "Socket: the host's name is too long");
    if (host.n > 0)
        memcpy(out->host, host.p, host.n);
    out->port = (uint16_t)port;
    return RC_OK;
}

static enum rc parse_fd(struct str text, struct socket_spec *out, struct err *e)
{
    uint32_t number;

    if (!str_to_u32(text, &number) || number < 3 || number > 65535)
        return err_set(e, RC_BAD, "Socket: \"fd:\" wants the number of an inherited descriptor, 3 or more");
    out->fd = (int)number;
    return RC_OK;
}

enum rc socket_parse(struct str text, struct socket_spec *out, struct err *e)
{
    static const struct {
        struct str word;
        enum socket_kind kind;
        enum rc (*rest)(struct str, struct socket_spec *, struct err *);
    } kinds[] = {
        {{"unix", 4}, SOCKET_UNIX, parse_path},  {{"local", 5}, SOCKET_UNIX, parse_path},
        {{"inet", 4}, SOCKET_INET, parse_port},  {{"inet6", 5}, SOCKET_INET6, parse_port},
        {{"fd", 2}, SOCKET_FD, parse_fd},
    };
    size_t colon = str_find(text, ':');

    *out = (struct socket_spec){.fd = -1};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (colon < text.n && str_eq_nocase(str_slice(text, 0, colon), kinds[i].word)) {
            out->kind = kinds[i].kind;
            return kinds[i].rest(str_slice(text, colon + 1, text.n), out, e);
        }
    }
    return err_set(e, RC_BAD, "Socket: must begin with unix:, local:, inet:, inet6: or fd:, "
                   "as unix:/run/assay/assay.sock or inet:8893@localhost");
}

/* ---- addresses ---- */

static enum rc lookup(const struct socket_spec *spec, struct addrinfo **out, struct err *e)
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

static bool is_loopback(const struct sockaddr *sa)
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
    if (lookup(spec, &found, NULL) != RC_OK)
        return false;
    exposed = !is_loopback(found->ai_addr);
    freeaddrinfo(found);
    return exposed;
}

/* ---- checks ---- */

static void folder_of(const char *path, char folder[static SOCKET_PATH_MAX])
{
    size_t slash = (size_t)(strrchr(path, '/') - path);

    memcpy(folder, path, slash);
    folder[slash] = '\0';
    if (slash == 0)
        (void)snprintf(folder, SOCKET_PATH_MAX, "/");
}

static enum rc check_folder(const struct socket_spec *spec, struct err *e)
{
    char folder[SOCKET_PATH_MAX];
    struct stat st;

    folder_of(spec->path, folder);
    if (stat(folder, &st) != 0)
        return err_errno(e, RC_BAD, errno,
                         "the socket's folder %s cannot be used (make it: install -d -o assay -g assay -m 750 %s)",
                         folder, folder);
    if (!S_ISDIR(st.st_mode))
        return err_set(e, RC_BAD, "the socket's folder %s is no folder", folder);
    /* libmilter trusts whoever speaks to it, so nobody else may put another socket in this place */
    if ((st.st_mode & S_IWOTH) != 0 && (st.st_mode & S_ISVTX) == 0)
        return err_set(e, RC_BAD, "every user may write in the socket's folder %s: chmod o-w %s", folder, folder);
    if (access(folder, W_OK | X_OK) != 0)
        return err_errno(e, RC_BAD, errno, "user %u may not make a socket in %s (chown or chmod that folder)",
                         (unsigned)geteuid(), folder);
    return RC_OK;
}

static enum rc check_unix(const struct socket_spec *spec, struct err *e)
{
    struct stat st;
    enum rc rc = check_folder(spec, e);

    if (rc != RC_OK || lstat(spec->path, &st) != 0)
        return rc;
    if (!S_ISSOCK(st.st_mode))
        return err_set(e, RC_BAD, "%s stands where the socket shall be, and is no socket; it is left alone",
                       spec->path);
    return RC_OK;
}

static enum rc check_fd(const struct socket_spec *spec, struct err *e)
{
    int listens = 0;
    socklen_t size = sizeof listens;

    if (getsockopt(spec->fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0)
        return err_errno(e, RC_BAD, errno, "Socket: descriptor %d is no socket (systemd hands over from fd:3 on)",
                         spec->fd);
    if (!listens)
        return err_set(e, RC_BAD, "Socket: descriptor %d does not listen", spec->fd);
    return RC_OK;
}

enum rc socket_check(const struct socket_spec *spec, struct err *e)
{
    struct addrinfo *found;
    enum rc rc;

    switch (spec->kind) {
    case SOCKET_UNIX: return check_unix(spec, e);
    case SOCKET_FD: return RC_OK; /* it is there only when the service manager starts us */
    default:
        rc = lookup(spec, &found, e);
        if (rc == RC_OK)
            freeaddrinfo(found);
        return rc;
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
    enum rc rc = lookup(&l->spec, &found, e);

    if (rc != RC_OK)
        return rc;
    (void)setsockopt(l->fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(l->fd, found->ai_addr, found->ai_addrlen) != 0) {
        if (errno == EADDRINUSE)
            rc = err_set(e, RC_TEMP, "port %u is taken; stop who has it, or choose another Socket", l->spec.port);
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

void socket_hide(const struct listener *l)
{
    struct stat st;

    if (l->spec.kind == SOCKET_UNIX && lstat(l->spec.path, &st) == 0 && st.st_dev == l->dev && st.st_ino == l->ino)
        (void)unlink(l->spec.path);
}
