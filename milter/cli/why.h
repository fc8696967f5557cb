/*
 * why.h - a record in plain words, for somebody who has a ticket and not the RFCs.
 */
#ifndef ASSAY_CLI_WHY_H
#define ASSAY_CLI_WHY_H

#include <stdio.h>

#include "base/arena.h"
#include "verdict/record.h"

/* "2026-11-22 09:30:00 UTC"; returns `buf`. */
enum { WHY_TIME_MAX = 40 };
const char *why_time(int64_t time_ms, char buf[static WHY_TIME_MAX]);

/* Explains one record.  Whatever the record holds, only printable text goes out. */
void why_print_text(struct arena *a, const struct record *r, FILE *to);

#endif
