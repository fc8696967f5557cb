/*
 * journal.h - what came in, mail by mail and file by file, and what became of each report in it.
 *
 * The original is kept beside it for a while, packed as it is given here, so
 * that a better reader can read it again.
 *
 * Threads: as struct db.
 */
#ifndef ASSAY_RECEIVED_JOURNAL_H
#define ASSAY_RECEIVED_JOURNAL_H

#include "received/received.h"

enum { JOURNAL_HASH_SIZE = 32, JOURNAL_PARTS_MAX = 200, JOURNAL_TEXT_MAX = 1000 };

/* A mail or file.  Texts are never NULL, and clean. */
struct received_item {
    int64_t id;
    int64_t time_ms;          /* when it was taken in */
    const char *way;          /* "pipe" "maildir" "mbox" "folder" "file" "imap" "import" */
    const char *name;         /* of the file; "" */
    const char *sender;       /* address of the mail's author; "" a file */
    const char *sender_domain, *subject, *message_id;
    unsigned char sha256[JOURNAL_HASH_SIZE];
    int64_t size;             /* bytes as it came */
    enum received_trust trust;
    enum received_outcome outcome; /* in one word: that of the report that matters most */
    const char *reason;
    bool unread;              /* something in it was not read or not taken: `assay received retry` may */
    bool original;            /* it is still kept (when read) */
};

/* A report in it, or what is none. */
struct received_part {
    int64_t n;                /* 0, 1, … */
    const char *name;         /* where: "report.eml/x.zip/report.xml" */
    const char *kind;         /* "none" "aggregate" "failure" "tls" */
    enum received_outcome outcome;
    const char *reason;
    int64_t bytes;            /* unpacked */
    int64_t report;           /* id in report_in, failure_in or tls_in; 0 none */
};

/* The id that the next will have, in the caller's transaction. */
enum rc journal_next_id(struct db *d, int64_t *id, struct err *e);

/* Adds it under item->id in the caller's transaction.  `original` packed, or empty: not kept. */
enum rc journal_add(struct db *d, const struct received_item *item, const struct received_part *part, size_t parts,
                    struct str original, struct err *e);

/* After `retry`: its new outcome and parts take the place of the old ones. */
enum rc journal_renew(struct db *d, const struct received_item *item, const struct received_part *part, size_t parts,
                      struct err *e);

/* Which are listed; "" and 0 any. */
struct journal_wanted {
    bool unread;
    bool trouble;             /* unreadable, or over a limit, of one who proved who he is or whom the site named */
    const char *outcome, *sender_domain;
    int64_t since_ms;
    int64_t before_id;        /* those before this one; 0: from the newest */
};

/* The newest first, at most `max`. */
enum rc journal_list(struct db *d, struct arena *a, const struct journal_wanted *w, size_t max,
                     struct received_item **out, size_t *n, struct err *e);

/* By its id, with its parts; RC_NOTFOUND. */
enum rc journal_get(struct db *d, struct arena *a, int64_t id, struct received_item *out, struct received_part **part,
                    size_t *parts, struct err *e);

/* Its original, packed as it was given; RC_NOTFOUND when it is no longer kept. */
enum rc journal_original(struct db *d, struct arena *a, int64_t id, struct str *out, struct err *e);

/* How many came from that domain since then. */
enum rc journal_count_sender(struct db *d, const char *sender_domain, int64_t since_ms, int64_t *n, struct err *e);

/* The database's own secret, under which local parts and subjects become tokens. */
enum rc journal_secret(struct db *d, uint8_t key[16], struct err *e);

/* What is old goes, a few rows at a time, each call a transaction of its own. */
struct received_keep {
    int64_t rows_before_ms;      /* rows of reports that came before this */
    int64_t originals_before_ms; /* originals, likewise */
    int64_t originals_bytes;     /* and the oldest, until these are left; 0 any size */
    int64_t failures_before_ms;
    int64_t journal_before_ms;   /* what came in before this, and what became of it */
};

/* *more while there is something left to take out. */
enum rc received_prune(struct db *d, const struct received_keep *keep, int64_t now_ms, bool *more, struct err *e);

#endif
