/*
 * deeds.h - what was done for a client in a span of days, and what is left to do; for figures.c.
 */
#ifndef ASSAY_CLIENTREPORT_DEEDS_H
#define ASSAY_CLIENTREPORT_DEEDS_H

#include "clientreport/figures.h"

/* Fills `done` and `open`, of figures whose domains are there.  RC_NOMEM, or as the database. */
enum rc deeds_find(struct arena *a, struct figures *f, struct err *e);

#endif
