/*
 * tables_inventory.h - the tables of the centre that the keeper makes, and the inventory, as SQL text; for tables.c.
 *
 * What a file has, too, is made of the file's definition (tables_desk.h): tally, source, source_change, correspondent,
 * caught; source has a generation beside it.  The others are the centre's alone:
 *
 *   keeper       one row: who keeps the centre, and the epoch that is raised when another does
 *   digested     how far the records of each store are counted
 *   tally_room   rows of tally that a day got, of the known and of strangers
 *   catch_hour   the mail of correspondents in parts of ten minutes, for the safety catch; domain '' is all mail
 *   catch_rest   domains that somebody released: the catch does not come on again before then
 *   generation   each change of what hosts follow, and when; fleet.generation is the newest
 *   source_gone  entries of the inventory that were taken out
 *   known_change what changed in DNS in the last two days, as dns_text of all hosts shows it
 *
 * A change of source, caught or known_change takes the row of fleet first, which is how generations come in the order
 * in which they are committed.  Whoever changes rows of source without raising it (volumes) takes that row, too.
 */
#ifndef ASSAY_FLEET_TABLES_INVENTORY_H
#define ASSAY_FLEET_TABLES_INVENTORY_H

extern const char tables_inventory[];           /* a step of tables.c */
extern const char tables_inventory_functions[]; /* and triggers, made anew each time … */
extern const char tables_inventory_rights[];    /* … as who may call them is, after all other rights */

#endif
