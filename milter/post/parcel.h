/*
 * parcel.h - one report as mail: what all its copies share, and each copy as it goes out.
 */
#ifndef ASSAY_POST_PARCEL_H
#define ASSAY_POST_PARCEL_H

#include "config/config.h"
#include "dkim/dkim_sign.h"
#include "outbox/outbox.h"

struct parcel {
    const char *id;       /* goes into the Message-ID: letters and digits */
    const char *subject, *text;
    /* an aggregate report */
    const char *filename;
    struct str file;
    /* a failure report */
    const char *fields, *headers;
};

/*
 * The aggregate report in row `id`, as RFC 9990 section 3.5.2 wants it
 * mailed; in the arena.  RC_NOTFOUND when it was removed.
 */
enum rc parcel_aggregate(struct db *d, struct arena *a, int64_t id, const struct config *c, struct parcel *out,
                         struct err *e);

/* The Message-ID for the delivery with that key: the same at every attempt. */
const char *parcel_message_id(struct arena *a, const struct parcel *p, const char *verp, const struct config *c);

/* The mail for one delivery, signed when there is a signer (NULL: none). */
enum rc parcel_compose(struct arena *a, const struct parcel *p, const struct delivery *to, const struct config *c,
                       struct dkim_signer *signer, int64_t now_ms, struct str *out, struct err *e);
#endif
