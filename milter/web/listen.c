#include "web/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/str.h"

enum { BACKLOG = 512 };

static enum rc listen_failed(int fd, const char *where, struct err *e)
{
    int code = errno;

    if (fd >= 0)
        (void)close(fd);
    return err_errno(e, code == EADDRINUSE ? RC_TEMP : RC_IO, code, "WebSocket: cannot listen at %s", where);
}

static enum rc listen_unix(const char *path, int *fd, struct err *e)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (strlen(path) >= sizeof a.sun_path)
        return err_set(e, RC_BAD, "WebSocket: a socket's path has at most %zu bytes", sizeof a.sun_path - 1);
    memcpy(a.sun_path, path, strlen(path) + 1);
    if (probe >= 0 && connect(probe, (const struct sockaddr *)&a, sizeof a) == 0) {
        (void)close(probe);
        return err_set(e, RC_TEMP, "WebSocket: another program answers at %s; stop it first", path);
    }
    if (probe >= 0)
        (void)close(probe);
    (void)unlink(path);
    *fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (*fd < 0 || bind(*fd, (const struct sockaddr *)&a, sizeof a) != 0 || chmod(path, 0660) != 0 ||
        listen(*fd, BACKLOG) != 0)
        return listen_failed(*fd, path, e);
    return RC_OK;
}

/* PORT@ADDRESS of the loopback. */
static enum rc listen_inet(struct str text, int *fd, struct err *e)
{
    size_t at = str_find(text, '@');
    struct str host = str_slice(text, at + 1, text.n);
    struct sockaddr_in a = {.sin_family = AF_INET};
    struct sockaddr_in6 a6 = {.sin6_family = AF_INET6, .sin6_addr = in6addr_loopback};
    bool six = str_eq(host, STR("[::1]")) || str_eq(host, STR("::1"));
    char address[64];
    struct strbuf b = STRBUF_ON(address);
    uint32_t port;
    int one = 1;

    strbuf_put(&b, str_eq_nocase(host, STR("localhost")) ? STR("127.0.0.1") : host);
    if (!str_to_u32(str_slice(text, 0, at), &port) || port > 65535 || b.over ||
        (!six && (inet_pton(AF_INET, address, &a.sin_addr) != 1 || (ntohl(a.sin_addr.s_addr) >> 24) != 127)))
        return err_set(e, RC_BAD, "WebSocket: inet: wants PORT@127.0.0.1; only this host may reach it without TLS");
    a.sin_port = a6.sin6_port = htons((uint16_t)port);
    *fd = socket(six ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (*fd < 0 || setsockopt(*fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0 ||
        bind(*fd, six ? (const struct sockaddr *)&a6 : (const struct sockaddr *)&a, six ? sizeof a6 : sizeof a) != 0 ||
        listen(*fd, BACKLOG) != 0)
        return listen_failed(*fd, address, e);
    return RC_OK;
}

enum rc listen_open(const char *where, int *fd, bool *loopback, struct err *e)
{
    struct str text = str_of(where);
    uint32_t number;

    *fd = -1;
    *loopback = str_starts_nocase(text, STR("inet:"));
    if (str_starts_nocase(text, STR("unix:")))
        return listen_unix(where + strlen("unix:"), fd, e);
    if (*loopback)
        return listen_inet(str_slice(text, strlen("inet:"), text.n), fd, e);
    if (str_starts_nocase(text, STR("fd:")) && str_to_u32(str_slice(text, strlen("fd:"), text.n), &number) &&
        number < 65536) {
        *fd = (int)number;
        return RC_OK;
    }
    return err_set(e, RC_BAD, "WebSocket: write unix:PATH, inet:PORT@127.0.0.1 or fd:N");
}

void listen_hide(const char *where)
{
    if (strncmp(where, "unix:", 5) == 0)
        (void)unlink(where + 5);
}
