/*
 * flight.h - the messages in flight, and the stop that waits for them.
 *
 * A message is in flight from MAIL until the answer to its end, or until it
 * is aborted.  Callbacks that use what a stop takes down (resolver, store)
 * lie between flight_enter and flight_leave.
 *
 * Threads: every function but flight_open, from any thread.  There is one
 * service per process, hence one account.
 */
#ifndef ASSAY_MTA_FLIGHT_H
#define ASSAY_MTA_FLIGHT_H

#include <stdbool.h>
#include <stdint.h>

/* One message's part in the account; all zero at first. */
struct flight {
    bool counted;
    bool late; /* began well after the stop came, on an old connection */
};

/* Opens the account; before any callback. */
void flight_open(void);

/* False: too late, what the callback would use may be gone; then there is nothing to leave. */
bool flight_enter(void);

/* Ends what flight_enter allowed. */
void flight_leave(void);

/* The message begins, or ends; an end without a beginning is nothing. */
void flight_begin(struct flight *f);
void flight_end(struct flight *f);

/* How many are in flight. */
unsigned flight_count(void);

/*
 * A new connection: true where it is to be served, which it is after a stop too when it was on its way then, since the
 * MTA would let its message go unexamined; false where the stop came well before.
 */
bool flight_opens(void);

/*
 * The stop: lets the messages in flight finish, and then shuts the door, so
 * that flight_enter answers false.  Answers within `timeout_ms` and two
 * seconds.  `*cut` is how many messages had to be given up, whose senders try
 * again; while it is not 0 callbacks may still be running, and nothing they
 * use may be freed.
 */
void flight_drain(int64_t timeout_ms, unsigned *cut);

#endif
