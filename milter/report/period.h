/*
 * period.h - the UTC days that reports are about (RFC 9990 section 3.1.1.5).  Pure.
 */
#ifndef ASSAY_REPORT_PERIOD_H
#define ASSAY_REPORT_PERIOD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum { PERIOD_DAY_S = 86400, PERIOD_TEXT_MAX = 16 };

/* "YYYY-MM-DD", a day that exists from 1970 on, as its first second since the epoch. */
bool period_parse(struct str text, int64_t *begin_s);

/* The day in which a second lies, as its first second; and as "YYYY-MM-DD". */
int64_t period_day(int64_t at_s);
const char *period_text(int64_t at_s, char buf[static PERIOD_TEXT_MAX]);

#endif
