/*
 * internal.h - how accounts.c and sessions.c ask their database.
 */
#ifndef ASSAY_KEEPER_INTERNAL_H
#define ASSAY_KEEPER_INTERNAL_H

#include "keeper/accounts.h"

/* The columns of an account, and what reads them from column `at` on. */
#define KEEPER_ACCOUNT \
    "account.name, role, clients, proxy, password <> '', theme, account.created_ms, seen_ms, before_ms"
enum { KEEPER_ACCOUNT_COLUMNS = 9 };
void keeper_read_account(struct arena *a, const struct statement *s, int at, struct account_entry *out);

#endif
