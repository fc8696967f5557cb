/*
 * instead.h - functions of the C library that libmilter calls and that are ours.
 *
 * The linker gives libmilter ours (sigwait stands in signals.c; poll, read and
 * close in readahead.c):
 *
 * accept: libmilter asks again at once when no descriptor is left, which
 * costs a whole processor until there is one.  Ours waits a moment, says so,
 * and keeps some descriptors for the database and for DNS: connections beyond
 * are closed as soon as they come, so that the MTA need not wait for its
 * time-out.
 *
 * syslog: libmilter's complaints take the way of our own lines, which nobody
 * waits for.
 */
#ifndef ASSAY_DAEMON_INSTEAD_H
#define ASSAY_DAEMON_INSTEAD_H

#include <stdbool.h>
#include <stdint.h>

enum { INSTEAD_RESERVE = 320 }; /* descriptors that connections leave to us: DNS has most of them */

/* How many descriptors the process may have; before anything listens.  Without it nothing is kept for us. */
void instead_limit(unsigned files);

/* Whether a connection may have this descriptor. */
bool instead_has_room(int fd);

/* Connections that were accepted. */
uint64_t instead_accepted(void);

#endif
