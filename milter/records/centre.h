/*
 * centre.h - questions to the centre of a fleet, a PostgreSQL database.
 */
#ifndef ASSAY_RECORDS_CENTRE_H
#define ASSAY_RECORDS_CENTRE_H

#include "records/engine.h"

/* For store_engine_use; NULL in a program that was built without libpq. */
extern const struct store_engine *const centre_engine;

#endif
