/*
 * syslogd.h - the way to the syslog daemon, which holds nobody up.
 *
 * syslog(3) blocks whoever logs for as long as the daemon does not read: on
 * Linux some ten lines may lie in its socket.  Here a line that it does not
 * take at once waits in a bounded store, from which a thread, started when it
 * is first needed, sends it in its turn; lines beyond are dropped, and how
 * many is the next thing that is said.  A daemon that is being restarted is
 * waited for in the same way.
 *
 * /dev/log must be a datagram socket, as rsyslog, syslog-ng and
 * systemd-journald make it.
 *
 * Threads: every function, from any thread; a fork leaves what waits to the
 * parent.
 */
#ifndef ASSAY_BASE_SYSLOGD_H
#define ASSAY_BASE_SYSLOGD_H

#include <stdint.h>

enum { SYSLOGD_WAITING_MAX = 1024 * 1024 }; /* bytes of lines that wait */

/* From now on lines go to the socket at `path` (NULL: the system's) as `program` under `facility` (LOG_MAIL …). */
void syslogd_open(const char *path, const char *program, int facility);

/* One line of text without a line end, under `severity` (LOG_ERR …). */
void syslogd_send(int severity, const char *text);

/* How many lines have been dropped. */
uint64_t syslogd_dropped(void);

/* Waits until nothing waits, at most `timeout_ms`: before the process ends. */
void syslogd_flush(int timeout_ms);

#endif
