/*
 * intake.h - takes in mail and files with reports that others send: read, judged, stored, noted.
 *
 * A mail or file is one item: what of it counts, and that it came, become
 * true in one transaction, after which it may leave where it was.  Killed at
 * any moment, an item is there as a whole or not at all, and taking it again
 * does no harm: what is there already is a duplicate.  Rows of large reports
 * are written ahead in small transactions that nobody sees, so that the
 * daemon, which writes to the same database, waits for none of them.
 *
 * Threads: one call at a time; any number of processes at once.
 */
#ifndef ASSAY_INTAKE_INTAKE_H
#define ASSAY_INTAKE_INTAKE_H

#include "config/config.h"
#include "dns/dns.h"
#include "received/journal.h"
#include "received/received.h"

enum { INTAKE_SENDER_MAX = 5000 /* mails a day from one sender domain */ };

struct intake;

struct intake_settings {
    const struct config *config; /* borrowed, as the next */
    struct dns *dns;             /* NULL: nothing is asked of DNS */
    const char *database;        /* which must be there */
    bool keep_originals;
};

/* RC_NOTFOUND, RC_IO, RC_TEMP as db_open_write. */
enum rc intake_open(const struct intake_settings *settings, struct intake **out, struct err *e);
void intake_close(struct intake *in); /* NULL allowed */

/* The database it writes to, for reading between items. */
struct db *intake_db(struct intake *in);

/* What does not work and stops nothing (NetworksFile cannot be used); "" nothing. */
const char *intake_trouble(const struct intake *in);

struct intake_item {
    struct str bytes;    /* as it came */
    const char *name;    /* of its file, without folder; "" */
    const char *way;     /* word of received_item.way */
    bool by_operator;    /* somebody put it in by hand: what is not proven is `local` */
    int64_t again;       /* id in the journal: it is read once more; 0 it is new */
    int64_t arrival_ms;  /* when it came, where that is known; 0: now */
};

/* What became of it. */
struct intake_outcome {
    int64_t id;          /* in the journal */
    enum received_outcome outcome;
    enum received_trust trust;
    char reason[ERR_TEXT_MAX]; /* "" all is well */
    size_t parts, kept;  /* reports and other things in it; of these kept now */
    int64_t rows, messages; /* of those kept */
};

/*
 * Takes one item in.  RC_OK whatever was in it: content is never an error.
 * RC_TEMP, RC_IO, RC_NOMEM: the store or the system failed, nothing was
 * taken, and it may be given again.
 */
enum rc intake_take(struct intake *in, const struct intake_item *item, struct intake_outcome *out, struct err *e);

#endif
