/*
 * tie.h - what ties a message to the correspondent whose name it bears, and that no sender can write into it.
 *
 * It is the address of the SMTP client together with one of two things: the
 * reverse-path is in the author's own organizational domain, so that its SPF
 * record decides on that address; or the client's confirmed name is, so that
 * its own DNS calls that machine its own.  Signatures are none: anybody can
 * send again what a domain once signed, from anywhere.  Pure.
 */
#ifndef ASSAY_POLICY_TIE_H
#define ASSAY_POLICY_TIE_H

#include <stdbool.h>

#include "output/record.h"

/* Whether it bears such a tie; whether its address is one of the author's must be known from what passed before. */
bool tie_is_claimed(const struct record *r);

/* Whether it passed in a way that shows the address to be the author's. */
bool tie_is_proved(const struct record *r);

#endif
