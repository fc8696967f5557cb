/*
 * peer.h - who may speak to us over a unix socket: root, our own user, and members of the socket's group.
 *
 * libmilter believes whoever connects.  The mode of the socket and of its
 * folder keep others out; should they be opened by mistake (UMask, chmod, a
 * service manager's unit), the kernel still knows who is at the other end.
 */
#ifndef ASSAY_MTA_PEER_H
#define ASSAY_MTA_PEER_H

#include <stdbool.h>

/* Before the first connection: whose group the socket is, if it is a unix one that has a name. */
void peer_open(int listening);

/* Whether whoever connected may stay; who may not is named in the log, at most every ten seconds.  One thread. */
bool peer_may(int connection);

#endif
