/*
 * frames.h - where the MTA's commands begin and end, and whether its macros and fields are what libmilter thinks.
 *
 * A command is a length of four bytes, a letter and data.  The data of macros
 * (letter D) is the letter of the command that they belong to, then names and
 * values, each ended by a NUL.  libmilter's smfi_getsymval goes through them
 * in pairs and looks no further than that: where they come to an odd number it
 * reads past the end and crashes.  A NUL in an address of SMTP is enough to
 * make an MTA send such a block.  So the bytes are looked at before
 * libmilter has them.
 *
 * The data of a field (letter L) is its name and its body, each ended by a
 * NUL.  Of a body with a NUL in it libmilter would show what is before that,
 * which may be another author than a reader finds; so such a NUL becomes the
 * control character 1, which stands in no address either.  A field without a
 * name or an end is none.  Pure.
 */
#ifndef ASSAY_MTA_FRAMES_H
#define ASSAY_MTA_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One connection, from its first byte on; begins as {0}. */
struct frames {
    uint32_t length;   /* so far, of what comes in */
    unsigned in_head;  /* bytes of the length that came: 0 to 4; then the letter is next */
    uint32_t left;     /* bytes of the command that are to come */
    bool in_data;      /* the letter came */
    bool macros;       /* it is D … */
    bool staged;       /* … and the letter of the command that they belong to came */
    bool odd;          /* an odd number of strings came to their end */
    bool open;         /* and one did not yet */
    bool field;        /* the letter is L … */
    bool named;        /* … and the name of the field came to its end */
    bool broken;       /* no more of it may be handed on */
};

/*
 * Goes through the next `n` bytes, and makes 1 of each NUL within a field.
 * How many of them may be handed on: all, or those before the last byte of a
 * block that is no pairs or a field that is none, which libmilter so never has
 * whole; then f->broken is set, and the answer is 0 from then on.
 */
size_t frames_pass(struct frames *f, char *p, size_t n);

#endif
