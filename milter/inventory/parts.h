/*
 * parts.h - the five parts in which mail is counted, which add up to all of it.
 *
 * Which part a message belongs to follows from its result, its cause and from
 * what people decided of its source, and so changes with that.  Pure.
 */
#ifndef ASSAY_INVENTORY_PARTS_H
#define ASSAY_INVENTORY_PARTS_H

#include <stdint.h>

#include "base/enumname.h"

/* What became of mail, once for each message. */
enum part {
    PART_CONFIRMED,     /* of an approved source, and DMARC passes */
    PART_NOT_CONFIRMED, /* of an approved source, and it does not */
    PART_OPEN,          /* of a source not decided on, or retired */
    PART_FORGED,        /* nothing confirms it and no known service sent it; or the source is malicious */
    PART_LOST,          /* a mailing list or a forwarder changed or passed it on */
    PART_COUNT
};
extern const struct enum_names part_names; /* "confirmed" … as CSV and JSON call them */

struct parts {
    int64_t n[PART_COUNT];
};
/* All of them; the client's own mail (approved, confirmed or not); adds `p` to `to`. */
int64_t parts_all(const struct parts *p);
int64_t parts_own(const struct parts *p);
void parts_add(struct parts *to, const struct parts *p);

/* The part that a message belongs to; `status` is the inventory's word for its source. */
enum part parts_of(const char *dmarc, const char *cause, const char *status);

#endif
