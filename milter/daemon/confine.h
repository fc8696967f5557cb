/*
 * confine.h - the process that serves shuts itself in, with the files and the system calls that it needs.
 *
 * It reads what strangers send, with libraries that are not ours.  An attacker
 * who takes one of them over finds nothing to use: no program to start, no
 * file but the records and the configuration, no way out but to DNS.  What
 * systemd's unit forbids is forbidden without systemd too, and more: the unit
 * has to allow the supervisor what a worker needs no more.
 *
 * Files are the kernel's Landlock, from Linux 5.13 on; system calls are a
 * filter made by libseccomp.  With Sandbox = no both are off, and in a build
 * with sanitizers, which need what is forbidden; the log says so.
 */
#ifndef ASSAY_DAEMON_CONFINE_H
#define ASSAY_DAEMON_CONFINE_H

#include <stdbool.h>
#include <sys/types.h>

#include "config/config.h"
#include "daemon/options.h"
#include "daemon/socket.h"

/* Whether this build has sanitizers. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CONFINE_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define CONFINE_SANITIZED 1
#endif
#endif
#ifndef CONFINE_SANITIZED
#define CONFINE_SANITIZED 0
#endif

/* Which folder the database lay in when the process shut itself in. */
struct confined {
    bool done; /* it did */
    dev_t dev; /* 0 and 0: there was none */
    ino_t ino;
};

/*
 * Files, and with Linux 6.7 the ports of TCP.  Call before threads start and
 * rooms are opened: from then on this thread, and those it starts, read the
 * system's files (/etc, /usr, what /etc/resolv.conf leads to) and the folders
 * of the configuration, change the folders of Database, HistoryFile and
 * StatisticsFile, and remove names in those of Socket and PidFile.  What a
 * reload names elsewhere stays out of reach until the next start.  A kernel
 * that cannot is told of in the log, once, and is no error.
 */
struct confined confine_files(const struct config *c, const struct options *o, const struct socket_spec *spec);

/*
 * Whether the folder of the database is another one by now (moved away, made
 * anew), which this process may not enter: one that starts afresh may.
 */
bool confine_is_outlived(const struct confined *at_start, const struct config *c);

/*
 * After a reload from `first` to `now`: says in the log which of the files
 * that are written lie in another folder now, out of reach until a restart.
 */
void confine_moved(const struct config *first, const struct config *now);

/*
 * System calls, for all threads of the process.  Call when everything is open
 * and serves: from then on nothing is started (exec, fork), listens or is
 * traced; sockets are DNS's, syslog's and those to ourselves; memory that was
 * written is not executed.  What is not allowed fails with EPERM.
 */
void confine_calls(const struct config *c, const struct socket_spec *spec);

#endif
