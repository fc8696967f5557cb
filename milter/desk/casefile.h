/*
 * casefile.h - one message with all that is known around it.
 *
 * What somebody who has a ticket wants beside the record: who the source is,
 * whose the domain, what the inventory says of the two, how often the same
 * happened, and what DNS said before.
 */
#ifndef ASSAY_DESK_CASEFILE_H
#define ASSAY_DESK_CASEFILE_H

#include "config/config.h"
#include "records/store.h"

enum {
    CASEFILE_NAMES_MAX = 6, /* DNS records looked up */
    CASEFILE_TEXTS_MAX = 4, /* of one, the newest */
    CASEFILE_CHANGES_MAX = 5,
    CASEFILE_AGAIN_MAX = 50 /* newer messages of the same Message-ID that are looked at */
};

/* What is remembered of one record that the verdict hung on. */
struct casefile_dns {
    enum dns_kind kind;
    const char *name;
    size_t n;                    /* newest first; 0: never seen */
    struct dnstext_version *text;
};

struct casefile {
    const struct record *record;
    const struct sender *sender; /* NULL: not in the catalogue, or none is read */
    const struct client *client; /* NULL: nobody's here */
    const struct inventory_row *entry; /* the inventory's; NULL none */
    size_t change_count;
    struct inventory_change *change;   /* of that entry, newest first */
    struct store_tally same;     /* messages of the same author domain, source and cause, this one among them */
    const struct record *later;  /* the same message, come again: the first that was let through, else the last; NULL */
    bool mta_holds;              /* a held one waits in the MTA's queue (QuarantineBy) */
    size_t dns_count;
    struct casefile_dns dns[CASEFILE_NAMES_MAX];
};

/*
 * Gathers it; `r` and `c` must outlive it, its own text is in the arena.
 * Errors as store_find.
 */
enum rc casefile_open(struct arena *a, struct store *s, const struct config *c, const struct record *r,
                      struct casefile *out, struct err *e);

/*
 * The text that was replaced less than 48 hours before the message came, by
 * the one before it in `d->text`; NULL when there was no such change.
 */
const struct dnstext_version *casefile_replaced(const struct casefile *c, const struct casefile_dns *d);

/* A note to close a ticket with: source, domain, cause, what was changed, how it was proven.  NULL without memory. */
const char *casefile_closure(struct arena *a, const struct casefile *c);

#endif
