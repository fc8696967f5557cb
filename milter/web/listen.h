/*
 * listen.h - the socket of the pages, of options WebSocket and WebProxySocket.
 */
#ifndef ASSAY_WEB_LISTEN_H
#define ASSAY_WEB_LISTEN_H

#include <stdbool.h>

#include "base/err.h"

/*
 * Listens where "unix:PATH", "inet:PORT@HOST" or "fd:N" says; a stale unix
 * socket is replaced (mode 0660), a live one refused (RC_TEMP).  `*loopback`:
 * it is TCP.  A host that is not this one's loopback is RC_BAD.
 */
enum rc listen_open(const char *where, int *fd, bool *loopback, struct err *e);

/* Takes a unix socket's name away. */
void listen_hide(const char *where);

#endif
