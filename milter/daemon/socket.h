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
#include <sys/types.h>

#include "base/err.h"
#include "config/socket_spec.h"

/*
 * Whether we could open it: the folder is there, we may write in it and no
 * stranger may rename what lies in it; what stands in the way is a socket.
 * Changes nothing and connects to nothing, so that `-n` may be run beside a
 * running daemon.  `low_ports`: who will run may listen below 1024, whatever
 * we ourselves may.
 */
enum rc socket_check(const struct socket_spec *spec, bool low_ports, struct err *e);

/* Whether hosts other than this one can reach it. */
bool socket_is_exposed(const struct socket_spec *spec);

struct listener {
    struct socket_spec spec;
    int fd;
    dev_t dev; /* of the unix socket's name, to know it again */
    ino_t ino;
    bool kept; /* the service manager holds it too (handover.h) */
    int blind; /* then: one that listens where nobody knows; -1 none */
};

/* Listens; a stale unix socket is replaced, a live one refused (RC_TEMP). */
enum rc socket_open(const struct socket_spec *spec, struct listener *out, struct err *e);

/* Whether `fd` listens where `spec` says; a unix socket's name may have gone since.  Not for SOCKET_FD. */
bool socket_listens_at(int fd, const struct socket_spec *spec);

/* Takes the unix socket's name away, if it still is ours: nobody finds us any more, sessions go on. */
void socket_hide(const struct listener *l);

#endif
