/*
 * send.h - mails an edition of a client's report to whom clients.conf names, once each.
 *
 * The text version is the mail, the PDF is attached.  A mail's Message-ID
 * follows from the edition and the address, so that one which is sent again
 * because nobody knows whether it arrived can be told for the same.
 *
 * Threads: one at a time.
 */
#ifndef ASSAY_CLIENTREPORT_SEND_H
#define ASSAY_CLIENTREPORT_SEND_H

#include "config/config.h"
#include "outbox/editions.h"

struct send_counts {
    int64_t sent, before, failed; /* now; earlier, and so not again; not taken by the relay */
    const char *why;              /* the last reason of the relay's; in the arena, "" none */
};

/*
 * Mails it, and releases it, which is all where clients.conf names nobody.
 * RC_BAD for a configuration that cannot send.  What the relay says of one
 * address is counted, not an error.
 */
enum rc send_edition(struct arena *a, struct db *d, const struct config *c, const struct client *client,
                     const struct edition *edition, int64_t now_ms, struct send_counts *out, struct err *e);

#endif
