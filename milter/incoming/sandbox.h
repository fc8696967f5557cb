/*
 * sandbox.h - shuts the process that reads in: no network, no files, little time and memory.
 */
#ifndef ASSAY_INCOMING_SANDBOX_H
#define ASSAY_INCOMING_SANDBOX_H

#include <stdbool.h>

enum { SANDBOX_MEMORY_MIB = 512 }; /* more than the process has when it begins */

/*
 * For a child process that was just forked: keeps `fd` alone open, with /dev/null
 * as 0, 1 and 2, and gives up everything but memory, time and writing to what is
 * open.  Where the kernel has no system call filter, the limits alone hold:
 * no file and no socket can be opened.  `cpu_seconds` for the whole.
 */
void sandbox_enter(int fd, unsigned cpu_seconds);

enum { SANDBOX_FIRST = 3 /* descriptor */ };

/*
 * For a child process that is to fork those that read: it ends with its
 * parent, and has the `n` descriptors as SANDBOX_FIRST, SANDBOX_FIRST + 1, …
 * and no others but /dev/null as 0, 1 and 2.  false when it cannot.
 */
bool sandbox_template(const int *fd, int n);

/* From now on, so many seconds of CPU; then SIGPROF ends the process. */
void sandbox_cpu(unsigned seconds);

#endif
