/*
 * outgoing.h - mail that went out, as those who received it report: by domain and source, in plain words.
 *
 * Out of the sums of received reports (received/sums.h) and the inventory.
 * It stands beside what our own milter saw, and is never added to it.
 */
#ifndef ASSAY_DESK_OUTGOING_H
#define ASSAY_DESK_OUTGOING_H

#include "config/config.h"
#include "desk/sheet.h"
#include "formats/json.h"
#include "received/sums.h"
#include "verdict/cause.h"

enum {
    OUTGOING_REPORTERS_MAX = 3, /* named */
    OUTGOING_GROUPS_MAX = 5000
};

/* One source of one domain. */
struct outgoing {
    const char *client, *domain, *source;
    struct received_counts counts;  /* what is heeded */
    int64_t unproven;               /* messages of reports that nothing proves: told, and heeded by nothing */
    int64_t first_day, last_day;    /* 0 none */
    enum cause cause;               /* of most messages that failed; CAUSE_NONE none did */
    int64_t of_cause;               /* how many those are */
    size_t reporters, named;        /* how many different ones; how many of these are in `reporter` */
    const char *reporter[OUTGOING_REPORTERS_MAX]; /* those that saw most first */
    int64_t of_domain;              /* messages of the domain in those days, of all sources, as far as heeded */
    const char *status, *owner, *ticket; /* of the inventory; status "unknown" where it has no entry */
    int64_t status_ms;              /* when that status was set, milliseconds since the epoch; 0 not known */
};

/* What is asked for; "" any. */
struct outgoing_wanted {
    const char *client, *domain, *source, *status;
    int64_t first_day;              /* from that day on; 0 all */
    bool failing;                   /* only those of which something failed */
};

/* Those with most failed messages first.  RC_OK with *n 0 when there are none. */
enum rc outgoing_find(struct db *d, struct arena *a, const struct outgoing_wanted *w, struct outgoing **out, size_t *n,
                      struct err *e);

/* The service's name for people: "Mailchimp", "own servers of acme.example", "hosts of isp.example" … */
const char *outgoing_title(struct arena *a, const struct config *c, const char *domain, const char *source);

/* Lines of a table, with its heading; the sentence and three questions of one; the same as an object. */
void outgoing_print_list(const struct sheet *s, const struct config *c, const struct outgoing *o, size_t n);
void outgoing_print(const struct sheet *s, const struct config *c, const struct outgoing *o);
struct jnode *outgoing_json(struct arena *a, const struct config *c, const struct outgoing *o);

#endif
