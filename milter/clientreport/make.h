/*
 * make.h - makes editions of clients' reports, and keeps them.
 *
 * Threads: one at a time (words.h).
 */
#ifndef ASSAY_CLIENTREPORT_MAKE_H
#define ASSAY_CLIENTREPORT_MAKE_H

#include "clientreport/blocks.h"
#include "config/config.h"
#include "outbox/editions.h"

struct make_request {
    struct db *db;
    const struct config *config;
    const struct client *client;
    int64_t first_day, before_day;
    int64_t now_ms;
    bool keep;             /* else it is only made, and no PDF of it */
};

/*
 * The edition for these days as the figures are now.  With `keep` the newest
 * that is kept when no figure differs from it, else a new one, which is kept;
 * *made says which.  `out` is whole, in the arena.  RC_BAD or RC_NOTFOUND for a
 * logo or language that cannot be had; RC_LIMIT, RC_NOMEM, or as the database.
 */
enum rc make_edition(struct arena *a, const struct make_request *q, struct edition *out, bool *made, struct err *e);

/* Makes the PDF of one that has none, and keeps it.  RC_NOTFOUND: assay-pdf is not installed. */
enum rc make_pdf(struct arena *a, struct db *d, struct edition *edition, struct err *e);

/* What a report is called: "acme-2026-11". */
const char *make_name(struct arena *a, const char *client, int64_t first_day);

#endif
