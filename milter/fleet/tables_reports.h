/*
 * tables_reports.h - what the centre must know so that one report a policy domain and day goes out; for tables.c.
 */
#ifndef ASSAY_FLEET_TABLES_REPORTS_H
#define ASSAY_FLEET_TABLES_REPORTS_H

/* Steps of the centre's tables, as SQL; the second when the desk's (tables_desk.h) are there. */
extern const char tables_reports[], tables_failures[];

#endif
