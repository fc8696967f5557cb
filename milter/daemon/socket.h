/*
 * socket.h - the socket on which the MTA finds us (option Socket).
 *
 * We make it ourselves and hand libmilter the descriptor: so a stale unix
 * socket is replaced and a live one is not, and a stop can take the name away
 * before the last message is done.
 */
#ifndef ASSAY_DAEMON_SOCKET_H
#define ASSAY_DAEMON_SOCKET_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/un.h>

#include "base/err.h"
#include "base/str.h"

enum socket_kind { SOCKET_UNIX, SOCKET_INET, SOCKET_INET6, SOCKET_FD };

enum { SOCKET_PATH_MAX = sizeof((struct sockaddr_un *)0)->sun_path, SOCKET_HOST_MAX = 256 };

struct socket_spec {
    enum socket_kind kind;
    char path[SOCKET_PATH_MAX]; /* UNIX; absolute */
    char host[SOCKET_HOST_MAX]; /* INET, INET6: name or address; "" is every address */
    uint16_t port;              /* INET, INET6 */
    int fd;                     /* FD */
};

/*
 * "unix:PATH" or "local:PATH", "inet:PORT[@HOST]", "inet6:PORT[@HOST]" (HOST
 * may stand in brackets), "fd:N".  RC_BAD with the remedy.
 */
enum rc socket_parse(struct str text, struct socket_spec *out, struct err *e);

/*
 * Whether we could open it: the folder is there, we may write in it and no
 * stranger may rename what lies in it; what stands in the way is a socket.
 * Changes nothing and connects to nothing, so that `-n` may be run beside a
 * running daemon.
 */
enum rc socket_check(const struct socket_spec *spec, struct err *e);

/* Whether hosts other than this one can reach it. */
bool socket_is_exposed(const struct socket_spec *spec);

struct listener {
    struct socket_spec spec;
    int fd;
    dev_t dev; /* of the unix socket's name, to know it again */
    ino_t ino;
};

/* Listens; a stale unix socket is replaced, a live one refused (RC_TEMP). */
enum rc socket_open(const struct socket_spec *spec, struct listener *out, struct err *e);

/* Takes the unix socket's name away, if it still is ours: nobody finds us any more, sessions go on. */
void socket_hide(const struct listener *l);

#endif
