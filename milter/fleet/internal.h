/*
 * internal.h - a shipper's state; for ship.c, hello.c and batch.c.
 */
#ifndef ASSAY_FLEET_INTERNAL_H
#define ASSAY_FLEET_INTERNAL_H

#include "base/siphash.h"
#include "db/postgres.h"
#include "fleet/ship.h"
#include "inventory/correspondents.h"
#include "inventory/dnstext.h"
#include "inventory/followed.h"
#include "records/life.h"
#include "records/schema.h"

enum {
    SHIP_BATCH_MAX = 500,                /* records of one transaction, and of one read of the file */
    SHIP_BATCH_BYTES = 16 * 1024 * 1024, /* of memory that they may take */
    SHIP_DAYS_MAX = 64                   /* days whose partitions are known to be there */
};

/* In SQL: the centre's day in UTC, whatever the time zone of the session, in days since the epoch. */
#define SHIP_TODAY "(now() AT TIME ZONE 'UTC')::date - date '1970-01-01'"

struct ship {
    struct ship_setup setup; /* its texts are ours */
    struct pg *pg;           /* NULL: to be connected */
    struct db *db;           /* the host's file; NULL: to be opened */
    struct arena *a;         /* of one round */
    struct ship_counts counts;
    /* as the centre said when greeted */
    int64_t host, store, keep_days;
    int64_t today;           /* by the centre's clock, in UTC: days since the epoch */
    int64_t shipped_id, dns_mark, failure_mark;
    int64_t skew_ms;
    unsigned char secret[SIPHASH_KEY_BYTES];
    bool has[SCHEMA_COLUMNS]; /* columns of records that the centre has, too */
    int columns_told;         /* how many it lacked when that was said */
    int64_t whole_ms;         /* up to here all records of the file were shipped, by our clock; 0 not known */
    /* between batches */
    size_t limit;             /* records of the next batch: fewer while a row is looked for that the centre refuses */
    int64_t day[SHIP_DAYS_MAX];
    size_t days;
    int64_t version;          /* of the file (life_version), when it was looked last */
    bool unread;              /* it was written since it was read */
    bool behind;              /* not all of it was shipped by the round before */
    int64_t gather_ms;        /* until then what is new gathers; monotonic */
    int64_t rest_ms;          /* when texts and failures are looked for again; monotonic */
    int64_t beat_ms;          /* when the centre last heard of us; monotonic, 0 never */
    struct followed followed; /* what the file has of the centre … */
    int64_t followed_noted_ms;/* … as it was noted there last, by the wall's clock; 0: to be read from it */
    bool ask;                 /* people decided something in the centre that is to be fetched */
};

/*
 * Greets the centre on a new connection: takes the host's name, finds this
 * file's row and how far it was shipped, and gives the file a new identity where its history
 * parted from what was shipped.  RC_TEMP when another host has the name.
 */
enum rc hello(struct ship *s, struct err *e);

/*
 * Opens the file anew where we wrote into it: one that was opened without a
 * -wal is read as it was then, and would look damaged.  As for db_open_read; s->db is NULL when it failed.
 */
enum rc ship_look_anew(struct ship *s, struct err *e);

/* Ships the next records in one transaction; what it answers is in `out`. */
enum rc batch_ship(struct ship *s, struct ship_round *out, struct err *e);

/* Ships what the host saw in DNS since the mark, at most a batch. */
enum rc texts_ship(struct ship *s, bool *all, struct err *e);

/* Copies what changed in the centre into the file. */
enum rc follow(struct ship *s, struct err *e);

/* That nothing did, as the centre said just now; the file is told now and then, for who looks at its copy's age. */
enum rc follow_unchanged(struct ship *s, struct err *e);

/* Tells the centre what the host's own safety catch did. */
enum rc follow_own(struct ship *s, struct err *e);

/* Ships failures that are to be reported, once they have gathered and their records are there; at most a batch. */
enum rc failures_ship(struct ship *s, bool *all, struct err *e);

#endif
