/*
 * batch.h - one item on its way into the store: reports being read, rows that wait to be written.
 */
#ifndef ASSAY_INTAKE_BATCH_H
#define ASSAY_INTAKE_BATCH_H

#include "incoming/incoming.h"
#include "intake/classify.h"
#include "intake/intake.h"
#include "intake/trust.h"
#include "received/other.h"
#include "received/tally.h"

enum {
    BATCH_ROWS = 10000,             /* most rows of one transaction: half a second, which the daemon waits for */
    BATCH_ADDRESSES = 10000,        /* addresses of one report that are noted, to be looked up */
    BATCH_ARENA = 256 * 1024 * 1024 /* an item's memory but for rows; a bound, not what is used */
};

struct intake {
    struct intake_settings settings;
    struct db *db;
    struct store *store;   /* our own records; NULL: none to ask */
    struct intake_dns *lookup;
    struct incoming_reader *reader; /* NULL: there could be none */
    uint8_t token_key[16];
    struct background *networks; /* addresses that people entered; of the item that is being read */
};

/* A report that is to count. */
struct batch_report {
    struct received_report r;
    struct received_tally *tally;
    struct classify classify;
    bool given_up;         /* it turned out not to be wanted: what is staged of it goes */
    unsigned addresses;    /* noted */
    bool staged;           /* it has an id in the database */
    int64_t supersedes;    /* id of the one that gives way; 0 none */
    struct received_failure *failure; /* instead: one of these two */
    struct received_tls *tls;
    unsigned foreign, left_out; /* policies of it that are nobody's here; details past what is kept */
};

struct batch {
    struct intake *in;
    const struct intake_item *item;
    struct received_item journal;
    struct arena *arena;   /* as long as the item */
    struct arena *row_arena; /* as long as rows wait */
    struct err *e;
    enum rc rc;            /* why it was stopped; RC_OK */
    bool asked_trust;
    struct trust_proof proof;
    size_t parts;
    struct received_part part[JOURNAL_PARTS_MAX];
    struct batch_report *report[JOURNAL_PARTS_MAX]; /* of the same index; NULL: nothing of it is kept */
    size_t waiting;
    struct {
        size_t report;     /* index */
        struct received_row row;
    } row[BATCH_ROWS];
    int64_t next_row;      /* of the report being read */
    bool refused;          /* rows of a report that counts were not read */
    bool foreign_policy;   /* the TLS policy being read is about nobody's domain here */
};

/* What is read of `report`: its outcome in part[], and a place in report[] when it is wanted. */
enum incoming_wish batch_begin(struct batch *b, const struct incoming_report *report);

/* The same for a failure report, and one of TLS; `part` and `r` are new. */
enum incoming_wish batch_failure(struct batch *b, const struct incoming_report *report, struct received_part *part,
                                 struct batch_report *r);
enum incoming_wish batch_tls(struct batch *b, const struct incoming_report *report, struct received_part *part,
                             struct batch_report *r);

/* A policy, and a detail of the last policy, of the TLS report being read. */
enum incoming_wish batch_tls_policy(struct batch *b, const struct incoming_tls_policy *policy);
enum incoming_wish batch_tls_detail(struct batch *b, const struct incoming_tls_detail *detail);

/* All of it was read: says what of it is not kept. */
void batch_tls_end(struct batch *b);

/* A copy in the item's arena; "" when memory is gone, which b->rc remembers. */
const char *batch_copy(struct batch *b, const char *text);

/* Whose `domain` is; false: nobody's here.  Where no client is configured, every domain is the site's own. */
bool batch_whose(const struct batch *b, const char *domain, const char **client);

/* `part` is nobody's here: `domain`, or "" where `where` names none. */
void batch_say_foreign(struct batch *b, struct received_part *part, const char *domain, const char *where);

/* What reading found to say of a report whose table has no room for it: the part's reason, where it has no other. */
void batch_tell_notes(struct batch *b, const struct incoming_report *report, struct received_part *part);

/* Trust and reporter: by whom the mail is proven, else by what the report says of itself. */
void batch_reporter(struct batch *b, const struct incoming_report *report, const char *email, const char *org_name,
                    enum received_trust *trust, const char **reporter);

/* The wish of a whole reading callback after something failed in `b`. */
enum incoming_wish batch_stop(struct batch *b, enum rc rc);

/* Writes the rows that wait, staged, in a transaction of its own. */
enum rc batch_flush(struct batch *b, struct err *e);

/* All is read: makes it count, in one transaction. */
enum rc batch_commit(struct batch *b, struct err *e);

/* After that, or instead: takes out what was staged and is not wanted. */
enum rc batch_sweep(struct batch *b, struct err *e);

/* BEGIN IMMEDIATE, tried again while another program writes. */
enum rc batch_lock(struct db *d, struct err *e);

/* Decides what `part` is, whose report `r` has its key: duplicate, superseding, untrusted …; false: not wanted. */
bool batch_decide(struct batch *b, struct batch_report *r, struct received_part *part, enum rc *rc, struct err *e);

/* Sets outcome and reason of a part; printf-like. */
void batch_say(struct batch *b, struct received_part *part, enum received_outcome outcome, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

#endif
