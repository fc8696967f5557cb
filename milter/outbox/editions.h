/*
 * editions.h - editions of the monthly reports to clients, as kept: made once, and not changed.
 *
 * An edition holds its blocks (clientreport/blocks.h), from which every form of
 * it is written, and its PDF.  It is released when somebody, or the timer where
 * clients.conf says so, sends it; until then the client's own accounts do not
 * see it.
 *
 * Threads: as struct db.
 */
#ifndef ASSAY_OUTBOX_EDITIONS_H
#define ASSAY_OUTBOX_EDITIONS_H

#include <stdbool.h>

#include "base/arena.h"
#include "db/db.h"

/* The tables, for the schema, and what bound them first. */
#define EDITIONS_TABLES \
    "CREATE TABLE client_report (id INTEGER PRIMARY KEY AUTOINCREMENT, client TEXT NOT NULL, first_day INTEGER NOT" \
    " NULL, before_day INTEGER NOT NULL, edition INTEGER NOT NULL, language TEXT NOT NULL, made_ms INTEGER NOT NULL," \
    " messages INTEGER NOT NULL, own INTEGER NOT NULL, confirmed INTEGER NOT NULL, forged INTEGER NOT NULL," \
    " blocks BLOB NOT NULL, pdf BLOB, UNIQUE (client, first_day, before_day, edition));" \
    "CREATE TABLE client_report_mail (report INTEGER NOT NULL, address TEXT NOT NULL, sent_ms INTEGER NOT NULL," \
    " PRIMARY KEY (report, address)) WITHOUT ROWID;" \
    "CREATE TRIGGER client_report_stays BEFORE UPDATE ON client_report WHEN NEW.id <> OLD.id OR NEW.blocks <>" \
    " OLD.blocks OR NEW.client <> OLD.client OR NEW.edition <> OLD.edition OR NEW.first_day <> OLD.first_day OR" \
    " OLD.pdf IS NOT NULL BEGIN SELECT RAISE(ABORT, 'an edition of a report never changes'); END;"

/* What is kept is not changed, also by who comes with SQL, but for the PDF that it lacks; DELETE is for who prunes. */
#define EDITIONS_STAY \
    "DROP TRIGGER client_report_stays;" \
    "CREATE TRIGGER client_report_stays BEFORE UPDATE OF client, first_day, before_day, edition, language, made_ms," \
    " messages, own, confirmed, forged, blocks ON client_report BEGIN" \
    " SELECT RAISE(ABORT, 'an edition of a report is not changed'); END;" \
    "CREATE TRIGGER client_report_pdf_stays BEFORE UPDATE ON client_report WHEN OLD.pdf IS NOT NULL OR NEW.id <>" \
    " OLD.id BEGIN SELECT RAISE(ABORT, 'an edition of a report is not changed'); END;"

struct edition {
    int64_t id;                /* 0: not kept */
    const char *client;
    int64_t first_day, before_day; /* days since the epoch */
    int64_t number;            /* 1, 2, … */
    const char *language;
    int64_t made_ms;
    int64_t messages, own, confirmed, forged;
    struct str blocks, pdf;    /* of editions_get alone; pdf n 0: there is none */
    int64_t sent, sent_ms;     /* to how many it was mailed, and when last; released: sent_ms is not 0 */
};

/* Keeps it under the number that it has; sets its id.  Fails where that number is kept; else as the database. */
enum rc editions_put(struct db *d, struct edition *edition, struct err *e);

/* Adds the PDF that it lacked. */
enum rc editions_put_pdf(struct db *d, int64_t id, struct str pdf, struct err *e);

/* Which; "" and 0 any. */
struct editions_wanted {
    const char *client;
    int64_t first_day, number;
    bool released;             /* those alone that were sent */
};

/* Newest days first, of one client's days the highest number first; at most `max`, without blocks and PDF. */
enum rc editions_list(struct db *d, struct arena *a, const struct editions_wanted *w, size_t max, struct edition **out,
                      size_t *n, struct err *e);

/* The first of these, whole; RC_NOTFOUND. */
enum rc editions_get(struct db *d, struct arena *a, const struct editions_wanted *w, struct edition *out,
                     struct err *e);

/* Whether it was sent there; that it was now, "": released without mail. */
enum rc editions_was_sent(struct db *d, int64_t id, const char *address, bool *out, struct err *e);
enum rc editions_sent(struct db *d, int64_t id, const char *address, int64_t now_ms, struct err *e);

#endif
