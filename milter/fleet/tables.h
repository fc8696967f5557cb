/*
 * tables.h - the tables of the centre, and the numbers of its locks.
 *
 * The centre is a PostgreSQL database in which many hosts' records come
 * together: message (a partition a day, in which keys are found by Bloom BRIN
 * indexes), message_key (addresses of a message beyond four), dns_text, host,
 * store (a row for each life of a host's file: how far it was shipped),
 * refused (rows that the centre would not take), client_user (who sees whose
 * rows) and fleet (one row).  Beside these stand the desk's (tables_desk.h),
 * and what else is made of the records (tables_inventory.h).
 */
#ifndef ASSAY_FLEET_TABLES_H
#define ASSAY_FLEET_TABLES_H

#include "db/postgres.h"

enum { TABLES_VERSION = 7 /* steps in the list; fleet.schema in the centre */ };

/* Advisory locks are pairs: one of these, and what of it. */
enum { TABLES_LOCK_HOST = 1, TABLES_LOCK_KEEPER = 2, TABLES_LOCK_MIGRATE = 4, TABLES_LOCK_INDEX = 7 };

enum tables_keep { TABLES_KEEP_DEFAULT = 30 /* days of messages in the centre */ };

/*
 * `assay fleet init`: makes the schema "assay", its tables, and the groups
 * of roles where they lack (tables_rights.h).  RC_BAD when they are there already.
 */
enum rc tables_init(struct pg *p, unsigned keep_days, struct err *e);

/*
 * `assay fleet migrate`: brings them up to this program, each step a
 * transaction, one program at a time; *steps counts what was done.  A table that is read meanwhile is waited for, for
 * a minute in all.  RC_BAD for the tables of a newer program.
 */
enum rc tables_migrate(struct pg *p, int *steps, struct err *e);

/*
 * Whether this program can work with them: RC_NOTFOUND without tables, RC_BAD when they are
 * older, or newer by more than additions (fleet.breaking).
 */
enum rc tables_check(struct pg *p, struct err *e);

#endif
