/*
 * handover.h - the listener outlives the process: the service manager holds it
 * over a restart (systemd's descriptor store, FileDescriptorStoreMax= in
 * systemd.service(5)), so that an MTA that connects meanwhile waits for the
 * next process instead of being refused.
 */
#ifndef ASSAY_DAEMON_HANDOVER_H
#define ASSAY_DAEMON_HANDOVER_H

#include <stdbool.h>

#include "base/err.h"
#include "daemon/socket.h"

/*
 * Listens on `spec`: on what a socket unit handed over, if that listens there
 * (an unlike one is said in the log); or on what the process before us left
 * with the service manager, if it listens where `spec` says and its name still
 * leads to it; otherwise as socket_open does.  Then leaves it with the service manager,
 * where one is (NOTIFY_SOCKET), and sets out->kept.  What was left and is of
 * no use is given up, its name too.  Call once, before any fork.
 */
enum rc handover_open(const struct socket_spec *spec, struct listener *out, struct err *e);

/*
 * This process takes no more connections.  A kept listener goes on to listen,
 * and who connects waits for the next process; any other loses its name.
 */
void handover_stop(const struct listener *l);

#endif
