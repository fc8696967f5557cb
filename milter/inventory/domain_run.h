/*
 * domain_run.h - what earlier runs of `assay domain` found of each domain.
 */
#ifndef ASSAY_INVENTORY_DOMAIN_RUN_H
#define ASSAY_INVENTORY_DOMAIN_RUN_H

#include "base/arena.h"
#include "db/db.h"

enum {
    DOMAIN_RUNS_MAX = 400,             /* kept of a domain */
    DOMAIN_RUN_TEXT_MAX = 256 * 1024   /* bytes of one text, which the caller bounds */
};

/* The table, for the schema. */
#define DOMAIN_RUN_TABLE \
    "CREATE TABLE domain_run (domain TEXT NOT NULL, time_ms INTEGER NOT NULL, word TEXT NOT NULL," \
    " findings TEXT NOT NULL, records TEXT NOT NULL, PRIMARY KEY (domain, time_ms)) WITHOUT ROWID;"

struct domain_run {
    const char *domain;
    int64_t time_ms;      /* since the epoch; 0: none */
    const char *word;
    const char *findings; /* errors and warnings: "id at severity" a line (of before 2026-12 "id at") */
    const char *records;  /* those proposed, as a master file */
};

/* Keeps it, and takes out what is beyond DOMAIN_RUNS_MAX. */
enum rc domain_run_put(struct db *d, const struct domain_run *run, struct err *e);

/* The last one not after `time_ms`; out->time_ms is 0 when there is none. */
enum rc domain_run_last(struct db *d, struct arena *a, const char *domain, int64_t time_ms, struct domain_run *out,
                        struct err *e);

/* All that are kept, the oldest first, without their records; texts in the arena. */
enum rc domain_run_list(struct db *d, struct arena *a, const char *domain, struct domain_run **out, size_t *n,
                        struct err *e);

#endif
