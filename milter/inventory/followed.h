/*
 * followed.h - what a host's file has of its fleet's centre: the inventory, the safety catch, changes in DNS.
 *
 * The centre is the truth of these three; `assay fleet run` copies what
 * changed there into the tables of the file, and the daemon's snapshot has it
 * from there.  Where the centre is away, the last copy is what is used.  Each
 * function works in the caller's transaction but for those that read.  Threads: as struct db.
 */
#ifndef ASSAY_INVENTORY_FOLLOWED_H
#define ASSAY_INVENTORY_FOLLOWED_H

#include "base/arena.h"
#include "db/db.h"
#include "inventory/inventory.h"
#include "verdict/background.h"

/* For the schema.  A change of what a snapshot holds raises its generation. */
#define FOLLOWED_TABLES \
    "CREATE TABLE fleet_followed (one INTEGER PRIMARY KEY CHECK (one = 1), generation INTEGER NOT NULL," \
    " mark INTEGER NOT NULL, checked_ms INTEGER NOT NULL);" \
    "INSERT INTO fleet_followed VALUES (1, 0, 0, 0);" \
    "CREATE TABLE fleet_source (domain TEXT NOT NULL, source TEXT NOT NULL, PRIMARY KEY (domain, source))" \
    " WITHOUT ROWID;" \
    "CREATE TABLE fleet_caught (domain TEXT PRIMARY KEY, until_ms INTEGER NOT NULL, there INTEGER NOT NULL)" \
    " WITHOUT ROWID;" \
    "CREATE TABLE fleet_address (domain TEXT NOT NULL, address TEXT NOT NULL, PRIMARY KEY (domain, address))" \
    " WITHOUT ROWID;" \
    "CREATE TABLE fleet_change (kind TEXT NOT NULL, name TEXT NOT NULL, changed_ms INTEGER NOT NULL," \
    " old_ttl INTEGER NOT NULL, PRIMARY KEY (kind, name)) WITHOUT ROWID;" \
    "CREATE TRIGGER fleet_address_added AFTER INSERT ON fleet_address BEGIN" \
    " UPDATE digest SET generation = generation + 1; END;" \
    "CREATE TRIGGER fleet_change_added AFTER INSERT ON fleet_change BEGIN" \
    " UPDATE digest SET generation = generation + 1; END;" \
    "CREATE TRIGGER fleet_change_removed AFTER DELETE ON fleet_change BEGIN" \
    " UPDATE digest SET generation = generation + 1; END;"

/* How far the copy is. */
struct followed {
    int64_t generation; /* the newest change of the centre that it has; 0 none */
    int64_t mark;       /* when that was made there, microseconds: two centres have no two alike */
    int64_t checked_ms; /* when it last was all there was, by this host's clock; 0 never */
};
enum rc followed_read(struct db *d, struct followed *out, struct err *e);
enum rc followed_note(struct db *d, const struct followed *f, struct err *e);

/* ---- the inventory ---- */

/* The next entries are all there are: forgets which were the centre's. */
enum rc followed_sources_anew(struct db *d, struct err *e);

/* An entry as people wrote it there; what this host counted of it stays.  And one that was taken out there. */
enum rc followed_put_source(struct db *d, const struct inventory_edit *entry, struct err *e);
enum rc followed_remove_source(struct db *d, const char *domain, const char *source, struct err *e);

/*
 * Once there are entries of the centre, what people wrote on this host alone
 * is taken out, and noted in its history with all it said; *gone counts it.
 */
enum rc followed_sources_end(struct db *d, int64_t now_ms, int64_t *gone, struct err *e);

/* ---- the safety catch ---- */

struct followed_caught {
    const char *domain;
    int64_t since_ms, until_ms;
};

/* The whole of what is caught there: begin, each domain and each of their addresses, end. */
enum rc followed_caught_begin(struct db *d, struct err *e);
enum rc followed_put_caught(struct db *d, const struct followed_caught *c, struct err *e);
enum rc followed_put_address(struct db *d, const char *domain, const char *address, struct err *e);
enum rc followed_caught_end(struct db *d, struct err *e);

/*
 * What this host's own catch put on and the centre does not know: at most `max`, their text in `a`; and what the centre
 * said of one: until when it is on there, 0 that it is not to be.
 */
enum rc followed_own_caught(struct db *d, struct arena *a, int64_t now_ms, size_t max, struct followed_caught **out,
                            size_t *n, struct err *e);
enum rc followed_told_caught(struct db *d, const char *domain, int64_t until_ms, struct err *e);

/* ---- changes in DNS ---- */

/* Forgets those that are there; and puts one. */
enum rc followed_changes_anew(struct db *d, struct err *e);
enum rc followed_put_change(struct db *d, struct str kind, struct str name, int64_t changed_ms, int64_t old_ttl,
                            struct err *e);

/* What of it a snapshot has beside the host's own: changes since `since_ms`, addresses of those caught at `now_ms`. */
enum rc followed_background(struct db *d, int64_t since_ms, int64_t now_ms, struct background *b, struct err *e);

#endif
