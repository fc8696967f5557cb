/*
 * log.h - what the program says to its administrator.
 *
 * One line a call, to syslog or to standard error.  The queue id is passed,
 * not ambient; lines about no message pass NULL.  The text is formatted by
 * the caller, whose foreign parts must have gone through
 * strbuf_put_escaped; as a last guard control bytes become '?'.
 *
 * Threads: all functions but log_open may be called from any thread.
 */
#ifndef ASSAY_BASE_LOG_H
#define ASSAY_BASE_LOG_H

#include <stdarg.h>
#include <stdbool.h>

#include "base/str.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

enum { LOG_LINE_MAX = 1000 }; /* bytes; longer lines are cut */

/* Whether `facility` names a syslog facility ("mail", "local0" … as in syslog.conf(5)). */
bool log_facility_known(struct str facility);

/*
 * Where lines go from now on: syslog under `facility`, or standard error with
 * the program's name in front.  Lines above `most` are dropped.  Before the
 * first call lines go to standard error at LOG_LEVEL_INFO.
 * `program` must stay valid.  Call from one thread, before others start or
 * on reload.
 */
void log_open(const char *program, bool to_syslog, struct str facility, enum log_level most);

/* Writes one line; `queue_id` goes in front of it, NULL when it is about no message. */
void log_write(enum log_level level, const char *queue_id, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void log_write_list(enum log_level level, const char *queue_id, const char *fmt, va_list ap)
    __attribute__((format(printf, 3, 0)));

/* Before the process ends: gives lines that syslog has not taken yet (base/syslogd.h) a moment more. */
void log_close(void);

#endif
