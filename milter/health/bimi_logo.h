/*
 * bimi_logo.h - BIMI assertion records, and whether a picture is one that mail programs show.
 *
 * Pure; any bytes.
 */
#ifndef ASSAY_HEALTH_BIMI_LOGO_H
#define ASSAY_HEALTH_BIMI_LOGO_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/str.h"

enum { BIMI_LOGO_SOON_MAX = 32 * 1024 }; /* bytes that mailbox providers take without complaint */

struct bimi_record {
    const char *why;          /* what is wrong; "" nothing */
    struct str logo, evidence; /* l= and a=, trimmed; n == 0: empty or absent */
    bool declined;            /* both are there, and empty */
};

/* Whether it begins as a BIMI record does, right or wrong. */
bool bimi_record_alike(struct str txt);

/* Reads one. */
void bimi_record_read(struct str txt, struct bimi_record *out);

/* Why `svg` is not SVG Tiny PS 1.2 with a title and nothing that runs or loads; "" it is.  A literal. */
const char *bimi_logo_trouble(struct str svg);

#endif
