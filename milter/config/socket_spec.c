#include "config/socket_spec.h"

#include <string.h>

enum { SOCKET_FD_FIRST = 3, SOCKET_FD_MAX = 1023 };

static bool socket_spec_path(struct str path, struct socket_spec *out, const char **want)
{
    *want = "an absolute path of at most 107 bytes: unix:/run/assay/assay.sock";
    if (path.n == 0 || path.p[0] != '/' || path.n >= sizeof out->path || str_find(path, '\0') < path.n)
        return false;
    *want = "the path must name a socket, not a folder: unix:/run/assay/assay.sock";
    if (path.p[path.n - 1] == '/')
        return false;
    memcpy(out->path, path.p, path.n);
    return true;
}

/* PORT[@HOST], PORT[@[ADDRESS]] */
static bool socket_spec_port(struct str text, struct socket_spec *out, const char **want)
{
    size_t at = str_find(text, '@');
    struct str host = str_slice(text, at + 1, text.n);
    uint32_t port;

    *want = "the port comes first, a number from 1 to 65535: inet:8893@localhost";
    if (!str_to_u32(str_slice(text, 0, at), &port) || port == 0 || port > UINT16_MAX || (at < text.n && host.n == 0))
        return false;
    if (host.n >= 2 && host.p[0] == '[' && host.p[host.n - 1] == ']')
        host = str_slice(host, 1, host.n - 1);
    *want = "the host's name is too long: inet:8893@localhost";
    if (host.n >= sizeof out->host || str_find(host, '\0') < host.n)
        return false;
    if (host.n > 0)
        memcpy(out->host, host.p, host.n);
    out->port = (uint16_t)port;
    return true;
}

static bool socket_spec_fd(struct str text, struct socket_spec *out, const char **want)
{
    uint32_t number;

    *want = "a descriptor: fd:3 is the first that systemd hands over";
    if (!str_to_u32(text, &number) || number < SOCKET_FD_FIRST || number > SOCKET_FD_MAX)
        return false;
    out->fd = (int)number;
    return true;
}

bool socket_spec_parse(struct str text, struct socket_spec *out, const char **want)
{
    static const struct {
        struct str word;
        enum socket_kind kind;
        bool (*rest)(struct str, struct socket_spec *, const char **);
    } kinds[] = {
        {{"unix", 4}, SOCKET_UNIX, socket_spec_path},  {{"local", 5}, SOCKET_UNIX, socket_spec_path},
        {{"inet", 4}, SOCKET_INET, socket_spec_port},  {{"inet6", 5}, SOCKET_INET6, socket_spec_port},
        {{"fd", 2}, SOCKET_FD, socket_spec_fd},
    };
    size_t colon = str_find(text, ':');

    *out = (struct socket_spec){.fd = -1};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (colon < text.n && str_eq_nocase(str_slice(text, 0, colon), kinds[i].word)) {
            out->kind = kinds[i].kind;
            return kinds[i].rest(str_slice(text, colon + 1, text.n), out, want);
        }
    }
    *want = "write unix:PATH, inet:PORT@HOST, inet6:PORT@HOST or fd:N";
    return false;
}
