#define SYSLOG_NAMES
#include "base/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <syslog.h>

#include "base/syslogd.h"

enum { LOG_LAST_MS = 500 };

static struct {
    pthread_mutex_t lock;
    const char *program;
    bool to_syslog;
    int facility;
    enum log_level most;
} sink = {.lock = PTHREAD_MUTEX_INITIALIZER, .program = "assay", .facility = LOG_MAIL, .most = LOG_LEVEL_INFO};

static int facility_number(struct str facility)
{
    for (const CODE *c = facilitynames; c->c_name != NULL; c++)
        if (str_eq_nocase(str_of(c->c_name), facility))
            return c->c_val;
    return -1;
}

bool log_facility_known(struct str facility)
{
    return facility_number(facility) >= 0;
}

void log_open(const char *program, bool to_syslog, struct str facility, enum log_level most)
{
    int number = facility_number(facility);

    pthread_mutex_lock(&sink.lock);
    sink.program = program;
    sink.to_syslog = to_syslog;
    sink.facility = number < 0 ? LOG_MAIL : number;
    sink.most = most;
    if (to_syslog)
        syslogd_open(NULL, program, sink.facility);
    pthread_mutex_unlock(&sink.lock);
}

static int log_severity(enum log_level level)
{
    static const int of[] = {LOG_ERR, LOG_WARNING, LOG_INFO, LOG_DEBUG};

    return of[level];
}

static void tame(char *line)
{
    for (; *line != '\0'; line++)
        if ((unsigned char)*line < 0x20 || *line == 0x7f)
            *line = '?';
}

void log_write(enum log_level level, const char *queue_id, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    log_write_list(level, queue_id, fmt, ap);
    va_end(ap);
}

void log_write_list(enum log_level level, const char *queue_id, const char *fmt, va_list ap)
{
    char line[LOG_LINE_MAX + 1];
    struct strbuf out = STRBUF_ON(line);

    if (queue_id != NULL && queue_id[0] != '\0') {
        strbuf_put_escaped(&out, str_of(queue_id), 64);
        strbuf_puts(&out, ": ");
    }
    (void)vsnprintf(line + out.n, sizeof line - out.n, fmt, ap);
    tame(line);

    pthread_mutex_lock(&sink.lock);
    if (level <= sink.most) {
        if (sink.to_syslog)
            syslogd_send(log_severity(level), line);
        else
            (void)fprintf(stderr, "%s: %s\n", sink.program, line);
    }
    pthread_mutex_unlock(&sink.lock);
}

void log_close(void)
{
    bool waits;

    pthread_mutex_lock(&sink.lock);
    waits = sink.to_syslog;
    pthread_mutex_unlock(&sink.lock);
    if (waits)
        syslogd_flush(LOG_LAST_MS);
}
