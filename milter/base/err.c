#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum rc err_set(struct err *e, enum rc rc, const char *fmt, ...)
{
    if (e != NULL) {
        va_list ap;

        va_start(ap, fmt);
        (void)vsnprintf(e->text, sizeof e->text, fmt, ap);
        va_end(ap);
    }
    return rc;
}

enum rc err_errno(struct err *e, enum rc rc, int errno_value, const char *fmt, ...)
{
    if (e != NULL) {
        char reason[128];
        size_t used;
        va_list ap;

        va_start(ap, fmt);
        (void)vsnprintf(e->text, sizeof e->text, fmt, ap);
        va_end(ap);
        used = strlen(e->text);
        (void)snprintf(e->text + used, sizeof e->text - used, ": %s",
                       strerror_r(errno_value, reason, sizeof reason));
    }
    return rc;
}

void err_abort(const char *condition, const char *file, int line)
{
    (void)fprintf(stderr, "assay: broken invariant at %s:%d: %s\n", file, line, condition);
    abort();
}
