/*
 * supervise.h - the process that starts the worker, and starts it anew when it dies.
 *
 * The libraries that read hostile mail are not ours, and what crashes in one
 * takes its process with it.  That process is a child: the supervisor, which
 * reads nothing that comes from outside, keeps the listening socket, so that
 * connections wait instead of being refused, and has a new worker serve them
 * within a second (docs/RELIABILITY.md has the figures).  Signals are passed on.  When
 * the supervisor dies, the worker dies with it.
 */
#ifndef ASSAY_DAEMON_SUPERVISE_H
#define ASSAY_DAEMON_SUPERVISE_H

#include <stdbool.h>

#include "service/crash.h"

struct supervised {
    /*
     * The worker.  Serves until it is told to stop and answers an exit code.
     * Calls supervise_served(served) once it serves.
     */
    int (*work)(void *service, int served);
    void (*served)(void *service);   /* in the supervisor: the first worker serves */
    void (*reload)(void *service);   /* in the supervisor: HUP came; what later workers begin with */
    void (*stopping)(void *service); /* in the supervisor: TERM or INT came */
    void *service;
};

/*
 * Runs workers until one is told to stop; its exit code.  A first worker that
 * ends before it serves is not replaced, its code is answered.  The process
 * must have one thread.
 */
int supervise(const struct supervised *s, struct crash_table *crashes);

/* In the worker: it serves.  -1 allowed. */
void supervise_served(int served);

#endif
