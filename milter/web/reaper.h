/*
 * reaper.h - the connections, and the thread that cuts off those which take too long.
 *
 * A time-out of silence would let stay for ever who sends a byte now and then;
 * here what counts is how long a connection has been doing what it does.
 *
 * Threads: any.
 */
#ifndef ASSAY_WEB_REAPER_H
#define ASSAY_WEB_REAPER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

enum { REAPER_IDLE_S = 15 };

/* What a connection is doing. */
enum phase {
    PHASE_READING,   /* its request is not whole yet: 10 s */
    PHASE_WORKING,   /* its page is being made: no bound here */
    PHASE_ANSWERING, /* it takes the answer: 60 s */
    PHASE_IDLE       /* it may ask again: REAPER_IDLE_S */
};

struct connection {
    struct connection *next, *before;
    int fd;
    enum phase phase;
    int64_t since_ms, began_ms;
    uid_t peer;    /* of a unix socket; -1 unknown */
    bool by_proxy;
};

struct reaper;

/* Starts the thread.  RC_NOMEM. */
enum rc reaper_start(struct reaper **out, struct err *e);
/* Ends it; every connection must be removed by then.  NULL allowed. */
void reaper_stop(struct reaper *r);

/* From when it is accepted until just before its descriptor is closed; NULL without memory. */
struct connection *reaper_add(struct reaper *r, int fd, bool by_proxy);
void reaper_remove(struct reaper *r, struct connection *c); /* NULL allowed */

/* It does something else from now on. */
void reaper_phase(struct reaper *r, struct connection *c, enum phase phase);

/* How many there are. */
uint64_t reaper_open(struct reaper *r);

#endif
