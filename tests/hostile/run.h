/*
 * run.h - a letter's way through the daemon, without the MTA: collect,
 * evaluate, carry out nothing, record, log.  What it cost is measured.
 */
#ifndef ASSAY_TESTS_HOSTILE_RUN_H
#define ASSAY_TESTS_HOSTILE_RUN_H

#include "letter.h"

enum { RUN_LINE_MAX = 4096 };

struct cost {
    double cpu_ms;  /* of the process, system calls included */
    double mem_mb;  /* resident, at most, beyond what was there before */
};

struct ran {
    struct cost cost;
    char stamp[RUN_LINE_MAX]; /* as inserted; "" none */
    char line[RUN_LINE_MAX];  /* all that was logged */
};

/* In a process of its own; false, and what it said is on standard error, when that did not end well. */
bool run_letter(struct letter *l, struct ran *out);

#endif
