/*
 * mailsums.h - the mail of clients by day, in the parts in which pages count it.
 *
 * Made of the tallies, in the transaction that changes these, and so never
 * behind them: a page over many domains reads a row a domain and day, or a
 * row a client and MAILSUMS_BLOCK days, where the tallies have a hundred.
 * The sums of a domain stand under its name, those of all domains of a client
 * under MAILSUMS_ALL; a row covers one day, or a block of days that begins at
 * a multiple of MAILSUMS_BLOCK.  mail_fail has what of approved sources was
 * not confirmed, day by day.
 *
 * In which part mail is counted hangs on what people decided of its source.
 * A trigger notes the domain of each decision in mail_sum_stale; the writer
 * counts it anew between commits.  Whoever reads looks first which domains are
 * noted there (mailsums_stale), and counts the tallies of these.
 *
 * Threads: as struct db.
 */
#ifndef ASSAY_RECORDS_MAILSUMS_H
#define ASSAY_RECORDS_MAILSUMS_H

#include "base/arena.h"
#include "db/db.h"

enum { MAILSUMS_BLOCK = 32 };

/* In the place of a domain: all of the client's.  No domain has this name. */
#define MAILSUMS_ALL "*"

/* How the columns of one sum are called, in the order of enum part, and three more. */
#define MAILSUMS_COLUMNS "confirmed, not_confirmed, not_decided, forged, lost, passed, refused, held"
enum { MAILSUMS_NUMBERS = 8 };

/* For the schema.  What is there by then is noted as stale, and counted by and by. */
#define MAILSUMS_TABLES \
    "CREATE TABLE mail_sum (client TEXT NOT NULL, domain TEXT NOT NULL, days INTEGER NOT NULL," \
    " first_day INTEGER NOT NULL, confirmed INTEGER NOT NULL, not_confirmed INTEGER NOT NULL," \
    " not_decided INTEGER NOT NULL, forged INTEGER NOT NULL, lost INTEGER NOT NULL, passed INTEGER NOT NULL," \
    " refused INTEGER NOT NULL, held INTEGER NOT NULL," \
    " PRIMARY KEY (client, domain, days, first_day)) WITHOUT ROWID;" \
    "CREATE TABLE mail_fail (client TEXT NOT NULL, day INTEGER NOT NULL, domain TEXT NOT NULL," \
    " source TEXT NOT NULL, cause TEXT NOT NULL, messages INTEGER NOT NULL," \
    " PRIMARY KEY (client, day, domain, source, cause)) WITHOUT ROWID;" \
    "CREATE TABLE mail_sum_stale (domain TEXT NOT NULL, below INTEGER NOT NULL," \
    " PRIMARY KEY (domain, below)) WITHOUT ROWID;" \
    "CREATE TRIGGER source_added_sums AFTER INSERT ON source BEGIN" \
    " INSERT INTO mail_sum_stale VALUES (NEW.domain, 1) ON CONFLICT DO NOTHING; END;" \
    "CREATE TRIGGER source_removed_sums AFTER DELETE ON source BEGIN" \
    " INSERT INTO mail_sum_stale VALUES (OLD.domain, 1) ON CONFLICT DO NOTHING; END;" \
    "CREATE TRIGGER source_decided_sums AFTER UPDATE OF status ON source WHEN NEW.status <> OLD.status BEGIN" \
    " INSERT INTO mail_sum_stale VALUES (NEW.domain, 1) ON CONFLICT DO NOTHING; END;" \
    "INSERT INTO mail_sum_stale SELECT DISTINCT author_domain, 0 FROM tally WHERE client <> '';"

/* Forged mail of all clients by day, which the start page asks for: one look where there are few such rows. */
#define MAILSUMS_FORGED "days = 1 AND forged > 0 AND domain <> '" MAILSUMS_ALL "'"
#define MAILSUMS_MORE \
    "CREATE INDEX mail_sum_forged ON mail_sum (first_day, client, domain, forged) WHERE " MAILSUMS_FORGED ";"

/* A number of messages that a tally gained, of one client's domain. */
struct mailsum {
    const char *client, *domain, *source, *cause, *dmarc, *disposition;
    int64_t day, messages;
};

struct mailsums;

struct mailsums *mailsums_new(void);     /* NULL without memory */
void mailsums_free(struct mailsums *m);  /* NULL allowed */

/* Holds it in memory; mail of nobody's domains is left out.  RC_NOMEM, and what the database answers. */
enum rc mailsums_add(struct mailsums *m, struct db *d, const struct mailsum *c, struct err *e);

/* Adds what is held to the tables, in the caller's transaction, and forgets it. */
enum rc mailsums_write(struct mailsums *m, struct db *d, struct err *e);

/*
 * The domains that wait to be counted anew, in order, each once, in the arena: what the sums say of them is of before a
 * decision, or of nothing.  In the transaction in which the sums are then read.  *n above `most`: they are more, or
 * there are no sums, as at the centre of a fleet; the list is not all of them.
 */
enum rc mailsums_stale(struct db *d, struct arena *a, size_t most, const char *const **out, size_t *n, struct err *e);

/* Counts one domain anew that is noted as stale, in a transaction of its own; *worked tells whether there was one. */
enum rc mailsums_step(struct db *d, bool *worked, struct err *e);

/* Takes out days before `day`, at most `most` rows, adding to *gone; the tallies of these days are gone. */
enum rc mailsums_prune(struct db *d, int64_t day, int64_t most, int64_t *gone, struct err *e);

#endif
