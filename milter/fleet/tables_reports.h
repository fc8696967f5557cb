/*
 * tables_reports.h - what the centre must know so that one report a policy domain and day goes out; for tables.c.
 */
#ifndef ASSAY_FLEET_TABLES_REPORTS_H
#define ASSAY_FLEET_TABLES_REPORTS_H

/* A step of the centre's tables, as SQL. */
extern const char tables_reports[];

#endif
