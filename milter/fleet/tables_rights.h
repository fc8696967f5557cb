/*
 * tables_rights.h - who may do what in the centre: groups of roles, their rights, and which rows they see.
 *
 * assay_owner owns the schema; nobody logs in as it.  assay_host ships,
 * assay_keeper makes what is made of records, assay_operator decides (the
 * inventory, releases, tickets, hosts), assay_viewer reads all, assay_client
 * reads the rows of its own clients (client_user), assay_pages is a viewer
 * who says for which clients it asks, assay_clerk an operator who is believed
 * whose changes it makes.  PUBLIC has nothing.
 *
 * All but the groups is made anew at each init and migrate, for the tables
 * that are there by then.  In the caller's transaction; as for pg_run.
 */
#ifndef ASSAY_FLEET_TABLES_RIGHTS_H
#define ASSAY_FLEET_TABLES_RIGHTS_H

#include "db/postgres.h"

/* For each partition (format's %I): what a host puts there is of its own stores. */
#define RIGHTS_ONLY_OWN \
    "CREATE TRIGGER only_own AFTER INSERT ON %I REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION" \
    " only_own()"

/* The groups, where they lack: as a role that may create roles.  It becomes a member of assay_owner. */
enum rc rights_groups_make(struct pg *p, struct err *e);

/* What PUBLIC may in the database: as its owner, or a superuser. */
enum rc rights_database_make(struct pg *p, struct err *e);

/* As assay_owner: the functions that rights and rules need; and, once all tables are there, rights and rules. */
enum rc rights_functions_make(struct pg *p, struct err *e);
enum rc rights_make(struct pg *p, struct err *e);

#endif
